//! What an appliance can be told from afar: its profile, and the commands that follow from it. See
//! `docs/protocol.md#devices`.

use model::{Control, ControlAction, Phase, VariantArray as _};
use serde_json::{Map, Value, json};

use crate::{
    lenient_json,
    state::{PartState, is_operation_mode, parts, place},
};

/// A profile as the hub answers it.
#[derive(Clone, PartialEq)]
pub struct Profile(Value);

impl Profile {
    pub fn new(profile: Value) -> Self {
        Self(profile)
    }

    pub fn as_value(&self) -> &Value {
        &self.0
    }

    /// The pushes it announces. One that is not listed may come all the same.
    pub fn pushes(&self) -> Vec<String> {
        self.listed(|part| part.get("notification")?.get("push"))
    }

    /// The errors it announces.
    pub fn errors(&self) -> Vec<String> {
        self.listed(|part| part.get("error"))
    }

    /// What can be told to the parts of a device in this state, in the profile's order.
    pub fn controls(&self, device_type: &str, state: &Value) -> Vec<Control> {
        let known = parts(device_type, state);
        let mut controls = Vec::new();
        for (place, property) in self.properties() {
            let Some((_, actions)) = operation(property) else { continue };
            let part = known
                .iter()
                .find(|part| part.place == place)
                .or_else(|| known.first().filter(|_| known.len() == 1));
            for action in actions {
                let control = Control {
                    place: part.map_or_else(|| place.to_owned(), |part| part.place.clone()),
                    action,
                    is_available: is_remote_on(state, place)
                        && part.is_none_or(|part| is_possible(action, part)),
                };
                if !controls.contains(&control) {
                    controls.push(control);
                }
            }
        }
        controls
    }

    /// The command for an action. `None` when the profile does not have it.
    pub fn command(&self, place: &str, action: ControlAction) -> Option<Value> {
        let properties = self.properties();
        let is_only = properties.len() == 1;
        let (own, property) = properties.into_iter().find(|(own, _)| *own == place || is_only)?;
        let (key, actions) = operation(property)?;
        if !actions.contains(&action) {
            return None;
        }
        let mut operation = Map::new();
        operation.insert(key.to_owned(), Value::from(word(action)));
        // A `WashTower` has a profile for each half.
        if self.0.get("property").is_none() {
            let mut command = Map::new();
            command.insert(own.to_owned(), json!({ "operation": operation }));
            return Some(Value::Object(command));
        }
        Some(match property.get("location") {
            Some(location) => json!({ "location": location, "operation": operation }),
            None => json!({ "operation": operation }),
        })
    }

    /// What each part can be told: below `property`, or below the halves of a `WashTower`.
    fn properties(&self) -> Vec<(&str, &Map<String, Value>)> {
        match self.0.get("property") {
            Some(property) => place::parts(property),
            None => place::parts(&self.0)
                .into_iter()
                .filter_map(|(half, fields)| Some((half, fields.get("property")?.as_object()?)))
                .collect(),
        }
    }

    fn listed<'a>(&'a self, list: impl Fn(&'a Value) -> Option<&'a Value>) -> Vec<String> {
        let halves = ["washer", "dryer"].into_iter().filter_map(|half| self.0.get(half));
        std::iter::once(&self.0)
            .chain(halves)
            .filter_map(list)
            .filter_map(Value::as_array)
            .flatten()
            .filter_map(|code| lenient_json::name(Some(code)))
            .collect()
    }
}

/// LG's word for an action.
fn word(action: ControlAction) -> &'static str {
    match action {
        ControlAction::Start => "START",
        ControlAction::Stop => "STOP",
        ControlAction::PowerOn => "POWER_ON",
        ControlAction::PowerOff => "POWER_OFF",
        ControlAction::WakeUp => "WAKE_UP",
    }
}

/// Whether a part in this phase and run state has followed the action.
pub fn has_followed(action: ControlAction, phase: Phase, run_state: Option<&str>) -> bool {
    match action {
        ControlAction::Start => matches!(phase, Phase::Running | Phase::Reserved),
        ControlAction::Stop => phase != Phase::Running,
        ControlAction::PowerOn => phase != Phase::Off,
        ControlAction::PowerOff => phase == Phase::Off,
        ControlAction::WakeUp => run_state != Some("SLEEP"),
    }
}

/// The name of the operation and what can be written to it. Of several operations the one of the
/// whole appliance is meant: that of its power.
fn operation(property: &Map<String, Value>) -> Option<(&str, Vec<ControlAction>)> {
    let operations = property.get("operation")?.as_object()?;
    let mut operations: Vec<_> =
        operations.iter().filter(|(key, _)| is_operation_mode(key)).collect();
    if operations.len() > 1 {
        operations.retain(|(_, leaf)| is_power(leaf));
    }
    let &(key, leaf) = operations.first()?;
    if !leaf.get("mode")?.as_array()?.iter().any(|mode| mode == "w") {
        return None;
    }
    let words = leaf.get("value")?.get("w")?.as_array()?;
    let actions = ControlAction::VARIANTS
        .iter()
        .filter(|action| words.iter().any(|found| found == word(**action)))
        .copied()
        .collect();
    Some((key.as_str(), actions))
}

fn is_power(leaf: &Value) -> bool {
    let lists = leaf.get("value").and_then(Value::as_object).into_iter().flat_map(Map::values);
    lists.filter_map(Value::as_array).flatten().any(|word| word == "POWER_ON")
}

/// Whether the appliance takes commands; one that does not say so may.
fn is_remote_on(state: &Value, place: &str) -> bool {
    let parts = place::parts(state);
    let is_only = parts.len() == 1;
    let part = parts.into_iter().find(|(own, _)| *own == place || is_only);
    let told =
        part.and_then(|(_, fields)| fields.get("remoteControlEnable")?.get("remoteControlEnabled"));
    lenient_json::flag(told).unwrap_or(true)
}

fn is_possible(action: ControlAction, part: &PartState) -> bool {
    match (action, part.phase) {
        (_, Phase::Unknown) => true,
        (_, Phase::Service) => false,
        (ControlAction::Start, phase) => {
            matches!(phase, Phase::Idle | Phase::Paused | Phase::Finished | Phase::Charging)
        }
        (ControlAction::Stop, phase) => matches!(phase, Phase::Running | Phase::Reserved),
        (ControlAction::PowerOn, phase) => phase == Phase::Off,
        (ControlAction::PowerOff, phase) => phase != Phase::Off,
        (ControlAction::WakeUp, _) => part.run_state.as_deref() == Some("SLEEP"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn writable(words: &[&str]) -> Value {
        json!({ "washerOperationMode": { "type": "enum", "mode": ["w"], "value": { "w": words } } })
    }

    fn washer(run_state: &str, is_remote: bool) -> Value {
        json!([{ "location": { "locationName": "MAIN" }, "runState": { "currentState": run_state },
                 "remoteControlEnable": { "remoteControlEnabled": is_remote } }])
    }

    fn available(profile: &Profile, state: &Value) -> Vec<ControlAction> {
        let controls = profile.controls("DEVICE_WASHER", state);
        controls.into_iter().filter(|c| c.is_available).map(|c| c.action).collect()
    }

    #[test]
    fn only_what_the_profile_lets_write_and_the_state_allows_can_be_done() {
        let profile = Profile::new(json!({ "property": [{
            "location": { "locationName": "MAIN" },
            "operation": writable(&["START", "STOP", "POWER_OFF", "WAKE_UP", "DANCE"]),
        }] }));

        assert_eq!(
            available(&profile, &washer("INITIAL", true)),
            [ControlAction::Start, ControlAction::PowerOff]
        );
        assert_eq!(
            available(&profile, &washer("RINSING", true)),
            [ControlAction::Stop, ControlAction::PowerOff]
        );
        assert!(available(&profile, &washer("INITIAL", false)).is_empty());
        assert_eq!(profile.controls("DEVICE_WASHER", &washer("INITIAL", false)).len(), 4);
    }

    #[test]
    fn what_can_only_be_read_is_no_control() {
        let profile = Profile::new(json!({ "property": { "operation": { "airConOperationMode":
            { "type": "enum", "mode": ["r"], "value": { "r": ["POWER_ON", "POWER_OFF"] } } } } }));

        assert!(profile.controls("DEVICE_AIR_CONDITIONER", &json!({})).is_empty());
        assert_eq!(profile.command("", ControlAction::PowerOn), None);
    }

    #[test]
    fn an_air_conditioner_is_switched_and_not_its_air_cleaning() {
        let leaf = |words: &[&str]| json!({ "mode": ["w"], "value": { "w": words } });
        let profile =
            |operation: Value| Profile::new(json!({ "property": { "operation": operation } }));
        let cleaning = leaf(&["START", "STOP"]);
        let power = leaf(&["POWER_ON", "POWER_OFF"]);
        let actions = |profile: &Profile| -> Vec<_> {
            let state = json!({ "operation": { "airConOperationMode": "POWER_OFF" } });
            let controls = profile.controls("DEVICE_AIR_CONDITIONER", &state);
            controls.into_iter().map(|control| control.action).collect()
        };

        let both =
            profile(json!({ "airCleanOperationMode": cleaning, "airConOperationMode": power }));
        assert_eq!(actions(&both), [ControlAction::PowerOn, ControlAction::PowerOff]);
        assert_eq!(both.command("", ControlAction::Start), None);
        assert_eq!(
            both.command("", ControlAction::PowerOn),
            Some(json!({ "operation": { "airConOperationMode": "POWER_ON" } }))
        );
        for other in [
            json!({ "airCleanOperationMode": cleaning }),
            json!({ "aOperationMode": cleaning, "bOperationMode": cleaning }),
            json!({ "aOperationMode": cleaning,
                    "bOperationMode": { "mode": ["r"], "value": { "r": ["POWER_ON"] } } }),
        ] {
            assert!(actions(&profile(other)).is_empty());
        }
        let unknown = profile(json!({ "aOperationMode": cleaning, "bOperationMode": power }));
        assert_eq!(actions(&unknown), [ControlAction::PowerOn, ControlAction::PowerOff]);
    }

    #[test]
    fn a_command_has_the_shape_of_its_profile() {
        let operation = writable(&["START"]);
        let single = Profile::new(json!({ "property": { "operation": operation } }));
        let drums = Profile::new(json!({ "property": [
            { "location": { "locationName": "MAIN" }, "operation": operation },
            { "location": { "locationName": "MINI" }, "operation": operation },
        ] }));
        let tower = Profile::new(json!({ "washer": { "property": { "operation": operation } } }));
        let start = json!({ "washerOperationMode": "START" });

        assert_eq!(single.command("", ControlAction::Start), Some(json!({ "operation": start })));
        assert_eq!(
            drums.command("MINI", ControlAction::Start),
            Some(json!({ "location": { "locationName": "MINI" }, "operation": start }))
        );
        assert_eq!(drums.command("", ControlAction::Start), None);
        assert_eq!(
            tower.command("washer", ControlAction::Start),
            Some(json!({ "washer": { "operation": start } }))
        );
    }
}

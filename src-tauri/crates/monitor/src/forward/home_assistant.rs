//! What Home Assistant reads: a discovery message and a state for each appliance.
//!
//! Discovery by device, as of Home Assistant 2024.11. Ids never change: Home Assistant keeps an
//! entity's history and its automations by them.

use jiff::Timestamp;
use model::{Category, Device, Part, Phase, VariantArray as _};
use serde_json::{Map, Value, json};
use words::Words;

use super::message::public_id;

const PREFIX: &str = "homeassistant";
pub(super) const ONLINE: &str = "online";
pub(super) const OFFLINE: &str = "offline";

/// Topics of one target.
#[derive(Clone, Debug)]
pub(super) struct Topics {
    /// Of the target, for example `thinq-tray`.
    pub(super) prefix: String,
}

impl Topics {
    /// Whether any computer of the home forwards.
    pub(super) fn availability(&self) -> String {
        format!("{}/availability", self.prefix)
    }

    /// Events of an appliance; `None` for those of none.
    pub(super) fn event(&self, device: Option<&str>) -> String {
        match device {
            Some(id) => format!("{}/{id}/event", self.prefix),
            None => format!("{}/event", self.prefix),
        }
    }

    /// The last event of an appliance and a code that was settled on any computer.
    pub(super) fn settled(&self, device: &str, code: &str) -> String {
        format!("{}/{device}/settled/{code}", self.prefix)
    }

    /// The appliance and the code of such a topic.
    pub(super) fn settled_at<'a>(&self, topic: &'a str) -> Option<(&'a str, &'a str)> {
        let rest = topic.strip_prefix(&self.prefix)?.strip_prefix('/')?;
        rest.split_once("/settled/")
    }

    pub(super) fn state(&self, device: &str) -> String {
        format!("{}/{device}/state", self.prefix)
    }
}

pub(super) fn discovery_topic(device: &str) -> String {
    format!("{PREFIX}/device/thinq_tray_{device}/config")
}

/// The discovery message of an appliance.
pub(super) fn discovery(device: &Device, topics: &Topics, words: &Words) -> Value {
    let id = public_id(&device.id);
    let type_name = words.device_type_name(&device.device_type);
    let name = if device.name.is_empty() { type_name.clone() } else { device.name.clone() };
    let mut components = Map::new();
    let has_several = device.parts.len() > 1;
    for part in &device.parts {
        let key = key_of(part);
        let named = |words_id: &str| {
            let text = words.text(words_id);
            if has_several { format!("{} {text}", words.part(&part.place)) } else { text }
        };
        let mut add = |entity: &str, value: Value| {
            let Value::Object(mut component) = value else { return };
            component.insert("unique_id".into(), json!(format!("thinq_tray_{id}_{key}{entity}")));
            components.insert(format!("{key}{entity}"), Value::Object(component));
        };
        let template = |field: &str| format!("{{{{ value_json.{key}{field} }}}}");
        add(
            "run_state",
            json!({
                "platform": "sensor",
                "name": named("forward-run-state"),
                "icon": "mdi:state-machine",
                "value_template": template("run_state"),
            }),
        );
        add(
            "time_left",
            json!({
                "platform": "sensor",
                "name": named("forward-time-left"),
                "device_class": "duration",
                "unit_of_measurement": "min",
                "value_template": template("time_left"),
            }),
        );
        add(
            "ready_at",
            json!({
                "platform": "sensor",
                "name": named("forward-ready-at"),
                "device_class": "timestamp",
                "value_template": template("ready_at"),
            }),
        );
        add(
            "error",
            json!({
                "platform": "sensor",
                "name": named("forward-error"),
                "icon": "mdi:alert-circle-outline",
                "entity_category": "diagnostic",
                "value_template": template("error"),
            }),
        );
    }
    components.insert(
        "door".into(),
        json!({
            "platform": "binary_sensor",
            "unique_id": format!("thinq_tray_{id}_door"),
            "name": words.text("forward-door"),
            "device_class": "door",
            "value_template": "{{ value_json.door }}",
        }),
    );
    components.insert(
        "event".into(),
        json!({
            "platform": "event",
            "unique_id": format!("thinq_tray_{id}_event"),
            "name": words.text("forward-event"),
            "state_topic": topics.event(Some(&id)),
            "event_types": Category::VARIANTS,
        }),
    );
    let mut about = json!({
        "identifiers": [format!("thinq_tray_{id}")],
        "name": name,
        "manufacturer": "LG",
        "model": type_name,
    });
    if let (Some(model), Some(about)) = (&device.model, about.as_object_mut()) {
        about.insert("model_id".into(), json!(model));
    }
    json!({
        "device": about,
        "origin": {
            "name": "ThinQ Tray",
            "sw_version": env!("CARGO_PKG_VERSION"),
        },
        "components": components,
        "availability_topic": topics.availability(),
        "state_topic": topics.state(&id),
        "qos": 1,
    })
}

/// The state that the templates of [`discovery`] read. `null` is shown as unknown.
pub(super) fn state(device: &Device, words: &Words) -> Value {
    let mut fields = Map::new();
    for part in &device.parts {
        let key = key_of(part);
        let progress = part.progress;
        let ready_at = progress
            .filter(|_| part.phase != Phase::Paused)
            .and_then(|progress| Timestamp::from_millisecond(progress.ends_at_ms).ok());
        let values =
            [
                ("run_state", json!(run_state(device, part, words))),
                ("time_left", json!(progress.map_or(0, |progress| progress.remaining_minutes))),
                ("ready_at", json!(ready_at.map(|at| at.to_string()))),
                (
                    "error",
                    json!(part.error.as_ref().map_or_else(
                        || words.text("forward-no-error"),
                        |code| words.push_title(code)
                    )),
                ),
            ];
        for (field, value) in values {
            fields.insert(format!("{key}{field}"), value);
        }
    }
    let door = if device.open_doors.is_empty() { "OFF" } else { "ON" };
    fields.insert("door".into(), json!(door));
    Value::Object(fields)
}

fn run_state(device: &Device, part: &Part, words: &Words) -> Option<String> {
    let run_state = part.run_state.as_ref()?;
    Some(words.run_state(&device.device_type, &part.place, run_state))
}

/// Prefix of the fields of a part; empty for the only one.
fn key_of(part: &Part) -> String {
    let letters: String = part
        .place
        .chars()
        .map(
            |letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' },
        )
        .collect();
    if letters.is_empty() { letters } else { format!("{letters}_") }
}

#[cfg(test)]
mod tests {
    use model::{DeviceId, Progress, Subscription};
    use words::Language;

    use super::*;

    fn part(place: &str) -> Part {
        Part {
            place: place.to_owned(),
            phase: Phase::Running,
            run_state: Some(String::from("RINSING")),
            error: None,
            progress: Some(Progress {
                ends_at_ms: 1_800_000_000_000,
                remaining_minutes: 12,
                total_minutes: None,
            }),
        }
    }

    fn washer(parts: Vec<Part>) -> Device {
        Device {
            id: DeviceId::new("secret-id"),
            name: String::from("세탁기"),
            device_type: String::from("DEVICE_WASHER"),
            model: Some(String::from("F24")),
            is_watched: true,
            push: Subscription::Active,
            events: Subscription::Active,
            seen_at_ms: None,
            parts,
            open_doors: vec![String::new()],
        }
    }

    fn topics() -> Topics {
        Topics { prefix: String::from("thinq-tray") }
    }

    #[test]
    fn discovery_has_every_field_that_home_assistant_needs() {
        let (washer, words) = (washer(vec![part("")]), Words::new(Language::English));
        let id = public_id(&washer.id);

        let found = discovery(&washer, &topics(), &words);

        assert_eq!(
            found["device"],
            json!({
                "identifiers": [format!("thinq_tray_{id}")],
                "name": "세탁기",
                "manufacturer": "LG",
                "model": "Washer",
                "model_id": "F24",
            })
        );
        assert_eq!(found["origin"]["name"], "ThinQ Tray");
        assert_eq!(found["availability_topic"], "thinq-tray/availability");
        assert_eq!(found["state_topic"], format!("thinq-tray/{id}/state"));
        let components = found["components"].as_object().unwrap();
        let names: Vec<_> = components.keys().map(String::as_str).collect();
        assert_eq!(names, ["door", "error", "event", "ready_at", "run_state", "time_left"]);
        for (key, component) in components {
            assert_eq!(component["unique_id"], format!("thinq_tray_{id}_{key}"));
            assert!(component["platform"].is_string() && component["name"].is_string());
            if key != "event" {
                assert_eq!(component["value_template"], format!("{{{{ value_json.{key} }}}}"));
            }
        }
        let event = &components["event"];
        assert_eq!(event["platform"], "event");
        assert_eq!(event["state_topic"], format!("thinq-tray/{id}/event"));
        assert_eq!(event["event_types"].as_array().unwrap().len(), Category::VARIANTS.len());
        assert_eq!(components["ready_at"]["device_class"], "timestamp");
        assert_eq!(components["time_left"]["unit_of_measurement"], "min");
        assert_eq!(components["door"]["device_class"], "door");
        assert!(!found.to_string().contains("secret-id"));
    }

    #[test]
    fn the_state_has_a_value_for_each_template() {
        let (washer, words) =
            (washer(vec![part("MAIN"), part("UPPER")]), Words::new(Language::Korean));
        let found = discovery(&washer, &topics(), &words);

        let state = state(&washer, &words);

        let components = found["components"].as_object().unwrap();
        assert_eq!(components.len(), 10);
        for (key, component) in components {
            if component["platform"] != "event" {
                assert!(state.get(key).is_some(), "{key} in {state}");
            }
        }
        assert_eq!(state["main_time_left"], 12);
        assert_eq!(state["upper_ready_at"], "2027-01-15T08:00:00Z");
        assert_eq!(state["door"], "ON");
        assert_eq!(state["main_run_state"], "헹구는 중");
    }

    #[test]
    fn a_paused_cycle_is_not_ready_at_any_time() {
        let paused = Part { phase: Phase::Paused, ..part("") };

        let state = state(&washer(vec![paused]), &Words::new(Language::English));

        assert_eq!(state["ready_at"], Value::Null);
        assert_eq!(state["time_left"], 12);
    }
}

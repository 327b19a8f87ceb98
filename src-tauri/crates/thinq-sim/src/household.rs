//! A home of eleven devices with a daily routine. Pure: only [`Household::advance`] and commands change
//! it, and equal seeds give equal days.
//!
//! A day is a queue of moments for each device; a moment changes the state and may report or push. At
//! the end of a day the next one is planned, with random delays.

mod appliances;
mod habits;
mod plan;
mod state;

use std::{collections::VecDeque, time::Duration};

use rand::{SeedableRng, rngs::StdRng};
use serde_json::Value;

use self::{
    appliances::Habit,
    plan::{Moment, Plan},
};
use crate::settings::HomeNames;

const DAY: Duration = Duration::from_hours(24);

/// A device, as in the device list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimDevice {
    pub id: String,
    /// For example `DEVICE_WASHER`.
    pub device_type: String,
    pub alias: String,
}

/// A report or push of a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Happening {
    pub device_id: String,
    pub what: Happened,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Happened {
    /// A push code.
    Push(&'static str),
    /// The change of the state.
    Report(Value),
}

/// Energy data of a device. Devices without any are answered in one of three ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Energy {
    /// Mean of a day in watt-hours.
    Daily(u32),
    /// A profile without properties.
    None,
    /// Error 1221.
    NotSupported,
    /// HTTP 406 without a body.
    NotAcceptable,
}

/// Reason for a refused command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The body is no object.
    NotUnderstood,
    /// Remote control is off at the device.
    RemoteOff,
    /// The command is not in the profile.
    UnknownCommand,
}

pub(crate) struct Appliance {
    pub(crate) device: SimDevice,
    pub(crate) model: Option<&'static str>,
    pub(crate) is_reportable: bool,
    habit: Habit,
    state: Value,
    /// In order of time.
    moments: VecDeque<Moment>,
}

pub struct Household {
    /// Simulated time since the first day began.
    clock: Duration,
    day_began: Duration,
    appliances: Vec<Appliance>,
    rng: StdRng,
}

impl Household {
    pub fn new(seed: u64, names: HomeNames) -> Self {
        let mut household = Self {
            clock: Duration::ZERO,
            day_began: Duration::ZERO,
            appliances: appliances::all(names),
            rng: StdRng::seed_from_u64(seed),
        };
        household.plan_day();
        household
    }

    pub fn devices(&self) -> Vec<SimDevice> {
        self.appliances.iter().map(|appliance| appliance.device.clone()).collect()
    }

    /// Advances the clock and returns the reports and pushes in order of time.
    pub fn advance(&mut self, elapsed: Duration) -> Vec<Happening> {
        let until = self.clock.saturating_add(elapsed);
        let mut happenings = Vec::new();
        loop {
            let day_ends = self.day_began + DAY;
            happenings.extend(self.live_until(until.min(day_ends)));
            if until < day_ends {
                return happenings;
            }
            self.day_began = day_ends;
            self.plan_day();
        }
    }

    /// The state, as the service answers it. `None` for an unknown device.
    pub fn state(&self, device_id: &str) -> Option<&Value> {
        self.find(device_id).map(|appliance| &appliance.state)
    }

    /// The profile, as the service answers it. `None` for an unknown device.
    pub fn profile(&self, device_id: &str) -> Option<Value> {
        self.find(device_id).map(|appliance| appliance.habit.profile(&appliance.state))
    }

    /// Merges a report into the state. Returns false for an unknown device.
    pub fn apply(&mut self, device_id: &str, report: &Value) -> bool {
        let Some(appliance) = self.find_mut(device_id) else { return false };
        state::merge(&mut appliance.state, report);
        true
    }

    /// Executes a command: starts or stops a cycle, or changes a setting. `None` for an unknown device.
    pub fn control(
        &mut self,
        device_id: &str,
        command: &Value,
    ) -> Option<Result<Vec<Happening>, Refusal>> {
        let clock = self.clock;
        let index = self.appliances.iter().position(|known| known.device.id == device_id)?;
        let appliance = &mut self.appliances[index];
        if !command.is_object() {
            return Some(Err(Refusal::NotUnderstood));
        }
        let asked = state::asked_operation(command);
        if asked.is_some() && !state::is_remote_on(&appliance.state, command) {
            return Some(Err(Refusal::RemoteOff));
        }
        if let Some(rest) = asked.and_then(|word| appliance.habit.rest(word)) {
            let report = state::resting_part(&appliance.state, command, rest);
            state::merge(&mut appliance.state, &report);
            appliance.moments.clear();
            let device_id = device_id.to_owned();
            return Some(Ok(vec![Happening { device_id, what: Happened::Report(report) }]));
        }
        if asked == Some("START") {
            let mut plan = Plan::new(clock, &mut self.rng);
            if !appliance.habit.start(command, &mut plan) {
                return Some(Err(Refusal::UnknownCommand));
            }
            let run = plan.into_moments();
            let ends = run.back().map_or(clock, |moment| moment.at);
            appliance.moments.retain(|moment| moment.at > ends);
            appliance.expect(run);
            return Some(Ok(self.live_until(clock)));
        }
        let Some(report) = state::known_part(&appliance.state, command) else {
            return Some(Err(Refusal::UnknownCommand));
        };
        state::merge(&mut appliance.state, &report);
        let device_id = device_id.to_owned();
        Some(Ok(vec![Happening { device_id, what: Happened::Report(report) }]))
    }

    /// Adds a device without a routine.
    pub fn add(&mut self, device: SimDevice) {
        self.remove(&device.id);
        self.appliances.push(Appliance::plain(device));
    }

    /// Returns the removed device.
    pub fn remove(&mut self, device_id: &str) -> Option<SimDevice> {
        let index = self.appliances.iter().position(|known| known.device.id == device_id)?;
        Some(self.appliances.remove(index).device)
    }

    /// Returns the renamed device.
    pub fn rename(&mut self, device_id: &str, alias: &str) -> Option<SimDevice> {
        let appliance = self.find_mut(device_id)?;
        alias.clone_into(&mut appliance.device.alias);
        Some(appliance.device.clone())
    }

    pub(crate) fn appliances(&self) -> &[Appliance] {
        &self.appliances
    }

    pub(crate) fn find(&self, device_id: &str) -> Option<&Appliance> {
        self.appliances.iter().find(|appliance| appliance.device.id == device_id)
    }

    fn find_mut(&mut self, device_id: &str) -> Option<&mut Appliance> {
        self.appliances.iter_mut().find(|appliance| appliance.device.id == device_id)
    }

    fn plan_day(&mut self) {
        for appliance in &mut self.appliances {
            let mut plan = Plan::new(self.day_began, &mut self.rng);
            appliance.habit.day(&mut plan);
            appliance.expect(plan.into_moments());
        }
    }

    fn live_until(&mut self, until: Duration) -> Vec<Happening> {
        let mut happenings = Vec::new();
        for appliance in &mut self.appliances {
            while let Some(moment) = appliance.moments.pop_front_if(|next| next.at <= until) {
                let device_id = &appliance.device.id;
                let mut tell = |what| {
                    happenings.push((moment.at, Happening { device_id: device_id.clone(), what }));
                };
                state::merge(&mut appliance.state, &moment.change);
                if moment.is_reported {
                    tell(Happened::Report(moment.change));
                }
                if let Some(code) = moment.push {
                    tell(Happened::Push(code));
                }
            }
        }
        self.clock = until;
        happenings.sort_by_key(|&(at, _)| at);
        happenings.into_iter().map(|(_, happening)| happening).collect()
    }
}

impl Appliance {
    pub(crate) fn energy(&self) -> Energy {
        self.habit.energy()
    }

    /// Adds moments to the pending ones.
    fn expect(&mut self, moments: VecDeque<Moment>) {
        self.moments.extend(moments);
        self.moments.make_contiguous().sort_by_key(|moment| moment.at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WASHER: &str = "HW1-5B0D2C11-7A40-4E6E-9C55-1F2E3D4C5B6A";
    const MINUTE: Duration = Duration::from_mins(1);

    #[test]
    fn a_home_of_one_language_has_no_name_of_the_other() {
        let aliases = |names| -> Vec<_> {
            let devices = Household::new(1, names).devices();
            devices.into_iter().map(|device| device.alias).collect()
        };

        assert!(aliases(HomeNames::English).iter().all(|alias| alias.is_ascii()));
        let korean = aliases(HomeNames::Korean);
        assert!(
            korean.iter().all(|alias| !alias.chars().any(|letter| letter.is_ascii_alphabetic()))
        );
        assert!(aliases(HomeNames::Mixed).contains(&String::from("Dryer")));
    }

    fn pushes(happenings: &[Happening]) -> Vec<&'static str> {
        happenings
            .iter()
            .filter_map(|happening| match &happening.what {
                Happened::Push(code) => Some(*code),
                Happened::Report(_) => None,
            })
            .collect()
    }

    fn washer_word(report: &Value) -> Option<&str> {
        report[0]["runState"]["currentState"].as_str()
    }

    #[test]
    fn the_washer_fills_runs_rinses_spins_ends_and_only_then_pushes() {
        let mut household = Household::new(7, HomeNames::Mixed);

        let happenings = household.advance(MINUTE * 60);

        let told: Vec<&str> = happenings
            .iter()
            .filter(|happening| happening.device_id == WASHER)
            .map(|happening| match &happening.what {
                Happened::Push(code) => *code,
                Happened::Report(report) => washer_word(report).unwrap(),
            })
            .collect();
        assert_eq!(
            told,
            [
                "DETECTING",
                "DISPENSING",
                "RUNNING",
                "RINSING",
                "SPINNING",
                "END",
                "WASHING_IS_COMPLETE",
                "POWER_OFF",
            ]
        );
    }

    #[test]
    fn equal_seeds_live_through_equal_days() {
        let week = |seed| Household::new(seed, HomeNames::Mixed).advance(DAY * 7);

        assert_eq!(week(3), week(3));
        assert_ne!(week(3), week(4));
    }

    #[test]
    fn many_small_steps_and_one_long_one_tell_the_same() {
        let mut at_once = Household::new(5, HomeNames::Mixed);
        let mut step_by_step = Household::new(5, HomeNames::Mixed);

        let long = at_once.advance(MINUTE * 60 * 30);
        let short: Vec<Happening> =
            (0..60 * 30).flat_map(|_| step_by_step.advance(MINUTE)).collect();

        assert_eq!(long, short);
        assert_eq!(at_once.state(WASHER), step_by_step.state(WASHER));
    }

    #[test]
    fn the_first_push_comes_within_ten_minutes_and_several_within_an_hour() {
        for seed in 0..50 {
            let mut household = Household::new(seed, HomeNames::Mixed);

            let early = household.advance(MINUTE * 10);
            let hour = household.advance(MINUTE * 50);

            assert!(!pushes(&early).is_empty(), "seed {seed}");
            assert!(pushes(&hour).len() >= 4, "seed {seed}: {:?}", pushes(&hour));
        }
    }

    #[test]
    fn the_day_pushes_what_each_profile_announces() {
        let mut household = Household::new(11, HomeNames::Mixed);

        for happening in household.advance(DAY) {
            if let Happened::Push(code) = happening.what {
                let profile = household.profile(&happening.device_id).unwrap().to_string();
                assert!(profile.contains(code), "{code} of {}", happening.device_id);
            }
        }
    }

    #[test]
    fn the_remaining_time_falls_to_zero() {
        let mut household = Household::new(2, HomeNames::Mixed);
        let mut remaining = Vec::new();

        for _ in 0..60 {
            household.advance(MINUTE);
            let state = &household.state(WASHER).unwrap()[0];
            if washer_word(household.state(WASHER).unwrap()) != Some("POWER_OFF") {
                remaining.push(state["timer"]["remainMinute"].as_u64().unwrap());
            }
        }

        assert!(remaining.is_sorted_by(|earlier, later| earlier >= later), "{remaining:?}");
        assert_eq!(remaining.last(), Some(&0));
    }

    #[test]
    fn a_started_washer_washes_to_the_end() {
        let mut household = Household::new(1, HomeNames::Mixed);
        household.advance(MINUTE * 120);
        let command = serde_json::json!({ "operation": { "washerOperationMode": "START" } });

        let started = household.control(WASHER, &command).unwrap().unwrap();
        let later = household.advance(MINUTE * 60);

        assert_eq!(started.len(), 1, "the first phase is reported at once");
        assert!(later.iter().any(|happening| happening.device_id == WASHER
            && happening.what == Happened::Push("WASHING_IS_COMPLETE")));
    }

    #[test]
    fn a_setting_is_changed_and_an_unknown_one_is_refused() {
        let mut household = Household::new(1, HomeNames::Mixed);
        let id = household
            .devices()
            .into_iter()
            .find(|device| device.device_type == "DEVICE_AIR_CONDITIONER")
            .unwrap()
            .id;
        let cooler = serde_json::json!({ "temperature": { "targetTemperature": 21 } });
        let unknown = serde_json::json!({ "flight": { "altitude": 9000 } });

        let changed = household.control(&id, &cooler).unwrap();
        let refused = household.control(&id, &unknown).unwrap();

        assert_eq!(changed.unwrap().len(), 1);
        assert_eq!(household.state(&id).unwrap()["temperature"]["targetTemperature"], 21);
        assert_eq!(refused, Err(Refusal::UnknownCommand));
    }
}

//! Writing down an appliance's day: single moments, and runs of phases with a falling timer.

use std::{collections::VecDeque, time::Duration};

use rand::{RngExt, rngs::StdRng};
use serde_json::{Value, json};

pub(super) struct Moment {
    pub(super) at: Duration,
    pub(super) change: Value,
    /// Falling timers change silently: the service reports changes of state, not live data.
    pub(super) is_reported: bool,
    pub(super) push: Option<&'static str>,
}

/// A run from start to end, in minutes that vary a little from day to day.
pub(super) struct Run {
    pub(super) phases: &'static [(&'static str, u32)],
    pub(super) end: &'static str,
    pub(super) push: &'static str,
    /// What the appliance shows some time after the end.
    pub(super) rest: &'static str,
    /// Puts the part's fields where the state has them.
    pub(super) place: fn(&Value) -> Value,
}

pub(super) struct Plan<'a> {
    began: Duration,
    rng: &'a mut StdRng,
    moments: Vec<Moment>,
}

impl<'a> Plan<'a> {
    /// Times in the plan count from `began`.
    pub(super) fn new(began: Duration, rng: &'a mut StdRng) -> Self {
        Self { began, rng, moments: Vec::new() }
    }

    pub(super) fn into_moments(mut self) -> VecDeque<Moment> {
        self.moments.sort_by_key(|moment| moment.at);
        self.moments.into()
    }

    /// `minute`, up to `spread` minutes later, to the second.
    pub(super) fn about(&mut self, minute: u32, spread: u32) -> Duration {
        let seconds = self.rng.random_range(0..=spread * 60);
        Duration::from_secs(u64::from(minute * 60 + seconds))
    }

    /// A change that is reported.
    pub(super) fn report(&mut self, at: Duration, change: Value) {
        self.add(at, change, true, None);
    }

    /// A change that is reported and pushed.
    pub(super) fn push(&mut self, at: Duration, change: Value, code: &'static str) {
        self.add(at, change, true, Some(code));
    }

    /// Plans a whole run and returns when it ends.
    pub(super) fn run(&mut self, start: Duration, run: &Run) -> Duration {
        let phases: Vec<(&str, u32)> =
            run.phases.iter().map(|&(word, minutes)| (word, self.vary(minutes))).collect();
        let total: u32 = phases.iter().map(|(_, minutes)| minutes).sum();
        let mut passed = 0;
        for (word, minutes) in phases {
            for minute in 0..minutes {
                let timer = timer(total - passed, total);
                let at = start + minutes_long(passed);
                if minute == 0 {
                    let change = json!({ "runState": { "currentState": word }, "timer": timer });
                    self.report(at, (run.place)(&change));
                } else {
                    self.add(at, (run.place)(&json!({ "timer": timer })), false, None);
                }
                passed += 1;
            }
        }
        let end = start + minutes_long(total);
        let ended = json!({ "runState": { "currentState": run.end }, "timer": timer(0, total) });
        self.push(end, (run.place)(&ended), run.push);
        let rested = json!({ "runState": { "currentState": run.rest } });
        self.report(end + minutes_long(10), (run.place)(&rested));
        end
    }

    /// A door that stays open for too long: it opens, is pushed two minutes later and closes.
    pub(super) fn forgotten_door(&mut self, opens: Duration) {
        let door = |word| json!({ "doorStatus": [{ "locationName": "MAIN", "doorState": word }] });
        self.report(opens, door("OPEN"));
        self.add(opens + minutes_long(2), door("OPEN"), false, Some("DOOR_IS_OPEN"));
        let closes = opens + minutes_long(3) + self.about(0, 2);
        self.report(closes, door("CLOSE"));
    }

    /// A tenth more or less, and never nothing.
    fn vary(&mut self, minutes: u32) -> u32 {
        let tenth = minutes / 10;
        self.rng.random_range(minutes - tenth..=minutes + tenth).max(1)
    }

    fn add(&mut self, at: Duration, change: Value, is_reported: bool, push: Option<&'static str>) {
        self.moments.push(Moment { at: self.began + at, change, is_reported, push });
    }
}

fn timer(remaining: u32, total: u32) -> Value {
    json!({
        "remainHour": remaining / 60,
        "remainMinute": remaining % 60,
        "totalHour": total / 60,
        "totalMinute": total % 60,
    })
}

fn minutes_long(minutes: u32) -> Duration {
    Duration::from_mins(u64::from(minutes))
}

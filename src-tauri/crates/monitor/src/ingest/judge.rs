//! State that decisions depend on: rules, pauses and mutes, recent notifications.

use std::{collections::BTreeMap, ops::RangeInclusive};

use jiff::tz::TimeZone;
use model::{DeviceId, EventSource, ForwardTarget, NewEvent, NotificationRules, UnixMs};
use parking_lot::{Mutex, MutexGuard};

use crate::{
    clock::{Clock, Zone},
    decision::{Burst, Decision, LateTime, Situation, decide, is_urgent, next_start, quiet_until},
    store::Outgoing,
};

pub(crate) struct Judge {
    clock: Clock,
    zone: Zone,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    rules: NotificationRules,
    paused_until_ms: Option<UnixMs>,
    muted: BTreeMap<DeviceId, UnixMs>,
    /// The last one of this run.
    gap: Option<RangeInclusive<UnixMs>>,
    burst: Burst,
    targets: Vec<ForwardTarget>,
}

impl Judge {
    pub(crate) fn new(
        clock: Clock,
        zone: Zone,
        rules: NotificationRules,
        targets: Vec<ForwardTarget>,
    ) -> Self {
        Self { clock, zone, state: Mutex::new(State { rules, targets, ..State::default() }) }
    }

    pub(crate) fn decide(&self, event: &NewEvent) -> Decision {
        let (now_ms, zone) = ((self.clock)(), (self.zone)());
        let mut state = self.lock();
        let state = &mut *state;
        let bursts = state.rules.bursts;
        let situation = Situation {
            now_ms,
            zone: &zone,
            paused_until_ms: state.paused_until_ms,
            muted: &state.muted,
            gap_from_ms: state.gap.as_ref().map(|gap| *gap.start()),
            recent: state.burst.recent(&bursts, now_ms),
        };
        let decision = decide(event, &state.rules, &situation);
        state.burst.note(event, decision, &bursts, now_ms);
        decision
    }

    /// The targets that an event is forwarded to. A gap concerns this program only.
    pub(crate) fn outgoing(&self, event: &NewEvent) -> Vec<Outgoing> {
        let state = self.lock();
        if event.kind == EventSource::Gap || state.targets.is_empty() {
            return Vec::new();
        }
        let now_ms = (self.clock)();
        let quiet_until_ms = quiet_until(&state.rules.quiet_hours, now_ms, &(self.zone)());
        let chosen = state.targets.iter().filter(|target| target.chooses(event));
        chosen
            .map(|target| Outgoing {
                target: target.name.clone(),
                due_at_ms: quiet_until_ms
                    .filter(|_| target.waits_in_quiet_hours && !is_urgent(event))
                    .unwrap_or(now_ms),
            })
            .collect()
    }

    pub(crate) fn targets(&self) -> Vec<ForwardTarget> {
        self.lock().targets.clone()
    }

    pub(crate) fn set_targets(&self, targets: Vec<ForwardTarget>) {
        self.lock().targets = targets;
    }

    pub(crate) fn rules(&self) -> NotificationRules {
        self.lock().rules.clone()
    }

    pub(crate) fn set_rules(&self, rules: NotificationRules) {
        self.lock().rules = rules;
    }

    pub(crate) fn set_pause(&self, until_ms: Option<UnixMs>) {
        self.lock().paused_until_ms = until_ms;
    }

    /// Devices muted now.
    pub(crate) fn muted(&self) -> BTreeMap<DeviceId, UnixMs> {
        let now_ms = (self.clock)();
        let mut state = self.lock();
        state.muted.retain(|_, until_ms| now_ms < *until_ms);
        state.muted.clone()
    }

    pub(crate) fn set_muted(&self, muted: BTreeMap<DeviceId, UnixMs>) {
        self.lock().muted = muted;
    }

    pub(crate) fn gap_ended(&self, gap: RangeInclusive<UnixMs>) {
        let mut state = self.lock();
        state.gap = Some(gap);
        state.burst.gap_ended();
    }

    pub(crate) fn late_time(&self, event: &NewEvent) -> LateTime {
        LateTime::of(event, self.lock().gap.as_ref())
    }

    pub(crate) fn quiet_until(&self, now_ms: UnixMs) -> Option<UnixMs> {
        let zone = (self.zone)();
        quiet_until(&self.lock().rules.quiet_hours, now_ms, &zone)
    }

    pub(crate) fn next_quiet(&self, now_ms: UnixMs) -> Option<UnixMs> {
        let zone = (self.zone)();
        next_start(&self.lock().rules.quiet_hours, now_ms, &zone)
    }

    pub(crate) fn zone(&self) -> TimeZone {
        (self.zone)()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

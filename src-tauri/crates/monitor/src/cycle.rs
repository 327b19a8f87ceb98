//! Cycle of one part of a device: its start, remaining time, and an ending that waits for its push.
//! Pure.
//!
//! ```text
//! running ──► finished ──► waits one minute for its push ──► reported from the state
//!    │            └─ push within three minutes ──► reported by the push
//!    └─ shorter than three minutes: no ending
//! ```

use std::time::Duration;

use model::{DeviceId, Phase, Progress, UnixMs};
use thinq::{
    PushCode,
    state::{PartState, ending_of, may_end_with},
};

use crate::{duplicates::RecentPush, event::EventId};

/// How long an ending waits for its push before an event is created from the state. See
/// `docs/protocol.md#from-message-to-notification`.
pub(crate) const ENDING_WAITS: Duration = Duration::from_mins(1);
/// A shorter cycle was stopped rather than finished.
const SHORTEST_CYCLE_MS: i64 = 3 * 60 * 1000;

/// Last known cycle of a part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cycle {
    /// `None` if the start was not observed.
    pub(crate) started_at_ms: Option<UnixMs>,
    /// Code of the ending already reported for this cycle.
    pub(crate) told_code: Option<String>,
    /// Time at which an ending that waits for its push was observed.
    pub(crate) ended_at_ms: Option<UnixMs>,
    pub(crate) ended_code: Option<String>,
    pub(crate) remaining_ms: Option<i64>,
    /// Time at which `remaining_ms` was reported.
    pub(crate) timed_at_ms: Option<UnixMs>,
}

/// An ending whose push did not arrive in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DueEnding {
    pub(crate) device_id: DeviceId,
    pub(crate) place: String,
    pub(crate) ended_at_ms: UnixMs,
    pub(crate) code: String,
}

/// New state of a part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PartChange<'a> {
    pub(crate) device_type: &'a str,
    pub(crate) before: Option<&'a PartState>,
    pub(crate) after: &'a PartState,
    /// The part as named in an event: empty for the only part of a device.
    pub(crate) place: &'a str,
    /// Whether the state or report contains the remaining time.
    pub(crate) is_timed: bool,
    /// Events during a gap are inferred elsewhere.
    pub(crate) is_after_gap: bool,
    pub(crate) now_ms: UnixMs,
}

/// Consequences of a new state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Consequences {
    /// Start of a cycle that has ended.
    pub(crate) over_since_ms: Option<UnixMs>,
    /// Event of the push that already reported the ending.
    pub(crate) told_by: Option<EventId>,
    /// An error that the previous state did not have.
    pub(crate) error: Option<PushCode>,
}

impl Cycle {
    /// Advances to a new state of the part. `recent` contains the pushes of the device of the last
    /// minutes.
    pub(crate) fn follow(&mut self, change: PartChange<'_>, recent: &[RecentPush]) -> Consequences {
        self.time(change);
        let Some(before) = change.before else { return Consequences::default() };
        self.start(before, change.after, (!change.is_after_gap).then_some(change.now_ms));
        if change.is_after_gap {
            return Consequences::default();
        }
        let mut consequences = Consequences {
            over_since_ms: self.over_since(before, change.after, change.now_ms),
            told_by: None,
            error: new_error(before, change.after),
        };
        if let Some(code) = self.ending(change, before) {
            let told = recent.iter().find(|push| push.tells(code.as_str(), change.place));
            consequences.told_by = told.map(|push| push.id);
            if told.is_some() {
                self.told_code = Some(code.as_str().to_owned());
            } else {
                self.ended_at_ms = Some(change.now_ms);
                self.ended_code = Some(code.as_str().to_owned());
            }
        }
        consequences
    }

    /// Marks the ending of the cycle as reported: it no longer waits and is not reported again.
    pub(crate) fn note_told(&mut self, code: &str) {
        (self.ended_at_ms, self.ended_code) = (None, None);
        self.told_code = Some(code.to_owned());
    }

    /// Remaining time, for subscribers.
    pub(crate) fn progress(&self, part: &PartState) -> Option<Progress> {
        let timer = part.timer?;
        let (remaining_ms, timed_at_ms) = (self.remaining_ms?, self.timed_at_ms?);
        let minutes =
            |ms: i64| u32::try_from(ms.max(0).saturating_add(59_999) / 60_000).unwrap_or(u32::MAX);
        Some(Progress {
            ends_at_ms: timed_at_ms.saturating_add(remaining_ms),
            remaining_minutes: minutes(remaining_ms),
            total_minutes: timer.total.map(|total| minutes(millis(total))),
        })
    }

    /// Starts a cycle, at an unknown time if `now_ms` is `None`.
    fn start(&mut self, before: &PartState, after: &PartState, now_ms: Option<UnixMs>) {
        let is_resumed = matches!(before.phase, Phase::Running | Phase::Paused | Phase::Error);
        if after.phase == Phase::Running && !is_resumed {
            self.started_at_ms = now_ms;
            self.told_code = None;
        }
    }

    /// The start, if observed, of a cycle that has ended or entered aftercare.
    fn over_since(&self, before: &PartState, after: &PartState, now_ms: UnixMs) -> Option<UnixMs> {
        let was_at_work = matches!(before.phase, Phase::Running | Phase::Paused);
        let is_over = matches!(after.phase, Phase::Aftercare | Phase::Finished);
        self.started_at_ms.filter(|started_at_ms| {
            was_at_work && is_over && now_ms.saturating_sub(*started_at_ms) >= SHORTEST_CYCLE_MS
        })
    }

    /// Code of an ending that is new and not yet reported.
    fn ending(&self, change: PartChange<'_>, before: &PartState) -> Option<PushCode> {
        let after = change.after;
        let has_changed = before.run_state != after.run_state;
        // A part that was off had no cycle to end. Aftercare follows an ending that was already
        // reported, unless that report was missed.
        if after.phase != Phase::Finished || !has_changed || before.phase == Phase::Off {
            return None;
        }
        let code = ending_of(change.device_type, &after.place, after.run_state.as_deref()?)?;
        let is_told = self.told_code.as_deref() == Some(code.as_str());
        let is_short = self.started_at_ms.is_some_and(|started_at_ms| {
            (0..SHORTEST_CYCLE_MS).contains(&change.now_ms.saturating_sub(started_at_ms))
        });
        (!is_told && !is_short).then_some(code)
    }

    /// Updates the remaining time: as reported, otherwise by the clock on a phase change.
    fn time(&mut self, change: PartChange<'_>) {
        let PartChange { before, after, is_timed, now_ms, .. } = change;
        let Some(timer) = after.timer else {
            (self.remaining_ms, self.timed_at_ms) = (None, None);
            return;
        };
        let was = before.map(|before| before.phase);
        match (self.remaining_ms, was) {
            (Some(left), Some(Phase::Running)) if !is_timed && after.phase == Phase::Paused => {
                let passed = now_ms.saturating_sub(self.timed_at_ms.unwrap_or(now_ms)).max(0);
                self.remaining_ms = Some(left.saturating_sub(passed).max(0));
                self.timed_at_ms = Some(now_ms);
            }
            (Some(_), Some(Phase::Paused)) if !is_timed && after.phase == Phase::Running => {
                self.timed_at_ms = Some(now_ms);
            }
            (Some(_), Some(was)) if !is_timed && was == after.phase => {}
            (Some(_) | None, _) => {
                self.remaining_ms = Some(millis(timer.remaining));
                self.timed_at_ms = Some(now_ms);
            }
        }
    }
}

/// The part whose ending a push reports: the one that has waited longest for it, otherwise the only
/// one in a cycle that can end with this code. `None` if several parts qualify.
pub(crate) fn part_told<'a>(
    device_type: &str,
    parts: &'a mut [(PartState, Cycle)],
    code: &PushCode,
) -> Option<&'a mut (PartState, Cycle)> {
    let may_end =
        |(part, _): &&mut (PartState, Cycle)| may_end_with(device_type, &part.place, code);
    let (mut waiting, rest): (Vec<_>, Vec<_>) = parts
        .iter_mut()
        .filter(may_end)
        .partition(|(_, cycle)| cycle.ended_code.as_deref() == Some(code.as_str()));
    waiting.sort_by_key(|(_, cycle)| cycle.ended_at_ms);
    if let Some(first) = waiting.into_iter().next() {
        return Some(first);
    }
    let mut possible = rest.into_iter().filter(|(part, cycle)| {
        cycle.told_code.as_deref() != Some(code.as_str()) && is_in_cycle(part.phase)
    });
    let only = possible.next();
    if possible.next().is_none() { only } else { None }
}

fn new_error(before: &PartState, after: &PartState) -> Option<PushCode> {
    after.error.clone().filter(|error| before.error.as_ref() != Some(error))
}

fn is_in_cycle(phase: Phase) -> bool {
    matches!(
        phase,
        Phase::Running | Phase::Paused | Phase::Aftercare | Phase::Finished | Phase::Error
    )
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use model::Category;
    use thinq::state::parts;

    use super::*;

    const MINUTE: i64 = 60_000;

    fn washer(run_state: &str) -> PartState {
        let state = serde_json::json!({ "runState": { "currentState": run_state } });
        parts("DEVICE_WASHER", &state).remove(0)
    }

    fn follow(
        cycle: &mut Cycle,
        states: [&str; 2],
        at: i64,
        recent: &[RecentPush],
    ) -> Consequences {
        let [before, after] = states.map(washer);
        let change = PartChange {
            device_type: "DEVICE_WASHER",
            before: Some(&before),
            after: &after,
            place: "",
            is_timed: true,
            is_after_gap: false,
            now_ms: at * MINUTE,
        };
        cycle.follow(change, recent)
    }

    #[test]
    fn an_ending_waits_unless_it_is_short_told_or_told_before() {
        let push = RecentPush {
            id: EventId(7),
            received_at_ms: 29 * MINUTE,
            code: String::from("WASHING_IS_COMPLETE"),
            category: Category::Finished,
            is_from_state: false,
            place: String::new(),
        };
        // Minute of the ending, earlier pushes; expected: waits, is counted, reported by.
        for (ended, recent, waits, is_counted, told_by) in [
            (30, &[][..], true, true, None),
            (2, &[], false, false, None),
            (30, &[push][..], false, true, Some(EventId(7))),
        ] {
            let mut cycle = Cycle::default();
            follow(&mut cycle, ["INITIAL", "RUNNING"], 0, &[]);

            let consequences = follow(&mut cycle, ["SPINNING", "END"], ended, recent);

            assert_eq!(cycle.ended_at_ms.is_some(), waits, "after {ended} minutes");
            assert_eq!(consequences.over_since_ms.is_some(), is_counted, "after {ended} minutes");
            assert_eq!(consequences.told_by, told_by, "after {ended} minutes");
        }

        let mut told = Cycle::default();
        told.note_told("WASHING_IS_COMPLETE");
        follow(&mut told, ["COOL_DOWN", "END"], 30, &[]);
        assert_eq!(told.ended_at_ms, None, "already reported");
        follow(&mut told, ["END", "RUNNING"], 40, &[]);
        follow(&mut told, ["RUNNING", "END"], 70, &[]);
        assert_eq!(told.ended_at_ms, Some(70 * MINUTE), "the next cycle has its own ending");
    }

    #[test]
    fn a_push_ends_the_part_that_waits_for_it_or_the_only_one_in_a_cycle() {
        let code = PushCode::new("WASHING_IS_COMPLETE");
        let part = |place: &str, run_state: &str, ended_at_ms: Option<UnixMs>| {
            let ended_code = ended_at_ms.map(|_| code.as_str().to_owned());
            let part = PartState { place: place.to_owned(), ..washer(run_state) };
            (part, Cycle { ended_at_ms, ended_code, ..Cycle::default() })
        };
        for (mut parts, expected) in [
            (vec![part("MAIN", "END", Some(2)), part("MINI", "END", Some(1))], Some("MINI")),
            (vec![part("MAIN", "RUNNING", None), part("MINI", "END", Some(1))], Some("MINI")),
            (vec![part("MAIN", "RUNNING", None), part("MINI", "INITIAL", None)], Some("MAIN")),
            (vec![part("MAIN", "RUNNING", None), part("MINI", "SPINNING", None)], None),
            (vec![part("MAIN", "INITIAL", None)], None),
        ] {
            let found = part_told("DEVICE_WASHER", &mut parts, &code);

            assert_eq!(found.map(|(part, _)| part.place.clone()).as_deref(), expected);
        }
    }
}

//! How far each part of a device is: when its cycle began, what is left of it, and an ending that
//! waits for its push.
//!
//! ```text
//! running ──► finished ──► waits a minute for its push ──► told by the state
//!    │            └─ a push came within three minutes ──► told by the push
//!    └─ for less than three minutes: nothing ended
//! ```
//!
//! Long, as all that is known of one cycle, from its begin to its told end, stands together.

use std::time::Duration;

use model::{Phase, UnixMs};
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde_json::Value;
use thinq::{
    DeviceId, PushCode,
    state::{PartState, ending_of, may_end_with, parts, tells_time},
};

use super::{Outcome, SAME_ENDING_MS, Store, StoreError, states};
use crate::{
    event::{EventId, NewEvent},
    household::Progress,
    notification::Decision,
};

/// An ending is told from the state when its push has not come by then.
/// See `docs/protocol.md#from-message-to-notification`.
pub(crate) const ENDING_WAITS: Duration = Duration::from_mins(1);
/// What ends so soon after its start was stopped.
const SHORTEST_CYCLE_MS: i64 = 3 * 60 * 1000;

/// A device's state, before and after.
pub(super) struct Change<'a> {
    pub(super) device_id: &'a DeviceId,
    pub(super) device_type: &'a str,
    pub(super) before: Option<&'a Value>,
    pub(super) after: &'a Value,
    /// What changed; `None` for a look at the whole state.
    pub(super) report: Option<&'a Value>,
    /// The message that told it.
    pub(super) message: Option<i64>,
    pub(super) now_ms: UnixMs,
    /// What happened meanwhile is told in another way.
    pub(super) is_after_gap: bool,
}

/// A row of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Kept {
    started_at_ms: Option<UnixMs>,
    told_code: Option<String>,
    ended_at_ms: Option<UnixMs>,
    ended_code: Option<String>,
    remaining_ms: Option<i64>,
    timed_at_ms: Option<UnixMs>,
}

impl Store {
    /// Follows every part of a device; returns what its state alone tells.
    pub(super) fn follow(
        &self,
        transaction: &Transaction<'_>,
        change: &Change<'_>,
        decide: &impl Fn(&NewEvent) -> Decision,
    ) -> Result<Vec<Outcome>, StoreError> {
        let before = change.before.map(|state| parts(change.device_type, state));
        let after = parts(change.device_type, change.after);
        let shows_places = after.len() > 1;
        let mut outcomes = Vec::new();
        for part in &after {
            let known = before.as_ref().and_then(|parts| find(parts, &part.place));
            let mut kept = load(transaction, change.device_id, &part.place)?;
            let is_timed = change.report.is_none_or(|report| tells_time(report, &part.place));
            kept.time(known, part, is_timed, change.now_ms);
            if let Some(known) = known {
                kept.start(known, part, (!change.is_after_gap).then_some(change.now_ms));
            }
            if let Some(known) = known.filter(|_| !change.is_after_gap) {
                note_cycle(transaction, change, known, part, &kept)?;
                let place = if shows_places { part.place.as_str() } else { "" };
                if let Some(code) = kept.ending(change, known, part) {
                    wait_for_push(transaction, change, place, &code, &mut kept)?;
                }
                if let Some(code) = new_error(known, part)
                    && !is_told(transaction, change, &code)?
                {
                    let event = event_of(transaction, change, place, &code)?;
                    let added = self.add_decided(transaction, &event, decide)?;
                    if let Some(message) = change.message {
                        states::link(transaction, message, added.stored.id)?;
                    }
                    outcomes.push(Outcome::Event(Box::new(added)));
                }
            }
            save(transaction, change.device_id, &part.place, &kept)?;
        }
        Ok(outcomes)
    }

    /// Endings whose push has not come: each becomes an event of the time it was seen.
    pub(crate) fn take_endings(
        &self,
        now_ms: UnixMs,
        decide: impl Fn(&NewEvent) -> Decision,
    ) -> Result<Vec<Outcome>, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let wait_ms = i64::try_from(ENDING_WAITS.as_millis()).unwrap_or(i64::MAX);
        // A clock that was put back must not hold them for ever.
        let due: Vec<(String, String, UnixMs, String)> = transaction
            .prepare_cached(
                "SELECT device_id, place, ended_at_ms, ended_code FROM part
                 WHERE ended_at_ms <= ?1 OR ended_at_ms > ?2 ORDER BY ended_at_ms",
            )?
            .query_map(params![now_ms.saturating_sub(wait_ms), now_ms], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })?
            .collect::<Result<_, _>>()?;
        let mut outcomes = Vec::new();
        for (device_id, place, ended_at_ms, code) in due {
            let device_id = DeviceId::new(device_id);
            let mut kept = load(&transaction, &device_id, &place)?;
            (kept.ended_at_ms, kept.ended_code) = (None, None);
            kept.told_code = Some(code.clone());
            save(&transaction, &device_id, &place, &kept)?;
            let shown =
                if is_one_of_several(&transaction, &device_id)? { place.as_str() } else { "" };
            let since_ms = ended_at_ms.saturating_sub(SAME_ENDING_MS);
            let told = states::find_told(&transaction, &device_id, &code, since_ms, shown)?;
            if told.is_none() {
                let device = states::name_of(&transaction, &device_id)?;
                let code = PushCode::new(&code);
                let event = NewEvent::from_state(&code, &device_id, shown, device, ended_at_ms);
                let added = self.add_decided(&transaction, &event, &decide)?;
                states::adopt_report(&transaction, &event, added.stored.id)?;
                outcomes.push(Outcome::Event(Box::new(added)));
            }
        }
        transaction.commit()?;
        Ok(outcomes)
    }

    /// When the first of the endings that wait for their push was seen.
    pub(crate) fn first_ending(&self) -> Result<Option<UnixMs>, StoreError> {
        Ok(self
            .lock()
            .prepare_cached("SELECT min(ended_at_ms) FROM part")?
            .query_one([], |row| row.get(0))?)
    }
}

fn event_of(
    transaction: &Transaction<'_>,
    change: &Change<'_>,
    place: &str,
    code: &PushCode,
) -> Result<NewEvent, StoreError> {
    let mut device = states::name_of(transaction, change.device_id)?;
    device.device_type.get_or_insert_with(|| change.device_type.to_owned());
    Ok(NewEvent::from_state(code, change.device_id, place, device, change.now_ms))
}

/// A push told of an end: the part that it must be about is noted, and what it waited for is over.
pub(super) fn take_push(
    transaction: &Transaction<'_>,
    event: &NewEvent,
    id: EventId,
) -> Result<(), StoreError> {
    let Some(device_id) = &event.device_id else { return Ok(()) };
    let Some((device_type, state)) = states::known_state(transaction, device_id)? else {
        return Ok(());
    };
    let code = PushCode::new(&event.code);
    let all = parts(&device_type, &state);
    let mut waiting = Vec::new();
    let mut possible = Vec::new();
    for part in all.iter().filter(|part| may_end_with(&device_type, &part.place, &code)) {
        let kept = load(transaction, device_id, &part.place)?;
        if kept.ended_code.as_deref() == Some(code.as_str()) {
            waiting.push((part, kept));
        } else if kept.told_code.as_deref() != Some(code.as_str()) && is_in_cycle(part.phase) {
            possible.push((part, kept));
        }
    }
    waiting.sort_by_key(|(_, kept)| kept.ended_at_ms);
    let found = waiting.into_iter().next().or_else(|| {
        // With two at work nobody knows which of them it was.
        if possible.len() == 1 { possible.pop() } else { None }
    });
    if let Some((part, mut kept)) = found {
        (kept.ended_at_ms, kept.ended_code) = (None, None);
        kept.told_code = Some(code.as_str().to_owned());
        save(transaction, device_id, &part.place, &kept)?;
        if all.len() > 1 {
            set_place(transaction, id, &part.place)?;
        }
    }
    Ok(())
}

/// What is left of a part, for whoever shows it.
pub(super) fn progress(
    transaction: &Transaction<'_>,
    device_id: &DeviceId,
    part: &PartState,
) -> Result<Option<Progress>, StoreError> {
    let Some(timer) = part.timer else { return Ok(None) };
    let kept = load(transaction, device_id, &part.place)?;
    let (Some(remaining_ms), Some(timed_at_ms)) = (kept.remaining_ms, kept.timed_at_ms) else {
        return Ok(None);
    };
    let minutes =
        |ms: i64| u32::try_from(ms.max(0).saturating_add(59_999) / 60_000).unwrap_or(u32::MAX);
    Ok(Some(Progress {
        ends_at_ms: timed_at_ms.saturating_add(remaining_ms),
        remaining_minutes: minutes(remaining_ms),
        total_minutes: timer.total.map(|total| minutes(millis(total))),
    }))
}

/// Told just now after a gap: the same end is not told again.
pub(super) fn note_told(
    transaction: &Transaction<'_>,
    device_id: &DeviceId,
    place: &str,
    code: &PushCode,
) -> Result<(), StoreError> {
    let mut kept = load(transaction, device_id, place)?;
    (kept.ended_at_ms, kept.ended_code) = (None, None);
    kept.told_code = Some(code.as_str().to_owned());
    save(transaction, device_id, place, &kept)
}

impl Kept {
    /// A cycle begins, or began at a time that nobody saw.
    fn start(&mut self, before: &PartState, after: &PartState, now_ms: Option<UnixMs>) {
        let is_resumed = matches!(before.phase, Phase::Running | Phase::Paused | Phase::Error);
        if after.phase == Phase::Running && !is_resumed {
            self.started_at_ms = now_ms;
            self.told_code = None;
        }
    }

    /// The code of an end that just came and that nobody has told yet.
    fn ending(
        &self,
        change: &Change<'_>,
        before: &PartState,
        after: &PartState,
    ) -> Option<PushCode> {
        let has_changed = before.run_state != after.run_state;
        // Nothing ends that never ran; and what looks after its load has ended before, unless
        // that was not told.
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

    /// Keeps what is left: as told, else by the clock when the phase changes.
    fn time(
        &mut self,
        before: Option<&PartState>,
        after: &PartState,
        is_timed: bool,
        now_ms: UnixMs,
    ) {
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

/// An end that a push has told is linked to its event; another one waits.
fn wait_for_push(
    transaction: &Transaction<'_>,
    change: &Change<'_>,
    place: &str,
    code: &PushCode,
    kept: &mut Kept,
) -> Result<(), StoreError> {
    let since_ms = change.now_ms.saturating_sub(SAME_ENDING_MS);
    let told = states::find_told(transaction, change.device_id, code.as_str(), since_ms, place)?;
    if let Some(event) = told {
        kept.told_code = Some(code.as_str().to_owned());
        set_place(transaction, event, place)?;
    } else {
        kept.ended_at_ms = Some(change.now_ms);
        kept.ended_code = Some(code.as_str().to_owned());
    }
    Ok(())
}

/// Counts a cycle whose start was seen, once it has ended or only looks after its load.
fn note_cycle(
    transaction: &Transaction<'_>,
    change: &Change<'_>,
    before: &PartState,
    after: &PartState,
    kept: &Kept,
) -> Result<(), StoreError> {
    let was_at_work = matches!(before.phase, Phase::Running | Phase::Paused);
    let is_over = matches!(after.phase, Phase::Aftercare | Phase::Finished);
    let Some(started_at_ms) = kept.started_at_ms.filter(|_| was_at_work && is_over) else {
        return Ok(());
    };
    if change.now_ms.saturating_sub(started_at_ms) >= SHORTEST_CYCLE_MS {
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO cycle (device_id, place, started_at_ms, ended_at_ms)
                 VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![
                change.device_id.as_str(),
                after.place,
                started_at_ms,
                change.now_ms
            ])?;
    }
    Ok(())
}

/// Whether a push told of trouble with the device a moment ago.
fn is_told(
    transaction: &Transaction<'_>,
    change: &Change<'_>,
    code: &PushCode,
) -> Result<bool, StoreError> {
    let since_ms = change.now_ms.saturating_sub(SAME_ENDING_MS);
    let told: Option<i64> = transaction
        .prepare_cached(
            "SELECT id FROM event
             WHERE (code = ?1 OR (category = 'failed' AND is_from_state = 0))
                 AND received_at_ms >= ?2 AND kind = 'push' AND device_id = ?3
             ORDER BY id DESC LIMIT 1",
        )?
        .query_row(params![code.as_str(), since_ms, change.device_id.as_str()], |row| row.get(0))
        .optional()?;
    if let (Some(event), Some(message)) = (told, change.message) {
        states::link(transaction, message, EventId(event))?;
    }
    Ok(told.is_some())
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

fn find<'a>(parts: &'a [PartState], place: &str) -> Option<&'a PartState> {
    let only = if parts.len() == 1 { parts.first() } else { None };
    parts.iter().find(|part| part.place == place).or(only)
}

fn is_one_of_several(transaction: &Transaction<'_>, id: &DeviceId) -> Result<bool, StoreError> {
    let state = states::known_state(transaction, id)?;
    Ok(state.is_some_and(|(device_type, state)| parts(&device_type, &state).len() > 1))
}

fn set_place(transaction: &Transaction<'_>, event: EventId, place: &str) -> Result<(), StoreError> {
    transaction
        .prepare_cached("UPDATE event SET place = ?2 WHERE id = ?1 AND place = ''")?
        .execute(params![event.0, place])?;
    Ok(())
}

fn load(transaction: &Transaction<'_>, id: &DeviceId, place: &str) -> Result<Kept, StoreError> {
    let kept = transaction
        .prepare_cached(
            "SELECT started_at_ms, told_code, ended_at_ms, ended_code, remaining_ms, timed_at_ms
             FROM part WHERE device_id = ?1 AND place = ?2",
        )?
        .query_row(params![id.as_str(), place], |row| {
            Ok(Kept {
                started_at_ms: row.get(0)?,
                told_code: row.get(1)?,
                ended_at_ms: row.get(2)?,
                ended_code: row.get(3)?,
                remaining_ms: row.get(4)?,
                timed_at_ms: row.get(5)?,
            })
        })
        .optional()?;
    Ok(kept.unwrap_or_default())
}

fn save(
    transaction: &Transaction<'_>,
    id: &DeviceId,
    place: &str,
    kept: &Kept,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO part (device_id, place, started_at_ms, told_code, ended_at_ms,
                 ended_code, remaining_ms, timed_at_ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            id.as_str(),
            place,
            kept.started_at_ms,
            kept.told_code,
            kept.ended_at_ms,
            kept.ended_code,
            kept.remaining_ms,
            kept.timed_at_ms
        ])?;
    Ok(())
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

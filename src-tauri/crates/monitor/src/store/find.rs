//! Pages of the events that match a filter, ordered by time, in both directions.
//!
//!  A position in the history is the time of an event and its id. Conditions on labels are answered
//! from each label's own index; text in the event-specific part of a message is found by the
//! trigram index.
//!
//!  Kept in one file because both directions and both lookups have to agree on one order.

use std::collections::{BTreeSet, HashMap};

use model::{FoundIn, UnixMs};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{
    Store, StoreError,
    filter::{Candidate, Filter, Query, candidates},
    labels::fold,
};
use crate::{
    decision::title_of,
    event::{EventId, StoredEvent},
};

/// Above this number of labels, one scan over all events is cheaper than one scan per label.
const MANY_LABELS: usize = 5_000;
/// Minimum number of index hits to examine: the index is ordered by id, and imported events are
/// older than their ids.
const LOOKED_AT: usize = if cfg!(test) { 4 } else { 1_000 };
/// Number of events scanned before the trigram index is queried: frequent text is found at once,
/// and a short period needs no index. Lower in tests, which have fewer events.
pub(super) const NEARBY: usize = if cfg!(test) { 8 } else { 4_000 };

/// Start and direction of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageFrom {
    /// Newest first, older than this event.
    Before(EventId),
    /// Oldest first, newer than this event.
    After(EventId),
}

/// An event that matches a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchHit {
    pub stored: StoredEvent,
    /// Empty if the filter has no text.
    pub found_in: Vec<FoundIn>,
}

/// Position in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Spot {
    pub(super) received_at_ms: UnixMs,
    pub(super) id: i64,
}

impl Spot {
    const START: Self = Self { received_at_ms: UnixMs::MIN, id: i64::MIN };
    const END: Self = Self { received_at_ms: UnixMs::MAX, id: i64::MAX };

    /// Position before every event received at that time.
    fn at(received_at_ms: UnixMs) -> Self {
        Self { received_at_ms, id: i64::MIN }
    }

    pub(super) fn of(connection: &Connection, id: EventId) -> Result<Option<Self>, StoreError> {
        Ok(connection
            .prepare_cached(
                "SELECT received_at_ms, id FROM event WHERE id <= ?1 ORDER BY id DESC LIMIT 1",
            )?
            .query_row([id.0], |row| Ok(Self { received_at_ms: row.get(0)?, id: row.get(1)? }))
            .optional()?)
    }
}

/// Range between two positions, both exclusive.
#[derive(Clone, Copy, Debug)]
struct Range {
    after: Spot,
    before: Spot,
    is_newest_first: bool,
    is_unread: bool,
    limit: usize,
}

impl Range {
    fn of(
        connection: &Connection,
        from: PageFrom,
        filter: &Filter,
        limit: u32,
    ) -> Result<Self, StoreError> {
        let mut range = Self {
            after: filter.from_ms.map_or(Spot::START, Spot::at),
            before: filter.until_ms.map_or(Spot::END, Spot::at),
            is_newest_first: matches!(from, PageFrom::Before(_)),
            is_unread: filter.is_unread,
            limit: limit as usize,
        };
        match from {
            PageFrom::Before(EventId::END) => {}
            PageFrom::Before(id) => {
                // If the event was deleted meanwhile, its predecessor by id gives the position.
                let spot = Spot::of(connection, id)?.map(|spot| {
                    let is_same = spot.id == id.0;
                    Spot { id: spot.id.saturating_add(i64::from(!is_same)), ..spot }
                });
                range.before = range.before.min(spot.unwrap_or(Spot::START));
            }
            PageFrom::After(id) => {
                let spot = Spot::of(connection, id)?;
                range.after = range.after.max(spot.unwrap_or(Spot::START));
            }
        }
        Ok(range)
    }

    fn condition(&self) -> &'static str {
        match (self.is_newest_first, self.is_unread) {
            (true, false) => {
                "(received_at_ms, id) > (?1, ?2) AND (received_at_ms, id) < (?3, ?4)
                 ORDER BY received_at_ms DESC, id DESC LIMIT ?5"
            }
            (true, true) => {
                "(received_at_ms, id) > (?1, ?2) AND (received_at_ms, id) < (?3, ?4)
                     AND is_read = 0
                 ORDER BY received_at_ms DESC, id DESC LIMIT ?5"
            }
            (false, false) => {
                "(received_at_ms, id) > (?1, ?2) AND (received_at_ms, id) < (?3, ?4)
                 ORDER BY received_at_ms, id LIMIT ?5"
            }
            (false, true) => {
                "(received_at_ms, id) > (?1, ?2) AND (received_at_ms, id) < (?3, ?4)
                     AND is_read = 0
                 ORDER BY received_at_ms, id LIMIT ?5"
            }
        }
    }

    /// Adds a position, keeping the first `limit` in this direction.
    fn keep(&mut self, kept: &mut BTreeSet<Spot>, spot: Spot) {
        kept.insert(spot);
        if kept.len() > self.limit {
            let _surplus = if self.is_newest_first { kept.pop_first() } else { kept.pop_last() };
        }
        if kept.len() < self.limit {
            return;
        }
        // Positions beyond the last one kept cannot be part of the result.
        if self.is_newest_first {
            self.after = self.after.max(kept.first().copied().unwrap_or(self.after));
        } else {
            self.before = self.before.min(kept.last().copied().unwrap_or(self.before));
        }
    }
}

impl Store {
    /// Returns up to `limit` events that match `filter`, in the direction of `from`.
    pub fn find(
        &self,
        from: PageFrom,
        limit: u32,
        filter: &Filter,
    ) -> Result<Vec<SearchHit>, StoreError> {
        let connection = self.read();
        let range = Range::of(&connection, from, filter, limit)?;
        let spots = spots(&connection, range, filter)?;
        let query = filter.query();
        let mut found = Vec::with_capacity(spots.len());
        for spot in &spots {
            let stored = super::read::event(&connection, EventId(spot.id))?;
            let Some(stored) = stored else { continue };
            let found_in = match &query {
                Some(query) => self.found_in(&connection, &stored, query)?,
                None => Vec::new(),
            };
            found.push(SearchHit { stored, found_in });
        }
        if range.is_newest_first {
            found.reverse();
        }
        Ok(found)
    }

    /// Returns the newest `limit` events before `before` that contain `text`, if given; newest
    /// first.
    pub fn page(
        &self,
        before: EventId,
        limit: u32,
        text: Option<&str>,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let filter = Filter { text: text.unwrap_or_default().to_owned(), ..Filter::default() };
        let found = self.find(PageFrom::Before(before), limit, &filter)?;
        Ok(found.into_iter().map(|found| found.stored).collect())
    }

    /// Returns the next `limit` events after `after`, oldest first; `text` as for [`Self::page`].
    pub fn page_after(
        &self,
        after: EventId,
        limit: u32,
        text: Option<&str>,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let filter = Filter { text: text.unwrap_or_default().to_owned(), ..Filter::default() };
        let found = self.find(PageFrom::After(after), limit, &filter)?;
        Ok(found.into_iter().map(|found| found.stored).collect())
    }

    fn found_in(
        &self,
        connection: &Connection,
        stored: &StoredEvent,
        query: &Query,
    ) -> Result<Vec<FoundIn>, StoreError> {
        let event = &stored.event;
        let has = |text: &str| fold(text).contains(query.as_str());
        let has_words = self.words.iter().any(|words| {
            has(&title_of(event, words))
                || event.device_type.as_deref().is_some_and(|t| has(&words.device_type_name(t)))
        });
        let mut found = Vec::new();
        for (place, is_there) in [
            (FoundIn::Name, has(&event.device_name)),
            (FoundIn::Words, has_words),
            (FoundIn::Code, has(&event.code)),
            (FoundIn::Text, has(&event.text)),
        ] {
            if is_there {
                found.push(place);
            }
        }
        if !query.is_short() {
            let is_in_raw = connection
                .prepare_cached(
                    "SELECT instr(event.own, ?2) > 0 OR instr(label.common, ?2) > 0
                     FROM event JOIN label ON label.id = event.label_id WHERE event.id = ?1",
                )?
                .query_row(params![stored.id.0, query.as_str()], |row| row.get(0))?;
            if is_in_raw {
                found.push(FoundIn::Raw);
            }
        }
        Ok(found)
    }
}

/// Returns the first `limit` positions in the direction of `from`, always sorted oldest first.
pub(super) fn spots_of(
    connection: &Connection,
    from: PageFrom,
    filter: &Filter,
    limit: u32,
) -> Result<BTreeSet<Spot>, StoreError> {
    spots(connection, Range::of(connection, from, filter, limit)?, filter)
}

/// Sorted oldest first, in either direction.
fn spots(
    connection: &Connection,
    mut range: Range,
    filter: &Filter,
) -> Result<BTreeSet<Spot>, StoreError> {
    let mut kept = BTreeSet::new();
    if range.limit == 0 {
        return Ok(kept);
    }
    if !filter.chooses_labels() {
        walk(connection, &mut range, &mut kept, |_| true)?;
        return Ok(kept);
    }
    let candidates = candidates(connection, filter)?;
    let mut labels: Vec<(u32, i64)> = candidates
        .iter()
        .filter(|(_, label)| label.may_pass() && label.has_text)
        .map(|(id, label)| (if filter.is_unread { label.unread } else { label.events }, *id))
        .filter(|(events, _)| *events > 0)
        .collect();
    // Largest labels first: they narrow the range for the others.
    labels.sort_unstable_by(|one, other| other.cmp(one));
    if labels.len() > MANY_LABELS {
        let labels: std::collections::HashSet<i64> = labels.into_iter().map(|(_, id)| id).collect();
        walk(connection, &mut range, &mut kept, |label| labels.contains(&label))?;
    } else {
        for (_, label) in labels {
            look_at(connection, label, &mut range, &mut kept)?;
        }
    }
    if let Some(query) = filter.query().filter(|query| !query.is_short()) {
        look_for(connection, &query, &candidates, &mut range, &mut kept)?;
    }
    Ok(kept)
}

/// Scans all events until `limit` are found.
fn walk(
    connection: &Connection,
    range: &mut Range,
    kept: &mut BTreeSet<Spot>,
    is_meant: impl Fn(i64) -> bool,
) -> Result<(), StoreError> {
    let index = if range.is_unread { "event_unread" } else { "event_by_time" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT received_at_ms, id, label_id FROM event INDEXED BY {index} WHERE {}",
        range.condition()
    ))?;
    let mut rows = statement.query(params![
        range.after.received_at_ms,
        range.after.id,
        range.before.received_at_ms,
        range.before.id,
        -1
    ])?;
    while let Some(row) = rows.next()? {
        if is_meant(row.get(2)?) {
            range.keep(kept, Spot { received_at_ms: row.get(0)?, id: row.get(1)? });
            if kept.len() == range.limit {
                break;
            }
        }
    }
    Ok(())
}

/// Scans the events of one label.
fn look_at(
    connection: &Connection,
    label: i64,
    range: &mut Range,
    kept: &mut BTreeSet<Spot>,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT received_at_ms, id FROM event INDEXED BY event_by_label
         WHERE label_id = ?6 AND {}",
        range.condition()
    ))?;
    let limit = i64::try_from(range.limit).unwrap_or(i64::MAX);
    let spots = statement
        .query_map(
            params![
                range.after.received_at_ms,
                range.after.id,
                range.before.received_at_ms,
                range.before.id,
                limit,
                label
            ],
            |row| Ok(Spot { received_at_ms: row.get(0)?, id: row.get(1)? }),
        )?
        .collect::<Result<Vec<_>, _>>()?;
    for spot in spots {
        range.keep(kept, spot);
    }
    Ok(())
}

/// Finds events with the text in their event-specific part whose labels do not contain it.
fn look_for(
    connection: &Connection,
    query: &Query,
    candidates: &HashMap<i64, Candidate>,
    range: &mut Range,
    kept: &mut BTreeSet<Spot>,
) -> Result<(), StoreError> {
    let is_unread = range.is_unread;
    let is_possible =
        |label: &Candidate| label.may_pass() && !label.has_text && (label.unread > 0 || !is_unread);
    if !candidates.values().any(is_possible)
        || look_nearby(connection, query, candidates, range, kept)?
    {
        return Ok(());
    }
    // Runs before the index query, so that an event indexed meanwhile is found twice rather than
    // missed.
    let unindexed = "SELECT received_at_ms, id, label_id, is_read FROM event NOT INDEXED
         WHERE id > (SELECT events_up_to FROM indexed) AND instr(own, ?2) > 0
             AND (received_at_ms, id) > (?3, ?4) AND (received_at_ms, id) < (?5, ?6)";
    keep_hits(connection, unindexed, query, candidates, range, kept, usize::MAX)?;
    let order = if range.is_newest_first { "DESC" } else { "ASC" };
    let indexed = format!(
        "SELECT event.received_at_ms, event.id, event.label_id, event.is_read
         FROM own_search CROSS JOIN event ON event.id = own_search.rowid
         WHERE own_search MATCH ?1 AND instr(event.own, ?2) > 0
             AND (event.received_at_ms, event.id) > (?3, ?4)
             AND (event.received_at_ms, event.id) < (?5, ?6)
         ORDER BY own_search.rowid {order}"
    );
    keep_hits(connection, &indexed, query, candidates, range, kept, LOOKED_AT)
}

/// Adds the matching events of `sql`. Stops at `limit` hits once `at_least` events have been
/// examined.
fn keep_hits(
    connection: &Connection,
    sql: &str,
    query: &Query,
    candidates: &HashMap<i64, Candidate>,
    range: &mut Range,
    kept: &mut BTreeSet<Spot>,
    at_least: usize,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![
        query.trigrams(),
        query.as_str(),
        range.after.received_at_ms,
        range.after.id,
        range.before.received_at_ms,
        range.before.id
    ])?;
    let (mut looked_at, mut hits) = (0, 0);
    while let Some(row) = rows.next()? {
        looked_at += 1;
        let is_meant =
            candidates.get(&row.get(2)?).is_some_and(|label| label.may_pass() && !label.has_text);
        if is_meant && !(range.is_unread && row.get(3)?) {
            hits += 1;
            range.keep(kept, Spot { received_at_ms: row.get(0)?, id: row.get(1)? });
        }
        if hits >= range.limit && looked_at >= at_least {
            break;
        }
    }
    Ok(())
}

/// As [`look_for`], limited to the first events of the range. Returns `true` if the result is
/// complete.
fn look_nearby(
    connection: &Connection,
    query: &Query,
    candidates: &HashMap<i64, Candidate>,
    range: &mut Range,
    kept: &mut BTreeSet<Spot>,
) -> Result<bool, StoreError> {
    let index = if range.is_unread { "event_unread" } else { "event_by_time" };
    let mut statement = connection.prepare_cached(&format!(
        "SELECT received_at_ms, id, label_id, instr(own, ?6) > 0 FROM event INDEXED BY {index}
         WHERE {}",
        range.condition()
    ))?;
    let mut rows = statement.query(params![
        range.after.received_at_ms,
        range.after.id,
        range.before.received_at_ms,
        range.before.id,
        i64::try_from(NEARBY).unwrap_or(i64::MAX),
        query.as_str()
    ])?;
    let (mut looked_at, mut hits) = (0, 0);
    while let Some(row) = rows.next()? {
        looked_at += 1;
        let is_meant =
            candidates.get(&row.get(2)?).is_some_and(|label| label.may_pass() && !label.has_text);
        if is_meant && row.get(3)? {
            hits += 1;
            range.keep(kept, Spot { received_at_ms: row.get(0)?, id: row.get(1)? });
            if hits >= range.limit {
                return Ok(true);
            }
        }
    }
    Ok(looked_at < NEARBY)
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;

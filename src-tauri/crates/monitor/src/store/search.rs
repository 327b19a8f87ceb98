//! Search: pages of the events that a filter matches, by time, in both directions.
//!
//! A search reads `event_by_time` from where the page starts until the page is full. The index
//! contains each event's own text, and the texts that events share are in their few hundred labels,
//! so that a home's years are read in milliseconds without an index of words.

use model::{FoundIn, HistoryEvent, HistoryFilter, UnixMs};
use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};

use super::{
    Store, StoreError,
    filter::{Conditions, Query},
    labels::fold,
    read,
};
use crate::{
    decision::title_of,
    event::{EventId, StoredEvent},
};

/// Where a page begins, and its direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageFrom {
    /// Newest first, older than this event.
    Before(EventId),
    /// Oldest first, newer than this event.
    After(EventId),
}

/// An event that a filter matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchHit {
    pub stored: StoredEvent,
    /// Empty without a text.
    pub found_in: Vec<FoundIn>,
}

impl From<SearchHit> for HistoryEvent {
    fn from(hit: SearchHit) -> Self {
        Self { found_in: hit.found_in, ..hit.stored.into() }
    }
}

/// A position in the history. Imported events are older than their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) received_at_ms: UnixMs,
    pub(super) id: i64,
}

impl Position {
    const START: Self = Self { received_at_ms: UnixMs::MIN, id: i64::MIN };
    const END: Self = Self { received_at_ms: UnixMs::MAX, id: i64::MAX };

    /// Before all events received at that time.
    fn at(received_at_ms: UnixMs) -> Self {
        Self { received_at_ms, id: i64::MIN }
    }

    /// Of the event, or of the one before it by id if it is deleted.
    pub(super) fn of(connection: &Connection, id: EventId) -> Result<Option<Self>, StoreError> {
        Ok(connection
            .prepare_cached(
                "SELECT received_at_ms, id FROM event WHERE id <= ?1 ORDER BY id DESC LIMIT 1",
            )?
            .query_row([id.0], |row| Ok(Self { received_at_ms: row.get(0)?, id: row.get(1)? }))
            .optional()?)
    }
}

impl Store {
    /// Up to `limit` events that `filter` matches, in the direction of `from`.
    pub fn search(
        &self,
        from: PageFrom,
        limit: u32,
        filter: &HistoryFilter,
    ) -> Result<Vec<SearchHit>, StoreError> {
        let connection = self.read();
        let query = Query::of(filter);
        let mut hits = Vec::new();
        for id in ids(&connection, from, limit, filter)? {
            let Some(stored) = read::event(&connection, id)? else { continue };
            let found_in = match &query {
                Some(query) => self.found_in(&connection, &stored, query)?,
                None => Vec::new(),
            };
            hits.push(SearchHit { stored, found_in });
        }
        Ok(hits)
    }

    /// The newest `limit` events before `before`, newest first; with `text`, those that contain it.
    pub fn page(
        &self,
        before: EventId,
        limit: u32,
        text: Option<&str>,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.events_with(text, PageFrom::Before(before), limit)
    }

    /// The `limit` events next after `after`, oldest first; `text` as for [`Self::page`].
    pub fn page_after(
        &self,
        after: EventId,
        limit: u32,
        text: Option<&str>,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.events_with(text, PageFrom::After(after), limit)
    }

    fn events_with(
        &self,
        text: Option<&str>,
        from: PageFrom,
        limit: u32,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        let filter =
            HistoryFilter { text: text.unwrap_or_default().to_owned(), ..HistoryFilter::default() };
        let hits = self.search(from, limit, &filter)?;
        Ok(hits.into_iter().map(|hit| hit.stored).collect())
    }

    /// The events of the same device before and after it, by time.
    pub fn neighbours(
        &self,
        id: EventId,
    ) -> Result<(Option<EventId>, Option<EventId>), StoreError> {
        let connection = self.read();
        let stored = read::event(&connection, id)?;
        let Some(device_id) = stored.and_then(|stored| stored.event.device_id) else {
            return Ok((None, None));
        };
        let filter = HistoryFilter { device_ids: vec![device_id], ..HistoryFilter::default() };
        let next_to = |from| ids(&connection, from, 1, &filter).map(|mut ids| ids.pop());
        Ok((next_to(PageFrom::Before(id))?, next_to(PageFrom::After(id))?))
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
        let is_in_raw = || {
            connection
                .prepare_cached(
                    "SELECT instr(event.own, ?2) > 0 OR instr(label.common, ?2) > 0
                     FROM event JOIN label ON label.id = event.label_id WHERE event.id = ?1",
                )?
                .query_row(params![stored.id.0, query.as_str()], |row| row.get(0))
        };
        let found = [
            (FoundIn::Name, has(&event.device_name)),
            (FoundIn::Words, has_words),
            (FoundIn::Code, has(&event.code)),
            (FoundIn::Text, has(&event.text)),
            (FoundIn::Raw, !query.is_short() && is_in_raw()?),
        ];
        Ok(found.into_iter().filter(|(_, is_there)| *is_there).map(|(text, _)| text).collect())
    }
}

/// Ids of up to `limit` events that `filter` matches, in the direction of `from`.
pub(super) fn ids(
    connection: &Connection,
    from: PageFrom,
    limit: u32,
    filter: &HistoryFilter,
) -> Result<Vec<EventId>, StoreError> {
    let mut after = filter.from_ms.map_or(Position::START, Position::at);
    let mut before = filter.until_ms.map_or(Position::END, Position::at);
    let order = match from {
        PageFrom::Before(id) => {
            if id != EventId::END {
                before = before.min(end_before(connection, id)?);
            }
            "received_at_ms DESC, id DESC"
        }
        PageFrom::After(id) => {
            after = after.max(Position::of(connection, id)?.unwrap_or(Position::START));
            "received_at_ms, id"
        }
    };
    let index = if filter.is_unread { "event_unread" } else { "event_by_time" };
    let mut conditions = Conditions::default();
    if filter.is_unread {
        conditions.add("is_read = 0", []);
    }
    conditions.add_filter(filter);
    // Last: comparing pairs costs more than half as much as comparing the texts.
    for (sql, position) in
        [("(received_at_ms, id) > (?, ?)", after), ("(received_at_ms, id) < (?, ?)", before)]
    {
        conditions.add(sql, [position.received_at_ms.into(), position.id.into()]);
    }
    let sql = format!(
        "SELECT id FROM event INDEXED BY {index} WHERE {} ORDER BY {order} LIMIT {limit}",
        conditions.sql()
    );
    let ids = connection
        .prepare_cached(&sql)?
        .query_map(params_from_iter(conditions.parameters), |row| row.get(0).map(EventId))?
        .collect::<Result<_, _>>()?;
    Ok(ids)
}

/// Where the page before the event ends. If the event is deleted, the page includes the one before
/// it by id.
fn end_before(connection: &Connection, id: EventId) -> Result<Position, StoreError> {
    let found = Position::of(connection, id)?;
    Ok(found.map_or(Position::START, |position| Position {
        id: position.id.saturating_add(i64::from(position.id != id.0)),
        ..position
    }))
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;

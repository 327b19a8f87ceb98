//! Raw messages of events, and status reports.

use model::UnixMs;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Store, StoreError, Transaction, events::raw_of, labels::note_raw};
use crate::{
    duplicates::{is_same_delivery, is_same_message},
    event::{Arrival, EventId},
};

/// More messages than a broker sends without an acknowledgement.
const MOST_UNACKNOWLEDGED: u32 = 500;

impl Transaction<'_> {
    /// Returns whether the message is already stored.
    pub(crate) fn is_known(&self, arrival: &Arrival) -> Result<bool, StoreError> {
        is_known(self, arrival)
    }

    /// Adds a message to its event; a status report has no event.
    pub(crate) fn add_message(
        &self,
        arrival: &Arrival,
        event: Option<EventId>,
    ) -> Result<i64, StoreError> {
        Ok(self
            .prepare_cached(
                "INSERT INTO message (received_at_ms, message_id, packet_id, event_id, raw)
                 VALUES (?1, ?2, ?3, ?4, ?5) RETURNING id",
            )?
            .query_row(
                params![
                    arrival.received_at_ms,
                    arrival.message.message_id,
                    arrival.packet_id,
                    event.map(|id| id.0),
                    &*arrival.raw
                ],
                |row| row.get(0),
            )?)
    }

    /// Adds a later message to an event and extends its search text.
    pub(crate) fn add_repetition(
        &self,
        arrival: &Arrival,
        event: EventId,
    ) -> Result<(), StoreError> {
        self.add_message(arrival, Some(event))?;
        note_raw(self, event, raw_of(arrival))
    }

    /// Assigns a stored status report to an event.
    pub(crate) fn link_message(&self, message: i64, event: EventId) -> Result<(), StoreError> {
        self.prepare_cached("UPDATE message SET event_id = ?2 WHERE id = ?1")?
            .execute([message, event.0])?;
        let found: Option<(Option<String>, String)> = self
            .prepare_cached("SELECT message_id, raw FROM message WHERE id = ?1")?
            .query_row([message], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        found.map_or(Ok(()), |(id, raw)| note_raw(self, event, (id.as_deref(), &raw)))
    }
}

impl Store {
    /// As [`Transaction::is_known`], for a file that may be read-only.
    pub(crate) fn is_known(&self, arrival: &Arrival) -> Result<bool, StoreError> {
        is_known(&self.read(), arrival)
    }
}

fn is_known(connection: &Connection, arrival: &Arrival) -> Result<bool, StoreError> {
    let Some(message_id) = &arrival.message.message_id else {
        return is_sent_again(connection, arrival);
    };
    let mut statement =
        connection.prepare_cached("SELECT received_at_ms FROM message WHERE message_id = ?1")?;
    let times = statement.query_map([message_id], |row| row.get::<_, UnixMs>(0))?;
    for received_at_ms in times {
        if is_same_message(received_at_ms?, arrival.received_at_ms) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the message was stored, but its acknowledgement did not reach the broker.
fn is_sent_again(connection: &Connection, arrival: &Arrival) -> Result<bool, StoreError> {
    let Some(packet_id) = arrival.packet_id.filter(|_| arrival.is_repeated) else {
        return Ok(false);
    };
    let mut statement = connection.prepare_cached(
        "SELECT received_at_ms FROM (SELECT * FROM message ORDER BY id DESC LIMIT ?3)
         WHERE packet_id = ?1 AND raw = ?2",
    )?;
    let times = statement
        .query_map(params![packet_id, &*arrival.raw, MOST_UNACKNOWLEDGED], |row| {
            row.get::<_, UnixMs>(0)
        })?;
    for received_at_ms in times {
        if is_same_delivery(received_at_ms?, arrival.received_at_ms) {
            return Ok(true);
        }
    }
    Ok(false)
}

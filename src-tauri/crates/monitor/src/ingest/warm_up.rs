//! Warm-up: stores and discards an event at startup, so that statements are prepared.

use std::sync::Arc;

use model::{NewEvent, UnixMs};
use thinq::Frame;

use super::record::Recorder;
use crate::{
    decision::Decision,
    event::{Arrival, DeviceName},
    store::{Store, StoreError},
};

/// A typical push.
const PUSH: &str = r#"{"messageId":"rehearsed","push":{"pushType":"DEVICE_PUSH",
    "deviceId":"rehearsed","deviceType":"DEVICE_WASHER","pushCode":"WASHING_IS_COMPLETE"}}"#;

/// Prepares the statements for storing an event, so that the first one is not delayed. Leaves no
/// data.
pub(crate) fn warm_up(store: &Store, now_ms: UnixMs) -> Result<(), StoreError> {
    let messages = thinq::parse(&Frame::Text(PUSH.to_owned())).messages;
    let arrivals: Vec<(Arrival, Option<NewEvent>)> = messages
        .into_iter()
        .map(|message| {
            let raw = Arc::from(PUSH);
            let arrival = Arrival {
                received_at_ms: now_ms,
                frame: 0,
                raw,
                message,
                packet_id: None,
                is_repeated: false,
            };
            let event = arrival.to_event(|_| DeviceName::default());
            (arrival, event)
        })
        .collect();
    store.rehearse(|transaction| {
        Recorder { transaction, decide: &|_| Decision::Count, forward: &|_| Vec::new() }
            .arrivals(&arrivals)
            .map(drop)
    })
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::event::example_event;
    use crate::store::SIMILAR_PUSHES;

    #[test]
    fn a_rehearsal_prepares_and_leaves_nothing_behind() {
        let store = Store::in_memory().unwrap();
        let told = example_event("WASHING_IS_COMPLETE", "Washer", 3_600_000);
        store.add_untold(&told, |_| Decision::Notify).unwrap();
        let all = || {
            ["event", "message", "label", "part"].map(|table| {
                let sql = format!("SELECT count(*) || ' ' || max(rowid) FROM {table}");
                store.database().query_one(&sql, [], |row| row.get::<_, Option<String>>(0)).unwrap()
            })
        };
        let before = all();

        warm_up(&store, 3_600_000).unwrap();

        assert_eq!(all(), before);
        let connection = store.database();
        let compared = connection.prepare_cached(SIMILAR_PUSHES).unwrap();
        assert_eq!(compared.get_status(StatementStatus::Run), 1);
    }
}

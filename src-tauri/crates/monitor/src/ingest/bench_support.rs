//! Benchmark support: writes frames to the history without connection or subscribers.

use std::sync::Arc;

use model::{DeviceId, UnixMs};
use thinq::{Frame, parse};

use super::record::{Outcome, Recorder};
use crate::{
    decision::Decision,
    event::{Arrival, DeviceName},
    store::{Store, StoreError},
};

impl Store {
    /// Parses text frames and stores them as one batch, like the ingest. Returns the number of new
    /// events.
    #[doc(hidden)]
    pub fn add_frames(
        &self,
        frames: &[(UnixMs, String)],
        alias_of: impl Fn(&DeviceId) -> String,
    ) -> Result<usize, StoreError> {
        let mut arrivals = Vec::with_capacity(frames.len());
        for (number, (received_at_ms, text)) in (0..).zip(frames) {
            let raw: Arc<str> = Arc::from(text.as_str());
            for message in parse(&Frame::Text(text.clone())).messages {
                let raw = Arc::clone(&raw);
                let received_at_ms = *received_at_ms;
                let arrival = Arrival {
                    received_at_ms,
                    frame: number,
                    raw,
                    message,
                    packet_id: None,
                    is_repeated: false,
                };
                let event =
                    arrival.to_event(|id| DeviceName { alias: alias_of(id), device_type: None });
                arrivals.push((arrival, event));
            }
        }
        let outcomes = self.write(|transaction| {
            Recorder { transaction, decide: &|_| Decision::Notify, forward: &|_| Vec::new() }
                .arrivals(&arrivals)
        })?;
        Ok(outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Event(_))).count())
    }
}

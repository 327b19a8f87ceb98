//! Detects frames that arrived over both connections of a renewal.
//!
//! A frame is a duplicate if its bytes equal those of a frame from another connection within
//! [`SAME_WITHIN`]. Each frame matches at most one duplicate; repetitions on one connection are
//! separate frames.

use std::{
    collections::VecDeque,
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

use thinq::Frame;
use tokio::time::Instant;

use crate::inbound::INBOUND_CAPACITY;

/// Connections overlap for seconds; the delay between them is shorter.
const SAME_WITHIN: Duration = Duration::from_secs(30);
/// Bounds memory in a burst: four times the capacity of the inbound channel.
const LONGEST: usize = 4 * INBOUND_CAPACITY;

#[derive(Default)]
pub(crate) struct DuplicateFrames {
    recent: VecDeque<Recent>,
    hasher: RandomState,
}

struct Recent {
    at: Instant,
    connection: u64,
    print: u64,
    length: usize,
}

impl DuplicateFrames {
    /// Remembers the frame unless it is a duplicate.
    pub(crate) fn is_duplicate(&mut self, connection: u64, frame: &Frame, now: Instant) -> bool {
        while self.recent.front().is_some_and(|recent| {
            self.recent.len() >= LONGEST || now.duration_since(recent.at) > SAME_WITHIN
        }) {
            self.recent.pop_front();
        }
        let print = match frame {
            Frame::Text(text) => self.hasher.hash_one(text.as_bytes()),
            Frame::Binary(bytes) => self.hasher.hash_one(bytes.as_slice()),
        };
        let length = frame.len();
        let twin = self.recent.iter().position(|recent| {
            recent.connection != connection && recent.print == print && recent.length == length
        });
        match twin {
            Some(index) => drop(self.recent.remove(index)),
            None => self.recent.push_back(Recent { at: now, connection, print, length }),
        }
        twin.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_bytes_over_another_connection_are_a_twin_and_each_only_once() {
        let mut duplicate_frames = DuplicateFrames::default();
        let now = Instant::now();
        let frame = |text: &str| Frame::Text(text.to_owned());

        assert!(!duplicate_frames.is_duplicate(1, &frame("a"), now));
        assert!(!duplicate_frames.is_duplicate(1, &frame("a"), now), "repeated on one connection");
        assert!(!duplicate_frames.is_duplicate(2, &frame("b"), now));
        assert!(duplicate_frames.is_duplicate(2, &frame("a"), now));
        assert!(duplicate_frames.is_duplicate(2, &frame("a"), now));
        assert!(!duplicate_frames.is_duplicate(2, &frame("a"), now), "a third one is new");
        assert!(!duplicate_frames.is_duplicate(3, &frame("b"), now + SAME_WITHIN * 2));
    }
}

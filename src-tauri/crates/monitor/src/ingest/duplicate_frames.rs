//! Duplicate frames: one frame that arrived over both connections of a renewal.
//!
//! A frame with the very bytes of one that came over another connection within [`SAME_WITHIN`] is
//! its twin. Each frame has at most one: what the service says twice on one connection stays two.

use std::{
    collections::VecDeque,
    hash::{BuildHasher as _, RandomState},
    time::Duration,
};

use thinq::Frame;
use tokio::time::Instant;

use crate::inbound::INBOUND_CAPACITY;

/// Two connections overlap for seconds; what is late on one of them is late by less.
const SAME_WITHIN: Duration = Duration::from_secs(30);
/// Bounds the memory in a burst; as many frames as wait at most, four times over.
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
    /// Remembers the frame if it is none.
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
        assert!(
            !duplicate_frames.is_duplicate(1, &frame("a"), now),
            "said twice on one connection"
        );
        assert!(!duplicate_frames.is_duplicate(2, &frame("b"), now));
        assert!(duplicate_frames.is_duplicate(2, &frame("a"), now));
        assert!(duplicate_frames.is_duplicate(2, &frame("a"), now));
        assert!(!duplicate_frames.is_duplicate(2, &frame("a"), now), "the third one is new");
        assert!(!duplicate_frames.is_duplicate(3, &frame("b"), now + SAME_WITHIN * 2));
    }
}

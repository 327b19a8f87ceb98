//! The state of a device, and a report about it behind a line feed.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| thinq::fuzzing::read_state(data));

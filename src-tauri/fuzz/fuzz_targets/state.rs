//! The state of a device, and a report about it behind a line feed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use thinq::DEVICE_TYPES;

fuzz_target!(|data: &[u8]| {
    let (state, report) = match data.iter().rposition(|byte| *byte == b'\n') {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, data),
    };
    let number = data.len() % DEVICE_TYPES.len();
    thinq::fuzzing::read_states(DEVICE_TYPES[number], state, report);
});

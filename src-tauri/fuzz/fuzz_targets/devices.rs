//! The hub's list of devices.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| thinq::fuzzing::read_devices(data));

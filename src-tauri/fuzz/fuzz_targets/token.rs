//! What the hub answers to a sign-in or a refresh.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| thinq::fuzzing::read_tokens(data));

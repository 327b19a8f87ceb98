//! What LG's callback sends, as text and as bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| thinq::fuzzing::read_frame(data));

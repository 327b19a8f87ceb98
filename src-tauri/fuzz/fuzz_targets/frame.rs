//! What LG's callback sends, as text and as bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;
use thinq::{Frame, parse};

fuzz_target!(|data: &[u8]| {
    let read = parse(&Frame::Binary(data.to_vec()));
    if let Ok(text) = str::from_utf8(data) {
        // The kind of the frame is the gateway's mood: it changes nothing.
        assert_eq!(parse(&Frame::Text(text.to_owned())), read);
    }
});

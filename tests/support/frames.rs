//! Frames: recorded ones with the entries of their index, and composed ones.

use std::{fs, path::PathBuf};

use serde::Deserialize;
use serde_json::json;
use thinq_sim::RawFrame;

/// A recorded frame.
#[derive(Deserialize)]
pub(crate) struct Sample {
    pub(crate) file: String,
    pub(crate) kind: String,
    pub(crate) expect: String,
}

impl Sample {
    /// Recordings in any of these folders.
    pub(crate) fn in_folders(folders: &[&str]) -> Vec<Self> {
        let index = fs::read(path("index.json")).expect("the index is there");
        let samples: Vec<Self> = serde_json::from_slice(&index).expect("the index is a list");
        samples
            .into_iter()
            .filter(|sample| {
                sample.file.split_once('/').is_some_and(|(folder, _)| folders.contains(&folder))
            })
            .collect()
    }

    /// In wire form: bytes that are not text are sent as a binary frame.
    pub(crate) fn frame(&self) -> RawFrame {
        let bytes = fs::read(path(&self.file)).expect("each file of the index is there");
        match String::from_utf8(bytes) {
            Ok(text) => RawFrame::Text(text),
            Err(error) => RawFrame::Binary(error.into_bytes()),
        }
    }
}

/// A wrapped push, as sent by the callback.
pub(crate) fn push_frame(message_id: &str, device_id: &str, code: &str) -> String {
    json!({
        "messageId": message_id,
        "timestamp": "2026-11-22T03:15:03.120934",
        "push": {
            "pushType": "DEVICE_PUSH",
            "serviceId": "5e0000000000000000000001",
            "deviceId": device_id,
            "deviceType": "DEVICE_WASHER",
            "pushCode": code,
            "userList": ["KR0000000000000"],
        },
    })
    .to_string()
}

fn path(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "fixtures", "samples", file].iter().collect()
}

//! Entry points of the fuzz targets. The tests run them on every sample and every past finding. The
//! readers of responses are not public otherwise.

use serde_json::Value;

use crate::{
    Frame,
    device::{self, DEVICE_TYPES},
    parse,
    response::{self, Call, HttpResponse},
    state,
};

/// Parses a frame of the callback, as text and as bytes.
pub fn read_frame(data: &[u8]) {
    let read = parse(&Frame::Binary(data.to_vec()));
    if let Ok(text) = str::from_utf8(data) {
        // Text and binary frames are parsed alike.
        assert_eq!(parse(&Frame::Text(text.to_owned())), read);
    }
}

/// Parses a response of the token call.
pub fn read_tokens(body: &[u8]) {
    for status in [200, 400] {
        let answer = HttpResponse { status, body: body.to_vec(), retry_after: None };
        if let Ok(value) = response::read(&answer, Call::Refresh) {
            drop(response::read_tokens(&value));
        }
    }
}

/// Parses a list of devices and checks that names and ids are sanitized.
pub fn read_devices(body: &[u8]) {
    let Some(response) = read_response(body) else { return };
    for listed in device::read_list(&response).unwrap_or_default() {
        assert!(listed.alias.chars().all(|c| !c.is_control()), "an alias with control characters");
        assert!(device::is_sensible(&listed.id), "an id of no sense");
    }
    drop(device::read_ids(&response));
}

/// Parses the state of a device, and a report after the last line feed.
pub fn read_state(data: &[u8]) {
    let (state, report) = match data.iter().rposition(|byte| *byte == b'\n') {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, data),
    };
    read_states(DEVICE_TYPES[data.len() % DEVICE_TYPES.len()], state, report);
}

/// Parses a state, merges a report and compares the two states.
pub fn read_states(device_type: &str, body: &[u8], report: &[u8]) {
    let Some(mut after) = read_response(body) else { return };
    let before = after.clone();
    if let Ok(report) = serde_json::from_slice::<Value>(report) {
        state::merge(&mut after, &report);
    }
    let passed = std::time::Duration::from_mins(10);
    drop(state::happened_between(device_type, &before, &after, passed));
}

fn read_response(body: &[u8]) -> Option<Value> {
    let answer = HttpResponse { status: 200, body: body.to_vec(), retry_after: None };
    response::payload(response::read(&answer, Call::Api).ok()?)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// Contents of all files below the folder.
    fn files(dir: &Path) -> Vec<Vec<u8>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.extend(files(&path));
            } else {
                found.push(fs::read(path).unwrap());
            }
        }
        found
    }

    /// Runs on the samples and past findings, complete and truncated.
    fn replay(target: &str, read: fn(&[u8])) {
        let root_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let mut corpus = files(&root_dir.join("tests/fixtures/samples"));
        let found_dir = root_dir.join("src-tauri/fuzz/seeds").join(target);
        if found_dir.is_dir() {
            corpus.extend(files(&found_dir));
        }
        assert!(corpus.len() > 100, "{} files", corpus.len());
        for bytes in corpus {
            for length in [0, 1, bytes.len() / 2, bytes.len().saturating_sub(1), bytes.len()] {
                read(&bytes[..length.min(bytes.len())]);
            }
        }
    }

    #[test]
    fn frames_of_the_corpus_are_read_without_harm() {
        replay("frame", read_frame);
    }

    #[test]
    fn tokens_of_the_corpus_are_read_without_harm() {
        replay("token", read_tokens);
    }

    #[test]
    fn lists_of_devices_of_the_corpus_are_read_without_harm() {
        replay("devices", read_devices);
    }

    #[test]
    fn states_of_the_corpus_are_read_without_harm() {
        replay("state", read_state);
    }
}

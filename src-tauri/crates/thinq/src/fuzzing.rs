//! The readers of what the hub answers, for the fuzz targets alone: they are not public otherwise.

use serde_json::Value;

use crate::{
    answer::{self, Answer, Call},
    device, state,
};

/// An answer to the token call, from its bytes to the tokens.
pub fn read_tokens(body: &[u8]) {
    for status in [200, 400] {
        let answer = Answer { status, body: body.to_vec(), retry_after: None };
        if let Ok(value) = answer::read(&answer, Call::Refresh) {
            drop(answer::read_tokens(&value));
        }
    }
}

/// The list of devices; a device's name and id are as they may be shown.
pub fn read_devices(body: &[u8]) {
    let Some(response) = read_response(body) else { return };
    for device in device::read_list(&response).unwrap_or_default() {
        assert!(device.alias.chars().all(|c| !c.is_control()), "an alias with control characters");
        assert!(device.id.is_sensible(), "an id of no sense");
    }
    drop(device::read_ids(&response));
}

/// Two states of a device and a report, one after the other, as the home reads them.
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
    let answer = Answer { status: 200, body: body.to_vec(), retry_after: None };
    answer::response(answer::read(&answer, Call::Api).ok()?)
}

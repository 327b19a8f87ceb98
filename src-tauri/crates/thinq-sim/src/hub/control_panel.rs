//! `POST /simulate/push` and `POST /simulate/fault`: how a person with curl makes things happen.
//! Never refused by a fault but a closed port.

use std::{sync::Arc, time::Duration};

use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{answer, route::Panel};
use crate::{fault::Fault, world::World};

/// How long the hub's port stays closed when nobody says: it could not be opened by curl.
const HUB_DOWN_FOR_S: f64 = 30.0;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PushRequest {
    /// A device's id or alias.
    device_id: String,
    push_code: String,
}

#[derive(Deserialize)]
struct FaultRequest {
    /// A name of [`Fault::named`], or `none` to clear all.
    fault: String,
    seconds: Option<f64>,
    status: Option<u16>,
}

pub(super) fn handle(world: &Arc<World>, panel: Panel, body: &[u8]) -> Response {
    let answered = match panel {
        Panel::Push => serde_json::from_slice(body).map(|request| push(world, &request)),
        Panel::Fault => serde_json::from_slice(body).map(|request| fault(world, &request)),
    };
    match answered {
        Ok(Ok(done)) => answer::json(200, &done),
        Ok(Err(unknown)) => answer::json(404, &json!({ "error": unknown })),
        Err(error) => answer::json(400, &json!({ "error": error.to_string() })),
    }
}

fn push(world: &World, request: &PushRequest) -> Result<Value, &'static str> {
    let devices = world.lock().household.devices();
    let device = devices
        .iter()
        .find(|device| device.id == request.device_id || device.alias == request.device_id)
        .ok_or("no such device")?;
    let sockets = world.push(&device.id, &request.push_code);
    Ok(json!({ "sockets": sockets }))
}

fn fault(world: &Arc<World>, request: &FaultRequest) -> Result<Value, &'static str> {
    if request.fault == "none" {
        world.clear_faults();
        return Ok(json!({ "fault": "none" }));
    }
    let fault =
        Fault::named(&request.fault, request.seconds, request.status).ok_or("no such fault")?;
    world.set_fault(fault);
    if fault == Fault::HubDown {
        let seconds = request.seconds.unwrap_or(HUB_DOWN_FOR_S);
        world.clear_later(fault, Duration::try_from_secs_f64(seconds).unwrap_or_default());
    }
    Ok(json!({ "fault": request.fault }))
}

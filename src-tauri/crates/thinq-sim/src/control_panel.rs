//! `POST /simulate/push`, `POST /simulate/fault` and `GET /simulate/clients`: control of a simulation
//! with curl, on the ports of both providers. No fault except a closed port refuses these calls.

use std::{sync::Arc, time::Duration};

use axum::{http::Method, response::Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{answer, fault::Fault, world::World};

/// Default time for which a port stays closed, as curl could not open it.
const DOWN_FOR_S: f64 = 30.0;

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

/// The simulator's own calls, which the real service does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Panel {
    Push,
    Fault,
    Clients,
}

impl Panel {
    pub(crate) fn at(method: &Method, path: &str) -> Option<Self> {
        match (method.as_str(), path) {
            ("POST", "/simulate/push") => Some(Self::Push),
            ("POST", "/simulate/fault") => Some(Self::Fault),
            ("GET", "/simulate/clients") => Some(Self::Clients),
            _ => None,
        }
    }

    pub(crate) fn answer(self, world: &Arc<World>, body: &[u8]) -> Response {
        let answered = match self {
            Self::Push => serde_json::from_slice(body).map(|request| push(world, &request)),
            Self::Fault => serde_json::from_slice(body).map(|request| fault(world, &request)),
            Self::Clients => Ok(Ok(json!(&*world.connect_clients.borrow()))),
        };
        match answered {
            Ok(Ok(done)) => answer::json(200, &done),
            Ok(Err(unknown)) => answer::json(404, &json!({ "error": unknown })),
            Err(error) => answer::json(400, &json!({ "error": error.to_string() })),
        }
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
    if matches!(fault, Fault::HubDown | Fault::ConnectDown) {
        let seconds = request.seconds.unwrap_or(DOWN_FOR_S);
        world.clear_later(fault, Duration::try_from_secs_f64(seconds).unwrap_or_default());
    }
    Ok(json!({ "fault": request.fault }))
}

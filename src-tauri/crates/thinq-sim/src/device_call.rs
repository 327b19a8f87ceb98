//! Calls about devices that both providers have, under paths of their own.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::{
    answer::ApiError,
    fault::Fault,
    household::Refusal,
    ledger::Call,
    world::{Inner, Subscriber, World},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum DeviceCall {
    Devices,
    State(String),
    Profile(String),
    Control(String),
    SubscribePush(String),
    UnsubscribePush(String),
    ListPush,
    SubscribeEvent(String),
    UnsubscribeEvent(String),
    ListEvent,
}

impl DeviceCall {
    pub(crate) fn call(&self) -> Call {
        match self {
            Self::Devices => Call::Devices,
            Self::State(_) => Call::State,
            Self::Profile(_) => Call::Profile,
            Self::Control(_) => Call::Control,
            Self::SubscribePush(_) => Call::SubscribePush,
            Self::UnsubscribePush(_) => Call::UnsubscribePush,
            Self::ListPush => Call::ListPush,
            Self::SubscribeEvent(_) => Call::SubscribeEvent,
            Self::UnsubscribeEvent(_) => Call::UnsubscribeEvent,
            Self::ListEvent => Call::ListEvent,
        }
    }

    pub(crate) fn device_id(&self) -> Option<&str> {
        match self {
            Self::State(id)
            | Self::Profile(id)
            | Self::Control(id)
            | Self::SubscribePush(id)
            | Self::UnsubscribePush(id)
            | Self::SubscribeEvent(id)
            | Self::UnsubscribeEvent(id) => Some(id),
            Self::Devices | Self::ListPush | Self::ListEvent => None,
        }
    }

    /// The answer to a call whose headers were accepted.
    pub(crate) fn answer(
        &self,
        world: &World,
        subscriber: Subscriber<'_>,
        body: &[u8],
    ) -> Result<Value, ApiError> {
        let mut inner = world.lock();
        let now = Instant::now();
        if let Some(device_id) = self.device_id() {
            check_device(world, &inner, device_id)?;
        }
        match self {
            Self::Devices => Ok(device_list(world, &inner)),
            Self::State(id) => inner.household.state(id).cloned().ok_or(ApiError::NO_SUCH_DEVICE),
            Self::Profile(id) => inner.household.profile(id).ok_or(ApiError::NO_SUCH_DEVICE),
            Self::Control(id) => {
                if world.faults.borrow().has(Fault::CommandsLost) {
                    return Ok(json!({}));
                }
                let done = control(&mut inner, id, body)?;
                drop(inner);
                world.announce(&done);
                Ok(json!({}))
            }
            Self::SubscribePush(id) => done_or(
                inner.subscriptions(subscriber).subscribe_push(id),
                ApiError::PUSH_ALREADY_SUBSCRIBED,
            ),
            Self::UnsubscribePush(id) => done_or(
                inner.subscriptions(subscriber).unsubscribe_push(id),
                ApiError::PUSH_NOT_SUBSCRIBED,
            ),
            Self::SubscribeEvent(id) => {
                if !inner.household.find(id).is_some_and(|appliance| appliance.is_reportable) {
                    return Err(ApiError::NOT_SUBSCRIBABLE);
                }
                if world.faults.borrow().has(Fault::EventsUsedUp) {
                    return Err(ApiError::EVENTS_USED_UP);
                }
                let lasts = event_lifetime(subscriber, body)?;
                inner.subscriptions(subscriber).subscribe_event(id, lasts, now);
                Ok(json!({}))
            }
            Self::UnsubscribeEvent(id) => done_or(
                inner.subscriptions(subscriber).unsubscribe_event(id, now),
                ApiError::EVENT_NOT_SUBSCRIBED,
            ),
            // An empty list of pushes is `null`, one of events is empty.
            Self::ListPush => match inner.subscriptions(subscriber).pushes() {
                ids if ids.is_empty() => Ok(Value::Null),
                ids => Ok(id_list(&ids)),
            },
            Self::ListEvent => Ok(id_list(&inner.subscriptions(subscriber).events(now))),
        }
    }
}

/// The device exists, and no fault is set for it.
pub(crate) fn check_device(world: &World, inner: &Inner, device_id: &str) -> Result<(), ApiError> {
    if inner.household.find(device_id).is_none() {
        return Err(ApiError::NO_SUCH_DEVICE);
    }
    let is_first = inner
        .household
        .appliances()
        .first()
        .is_some_and(|appliance| appliance.device.id == device_id);
    if is_first && world.faults.borrow().has(Fault::FirstApplianceFails) {
        return Err(ApiError::INTERNAL);
    }
    Ok(())
}

pub(crate) fn done_or(is_done: bool, error: ApiError) -> Result<Value, ApiError> {
    if is_done { Ok(json!({})) } else { Err(error) }
}

fn device_list(world: &World, inner: &Inner) -> Value {
    let has_unknown_type = world.faults.borrow().has(Fault::UnknownDeviceType);
    inner
        .household
        .appliances()
        .iter()
        .enumerate()
        .map(|(index, appliance)| {
            let device_type = if has_unknown_type && index == 0 {
                "DEVICE_UNHEARD_OF"
            } else {
                &appliance.device.device_type
            };
            let mut info = json!({
                "deviceType": device_type,
                "alias": appliance.device.alias,
                "reportable": appliance.is_reportable,
            });
            if let Some(model) = appliance.model {
                info["modelName"] = json!(model);
            }
            json!({ "deviceId": appliance.device.id, "deviceInfo": info })
        })
        .collect()
}

fn id_list(ids: &[String]) -> Value {
    ids.iter().map(|id| json!({ "deviceId": id })).collect()
}

fn control(
    inner: &mut Inner,
    device_id: &str,
    body: &[u8],
) -> Result<Vec<crate::household::Happening>, ApiError> {
    let command = serde_json::from_slice(body).map_err(|_unreadable| ApiError::BAD_REQUEST)?;
    match inner.household.control(device_id, &command) {
        None => Err(ApiError::NO_SUCH_DEVICE),
        Some(Ok(happenings)) => Ok(happenings),
        Some(Err(Refusal::NotUnderstood)) => Err(ApiError::BAD_REQUEST),
        Some(Err(Refusal::RemoteOff)) => Err(ApiError::REMOTE_OFF),
        Some(Err(Refusal::UnknownCommand)) => Err(ApiError::INVALID_COMMAND),
    }
}

/// `{"expire":{"unit":"HOUR","timer":1..=24}}`; an empty body, or one without `expire`, means an
/// hour. ThinQ Connect takes a longer time, which LG's own SDK sends, as 24 hours.
fn event_lifetime(subscriber: Subscriber<'_>, body: &[u8]) -> Result<Duration, ApiError> {
    if body.trim_ascii().is_empty() {
        return Ok(Duration::from_hours(1));
    }
    let request: Value =
        serde_json::from_slice(body).map_err(|_unreadable| ApiError::BAD_REQUEST)?;
    let Some(expire) = request.get("expire") else { return Ok(Duration::from_hours(1)) };
    if expire.get("unit").is_some_and(|unit| unit != "HOUR") {
        return Err(ApiError::UNACCEPTABLE_PARAMETERS);
    }
    match (expire.get("timer").map(Value::as_u64), subscriber) {
        (None, _) => Ok(Duration::from_hours(1)),
        (Some(Some(hours @ 1..=24)), _) => Ok(Duration::from_hours(hours)),
        (Some(Some(25..)), Subscriber::Client(_)) => Ok(Duration::from_hours(24)),
        (Some(_), _) => Err(ApiError::UNACCEPTABLE_PARAMETERS),
    }
}

//! The hub's HTTP side: one handler that reads the route, records the call, lets a fault answer
//! or checks the headers, and then does what was asked.

pub(crate) mod answer;
mod control_panel;
mod route;
mod token;

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{self, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use serde_json::{Value, json};
use tokio::time::{self, Instant};

use self::{
    answer::{ApiError, Envelope},
    route::Route,
};
use crate::{
    account::TokenState,
    door::Door,
    fault::Fault,
    household::Refusal,
    world::{Inner, World},
};

/// Longest request body in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// Serves until the world stops; requests in hand are answered first.
pub(crate) async fn serve(world: Arc<World>, door: Door) {
    let stop = world.stop.clone();
    let router = Router::new().fallback(handle).with_state(world);
    // Serving a door never fails: it retries by itself.
    let _served = axum::serve(door, router).with_graceful_shutdown(stop.cancelled_owned()).await;
}

async fn handle(State(world): State<Arc<World>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = match body::to_bytes(body, BODY_LIMIT).await {
        Ok(body) => {
            let route = Route::read(&parts.method, parts.uri.path(), &body);
            if let Route::Panel(panel) = route {
                control_panel::handle(&world, panel, &body)
            } else {
                handle_call(&world, route, &parts.headers, &body).await
            }
        }
        Err(_too_long) => answer::empty(413),
    };
    // No connection is kept, so that a fault holds from the very next call.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn handle_call(
    world: &Arc<World>,
    route: Route,
    headers: &HeaderMap,
    body: &Bytes,
) -> Response {
    world.record(route.call(), route.device_id().map(str::to_owned));
    let slowness = world.faults.borrow().hub_delay();
    if let Some(delay) = slowness {
        world.stop.run_until_cancelled(time::sleep(delay)).await;
    }
    if let Some(response) = broken_answer(world) {
        return response;
    }
    let envelope = Envelope::new(headers, (world.settings.now)());
    if let Route::Token(grant) = route {
        return match check_common_headers(headers) {
            Ok(()) => token::answer(world, &grant, headers, &envelope),
            Err(error) => envelope.error(&error),
        };
    }
    match check_headers(world, headers).and_then(|()| answer_call(world, &route, body)) {
        Ok(value) => envelope.response(&value),
        Err(error) => envelope.error(&error),
    }
}

/// What the hub answers while it is broken, whatever was asked.
fn broken_answer(world: &World) -> Option<Response> {
    let faults = world.faults.borrow();
    if faults.has(Fault::HubGarbage) {
        return Some(answer::garbage());
    }
    if faults.has(Fault::HubHtml) {
        return Some(answer::web_page());
    }
    faults.hub_status().map(answer::empty)
}

/// What the token call and all other calls have in common.
fn check_common_headers(headers: &HeaderMap) -> Result<(), ApiError> {
    match text(headers, "x-country-code") {
        Some("KR") => {}
        Some(_) => return Err(ApiError::COUNTRY_NOT_SUPPORTED),
        None => return Err(ApiError::INCORRECT_HEADER),
    }
    match text(headers, "x-message-id") {
        Some(id) if !answer::is_message_id(id) => Err(ApiError::INVALID_MESSAGE_ID),
        _ => Ok(()),
    }
}

fn check_headers(world: &World, headers: &HeaderMap) -> Result<(), ApiError> {
    check_common_headers(headers)?;
    if !has_keys(headers, world.settings.connect_keys.as_ref()) {
        return Err(ApiError::INVALID_SERVICE_KEY);
    }
    let token = text(headers, "authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .filter(|token| !token.is_empty())
        .ok_or(ApiError::INVALID_TOKEN)?;
    match world.lock().account.access_token(token, Instant::now()) {
        TokenState::Live => {}
        TokenState::Expired => return Err(ApiError::TOKEN_EXPIRED),
        TokenState::Unknown => return Err(ApiError::TOKEN_UNKNOWN),
    }
    let faults = world.faults.borrow();
    if faults.has(Fault::RateLimited) {
        return Err(ApiError::TOO_MANY_CALLS);
    }
    if faults.has(Fault::TermsRefused) {
        return Err(ApiError::TERMS);
    }
    Ok(())
}

fn has_keys(headers: &HeaderMap, expected: Option<&(String, String)>) -> bool {
    expected.is_none_or(|(id, secret)| {
        text(headers, "x-client-id") == Some(id) && text(headers, "x-client-secret") == Some(secret)
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn answer_call(world: &Arc<World>, route: &Route, body: &Bytes) -> Result<Value, ApiError> {
    let mut inner = world.lock();
    let now = Instant::now();
    if let Some(device_id) = route.device_id()
        && inner.household.find(device_id).is_none()
    {
        return Err(ApiError::NO_SUCH_DEVICE);
    }
    if route.device_id().is_some_and(|id| is_first(&inner, id))
        && world.faults.borrow().has(Fault::FirstApplianceFails)
    {
        return Err(ApiError::INTERNAL);
    }
    match route {
        Route::Devices => Ok(device_list(&inner)),
        Route::State(id) => inner.household.state(id).cloned().ok_or(ApiError::NO_SUCH_DEVICE),
        Route::Profile(id) => inner.household.profile(id).ok_or(ApiError::NO_SUCH_DEVICE),
        Route::Control(id) => {
            if world.faults.borrow().has(Fault::CommandsLost) {
                return Ok(json!({}));
            }
            let done = control(&mut inner, id, body)?;
            drop(inner);
            world.announce(&done);
            Ok(json!({}))
        }
        Route::SubscribePush(id) => {
            done_or(inner.account.subscribe_push(id), ApiError::PUSH_ALREADY_SUBSCRIBED)
        }
        Route::UnsubscribePush(id) => {
            done_or(inner.account.unsubscribe_push(id), ApiError::PUSH_NOT_SUBSCRIBED)
        }
        Route::SubscribeEvent(id) => {
            if !inner.household.find(id).is_some_and(|appliance| appliance.is_reportable) {
                return Err(ApiError::NOT_SUBSCRIBABLE);
            }
            if world.faults.borrow().has(Fault::EventsUsedUp) {
                return Err(ApiError::EVENTS_USED_UP);
            }
            let lasts = event_lifetime(body)?;
            inner.account.subscribe_event(id, lasts, now);
            Ok(json!({}))
        }
        Route::UnsubscribeEvent(id) => {
            done_or(inner.account.unsubscribe_event(id, now), ApiError::EVENT_NOT_SUBSCRIBED)
        }
        // An empty list of pushes is `null`, one of events is empty.
        Route::ListPush => match inner.account.push_subscriptions() {
            ids if ids.is_empty() => Ok(Value::Null),
            ids => Ok(id_list(&ids)),
        },
        Route::ListEvent => Ok(id_list(&inner.account.event_subscriptions(now))),
        Route::Token(_) | Route::Panel(_) | Route::Unknown => Err(ApiError::NO_SUCH_PATH),
    }
}

fn is_first(inner: &Inner, id: &str) -> bool {
    inner.household.appliances().first().is_some_and(|appliance| appliance.device.id == id)
}

fn done_or(is_done: bool, error: ApiError) -> Result<Value, ApiError> {
    if is_done { Ok(json!({})) } else { Err(error) }
}

fn device_list(inner: &Inner) -> Value {
    inner
        .household
        .appliances()
        .iter()
        .map(|appliance| {
            let mut info = json!({
                "deviceType": appliance.device.device_type,
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
    body: &Bytes,
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
/// hour.
fn event_lifetime(body: &Bytes) -> Result<Duration, ApiError> {
    if body.trim_ascii().is_empty() {
        return Ok(Duration::from_hours(1));
    }
    let request: Value =
        serde_json::from_slice(body).map_err(|_unreadable| ApiError::BAD_REQUEST)?;
    let Some(expire) = request.get("expire") else { return Ok(Duration::from_hours(1)) };
    if expire.get("unit").is_some_and(|unit| unit != "HOUR") {
        return Err(ApiError::UNACCEPTABLE_PARAMETERS);
    }
    match expire.get("timer").map(Value::as_u64) {
        None => Ok(Duration::from_hours(1)),
        Some(Some(hours @ 1..=24)) => Ok(Duration::from_hours(hours)),
        Some(_) => Err(ApiError::UNACCEPTABLE_PARAMETERS),
    }
}

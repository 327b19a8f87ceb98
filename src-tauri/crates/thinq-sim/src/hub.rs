//! The hub's HTTP server: one handler reads the route, records the call, applies faults, checks the
//! headers and answers.

mod route;
mod token;

use std::sync::Arc;

use axum::{
    Router,
    body::{self, Bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use tokio::time::{self, Instant};

use self::route::Route;
use crate::{
    account::TokenState,
    answer::{self, ApiError, BODY_LIMIT, Envelope, header_text},
    control_panel::Panel,
    door::Door,
    fault::Fault,
    world::{Subscriber, World},
};

/// Serves until the simulation stops; requests in progress are answered first.
pub(crate) async fn serve(world: Arc<World>, door: Door) {
    let stop = world.stop.clone();
    let router = Router::new().fallback(handle).with_state(world);
    // Serving never fails: the door retries.
    let _served = axum::serve(door, router).with_graceful_shutdown(stop.cancelled_owned()).await;
}

async fn handle(State(world): State<Arc<World>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut response = match body::to_bytes(body, BODY_LIMIT).await {
        Ok(body) => {
            if let Some(panel) = Panel::at(&parts.method, parts.uri.path()) {
                panel.answer(&world, &body)
            } else {
                let route = Route::read(&parts.method, parts.uri.path(), &body);
                handle_call(&world, route, &parts.headers, &body).await
            }
        }
        Err(_too_long) => answer::empty(413),
    };
    // Connections are not reused, so that a fault holds from the next call on.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn handle_call(
    world: &Arc<World>,
    route: Route,
    headers: &HeaderMap,
    body: &Bytes,
) -> Response {
    world.record(route.call(), route.device_id().map(str::to_owned), None);
    let slowness = world.faults.borrow().hub_delay();
    if let Some(delay) = slowness {
        world.stop.run_until_cancelled(time::sleep(delay)).await;
    }
    if let Some(response) = broken_answer(world) {
        return response;
    }
    let envelope = Envelope::new(headers, (world.settings.now)());
    let answered = match route {
        Route::Token(grant) => {
            return match check_common_headers(headers) {
                Ok(()) => token::answer(world, &grant, headers, &envelope),
                Err(error) => envelope.error(&error),
            };
        }
        Route::Device(call) => {
            check_headers(world, headers).and_then(|()| call.answer(world, Subscriber::Hub, body))
        }
        Route::Unknown => check_headers(world, headers).and(Err(ApiError::NO_SUCH_PATH)),
    };
    match answered {
        Ok(value) => envelope.response(&value),
        Err(error) => envelope.error(&error),
    }
}

/// The answer of a hub that is broken for all calls.
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

/// The checks that the token call shares with all other calls.
fn check_common_headers(headers: &HeaderMap) -> Result<(), ApiError> {
    match header_text(headers, "x-country-code") {
        Some("KR") => {}
        Some(_) => return Err(ApiError::COUNTRY_NOT_SUPPORTED),
        None => return Err(ApiError::INCORRECT_HEADER),
    }
    match header_text(headers, "x-message-id") {
        Some(id) if !answer::is_message_id(id) => Err(ApiError::INVALID_MESSAGE_ID),
        _ => Ok(()),
    }
}

fn check_headers(world: &World, headers: &HeaderMap) -> Result<(), ApiError> {
    check_common_headers(headers)?;
    if !has_keys(headers, world.settings.connect_keys.as_ref()) {
        return Err(ApiError::INVALID_SERVICE_KEY);
    }
    let token = header_text(headers, "authorization")
        .and_then(|value| value.strip_prefix("Bearer "))
        .filter(|token| !token.is_empty())
        .ok_or(ApiError::INVALID_TOKEN)?;
    match world.lock().account.access_token(token, Instant::now()) {
        TokenState::Live => {}
        TokenState::Expired => return Err(ApiError::TOKEN_EXPIRED),
        TokenState::Unknown => return Err(ApiError::TOKEN_UNKNOWN),
    }
    world.faults.borrow().api_error().map_or(Ok(()), Err)
}

fn has_keys(headers: &HeaderMap, expected: Option<&(String, String)>) -> bool {
    expected.is_none_or(|(id, secret)| {
        header_text(headers, "x-client-id") == Some(id)
            && header_text(headers, "x-client-secret") == Some(secret)
    })
}

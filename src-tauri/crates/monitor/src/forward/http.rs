//! Delivery to a webhook or an ntfy topic.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use model::{Category, ForwardFailure, ProblemCode, Severity, Signing};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use sha2::Sha256;
use thinq::{Chain, Post, PostError, Posted, post};
use url::Url;

use super::{Delivery, Undelivered, failure, message::Message};

/// Prefix of secrets of Standard Webhooks, whose rest is Base64.
const SECRET_PREFIX: &str = "whsec_";

/// Where a POST goes and how far it may go.
pub(super) struct Address<'a> {
    pub(super) url: &'a str,
    pub(super) allows_plain: bool,
    pub(super) proxy: Option<&'a Url>,
}

pub(super) async fn to_webhook(
    address: Address<'_>,
    signing: Signing,
    secret: Option<&SecretString>,
    message: &Message,
    now_ms: i64,
) -> Delivery {
    let body = message.to_json();
    // The headers of Standard Webhooks.
    let timestamp = (now_ms / 1000).to_string();
    let mut headers =
        vec![("webhook-id", message.id.clone()), ("webhook-timestamp", timestamp.clone())];
    match (signing, secret) {
        (Signing::Bearer, Some(token)) => headers.push(bearer(token)),
        (Signing::Hmac, Some(key)) => {
            let signed = format!("{}.{timestamp}.{body}", message.id);
            headers.push(("webhook-signature", signature(key, &signed)));
        }
        (Signing::None, _) | (Signing::Bearer | Signing::Hmac, None) => {}
    }
    let url = parsed(address.url)?;
    send(&address, &url, &headers, body).await
}

pub(super) async fn to_ntfy(
    address: Address<'_>,
    token: Option<&SecretString>,
    message: &Message,
) -> Delivery {
    let mut url = parsed(address.url)?;
    let topic = take_topic(&mut url).ok_or_else(|| invalid("no topic in the address"))?;
    let body = json!({
        "topic": topic,
        "title": message.title,
        // An empty message would be shown as "triggered".
        "message": if message.text.is_empty() { &message.title } else { &message.text },
        "priority": priority(message),
        "tags": [tag(message.category)],
        // A second delivery replaces the first one.
        "sequence_id": message.id,
    });
    let headers: Vec<_> = token.map(bearer).into_iter().collect();
    send(&address, &url, &headers, body.to_string()).await
}

/// Takes the topic off the end of its address. Messages are posted to the server itself: headers,
/// the other way, have no room for all letters.
fn take_topic(url: &mut Url) -> Option<String> {
    let path = url.path().trim_end_matches('/').to_owned();
    let (rest, topic) = path.rsplit_once('/')?;
    let topic = topic.to_owned();
    url.set_path(rest);
    url.set_query(None);
    (!topic.is_empty()).then_some(topic)
}

/// 1 to 5; 3 is usual.
fn priority(message: &Message) -> u8 {
    match (message.category, message.severity) {
        (Category::Safety, Severity::Error) => 5,
        (_, Severity::Error | Severity::Attention) => 4,
        (Category::Status, Severity::Info) => 2,
        (_, Severity::Info) => 3,
    }
}

/// Shown as a picture.
fn tag(category: Category) -> &'static str {
    match category {
        Category::Finished => "white_check_mark",
        Category::Failed => "x",
        Category::Safety => "rotating_light",
        Category::Maintenance => "wrench",
        Category::Reminder => "bell",
        Category::Status => "information_source",
    }
}

fn bearer(token: &SecretString) -> (&'static str, String) {
    ("authorization", format!("Bearer {}", token.expose_secret()))
}

/// As Standard Webhooks defines it. A secret without their prefix is used as it is.
fn signature(secret: &SecretString, signed: &str) -> String {
    let secret = secret.expose_secret();
    let decoded = secret.strip_prefix(SECRET_PREFIX).and_then(|rest| STANDARD.decode(rest).ok());
    let key = decoded.unwrap_or_else(|| secret.as_bytes().to_vec());
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("a key of any length is valid");
    mac.update(signed.as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

fn parsed(url: &str) -> Result<Url, Undelivered> {
    Url::parse(url).map_err(|error| invalid(&error.to_string()))
}

fn invalid(detail: &str) -> Undelivered {
    Undelivered::blocked(failure(ProblemCode::InvalidTarget, detail))
}

async fn send(
    address: &Address<'_>,
    url: &Url,
    headers: &[(&'static str, String)],
    body: String,
) -> Delivery {
    let &Address { allows_plain, proxy, .. } = address;
    match post(Post { url, proxy, allows_plain, headers, body }).await {
        Ok(posted) => judge(posted),
        Err(error) => Err(unsent(&error)),
    }
}

fn judge(Posted { status, text, retry_after }: Posted) -> Delivery {
    let answer =
        if text.is_empty() { format!("HTTP {status}") } else { format!("HTTP {status}: {text}") };
    match status {
        200..=299 => Ok(answer),
        401 | 403 | 407 => Err(Undelivered::blocked(failure(ProblemCode::TargetRefused, &answer))),
        // The message itself is at fault, and would be the next time.
        400 | 413 | 415 | 422 => {
            Err(Undelivered::rejected(failure(ProblemCode::TargetFailed, &answer)))
        }
        _ => Err(Undelivered {
            retry_after: retry_after.filter(|wait| *wait > Duration::ZERO),
            ..Undelivered::retried(failure(ProblemCode::TargetFailed, &answer))
        }),
    }
}

fn unsent(error: &PostError) -> Undelivered {
    let code = match error {
        PostError::Address | PostError::Header => ProblemCode::InvalidTarget,
        PostError::NotEncrypted => ProblemCode::TargetPlain,
        PostError::TimedOut => ProblemCode::TargetTimedOut,
        PostError::Unreachable(_) | PostError::Certificate(_) | PostError::Setup(_) | _ => {
            ProblemCode::TargetUnreachable
        }
    };
    let failure: ForwardFailure = failure(code, &Chain(error).to_string());
    if matches!(code, ProblemCode::InvalidTarget | ProblemCode::TargetPlain) {
        Undelivered::blocked(failure)
    } else {
        Undelivered::retried(failure)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_that_of_standard_webhooks() {
        // The example of the specification.
        let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signed = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";

        let signature = signature(&secret, signed);

        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_topic_is_taken_off_its_address() {
        let take = |url: &str| {
            let mut url = Url::parse(url).unwrap();
            let topic = take_topic(&mut url);
            (url.to_string(), topic)
        };

        assert_eq!(
            take("https://ntfy.sh/washer"),
            ("https://ntfy.sh/".into(), Some("washer".into()))
        );
        assert_eq!(
            take("http://nas.local:8080/ntfy/washer/?x=1"),
            ("http://nas.local:8080/ntfy".into(), Some("washer".into()))
        );
        assert_eq!(take("https://ntfy.sh/").1, None);
    }

    #[test]
    fn an_answer_says_whether_to_try_again() {
        let answer = |status: u16, retry_after: Option<u64>| {
            let retry_after = retry_after.map(Duration::from_secs);
            judge(Posted { status, text: String::from("why"), retry_after })
        };

        assert_eq!(answer(204, None).unwrap(), "HTTP 204: why");
        let unavailable = answer(503, Some(7)).unwrap_err();
        assert_eq!(
            unavailable,
            Undelivered {
                retry_after: Some(Duration::from_secs(7)),
                ..Undelivered::retried(failure(ProblemCode::TargetFailed, "HTTP 503: why"))
            }
        );
        let refused = failure(ProblemCode::TargetRefused, "HTTP 401: why");
        assert_eq!(answer(401, None).unwrap_err(), Undelivered::blocked(refused));
        let rejected = failure(ProblemCode::TargetFailed, "HTTP 422: why");
        assert_eq!(answer(422, None).unwrap_err(), Undelivered::rejected(rejected));
    }
}

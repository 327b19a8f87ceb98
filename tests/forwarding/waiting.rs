//! How long events wait, with the engine and a clock of the test.

use std::time::Duration;

use model::{Destination, ForwardTarget, NotificationRules, QuietHours, TargetState, Weekday};
use monitor::Forwarder;
use tokio::time::{self, Instant};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use words::{Language, Words};

use super::OK;
use crate::support::{Engine, Heard, WebServer, push_frame, simulated, within};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

struct Forwarded {
    forwarder: Forwarder,
    _stop: DropGuard,
}

impl Forwarded {
    fn start(engine: &Engine, url: String, waits_in_quiet_hours: bool) -> Self {
        let stop = CancellationToken::new();
        let words = Words::new(Language::English);
        let forwarder = Forwarder::start(&engine.monitor, words, &TaskTracker::new(), &stop);
        forwarder.set_targets(vec![ForwardTarget {
            name: String::from("hook"),
            is_on: true,
            destination: Destination::Webhook {
                url,
                signing: model::Signing::None,
                allows_plain: false,
            },
            categories: None,
            severities: None,
            devices: None,
            waits_in_quiet_hours,
            keep_hours: 24,
        }]);
        Self { forwarder, _stop: stop.drop_guard() }
    }

    async fn state(&self) -> TargetState {
        let mut state = self.forwarder.state().await.expect("the history can be read");
        state.targets.remove(0)
    }

    async fn until(&self, what: &str, is_wanted: impl Fn(&TargetState) -> bool) {
        let mut changes = self.forwarder.changes();
        let wanted = async {
            while !is_wanted(&self.state().await) {
                changes.changed().await.expect("it forwards");
            }
        };
        within(what, wanted).await;
    }
}

#[tokio::test]
async fn an_event_is_given_up_when_both_clocks_say_so() {
    // By the wall clock and the running time: how far each goes, and whether that is enough.
    let cases = [
        ("a clock years ahead", DAY * 1_100, HOUR * 3, 0),
        ("a clock that stands still", Duration::ZERO, DAY * 2, 0),
        ("both", HOUR * 25, HOUR * 25, 1),
    ];
    for (what, by_wall, by_running, given_up) in cases {
        let sim = simulated().await;
        let engine = Engine::listening(&sim).await;
        // Nobody listens there.
        let forwarded = Forwarded::start(&engine, String::from("http://127.0.0.1:9/"), false);
        engine.settles(&sim, &mut engine.hear(), "LOST").await;
        forwarded.until("the first failure", |state| state.failure.is_some()).await;

        // From here, time passes as fast as the tries do.
        time::pause();
        let began = Instant::now();
        engine.clock.advance(by_wall);
        while began.elapsed() < by_running {
            time::sleep(Duration::from_mins(5)).await;
        }
        let state = forwarded.state().await;
        time::resume();

        assert_eq!(state.given_up, given_up, "{what}");
        assert_eq!(state.waiting, 1 - given_up, "{what}");
    }
}

#[tokio::test]
async fn events_of_quiet_hours_wait_for_their_end_and_dangers_do_not() {
    let sim = simulated().await;
    let engine = Engine::listening(&sim).await;
    let server = WebServer::start(OK).await.unwrap();
    let forwarded = Forwarded::start(&engine, server.url("/"), true);
    // The clock of the test begins at eight.
    let quiet_hours = QuietHours {
        is_on: true,
        from_minute: 7 * 60,
        until_minute: 9 * 60,
        weekdays: vec![Weekday::Friday],
    };
    engine.monitor.set_rules(NotificationRules { quiet_hours, ..NotificationRules::default() });
    let mut heard: Heard = engine.hear();
    let mut push = async |code: &str| {
        let frame = push_frame(&format!("id-{code}"), "washer", code);
        sim.send_raw(thinq_sim::RawFrame::Text(frame));
        heard.push(code).await;
    };

    push("WASHING_IS_COMPLETE").await;
    push("WATER_LEAK_HAS_OCCURRED").await;
    let codes = |count: usize| {
        let server = &server;
        async move {
            let posted = within("the deliveries", server.wait_for(count)).await;
            posted.iter().map(|one| one.json()["code"].as_str().unwrap().to_owned()).collect()
        }
    };
    let urgent: Vec<String> = codes(1).await;
    assert_eq!(urgent, ["WATER_LEAK_HAS_OCCURRED"]);
    forwarded.until("only one to wait", |state| state.waiting == 1).await;

    engine.clock.advance(HOUR + Duration::from_mins(1));
    push("DRYING_IS_COMPLETE").await;

    let all: Vec<String> = codes(3).await;
    assert_eq!(all, ["WATER_LEAK_HAS_OCCURRED", "WASHING_IS_COMPLETE", "DRYING_IS_COMPLETE"]);
}

//! The decision, with named reasons.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use model::{
    Category, DeviceId, EventSource, NewEvent, NotificationRules, Severity, Treatment, UnixMs,
};

use super::{
    quiet_hours::quiet_until,
    rules::{chosen_treatment, default_treatment},
};

/// Age beyond which events are stored without a notification: they date from a time without the
/// program or the network.
const OLDEST_MS: i64 = 15 * 60 * 1000;
/// Maximum age of events found after a gap. Last night's wash is worth a notification in the
/// morning; one from the day before is not.
const LONGEST_GAP_MS: i64 = 24 * 60 * 60 * 1000;

/// Numbers of events notified within the burst window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecentlyNotified {
    pub usual: u32,
    /// Safety events are limited separately, so that finished washes do not suppress a leak.
    pub urgent: u32,
    /// Found after the last gap.
    pub found: u32,
}

/// Inputs of the decision other than the event and the rules.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    pub now_ms: UnixMs,
    /// The user's time zone; quiet hours are local times.
    pub zone: &'a TimeZone,
    pub paused_until_ms: Option<UnixMs>,
    /// Muted devices, with the end of each mute.
    pub muted: &'a BTreeMap<DeviceId, UnixMs>,
    /// Start of the last gap.
    pub gap_from_ms: Option<UnixMs>,
    pub recent: RecentlyNotified,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    Notify,
    /// Without a sound.
    NotifySilently,
    /// Despite a mute, a pause or quiet hours, for safety events.
    NotifyUrgently,
    /// As part of a summary.
    Count,
    Silent(Reason),
}

/// Why an event is not notified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The user paused notifications.
    Paused,
    QuietHours,
    /// The user muted the device for today.
    Muted,
    /// Not a push: history only.
    HistoryOnly,
    /// A rule of the user.
    ByRule,
    /// A default rule.
    ByDefault,
    /// A rule of the user; also not counted as unread.
    Ignored,
    /// Too old.
    Old,
}

impl Decision {
    /// For the test that every decision has a text.
    pub const ALL: [Self; 12] = [
        Self::Notify,
        Self::NotifySilently,
        Self::NotifyUrgently,
        Self::Count,
        Self::Silent(Reason::Paused),
        Self::Silent(Reason::QuietHours),
        Self::Silent(Reason::Muted),
        Self::Silent(Reason::HistoryOnly),
        Self::Silent(Reason::ByRule),
        Self::Silent(Reason::ByDefault),
        Self::Silent(Reason::Ignored),
        Self::Silent(Reason::Old),
    ];

    /// Name in the history; the catalogue has `decision-<name>`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Notify => "notify",
            Self::NotifySilently => "notifySilently",
            Self::NotifyUrgently => "notifyUrgently",
            Self::Count => "counted",
            Self::Silent(Reason::Paused) => "paused",
            Self::Silent(Reason::QuietHours) => "quietHours",
            Self::Silent(Reason::Muted) => "muted",
            Self::Silent(Reason::HistoryOnly) => "historyOnly",
            Self::Silent(Reason::ByRule) => "rule",
            Self::Silent(Reason::ByDefault) => "default",
            Self::Silent(Reason::Ignored) => "ignored",
            Self::Silent(Reason::Old) => "old",
        }
    }

    /// Inverse of [`Self::name`]; `None` for names of other versions.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.name() == name)
    }
}

/// Whether an event is notified despite a mute, a pause or quiet hours.
pub fn is_urgent(event: &NewEvent) -> bool {
    event.category == Category::Safety && event.severity == Severity::Error
}

pub fn decide(event: &NewEvent, rules: &NotificationRules, situation: &Situation<'_>) -> Decision {
    match event.kind {
        EventSource::Push => {}
        EventSource::Registered
        | EventSource::Unregistered
        | EventSource::Renamed
        | EventSource::Text
        | EventSource::Gap => return Decision::Silent(Reason::HistoryOnly),
    }
    let is_silent = match chosen_treatment(&rules.rules, event) {
        Some(Treatment::Ignore) => return Decision::Silent(Reason::Ignored),
        Some(Treatment::HistoryOnly) => return Decision::Silent(Reason::ByRule),
        Some(treatment) => treatment == Treatment::ShowSilently,
        None => match default_treatment(event) {
            Treatment::Ignore | Treatment::HistoryOnly => {
                return Decision::Silent(Reason::ByDefault);
            }
            treatment @ (Treatment::Show | Treatment::ShowSilently) => {
                treatment == Treatment::ShowSilently
            }
        },
    };
    if is_old(event, situation) {
        return Decision::Silent(Reason::Old);
    }
    let hold = hold(event, rules, situation);
    if let Some(reason) = hold
        && !is_urgent(event)
    {
        return Decision::Silent(reason);
    }
    if is_crowded(event, rules, situation) {
        Decision::Count
    } else if hold.is_some() {
        Decision::NotifyUrgently
    } else if is_silent {
        Decision::NotifySilently
    } else {
        Decision::Notify
    }
}

fn is_old(event: &NewEvent, situation: &Situation<'_>) -> bool {
    let age_ms = situation.now_ms.saturating_sub(event.received_at_ms);
    let may_be_since_ms = situation.gap_from_ms.filter(|_| event.is_found_after_gap);
    age_ms > OLDEST_MS
        || may_be_since_ms.is_some_and(|from_ms| situation.now_ms - from_ms > LONGEST_GAP_MS)
}

/// Reason for holding back notifications of this event now.
fn hold(event: &NewEvent, rules: &NotificationRules, situation: &Situation<'_>) -> Option<Reason> {
    let now_ms = situation.now_ms;
    let is_muted = event
        .device_id
        .as_ref()
        .and_then(|id| situation.muted.get(id))
        .is_some_and(|until_ms| now_ms < *until_ms);
    if is_muted {
        Some(Reason::Muted)
    } else if situation.paused_until_ms.is_some_and(|until_ms| now_ms < until_ms) {
        Some(Reason::Paused)
    } else if quiet_until(&rules.quiet_hours, now_ms, situation.zone).is_some() {
        Some(Reason::QuietHours)
    } else {
        None
    }
}

fn is_crowded(event: &NewEvent, rules: &NotificationRules, situation: &Situation<'_>) -> bool {
    let recent = situation.recent;
    let at_most = rules.bursts.at_most;
    if is_urgent(event) {
        recent.urgent >= at_most
    } else {
        recent.usual >= at_most || (event.is_found_after_gap && recent.found >= at_most)
    }
}

#[cfg(test)]
mod tests {
    use model::{QuietHours, Rule};

    use super::*;
    use crate::event::example_event;

    /// 2027-01-15 08:00 UTC, a Friday.
    const NOW: UnixMs = 1_800_000_000_000;
    const HOUR: i64 = 3_600_000;

    struct Case {
        event: NewEvent,
        rules: NotificationRules,
        paused_until_ms: Option<UnixMs>,
        muted: BTreeMap<DeviceId, UnixMs>,
        gap_from_ms: Option<UnixMs>,
        recent: RecentlyNotified,
    }

    fn case(code: &str) -> Case {
        Case {
            event: example_event(code, "Washer", NOW),
            rules: NotificationRules::default(),
            paused_until_ms: None,
            muted: BTreeMap::new(),
            gap_from_ms: None,
            recent: RecentlyNotified::default(),
        }
    }

    impl Case {
        fn but(mut self, change: impl FnOnce(&mut Self)) -> Self {
            change(&mut self);
            self
        }

        fn ruled(self, treatment: Treatment) -> Self {
            self.but(|case| {
                let any = Rule { device_id: None, category: None, severity: None, treatment };
                case.rules.rules.push(any);
            })
        }

        fn paused(self, until_ms: UnixMs) -> Self {
            self.but(|case| case.paused_until_ms = Some(until_ms))
        }

        fn quiet(self) -> Self {
            self.but(|case| {
                case.rules.quiet_hours = QuietHours {
                    is_on: true,
                    from_minute: 7 * 60,
                    until_minute: 9 * 60,
                    ..QuietHours::default()
                };
            })
        }

        fn muted(self, until_ms: UnixMs) -> Self {
            self.but(|case| {
                case.muted.insert(DeviceId::new("example-Washer"), until_ms);
            })
        }

        fn found(self, gap_from_ms: UnixMs) -> Self {
            self.but(|case| {
                case.event.is_found_after_gap = true;
                case.gap_from_ms = Some(gap_from_ms);
            })
        }

        fn crowded(self, usual: u32, urgent: u32, found: u32) -> Self {
            self.but(|case| case.recent = RecentlyNotified { usual, urgent, found })
        }

        fn decision(&self) -> &'static str {
            let situation = Situation {
                now_ms: NOW,
                zone: &TimeZone::UTC,
                paused_until_ms: self.paused_until_ms,
                muted: &self.muted,
                gap_from_ms: self.gap_from_ms,
                recent: self.recent,
            };
            decide(&self.event, &self.rules, &situation).name()
        }
    }

    #[test]
    fn every_decision_has_its_reason() {
        let done = || case("WASHING_IS_COMPLETE");
        let leak = || case("WATER_LEAK_HAS_OCCURRED");
        let renamed = done().but(|case| case.event.kind = EventSource::Renamed);
        let old = done().but(|case| case.event.received_at_ms = NOW - OLDEST_MS - 1);
        let cases = [
            ("a regular event", done(), "notify"),
            ("an undocumented code", case("SOMETHING_NEW"), "notify"),
            ("no push", renamed, "historyOnly"),
            ("too old", old, "old"),
            // Rules.
            ("a status", case("DOOR_IS_CLOSED"), "default"),
            ("a status shown by a rule", case("DOOR_IS_CLOSED").ruled(Treatment::Show), "notify"),
            ("shown silently by default", case("POLLUTION_IS_HIGH"), "notifySilently"),
            ("shown silently by rule", done().ruled(Treatment::ShowSilently), "notifySilently"),
            ("history only by rule", done().ruled(Treatment::HistoryOnly), "rule"),
            ("ignored by rule", done().ruled(Treatment::Ignore), "ignored"),
            ("even safety follows a rule", leak().ruled(Treatment::HistoryOnly), "rule"),
            // Pauses, quiet hours and mutes.
            ("paused", done().paused(NOW + 1), "paused"),
            ("a pause that has ended", done().paused(NOW), "notify"),
            ("quiet hours", done().quiet(), "quietHours"),
            ("muted", done().muted(NOW + 1), "muted"),
            ("muted until now", done().muted(NOW), "notify"),
            ("a pause takes precedence over quiet hours", done().quiet().paused(NOW + 1), "paused"),
            ("safety in a pause", leak().paused(NOW + 1), "notifyUrgently"),
            ("safety in quiet hours", leak().quiet(), "notifyUrgently"),
            ("safety of a muted device", leak().muted(NOW + 1), "notifyUrgently"),
            ("motion is not an alarm", case("MOTION_IS_DETECTED").quiet(), "quietHours"),
            // Bursts.
            ("the third", done().crowded(2, 0, 0), "notify"),
            ("the fourth", done().crowded(3, 0, 0), "counted"),
            ("a leak among many", leak().crowded(3, 0, 0), "notify"),
            ("the fourth leak", leak().crowded(0, 3, 0), "counted"),
            (
                "the third leak in a pause",
                leak().paused(NOW + 1).crowded(0, 2, 0),
                "notifyUrgently",
            ),
            // Gaps.
            ("found after a night", done().found(NOW - 10 * HOUR), "notify"),
            ("found after two days", done().found(NOW - 48 * HOUR), "old"),
            ("pushed after two days", done().but(|case| case.gap_from_ms = Some(0)), "notify"),
            ("the fourth that was found", done().found(NOW - HOUR).crowded(0, 0, 3), "counted"),
            ("pushed after three were found", done().crowded(0, 0, 3), "notify"),
        ];

        for (what, case, expected) in cases {
            assert_eq!(case.decision(), expected, "{what}");
        }
    }

    #[test]
    fn names_are_read_back() {
        for decision in Decision::ALL {
            assert_eq!(Decision::from_name(decision.name()), Some(decision));
        }
        assert_eq!(Decision::from_name("of another version"), None);
    }
}

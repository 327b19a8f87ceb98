//! Rules of notifications, from the engine's types to the contract's and back.

use std::collections::BTreeMap;

use contract::{Mute, Severity, Treatment, Weekday};
use jiff::civil;
use monitor::{UnixMs, notification};
use thinq::DeviceId;

use crate::settings::rules::{AFTER_MINUTES, AT_MOST};

pub(crate) fn rules(
    rules: &notification::Rules,
    muted: &BTreeMap<DeviceId, UnixMs>,
) -> contract::Rules {
    let hours = &rules.quiet_hours;
    contract::Rules {
        rules: rules.rules.iter().map(rule).collect(),
        defaults: notification::default_treatments().iter().map(rule).collect(),
        quiet_hours: contract::QuietHours {
            is_on: hours.is_on,
            from_minute: hours.from_minute,
            until_minute: hours.until_minute,
            weekdays: hours.weekdays.iter().copied().map(weekday).collect(),
        },
        reminders: contract::Reminders {
            finished_washes: rules.reminders.finished_washes,
            other_finished: rules.reminders.other_finished,
            after_minutes: rules.reminders.after_minutes,
            at_most: rules.reminders.at_most,
        },
        muted: muted
            .iter()
            .map(|(id, until_ms)| Mute { device_id: id.as_str().to_owned(), until_ms: *until_ms })
            .collect(),
    }
}

/// Numbers out of range are brought into it. What the contract does not know stays as it is in
/// `before`.
pub(crate) fn rules_wanted(
    wanted: &contract::Rules,
    before: &notification::Rules,
) -> notification::Rules {
    const LAST_MINUTE: u16 = 24 * 60 - 1;
    notification::Rules {
        rules: wanted.rules.iter().map(rule_wanted).collect(),
        quiet_hours: notification::QuietHours {
            is_on: wanted.quiet_hours.is_on,
            from_minute: wanted.quiet_hours.from_minute.min(LAST_MINUTE),
            until_minute: wanted.quiet_hours.until_minute.min(LAST_MINUTE),
            weekdays: wanted.quiet_hours.weekdays.iter().copied().map(weekday_wanted).collect(),
        },
        reminders: notification::Reminders {
            finished_washes: wanted.reminders.finished_washes,
            other_finished: wanted.reminders.other_finished,
            after_minutes: wanted
                .reminders
                .after_minutes
                .clamp(*AFTER_MINUTES.start(), *AFTER_MINUTES.end()),
            at_most: wanted.reminders.at_most.clamp(*AT_MOST.start(), *AT_MOST.end()),
        },
        bursts: before.bursts,
    }
}

pub(crate) fn muted_wanted(wanted: &contract::Rules) -> BTreeMap<DeviceId, UnixMs> {
    wanted.muted.iter().map(|mute| (DeviceId::new(&mute.device_id), mute.until_ms)).collect()
}

fn rule(rule: &notification::Rule) -> contract::Rule {
    contract::Rule {
        device_id: rule.device_id.as_ref().map(|id| id.as_str().to_owned()),
        category: rule.category.map(super::category),
        severity: rule.severity.map(super::severity),
        treatment: match rule.treatment {
            notification::Treatment::Show => Treatment::Show,
            notification::Treatment::ShowSilently => Treatment::ShowSilently,
            notification::Treatment::HistoryOnly => Treatment::HistoryOnly,
            notification::Treatment::Ignore => Treatment::Ignore,
        },
    }
}

fn rule_wanted(rule: &contract::Rule) -> notification::Rule {
    notification::Rule {
        device_id: rule.device_id.as_ref().map(DeviceId::new),
        category: rule.category.map(super::told_category),
        severity: rule.severity.map(|severity| match severity {
            Severity::Info => thinq::Severity::Info,
            Severity::Attention => thinq::Severity::Attention,
            Severity::Error => thinq::Severity::Error,
        }),
        treatment: match rule.treatment {
            Treatment::Show => notification::Treatment::Show,
            Treatment::ShowSilently => notification::Treatment::ShowSilently,
            Treatment::HistoryOnly => notification::Treatment::HistoryOnly,
            Treatment::Ignore => notification::Treatment::Ignore,
        },
    }
}

fn weekday(day: civil::Weekday) -> Weekday {
    match day {
        civil::Weekday::Monday => Weekday::Monday,
        civil::Weekday::Tuesday => Weekday::Tuesday,
        civil::Weekday::Wednesday => Weekday::Wednesday,
        civil::Weekday::Thursday => Weekday::Thursday,
        civil::Weekday::Friday => Weekday::Friday,
        civil::Weekday::Saturday => Weekday::Saturday,
        civil::Weekday::Sunday => Weekday::Sunday,
    }
}

fn weekday_wanted(day: Weekday) -> civil::Weekday {
    match day {
        Weekday::Monday => civil::Weekday::Monday,
        Weekday::Tuesday => civil::Weekday::Tuesday,
        Weekday::Wednesday => civil::Weekday::Wednesday,
        Weekday::Thursday => civil::Weekday::Thursday,
        Weekday::Friday => civil::Weekday::Friday,
        Weekday::Saturday => civil::Weekday::Saturday,
        Weekday::Sunday => civil::Weekday::Sunday,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_come_back_as_they_went_with_numbers_in_range() {
        let before = notification::Rules {
            rules: notification::default_treatments(),
            ..notification::Rules::default()
        };
        let muted = BTreeMap::from([(DeviceId::new("a"), 7)]);

        let mut there = rules(&before, &muted);
        assert_eq!(rules_wanted(&there, &notification::Rules::default()), before);
        assert_eq!(muted_wanted(&there), muted);

        there.quiet_hours.from_minute = 9999;
        there.reminders.after_minutes = 0;
        there.reminders.at_most = 200;
        let wanted = rules_wanted(&there, &before);
        assert_eq!(wanted.quiet_hours.from_minute, 1439);
        assert_eq!((wanted.reminders.after_minutes, wanted.reminders.at_most), (5, 3));
    }
}

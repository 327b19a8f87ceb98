//! Rules of notifications, from the engine's types to the contract's and back.

use std::collections::BTreeMap;

use model::{DeviceId, Mute, UnixMs};
use monitor::decision;

use crate::settings::rules::{AFTER_MINUTES, AT_MOST};

pub(crate) fn rules(rules: &decision::Rules, muted: &BTreeMap<DeviceId, UnixMs>) -> model::Rules {
    model::Rules {
        rules: rules.rules.iter().map(rule).collect(),
        defaults: decision::default_treatments().iter().map(rule).collect(),
        quiet_hours: rules.quiet_hours.clone(),
        reminders: rules.reminders,
        muted: muted
            .iter()
            .map(|(id, until_ms)| Mute { device_id: id.as_str().to_owned(), until_ms: *until_ms })
            .collect(),
    }
}

/// Numbers out of range are brought into it. What the contract does not know stays as it is in
/// `before`.
pub(crate) fn rules_wanted(wanted: &model::Rules, before: &decision::Rules) -> decision::Rules {
    const LAST_MINUTE: u16 = 24 * 60 - 1;
    decision::Rules {
        rules: wanted.rules.iter().map(rule_wanted).collect(),
        quiet_hours: model::QuietHours {
            is_on: wanted.quiet_hours.is_on,
            from_minute: wanted.quiet_hours.from_minute.min(LAST_MINUTE),
            until_minute: wanted.quiet_hours.until_minute.min(LAST_MINUTE),
            weekdays: wanted.quiet_hours.weekdays.clone(),
        },
        reminders: model::Reminders {
            after_minutes: wanted
                .reminders
                .after_minutes
                .clamp(*AFTER_MINUTES.start(), *AFTER_MINUTES.end()),
            at_most: wanted.reminders.at_most.clamp(*AT_MOST.start(), *AT_MOST.end()),
            ..wanted.reminders
        },
        bursts: before.bursts,
    }
}

pub(crate) fn muted_wanted(wanted: &model::Rules) -> BTreeMap<DeviceId, UnixMs> {
    wanted.muted.iter().map(|mute| (DeviceId::new(&mute.device_id), mute.until_ms)).collect()
}

fn rule(rule: &decision::Rule) -> model::Rule {
    model::Rule {
        device_id: rule.device_id.as_ref().map(|id| id.as_str().to_owned()),
        category: rule.category,
        severity: rule.severity,
        treatment: rule.treatment,
    }
}

fn rule_wanted(rule: &model::Rule) -> decision::Rule {
    decision::Rule {
        device_id: rule.device_id.as_ref().map(DeviceId::new),
        category: rule.category,
        severity: rule.severity,
        treatment: rule.treatment,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_come_back_as_they_went_with_numbers_in_range() {
        let before =
            decision::Rules { rules: decision::default_treatments(), ..decision::Rules::default() };
        let muted = BTreeMap::from([(DeviceId::new("a"), 7)]);

        let mut there = rules(&before, &muted);
        assert_eq!(rules_wanted(&there, &decision::Rules::default()), before);
        assert_eq!(muted_wanted(&there), muted);

        there.quiet_hours.from_minute = 9999;
        there.reminders.after_minutes = 0;
        there.reminders.at_most = 200;
        let wanted = rules_wanted(&there, &before);
        assert_eq!(wanted.quiet_hours.from_minute, 1439);
        assert_eq!((wanted.reminders.after_minutes, wanted.reminders.at_most), (5, 3));
    }
}

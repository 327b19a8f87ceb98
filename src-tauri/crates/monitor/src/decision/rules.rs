//! The user's rules: which events are notified, notified silently, stored only, or ignored.

use model::{Category, NewEvent, Rule, Severity, Treatment, VariantArray as _};
use thinq::PushCode;

/// Treatment of the most specific matching rule: device before category before severity; the last
/// one among equals. `None` if no rule matches.
pub(super) fn chosen_treatment(rules: &[Rule], event: &NewEvent) -> Option<Treatment> {
    rules
        .iter()
        .filter(|rule| fits(rule, event))
        .max_by_key(|rule| exactness(rule))
        .map(|rule| rule.treatment)
}

fn fits(rule: &Rule, event: &NewEvent) -> bool {
    rule.device_id.as_ref().is_none_or(|id| event.device_id.as_ref() == Some(id))
        && rule.category.is_none_or(|category| event.category == category)
        && rule.severity.is_none_or(|severity| event.severity == severity)
}

fn exactness(rule: &Rule) -> (bool, bool, bool) {
    (rule.device_id.is_some(), rule.category.is_some(), rule.severity.is_some())
}

/// Treatment without a matching rule: actionable events are notified.
pub(super) fn default_treatment(event: &NewEvent) -> Treatment {
    // The importance of undocumented codes is unknown.
    if PushCode::new(&event.code).is_known() {
        default_of(event.category, event.severity)
    } else {
        Treatment::Show
    }
}

fn default_of(category: Category, severity: Severity) -> Treatment {
    match (category, severity) {
        // Caused by the user moments ago, such as a filter reset or a closed door.
        (Category::Maintenance | Category::Status, Severity::Info) => Treatment::HistoryOnly,
        (Category::Status, Severity::Attention) => Treatment::ShowSilently,
        (
            Category::Finished | Category::Failed | Category::Safety | Category::Reminder,
            Severity::Info | Severity::Attention | Severity::Error,
        )
        | (Category::Maintenance, Severity::Attention | Severity::Error)
        | (Category::Status, Severity::Error) => Treatment::Show,
    }
}

/// The defaults as rules, for the table on screen.
pub fn default_treatments() -> Vec<Rule> {
    Category::VARIANTS
        .iter()
        .flat_map(|category| Severity::VARIANTS.iter().map(|severity| (*category, *severity)))
        .map(|(category, severity)| Rule {
            device_id: None,
            category: Some(category),
            severity: Some(severity),
            treatment: default_of(category, severity),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use model::DeviceId;

    use super::*;
    use crate::event::example_event;

    const NOW: i64 = 1_800_000_000_000;

    fn rule(
        device: Option<&str>,
        category: Option<Category>,
        severity: Option<Severity>,
        treatment: Treatment,
    ) -> Rule {
        Rule { device_id: device.map(DeviceId::new), category, severity, treatment }
    }

    #[test]
    fn the_most_exact_rule_counts_wherever_it_stands() {
        let rules = vec![
            rule(Some("example-Washer"), None, None, Treatment::Ignore),
            rule(None, Some(Category::Finished), Some(Severity::Info), Treatment::ShowSilently),
            rule(None, None, None, Treatment::HistoryOnly),
            rule(None, Some(Category::Finished), None, Treatment::Show),
        ];
        let done = |device| example_event("WASHING_IS_COMPLETE", device, NOW);
        let failed = example_event("ERROR_DURING_WASHING", "Dryer", NOW);
        let mut reversed = rules.clone();
        reversed.reverse();

        for rules in [rules, reversed] {
            assert_eq!(chosen_treatment(&rules, &done("Washer")), Some(Treatment::Ignore));
            assert_eq!(chosen_treatment(&rules, &done("Dryer")), Some(Treatment::ShowSilently));
            assert_eq!(chosen_treatment(&rules, &failed), Some(Treatment::HistoryOnly));
        }
    }

    #[test]
    fn of_equal_rules_the_last_counts_and_without_one_nothing_is_said() {
        let twice = [
            rule(None, Some(Category::Finished), None, Treatment::Ignore),
            rule(None, Some(Category::Finished), None, Treatment::Show),
        ];
        let done = example_event("WASHING_IS_COMPLETE", "Washer", NOW);
        let failed = example_event("ERROR_DURING_WASHING", "Washer", NOW);

        assert_eq!(chosen_treatment(&twice, &done), Some(Treatment::Show));
        assert_eq!(chosen_treatment(&twice, &failed), None);
    }

    #[test]
    fn by_default_what_can_be_acted_on_is_shown_and_what_was_just_done_is_not() {
        let cases = [
            ("WASHING_IS_COMPLETE", Treatment::Show),
            ("ERROR_DURING_WASHING", Treatment::Show),
            ("WATER_LEAK_HAS_OCCURRED", Treatment::Show),
            ("TIME_TO_CLEAN_FILTER", Treatment::Show),
            ("DOOR_IS_OPEN", Treatment::Show),
            ("POLLUTION_IS_HIGH", Treatment::ShowSilently),
            ("DOOR_IS_CLOSED", Treatment::HistoryOnly),
            ("FILTER_RESET_COMPLETE", Treatment::HistoryOnly),
            ("SOMETHING_NEW", Treatment::Show),
        ];

        for (code, expected) in cases {
            let event = example_event(code, "Washer", NOW);
            assert_eq!(default_treatment(&event), expected, "{code}");
        }
        assert_eq!(default_treatments().len(), 18);
    }
}

//! How the history writes kinds, reasons, severities and categories.

use rusqlite::types::Type;
use thinq::{Category, Severity};

use crate::event::{EventKind, GapReason};

pub(super) const KINDS: [(EventKind, &str); 6] = [
    (EventKind::Push, "push"),
    (EventKind::Registered, "registered"),
    (EventKind::Unregistered, "unregistered"),
    (EventKind::Renamed, "renamed"),
    (EventKind::Text, "text"),
    (EventKind::Gap, "gap"),
];

pub(super) const GAP_REASONS: [(GapReason, &str); 3] = [
    (GapReason::Service, "service"),
    (GapReason::Network, "network"),
    (GapReason::Asleep, "asleep"),
];

pub(super) const SEVERITIES: [(Severity, &str); 3] =
    [(Severity::Info, "info"), (Severity::Attention, "attention"), (Severity::Error, "error")];

pub(super) const CATEGORIES: [(Category, &str); 6] = [
    (Category::Finished, "finished"),
    (Category::Failed, "failed"),
    (Category::Safety, "safety"),
    (Category::Maintenance, "maintenance"),
    (Category::Reminder, "reminder"),
    (Category::Status, "status"),
];

pub(super) fn of_kind(kind: EventKind) -> &'static str {
    name_of(&KINDS, kind)
}

pub(super) fn of_gap_reason(reason: GapReason) -> &'static str {
    name_of(&GAP_REASONS, reason)
}

pub(super) fn of_severity(severity: Severity) -> &'static str {
    name_of(&SEVERITIES, severity)
}

pub(super) fn of_category(category: Category) -> &'static str {
    name_of(&CATEGORIES, category)
}

fn name_of<T: Copy + PartialEq>(names: &[(T, &'static str)], value: T) -> &'static str {
    names
        .iter()
        .find_map(|&(known, name)| (known == value).then_some(name))
        .expect("each value has a name")
}

pub(super) fn find<T: Copy>(names: &[(T, &'static str)], name: &str) -> rusqlite::Result<T> {
    names.iter().find_map(|&(value, known)| (known == name).then_some(value)).ok_or_else(|| {
        let message = format!("unknown name `{name}`");
        rusqlite::Error::FromSqlConversionFailure(0, Type::Text, message.into())
    })
}

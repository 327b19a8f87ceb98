//! Query filter and the SQL conditions it consists of.

use model::{Category, DeviceId, HistoryFilter, Severity};
use rusqlite::types::Value;

use super::labels::fold;

/// Search text, folded; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query(String);

/// Shorter texts are not searched for in raw messages.
const SHORTEST_IN_RAW: usize = 3;

impl Query {
    pub(super) fn of(filter: &HistoryFilter) -> Option<Self> {
        Self::of_text(&filter.text)
    }

    fn of_text(text: &str) -> Option<Self> {
        let text = fold(text.replace(['\0', '\n'], " ").trim());
        (!text.is_empty()).then_some(Self(text))
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn is_short(&self) -> bool {
        self.0.chars().count() < SHORTEST_IN_RAW
    }
}

/// Whether a search for `text` matches every event: it is empty or consists of white space.
#[must_use]
pub fn is_blank_search(text: &str) -> bool {
    Query::of_text(text).is_none()
}

/// Whether `filter` has a text that says nothing. What is deleted needs to be chosen.
pub(super) fn has_blank_text(filter: &HistoryFilter) -> bool {
    !filter.text.is_empty() && is_blank_search(&filter.text)
}

/// Conditions on rows of `event`, joined by `AND`, with their parameters in order.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    sql: String,
    pub(super) parameters: Vec<Value>,
}

impl Conditions {
    pub(super) fn add(&mut self, sql: &str, parameters: impl IntoIterator<Item = Value>) {
        if !self.sql.is_empty() {
            self.sql.push_str(" AND ");
        }
        self.sql.push_str(sql);
        self.parameters.extend(parameters);
    }

    /// Text and device, category and severity of `filter`; not its period and `is_unread`.
    pub(super) fn add_filter(&mut self, filter: &HistoryFilter) {
        let categories = filter.categories.iter().map(Category::into_str);
        let severities = filter.severities.iter().map(Severity::into_str);
        let mut label = Self::default();
        label.add_list("device_id", filter.device_ids.iter().map(DeviceId::as_str));
        label.add_list("category", categories);
        label.add_list("severity", severities);
        if !label.sql.is_empty() {
            let sql = format!("label_id IN (SELECT id FROM label WHERE {})", label.sql);
            self.add(&sql, label.parameters);
        }
        self.add_text(filter);
    }

    /// The labels are compared once, then each event's own text.
    pub(super) fn add_text(&mut self, filter: &HistoryFilter) {
        let Some(query) = Query::of(filter) else { return };
        let text = Value::from(query.0.clone());
        if query.is_short() {
            self.add("label_id IN (SELECT id FROM label WHERE instr(words, ?) > 0)", [text]);
        } else {
            self.add(
                "(label_id IN (SELECT id FROM label WHERE instr(words, ?) > 0 OR instr(common, ?) > 0)
                     OR instr(own, ?) > 0)",
                [text.clone(), text.clone(), text],
            );
        }
    }

    fn add_list<'a, I: Iterator<Item = &'a str>>(&mut self, column: &str, values: I) {
        let values: Vec<Value> = values.map(|value| Value::from(value.to_owned())).collect();
        if !values.is_empty() {
            self.add(&format!("{column} IN ({})", vec!["?"; values.len()].join(", ")), values);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sql.is_empty()
    }

    /// For a `WHERE` clause.
    pub(super) fn sql(&self) -> &str {
        if self.sql.is_empty() { "true" } else { &self.sql }
    }
}

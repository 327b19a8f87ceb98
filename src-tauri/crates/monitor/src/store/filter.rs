//! Query filter, split into conditions answerable from labels and conditions that need event rows.

use std::collections::{HashMap, HashSet};

use model::{Category, Severity, UnixMs};
use rusqlite::Connection;
use thinq::DeviceId;

use super::{StoreError, labels::fold, read::parsed};

/// All conditions that are set must hold. The default matches every event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Matches names, words of both languages, codes and texts; from three letters on also single
    /// keys and values of the raw messages. Case-insensitive.
    pub text: String,
    /// Empty for any device.
    pub device_ids: Vec<DeviceId>,
    /// Empty for any category.
    pub categories: Vec<Category>,
    /// Empty for any severity.
    pub severities: Vec<Severity>,
    pub is_unread: bool,
    /// Inclusive start of the period, by time of receipt.
    pub from_ms: Option<UnixMs>,
    /// Exclusive end of the period, by time of receipt.
    pub until_ms: Option<UnixMs>,
}

impl Filter {
    /// Returns whether the filter restricts the labels.
    pub(super) fn chooses_labels(&self) -> bool {
        self.query().is_some()
            || !(self.device_ids.is_empty()
                && self.categories.is_empty()
                && self.severities.is_empty())
    }

    pub(super) fn query(&self) -> Option<Query> {
        let text = fold(self.text.replace(['\0', '\n'], " ").trim());
        (!text.is_empty()).then_some(Query(text))
    }
}

/// Search text, case-folded; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query(String);

/// Minimum length, in characters, of a text that a trigram index can find.
const TRIGRAM: usize = 3;

impl Query {
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn is_short(&self) -> bool {
        self.0.chars().count() < TRIGRAM
    }

    /// Quoted as an FTS5 string; quotes are doubled.
    fn phrase(&self) -> String {
        format!("\"{}\"", self.0.replace('"', "\"\""))
    }

    /// All trigrams of the text, in any position: the query for an index without positions.
    pub(super) fn trigrams(&self) -> String {
        let letters: Vec<char> = self.0.chars().collect();
        let mut seen = HashSet::new();
        let trigrams: Vec<String> = letters
            .windows(TRIGRAM)
            .map(|letters| Self(letters.iter().collect()).phrase())
            .filter(|trigram| seen.insert(trigram.clone()))
            .collect();
        trigrams.join(" AND ")
    }

    /// Labels whose words contain the text; words of raw messages are searched from three letters
    /// on.
    fn labels(&self, connection: &Connection) -> Result<HashSet<i64>, StoreError> {
        let ids = if self.is_short() {
            connection
                .prepare_cached("SELECT id FROM label WHERE instr(words, ?1) > 0")?
                .query_map([&self.0], |row| row.get(0))?
                .collect::<Result<_, _>>()?
        } else {
            connection
                .prepare_cached(
                    "SELECT label.id FROM label_search JOIN label ON label.id = label_search.rowid
                     WHERE label_search MATCH ?1
                         AND (instr(label.words, ?2) > 0 OR instr(label.common, ?2) > 0)
                     UNION ALL
                     SELECT id FROM label WHERE id > (SELECT labels_up_to FROM indexed)
                         AND (instr(words, ?2) > 0 OR instr(common, ?2) > 0)",
                )?
                .query_map([&self.phrase(), &self.0], |row| row.get(0))?
                .collect::<Result<_, _>>()?
        };
        Ok(ids)
    }
}

/// A label and the conditions of a filter that it satisfies.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is one condition of the filter")]
pub(super) struct Candidate {
    pub(super) device_id: Option<String>,
    pub(super) category: Category,
    pub(super) severity: Severity,
    pub(super) events: u32,
    pub(super) unread: u32,
    pub(super) has_text: bool,
    pub(super) is_of_device: bool,
    pub(super) is_of_category: bool,
    pub(super) is_of_severity: bool,
}

impl Candidate {
    /// Returns whether all conditions but the text hold; the text may be in the event-specific part
    /// of the messages.
    pub(super) fn may_pass(&self) -> bool {
        self.is_of_device && self.is_of_category && self.is_of_severity
    }
}

/// All labels that have events, by id.
pub(super) fn candidates(
    connection: &Connection,
    filter: &Filter,
) -> Result<HashMap<i64, Candidate>, StoreError> {
    let texts = match filter.query() {
        Some(query) => Some(query.labels(connection)?),
        None => None,
    };
    let devices: HashSet<&str> = filter.device_ids.iter().map(DeviceId::as_str).collect();
    let found = connection
        .prepare_cached(
            "SELECT id, device_id, category, severity, events, unread FROM label WHERE events > 0",
        )?
        .query_map([], |row| {
            let id: i64 = row.get(0)?;
            let device_id: Option<String> = row.get(1)?;
            let category = parsed(row.get_ref(2)?.as_str()?)?;
            let severity = parsed(row.get_ref(3)?.as_str()?)?;
            let is_of_device = devices.is_empty()
                || device_id.as_deref().is_some_and(|device_id| devices.contains(device_id));
            Ok((
                id,
                Candidate {
                    device_id,
                    category,
                    severity,
                    events: row.get(4)?,
                    unread: row.get(5)?,
                    has_text: texts.as_ref().is_none_or(|texts| texts.contains(&id)),
                    is_of_device,
                    is_of_category: filter.categories.is_empty()
                        || filter.categories.contains(&category),
                    is_of_severity: filter.severities.is_empty()
                        || filter.severities.contains(&severity),
                },
            ))
        })?
        .collect::<Result<_, _>>()?;
    Ok(found)
}

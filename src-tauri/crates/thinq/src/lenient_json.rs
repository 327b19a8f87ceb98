//! Reads LG's JSON without trusting it: keys without case, texts sanitized and limited in length.

use serde_json::{Map, Value};

use crate::sanitize::clean_text;

/// Maximum length of a device's name, in characters.
const LONGEST_ALIAS: usize = 200;
/// Maximum length of types, models and other names, in characters.
const LONGEST_NAME: usize = 100;

/// LG's tables and examples differ in the case of the envelope's keys.
pub(crate) fn get<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    object.get(key).or_else(|| {
        object.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    })
}

/// A type, model or other short name; `None` when nothing visible is left.
pub(crate) fn name(value: Option<&Value>) -> Option<String> {
    let name = clean_text(value?.as_str()?, LONGEST_NAME);
    (!name.is_empty()).then_some(name)
}

/// A device's name; empty when nothing visible is left.
pub(crate) fn alias(value: Option<&Value>) -> Option<String> {
    value?.as_str().map(|alias| clean_text(alias, LONGEST_ALIAS))
}

/// A boolean, also as text.
pub(crate) fn flag(value: Option<&Value>) -> Option<bool> {
    let value = value?;
    value.as_bool().or_else(|| match value.as_str()?.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    })
}

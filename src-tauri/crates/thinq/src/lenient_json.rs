//! Reading LG's JSON without trusting it: keys without case, texts cut and cleaned.

use serde_json::{Map, Value};

use crate::{
    device::{LONGEST_NAME, cleaned_alias},
    sanitize::clean_text,
};

/// LG's tables and examples differ in the case of the envelope's keys.
pub(crate) fn get<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    object.get(key).or_else(|| {
        object.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, value)| value)
    })
}

/// A type, model or other short name; `None` when nothing of it is left.
pub(crate) fn name(value: Option<&Value>) -> Option<String> {
    let name = clean_text(value?.as_str()?, LONGEST_NAME);
    (!name.is_empty()).then_some(name)
}

/// A device's name; empty when nothing of it can be seen.
pub(crate) fn alias(value: Option<&Value>) -> Option<String> {
    value?.as_str().map(cleaned_alias)
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

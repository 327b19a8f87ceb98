//! Energy usage, as ThinQ Connect answers it. See `docs/protocol.md#thinq-connect`.

use std::fmt;

use serde_json::{Map, Value};

use crate::lenient_json;

/// More values than any span has.
const MOST_VALUES: usize = 1_000;

/// Length of the time that each value covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnergyPeriod {
    Daily,
    /// The day of an [`EnergyDate`] is of no importance then.
    Monthly,
}

/// A day, or the first one of a month, in the device's own time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EnergyDate {
    pub year: u16,
    pub month: u8,
    pub day: u8,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EnergyUsage {
    pub date: EnergyDate,
    pub watt_hours: f64,
}

impl EnergyPeriod {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Daily => "DAILY",
            Self::Monthly => "MONTHLY",
        }
    }

    /// `20241001` or `202410`.
    pub(super) fn write(self, date: EnergyDate) -> String {
        match self {
            Self::Daily => date.to_string(),
            Self::Monthly => format!("{:04}{:02}", date.year, date.month),
        }
    }
}

impl EnergyDate {
    fn parse(text: &str) -> Option<Self> {
        if !matches!(text.len(), 6 | 8) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let date = Self {
            year: text.get(..4)?.parse().ok()?,
            month: text.get(4..6)?.parse().ok()?,
            day: text.get(6..8).map_or(Some(1), |day| day.parse().ok())?,
        };
        ((1..=12).contains(&date.month) && (1..=31).contains(&date.day)).then_some(date)
    }
}

impl fmt::Display for EnergyDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{:02}{:02}", self.year, self.month, self.day)
    }
}

/// The names of what a device measures; empty for one that measures nothing.
pub(super) fn read_profile(result: &Map<String, Value>) -> Vec<String> {
    let properties = result.get("property").and_then(Value::as_array);
    properties.into_iter().flatten().filter_map(|name| lenient_json::name(Some(name))).collect()
}

/// In LG's order; entries without a date or a sensible number are left out.
pub(super) fn read_usage(result: &Map<String, Value>, property: &str) -> Vec<EnergyUsage> {
    let entries = result.get("dataList").and_then(Value::as_array);
    let usages = entries.into_iter().flatten().filter_map(|entry| {
        let date = EnergyDate::parse(entry.get("usedDate")?.as_str()?)?;
        let watt_hours = entry.get(property)?.as_f64().filter(|value| *value >= 0.0)?;
        Some(EnergyUsage { date, watt_hours })
    });
    usages.take(MOST_VALUES).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn usages_are_read_by_day_and_by_month() {
        let result = json!({ "property": ["energyUsage"], "dataList": [
            { "usedDate": "20261130", "energyUsage": 410.5 },
            { "usedDate": "202612", "energyUsage": 7 },
            { "usedDate": "20261330", "energyUsage": 1 },
            { "usedDate": "2026-1-3", "energyUsage": 1 },
            { "usedDate": "20261201", "energyUsage": "1" },
            { "usedDate": "20261201", "energyUsage": -1 },
            { "energyUsage": 1 },
            null,
        ] });

        let usages = read_usage(result.as_object().unwrap(), "energyUsage");

        let date = |month, day| EnergyDate { year: 2026, month, day };
        assert_eq!(
            usages,
            [
                EnergyUsage { date: date(11, 30), watt_hours: 410.5 },
                EnergyUsage { date: date(12, 1), watt_hours: 7.0 },
            ]
        );
        assert_eq!(EnergyPeriod::Daily.write(date(3, 1)), "20260301");
        assert_eq!(EnergyPeriod::Monthly.write(date(3, 1)), "202603");
    }

    #[test]
    fn a_device_without_energy_measures_nothing() {
        for result in [json!({}), json!({ "property": [] }), json!({ "property": null })] {
            assert!(read_profile(result.as_object().unwrap()).is_empty(), "{result}");
        }
        let result = json!({ "property": ["energyUsage"] });
        assert_eq!(read_profile(result.as_object().unwrap()), ["energyUsage"]);
    }
}

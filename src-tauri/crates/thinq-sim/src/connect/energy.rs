//! Energy answers: watt-hours by day and month, always the same for a device and a date.

use std::borrow::Cow;

use jiff::{
    Span, Timestamp, ToSpan,
    civil::{Date, DateTime},
    tz,
};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{answer::ApiError, household::Energy};

const PROPERTY: &str = "energyUsage";
/// Longest answer in days or months.
const LONGEST: usize = 400;

pub(super) fn profile(energy: Energy) -> Result<Value, ApiError> {
    let property = match energy {
        Energy::Daily(_) => json!([PROPERTY]),
        Energy::None => json!([]),
        Energy::NotSupported => return Err(ApiError::NOT_SUPPORTED_PRODUCT),
        Energy::NotAcceptable => return Err(ApiError::EMPTY_NOT_ACCEPTABLE),
    };
    Ok(json!({ "resultCode": "0000", "result": { "property": property } }))
}

pub(super) fn usage(
    energy: Energy,
    device_id: &str,
    query: &str,
    now: Timestamp,
) -> Result<Value, ApiError> {
    let mean = match energy {
        Energy::Daily(mean) => mean,
        Energy::None => 0,
        Energy::NotSupported => return Err(ApiError::NOT_SUPPORTED_PRODUCT),
        Energy::NotAcceptable => return Err(ApiError::EMPTY_NOT_ACCEPTABLE),
    };
    let field = |name: &str| {
        form_urlencoded::parse(query.as_bytes())
            .find_map(|(key, value)| (key == name).then_some(value))
            .ok_or(ApiError::MISSING_PARAMETERS)
    };
    if field("property")? != PROPERTY {
        return Err(ApiError::UNACCEPTABLE_PARAMETERS);
    }
    let period = field("period")?;
    let (step, length): (Span, usize) = match period.as_ref() {
        "DAILY" => (1.day(), 8),
        "MONTHLY" => (1.month(), 6),
        _ => return Err(ApiError::UNACCEPTABLE_PARAMETERS),
    };
    let date = |text: Cow<'_, str>| {
        (text.len() == length)
            .then(|| Date::strptime("%Y%m%d", format!("{text}01").get(..8)?).ok())
            .flatten()
            .ok_or(ApiError::UNACCEPTABLE_PARAMETERS)
    };
    let (start, end) = (date(field("startDate")?)?, date(field("endDate")?)?);
    // Somewhere on Earth the day has begun already.
    let latest = tz::offset(14).to_datetime(now).date();
    let home_time = tz::offset(9).to_datetime(now);
    let dates: Vec<Date> =
        start.series(step).take_while(|date| *date <= end).take(LONGEST).collect();
    if end > latest || dates.is_empty() || dates.len() == LONGEST {
        return Err(ApiError::UNACCEPTABLE_PARAMETERS);
    }
    if mean == 0 {
        return Ok(json!({ "resultCode": "0000", "result": { "property": [], "dataList": [] } }));
    }
    let entries: Vec<Value> = dates
        .into_iter()
        .filter(|date| *date <= home_time.date())
        .map(|date| {
            let (watt_hours, used) = if length == 8 {
                (day(mean, device_id, date, home_time), date.strftime("%Y%m%d"))
            } else {
                let days = date.series(1.day()).take_while(|day| day.month() == date.month());
                (
                    days.map(|date| day(mean, device_id, date, home_time)).sum(),
                    date.strftime("%Y%m"),
                )
            };
            json!({ PROPERTY: watt_hours.round(), "usedDate": used.to_string() })
        })
        .collect();
    Ok(json!({ "resultCode": "0000", "result": { "property": [PROPERTY], "dataList": entries } }))
}

/// Watt-hours of a day: 70 to 130 % of the mean, and of today the hours that are over.
fn day(mean: u32, device_id: &str, date: Date, now: DateTime) -> f64 {
    // FNV-1a
    let seed = device_id.bytes().chain(date.to_string().into_bytes());
    let hash =
        seed.fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let whole = f64::from(mean * (70 + hash % 61) / 100);
    match date.cmp(&now.date()) {
        std::cmp::Ordering::Less => whole,
        std::cmp::Ordering::Equal => whole * f64::from(now.hour()) / 24.0,
        std::cmp::Ordering::Greater => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(query: &str) -> Result<Value, ApiError> {
        // Noon in Korea.
        let now = "2026-03-15T03:00:00Z".parse().unwrap();
        usage(Energy::Daily(1_000), "d", query, now)
    }

    fn query(period: &str, start: &str, end: &str) -> String {
        format!("property=energyUsage&period={period}&startDate={start}&endDate={end}")
    }

    fn values(answer: &Value) -> Vec<f64> {
        let entries = answer["result"]["dataList"].as_array().unwrap();
        entries.iter().map(|entry| entry["energyUsage"].as_f64().unwrap()).collect()
    }

    #[test]
    fn a_month_is_the_sum_of_its_days() {
        let days = ask(&query("DAILY", "20260201", "20260228")).unwrap();
        let month = ask(&query("MONTHLY", "202602", "202602")).unwrap();

        assert_eq!(values(&days).len(), 28);
        assert_eq!(values(&month), [values(&days).iter().sum::<f64>()]);
        assert!(values(&days).iter().all(|value| (700.0..=1_300.0).contains(value)));
        assert_eq!(days["result"]["dataList"][27]["usedDate"], "20260228");
        assert_eq!(month["result"]["dataList"][0]["usedDate"], "202602");
    }

    #[test]
    fn today_has_the_hours_that_are_over() {
        let today = values(&ask(&query("DAILY", "20260315", "20260315")).unwrap());

        assert!((350.0..=650.0).contains(&today[0]), "{today:?}");
    }

    #[test]
    fn the_future_and_malformed_dates_are_refused() {
        for (query, error) in [
            (query("DAILY", "20260310", "20260316"), ApiError::UNACCEPTABLE_PARAMETERS),
            (query("DAILY", "202603", "202603"), ApiError::UNACCEPTABLE_PARAMETERS),
            (query("DAILY", "20260312", "20260311"), ApiError::UNACCEPTABLE_PARAMETERS),
            (query("HOURLY", "20260312", "20260312"), ApiError::UNACCEPTABLE_PARAMETERS),
            (query("DAILY", "20200101", "20260311"), ApiError::UNACCEPTABLE_PARAMETERS),
            ("period=DAILY".to_owned(), ApiError::MISSING_PARAMETERS),
        ] {
            assert_eq!(ask(&query), Err(error), "{query}");
        }
    }
}

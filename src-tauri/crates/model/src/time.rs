//! Timestamps and the 12- or 24-hour clock.

use serde::{Deserialize, Serialize};

/// Milliseconds since the Unix epoch, by the local clock.
pub type UnixMs = i64;

/// `paused_until_ms` of a pause without an end: the largest integer that JavaScript represents
/// exactly.
pub const OPEN_END_MS: i64 = 9_007_199_254_740_991;

/// Format of a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "ts-rs", derive(ts_rs::TS), ts(export))]
pub enum HourClock {
    /// From 1 to 12, with AM and PM.
    H12,
    /// From 0 to 23.
    H24,
}

/// Regions for which the Unicode locale data (CLDR 48, `timeData`) prefers the 12-hour clock.
const TWELVE_HOURS: &str = "\
    AE AG AL AR AS AU BB BD BH BM BN BO BS BT CA CL CO CR CU CY DJ DM DO DZ EC EG EH ER \
    ET FJ FM GD GH GM GR GT GU GY HK HN IN IQ JM JO KH KI KN KP KR KW KY LB LC LR LS LY \
    MH MO MP MR MW MX MY NA NI NZ OM PA PE PG PH PK PR PS PW PY QA SA SB SD SG SL SO SS \
    SV SY SZ TC TD TN TO TT TW UM US UY VC VE VG VI VU WS YE ZM";

impl HourClock {
    /// Preference for a language tag or POSIX locale such as `ko-KR` or `en_GB.UTF-8`. A bare
    /// language uses its largest region; `C` uses 24 hours.
    pub fn of_locale(locale: &str) -> Self {
        let mut parts = locale.split(['.', '@']).next().unwrap_or_default().split(['-', '_']);
        let language = parts.next().unwrap_or_default();
        let region = parts.rfind(|part| part.len() == 2).unwrap_or(match language {
            "en" => "US",
            "ko" => "KR",
            _ => "",
        });
        let is_twelve =
            TWELVE_HOURS.split_whitespace().any(|known| known.eq_ignore_ascii_case(region));
        if is_twelve { Self::H12 } else { Self::H24 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_decides_and_not_the_language() {
        for (locale, expected) in [
            ("en_US.UTF-8", HourClock::H12),
            ("en-GB", HourClock::H24),
            ("ko_KR.UTF-8", HourClock::H12),
            ("ko", HourClock::H12),
            ("en", HourClock::H12),
            ("de_DE@euro", HourClock::H24),
            ("en_DE.UTF-8", HourClock::H24),
            ("zh-Hant-TW", HourClock::H12),
            ("sr_RS@latin", HourClock::H24),
            ("C.UTF-8", HourClock::H24),
            ("POSIX", HourClock::H24),
            ("", HourClock::H24),
        ] {
            assert_eq!(HourClock::of_locale(locale), expected, "{locale}");
        }
    }
}

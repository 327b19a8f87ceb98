//! The countries that ThinQ Connect serves, and the region of each. See
//! `docs/protocol.md#thinq-connect`.

use std::fmt;

/// One of LG's data centres.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Region {
    AsiaPacific,
    Americas,
    /// With the Middle East and Africa.
    Europe,
}

/// A country that ThinQ Connect serves: the one in which the token's account lives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(&'static str);

impl Region {
    const ALL: [Self; 3] = [Self::AsiaPacific, Self::Americas, Self::Europe];

    pub fn address(self) -> &'static str {
        match self {
            Self::AsiaPacific => "https://api-kic.lgthinq.com",
            Self::Americas => "https://api-aic.lgthinq.com",
            Self::Europe => "https://api-eic.lgthinq.com",
        }
    }

    /// Sorted ISO 3166 codes.
    fn codes(self) -> &'static [&'static str] {
        match self {
            Self::AsiaPacific => &ASIA_PACIFIC,
            Self::Americas => &AMERICAS,
            Self::Europe => &EUROPE,
        }
    }
}

impl Country {
    /// By its ISO 3166 code of two letters, in any case. `None` for one that LG does not serve.
    pub fn parse(code: &str) -> Option<Self> {
        let code = code.to_ascii_uppercase();
        Region::ALL.into_iter().find_map(|region| {
            let codes = region.codes();
            let index = codes.binary_search(&code.as_str()).ok()?;
            codes.get(index).copied().map(Self)
        })
    }

    /// The country of a locale such as `ko-KR`, `zh_Hant_HK` or `de_AT.UTF-8@euro`.
    pub fn from_locale(locale: &str) -> Option<Self> {
        let name = locale.split(['.', '@']).next()?;
        name.split(['-', '_']).skip(1).find_map(Self::parse)
    }

    pub fn all() -> impl Iterator<Item = Self> {
        Region::ALL.into_iter().flat_map(Region::codes).copied().map(Self)
    }

    pub fn code(self) -> &'static str {
        self.0
    }

    pub fn region(self) -> Region {
        let is_home = |region: &Region| region.codes().contains(&self.0);
        Region::ALL.into_iter().find(is_home).unwrap_or(Region::Europe)
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

const ASIA_PACIFIC: [&str; 20] = [
    "AU", "BD", "CN", "HK", "ID", "IN", "JP", "KH", "KR", "LA", "LK", "MM", "MY", "NP", "NZ", "PH",
    "SG", "TH", "TW", "VN",
];

const AMERICAS: [&str; 37] = [
    "AG", "AR", "AW", "BB", "BO", "BR", "BS", "BZ", "CA", "CL", "CO", "CR", "CU", "DM", "DO", "EC",
    "GD", "GT", "GY", "HN", "HT", "JM", "KN", "LC", "MX", "NI", "PA", "PE", "PR", "PY", "SR", "SV",
    "TT", "US", "UY", "VC", "VE",
];

const EUROPE: [&str; 105] = [
    "AE", "AF", "AL", "AM", "AO", "AT", "AZ", "BA", "BE", "BF", "BG", "BH", "BJ", "BY", "CD", "CF",
    "CG", "CH", "CI", "CM", "CV", "CY", "CZ", "DE", "DJ", "DK", "DZ", "EE", "EG", "ES", "ET", "FI",
    "FR", "GA", "GB", "GE", "GH", "GM", "GN", "GQ", "GR", "HR", "HU", "IE", "IL", "IQ", "IR", "IS",
    "IT", "JO", "KE", "KG", "KW", "KZ", "LB", "LR", "LT", "LU", "LV", "LY", "MA", "MD", "ME", "MK",
    "ML", "MR", "MT", "MU", "MW", "NE", "NG", "NL", "NO", "OM", "PK", "PL", "PS", "PT", "QA", "RO",
    "RS", "RU", "RW", "SA", "SD", "SE", "SI", "SK", "SL", "SN", "SO", "ST", "SY", "TD", "TG", "TN",
    "TR", "TZ", "UA", "UG", "UZ", "XK", "YE", "ZA", "ZM",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_country_has_one_region() {
        let mut codes: Vec<_> = Country::all().map(Country::code).collect();
        assert_eq!(codes.len(), 162);
        for region in Region::ALL {
            assert!(region.codes().is_sorted(), "{region:?}");
        }
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), 162);

        for (code, address) in [
            ("KR", "https://api-kic.lgthinq.com"),
            ("AU", "https://api-kic.lgthinq.com"),
            ("US", "https://api-aic.lgthinq.com"),
            ("BR", "https://api-aic.lgthinq.com"),
            ("DE", "https://api-eic.lgthinq.com"),
            ("ZA", "https://api-eic.lgthinq.com"),
        ] {
            assert_eq!(Country::parse(code).unwrap().region().address(), address, "{code}");
        }
    }

    #[test]
    fn a_country_is_read_from_its_code_or_a_locale() {
        assert_eq!(Country::parse("kr").map(Country::code), Some("KR"));
        for unknown in ["", "K", "KOR", "XX", "KP", " KR"] {
            assert_eq!(Country::parse(unknown), None, "{unknown}");
        }
        for (locale, code) in [
            ("ko-KR", Some("KR")),
            ("ko_KR.UTF-8", Some("KR")),
            ("zh-Hant-HK", Some("HK")),
            ("de_AT@euro", Some("AT")),
            ("en-us", Some("US")),
            ("en", None),
            ("C.UTF-8", None),
            ("KR", None),
            ("", None),
        ] {
            assert_eq!(Country::from_locale(locale).map(Country::code), code, "{locale}");
        }
    }
}

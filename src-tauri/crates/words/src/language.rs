//! The languages of the catalogue and the files of each.

use unic_langid::LanguageIdentifier;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    English,
    Korean,
}

impl Language {
    pub const ALL: [Self; 2] = [Self::English, Self::Korean];

    /// Reads a tag as browsers or POSIX locales write it: `ko`, `ko-KR`, `ko_KR.UTF-8`.
    /// `None` for languages that the catalogue does not have, and for `C`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_', '.', '@']).next()?;
        Self::ALL.into_iter().find(|known| known.tag().eq_ignore_ascii_case(language))
    }

    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    pub(crate) fn identifier(self) -> LanguageIdentifier {
        self.tag().parse().expect("the tags are language identifiers")
    }

    /// The Fluent sources that [`crate::Words`] reads.
    pub(crate) fn sources(self) -> [&'static str; 6] {
        match self {
            Self::English => [
                include_str!("../catalogue/en/push.ftl"),
                include_str!("../catalogue/en/device.ftl"),
                include_str!("../catalogue/en/problem.ftl"),
                include_str!("../catalogue/en/tray.ftl"),
                include_str!("../catalogue/en/state.ftl"),
                include_str!("../catalogue/en/check.ftl"),
            ],
            Self::Korean => [
                include_str!("../catalogue/ko/push.ftl"),
                include_str!("../catalogue/ko/device.ftl"),
                include_str!("../catalogue/ko/problem.ftl"),
                include_str!("../catalogue/ko/tray.ftl"),
                include_str!("../catalogue/ko/state.ftl"),
                include_str!("../catalogue/ko/check.ftl"),
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_browsers_and_of_posix_locales_are_understood() {
        for (tag, language) in [
            ("ko", Some(Language::Korean)),
            ("ko-KR", Some(Language::Korean)),
            ("ko_KR.UTF-8", Some(Language::Korean)),
            ("KO", Some(Language::Korean)),
            ("ko.eucKR@hanja", Some(Language::Korean)),
            ("en", Some(Language::English)),
            ("en-US", Some(Language::English)),
            ("en_GB.UTF-8", Some(Language::English)),
            ("kok-IN", None),
            ("de-DE", None),
            ("C", None),
            ("C.UTF-8", None),
            ("", None),
        ] {
            assert_eq!(Language::from_tag(tag), language, "{tag}");
        }
    }

    #[test]
    fn every_language_is_found_by_its_own_tag() {
        for language in Language::ALL {
            assert_eq!(Language::from_tag(language.tag()), Some(language));
        }
    }
}

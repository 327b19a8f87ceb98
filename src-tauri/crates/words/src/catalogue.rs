//! One language of the catalogue. Texts are parsed on first use: a home needs a fraction of the
//! thousand, and parsed texts take eleven times the memory of their source.

use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_syntax::ast::Pattern;
use parking_lot::{RwLock, RwLockReadGuard};

use crate::{Language, Value, particle::with_particle};

pub(crate) struct Catalogue {
    /// The source of each text, in the order of the ids.
    sources: Vec<&'static str>,
    /// All terms, and the texts used so far.
    bundle: RwLock<FluentBundle<FluentResource>>,
}

impl Catalogue {
    /// The instance shared by all users of this language.
    pub(crate) fn of(language: Language) -> &'static Self {
        static ENGLISH: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::new(Language::English));
        static KOREAN: LazyLock<Catalogue> = LazyLock::new(|| Catalogue::new(Language::Korean));
        match language {
            Language::English => &ENGLISH,
            Language::Korean => &KOREAN,
        }
    }

    fn new(language: Language) -> Self {
        let mut bundle = FluentBundle::new_concurrent(vec![language.identifier()]);
        // Notifications, menus and terminals render isolation marks as boxes or count them as letters.
        bundle.set_use_isolating(false);
        bundle.add_function("JOSA", josa).expect("no other function is called JOSA");
        let (terms, mut sources): (Vec<_>, Vec<_>) =
            language.sources().into_iter().flat_map(entries).partition(|entry| is_term(entry));
        for term in terms {
            add(&mut bundle, term);
        }
        sources.sort_unstable_by_key(|entry| id_of(entry));
        Self { sources, bundle: RwLock::new(bundle) }
    }

    pub(crate) fn has(&self, id: &str) -> bool {
        self.with(id)
            .is_some_and(|bundle| bundle.get_message(id).is_some_and(|text| text.value().is_some()))
    }

    pub(crate) fn text(&self, id: &str, args: &[(&str, Value<'_>)]) -> Option<String> {
        let bundle = self.with(id)?;
        let pattern = bundle.get_message(id)?.value()?;
        Some(format(&bundle, pattern, args))
    }

    pub(crate) fn attribute(&self, id: &str, name: &str) -> Option<String> {
        let bundle = self.with(id)?;
        let attribute = bundle.get_message(id)?.get_attribute(name)?;
        Some(format(&bundle, attribute.value(), &[]))
    }

    /// The bundle, after adding the text to it; `None` for an unknown id.
    fn with(&self, id: &str) -> Option<RwLockReadGuard<'_, FluentBundle<FluentResource>>> {
        let read = || self.bundle.read();
        let bundle = read();
        if bundle.has_message(id) {
            return Some(bundle);
        }
        drop(bundle);
        let place = self.sources.binary_search_by_key(&id, |entry| id_of(entry)).ok()?;
        let mut bundle = self.bundle.write();
        // Another thread may have added it meanwhile.
        if !bundle.has_message(id) {
            add(&mut bundle, self.sources[place]);
        }
        drop(bundle);
        Some(read())
    }
}

fn add(bundle: &mut FluentBundle<FluentResource>, entry: &str) {
    let resource = FluentResource::try_new(entry.to_owned())
        .map_err(|(_, errors)| errors)
        .expect("the catalogue is valid Fluent");
    bundle.add_resource(resource).expect("every id of the catalogue is there once");
}

/// The terms and texts of a Fluent file; each starts at the beginning of a line.
fn entries(source: &'static str) -> impl Iterator<Item = &'static str> {
    let is_beginning =
        |line: &str| line.starts_with(|first: char| first.is_ascii_alphabetic() || first == '-');
    let mut rest = source;
    std::iter::from_fn(move || {
        let mut begin = None;
        let mut at = 0;
        for line in rest.split_inclusive('\n') {
            if begin.is_some() && (is_beginning(line) || line.starts_with('#')) {
                break;
            }
            if is_beginning(line) {
                begin = Some(at);
            }
            at += line.len();
        }
        let entry = &rest[begin?..at];
        rest = &rest[at..];
        Some(entry)
    })
}

fn id_of(entry: &str) -> &str {
    entry.split([' ', '=']).next().unwrap_or_default()
}

fn is_term(entry: &str) -> bool {
    entry.starts_with('-')
}

fn format(
    bundle: &FluentBundle<FluentResource>,
    pattern: &Pattern<&str>,
    args: &[(&str, Value<'_>)],
) -> String {
    let args: FluentArgs<'_> = args.iter().copied().collect();
    let mut text = String::new();
    let mut errors = Vec::new();
    bundle
        .write_pattern(&mut text, pattern, Some(&args), &mut errors)
        .expect("writing to a String does not fail");
    text
}

/// `JOSA($name, "이/가")` in the catalogue.
fn josa<'a>(args: &[FluentValue<'a>], _named: &FluentArgs<'_>) -> FluentValue<'a> {
    match args {
        [FluentValue::String(name), FluentValue::String(pair)] => with_particle(name, pair).into(),
        [FluentValue::Number(number), FluentValue::String(pair)] => {
            with_particle(&number.as_string(), pair).into()
        }
        _ => FluentValue::Error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_falls_into_its_texts() {
        let file = "### About\n\n# note\none = 1\ntwo =\n    2\n    .more = 3\n\n# note\n\n-term = 4\nlast = 5";

        let texts: Vec<_> = entries(file).collect();

        assert_eq!(
            texts,
            ["one = 1\n", "two =\n    2\n    .more = 3\n\n", "-term = 4\n", "last = 5"]
        );
        assert_eq!(entries("# nothing but a note\n").count(), 0);
    }

    #[test]
    fn every_text_is_found_and_what_nobody_asked_for_is_not_parsed() {
        for language in Language::ALL {
            let catalogue = Catalogue::new(language);
            let parsed = |id: &str| catalogue.bundle.read().has_message(id);
            for source in &catalogue.sources {
                let id = id_of(source);
                assert!(!parsed(id), "{id}");
                assert!(catalogue.with(id).unwrap().has_message(id), "{id}");
                assert!(parsed(id), "{id}");
            }
            assert!(catalogue.with("no-such-text").is_none());
        }
    }

    #[test]
    fn a_text_that_many_ask_for_at_once_is_the_same_for_all() {
        let catalogue = Catalogue::new(Language::English);
        let id = "push-WASHING_IS_COMPLETE";

        let texts: Vec<_> = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..8).map(|_| scope.spawn(|| catalogue.text(id, &[]))).collect();
            asking.into_iter().map(|asking| asking.join().unwrap()).collect()
        });

        assert_eq!(texts, vec![Some("Laundry is done".to_owned()); 8]);
    }
}

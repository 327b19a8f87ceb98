//! The catalogue as a whole: both languages say the same things, and everything can be said.

use std::collections::{BTreeMap, BTreeSet};
use std::{
    fs,
    path::{Path, PathBuf},
};

use fluent_syntax::{
    ast::{CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement},
    parser,
};
use words::{Language, Value, Words};

const AREAS: [&str; 10] = [
    "push",
    "device",
    "problem",
    "tray",
    "state",
    "check",
    "ui",
    "ui-home",
    "ui-rules",
    "ui-settings",
];

/// The page alone reads these, and its own tests look after them.
fn is_of_the_page(area: &str) -> bool {
    area.starts_with("ui")
}

/// Tables of LG's codes: whatever code LG sends is looked up, so no source has to name it.
const LG_TABLES: [&str; 8] = [
    "push-",
    "device-",
    "device-error-",
    "api-error-",
    "run-state-",
    "part-",
    "property-",
    "value-",
];

/// Tables of our own names, each of which stands in the sources.
const OWN_TABLES: [&str; 4] = ["problem-", "check-", "export-category-", "export-severity-"];

/// Ids, with `id.name` for attributes and `-id` for terms, and the variables of each; another text
/// that is referred to is in braces.
type Texts = BTreeMap<String, BTreeSet<String>>;

fn source(language: Language, area: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("catalogue")
        .join(language.tag())
        .join(format!("{area}.ftl"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn texts(language: Language, area: &str) -> Texts {
    let source = source(language, area);
    let resource = parser::parse(source.as_str())
        .unwrap_or_else(|(_, errors)| panic!("{area}, {}: {errors:?}", language.tag()));
    let mut texts = Texts::new();
    let mut add = |id: String, pattern: &Pattern<&str>| {
        let mut variables = BTreeSet::new();
        collect_variables(pattern, &mut variables);
        assert!(texts.insert(id.clone(), variables).is_none(), "`{id}` is there twice");
    };
    for entry in &resource.body {
        match entry {
            Entry::Message(message) => {
                let id = message.id.name;
                if let Some(pattern) = &message.value {
                    add(id.to_owned(), pattern);
                }
                for attribute in &message.attributes {
                    add(format!("{id}.{}", attribute.id.name), &attribute.value);
                }
            }
            Entry::Term(term) => add(format!("-{}", term.id.name), &term.value),
            Entry::Comment(_) | Entry::GroupComment(_) | Entry::ResourceComment(_) => {}
            Entry::Junk { content } => panic!("unreadable: {content}"),
        }
    }
    texts
}

fn collect_variables(pattern: &Pattern<&str>, found: &mut BTreeSet<String>) {
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            collect_from_expression(expression, found);
        }
    }
}

fn collect_from_expression(expression: &Expression<&str>, found: &mut BTreeSet<String>) {
    match expression {
        Expression::Inline(inline) => collect_from_inline(inline, found),
        Expression::Select { selector, variants } => {
            collect_from_inline(selector, found);
            for variant in variants {
                collect_variables(&variant.value, found);
            }
        }
    }
}

fn collect_from_inline(inline: &InlineExpression<&str>, found: &mut BTreeSet<String>) {
    match inline {
        InlineExpression::VariableReference { id } => {
            found.insert(id.name.to_owned());
        }
        InlineExpression::FunctionReference { id, arguments } => {
            assert_eq!(id.name, "JOSA", "the page and the programs know no other function");
            collect_from_arguments(arguments, found);
        }
        InlineExpression::TermReference { arguments, .. } => {
            if let Some(arguments) = arguments {
                collect_from_arguments(arguments, found);
            }
        }
        InlineExpression::Placeable { expression } => collect_from_expression(expression, found),
        InlineExpression::MessageReference { id, .. } => {
            found.insert(format!("{{{}}}", id.name));
        }
        InlineExpression::StringLiteral { .. } | InlineExpression::NumberLiteral { .. } => {}
    }
}

fn collect_from_arguments(arguments: &CallArguments<&str>, found: &mut BTreeSet<String>) {
    for argument in &arguments.positional {
        collect_from_inline(argument, found);
    }
}

/// Each is parsed when it is asked for, without the others; terms are always there.
#[test]
fn no_text_of_the_programs_refers_to_another() {
    for area in AREAS.into_iter().filter(|area| !is_of_the_page(area)) {
        for language in Language::ALL {
            for (id, variables) in texts(language, area) {
                let other = variables.iter().find(|variable| variable.starts_with('{'));
                assert_eq!(other, None, "{id}, {}", language.tag());
            }
        }
    }
}

#[test]
fn both_languages_have_the_same_texts_with_the_same_variables() {
    for area in AREAS {
        let english = texts(Language::English, area);
        let korean = texts(Language::Korean, area);

        for (id, variables) in &english {
            assert_eq!(korean.get(id), Some(variables), "`{id}` of {area}.ftl in Korean");
        }
        for id in korean.keys() {
            assert!(english.contains_key(id), "`{id}` of {area}.ftl in English");
        }
    }
}

#[test]
fn an_id_is_in_one_file_only() {
    for language in Language::ALL {
        let mut seen = BTreeMap::new();
        for area in AREAS {
            for id in texts(language, area).into_keys() {
                if let Some(other) = seen.insert(id.clone(), area) {
                    panic!("`{id}` is in {other}.ftl and {area}.ftl");
                }
            }
        }
    }
}

#[test]
fn every_problem_and_every_error_of_lg_comes_with_a_next_step() {
    for language in Language::ALL {
        let texts = texts(language, "problem");
        for id in texts.keys().filter(|id| !id.starts_with('-') && !id.contains('.')) {
            assert!(texts.contains_key(&format!("{id}.remedy")), "`{id}` in {}", language.tag());
        }
    }
}

#[test]
fn every_text_can_be_said_without_anything_missing() {
    for language in Language::ALL {
        let words = Words::new(language);
        for area in AREAS.into_iter().filter(|area| !is_of_the_page(area)) {
            for (id, variables) in texts(language, area) {
                if id.starts_with('-') {
                    continue;
                }
                let text = if let Some((id, attribute)) = id.split_once('.') {
                    words.attribute(id, attribute).unwrap()
                } else {
                    let args: Vec<_> =
                        variables.iter().map(|name| (name.as_str(), example_of(name))).collect();
                    words.text_with(&id, &args)
                };
                assert!(!text.trim().is_empty(), "`{id}` is empty in {}", language.tag());
                assert!(!text.contains(['{', '}', '$']), "`{id}` reads {text:?}");
            }
        }
    }
}

fn example_of(variable: &str) -> Value<'static> {
    match variable {
        "count" | "seconds" => Value::Number(2.0),
        _ => Value::Text("세탁기"),
    }
}

#[test]
fn korean_speaks_politely() {
    for area in ["problem", "tray"] {
        let source = source(Language::Korean, area);
        for word in ["습니다", "습니까", "십시오"] {
            assert!(!source.contains(word), "{area}.ftl says {word} where it should say ~요");
        }
    }
}

/// What runs, of the programs and the page: no tests, and none of the catalogue.
fn code() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let mut code = String::new();
    for folder in ["src-tauri/src", "src-tauri/crates", "ui/src"] {
        let mut paths = Vec::new();
        collect_sources(&root.join(folder), &mut paths);
        assert!(!paths.is_empty(), "{folder} has sources");
        for path in paths {
            let source = fs::read_to_string(&path).expect("a source is text");
            let (run, _tests) =
                source.split_once("#[cfg(test)]\nmod tests {").unwrap_or((&source, ""));
            code.push_str(run);
        }
    }
    code
}

fn collect_sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the sources can be listed") {
        let path = entry.expect("the sources can be listed").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if !["tests", "testing", "benches"].contains(&name) {
                collect_sources(&path, found);
            }
        } else if [".rs", ".ts", ".svelte"].iter().any(|kind| name.ends_with(kind))
            && ![".test.ts", "_tests.rs", "tests.rs"].iter().any(|kind| name.ends_with(kind))
        {
            found.push(path);
        }
    }
}

/// Everything that stands between two quotes.
fn quoted(code: &str) -> BTreeSet<&str> {
    code.split(['"', '\'']).collect()
}

fn is_composed(code: &str, prefix: &str) -> bool {
    [format!("\"{prefix}{{"), format!("`{prefix}${{")].iter().any(|start| code.contains(start))
}

fn is_used(quoted: &BTreeSet<&str>, id: &str) -> bool {
    let names_its_rest = |rest: &str| rest.split('-').all(|name| quoted.contains(name));
    let is_said_in_two = ["-title", "-body"]
        .iter()
        .filter_map(|half| id.strip_suffix(half))
        .any(|whole| quoted.contains(whole));
    quoted.contains(id)
        || is_said_in_two
        || LG_TABLES.iter().any(|prefix| id.starts_with(prefix))
        || OWN_TABLES.iter().filter_map(|prefix| id.strip_prefix(prefix)).any(names_its_rest)
}

#[test]
fn every_text_is_used_somewhere() {
    let code = code();

    for prefix in LG_TABLES.iter().chain(&OWN_TABLES) {
        assert!(is_composed(&code, prefix), "no lookup uses `{prefix}…`");
    }
    let quoted = quoted(&code);
    let unused: Vec<_> = AREAS
        .into_iter()
        .filter(|area| !is_of_the_page(area))
        .flat_map(|area| texts(Language::English, area).into_keys())
        .filter(|id| !id.starts_with('-') && !id.contains('.') && !is_used(&quoted, id))
        .collect();
    assert!(unused.is_empty(), "unused texts: {unused:?}");
}

#[test]
fn what_is_shared_by_texts_is_used_in_both_languages() {
    for language in Language::ALL {
        for area in AREAS {
            let source = source(language, area);
            for term in texts(language, area).into_keys().filter(|id| id.starts_with('-')) {
                let is_used =
                    [" }", "("].iter().any(|end| source.contains(&format!("{{ {term}{end}")));
                assert!(is_used, "`{term}` of {area}.ftl in {}", language.tag());
            }
        }
    }
}

#[test]
fn every_text_that_a_program_asks_for_is_there() {
    let code = code();
    let ids: BTreeSet<_> = AREAS
        .into_iter()
        .filter(|area| !is_of_the_page(area))
        .flat_map(|area| texts(Language::English, area).into_keys())
        .collect();

    let asked: BTreeSet<_> = ["words.text(", "words.text_with("]
        .iter()
        .flat_map(|call| code.split(call).skip(1))
        .filter_map(|after| after.trim_start().strip_prefix('"')?.split('"').next())
        .collect();

    assert!(asked.len() > 20, "{asked:?}");
    let missing: Vec<_> = asked.into_iter().filter(|id| !ids.contains(*id)).collect();
    assert!(missing.is_empty(), "the catalogue has no {missing:?}");
}

#[test]
fn no_problem_of_an_appliance_has_words_twice() {
    let pushes = texts(Language::English, "push");

    for id in texts(Language::English, "state").into_keys() {
        if let Some(code) = id.strip_prefix("device-error-") {
            assert!(!pushes.contains_key(&format!("push-{code}")), "{code}");
        }
    }
}

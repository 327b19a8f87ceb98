//! The catalogue as a whole: both languages say the same things, and everything can be said.

use std::collections::{BTreeMap, BTreeSet};
use std::{fs, path::Path};

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

/// Ids, with `id.name` for attributes and `-id` for terms, and the variables of each.
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
        InlineExpression::StringLiteral { .. }
        | InlineExpression::NumberLiteral { .. }
        | InlineExpression::MessageReference { .. } => {}
    }
}

fn collect_from_arguments(arguments: &CallArguments<&str>, found: &mut BTreeSet<String>) {
    for argument in &arguments.positional {
        collect_from_inline(argument, found);
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
        for area in AREAS.into_iter().filter(|area| !area.starts_with("ui")) {
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

//! No import cycles among the modules of a crate. A module and its submodules may use each other,
//! and test code does not count.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::iter::Peekable;
use std::path::{Path, PathBuf};

use super::{sources, stem};

/// Cycles that still exist. This list may only shrink.
const CYCLES: &[&str] = &[];

/// Path of a module from its crate root, which itself is empty.
type Module = Vec<String>;

#[test]
fn no_module_imports_itself_through_others() {
    let paths = sources(&["rs"]);
    let src_dirs: BTreeSet<_> =
        paths.iter().filter_map(|path| path.ancestors().find(|dir| dir.ends_with("src"))).collect();

    let found: Vec<_> = src_dirs.iter().flat_map(|src_dir| cycles(src_dir, &paths)).collect();

    assert_eq!(found, CYCLES, "import cycles on the left, known ones on the right");
}

#[test]
fn imports_are_read_in_every_form() {
    let text = "use crate::{a, b::{C, d::*}};\n//! [`crate::e`]\nfn f() { super::g::h(self::i) }\n\
                #[cfg(test)]\nmod tests {\n    use crate::j;\n}";

    let text = production(text);

    let found: Vec<_> = imported(&text).iter().map(|path| path.join("::")).collect();
    assert_eq!(found, ["crate::a", "crate::b::C", "crate::b::d", "super::g::h", "self::i"]);
}

/// The cycles of one crate, each as `crate: module, module`.
fn cycles(src_dir: &Path, paths: &[PathBuf]) -> BTreeSet<String> {
    let mut texts = BTreeMap::from([(Module::new(), String::new())]);
    for path in paths.iter().filter(|path| !stem(path).ends_with("tests")) {
        let Ok(own) = path.strip_prefix(src_dir) else { continue };
        let text = fs::read_to_string(path).expect("sources are UTF-8");
        texts.entry(module(own)).or_default().push_str(&production(&text));
    }
    let mut imports: BTreeMap<&Module, BTreeSet<&Module>> = BTreeMap::new();
    for (from, text) in &texts {
        let modules = imported(text).into_iter().map(|path| resolve(&texts, from, &path));
        let others = modules.filter(|to| !to.starts_with(from) && !from.starts_with(to));
        imports.insert(from, others.collect());
    }
    let name = src_dir.parent().map(stem).unwrap_or_default();
    let mut cycles = BTreeSet::new();
    for module in imports.keys() {
        let mut cycle = reach(&imports, module);
        cycle.retain(|other| reach(&imports, other).contains(module));
        if !cycle.is_empty() {
            let modules: Vec<_> = cycle.iter().map(|module| module.join("::")).collect();
            cycles.insert(format!("{name}: {}", modules.join(", ")));
        }
    }
    cycles
}

/// Modules that are imported directly or transitively.
fn reach<'a>(
    imports: &BTreeMap<&'a Module, BTreeSet<&'a Module>>,
    module: &'a Module,
) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut left = vec![module];
    while let Some(module) = left.pop() {
        left.extend(imports[module].iter().copied().filter(|next| reached.insert(*next)));
    }
    reached
}

fn module(path: &Path) -> Module {
    let path = path.with_extension("");
    let names = path.iter().map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| name != "lib" && name != "main").collect()
}

/// The innermost module of a path; a re-exported name belongs to its origin.
fn resolve<'a>(texts: &'a BTreeMap<Module, String>, from: &'a Module, path: &[&str]) -> &'a Module {
    let mut full = from.clone();
    for name in path {
        match *name {
            "crate" => full.clear(),
            "self" => {}
            "super" => drop(full.pop()),
            name => full.push(name.to_owned()),
        }
    }
    let mut names = Vec::new();
    let module = loop {
        match texts.get_key_value(&full) {
            Some((module, _)) => break module,
            None => names.extend(full.pop()),
        }
    };
    let is_origin = |path: &Vec<&str>| {
        path.len() > 1 && path.last().copied() == names.last().map(String::as_str)
    };
    match exports(&texts[module]).into_iter().find(is_origin) {
        Some(origin) => resolve(texts, module, &origin),
        None => module,
    }
}

/// The text without comments and without the tests at its end.
fn production(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| line.split("//").next().unwrap_or(line)).collect();
    let tests = lines.windows(2).position(|pair| {
        pair[0].starts_with("#[cfg(")
            && pair[0].contains("test")
            && pair[1].ends_with('{')
            && pair[1].starts_with("mod ")
    });
    lines[..tests.unwrap_or(lines.len())].join("\n")
}

/// Every path that begins with `crate`, `super` or `self`, with groups expanded.
fn imported(text: &str) -> Vec<Vec<&str>> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let is_first = index == 0 || tokens[index - 1] != "::";
        if is_first
            && ["crate", "super", "self"].contains(token)
            && tokens.get(index + 1) == Some(&"::")
        {
            expand(&mut tokens[index..].iter().copied().peekable(), &[], &mut found);
        }
    }
    found
}

/// Paths relative to a module that it re-exports with `pub use`.
fn exports(text: &str) -> Vec<Vec<&str>> {
    let tokens = tokens(text);
    let mut found = Vec::new();
    for (index, _) in tokens.windows(2).enumerate().filter(|(_, pair)| pair[1] == "use") {
        if tokens[index] == "pub" || tokens[index] == ")" {
            expand(&mut tokens[index + 2..].iter().copied().peekable(), &[], &mut found);
        }
    }
    found
}

fn expand<'a>(
    tokens: &mut Peekable<impl Iterator<Item = &'a str>>,
    start: &[&'a str],
    found: &mut Vec<Vec<&'a str>>,
) {
    let mut path = start.to_vec();
    while let Some(token) = tokens.next_if(|token| *token != "}" && *token != ",") {
        match token {
            "{" => {
                while tokens.next_if_eq(&"}").is_none() && tokens.peek().is_some() {
                    expand(tokens, &path, found);
                    tokens.next_if_eq(&",");
                }
                return;
            }
            "::" => {}
            name if name.starts_with(|first: char| first.is_alphabetic() || first == '_') => {
                path.push(name);
            }
            _ => break,
        }
        if token != "::" && tokens.peek() != Some(&"::") {
            break;
        }
    }
    found.push(path);
}

/// Tokens: words, `::` and single characters.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |one: char| one.is_alphanumeric() || one == '_';
        let length = match rest.find(|one| !is_word(one)).unwrap_or(rest.len()) {
            0 if rest.starts_with("::") => 2,
            0 => first.len_utf8(),
            length => length,
        };
        let (token, after) = rest.split_at(length);
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

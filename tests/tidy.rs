//! House rules as tests: the shape of the files, and who may depend on whom.

mod modules;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

use serde_json::Value;

/// For each package the packages of this workspace it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("contract", &["model"]),
    ("model", &[]),
    ("monitor", &["model", "thinq", "words"]),
    ("scenarios", &["contract", "model", "monitor", "thinq", "thinq-sim", "words"]),
    ("thinq", &["model"]),
    ("thinq-sim", &[]),
    ("thinq-tray", &["contract", "model", "monitor", "thinq", "thinq-sim", "words"]),
    ("thinq-tray-window", &["contract", "model", "words"]),
    ("words", &["model"]),
    ("xtask", &[]),
];

/// Libraries and the only packages that may build upon them. (Tests may use them.)
const HOMES: &[(&str, &[&str])] = &[
    ("auto-launch", &["thinq-tray"]),
    ("axum", &["thinq-sim"]),
    ("embed-resource", &["thinq-tray"]),
    ("gtk", &["thinq-tray-window"]),
    ("hyper-rustls", &["thinq"]),
    ("icu_normalizer", &["monitor"]),
    ("keyring", &["thinq-tray"]),
    ("keyring-core", &["thinq-tray"]),
    ("ksni", &["thinq-tray"]),
    ("minisign-verify", &["thinq-tray"]),
    ("notify-rust", &["thinq-tray"]),
    ("reqwest", &["thinq"]),
    ("rfd", &["thinq-tray-window"]),
    ("rsa", &["thinq"]),
    ("rumqttc-v4-next", &["thinq"]),
    ("rusqlite", &["monitor"]),
    ("semver", &["thinq-tray"]),
    ("tao", &["thinq-tray"]),
    ("tauri", &["thinq-tray-window"]),
    ("tauri-build", &["thinq-tray-window"]),
    ("tikv-jemallocator", &["thinq-tray"]),
    ("tray-icon", &["thinq-tray"]),
    ("ts-rs", &["contract", "model"]),
    ("x11rb", &["scenarios"]),
];

/// Public types of the shared vocabulary that other crates still declare again. This list may only
/// shrink.
const DECLARED_AGAIN: &[&str] = &[
    "Connection",
    "Device",
    "Maintenance",
    "PasswordForm",
    "Progress",
    "Reminders",
    "Rule",
    "Rules",
    "Status",
    "Subscription",
];

/// Parts of a GUI that the resident program must not contain.
const HEAVY: &[&str] = &[
    "gdk",
    "gdk-sys",
    "gtk",
    "gtk-sys",
    "javascriptcore-rs",
    "soup3",
    "tao",
    "tauri",
    "webkit2gtk",
    "webkit2gtk-sys",
    "wry",
];

/// Folders that tools make.
const MADE: &[&str] = &[".git", "coverage", "dist", "gen", "node_modules", "target"];

#[test]
fn every_rust_module_opens_by_saying_what_it_owns() {
    let silent = names(&sources(&["rs"]), |text| !text.starts_with("//! "));

    assert!(silent.is_empty(), "without a head (`//! …`) are {silent:#?}");
}

#[test]
fn no_file_is_longer_than_a_thousand_lines() {
    let long = names(&sources(&["rs", "ts", "js", "svelte", "css", "ftl"]), |text| {
        text.lines().count() > 1_000
    });

    assert!(long.is_empty(), "too long are {long:#?}");
}

#[test]
fn modules_are_named_after_the_domain() {
    const VAGUE: &[&str] = &["common", "helper", "helpers", "manager", "service", "util", "utils"];

    let vague: Vec<_> = sources(&["rs", "ts", "js", "svelte"])
        .into_iter()
        .filter(|path| stem(path) == "mod" || VAGUE.contains(&stem(path).as_str()))
        .collect();

    assert!(vague.is_empty(), "named after nothing are {vague:#?}");
}

#[test]
fn no_test_is_left_out_or_expected_to_panic() {
    // Put together here, so that this file does not find itself.
    let skipped = ["#[", "ignore"].concat();
    let panicking = ["#[", "should_panic"].concat();

    let found =
        names(&sources(&["rs"]), |text| text.contains(&skipped) || text.contains(&panicking));

    assert!(found.is_empty(), "tests that do not count are in {found:#?}");
}

#[test]
fn workflows_have_no_rights_of_their_own_and_use_only_what_cannot_change() {
    let workflows: Vec<_> = sources(&["yml"])
        .into_iter()
        .filter(|path| path.starts_with(root_dir().join(".github/workflows")))
        .collect();
    assert!(workflows.len() >= 2, "{workflows:?}");

    let entitled = names(&workflows, |text| !text.contains("\npermissions: {}\n"));
    let loose = names(&workflows, |text| {
        let mut used = text
            .lines()
            .filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix("uses:"));
        !used.all(is_pinned)
    });

    assert!(entitled.is_empty(), "rights are for jobs, not for {entitled:#?}");
    assert!(
        loose.is_empty(),
        "actions are pinned by a full hash with the version behind it: {loose:#?}"
    );
}

/// `owner/name@<40 hex digits> # v1.2.3`
fn is_pinned(used: &str) -> bool {
    let Some((action, version)) = used.split_once(" # v") else { return false };
    let hash = action.rsplit_once('@').map_or("", |(_, hash)| hash);
    hash.len() == 40
        && hash.chars().all(|c| c.is_ascii_hexdigit())
        && version.split('.').count() == 3
}

#[test]
fn every_system_finds_its_icon_where_the_programs_are_made() {
    for (dir, ends) in [
        ("src-tauri", ["png", "ico"].as_slice()),
        ("src-tauri/crates/thinq-tray", &["png", "ico", "icns"]),
    ] {
        let dir = root_dir().join(dir);
        let text = fs::read_to_string(dir.join("tauri.conf.json")).expect("it can be read");
        let config: Value = serde_json::from_str(&text).expect("it is JSON");
        let icons: Vec<_> = config["bundle"]["icon"]
            .as_array()
            .expect("icons are listed")
            .iter()
            .map(|icon| dir.join(icon.as_str().expect("icons are paths")))
            .collect();

        for icon in &icons {
            assert!(icon.is_file(), "{} is not there", icon.display());
        }
        for end in ends {
            let has = icons.iter().any(|icon| icon.extension().is_some_and(|found| found == *end));
            assert!(has, "no .{end} in {}", dir.display());
        }
    }
}

#[test]
fn every_picture_of_the_readme_is_there_and_every_picture_is_shown() {
    let root_dir = root_dir();
    let readme = fs::read_to_string(root_dir.join("README.md")).expect("the README is UTF-8");
    let dir = "src-tauri/docs/pictures/";
    let name = |text: &str| text.split(['"', ')', ' ']).next().unwrap_or_default().to_owned();
    let mut shown: Vec<String> = readme.split(dir).skip(1).map(name).collect();
    let mut there: Vec<String> = fs::read_dir(root_dir.join(dir))
        .expect("the pictures can be listed")
        .map(|entry| entry.expect("a picture").file_name().to_string_lossy().into_owned())
        .collect();
    shown.sort();
    there.sort();

    assert!(!shown.is_empty());
    assert_eq!(shown, there, "`cargo xtask screenshots` takes the pictures");
}

#[test]
fn only_the_pages_backend_knows_tauri() {
    let src_dir = root_dir().join("ui/src");
    let allowed = [src_dir.join("lib/backend.ts"), src_dir.join("lib/backend.test.ts")];
    let pages: Vec<_> = sources(&["ts", "js", "svelte"])
        .into_iter()
        .filter(|path| path.starts_with(&src_dir) && !allowed.contains(path))
        .collect();

    let found = names(&pages, |text| text.contains("@tauri-apps/"));

    assert!(found.is_empty(), "beside backend.ts these import from @tauri-apps: {found:#?}");
}

#[test]
fn the_arrows_between_the_rooms_hold() {
    let packages = packages();
    let members: BTreeSet<_> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut broken = Vec::new();

    for package in &packages {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == package.name) else {
            broken.push(format!("{} is a new package: it needs a line in this test", package.name));
            continue;
        };
        let used: BTreeSet<_> = package
            .dependencies
            .union(&package.dependencies_of_tests)
            .map(String::as_str)
            .collect();
        for name in &used {
            // Every room may be tested against the simulated service.
            let is_for_tests = *name == "thinq-sim" && !package.dependencies.contains(*name);
            if members.contains(name) && !allowed.contains(name) && !is_for_tests {
                broken.push(format!("{} -> {name}", package.name));
            }
        }
        let unused = allowed.iter().filter(|name| !used.contains(*name));
        broken.extend(unused.map(|name| format!("{} no longer needs {name}", package.name)));
    }

    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_shared_vocabulary_is_declared_once() {
    let src_tauri_dir = root_dir().join("src-tauri");
    let mut crates_of: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for path in sources(&["rs"]).iter().filter(|path| path.starts_with(&src_tauri_dir)) {
        let src_dir = path.ancestors().find(|dir| dir.ends_with("src")).unwrap_or(path);
        for line in fs::read_to_string(path).expect("sources are UTF-8").lines() {
            let line = line.trim_start();
            let declared =
                ["pub struct ", "pub enum "].iter().find_map(|open| line.strip_prefix(open));
            let name =
                declared.and_then(|rest| rest.split(|one: char| !one.is_alphanumeric()).next());
            if let Some(name) = name {
                crates_of.entry(name.to_owned()).or_default().insert(src_dir.to_path_buf());
            }
        }
    }
    let shared =
        ["contract", "model"].map(|name| src_tauri_dir.join("crates").join(name).join("src"));

    let found: Vec<_> = crates_of
        .iter()
        .filter(|(_, crates)| crates.len() > 1 && shared.iter().any(|one| crates.contains(one)))
        .map(|(name, _)| name.as_str())
        .collect();

    assert_eq!(
        found, DECLARED_AGAIN,
        "declared again are those on the left, known are those on the right"
    );
}

#[test]
fn libraries_stay_in_the_rooms_that_own_them() {
    let mut strayed = Vec::new();

    for package in packages() {
        for (library, homes) in HOMES {
            let may = homes.contains(&package.name.as_str()) || package.name == "scenarios";
            if package.dependencies.contains(*library) && !may {
                strayed.push(format!("{} -> {library}", package.name));
            }
        }
    }

    assert!(strayed.is_empty(), "{strayed:#?}");
}

#[test]
fn the_scenarios_drive_the_window_from_outside() {
    let packages = packages();

    let scenarios = packages.iter().find(|package| package.name == "scenarios").unwrap();

    assert!(!scenarios.dependencies.contains("tauri"));
    assert!(!scenarios.dependencies_of_tests.contains("tauri"));
}

#[test]
fn xtask_builds_from_the_standard_library_alone() {
    let packages = packages();

    let xtask = packages.iter().find(|package| package.name == "xtask").unwrap();

    assert!(xtask.dependencies.is_empty(), "{:?}", xtask.dependencies);
    assert!(xtask.dependencies_of_tests.is_empty(), "{:?}", xtask.dependencies_of_tests);
}

#[cfg(target_os = "linux")]
#[test]
fn no_gui_library_is_in_the_resident_programs_tree() {
    let tree =
        cargo(&["tree", "-p", "thinq-tray", "-e", "normal", "--prefix", "none", "--format", "{p}"]);

    let heavy: BTreeSet<_> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .filter(|name| HEAVY.contains(name))
        .collect();

    assert!(tree.starts_with("thinq-tray "), "{tree}");
    assert!(heavy.is_empty(), "{heavy:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_resident_program_links_neither_gtk_nor_webkit() {
    let program_path = programs_dir().join("thinq-tray");
    if env::var_os("XTASK_PROGRAMS_DIR").is_none() && !program_path.exists() {
        // Nobody has built the program yet; `cargo xtask test` always has.
        return;
    }

    let output = Command::new("readelf").arg("--dynamic").arg(&program_path).output().unwrap();

    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    let linked: Vec<_> = text.lines().filter(|line| line.contains("(NEEDED)")).collect();
    assert!(linked.iter().any(|line| line.contains("libc.so")), "{linked:#?}");
    for library in ["libgtk", "libgdk", "libwebkit", "libjavascriptcore", "libsoup"] {
        assert!(!linked.iter().any(|line| line.contains(library)), "{linked:#?}");
    }
}

/// A package of this workspace and what it depends on directly, on any platform.
struct Package {
    name: String,
    dependencies: BTreeSet<String>,
    dependencies_of_tests: BTreeSet<String>,
}

impl Package {
    fn from_metadata(package: &Value) -> Self {
        let (of_tests, others): (Vec<_>, Vec<_>) = list(package, "dependencies")
            .iter()
            .partition(|dependency| dependency["kind"] == "dev");
        let names = |dependencies: Vec<_>| dependencies.into_iter().map(name).collect();
        Self {
            name: name(package),
            dependencies: names(others),
            dependencies_of_tests: names(of_tests),
        }
    }
}

fn packages() -> Vec<Package> {
    let text = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&text).expect("Cargo writes JSON");
    list(&metadata, "packages").iter().map(Package::from_metadata).collect()
}

fn name(value: &Value) -> String {
    value["name"].as_str().expect("everything in Cargo's metadata has a name").to_owned()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().expect("Cargo's metadata has this list")
}

fn cargo(arguments: &[&str]) -> String {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(program)
        .args(arguments)
        .arg("--offline")
        .current_dir(root_dir())
        .output()
        .expect("Cargo is there, it runs this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("Cargo writes UTF-8")
}

/// Where the built programs are: where xtask says, or beside the tests.
#[cfg(target_os = "linux")]
fn programs_dir() -> PathBuf {
    let beside = || {
        let test_path = env::current_exe().expect("a running program has a path");
        test_path.ancestors().nth(2).expect("tests lie in `deps`").to_path_buf()
    };
    env::var_os("XTASK_PROGRAMS_DIR").map_or_else(beside, PathBuf::from)
}

fn root_dir() -> PathBuf {
    let manifest_dir = env::var_os("CARGO_MANIFEST_DIR").expect("Cargo runs the tests");
    Path::new(&manifest_dir)
        .parent()
        .expect("this package is in a folder of the root")
        .to_path_buf()
}

/// The files with one of these extensions that people write.
fn sources(extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    collect(&root_dir(), extensions, &mut found).expect("the sources can be read");
    found.sort();
    assert!(!found.is_empty(), "no file ends in {extensions:?}");
    found
}

fn collect(dir: &Path, extensions: &[&str], found: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            if !MADE.iter().any(|made| entry.file_name() == *made) {
                collect(&path, extensions, found)?;
            }
        } else if path.extension().is_some_and(|own| extensions.iter().any(|one| own == *one)) {
            found.push(path);
        }
    }
    Ok(())
}

/// The files whose text is guilty, as paths from the root folder.
fn names(paths: &[PathBuf], is_guilty: impl Fn(&str) -> bool) -> Vec<String> {
    let root_dir = root_dir();
    paths
        .iter()
        .filter(|path| is_guilty(&fs::read_to_string(path).expect("sources are UTF-8")))
        .map(|path| path.strip_prefix(&root_dir).unwrap_or(path).display().to_string())
        .collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

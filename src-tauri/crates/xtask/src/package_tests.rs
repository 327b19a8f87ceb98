//! What goes into the packages exists and names each other rightly. Needs no build of the programs.

use std::fs;
use std::path::{Path, PathBuf};

use crate::package::{DESKTOP_ENTRY, METAINFO, PACKAGING_DIR};

fn root_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root_dir().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn packaging(name: &str) -> String {
    read(&format!("{PACKAGING_DIR}/{name}"))
}

fn manifest() -> String {
    read("src-tauri/crates/thinq-tray/Cargo.toml")
}

/// The text between two others, the first time.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("there is no `{start}`"));
    rest.split_once(end).unwrap_or_else(|| panic!("there is no `{end}` behind `{start}`")).0
}

fn version() -> String {
    between(&read("Cargo.toml"), "[workspace.package]\nversion = \"", "\"").to_owned()
}

#[test]
fn the_desktop_entry_starts_the_program_and_is_the_one_that_notifications_name() {
    let entry = packaging(DESKTOP_ENTRY);
    let notifier = read("src-tauri/crates/thinq-tray/src/notifier.rs");

    let named = between(&notifier, "const DESKTOP_ENTRY: &str = \"", "\"");

    assert_eq!(DESKTOP_ENTRY, format!("{named}.desktop"));
    assert!(entry.contains("\nExec=thinq-tray\n"), "{entry}");
    assert!(entry.contains("\nIcon=thinq-tray\n"), "{entry}");
    assert!(entry.contains("\nStartupWMClass=thinq-tray\n"), "{entry}");
}

#[test]
fn the_entry_for_software_centres_leads_to_the_desktop_entry() {
    let metainfo = packaging(METAINFO);
    let tauri = read("src-tauri/tauri.conf.json");

    let id = between(&metainfo, "<id>", "</id>");

    assert_eq!(METAINFO, format!("{id}.metainfo.xml"));
    assert_eq!(between(&tauri, "\"identifier\": \"", "\""), id);
    assert_eq!(between(&metainfo, "<launchable type=\"desktop-id\">", "<"), DESKTOP_ENTRY);
    assert_eq!(between(&metainfo, "<binary>", "<"), "thinq-tray");
    assert_eq!(between(&metainfo, "<icon type=\"stock\">", "<"), "thinq-tray");
}

#[test]
fn every_place_names_this_version() {
    let version = version();

    assert_eq!(between(&packaging(METAINFO), "<release version=\"", "\""), version);
    assert_eq!(between(&packaging("changelog"), "thinq-tray (", ")"), version);
}

#[test]
fn each_icon_has_the_size_of_its_folder_and_is_in_both_packages() {
    let manifest = manifest();
    let mut sizes = 0;
    for entry in fs::read_dir(root_dir().join("icons/hicolor")).unwrap() {
        let folder = entry.unwrap().file_name().into_string().unwrap();
        let path = format!("icons/hicolor/{folder}/apps/thinq-tray.png");

        let png = fs::read(root_dir().join(&path)).unwrap();

        // The header of a PNG file: width and height follow 16 bytes of signature and chunk head.
        let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        assert_eq!(format!("{}x{}", side(16), side(20)), folder);
        assert_eq!(manifest.matches(&path).count(), 2, "{path}");
        sizes += 1;
    }
    assert!(sizes >= 8, "{sizes} sizes");
}

#[test]
fn everything_the_packages_hold_is_there() {
    let manifest = manifest();
    let manifest_dir = root_dir().join("src-tauri/crates/thinq-tray");
    let is_kept = |text: &&str| text.starts_with("../") && !text.contains('*');
    let kept: Vec<_> = manifest.split('"').filter(is_kept).collect();

    let missing: Vec<_> = kept.iter().filter(|path| !manifest_dir.join(path).is_file()).collect();

    assert!(kept.len() > 20, "{kept:?}");
    assert!(missing.is_empty(), "{missing:?}");
    for program in ["thinq-tray", "thinq-tray-window"] {
        let path = format!("\"target/release/{program}\"");
        assert_eq!(manifest.matches(&path).count(), 2, "{path}");
        packaging(&format!("man/{program}.1"));
    }
}

#[test]
fn the_mark_that_silences_the_news_of_releases_is_in_each_package() {
    let update = read("src-tauri/crates/thinq-tray/src/update.rs");
    let mark = between(&update, "const MARK: &str = \"", "\"");

    let (dir, name) = mark.rsplit_once('/').unwrap();

    assert!(!packaging(name).is_empty());
    let manifest = manifest();
    assert!(manifest.contains(&format!("packaging/{name}\", \"usr/{dir}/\"")), "deb");
    assert!(manifest.contains(&format!("packaging/{name}\", dest = \"/usr/{dir}/\"")), "rpm");
    let flatpak = packaging("flatpak/org.thinqtray.ThinQTray.yml");
    assert!(flatpak.contains(&format!("/app/{dir} src-tauri/packaging/{name}")), "Flatpak");
}

#[test]
fn the_bundles_hold_both_programs_and_icons_that_exist() {
    let config = read("src-tauri/crates/thinq-tray/tauri.conf.json");
    let identifier = |text: &str| between(text, "\"identifier\": \"", "\"").to_owned();
    let manifest_dir = root_dir().join("src-tauri/crates/thinq-tray");

    let icons: Vec<_> =
        between(&config, "\"icon\": [", "]").split('"').skip(1).step_by(2).collect();

    assert_eq!(identifier(&config), identifier(&read("src-tauri/tauri.conf.json")));
    assert!(config.contains("\"externalBin\": [\"../../../target/release/thinq-tray-window\"]"));
    assert!(icons.iter().any(|icon| icon.ends_with("icon.ico")), "{icons:?}");
    assert!(icons.iter().any(|icon| icon.ends_with("icon.icns")), "{icons:?}");
    for icon in icons {
        assert!(manifest_dir.join(icon).is_file(), "{icon}");
    }
}

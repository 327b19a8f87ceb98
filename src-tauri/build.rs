//! Gives each of the page's commands a permission of its own; `capabilities/main.json` grants them.

const COMMANDS: &[&str] = &[
    "ask",
    "close",
    "history_export",
    "history_import",
    "initial_view",
    "link",
    "painted",
    "report_save",
];

fn main() {
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    let attributes = tauri_build::Attributes::new().app_manifest(manifest);
    tauri_build::try_build(attributes).expect("tauri.conf.json and capabilities/ are valid");
}

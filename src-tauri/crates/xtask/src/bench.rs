//! `cargo xtask bench`: what the release build weighs and how fast it is.
//!
//! Of the footprint sizes are looked up here; memory, wake-ups and times are measured from outside
//! by the scenarios' `footprint`, which brings a private session, as does `relay`. The history's
//! benchmarks are those of the engine.

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::steps::Steps;
use crate::workspace::Workspace;
use crate::{system, ui};

const READ: &str = "read the compiler's first error above";
const REPORT: &str = "src-tauri/docs/performance.md";
/// What `--write` replaces stands between these.
const START: &str = "<!-- measured by cargo xtask bench -->";
const END: &str = "<!-- end of what was measured -->";

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Footprint(Options),
    /// With at most so many events.
    History(u32),
    Relay,
}

impl Subject {
    pub(crate) fn parse(arguments: &[OsString]) -> Option<Self> {
        let Some((first, rest)) = arguments.split_first() else {
            return Options::parse(&[]).map(Self::Footprint);
        };
        match (first.to_str()?, rest) {
            ("footprint", options) => Options::parse(options).map(Self::Footprint),
            ("history", []) => Some(Self::History(1_000_000)),
            ("history", [events, most]) if events == "--events" => {
                most.to_str()?.parse().ok().map(Self::History)
            }
            ("relay", []) => Some(Self::Relay),
            _ => Options::parse(arguments).map(Self::Footprint),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    idle_minutes: u32,
    openings: u32,
    is_written: bool,
}

impl Options {
    fn parse(arguments: &[OsString]) -> Option<Self> {
        let mut options = Self { idle_minutes: 10, openings: 50, is_written: false };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.to_str()? {
                "--idle-minutes" => {
                    options.idle_minutes = arguments.next()?.to_str()?.parse().ok()?;
                }
                "--openings" => options.openings = arguments.next()?.to_str()?.parse().ok()?,
                "--write" => options.is_written = true,
                _ => return None,
            }
        }
        Some(options)
    }
}

pub(crate) fn run(workspace: &Workspace, subject: &Subject) -> Result<(), Failure> {
    match subject {
        Subject::Footprint(options) => measure_footprint(workspace, options),
        Subject::History(most) => measure_history(workspace, *most),
        Subject::Relay => measure_relay(workspace),
    }
}

fn measure_history(workspace: &Workspace, most: u32) -> Result<(), Failure> {
    system::ensure(&[system::BUILD])?;
    let mut bench = workspace.cargo(&["bench", "--locked", "-p", "monitor", "--bench", "history"]);
    bench.env("HISTORY_EVENTS", most.to_string());
    Steps::new().run("benchmarks of the history", bench, READ)
}

fn measure_relay(workspace: &Workspace) -> Result<(), Failure> {
    let mut steps = Steps::new();
    system::ensure(&[system::BUILD, system::TEST])?;
    let mut build = workspace.cargo(&["build", "--locked", "--release", "-p", "thinq-tray"]);
    build.args(["-p", "scenarios", "--bin", "thinq-tray", "--bin", "relay"]);
    steps.run("release build of the program and of the relay", build, READ)?;
    let release_dir = workspace.target_dir().join("release");
    let mut measure = Command::new(release_dir.join("relay"));
    measure.env("XTASK_PROGRAMS_DIR", release_dir);
    steps.run("from a frame to the notification, beside a bare relay", measure, "see above")
}

fn measure_footprint(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let mut steps = Steps::new();
    system::ensure(&[system::BUILD, system::TEST])?;
    ui::ensure_packages(workspace, &mut steps)?;
    ui::build(workspace, &mut steps)?;
    let mut build = workspace.cargo(&["build", "--locked", "--release"]);
    build.args(["-p", "thinq-tray", "-p", "thinq-tray-window"]);
    steps.run("release build of both programs", build, READ)?;
    let mut build = workspace.cargo(&["build", "--locked"]);
    build.args(["-p", "scenarios", "--bin", "footprint"]);
    steps.run("build of the measuring program", build, READ)?;

    println!("==> measuring, which takes {} minutes and more", options.idle_minutes + 10);
    let table = sizes(workspace) + &footprint(workspace, options)?;
    println!("\n{table}");
    if options.is_written {
        write(&workspace.root_dir().join(REPORT), &table)?;
    }
    Ok(())
}

fn footprint(workspace: &Workspace, options: &Options) -> Result<String, Failure> {
    let mut measure = Command::new(workspace.program_path("footprint"));
    measure
        .args([options.idle_minutes.to_string(), options.openings.to_string()])
        .env("XTASK_PROGRAMS_DIR", workspace.target_dir().join("release"))
        .stderr(Stdio::inherit());
    let output =
        measure.output().map_err(|error| Failure::new(format!("cannot run it: {error}"), ""))?;
    if !output.status.success() {
        return Err(Failure::new(format!("measuring ended with {}", output.status), "see above"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn sizes(workspace: &Workspace) -> String {
    let release_dir = workspace.target_dir().join("release");
    let mut rows = vec![
        ("`thinq-tray`", size(&release_dir.join("thinq-tray"))),
        ("`thinq-tray-window`, with the page", size(&release_dir.join("thinq-tray-window"))),
        ("the page in `ui/dist`", size(&workspace.ui_dir().join("dist"))),
    ];
    let packages = fs::read_dir(workspace.target_dir().join("packages"));
    for path in packages.into_iter().flatten().flatten().map(|entry| entry.path()) {
        let end = path.extension().unwrap_or_default().to_string_lossy().into_owned();
        match end.as_str() {
            "deb" => rows.push(("deb (aim: at most 12 MB)", size(&path))),
            "rpm" => rows.push(("rpm", size(&path))),
            _ => {}
        }
    }
    let rows: Vec<_> = rows.iter().map(|(what, bytes)| format!("| {what} | {bytes} |")).collect();
    let rows = rows.join("\n");
    format!("{}\n\n| what | bytes |\n| --- | --- |\n{rows}\n\n", machine())
}

/// Of a file, or of all files below a folder.
fn size(path: &Path) -> u64 {
    let Ok(metadata) = fs::metadata(path) else { return 0 };
    if !metadata.is_dir() {
        return metadata.len();
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| size(&entry.path())).sum()
}

/// Where and when.
fn machine() -> String {
    let said = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok()?;
        Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let date = said("date", &["--utc", "+%Y-%m-%d %H:%M UTC"]).unwrap_or_default();
    let cores = said("nproc", &[]).unwrap_or_default();
    let kernel = said("uname", &["-srm"]).unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!("{date}, {cores} cores, {kernel}, load before measuring {load}.")
}

fn write(path: &Path, table: &str) -> Result<(), Failure> {
    let failed = |error| Failure::new(format!("cannot keep {}: {error}", path.display()), "");
    let text = fs::read_to_string(path).map_err(failed)?;
    let text = replaced(&text, table)
        .ok_or_else(|| Failure::new(format!("no `{START}` … `{END}` in {REPORT}"), ""))?;
    fs::write(path, text).map_err(failed)
}

fn replaced(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(START)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{START}\n\n{}\n\n{END}{after}", table.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Option<Subject> {
        let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        Subject::parse(&words)
    }

    #[test]
    fn what_is_measured_goes_by_its_name() {
        assert_eq!(parsed("history"), Some(Subject::History(1_000_000)));
        assert_eq!(parsed("history --events 10000"), Some(Subject::History(10_000)));
        assert_eq!(parsed("relay"), Some(Subject::Relay));
        assert_eq!(parsed("footprint"), parsed(""));
        assert_eq!(parsed("footprint --openings 3"), parsed("--openings 3"));
        for line in ["history --events many", "history 5", "relay 5", "weather"] {
            assert_eq!(parsed(line), None, "{line}");
        }
    }

    #[test]
    fn what_is_measured_how_long_can_be_said() {
        let usual = Options { idle_minutes: 10, openings: 50, is_written: false };

        assert_eq!(parsed(""), Some(Subject::Footprint(usual)));
        let short = Options { idle_minutes: 1, openings: 3, is_written: true };
        let short = Subject::Footprint(short);
        assert_eq!(parsed("--idle-minutes 1 --write --openings 3"), Some(short));
        assert_eq!(parsed("--idle-minutes"), None);
        assert_eq!(parsed("--hours 1"), None);
    }

    #[test]
    fn the_table_in_the_report_is_replaced_and_nothing_else() {
        let text = format!("before\n{START}\nold\n{END}\nafter");

        let replaced_text = replaced(&text, "new\n").unwrap();

        assert_eq!(replaced_text, format!("before\n{START}\n\nnew\n\n{END}\nafter"));
        assert_eq!(replaced("no marks", "new"), None);
    }

    #[test]
    fn the_report_has_a_place_for_the_table() {
        let root_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let text = fs::read_to_string(root_dir.join(REPORT)).unwrap();

        assert!(replaced(&text, "table").is_some());
    }
}

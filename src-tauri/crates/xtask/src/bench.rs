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
/// 12 MB.
const MOST_DEB_BYTES: u64 = 12_000_000;

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Footprint(Options),
    /// With at most so many events.
    History(u32),
    /// Whether the table is kept.
    Relay(bool),
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
            ("relay", []) => Some(Self::Relay(false)),
            ("relay", [write]) if write == "--write" => Some(Self::Relay(true)),
            _ => Options::parse(arguments).map(Self::Footprint),
        }
    }
}

/// How much is measured, of which build, and whether the table is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    idle_minutes: u32,
    openings: u32,
    events: u32,
    day_minutes: u32,
    is_debug: bool,
    is_written: bool,
}

impl Options {
    fn parse(arguments: &[OsString]) -> Option<Self> {
        let mut options = Self {
            idle_minutes: 10,
            openings: 50,
            events: 1_000_000,
            day_minutes: 10,
            is_debug: false,
            is_written: false,
        };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let mut number = || arguments.next()?.to_str()?.parse().ok();
            match argument.to_str()? {
                "--idle-minutes" => options.idle_minutes = number()?,
                "--openings" => options.openings = number()?,
                "--events" => options.events = number()?,
                "--day-minutes" => options.day_minutes = number()?,
                "--debug" => options.is_debug = true,
                "--write" => options.is_written = true,
                _ => return None,
            }
        }
        Some(options)
    }

    /// For the measuring program.
    fn arguments(&self) -> [String; 4] {
        [
            format!("idle-minutes={}", self.idle_minutes),
            format!("openings={}", self.openings),
            format!("events={}", self.events),
            format!("day-minutes={}", self.day_minutes),
        ]
    }
}

pub(crate) fn run(workspace: &Workspace, subject: &Subject) -> Result<(), Failure> {
    match subject {
        Subject::Footprint(options) => measure_footprint(workspace, options),
        Subject::History(most) => measure_history(workspace, *most),
        Subject::Relay(is_written) => measure_relay(workspace, *is_written),
    }
}

fn measure_history(workspace: &Workspace, most: u32) -> Result<(), Failure> {
    system::ensure(&[system::BUILD])?;
    let mut bench = workspace.cargo(&["bench", "--locked", "-p", "monitor", "--bench", "history"]);
    bench.env("HISTORY_EVENTS", most.to_string());
    Steps::new().run("benchmarks of the history", bench, READ)
}

fn measure_relay(workspace: &Workspace, is_written: bool) -> Result<(), Failure> {
    let mut steps = Steps::new();
    system::ensure(&[system::BUILD, system::TEST])?;
    let mut build = workspace.cargo(&["build", "--locked", "--release", "-p", "thinq-tray"]);
    build.args(["-p", "scenarios", "--bin", "thinq-tray", "--bin", "relay"]);
    steps.run("release build of the program and of the relay", build, READ)?;
    let release_dir = workspace.target_dir().join("release");
    println!("==> measuring, which takes some minutes");
    let mut measure = Command::new(release_dir.join("relay"));
    measure.env("XTASK_PROGRAMS_DIR", release_dir);
    let before = machine();
    let (rows, outcome) = output_of(measure)?;
    let table = format!("{before}\n\n{rows}");
    println!("\n{table}");
    outcome?;
    if is_written { write(workspace, "relay", &table) } else { Ok(()) }
}

fn measure_footprint(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    let mut steps = Steps::new();
    system::ensure(&[system::BUILD, system::TEST])?;
    ui::ensure_packages(workspace, &mut steps)?;
    ui::build(workspace, &mut steps)?;
    let profile: &[&str] = if options.is_debug { &[] } else { &["--release"] };
    let mut build = workspace.cargo(&["build", "--locked"]);
    build.args(profile).args(["-p", "thinq-tray", "-p", "thinq-tray-window"]);
    steps.run("build of both programs", build, READ)?;
    let mut build = workspace.cargo(&["build", "--locked"]);
    build.args(["-p", "scenarios", "--bin", "footprint"]);
    steps.run("build of the measuring program", build, READ)?;

    let minutes = options.idle_minutes + options.day_minutes + 20;
    println!("==> measuring, which takes about {minutes} minutes");
    let dir = workspace.target_dir().join(if options.is_debug { "debug" } else { "release" });
    let sizes = format!("{}\n\n{}", machine(), sizes(workspace, &dir));
    let mut measure = Command::new(workspace.program_path("footprint"));
    measure.args(options.arguments()).env("XTASK_PROGRAMS_DIR", dir);
    let (rows, outcome) = output_of(measure)?;
    let table = format!("{sizes}\n\n{rows}");
    println!("\n{table}");
    outcome?;
    if options.is_written { write(workspace, "footprint", &table) } else { Ok(()) }
}

/// What a measuring program printed, even when it failed half way, and whether it did.
fn output_of(mut measure: Command) -> Result<(String, Result<(), Failure>), Failure> {
    let output = measure.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| Failure::new(format!("cannot run it: {error}"), ""))?;
    let outcome = if output.status.success() {
        Ok(())
    } else {
        Err(Failure::new(format!("measuring ended with {}", output.status), "see above"))
    };
    Ok((String::from_utf8_lossy(&output.stdout).into_owned(), outcome))
}

fn sizes(workspace: &Workspace, programs_dir: &Path) -> String {
    let mut rows = vec![
        size_row("`thinq-tray`", size(&programs_dir.join("thinq-tray")), None),
        size_row(
            "`thinq-tray-window`, with the page",
            size(&programs_dir.join("thinq-tray-window")),
            None,
        ),
        size_row("the page in `ui/dist`", size(&workspace.ui_dir().join("dist")), None),
    ];
    let packages = fs::read_dir(workspace.target_dir().join("packages"));
    let mut packages: Vec<_> =
        packages.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    packages.sort();
    for path in packages {
        match path.extension().and_then(|end| end.to_str()) {
            Some("deb") => rows.push(size_row("deb", size(&path), Some(MOST_DEB_BYTES))),
            Some("rpm") => rows.push(size_row("rpm", size(&path), None)),
            Some("AppImage") => rows.push(size_row("AppImage", size(&path), None)),
            _ => {}
        }
    }
    if rows.len() == 3 {
        rows.push("| deb | not made: `cargo xtask package` first | | |".to_owned());
    }
    format!("| size in bytes | | aim | met |\n| --- | --- | --- | --- |\n{}", rows.join("\n"))
}

fn size_row(what: &str, bytes: u64, most: Option<u64>) -> String {
    let aim = most.map_or_else(
        || "| |".to_owned(),
        |most| format!("≤ {most} | {} |", if bytes <= most { "yes" } else { "**no**" }),
    );
    format!("| {what} | {bytes} | {aim}")
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

/// Keeps the table in the report, between the marks of its subject.
fn write(workspace: &Workspace, subject: &str, table: &str) -> Result<(), Failure> {
    let path = workspace.root_dir().join(REPORT);
    let failed = |error| Failure::new(format!("cannot keep {}: {error}", path.display()), "");
    let text = fs::read_to_string(&path).map_err(failed)?;
    let text = replaced(&text, subject, table)
        .ok_or_else(|| Failure::new(format!("no place for {subject} in {REPORT}"), ""))?;
    fs::write(&path, text).map_err(failed)
}

fn replaced(text: &str, subject: &str, table: &str) -> Option<String> {
    let start = format!("<!-- measured by cargo xtask bench {subject} -->");
    let end = format!("<!-- end of what cargo xtask bench {subject} measured -->");
    let (before, rest) = text.split_once(&start)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{start}\n\n{}\n\n{end}{after}", table.trim()))
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
        assert_eq!(parsed("relay"), Some(Subject::Relay(false)));
        assert_eq!(parsed("relay --write"), Some(Subject::Relay(true)));
        assert_eq!(parsed("footprint"), parsed(""));
        assert_eq!(parsed("footprint --openings 3"), parsed("--openings 3"));
        for line in ["history --events many", "history 5", "relay 5", "weather"] {
            assert_eq!(parsed(line), None, "{line}");
        }
    }

    #[test]
    fn what_is_measured_how_long_can_be_said() {
        let usual = Options {
            idle_minutes: 10,
            openings: 50,
            events: 1_000_000,
            day_minutes: 10,
            is_debug: false,
            is_written: false,
        };
        let short = Options {
            idle_minutes: 1,
            openings: 3,
            events: 500,
            day_minutes: 0,
            is_debug: true,
            is_written: true,
        };

        assert_eq!(parsed(""), Some(Subject::Footprint(usual)));
        let line = "--idle-minutes 1 --write --openings 3 --events 500 --day-minutes 0 --debug";
        assert_eq!(parsed(line), Some(Subject::Footprint(short.clone())));
        assert_eq!(parsed("--idle-minutes"), None);
        assert_eq!(parsed("--hours 1"), None);
        let told = short.arguments().join(" ");
        assert_eq!(told, "idle-minutes=1 openings=3 events=500 day-minutes=0");
    }

    #[test]
    fn a_size_stands_beside_its_aim() {
        assert_eq!(size_row("rpm", 5, None), "| rpm | 5 | | |");
        assert_eq!(size_row("deb", 5, Some(5)), "| deb | 5 | ≤ 5 | yes |");
        assert_eq!(size_row("deb", 6, Some(5)), "| deb | 6 | ≤ 5 | **no** |");
    }

    #[test]
    fn the_table_in_the_report_is_replaced_and_nothing_else() {
        let marks = |table: &str| {
            format!(
                "before\n<!-- measured by cargo xtask bench relay -->\n{table}\n\
                 <!-- end of what cargo xtask bench relay measured -->\nafter"
            )
        };

        assert_eq!(replaced(&marks("old"), "relay", "new\n"), Some(marks("\nnew\n")));
        assert_eq!(replaced(&marks("old"), "footprint", "new"), None);
    }

    #[test]
    fn the_report_has_a_place_for_each_table() {
        let root_dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
        let text = fs::read_to_string(root_dir.join(REPORT)).unwrap();

        for subject in ["footprint", "relay"] {
            assert!(replaced(&text, subject, "table").is_some(), "{subject}");
        }
    }
}

//! `cargo xtask audit`: known vulnerabilities and withdrawn versions in the dependencies of both
//! programs and of the page.
//!
//! The advisory databases are on the internet. An unreachable database is reported, and is an error
//! only with `--required`. cargo-deny looks for withdrawn versions as well (`yanked` in
//! `.deny.toml`).

use std::process::{Command, Stdio};

use crate::failure::Failure;
use crate::steps::Steps;
use crate::system;
use crate::tool::{cargo_tool, succeeds};
use crate::workspace::Workspace;

const DATABASE: &str = "https://github.com/RustSec/advisory-db";
const READ: &str =
    "read the advisory above: update what it names, or give the reason in .deny.toml";
const REACH: &str = "check the connection, then run it again";

/// What it means when the advisories cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// A failure.
    Required,
    /// A line in the output.
    Wished,
}

/// What npm's answer to `npm audit --json` comes to.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Clean,
    Vulnerable(String),
    NoAnswer,
}

pub(crate) fn run(workspace: &Workspace, reach: Reach) -> Result<(), Failure> {
    system::ensure(&[system::REPOSITORY])?;
    let mut steps = Steps::new();
    let outcome = check(workspace, reach, &mut steps);
    steps.report();
    outcome
}

pub(crate) fn check(workspace: &Workspace, reach: Reach, steps: &mut Steps) -> Result<(), Failure> {
    if can_reach_database() {
        let mut deny = cargo_tool(workspace, "deny", "installation of cargo-deny", steps)?;
        deny.args(["check", "advisories"]);
        steps.run("advisories, by cargo-deny", deny, READ)?;
        let audit = cargo_tool(workspace, "audit", "installation of cargo-audit", steps)?;
        steps.run("advisories, by cargo-audit", audit, READ)?;
    } else {
        missed(reach, &format!("Rust's advisories cannot be reached ({DATABASE})"))?;
    }
    check_page(workspace, reach, steps)
}

fn check_page(workspace: &Workspace, reach: Reach, steps: &mut Steps) -> Result<(), Failure> {
    // What only builds and tests the page never reaches a user; moderate findings there are many.
    let output = workspace
        .npm(&["audit", "--json", "--omit=dev"])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure::new(format!("cannot run npm: {error}"), "install Node"))?;
    match verdict(&String::from_utf8_lossy(&output.stdout), output.status.success()) {
        Verdict::Clean => steps.check("advisories of the page, by npm", READ, |_| Ok(())),
        Verdict::Vulnerable(what) => {
            steps.check("advisories of the page, by npm", "npm audit in ui/", |_| Err(what))
        }
        Verdict::NoAnswer => missed(reach, "npm's advisories cannot be reached"),
    }
}

fn verdict(answer: &str, is_success: bool) -> Verdict {
    // Written by `npm audit` with every report, and with no error.
    if !answer.contains("\"auditReportVersion\"") {
        Verdict::NoAnswer
    } else if is_success {
        Verdict::Clean
    } else {
        Verdict::Vulnerable(answer.trim().to_owned())
    }
}

fn missed(reach: Reach, what: &str) -> Result<(), Failure> {
    match reach {
        Reach::Required => Err(Failure::new(what, REACH)),
        Reach::Wished => {
            println!("==> advisories: NOT checked, {what}");
            Ok(())
        }
    }
}

fn can_reach_database() -> bool {
    let mut git = Command::new("git");
    git.args(["-c", "http.lowSpeedLimit=1", "-c", "http.lowSpeedTime=10"])
        .args(["ls-remote", "--quiet", DATABASE, "HEAD"])
        .env("GIT_TERMINAL_PROMPT", "0");
    succeeds(git)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npm_that_has_no_answer_is_not_taken_for_a_clean_page() {
        let report = r#"{ "auditReportVersion": 2, "vulnerabilities": {} }"#;
        let refused = r#"{ "message": "405 Method Not Allowed", "error": { "summary": "" } }"#;

        assert_eq!(verdict(report, true), Verdict::Clean);
        assert_eq!(verdict(report, false), Verdict::Vulnerable(report.to_owned()));
        assert_eq!(verdict(refused, false), Verdict::NoAnswer);
        assert_eq!(verdict("", true), Verdict::NoAnswer);
    }

    #[test]
    fn advisories_that_cannot_be_had_fail_only_where_they_are_required() {
        assert!(missed(Reach::Required, "no network").is_err());
        assert!(missed(Reach::Wished, "no network").is_ok());
    }
}

//! Sequential steps of a task. Each is announced and timed; a failing step stops the task.

use std::io::{self, BufRead, BufReader, PipeReader, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;

/// How long to read the pipe of an exited program that stays silent: a process it left behind may
/// hold the other end open for ever.
const SILENCE_AFTER_END: Duration = Duration::from_secs(2);

/// The steps done so far, for the closing report.
pub(crate) struct Steps {
    started: Instant,
    done: Vec<(&'static str, Duration)>,
    summaries: Vec<String>,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { started: Instant::now(), done: Vec::new(), summaries: Vec::new() }
    }

    /// Runs the command; it writes straight to where this program writes.
    pub(crate) fn run(
        &mut self,
        name: &'static str,
        mut command: Command,
        helps: &str,
    ) -> Result<(), Failure> {
        self.check(name, helps, |_| {
            let status = command.stdin(Stdio::null()).status();
            judge(&command, status)
        })
    }

    /// Runs a test runner, and keeps the lines in which it sums up for the closing report.
    pub(crate) fn run_tests(
        &mut self,
        name: &'static str,
        mut command: Command,
        helps: &str,
    ) -> Result<(), Failure> {
        command.env("NO_COLOR", "1").env("CARGO_TERM_COLOR", "never");
        self.check(name, helps, |steps| {
            let status = run_and_watch(&mut command, SILENCE_AFTER_END, |line| {
                // A closed output does not end the tests: their result is the exit code.
                drop(writeln!(io::stdout(), "{line}"));
                if is_summary(line) {
                    steps.summaries.push(line.trim_end().to_owned());
                }
            });
            judge(&command, status)
        })
    }

    /// Runs a step that is not a command: `check` says in one line what is wrong.
    pub(crate) fn check(
        &mut self,
        name: &'static str,
        helps: &str,
        check: impl FnOnce(&mut Self) -> Result<(), String>,
    ) -> Result<(), Failure> {
        println!("==> {name}");
        let started = Instant::now();
        let outcome = check(self);
        let took = started.elapsed();
        match outcome {
            Ok(()) => {
                self.done.push((name, took));
                Ok(())
            }
            Err(what) => Err(Failure::new(
                format!("step `{name}` failed after {:.1} s: {what}", took.as_secs_f32()),
                helps,
            )),
        }
    }

    /// Prints the times of the steps, then what the test runners said last.
    pub(crate) fn report(&self) {
        println!();
        for (name, took) in &self.done {
            println!("{:8.1} s  {name}", took.as_secs_f32());
        }
        println!("{:8.1} s  in all", self.started.elapsed().as_secs_f32());
        println!();
        for summary in &self.summaries {
            println!("{summary}");
        }
    }
}

fn judge(command: &Command, status: io::Result<ExitStatus>) -> Result<(), String> {
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(status.to_string()),
        Err(error) => Err(format!("cannot run `{}`: {error}", command.get_program().display())),
    }
}

/// Shows each line of the command's output to `watch`, from both outputs in their order.
fn run_and_watch(
    command: &mut Command,
    silence: Duration,
    watch: impl FnMut(&str),
) -> io::Result<ExitStatus> {
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let mut child = command.spawn()?;
    // The command holds the writing end; the reader sees the end only when no one holds it.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (lines, received) = sync_channel(256);
    thread::spawn(move || {
        for line in read_lines(reader) {
            if lines.send(line).is_err() {
                break;
            }
        }
    });
    wait(&mut child, &received, silence, watch)
}

fn read_lines(reader: PipeReader) -> impl Iterator<Item = String> {
    BufReader::new(reader)
        .split(b'\n')
        .map_while(Result::ok)
        .map(|line| String::from_utf8_lossy(&line).into_owned())
}

fn wait(
    child: &mut Child,
    lines: &Receiver<String>,
    silence: Duration,
    mut watch: impl FnMut(&str),
) -> io::Result<ExitStatus> {
    loop {
        match lines.recv_timeout(silence) {
            Ok(line) => watch(&line),
            Err(RecvTimeoutError::Timeout) => {
                if let Some(status) = child.try_wait()? {
                    return Ok(status);
                }
            }
            Err(RecvTimeoutError::Disconnected) => return child.wait(),
        }
    }
}

/// Summary lines of Vitest, Playwright, nextest and Cargo's test runner.
fn is_summary(line: &str) -> bool {
    let line = line.trim_start();
    let is_playwright = line.split_once(" passed (").is_some_and(|(count, time)| {
        count.parse::<u32>().is_ok() && time.trim_end().ends_with(')')
    });
    is_playwright
        || ["Test Files ", "Tests ", "Summary [", "test result:"]
            .iter()
            .any(|start| line.starts_with(start))
            && !line.contains("running 0 tests")
            && !line.starts_with("test result: ok. 0 passed; 0 failed; 0 ignored")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_lines_of_each_runner_are_known() {
        let cases = [
            (" Test Files  7 passed (7)", true),
            ("      Tests  31 passed (31)", true),
            ("  82 passed (1.4m)", true),
            ("     Summary [   1.204s] 96 tests run: 96 passed, 0 skipped", true),
            ("test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out", true),
            ("test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured", true),
            ("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out", false),
            ("test frames::an_empty_frame_is_no_message ... ok", false),
            ("        PASS [   0.004s] thinq frame::tests::lists_are_split", false),
        ];

        for (line, expected) in cases {
            assert_eq!(is_summary(line), expected, "{line}");
        }
    }

    #[test]
    fn a_command_that_fails_stops_the_task_with_what_helps() {
        let mut steps = Steps::new();
        let missing = "a-missing-program";
        let command = Command::new(missing);

        let failure = steps.run("first", command, "write it").expect_err("there is none");

        let text = failure.to_string();
        assert!(text.contains("step `first` failed"), "{text}");
        assert!(text.contains("cannot run `a-missing-program`"), "{text}");
        assert!(text.ends_with("what helps: write it"), "{text}");
    }

    #[cfg(unix)]
    #[test]
    fn both_outputs_of_a_command_are_read_in_their_order() {
        let mut lines = Vec::new();

        let status =
            run_and_watch(&mut shell("echo a; echo b >&2; echo c"), SILENCE_AFTER_END, |line| {
                lines.push(line.to_owned());
            });

        assert!(status.unwrap().success());
        assert_eq!(lines, ["a", "b", "c"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_program_left_behind_by_a_test_does_not_hold_up_the_step() {
        let started = Instant::now();

        let status = run_and_watch(&mut shell("sleep 30 &"), Duration::from_millis(50), |_| ());

        assert!(status.unwrap().success());
        assert!(started.elapsed() < Duration::from_secs(20));
    }

    #[cfg(unix)]
    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }
}

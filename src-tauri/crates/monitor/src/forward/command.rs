//! Delivery to a command: the event as JSON on its standard input.

use std::{env, io, process::Stdio, time::Duration};

use model::ProblemCode;
use thinq::{Chain, clean_text};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, copy, sink},
    process::{Child, ChildStderr, Command},
    time::timeout,
};

use super::{Delivery, Undelivered, failure};

/// Time limit of a command.
const PATIENCE: Duration = Duration::from_secs(30);
/// Its descendants may hold standard error open after its end.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// Part of standard error that is shown.
const LONGEST_ERROR: u64 = 4 * 1024;
const LONGEST_SHOWN: usize = 200;
/// Variables of this program may hold secrets.
const OWN_VARIABLES: &str = "THINQ_TRAY_";

/// Runs a command without a shell, in a process group of its own, which is killed after the time
/// limit or when the future is dropped.
pub(super) async fn run(program: &str, arguments: &[String], json: String) -> Delivery {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with(OWN_VARIABLES) {
            command.env_remove(name);
        }
    }
    #[cfg(unix)]
    command.process_group(0);
    let child = command.spawn().map_err(|error| {
        let code = ProblemCode::CommandMissing;
        Undelivered::retried(failure(code, &Chain(&error).to_string()))
    })?;
    let mut group = Group(child);
    let failed = |detail: &str| Undelivered::retried(failure(ProblemCode::CommandFailed, detail));
    match timeout(PATIENCE, feed(&mut group.0, json)).await {
        Ok(Ok((status, _))) if status.success() => Ok(status.to_string()),
        Ok(Ok((status, error))) => {
            let error = clean_text(&error, LONGEST_SHOWN);
            let detail =
                if error.is_empty() { status.to_string() } else { format!("{status}: {error}") };
            Err(failed(&detail))
        }
        Ok(Err(error)) => Err(failed(&Chain(&error).to_string())),
        Err(_elapsed) => Err(failed(&format!("no end within {} s", PATIENCE.as_secs()))),
    }
}

/// Returns the status and the beginning of standard error.
async fn feed(child: &mut Child, json: String) -> io::Result<(std::process::ExitStatus, String)> {
    let mut input = child.stdin.take();
    let error = child.stderr.take();
    let write = async {
        if let Some(input) = &mut input {
            // A command that reads nothing is none the worse for it.
            input.write_all(json.as_bytes()).await.ok();
        }
        drop(input);
    };
    let mut heard = Vec::new();
    let wait = async {
        let listen = listen(error, &mut heard);
        tokio::pin!(listen);
        tokio::select! {
            status = child.wait() => {
                timeout(LAST_WORDS, listen).await.ok();
                status
            }
            () = &mut listen => child.wait().await,
        }
    };
    let ((), status) = tokio::join!(write, wait);
    Ok((status?, String::from_utf8_lossy(&heard).into_owned()))
}

/// Reads all of standard error, so that the command is not blocked, and keeps its beginning.
async fn listen(error: Option<ChildStderr>, heard: &mut Vec<u8>) {
    let Some(mut error) = error else { return };
    (&mut error).take(LONGEST_ERROR).read_to_end(heard).await.ok();
    copy(&mut error, &mut sink()).await.ok();
}

/// A command with its descendants.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        #[cfg(unix)]
        if let Some(id) = self.0.id()
            && let Some(group) = rustix::process::Pid::from_raw(id.cast_signed())
        {
            rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
        }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    async fn shell(script: &str) -> Delivery {
        run("sh", &[String::from("-c"), script.to_owned()], String::from("{\"id\":1}")).await
    }

    #[tokio::test]
    async fn a_command_reads_the_event_and_its_error_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("event");

        shell(&format!("cat > {}", path.display())).await.unwrap();
        let failed = shell("echo no room >&2; exit 3").await.unwrap_err();
        let ignored = shell("exit 0").await;
        let missing = run("/does/not/exist", &[], String::new()).await.unwrap_err();

        assert_eq!(std::fs::read_to_string(path).unwrap(), "{\"id\":1}");
        assert_eq!(failed.failure.detail, "exit status: 3: no room");
        assert!(ignored.is_ok());
        assert_eq!(missing.failure.problem.code, ProblemCode::CommandMissing);
    }

    #[tokio::test]
    async fn a_cancelled_command_ends_with_its_descendants() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pid");
        let script = format!("sleep 100 & echo $! > {0}.new; mv {0}.new {0}; wait", path.display());
        let wait_for = async |condition: &dyn Fn() -> bool| {
            while !condition() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };

        let has_begun = || path.exists();
        tokio::select! {
            ended = shell(&script) => panic!("{ended:?}"),
            () = wait_for(&has_begun) => {}
        }

        let pid = std::fs::read_to_string(path).unwrap().trim().parse().unwrap();
        let pid = rustix::process::Pid::from_raw(pid).unwrap();
        let is_gone =
            || match std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())) {
                Ok(stat) => stat.contains(") Z "),
                Err(_) => rustix::process::test_kill_process(pid).is_err(),
            };
        timeout(Duration::from_mins(1), wait_for(&is_gone)).await.unwrap();
    }
}

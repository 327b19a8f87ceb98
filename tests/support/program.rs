//! The built `thinq-tray` in a private home, without a desktop, a bus or a keyring.

use std::{
    env,
    fs::{self, OpenOptions},
    io,
    path::{Path, PathBuf},
    process::Stdio,
};

use contract::{Request, Response, socket::ask_once};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::TcpStream,
    process::{Child, ChildStdout, Command},
};
use url::Url;

use super::within;

/// Contains all files that the program reads and writes.
pub(crate) struct PrivateHome {
    environment: Vec<(&'static str, String)>,
    program: PathBuf,
    dir: TempDir,
}

/// A program that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A running program; killed when dropped. Its terminal output is in a file of the home.
pub(crate) struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl PrivateHome {
    pub(crate) fn new() -> Self {
        let dir = tempfile::Builder::new().prefix("home-").tempdir().expect("/tmp can be written");
        let at = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
        let environment = vec![
            ("PATH", env::var("PATH").unwrap_or_default()),
            ("HOME", at("")),
            ("XDG_CONFIG_HOME", at("config")),
            ("XDG_DATA_HOME", at("data")),
            ("XDG_STATE_HOME", at("state")),
            ("XDG_CACHE_HOME", at("cache")),
            ("XDG_RUNTIME_DIR", at("run")),
            ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent".to_owned()),
            ("LANG", "en_US.UTF-8".to_owned()),
            ("TZ", "UTC".to_owned()),
        ];
        Self { environment, program: program_path(), dir }
    }

    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    /// Another executable of the program with the same home.
    pub(crate) fn of_program(mut self, path: PathBuf) -> Self {
        self.program = path;
        self
    }

    /// Runs it to completion.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, "").await
    }

    /// As [`PrivateHome::run`], with standard input.
    pub(crate) async fn run_with(&self, arguments: &[&str], stdin: &str) -> Ended {
        let mut command = self.command(arguments);
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut input = child.stdin.take().expect("standard input is a pipe");
        // A program that ends without reading its input is no failure of the test.
        drop(input.write_all(stdin.as_bytes()).await);
        drop(input);
        self.ended(arguments, child).await
    }

    /// Runs it to completion with its output sent there.
    pub(crate) async fn run_to(&self, arguments: &[&str], stdout: impl Into<Stdio>) -> Ended {
        let mut command = self.command(arguments);
        let child = command.stdout(stdout).stderr(Stdio::piped()).spawn();
        self.ended(arguments, child.expect("the program starts")).await
    }

    async fn ended(&self, arguments: &[&str], child: Child) -> Ended {
        let ended = within(&format!("the end of {arguments:?}"), child.wait_with_output()).await;
        let ended = ended.expect("the program can be waited for");
        Ended {
            code: ended.status.code(),
            stdout: String::from_utf8(ended.stdout).expect("the program writes UTF-8"),
            stderr: String::from_utf8(ended.stderr).expect("the program writes UTF-8"),
        }
    }

    /// Starts it with its tray, although there is no desktop.
    pub(crate) async fn start_resident(&self) -> Running {
        let running = self.start(&["--hidden"]);
        let answer = async { while self.ask("thinq-tray", Request::Status).await.is_none() {} };
        within("the program", answer).await;
        running
    }

    /// Starts it in the background.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let terminal = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.dir.path().join("terminal"))
            .expect("the home can be written");
        let mut child =
            self.command(arguments).stderr(terminal).spawn().expect("the program starts");
        let stdout = child.stdout.take().expect("standard output is a pipe");
        Running { child, lines: BufReader::new(stdout).lines() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn history_path(&self, profile: &str) -> PathBuf {
        self.dir.path().join("data").join(profile).join("history.db")
    }

    pub(crate) fn socket_path(&self, profile: &str) -> PathBuf {
        self.dir.path().join("run").join(profile).join("socket")
    }

    /// Sends a request to the running program over its local socket; `None` if there is none.
    pub(crate) async fn ask(&self, profile: &str, request: Request) -> Option<Response> {
        let path = self.socket_path(profile);
        within("an answer", ask_once(&path, request)).await.ok()
    }

    /// Every file below the home, with its contents.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut found = Vec::new();
        collect(self.dir.path(), &mut found).expect("the home can be read");
        found
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .env_clear()
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

impl Ended {
    /// Printed output, one JSON value per line.
    pub(crate) fn json(&self) -> Vec<Value> {
        let parse = |line| serde_json::from_str(line).expect("each line is JSON");
        self.stdout.lines().map(parse).collect()
    }
}

impl Running {
    /// The next line on standard output, as JSON; `None` at its end.
    pub(crate) async fn line(&mut self) -> Option<Value> {
        let line = within("a line", self.lines.next_line()).await.expect("it writes UTF-8")?;
        Some(serde_json::from_str(&line).expect("each line is JSON"))
    }

    /// Waits until the program reports that it is connected.
    pub(crate) async fn listens(&mut self) {
        loop {
            let line = self.line().await.expect("it listens before it ends");
            if line["status"]["connection"]["state"] == "listening" {
                return;
            }
        }
    }

    /// The next printed event.
    pub(crate) async fn event(&mut self) -> Option<Value> {
        loop {
            let mut line = self.line().await?;
            if line.get("event").is_some() {
                return Some(line["event"].take());
            }
        }
    }

    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().expect("the program can be waited for").is_none()
    }

    /// Its entry in `/proc`, for example `cmdline`.
    pub(crate) fn shown(&self, name: &str) -> Vec<u8> {
        let id = self.child.id().expect("the program runs");
        fs::read(format!("/proc/{id}/{name}")).expect("a running process has an entry in /proc")
    }

    /// Immediately, like `kill -9`.
    pub(crate) async fn kill(&mut self) {
        within("the end", self.child.kill()).await.expect("the program can be killed");
    }

    /// Like Ctrl+C.
    pub(crate) fn interrupt(&self) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        kill_process(id.expect("the program runs"), Signal::INT).expect("it can be signalled");
    }

    /// Waits for the end and returns the exit code.
    pub(crate) async fn finish(mut self) -> Option<i32> {
        while within("a line", self.lines.next_line()).await.is_ok_and(|line| line.is_some()) {}
        let ended = within("the end", self.child.wait()).await;
        ended.expect("the program can be waited for").code()
    }
}

/// Makes the simulated service at `hub_url` push, as with curl. Returns the number of sockets it
/// was sent to.
pub(crate) async fn push_by_hand(hub_url: &Url, device: &str, code: &str) -> io::Result<u64> {
    let body = json!({ "deviceId": device, "pushCode": code }).to_string();
    let request = format!(
        "POST /simulate/push HTTP/1.1\r\nhost: sim\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let port = hub_url.port().ok_or(io::ErrorKind::InvalidInput)?;
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    let answer: Value = serde_json::from_str(body)?;
    answer["sockets"].as_u64().ok_or_else(|| io::Error::other(answer.to_string()))
}

pub(crate) fn program_path() -> PathBuf {
    let beside = || {
        let test_path = env::current_exe().expect("a running test knows its own path");
        test_path.ancestors().nth(2).expect("tests are in `deps`").to_owned()
    };
    let path =
        env::var_os("XTASK_PROGRAMS_DIR").map_or_else(beside, PathBuf::from).join("thinq-tray");
    assert!(path.is_file(), "{} is not built: run `cargo xtask test`", path.display());
    path
}

fn collect(dir: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            collect(&entry.path(), found)?;
        } else if kind.is_file() {
            found.push((entry.path(), fs::read(entry.path())?));
        }
    }
    Ok(())
}

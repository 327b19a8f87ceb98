//! A real MQTT broker, and its own clients, which know nothing of this program.

use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    path::PathBuf,
    process::Stdio,
};

use anyhow::Context as _;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    net::TcpStream,
    process::{Child, ChildStdout, Command},
    time::sleep,
};

use super::{Authority, leaf, within};

pub(crate) struct Mosquitto {
    _dir: TempDir,
    port: u16,
    _child: Child,
}

/// What a subscriber hears, since its start.
pub(crate) struct Subscriber {
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

/// A message that a subscriber heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) topic: String,
    pub(crate) payload: String,
    pub(crate) is_retained: bool,
}

impl Message {
    pub(crate) fn json(&self) -> anyhow::Result<Value> {
        serde_json::from_str(&self.payload).with_context(|| format!("{self:?}"))
    }
}

impl Mosquitto {
    /// Anyone may connect, or only `user` with a password.
    pub(crate) async fn start(user: Option<(&str, &str)>) -> anyhow::Result<Self> {
        Self::start_with(user, None).await
    }

    /// With a certificate for `localhost`.
    pub(crate) async fn start_with_tls(authority: &Authority) -> anyhow::Result<Self> {
        Self::start_with(None, Some(authority.server(&leaf("localhost")))).await
    }

    /// `tls`: certificate and key.
    async fn start_with(
        user: Option<(&str, &str)>,
        tls: Option<(String, String)>,
    ) -> anyhow::Result<Self> {
        let dir = tempfile::tempdir()?;
        // The broker listens before it reads them.
        let tls = match tls {
            None => String::new(),
            Some((certificate, key)) => {
                let (certificate_path, key_path) =
                    (dir.path().join("server.pem"), dir.path().join("server.key"));
                fs::write(&certificate_path, certificate)?;
                fs::write(&key_path, key)?;
                let (certificate, key) = (certificate_path.display(), key_path.display());
                format!("certfile {certificate}\nkeyfile {key}\n")
            }
        };
        let passwords = dir.path().join("passwords");
        let access = match user {
            None => String::from("allow_anonymous true"),
            Some((user, password)) => {
                fs::write(&passwords, format!("{user}:{password}\n"))?;
                let hashed = Command::new("mosquitto_passwd").arg("-U").arg(&passwords).status();
                anyhow::ensure!(hashed.await?.success());
                format!("password_file {}", passwords.display())
            }
        };
        // Another program may take a free port before the broker does.
        loop {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
            let config = dir.path().join("mosquitto.conf");
            fs::write(&config, format!("user root\nlistener {port} 127.0.0.1\n{tls}{access}\n"))?;
            let mut child = Command::new(program())
                .arg("-c")
                .arg(&config)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .kill_on_drop(true)
                .spawn()?;
            let listens = async {
                loop {
                    let is_reached = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok();
                    // Otherwise it is the other program that is reached.
                    if child.try_wait()?.is_some() {
                        return anyhow::Ok(false);
                    }
                    if is_reached {
                        return Ok(true);
                    }
                    sleep(std::time::Duration::from_millis(5)).await;
                }
            };
            if within("the broker", listens).await? {
                return Ok(Self { _dir: dir, port, _child: child });
            }
        }
    }

    pub(crate) fn tls_url(&self, host: &str) -> String {
        format!("mqtts://{host}:{}", self.port)
    }

    pub(crate) fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// Subscribes as a program that knows only the topic; gets what the broker has kept first.
    pub(crate) fn subscribe(&self, topic: &str) -> anyhow::Result<Subscriber> {
        let port = self.port.to_string();
        let mut child = Command::new("mosquitto_sub")
            .args(["-p", &port, "-q", "1", "-t", topic, "-F", "%r\t%t\t%p"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("its output is a pipe")?;
        Ok(Subscriber { lines: BufReader::new(stdout).lines(), _child: child })
    }
}

impl Subscriber {
    /// The next message that `is_wanted`.
    pub(crate) async fn heard(
        &mut self,
        what: &str,
        is_wanted: impl Fn(&Message) -> bool,
    ) -> anyhow::Result<Message> {
        let hear = async {
            loop {
                let line = self.lines.next_line().await?.context("it listens")?;
                let mut parts = line.splitn(3, '\t');
                let mut next = || parts.next().unwrap_or_default().to_owned();
                let is_retained = next() == "1";
                let message = Message { topic: next(), payload: next(), is_retained };
                if is_wanted(&message) {
                    return Ok(message);
                }
            }
        };
        within(what, hear).await
    }
}

/// Debian keeps it where only the superuser looks.
fn program() -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut dirs: Vec<_> = env::split_paths(&path).collect();
    dirs.extend(["/usr/local/sbin", "/usr/sbin"].map(PathBuf::from));
    let found = dirs.into_iter().map(|dir| dir.join("mosquitto")).find(|path| path.is_file());
    found.expect("`cargo xtask setup` names the programs that tests need")
}

//! Autostart of the built program inside Flatpak's sandbox, requested from a portal provided by the
//! test. The sandbox is a private root that contains Flatpak's file.

use std::{collections::HashMap, fs, process::Stdio, sync::Arc};

use anyhow::Context as _;
use contract::{Request, Response, Settings, SettingsChange};
use model::ProblemCode;
use parking_lot::Mutex;
use tokio::{
    process::{Child, Command},
    sync::Notify,
};
use zbus::{
    Connection, fdo, interface,
    message::Header,
    zvariant::{OwnedObjectPath, OwnedValue, Value},
};

use crate::desktop::{Desktop, DesktopOptions, Keyring, within};

const NAME: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";

/// The same folders without short-lived ones, plus one file. Runs the remaining arguments there.
const SANDBOX: &str = r#"
    set -e; root="$1"; shift
    mount -t tmpfs tmpfs "$root"
    for path in /*; do
        if [ -L "$path" ]; then cp -P "$path" "$root$path"
        elif [ -d "$path" ]; then mkdir "$root$path"; mount --rbind "$path" "$root$path" || :
        fi
    done
    : > "$root/.flatpak-info"
    mkdir "$root/root-before"
    cd "$root"; pivot_root . root-before; cd "$HOME"
    exec "$@"
"#;

/// The user's answer, or the policy that replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Allows,
    Refuses,
    StaysSilent,
}

/// Requested state, and the command that the desktop would run.
type Asked = (bool, Vec<String>);

#[derive(Clone)]
struct Portal {
    manner: Arc<Mutex<Manner>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    rings: Arc<Notify>,
}

#[interface(name = "org.freedesktop.portal.Background")]
impl Portal {
    async fn request_background(
        &self,
        window: &str,
        mut options: HashMap<String, OwnedValue>,
        #[zbus(header)] header: Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> fdo::Result<OwnedObjectPath> {
        assert_eq!(window, "", "no window of the desktop's kind");
        let mut option = |name: &str| options.remove(name).expect("the option is there");
        let is_wanted = bool::try_from(option("autostart")).expect("yes or no");
        let token = String::try_from(option("handle_token")).expect("a text");
        let command = Vec::try_from(option("commandline")).expect("texts");
        self.asked.lock().push((is_wanted, command));
        self.rings.notify_one();
        let caller = header.sender().expect("the bus names the sender").to_owned();
        let sender = caller.trim_start_matches(':').replace('.', "_");
        let handle = format!("{PATH}/request/{sender}/{token}");
        let manner = *self.manner.lock();
        let (response, now) = match manner {
            Manner::Allows => (0_u32, is_wanted),
            Manner::Refuses => (1, false),
            Manner::StaysSilent => return Ok(handle.try_into().expect("a path")),
        };
        let results =
            HashMap::from([("background", Value::from(response == 0)), ("autostart", now.into())]);
        let (path, request) = (handle.as_str(), "org.freedesktop.portal.Request");
        connection
            .emit_signal(Some(caller), path, request, "Response", &(response, results))
            .await?;
        Ok(handle.try_into().expect("a path"))
    }
}

impl Portal {
    /// Exists as long as its connection.
    async fn start(desktop: &Desktop, manner: Manner) -> anyhow::Result<(Self, Connection)> {
        let portal = Self {
            manner: Arc::new(Mutex::new(manner)),
            asked: Arc::default(),
            rings: Arc::default(),
        };
        let bus = desktop.serve(NAME, PATH, portal.clone()).await?;
        Ok((portal, bus))
    }

    fn is_now(&self, manner: Manner) {
        *self.manner.lock() = manner;
    }

    /// Requested state of each request.
    fn asked(&self) -> Vec<bool> {
        self.asked.lock().iter().map(|(is_on, _)| *is_on).collect()
    }
}

async fn bare_desktop() -> anyhow::Result<Desktop> {
    let options = DesktopOptions {
        keyring: Keyring::None,
        tray_host: false,
        notification_server: false,
        display: false,
        ..DesktopOptions::default()
    };
    Desktop::start(options).await
}

/// `thinq-tray` in the sandbox. A non-root user is root while the sandbox is created.
fn command(desktop: &Desktop, arguments: &[&str]) -> anyhow::Result<Command> {
    let root = desktop.home().join("sandbox");
    fs::create_dir_all(&root)?;
    let program = desktop.command("thinq-tray").as_std().get_program().to_owned();
    let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
    let mut command = desktop.tool("unshare");
    if user.is_root() {
        command.arg("--mount");
    } else {
        command.args(["--user", "--map-root-user", "--mount"]);
    }
    command.args(["--", "sh", "-c", SANDBOX, "sh"]).arg(root);
    if !user.is_root() {
        command.args(["unshare", "--user"]);
        command.args([format!("--map-user={user}"), format!("--map-group={group}")]);
        command.arg("--");
    }
    command.arg(program).args(arguments);
    Ok(command)
}

/// Runs it to completion: exit code and output.
async fn run(desktop: &Desktop, arguments: &[&str]) -> anyhow::Result<(Option<i32>, String)> {
    let mut command = command(desktop, arguments)?;
    let output = within("the command", command.stderr(Stdio::piped()).output()).await??;
    Ok((output.status.code(), String::from_utf8(output.stderr)?))
}

async fn start(desktop: &Desktop) -> anyhow::Result<Child> {
    let said_path = desktop.home().join("resident-said");
    let mut command = command(desktop, &["--hidden"])?;
    let child = command.stderr(fs::File::create(&said_path)?).spawn();
    let child = child.context("`unshare` did not start; it comes with util-linux")?;
    desktop.wait_until_ready().await.with_context(|| {
        let said = fs::read_to_string(said_path).unwrap_or_default();
        format!(
            "it runs in a root of its own, which needs root or user namespaces (`unshare --user \
             --map-root-user --mount true`). It said: {said}"
        )
    })?;
    Ok(child)
}

async fn quit(desktop: &Desktop, mut resident: Child) -> anyhow::Result<()> {
    desktop.ask(Request::Quit).await?;
    let ended = within("the end", resident.wait()).await??;
    anyhow::ensure!(ended.success(), "it ended with {ended}");
    Ok(())
}

async fn change(
    desktop: &Desktop,
    settings: SettingsChange,
) -> anyhow::Result<Result<Settings, ProblemCode>> {
    let answer = desktop.ask(Request::SettingsChange { settings }).await?;
    if let Response::Failed { problem } = answer {
        return Ok(Err(problem.code));
    }
    let Response::Settings { settings } = answer else { anyhow::bail!("{answer:?}") };
    Ok(Ok(settings))
}

async fn switch(desktop: &Desktop, is_on: bool) -> anyhow::Result<Result<bool, ProblemCode>> {
    let wanted = SettingsChange { is_autostarted: Some(is_on), ..SettingsChange::default() };
    Ok(change(desktop, wanted).await?.map(|settings| settings.is_autostarted))
}

async fn is_autostarted(desktop: &Desktop) -> anyhow::Result<bool> {
    let answer = desktop.ask(Request::Settings).await?;
    let Response::Settings { settings } = answer else { anyhow::bail!("{answer:?}") };
    Ok(settings.is_autostarted)
}

#[tokio::test]
async fn in_a_sandbox_the_portal_is_asked_once_and_its_answer_stays() -> anyhow::Result<()> {
    let desktop = bare_desktop().await?;
    let (portal, _bus) = Portal::start(&desktop, Manner::Allows).await?;
    let resident = start(&desktop).await?;
    assert!(!is_autostarted(&desktop).await?);

    assert_eq!(switch(&desktop, true).await?, Ok(true));
    quit(&desktop, resident).await?;
    let resident = start(&desktop).await?;

    assert!(is_autostarted(&desktop).await?);
    let asked = portal.asked.lock().clone();
    let command = ["thinq-tray", "--hidden"].map(str::to_owned).to_vec();
    assert_eq!(asked, [(true, command)], "a start sends no request");
    assert!(!desktop.config_dir().join("autostart").exists(), "an unused entry");
    quit(&desktop, resident).await?;

    // Also without the running program.
    assert_eq!(run(&desktop, &["settings", "autostart", "false"]).await?.0, Some(0));
    assert_eq!(portal.asked(), [true, false]);
    let resident = start(&desktop).await?;
    assert!(!is_autostarted(&desktop).await?);
    quit(&desktop, resident).await
}

#[tokio::test]
async fn a_refusal_leaves_it_off_and_says_what_helps() -> anyhow::Result<()> {
    let desktop = bare_desktop().await?;
    let (portal, _bus) = Portal::start(&desktop, Manner::Refuses).await?;
    let resident = start(&desktop).await?;

    assert_eq!(switch(&desktop, true).await?, Err(ProblemCode::AutostartRefused));
    assert!(!is_autostarted(&desktop).await?);

    // The permission can be revoked in the desktop's own settings.
    portal.is_now(Manner::Allows);
    assert_eq!(switch(&desktop, true).await?, Ok(true));
    portal.is_now(Manner::Refuses);
    let (code, said) = run(&desktop, &["settings", "autostart", "true"]).await?;
    assert_eq!(code, Some(1));
    assert!(said.contains("Allow it to run in the background"), "{said}");
    assert!(!is_autostarted(&desktop).await?);
    quit(&desktop, resident).await
}

#[tokio::test]
async fn while_the_desktop_is_silent_all_else_goes_on_and_the_program_ends_when_it_is_told_to()
-> anyhow::Result<()> {
    let desktop = bare_desktop().await?;
    let (portal, _bus) = Portal::start(&desktop, Manner::StaysSilent).await?;
    let resident = start(&desktop).await?;
    let others = async {
        within("the question", portal.rings.notified()).await?;
        let korean =
            SettingsChange { language: Some(String::from("ko")), ..SettingsChange::default() };
        let settings = change(&desktop, korean).await?.map(|settings| settings.language);
        assert_eq!(settings, Ok(String::from("ko")));
        quit(&desktop, resident).await
    };

    let (switched, ended) = tokio::join!(switch(&desktop, true), others);

    ended?;
    assert_eq!(switched?, Err(ProblemCode::NotRunning));
    Ok(())
}

#[tokio::test]
async fn a_desktop_without_a_portal_is_named() -> anyhow::Result<()> {
    let desktop = bare_desktop().await?;

    let (code, said) = run(&desktop, &["settings", "autostart", "true"]).await?;

    assert_eq!(code, Some(1));
    assert!(said.contains("flatpak run org.thinqtray.ThinQTray --hidden"), "{said}");
    assert!(!desktop.config_dir().join("autostart").exists());
    Ok(())
}

//! Flatpak: the desktop's portal (`org.freedesktop.portal.Background`) sets up what starts with the
//! computer, as nobody reads what is written inside the sandbox.
//!
//! The portal cannot be asked how things are, and may ask the user. So it is asked when somebody
//! switches and never else, and what it answered is remembered by a file of the state: not by a key of
//! the settings, which say what is wished and can be edited without anybody asking the portal. What
//! was changed in the desktop's own settings since then shows at the next switch.

use std::{collections::HashMap, fs, io, path::PathBuf, time::Duration};

use contract::ProblemCode;
use futures_util::StreamExt as _;
use monitor::create_private_dir;
use tokio::time::timeout;
use zbus::{
    MatchRule, MessageStream,
    connection::Builder,
    message::Type,
    zvariant::{OwnedObjectPath, OwnedValue, Value},
};

use super::{AutostartState, remove_if_there};
use crate::paths::Profile;

const NAME: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const INTERFACE: &str = "org.freedesktop.portal.Background";
const REQUEST: &str = "org.freedesktop.portal.Request";

/// The desktop may ask a person.
const PATIENCE: Duration = Duration::from_mins(2);

/// The portal's own numbers: done, and refused by the person or by what was chosen before.
const DONE: u32 = 0;
const REFUSED: u32 = 1;

#[derive(Debug, thiserror::Error)]
pub(crate) enum PortalError {
    #[error("no portal takes the request")]
    Missing(#[from] zbus::Error),

    #[error("the portal refused it")]
    Refused,

    #[error("no clear answer of the portal")]
    NoAnswer,

    /// There is one entry for the whole package, and it is not the demo's.
    #[error("the demo cannot be what starts with the computer")]
    Demo,

    #[error("the portal's answer could not be remembered")]
    Memory(#[from] io::Error),
}

impl PortalError {
    pub(super) fn code(&self) -> ProblemCode {
        match self {
            Self::Missing(_) => ProblemCode::AutostartMissing,
            Self::Refused => ProblemCode::AutostartRefused,
            Self::NoAnswer => ProblemCode::AutostartUnanswered,
            Self::Demo => ProblemCode::AutostartDemo,
            Self::Memory(_) => ProblemCode::Autostart,
        }
    }
}

pub(super) struct Portal {
    /// Is there while the desktop starts this program, as far as it told.
    memory: PathBuf,
    is_demo: bool,
}

/// What came back.
struct Answer {
    response: u32,
    is_autostarted: bool,
}

impl Portal {
    pub(super) fn new(profile: Profile, memory: PathBuf) -> Self {
        Self { memory, is_demo: profile == Profile::Demo }
    }

    pub(super) fn state(&self) -> AutostartState {
        if self.memory.exists() { AutostartState::On } else { AutostartState::Off }
    }

    /// `reason` is shown by the desktop when it asks the user. Cancelling leaves what is remembered as
    /// it was.
    pub(super) async fn switch(&self, is_on: bool, reason: &str) -> Result<(), PortalError> {
        self.switch_at(Builder::session()?, is_on, reason).await
    }

    async fn switch_at(
        &self,
        bus: Builder<'static>,
        is_on: bool,
        reason: &str,
    ) -> Result<(), PortalError> {
        if self.is_demo {
            return Err(PortalError::Demo);
        }
        // The request is not closed when nobody waits any longer: a question that is taken away counts
        // as a refusal for good.
        let asked = timeout(PATIENCE, ask(bus, is_on, reason)).await;
        let Answer { response, is_autostarted } = asked.map_err(|_| PortalError::NoAnswer)??;
        match (response, is_autostarted) {
            (DONE, now) if now == is_on => Ok(self.remember(is_on)?),
            // Whoever may not run in the background is not started either.
            (REFUSED, false) if !is_on => Ok(self.remember(false)?),
            (DONE | REFUSED, _) if is_on => {
                self.remember(false)?;
                Err(PortalError::Refused)
            }
            _ => Err(PortalError::NoAnswer),
        }
    }

    fn remember(&self, is_on: bool) -> io::Result<()> {
        if is_on {
            if let Some(dir) = self.memory.parent() {
                create_private_dir(dir)?;
            }
            return fs::write(&self.memory, "");
        }
        remove_if_there(&self.memory)
    }
}

/// On a connection of its own: it ends with the question, whoever stops waiting for the answer.
async fn ask(bus: Builder<'static>, is_on: bool, reason: &str) -> Result<Answer, PortalError> {
    let connection = bus.build().await?;
    let name = connection.unique_name().expect("a bus gives each connection a name");
    let requests = format!("{PATH}/request/{}", name.trim_start_matches(':').replace('.', "_"));
    // Before the question, as the answer may come before its handle. Old portals choose another handle
    // than the token says, below the same path.
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(NAME)?
        .path_namespace(requests)?
        .interface(REQUEST)?
        .member("Response")?
        .build();
    let mut responses = MessageStream::for_match_rule(rule, &connection, None).await?;
    let options = HashMap::from([
        // The connection asks nothing else.
        ("handle_token", Value::from("autostart")),
        ("reason", Value::from(reason)),
        ("autostart", Value::from(is_on)),
        ("commandline", Value::from(["thinq-tray", "--hidden"].as_slice())),
        ("dbus-activatable", Value::from(false)),
    ]);
    let body = ("", options);
    let handle =
        connection.call_method(Some(NAME), PATH, Some(INTERFACE), "RequestBackground", &body).await;
    let handle: OwnedObjectPath = handle?.body().deserialize()?;
    while let Some(message) = responses.next().await {
        let message = message?;
        if message.header().path() == Some(&*handle) {
            let body = message.body();
            let (response, results): (u32, HashMap<String, OwnedValue>) = body.deserialize()?;
            let is_autostarted = results.get("autostart").is_some_and(|now| **now == true.into());
            return Ok(Answer { response, is_autostarted });
        }
    }
    Err(PortalError::NoAnswer)
}

#[cfg(test)]
#[path = "portal_tests.rs"]
mod tests;

//! Flatpak: autostart through the desktop's portal (`org.freedesktop.portal.Background`), as files
//! inside the sandbox are not read by the desktop.
//!
//! The portal cannot be queried and may prompt the user, so it is called only when the user switches
//! autostart. Its answer is stored in a file of the state folder, not in the settings, which can be
//! edited without calling the portal. Changes in the desktop's own settings show at the next switch.

use std::{collections::HashMap, fs, io, path::PathBuf, time::Duration};

use futures_util::StreamExt as _;
use model::ProblemCode;
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

/// The desktop may prompt the user.
const PATIENCE: Duration = Duration::from_mins(2);

/// Response codes of the portal: success, and refused by the user or by an earlier choice.
const DONE: u32 = 0;
const REFUSED: u32 = 1;

#[derive(Debug, thiserror::Error)]
pub(crate) enum PortalError {
    #[error("no portal available")]
    Missing(#[from] zbus::Error),

    #[error("portal refused autostart")]
    Refused,

    #[error("no usable answer from the portal")]
    NoAnswer,

    /// The package has one entry, which belongs to the real program.
    #[error("demo cannot be started at login")]
    Demo,

    #[error("failed to store the portal's answer")]
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
    /// Exists while autostart is on, according to the portal's last answer.
    memory: PathBuf,
    is_demo: bool,
}

/// Outcome of a call.
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

    /// `reason` is shown when the desktop prompts the user. Cancelling leaves the stored answer
    /// unchanged.
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
        // The request is not closed after a timeout: the portal stores a closed request as a
        // permanent refusal.
        let asked = timeout(PATIENCE, ask(bus, is_on, reason)).await;
        let Answer { response, is_autostarted } = asked.map_err(|_| PortalError::NoAnswer)??;
        match (response, is_autostarted) {
            (DONE, now) if now == is_on => Ok(self.remember(is_on)?),
            // A program that may not run in the background is not started either.
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

/// Uses its own connection, which ends with the call, also when the call is cancelled.
async fn ask(bus: Builder<'static>, is_on: bool, reason: &str) -> Result<Answer, PortalError> {
    let connection = bus.build().await?;
    let name = connection.unique_name().expect("a bus gives each connection a name");
    let requests = format!("{PATH}/request/{}", name.trim_start_matches(':').replace('.', "_"));
    // Subscribed before the call, as the response may precede the handle. Old portals use a different
    // handle than the one derived from the token, below the same path.
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender(NAME)?
        .path_namespace(requests)?
        .interface(REQUEST)?
        .member("Response")?
        .build();
    let mut responses = MessageStream::for_match_rule(rule, &connection, None).await?;
    let options = HashMap::from([
        // No other calls use this connection.
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

//! Follows signals on a bus and reconnects when the bus was restarted.

use futures_util::{StreamExt as _, stream::SelectAll};
use monitor::Backoff;
use thinq::Chain;
use tokio::{
    sync::mpsc,
    time::{Duration, sleep},
};
use tracing::debug;
use zbus::{Connection, MatchRule, Message, MessageStream, connection::Builder, message};

/// Capacity of the queue of signals.
const WAITING: usize = 16;
/// First delay after a bus has ended, which may be restarting.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_hours(1);
/// A bus starts before the programs that use it: one that is missing is not expected to appear, and
/// each retry starts a thread.
const NEVER_CONNECTED: Backoff = Backoff::new(LONGEST_RETRY, LONGEST_RETRY);

#[derive(Clone, Copy, Debug)]
pub(super) enum Bus {
    System,
    Session,
}

/// A signal to follow.
pub(super) struct Signal {
    pub(super) sender: &'static str,
    pub(super) path: &'static str,
    pub(super) interface: &'static str,
    pub(super) member: &'static str,
}

/// An event of a bus.
pub(super) enum Heard {
    /// Connected: signals arrive from now on; earlier ones are lost.
    Begin {
        connection: Connection,
        is_again: bool,
    },
    Signal {
        connection: Connection,
        message: Message,
    },
    /// The connection was lost.
    End,
}

/// Runs until the receiver is dropped. Reconnects with back-off.
pub(super) async fn follow(bus: Bus, signals: &[Signal], told: mpsc::Sender<Heard>) {
    let build = move || match bus {
        Bus::System => Builder::system(),
        Bus::Session => Builder::session(),
    };
    follow_at(build, signals, &told).await;
}

async fn follow_at(
    build: impl Fn() -> zbus::Result<Builder<'static>>,
    signals: &[Signal],
    told: &mpsc::Sender<Heard>,
) {
    let mut backoff = NEVER_CONNECTED;
    let mut is_again = false;
    loop {
        match open(&build, signals).await {
            Ok((connection, mut heard)) => {
                let mut news = Heard::Begin { connection: connection.clone(), is_again };
                (backoff, is_again) = (Backoff::new(FIRST_RETRY, LONGEST_RETRY), true);
                loop {
                    if told.send(news).await.is_err() {
                        return;
                    }
                    // An error ends the connection.
                    let Some(Ok(message)) = heard.next().await else { break };
                    news = Heard::Signal { connection: connection.clone(), message };
                }
                debug!("bus connection ended");
                if told.send(Heard::End).await.is_err() {
                    return;
                }
            }
            Err(error) => debug!(error = %Chain(&error), "failed to connect to a bus"),
        }
        sleep(backoff.next_delay()).await;
    }
}

async fn open(
    build: &impl Fn() -> zbus::Result<Builder<'static>>,
    signals: &[Signal],
) -> zbus::Result<(Connection, SelectAll<MessageStream>)> {
    let connection = build()?.build().await?;
    let mut streams = SelectAll::new();
    for signal in signals {
        let rule = MatchRule::builder()
            .msg_type(message::Type::Signal)
            .sender(signal.sender)?
            .path(signal.path)?
            .interface(signal.interface)?
            .member(signal.member)?
            .build();
        streams.push(MessageStream::for_match_rule(rule, &connection, Some(WAITING)).await?);
    }
    Ok((connection, streams))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_bus::start_bus;

    const TEST: Signal = Signal {
        sender: "org.thinqtray.Test",
        path: "/test",
        interface: "org.thinqtray.Test",
        member: "Update",
    };

    async fn tell(address: &str, number: u32) {
        let teller = Builder::address(address).unwrap().build().await.unwrap();
        teller.request_name(TEST.sender).await.unwrap();
        teller
            .emit_signal(None::<&str>, TEST.path, TEST.interface, TEST.member, &number)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn what_a_bus_tells_is_heard_again_after_it_was_restarted() {
        let dir = tempfile::tempdir().unwrap();
        let (mut daemon, address) = start_bus(dir.path()).await;
        let (told, mut heard) = mpsc::channel(8);
        let at = address.clone();
        let following = follow_at(move || Builder::address(at.as_str()), &[TEST], &told);
        // A connection or its end, or the body of a signal.
        let mut next = async || match heard.recv().await.unwrap() {
            Heard::Begin { is_again, .. } => Err(Some(is_again)),
            Heard::End => Err(None),
            Heard::Signal { message, .. } => Ok(message.body().deserialize::<u32>().unwrap()),
        };
        let scenario = async {
            assert_eq!(next().await, Err(Some(false)));
            tell(&address, 1).await;
            assert_eq!(next().await, Ok(1));

            daemon.kill().await.unwrap();
            assert_eq!(next().await, Err(None));
            let (_daemon, address) = start_bus(dir.path()).await;

            assert_eq!(next().await, Err(Some(true)));
            tell(&address, 2).await;
            assert_eq!(next().await, Ok(2));
        };
        tokio::select! {
            () = following => panic!("it follows for ever"),
            () = scenario => {}
        }
    }
}

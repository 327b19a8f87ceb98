//! Calls to the provider: a limit of two concurrent calls, iteration over devices.

use std::{sync::Arc, time::Duration};

use model::{DeviceId, ProblemCode};
use thinq::{Chain, Error, Remedy};
use tokio::{sync::mpsc, time};
use tracing::warn;

use super::{CALLS_AT_A_TIME, Home};
use crate::inbound::Inbound;

/// Spacing between reads after a gap.
const BETWEEN_READS: Duration = Duration::from_millis(200);

/// Reason for a retry of part of the work.
#[derive(Clone, Debug, Default)]
#[must_use]
pub(super) struct Unfinished(pub(super) Option<Arc<Error>>);

impl Unfinished {
    /// Keeps the first reason.
    pub(super) fn note(&mut self, error: Arc<Error>) {
        self.0.get_or_insert(error);
    }

    pub(super) fn add(&mut self, other: Self) {
        if let Some(error) = other.0 {
            self.note(error);
        }
    }
}

/// Call to make for each device.
#[derive(Clone, Copy)]
pub(super) enum Ask<'a> {
    Push,
    Event,
    /// Adds missing subscriptions and removes unwanted ones.
    Mend,
    State {
        inbound: &'a mpsc::Sender<Inbound>,
        is_after_gap: bool,
    },
}

impl Home {
    /// Makes a call once fewer than two others are running.
    pub(super) async fn call<T>(
        &self,
        call: impl Future<Output = Result<T, Arc<Error>>>,
    ) -> Result<T, Arc<Error>> {
        let _permit = self.calls.acquire().await.expect("the semaphore is never closed");
        call.await
    }

    /// Makes a call for each device, two at a time. Failures of single devices do not stop the
    /// others; the first retryable one is returned at the end. A failure that affects all calls
    /// ends the iteration.
    pub(super) async fn ask_all(
        &self,
        ids: &[DeviceId],
        ask: Ask<'_>,
    ) -> Result<Unfinished, Arc<Error>> {
        let mut unfinished = Unfinished::default();
        for (round, pair) in ids.chunks(CALLS_AT_A_TIME).enumerate() {
            // Spread the load, as all clients return from an outage at the same time.
            if round > 0 && matches!(ask, Ask::State { .. }) {
                time::sleep(BETWEEN_READS).await;
            }
            let (one, other) = match pair {
                [one, other] => {
                    tokio::join!(self.ask(one, ask), self.ask(other, ask))
                }
                [one] => (self.ask(one, ask).await, Ok(())),
                _ => continue,
            };
            for error in [one, other].into_iter().filter_map(Result::err) {
                if stands_for_all(&error) {
                    return Err(error);
                }
                // Told once by the provider.
                if error.kind() != ProblemCode::FeatureMissing {
                    warn!(error = %Chain(&*error), "call for a device failed");
                }
                if error.remedy() == Remedy::Retry {
                    unfinished.note(error);
                }
            }
        }
        Ok(unfinished)
    }

    async fn ask(&self, id: &DeviceId, ask: Ask<'_>) -> Result<(), Arc<Error>> {
        match ask {
            Ask::Push => self.subscribe_push(id).await,
            Ask::Event => self.subscribe_event(id).await,
            Ask::Mend => self.mend_one(id).await,
            Ask::State { inbound, is_after_gap } => {
                let looked = self.look_at(id, inbound, is_after_gap).await;
                if looked.as_ref().is_err_and(|error| error.remedy() == Remedy::Retry) {
                    self.states_to_read.later(id.clone(), is_after_gap);
                }
                looked
            }
        }
    }
}

/// Whether the next call would fail in the same way.
pub(super) fn stands_for_all(error: &Error) -> bool {
    match error.remedy() {
        Remedy::Wait | Remedy::SignIn | Remedy::RefreshToken | Remedy::FixSettings => true,
        Remedy::Retry => error.api_code().is_none(),
        Remedy::TellUser => error.kind() == ProblemCode::Terms,
        Remedy::TreatAsSuccess => false,
    }
}

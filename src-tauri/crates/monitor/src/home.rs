//! The device list and its push and event subscriptions.
//!
//! The list is read at sign-in and when a message reports a change, never on a timer. Event
//! subscriptions last a day and are renewed before they expire. After a gap, subscriptions are
//! checked and each device's state is read once; after a push about an ending, only that device's
//! state. At most two calls run concurrently.

mod calls;
mod states;
mod subscriptions;

use std::{sync::Arc, time::Duration};

use model::{DeviceId, Problem, ProblemCode, UnixMs};
use parking_lot::Mutex;
use thinq::{Chain, Error, ListedDevice, Remedy};
use tokio::{
    sync::{Notify, Semaphore, mpsc, watch},
    task::spawn_blocking,
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use calls::Unfinished;
pub use states::ControlError;

use crate::{
    backoff::Backoff,
    budget::Budget,
    clock::Clock,
    event::DeviceName,
    home_view::HomeView,
    inbound::{Inbound, Names, StatesToRead},
    provider::ActiveProvider,
    status::EngineStatus,
    store::Store,
};

/// Debounce for changes, which come in groups: a new washer is registered and renamed in quick
/// succession.
const SETTLE: Duration = Duration::from_secs(2);
const FIRST_RETRY: Duration = Duration::from_secs(30);
const LONGEST_RETRY: Duration = Duration::from_hours(1);
const HOUR: Duration = Duration::from_hours(1);
/// Until LG's new terms are looked at again, which the user accepts elsewhere.
const TERMS_RETRY: Duration = Duration::from_mins(30);
pub(crate) const CALLS_AT_A_TIME: usize = 2;

#[derive(Clone)]
pub(crate) struct Home {
    pub(crate) provider: ActiveProvider,
    pub(crate) store: Arc<Store>,
    pub(crate) names: Names,
    pub(crate) status: watch::Sender<EngineStatus>,
    pub(crate) changed: Arc<Notify>,
    /// Devices in the list.
    pub(crate) present: Arc<Mutex<Vec<DeviceId>>>,
    pub(crate) renewed: Arc<Mutex<Option<Renewed>>>,
    pub(crate) budget: Budget,
    pub(crate) clock: Clock,
    pub(crate) view: HomeView,
    pub(crate) states_to_read: StatesToRead,
    /// Notified when the user switched a device or requested a full check.
    pub(crate) mend: Arc<Notify>,
    pub(crate) calls: Arc<Semaphore>,
    pub(crate) inbound: mpsc::WeakSender<Inbound>,
    /// An earlier run has listened with this sign-in.
    pub(crate) is_resumed: bool,
}

/// What a new connection may have missed.
#[derive(Debug, Default)]
pub(crate) struct Missed {
    /// Events may have been missed.
    pub(crate) events: Notify,
    /// All messages that were kept meanwhile have arrived.
    pub(crate) caught_up: Notify,
}

/// Time of the last event subscription by both clocks: the wall clock may be set, the monotonic
/// clock may stop during sleep.
#[derive(Clone, Copy)]
pub(crate) struct Renewed {
    at_ms: UnixMs,
    at: Instant,
}

/// Pending work of a round. Each flag is cleared once its work is done.
#[derive(Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a kind of work")]
struct Due {
    list: bool,
    /// The subscription to changes of the list.
    list_changes: bool,
    /// Finding out which subscriptions of an earlier run there are.
    adoption: bool,
    /// The service may have lost subscriptions.
    checks: bool,
    /// Events may have been missed.
    looks: bool,
}

impl Home {
    /// Runs until `stop`.
    pub(crate) async fn run(
        self,
        inbound: mpsc::Sender<Inbound>,
        missed: Arc<Missed>,
        stop: CancellationToken,
    ) {
        stop.run_until_cancelled(self.keep_up(&inbound, &missed)).await;
    }

    async fn keep_up(&self, inbound: &mpsc::Sender<Inbound>, missed: &Missed) {
        let mut backoff = Backoff::new(FIRST_RETRY, LONGEST_RETRY);
        // The list was read with the sign-in, if it is known already.
        let is_listed = !self.present().is_empty();
        let mut due = Due {
            list: !is_listed,
            list_changes: true,
            adoption: self.is_resumed && self.adopt_renewal().await,
            ..Due::default()
        };
        loop {
            while let Some(left) = self.budget.silence_left(self.provider.scope()) {
                tokio::select! {
                    () = time::sleep(left) => {}
                    // The loop condition checks whether the back-off was lifted.
                    () = self.changed.notified() => due.list = true,
                }
            }
            let result = self.round(&mut due, inbound).await;
            let failure = result.as_ref().map_or_else(Some, |unfinished| unfinished.0.as_ref());
            let problem = failure.map(|error| Problem::from(&**error));
            self.show_problem(problem.or_else(|| self.provider.missing_feature()));
            let wait = match result {
                Ok(Unfinished(None)) => {
                    backoff.reset();
                    self.renewal_left()
                }
                Ok(Unfinished(Some(_))) => backoff.next_delay().min(self.renewal_left()),
                Err(error) => {
                    warn!(error = %Chain(&*error), "failed to read the home");
                    self.retry_after(&error, backoff.next_delay())
                }
            };
            let wait = if self.states_to_read.is_empty() { wait } else { wait.min(HOUR) };
            let at = Instant::now() + wait;
            tokio::select! {
                () = time::sleep_until(at) => {}
                () = self.changed.notified() => {
                    due.list = true;
                    time::sleep(SETTLE).await;
                }
                () = missed.events.notified() => (due.checks, due.looks) = (true, true),
                // Subscriptions may be due for a renewal.
                () = missed.caught_up.notified() => {}
                () = self.states_to_read.changed() => time::sleep(SETTLE).await,
                () = self.mend.notified() => {}
            }
        }
    }

    fn show_problem(&self, problem: Option<Problem>) {
        self.status.send_if_modified(|status| {
            let is_new = status.home_problem != problem;
            status.home_problem = problem;
            is_new
        });
    }

    /// Runs all pending work, including subscriptions.
    async fn round(
        &self,
        due: &mut Due,
        inbound: &mpsc::Sender<Inbound>,
    ) -> Result<Unfinished, Arc<Error>> {
        if due.list {
            let devices = self.call(self.provider.devices()).await?;
            self.take_over(devices).await;
            due.list = false;
        }
        if due.adoption {
            self.adopt().await?;
            due.adoption = false;
        }
        let mut unfinished = Unfinished::default();
        if due.list_changes {
            unfinished.add(self.subscribe_device_list().await?);
            due.list_changes = unfinished.0.is_some();
        }
        due.looks |= self.have_events_run_out().await;
        let subscribed = self.subscribe(due.checks).await;
        self.show().await;
        let subscribed = subscribed?;
        due.checks &= subscribed.0.is_some();
        unfinished.add(subscribed);
        unfinished.add(self.look(due.looks, inbound).await?);
        due.looks = false;
        Ok(unfinished)
    }

    pub(crate) async fn take_over(&self, devices: Vec<ListedDevice>) {
        let count = u32::try_from(devices.len()).unwrap_or(u32::MAX);
        info!(count, "read the home");
        self.remember(&devices);
        self.status.send_modify(|status| status.devices = count);
        let store = Arc::clone(&self.store);
        match spawn_blocking(move || store.replace_devices(&devices)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => warn!(error = %Chain(&error), "failed to store devices"),
            Err(_) => warn!("failed to store devices"),
        }
        self.show().await;
    }

    fn remember(&self, devices: &[ListedDevice]) {
        let mut names = self.names.write();
        for device in devices {
            let device_type = Some(device.device_type.clone());
            let name = DeviceName { alias: device.alias.clone(), device_type };
            names.insert(device.id.clone(), name);
        }
        drop(names);
        let ids: Vec<_> = devices.iter().map(|device| device.id.clone()).collect();
        self.view.keep_only(&ids);
        *self.present.lock() = ids;
    }

    /// Whether this number of optional calls fits into the budget.
    pub(crate) fn has_room(&self, calls: usize) -> bool {
        let is_hourly = matches!(self.provider, ActiveProvider::Connect(_));
        self.budget.has_room(calls) && (!is_hourly || self.budget.has_room_this_hour(calls))
    }

    pub(crate) fn present(&self) -> Vec<DeviceId> {
        self.present.lock().clone()
    }

    /// Publishes the current home.
    pub(crate) async fn show(&self) {
        let view = self.view.clone();
        if spawn_blocking(move || view.refresh()).await.is_err() {
            warn!("failed to publish the home");
        }
    }

    fn retry_after(&self, error: &Error, retry: Duration) -> Duration {
        match error.remedy() {
            Remedy::Wait => self.budget.silence(self.provider.scope(), error.retry_after()),
            Remedy::Retry => retry,
            _ if error.kind() == ProblemCode::Terms => TERMS_RETRY,
            // Retrying sooner would not help.
            Remedy::SignIn
            | Remedy::RefreshToken
            | Remedy::FixSettings
            | Remedy::TellUser
            | Remedy::TreatAsSuccess => subscriptions::LONGEST_RENEWAL,
        }
    }
}

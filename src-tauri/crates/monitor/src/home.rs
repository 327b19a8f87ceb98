//! The home: which devices there are, and that their pushes and events are subscribed.
//!
//! Reads the list at sign-in and when a message says that it changed, never on a timer. Event
//! subscriptions last a day and are renewed twice in it. All calls go out two at a time.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use thinq::{AccessToken, Chain, Device, DeviceId, Error, Hub, Remedy};
use tokio::{
    sync::{Notify, watch},
    task::spawn_blocking,
    time::{self, Instant},
};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    event::DeviceName,
    ingest::Names,
    sign_in::TokenKeeper,
    status::{Status, Trouble},
    store::Store,
};

/// LG allows 1 to 24 hours. See `docs/protocol.md#subscriptions`.
const EVENT_HOURS: u8 = 24;
const RENEW_AFTER: Duration = Duration::from_hours(12);
/// Changes come in groups: a new washer is registered and renamed within a moment.
const SETTLE: Duration = Duration::from_secs(2);
const FIRST_RETRY: Duration = Duration::from_secs(30);
const LONGEST_RETRY: Duration = Duration::from_hours(1);
/// Together with one list call this keeps an idle home far below 50 calls a day.
const CALLS_AT_A_TIME: usize = 2;

#[derive(Clone)]
pub(crate) struct Home {
    pub(crate) hub: Hub,
    pub(crate) tokens: TokenKeeper,
    pub(crate) store: Arc<Store>,
    pub(crate) names: Names,
    pub(crate) status: watch::Sender<Status>,
    pub(crate) changed: Arc<Notify>,
    /// What is subscribed, to be given back at sign-out.
    pub(crate) present: Arc<Mutex<Vec<DeviceId>>>,
}

impl Home {
    /// Runs until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        stop.run_until_cancelled(self.keep_up()).await;
    }

    async fn keep_up(&self) {
        let mut retry = FIRST_RETRY;
        loop {
            let result = self.read_and_subscribe().await;
            self.show_trouble(result.as_ref().err().map(|error| Trouble::from(&**error)));
            let wait = match result {
                Ok(()) => {
                    retry = FIRST_RETRY;
                    RENEW_AFTER
                }
                Err(error) => {
                    warn!(error = %Chain(&*error), "the home could not be read");
                    let wait = retry_after(&error, retry);
                    retry = (retry * 2).min(LONGEST_RETRY);
                    wait
                }
            };
            let due = Instant::now() + wait;
            tokio::select! {
                () = time::sleep_until(due) => {}
                () = self.changed.notified() => time::sleep(SETTLE).await,
            }
        }
    }

    fn show_trouble(&self, trouble: Option<Trouble>) {
        self.status.send_if_modified(|status| {
            let is_new = status.home_trouble != trouble;
            status.home_trouble = trouble;
            is_new
        });
    }

    async fn read_and_subscribe(&self) -> Result<(), Arc<Error>> {
        let token = self.tokens.access_token().await?;
        let (devices, token) = match self.hub.devices(&token).await {
            Ok(devices) => (devices, token),
            Err(error) if error.remedy() == Remedy::RefreshToken => {
                self.tokens.refuse(&token).await;
                let token = self.tokens.access_token().await?;
                (self.hub.devices(&token).await?, token)
            }
            Err(error) => return Err(Arc::new(error)),
        };
        self.take_over(devices.clone()).await;
        self.subscribe(&token, &devices).await
    }

    async fn take_over(&self, devices: Vec<Device>) {
        let count = u32::try_from(devices.len()).unwrap_or(u32::MAX);
        info!(count, "the home was read");
        self.remember(&devices);
        self.status.send_modify(|status| status.devices = count);
        let store = Arc::clone(&self.store);
        match spawn_blocking(move || store.replace_devices(&devices)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => warn!(error = %Chain(&error), "devices could not be stored"),
            Err(_) => warn!("devices could not be stored"),
        }
    }

    fn remember(&self, devices: &[Device]) {
        let mut names = self.names.write().expect("no holder of the lock panics");
        for device in devices {
            let device_type = Some(device.device_type.clone());
            let name = DeviceName { alias: device.alias.clone(), device_type };
            names.insert(device.id.clone(), name);
        }
        drop(names);
        let ids = devices.iter().map(|device| device.id.clone()).collect();
        *self.present.lock().expect("no holder of the lock panics") = ids;
    }

    /// Subscribes pushes and events of every device. One device's failure is no other's; a
    /// failure that stands for all ends the round.
    async fn subscribe(&self, token: &AccessToken, devices: &[Device]) -> Result<(), Arc<Error>> {
        let mut first_failure = None;
        for pair in devices.chunks(CALLS_AT_A_TIME) {
            let results = match pair {
                [first, second] => {
                    let (a, b) = tokio::join!(
                        self.subscribe_one(token, first),
                        self.subscribe_one(token, second)
                    );
                    vec![a, b]
                }
                some => {
                    let mut results = Vec::new();
                    for device in some {
                        results.push(self.subscribe_one(token, device).await);
                    }
                    results
                }
            };
            for error in results.into_iter().filter_map(Result::err) {
                if stands_for_all(&error) {
                    return Err(Arc::new(error));
                }
                warn!(error = %Chain(&error), "a device could not be subscribed");
                first_failure.get_or_insert(error);
            }
        }
        match first_failure {
            Some(error) if error.remedy() == Remedy::Retry => Err(Arc::new(error)),
            Some(_) | None => Ok(()),
        }
    }

    /// Events may be missing for a key although pushes work; the app is useful with pushes alone.
    async fn subscribe_one(&self, token: &AccessToken, device: &Device) -> Result<(), Error> {
        self.hub.subscribe_push(token, &device.id).await?;
        match self.hub.subscribe_event(token, &device.id, EVENT_HOURS).await {
            Err(error) if error.remedy() == Remedy::TellUser => {
                info!(error = %Chain(&error), device = ?device.id, "no events for a device");
                Ok(())
            }
            result => result,
        }
    }

    /// Gives the subscriptions back, as far as it works.
    pub(crate) async fn unsubscribe_all(&self) {
        let Ok(token) = self.tokens.access_token().await else { return };
        let ids = self.present.lock().expect("no holder of the lock panics").clone();
        for id in ids {
            let (push, event) = tokio::join!(
                self.hub.unsubscribe_push(&token, &id),
                self.hub.unsubscribe_event(&token, &id)
            );
            for error in [push.err(), event.err()].into_iter().flatten() {
                warn!(error = %Chain(&error), "a subscription could not be given back");
                if stands_for_all(&error) {
                    return;
                }
            }
        }
    }
}

/// The next call would fail in the same way.
fn stands_for_all(error: &Error) -> bool {
    match error.remedy() {
        Remedy::Wait | Remedy::SignIn | Remedy::RefreshToken | Remedy::FixSettings => true,
        Remedy::Retry => error.api_code().is_none(),
        Remedy::TellUser | Remedy::TreatAsSuccess => false,
    }
}

fn retry_after(error: &Error, retry: Duration) -> Duration {
    match error.remedy() {
        Remedy::Wait => error.retry_after().unwrap_or_default().max(LONGEST_RETRY),
        Remedy::Retry => retry,
        // Nothing that trying again would change.
        Remedy::SignIn
        | Remedy::RefreshToken
        | Remedy::FixSettings
        | Remedy::TellUser
        | Remedy::TreatAsSuccess => RENEW_AFTER,
    }
}

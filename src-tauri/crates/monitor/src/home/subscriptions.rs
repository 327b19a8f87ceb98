//! Push and event subscriptions of all watched devices.

use std::{sync::Arc, time::Duration};

use model::{DeviceId, Problem, Subscription, UnixMs};
use thinq::{Chain, EVENT_HOURS, Error, Remedy};
use tokio::{task::spawn_blocking, time::Instant};
use tracing::{info, warn};

use super::{
    Home, Renewed,
    calls::{Ask, Unfinished, stands_for_all},
};
use crate::{home_view::Subscriptions, provider::ActiveProvider, store::EVENTS_SUBSCRIBED_AT};

const SHORTEST_RENEWAL: Duration = Duration::from_hours(12);
/// Leaves two hours for an outage of the hub.
pub(super) const LONGEST_RENEWAL: Duration = Duration::from_hours(22);
/// An idle day may use 50 calls, 30 of which refresh an access token with a lifetime of an hour.
const RENEWALS_A_DAY: u32 = 20;

/// `None` where there is no such list.
type SubscriptionList = Result<Option<Vec<DeviceId>>, Arc<Error>>;

/// Renews twice a day while an idle day stays within 50 calls, less often for larger homes.
fn renew_after(devices: usize) -> Duration {
    let devices = u32::try_from(devices).unwrap_or(u32::MAX);
    (Duration::from_hours(24) / RENEWALS_A_DAY)
        .saturating_mul(devices)
        .clamp(SHORTEST_RENEWAL, LONGEST_RENEWAL)
}

impl Home {
    /// Adds missing subscriptions, cancels those of switched-off devices and renews expiring ones.
    /// `is_unsure` checks whether the service still has the subscriptions.
    pub(super) async fn subscribe(&self, is_unsure: bool) -> Result<Unfinished, Arc<Error>> {
        let is_first = self.renewed().is_none();
        let is_due = self.renewal_left().is_zero();
        if is_due {
            self.provider.ask_again();
        }
        let (now_ms, now) = ((self.clock)(), Instant::now());
        let present = self.present();
        let lacking: Vec<_> = present.into_iter().filter(|id| !self.is_settled(id)).collect();
        let mut unfinished = self.ask_all(&lacking, Ask::Mend).await?;
        if is_due && !is_first {
            let renewable: Vec<_> =
                self.with_events().into_iter().filter(|id| !lacking.contains(id)).collect();
            unfinished.add(self.ask_all(&renewable, Ask::Event).await?);
        } else if is_unsure {
            unfinished.add(self.check().await?);
        }
        // Failed devices remain unsettled and are retried without renewing the others.
        if is_first || is_due {
            let renewed = Renewed { at_ms: now_ms, at: now };
            *self.renewed.lock() = Some(renewed);
            self.note_events_subscribed(now_ms).await;
        }
        Ok(unfinished)
    }

    /// Time left until event subscriptions must be renewed; zero without any. Considers the wall
    /// clock as well, since subscriptions expire while the computer sleeps.
    pub(super) fn renewal_left(&self) -> Duration {
        let Some(renewed) = self.renewed() else { return Duration::ZERO };
        let length = renew_after(self.with_events().len());
        let passed_ms = (self.clock)().saturating_sub(renewed.at_ms);
        // Ignore a clock that was set back.
        let by_day = u64::try_from(passed_ms).map_or(LONGEST_RENEWAL, Duration::from_millis);
        length.saturating_sub(by_day.max(renewed.at.elapsed()))
    }

    /// Whether event subscriptions ended before they were renewed, so that a broker had no messages
    /// to keep. A hub keeps none in any case.
    pub(super) async fn have_events_run_out(&self) -> bool {
        const LENGTH: Duration = Duration::from_hours(EVENT_HOURS as u64);
        if let ActiveProvider::Hub(_) = self.provider {
            return false;
        }
        let renewed_at_ms = if let Some(renewed) = self.renewed() {
            if renewed.at.elapsed() >= LENGTH {
                return true;
            }
            Some(renewed.at_ms)
        } else {
            self.events_subscribed_at_ms().await
        };
        renewed_at_ms.is_some_and(|at_ms: UnixMs| {
            let passed_ms = (self.clock)().saturating_sub(at_ms);
            u64::try_from(passed_ms).is_ok_and(|passed| Duration::from_millis(passed) >= LENGTH)
        })
    }

    /// Time of the last event subscription, from an earlier run as well.
    async fn events_subscribed_at_ms(&self) -> Option<UnixMs> {
        let store = Arc::clone(&self.store);
        let known = spawn_blocking(move || store.fact(EVENTS_SUBSCRIBED_AT)).await;
        known.ok().and_then(Result::ok).flatten().and_then(|at_ms| at_ms.parse().ok())
    }

    /// Takes over the time of the last event subscription of an earlier run. Returns whether its
    /// subscriptions should still exist; those of a hub are always made anew.
    pub(super) async fn adopt_renewal(&self) -> bool {
        if let ActiveProvider::Hub(_) = self.provider {
            return false;
        }
        let Some(at_ms) = self.events_subscribed_at_ms().await else { return false };
        let passed_ms = (self.clock)().saturating_sub(at_ms);
        let Ok(passed) = u64::try_from(passed_ms).map(Duration::from_millis) else { return false };
        let at = Instant::now().checked_sub(passed);
        let Some(at) = at.filter(|_| passed < LONGEST_RENEWAL) else { return false };
        let renewed = Some(Renewed { at_ms, at });
        *self.renewed.lock() = renewed;
        true
    }

    /// Finds out which subscriptions of an earlier run there are, which costs two calls instead of
    /// two for each device.
    pub(super) async fn adopt(&self) -> Result<(), Arc<Error>> {
        let (pushes, events) = self.lists().await;
        let listed = |answer: SubscriptionList| match answer {
            Ok(ids) => Ok(ids.unwrap_or_default()),
            Err(error) if stands_for_all(&error) => Err(error),
            // They are made anew.
            Err(_) => Ok(Vec::new()),
        };
        let (pushes, events) = (listed(pushes)?, listed(events)?);
        for id in self.present().into_iter().filter(|id| self.is_watched(id)) {
            self.view.note(&id, |known| {
                if pushes.contains(&id) {
                    known.push = Subscription::Active;
                }
                if events.contains(&id) {
                    known.events = Subscription::Active;
                }
            });
        }
        Ok(())
    }

    /// The subscriptions that the service has to pushes and to events.
    async fn lists(&self) -> (SubscriptionList, SubscriptionList) {
        tokio::join!(
            self.call(self.provider.push_subscriptions()),
            self.call(self.provider.event_subscriptions())
        )
    }

    async fn note_events_subscribed(&self, at_ms: UnixMs) {
        let store = Arc::clone(&self.store);
        let noted =
            spawn_blocking(move || store.set_fact(EVENTS_SUBSCRIBED_AT, Some(&at_ms.to_string())));
        if let Ok(Err(error)) = noted.await {
            warn!(error = %Chain(&error), "failed to store the time of the subscriptions");
        }
    }

    /// Without the feature, devices that were added or renamed are noticed by their messages.
    pub(super) async fn subscribe_device_list(&self) -> Result<Unfinished, Arc<Error>> {
        match self.call(self.provider.subscribe_device_list()).await {
            Ok(()) => Ok(Unfinished::default()),
            Err(error) if stands_for_all(&error) => Err(error),
            Err(error) => {
                warn!(error = %Chain(&*error), "failed to subscribe to changes of the home");
                let is_retried = error.remedy() == Remedy::Retry;
                Ok(Unfinished(is_retried.then_some(error)))
            }
        }
    }

    /// Time of the last event subscription in this session.
    pub(crate) fn renewed_at_ms(&self) -> Option<UnixMs> {
        self.renewed().map(|renewed| renewed.at_ms)
    }

    fn renewed(&self) -> Option<Renewed> {
        *self.renewed.lock()
    }

    fn with_events(&self) -> Vec<DeviceId> {
        let has_events = |id: &DeviceId| self.view.of(id).events == Subscription::Active;
        self.present().into_iter().filter(has_events).collect()
    }

    /// Whether a device needs no call.
    fn is_settled(&self, id: &DeviceId) -> bool {
        let Subscriptions { push, events } = self.view.of(id);
        if self.is_watched(id) {
            let is_answered = |subscription: &Subscription| {
                matches!(subscription, Subscription::Active | Subscription::Unsupported)
            };
            is_answered(&push) && is_answered(&events)
        } else {
            push == Subscription::Off && events == Subscription::Off
        }
    }

    /// Whether a device is not switched off, as far as known.
    pub(super) fn is_watched(&self, id: &DeviceId) -> bool {
        self.store.is_watched(id).unwrap_or(true)
    }

    pub(super) async fn mend_one(&self, id: &DeviceId) -> Result<(), Arc<Error>> {
        if !self.is_watched(id) {
            return self.unsubscribe(id).await;
        }
        let before = self.view.of(id);
        let is_missing = |subscription: &Subscription| {
            !matches!(subscription, Subscription::Active | Subscription::Unsupported)
        };
        let mut failure = None;
        if is_missing(&before.push)
            && let Err(error) = self.subscribe_push(id).await
        {
            if stands_for_all(&error) {
                return Err(error);
            }
            failure = Some(error);
        }
        if is_missing(&before.events) {
            self.subscribe_event(id).await?;
        }
        failure.map_or(Ok(()), Err)
    }

    pub(super) async fn subscribe_push(&self, id: &DeviceId) -> Result<(), Arc<Error>> {
        let result = self.call(self.provider.subscribe_push(id)).await;
        self.view.note(id, |known| known.push = outcome(&result));
        told(result, id)
    }

    /// Events may be unavailable for a key although pushes work; pushes alone are still useful.
    pub(super) async fn subscribe_event(&self, id: &DeviceId) -> Result<(), Arc<Error>> {
        let result = self.call(self.provider.subscribe_event(id)).await;
        self.view.note(id, |known| known.events = outcome(&result));
        told(result, id)
    }

    async fn unsubscribe(&self, id: &DeviceId) -> Result<(), Arc<Error>> {
        let (push, event) = tokio::join!(
            self.call(self.provider.unsubscribe_push(id)),
            self.call(self.provider.unsubscribe_event(id))
        );
        self.view.note(id, |known| {
            if push.is_ok() {
                known.push = Subscription::Off;
            }
            if event.is_ok() {
                known.events = Subscription::Off;
            }
        });
        push.and(event)
    }

    /// Checks which subscriptions the service still has and restores missing ones. If the hub does
    /// not support listing, assumes that they exist.
    async fn check(&self) -> Result<Unfinished, Arc<Error>> {
        if !self.has_room(2) {
            return Ok(Unfinished::default());
        }
        let (pushes, events) = match self.lists().await {
            (Ok(pushes), Ok(events)) => (pushes, events),
            (Err(error), _) | (_, Err(error)) if stands_for_all(&error) => {
                return Err(error);
            }
            (Err(error), _) | (_, Err(error)) if error.remedy() == Remedy::Retry => {
                return Ok(Unfinished(Some(error)));
            }
            // One kind may be unavailable; the other still works.
            (pushes, events) => (pushes.unwrap_or(None), events.unwrap_or(None)),
        };
        let lost = |known: Option<Vec<DeviceId>>, expected: Vec<DeviceId>| match known {
            Some(known) => expected.into_iter().filter(|id| !known.contains(id)).collect(),
            None => Vec::new(),
        };
        let has_push = |id: &DeviceId| self.view.of(id).push == Subscription::Active;
        let lost_pushes = lost(pushes, self.present().into_iter().filter(has_push).collect());
        let lost_events = lost(events, self.with_events());
        if !lost_pushes.is_empty() || !lost_events.is_empty() {
            let (pushes, events) = (lost_pushes.len(), lost_events.len());
            warn!(pushes, events, "subscriptions lost");
        }
        let mut unfinished = self.ask_all(&lost_pushes, Ask::Push).await?;
        unfinished.add(self.ask_all(&lost_events, Ask::Event).await?);
        Ok(unfinished)
    }

    /// Cancels all subscriptions on a best-effort basis.
    pub(crate) async fn unsubscribe_all(&self) {
        if let Err(error) = self.provider.unsubscribe_device_list().await {
            warn!(error = %Chain(&*error), "failed to cancel a subscription");
            if stands_for_all(&error) {
                return;
            }
        }
        for id in self.present().into_iter().filter(|id| self.is_watched(id)) {
            if let Err(error) = self.unsubscribe(&id).await {
                warn!(error = %Chain(&*error), "failed to cancel a subscription");
                if stands_for_all(&error) {
                    return;
                }
            }
        }
    }
}

fn outcome(result: &Result<(), Arc<Error>>) -> Subscription {
    match result {
        Ok(()) => Subscription::Active,
        Err(error) if is_unsupported(error) => Subscription::Unsupported,
        Err(error) => Subscription::Failed { problem: Problem::from(&**error) },
    }
}

fn is_unsupported(error: &Error) -> bool {
    matches!(error.api_code(), Some("1214" | "1219" | "1220" | "1221"))
}

/// Treats subscriptions that LG does not offer for a device as answered, not failed.
fn told(result: Result<(), Arc<Error>>, id: &DeviceId) -> Result<(), Arc<Error>> {
    match result {
        Err(error) if is_unsupported(&error) => {
            info!(error = %Chain(&*error), device = ?id, "subscription unsupported by the device");
            Ok(())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_renewed_twice_a_day_unless_that_costs_too_many_calls() {
        for (devices, hours) in
            [(0, 12.0), (1, 12.0), (10, 12.0), (12, 14.4), (18, 21.6), (60, 22.0)]
        {
            let length = renew_after(devices);
            assert!((length.as_secs_f64() / 3600.0 - hours).abs() < 0.01, "{devices}: {length:?}");
        }
    }

    #[test]
    fn an_idle_day_of_a_dozen_devices_stays_within_50_calls() {
        const REFRESHES: f64 = 30.0;
        for devices in 1..=12_u8 {
            let rounds = 24.0 * 3600.0 / renew_after(devices.into()).as_secs_f64();
            assert!(REFRESHES + rounds * f64::from(devices) <= 50.0, "{devices} devices");
        }
    }
}

//! Push and event subscriptions of all watched devices.

use std::{sync::Arc, time::Duration};

use model::{DeviceId, Problem, Subscription};
use thinq::{AccessToken, Chain, Error};
use tokio::time::Instant;
use tracing::{info, warn};

use super::{
    Home, Renewed,
    calls::{Ask, Unfinished, stands_for_all},
};
use crate::home_view::Subscriptions;

/// LG accepts 1 to 24 hours. See `docs/protocol.md#subscriptions`.
const EVENT_HOURS: u8 = 24;
const SHORTEST_RENEWAL: Duration = Duration::from_hours(12);
/// Leaves two hours for an outage of the hub.
pub(super) const LONGEST_RENEWAL: Duration = Duration::from_hours(22);
/// An idle day may use 50 calls, 30 of which refresh an access token with a lifetime of an hour.
const RENEWALS_A_DAY: u32 = 20;

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
    pub(super) async fn subscribe(
        &self,
        token: &AccessToken,
        is_unsure: bool,
    ) -> Result<Unfinished, Arc<Error>> {
        let is_first = self.renewed().is_none();
        let is_due = self.renewal_left().is_zero();
        let (now_ms, now) = ((self.clock)(), Instant::now());
        let present = self.present();
        let lacking: Vec<_> = present.into_iter().filter(|id| !self.is_settled(id)).collect();
        let mut unfinished = self.ask_all(token, &lacking, Ask::Mend).await?;
        if is_due && !is_first {
            let renewable: Vec<_> =
                self.with_events().into_iter().filter(|id| !lacking.contains(id)).collect();
            unfinished.add(self.ask_all(token, &renewable, Ask::Event).await?);
        } else if is_unsure {
            unfinished.add(self.check(token).await?);
        }
        // Failed devices remain unsettled and are retried without renewing the others.
        if is_first || is_due {
            let renewed = Renewed { at_ms: now_ms, at: now };
            *self.renewed.lock().expect("no holder of the lock panics") = Some(renewed);
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

    fn renewed(&self) -> Option<Renewed> {
        *self.renewed.lock().expect("no holder of the lock panics")
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

    pub(super) async fn mend_one(&self, token: &AccessToken, id: &DeviceId) -> Result<(), Error> {
        if !self.is_watched(id) {
            return self.unsubscribe(token, id).await;
        }
        let before = self.view.of(id);
        let is_missing = |subscription: &Subscription| {
            !matches!(subscription, Subscription::Active | Subscription::Unsupported)
        };
        let mut failure = None;
        if is_missing(&before.push)
            && let Err(error) = self.subscribe_push(token, id).await
        {
            if stands_for_all(&error) {
                return Err(error);
            }
            failure = Some(error);
        }
        if is_missing(&before.events) {
            self.subscribe_event(token, id).await?;
        }
        failure.map_or(Ok(()), Err)
    }

    pub(super) async fn subscribe_push(
        &self,
        token: &AccessToken,
        id: &DeviceId,
    ) -> Result<(), Error> {
        let result = self.hub.subscribe_push(token, id).await;
        self.view.note(id, |known| known.push = outcome(&result));
        told(result, id)
    }

    /// Events may be unavailable for a key although pushes work; pushes alone are still useful.
    pub(super) async fn subscribe_event(
        &self,
        token: &AccessToken,
        id: &DeviceId,
    ) -> Result<(), Error> {
        let result = self.hub.subscribe_event(token, id, EVENT_HOURS).await;
        self.view.note(id, |known| known.events = outcome(&result));
        told(result, id)
    }

    async fn unsubscribe(&self, token: &AccessToken, id: &DeviceId) -> Result<(), Error> {
        let (push, event) = tokio::join!(
            self.hub.unsubscribe_push(token, id),
            self.hub.unsubscribe_event(token, id)
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
    async fn check(&self, token: &AccessToken) -> Result<Unfinished, Arc<Error>> {
        if !self.budget.has_room(2) {
            return Ok(Unfinished::default());
        }
        let (pushes, events) =
            tokio::join!(self.hub.push_subscriptions(token), self.hub.event_subscriptions(token));
        let (pushes, events) = match (pushes, events) {
            (Ok(pushes), Ok(events)) => (pushes, events),
            (Err(error), _) | (_, Err(error)) if stands_for_all(&error) => {
                return Err(Arc::new(error));
            }
            (Err(error), _) | (_, Err(error)) => return Ok(Unfinished(Some(Arc::new(error)))),
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
        let mut unfinished = self.ask_all(token, &lost_pushes, Ask::Push).await?;
        unfinished.add(self.ask_all(token, &lost_events, Ask::Event).await?);
        Ok(unfinished)
    }

    /// Cancels all subscriptions on a best-effort basis.
    pub(crate) async fn unsubscribe_all(&self) {
        let Ok(token) = self.tokens.access_token().await else { return };
        for id in self.present().into_iter().filter(|id| self.is_watched(id)) {
            if let Err(error) = self.unsubscribe(&token, &id).await {
                warn!(error = %Chain(&error), "failed to cancel a subscription");
                if stands_for_all(&error) {
                    return;
                }
            }
        }
    }
}

fn outcome(result: &Result<(), Error>) -> Subscription {
    match result {
        Ok(()) => Subscription::Active,
        Err(error) if is_unsupported(error) => Subscription::Unsupported,
        Err(error) => Subscription::Failed { problem: Problem::from(error) },
    }
}

fn is_unsupported(error: &Error) -> bool {
    matches!(error.api_code(), Some("1214" | "1219" | "1220" | "1221"))
}

/// Treats subscriptions that LG does not offer for a device as answered, not failed.
fn told(result: Result<(), Error>, id: &DeviceId) -> Result<(), Error> {
    match result {
        Err(error) if is_unsupported(&error) => {
            info!(error = %Chain(&error), device = ?id, "subscription unsupported by the device");
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

//! Energy that devices used: asked for when the user looks, from the store otherwise.

use std::sync::Arc;

use jiff::{ToSpan as _, Zoned, civil::Date};
use model::{DeviceEnergy, DeviceId, EnergyUse, Problem, UnixMs};
use thinq::{
    Error,
    connect::{EnergyDate, EnergyPeriod, EnergyUsage},
};
use tokio::task::spawn_blocking;
use tracing::warn;

use super::{Monitor, Shared};
use crate::{
    clock::day_of,
    provider::{ActiveProvider, ConnectProvider},
    store::{EnergyRead, StoreError},
};

/// Calls for a device on a day; LG limits calls.
const MOST_CALLS: u32 = 4;
/// Values by day and by month.
const CALLS_OF_A_READ: u32 = 2;
/// LG publishes values some hours late, so asking more often is of no use.
const FRESH_MS: i64 = 6 * 60 * 60 * 1000;
/// How long it is remembered that a device measures nothing.
const NOTHING_FOR_MS: i64 = 7 * 24 * 60 * 60 * 1000;
const DAYS: i64 = 31;
const MONTHS: i64 = 12;

/// Why the energy of a device is not known.
#[derive(Debug, thiserror::Error)]
pub enum EnergyError {
    #[error("history failed")]
    Store(#[from] StoreError),

    #[error("service did not tell the energy")]
    Service(Problem),
}

impl Monitor {
    /// `None` for a device that LG does not measure. Costs at most four calls a day.
    pub async fn energy(&self, id: &DeviceId) -> Result<Option<DeviceEnergy>, EnergyError> {
        let shared = &self.shared;
        // One read at a time, or two readers would each make the calls.
        let _turn = shared.energy_turn.lock().await;
        let home = self.signed_in_home().await.filter(|home| home.has_room(MOST_CALLS as usize));
        let provider = home.and_then(|home| match home.provider {
            ActiveProvider::Connect(provider) => Some(provider),
            ActiveProvider::Hub(_) => None,
        });
        let known = shared.energy_known(id).await?;
        let now_ms = (shared.clock)();
        let mut problem = None;
        if let Some(provider) = provider
            && is_due(known.as_ref(), now_ms)
            && let Err(error) = shared.read_energy(&provider, id, known, now_ms).await?
        {
            warn!(error = %thinq::Chain(&*error), "failed to read the energy of a device");
            problem = Some(Problem::from(&*error));
        }
        let (store, known) = (Arc::clone(&shared.store), id.clone());
        let energy = spawn_blocking(move || store.energy(&known)).await.unwrap_or(Ok(None))?;
        match problem {
            // Older values are of more use than an error.
            Some(problem) if energy.as_ref().is_none_or(|energy| energy.read_at_ms == 0) => {
                Err(EnergyError::Service(problem))
            }
            Some(_) | None => Ok(energy),
        }
    }
}

impl Shared {
    async fn energy_known(&self, id: &DeviceId) -> Result<Option<EnergyRead>, StoreError> {
        let (store, id) = (Arc::clone(&self.store), id.clone());
        spawn_blocking(move || store.energy_read(&id)).await.unwrap_or(Ok(None))
    }

    /// Notes each call even if the next one fails.
    async fn read_energy(
        &self,
        provider: &ConnectProvider,
        id: &DeviceId,
        known: Option<EnergyRead>,
        now_ms: UnixMs,
    ) -> Result<Result<(), Arc<Error>>, StoreError> {
        let day = day_of(now_ms);
        let mut read = known.unwrap_or_default();
        if read.day != day {
            (read.day, read.calls) = (day, 0);
        }
        if read.property.is_none() {
            read.calls += 1;
            match provider.energy_profile(id).await {
                Ok(properties) => read.property = properties.into_iter().next(),
                Err(error) => return Ok(Err(error)),
            }
        }
        let mut uses = Vec::new();
        let mut failure = None;
        if let Some(property) = &read.property {
            read.calls += CALLS_OF_A_READ;
            match self.energy_uses(provider, id, property, now_ms).await {
                Ok(found) => uses = found,
                Err(error) => failure = Some(error),
            }
        }
        if failure.is_none() {
            read.read_at_ms = now_ms;
        }
        let (store, id) = (Arc::clone(&self.store), id.clone());
        let kept = spawn_blocking(move || store.keep_energy(&id, &read, &uses)).await;
        kept.unwrap_or(Ok(()))?;
        Ok(failure.map_or(Ok(()), Err))
    }

    async fn energy_uses(
        &self,
        provider: &ConnectProvider,
        id: &DeviceId,
        property: &str,
        now_ms: UnixMs,
    ) -> Result<Vec<EnergyUse>, Arc<Error>> {
        let now = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default();
        let today = Zoned::new(now, self.judge.zone()).date();
        let first_day = today.saturating_sub((DAYS - 1).days());
        let first_month = today.first_of_month().saturating_sub((MONTHS - 1).months());
        let mut uses = Vec::new();
        for (period, first) in
            [(EnergyPeriod::Daily, first_day), (EnergyPeriod::Monthly, first_month)]
        {
            let (first, last) = (date(first), date(today));
            let found = provider.energy_usage(id, property, period, first, last).await?;
            uses.extend(found.into_iter().map(|usage| to_use(usage, period)));
        }
        Ok(uses)
    }
}

/// Whether new values may be there, and the calls for them are left.
fn is_due(known: Option<&EnergyRead>, now_ms: UnixMs) -> bool {
    let Some(read) = known else { return true };
    let age_ms = now_ms.saturating_sub(read.read_at_ms);
    let is_today = read.day == day_of(now_ms);
    if read.property.is_none() {
        return age_ms >= NOTHING_FOR_MS && !(is_today && read.calls >= MOST_CALLS);
    }
    let calls = if is_today { read.calls } else { 0 };
    age_ms >= FRESH_MS && calls + CALLS_OF_A_READ <= MOST_CALLS
}

fn date(date: Date) -> EnergyDate {
    EnergyDate {
        year: date.year().unsigned_abs(),
        month: date.month().unsigned_abs(),
        day: date.day().unsigned_abs(),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "rounded, not negative, and clamped"
)]
fn to_use(EnergyUsage { date, watt_hours }: EnergyUsage, period: EnergyPeriod) -> EnergyUse {
    let EnergyDate { year, month, day } = date;
    EnergyUse {
        date: match period {
            EnergyPeriod::Daily => format!("{year:04}-{month:02}-{day:02}"),
            EnergyPeriod::Monthly => format!("{year:04}-{month:02}"),
        },
        watt_hours: watt_hours.round().clamp(0.0, f64::from(u32::MAX)) as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = 60 * 60 * 1000;
    const NOW_MS: i64 = 20_000 * 24 * HOUR_MS + 12 * HOUR_MS;

    #[test]
    fn a_device_costs_four_calls_a_day_at_most_and_one_a_week_without_energy() {
        let property = Some(String::from("energyUsage"));
        let read = |hours_ago: i64, calls, property: &Option<String>| EnergyRead {
            read_at_ms: NOW_MS - hours_ago * HOUR_MS,
            day: day_of(NOW_MS - hours_ago * HOUR_MS),
            calls,
            property: property.clone(),
        };
        for (known, expected) in [
            (None, true),
            (Some(read(1, 3, &property)), false),
            (Some(read(7, 3, &property)), false),
            (Some(read(7, 2, &property)), true),
            (Some(read(7, 4, &property)), false),
            (Some(read(24, 4, &property)), true),
            (Some(read(24, 1, &None)), false),
            (Some(read(7 * 24, 1, &None)), true),
        ] {
            assert_eq!(is_due(known.as_ref(), NOW_MS), expected, "{known:?}");
        }
    }
}

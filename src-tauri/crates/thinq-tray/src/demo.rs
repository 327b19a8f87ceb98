//! Demo mode: a simulated home in this process. Nothing differs but the service's address.

use std::io;

use contract::Demo;
use monitor::ServiceSettings;
use thinq_sim::{DEFAULT_ACCOUNT, DEFAULT_PASSWORD, Sim, SimSettings};

/// An hour of the home's day in a minute.
const SPEED: f64 = 60.0;

pub(crate) async fn start(service: &mut ServiceSettings) -> io::Result<(Sim, Demo)> {
    let sim = Sim::start(SimSettings { speed: SPEED, ..SimSettings::default() }).await?;
    service.hub_url = sim.hub_url();
    service.callback_url = sim.callback_url();
    let demo = Demo { account: DEFAULT_ACCOUNT.to_owned(), password: DEFAULT_PASSWORD.to_owned() };
    Ok((sim, demo))
}

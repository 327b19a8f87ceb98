//! `simulate`: the simulated service as a program of its own.

use clap::Args;
use serde::Serialize;
use thinq_sim::{DEFAULT_ACCOUNT, DEFAULT_PASSWORD, Sim, SimSettings};
use url::Url;

use super::{Exit, say_json};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Port of the hub; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    hub_port: u16,

    /// Port of the callback; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    callback_port: u16,

    /// Seconds of the home's day in a real second; 0 lets it stand still
    #[arg(long, default_value_t = 60.0, value_parser = speed)]
    speed: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Addresses {
    hub_url: Url,
    callback_url: Url,
    account: &'static str,
    password: &'static str,
    devices: Vec<Device>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Device {
    id: String,
    #[serde(rename = "deviceType")]
    kind: String,
    alias: String,
}

fn speed(text: &str) -> Result<f64, String> {
    let speed: f64 = text.parse().map_err(|_| String::from("not a number"))?;
    if (0.0..=100_000.0).contains(&speed) { Ok(speed) } else { Err(String::from("0 to 100000")) }
}

pub(super) async fn run(options: Options) -> anyhow::Result<Exit> {
    let settings = SimSettings {
        hub_port: options.hub_port,
        callback_port: options.callback_port,
        speed: options.speed,
        ..SimSettings::default()
    };
    let sim = Sim::start(settings).await?;
    let devices = sim
        .devices()
        .into_iter()
        .map(|device| Device { id: device.id, kind: device.device_type, alias: device.alias })
        .collect();
    say_json(&Addresses {
        hub_url: sim.hub_url(),
        callback_url: sim.callback_url(),
        account: DEFAULT_ACCOUNT,
        password: DEFAULT_PASSWORD,
        devices,
    })?;
    tokio::signal::ctrl_c().await?;
    sim.stop().await;
    Ok(Exit::Done)
}

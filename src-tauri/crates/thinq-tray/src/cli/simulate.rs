//! `simulate`: runs the simulated service on its own.

use std::{env, fs, net::SocketAddr, path::PathBuf, process};

use clap::Args;
use serde::Serialize;
use thinq_sim::{ConnectSettings, DEFAULT_ACCOUNT, DEFAULT_PASSWORD, Sim, SimSettings};
use url::Url;

use super::{Exit, say_json};

#[derive(Debug, Args)]
pub(super) struct Options {
    /// Port of the hub; 0 selects a free port
    #[arg(long, default_value_t = 0)]
    hub_port: u16,

    /// Port of the callback; 0 selects a free port
    #[arg(long, default_value_t = 0)]
    callback_port: u16,

    /// Also print the addresses of ThinQ Connect
    #[arg(long)]
    connect: bool,

    /// Address of ThinQ Connect's API; port 0 selects a free port
    #[arg(long, default_value = "127.0.0.1:0")]
    connect_address: SocketAddr,

    /// Address of ThinQ Connect's MQTT service; port 0 selects a free port
    #[arg(long, default_value = "127.0.0.1:0")]
    mqtt_address: SocketAddr,

    /// MQTT address returned to clients [default: mqtts://localhost:PORT]
    #[arg(long)]
    mqtt_server: Option<String>,

    /// File for the root certificate of ThinQ Connect's services [default: a temporary one]
    #[arg(long)]
    root_certificate: Option<PathBuf>,

    /// Simulated seconds per real second; 0 stops the simulated clock
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
    #[serde(skip_serializing_if = "Option::is_none")]
    connect: Option<ConnectAddresses>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ConnectAddresses {
    /// Over plain HTTP; the same port takes HTTPS.
    url: Url,
    mqtt_server: String,
    token: String,
    country: String,
    root_certificate: Option<PathBuf>,
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
    let own_root = (options.connect && options.root_certificate.is_none())
        .then(|| env::temp_dir().join(format!("thinq-tray-root-{}.pem", process::id())));
    let settings = SimSettings {
        hub_port: options.hub_port,
        callback_port: options.callback_port,
        speed: options.speed,
        connect: ConnectSettings {
            api_address: options.connect_address,
            mqtt_address: options.mqtt_address,
            mqtt_server: options.mqtt_server,
            // As at AWS.
            requires_alpn: options.mqtt_address.port() == 443,
            root_path: options.root_certificate.or_else(|| own_root.clone()),
            ..ConnectSettings::default()
        },
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
        connect: options.connect.then(|| ConnectAddresses {
            url: sim.connect_url(),
            mqtt_server: sim.mqtt_server(),
            token: sim.connect_settings().token.clone(),
            country: sim.connect_settings().country.clone(),
            root_certificate: sim.connect_settings().root_path.clone(),
        }),
    })?;
    tokio::signal::ctrl_c().await?;
    sim.stop().await;
    if let Some(path) = own_root {
        fs::remove_file(path)?;
    }
    Ok(Exit::Done)
}

//! Contents of the private keyring.

use std::collections::HashMap;

use zbus::{
    Connection, Proxy,
    zvariant::{OwnedObjectPath, OwnedValue},
};

pub(crate) type Attributes = HashMap<String, String>;

const SERVICE: &str = "org.freedesktop.secrets";
const DEFAULT_COLLECTION: &str = "/org/freedesktop/secrets/aliases/default";

pub(super) async fn attributes(bus: &Connection) -> anyhow::Result<Vec<Attributes>> {
    let collection = "org.freedesktop.Secret.Collection";
    let items: Vec<OwnedObjectPath> =
        property(bus, DEFAULT_COLLECTION, collection, "Items").await?;
    let mut all = Vec::new();
    for item in items {
        let interface = "org.freedesktop.Secret.Item";
        all.push(property(bus, item.as_str(), interface, "Attributes").await?);
    }
    Ok(all)
}

async fn property<T>(bus: &Connection, path: &str, interface: &str, name: &str) -> anyhow::Result<T>
where
    T: TryFrom<OwnedValue, Error: Into<zbus::Error>>,
{
    let proxy = Proxy::new(bus, SERVICE, path, interface).await?;
    Ok(proxy.get_property(name).await?)
}

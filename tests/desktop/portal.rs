//! A desktop portal that reports the colour scheme and its changes.

use zbus::{
    Connection, fdo, interface,
    object_server::SignalEmitter,
    zvariant::{OwnedValue, Value},
};

use super::Desktop;

const NAME: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";

/// Numbers as defined by the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    Dark = 1,
    Light = 2,
}

pub(super) struct Portal(Connection);

struct Settings(Scheme);

#[interface(name = "org.freedesktop.portal.Settings")]
impl Settings {
    /// Adds an extra variant layer, as real portals do.
    fn read(&self, namespace: &str, key: &str) -> fdo::Result<OwnedValue> {
        if (namespace, key) != (NAMESPACE, KEY) {
            return Err(fdo::Error::Failed("no such setting".to_owned()));
        }
        let value = Value::Value(Box::new(Value::U32(self.0 as u32)));
        OwnedValue::try_from(value).map_err(|error| fdo::Error::Failed(error.to_string()))
    }

    #[zbus(signal)]
    async fn setting_changed(
        emitter: &SignalEmitter<'_>,
        namespace: &str,
        key: &str,
        value: Value<'_>,
    ) -> zbus::Result<()>;
}

impl Portal {
    pub(super) async fn start(desktop: &Desktop, scheme: Scheme) -> anyhow::Result<Self> {
        Ok(Self(desktop.serve(NAME, PATH, Settings(scheme)).await?))
    }

    /// The user switches the colour scheme.
    pub(super) async fn switch_to(&self, scheme: Scheme) -> anyhow::Result<()> {
        let settings = self.0.object_server().interface::<_, Settings>(PATH).await?;
        settings.get_mut().await.0 = scheme;
        let value = Value::U32(scheme as u32);
        Ok(Settings::setting_changed(settings.signal_emitter(), NAMESPACE, KEY, value).await?)
    }
}

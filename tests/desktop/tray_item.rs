//! A tray icon as seen by a panel: properties, menu, clicks.

use std::collections::HashMap;

use anyhow::Context as _;
use futures_util::StreamExt as _;
use zbus::{
    Connection, MatchRule, MessageStream, Proxy,
    message::Type,
    proxy::CacheProperties,
    zvariant::{OwnedValue, Value},
};

use super::{notification_server::plain, tray_host::Address, within};

/// The menu has no entry with this id.
const INVALID_ARGUMENTS: &str = "org.freedesktop.DBus.Error.InvalidArgs";
const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";

/// Node of the menu tree in its D-Bus form.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

#[derive(Clone, Debug)]
pub(crate) struct TrayItem {
    bus: Connection,
    address: Address,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct TrayProperties {
    pub(crate) id: String,
    pub(crate) title: String,
    /// `Active`, `Passive` or `NeedsAttention`.
    pub(crate) status: String,
    pub(crate) icon_name: String,
    /// Width and height of each icon pixmap.
    pub(crate) icon_sizes: Vec<(i32, i32)>,
    /// Bytes of all pixmaps, to compare the icons of two states.
    pub(crate) icon_bytes: Vec<u8>,
    pub(crate) tooltip_title: String,
    pub(crate) tooltip_text: String,
    menu_path: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MenuItem {
    pub(crate) id: i32,
    /// Without the access key marker.
    pub(crate) label: String,
    pub(crate) enabled: bool,
    pub(crate) visible: bool,
    pub(crate) is_separator: bool,
    /// `Some` for an item with a check mark or radio button.
    pub(crate) checked: Option<bool>,
    pub(crate) children: Vec<MenuItem>,
}

impl MenuItem {
    /// Finds the item with this label in this subtree.
    pub(crate) fn find<'a>(menu: &'a [Self], label: &str) -> Option<&'a Self> {
        menu.iter().find_map(|item| {
            if item.label == label { Some(item) } else { Self::find(&item.children, label) }
        })
    }

    /// All labels in order, including submenus.
    pub(crate) fn labels(menu: &[Self]) -> Vec<String> {
        let deeper = |item: &Self| {
            let mut labels = vec![item.label.clone()];
            labels.extend(Self::labels(&item.children));
            labels
        };
        menu.iter().filter(|item| !item.is_separator).flat_map(deeper).collect()
    }
}

impl TrayItem {
    #[cfg(test)]
    pub(super) fn address(&self) -> &Address {
        &self.address
    }

    pub(super) fn new(bus: Connection, address: Address) -> Self {
        Self { bus, address }
    }

    pub(crate) async fn properties(&self) -> anyhow::Result<TrayProperties> {
        let proxy = self.proxy(&self.address.path, "org.freedesktop.DBus.Properties").await?;
        let all: HashMap<String, OwnedValue> = proxy.call("GetAll", &(ITEM,)).await?;
        let text = |name| all.get(name).map(plain).unwrap_or_default();
        let mut properties = TrayProperties {
            id: text("Id"),
            title: text("Title"),
            status: text("Status"),
            icon_name: text("IconName"),
            menu_path: all.get("Menu").map(object_path).unwrap_or_default(),
            ..TrayProperties::default()
        };
        if let Some(Value::Array(pictures)) = all.get("IconPixmap").map(|value| &**value) {
            for picture in pictures.inner() {
                if let Value::Structure(picture) = picture
                    && let [Value::I32(width), Value::I32(height), Value::Array(bytes)] =
                        picture.fields()
                {
                    properties.icon_sizes.push((*width, *height));
                    let bytes = bytes.inner().iter();
                    properties.icon_bytes.extend(bytes.filter_map(|byte| u8::try_from(byte).ok()));
                }
            }
        }
        if let Some(Value::Structure(tooltip)) = all.get("ToolTip").map(|value| &**value)
            && let [_, _, Value::Str(title), Value::Str(text)] = tooltip.fields()
        {
            properties.tooltip_title = title.to_string();
            properties.tooltip_text = text.to_string();
        }
        Ok(properties)
    }

    /// The menu as it is when opened.
    pub(crate) async fn menu(&self) -> anyhow::Result<Vec<MenuItem>> {
        let proxy = self.menu_proxy().await?;
        let _needs_update: bool = proxy.call("AboutToShow", &(0,)).await?;
        let no_names: &[&str] = &[];
        let (_revision, (_, _, children)): (u32, Layout) =
            proxy.call("GetLayout", &(0, -1, no_names)).await?;
        children.iter().map(|child| menu_item(child)).collect()
    }

    /// Opens the menu and clicks the item with this label.
    pub(crate) async fn click(&self, label: &str) -> anyhow::Result<()> {
        let proxy = self.menu_proxy().await?;
        // The menu may be rebuilt, with other ids, between the reading and the click.
        let clicked = async {
            loop {
                let menu = self.menu().await?;
                let item = MenuItem::find(&menu, label)
                    .with_context(|| format!("no `{label}` among {:?}", MenuItem::labels(&menu)))?;
                anyhow::ensure!(item.enabled, "`{label}` is greyed out");
                let click = (item.id, "clicked", Value::from(""), 0_u32);
                match proxy.call_method("Event", &click).await {
                    Err(zbus::Error::MethodError(name, ..)) if name == INVALID_ARGUMENTS => {}
                    clicked => return Ok(clicked.map(drop)?),
                }
            }
        };
        within("a click in the menu", clicked).await?
    }

    /// Left click.
    pub(crate) async fn activate(&self) -> anyhow::Result<()> {
        let proxy = self.proxy(&self.address.path, ITEM).await?;
        proxy.call_method("Activate", &(0, 0)).await?;
        Ok(())
    }

    /// Left click in a panel that provides an activation token.
    pub(crate) async fn activate_with_token(&self, token: &str) -> anyhow::Result<()> {
        let proxy = self.proxy(&self.address.path, ITEM).await?;
        proxy.call_method("ProvideXdgActivationToken", &(token,)).await?;
        self.activate().await
    }

    /// Re-reads the item on each signal of the program until the condition holds.
    pub(crate) async fn wait_until(
        &self,
        is_wanted: impl Fn(&TrayProperties, &[MenuItem]) -> bool,
    ) -> anyhow::Result<(TrayProperties, Vec<MenuItem>)> {
        let rule = MatchRule::builder()
            .msg_type(Type::Signal)
            .sender(self.address.owner.as_str())?
            .build();
        let mut signals = MessageStream::for_match_rule(rule, &self.bus, None).await?;
        let mut last = String::new();
        let wanted = within("the expected tray state", async {
            loop {
                let properties = self.properties().await?;
                let menu = self.menu().await?;
                if is_wanted(&properties, &menu) {
                    return anyhow::Ok((properties, menu));
                }
                last = format!(
                    "{} / {} / {:?}",
                    properties.tooltip_title,
                    properties.tooltip_text,
                    MenuItem::labels(&menu)
                );
                signals.next().await.context("the bus connection ended")??;
            }
        });
        wanted.await.with_context(|| format!("last seen: {last}"))?
    }

    async fn proxy(&self, path: &str, interface: &'static str) -> zbus::Result<Proxy<'static>> {
        zbus::proxy::Builder::new(&self.bus)
            .destination(self.address.owner.clone())?
            .path(path.to_owned())?
            .interface(interface)?
            .cache_properties(CacheProperties::No)
            .build()
            .await
    }

    async fn menu_proxy(&self) -> anyhow::Result<Proxy<'static>> {
        let path = self.properties().await?.menu_path;
        Ok(self.proxy(&path, MENU).await?)
    }
}

fn object_path(value: &OwnedValue) -> String {
    if let Value::ObjectPath(path) = &**value { path.to_string() } else { String::new() }
}

fn menu_item(value: &Value<'_>) -> anyhow::Result<MenuItem> {
    let value = unwrapped(value);
    let Value::Structure(structure) = value else { anyhow::bail!("{value:?} is no menu item") };
    let [Value::I32(id), Value::Dict(properties), Value::Array(children)] = structure.fields()
    else {
        anyhow::bail!("{structure:?} is no menu item");
    };
    let property = |wanted: &str| {
        properties
            .iter()
            .find(|(name, _)| matches!(name, Value::Str(name) if name.as_str() == wanted))
            .map(|(_, value)| unwrapped(value))
    };
    let text = |name| {
        if let Some(Value::Str(text)) = property(name) { text.to_string() } else { String::new() }
    };
    let flag = |name| !matches!(property(name), Some(Value::Bool(false)));
    Ok(MenuItem {
        id: *id,
        label: text("label").replace("__", "\0").replace('_', "").replace('\0', "_"),
        enabled: flag("enabled"),
        visible: flag("visible"),
        is_separator: text("type") == "separator",
        checked: if let Some(Value::I32(state)) = property("toggle-state")
            && !text("toggle-type").is_empty()
        {
            Some(*state == 1)
        } else {
            None
        },
        children: children.inner().iter().map(menu_item).collect::<anyhow::Result<_>>()?,
    })
}

/// The value in a variant, or the value itself.
fn unwrapped<'a>(value: &'a Value<'a>) -> &'a Value<'a> {
    if let Value::Value(inner) = value { unwrapped(inner) } else { value }
}

//! The tray helpers, tested with an icon registered by the test itself.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::sync::Notify;
use zbus::{
    Connection, Proxy, interface,
    object_server::SignalEmitter,
    zvariant::{ObjectPath, OwnedValue, Value},
};

use super::{Desktop, DesktopOptions, Keyring, MenuItem, within};

#[derive(Default)]
struct Icon {
    activated: Arc<Notify>,
}

#[interface(name = "org.kde.StatusNotifierItem")]
impl Icon {
    #[zbus(property)]
    fn id(&self) -> &'static str {
        "washer"
    }

    #[zbus(property)]
    fn status(&self) -> &'static str {
        "Active"
    }

    #[zbus(property)]
    fn icon_pixmap(&self) -> Vec<(i32, i32, Vec<u8>)> {
        vec![(1, 1, vec![255, 0, 0, 0]), (2, 1, vec![1; 8])]
    }

    #[zbus(property)]
    #[expect(clippy::type_complexity, reason = "the specification says so")]
    fn tool_tip(&self) -> (String, Vec<(i32, i32, Vec<u8>)>, String, String) {
        (String::new(), Vec::new(), "Washer".to_owned(), "is running".to_owned())
    }

    #[zbus(property)]
    fn menu(&self) -> ObjectPath<'static> {
        ObjectPath::from_static_str_unchecked("/Menu")
    }

    fn activate(&self, x: i32, y: i32) {
        assert_eq!((x, y), (0, 0));
        self.activated.notify_one();
    }
}

#[derive(Default)]
struct Menu {
    is_paused: AtomicBool,
}

type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

fn node(id: i32, properties: Vec<(&str, Value<'_>)>, children: Vec<Layout>) -> Layout {
    let owned =
        |(name, value): (&str, Value<'_>)| (name.to_owned(), OwnedValue::try_from(value).unwrap());
    let children = children
        .into_iter()
        .map(|child| OwnedValue::try_from(Value::from(child)).unwrap())
        .collect();
    (id, properties.into_iter().map(owned).collect(), children)
}

#[interface(name = "com.canonical.dbusmenu")]
impl Menu {
    fn about_to_show(&self, id: i32) -> bool {
        id != 0
    }

    fn get_layout(&self, parent: i32, depth: i32, names: Vec<String>) -> (u32, Layout) {
        assert_eq!((parent, depth, names.len()), (0, -1, 0));
        let paused = i32::from(self.is_paused.load(Ordering::Relaxed));
        let more = vec![
            ("label", Value::from("_Pause")),
            ("toggle-type", Value::from("checkmark")),
            ("toggle-state", Value::from(paused)),
        ];
        let submenu = node(3, vec![("label", Value::from("More"))], vec![node(4, more, vec![])]);
        let greyed = vec![("label", Value::from("Start")), ("enabled", Value::from(false))];
        let line = vec![("type", Value::from("separator"))];
        let children = vec![node(1, greyed, vec![]), node(2, line, vec![]), submenu];
        (1, node(0, Vec::new(), children))
    }

    async fn event(
        &self,
        id: i32,
        kind: String,
        data: OwnedValue,
        time: u32,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        assert_eq!((&*data, time), (&Value::from(""), 0));
        if (id, kind.as_str()) == (4, "clicked") {
            self.is_paused.store(true, Ordering::Relaxed);
        }
        Ok(Self::layout_updated(&emitter, 2, 0).await?)
    }

    #[zbus(signal)]
    async fn layout_updated(
        emitter: &SignalEmitter<'_>,
        revision: u32,
        parent: i32,
    ) -> zbus::Result<()>;
}

fn quiet() -> DesktopOptions {
    DesktopOptions {
        keyring: Keyring::None,
        notification_server: false,
        display: false,
        ..DesktopOptions::default()
    }
}

async fn put_icon(desktop: &Desktop, icon: Icon) -> Connection {
    let builder = zbus::connection::Builder::address(desktop.bus_address.as_str()).unwrap();
    let builder = builder.serve_at("/StatusNotifierItem", icon).unwrap();
    let bus = builder.serve_at("/Menu", Menu::default()).unwrap().build().await.unwrap();
    register(&bus).await;
    bus
}

async fn register(bus: &Connection) {
    let name = "org.kde.StatusNotifierWatcher";
    let proxy = Proxy::new(bus, name, "/StatusNotifierWatcher", name).await.unwrap();
    let own = bus.unique_name().unwrap().as_str();
    let _: () = proxy.call("RegisterStatusNotifierItem", &(own,)).await.unwrap();
}

#[tokio::test]
async fn an_icon_is_read_and_clicked_as_by_a_panel() {
    let desktop = Desktop::start(quiet()).await.unwrap();
    let icon = Icon::default();
    let activated = Arc::clone(&icon.activated);
    let _icon = put_icon(&desktop, icon).await;

    let tray = desktop.tray().await.unwrap();
    let (properties, menu) =
        tray.wait_until(|properties, _| properties.status == "Active").await.unwrap();
    tray.activate().await.unwrap();
    tray.click("Pause").await.unwrap();

    assert_eq!((properties.id.as_str(), properties.title.as_str()), ("washer", ""));
    assert_eq!(properties.icon_name, "");
    assert_eq!(properties.icon_sizes, [(1, 1), (2, 1)]);
    assert_eq!(properties.icon_bytes.len(), 12);
    assert_eq!(properties.tooltip_title, "Washer");
    assert_eq!(properties.tooltip_text, "is running");
    assert_eq!(MenuItem::labels(&menu), ["Start", "More", "Pause"]);
    assert!(menu.iter().all(|item| item.visible));
    assert_eq!(MenuItem::find(&menu, "Pause").unwrap().checked, Some(false));
    within("the click", activated.notified()).await.unwrap();
    let is_checked = |menu: &[MenuItem]| {
        MenuItem::find(menu, "Pause").is_some_and(|item| item.checked == Some(true))
    };
    tray.wait_until(|_, menu| is_checked(menu)).await.unwrap();
    assert!(tray.click("Start").await.is_err());
}

#[tokio::test]
async fn a_tray_host_can_go_and_come_back() {
    let desktop = Desktop::start(quiet()).await.unwrap();
    let icon = put_icon(&desktop, Icon::default()).await;
    desktop.tray().await.unwrap();

    desktop.tray_host_stop().await.unwrap();
    desktop.tray_host_start().await.unwrap();
    register(&icon).await;

    desktop.tray().await.unwrap();
}

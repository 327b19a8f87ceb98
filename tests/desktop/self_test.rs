//! Tests of the private desktop itself.

use std::collections::HashMap;

use futures_util::StreamExt as _;
use zbus::{
    Connection, MatchRule, MessageStream, Proxy,
    message::Type,
    zvariant::{ObjectPath, OwnedObjectPath, Value},
};

use super::{Closed, Desktop, DesktopOptions, Keyring, processes, within};

fn bare() -> DesktopOptions {
    DesktopOptions {
        keyring: Keyring::None,
        tray_host: false,
        notification_server: false,
        display: false,
        ..DesktopOptions::default()
    }
}

async fn notify(bus: &Connection, summary: &str) -> zbus::Result<u32> {
    let place = "/org/freedesktop/Notifications";
    let name = "org.freedesktop.Notifications";
    let proxy = Proxy::new(bus, name, place, name).await?;
    let hints = HashMap::from([("urgency", Value::from(2_u8))]);
    let actions = ["default", "Open"].as_slice();
    proxy.call("Notify", &("washer", 0_u32, "icon", summary, "body", actions, hints, -1)).await
}

#[tokio::test]
async fn a_notification_is_recorded_and_a_click_reaches_its_sender() {
    let options = DesktopOptions { notification_server: true, ..bare() };
    let desktop = Desktop::start(options).await.unwrap();
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .interface("org.freedesktop.Notifications")
        .unwrap()
        .build();
    let mut signals = MessageStream::for_match_rule(rule, desktop.bus(), None).await.unwrap();

    let id = notify(desktop.bus(), "Laundry is done").await.unwrap();
    let notified =
        desktop.wait_for_notification(|one| one.summary == "Laundry is done").await.unwrap();
    desktop.invoke_action(id, "default").await.unwrap();

    assert_eq!((notified.id, notified.timeout, notified.replaces), (id, -1, 0));
    assert_eq!((notified.app.as_str(), notified.icon.as_str()), ("washer", "icon"));
    assert_eq!((notified.body.as_str(), notified.hints["urgency"].as_str()), ("body", "2"));
    assert_eq!(notified.actions, ["default", "Open"]);
    let signal = within("the click", signals.next()).await.unwrap().unwrap().unwrap();
    let clicked: (u32, String) = signal.body().deserialize().unwrap();
    assert_eq!(clicked, (id, "default".to_owned()));
    assert_eq!(desktop.closed(), [Closed { id, reason: 2 }]);
}

#[tokio::test]
async fn a_notification_server_can_go_and_come_back() {
    let options = DesktopOptions { notification_server: true, ..bare() };
    let desktop = Desktop::start(options).await.unwrap();
    let first = notify(desktop.bus(), "first").await.unwrap();

    desktop.notification_server_stop().await.unwrap();
    assert!(notify(desktop.bus(), "no server").await.is_err());
    desktop.notification_server_start().await.unwrap();
    let second = notify(desktop.bus(), "second").await.unwrap();
    desktop.dismiss(second).await.unwrap();

    assert_ne!(first, second);
    let summaries: Vec<_> = desktop.notifications().into_iter().map(|one| one.summary).collect();
    assert_eq!(summaries, ["first", "second"]);
    assert_eq!(desktop.closed(), [Closed { id: second, reason: 2 }]);
}

#[tokio::test]
async fn the_keyring_keeps_an_item_without_asking() {
    let options = DesktopOptions { keyring: Keyring::Unlocked, ..bare() };
    let desktop = Desktop::start(options).await.unwrap();
    let service = "org.freedesktop.secrets";
    let collection = "/org/freedesktop/secrets/aliases/default";
    assert!(desktop.secret_attributes().await.unwrap().is_empty());

    let proxy = Proxy::new(
        desktop.bus(),
        service,
        "/org/freedesktop/secrets",
        "org.freedesktop.Secret.Service",
    );
    let (_, session): (zbus::zvariant::OwnedValue, OwnedObjectPath) =
        proxy.await.unwrap().call("OpenSession", &("plain", Value::from(""))).await.unwrap();
    let attributes = HashMap::from([("service", "laundry")]);
    let properties = HashMap::from([
        ("org.freedesktop.Secret.Item.Label", Value::from("laundry")),
        ("org.freedesktop.Secret.Item.Attributes", Value::from(attributes)),
    ]);
    let secret = (session, Vec::<u8>::new(), b"soap".to_vec(), "text/plain");
    let proxy = Proxy::new(desktop.bus(), service, collection, "org.freedesktop.Secret.Collection");
    let (_item, prompt): (OwnedObjectPath, OwnedObjectPath) =
        proxy.await.unwrap().call("CreateItem", &(properties, secret, true)).await.unwrap();

    assert_eq!(prompt.as_ref(), ObjectPath::try_from("/").unwrap());
    let kept = desktop.secret_attributes().await.unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["service"], "laundry");
}

#[tokio::test]
async fn programs_keep_their_files_on_the_desktop() {
    let desktop = Desktop::start(bare()).await.unwrap();

    let dirs = [desktop.config_dir(), desktop.data_dir(), desktop.state_dir()];

    assert!(dirs.iter().all(|dir| dir.is_dir() && dir.starts_with(desktop.home())));
    assert!(desktop.runtime_dir().is_dir());
}

#[tokio::test]
async fn without_a_keyring_nobody_answers_for_it() {
    let desktop = Desktop::start(bare()).await.unwrap();

    assert!(desktop.secret_attributes().await.is_err());
}

#[tokio::test]
async fn a_desktop_leaves_no_process_behind() {
    let desktop = Desktop::start(DesktopOptions::default()).await.unwrap();
    let dir = desktop.dir.path().to_owned();
    assert!(desktop.arguments_contain(&["Xvfb"]));

    drop(desktop);

    assert_eq!(processes::arguments(&dir), "");
    assert!(!dir.exists());
}

#[tokio::test]
async fn two_desktops_do_not_meet() {
    let options = || DesktopOptions { notification_server: true, ..bare() };
    let (one, other) = tokio::join!(Desktop::start(options()), Desktop::start(options()));
    let (one, other) = (one.unwrap(), other.unwrap());

    notify(one.bus(), "only here").await.unwrap();

    assert_eq!(one.notifications().len(), 1);
    assert!(other.notifications().is_empty());
}

#[tokio::test]
async fn a_picture_shows_the_whole_screen() {
    let options = DesktopOptions { display: true, ..bare() };
    let desktop = Desktop::start(options).await.unwrap();
    let path = desktop.home().join("screen.png");

    desktop.screenshot(&path).await.unwrap();

    assert!(std::fs::read(path).unwrap().starts_with(b"\x89PNG"));
}

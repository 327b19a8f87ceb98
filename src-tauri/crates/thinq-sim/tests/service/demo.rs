//! The household while time passes.

use thinq_sim::SimSettings;

use crate::client::{next_json, signed_in};

#[tokio::test]
async fn a_home_at_speed_pushes_by_itself() {
    let settings = SimSettings { speed: 3_600.0, ..SimSettings::default() };
    let (sim, client) = signed_in(settings).await;
    for device in sim.devices() {
        client.post_empty(&format!("push/{}", device.id)).await;
        client.post_empty(&format!("event/{}", device.id)).await;
    }
    let mut socket = client.connect().await;

    let (mut has_push, mut has_report) = (false, false);
    while !(has_push && has_report) {
        let message = next_json(&mut socket).await.to_string();
        has_push |= message.contains("pushCode");
        has_report |= message.contains("DEVICE_STATUS");
    }

    drop(socket);
    sim.stop().await;
}

//! Running devices, as shown in the window and in the tray menu.

use serde_json::{Value, json};
use thinq_sim::Call;

use super::{DesktopOptions, MenuItem, Stage, Web, keep_picture, within};

/// Accessible value of the page's progress bar.
#[derive(Debug)]
struct Bar {
    percent: i64,
    spoken: String,
}

fn washing(run_state: &str, minutes: u32) -> Value {
    json!([{ "location": { "locationName": "MAIN" }, "runState": { "currentState": run_state },
             "timer": { "remainHour": 0, "remainMinute": minutes, "totalHour": 1, "totalMinute": 0 } }])
}

/// Waits until the card of a device shows `state`, and reads its progress bar.
async fn bar_beside(web: &Web, name: &str, state: &str) -> anyhow::Result<Option<Bar>> {
    let script = "return new Promise((done) => {
        const look = () => {
            const card = [...document.querySelectorAll('article')].find((article) =>
                article.querySelector('h4')?.innerText.trim() === arguments[0] &&
                article.innerText.includes(arguments[1]));
            if (!card) return requestAnimationFrame(look);
            const bar = card.querySelector('[role=progressbar]');
            done(bar && [bar.getAttribute('aria-label'), bar.getAttribute('aria-valuenow'),
                bar.getAttribute('aria-valuetext')]);
        };
        look();
    });";
    let shown = web.execute_with(script, vec![name.into(), state.into()]);
    let shown = within("the card of the appliance", shown).await??;
    if shown.is_null() {
        return Ok(None);
    }
    let (label, percent, spoken): (String, String, String) = serde_json::from_value(shown)?;
    assert_eq!(label, name);
    Ok(Some(Bar { percent: percent.parse()?, spoken }))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_washer_moves_in_the_window_and_in_the_tray() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let _resident = stage.start(&[])?;
    let tray = stage.desktop.tray().await?;
    let web = stage.sign_in().await?;
    let reports = stage.sim.wait_for_calls(Call::SubscribeEvent, stage.sim.devices().len());
    within("the subscriptions", reports).await?;
    let (washer, name) = (&stage.washer.id, stage.washer.alias.as_str());
    web.click("nav a[href='#/now']").await?;

    stage.sim.report(washer, &washing("RUNNING", 40));
    let washing_bar = bar_beside(&web, name, "Washing").await?.expect("it has a bar");
    let line = format!("{name}: Washing, ready at ");
    let is_told = |menu: &[MenuItem], line: &str| {
        MenuItem::labels(menu).iter().any(|label| label.starts_with(line))
    };
    tray.wait_until(|_, menu| is_told(menu, &line)).await?;
    keep_picture(&stage, "whole-way-now").await;

    stage.sim.report(washer, &washing("RINSING", 12));
    let rinsing_bar = bar_beside(&web, name, "Rinsing").await?.expect("it has a bar");
    let line = format!("{name}: Rinsing, ready at ");
    tray.wait_until(|_, menu| is_told(menu, &line)).await?;

    // A minute may pass meanwhile.
    assert!((33..=35).contains(&washing_bar.percent), "{washing_bar:?}");
    assert!((80..=82).contains(&rinsing_bar.percent), "{rinsing_bar:?}");
    for (bar, left) in [(&washing_bar, ["40 min", "39 min"]), (&rinsing_bar, ["12 min", "11 min"])]
    {
        assert!(left.iter().any(|left| bar.spoken.starts_with(left)), "{bar:?}");
        assert!(bar.spoken.contains("Ready at "), "{bar:?}");
    }

    stage.sim.report(washer, &washing("END", 0));
    assert!(bar_beside(&web, name, "Finished").await?.is_none(), "it has nothing left to do");
    let own = format!("{name}: ");
    tray.wait_until(|_, menu| !is_told(menu, &own)).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switched_language_is_spoken_by_what_is_told_afterwards() -> anyhow::Result<()> {
    let stage = Stage::set(DesktopOptions::default()).await?;
    let _resident = stage.start(&[])?;
    let tray = stage.desktop.tray().await?;
    let web = stage.sign_in().await?;
    stage.push("WASHING_IS_COMPLETE", "Laundry is done").await?;

    stage.output(&["settings", "language", "ko"]).await?;

    let notified = stage.push("ERROR_DURING_WASHING", "세탁 중 문제가 생겼어요").await?;
    assert_eq!(notified.actions.get(1).map(String::as_str), Some("보기"));
    web.click("nav a[href='#/history']").await?;
    web.wait_for_text("[data-event-id='1']", "세탁이 끝났어요").await?;
    let is_korean = |menu: &[MenuItem]| {
        MenuItem::labels(menu).iter().any(|label| label.ends_with("세탁이 끝났어요"))
    };
    tray.wait_until(|_, menu| is_korean(menu)).await?;
    Ok(())
}

//! The page in the application's window, driven by `WebDriver`.

use std::{path::Path, time::Duration};

use anyhow::Context as _;
use fantoccini::{Client, ClientBuilder, Locator, elements::Element, wd::TimeoutConfiguration};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::Value;
use tokio::time::{MissedTickBehavior, interval};

use super::{
    PATIENCE, free_port,
    processes::{Background, Environment, is_listening, run_tool, spawn_tool},
    within,
};

/// Polling interval for conditions without a signal.
const LOOK_EVERY: Duration = Duration::from_millis(25);

/// Title of the window.
const WINDOW: &str = "ThinQ Tray";

/// Controls the page until dropped; the window stays open.
pub(crate) struct Web {
    client: Client,
    environment: Vec<(&'static str, String)>,
    _driver: Background,
}

impl Web {
    pub(super) async fn attach(
        environment: &Environment,
        inspector_port: u16,
    ) -> anyhow::Result<Self> {
        // The driver fails while no program offers a page.
        until(|| is_listening(inspector_port)).await;
        let port = free_port()?;
        let arguments = [
            format!("--port={port}"),
            format!("--target=127.0.0.1:{inspector_port}"),
            "--replace-on-new-session".to_owned(),
        ];
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let driver = spawn_tool("WebKitWebDriver", &arguments, environment)?;
        until(|| is_listening(port)).await;
        let client = ClientBuilder::new(HttpConnector::new())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .context("WebKitWebDriver did not attach to the window")?;
        let window = client.windows().await?.into_iter().next().context("there is no window")?;
        client.switch_to_window(window).await?;
        // Scripts wait for conditions; the driver's default timeout is half as long.
        client.update_timeouts(TimeoutConfiguration::new(Some(PATIENCE), None, None)).await?;
        Ok(Self { client, environment: environment.to_vec(), _driver: driver })
    }

    /// Waits for the element and replaces its content by `text`.
    pub(crate) async fn type_into(&self, css: &str, text: &str) -> anyhow::Result<()> {
        let element = self.wait_for(css).await?;
        element.clear().await?;
        Ok(element.send_keys(text).await?)
    }

    /// Presses keys at the focused element, for example `fantoccini::key::Key::Escape`.
    pub(crate) async fn press(&self, keys: &str) -> anyhow::Result<()> {
        Ok(self.client.active_element().await?.send_keys(keys).await?)
    }

    pub(crate) async fn click(&self, css: &str) -> anyhow::Result<()> {
        Ok(self.wait_for(css).await?.click().await?)
    }

    /// Clicks the button labelled `text`.
    pub(crate) async fn click_button(&self, text: &str) -> anyhow::Result<()> {
        let xpath = format!(
            "//*[self::button or self::summary or @role='button' or @role='menuitem']\
             [normalize-space(.)='{text}' or @aria-label='{text}']"
        );
        Ok(self.wait(Locator::XPath(&xpath), text).await?.click().await?)
    }

    pub(crate) async fn text_of(&self, css: &str) -> anyhow::Result<String> {
        Ok(self.wait_for(css).await?.text().await?)
    }

    /// Current text of all matching elements.
    pub(crate) async fn texts_of(&self, css: &str) -> anyhow::Result<Vec<String>> {
        let mut texts = Vec::new();
        for element in self.client.find_all(Locator::Css(css)).await? {
            texts.push(element.text().await?);
        }
        Ok(texts)
    }

    pub(crate) async fn wait_for(&self, css: &str) -> anyhow::Result<Element> {
        self.wait(Locator::Css(css), css).await
    }

    async fn wait(&self, locator: Locator<'_>, what: &str) -> anyhow::Result<Element> {
        let wait = self.client.wait().at_most(PATIENCE).every(LOOK_EVERY);
        let found = wait.for_element(locator).await;
        found.with_context(|| format!("`{what}` did not appear on the page"))
    }

    /// Waits until an element matching `css` contains `text`.
    pub(crate) async fn wait_for_text(&self, css: &str, text: &str) -> anyhow::Result<()> {
        let script = "return [...document.querySelectorAll(arguments[0])]
            .some((element) => element.innerText.includes(arguments[1]));";
        let arguments = vec![Value::from(css), Value::from(text)];
        let mut looks = looks();
        let shown = async {
            while self.client.execute(script, arguments.clone()).await? != Value::Bool(true) {
                looks.tick().await;
            }
            anyhow::Ok(())
        };
        if let Ok(shown) = tokio::time::timeout(PATIENCE, shown).await {
            return shown;
        }
        let page = self.text_of("body").await?;
        anyhow::bail!("`{text}` did not appear in `{css}`; the page says: {page}")
    }

    /// Runs JavaScript in the page; a promise is awaited.
    pub(crate) async fn execute(&self, script: &str) -> anyhow::Result<Value> {
        Ok(self.client.execute(script, Vec::new()).await?)
    }

    /// Like [`Self::execute`], with `arguments[0]`, `arguments[1]` …
    pub(crate) async fn execute_with(
        &self,
        script: &str,
        arguments: Vec<Value>,
    ) -> anyhow::Result<Value> {
        Ok(self.client.execute(script, arguments).await?)
    }

    /// Screenshot of the window without its frame, as PNG.
    pub(crate) async fn screenshot(&self, path: &Path) -> anyhow::Result<()> {
        // The driver's own screenshots wait for a repaint, which an idle page never does.
        let drawn = "return new Promise((done) =>
            requestAnimationFrame(() => requestAnimationFrame(() => done(true))));";
        within("the page's picture", self.execute(drawn)).await??;
        run_tool("import", &["-window", WINDOW], Some(path), &self.environment).await
    }
}

pub(super) async fn until(is_so: impl Fn() -> bool) {
    let mut looks = looks();
    while !is_so() {
        looks.tick().await;
    }
}

pub(super) fn looks() -> tokio::time::Interval {
    let mut looks = interval(LOOK_EVERY);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    looks
}

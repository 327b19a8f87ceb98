//! Detects the moment at which the content of a window is on the screen, by damage events of the
//! display: polling would consume processor time during the measurement.

use std::time::Duration;

use anyhow::Context as _;
use tokio::time::{Instant, sleep};
use x11rb::{
    connection::Connection as _,
    protocol::{
        damage::{ConnectionExt as _, Damage, ReportLevel},
        xfixes::ConnectionExt as _,
    },
    rust_connection::RustConnection,
};

use crate::desktop::Screen;

/// Resolution of the moment.
const LISTEN_AGAIN: Duration = Duration::from_millis(2);
/// Minimum fraction of non-background pixels in a window with rows.
const CONTENT: f64 = 0.02;

pub(crate) struct Painting {
    connection: RustConnection,
    damage: Damage,
    screen: Screen,
}

impl Painting {
    pub(crate) fn follow(display: &str, screen: Screen) -> anyhow::Result<Self> {
        let (connection, number) = x11rb::connect(Some(display))?;
        let root = connection.setup().roots[number].root;
        connection.xfixes_query_version(5, 0)?.reply()?;
        connection
            .damage_query_version(1, 1)?
            .reply()
            .context("the display does not report damage")?;
        let damage = connection.generate_id()?;
        connection.damage_create(damage, root, ReportLevel::NON_EMPTY)?.check()?;
        Ok(Self { connection, damage, screen })
    }

    /// Waits until the window with this title shows its rows.
    pub(crate) async fn done(&self, title: &str) -> anyhow::Result<Instant> {
        loop {
            let mut is_drawn = false;
            while self.connection.poll_for_event()?.is_some() {
                is_drawn = true;
            }
            if is_drawn {
                // Before looking: anything drawn meanwhile triggers another event.
                let moment = Instant::now();
                self.connection.damage_subtract(self.damage, x11rb::NONE, x11rb::NONE)?;
                self.connection.flush()?;
                if let Some(window) = self.screen.find(title)
                    && let Ok(picture) = self.screen.picture(window)
                    && picture.share_of_content() > CONTENT
                {
                    return Ok(moment);
                }
            }
            sleep(LISTEN_AGAIN).await;
        }
    }
}

//! Runs jobs on the history in the background and publishes their progress.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use contract::Update;
use jiff::tz::TimeZone;
use model::{Job, JobKind, JobState, Problem, ProblemCode};
use monitor::TransferError;
use thinq::Chain;
use tokio::{runtime::Handle, task::spawn_blocking};
use tracing::{info, warn};

use super::App;
use crate::{
    files::is_stream,
    jobs::{Outcome, Work, problem},
};

/// Minimum time between two updates of a job's progress.
const PROGRESS_INTERVAL: Duration = Duration::from_millis(100);

impl App {
    /// Starts a job; its progress and its end are published to subscribers.
    pub(crate) fn start_job(self: &Arc<Self>, work: Work) -> Result<(), Problem> {
        // This process could wait for ever for the other end of a pipe.
        if work.path().is_some_and(is_stream) {
            let error = TransferError::File(io::ErrorKind::InvalidInput.into());
            return Err(problem(work.kind(), &error));
        }
        let Some(token) = self.jobs.begin(&self.stop) else {
            return Err(Problem::of(ProblemCode::JobRunning));
        };
        let kind = work.kind();
        let app = Arc::clone(self);
        let runtime = Handle::current();
        // Not awaited: the outcome is published.
        drop(spawn_blocking(move || {
            let store = app.monitor.store();
            let mut published_at: Option<Instant> = None;
            let total = work.total(&store);
            let mut goes_on = |done: u32| {
                if published_at.is_none_or(|at| at.elapsed() >= PROGRESS_INTERVAL) {
                    published_at = Some(Instant::now());
                    app.publish_job(Job { kind, done, total, state: JobState::Running });
                }
                !token.is_cancelled()
            };
            let ended = work.run(&store, &app.words, &TimeZone::system(), &mut goes_on);
            app.jobs.end();
            let (done, state) = match ended {
                Ok(Outcome { path, events, skipped }) => {
                    info!(?kind, events, skipped, "job finished");
                    (events, JobState::Done { path, events, skipped })
                }
                Err(TransferError::Cancelled) => (0, JobState::Cancelled),
                Err(error) => {
                    warn!(?kind, error = %Chain(&error), "job failed");
                    (0, JobState::Failed { problem: problem(kind, &error) })
                }
            };
            if matches!(kind, JobKind::Import | JobKind::Delete) {
                runtime.block_on(app.monitor.history_changed());
            }
            app.publish_job(Job { kind, done, total, state });
        }));
        Ok(())
    }

    fn publish_job(&self, job: Job) {
        // An error means that there is no subscriber.
        drop(self.told.send(Update::JobChanged { job }));
    }
}

//! Long pieces of work on the history, one at a time: exports, imports and deletions. Each tells how
//! far it is, and can be cancelled.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Write as _},
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use atomic_write_file::AtomicWriteFile;
use contract::{
    ExportFormat, HistoryFilter, Job, JobKind, JobState, Problem, ProblemCode, Request, Told,
};
use jiff::tz::TimeZone;
use monitor::{Store, TransferError};
use thinq::Chain;
use tokio::{runtime::Handle, task::spawn_blocking};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use words::Words;

use crate::{app::App, convert};

/// A window that is told more often draws no faster.
const TOLD_EVERY: Duration = Duration::from_millis(100);

/// What there is to do.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    Export { filter: HistoryFilter, format: ExportFormat, path: String },
    Import { path: String },
    Delete { filter: HistoryFilter },
}

/// What came of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) path: Option<String>,
    pub(crate) events: u32,
    pub(crate) skipped: u32,
}

/// The job that runs.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Mutex<Option<CancellationToken>>);

impl Jobs {
    pub(crate) fn cancel(&self) {
        if let Some(job) = &*self.0.lock().expect("no holder of the lock panics") {
            job.cancel();
        }
    }

    fn begin(&self, stop: &CancellationToken) -> Option<CancellationToken> {
        let mut running = self.0.lock().expect("no holder of the lock panics");
        if running.is_some() {
            return None;
        }
        let token = stop.child_token();
        *running = Some(token.clone());
        Some(token)
    }

    fn end(&self) {
        *self.0.lock().expect("no holder of the lock panics") = None;
    }
}

/// Begins the work; whoever follows is told how it goes.
pub(crate) fn start(app: &Arc<App>, work: Work) -> Result<(), Problem> {
    let Some(token) = app.jobs.begin(&app.stop) else {
        return Err(Problem::of(ProblemCode::JobRunning));
    };
    let kind = work.kind();
    let app = Arc::clone(app);
    let runtime = Handle::current();
    // Nobody waits for it: what comes of it is told.
    drop(spawn_blocking(move || {
        let store = app.monitor.store();
        let mut told_at: Option<Instant> = None;
        let total = work.total(&store);
        let mut goes_on = |done: u32| {
            if told_at.is_none_or(|at| at.elapsed() >= TOLD_EVERY) {
                told_at = Some(Instant::now());
                tell(&app, Job { kind, done, total, state: JobState::Running });
            }
            !token.is_cancelled()
        };
        let ended = work.run(&store, &app.words, &TimeZone::system(), &mut goes_on);
        app.jobs.end();
        let (done, state) = match ended {
            Ok(Outcome { path, events, skipped }) => {
                info!(?kind, events, skipped, "a job is done");
                (events, JobState::Done { path, events, skipped })
            }
            Err(TransferError::Cancelled) => (0, JobState::Cancelled),
            Err(error) => {
                warn!(?kind, error = %Chain(&error), "a job failed");
                (0, JobState::Failed { problem: problem(kind, &error) })
            }
        };
        if matches!(kind, JobKind::Import | JobKind::Delete) {
            runtime.block_on(app.monitor.history_changed());
        }
        tell(&app, Job { kind, done, total, state });
    }));
    Ok(())
}

fn tell(app: &App, job: Job) {
    // Nobody may be following.
    drop(app.told.send(Told::JobChanged { job }));
}

impl Work {
    fn kind(&self) -> JobKind {
        match self {
            Self::Export { .. } => JobKind::Export,
            Self::Import { .. } => JobKind::Import,
            Self::Delete { .. } => JobKind::Delete,
        }
    }

    /// The same, as it is asked of a running program.
    pub(crate) fn into_request(self) -> (JobKind, Request) {
        let kind = self.kind();
        let request = match self {
            Self::Export { filter, format, path } => {
                Request::HistoryExport { filter, format, path }
            }
            Self::Import { path } => Request::HistoryImport { path },
            Self::Delete { filter } => Request::HistoryDelete { filter },
        };
        (kind, request)
    }

    fn total(&self, store: &Store) -> Option<u32> {
        match self {
            Self::Export { filter, .. } | Self::Delete { filter } => {
                store.counts(&convert::filter(filter)).ok().map(|counts| counts.total)
            }
            Self::Import { .. } => None,
        }
    }

    /// Blocks until it is done. A file is either complete or not there.
    pub(crate) fn run(
        &self,
        store: &Store,
        words: &Words,
        time_zone: &TimeZone,
        goes_on: &mut dyn FnMut(u32) -> bool,
    ) -> Result<Outcome, TransferError> {
        match self {
            Self::Export { filter, format, path } => {
                let format = match format {
                    ExportFormat::Csv => monitor::ExportFormat::Csv,
                    ExportFormat::Json => monitor::ExportFormat::Json,
                };
                let filter = convert::filter(filter);
                let file = AtomicWriteFile::open(Path::new(path))?;
                let mut out = BufWriter::new(file);
                let events =
                    store.export(&filter, format, (words, time_zone), &mut out, goes_on)?;
                out.flush()?;
                out.into_inner().map_err(io::IntoInnerError::into_error)?.commit()?;
                Ok(Outcome { path: Some(path.clone()), events, skipped: 0 })
            }
            Self::Import { path } => {
                let imported = store.import(BufReader::new(File::open(path)?), goes_on)?;
                Ok(Outcome {
                    path: Some(path.clone()),
                    events: imported.added,
                    skipped: imported.known + imported.unreadable,
                })
            }
            Self::Delete { filter } => {
                let mut is_cancelled = false;
                let events = store.delete(&convert::filter(filter), |done| {
                    is_cancelled = !goes_on(done);
                    !is_cancelled
                })?;
                if is_cancelled {
                    return Err(TransferError::Cancelled);
                }
                Ok(Outcome { path: None, events, skipped: 0 })
            }
        }
    }
}

/// The words for a job that failed.
pub(crate) fn problem(kind: JobKind, error: &TransferError) -> Problem {
    Problem::of(match error {
        TransferError::Store(error) => convert::history_trouble(error.trouble()),
        TransferError::File(_) if kind == JobKind::Export => ProblemCode::FileUnwritable,
        TransferError::File(_) | TransferError::Format(_) => ProblemCode::FileUnreadable,
        TransferError::Cancelled => ProblemCode::Internal,
    })
}

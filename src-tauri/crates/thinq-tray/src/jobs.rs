//! Jobs on the history: exports, imports and deletions, one at a time. Each reports its progress and
//! can be cancelled.

use std::{
    fs::File,
    io::{self, BufReader, BufWriter},
    path::Path,
};

use contract::Request;
use jiff::tz::TimeZone;
use model::{ExportFormat, HistoryFilter, JobKind, Problem, ProblemCode};
use monitor::{Store, TransferError};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;
use words::Words;

use crate::files::NewFile;

/// Description of a job.
#[derive(Clone, Debug)]
pub(crate) enum Work {
    Export { filter: HistoryFilter, format: ExportFormat, path: String },
    Import { path: String },
    Delete { filter: HistoryFilter },
}

/// Result of a job.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) path: Option<String>,
    pub(crate) events: u32,
    pub(crate) skipped: u32,
}

/// Token of the running job.
#[derive(Debug, Default)]
pub(crate) struct Jobs(Mutex<Option<CancellationToken>>);

impl Jobs {
    pub(crate) fn cancel(&self) {
        if let Some(job) = &*self.0.lock() {
            job.cancel();
        }
    }

    /// Returns the token that cancels the new job; `None` while another one runs.
    pub(crate) fn begin(&self, stop: &CancellationToken) -> Option<CancellationToken> {
        let mut running = self.0.lock();
        if running.is_some() {
            return None;
        }
        let token = stop.child_token();
        *running = Some(token.clone());
        Some(token)
    }

    pub(crate) fn end(&self) {
        *self.0.lock() = None;
    }
}

impl Work {
    pub(crate) fn kind(&self) -> JobKind {
        match self {
            Self::Export { .. } => JobKind::Export,
            Self::Import { .. } => JobKind::Import,
            Self::Delete { .. } => JobKind::Delete,
        }
    }

    /// The same job as a request to the running program.
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

    pub(crate) fn total(&self, store: &Store) -> Option<u32> {
        match self {
            Self::Export { filter, .. } | Self::Delete { filter } => {
                store.counts(filter).ok().map(|counts| counts.total)
            }
            Self::Import { .. } => None,
        }
    }

    /// The file that is read or written.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Export { path, .. } | Self::Import { path } => Some(Path::new(path)),
            Self::Delete { .. } => None,
        }
    }

    /// Blocks until the job ends. An exported file is written completely or not at all.
    pub(crate) fn run(
        &self,
        store: &Store,
        words: &Words,
        time_zone: &TimeZone,
        goes_on: &mut dyn FnMut(u32) -> bool,
    ) -> Result<Outcome, TransferError> {
        match self {
            Self::Export { filter, format, path } => {
                let mut out = BufWriter::new(NewFile::create(Path::new(path))?);
                let events =
                    store.export(filter, *format, (words, time_zone), &mut out, goes_on)?;
                out.into_inner().map_err(io::IntoInnerError::into_error)?.finish()?;
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
                let events = store.delete(filter, |done| {
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

/// Problem to show for a failed job.
pub(crate) fn problem(kind: JobKind, error: &TransferError) -> Problem {
    Problem::of(match error {
        TransferError::Store(error) => error.problem(),
        TransferError::File(_) if kind == JobKind::Export => ProblemCode::FileUnwritable,
        TransferError::File(_) | TransferError::Format(_) => ProblemCode::FileUnreadable,
        TransferError::Cancelled => ProblemCode::Internal,
    })
}

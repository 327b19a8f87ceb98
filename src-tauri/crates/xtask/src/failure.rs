//! Why a task stopped, and what helps.

use std::fmt;

/// What went wrong, in one line, and what a person can do about it.
#[derive(Debug)]
pub(crate) struct Failure {
    what: String,
    helps: String,
}

impl Failure {
    pub(crate) fn new(what: impl Into<String>, helps: impl Into<String>) -> Self {
        Self { what: what.into(), helps: helps.into() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)?;
        if !self.helps.is_empty() {
            write!(formatter, "\n  what helps: {}", self.helps)?;
        }
        Ok(())
    }
}

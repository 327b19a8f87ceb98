//! Arguments passed by the resident program.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use contract::View;

/// The window of ThinQ Tray, started by `thinq-tray`.
#[derive(Debug, Parser)]
#[command(name = "thinq-tray-window", version)]
pub(crate) struct Arguments {
    /// Local socket of the resident program
    #[arg(long, value_name = "PATH")]
    pub(crate) socket: PathBuf,

    /// Initial view as JSON [default: the history]
    #[arg(long, value_name = "JSON", value_parser = view, default_value = r#"{"view":"history"}"#)]
    pub(crate) view: View,

    /// File that stores the position and size of the window
    #[arg(long, value_name = "PATH")]
    pub(crate) geometry: Option<PathBuf>,

    /// Initial language of the page [default: the system's language]
    #[arg(long, value_enum)]
    pub(crate) language: Option<Language>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    En,
    Ko,
}

impl Language {
    pub(crate) fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ko => "ko",
        }
    }
}

fn view(json: &str) -> Result<View, serde_json::Error> {
    serde_json::from_str(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_opens_where_it_is_told_to() {
        let cases: &[(&[&str], View)] = &[
            (&[], View::History { event: None }),
            (&["--view", r#"{"view":"history","event":7}"#], View::History { event: Some(7) }),
            (&["--view", r#"{"view":"signIn"}"#, "--language", "ko"], View::SignIn),
        ];

        for (more, view) in cases {
            let all = ["thinq-tray-window", "--socket", "/run/socket"].iter().chain(*more);
            assert_eq!(&Arguments::try_parse_from(all).unwrap().view, view);
        }
    }

    #[test]
    fn a_view_that_does_not_exist_is_wrong_usage() {
        let all = ["thinq-tray-window", "--socket", "/run/socket", "--view", r#"{"view":"moon"}"#];

        assert_eq!(Arguments::try_parse_from(all).unwrap_err().exit_code(), 2);
    }
}

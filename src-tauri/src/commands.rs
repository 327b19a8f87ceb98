//! Commands of the page. Requests are relayed without logging, as they may contain a password.

use contract::{Request, Response, View};
use model::{Destination, ExportFormat, ForwardTarget, HistoryFilter, Problem, ProblemCode};
use parking_lot::Mutex;
use serde::{Serialize, Serializer};
use tauri::{Runtime, State, WebviewWindow};
use tracing::warn;
use words::{Language, Words};

use crate::{
    arguments,
    dialog::{self, Purpose},
    link::{Link, LinkLost, LinkState},
    window::Painted,
};

/// Length of a command that is shown for confirmation, in characters.
const LONGEST_COMMAND: usize = 1_000;

/// View that was requested last; a page that loads starts there.
pub(crate) struct LatestView(Mutex<View>);

impl LatestView {
    pub(crate) fn new(view: View) -> Self {
        Self(Mutex::new(view))
    }

    pub(crate) fn set(&self, view: View) {
        *self.0.lock() = view;
    }

    fn get(&self) -> View {
        self.0.lock().clone()
    }
}

/// Problem report that was shown last, the only text that is written to files for the page.
#[derive(Default)]
pub(crate) struct ShownReport(Mutex<String>);

/// Language of the window's dialogs.
pub(crate) struct Speech(Mutex<Language>);

impl Speech {
    pub(crate) fn new(language: Option<arguments::Language>) -> Self {
        let language = language.and_then(|language| Language::from_tag(language.tag()));
        Self(Mutex::new(language.unwrap_or(Language::English)))
    }

    pub(crate) fn set(&self, tag: &str) {
        if let Some(language) = Language::from_tag(tag) {
            *self.0.lock() = language;
        }
    }

    fn words(&self) -> Words {
        Words::new(*self.0.lock())
    }
}

/// Relays requests, except those that name a file: files are chosen by the user, not by the page. A
/// program that is to run is confirmed in a dialog that the page cannot answer.
#[tauri::command]
pub(crate) async fn ask<R: Runtime>(
    window: WebviewWindow<R>,
    link: State<'_, Link>,
    speech: State<'_, Speech>,
    shown: State<'_, ShownReport>,
    request: Request,
) -> Result<Response, LinkLost> {
    if names_a_file(&request) {
        warn!("refused a request of the page that names a file");
        return Ok(Response::Failed { problem: Problem::of(ProblemCode::Internal) });
    }
    if let Some(target) = command_in(&request)
        && !is_stored(&link, target).await?
    {
        let is_confirmed = match command_line(&target.destination) {
            Some(command) => dialog::confirms_command(&window, &command, &speech.words()).await,
            None => false,
        };
        if !is_confirmed {
            return Ok(Response::Failed { problem: Problem::of(ProblemCode::CommandNotConfirmed) });
        }
    }
    let response = link.ask(request).await?;
    if let Response::ProblemReport { text } = &response {
        shown.0.lock().clone_from(text);
    }
    Ok(response)
}

/// The target of a request that makes the resident program run a command.
fn command_in(request: &Request) -> Option<&ForwardTarget> {
    let (Request::ForwardSave { target, .. } | Request::ForwardTest { target, .. }) = request
    else {
        return None;
    };
    matches!(target.destination, Destination::Command { .. }).then_some(target)
}

/// Whether the user has confirmed the same command before, here or in a terminal.
async fn is_stored(link: &Link, target: &ForwardTarget) -> Result<bool, LinkLost> {
    let Response::Forwarding { forwarding } = link.ask(Request::Forwarding).await? else {
        return Ok(false);
    };
    let mut targets = forwarding.targets.iter().map(|state| &state.target);
    Ok(targets.any(|stored| stored.destination == target.destination))
}

/// The program and its arguments, each quoted and on a line of its own, with invisible letters
/// escaped, so that nothing looks like something else. `None` for more than a person reads.
fn command_line(destination: &Destination) -> Option<String> {
    let Destination::Command { program, arguments } = destination else { return None };
    let parts = std::iter::once(program).chain(arguments);
    let lines = parts.map(|part| format!("{part:?}")).collect::<Vec<_>>().join("\n");
    (lines.chars().count() <= LONGEST_COMMAND).then_some(lines)
}

fn names_a_file(request: &Request) -> bool {
    matches!(request, Request::HistoryExport { .. } | Request::HistoryImport { .. })
}

/// Exports to a file chosen by the user. Returns `None` when the dialog was cancelled.
#[tauri::command]
pub(crate) async fn history_export<R: Runtime>(
    window: WebviewWindow<R>,
    link: State<'_, Link>,
    speech: State<'_, Speech>,
    filter: HistoryFilter,
    format: ExportFormat,
) -> Result<Option<Response>, LinkLost> {
    let Some(path) = dialog::choose(&window, Purpose::Export(format), &speech.words()).await else {
        return Ok(None);
    };
    link.ask(Request::HistoryExport { filter, format, path }).await.map(Some)
}

/// Imports a file chosen by the user. Returns `None` when the dialog was cancelled.
#[tauri::command]
pub(crate) async fn history_import<R: Runtime>(
    window: WebviewWindow<R>,
    link: State<'_, Link>,
    speech: State<'_, Speech>,
) -> Result<Option<Response>, LinkLost> {
    let Some(path) = dialog::choose(&window, Purpose::Import, &speech.words()).await else {
        return Ok(None);
    };
    link.ask(Request::HistoryImport { path }).await.map(Some)
}

/// Writes the shown report to a file chosen by the user. Returns false when the dialog was cancelled.
#[tauri::command]
pub(crate) async fn report_save<R: Runtime>(
    window: WebviewWindow<R>,
    shown: State<'_, ShownReport>,
    speech: State<'_, Speech>,
    text: String,
) -> Result<bool, NotSaved> {
    if text.is_empty() || *shown.0.lock() != text {
        warn!("refused to save a text other than the report");
        return Err(NotSaved);
    }
    let Some(path) = dialog::choose(&window, Purpose::Report, &speech.words()).await else {
        return Ok(false);
    };
    tokio::fs::write(path, text).await.map_err(|error| {
        warn!(%error, "failed to save the report");
        NotSaved
    })?;
    Ok(true)
}

#[tauri::command]
pub(crate) async fn link(link: State<'_, Link>) -> Result<LinkState, LinkLost> {
    Ok(link.state().await)
}

/// Failure to write the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("failed to save the report")]
pub(crate) struct NotSaved;

impl Serialize for NotSaved {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("notSaved")
    }
}

#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands a command its state by value")]
pub(crate) fn initial_view(view: State<'_, LatestView>) -> View {
    view.get()
}

#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands a command its state by value")]
pub(crate) fn painted(painted: State<'_, Painted>) {
    painted.page_is_ready();
}

#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "Tauri hands a command its window by value")]
pub(crate) fn close<R: Runtime>(window: WebviewWindow<R>) {
    if let Err(error) = window.close() {
        warn!(%error, "failed to close the window");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_is() {
        let shown = |program: &str, arguments: &[&str]| {
            command_line(&Destination::Command {
                program: program.to_owned(),
                arguments: arguments.iter().map(|one| (*one).to_owned()).collect(),
            })
        };

        assert_eq!(shown("tee", &["-a", "two words"]).unwrap(), "\"tee\"\n\"-a\"\n\"two words\"");
        let hidden = shown("tee\u{202e}\n", &["\u{200b}"]).unwrap();
        assert_eq!(hidden, "\"tee\\u{202e}\\n\"\n\"\\u{200b}\"");
        assert_eq!(shown("tee", &[&"x".repeat(2_000)]), None);
    }

    #[test]
    fn the_page_names_no_file() {
        let path = String::from("/home/me/.bashrc");
        let filter = HistoryFilter::default();
        let export = Request::HistoryExport {
            filter: filter.clone(),
            format: ExportFormat::Json,
            path: path.clone(),
        };

        assert!(names_a_file(&export));
        assert!(names_a_file(&Request::HistoryImport { path }));
        assert!(!names_a_file(&Request::HistoryDelete { filter }));
        assert!(!names_a_file(&Request::Status));
    }
}

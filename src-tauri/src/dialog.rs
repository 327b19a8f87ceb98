//! Native file dialogs. The page cannot open them directly and does not learn the chosen path.

use std::path::{Path, PathBuf};

use directories::UserDirs;
use jiff::{Zoned, civil::Date};
use model::ExportFormat;
use tauri::{Runtime, WebviewWindow};
use words::Words;

/// Purpose of a dialog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Export(ExportFormat),
    Import,
    /// Saving a problem report.
    Report,
}

/// Description of a dialog.
struct Dialog {
    title: String,
    /// Name of the file type in the dialog.
    kind: String,
    extension: &'static str,
    dir: Option<PathBuf>,
    /// `None` to open an existing file.
    new_name: Option<String>,
}

/// Returns `None` when the dialog was cancelled, or the path is not valid Unicode.
pub(crate) async fn choose<R: Runtime>(
    window: &WebviewWindow<R>,
    purpose: Purpose,
    words: &Words,
) -> Option<String> {
    let dialog = Dialog::new(purpose, words, Zoned::now().date());
    let extension = dialog.new_name.is_some().then_some(dialog.extension);
    let path = show(window, dialog).await?;
    with_extension(path, extension).into_os_string().into_string().ok()
}

impl Dialog {
    fn new(purpose: Purpose, words: &Words, today: Date) -> Self {
        let (title, extension) = match purpose {
            Purpose::Export(format) => ("dialog-export", extension(format)),
            Purpose::Import => ("dialog-import", extension(ExportFormat::Json)),
            Purpose::Report => ("dialog-report", "txt"),
        };
        let new_name = match purpose {
            Purpose::Export(_) => Some(format!("thinq-tray-history-{today}.{extension}")),
            Purpose::Import => None,
            Purpose::Report => Some(format!("thinq-tray-report-{today}.{extension}")),
        };
        let kind = match extension {
            "csv" => "dialog-csv",
            "txt" => "dialog-text",
            _ => "dialog-json",
        };
        let user = UserDirs::new();
        let dir = user.and_then(|user| user.download_dir().map(Path::to_owned));
        let dir = dir.filter(|dir| dir.is_dir());
        Self { title: words.text(title), kind: words.text(kind), extension, dir, new_name }
    }
}

fn extension(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Csv => "csv",
        ExportFormat::Json => "json",
    }
}

/// Appends the extension to a name without one.
fn with_extension(path: PathBuf, extension: Option<&str>) -> PathBuf {
    match extension {
        Some(extension) if path.extension().is_none() => path.with_extension(extension),
        Some(_) | None => path,
    }
}

/// GTK's dialog on GTK's thread: dialog libraries would start a second GTK thread.
#[cfg(target_os = "linux")]
async fn show<R: Runtime>(window: &WebviewWindow<R>, dialog: Dialog) -> Option<PathBuf> {
    use std::{cell::RefCell, rc::Rc};

    use gtk::prelude::{FileChooserExt as _, NativeDialogExt as _};
    use tokio::sync::oneshot;

    let (chosen, choice) = oneshot::channel();
    let parent = window.clone();
    let open = move || {
        let action = match dialog.new_name {
            Some(_) => gtk::FileChooserAction::Save,
            None => gtk::FileChooserAction::Open,
        };
        let parent = parent.gtk_window().ok();
        let chooser =
            gtk::FileChooserNative::new(Some(&dialog.title), parent.as_ref(), action, None, None);
        chooser.set_modal(true);
        chooser.set_do_overwrite_confirmation(true);
        if let Some(dir) = &dialog.dir {
            chooser.set_current_folder(dir);
        }
        if let Some(name) = &dialog.new_name {
            chooser.set_current_name(name);
        }
        let filter = gtk::FileFilter::new();
        filter.set_name(Some(&dialog.kind));
        filter.add_pattern(&format!("*.{}", dialog.extension));
        chooser.add_filter(filter);
        // The dialog is kept alive by this reference while it is open.
        let open = Rc::new(RefCell::new(Some(chooser.clone())));
        let chosen = RefCell::new(Some(chosen));
        chooser.connect_response(move |chooser, response| {
            let is_chosen = response == gtk::ResponseType::Accept;
            let path = chooser.filename().filter(|_| is_chosen);
            if let Some(chosen) = chosen.take() {
                // The receiver is gone if the window was closed.
                drop(chosen.send(path));
            }
            chooser.destroy();
            drop(open.take());
        });
        chooser.show();
    };
    window.run_on_main_thread(open).ok()?;
    choice.await.ok().flatten()
}

/// Asks whether a program may run for each event. Closing the dialog says no.
#[cfg(target_os = "linux")]
pub(crate) async fn confirms_command<R: Runtime>(
    window: &WebviewWindow<R>,
    line: &str,
    words: &Words,
) -> bool {
    use std::cell::RefCell;

    use gtk::prelude::{DialogExt as _, GtkWindowExt as _, MessageDialogExt as _, WidgetExt as _};
    use tokio::sync::oneshot;

    let (answer, answered) = oneshot::channel();
    let parent = window.clone();
    let [title, run, cancel] =
        ["dialog-command", "dialog-command-run", "dialog-command-cancel"].map(|id| words.text(id));
    let line = line.to_owned();
    let open = move || {
        let parent = parent.gtk_window().ok();
        let dialog = gtk::MessageDialog::new(
            parent.as_ref(),
            gtk::DialogFlags::MODAL,
            gtk::MessageType::Question,
            gtk::ButtonsType::None,
            &title,
        );
        dialog.set_title(&title);
        dialog.set_secondary_text(Some(&line));
        dialog.add_button(&cancel, gtk::ResponseType::Cancel);
        dialog.add_button(&run, gtk::ResponseType::Accept);
        dialog.set_default_response(gtk::ResponseType::Cancel);
        let answer = RefCell::new(Some(answer));
        dialog.connect_response(move |dialog, response| {
            if let Some(answer) = answer.take() {
                // The receiver is gone if the window was closed.
                answer.send(response == gtk::ResponseType::Accept).ok();
            }
            dialog.close();
        });
        dialog.show();
    };
    window.run_on_main_thread(open).is_ok() && answered.await.unwrap_or(false)
}

#[cfg(not(target_os = "linux"))]
pub(crate) async fn confirms_command<R: Runtime>(
    window: &WebviewWindow<R>,
    line: &str,
    words: &Words,
) -> bool {
    let [title, run, cancel] =
        ["dialog-command", "dialog-command-run", "dialog-command-cancel"].map(|id| words.text(id));
    let answer = rfd::AsyncMessageDialog::new()
        .set_parent(window)
        .set_title(title)
        .set_description(line)
        .set_buttons(rfd::MessageButtons::OkCancelCustom(run.clone(), cancel))
        .show()
        .await;
    answer == rfd::MessageDialogResult::Custom(run)
}

#[cfg(not(target_os = "linux"))]
async fn show<R: Runtime>(window: &WebviewWindow<R>, dialog: Dialog) -> Option<PathBuf> {
    let mut chooser = rfd::AsyncFileDialog::new()
        .set_parent(window)
        .set_title(&dialog.title)
        .add_filter(&dialog.kind, &[dialog.extension]);
    if let Some(dir) = &dialog.dir {
        chooser = chooser.set_directory(dir);
    }
    let file = match &dialog.new_name {
        Some(name) => chooser.set_file_name(name).save_file().await,
        None => chooser.pick_file().await,
    };
    file.map(|file| file.path().to_owned())
}

#[cfg(test)]
mod tests {
    use words::Language;

    use super::*;

    #[test]
    fn an_export_is_named_after_its_day_and_kind() {
        let today = jiff::civil::date(2026, 11, 22);
        let words = Words::new(Language::Korean);

        let csv = Dialog::new(Purpose::Export(ExportFormat::Csv), &words, today);
        let json = Dialog::new(Purpose::Export(ExportFormat::Json), &words, today);
        let import = Dialog::new(Purpose::Import, &words, today);

        assert_eq!(csv.new_name.as_deref(), Some("thinq-tray-history-2026-11-22.csv"));
        assert_eq!(json.new_name.as_deref(), Some("thinq-tray-history-2026-11-22.json"));
        assert_eq!(import.new_name, None);
        let report = Dialog::new(Purpose::Report, &words, today);
        assert_eq!(report.new_name.as_deref(), Some("thinq-tray-report-2026-11-22.txt"));
        assert_eq!(csv.title, "기록 내보내기");
        assert_ne!(csv.kind, json.kind);
    }

    #[test]
    fn a_bare_name_gets_the_ending_of_its_kind() {
        let cases = [
            ("/tmp/history", Some("csv"), "/tmp/history.csv"),
            ("/tmp/history.txt", Some("csv"), "/tmp/history.txt"),
            ("/tmp/history", None, "/tmp/history"),
        ];

        for (path, extension, expected) in cases {
            assert_eq!(with_extension(PathBuf::from(path), extension), Path::new(expected));
        }
    }
}

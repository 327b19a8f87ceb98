//! Imports of complete, broken and cancelled exports.

use std::{cell::Cell, io::Read};

use jiff::tz::TimeZone;
use model::{EventSource, ExportFormat, Gap, GapReason, HistoryFilter, NewEvent, UnixMs};
use words::{Language, Words};

use super::{reading::LONGEST_EVENT, *};
use crate::event::example_event;
use crate::store::Store;

fn store_of(count: i64) -> Store {
    let store = Store::in_memory().unwrap();
    for number in 0..count {
        let name = if number % 2 == 0 { "우리집 세탁기" } else { "Dryer" };
        let event = example_event("WASHING_IS_COMPLETE", name, number * 1_000);
        store.add_untold(&event, |_| Decision::Notify).unwrap();
    }
    store
}

fn export(store: &Store, format: ExportFormat) -> String {
    let mut out = Vec::new();
    let words = Words::new(Language::English);
    store
        .export(&HistoryFilter::default(), format, (&words, &TimeZone::UTC), &mut out, |_| true)
        .unwrap();
    String::from_utf8(out).unwrap()
}

fn all(store: &Store) -> Vec<(NewEvent, String, bool)> {
    store
        .page(EventId::END, 10_000, None)
        .unwrap()
        .into_iter()
        .map(|stored| (stored.event, stored.decision, stored.is_read))
        .collect()
}

#[test]
fn an_export_read_into_an_empty_history_is_the_same_history() {
    let store = store_of(450);
    store.mark_all_read(EventId(100)).unwrap();
    let gap = Gap { from_ms: 5, reason: GapReason::Asleep };
    let gap = NewEvent { gap: Some(gap), ..NewEvent::of(EventSource::Gap, 50_500) };
    store.add_untold(&gap, |_| Decision::Notify).unwrap();
    let file = export(&store, ExportFormat::Json);
    let other = Store::in_memory().unwrap();

    let imported = other.import(file.as_bytes(), |_| true).unwrap();

    assert_eq!(imported, Imported { added: 451, known: 0, unreadable: 0 });
    assert_eq!(all(&other), all(&store));
    let again = other.import(file.as_bytes(), |_| true).unwrap();
    assert_eq!(again, Imported { added: 0, known: 451, unreadable: 0 });
    assert_eq!(export(&other, ExportFormat::Json).lines().count(), file.lines().count());
}

#[test]
fn imported_events_stand_where_their_time_is() {
    let old = store_of(3);
    let store = Store::in_memory().unwrap();
    store
        .add_untold(&example_event("DOOR_IS_OPEN", "Fridge", 1_500), |_| Decision::Notify)
        .unwrap();

    store.import(export(&old, ExportFormat::Json).as_bytes(), |_| true).unwrap();

    let times: Vec<UnixMs> = all(&store).iter().map(|(event, ..)| event.received_at_ms).collect();
    assert_eq!(times, [2_000, 1_500, 1_000, 0]);
    let newest = store.page(EventId::END, 2, None).unwrap();
    let older = store.page(newest[1].id, 2, None).unwrap();
    assert_eq!(older[0].event.received_at_ms, 1_000);
}

#[test]
fn what_another_computer_did_not_show_is_not_shown_now() {
    let store = Store::in_memory().unwrap();

    store.import(export(&store_of(3), ExportFormat::Json).as_bytes(), |_| true).unwrap();

    assert!(store.unnotified(EventId(0), 0).unwrap().is_empty());
}

#[test]
fn a_bad_entry_costs_only_itself_and_a_bad_file_leaves_nothing() {
    let file = export(&store_of(450), ExportFormat::Json);
    let store = Store::in_memory().unwrap();

    let one_bad = file.replacen("\"kind\":\"push\"", "\"kind\":\"moon\"", 1);
    let half = &file[..file.len() / 2];
    let other_version = file.replacen("\"version\":1", "\"version\":2", 1);
    for bad in [half, &other_version, "{}", "[]", "", "no JSON at all"] {
        let failed = store.import(bad.as_bytes(), |_| true);
        assert!(matches!(failed, Err(TransferError::Format(_))), "{failed:?}");
        assert_eq!(store.size().unwrap().events, 0);
    }
    let imported = store.import(one_bad.as_bytes(), |_| true).unwrap();
    assert_eq!((imported.added, imported.unreadable), (449, 1));
}

#[test]
fn texts_of_a_file_are_shown_as_texts_of_lg_are() {
    let file = export(&store_of(1), ExportFormat::Json);
    // Contains a terminal escape sequence and a text-direction override.
    let hostile = file.replace("우리집 세탁기", "\\u001b]0;x\\u0007Wash\\u009b2J\\u202eer");
    assert_ne!(hostile, file);
    let store = Store::in_memory().unwrap();

    store.import(hostile.as_bytes(), |_| true).unwrap();

    let name = &all(&store)[0].0.device_name;
    assert_eq!(name, "]0;xWash2Jer");
}

#[test]
fn a_file_whose_one_event_would_fill_the_memory_is_given_up_early() {
    struct Counted<'a>(&'a Cell<usize>);
    impl Read for Counted<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            buffer.fill(b'x');
            self.0.set(self.0.get() + buffer.len());
            Ok(buffer.len())
        }
    }
    let head = format!("{{\"format\":\"{FORMAT}\",\"version\":{VERSION},\"events\":[\"");
    let read = Cell::new(0);
    let endless = io::BufReader::new(head.as_bytes().chain(Counted(&read)));

    let failed = Store::in_memory().unwrap().import(endless, |_| true);

    assert!(matches!(failed, Err(TransferError::File(_))), "{failed:?}");
    assert!(read.get() < 2 * LONGEST_EVENT, "{} bytes were read", read.get());
}

#[test]
fn a_cancelled_import_leaves_nothing_and_a_cancelled_export_says_so() {
    let file = export(&store_of(900), ExportFormat::Json);
    let store = Store::in_memory().unwrap();

    let cancelled = store.import(file.as_bytes(), |seen| seen < 400);

    assert!(matches!(cancelled, Err(TransferError::Cancelled)));
    assert_eq!(store.size().unwrap().events, 0);
    let words = Words::new(Language::English);
    let cancelled = store_of(900).export(
        &HistoryFilter::default(),
        ExportFormat::Csv,
        (&words, &TimeZone::UTC),
        &mut io::sink(),
        |written| written < 400,
    );
    assert!(matches!(cancelled, Err(TransferError::Cancelled)));
}

#[test]
fn a_table_opens_in_a_spreadsheet_and_runs_nothing() {
    let store = Store::in_memory().unwrap();
    for name in ["=HYPERLINK(\"http://x\")", "+1", "-1", "@SUM(A1)", "\tx", "a,b", "세탁기"] {
        let event = example_event("WASHING_IS_COMPLETE", name, 0);
        store.add_untold(&event, |_| Decision::Notify).unwrap();
    }

    let table = export(&store, ExportFormat::Csv);

    assert!(table.starts_with('\u{feff}'));
    assert!(table.ends_with("\r\n"));
    assert_eq!(table.matches("\r\n").count(), 8);
    for cell in [
        "\"'=HYPERLINK(\"\"http://x\"\")\"",
        "\"'+1\"",
        "\"'-1\"",
        "\"'@SUM(A1)\"",
        "\"'\tx\"",
        "\"a,b\"",
        ",세탁기,",
        "1970-01-01 00:00:00,",
    ] {
        assert!(table.contains(cell), "{cell} in {table}");
    }
}

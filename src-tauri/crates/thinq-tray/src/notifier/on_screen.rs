//! Notifications on the screen, as reported by the server.

use std::collections::VecDeque;

use monitor::{EventId, decision::Topic};

use super::notification::Subject;

/// Maximum number of notifications whose clicks are recognised. Servers drop old ones as well.
const REMEMBERED: usize = 200;

#[derive(Default)]
pub(super) struct OnScreen(VecDeque<Entry>);

struct Entry {
    id: u32,
    subject: Subject,
    is_open: bool,
}

impl OnScreen {
    pub(super) fn note(&mut self, id: u32, subject: Subject) {
        // A replacement has the id of the notification it replaced.
        self.0.retain(|entry| entry.id != id);
        self.0.push_back(Entry { id, subject, is_open: true });
        if self.0.len() > REMEMBERED {
            self.0.pop_front();
        }
    }

    /// Includes closed notifications: some servers close entry before they report its click.
    pub(super) fn subject(&self, id: u32) -> Option<&Subject> {
        self.0.iter().find(|entry| entry.id == id).map(|entry| &entry.subject)
    }

    pub(super) fn close(&mut self, id: u32) -> Option<&Subject> {
        let entry = self.0.iter_mut().find(|entry| entry.id == id)?;
        entry.is_open = false;
        Some(&entry.subject)
    }

    /// Forgets all: another server does not know them and may use the same ids.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn open_about(&self, happening: &Topic) -> Option<u32> {
        self.open(|subject| {
            matches!(subject, Subject::Event { happening: shown, .. } if shown == happening)
        })
        .next_back()
    }

    pub(super) fn open_of(&self, subject: &Subject) -> Option<u32> {
        self.open(|shown| shown == subject).next_back()
    }

    pub(super) fn open_with(&self, ids: &[EventId]) -> Vec<u32> {
        self.open(|subject| subject.event_id().is_some_and(|id| ids.contains(&id))).collect()
    }

    pub(super) fn open_events(&self) -> Vec<EventId> {
        let open = self.0.iter().filter(|entry| entry.is_open);
        open.filter_map(|entry| entry.subject.event_id()).collect()
    }

    fn open(&self, fits: impl Fn(&Subject) -> bool) -> impl DoubleEndedIterator<Item = u32> {
        self.0
            .iter()
            .filter(move |entry| entry.is_open && fits(&entry.subject))
            .map(|entry| entry.id)
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    fn event(id: i64, code: &str) -> Subject {
        let happening = Topic::of(&monitor::example_event(code, "Washer", 0));
        Subject::Event { id: Some(EventId(id)), happening }
    }

    #[test]
    fn one_about_the_same_is_found_until_it_is_closed_and_its_click_is_understood_after_that() {
        let mut on_screen = OnScreen::default();
        on_screen.note(7, event(1, "WASHING_IS_COMPLETE"));
        let failed = Topic::of(&monitor::example_event("ERROR_DURING_WASHING", "Washer", 0));

        assert_eq!(on_screen.open_about(&failed), Some(7));
        assert_eq!(on_screen.open_with(&[EventId(1)]), [7]);

        on_screen.close(7);

        assert_eq!(on_screen.open_about(&failed), None);
        assert!(on_screen.open_events().is_empty());
        assert_eq!(on_screen.subject(7).and_then(Subject::event_id), Some(EventId(1)));
    }

    #[test]
    fn one_that_takes_the_place_of_another_is_one() {
        let mut on_screen = OnScreen::default();
        on_screen.note(7, event(1, "SCHEDULED_CLEANING_STARTS"));
        on_screen.note(7, event(2, "CLEANING_IS_COMPLETE"));

        assert_eq!(on_screen.open_events(), [EventId(2)]);
        assert_eq!(on_screen.open_of(&Subject::Summary), None);
    }
}

//! Which notifications are on the screen, as far as the server tells.

use std::collections::VecDeque;

use monitor::{EventId, notification::Happening};

use super::notification::Subject;

/// Notifications whose clicks are still understood. Servers drop old ones as well.
const REMEMBERED: usize = 200;

#[derive(Default)]
pub(super) struct Shown(VecDeque<One>);

struct One {
    id: u32,
    subject: Subject,
    is_open: bool,
}

impl Shown {
    pub(super) fn note(&mut self, id: u32, subject: Subject) {
        // One that took the place of another has its id.
        self.0.retain(|one| one.id != id);
        self.0.push_back(One { id, subject, is_open: true });
        if self.0.len() > REMEMBERED {
            self.0.pop_front();
        }
    }

    /// Also of one that was closed: some servers close it before they report the click.
    pub(super) fn subject(&self, id: u32) -> Option<&Subject> {
        self.0.iter().find(|one| one.id == id).map(|one| &one.subject)
    }

    pub(super) fn close(&mut self, id: u32) -> Option<&Subject> {
        let one = self.0.iter_mut().find(|one| one.id == id)?;
        one.is_open = false;
        Some(&one.subject)
    }

    /// Another server does not know what this one showed, and may use the same ids.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn open_about(&self, happening: &Happening) -> Option<u32> {
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
        let open = self.0.iter().filter(|one| one.is_open);
        open.filter_map(|one| one.subject.event_id()).collect()
    }

    fn open(&self, fits: impl Fn(&Subject) -> bool) -> impl DoubleEndedIterator<Item = u32> {
        self.0.iter().filter(move |one| one.is_open && fits(&one.subject)).map(|one| one.id)
    }
}

#[cfg(test)]
mod tests {
    use monitor::NewEvent;

    use super::*;

    fn event(id: i64, code: &str) -> Subject {
        let happening = Happening::of(&NewEvent::example(code, "Washer", 0));
        Subject::Event { id: Some(EventId(id)), happening }
    }

    #[test]
    fn one_about_the_same_is_found_until_it_is_closed_and_its_click_is_understood_after_that() {
        let mut shown = Shown::default();
        shown.note(7, event(1, "WASHING_IS_COMPLETE"));
        let failed = Happening::of(&NewEvent::example("ERROR_DURING_WASHING", "Washer", 0));

        assert_eq!(shown.open_about(&failed), Some(7));
        assert_eq!(shown.open_with(&[EventId(1)]), [7]);

        shown.close(7);

        assert_eq!(shown.open_about(&failed), None);
        assert!(shown.open_events().is_empty());
        assert_eq!(shown.subject(7).and_then(Subject::event_id), Some(EventId(1)));
    }

    #[test]
    fn one_that_takes_the_place_of_another_is_one() {
        let mut shown = Shown::default();
        shown.note(7, event(1, "SCHEDULED_CLEANING_STARTS"));
        shown.note(7, event(2, "CLEANING_IS_COMPLETE"));

        assert_eq!(shown.open_events(), [EventId(2)]);
        assert_eq!(shown.open_of(&Subject::Summary), None);
    }
}

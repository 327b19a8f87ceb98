//! One MQTT session: the topics a client subscribed and the `QoS` 1 messages it has not yet
//! acknowledged, kept while the client is away. Reads no clock: `now` is always a parameter.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use tokio::time::Instant;

/// Messages stored while the client was away are delivered at most 10 a second.
const STORED_INTERVAL: Duration = Duration::from_millis(100);
/// Oldest messages beyond this number are dropped, so that packet ids stay unique.
const MESSAGE_LIMIT: usize = 10_000;

#[derive(Default)]
pub(crate) struct Session {
    topics: BTreeSet<String>,
    /// Unacknowledged messages in order of publication.
    messages: VecDeque<Message>,
    last_packet_id: u16,
    /// Earliest delivery of the next stored message.
    stored_due_at: Option<Instant>,
    /// Since when the client has had no connection.
    away_since: Option<Instant>,
}

struct Message {
    packet_id: u16,
    topic: String,
    payload: String,
    /// Published while the client was away, or sent over an earlier connection.
    is_stored: bool,
    /// Sent over an earlier connection.
    is_duplicate: bool,
    /// Sent over this connection.
    is_sent: bool,
}

/// A PUBLISH packet to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) packet_id: u16,
    pub(crate) is_duplicate: bool,
    pub(crate) topic: String,
    pub(crate) payload: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    Deliver(Delivery),
    /// Nothing to send before this moment.
    At(Instant),
    Nothing,
}

impl Session {
    pub(crate) fn subscribe(&mut self, topic: &str) {
        self.topics.insert(topic.to_owned());
    }

    pub(crate) fn unsubscribe(&mut self, topic: &str) {
        self.topics.remove(topic);
    }

    pub(crate) fn topics(&self) -> Vec<String> {
        self.topics.iter().cloned().collect()
    }

    /// Number of messages without acknowledgement, sent or not.
    pub(crate) fn unacknowledged(&self) -> usize {
        self.messages.len()
    }

    /// Queues a message. Returns false if the topic is not subscribed.
    pub(crate) fn publish(&mut self, topic: &str, payload: &str) -> bool {
        if !self.topics.contains(topic) {
            return false;
        }
        if self.messages.len() == MESSAGE_LIMIT {
            self.messages.pop_front();
        }
        // 0 is no packet id.
        self.last_packet_id = self.last_packet_id.checked_add(1).unwrap_or(1);
        self.messages.push_back(Message {
            packet_id: self.last_packet_id,
            topic: topic.to_owned(),
            payload: payload.to_owned(),
            is_stored: self.away_since.is_some(),
            is_duplicate: false,
            is_sent: false,
        });
        true
    }

    /// The client is connected: unacknowledged messages are delivered again.
    pub(crate) fn resume(&mut self) {
        self.away_since = None;
        self.stored_due_at = None;
        for message in &mut self.messages {
            message.is_duplicate |= message.is_sent;
            message.is_stored = true;
            message.is_sent = false;
        }
    }

    /// The connection ended.
    pub(crate) fn leave(&mut self, now: Instant) {
        self.away_since = Some(now);
    }

    pub(crate) fn is_expired(&self, now: Instant, lifetime: Duration) -> bool {
        self.away_since.is_some_and(|since| now.duration_since(since) >= lifetime)
    }

    /// The next delivery, which counts as sent from here on.
    pub(crate) fn next(&mut self, now: Instant) -> Next {
        let Some(message) = self.messages.iter_mut().find(|message| !message.is_sent) else {
            return Next::Nothing;
        };
        if message.is_stored {
            if let Some(due_at) = self.stored_due_at.filter(|&due_at| due_at > now) {
                return Next::At(due_at);
            }
            self.stored_due_at = Some(now + STORED_INTERVAL);
        }
        message.is_sent = true;
        Next::Deliver(Delivery {
            packet_id: message.packet_id,
            is_duplicate: message.is_duplicate,
            topic: message.topic.clone(),
            payload: message.payload.clone(),
        })
    }

    /// Returns whether a sent message had this packet id.
    pub(crate) fn acknowledge(&mut self, packet_id: u16) -> bool {
        let position = self
            .messages
            .iter()
            .position(|message| message.is_sent && message.packet_id == packet_id);
        position.is_some_and(|position| self.messages.remove(position).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPIC: &str = "app/clients/c/push";

    fn subscribed() -> Session {
        let mut session = Session::default();
        session.subscribe(TOPIC);
        session
    }

    fn delivery(next: Next) -> Delivery {
        match next {
            Next::Deliver(delivery) => delivery,
            other @ (Next::At(_) | Next::Nothing) => panic!("no delivery: {other:?}"),
        }
    }

    #[test]
    fn only_subscribed_topics_are_queued() {
        let mut session = subscribed();

        assert!(session.publish(TOPIC, "1"));
        assert!(!session.publish("other", "2"));
        session.unsubscribe(TOPIC);
        assert!(!session.publish(TOPIC, "3"));
        assert_eq!(session.unacknowledged(), 1);
    }

    #[test]
    fn a_message_without_acknowledgement_comes_again_as_a_duplicate() {
        let now = Instant::now();
        let mut session = subscribed();
        session.publish(TOPIC, "1");
        session.publish(TOPIC, "2");
        let first = delivery(session.next(now));
        let second = delivery(session.next(now));
        assert!(session.acknowledge(first.packet_id));
        assert!(!session.acknowledge(first.packet_id));

        session.leave(now);
        session.resume();
        let again = delivery(session.next(now));

        assert!(!second.is_duplicate && again.is_duplicate);
        assert_eq!((again.packet_id, again.payload.as_str()), (second.packet_id, "2"));
        assert_eq!(session.next(now), Next::Nothing);
    }

    #[test]
    fn stored_messages_come_at_ten_a_second_and_later_ones_after_them() {
        let now = Instant::now();
        let mut session = subscribed();
        session.leave(now);
        session.publish(TOPIC, "stored 1");
        session.publish(TOPIC, "stored 2");
        session.resume();
        session.publish(TOPIC, "live");

        assert_eq!(delivery(session.next(now)).payload, "stored 1");
        assert_eq!(session.next(now), Next::At(now + STORED_INTERVAL));
        let later = now + STORED_INTERVAL;
        assert_eq!(delivery(session.next(later)).payload, "stored 2");
        assert_eq!(delivery(session.next(later)).payload, "live");
        assert_eq!(session.next(later), Next::Nothing);
    }

    #[test]
    fn a_session_expires_while_its_client_is_away() {
        let now = Instant::now();
        let hour = Duration::from_hours(1);
        let mut session = subscribed();

        assert!(!session.is_expired(now + hour, hour));
        session.leave(now);
        assert!(!session.is_expired(now, hour));
        assert!(session.is_expired(now + hour, hour));
    }

    #[test]
    fn packet_ids_are_never_zero() {
        let mut session = subscribed();
        session.last_packet_id = u16::MAX;
        session.publish(TOPIC, "1");

        assert_eq!(delivery(session.next(Instant::now())).packet_id, 1);
    }
}

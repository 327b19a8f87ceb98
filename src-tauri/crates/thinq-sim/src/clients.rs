//! ThinQ Connect clients by id: registration, subscriptions, certificates and MQTT session.
//! Reads no clock: `now` is always a parameter.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde::Serialize;
use tokio::{sync::Notify, time::Instant};
use tokio_util::sync::CancellationToken;

use crate::{
    session::{Next, Session},
    subscriptions::Subscriptions,
};

/// Snapshot of a ThinQ Connect client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectClient {
    pub id: String,
    pub is_registered: bool,
    pub is_connected: bool,
    /// MQTT connections accepted since the start.
    pub connections: usize,
    /// Certificates issued since the start.
    pub certificates: usize,
    /// MQTT topics of the session.
    pub topics: Vec<String>,
    /// Devices whose pushes are subscribed.
    pub pushes: Vec<String>,
    /// Devices whose events are subscribed.
    pub events: Vec<String>,
    /// Whether messages about added, removed and renamed devices are subscribed.
    pub is_home_subscribed: bool,
    /// Messages acknowledged since the start.
    pub acknowledged: usize,
    /// Messages of the session without acknowledgement, sent or not.
    pub unacknowledged: usize,
}

/// An accepted MQTT connection.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) number: usize,
    pub(crate) is_session_present: bool,
    /// Notified when the session has something to deliver.
    pub(crate) wake: Arc<Notify>,
    /// Cancelled to end the connection.
    pub(crate) end: CancellationToken,
}

/// Options of a CONNECT packet and of the service that decide on its session.
pub(crate) struct SessionChoice {
    pub(crate) is_clean: bool,
    /// The service forgets the session that it has.
    pub(crate) is_forgotten: bool,
    pub(crate) lifetime: Duration,
}

#[derive(Default)]
pub(crate) struct Clients(BTreeMap<String, Client>);

#[derive(Default)]
struct Client {
    is_registered: bool,
    subscriptions: Subscriptions,
    /// Valid certificates in DER.
    certificates: Vec<Vec<u8>>,
    certificates_issued: usize,
    session: Option<Session>,
    is_clean: bool,
    connection: Option<Connection>,
    connections: usize,
    acknowledged: usize,
}

impl Clients {
    /// Returns false if the client is registered already.
    pub(crate) fn register(&mut self, id: &str) -> bool {
        let client = self.0.entry(id.to_owned()).or_default();
        !std::mem::replace(&mut client.is_registered, true)
    }

    /// Ends registration, subscriptions and certificates. An open connection stays open, without
    /// messages. Returns whether the client was registered.
    pub(crate) fn unregister(&mut self, id: &str) -> bool {
        let Some(client) = self.0.get_mut(id) else { return false };
        client.subscriptions = Subscriptions::default();
        client.certificates.clear();
        client.session = client.connection.is_some().then(Session::default);
        std::mem::replace(&mut client.is_registered, false)
    }

    pub(crate) fn is_registered(&self, id: &str) -> bool {
        self.0.get(id).is_some_and(|client| client.is_registered)
    }

    pub(crate) fn subscriptions(&mut self, id: &str) -> &mut Subscriptions {
        &mut self.0.entry(id.to_owned()).or_default().subscriptions
    }

    pub(crate) fn home_subscribers(&self) -> Vec<String> {
        self.0
            .iter()
            .filter(|(_, client)| client.subscriptions.has_home())
            .map(|(id, _)| id.clone())
            .collect()
    }

    pub(crate) fn expire_events(&mut self) {
        self.0.values_mut().for_each(|client| client.subscriptions.expire_events());
    }

    pub(crate) fn drop_device(&mut self, device_id: &str) {
        self.0.values_mut().for_each(|client| client.subscriptions.drop_device(device_id));
    }

    pub(crate) fn add_certificate(&mut self, id: &str, der: Vec<u8>) {
        let client = self.0.entry(id.to_owned()).or_default();
        client.certificates.push(der);
        client.certificates_issued += 1;
    }

    /// Makes all certificates invalid and ends the connections that use them.
    pub(crate) fn revoke_certificates(&mut self) {
        self.0.values_mut().for_each(|client| client.certificates.clear());
        self.cut();
    }

    /// Whether the certificate is valid for this client.
    pub(crate) fn has_certificate(&self, id: &str, der: &[u8]) -> bool {
        self.0.get(id).is_some_and(|client| client.certificates.iter().any(|known| known == der))
    }

    /// Ends all connections. Sessions stay.
    pub(crate) fn cut(&mut self) {
        for client in self.0.values() {
            if let Some(connection) = &client.connection {
                connection.end.cancel();
            }
        }
    }

    /// Opens a connection, which ends an earlier one of the same client.
    pub(crate) fn connect(&mut self, id: &str, choice: &SessionChoice, now: Instant) -> Connection {
        let client = self.0.entry(id.to_owned()).or_default();
        if let Some(earlier) = client.connection.take() {
            earlier.end.cancel();
        }
        let is_kept = |session: &Session| {
            !(choice.is_clean
                || client.is_clean
                || choice.is_forgotten
                || session.is_expired(now, choice.lifetime))
        };
        let kept = client.session.take().filter(is_kept);
        client.connections += 1;
        let connection = Connection {
            number: client.connections,
            is_session_present: kept.is_some(),
            wake: Arc::default(),
            end: CancellationToken::new(),
        };
        client.session.insert(kept.unwrap_or_default()).resume();
        client.is_clean = choice.is_clean;
        client.connection = Some(connection.clone());
        connection
    }

    /// The connection ended; nothing changes if a later one has replaced it.
    pub(crate) fn disconnect(&mut self, id: &str, number: usize, now: Instant) {
        let Some(client) = self.open(id, number) else { return };
        client.connection = None;
        match &mut client.session {
            Some(session) if client.is_registered && !client.is_clean => session.leave(now),
            _ => client.session = None,
        }
    }

    /// The next delivery over this connection.
    pub(crate) fn next(&mut self, id: &str, number: usize, now: Instant) -> Next {
        self.session(id, number).map_or(Next::Nothing, |session| session.next(now))
    }

    pub(crate) fn subscribe(&mut self, id: &str, number: usize, topic: &str) {
        if let Some(session) = self.session(id, number) {
            session.subscribe(topic);
        }
    }

    pub(crate) fn unsubscribe(&mut self, id: &str, number: usize, topic: &str) {
        if let Some(session) = self.session(id, number) {
            session.unsubscribe(topic);
        }
    }

    pub(crate) fn acknowledge(&mut self, id: &str, number: usize, packet_id: u16) {
        if let Some(client) = self.open(id, number)
            && client.session.as_mut().is_some_and(|session| session.acknowledge(packet_id))
        {
            client.acknowledged += 1;
        }
    }

    /// Publishes to the topic of each client that wants the message. Returns the number of
    /// sessions that took it.
    pub(crate) fn publish(
        &mut self,
        payload: &str,
        wants: impl Fn(&Subscriptions) -> bool,
    ) -> usize {
        let mut sessions = 0;
        for (id, client) in &mut self.0 {
            let Some(session) = client.session.as_mut().filter(|_| wants(&client.subscriptions))
            else {
                continue;
            };
            if session.publish(&topic(id), payload) {
                sessions += 1;
                if let Some(connection) = &client.connection {
                    connection.wake.notify_one();
                }
            }
        }
        sessions
    }

    pub(crate) fn snapshot(&self, now: Instant) -> Vec<ConnectClient> {
        self.0
            .iter()
            .map(|(id, client)| ConnectClient {
                id: id.clone(),
                is_registered: client.is_registered,
                is_connected: client.connection.is_some(),
                connections: client.connections,
                certificates: client.certificates_issued,
                topics: client.session.as_ref().map(Session::topics).unwrap_or_default(),
                pushes: client.subscriptions.pushes(),
                events: client.subscriptions.events(now),
                is_home_subscribed: client.subscriptions.has_home(),
                acknowledged: client.acknowledged,
                unacknowledged: client.session.as_ref().map_or(0, Session::unacknowledged),
            })
            .collect()
    }

    fn open(&mut self, id: &str, number: usize) -> Option<&mut Client> {
        let is_open = |client: &&mut Client| {
            client.connection.as_ref().is_some_and(|connection| connection.number == number)
        };
        self.0.get_mut(id).filter(is_open)
    }

    fn session(&mut self, id: &str, number: usize) -> Option<&mut Session> {
        self.open(id, number)?.session.as_mut()
    }
}

/// The only topic that a client may subscribe.
pub(crate) fn topic(client_id: &str) -> String {
    format!("app/clients/{client_id}/push")
}

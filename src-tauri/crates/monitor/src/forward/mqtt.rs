//! Delivery to an MQTT broker. The connection stays open: its end is what tells others that this
//! computer is gone.

use std::{collections::BTreeMap, time::Duration};

use model::{Destination, Device, Home, ProblemCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use thinq::{Chain, Error, Heard, OwnBroker, OwnBrokerError, OwnConnection, Publication};
use tokio::{
    sync::{broadcast, watch},
    time,
};
use tracing::warn;
use url::Url;

use super::{
    Delivery, Shared, Undelivered, failure,
    home_assistant::{OFFLINE, ONLINE, Topics, discovery, discovery_topic, state},
    message::{Message, public_id},
    settled::SettledMessage,
};
use crate::event::EventId;

/// Time for the broker to acknowledge a message.
const PATIENCE: Duration = Duration::from_secs(20);
/// Beginning of the name of a [fact](Broker::fact).
const FACT: &str = "home_assistant_";

/// A connection and what was published on it.
pub(super) struct Broker {
    connection: OwnConnection,
    topics: Topics,
    is_home_assistant: bool,
    /// Discovery and state of each appliance, as published, by its public id.
    shown: BTreeMap<String, (String, String)>,
    home: watch::Receiver<Home>,
    settled: broadcast::Receiver<Vec<EventId>>,
    /// Fact that persists the appliances that Home Assistant knows, so that those that are gone are
    /// removed after a restart, too.
    fact: String,
}

/// What a connection has to handle.
pub(super) enum News {
    /// A message of another client.
    Heard(Heard),
    /// The home changed.
    Home,
    /// Events were read or done.
    Settled(Vec<EventId>),
}

impl Broker {
    /// Connects, and publishes that this computer is there.
    pub(super) async fn connect(
        shared: &Shared,
        name: &str,
        destination: &Destination,
        secret: Option<&SecretString>,
    ) -> Result<Self, Undelivered> {
        let Destination::Mqtt { topic, is_home_assistant, .. } = destination else {
            unreachable!("called for brokers only")
        };
        let topics = Topics { prefix: topic.clone() };
        let will = Publication {
            topic: topics.availability(),
            payload: OFFLINE.to_owned(),
            is_retained: true,
        };
        let mut connection = open(shared, destination, secret, Some(will)).await?;
        // Another computer that leaves must not make the home unavailable.
        connection.subscribe(&topics.availability()).await.map_err(|error| undelivered(&error))?;
        let settled = connection.subscribe(&topics.settled("+", "+")).await;
        settled.map_err(|error| undelivered(&error))?;
        let mut broker = Self {
            connection,
            topics,
            is_home_assistant: *is_home_assistant,
            shown: BTreeMap::new(),
            home: shared.monitor.home(),
            settled: shared.settled.subscribe(),
            fact: format!("{FACT}{name}"),
        };
        broker.say_online()?;
        broker.recall(shared).await;
        broker.show_home(shared).await?;
        Ok(broker)
    }

    /// Takes what an earlier connection published for outdated.
    async fn recall(&mut self, shared: &Shared) {
        let fact = self.fact.clone();
        let known = shared.in_store(move |store| store.fact(&fact)).await;
        let ids: Vec<String> = known
            .ok()
            .flatten()
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        self.shown = ids.into_iter().map(|id| (id, <(String, String)>::default())).collect();
    }

    async fn keep_known(&mut self, shared: &Shared) {
        let ids: Vec<&String> = self.shown.keys().collect();
        let (fact, ids) = (self.fact.clone(), serde_json::to_string(&ids).unwrap_or_default());
        let ids = (!self.shown.is_empty()).then_some(ids);
        let kept = shared.in_store(move |store| store.set_fact(&fact, ids.as_deref())).await;
        if let Err(error) = kept {
            warn!(error = %Chain(&error), "failed to note what Home Assistant knows");
        }
    }

    /// The appliances may have new names, as after a change of the language.
    pub(super) fn look_again(&mut self) {
        self.home.mark_changed();
    }

    fn say_online(&self) -> Result<(), Undelivered> {
        self.queue(self.topics.availability(), ONLINE.to_owned(), true)
    }

    fn queue(&self, topic: String, payload: String, is_retained: bool) -> Result<(), Undelivered> {
        let published = self.connection.publish(Publication { topic, payload, is_retained });
        published.map(drop).map_err(|error| undelivered(&error))
    }

    /// Publishes an event, and waits until the broker has taken it.
    pub(super) async fn deliver(&mut self, shared: &Shared, message: &Message) -> Delivery {
        let publication = publication_of(message, &self.topics);
        let topic = publication.topic.clone();
        let published =
            self.connection.publish(publication).map_err(|error| undelivered(&error))?;
        let taken = published.is_taken();
        tokio::pin!(taken);
        let until = time::Instant::now() + PATIENCE;
        loop {
            tokio::select! {
                is_taken = &mut taken => {
                    return if is_taken {
                        Ok(topic)
                    } else {
                        Err(Undelivered::retried(failure(ProblemCode::TargetUnreachable, "")))
                    };
                }
                news = self.next() => self.handle(shared, news?).await?,
                () = time::sleep_until(until) => {
                    return Err(Undelivered::retried(failure(ProblemCode::TargetTimedOut, "")));
                }
            }
        }
    }

    /// Waits for something to [handle](Self::handle). Keeps the connection open and sends, so it has
    /// to be awaited all the time. Cancel safe.
    pub(super) async fn next(&mut self) -> Result<News, Undelivered> {
        tokio::select! {
            heard = self.connection.next() => {
                heard.map(News::Heard).map_err(|error| undelivered(&error))
            }
            Ok(()) = self.home.changed() => Ok(News::Home),
            Ok(ids) = self.settled.recv() => Ok(News::Settled(ids)),
        }
    }

    pub(super) async fn handle(&mut self, shared: &Shared, news: News) -> Result<(), Undelivered> {
        match news {
            News::Heard(heard) => self.answer(shared, &heard).await,
            News::Home => self.show_home(shared).await,
            News::Settled(ids) => self.tell_settled(shared, ids).await,
        }
    }

    /// Publishes that events were read or done.
    async fn tell_settled(
        &mut self,
        shared: &Shared,
        ids: Vec<EventId>,
    ) -> Result<(), Undelivered> {
        for stored in shared.settled_here(ids).await.unwrap_or_default() {
            let Some((device, code, message)) = SettledMessage::of(&stored.event, &shared.instance)
            else {
                continue;
            };
            let json = serde_json::to_string(&message).unwrap_or_default();
            self.queue(self.topics.settled(&device, &code), json, true)?;
        }
        Ok(())
    }

    /// Another computer that leaves or that removes its target must not take this one along.
    async fn answer(&mut self, shared: &Shared, heard: &Heard) -> Result<(), Undelivered> {
        let Heard { topic, payload } = heard;
        if *topic == self.topics.availability() && payload == OFFLINE.as_bytes() {
            return self.say_online();
        }
        if let Some((device, code)) = self.topics.settled_at(topic) {
            shared.settle_as_told(device, code, payload).await;
            return Ok(());
        }
        let removed = self.shown.iter().find(|(id, _)| discovery_topic(id) == *topic);
        match removed.map(|(_, (described, _))| described.clone()) {
            Some(described) if payload.is_empty() => self.queue(topic.clone(), described, true),
            Some(_) | None => Ok(()),
        }
    }

    /// Publishes what is new of the home, and removes what is gone.
    async fn show_home(&mut self, shared: &Shared) -> Result<(), Undelivered> {
        let home = self.home.borrow_and_update().clone();
        let before: Vec<String> = self.shown.keys().cloned().collect();
        let devices = if self.is_home_assistant { home.devices } else { Vec::new() };
        let ids: Vec<String> = devices.iter().map(|device| public_id(&device.id)).collect();
        for id in before.iter().filter(|id| !ids.contains(id)) {
            self.shown.remove(id);
            self.clear(id)?;
        }
        for (device, id) in devices.iter().zip(&ids) {
            self.show(shared, device, id).await?;
        }
        if self.shown.keys().ne(&before) {
            self.keep_known(shared).await;
        }
        Ok(())
    }

    async fn show(
        &mut self,
        shared: &Shared,
        device: &Device,
        id: &str,
    ) -> Result<(), Undelivered> {
        let described = discovery(device, &self.topics, &shared.words).to_string();
        let now = state(device, &shared.words).to_string();
        let before = self.shown.insert(id.to_owned(), (described.clone(), now.clone()));
        let (described_before, before) = before.unwrap_or_default();
        if described != described_before {
            let topic = discovery_topic(id);
            if described_before.is_empty() {
                let subscribed = self.connection.subscribe(&topic).await;
                subscribed.map_err(|error| undelivered(&error))?;
            }
            self.queue(topic, described, true)?;
        }
        if now != before {
            self.queue(self.topics.state(id), now, true)?;
        }
        Ok(())
    }

    /// Removes an appliance from Home Assistant.
    fn clear(&self, id: &str) -> Result<(), Undelivered> {
        self.queue(discovery_topic(id), String::new(), true)?;
        self.queue(self.topics.state(id), String::new(), true)
    }

    /// Says that this computer leaves. With `is_final`, also removes the home from Home Assistant.
    pub(super) async fn leave(mut self, shared: &Shared, is_final: bool) {
        if is_final {
            for id in std::mem::take(&mut self.shown).keys() {
                self.clear(id).ok();
            }
            self.keep_known(shared).await;
        }
        self.queue(self.topics.availability(), OFFLINE.to_owned(), true).ok();
        self.connection.close().await;
    }
}

/// Publishes a test message on a connection of its own, which neither says that this computer is there
/// nor shows the home.
pub(super) async fn test(
    shared: &Shared,
    destination: &Destination,
    secret: Option<&SecretString>,
    message: &Message,
) -> Delivery {
    let Destination::Mqtt { topic, .. } = destination else {
        unreachable!("called for brokers only")
    };
    let mut connection = open(shared, destination, secret, None).await?;
    let publication = publication_of(message, &Topics { prefix: topic.clone() });
    let topic = publication.topic.clone();
    let published = connection.publish(publication).map_err(|error| undelivered(&error))?;
    let acknowledged = async {
        let taken = published.is_taken();
        tokio::pin!(taken);
        loop {
            tokio::select! {
                is_taken = &mut taken => return Ok(is_taken),
                heard = connection.next() => drop(heard.map_err(|error| undelivered(&error))?),
            }
        }
    };
    let code = match time::timeout(PATIENCE, acknowledged).await {
        Ok(Ok(true)) => {
            connection.close().await;
            return Ok(topic);
        }
        Ok(Ok(false)) => ProblemCode::TargetUnreachable,
        Ok(Err(undelivered)) => return Err(undelivered),
        Err(_elapsed) => ProblemCode::TargetTimedOut,
    };
    Err(Undelivered::retried(failure(code, "")))
}

async fn open(
    shared: &Shared,
    destination: &Destination,
    secret: Option<&SecretString>,
    will: Option<Publication>,
) -> Result<OwnConnection, Undelivered> {
    let Destination::Mqtt { url, user, allows_plain, .. } = destination else {
        unreachable!("called for brokers only")
    };
    let url = Url::parse(url).map_err(|error| {
        Undelivered::blocked(failure(ProblemCode::InvalidTarget, &error.to_string()))
    })?;
    let proxy = shared.monitor.service().proxy;
    let broker = OwnBroker {
        url: &url,
        user,
        password: secret,
        will,
        allows_plain: *allows_plain,
        proxy: proxy.as_ref(),
    };
    broker.connect().await.map_err(|error| undelivered(&error))
}

fn publication_of(message: &Message, topics: &Topics) -> Publication {
    let id = message.device.as_ref().map(|device| device.id.as_str());
    let mut json = serde_json::to_value(message).unwrap_or_default();
    if let Value::Object(fields) = &mut json {
        // Home Assistant requires it.
        fields.insert("event_type".into(), json!(message.category));
    }
    Publication { topic: topics.event(id), payload: json.to_string(), is_retained: false }
}

fn undelivered(error: &OwnBrokerError) -> Undelivered {
    let detail = Chain(error).to_string();
    match error {
        OwnBrokerError::Address => {
            Undelivered::blocked(failure(ProblemCode::InvalidTarget, &detail))
        }
        OwnBrokerError::NotEncrypted => {
            Undelivered::blocked(failure(ProblemCode::TargetPlain, &detail))
        }
        OwnBrokerError::Refused(_) => {
            Undelivered::blocked(failure(ProblemCode::TargetRefused, &detail))
        }
        OwnBrokerError::Failed(Error::TimedOut { .. } | Error::BrokerSilent { .. }) => {
            Undelivered::retried(failure(ProblemCode::TargetTimedOut, &detail))
        }
        OwnBrokerError::Failed(_) | _ => {
            Undelivered::retried(failure(ProblemCode::TargetUnreachable, &detail))
        }
    }
}

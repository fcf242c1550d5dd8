//! The sender: which endpoints are told something now, and when it looks again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use futures_util::{FutureExt as _, select_biased};
use workflow_core::ids::{PracticeId, WebhookId};
use workflow_core::service::{
    CommandError, Message, MessageRefusal, NextMessage, OutboxReader, PracticeHandle, WebhookError,
    Workflows,
};
use workflow_core::webhook::Webhook;

use crate::courier::{Courier, Post};
use crate::message::{body, sign};

/// How often every practice is looked at, for what another process wrote.
const LOOK_EVERY: TimeDelta = TimeDelta::seconds(30);

/// After how long an endpoint is looked at again whose messages could not be read.
const TROUBLED: TimeDelta = TimeDelta::minutes(1);

/// Endpoints that are told something at once, at most.
const AT_ONCE: usize = 64;

type Place = (PracticeId, WebhookId);

/// Tells endpoints what happened.
#[derive(Clone, Debug)]
pub struct Sender {
    workflows: Workflows,
    courier: Arc<dyn Courier>,
}

/// What was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Messages that their endpoints took.
    pub taken: u64,
    /// Tries in vain.
    pub refused: u64,
}

/// An endpoint that has no more to be told for now.
struct Done {
    place: Place,
    reader: OutboxReader,
    /// When it is to be looked at again, whatever happens.
    until: Option<DateTime<Utc>>,
    sent: Sent,
}

struct Run<'a> {
    sender: &'a Sender,
    stopping: Arc<AtomicBool>,
    driven: FuturesUnordered<BoxFuture<'static, Done>>,
    busy: BTreeSet<Place>,
    /// Endpoints that wait for a place among those that are told at once.
    queue: VecDeque<Place>,
    /// Endpoints that something happened to while they were told.
    again: BTreeSet<Place>,
    waiting: BTreeMap<Place, DateTime<Utc>>,
    readers: BTreeMap<Place, OutboxReader>,
    sent: Sent,
}

enum Woken {
    Stop,
    Heard(BTreeSet<PracticeId>),
    Deaf,
    Done(Box<Done>),
    Look,
}

impl Sender {
    /// A sender that hands messages to that courier.
    #[must_use]
    pub fn new(workflows: Workflows, courier: Arc<dyn Courier>) -> Self {
        Self { workflows, courier }
    }

    fn now(&self) -> DateTime<Utc> {
        self.workflows.ports().clock.now()
    }

    /// Sends what is to be sent until `stop` ends; then what is under way is awaited.
    ///
    /// One process at a time sends, as one deploys.
    ///
    /// **Cancelling** it is allowed: what was under way is sent again by whoever sends next.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) -> Sent {
        let mut run = Run::new(self);
        let mut stop = pin!(stop.fuse());
        let mut listener = self.workflows.listen();
        let mut is_deaf = false;
        let mut look_at = self.now();
        loop {
            let is_stopping = run.stopping.load(Ordering::Relaxed);
            if is_stopping && run.driven.is_empty() {
                return run.sent;
            }
            if !is_stopping {
                if look_at <= self.now() {
                    look_at = self.now() + LOOK_EVERY;
                    run.look_at_all().await;
                }
                run.start_waiting();
            }
            let clock = &self.workflows.ports().clock;
            let until = run.waiting.values().min().copied();
            let until = until.map_or(look_at, |at| at.min(look_at));
            let woken = {
                let heard = async {
                    match is_deaf {
                        false => listener.heard().await.map_or(Woken::Deaf, Woken::Heard),
                        true => std::future::pending().await,
                    }
                };
                let driven = async {
                    match run.driven.next().await {
                        Some(done) => Woken::Done(Box::new(done)),
                        None => std::future::pending().await,
                    }
                };
                let asleep = async {
                    match is_stopping {
                        false => clock.sleep_until(until).await,
                        true => std::future::pending().await,
                    }
                };
                let (mut heard, mut driven) = (pin!(heard.fuse()), pin!(driven.fuse()));
                let mut asleep = pin!(asleep.fuse());
                select_biased! {
                    () = stop => Woken::Stop,
                    done = driven => done,
                    heard = heard => heard,
                    () = asleep => Woken::Look,
                }
            };
            match woken {
                Woken::Stop => run.stopping.store(true, Ordering::Relaxed),
                Woken::Deaf => is_deaf = true,
                Woken::Look => {}
                Woken::Heard(practices) => {
                    for practice in practices {
                        run.look_at(practice).await;
                    }
                }
                Woken::Done(done) => run.take_in(*done),
            }
        }
    }

    /// Sends everything that can be sent now, and ends: what has to wait is left.
    ///
    /// **Cancelling** it is allowed, as with [`Sender::run`].
    pub async fn send_due(&self) -> Sent {
        let mut run = Run::new(self);
        run.look_at_all().await;
        loop {
            run.start_queued();
            match run.driven.next().await {
                Some(done) => run.take_in(done),
                None => return run.sent,
            }
        }
    }

    async fn drive(
        self,
        place: Place,
        mut reader: OutboxReader,
        stopping: Arc<AtomicBool>,
    ) -> Done {
        let practice = self.workflows.practice(place.0.clone());
        let mut sent = Sent::default();
        let told = self.tell(&practice, place.1, &mut reader, &stopping, &mut sent);
        let until = match told.await {
            Ok(until) => until,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(practice = %place.0, webhook = %place.1, error, "not told");
                Some(self.now() + TROUBLED)
            }
        };
        Done {
            place,
            reader,
            until,
            sent,
        }
    }

    /// Tells an endpoint one thing after another, until there is nothing or it has to wait.
    async fn tell(
        &self,
        practice: &PracticeHandle,
        id: WebhookId,
        reader: &mut OutboxReader,
        stopping: &AtomicBool,
        sent: &mut Sent,
    ) -> Result<Option<DateTime<Utc>>, CommandError> {
        loop {
            let (message, webhook) = match practice.next_message(reader, id).await? {
                NextMessage::Nothing => return Ok(None),
                NextMessage::At(at) => return Ok(Some(at)),
                NextMessage::Message(..) if stopping.load(Ordering::Relaxed) => return Ok(None),
                NextMessage::Message(message, webhook) => (message, webhook),
            };
            match self.send(practice, id, &message, &webhook).await? {
                None => {
                    practice.message_taken(reader, id, &message).await?;
                    sent.taken += 1;
                }
                Some(refusal) => {
                    let (webhook, reason) = (id, &refusal.reason);
                    tracing::info!(practice = %practice.id(), %webhook, reason, "not taken");
                    let chance = self.workflows.ports().ids.next().as_u64_pair().1;
                    practice
                        .message_refused(id, &message, &refusal, chance)
                        .await?;
                    sent.refused += 1;
                }
            }
        }
    }

    /// Sends one message; says why it was not taken, where it was not.
    async fn send(
        &self,
        practice: &PracticeHandle,
        id: WebhookId,
        message: &Message,
        webhook: &Webhook,
    ) -> Result<Option<MessageRefusal>, CommandError> {
        let lost = |reason: &str| {
            Ok(Some(MessageRefusal {
                reason: reason.to_owned(),
                is_final: true,
            }))
        };
        let secret = match practice.webhook_secret(id).await {
            Ok(Some(secret)) => secret,
            Ok(None) => return lost("Its secret is missing: make a new one."),
            Err(WebhookError::Secret(error)) if is_sealed(&error) => {
                return lost("Its secret cannot be decrypted with the key that is there.");
            }
            Err(error) => return Err(error.into()),
        };
        let (now, body) = (self.now(), body(message));
        let Ok(signature) = sign(&secret, &message.id, now, &body) else {
            return lost("Its secret cannot be read: make a new one.");
        };
        let post = Post {
            url: webhook.url.clone(),
            id: message.id.clone(),
            timestamp: now.timestamp().to_string(),
            signature,
            body,
        };
        let reason = match self.courier.post(&post).await {
            Ok(200..=299) => return Ok(None),
            Ok(410) => return lost("It answered 410: it is gone."),
            Ok(status) => format!("It answered {status}."),
            Err(reason) => reason,
        };
        let is_final = false;
        Ok(Some(MessageRefusal { reason, is_final }))
    }
}

fn is_sealed(error: &workflow_core::ports::secrets::SecretStoreError) -> bool {
    use workflow_core::ports::secrets::SecretStoreError;
    matches!(error, SecretStoreError::Sealed { .. })
}

impl<'a> Run<'a> {
    fn new(sender: &'a Sender) -> Self {
        Self {
            sender,
            stopping: Arc::default(),
            driven: FuturesUnordered::new(),
            busy: BTreeSet::new(),
            queue: VecDeque::new(),
            again: BTreeSet::new(),
            waiting: BTreeMap::new(),
            readers: BTreeMap::new(),
            sent: Sent::default(),
        }
    }

    async fn look_at_all(&mut self) {
        match self.sender.workflows.practices().await {
            Ok(practices) => {
                for practice in practices {
                    self.look_at(practice).await;
                }
            }
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "the practices could not be listed for webhooks");
            }
        }
    }

    /// Has every endpoint of a practice looked at that is not told something just now.
    async fn look_at(&mut self, practice: PracticeId) {
        let handle = self.sender.workflows.practice(practice.clone());
        let webhooks = match handle.webhooks().await {
            Ok(webhooks) => webhooks.value,
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::error!(%practice, error, "the webhooks could not be read");
                return;
            }
        };
        let gone =
            |place: &Place| place.0 == practice && !webhooks.endpoints.contains_key(&place.1);
        self.readers.retain(|place, _| !gone(place));
        self.waiting.retain(|place, _| !gone(place));
        for id in webhooks.endpoints.keys() {
            let place = (practice.clone(), *id);
            match self.busy.contains(&place) {
                true => drop(self.again.insert(place)),
                false => self.ask(place),
            }
        }
    }

    fn ask(&mut self, place: Place) {
        self.waiting.remove(&place);
        if self.busy.insert(place.clone()) {
            self.queue.push_back(place);
        }
        self.start_queued();
    }

    /// Starts what was to wait until now.
    fn start_waiting(&mut self) {
        let now = self.sender.now();
        let due = self.waiting.iter().filter(|(_, at)| **at <= now);
        for place in due.map(|(place, _)| place.clone()).collect::<Vec<_>>() {
            self.ask(place);
        }
        self.start_queued();
    }

    fn start_queued(&mut self) {
        while self.driven.len() < AT_ONCE {
            let Some(place) = self.queue.pop_front() else {
                return;
            };
            let reader = self.readers.remove(&place).unwrap_or_default();
            let driven = self.sender.clone();
            let driven = driven.drive(place, reader, self.stopping.clone());
            self.driven.push(driven.boxed());
        }
    }

    fn take_in(&mut self, done: Done) {
        let Done {
            place,
            reader,
            until,
            sent,
        } = done;
        self.sent.taken += sent.taken;
        self.sent.refused += sent.refused;
        self.busy.remove(&place);
        self.readers.insert(place.clone(), reader);
        if let Some(until) = until {
            self.waiting.insert(place.clone(), until);
        }
        if self.again.remove(&place) && until.is_none() {
            self.ask(place);
        }
    }
}

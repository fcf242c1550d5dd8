//! Sending to one endpoint: what comes next, and how far the sending came.

use chrono::{DateTime, Utc};

use super::super::command::put;
use super::super::{By, CommandError, PracticeHandle};
use super::outbox::{Message, OutboxReader, added};
use crate::audit::{Actor, Subject};
use crate::ids::WebhookId;
use crate::ports::store::{EntryOrder, EntryQuery, Record, Unit, Version};
use crate::webhook::{Progress, TRIES, Webhook, wait_after};

/// After so many entries without a message the place is kept, so that they are not read again.
const UNKEPT: u64 = 500;

/// What is to be sent to an endpoint next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// This, to there.
    Message(Box<Message>, Box<Webhook>),
    /// Nothing before that instant.
    At(DateTime<Utc>),
    /// Nothing until something happens or a person resumes it.
    Nothing,
}

/// Why an endpoint did not take a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What it answered, or why it did not, as a sentence.
    pub reason: String,
    /// Whether there is no use in trying again.
    pub is_final: bool,
}

impl PracticeHandle {
    /// What is to be sent to an endpoint next. Until it is noted as taken or refused, the same is
    /// said again.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn next_message(
        &self,
        reader: &mut OutboxReader,
        id: WebhookId,
    ) -> Result<Next, CommandError> {
        let webhooks = self.webhooks().await?.value;
        let Some(webhook) = webhooks.endpoints.get(&id) else {
            return Ok(Next::Nothing);
        };
        if webhook.parked.is_some() {
            return Ok(Next::Nothing);
        }
        let found = self.outbox().await?.value.endpoints.remove(&id);
        let progress = match found {
            Some(progress) => progress,
            None => self.first_progress(id).await?,
        };
        if let Some(at) = progress.next_at.filter(|at| *at > self.now()) {
            return Ok(Next::At(at));
        }
        let place = (progress.after, progress.told);
        if reader.kept != Some(place) {
            reader.go_to(self, place).await?;
        }
        loop {
            while let Some(message) = reader.messages.front() {
                if webhook.kinds.contains(&message.kind) {
                    let message = Box::new(message.clone());
                    return Ok(Next::Message(message, Box::new(webhook.clone())));
                }
                reader.messages.pop_front();
            }
            if !reader.step(self).await? {
                break;
            }
        }
        if reader.at >= progress.after + UNKEPT {
            let after = reader.at;
            self.note_progress(id, |progress| {
                progress.after = after;
                progress.told = 0;
            })
            .await?;
            reader.kept = Some((after, 0));
        }
        Ok(Next::Nothing)
    }

    /// Where an endpoint begins that was told nothing yet: after the entry that added it.
    async fn first_progress(&self, id: WebhookId) -> Result<Progress, CommandError> {
        let mut query = EntryQuery {
            subject: Some(Subject::Webhooks),
            order: EntryOrder::NewestFirst,
            ..EntryQuery::default()
        };
        loop {
            let page = self.store().entries(&self.id, &query).await?;
            if let Some(entry) = page.iter().find(|entry| added(entry) == Some(id)) {
                return Ok(Progress {
                    after: entry.seq,
                    ..Progress::default()
                });
            }
            match page.last() {
                Some(last) => query.after = Some(last.seq),
                None => return Err(CommandError::not_found("webhook", id)),
            }
        }
    }

    /// The endpoint took a message: the next one is another.
    ///
    /// # Errors
    ///
    /// Any error of the store. Then the message is sent again.
    pub async fn message_taken(
        &self,
        reader: &mut OutboxReader,
        id: WebhookId,
        message: &Message,
    ) -> Result<(), CommandError> {
        let (after, told) = (message.seq - 1, message.part + 1);
        let now = self.now();
        self.note_progress(id, |progress| {
            *progress = Progress {
                after,
                told,
                told_at: Some(now),
                ..Progress::default()
            };
        })
        .await?;
        reader.kept = Some((after, told));
        reader.messages.pop_front();
        Ok(())
    }

    /// The endpoint did not take a message, for that reason. It is tried again after a while, and
    /// the endpoint is parked after [`TRIES`] or where it said that it is `gone`. `chance` spreads
    /// the tries.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn message_refused(
        &self,
        id: WebhookId,
        message: &Message,
        refusal: &Refusal,
        chance: u64,
    ) -> Result<(), CommandError> {
        let now = self.now();
        let reason = refusal.reason.clone();
        let mut tries = 0;
        self.note_progress(id, |progress| {
            // What was skipped since is not what the endpoint has to be told of again.
            (progress.after, progress.told) = (message.seq - 1, message.part);
            progress.tries = progress.tries.saturating_add(1);
            progress.trouble = Some(reason.clone());
            progress.next_at = Some(now + wait_after(progress.tries, chance));
            tries = progress.tries;
        })
        .await?;
        if refusal.is_final || tries >= TRIES {
            let sentence = match refusal.is_final {
                true => format!("{reason} Nothing more was tried."),
                false => format!("{reason} It was tried {tries} times."),
            };
            self.park_webhook(Actor::Scheduler, id, sentence, now)
                .await?;
        }
        Ok(())
    }

    /// Changes how far the sending to an endpoint came.
    pub(super) async fn note_progress(
        &self,
        id: WebhookId,
        mut change: impl FnMut(&mut Progress),
    ) -> Result<(), CommandError> {
        let by = By::from(Actor::Scheduler);
        loop {
            let known = self.webhooks().await?.value.endpoints;
            if !known.contains_key(&id) {
                return Ok(());
            }
            let found = self.outbox().await?;
            let mut outbox = found.value;
            outbox.endpoints.retain(|id, _| known.contains_key(id));
            let mut progress = match outbox.endpoints.remove(&id) {
                Some(progress) => progress,
                None => self.first_progress(id).await?,
            };
            change(&mut progress);
            outbox.endpoints.insert(id, progress);
            let done = self.put_outbox(&by, Record::Outbox(outbox), found.version);
            match done.await {
                // Another endpoint's sending was noted meanwhile.
                Err(CommandError::Changed { .. }) => {}
                done => return done,
            }
        }
    }

    async fn put_outbox(
        &self,
        by: &By,
        outbox: Record,
        version: Version,
    ) -> Result<(), CommandError> {
        let by = by.clone().having_seen(version);
        self.retrying(&by, "outbox", || async {
            let unit = Unit {
                puts: vec![put(outbox.clone(), version)],
                ..Unit::default()
            };
            self.commit(unit).await.map(drop)
        })
        .await
    }
}

//! Reading the audit on for one endpoint: which messages its entries make, and in which order.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};

use super::super::{CommandError, PracticeHandle};
use crate::audit::{Entry, Event, Subject};
use crate::deployment::{JobRef, Phase};
use crate::ids::{ClientId, PracticeId, WebhookId, WorkflowId};
use crate::ports::store::{EntryQuery, Query};
use crate::verify::rebuild::Rebuilt;
use crate::webhook::WebhookKind;
use crate::workflow::{Occurrence, Workflow, WorkflowEvent};

/// Entries that are read at once.
const PAGE: u32 = 200;

/// Workflows whose state is kept while their entries are read.
const KNOWN: usize = 64;

/// One thing that an endpoint is told. The same thing has the same `id` each time it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What a receiver knows a repeat by.
    pub id: String,
    /// What happened.
    pub kind: WebhookKind,
    /// Whose.
    pub practice: PracticeId,
    /// The entry of the audit that tells of it: later messages have later ones.
    pub seq: u64,
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The workflow.
    pub workflow: WorkflowId,
    /// Its job name, with its tokens.
    pub name: String,
    /// Its client.
    pub client: ClientId,
    /// The occurrence, where it is about a deployment.
    pub occurrence: Option<Occurrence>,
    /// The job, where there is one.
    pub job: Option<JobRef>,
    /// What went wrong, or how the workflow stands, in words.
    pub sentence: Option<String>,
    /// Which of the entry's messages it is.
    pub(super) part: u8,
}

/// Reads the audit on for one endpoint. It may be dropped at any time: the place is kept in the
/// practice's outbox, and what was not noted as taken is told again.
#[derive(Default)]
pub struct OutboxReader {
    /// The place that was kept last: everything after it is to be told.
    pub(super) kept: Option<(u64, u8)>,
    /// The last entry that was looked at.
    pub(super) at: u64,
    /// What follows it.
    ahead: VecDeque<Entry>,
    known: BTreeMap<WorkflowId, Rebuilt>,
    /// Messages of the last entry that are not told yet.
    pub(super) messages: VecDeque<Message>,
}

impl std::fmt::Debug for OutboxReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutboxReader")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

/// Whether two entries may be of one decision: what was decided at once about one thing bears one
/// instant.
fn are_of_one(one: &Entry, other: &Entry) -> bool {
    let (one, other) = (&one.line, &other.line);
    one.at == other.at && one.subject == other.subject && one.actor == other.actor
}

/// What an endpoint is told of a deployment in that phase.
fn told_of(phase: &Phase) -> Option<WebhookKind> {
    match phase {
        Phase::Deployed => Some(WebhookKind::Deployed),
        Phase::Failed => Some(WebhookKind::Failed),
        Phase::Uncertain => Some(WebhookKind::Uncertain),
        Phase::Running | Phase::Held(_) | Phase::GivenUp { .. } | Phase::Duplicated => None,
    }
}

/// The endpoint that an entry added.
pub(super) fn added(entry: &Entry) -> Option<WebhookId> {
    let Event::Webhooks(change) = &entry.line.event else {
        return None;
    };
    let before = change.before.as_ref();
    let is_new = |id: &&WebhookId| before.is_none_or(|old| !old.endpoints.contains_key(id));
    change.after.endpoints.keys().find(is_new).copied()
}

impl OutboxReader {
    /// Goes to a place that was kept.
    pub(super) async fn go_to(
        &mut self,
        of: &PracticeHandle,
        place: (u64, u8),
    ) -> Result<(), CommandError> {
        *self = Self {
            kept: Some(place),
            at: place.0,
            ..Self::default()
        };
        if place.1 == 0 {
            return Ok(());
        }
        self.step(of).await?;
        for _ in 0..place.1 {
            self.messages.pop_front();
        }
        Ok(())
    }

    /// Looks at the next entry; says whether there was one.
    pub(super) async fn step(&mut self, of: &PracticeHandle) -> Result<bool, CommandError> {
        // All that was decided with it is there before it is looked at.
        let is_short = |ahead: &VecDeque<Entry>| match (ahead.front(), ahead.back()) {
            (Some(first), Some(last)) => are_of_one(first, last),
            _ => true,
        };
        while is_short(&self.ahead) {
            let after = self.ahead.back().map_or(self.at, |entry| entry.seq);
            let page = of.audit_after(after, PAGE).await?;
            let is_all = page.len() < PAGE as usize;
            self.ahead.extend(page);
            if is_all {
                break;
            }
        }
        let Some(entry) = self.ahead.front().cloned() else {
            return Ok(false);
        };
        if let (Subject::Workflow(id), Event::Workflow(event)) =
            (&entry.line.subject, &entry.line.event)
        {
            self.recall(of, *id, entry.seq).await?;
            self.take_in(of.id(), *id, &entry, event);
        }
        // An entry is behind only once all of it was taken in: what is cancelled is done again.
        self.at = entry.seq;
        self.ahead.pop_front();
        Ok(true)
    }

    /// Makes a workflow as it was before an entry, where it is not known.
    async fn recall(
        &mut self,
        of: &PracticeHandle,
        id: WorkflowId,
        before: u64,
    ) -> Result<(), CommandError> {
        if self.known.contains_key(&id) {
            return Ok(());
        }
        let mut made = Rebuilt::default();
        let mut after = 0;
        loop {
            let query = EntryQuery {
                subject: Some(Subject::Workflow(id)),
                after: Some(after),
                ..EntryQuery::default()
            };
            let page = of.store().entries(of.id(), &query).await?;
            let is_last = page.len() < Query::MOST as usize;
            for entry in page.iter().take_while(|entry| entry.seq < before) {
                if let Event::Workflow(event) = &entry.line.event {
                    made.apply(id, event);
                }
            }
            after = page.last().map_or(before, |entry| entry.seq);
            if is_last || after >= before {
                break;
            }
        }
        if self.known.len() >= KNOWN {
            self.known.clear();
        }
        self.known.insert(id, made);
        Ok(())
    }

    fn take_in(
        &mut self,
        practice: &PracticeId,
        id: WorkflowId,
        entry: &Entry,
        event: &WorkflowEvent,
    ) {
        let Some(made) = self.known.get_mut(&id) else {
            return;
        };
        let was_active = made.workflow().is_some_and(|of| of.status().is_active());
        let occurrence = event.deployment();
        let phase = |made: &Rebuilt| {
            let deployment = made.deployment(occurrence?)?;
            told_of(deployment.phase())
        };
        let before = phase(made);
        made.apply(id, event);
        let Some(workflow) = made.workflow() else {
            return;
        };
        let mut tells = Vec::new();
        if let Some(kind) = phase(made).filter(|now| Some(*now) != before) {
            tells.push((kind, occurrence, sentence(event)));
        }
        if was_active && !workflow.status().is_active() && !revives(workflow, &self.ahead) {
            let stands = Some(workflow.status().to_string());
            tells.push((WebhookKind::BecameInactive, None, stands));
        }
        for (part, (kind, occurrence, sentence)) in (0..).zip(tells) {
            let deployment = occurrence.and_then(|occurrence| made.deployment(occurrence));
            let hash = entry.hash.as_str().get(..16).unwrap_or_default();
            self.messages.push_back(Message {
                id: format!("{}-{hash}-{kind}", entry.seq),
                kind,
                practice: practice.clone(),
                seq: entry.seq,
                at: entry.line.at,
                workflow: id,
                name: workflow.settings().name.text().to_owned(),
                client: workflow.client(),
                occurrence,
                job: deployment.and_then(|deployment| deployment.job().cloned()),
                sentence,
                part,
            });
        }
    }
}

/// Whether what was decided with the first of these entries makes a workflow active again that the
/// entry itself made inactive: a schedule that begins anew has no date until the next one is placed.
fn revives(workflow: &Workflow, ahead: &VecDeque<Entry>) -> bool {
    let mut later = workflow.clone();
    let mut rest = ahead.iter();
    let Some(first) = rest.next() else {
        return false;
    };
    rest.take_while(|entry| are_of_one(first, entry))
        .any(|entry| {
            if let Event::Workflow(event) = &entry.line.event {
                later.apply(event);
            }
            later.status().is_active()
        })
}

/// What an event says went wrong.
fn sentence(event: &WorkflowEvent) -> Option<String> {
    match event {
        WorkflowEvent::Refused { trouble, .. }
        | WorkflowEvent::Unprepared { trouble, .. }
        | WorkflowEvent::ReplyLost { trouble, .. } => Some(trouble.sentence.clone()),
        _ => None,
    }
}

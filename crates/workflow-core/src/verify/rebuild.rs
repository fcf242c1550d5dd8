//! What entries make: records anew, and which entry is about which record.

use std::collections::BTreeMap;

use super::Break;
use crate::audit::{Entry, Event, Subject};
use crate::deployment::Deployment;
use crate::ids::WorkflowId;
use crate::ports::store::{Key, Record};
use crate::workflow::{Occurrence, Workflow, WorkflowEvent};

/// What the entries of one workflow make.
#[derive(Default)]
pub(crate) struct Rebuilt {
    workflow: Option<Workflow>,
    deployments: BTreeMap<Occurrence, Deployment>,
}

impl Rebuilt {
    /// What is made so far of the workflow itself.
    pub(crate) fn workflow(&self) -> Option<&Workflow> {
        self.workflow.as_ref()
    }

    /// What is made so far of one of its deployments.
    pub(crate) fn deployment(&self, occurrence: Occurrence) -> Option<&Deployment> {
        self.deployments.get(&occurrence)
    }

    pub(crate) fn apply(&mut self, id: WorkflowId, event: &WorkflowEvent) {
        let Some(workflow) = &mut self.workflow else {
            self.workflow = Workflow::added(id, event);
            return;
        };
        workflow.apply(event);
        if let Some(begun) = Deployment::begun(id, workflow.client(), event) {
            self.deployments.insert(begun.occurrence(), begun);
        } else if let Some(occurrence) = event.deployment()
            && let Some(deployment) = self.deployments.get_mut(&occurrence)
        {
            deployment.apply(event);
        }
    }

    pub(super) fn records(self) -> BTreeMap<Key, Record> {
        let workflow = self
            .workflow
            .map(|workflow| Record::Workflow(Box::new(workflow)));
        let deployments = self.deployments.into_values();
        deployments
            .map(|deployment| Record::Deployment(Box::new(deployment)))
            .chain(workflow)
            .map(|record| (record.key(), record))
            .collect()
    }
}

/// The first thing in which a workflow with its deployments is not what its entries make.
pub(super) fn difference(
    id: WorkflowId,
    stored: &BTreeMap<Key, Record>,
    made: &BTreeMap<Key, Record>,
) -> Option<Break> {
    if !made.contains_key(&Key::Workflow(id)) {
        return Some(Break::Unexplained(Key::Workflow(id)));
    }
    for (key, record) in stored {
        match made.get(key) {
            None => return Some(Break::Unexplained(key.clone())),
            Some(other) if other != record => return Some(Break::Different(key.clone())),
            Some(_) => {}
        }
    }
    let gone = made.keys().find(|key| !stored.contains_key(key))?;
    Some(Break::NotStored(gone.clone()))
}

/// The record that an entry made, where it made one.
pub(super) fn made_by(entry: &Entry) -> Option<Key> {
    let made = match &entry.line.event {
        Event::Practice(change) => change.before.is_none(),
        Event::Client(change) => change.before.is_none(),
        Event::Person(change) => change.before.is_none(),
        Event::Listing(change) => change.before.is_none(),
        Event::Proposal(change) => change.before.is_none(),
        Event::Level(change) => change.before.is_none(),
        Event::Sweep(change) => change.before.is_none(),
        Event::Directory(change) => change.before.is_none(),
        Event::Webhooks(change) => change.before.is_none(),
        Event::Access(change) => change.before.is_none(),
        Event::Workflow(event) => matches!(event, WorkflowEvent::Added { .. }),
    };
    made.then(|| key(&entry.line.subject))
}

/// What an entry about something that is kept whole says that it is.
pub(super) fn after(entry: &Entry) -> Option<Record> {
    Some(match &entry.line.event {
        Event::Practice(change) => Record::Practice((*change.after).clone()),
        Event::Client(change) => Record::Client((*change.after).clone()),
        Event::Person(change) => Record::Person((*change.after).clone()),
        Event::Listing(change) => Record::Listing((*change.after).clone()),
        Event::Proposal(change) => Record::Proposal((*change.after).clone()),
        Event::Level(change) => Record::Level((*change.after).clone()),
        Event::Sweep(change) => Record::Sweep((*change.after).clone()),
        Event::Directory(change) => Record::Directory((*change.after).clone()),
        Event::Webhooks(change) => Record::Webhooks((*change.after).clone()),
        Event::Access(change) => Record::Access((*change.after).clone()),
        Event::Workflow(_) => return None,
    })
}

fn key(subject: &Subject) -> Key {
    match subject {
        Subject::Practice => Key::Practice,
        Subject::Client(id) => Key::Client(*id),
        Subject::Person(id) => Key::Person(id.clone()),
        Subject::Listing(part, id) => Key::Listing(*part, *id),
        Subject::Proposal(id) => Key::Proposal(id.clone()),
        Subject::Level(of) => Key::Level(of.clone()),
        Subject::Workflow(id) => Key::Workflow(*id),
        Subject::Sweep => Key::Sweep,
        Subject::Directory => Key::Directory,
        Subject::Webhooks => Key::Webhooks,
        Subject::Access(account) => Key::Access(account.clone()),
    }
}

/// The subject of the entries about a record.
pub(super) fn subject(key: &Key) -> Subject {
    match key {
        Key::Practice => Subject::Practice,
        Key::Client(id) => Subject::Client(*id),
        Key::Person(id) => Subject::Person(id.clone()),
        Key::Listing(part, id) => Subject::Listing(*part, *id),
        Key::Proposal(id) => Subject::Proposal(id.clone()),
        Key::Level(of) => Subject::Level(of.clone()),
        Key::Workflow(id) | Key::Deployment(id, _) => Subject::Workflow(*id),
        Key::Sweep => Subject::Sweep,
        Key::Directory => Subject::Directory,
        // The sending has no entries of its own.
        Key::Webhooks | Key::Outbox => Subject::Webhooks,
        Key::Access(account) => Subject::Access(account.clone()),
    }
}

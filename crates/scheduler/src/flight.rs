//! What a driver has under way: turns that are being stored, and calls that are being made.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use workflow_core::budget::BudgetChange;
use workflow_core::ids::WorkflowId;
use workflow_core::ports::store::Due;
use workflow_core::service::{
    Call, CallOutcome, CallPlace, CommandError, Decided, Ended, PracticeHandle, Task, Turn,
    Waiting, Workflows,
};
use workflow_core::workflow::Occurrence;
use workflow_core::workflow::decide::Refusal;

use crate::{calls, metrics};

/// A deployment.
pub(crate) type Key = (WorkflowId, Occurrence);

/// A turn that is to be taken.
#[derive(Debug)]
pub(crate) struct Next {
    pub(crate) task: Task,
    /// Since when it was due.
    pub(crate) since: DateTime<Utc>,
    /// How often it was decided, and met somebody else's change when it was stored.
    pub(crate) tries: u32,
    /// Why the store refused it before: another occurrence has the job.
    pub(crate) taken: Option<Refusal>,
    /// The place of the call whose end it takes in: until then nobody else's call has it.
    pub(crate) place: Option<CallPlace>,
}

impl Next {
    pub(crate) fn new(task: Task, since: DateTime<Utc>) -> Self {
        Self {
            task,
            since,
            tries: 0,
            taken: None,
            place: None,
        }
    }

    pub(crate) fn workflow(&self) -> WorkflowId {
        match &self.task {
            Task::Due(due) => due.workflow,
            Task::Ended(ended) => ended.workflow,
        }
    }
}

/// What is no longer under way.
#[derive(Debug)]
pub(crate) enum Landed {
    /// A turn was stored, or was not.
    Stored(Box<Stored>),
    /// A call has ended.
    Called(Box<Called>),
}

/// A turn that was stored, or was not.
#[derive(Debug)]
pub(crate) struct Stored {
    number: u64,
    pub(crate) next: Next,
    /// The deployments that it was to make a call for.
    pub(crate) keys: Vec<Key>,
    pub(crate) turn: Result<Turn, CommandError>,
    /// The place of its call.
    pub(crate) place: Option<CallPlace>,
}

/// A call that is to be made.
#[derive(Debug)]
pub(crate) struct Calling {
    /// The turn that gave it out.
    pub(crate) turn: Turn,
    /// Since when it was due.
    pub(crate) since: DateTime<Utc>,
    pub(crate) place: Option<CallPlace>,
    /// Nothing is sent after this moment on the monotonic clock.
    pub(crate) deadline: Duration,
}

/// A call that has ended.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) call: Call,
    pub(crate) ended: Ended,
    pub(crate) since: DateTime<Utc>,
    /// Other deployments that its answer is for.
    pub(crate) shared_with: Vec<Waiting>,
    pub(crate) place: Option<CallPlace>,
}

/// What a driver has under way. Turns are given to the store in the order in which they were decided.
#[derive(Debug, Default)]
pub(crate) struct Flights {
    all: FuturesUnordered<BoxFuture<'static, Landed>>,
    /// Turns that were begun to be stored, ever.
    stored: u64,
    /// Deployments with a call under way, or about to be.
    deployments: BTreeSet<Key>,
    /// Workflows of which a turn is being stored: what is read of them now is out of date.
    storing: BTreeSet<WorkflowId>,
    /// What the turns that are being stored spend.
    unstored: BTreeMap<u64, BudgetChange>,
    /// Turns being stored that have a call to make.
    to_call: usize,
    /// Calls under way.
    calling: usize,
    /// Turns that can be taken as soon as nothing of their workflow is being stored.
    ready: VecDeque<Next>,
}

impl Flights {
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Calls that are under way, that a turn is being stored for, or whose end is not taken in
    /// yet: the budget takes it that no more than are allowed at once are not told of.
    pub(crate) fn calls(&self) -> usize {
        // An answer that several deployments share was to one call.
        let ended = |next: &&Next| match &next.task {
            Task::Ended(ended) => ended.sent.is_some(),
            Task::Due(_) => false,
        };
        self.to_call + self.calling + self.ready.iter().filter(ended).count()
    }

    /// Calls under way.
    pub(crate) fn calling(&self) -> usize {
        self.calling
    }

    /// Turns that are being stored.
    pub(crate) fn storing(&self) -> usize {
        self.storing.len()
    }

    /// How many rows of what is due may be about what is under way.
    pub(crate) fn rows(&self) -> usize {
        self.deployments.len() + self.storing.len()
    }

    /// Whether something due is about what is under way.
    pub(crate) fn hold(&self, item: &Due) -> bool {
        let deployment = item
            .deployment
            .map(|occurrence| (item.workflow, occurrence));
        self.storing.contains(&item.workflow)
            || deployment.is_some_and(|key| self.deployments.contains(&key))
    }

    /// What the turns spend that are being stored.
    pub(crate) fn unstored(&self) -> impl Iterator<Item = &BudgetChange> {
        self.unstored.values()
    }

    /// A turn to be taken once nothing of its workflow is being stored.
    pub(crate) fn make_ready(&mut self, next: Next) {
        if let Task::Ended(ended) = &next.task {
            // What is due of it has to wait for how the call ended.
            self.deployments.insert((ended.workflow, ended.occurrence));
        }
        self.ready.push_back(next);
    }

    /// The next turn that can be taken. Its deployment is no longer under way.
    pub(crate) fn next_ready(&mut self) -> Option<Next> {
        let free = |next: &Next| !self.storing.contains(&next.workflow());
        let at = self.ready.iter().position(free)?;
        let next = self.ready.remove(at)?;
        if let Task::Ended(ended) = &next.task {
            self.deployments.remove(&(ended.workflow, ended.occurrence));
        }
        Some(next)
    }

    /// Stores a turn.
    pub(crate) fn store(
        &mut self,
        practice: PracticeHandle,
        next: Next,
        mut decided: Decided,
        place: Option<CallPlace>,
    ) {
        let number = self.stored;
        self.stored += 1;
        let workflow = next.workflow();
        if let Some(change) = decided.spends() {
            self.unstored.insert(number, change.clone());
        }
        let keys = self.take_off(&mut decided);
        self.to_call += usize::from(!keys.is_empty());
        self.storing.insert(workflow);
        let flight = async move {
            let turn = decided.commit(&practice).await;
            Landed::Stored(Box::new(Stored {
                number,
                next,
                keys,
                turn,
                place,
            }))
        };
        self.all.push(flight.boxed());
    }

    /// The deployments that a turn makes a call for: its own, and those that share its answer and
    /// are not under way themselves.
    fn take_off(&mut self, decided: &mut Decided) -> Vec<Key> {
        let turn = decided.turn();
        let (Some(_), Some(occurrence)) = (&turn.call, turn.occurrence) else {
            return Vec::new();
        };
        let mut keys = vec![(turn.workflow, occurrence)];
        self.deployments.insert(keys[0]);
        decided.share_with(|other| {
            let key = (other.workflow, other.occurrence);
            let free = !self.storing.contains(&other.workflow) && self.deployments.insert(key);
            keys.extend(free.then_some(key));
            free
        });
        keys
    }

    /// Makes the call of a turn that was stored.
    pub(crate) fn call(
        &mut self,
        workflows: Workflows,
        practice: &PracticeHandle,
        calling: Calling,
    ) {
        let Calling {
            turn,
            since,
            place,
            deadline,
        } = calling;
        let (Some((step, call)), Some(occurrence)) = (turn.call, turn.occurrence) else {
            return;
        };
        self.calling += 1;
        let practice = practice.id().clone();
        let sent = workflows.ports().clock.now();
        let flight = async move {
            let outcome = calls::make(workflows.ports(), &practice, &call, deadline).await;
            metrics::called(&call, &outcome);
            let ended = Ended {
                workflow: turn.workflow,
                occurrence,
                step,
                sent: Some(sent),
                outcome,
            };
            Landed::Called(Box::new(Called {
                call,
                ended,
                since,
                shared_with: turn.shared_with,
                place,
            }))
        };
        self.all.push(flight.boxed());
    }

    /// The next thing that is no longer under way.
    pub(crate) async fn land(&mut self) -> Option<Landed> {
        let landed = self.all.next().await?;
        match &landed {
            Landed::Stored(stored) => {
                self.storing.remove(&stored.next.workflow());
                self.unstored.remove(&stored.number);
                self.to_call -= usize::from(!stored.keys.is_empty());
                if stored.turn.is_err() {
                    for key in &stored.keys {
                        self.deployments.remove(key);
                    }
                }
            }
            Landed::Called(_) => self.calling -= 1,
        }
        Some(landed)
    }

    /// Takes in how a call ended, for its own deployment and for those that share its answer.
    pub(crate) fn called(&mut self, called: Called) {
        let Called {
            ended,
            since,
            shared_with,
            place,
            ..
        } = called;
        let shared: Vec<(Waiting, Option<CallOutcome>)> = shared_with
            .into_iter()
            .map(|other| (other, ended.outcome.shared()))
            .collect();
        self.make_ready(Next {
            place,
            ..Next::new(Task::Ended(Box::new(ended)), since)
        });
        for (other, outcome) in shared {
            let Some(outcome) = outcome else {
                self.deployments.remove(&(other.workflow, other.occurrence));
                continue;
            };
            let ended = Box::new(Ended {
                workflow: other.workflow,
                occurrence: other.occurrence,
                step: other.step,
                sent: None,
                outcome,
            });
            self.make_ready(Next::new(Task::Ended(ended), other.since));
        }
    }
}

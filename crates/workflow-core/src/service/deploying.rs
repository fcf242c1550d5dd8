//! The scheduler's side of the service: one turn of a deployment at a time.
//!
//! A turn takes in how the last call ended, decides what follows, and commits that together with
//! the intent of the next call, in one unit under the practice's lease. It returns the call to
//! make. So a deployment of n steps is n + 1 durable units: begun with the first intent, each result
//! with the next intent, the last result with the end.
//!
//! Turns of one practice are taken one after another by the holder of its lease; the calls that
//! they return may be made side by side.

use chrono::{DateTime, TimeDelta, Utc};

use super::calling::{Call, CallOutcome};
use super::command::put;
use super::facts::Ground;
use super::sharing::Waiting;
use super::{By, CommandError, PracticeHandle};
use crate::audit::Actor;
use crate::budget::{Admission, Budget, BudgetChange, Purpose};
use crate::canonical;
use crate::deployment::conclude::{Moment, Policy};
use crate::deployment::{
    Action, Deployment, Digest, JobOrder, OrderError, OrderFacts, Phase, StepKind, StepState,
    Trouble,
};
use crate::ids::WorkflowId;
use crate::ports::gateway::DirectoryPart;
use crate::ports::store::{Due, Key, Lease, Record, StoreError, Unit, Version, Versioned};
use crate::practice::{Client, Person, Standing};
use crate::proposal::Proposal;
use crate::workflow::decide::Refusal;
use crate::workflow::{Occurrence, Workflow, WorkflowEvent};

/// What a turn came to.
#[derive(Debug)]
pub struct Turn {
    /// The workflow.
    pub workflow: WorkflowId,
    /// The occurrence whose deployment the turn was about, if it was about one.
    pub occurrence: Option<Occurrence>,
    /// The call to make now, with the step that it is for.
    pub call: Option<(u8, Call)>,
    /// Other deployments that the answer to the call, a look-up, is for as well.
    pub shared_with: Vec<Waiting>,
    /// Until when the call budget lets nothing be sent, where the turn found it spent.
    pub closed: Closed,
    /// What happened in the turn, in order.
    pub events: Vec<WorkflowEvent>,
}

/// Until when the call budget is spent. Look-ups are told apart, since a part of the day's calls is
/// kept for them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// Nothing that deploys is sent before this instant.
    pub deploys_until: Option<DateTime<Utc>>,
    /// Nothing at all is sent before this instant.
    pub look_ups_until: Option<DateTime<Utc>>,
}

impl Closed {
    /// What a budget lets through.
    fn by(budget: &Budget, now: DateTime<Utc>) -> Self {
        let until = |purpose| match budget.admit(now, purpose, 0) {
            Admission::Now => None,
            Admission::At(at) => Some(at),
        };
        Self {
            deploys_until: until(Purpose::Deploy),
            look_ups_until: until(Purpose::LookUp),
        }
    }

    fn to(self, purpose: Purpose) -> bool {
        let until = match purpose {
            Purpose::Deploy => self.deploys_until,
            Purpose::LookUp => self.look_ups_until,
        };
        until.is_some()
    }
}

/// What a turn is about.
#[derive(Debug)]
pub enum Task {
    /// Something that the store lists as due.
    Due(Due),
    /// A call that has ended.
    Ended(Box<Ended>),
}

/// A call that has ended.
#[derive(Debug)]
pub struct Ended {
    /// The workflow.
    pub workflow: WorkflowId,
    /// The occurrence.
    pub occurrence: Occurrence,
    /// The step that the call was for.
    pub step: u8,
    /// When it was sent, where known.
    pub sent: Option<DateTime<Utc>>,
    /// How it ended.
    pub outcome: CallOutcome,
}

/// What a turn is taken under.
#[derive(Clone)]
pub struct TurnFacts {
    /// The practice's lease.
    pub lease: Lease,
    /// The numbers of the protocol.
    pub policy: Policy,
    /// How long to back off, should a retry be able to cure what went wrong; by the tries so far.
    pub retry_in: RetryIn,
    /// Whether another call may be made now beside those under way.
    pub room: Room,
}

impl std::fmt::Debug for TurnFacts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TurnFacts")
            .field("lease", &self.lease)
            .field("policy", &self.policy)
            .field("room", &self.room)
            .finish_non_exhaustive()
    }
}

/// How long to back off after so many tries in a row.
pub type RetryIn = std::sync::Arc<dyn Fn(u32) -> TimeDelta + Send + Sync>;

/// Whether another call may be made beside those under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// It may.
    Free,
    /// As many as allowed are under way.
    Full,
}

/// The deployment as the turn goes on.
struct Working {
    workflow: Workflow,
    workflow_version: Version,
    deployment: Option<(Deployment, Version)>,
    events: Vec<WorkflowEvent>,
    budget: Vec<BudgetChange>,
}

impl Working {
    fn push(&mut self, events: Vec<WorkflowEvent>) {
        for event in events {
            self.workflow.apply(&event);
            match &mut self.deployment {
                Some((deployment, _)) => deployment.apply(&event),
                None => {
                    let (id, client) = (self.workflow.id(), self.workflow.client());
                    let begun = Deployment::begun(id, client, &event);
                    self.deployment = begun.map(|begun| (begun, Version::NONE));
                }
            }
            self.events.push(event);
        }
    }
}

impl PracticeHandle {
    /// What is due now, at most `limit` items.
    ///
    /// # Errors
    ///
    /// Any error of [`Store::due`](crate::ports::store::Store::due).
    pub async fn due(&self, limit: u32) -> Result<Vec<Due>, StoreError> {
        self.store().due(&self.id, self.now(), limit).await
    }

    /// The deployments that are looked up by themselves, by the instant at which they are. They go
    /// on where the budget lets nothing else be sent.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn look_ups(&self) -> Result<Vec<Due>, CommandError> {
        let mut look_ups: Vec<Due> = self
            .attention()
            .await?
            .into_iter()
            .map(|found| found.value)
            .filter(|deployment| *deployment.phase() == Phase::Uncertain)
            .filter_map(|deployment| {
                Some(Due {
                    at: deployment.wake()?,
                    rank: deployment.rank(),
                    workflow: deployment.workflow(),
                    deployment: Some(deployment.occurrence()),
                })
            })
            .collect();
        look_ups.sort_by_key(|due| (due.at, due.workflow, due.deployment));
        Ok(look_ups)
    }

    /// Takes one turn. The caller says what is due only of deployments that it has no call under
    /// way for.
    ///
    /// # Errors
    ///
    /// [`CommandError::Store`] with [`StoreError::FenceLost`] when the lease was lost: nothing was
    /// written, and nothing may be sent; any other error of the store.
    pub async fn turn(&self, task: &Task, facts: &TurnFacts) -> Result<Turn, CommandError> {
        let by = By::from(Actor::Scheduler);
        let turn = |taken: Option<Refusal>| {
            let by = &by;
            self.retrying(by, "workflow", move || {
                self.try_turn(by, task, facts, taken.clone())
            })
        };
        match turn(None).await {
            // Adopted for another occurrence before it was known whose it is.
            Err(CommandError::Refused(taken @ Refusal::JobTaken { .. })) => turn(Some(taken)).await,
            other => other,
        }
    }

    async fn try_turn(
        &self,
        by: &By,
        task: &Task,
        facts: &TurnFacts,
        taken: Option<Refusal>,
    ) -> Result<Turn, CommandError> {
        let (id, occurrence) = match task {
            Task::Due(due) => (due.workflow, due.deployment),
            Task::Ended(ended) => (ended.workflow, Some(ended.occurrence)),
        };
        let found = self.require_workflow(id).await?;
        let ground = self.ground().await?;
        let client = self.require_client(found.value.client()).await?.value;
        let deployment = match occurrence {
            None => None,
            Some(occurrence) => {
                let found = self.require_deployment(id, occurrence).await?;
                Some((found.value, found.version))
            }
        };
        let mut working = Working {
            workflow: found.value,
            workflow_version: found.version,
            deployment,
            events: Vec::new(),
            budget: Vec::new(),
        };
        if let Task::Ended(ended) = task {
            self.take_in(&mut working, ended, taken.as_ref(), facts);
        }
        let placing = ground.placing(client.year_end, self.now());
        if occurrence.is_none() {
            let decision = working.workflow.fall_due(&self.id, &placing);
            working.push(decision.events);
        }
        let (call, closed) = self
            .next_call(&mut working, &ground, &client, facts)
            .await?;
        let placed = working.workflow.place_next(&placing);
        working.push(placed.into_iter().collect());
        let occurrence = working
            .deployment
            .as_ref()
            .map(|(found, _)| found.occurrence());
        let shared_with = match (&call, occurrence) {
            (Some((_, call)), Some(asker)) if call.is_look_up() => {
                self.waiting_for(client.id, call, (id, asker)).await?
            }
            _ => Vec::new(),
        };
        let events = working.events.clone();
        self.commit_turn(by, working, &ground, facts).await?;
        Ok(Turn {
            workflow: id,
            occurrence,
            call,
            shared_with,
            closed,
            events,
        })
    }

    /// What follows from how the last call ended.
    fn take_in(
        &self,
        working: &mut Working,
        ended: &Ended,
        taken: Option<&Refusal>,
        facts: &TurnFacts,
    ) {
        let Ended { step, outcome, .. } = ended;
        let (now, step) = (self.now(), *step);
        let told = BudgetChange {
            sent: ended.sent,
            ..BudgetChange::told(now, outcome.observed(), outcome.failure())
        };
        working.budget.push(told);
        let Some((deployment, _)) = &working.deployment else {
            return;
        };
        let moment = self.moment(deployment, facts);
        let events = match outcome {
            _ if let Some(Refusal::JobTaken {
                number,
                workflow,
                occurrence,
            }) = taken =>
            {
                let by = format!("{occurrence} of workflow {workflow}");
                deployment.job_taken(step, number, &by, &moment)
            }
            CallOutcome::Written(result) => deployment.called(step, result, &moment),
            CallOutcome::Listed(result) => deployment.looked_for_marker(step, result, &moment),
            CallOutcome::Read(result) => deployment.looked_at_job(step, result, &moment),
            // No step of a deployment asks for the directory.
            CallOutcome::Directory(_) | CallOutcome::Modified(_) => Vec::new(),
        };
        working.push(events);
    }

    fn moment(&self, deployment: &Deployment, facts: &TurnFacts) -> Moment {
        Moment {
            now: self.now(),
            retry_in: (facts.retry_in)(deployment.tries()),
            policy: facts.policy,
        }
    }

    /// Decides the next call and writes its intent into the turn.
    async fn next_call(
        &self,
        working: &mut Working,
        ground: &Ground,
        client: &Client,
        facts: &TurnFacts,
    ) -> Result<(Option<(u8, Call)>, Closed), CommandError> {
        let (now, open) = (self.now(), Closed::default());
        let Some((deployment, _)) = &working.deployment else {
            return Ok((None, open));
        };
        let mut action = deployment.action(now);
        if let Action::Abandon { step } = action {
            let moment = self.moment(deployment, facts);
            let events =
                deployment.abandoned(step, sender_dead_since(deployment, facts, now), &moment);
            working.push(events);
            action = working
                .deployment
                .as_ref()
                .map_or(Action::Wait, |(found, _)| found.action(now));
        }
        let purpose = match action {
            Action::Wait | Action::Abandon { .. } => return Ok((None, open)),
            Action::Prepare | Action::Send { .. } => Purpose::Deploy,
            Action::LookUp { .. } => Purpose::LookUp,
        };
        if facts.room == Room::Full {
            return Ok((None, open));
        }
        let order = match action {
            Action::Prepare => match self.prepare(working, ground, client).await? {
                Ok(order) => Some(order),
                Err(error) => {
                    let trouble = Trouble {
                        sentence: error.to_string(),
                        correlation: None,
                        at: now,
                    };
                    let Some((deployment, _)) = &working.deployment else {
                        return Ok((None, open));
                    };
                    let occurrence = deployment.occurrence();
                    working.push(vec![WorkflowEvent::Unprepared {
                        occurrence,
                        trouble,
                    }]);
                    return Ok((None, open));
                }
            },
            _ => None,
        };
        // What the turn took in is already known here, though it is not stored yet.
        let stored = self.store().budget(&self.id).await?;
        let fresh = || Budget::fresh(now, ground.practice.daily_calls);
        let budget = stored.unwrap_or_else(fresh);
        let budget = working
            .budget
            .iter()
            .fold(budget, |budget, change| budget.after(change));
        let closed = Closed::by(&budget, now);
        if closed.to(purpose) {
            return Ok((None, closed));
        }
        if let Some(owed) = self
            .owed_look(working, action, order.as_ref(), facts)
            .await?
        {
            working.push(vec![owed]);
            return Ok((None, open));
        }
        working.budget.push(BudgetChange::debit(now, 1));
        let Some((deployment, _)) = &working.deployment else {
            return Ok((None, open));
        };
        match action {
            Action::LookUp { step } => Ok((look_up(deployment, step), open)),
            Action::Prepare => Ok((self.intend(working, 0, order, facts), open)),
            Action::Send { step } => Ok((self.intend(working, step, None, facts), open)),
            Action::Wait | Action::Abandon { .. } => Ok((None, open)),
        }
    }

    fn intend(
        &self,
        working: &mut Working,
        step: u8,
        order: Option<JobOrder>,
        facts: &TurnFacts,
    ) -> Option<(u8, Call)> {
        let (deployment, _) = working.deployment.as_ref()?;
        let occurrence = deployment.occurrence();
        let prepared = order.as_ref().or(deployment.order())?;
        let (kind, missing) = match deployment.steps().get(usize::from(step)) {
            Some(step) => (step.kind, step.missing.clone()),
            None => (StepKind::Create, None),
        };
        let job = deployment.job().map(|job| job.number.clone());
        let (call, request) = match kind {
            StepKind::Create => {
                let create = prepared.create.clone();
                let request = canonical::bytes(&create);
                (Call::Create(Box::new(create)), request)
            }
            StepKind::ApplyTemplate { template } => (
                Call::ApplyTemplate {
                    job: job?,
                    template,
                },
                canonical::bytes(&template),
            ),
            StepKind::Assign => {
                let team = missing.unwrap_or_else(|| prepared.team.clone());
                let request = canonical::bytes(&team);
                (Call::Assign { job: job?, team }, request)
            }
        };
        let intended = WorkflowEvent::Intended {
            occurrence,
            step,
            kind,
            fence: facts.lease.fence,
            request: Digest::of(&[&request]),
            order: order.map(Box::new),
            overdue_at: self.now() + facts.policy.settle,
        };
        working.push(vec![intended]);
        Some((step, call))
    }

    /// The look-up that has to come before a step is first sent, where XPM may know more than the
    /// ledger.
    async fn owed_look(
        &self,
        working: &Working,
        action: Action,
        order: Option<&JobOrder>,
        facts: &TurnFacts,
    ) -> Result<Option<WorkflowEvent>, CommandError> {
        let Some((deployment, _)) = &working.deployment else {
            return Ok(None);
        };
        let step = match action {
            Action::Prepare => 0,
            Action::Send { step } => step,
            Action::Wait | Action::Abandon { .. } | Action::LookUp { .. } => return Ok(None),
        };
        let place = deployment.steps().get(usize::from(step));
        if place.is_some_and(|step| step.looked > 0) {
            return Ok(None);
        }
        let Some(sweep) = self.sweep_record().await? else {
            return Ok(None);
        };
        if !sweep.value.owes_a_look(deployment) {
            return Ok(None);
        }
        // Whoever made what the ledger does not know was gone when the backup was restored.
        let now = self.now();
        let settled = |at| facts.policy.settled_after(at).max(now);
        let restored = sweep.value.restored.map(|restored| settled(restored.at));
        Ok(Some(WorkflowEvent::LookUpOwed {
            occurrence: deployment.occurrence(),
            step,
            order: order.cloned().map(Box::new),
            look_up_at: restored.unwrap_or(now),
        }))
    }

    async fn prepare(
        &self,
        working: &Working,
        ground: &Ground,
        client: &Client,
    ) -> Result<Result<JobOrder, OrderError>, CommandError> {
        let Some((deployment, _)) = &working.deployment else {
            return Err(CommandError::not_found("deployment of", "nothing"));
        };
        let workflow = &working.workflow;
        let proposal: Option<Proposal> = self.proposal_of(workflow).await?.map(|found| found.value);
        let mut people: Vec<Person> = Vec::new();
        for id in workflow.settings_on(deployment.dates().start()).people() {
            people.extend(self.person(id.clone()).await?.map(|found| found.value));
        }
        let gone = self.gone(workflow).await?;
        let level = match workflow.level() {
            None => None,
            Some(of) => self.level(of).await?.map(|found| found.value),
        };
        let level = level.filter(|level| level.is_held_by(workflow.id()));
        let facts = OrderFacts {
            client,
            proposal: proposal.as_ref(),
            people: &people,
            gone: &gone,
            reference: level.as_ref().map(|level| &level.reference),
            numbering: &ground.practice.numbering,
        };
        Ok(JobOrder::prepare(workflow, deployment, &facts))
    }

    /// What of the settings XPM no longer lists.
    async fn gone(
        &self,
        workflow: &Workflow,
    ) -> Result<Vec<(DirectoryPart, String)>, CommandError> {
        let mut gone = Vec::new();
        for (part, id) in workflow.settings().listed() {
            if let Some(Versioned {
                value: Record::Listing(listing),
                ..
            }) = self.record(&Key::Listing(part, id)).await?
                && listing.standing == Standing::Gone
            {
                gone.push((part, listing.row.name));
            }
        }
        Ok(gone)
    }

    async fn commit_turn(
        &self,
        by: &By,
        working: Working,
        ground: &Ground,
        facts: &TurnFacts,
    ) -> Result<(), CommandError> {
        let Working {
            workflow,
            workflow_version,
            deployment,
            events,
            budget,
        } = working;
        if events.is_empty() && budget.is_empty() {
            return Ok(());
        }
        let mut unit = Unit {
            fence: Some(facts.lease.fence),
            ..Unit::default()
        };
        unit.budget = sum(budget).map(|change| (change, ground.practice.daily_calls));
        if !events.is_empty() {
            let id = workflow.id();
            let of_deployment = events.iter().any(|event| event.deployment().is_some());
            unit.puts
                .push(put(Record::Workflow(Box::new(workflow)), workflow_version));
            unit.puts.extend(
                deployment
                    .filter(|_| of_deployment)
                    .map(|(found, version)| put(Record::Deployment(Box::new(found)), version)),
            );
            let places = |event: &WorkflowEvent| {
                matches!(
                    event,
                    WorkflowEvent::NextPlaced { .. } | WorkflowEvent::Begun { .. }
                )
            };
            if events.iter().any(places) {
                unit = ground.guard(unit);
            }
            unit.lines = self.workflow_lines(by, id, events);
        }
        self.commit(unit).await?;
        Ok(())
    }
}

/// Since when whoever wrote the open intent can no longer send: a holder before this one is dead
/// since this lease began; this one has no call under way now.
fn sender_dead_since(
    deployment: &Deployment,
    facts: &TurnFacts,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    match deployment.current_step().map(|(_, step)| step.state) {
        Some(StepState::Intended { fence }) if fence < facts.lease.fence => facts.lease.since,
        _ => now,
    }
}

/// The look-up that settles a step. It needs no intent, since it changes nothing.
pub(super) fn look_up(deployment: &Deployment, step: u8) -> Option<(u8, Call)> {
    let place = deployment.steps().get(usize::from(step))?;
    let call = match place.kind {
        StepKind::Create => match deployment.number_to_look_up(place) {
            Some(number) => Call::LookAtJob {
                job: number.clone(),
            },
            None => Call::LookForMarker {
                client: deployment.client(),
            },
        },
        StepKind::ApplyTemplate { .. } | StepKind::Assign => Call::LookAtJob {
            job: deployment.job()?.number.clone(),
        },
    };
    Some((step, call))
}

/// One change that does what all of them do.
fn sum(changes: Vec<BudgetChange>) -> Option<BudgetChange> {
    changes.into_iter().reduce(|sum, next| BudgetChange {
        at: next.at.max(sum.at),
        calls: sum.calls + next.calls,
        sent: next.sent.or(sum.sent),
        observed: next.observed.or(sum.observed),
        closed_until: sum.closed_until.max(next.closed_until),
    })
}

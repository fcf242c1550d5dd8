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
use super::round::Round;
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
use crate::ports::store::{Due, Key, Lease, Record, StoreError, Unit, Version};
use crate::practice::{Client, Standing};
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

/// A turn that was decided, and of which nothing is stored yet.
#[derive(Debug)]
pub struct Decided {
    turn: Turn,
    unit: Option<Unit>,
}

impl Decided {
    /// The turn, should it be stored as it was decided.
    #[must_use]
    pub fn turn(&self) -> &Turn {
        &self.turn
    }

    /// What it spends, and what the call that ended told of the budget.
    #[must_use]
    pub fn spends(&self) -> Option<&BudgetChange> {
        let (change, _) = self.unit.as_ref()?.budget.as_ref()?;
        Some(change)
    }

    /// Whether nothing happened in it, so that nothing is to be stored.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.unit.is_none()
    }

    /// Lets the answer to its call be for those of [`Turn::shared_with`] alone that are kept.
    pub fn share_with(&mut self, keep: impl FnMut(&Waiting) -> bool) {
        self.turn.shared_with.retain(keep);
    }

    /// Stores the turn, in one unit; what it says is to be called may be called afterwards.
    ///
    /// # Errors
    ///
    /// [`CommandError::Store`] with [`StoreError::Conflict`] where what it was decided on has
    /// changed meanwhile, and [`CommandError::Refused`] with [`Refusal::JobTaken`] where another
    /// occurrence has the job: nothing was written, and it can be decided anew. With
    /// [`StoreError::FenceLost`] when the lease was lost: nothing was written, and nothing may be
    /// sent. Any other error of the store.
    pub async fn commit(self, practice: &PracticeHandle) -> Result<Turn, CommandError> {
        if let Some(unit) = self.unit {
            practice.commit(unit).await?;
        }
        Ok(self.turn)
    }
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
            self.retrying(&by, "workflow", move || {
                let taken = taken.clone();
                async move {
                    let mut round = self.round([]).await?;
                    let decided = self.decide(&mut round, task, facts, taken.as_ref()).await?;
                    decided.commit(self).await
                }
            })
        };
        match turn(None).await {
            // Adopted for another occurrence before it was known whose it is.
            Err(CommandError::Refused(taken @ Refusal::JobTaken { .. })) => turn(Some(taken)).await,
            other => other,
        }
    }

    /// Decides one turn and stores nothing of it: [`Decided::commit`] does, and only then may the
    /// call be made. So the turns of several workflows can be decided one after another, in their
    /// order, and wait for the disk together.
    ///
    /// The round is carried on with what the turn spends. The caller says what is due only of
    /// deployments that it has no call under way for, and of workflows of which no other turn is
    /// decided and not stored. `taken` is why the store refused the same turn before: another
    /// occurrence has the job ([`Refusal::JobTaken`]).
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] where the workflow, its client or the deployment is not there,
    /// and any error of the store.
    pub async fn decide(
        &self,
        round: &mut Round,
        task: &Task,
        facts: &TurnFacts,
        taken: Option<&Refusal>,
    ) -> Result<Decided, CommandError> {
        let (id, occurrence) = match task {
            Task::Due(due) => (due.workflow, due.deployment),
            Task::Ended(ended) => (ended.workflow, Some(ended.occurrence)),
        };
        let mut working = self.load_turn(id, occurrence).await?;
        let client = self.require_client(working.workflow.client()).await?.value;
        if let Task::Ended(ended) = task {
            self.take_in(&mut working, ended, taken, facts);
        }
        let ground = &round.ground;
        let placing = ground.placing(client.year_end, self.now());
        if occurrence.is_none() {
            let decision = working.workflow.fall_due(&self.id, &placing);
            working.push(decision.events);
        }
        let (call, closed) = self.next_call(&mut working, round, &client, facts).await?;
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
        let turn = Turn {
            workflow: id,
            occurrence,
            call,
            shared_with,
            closed,
            events: working.events.clone(),
        };
        let unit = self.turn_unit(working, ground, facts);
        if let Some((change, _)) = unit.as_ref().and_then(|unit| unit.budget.as_ref()) {
            round.spend(change);
        }
        Ok(Decided { turn, unit })
    }

    /// The workflow of a turn, with the deployment that it is about.
    async fn load_turn(
        &self,
        id: WorkflowId,
        occurrence: Option<Occurrence>,
    ) -> Result<Working, CommandError> {
        let mut keys = vec![Key::Workflow(id)];
        keys.extend(occurrence.map(|occurrence| Key::Deployment(id, occurrence)));
        let (mut workflow, mut deployment) = (None, None);
        for found in self.records(&keys).await?.into_iter().flatten() {
            match found.value {
                Record::Workflow(value) => workflow = Some((*value, found.version)),
                Record::Deployment(value) => deployment = Some((*value, found.version)),
                _ => {}
            }
        }
        let missing = || CommandError::not_found("workflow", id);
        let (workflow, workflow_version) = workflow.ok_or_else(missing)?;
        if let Some(occurrence) = occurrence
            && deployment.is_none()
        {
            return Err(CommandError::not_found("deployment of", occurrence));
        }
        Ok(Working {
            workflow,
            workflow_version,
            deployment,
            events: Vec::new(),
            budget: Vec::new(),
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
        round: &Round,
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
            Action::Prepare => match self.prepare(working, &round.ground, client).await? {
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
        let budget = working
            .budget
            .iter()
            .fold(round.budget().clone(), |budget, change| {
                budget.after(change)
            });
        let closed = Closed::by(&budget, now);
        if closed.to(purpose) {
            return Ok((None, closed));
        }
        if let Some(owed) = self.owed_look(working, round, action, order.as_ref(), facts) {
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
    fn owed_look(
        &self,
        working: &Working,
        round: &Round,
        action: Action,
        order: Option<&JobOrder>,
        facts: &TurnFacts,
    ) -> Option<WorkflowEvent> {
        let (deployment, _) = working.deployment.as_ref()?;
        let step = match action {
            Action::Prepare => 0,
            Action::Send { step } => step,
            Action::Wait | Action::Abandon { .. } | Action::LookUp { .. } => return None,
        };
        let place = deployment.steps().get(usize::from(step));
        if place.is_some_and(|step| step.looked > 0) {
            return None;
        }
        let sweep = round.sweep.as_ref()?;
        if !sweep.owes_a_look(deployment) {
            return None;
        }
        // Whoever made what the ledger does not know was gone when the backup was restored.
        let now = self.now();
        let settled = |at| facts.policy.settled_after(at).max(now);
        let restored = sweep.restored.map(|restored| settled(restored.at));
        Some(WorkflowEvent::LookUpOwed {
            occurrence: deployment.occurrence(),
            step,
            order: order.cloned().map(Box::new),
            look_up_at: restored.unwrap_or(now),
        })
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
        let settings = workflow.settings_on(deployment.dates().start());
        let mut keys: Vec<Key> = settings.people().cloned().map(Key::Person).collect();
        keys.extend(workflow.origin().proposal().cloned().map(Key::Proposal));
        let listed = workflow.settings().listed();
        keys.extend(listed.map(|(part, id)| Key::Listing(part, id)));
        keys.extend(workflow.level().map(Key::Level));
        let (mut proposal, mut people) = (None, Vec::new());
        let (mut gone, mut level) = (Vec::new(), None);
        for found in self.records(&keys).await?.into_iter().flatten() {
            match found.value {
                Record::Person(person) => people.push(person),
                Record::Proposal(found) => proposal = Some(found),
                Record::Listing(listing) if listing.standing == Standing::Gone => {
                    gone.push((listing.part, listing.row.name));
                }
                Record::Level(found) if found.is_held_by(workflow.id()) => level = Some(found),
                _ => {}
            }
        }
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

    /// What a turn has to store; `None` where nothing happened in it.
    fn turn_unit(&self, working: Working, ground: &Ground, facts: &TurnFacts) -> Option<Unit> {
        let by = By::from(Actor::Scheduler);
        let Working {
            workflow,
            workflow_version,
            deployment,
            events,
            budget,
        } = working;
        if events.is_empty() && budget.is_empty() {
            return None;
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
            unit.lines = self.workflow_lines(&by, id, events);
        }
        Some(unit)
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

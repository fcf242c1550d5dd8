//! Events: what happened to a workflow and to its deployments. They are the audit trail.

use chrono::{DateTime, NaiveDate, Utc};

use super::{Cell, Gate, Handover, Next, Occurrence, Origin, Pause, Plan, Scope, Settings};
use crate::audit::Actor;
use crate::billing::BillingLevel;
use crate::canonical::canonical;
use crate::deployment::{
    Digest, Fence, Found, Hold, How, JobOrder, JobRef, Marker, Rank, StepKind, Then, Trouble,
};
use crate::ids::{ClientId, WorkflowId};
use crate::ports::gateway::Team;
use crate::text::Reason;
use crate::timing::Dates;

/// Something that happened to a workflow or to one of its deployments.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum WorkflowEvent {
    /// It was added.
    Added {
        /// Whose work it is.
        client: ClientId,
        /// Where it comes from.
        origin: Origin,
        /// What its jobs are like.
        settings: Box<Settings>,
        /// At which level its jobs take invoices.
        billing: BillingLevel,
        /// When it deploys.
        plan: Box<Plan>,
        /// Whether its proposal lets it deploy.
        gate: Gate,
        /// The workflow that it was duplicated from; it then awaits a person's confirmation.
        duplicate_of: Option<WorkflowId>,
    },
    /// A person confirmed the first date of a duplicate.
    Confirmed,
    /// Its settings were edited.
    SettingsChanged {
        /// What they were.
        before: Box<Settings>,
        /// What they are.
        after: Box<Settings>,
    },
    /// It was nominated for another level, or for none.
    BillingChanged {
        /// What it was.
        before: BillingLevel,
        /// What it is.
        after: BillingLevel,
    },
    /// What becomes of missed occurrences, or its deploys-from date, was changed: what acts alike on
    /// all its dates. A change of schedule or timing is [`WorkflowEvent::Rescheduled`].
    PlanChanged {
        /// What it was.
        before: Box<Plan>,
        /// What it is.
        after: Box<Plan>,
    },
    /// Its proposal was accepted.
    Opened {
        /// The day from which it deploys.
        on: NaiveDate,
        /// The start date of what deploys on acceptance.
        starts: NaiveDate,
    },
    /// Its proposal was declined or archived.
    Closed {
        /// The day from which nothing further deploys.
        on: NaiveDate,
        /// What happened to the proposal.
        by: ClosedBy,
    },
    /// It was paused.
    Paused(Box<Pause>),
    /// Its pause ended.
    Resumed {
        /// The first day on which it deploys again.
        on: NaiveDate,
        /// Whether the dates in the pause are owed.
        paused_dates: PausedDates,
    },
    /// A person skipped an occurrence.
    Skipped {
        /// Which one.
        occurrence: Occurrence,
        /// Why.
        reason: Reason,
    },
    /// A person moved an occurrence to another day; it keeps its identity.
    Moved {
        /// Which one.
        occurrence: Occurrence,
        /// The day on which it would have started.
        from: NaiveDate,
        /// The day on which it starts.
        to: NaiveDate,
    },
    /// An occurrence was missed while nothing ran, and is not to be deployed.
    Missed {
        /// Which one.
        occurrence: Occurrence,
    },
    /// A person archived it.
    Archived {
        /// The day.
        on: NaiveDate,
    },
    /// Its next occurrence was placed in time.
    NextPlaced {
        /// The next occurrence; `None` where there is none.
        next: Option<Box<Next>>,
        /// Every nominal date up to this one has been dealt with.
        handled: Option<NaiveDate>,
    },
    /// The deployment of an occurrence began.
    Begun {
        /// Which one.
        occurrence: Occurrence,
        /// Its civil dates.
        dates: Dates,
        /// When it became due.
        deploy_at: DateTime<Utc>,
        /// What it covers.
        cell: Cell,
        /// Whether a person asked for it.
        rank: Rank,
        /// What its job is found by.
        marker: Marker,
        /// Why it is held, if it is.
        held: Option<Hold>,
    },
    /// A held deployment was released by a person.
    Released {
        /// Which one.
        occurrence: Occurrence,
    },
    /// A deployment could not be prepared, and nothing was sent.
    Unprepared {
        /// Which one.
        occurrence: Occurrence,
        /// What is wrong.
        trouble: Trouble,
    },
    /// A call is about to be made. The first one freezes what the occurrence sends.
    Intended {
        /// Which one.
        occurrence: Occurrence,
        /// The step, by its place in the ledger.
        step: u8,
        /// What the step does.
        kind: StepKind,
        /// The lease that the call is made under.
        fence: Fence,
        /// A digest of what is sent.
        request: Digest,
        /// What the occurrence sends; in its first intent only.
        order: Option<Box<JobOrder>>,
        /// When to look whether whoever makes the call is still alive.
        overdue_at: DateTime<Utc>,
    },
    /// A step is done.
    Done {
        /// Which occurrence.
        occurrence: Occurrence,
        /// The step, by its place in the ledger.
        step: u8,
        /// How it was done.
        how: How,
        /// The job.
        job: JobRef,
        /// The job's tasks afterwards, where the answer told.
        tasks: Option<Vec<String>>,
    },
    /// A step was certainly not carried out.
    Refused {
        /// Which occurrence.
        occurrence: Occurrence,
        /// The step, by its place in the ledger.
        step: u8,
        /// What is wrong.
        trouble: Trouble,
        /// What follows.
        then: Then,
    },
    /// The reply to a call was lost: the step may have been carried out.
    ReplyLost {
        /// Which occurrence.
        occurrence: Occurrence,
        /// The step, by its place in the ledger.
        step: u8,
        /// What was seen instead.
        trouble: Trouble,
        /// When to look up what became of it.
        look_up_at: DateTime<Utc>,
    },
    /// The truth about an uncertain step was looked up.
    LookedUp {
        /// Which occurrence.
        occurrence: Occurrence,
        /// The step, by its place in the ledger.
        step: u8,
        /// What was found.
        found: Found,
        /// Who is still to be assigned, after a look at an uncertain assignment.
        missing: Option<Team>,
        /// What follows.
        then: Then,
    },
    /// All steps are done: the job exists as it should.
    Deployed {
        /// Which occurrence.
        occurrence: Occurrence,
        /// The job.
        job: JobRef,
    },
    /// A person asked for another try.
    RetryAsked {
        /// Which occurrence.
        occurrence: Occurrence,
    },
    /// A person named the job that an occurrence already has.
    Adopted {
        /// Which occurrence.
        occurrence: Occurrence,
        /// The job.
        job: JobRef,
    },
    /// A person gave an occurrence up.
    GivenUp {
        /// Which occurrence.
        occurrence: Occurrence,
        /// Why.
        reason: Reason,
    },
    /// What was due already could not be deployed before: its proposal was accepted, its pause
    /// ended, or its first date was confirmed after that.
    DeployableSince {
        /// Since when it can be.
        at: DateTime<Utc>,
    },
    /// Its schedule or timing was changed for the nominal dates from one on.
    Rescheduled {
        /// What it was.
        before: Box<Plan>,
        /// What it is.
        after: Box<Plan>,
        /// Which occurrences the change was asked for.
        scope: Scope,
        /// The first nominal date that is under the new plan.
        from: NaiveDate,
        /// When it was changed.
        at: DateTime<Utc>,
        /// Who changed it: the reason of each date that is no more in the rule.
        by: Actor,
        /// Moves that end with it, since the new plan does not give their occurrences.
        unmoved: Vec<Occurrence>,
    },
    /// A person wants a covered date deployed all the same.
    Wanted {
        /// Which one.
        occurrence: Occurrence,
        /// The occurrence whose cell covers it.
        covered_by: Occurrence,
        /// When the person said so: it is not due before.
        at: DateTime<Utc>,
    },
    /// Somebody's part goes to somebody else from a day on.
    HandoverSet(Handover),
    /// Nothing of before that day is left, so the handovers up to it are part of the settings.
    HandedOver {
        /// The day.
        on: NaiveDate,
    },
    /// A call was not carried out for a reason that is not the step's own: a call limit is used
    /// up, or the practice is not connected. It is no try of the step.
    Postponed {
        /// Which occurrence.
        occurrence: Occurrence,
        /// The step, by its place in the ledger.
        step: u8,
        /// What stands in the way.
        trouble: Trouble,
        /// When its turn comes again.
        until: DateTime<Utc>,
    },
    /// A person looked in XPM and said that an uncertain step was not carried out.
    ToldUndone {
        /// Which occurrence.
        occurrence: Occurrence,
        /// The step, by its place in the ledger.
        step: u8,
        /// The job's tasks then, where XPM told.
        tasks: Option<Vec<String>>,
    },
    /// A step is not to be sent before a look-up, since the store was restored from a backup, and
    /// may know less than XPM.
    LookUpOwed {
        /// Which occurrence.
        occurrence: Occurrence,
        /// The step, by its place in the ledger.
        step: u8,
        /// What the occurrence sends, where it was not frozen before.
        order: Option<Box<JobOrder>>,
        /// When it is looked up.
        look_up_at: DateTime<Utc>,
    },
    /// More than one job in XPM bears the marker of a deployment that has its job.
    DuplicateFound {
        /// Which occurrence.
        occurrence: Occurrence,
        /// They are; the deployment's own job first.
        jobs: Vec<JobRef>,
    },
    /// A person said which of the jobs is kept. The others are to be closed in XPM.
    DuplicateResolved {
        /// Which occurrence.
        occurrence: Occurrence,
        /// The job that is kept.
        kept: JobRef,
    },
    /// The practice's working calendar changed, and gives another date to a turn of the rule: the
    /// one date is covered by the other, so that the turn has one job.
    Covered {
        /// Which date is covered.
        occurrence: Occurrence,
        /// By which occurrence of the same turn.
        by: Occurrence,
    },
    /// A person has XPM number the job, since it could not be created with a number of ours. It is
    /// looked for by its marker before it is sent.
    NumberDropped {
        /// Which occurrence.
        occurrence: Occurrence,
    },
}
canonical!(enum WorkflowEvent {
    Added { client, origin, settings, billing, plan, gate, duplicate_of },
    Confirmed,
    SettingsChanged { before, after },
    BillingChanged { before, after },
    PlanChanged { before, after },
    Opened { on, starts },
    Closed { on, by },
    Paused(pause),
    Resumed { on, paused_dates },
    Skipped { occurrence, reason },
    Moved { occurrence, from, to },
    Missed { occurrence },
    Archived { on },
    NextPlaced { next, handled },
    Begun { occurrence, dates, deploy_at, cell, rank, marker, held },
    Released { occurrence },
    Unprepared { occurrence, trouble },
    Intended { occurrence, step, kind, fence, request, order, overdue_at },
    Done { occurrence, step, how, job, tasks },
    Refused { occurrence, step, trouble, then },
    ReplyLost { occurrence, step, trouble, look_up_at },
    LookedUp { occurrence, step, found, missing, then },
    Deployed { occurrence, job },
    RetryAsked { occurrence },
    Adopted { occurrence, job },
    GivenUp { occurrence, reason },
    DeployableSince { at },
    Rescheduled { before, after, scope, from, at, by, unmoved },
    Wanted { occurrence, covered_by, at },
    HandoverSet(handover),
    HandedOver { on },
    Postponed { occurrence, step, trouble, until },
    ToldUndone { occurrence, step, tasks },
    LookUpOwed { occurrence, step, order, look_up_at },
    DuplicateFound { occurrence, jobs },
    DuplicateResolved { occurrence, kept },
    Covered { occurrence, by },
    NumberDropped { occurrence },
});

impl WorkflowEvent {
    /// The occurrence whose deployment the event is about; `None` where it is about the workflow
    /// alone.
    #[must_use]
    pub fn deployment(&self) -> Option<Occurrence> {
        match self {
            Self::Begun { occurrence, .. }
            | Self::Released { occurrence }
            | Self::Unprepared { occurrence, .. }
            | Self::Intended { occurrence, .. }
            | Self::Done { occurrence, .. }
            | Self::Refused { occurrence, .. }
            | Self::ReplyLost { occurrence, .. }
            | Self::LookedUp { occurrence, .. }
            | Self::Deployed { occurrence, .. }
            | Self::RetryAsked { occurrence }
            | Self::Adopted { occurrence, .. }
            | Self::GivenUp { occurrence, .. }
            | Self::Postponed { occurrence, .. }
            | Self::ToldUndone { occurrence, .. }
            | Self::LookUpOwed { occurrence, .. }
            | Self::DuplicateFound { occurrence, .. }
            | Self::DuplicateResolved { occurrence, .. }
            | Self::NumberDropped { occurrence } => Some(*occurrence),
            Self::Added { .. }
            | Self::Confirmed
            | Self::SettingsChanged { .. }
            | Self::BillingChanged { .. }
            | Self::PlanChanged { .. }
            | Self::Opened { .. }
            | Self::Closed { .. }
            | Self::Paused(_)
            | Self::Resumed { .. }
            | Self::Skipped { .. }
            | Self::Moved { .. }
            | Self::Missed { .. }
            | Self::Archived { .. }
            | Self::NextPlaced { .. }
            | Self::DeployableSince { .. }
            | Self::Rescheduled { .. }
            | Self::Wanted { .. }
            | Self::HandoverSet(_)
            | Self::HandedOver { .. }
            | Self::Covered { .. } => None,
        }
    }
}

/// What closed a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ClosedBy {
    /// The client declined it.
    Declined,
    /// The practice archived it.
    Archived,
}
canonical!(
    enum ClosedBy {
        Declined,
        Archived,
    }
);

/// Whether the dates in a pause are owed after all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum PausedDates {
    /// They are not.
    #[default]
    NotOwed,
    /// They are: each is deployed.
    Owed,
}
canonical!(
    enum PausedDates {
        NotOwed,
        Owed,
    }
);

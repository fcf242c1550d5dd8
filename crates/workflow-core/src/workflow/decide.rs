//! Commands: what may happen to a workflow, and the events that it becomes, or why it is refused.
//!
//! `decide` is pure. A function here takes the workflow as it is, what the command says and the
//! facts it needs, and answers with a [`Decision`] (the events, and the workflow after them) or
//! a [`Refusal`]. Nothing is half-done: a refused command has no events.

use chrono::NaiveDate;

use super::{
    Cell, ClosedBy, Gate, Mark, MissedRuns, Next, Occurrence, Origin, Pause, PausedDates, Placing,
    Plan, Schedule, Settings, Status, Workflow, WorkflowEvent,
};
use crate::billing::BillingLevel;
use crate::deployment::{Deployment, Hold, Marker, Phase, Rank};
use crate::ids::{ClientId, PracticeId, ProposalId, WorkflowId};
use crate::proposal::{InvoiceGrouping, Proposal, ProposalState};
use crate::recurrence::RecurrenceError;
use crate::text::{Reason, TextError};
use crate::timing::TimingError;
use crate::tokens::TokenError;

/// What a command does: its events, and the workflow after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The workflow after the events.
    pub workflow: Workflow,
    /// What happened, in order; empty where nothing changes.
    pub events: Vec<WorkflowEvent>,
}

/// Why a command was refused. `Display` says why; [`Refusal::field`] names what was wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// A text of the settings has a fault.
    #[error("{field}: {error}")]
    Token {
        /// Name or description.
        field: &'static str,
        /// What is wrong.
        #[source]
        error: TokenError,
    },
    /// A text that a person typed has a fault.
    #[error("{field} {error}")]
    Text {
        /// Which text.
        field: &'static str,
        /// What is wrong.
        #[source]
        error: TextError,
    },
    /// The recurrence has a fault.
    #[error("recurrence: {0}")]
    Recurrence(#[source] RecurrenceError),
    /// The dates cannot be placed.
    #[error("due date: {0}")]
    Timing(#[source] TimingError),
    /// There are too many of something.
    #[error("{field}: {most} at most, these are {found}")]
    TooMany {
        /// Of what.
        field: &'static str,
        /// The most allowed.
        most: usize,
        /// How many there are.
        found: usize,
    },
    /// On acceptance, and there is no proposal to accept.
    #[error("schedule: on acceptance needs a proposal, and this workflow was not made from one")]
    NoAcceptance,
    /// The one date lies before the deploys-from date, so it would never be owed.
    #[error("schedule: {date} is before the deploys-from date {from}, so it would never deploy")]
    BeforeStart {
        /// The one date.
        date: NaiveDate,
        /// The deploys-from date.
        from: NaiveDate,
    },
    /// Proposal level, and the workflow was not made from a proposal.
    #[error("billing: proposal level needs a workflow that was made from a proposal")]
    NoProposal,
    /// Proposal level, and the proposal's invoices are not grouped by proposal.
    #[error(
        "billing: proposal level needs invoices grouped by proposal, and those of proposal \
         {proposal} are grouped by client"
    )]
    GroupedByClient {
        /// Which proposal.
        proposal: ProposalId,
    },
    /// Another workflow is nominated for the level.
    #[error("billing: {nominee} is nominated for the {level} already; take over to replace it")]
    LevelTaken {
        /// The level.
        level: BillingLevel,
        /// Who is nominated, in words.
        nominee: String,
    },
    /// A recurrence cannot be replaced in this way once an occurrence was begun.
    #[error(
        "schedule: occurrences of this workflow were deployed or begun; duplicate it and archive \
         this one"
    )]
    ScheduleBegun,
    /// There is no such occurrence.
    #[error("date: {occurrence} is not a date of this workflow")]
    NotInRule {
        /// Which one was named.
        occurrence: Occurrence,
    },
    /// The occurrence is out of reach, since its deployment began.
    #[error("date: {occurrence} was begun already and is out of reach")]
    Begun {
        /// Which one.
        occurrence: Occurrence,
    },
    /// The occurrence has its job.
    #[error("date: {occurrence} has its job already: {job}")]
    JobExists {
        /// Which one.
        occurrence: Occurrence,
        /// Its job's number.
        job: String,
    },
    /// The occurrence was skipped or missed, and is not owed.
    #[error("date: {occurrence} was {why} and is not owed")]
    NotOwed {
        /// Which one.
        occurrence: Occurrence,
        /// What became of it.
        why: &'static str,
    },
    /// The proposal is not accepted yet.
    #[error("proposal: nothing deploys before the proposal is accepted")]
    AwaitsAcceptance,
    /// The proposal was declined or archived.
    #[error("proposal: nothing deploys since the proposal was closed on {since}")]
    ProposalClosed {
        /// Since when.
        since: NaiveDate,
    },
    /// The workflow is archived.
    #[error("workflow: it is archived; duplicate it to go on")]
    Archived,
    /// Only a recurring workflow can be paused.
    #[error("schedule: only a recurring workflow can be paused; skip or move the one date instead")]
    NotRecurring,
    /// It is paused already.
    #[error("pause: it is paused already, since {since}")]
    AlreadyPaused {
        /// Since when.
        since: NaiveDate,
    },
    /// It is not paused.
    #[error("pause: it is not paused")]
    NotPaused,
    /// The resume date is not after the first day of the pause.
    #[error("resume date: {until} is not after {from}")]
    ResumeBeforePause {
        /// The first day of the pause.
        from: NaiveDate,
        /// The resume date.
        until: NaiveDate,
    },
    /// It awaits no confirmation.
    #[error("workflow: it awaits no confirmation")]
    NothingToConfirm,
    /// The deployment is not in a state in which that can be done.
    #[error("deployment: it is {phase}, and {command} needs one that is {needs}")]
    WrongPhase {
        /// The command.
        command: &'static str,
        /// Where the deployment stands.
        phase: String,
        /// Where it would have to stand.
        needs: &'static str,
    },
    /// The job was named for an occurrence whose ledger has no place for it.
    #[error("job number: {number} belongs to another client of the practice")]
    OtherClientsJob {
        /// The number.
        number: String,
    },
}

impl Refusal {
    /// What was wrong, as the message names it: `name`, `billing`, `schedule` and so on.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Token { field, .. } | Self::Text { field, .. } | Self::TooMany { field, .. } => {
                field
            }
            Self::Recurrence(_) => "recurrence",
            Self::Timing(_) => "due date",
            Self::NoAcceptance
            | Self::BeforeStart { .. }
            | Self::ScheduleBegun
            | Self::NotRecurring => "schedule",
            Self::NoProposal | Self::GroupedByClient { .. } | Self::LevelTaken { .. } => "billing",
            Self::NotInRule { .. }
            | Self::Begun { .. }
            | Self::JobExists { .. }
            | Self::NotOwed { .. } => "date",
            Self::AwaitsAcceptance | Self::ProposalClosed { .. } => "proposal",
            Self::Archived | Self::NothingToConfirm => "workflow",
            Self::AlreadyPaused { .. } | Self::NotPaused => "pause",
            Self::ResumeBeforePause { .. } => "resume date",
            Self::WrongPhase { .. } => "deployment",
            Self::OtherClientsJob { .. } => "job number",
        }
    }
}

/// A workflow to add, checked as far as it can be without the practice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adding {
    /// Whose work it is.
    pub client: ClientId,
    /// Where it comes from.
    pub origin: Origin,
    /// What its jobs are like.
    pub settings: Settings,
    /// At which level its jobs take invoices.
    pub billing: BillingLevel,
    /// When it deploys.
    pub plan: Plan,
    /// The workflow that it was duplicated from.
    pub duplicate_of: Option<WorkflowId>,
}

impl Workflow {
    /// Adds a workflow.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] that names the field, when a setting, the billing level or the plan has a
    /// fault.
    pub fn add(
        id: WorkflowId,
        adding: Adding,
        proposal: Option<&Proposal>,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        check_settings(&adding.settings)?;
        check_billing(adding.billing, &adding.origin, proposal)?;
        check_plan(&adding.plan, &adding.origin, placing)?;
        let gate = match proposal {
            None => Gate::Open { starts: None },
            Some(proposal) => gate_of(proposal, placing.today()),
        };
        let Adding {
            client,
            origin,
            settings,
            billing,
            plan,
            duplicate_of,
        } = adding;
        let added = WorkflowEvent::Added {
            client,
            origin,
            settings: Box::new(settings),
            billing,
            plan: Box::new(plan),
            gate,
            duplicate_of,
        };
        let Some(workflow) = Self::added(id, &added) else {
            unreachable!("an added event makes a workflow")
        };
        let mut decision = Decision {
            workflow,
            events: vec![added],
        };
        decision.place(placing);
        Ok(decision)
    }

    /// Replaces the settings. What is deployed or begun keeps what it was sent with.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMany`].
    pub fn change_settings(
        &self,
        settings: Settings,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        check_settings(&settings)?;
        if settings == self.settings {
            return Ok(self.unchanged());
        }
        let before = Box::new(self.settings.clone());
        let changed = WorkflowEvent::SettingsChanged {
            before,
            after: Box::new(settings),
        };
        Ok(self.decide(vec![changed], placing))
    }

    /// Changes the billing level. Who holds the level now is checked by the caller, who has it.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoProposal`], [`Refusal::GroupedByClient`].
    pub fn change_billing(
        &self,
        after: BillingLevel,
        proposal: Option<&Proposal>,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        check_billing(after, &self.origin, proposal)?;
        if after == self.billing {
            return Ok(self.unchanged());
        }
        let changed = WorkflowEvent::BillingChanged {
            before: self.billing,
            after,
        };
        Ok(self.decide(vec![changed], placing))
    }

    /// Replaces schedule and timing. Roll, lead, due rule and period may change at any time; the
    /// schedule itself only while nothing was begun.
    ///
    /// # Errors
    ///
    /// [`Refusal::ScheduleBegun`], and the refusals of [`Workflow::add`] for a plan.
    pub fn change_plan(&self, plan: Plan, placing: &Placing<'_>) -> Result<Decision, Refusal> {
        if plan == self.plan {
            return Ok(self.unchanged());
        }
        self.refuse_archived()?;
        let begun = !self.cells.is_empty() || !self.open.is_empty() || self.outcome.is_some();
        if begun && plan.schedule != self.plan.schedule {
            return Err(Refusal::ScheduleBegun);
        }
        if plan.schedule != self.plan.schedule || plan.timing != self.plan.timing {
            check_plan(&plan, &self.origin, placing)?;
        }
        let before = Box::new(self.plan.clone());
        let changed = WorkflowEvent::PlanChanged {
            before,
            after: Box::new(plan),
        };
        Ok(self.decide(vec![changed], placing))
    }

    /// Confirms the first date of a duplicate.
    ///
    /// # Errors
    ///
    /// [`Refusal::NothingToConfirm`], [`Refusal::Archived`].
    pub fn confirm(&self, placing: &Placing<'_>) -> Result<Decision, Refusal> {
        if !self.unconfirmed {
            return Err(Refusal::NothingToConfirm);
        }
        self.refuse_archived()?;
        Ok(self.decide(vec![WorkflowEvent::Confirmed], placing))
    }

    /// Follows its proposal: accepted opens it, declined or archived closes it, any other state
    /// of a proposal changes nothing that was opened or closed.
    #[must_use]
    pub fn follow(&self, proposal: &Proposal, placing: &Placing<'_>) -> Decision {
        let today = placing.today();
        let event = match (proposal.state, self.gate) {
            (ProposalState::Accepted { .. }, Gate::Open { .. }) => None,
            (ProposalState::Accepted { on }, Gate::AwaitsAcceptance | Gate::Closed { .. }) => {
                let starts = proposal.start_when_accepted_on(on);
                Some(WorkflowEvent::Opened { on: today, starts })
            }
            (ProposalState::Declined, Gate::AwaitsAcceptance | Gate::Open { .. }) => {
                Some(WorkflowEvent::Closed {
                    on: today,
                    by: ClosedBy::Declined,
                })
            }
            (ProposalState::Archived, Gate::AwaitsAcceptance | Gate::Open { .. }) => {
                Some(WorkflowEvent::Closed {
                    on: today,
                    by: ClosedBy::Archived,
                })
            }
            (ProposalState::Declined | ProposalState::Archived, Gate::Closed { .. })
            | (ProposalState::Draft | ProposalState::Sent, _) => None,
        };
        event.map_or_else(
            || self.unchanged(),
            |event| self.decide(vec![event], placing),
        )
    }

    /// Skips one occurrence.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotInRule`], [`Refusal::Begun`], [`Refusal::NotOwed`], [`Refusal::Archived`].
    pub fn skip(
        &self,
        occurrence: Occurrence,
        reason: Reason,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        self.refuse_archived()?;
        self.require_untouched(occurrence, placing)?;
        Ok(self.decide(vec![WorkflowEvent::Skipped { occurrence, reason }], placing))
    }

    /// Moves one occurrence: it starts on `to`, and keeps its identity.
    ///
    /// # Errors
    ///
    /// As [`Workflow::skip`].
    pub fn move_to(
        &self,
        occurrence: Occurrence,
        to: NaiveDate,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        self.refuse_archived()?;
        self.require_untouched(occurrence, placing)?;
        let nominal = self.nominal_of(occurrence, placing);
        let from = placing
            .place(&self.plan.timing, nominal, self.moved_to(occurrence))
            .map_or(nominal, |placed| placed.dates.start());
        if let Some(trouble) = placing
            .place(&self.plan.timing, nominal, Some(to))
            .and_then(|placed| placed.trouble)
        {
            return Err(Refusal::Timing(trouble));
        }
        Ok(self.decide(
            vec![WorkflowEvent::Moved {
                occurrence,
                from,
                to,
            }],
            placing,
        ))
    }

    /// Pauses a recurring workflow from today.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotRecurring`], [`Refusal::AlreadyPaused`], [`Refusal::Archived`],
    /// [`Refusal::ResumeBeforePause`].
    pub fn pause_until(
        &self,
        until: Option<NaiveDate>,
        reason: Reason,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        self.refuse_archived()?;
        if self.plan.schedule.is_one_time() {
            return Err(Refusal::NotRecurring);
        }
        if let Some(pause) = &self.pause {
            return Err(Refusal::AlreadyPaused { since: pause.from });
        }
        let from = placing.today();
        if let Some(until) = until.filter(|until| *until <= from) {
            return Err(Refusal::ResumeBeforePause { from, until });
        }
        let ends_at = until.map(|until| placing.midnight(until));
        let paused = WorkflowEvent::Paused(Box::new(Pause {
            from,
            until,
            ends_at,
            reason,
        }));
        Ok(self.decide(vec![paused], placing))
    }

    /// Ends a pause today, or on its resume date if that has passed.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotPaused`].
    pub fn resume(
        &self,
        paused_dates: PausedDates,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        let Some(pause) = &self.pause else {
            return Err(Refusal::NotPaused);
        };
        let today = placing.today();
        let on = pause.until.map_or(today, |until| until.min(today));
        Ok(self.decide(vec![WorkflowEvent::Resumed { on, paused_dates }], placing))
    }

    /// Archives it. Deployments that are open go on; nothing further begins.
    #[must_use]
    pub fn archive(&self, placing: &Placing<'_>) -> Decision {
        if self.archived.is_some() {
            return self.unchanged();
        }
        self.decide(
            vec![WorkflowEvent::Archived {
                on: placing.today(),
            }],
            placing,
        )
    }

    /// What a duplicate of it is added as: the same settings and rule, starting after the last
    /// cell that this one covered, non-billing, deploying nothing until a person confirms.
    #[must_use]
    pub fn to_duplicate(&self, placing: &Placing<'_>) -> Adding {
        let covered = self
            .cells
            .iter()
            .map(|cell| cell.until.unwrap_or(cell.from))
            .max();
        let today = placing.today();
        let deploys_from = covered.map_or(today, |covered| covered.max(today));
        let mut plan = Plan {
            deploys_from,
            ..self.plan.clone()
        };
        if let Schedule::OnDate(date) = plan.schedule
            && date < deploys_from
        {
            plan.schedule = Schedule::OnDate(deploys_from);
        }
        Adding {
            client: self.client,
            origin: self.origin.clone(),
            settings: self.settings.clone(),
            billing: BillingLevel::NonBilling,
            plan,
            duplicate_of: Some(self.id),
        }
    }

    /// Begins an occurrence because a person asked, ahead of its date if need be. `None` is the
    /// next one.
    ///
    /// # Errors
    ///
    /// [`Refusal::AwaitsAcceptance`], [`Refusal::ProposalClosed`], [`Refusal::Archived`],
    /// [`Refusal::NotInRule`], [`Refusal::Begun`], [`Refusal::NotOwed`].
    pub fn deploy_now(
        &self,
        practice: &PracticeId,
        occurrence: Option<Occurrence>,
        placing: &Placing<'_>,
    ) -> Result<(Decision, Occurrence), Refusal> {
        self.refuse_archived()?;
        match self.gate {
            Gate::Open { .. } => {}
            Gate::AwaitsAcceptance => return Err(Refusal::AwaitsAcceptance),
            Gate::Closed { since, .. } => return Err(Refusal::ProposalClosed { since }),
        }
        let occurrence = occurrence
            .or_else(|| self.next.as_ref().map(|next| next.occurrence))
            .or_else(|| self.first_awaited(placing))
            .ok_or(Refusal::NotInRule {
                occurrence: Occurrence::Once,
            })?;
        self.require_untouched(occurrence, placing)?;
        let nominal = self.nominal_of(occurrence, placing);
        let placed = placing
            .place(&self.plan.timing, nominal, self.moved_to(occurrence))
            .ok_or(Refusal::NotInRule { occurrence })?;
        if let Some(trouble) = placed.trouble {
            return Err(Refusal::Timing(trouble));
        }
        let mut events = Vec::new();
        if self.unconfirmed {
            events.push(WorkflowEvent::Confirmed);
        }
        events.push(WorkflowEvent::Begun {
            occurrence,
            dates: placed.dates,
            deploy_at: placing.now,
            cell: self.cell_of(occurrence, nominal, placing),
            rank: Rank::Asked,
            marker: Marker::of(practice, self.id, occurrence),
            held: None,
        });
        Ok((self.decide(events, placing), occurrence))
    }

    /// What the passing of time does: ends a pause whose day has come, places the next occurrence
    /// anew where its data changed, begins what is due, and records what was missed.
    ///
    /// At most one occurrence is begun, so that the next one is asked for again.
    #[must_use]
    pub fn fall_due(&self, practice: &PracticeId, placing: &Placing<'_>) -> Decision {
        if self
            .pause
            .as_ref()
            .and_then(|pause| pause.ends_at)
            .is_some_and(|at| at <= placing.now)
        {
            return self
                .resume(PausedDates::NotOwed, placing)
                .unwrap_or_else(|_| self.unchanged());
        }
        if let Some(placed) = self.place_next(placing) {
            return self.decide(vec![placed], placing);
        }
        let Some(next) = self
            .next
            .clone()
            .filter(|next| next.deploy_at <= placing.now)
        else {
            return self.unchanged();
        };
        let begun = self.begin(practice, &next, placing);
        let mut decision = self.decide(vec![begun.clone()], placing);
        let another_due = decision
            .workflow
            .next
            .as_ref()
            // What falls due at the same instant was not kept waiting by anything.
            .is_some_and(|after| next.deploy_at < after.deploy_at && after.deploy_at <= placing.now);
        let late = placing.now - next.deploy_at > chrono::TimeDelta::days(1);
        let missed = another_due || late;
        let occurrence = next.occurrence;
        match self.plan.missed {
            MissedRuns::All => {}
            MissedRuns::Latest if another_due => {
                decision = self.decide(vec![WorkflowEvent::Missed { occurrence }], placing);
            }
            MissedRuns::Skip if missed => {
                decision = self.decide(vec![WorkflowEvent::Missed { occurrence }], placing);
            }
            MissedRuns::Hold if missed => {
                let mut held = begun;
                if let WorkflowEvent::Begun {
                    held: hold @ None, ..
                } = &mut held
                {
                    *hold = Some(Hold::MissedRun);
                }
                decision = self.decide(vec![held], placing);
            }
            MissedRuns::Latest | MissedRuns::Skip | MissedRuns::Hold => {}
        }
        decision
    }

    fn begin(&self, practice: &PracticeId, next: &Next, placing: &Placing<'_>) -> WorkflowEvent {
        let nominal = next.dates.nominal();
        let placed = placing.place(&self.plan.timing, nominal, self.moved_to(next.occurrence));
        let trouble = placed.and_then(|placed| placed.trouble);
        WorkflowEvent::Begun {
            occurrence: next.occurrence,
            dates: next.dates,
            deploy_at: next.deploy_at,
            cell: self.cell_of(next.occurrence, nominal, placing),
            rank: Rank::Scheduled,
            marker: Marker::of(practice, self.id, next.occurrence),
            held: trouble.map(|_| Hold::DueBeforeStart),
        }
    }

    fn cell_of(&self, occurrence: Occurrence, from: NaiveDate, placing: &Placing<'_>) -> Cell {
        // The last occurrence of a rule that ends covers its own span, and not all time after it.
        let rule = self.plan.schedule.recurrence();
        let until = rule.and_then(|rule| rule.cell(from, placing.calendar).end());
        Cell {
            occurrence,
            from,
            until,
        }
    }

    /// The nominal date of an occurrence; for the one of a one-time workflow, the day that its
    /// schedule gives, or today.
    pub(super) fn nominal_of(&self, occurrence: Occurrence, placing: &Placing<'_>) -> NaiveDate {
        match (occurrence, &self.plan.schedule, self.gate) {
            (Occurrence::On(date), _, _) => date,
            (Occurrence::Once, Schedule::OnDate(date), _) => *date,
            (
                Occurrence::Once,
                Schedule::OnAcceptance,
                Gate::Open {
                    starts: Some(starts),
                },
            ) => starts,
            (Occurrence::Once, _, _) => placing.today(),
        }
    }

    /// The occurrence that a person would deploy where none is placed.
    fn first_awaited(&self, placing: &Placing<'_>) -> Option<Occurrence> {
        match &self.plan.schedule {
            Schedule::Recurring(rule) => rule
                .dates(self.first_unhandled().., placing.calendar)
                .map(Occurrence::On)
                .find(|occurrence| !self.marks.contains_key(occurrence)),
            _ => self.outcome.is_none().then_some(Occurrence::Once),
        }
    }

    /// Refuses an occurrence that does not exist, was begun, or is not owed.
    fn require_untouched(
        &self,
        occurrence: Occurrence,
        placing: &Placing<'_>,
    ) -> Result<(), Refusal> {
        match self.marks.get(&occurrence) {
            Some(Mark::Begun) => return Err(Refusal::Begun { occurrence }),
            Some(Mark::Skipped { .. }) => {
                return Err(Refusal::NotOwed {
                    occurrence,
                    why: "skipped",
                });
            }
            Some(Mark::Missed) => {
                return Err(Refusal::NotOwed {
                    occurrence,
                    why: "missed",
                });
            }
            Some(Mark::Moved { .. }) => return Ok(()),
            None => {}
        }
        match (occurrence, &self.plan.schedule) {
            (Occurrence::Once, schedule) if schedule.is_one_time() => {
                if self.outcome.is_some() {
                    return Err(Refusal::Begun { occurrence });
                }
                Ok(())
            }
            (Occurrence::On(date), Schedule::Recurring(rule))
                if rule.contains(date, placing.calendar) =>
            {
                if date < self.plan.deploys_from {
                    return Err(Refusal::NotOwed {
                        occurrence,
                        why: "before the deploys-from date",
                    });
                }
                if self.handled.is_some_and(|handled| date <= handled) {
                    // Begun long ago, or in a gap.
                    return Err(Refusal::Begun { occurrence });
                }
                Ok(())
            }
            _ => Err(Refusal::NotInRule { occurrence }),
        }
    }

    fn refuse_archived(&self) -> Result<(), Refusal> {
        if self.archived.is_some() {
            Err(Refusal::Archived)
        } else {
            Ok(())
        }
    }

    fn unchanged(&self) -> Decision {
        Decision {
            workflow: self.clone(),
            events: Vec::new(),
        }
    }

    /// Applies events and places the next occurrence after them.
    pub(crate) fn decide(&self, events: Vec<WorkflowEvent>, placing: &Placing<'_>) -> Decision {
        let mut workflow = self.clone();
        for event in &events {
            workflow.apply(event);
        }
        let mut decision = Decision { workflow, events };
        decision.place(placing);
        decision
    }
}

impl Decision {
    fn place(&mut self, placing: &Placing<'_>) {
        if let Some(placed) = self.workflow.place_next(placing) {
            self.workflow.apply(&placed);
            self.events.push(placed);
        }
    }

    /// The same for a proposal whose acceptance lies before the workflow was known: what deploys
    /// on acceptance is recorded as missed, since its work is in XPM already.
    #[must_use]
    pub(crate) fn without_acceptance(self, placing: &Placing<'_>) -> Self {
        if self.workflow.plan.schedule != Schedule::OnAcceptance {
            return self;
        }
        let missed = vec![WorkflowEvent::Missed {
            occurrence: Occurrence::Once,
        }];
        let further = self.workflow.decide(missed, placing);
        let events = self.events.into_iter().chain(further.events).collect();
        Self {
            workflow: further.workflow,
            events,
        }
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The status after the events.
    #[must_use]
    pub fn status(&self) -> Status {
        self.workflow.status()
    }
}

impl Deployment {
    /// A person asks for another try of what failed.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPhase`] unless it failed.
    pub fn retry(&self) -> Result<WorkflowEvent, Refusal> {
        self.require_phase("retry", &[Phase::Failed], "failed")?;
        Ok(WorkflowEvent::RetryAsked {
            occurrence: self.occurrence,
        })
    }

    /// A person releases what is held.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPhase`] unless it is held.
    pub fn release(&self) -> Result<WorkflowEvent, Refusal> {
        if !matches!(self.phase, Phase::Held(_)) {
            return Err(self.wrong_phase("release", "held"));
        }
        Ok(WorkflowEvent::Released {
            occurrence: self.occurrence,
        })
    }

    /// A person gives it up. What is being sent, or uncertain, cannot be given up.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPhase`] unless it failed or is held.
    pub fn give_up(&self, reason: Reason) -> Result<WorkflowEvent, Refusal> {
        if !matches!(self.phase, Phase::Failed | Phase::Held(_)) {
            return Err(self.wrong_phase("give up", "failed or held"));
        }
        Ok(WorkflowEvent::GivenUp {
            occurrence: self.occurrence,
            reason,
        })
    }

    /// Refuses adoption unless it failed.
    ///
    /// # Errors
    ///
    /// [`Refusal::WrongPhase`].
    pub fn require_adoptable(&self) -> Result<(), Refusal> {
        self.require_phase("adopt", &[Phase::Failed], "failed")
    }

    fn require_phase(
        &self,
        command: &'static str,
        phases: &[Phase],
        needs: &'static str,
    ) -> Result<(), Refusal> {
        if phases.contains(&self.phase) {
            Ok(())
        } else {
            Err(self.wrong_phase(command, needs))
        }
    }

    fn wrong_phase(&self, command: &'static str, needs: &'static str) -> Refusal {
        Refusal::WrongPhase {
            command,
            phase: self.phase.to_string(),
            needs,
        }
    }
}

fn gate_of(proposal: &Proposal, today: NaiveDate) -> Gate {
    match proposal.state {
        ProposalState::Draft | ProposalState::Sent => Gate::AwaitsAcceptance,
        ProposalState::Accepted { on } => Gate::Open {
            starts: Some(proposal.start_when_accepted_on(on)),
        },
        ProposalState::Declined => Gate::Closed {
            since: today,
            by: ClosedBy::Declined,
        },
        ProposalState::Archived => Gate::Closed {
            since: today,
            by: ClosedBy::Archived,
        },
    }
}

fn check_settings(settings: &Settings) -> Result<(), Refusal> {
    let most = |field, most, found| {
        if found > most {
            Err(Refusal::TooMany { field, most, found })
        } else {
            Ok(())
        }
    };
    most("staff", Settings::MOST_STAFF, settings.staff.len())?;
    most(
        "job templates",
        Settings::MOST_TEMPLATES,
        settings.templates.len(),
    )
}

fn check_billing(
    level: BillingLevel,
    origin: &Origin,
    proposal: Option<&Proposal>,
) -> Result<(), Refusal> {
    if level != BillingLevel::Proposal {
        return Ok(());
    }
    let (Some(_), Some(proposal)) = (origin.proposal(), proposal) else {
        return Err(Refusal::NoProposal);
    };
    match proposal.grouping {
        InvoiceGrouping::Proposal => Ok(()),
        InvoiceGrouping::Client => Err(Refusal::GroupedByClient {
            proposal: proposal.id.clone(),
        }),
    }
}

fn check_plan(plan: &Plan, origin: &Origin, placing: &Placing<'_>) -> Result<(), Refusal> {
    let first = match &plan.schedule {
        Schedule::OnAcceptance if origin.proposal().is_none() => return Err(Refusal::NoAcceptance),
        Schedule::OnAcceptance | Schedule::ByHand => None,
        Schedule::OnDate(date) if *date < plan.deploys_from => {
            let (date, from) = (*date, plan.deploys_from);
            return Err(Refusal::BeforeStart { date, from });
        }
        Schedule::OnDate(date) => Some(*date),
        Schedule::Recurring(rule) => rule.dates(plan.deploys_from.., placing.calendar).next(),
    };
    let first = first.unwrap_or_else(|| placing.today());
    match placing
        .place(&plan.timing, first, None)
        .and_then(|placed| placed.trouble)
    {
        Some(trouble) => Err(Refusal::Timing(trouble)),
        None => Ok(()),
    }
}

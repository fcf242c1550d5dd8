//! Why a command was refused.

use chrono::NaiveDate;

use crate::billing::BillingLevel;
use crate::ids::{ProposalId, WorkflowId};
use crate::recurrence::RecurrenceError;
use crate::text::TextError;
use crate::timing::TimingError;
use crate::tokens::TokenError;
use crate::workflow::Occurrence;

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
    /// A one-time schedule, where the one occurrence was used up before.
    #[error(
        "schedule: the one occurrence of this workflow was begun or given up before; duplicate the \
         workflow for another"
    )]
    OnceUsed,
    /// A change of later dates, where the schedule is one-time.
    #[error("scope: a one-time schedule has no later dates; change all that is not deployed")]
    NoLaterDates,
    /// A change of dates that were dealt with.
    #[error(
        "scope: dates before {earliest} were dealt with, so nothing can be changed from {from}"
    )]
    ChangeTooEarly {
        /// The nominal date that was named.
        from: NaiveDate,
        /// The earliest from which something can be changed.
        earliest: NaiveDate,
    },
    /// A one-time date that lies before the dates that can be changed.
    #[error("schedule: {date} is before {from}, and earlier dates are out of reach of the change")]
    BeforeChange {
        /// The one date.
        date: NaiveDate,
        /// The first date of the change.
        from: NaiveDate,
    },
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
    /// An occurrence cannot be moved to a day that has passed.
    #[error("new date: {to} has passed; the earliest is {earliest}")]
    MovedToThePast {
        /// The day that was named.
        to: NaiveDate,
        /// The earliest day that it can be moved to.
        earliest: NaiveDate,
    },
    /// The occurrence was skipped or missed, and is not owed.
    #[error("date: {occurrence} was {why} and is not owed")]
    NotOwed {
        /// Which one.
        occurrence: Occurrence,
        /// What became of it.
        why: &'static str,
    },
    /// The date lies in the cell of an occurrence of another rule.
    #[error(
        "date: {occurrence} is covered by the job of {by}; it deploys only if somebody asks for it \
         although it is covered"
    )]
    Covered {
        /// Which one.
        occurrence: Occurrence,
        /// The occurrence that covers it.
        by: Occurrence,
    },
    /// The date lies in no cell of another rule.
    #[error("date: {occurrence} is not covered by any job, and deploys by itself")]
    NotCovered {
        /// Which one.
        occurrence: Occurrence,
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
    /// The job was named for an occurrence, and is already another's.
    #[error("job number: {number} is already the job of {occurrence} of workflow {workflow}")]
    JobTaken {
        /// The number.
        number: String,
        /// Whose it is.
        workflow: WorkflowId,
        /// Which occurrence of it has it.
        occurrence: Occurrence,
    },
    /// The job was named for an occurrence that has it already.
    #[error(
        "job number: {number} is the job that this date has already; retry the deployment, or say \
         what is seen of it in XPM"
    )]
    OwnJob {
        /// The number.
        number: String,
    },
    /// The practice's jobs were to be numbered here, and its job system takes no such numbers.
    #[error("job numbering: {reason}")]
    NoOwnNumbers {
        /// Why.
        reason: String,
    },
    /// The job to keep is none of those that bear the marker.
    #[error("job number: {number} is none of the jobs in question, which are {jobs}")]
    NoDuplicate {
        /// The number.
        number: String,
        /// The jobs in question.
        jobs: String,
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
            | Self::OnceUsed
            | Self::BeforeChange { .. }
            | Self::NotRecurring => "schedule",
            Self::NoLaterDates | Self::ChangeTooEarly { .. } => "scope",
            Self::NoProposal | Self::GroupedByClient { .. } | Self::LevelTaken { .. } => "billing",
            Self::MovedToThePast { .. } => "new date",
            Self::NotInRule { .. }
            | Self::Begun { .. }
            | Self::JobExists { .. }
            | Self::NotOwed { .. }
            | Self::Covered { .. }
            | Self::NotCovered { .. } => "date",
            Self::AwaitsAcceptance | Self::ProposalClosed { .. } => "proposal",
            Self::Archived | Self::NothingToConfirm => "workflow",
            Self::AlreadyPaused { .. } | Self::NotPaused => "pause",
            Self::ResumeBeforePause { .. } => "resume date",
            Self::WrongPhase { .. } => "deployment",
            Self::NoOwnNumbers { .. } => "job numbering",
            Self::OtherClientsJob { .. }
            | Self::JobTaken { .. }
            | Self::OwnJob { .. }
            | Self::NoDuplicate { .. } => "job number",
        }
    }
}

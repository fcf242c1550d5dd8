//! Active and inactive: the system decides, nobody sets it.
//!
//! **Active**: something still awaits deployment, from a date or from a person. **Inactive**:
//! nothing further is needed. [`Workflow::status`] is a pure function of the workflow.

use std::fmt;

use chrono::NaiveDate;

use super::{Gate, Next, Outcome, Schedule, Workflow};

/// Whether something still awaits deployment, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Something still awaits deployment.
    Active(Awaiting),
    /// Nothing further is needed.
    Inactive(Finished),
}

/// What an active workflow awaits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Awaiting {
    /// A deployment runs, failed, is uncertain or held: so many of them.
    Attention {
        /// How many deployments are open.
        open: usize,
    },
    /// The proposal's acceptance.
    Acceptance,
    /// The end of a pause.
    Resume {
        /// The resume date, if one was set.
        on: Option<NaiveDate>,
    },
    /// A person who deploys it, or who confirms its first date.
    Person,
    /// A date.
    Date(Box<Next>),
}

/// Why nothing further is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished {
    /// One-time, and deployed.
    Completed,
    /// One-time, and skipped or given up.
    GivenUp,
    /// The recurrence has run out.
    Ended,
    /// The proposal was declined or archived.
    ProposalClosed,
    /// A person archived it.
    Archived,
}

impl Status {
    /// Whether something still awaits deployment.
    #[must_use]
    pub fn is_active(&self) -> bool {
        matches!(self, Self::Active(_))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Active(Awaiting::Attention { .. }) => f.write_str("active, needs attention"),
            Self::Active(Awaiting::Acceptance) => f.write_str("active, awaits acceptance"),
            Self::Active(Awaiting::Resume { on: Some(on) }) => {
                write!(f, "active, paused until {}", on.format("%-d %b %Y"))
            }
            Self::Active(Awaiting::Resume { on: None }) => {
                f.write_str("active, paused until a person resumes it")
            }
            Self::Active(Awaiting::Person) => f.write_str("active, awaits a person"),
            Self::Active(Awaiting::Date(next)) => {
                write!(
                    f,
                    "active, next on {}",
                    next.dates.deploys_on().format("%-d %b %Y")
                )
            }
            Self::Inactive(Finished::Completed) => f.write_str("inactive, completed"),
            Self::Inactive(Finished::GivenUp) => f.write_str("inactive, given up"),
            Self::Inactive(Finished::Ended) => f.write_str("inactive, ended"),
            Self::Inactive(Finished::ProposalClosed) => f.write_str("inactive, proposal closed"),
            Self::Inactive(Finished::Archived) => f.write_str("inactive, archived"),
        }
    }
}

impl Workflow {
    /// Whether something still awaits deployment, and what.
    ///
    /// The order of the questions is the table's: what is open comes first, whatever else is
    /// true; then what a person decided; then what has happened; then what is awaited.
    #[must_use]
    pub fn status(&self) -> Status {
        if !self.open.is_empty() {
            return Status::Active(Awaiting::Attention {
                open: self.open.len(),
            });
        }
        if self.archived.is_some() {
            return Status::Inactive(Finished::Archived);
        }
        // What became of the one occurrence says nothing about a recurrence that came after it, nor
        // about earlier dates that are owed yet.
        let once = self.plan.schedule.is_one_time() && self.next.is_none();
        match self.outcome.filter(|_| once) {
            Some(Outcome::Deployed) => return Status::Inactive(Finished::Completed),
            Some(Outcome::GivenUp) => return Status::Inactive(Finished::GivenUp),
            None => {}
        }
        match self.gate {
            Gate::Closed { .. } => return Status::Inactive(Finished::ProposalClosed),
            Gate::AwaitsAcceptance => return Status::Active(Awaiting::Acceptance),
            Gate::Open { .. } => {}
        }
        if self.unconfirmed {
            return Status::Active(Awaiting::Person);
        }
        if let Some(pause) = &self.pause {
            return Status::Active(Awaiting::Resume { on: pause.until });
        }
        match (&self.next, &self.plan.schedule) {
            (Some(next), _) => Status::Active(Awaiting::Date(Box::new(next.clone()))),
            (None, Schedule::Recurring(_)) => Status::Inactive(Finished::Ended),
            (None, Schedule::OnAcceptance | Schedule::OnDate(_) | Schedule::ByHand) => {
                Status::Active(Awaiting::Person)
            }
        }
    }
}

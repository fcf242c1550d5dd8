//! What applying a plan did, or why it did nothing.

use std::fmt;

use super::{Conflict, Difference, PlanError};
use crate::ids::{PracticeId, WorkflowId};
use crate::service::CommandError;
use crate::workflow::Occurrence;

/// What became of a plan, row by row, in the plan's order.
#[derive(Debug)]
pub struct Applied {
    /// One for each row.
    pub rows: Vec<AppliedRow>,
}

impl Applied {
    /// How many rows were done, now or when the plan was applied before.
    #[must_use]
    pub fn done(&self) -> usize {
        let done = self.rows.iter().filter(|row| row.outcome.is_done());
        done.count()
    }

    /// The rows that were not done, with why.
    pub fn not_done(&self) -> impl Iterator<Item = &AppliedRow> {
        self.rows.iter().filter(|row| !row.outcome.is_done())
    }
}

/// What became of one row.
#[derive(Debug)]
pub struct AppliedRow {
    /// The workflow.
    pub workflow: WorkflowId,
    /// The occurrence, where the row deploys one.
    pub occurrence: Option<Occurrence>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of one row.
#[derive(Debug)]
pub enum Outcome {
    /// It was done now.
    Done,
    /// It was done when the plan was applied before, and nothing was done now.
    DoneBefore,
    /// It was left out, since it would fail.
    LeftOut(Vec<Conflict>),
    /// Somebody changed it after the whole plan had been looked at: nothing was done.
    Changed(Vec<Difference>),
    /// The command was refused or failed. The rows after it were tried all the same.
    Failed(CommandError),
}

impl Outcome {
    /// Whether it is done, now or before.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done | Self::DoneBefore)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::DoneBefore => f.write_str("done before"),
            Self::LeftOut(conflicts) => {
                f.write_str("left out: ")?;
                for (place, conflict) in conflicts.iter().enumerate() {
                    let by = if place > 0 { "; " } else { "" };
                    write!(f, "{by}{conflict}")?;
                }
                Ok(())
            }
            Self::Changed(differences) => {
                f.write_str("changed meanwhile: ")?;
                write_differences(f, differences)
            }
            Self::Failed(error) => write!(f, "failed: {error}"),
        }
    }
}

/// A row that would come out otherwise than it was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedRow {
    /// The workflow.
    pub workflow: WorkflowId,
    /// Its name as it was planned.
    pub workflow_name: String,
    /// The client's name as it was planned.
    pub client_name: String,
    /// The occurrence, where the row deploys one.
    pub occurrence: Option<Occurrence>,
    /// In what it differs; at least one.
    pub differences: Vec<Difference>,
}

impl fmt::Display for ChangedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.client_name, self.workflow_name)?;
        if let Some(occurrence) = self.occurrence {
            write!(f, ", {occurrence}")?;
        }
        f.write_str(": ")?;
        write_differences(f, &self.differences)
    }
}

fn write_differences(f: &mut fmt::Formatter<'_>, differences: &[Difference]) -> fmt::Result {
    for (place, difference) in differences.iter().enumerate() {
        let by = if place > 0 { "; " } else { "" };
        write!(f, "{by}{difference}")?;
    }
    Ok(())
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said = |text: &str| match text {
            "" => "nothing".to_owned(),
            text => format!("“{text}”"),
        };
        let Self {
            field,
            planned,
            now,
        } = self;
        write!(f, "{field} was {}, is {}", said(planned), said(now))
    }
}

/// Why a plan was not applied. In every case nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApplyError {
    /// Things have changed since it was made. Make it again, and look again.
    #[error("things have changed since the plan was made, in {} of its rows", .0.len())]
    Changed(Vec<ChangedRow>),
    /// It is another practice's.
    #[error("practice: the plan is for {plan}, not for {asked}")]
    OtherPractice {
        /// The plan's.
        plan: PracticeId,
        /// Whose handle it was given to.
        asked: PracticeId,
    },
    /// It has more rows than can be applied at once.
    #[error("plan: {most} rows at most can be applied, it has {found}; narrow it")]
    TooLarge {
        /// The most.
        most: usize,
        /// How many it has.
        found: usize,
    },
    /// It cannot be read.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// What it needs to know could not be read.
    #[error(transparent)]
    Command(#[from] CommandError),
}

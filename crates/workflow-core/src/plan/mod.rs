//! Plan and apply: what a command would do, as data, and exactly that done afterwards.
//!
//! A [`Plan`] is made by [`PracticeHandle::plan`](crate::service::PracticeHandle::plan) out of an
//! [`Action`] and a [`Filter`]: a row for each thing that would be done, with what it would do,
//! what is wrong with it, and what the whole costs in calls against what is left of the quota.
//! Nothing has happened then. [`PracticeHandle::apply`](crate::service::PracticeHandle::apply) does
//! what the plan says and nothing else: where a row would come out otherwise by now, it refuses
//! the whole and names each difference. A plan is applied once, however often it is given.
//!
//! With the feature `serde` a plan can be written to a file and applied later. What was altered on
//! the way is refused by its digest.
//!
//! [`Preflight`] asks the same questions of all that is to be deployed within some days.

mod action;
mod applied;
mod check;
mod conflict;
mod filter;
mod preflight;
mod row;

use chrono::{DateTime, Utc};

pub use self::action::{Action, Field, SettingsPatch, Which};
pub use self::applied::{Applied, AppliedRow, ApplyError, ChangedRow, Outcome};
pub(crate) use self::check::Known;
pub use self::conflict::{Conflict, Effect};
pub use self::filter::{Filter, FilterError, State};
pub(crate) use self::preflight::Flight;
pub use self::preflight::{Finding, Preflight, ShortDay};
pub use self::row::{Difference, Named, PlannedDeployment, Row, Who, Work};
use crate::canonical::{Canonical as _, Encoder};
use crate::deployment::Digest;
use crate::ids::{CommandKey, PracticeId, WorkflowId};
use crate::workflow::Occurrence;

/// The version of a plan's written form.
const FORMAT: u32 = 1;

/// What a command would do, row by row. It is data: nothing has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Written", into = "Written")
)]
pub struct Plan {
    key: CommandKey,
    practice: PracticeId,
    made_at: DateTime<Utc>,
    action: Action,
    quota: Quota,
    rows: Vec<Row>,
    digest: Digest,
}

impl Plan {
    /// The most rows of a plan that can be applied. A plan with more can be looked at.
    pub const MOST_TO_APPLY: usize = 10_000;

    pub(crate) fn new(
        key: CommandKey,
        practice: PracticeId,
        made_at: DateTime<Utc>,
        action: Action,
        quota: Quota,
        rows: Vec<Row>,
    ) -> Self {
        let digest = digest(&practice, &action, &rows);
        let mut plan = Self {
            key,
            practice,
            made_at,
            action,
            quota,
            rows,
            digest,
        };
        plan.quota.calls = plan.rows.iter().map(|row| u64::from(row.calls())).sum();
        plan
    }

    /// The practice that it is for.
    #[must_use]
    pub fn practice(&self) -> &PracticeId {
        &self.practice
    }

    /// What makes applying it repeatable: the key of each row is made from it.
    #[must_use]
    pub fn key(&self) -> &CommandKey {
        &self.key
    }

    /// When it was made.
    #[must_use]
    pub fn made_at(&self) -> DateTime<Utc> {
        self.made_at
    }

    /// What it does.
    #[must_use]
    pub fn action(&self) -> &Action {
        &self.action
    }

    /// The calls that it costs, and what was left of the quota when it was made.
    #[must_use]
    pub fn quota(&self) -> &Quota {
        &self.quota
    }

    /// The rows: deployments by deploy instant, anything else by client and workflow.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// A digest of what it does and to what. Two plans that do the same have the same digest,
    /// whenever they were made, so that a page may show one and apply another that is its equal.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The rows that are left out when it is applied, since they would certainly fail.
    pub fn stopped(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| row.is_stopped())
    }

    /// The same plan with some of its rows alone, by their place from 0.
    ///
    /// It keeps its key: what was chosen and applied is not done again when the whole is.
    #[must_use]
    pub fn choose(&self, mut chosen: impl FnMut(usize, &Row) -> bool) -> Self {
        let rows = self.rows.iter().enumerate();
        let rows = rows.filter(|(place, row)| chosen(*place, row));
        Self::new(
            self.key.clone(),
            self.practice.clone(),
            self.made_at,
            self.action.clone(),
            self.quota,
            rows.map(|(_, row)| row.clone()).collect(),
        )
    }

    /// The key of one row.
    pub(crate) fn row_key(&self, row: &Row) -> Result<CommandKey, crate::ids::IdError> {
        let (workflow, occurrence) = row.subject();
        let occurrence = occurrence.map_or_else(String::new, |one| one.to_string());
        Digest::of(&[
            b"plan row 1\0",
            self.key.as_str().as_bytes(),
            b"\0",
            workflow.to_string().as_bytes(),
            b"\0",
            occurrence.as_bytes(),
        ])
        .as_str()
        .parse()
    }
}

/// What a row is about: a workflow, or one occurrence of it.
pub(crate) type RowSubject = (WorkflowId, Option<Occurrence>);

/// What a plan costs in calls to XPM, against what was left when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Quota {
    /// Calls that it costs, if no reply is lost.
    pub calls: u64,
    /// Calls left in the current minute.
    pub minute_left: u32,
    /// Calls left today.
    pub day_left: u32,
    /// Calls that XPM grants in a day.
    pub day_limit: u32,
}

impl Quota {
    /// How many days' worth of calls it costs, beginning with what is left today.
    ///
    /// ```
    /// use workflow_core::plan::Quota;
    /// let quota = Quota { calls: 1_200, minute_left: 60, day_left: 200, day_limit: 1_000 };
    /// assert_eq!(quota.days(), 2);
    /// assert_eq!(Quota { calls: 0, ..quota }.days(), 0);
    /// ```
    #[must_use]
    pub fn days(&self) -> u64 {
        let beyond = self.calls.saturating_sub(u64::from(self.day_left));
        let limit = u64::from(self.day_limit.max(1));
        u64::from(self.calls > 0) + beyond.div_ceil(limit)
    }
}

fn digest(practice: &PracticeId, action: &Action, rows: &[Row]) -> Digest {
    let mut encoder = Encoder::new();
    encoder.number(i128::from(FORMAT));
    practice.encode(&mut encoder);
    action.encode(&mut encoder);
    for row in rows {
        row.encode(&mut encoder);
    }
    Digest::of(&[b"plan 1\0", &encoder.finish()])
}

/// Why a written plan is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// It was written by another version of the program.
    #[error("format: {found} is not known here, {FORMAT} is; make the plan again")]
    Format {
        /// The format as written.
        found: u32,
    },
    /// It is not what it was when it was made.
    #[error("digest: the plan was altered since it was made; make it again")]
    Altered,
}

/// A plan as it is written.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u32,
    key: CommandKey,
    practice: PracticeId,
    made_at: DateTime<Utc>,
    digest: Digest,
    action: Action,
    quota: Quota,
    rows: Vec<Row>,
}

#[cfg(feature = "serde")]
impl From<Plan> for Written {
    fn from(plan: Plan) -> Self {
        Self {
            format: FORMAT,
            key: plan.key,
            practice: plan.practice,
            made_at: plan.made_at,
            digest: plan.digest,
            action: plan.action,
            quota: plan.quota,
            rows: plan.rows,
        }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Written> for Plan {
    type Error = PlanError;

    /// # Errors
    ///
    /// [`PlanError`] for another format, or for a digest that is not that of what is written.
    fn try_from(written: Written) -> Result<Self, PlanError> {
        if written.format != FORMAT {
            return Err(PlanError::Format {
                found: written.format,
            });
        }
        let plan = Self::new(
            written.key,
            written.practice,
            written.made_at,
            written.action,
            written.quota,
            written.rows,
        );
        if plan.digest != written.digest {
            return Err(PlanError::Altered);
        }
        Ok(plan)
    }
}

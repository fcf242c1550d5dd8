//! The workflow: the plan that makes jobs for one client.
//!
//! A [`Workflow`] changes only by [`Workflow::apply`]ing a [`WorkflowEvent`], so that its entries in the
//! audit, applied in order, give what is stored. [`decide`] makes the events out of commands.

mod apply;
mod change;
mod checked;
mod coming;
pub mod decide;
mod event;
mod explain;
mod follow_calendar;
mod handover;
mod next;
mod schedule;
mod settings;
mod status;
mod turns;
mod why;

#[cfg(feature = "proptest")]
mod strategies;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

pub use self::change::{
    Deploys, DiffRow, Effect, MarkFate, RecurrenceChange, Replaced, ScheduleDiff, Scope, Segment,
    Side, Standing,
};
pub use self::coming::{Ahead, Coming, Show, Window};
pub use self::event::{ClosedBy, PausedDates, WorkflowEvent};
pub use self::explain::{ExplainedStep, Explanation, Given, OwedSince};
pub use self::follow_calendar::{CalendarMove, CalendarMoves};
pub use self::handover::Handover;
pub use self::next::{Placed, Placing};
pub use self::schedule::{
    Cell, MissedRuns, Next, Occurrence, OccurrenceError, PlacedBy, Plan, Schedule,
};
pub use self::settings::Settings;
pub use self::status::{Awaiting, Finished, Status};
#[cfg(feature = "proptest")]
pub use self::strategies::{
    arb_added, arb_cell, arb_dates, arb_instant, arb_occurrence, arb_origin, arb_plan,
    arb_schedule, arb_scope, arb_settings, arb_workflow, arb_workflow_change,
};
pub use self::why::{Why, WhyNot};
use crate::billing::{BillingLevel, LevelOf};
use crate::canonical::canonical;
use crate::ids::{ClientId, ProposalId, ServiceId, WorkflowId};
use crate::text::Reason;

/// The plan that makes jobs for one client: settings, billing and schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Workflow {
    pub(crate) id: WorkflowId,
    pub(crate) client: ClientId,
    pub(crate) origin: Origin,
    pub(crate) settings: Settings,
    pub(crate) billing: BillingLevel,
    pub(crate) plan: Plan,
    pub(crate) gate: Gate,
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub(crate) duplicate_of: Option<WorkflowId>,
    /// A duplicate deploys nothing until a person confirms its first date.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "std::ops::Not::not")
    )]
    pub(crate) unconfirmed: bool,
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub(crate) pause: Option<Pause>,
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub(crate) archived: Option<NaiveDate>,
    /// What became of the one occurrence of a one-time workflow.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub(crate) outcome: Option<Outcome>,
    /// What was decided for single occurrences, beside the rule.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "BTreeMap::is_empty")
    )]
    pub(crate) marks: BTreeMap<Occurrence, Mark>,
    /// Days on which nothing was to be deployed, in order.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub(crate) gaps: Vec<Gap>,
    /// Every nominal date up to this one has been dealt with.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub(crate) handled: Option<NaiveDate>,
    /// Plans that changes took dates from, in the order of the changes.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub(crate) replaced: Vec<Replaced>,
    /// Cells of occurrences that were begun, which reach past `handled` or past a change.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub(crate) cells: Vec<BegunCell>,
    /// Covered dates that a person wants deployed all the same, and since when.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "BTreeMap::is_empty")
    )]
    pub(crate) wanted: BTreeMap<Occurrence, DateTime<Utc>>,
    /// Deployments that run, failed, are uncertain or held.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "BTreeSet::is_empty")
    )]
    pub(crate) open: BTreeSet<Occurrence>,
    /// Since when it can be deployed at all, where something was due before that.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub(crate) deployable_since: Option<DateTime<Utc>>,
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub(crate) next: Option<Next>,
    /// Parts that go to somebody else from a day on, by that day.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub(crate) handovers: Vec<Handover>,
}

/// The cell of an occurrence that was begun, and the plan that it was begun under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(crate) struct BegunCell {
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub(crate) cell: Cell,
    /// After how many changes that plan came.
    #[cfg_attr(feature = "serde", serde(default))]
    pub(crate) under: usize,
}

impl Workflow {
    /// Its identity.
    #[must_use]
    pub fn id(&self) -> WorkflowId {
        self.id
    }

    /// Whose work it is.
    #[must_use]
    pub fn client(&self) -> ClientId {
        self.client
    }

    /// Where it comes from.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// What its jobs are like.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// At which level its jobs take invoices.
    #[must_use]
    pub fn billing(&self) -> BillingLevel {
        self.billing
    }

    /// The level that it is nominated for, if it bills at one.
    #[must_use]
    pub fn level(&self) -> Option<LevelOf> {
        match self.billing {
            BillingLevel::Client => Some(LevelOf::Client(self.client)),
            BillingLevel::Proposal => self.origin.proposal().cloned().map(LevelOf::Proposal),
            BillingLevel::NonBilling => None,
        }
    }

    /// When it deploys.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Whether its proposal lets it deploy.
    #[must_use]
    pub fn gate(&self) -> Gate {
        self.gate
    }

    /// The workflow that it was duplicated from.
    #[must_use]
    pub fn duplicate_of(&self) -> Option<WorkflowId> {
        self.duplicate_of
    }

    /// Whether a person has yet to confirm its first date.
    #[must_use]
    pub fn awaits_confirmation(&self) -> bool {
        self.unconfirmed
    }

    /// The pause that it is in.
    #[must_use]
    pub fn pause(&self) -> Option<&Pause> {
        self.pause.as_ref()
    }

    /// The day on which a person archived it.
    #[must_use]
    pub fn archived(&self) -> Option<NaiveDate> {
        self.archived
    }

    /// What was decided for one occurrence, beside the rule.
    #[must_use]
    pub fn mark(&self, occurrence: Occurrence) -> Option<&Mark> {
        self.marks.get(&occurrence)
    }

    /// The occurrences for which something was decided beside the rule.
    pub fn decided(&self) -> impl Iterator<Item = Occurrence> + '_ {
        let decided = self.marks.iter().filter(|(_, mark)| **mark != Mark::Begun);
        decided.map(|(occurrence, _)| *occurrence)
    }

    /// Whether a person wants that covered date deployed all the same.
    #[must_use]
    pub fn is_wanted(&self, occurrence: Occurrence) -> bool {
        self.wanted.contains_key(&occurrence)
    }

    /// Whether its nominal date was dealt with and nothing more is remembered of it here.
    #[must_use]
    pub(crate) fn is_behind(&self, occurrence: Occurrence) -> bool {
        occurrence
            .nominal()
            .zip(self.handled)
            .is_some_and(|(date, handled)| date <= handled)
    }

    /// The occurrences whose deployment runs, failed, is uncertain or held.
    pub fn open(&self) -> impl Iterator<Item = Occurrence> + '_ {
        self.open.iter().copied()
    }

    /// When the scheduler has to look at it again: the end of its pause, or its next deployment.
    #[must_use]
    pub fn wake(&self) -> Option<DateTime<Utc>> {
        match &self.pause {
            Some(pause) => pause.ends_at,
            None => self.next.as_ref().map(|next| next.deploy_at),
        }
    }

    /// The occurrence that it deploys next, placed in time.
    #[must_use]
    pub fn next(&self) -> Option<&Next> {
        self.next.as_ref()
    }
}

/// Where a workflow comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Origin {
    /// Added by hand.
    Hand,
    /// Made from a proposal, or from one service in it.
    Proposal {
        /// The proposal.
        proposal: ProposalId,
        /// The service, where the workflow is for one.
        service: Option<ServiceId>,
    },
}
canonical!(enum Origin { Hand, Proposal { proposal, service } });

impl Origin {
    /// The proposal, where there is one.
    #[must_use]
    pub fn proposal(&self) -> Option<&ProposalId> {
        match self {
            Self::Hand => None,
            Self::Proposal { proposal, .. } => Some(proposal),
        }
    }

    /// The service, where there is one.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceId> {
        match self {
            Self::Hand => None,
            Self::Proposal { service, .. } => service.as_ref(),
        }
    }
}

/// Whether a workflow's proposal lets it deploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Gate {
    /// It was made from a proposal that is not accepted yet.
    AwaitsAcceptance,
    /// It may deploy.
    Open {
        /// The start date of what deploys on acceptance; `None` for a workflow by hand.
        starts: Option<NaiveDate>,
    },
    /// Its proposal was declined or archived.
    Closed {
        /// The day from which nothing further deploys.
        since: NaiveDate,
        /// What happened to the proposal.
        by: ClosedBy,
    },
}
canonical!(enum Gate { AwaitsAcceptance, Open { starts }, Closed { since, by } });

/// A pause that has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Pause {
    /// The first day on which nothing is deployed.
    pub from: NaiveDate,
    /// The day on which it ends by itself, if one was set.
    pub until: Option<NaiveDate>,
    /// The instant at which that day begins in the practice's time zone.
    pub ends_at: Option<DateTime<Utc>>,
    /// Why.
    pub reason: Reason,
}
canonical!(struct Pause { from, until, ends_at, reason });

/// What became of the one occurrence of a one-time workflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Outcome {
    /// Its job exists.
    Deployed,
    /// It was skipped, given up, or recorded as missed.
    GivenUp,
}
canonical!(
    enum Outcome {
        Deployed,
        GivenUp,
    }
);

/// What was decided for one occurrence, beside the rule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Mark {
    /// It has a deployment, begun out of turn.
    Begun,
    /// A person skipped it.
    Skipped {
        /// Why.
        reason: Reason,
    },
    /// A person moved it: it starts on that day, and keeps its identity.
    Moved {
        /// The day on which it starts.
        to: NaiveDate,
    },
    /// It was missed while nothing ran, and the workflow deploys none that is missed.
    Missed,
    /// A changed calendar gave another date to its turn of the rule.
    Covered {
        /// The occurrence of that turn which is deployed.
        by: Occurrence,
    },
}
canonical!(enum Mark { Begun, Skipped { reason }, Moved { to }, Missed, Covered { by } });

/// Days on which nothing was to be deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Gap {
    /// The first such day.
    pub from: NaiveDate,
    /// The first day after it.
    pub until: NaiveDate,
    /// Why.
    pub why: GapReason,
}
canonical!(struct Gap { from, until, why });

impl Gap {
    /// Whether that day lies in the gap.
    #[must_use]
    pub fn holds(&self, day: NaiveDate) -> bool {
        self.from <= day && day < self.until
    }
}

/// Why nothing was to be deployed on some days.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum GapReason {
    /// The workflow was paused.
    Paused {
        /// Why.
        reason: Reason,
    },
    /// The proposal was declined or archived, and accepted again later.
    ProposalClosed {
        /// What had happened to the proposal.
        by: ClosedBy,
    },
}
canonical!(enum GapReason { Paused { reason }, ProposalClosed { by } });

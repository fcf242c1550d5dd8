//! Changing what repeats, in place: which plan rules which nominal dates.
//!
//! A workflow has one plan in force, and remembers each plan that a change took dates from
//! ([`Replaced`]). A change takes the nominal dates from one on, so a plan rules a [`Segment`] of
//! dates, and earlier dates stay owed under the plan that ruled them. A change never reaches back
//! to a date that was dealt with: what is deployed or begun keeps its job and the span that it
//! covers, and a date of the new rule in that span is *covered*.

mod covered;
mod decide;
mod diff;
mod words;

use chrono::{DateTime, NaiveDate, Utc};

pub use self::diff::{Deploys, DiffRow, Effect, MarkFate, ScheduleDiff, Side, Standing};
use super::{Occurrence, Placing, Plan, Schedule, Workflow};
use crate::audit::Actor;
use crate::canonical::canonical;

/// Which occurrences a change is for. One alone is moved or skipped instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Scope {
    /// All that is not deployed or begun, and from today on where nothing is overdue.
    NotDeployed,
    /// That nominal date and later ones. What is owed before it stays owed as it was.
    From(NaiveDate),
}
canonical!(
    enum Scope {
        NotDeployed,
        From(date),
    }
);

/// A change of schedule or timing that a person asks for.
///
/// An end after so many times is counted from the anchor of the new rule, whatever was deployed
/// before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecurrenceChange {
    /// What is to be in force.
    pub plan: Plan,
    /// For which occurrences.
    pub scope: Scope,
}
canonical!(struct RecurrenceChange { plan, scope });

impl RecurrenceChange {
    /// A change of all that is not deployed or begun.
    #[must_use]
    pub fn not_deployed(plan: Plan) -> Self {
        let scope = Scope::NotDeployed;
        Self { plan, scope }
    }

    /// A change of that nominal date and later ones.
    #[must_use]
    pub fn from(plan: Plan, date: NaiveDate) -> Self {
        let scope = Scope::From(date);
        Self { plan, scope }
    }
}

/// A plan that a change took dates from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Replaced {
    /// What was in force.
    pub plan: Plan,
    /// The first nominal date that the change took.
    pub from: NaiveDate,
    /// When it was changed.
    pub at: DateTime<Utc>,
    /// Who changed it.
    pub by: Actor,
}

/// The nominal dates that one plan rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// How many changes lie before it.
    pub(super) index: usize,
    /// The plan.
    pub plan: &'a Plan,
    /// The first nominal date that it rules.
    pub from: NaiveDate,
    /// The first later date that another plan rules.
    pub until: Option<NaiveDate>,
}

impl Workflow {
    /// The most changes of schedule or timing that one workflow takes.
    pub const MOST_CHANGES: usize = 100;

    /// The plans that changes took dates from, in the order of the changes.
    #[must_use]
    pub fn replaced(&self) -> &[Replaced] {
        &self.replaced
    }

    /// Which plan rules which nominal dates, by date. The last is the plan in force, unless all
    /// its dates lie before those of another.
    #[must_use]
    pub fn segments(&self) -> Vec<Segment<'_>> {
        let mut segments = Vec::with_capacity(self.replaced.len() + 1);
        let mut until: Option<NaiveDate> = None;
        for index in (0..=self.replaced.len()).rev() {
            let from = self.ruled_from(index);
            if until.is_some_and(|until| until <= from) {
                continue;
            }
            let plan = self.plan_at(index);
            segments.push(Segment {
                index,
                plan,
                from,
                until,
            });
            until = Some(from);
        }
        segments.reverse();
        segments
    }

    /// The plan that rules a nominal date.
    #[must_use]
    pub fn plan_on(&self, date: NaiveDate) -> &Plan {
        self.plan_at(self.ruler(date))
    }

    /// Which occurrence a date stands for. Under a one-time schedule any date stands for its one
    /// occurrence, but for those that a recurrence gave before.
    #[must_use]
    pub fn occurrence_on(&self, date: NaiveDate, placing: &Placing<'_>) -> Occurrence {
        let ruler = self.plan_on(date);
        let once = ruler.schedule.is_one_time() && self.removed_by(date, placing).is_none();
        if once {
            Occurrence::Once
        } else {
            Occurrence::On(date)
        }
    }

    /// The plan after so many changes.
    pub(super) fn plan_at(&self, index: usize) -> &Plan {
        self.replaced
            .get(index)
            .map_or(&self.plan, |replaced| &replaced.plan)
    }

    fn ruled_from(&self, index: usize) -> NaiveDate {
        let change = index
            .checked_sub(1)
            .and_then(|last| self.replaced.get(last));
        change.map_or(NaiveDate::MIN, |change| change.from)
    }

    /// After how many changes the plan came that rules a date.
    pub(super) fn ruler(&self, date: NaiveDate) -> usize {
        self.ruler_before(self.replaced.len(), date)
    }

    /// As [`Self::ruler`], as it was before the change of that place.
    pub(super) fn ruler_before(&self, change: usize, date: NaiveDate) -> usize {
        self.last_reaching(change, date).map_or(0, |last| last + 1)
    }

    /// The last change before that of a place that took a date from the plan before it.
    fn last_reaching(&self, before: usize, date: NaiveDate) -> Option<usize> {
        let changes = self.replaced.iter().take(before);
        let mut reaching = changes
            .enumerate()
            .filter(|(_, change)| change.from <= date);
        reaching.next_back().map(|(place, _)| place)
    }

    /// As [`Self::ruler`], for an occurrence: the one of a one-time workflow follows the plan in
    /// force.
    pub(super) fn ruler_of(&self, occurrence: Occurrence) -> usize {
        match occurrence {
            Occurrence::On(date) => self.ruler(date),
            Occurrence::Once => self.replaced.len(),
        }
    }

    /// The plan that an occurrence is deployed under.
    pub(super) fn plan_of(&self, occurrence: Occurrence) -> &Plan {
        self.plan_at(self.ruler_of(occurrence))
    }

    /// Whether the schedule gives that nominal date, on or after its deploys-from date.
    pub(super) fn gives(&self, date: NaiveDate, placing: &Placing<'_>) -> bool {
        self.plan_gives(self.ruler(date), date, placing)
    }

    /// As [`Self::gives`], of the plan after so many changes.
    pub(super) fn plan_gives(&self, index: usize, date: NaiveDate, placing: &Placing<'_>) -> bool {
        let plan = self.plan_at(index);
        let rule = plan.schedule.recurrence();
        date >= plan.deploys_from && rule.is_some_and(|rule| rule.contains(date, placing.calendar))
    }

    /// The change that took a date out of the rule, where an earlier rule gave it.
    pub(super) fn removed_by(&self, date: NaiveDate, placing: &Placing<'_>) -> Option<&Replaced> {
        let mut before = self.replaced.len();
        while let Some(change) = self.last_reaching(before, date) {
            if self.plan_gives(self.ruler_before(change, date), date, placing) {
                return self.replaced.get(change);
            }
            before = change;
        }
        None
    }

    /// The change that ended the last one-time schedule, under a recurring one.
    pub(super) fn once_removed_by(&self) -> Option<&Replaced> {
        let was_once = |change: &&Replaced| change.plan.schedule.is_one_time();
        self.replaced.iter().rfind(was_once)
    }

    /// Whether the plans after so many changes repeat in the same way, wherever they end. Dates of
    /// one rule never cover each other, however a calendar moves them.
    pub(super) fn repeat_alike(&self, one: usize, other: usize) -> bool {
        if one == other {
            return true;
        }
        let rules = (&self.plan_at(one).schedule, &self.plan_at(other).schedule);
        match rules {
            (Schedule::Recurring(one), Schedule::Recurring(other)) => {
                one.rule() == other.rule() && one.anchor() == other.anchor()
            }
            _ => false,
        }
    }
}

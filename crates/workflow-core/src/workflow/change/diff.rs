//! What a change of schedule or timing would do, date by date.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Months, NaiveDate, Utc};

use super::{RecurrenceChange, Scope};
use crate::audit::Actor;
use crate::canonical::{Canonical, Encoder, canonical};
use crate::deployment::Digest;
use crate::timing::Dates;
use crate::workflow::decide::{Decision, Refusal};
use crate::workflow::turns::Stand;
use crate::workflow::{Cell, Mark, Occurrence, Placing, Plan, Schedule, Workflow, WorkflowEvent};

/// The effect of a [`RecurrenceChange`], as plain data: shown before it is applied.
///
/// It looks two years ahead, and further where a rule has fewer than three dates in them, but shows
/// at most [`ScheduleDiff::MOST`] dates of either plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleDiff {
    /// The plan in force.
    pub before: Plan,
    /// The plan that would be in force.
    pub after: Plan,
    /// For which occurrences it was asked.
    pub scope: Scope,
    /// The first nominal date that would be under the new plan; `None` where no date changes its
    /// plan.
    pub from: Option<NaiveDate>,
    /// The last nominal date that was looked at.
    pub until: NaiveDate,
    /// The dates, in order.
    pub rows: Vec<DiffRow>,
}
canonical!(struct ScheduleDiff { before, after, scope, from, until, rows });

/// One line of a [`ScheduleDiff`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffRow {
    /// What the change does.
    pub effect: Effect,
    /// The occurrence as it is; `None` where there is none before.
    pub before: Option<Side>,
    /// The occurrence as it would be; `None` where there is none after.
    pub after: Option<Side>,
    /// What becomes of a skip or a move.
    pub mark: Option<(Mark, MarkFate)>,
}
canonical!(struct DiffRow { effect, before, after, mark });

/// What a change does to an occurrence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Its nominal date is in both plans. Its other dates may change.
    Kept,
    /// Another occurrence takes its place: the nearest within one cell.
    Moved,
    /// It is new.
    Added,
    /// It is no more.
    Removed,
    /// Its nominal date is in the cell of that occurrence, and it deploys only if a person asks for
    /// it although it is covered.
    Covered {
        /// The occurrence that covers it.
        by: Occurrence,
    },
    /// It is deployed or begun, and out of reach.
    Frozen,
}
canonical!(enum Effect { Kept, Moved, Added, Removed, Covered { by }, Frozen });

/// What becomes of a skip or a move when the schedule is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkFate {
    /// It stays.
    Kept,
    /// It says nothing any more, since its date is no more in the rule.
    Dropped,
}
canonical!(
    enum MarkFate {
        Kept,
        Dropped,
    }
);

/// An occurrence under one plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// Which one.
    pub occurrence: Occurrence,
    /// Its nominal date; for one that awaits a person, today.
    pub nominal: NaiveDate,
    /// Its dates; `None` for what was begun, whose deployment has them, and at the end of time.
    pub dates: Option<Dates>,
    /// When it is deployed, as far as that is known now.
    pub deploys: Deploys,
    /// Where it stands.
    pub standing: Standing,
    /// The first day after its cell; `None` where nothing follows.
    pub cell_ends: Option<NaiveDate>,
}
canonical!(struct Side { occurrence, nominal, dates, deploys, standing, cell_ends });

/// When an occurrence is deployed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deploys {
    /// It is due.
    AtOnce,
    /// It becomes due then.
    At(DateTime<Utc>),
    /// A person deploys it.
    ByHand,
    /// It is not to be deployed, or was begun.
    Not,
}
canonical!(
    enum Deploys {
        AtOnce,
        At(at),
        ByHand,
        Not,
    }
);

/// Where an occurrence stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is to be deployed.
    Owed,
    /// It was begun.
    Begun,
    /// It is covered by the job of that occurrence.
    Covered(Occurrence),
    /// It was skipped, missed or paused, or its proposal was closed.
    NotOwed,
}
canonical!(
    enum Standing {
        Owed,
        Begun,
        Covered(by),
        NotOwed,
    }
);

impl ScheduleDiff {
    /// The most dates of either plan that are looked at.
    pub const MOST: usize = 120;

    /// The fewest dates of either plan that are looked at, where it has them.
    pub const FEWEST: usize = 3;

    /// How far ahead it looks, in months.
    pub const MONTHS: u32 = 24;

    /// A digest of everything it shows. It differs where anything differs.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut encoder = Encoder::new();
        self.encode(&mut encoder);
        Digest::of(&[&encoder.finish()])
    }

    /// How many rows have an effect.
    pub fn count(&self, of: impl Fn(Effect) -> bool) -> usize {
        self.rows.iter().filter(|row| of(row.effect)).count()
    }

    /// What becomes due as soon as the change is made, and is not due now.
    pub fn due_at_once(&self) -> impl Iterator<Item = &DiffRow> {
        let due = |side: &Option<Side>| {
            let side = side.as_ref();
            side.is_some_and(|side| side.deploys == Deploys::AtOnce)
        };
        let newly = move |row: &&DiffRow| due(&row.after) && !due(&row.before);
        self.rows.iter().filter(newly)
    }
}

impl DiffRow {
    /// The nominal date by which rows are in order: the earlier of the two.
    #[must_use]
    pub fn nominal(&self) -> NaiveDate {
        let sides = self.before.iter().chain(&self.after);
        let nominal = sides.map(|side| side.nominal).min();
        nominal.unwrap_or(NaiveDate::MAX)
    }
}

type Sides = BTreeMap<(NaiveDate, Occurrence), Side>;

/// The occurrences of one plan.
struct Listed {
    sides: Sides,
    /// The last nominal date up to which all are listed; `None` where there are no more.
    until: Option<NaiveDate>,
}

impl Workflow {
    /// What a change would do. Nothing is changed.
    ///
    /// # Errors
    ///
    /// As [`Workflow::change_recurrence`].
    pub fn preview(
        &self,
        change: &RecurrenceChange,
        placing: &Placing<'_>,
    ) -> Result<ScheduleDiff, Refusal> {
        // Who changes it is not shown.
        let decision = self.change_recurrence(change, &Actor::Scheduler, placing)?;
        let from = changed_from(&decision);
        let changed = &decision.workflow;
        let start = from.unwrap_or_else(|| placing.today());
        let horizon = start
            .checked_add_months(Months::new(ScheduleDiff::MONTHS))
            .unwrap_or(NaiveDate::MAX);
        let old = self.listed(horizon, placing);
        let new = changed.listed(horizon, placing);
        let until = old.until.into_iter().chain(new.until).min();
        let mut rows = rows(self, changed, old.sides, new.sides);
        rows.extend(self.frozen_cells(placing, &rows));
        rows.retain(|row| until.is_none_or(|until| row.nominal() <= until));
        rows.sort_by_key(|row| (row.nominal(), row.effect));
        let last = rows.last().map_or(horizon, DiffRow::nominal);
        Ok(ScheduleDiff {
            before: self.plan.clone(),
            after: change.plan.clone(),
            scope: change.scope,
            from,
            until: until.unwrap_or(last.max(horizon)),
            rows,
        })
    }

    /// The occurrences that were not dealt with yet, those begun included, up to a nominal date and
    /// one after it, so that the nearest of another is among them.
    fn listed(&self, horizon: NaiveDate, placing: &Placing<'_>) -> Listed {
        let mut sides = Sides::new();
        let mut until = None;
        let behind = self.singled_out(placing).map(|owed| owed.next.occurrence);
        let behind = behind.filter(|occurrence| self.is_behind(*occurrence));
        let once = self.plan.schedule.is_one_time();
        for occurrence in behind.chain(once.then_some(Occurrence::Once)) {
            let nominal = self.nominal_of(occurrence, placing);
            let standing = self.standing_of(occurrence, placing);
            let side = self.side(occurrence, nominal, standing, placing);
            sides.insert((nominal, occurrence), side);
        }
        let mut count = 0;
        'all: for segment in self.segments() {
            for turn in self.turns(segment, placing) {
                let occurrence = Occurrence::On(turn.nominal);
                let standing = match &turn.stand {
                    Stand::Begun => Standing::Begun,
                    Stand::Covered(by) => Standing::Covered(*by),
                    Stand::Decided | Stand::Gap => Standing::NotOwed,
                    Stand::Owed(_) => Standing::Owed,
                    Stand::SingledOut => self.standing_of(occurrence, placing),
                };
                let side = self.side(occurrence, turn.nominal, standing, placing);
                sides.insert((turn.nominal, occurrence), side);
                count += 1;
                let enough = turn.nominal > horizon && count > ScheduleDiff::FEWEST;
                if enough || count > ScheduleDiff::MOST {
                    until = turn.nominal.pred_opt();
                    break 'all;
                }
            }
        }
        Listed { sides, until }
    }

    fn standing_of(&self, occurrence: Occurrence, placing: &Placing<'_>) -> Standing {
        let nominal = self.nominal_of(occurrence, placing);
        match self.marks.get(&occurrence) {
            Some(Mark::Begun) => return Standing::Begun,
            Some(Mark::Skipped { .. } | Mark::Missed) => return Standing::NotOwed,
            Some(Mark::Moved { .. } | Mark::Covered { .. }) | None => {}
        }
        if let Some(by) = self.covering(occurrence, nominal, placing) {
            return Standing::Covered(by);
        }
        let owed = self.owed(occurrence, nominal, placing);
        let gap = owed.and_then(|owed| self.gap_over(owed.deploys_on));
        match occurrence {
            Occurrence::On(_) if gap.is_some() => Standing::NotOwed,
            _ => Standing::Owed,
        }
    }

    fn side(
        &self,
        occurrence: Occurrence,
        nominal: NaiveDate,
        standing: Standing,
        placing: &Placing<'_>,
    ) -> Side {
        let plan = self.plan_of(occurrence);
        let owed = match standing {
            Standing::Begun => None,
            Standing::Owed | Standing::Covered(_) | Standing::NotOwed => {
                self.owed(occurrence, nominal, placing)
            }
        };
        let by_hand = plan.schedule == Schedule::ByHand && self.moved_to(occurrence).is_none();
        let deploys = match (&owed, standing) {
            (Some(_), Standing::Owed) if by_hand => Deploys::ByHand,
            (Some(owed), Standing::Owed) if owed.next.deploy_at <= placing.now => Deploys::AtOnce,
            (Some(_), Standing::Owed) if plan.schedule == Schedule::OnAcceptance => Deploys::AtOnce,
            (Some(owed), Standing::Owed) => Deploys::At(owed.next.deploy_at),
            _ => Deploys::Not,
        };
        let rule = plan.schedule.recurrence();
        Side {
            occurrence,
            nominal,
            deploys,
            dates: owed.map(|owed| owed.next.dates),
            standing,
            cell_ends: rule.and_then(|rule| rule.cell(nominal, placing.calendar).end()),
        }
    }

    /// What was begun, and is in no row yet because its date was dealt with, or is in no rule.
    fn frozen_cells(&self, placing: &Placing<'_>, rows: &[DiffRow]) -> Vec<DiffRow> {
        let shown = |occurrence: Occurrence| {
            let mut sides = rows
                .iter()
                .flat_map(|row| row.before.iter().chain(&row.after));
            sides.any(|side| side.occurrence == occurrence)
        };
        let recent = self.first_unhandled().min(placing.today());
        let cells = self.cells.iter().map(|begun| begun.cell);
        let reaching = |cell: &Cell| cell.until.is_none_or(|until| until >= recent);
        let cells = cells.filter(|cell| reaching(cell) && !shown(cell.occurrence));
        cells
            .map(|cell| {
                let side = Side {
                    occurrence: cell.occurrence,
                    nominal: cell.from,
                    dates: None,
                    deploys: Deploys::Not,
                    standing: Standing::Begun,
                    cell_ends: cell.until,
                };
                DiffRow {
                    effect: Effect::Frozen,
                    before: Some(side.clone()),
                    after: Some(side),
                    mark: None,
                }
            })
            .collect()
    }
}

fn changed_from(decision: &Decision) -> Option<NaiveDate> {
    decision.events.iter().find_map(|event| match event {
        WorkflowEvent::Rescheduled { from, .. } => Some(*from),
        _ => None,
    })
}

/// Pairs what is before with what is after: equal nominal dates first, and then the nearest of
/// what is left within one cell.
fn rows(workflow: &Workflow, changed: &Workflow, mut old: Sides, new: Sides) -> Vec<DiffRow> {
    let mut rows = Vec::new();
    let mut unmatched = Vec::new();
    let mut row = |effect, before: Option<Side>, after: Option<Side>| {
        let mark = mark_of(workflow, changed, before.as_ref(), after.as_ref());
        rows.push(DiffRow {
            effect,
            before,
            after,
            mark,
        });
    };
    for (key, after) in new {
        let is_same = |other: &&(NaiveDate, Occurrence)| other.0 == key.0 || other.1 == key.1;
        let same = old.keys().find(is_same).copied();
        let before = same.and_then(|same| old.remove(&same));
        match (after.standing, before) {
            (Standing::Begun, before) => row(Effect::Frozen, before, Some(after)),
            (_, Some(before)) if before.standing == Standing::Begun => {
                row(Effect::Frozen, Some(before), Some(after));
            }
            (Standing::Covered(by), before) => row(Effect::Covered { by }, before, Some(after)),
            (_, Some(before)) => row(Effect::Kept, Some(before), Some(after)),
            (Standing::Owed, None) => unmatched.push(after),
            (Standing::NotOwed, None) => row(Effect::Added, None, Some(after)),
        }
    }
    let (gone, frozen): (Vec<Side>, Vec<Side>) = old
        .into_values()
        .partition(|side| side.standing != Standing::Begun);
    for side in frozen {
        row(Effect::Frozen, Some(side), None);
    }
    let (owed, others): (Vec<Side>, Vec<Side>) = gone
        .into_iter()
        .partition(|side| side.standing == Standing::Owed);
    for side in others {
        row(Effect::Removed, Some(side), None);
    }
    let pairs = nearest(&owed, &unmatched);
    let mut after: Vec<Option<Side>> = unmatched.into_iter().map(Some).collect();
    for (before, pair) in owed.into_iter().zip(pairs) {
        match pair.and_then(|at| after.get_mut(at)).and_then(Option::take) {
            Some(after) => row(Effect::Moved, Some(before), Some(after)),
            None => row(Effect::Removed, Some(before), None),
        }
    }
    for side in after.into_iter().flatten() {
        row(Effect::Added, None, Some(side));
    }
    rows
}

/// For each of `old` the place of the one of `new` that takes its place: the nearest pair of all
/// first, the earlier where two are as near.
fn nearest(old: &[Side], new: &[Side]) -> Vec<Option<usize>> {
    let mut near: Vec<(u64, usize, usize)> = Vec::new();
    for (o, before) in old.iter().enumerate() {
        for (n, after) in new.iter().enumerate() {
            if in_cell(before, after.nominal) || in_cell(after, before.nominal) {
                let days = (before.nominal - after.nominal).num_days().unsigned_abs();
                near.push((days, o, n));
            }
        }
    }
    near.sort_unstable();
    let mut pairs = vec![None; old.len()];
    let mut taken = vec![false; new.len()];
    for (_, o, n) in near {
        if pairs[o].is_none() && !taken[n] {
            pairs[o] = Some(n);
            taken[n] = true;
        }
    }
    pairs
}

fn in_cell(side: &Side, date: NaiveDate) -> bool {
    side.nominal <= date && side.cell_ends.is_some_and(|ends| date < ends)
}

/// What becomes of a skip or a move of the occurrence of a row.
fn mark_of(
    workflow: &Workflow,
    changed: &Workflow,
    before: Option<&Side>,
    after: Option<&Side>,
) -> Option<(Mark, MarkFate)> {
    let side = before.or(after)?;
    let mark = workflow.mark(side.occurrence)?;
    let decided = matches!(mark, Mark::Skipped { .. } | Mark::Moved { .. });
    let same = after.is_some_and(|after| after.occurrence == side.occurrence);
    let kept = same && changed.mark(side.occurrence) == Some(mark);
    let fate = if kept {
        MarkFate::Kept
    } else {
        MarkFate::Dropped
    };
    decided.then(|| (mark.clone(), fate))
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kept => f.write_str("kept"),
            Self::Moved => f.write_str("moved"),
            Self::Added => f.write_str("added"),
            Self::Removed => f.write_str("removed"),
            Self::Covered { by } => write!(f, "covered by the job of {by}"),
            Self::Frozen => f.write_str("deployed or begun: out of reach"),
        }
    }
}

/// How many dates are kept, moved and so on, in words.
impl fmt::Display for ScheduleDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = [
            (self.count(|effect| effect == Effect::Kept), "kept"),
            (self.count(|effect| effect == Effect::Moved), "moved"),
            (self.count(|effect| effect == Effect::Added), "added"),
            (self.count(|effect| effect == Effect::Removed), "removed"),
            (
                self.count(|effect| matches!(effect, Effect::Covered { .. })),
                "covered",
            ),
            (
                self.count(|effect| effect == Effect::Frozen),
                "deployed or begun",
            ),
        ];
        let mut any = false;
        for (count, word) in counts.into_iter().filter(|(count, _)| *count > 0) {
            let comma = if any { ", " } else { "" };
            write!(f, "{comma}{count} {word}")?;
            any = true;
        }
        if any {
            Ok(())
        } else {
            f.write_str("no date changes")
        }
    }
}

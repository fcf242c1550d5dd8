//! What a change of the practice's working calendar does to a workflow.
//!
//! A date that is rolled, or counted back from, moves by itself when it is placed anew. A rule that
//! counts business days gives *other nominal dates*: November's last business day may be the 30th
//! today and the 27th tomorrow. What was begun, skipped, missed or moved for November under the one
//! date has to hold for the other, or November would have two jobs, or one that nobody wanted.

use std::collections::BTreeSet;

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::decide::Decision;
use super::{Cell, Mark, Next, Occurrence, Placing, Workflow, WorkflowEvent};
use crate::calendar::WorkingCalendar;
use crate::recurrence::Recurrence;
use crate::timing::Dates;

/// An occurrence that a changed calendar places elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarMove {
    /// Where it was to be; `None` where the rule gave no such occurrence before.
    pub before: Option<Box<Next>>,
    /// Where it will be; `None` where the rule gives it no more.
    pub after: Option<Box<Next>>,
}

impl CalendarMove {
    /// The earliest day that it is about, by which moves are ordered.
    #[must_use]
    pub fn first_day(&self) -> Option<NaiveDate> {
        let sides = [&self.before, &self.after];
        let days = sides.into_iter().flatten();
        days.map(|next| next.dates.deploys_on().min(next.dates.start()))
            .min()
    }
}

/// What a changed calendar does to the dates of one workflow, within a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CalendarMoves {
    /// The occurrences that move, are added or removed, by day.
    pub moves: Vec<CalendarMove>,
    /// How many stay where they are.
    pub unmoved: u64,
}

/// The most occurrences of one workflow that are compared: each day of more than two years.
const MOST: usize = 1_000;
/// How far beyond the window occurrences are looked at, so that one that leaves or enters it is
/// compared with itself.
const MARGIN: Days = Days::new(62);

impl Workflow {
    /// What the workflow does when the practice's calendar, its zone or its deploy time becomes
    /// that of `placing`, and the calendar was `before`: nothing where its dates stay.
    ///
    /// The occurrence that it deploys next is placed anew at once, so that one that comes to lie
    /// earlier is not late. Where that would be in the past it is due now, and not late either.
    /// What was decided for a date that the rule gives no more holds for the date of the same turn
    /// that it gives instead.
    #[must_use]
    pub fn follow_calendar(&self, before: &WorkingCalendar, placing: &Placing<'_>) -> Decision {
        let mut decision = self.unchanged();
        for event in self.kept_decisions(before, placing) {
            decision.workflow.apply(&event);
            decision.events.push(event);
        }
        let Some(WorkflowEvent::NextPlaced { mut next, handled }) =
            decision.workflow.place_next(placing)
        else {
            return decision;
        };
        if let Some(next) = &mut next {
            next.deploy_at = next.deploy_at.max(self.due_since(placing.now));
        }
        // What is placed as it was keeps the version that placed it first, and needs no entry.
        let same = |a: &Next, b: &Next| {
            (a.occurrence, a.dates, a.deploy_at) == (b.occurrence, b.dates, b.deploy_at)
        };
        let stays = match (&self.next, &next) {
            (None, None) => true,
            (Some(old), Some(new)) => same(old, new),
            _ => false,
        };
        if stays && decision.events.is_empty() {
            return decision;
        }
        let placed = WorkflowEvent::NextPlaced { next, handled };
        decision.workflow.apply(&placed);
        decision.events.push(placed);
        decision
    }

    /// The earliest instant since which anything that a change brings about can have been due:
    /// the change itself, or when the next one already was.
    fn due_since(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let next = self.next.as_ref();
        next.map_or(now, |next| next.deploy_at.min(now))
    }

    /// What was begun or decided for dates whose turn has another date now, told of that date.
    fn kept_decisions(
        &self,
        before: &WorkingCalendar,
        placing: &Placing<'_>,
    ) -> Vec<WorkflowEvent> {
        let after = placing.calendar;
        if before == after {
            return Vec::new();
        }
        let mark = |date: NaiveDate| self.marks.get(&Occurrence::On(date));
        // A date is the same turn's only where a plan rules it that repeats in the same way.
        let alike = |under: usize, date: NaiveDate| {
            let ruler = self.ruler(date);
            date >= self.plan_at(ruler).deploys_from && self.repeat_alike(under, ruler)
        };
        let mut events = Vec::new();
        for begun in &self.cells {
            let (by, under) = (begun.cell.occurrence, begun.under);
            let Some(rule) = self.plan_at(under).schedule.recurrence() else {
                continue;
            };
            for date in same_turn(rule, &begun.cell, before, after) {
                let free = matches!(mark(date), None | Some(Mark::Moved { .. }));
                if free && alike(under, date) {
                    let occurrence = Occurrence::On(date);
                    events.push(WorkflowEvent::Covered { occurrence, by });
                }
            }
        }
        let taken: BTreeSet<Occurrence> = events.iter().filter_map(covered).collect();
        for (occurrence, decided) in &self.marks {
            let ruler = self.ruler_of(*occurrence);
            let plan = self.plan_at(ruler);
            let (Some(date), Some(rule)) = (occurrence.nominal(), plan.schedule.recurrence())
            else {
                continue;
            };
            // What it was decided for, under a rule of before, may not be in this one.
            if rule.contains(date, after) || !rule.contains(date, before) {
                continue;
            }
            let instead = rule
                .in_month_of(date, after)
                .filter(|instead| alike(ruler, *instead))
                .filter(|instead| match mark(*instead) {
                    None => !taken.contains(&Occurrence::On(*instead)),
                    Some(Mark::Covered { by }) => by == occurrence,
                    Some(_) => false,
                });
            let Some(instead) = instead else { continue };
            let told = Occurrence::On(instead);
            match decided {
                Mark::Begun | Mark::Covered { .. } => {}
                Mark::Skipped { reason } => events.push(WorkflowEvent::Skipped {
                    occurrence: told,
                    reason: reason.clone(),
                }),
                Mark::Missed => events.push(WorkflowEvent::Missed { occurrence: told }),
                Mark::Moved { to } => {
                    let placed = placing.place(&plan.timing, instead, None);
                    events.push(WorkflowEvent::Moved {
                        occurrence: told,
                        from: placed.map_or(instead, |placed| placed.dates.start()),
                        to: *to,
                    });
                    // Should the old date come back, it must not be deployed beside the new one.
                    let (occurrence, by) = (*occurrence, told);
                    events.push(WorkflowEvent::Covered { occurrence, by });
                }
            }
        }
        events
    }

    /// What the calendar of `after` does to the dates up to the deploy day `until`, compared with
    /// that of `before`.
    #[must_use]
    pub fn calendar_moves(
        &self,
        before: &Placing<'_>,
        after: &Placing<'_>,
        until: NaiveDate,
    ) -> CalendarMoves {
        let far = until.checked_add_days(MARGIN).unwrap_or(until);
        let followed = self.follow_calendar(before.calendar, after).workflow;
        let mut old = self.upcoming(before, far, MOST);
        let mut found = CalendarMoves::default();
        let within = |next: &Next| next.dates.deploys_on() <= until;
        let mut added = Vec::new();
        for new in followed.upcoming(after, far, MOST) {
            let same = |old: &Next| old.occurrence == new.occurrence;
            match old.iter().position(same) {
                Some(at) => {
                    let old = old.remove(at);
                    if old.dates == new.dates {
                        found.unmoved += u64::from(within(&old));
                    } else if within(&old) || within(&new) {
                        found.moves.push(CalendarMove {
                            before: Some(Box::new(old)),
                            after: Some(Box::new(new)),
                        });
                    }
                }
                None => added.push(new),
            }
        }
        // What is left on both sides is the same where it is the same turn.
        let turn = |next: &Next, placing: &Placing<'_>| {
            let rule = self.plan_of(next.occurrence).schedule.recurrence()?;
            rule.turn(next.occurrence.nominal()?, placing.calendar)
        };
        for new in added {
            let this = turn(&new, after);
            let at = old
                .iter()
                .position(|old| this.is_some() && turn(old, before) == this);
            let old = at.map(|at| Box::new(old.remove(at)));
            if within(&new) || old.as_deref().is_some_and(within) {
                let after = Some(Box::new(new));
                found.moves.push(CalendarMove { before: old, after });
            }
        }
        let gone = old.into_iter().filter(within);
        found.moves.extend(gone.map(|old| CalendarMove {
            before: Some(Box::new(old)),
            after: None,
        }));
        found.moves.sort_by_key(CalendarMove::first_day);
        found
    }

    /// Whether an occurrence that was begun with those dates would have others under the calendar
    /// of `after`: it keeps those that it has.
    #[must_use]
    pub fn is_frozen_against(
        &self,
        occurrence: Occurrence,
        dates: &Dates,
        after: &Placing<'_>,
    ) -> bool {
        let plan = self.plan_of(occurrence);
        let gives = |rule: &Recurrence| rule.contains(dates.nominal(), after.calendar);
        if let (Occurrence::On(_), Some(rule)) = (occurrence, plan.schedule.recurrence())
            && rule.counts_business_days()
            && !gives(rule)
        {
            return true;
        }
        let placed = after.place(&plan.timing, dates.nominal(), self.moved_to(occurrence));
        placed.is_none_or(|placed| placed.dates != *dates)
    }
}

fn covered(event: &WorkflowEvent) -> Option<Occurrence> {
    match event {
        WorkflowEvent::Covered { occurrence, .. } => Some(*occurrence),
        _ => None,
    }
}

/// The dates that a rule gives under the calendar `after` to the turn that a cell was begun for
/// under the calendar `before`, its own date aside.
fn same_turn(
    rule: &Recurrence,
    cell: &Cell,
    before: &WorkingCalendar,
    after: &WorkingCalendar,
) -> Vec<NaiveDate> {
    let Some(turn) = rule.turn(cell.from, before) else {
        return Vec::new();
    };
    let mut dates = Vec::new();
    if let Some(earlier) = rule.last_on_or_before(cell.from, after)
        && rule.turn(earlier, after) == Some(turn)
    {
        dates.push(earlier);
    }
    if let (Some(next), Some(last)) = (
        cell.from.succ_opt(),
        cell.until.and_then(|day| day.pred_opt()),
    ) {
        let later = rule.dates(next..=last, after);
        dates.extend(later.take_while(|date| rule.turn(*date, after) <= Some(turn)));
    }
    dates.retain(|date| *date != cell.from);
    dates
}

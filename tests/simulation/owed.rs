//! From what was told of a workflow: for each date, whether a job is owed, and which reasons there
//! may be for none.

use chrono::{DateTime, Days, NaiveDate, Utc};
use workflow_core::calendar::WorkingCalendar;
use workflow_core::workflow::{Gate, Occurrence, Plan, Schedule};
use workflow_core::zone::Zone;

use crate::begun::alike;
use crate::naive;
use crate::told::{Mark, Told};

/// The practice at the end of a history.
#[derive(Clone, Copy)]
pub(crate) struct AtLast<'a> {
    /// Whatever was due by then has been dealt with.
    pub(crate) horizon: DateTime<Utc>,
    /// The calendars that it had, the newest first.
    pub(crate) calendars: &'a [WorkingCalendar],
    pub(crate) zone: &'a Zone,
}

impl Told {
    /// The occurrences that were due and were never begun, each with the words of which one has to
    /// be the reason; no word where a job is owed.
    pub(crate) fn not_begun(&self, at_last: &AtLast<'_>) -> Vec<(Occurrence, Vec<&'static str>)> {
        let until = at_last.zone.today(at_last.horizon) + Days::new(40);
        let mut found = Vec::new();
        for (place, ruled) in self.ruled.iter().enumerate() {
            for date in given(&ruled.plan, until, at_last.calendars) {
                let one = Occurrence::On(date);
                if self.begun.contains(&one) {
                    continue;
                }
                let words = match self.ruler(one) {
                    ruler if ruler == place => self.reasons(one, at_last),
                    ruler if ruled.from <= date && place < ruler => {
                        let rules = &self.ruled[ruler].plan;
                        let gives = may_give(rules, date, at_last.calendars);
                        (!gives).then(|| self.removed(one))
                    }
                    _ => None,
                };
                found.extend(words.map(|words| (one, words)));
            }
        }
        let once = self.plan().schedule.is_one_time() && !self.begun.contains(&Occurrence::Once);
        if once {
            let words = self.reasons(Occurrence::Once, at_last);
            found.extend(words.map(|words| (Occurrence::Once, words)));
        }
        found
    }

    /// A day from that one on which stands for the one occurrence of a one-time schedule: any that
    /// no rule of before gave.
    pub(crate) fn day_of_once(&self, from: NaiveDate, at_last: &AtLast<'_>) -> NaiveDate {
        let from = from.max(self.ruled_from());
        let free = |day: &NaiveDate| {
            let mut plans = self.ruled.iter().map(|ruled| &ruled.plan);
            !plans.any(|plan| may_give(plan, *day, at_last.calendars))
        };
        from.iter_days().find(free).expect("no rule gives all days")
    }

    /// The words for a date that a rule gave until it was changed.
    fn removed(&self, occurrence: Occurrence) -> Vec<&'static str> {
        match self.marks.get(&occurrence) {
            Some(Mark::Skipped) => vec!["skipped"],
            Some(Mark::Missed) => vec!["missed"],
            // A person wanted it all the same, so that the change is the reason.
            Some(Mark::Covered) if self.wanted.contains_key(&occurrence) => {
                vec!["covered", "not in the rule"]
            }
            Some(Mark::Covered) => vec!["covered"],
            Some(Mark::Moved(_)) | None => vec!["not in the rule"],
        }
    }

    /// `None` where it was not due by then.
    fn reasons(&self, occurrence: Occurrence, at_last: &AtLast<'_>) -> Option<Vec<&'static str>> {
        let calendar = &at_last.calendars[0];
        let wanted = self.wanted.get(&occurrence).copied();
        let mut words = Vec::new();
        match self.marks.get(&occurrence) {
            Some(Mark::Skipped) => return Some(vec!["skipped"]),
            Some(Mark::Missed) => return Some(vec!["missed"]),
            Some(Mark::Covered) if wanted.is_none() => return Some(vec!["covered"]),
            _ => {}
        }
        if self.archived {
            words.push("archived");
        }
        match self.gate {
            Gate::AwaitsAcceptance => words.push("waiting"),
            Gate::Closed { .. } => words.push("proposal closed"),
            Gate::Open { .. } => {}
        }
        if self.unconfirmed {
            words.push("waiting");
        }
        if self.paused.is_some() {
            words.push("paused");
        }
        let plan = self.plan_of(occurrence);
        let moved = self.moved_to(occurrence);
        let nominal = match (self.nominal(occurrence), moved, &plan.schedule) {
            (Some(nominal), _, _) | (None, Some(nominal), _) => nominal,
            (None, None, Schedule::ByHand) => {
                words.extend(["waiting", "archived", "proposal closed"]);
                return Some(words);
            }
            (None, None, _) => return Some(words),
        };
        let by_hand = plan.schedule == Schedule::ByHand;
        if wanted.is_none()
            && !by_hand
            && (self.covering(nominal, &plan.schedule).is_some()
                || self.covered_ahead(occurrence, nominal, calendar))
        {
            words.push("covered");
        }
        let (_, deploys_on) = naive::place(&plan.timing, nominal, moved, calendar);
        let at_once = matches!(plan.schedule, Schedule::OnAcceptance);
        if !at_once && naive::six_on(deploys_on, at_last.zone) > at_last.horizon {
            return None;
        }
        if occurrence != Occurrence::Once {
            // A date that was passed over is not owed again because its deploy day was changed;
            // and a change puts nothing into a gap, or takes out of it what starts there.
            let days = self.ruled.iter().flat_map(|ruled| {
                let (start, deploys_on) =
                    naive::place(&ruled.plan.timing, nominal, moved, calendar);
                [start, deploys_on, ruled.since]
            });
            for day in days.chain(wanted) {
                let over =
                    |(from, until, _): &&(NaiveDate, NaiveDate, &str)| *from <= day && day < *until;
                words.extend(self.gaps.iter().filter(over).map(|(_, _, word)| *word));
            }
        }
        Some(words)
    }

    /// Whether a date lies in the span of one that a plan before gave last, and that is still to be
    /// deployed.
    fn covered_ahead(
        &self,
        occurrence: Occurrence,
        nominal: NaiveDate,
        calendar: &WorkingCalendar,
    ) -> bool {
        let ruler = self.ruler(occurrence);
        let schedule = &self.ruled[ruler].plan.schedule;
        self.ruled.iter().take(ruler).any(|before| {
            let Some(rule) = before.plan.schedule.recurrence() else {
                return false;
            };
            let dates = naive::dates(rule, nominal, calendar).into_iter();
            let mut given =
                dates.filter(|date| self.plan_of(Occurrence::On(*date)) == &before.plan);
            let Some(last) = given.next_back() else {
                return false;
            };
            let one = Occurrence::On(last);
            let decided = matches!(
                self.marks.get(&one),
                Some(Mark::Skipped | Mark::Missed | Mark::Covered)
            );
            let reaches = naive::after(rule, last, calendar).is_some_and(|next| nominal < next);
            reaches
                && !decided
                && !self.begun.contains(&one)
                && !alike(&before.plan.schedule, schedule)
        })
    }
}

/// The dates that a plan gives under each of the calendars: where they tell, another calendar's
/// date is another occurrence, and those that all of them give are enough to ask for.
fn given(plan: &Plan, until: NaiveDate, calendars: &[WorkingCalendar]) -> Vec<NaiveDate> {
    let Some(rule) = plan.schedule.recurrence() else {
        return Vec::new();
    };
    let [newest, others @ ..] = calendars else {
        return Vec::new();
    };
    let mut dates = naive::dates(rule, until, newest);
    if naive::follows_calendar(rule) {
        for other in others {
            let given = naive::dates(rule, until, other);
            dates.retain(|date| given.binary_search(date).is_ok());
        }
    }
    dates.retain(|date| *date >= plan.deploys_from);
    dates
}

/// Whether a plan gives a date under any of the calendars, before its deploys-from date too.
fn may_give(plan: &Plan, date: NaiveDate, calendars: &[WorkingCalendar]) -> bool {
    let rule = plan.schedule.recurrence();
    rule.is_some_and(|rule| {
        let last = |calendar| naive::dates(rule, date, calendar).last() == Some(&date);
        calendars.iter().any(last)
    })
}

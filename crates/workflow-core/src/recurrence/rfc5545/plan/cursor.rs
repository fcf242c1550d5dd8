//! The walk from month to month, which passes over months that the interval cannot reach.

use chrono::{Datelike, NaiveDate};

use super::super::parts::{Frequency, Skip};
use super::{Plan, YearCache};
use crate::recurrence::civil::{self, LAST_MONTH, Month};

/// A walk over the dates of a plan.
#[derive(Debug, Clone)]
pub(crate) struct Cursor {
    pub(super) month: Month,
    /// The dates of the month that are still to come.
    pub(super) days: u32,
    pub(super) cache: YearCache,
}

impl Cursor {
    /// The next date of the plan, which has to be the one that the walk began on.
    #[inline]
    pub(crate) fn next(&mut self, plan: &Plan) -> Option<NaiveDate> {
        if self.days == 0 {
            self.advance(plan)?;
        }
        let day = self.days.trailing_zeros() + 1;
        self.days &= self.days - 1;
        civil::day(self.month, day)
    }

    /// Goes on to the next month that has dates; `None` after the last.
    fn advance(&mut self, plan: &Plan) -> Option<()> {
        let latest = LAST_MONTH.min(self.month.saturating_add(plan.patience));
        while self.days == 0 {
            match plan.month_after(self.month) {
                Some(month) if month <= latest => {
                    self.month = month;
                    self.days = plan.days(month, &mut self.cache);
                }
                _ => {
                    self.month = LAST_MONTH;
                    return None;
                }
            }
        }
        Some(())
    }

    /// Passes over whole months while they hold no more than `count` dates; what is left of it.
    pub(crate) fn pass(&mut self, plan: &Plan, mut count: u64) -> Option<u64> {
        loop {
            let here = u64::from(self.days.count_ones());
            if count < here {
                return Some(count);
            }
            count -= here;
            self.days = 0;
            self.advance(plan)?;
        }
    }
}

impl Plan {
    /// The next month that the rule may have a date in.
    #[inline]
    fn month_after(&self, month: Month) -> Option<Month> {
        let every = i64::from(self.parts.interval);
        let mut next = i64::from(month) + 1;
        if self.parts.skip != Skip::Forward {
            let distance = match self.parts.frequency {
                Frequency::Monthly => (i64::from(self.start_month) - next).rem_euclid(every),
                Frequency::Yearly => {
                    let year = next.div_euclid(12);
                    match (i64::from(self.start.year()) - year).rem_euclid(every) {
                        0 => 0,
                        years => (year + years) * 12 - next,
                    }
                }
                Frequency::Daily if every > 62 => self.months_to_reach(next, every, 0)?,
                Frequency::Weekly if every > 10 => self.months_to_reach(next, every * 7, 6)?,
                Frequency::Daily | Frequency::Weekly => 0,
            };
            next += distance;
            if self.parts.months != 0 && self.parts.frequency != Frequency::Monthly {
                // The set, turned so that its first bit is the month in question.
                let set = u32::from(self.parts.months >> 1);
                let number = next.rem_euclid(12) as u32;
                let turned = set >> number | set << (12 - number);
                next += i64::from(turned.trailing_zeros());
            }
        }
        (next <= i64::from(LAST_MONTH)).then_some(next as Month)
    }

    /// How many months after `month` the next turn of so many days begins to be reached.
    fn months_to_reach(&self, month: i64, every: i64, longer: i64) -> Option<i64> {
        let first = civil::number(civil::day(month as Month, 1)?) - longer;
        let origin = if longer == 0 {
            civil::number(self.start)
        } else {
            self.start_week
        };
        let turn = first + (origin - first).rem_euclid(every);
        let reached = civil::from_number(turn.max(first + longer))?;
        Some(i64::from(civil::month_of(reached)) - month)
    }

    pub(super) fn month_before(&self, month: Month) -> Month {
        if self.parts.skip == Skip::Forward {
            return month - 1;
        }
        let every = i64::from(self.parts.interval);
        let mut before = i64::from(month) - 1;
        match self.parts.frequency {
            Frequency::Monthly => {
                before -= (before - i64::from(self.start_month)).rem_euclid(every);
            }
            Frequency::Yearly => {
                let year = before.div_euclid(12);
                let years = (year - i64::from(self.start.year())).rem_euclid(every);
                if years != 0 {
                    before = (year - years) * 12 + 11;
                }
            }
            Frequency::Daily | Frequency::Weekly => {}
        }
        Month::try_from(before).unwrap_or(Month::MIN)
    }
}

//! The nominal dates within a range, found one after the other.

use std::iter::FusedIterator;
use std::ops::{Bound, RangeBounds};

use chrono::NaiveDate;

use super::rfc5545::Cursor;
use super::{Ends, Recurrence, steps};
use crate::business_days::BusinessDays;

/// The nominal dates of a recurrence within a range, in order. It allocates nothing.
#[derive(Debug)]
pub struct Dates<'a, C: ?Sized> {
    recurrence: &'a Recurrence,
    calendar: &'a C,
    walk: Walk,
    /// The last date that may be.
    until: Option<NaiveDate>,
    /// How many are left where the rule ends after so many.
    left: Option<u64>,
}

#[derive(Debug, Clone)]
enum Walk {
    Rule(Option<NaiveDate>),
    Text(Cursor),
    Done,
}

impl<C: ?Sized> Clone for Dates<'_, C> {
    fn clone(&self) -> Self {
        Self {
            walk: self.walk.clone(),
            ..*self
        }
    }
}

impl Recurrence {
    /// The nominal dates within a range: `from..`, `from..=to`, or `..` for all of them.
    ///
    /// Where a rule never ends, neither do they, until the year 9999.
    ///
    /// ```
    /// use chrono::{NaiveDate, Weekday};
    /// use workflow_core::business_days::Weekends;
    /// use workflow_core::recurrence::Recurrence;
    /// let date = |day| NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
    /// let rule = Recurrence::fortnightly().on(&[Weekday::Mon]).from(date(2)).build()?;
    /// let dates: Vec<_> = rule.dates(date(3)..=date(30), &Weekends).collect();
    /// assert_eq!(dates, [date(16), date(30)]);
    /// # Ok::<(), workflow_core::recurrence::RecurrenceError>(())
    /// ```
    pub fn dates<'a, C>(
        &'a self,
        range: impl RangeBounds<NaiveDate>,
        calendar: &'a C,
    ) -> Dates<'a, C>
    where
        C: BusinessDays + ?Sized,
    {
        let from = match range.start_bound() {
            Bound::Unbounded => Some(self.anchor),
            Bound::Included(date) => Some(*date),
            Bound::Excluded(date) => date.succ_opt(),
        };
        let until = match range.end_bound() {
            Bound::Unbounded => None,
            Bound::Included(date) => Some(*date),
            Bound::Excluded(date) => Some(date.pred_opt().unwrap_or(NaiveDate::MIN)),
        };
        let mut dates = Dates {
            recurrence: self,
            calendar,
            walk: Walk::Done,
            until,
            left: None,
        };
        let Some(from) = from else { return dates };
        let sooner = |until: Option<NaiveDate>, date: NaiveDate| {
            Some(until.map_or(date, |until| until.min(date)))
        };
        if let Some(text) = &self.text {
            dates.walk = Walk::Text(text.plan.dates_from(from));
            if let Some(last) = text.last {
                dates.until = sooner(until, last);
            }
            return dates;
        }
        let first = self.rule_on_or_after(from, calendar);
        match (self.ends, first) {
            (Ends::On(date), _) => dates.until = sooner(until, date),
            (Ends::After(times), Some(first)) => {
                let before = steps::rank(&self.rule, self.anchor, first, calendar);
                dates.left = Some(u64::from(times).saturating_sub(before));
            }
            _ => {}
        }
        dates.walk = Walk::Rule(first);
        dates
    }
}

impl<C: BusinessDays + ?Sized> Iterator for Dates<'_, C> {
    type Item = NaiveDate;

    #[inline]
    fn next(&mut self) -> Option<NaiveDate> {
        let found = match &mut self.walk {
            Walk::Done => return None,
            Walk::Rule(next) => {
                let found = *next;
                if let Some(date) = found {
                    let rule = &self.recurrence.rule;
                    *next = steps::after(rule, self.recurrence.anchor, date, self.calendar);
                }
                found
            }
            Walk::Text(cursor) => match &self.recurrence.text {
                Some(text) => cursor.next(&text.plan),
                None => None,
            },
        };
        let within = |date: &NaiveDate| self.until.is_none_or(|until| *date <= until);
        let found = found.filter(within).filter(|_| self.left != Some(0));
        match found {
            Some(_) => self.left = self.left.map(|left| left - 1),
            None => self.walk = Walk::Done,
        }
        found
    }
}

impl<C: BusinessDays + ?Sized> FusedIterator for Dates<'_, C> {}

//! Turns: which repetition of its rule a date is, whatever the working calendar makes of it.
//!
//! A rule that counts business days gives other dates under another calendar. November's last
//! business day is November's all the same, and its turn says so.

use chrono::NaiveDate;

use super::{MonthPosition, Recurrence, Rule, civil, steps};
use crate::business_days::BusinessDays;

impl Recurrence {
    /// Whether the working calendar decides which dates the rule gives.
    ///
    /// ```
    /// use workflow_core::recurrence::Recurrence;
    /// let from = "2026-11-30".parse()?;
    /// assert!(Recurrence::monthly().last_business_day().from(from).build()?.counts_business_days());
    /// assert!(!Recurrence::monthly().last_day().from(from).build()?.counts_business_days());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn counts_business_days(&self) -> bool {
        match self.rule() {
            Rule::BusinessDays { .. } => true,
            Rule::Months { on, .. } => on.counts_business_days(),
            Rule::Days { .. } | Rule::Weeks { .. } | Rule::TwiceAMonth { .. } | Rule::Text(_) => {
                false
            }
        }
    }

    /// Which turn of the rule that date belongs to under a calendar; `None` for a rule whose dates
    /// no calendar moves.
    pub(crate) fn turn<C>(&self, date: NaiveDate, calendar: &C) -> Option<i64>
    where
        C: BusinessDays + ?Sized,
    {
        match *self.rule() {
            Rule::BusinessDays { every } => {
                let first = calendar.business_day_on_or_after(self.anchor())?;
                let count = calendar.count_business_days(first, date) / u64::from(every);
                i64::try_from(count).ok()
            }
            Rule::Months { on, .. } if on.counts_business_days() => {
                Some(i64::from(civil::month_of(date)))
            }
            _ => None,
        }
    }

    /// The date that a calendar gives to the month that `date` lies in, for a rule of months whose
    /// dates the calendar decides; `None` for any other rule, or where it gives none.
    pub(crate) fn in_month_of<C>(&self, date: NaiveDate, calendar: &C) -> Option<NaiveDate>
    where
        C: BusinessDays + ?Sized,
    {
        match *self.rule() {
            Rule::Months { on, .. } if on.counts_business_days() => {
                let found = steps::in_month(on, civil::month_of(date), calendar)?;
                Some(found).filter(|found| self.contains(*found, calendar))
            }
            _ => None,
        }
    }
}

impl MonthPosition {
    fn counts_business_days(self) -> bool {
        matches!(self, Self::NthBusinessDay(_) | Self::LastBusinessDay)
    }
}

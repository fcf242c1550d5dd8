//! The repetition rule.

use std::fmt;

use chrono::{Days, Months, NaiveDate};

use crate::business_days::BusinessDays;
use crate::canonical::canonical;

/// A repetition rule with its anchor and end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Recurrence {
    months: u32,
    days: u64,
    anchor: NaiveDate,
    until: Option<NaiveDate>,
    times: Option<u32>,
}
canonical!(struct Recurrence { months, days, anchor, until, times });

/// Why a rule was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rule never fires")]
pub struct RecurrenceError;

/// A rule being written.
#[derive(Clone, Debug)]
pub struct RecurrenceBuilder(Recurrence);

impl Recurrence {
    fn every(months: u32, days: u64) -> RecurrenceBuilder {
        let anchor = NaiveDate::default();
        RecurrenceBuilder(Self {
            months,
            days,
            anchor,
            until: None,
            times: None,
        })
    }
    /// Weekly.
    #[must_use]
    pub fn weekly() -> RecurrenceBuilder {
        Self::every(0, 7)
    }
    /// Monthly.
    #[must_use]
    pub fn monthly() -> RecurrenceBuilder {
        Self::every(1, 0)
    }
    /// Quarterly.
    #[must_use]
    pub fn quarterly() -> RecurrenceBuilder {
        Self::every(3, 0)
    }
    /// Yearly.
    #[must_use]
    pub fn yearly() -> RecurrenceBuilder {
        Self::every(12, 0)
    }
    fn nth(&self, n: u32) -> Option<NaiveDate> {
        if self.times.is_some_and(|times| n >= times) {
            return None;
        }
        let date = self
            .anchor
            .checked_add_months(Months::new(self.months * n))?
            .checked_add_days(Days::new(self.days * u64::from(n)))?;
        self.until.is_none_or(|until| date <= until).then_some(date)
    }
    /// The nominal dates on or after a date.
    pub fn dates<'a>(
        &'a self,
        from: NaiveDate,
        _days: &'a dyn BusinessDays,
    ) -> impl Iterator<Item = NaiveDate> + 'a {
        (0..)
            .map_while(|n| self.nth(n))
            .skip_while(move |date| *date < from)
    }
    /// Whether the rule gives that date.
    #[must_use]
    pub fn contains(&self, date: NaiveDate, days: &dyn BusinessDays) -> bool {
        self.dates(date, days).next() == Some(date)
    }
    /// The next nominal date after one.
    #[must_use]
    pub fn next_after(&self, date: NaiveDate, days: &dyn BusinessDays) -> Option<NaiveDate> {
        self.dates(date.succ_opt()?, days).next()
    }
}

impl RecurrenceBuilder {
    /// Anchored on a date.
    #[must_use]
    pub fn from(mut self, anchor: NaiveDate) -> Self {
        self.0.anchor = anchor;
        self
    }
    /// Ends on a date.
    #[must_use]
    pub fn until(mut self, date: NaiveDate) -> Self {
        self.0.until = Some(date);
        self
    }
    /// Ends after so many.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.0.times = Some(times);
        self
    }
    /// Checks it.
    ///
    /// # Errors
    ///
    /// [`RecurrenceError`] when it never fires.
    pub fn build(self) -> Result<Recurrence, RecurrenceError> {
        if self.0.nth(0).is_none() {
            Err(RecurrenceError)
        } else {
            Ok(self.0)
        }
    }
}

impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "every {} months and {} days from {}",
            self.months, self.days, self.anchor
        )
    }
}

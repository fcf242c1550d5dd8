//! The span that an occurrence covers: to just before the next one of its rule.

use std::fmt;

use chrono::NaiveDate;

use super::Recurrence;
use super::words::Long;
use crate::business_days::BusinessDays;
use crate::canonical::canonical;

/// From an occurrence's nominal date to just before the next one of the rule.
///
/// ```
/// use chrono::NaiveDate;
/// use workflow_core::business_days::Weekends;
/// use workflow_core::recurrence::Recurrence;
/// let june = NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
/// let quarterly = Recurrence::quarterly().last_day().from(june).build()?;
/// let cell = quarterly.cell(june, &Weekends);
/// assert!(cell.contains(NaiveDate::from_ymd_opt(2026, 9, 29).unwrap()));
/// assert!(!cell.contains(NaiveDate::from_ymd_opt(2026, 9, 30).unwrap()));
/// # Ok::<(), workflow_core::recurrence::RecurrenceError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Cell {
    start: NaiveDate,
    end: Option<NaiveDate>,
}
canonical!(struct Cell { start, end });

impl Cell {
    /// A cell from its nominal date up to, but without, `end`; without an end where nothing follows.
    ///
    /// An end that is not after the start leaves a cell that holds nothing.
    #[must_use]
    pub fn new(start: NaiveDate, end: Option<NaiveDate>) -> Self {
        Self { start, end }
    }

    /// The nominal date with which it begins.
    #[must_use]
    pub fn start(&self) -> NaiveDate {
        self.start
    }

    /// The first date after it; `None` where the rule has no later date.
    #[must_use]
    pub fn end(&self) -> Option<NaiveDate> {
        self.end
    }

    /// Whether the date lies in it.
    #[must_use]
    pub fn contains(&self, date: NaiveDate) -> bool {
        self.start <= date && self.end.is_none_or(|end| date < end)
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "from {}", Long(self.start))?;
        match self.end.and_then(|end| end.pred_opt()) {
            Some(last) => write!(f, " to {}", Long(last)),
            None => f.write_str(" on"),
        }
    }
}

impl Recurrence {
    /// The cell of the occurrence with that nominal date: up to just before the rule's next date.
    ///
    /// The end of the recurrence does not lengthen it: the last of four quarters covers its quarter
    /// and not all time after it.
    #[must_use]
    pub fn cell<C>(&self, nominal: NaiveDate, calendar: &C) -> Cell
    where
        C: BusinessDays + ?Sized,
    {
        let next = nominal
            .succ_opt()
            .and_then(|date| self.rule_on_or_after(date, calendar));
        Cell::new(nominal, next)
    }
}

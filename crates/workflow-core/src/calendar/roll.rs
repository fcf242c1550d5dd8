//! Rolling a date off weekends and holidays.

use chrono::{Datelike, NaiveDate};

use super::WorkingCalendar;
use crate::canonical::canonical;

/// Where a date goes that is not a business day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Roll {
    /// It stays where it is.
    #[default]
    None,
    /// To the last business day before it.
    Earlier,
    /// To the first business day after it.
    Later,
    /// To the first business day after it, or, where that is in another month, to the last one
    /// before it.
    LaterSameMonth,
}
canonical!(
    enum Roll {
        None,
        Earlier,
        Later,
        LaterSameMonth,
    }
);

impl Roll {
    /// Every way to roll, in the order in which a form offers them.
    pub const ALL: [Self; 4] = [Self::None, Self::Earlier, Self::Later, Self::LaterSameMonth];
}

impl WorkingCalendar {
    /// `date`, rolled where it is not a business day.
    ///
    /// `None` only at the ends of what [`NaiveDate`] holds (the years -262143 and 262142).
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use workflow_core::calendar::{Roll, WorkingCalendar};
    /// let calendar = WorkingCalendar::new("Weekends", 1)?;
    /// let date = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
    /// let saturday = date(10, 31);
    /// assert_eq!(calendar.roll(saturday, Roll::None), Some(saturday));
    /// assert_eq!(calendar.roll(saturday, Roll::Earlier), Some(date(10, 30)));
    /// assert_eq!(calendar.roll(saturday, Roll::Later), Some(date(11, 2)));
    /// assert_eq!(calendar.roll(saturday, Roll::LaterSameMonth), Some(date(10, 30)));
    /// # Ok::<(), workflow_core::calendar::CalendarError>(())
    /// ```
    #[must_use]
    pub fn roll(&self, date: NaiveDate, roll: Roll) -> Option<NaiveDate> {
        match roll {
            Roll::None => Some(date),
            Roll::Earlier => self.on_or_before(date),
            Roll::Later => self.on_or_after(date),
            Roll::LaterSameMonth => match self.on_or_after(date) {
                Some(later) if same_month(later, date) => Some(later),
                _ => self.on_or_before(date),
            },
        }
    }
}

fn same_month(left: NaiveDate, right: NaiveDate) -> bool {
    (left.year(), left.month()) == (right.year(), right.month())
}

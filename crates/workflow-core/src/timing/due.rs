//! When a job is due.

use chrono::{Datelike, Days, Months, NaiveDate};

use super::{Roll, TimingError, checked};
use crate::calendar::first_of_month;
use crate::canonical::canonical;

/// When a job is due: a date, and where it goes when that is not a business day.
///
/// The roll is its own, since a statutory deadline rolls another way than an internal one. The
/// default is the start date, not rolled again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
pub struct DueRule {
    /// What the due date is counted from.
    pub basis: DueBasis,
    /// Where it goes when that is not a business day.
    pub roll: Roll,
}
canonical!(struct DueRule { basis, roll });

/// What a due date is counted from. Months are counted from the month of the nominal date before
/// any roll, so that a start date rolled into the next month moves no deadline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum DueBasis {
    /// So many days after the start date.
    AfterStart(DueDays),
    /// A day of a month, clamped to the last day that the month has.
    DayOfMonth {
        /// Months after that of the nominal date; 0 is that month itself.
        months_after: u8,
        /// The day.
        day: DueDay,
    },
    /// The last day of a month.
    LastDayOfMonth {
        /// Months after that of the nominal date; 0 is that month itself.
        months_after: u8,
    },
    /// The start date.
    #[default]
    StartDate,
}
canonical!(enum DueBasis {
    AfterStart(days),
    DayOfMonth { months_after, day },
    LastDayOfMonth { months_after },
    StartDate,
});

impl DueBasis {
    /// The due date before its roll; `None` only where no civil calendar reaches that far.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use workflow_core::timing::{DueBasis, DueDay};
    /// let date = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
    /// let next_31st = DueBasis::DayOfMonth { months_after: 1, day: DueDay::new(31)? };
    /// // Saturday 31 October started on Monday 2 November; November is still "the next month".
    /// assert_eq!(next_31st.date(date(10, 31), date(11, 2)), Some(date(11, 30)));
    /// # Ok::<(), workflow_core::timing::TimingError>(())
    /// ```
    #[must_use]
    pub fn date(self, nominal: NaiveDate, start: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::AfterStart(days) => start.checked_add_days(Days::new(u64::from(days.0))),
            Self::DayOfMonth { months_after, day } => {
                let month = month_after(nominal, months_after)?;
                month.with_day(u32::from(day.0).min(last_day(month)))
            }
            Self::LastDayOfMonth { months_after } => {
                let month = month_after(nominal, months_after)?;
                month.with_day(last_day(month))
            }
            Self::StartDate => Some(start),
        }
    }
}

fn month_after(nominal: NaiveDate, months: u8) -> Option<NaiveDate> {
    first_of_month(nominal).checked_add_months(Months::new(u32::from(months)))
}

fn last_day(month: NaiveDate) -> u32 {
    u32::from(month.num_days_in_month())
}

/// A number of days after the start date, from 0 to 731.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "u16", into = "u16")
)]
pub struct DueDays(u16);
canonical!(newtype DueDays);

impl DueDays {
    /// The longest: two years.
    pub const MAX: Self = Self(731);

    /// So many days.
    ///
    /// # Errors
    ///
    /// [`TimingError::Number`] above [`DueDays::MAX`].
    ///
    /// ```
    /// use workflow_core::timing::DueDays;
    /// assert_eq!(DueDays::new(21)?.get(), 21);
    /// assert!(DueDays::new(1_000).is_err());
    /// # Ok::<(), workflow_core::timing::TimingError>(())
    /// ```
    pub fn new(days: u16) -> Result<Self, TimingError> {
        checked("due days", days, 0, Self::MAX.0).map(Self)
    }

    /// How many days.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for DueDays {
    type Error = TimingError;

    fn try_from(days: u16) -> Result<Self, TimingError> {
        Self::new(days)
    }
}

impl From<DueDays> for u16 {
    fn from(days: DueDays) -> Self {
        days.0
    }
}

/// A day of a month, from 1 to 31.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "u8", into = "u8")
)]
pub struct DueDay(u8);
canonical!(newtype DueDay);

impl DueDay {
    /// That day.
    ///
    /// # Errors
    ///
    /// [`TimingError::Number`] outside 1 to 31.
    ///
    /// ```
    /// use workflow_core::timing::DueDay;
    /// assert_eq!(DueDay::new(21)?.get(), 21);
    /// assert_eq!(DueDay::new(0).unwrap_err().to_string(), "due day is 0, and must be from 1 to 31");
    /// # Ok::<(), workflow_core::timing::TimingError>(())
    /// ```
    pub fn new(day: u8) -> Result<Self, TimingError> {
        checked("due day", u16::from(day), 1, 31)?;
        Ok(Self(day))
    }

    /// Which day.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for DueDay {
    type Error = TimingError;

    fn try_from(day: u8) -> Result<Self, TimingError> {
        Self::new(day)
    }
}

impl From<DueDay> for u8 {
    fn from(day: DueDay) -> Self {
        day.0
    }
}

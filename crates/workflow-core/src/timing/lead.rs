//! How long before the start date a job is deployed.

use std::fmt;

use chrono::{Days, NaiveDate};

use super::{TimingError, checked};
use crate::calendar::WorkingCalendar;
use crate::canonical::canonical;

/// A number of days of lead, from 0 to 366.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "u16", into = "u16")
)]
pub struct LeadDays(u16);
canonical!(newtype LeadDays);

impl LeadDays {
    /// No lead.
    pub const ZERO: Self = Self(0);
    /// The longest lead: a year.
    pub const MAX: Self = Self(366);

    /// A lead of `days` days.
    ///
    /// # Errors
    ///
    /// [`TimingError::Number`] above [`LeadDays::MAX`].
    ///
    /// ```
    /// use workflow_core::timing::LeadDays;
    /// assert_eq!(LeadDays::new(14)?.get(), 14);
    /// let refused = LeadDays::new(367).unwrap_err();
    /// assert_eq!(refused.to_string(), "lead is 367, and must be from 0 to 366");
    /// # Ok::<(), workflow_core::timing::TimingError>(())
    /// ```
    pub fn new(days: u16) -> Result<Self, TimingError> {
        checked("lead", days, 0, Self::MAX.0).map(Self)
    }

    /// How many days.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl TryFrom<u16> for LeadDays {
    type Error = TimingError;

    fn try_from(days: u16) -> Result<Self, TimingError> {
        Self::new(days)
    }
}

impl From<LeadDays> for u16 {
    fn from(days: LeadDays) -> Self {
        days.0
    }
}

/// How long before the start date a job is deployed. The day that this gives need not be a
/// business day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Lead {
    /// That many days.
    Days(LeadDays),
    /// That many business days: so many of them lie from the deploy date on and before the start
    /// date.
    BusinessDays(LeadDays),
}
canonical!(
    enum Lead {
        Days(days),
        BusinessDays(days),
    }
);

impl Default for Lead {
    /// No lead.
    fn default() -> Self {
        Self::Days(LeadDays::ZERO)
    }
}

impl Lead {
    /// The day to deploy on for a job that starts on `start`; `None` only where no civil calendar
    /// reaches that far.
    #[must_use]
    pub fn before(self, start: NaiveDate, calendar: &WorkingCalendar) -> Option<NaiveDate> {
        match self {
            Self::Days(days) => start.checked_sub_days(Days::new(u64::from(days.0))),
            Self::BusinessDays(days) => calendar.subtract_business_days(start, days.0),
        }
    }
}

impl fmt::Display for Lead {
    /// Such as `14 days' lead`, `1 business day's lead` or `no lead`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days(LeadDays(0)) | Self::BusinessDays(LeadDays(0)) => f.write_str("no lead"),
            Self::Days(LeadDays(1)) => f.write_str("1 day's lead"),
            Self::Days(LeadDays(days)) => write!(f, "{days} days' lead"),
            Self::BusinessDays(LeadDays(1)) => f.write_str("1 business day's lead"),
            Self::BusinessDays(LeadDays(days)) => write!(f, "{days} business days' lead"),
        }
    }
}

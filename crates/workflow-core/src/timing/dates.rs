//! The civil dates of one occurrence.

use chrono::NaiveDate;

use super::{Period, TimingError};
use crate::canonical::canonical;

/// The civil dates of one occurrence: `deploys_on <= start <= due`.
///
/// [`Timing::place`](super::Timing::place) makes them; stored ones come back through
/// [`DatesParts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "DatesParts", into = "DatesParts")
)]
pub struct Dates {
    nominal: NaiveDate,
    start: NaiveDate,
    due: NaiveDate,
    deploys_on: NaiveDate,
    period: Period,
}
canonical!(struct Dates { nominal, start, due, deploys_on, period });

/// The fields of [`Dates`] before they are checked: the shape in which they are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DatesParts {
    /// The date that the rule, or a person, gave.
    pub nominal: NaiveDate,
    /// The job's start in XPM.
    pub start: NaiveDate,
    /// The job's due date in XPM.
    pub due: NaiveDate,
    /// The day to deploy on.
    pub deploys_on: NaiveDate,
    /// The span that the work is for.
    pub period: Period,
}

impl Dates {
    /// The date that the rule, or a person, gave: the occurrence's identity in its schedule.
    #[must_use]
    pub const fn nominal(&self) -> NaiveDate {
        self.nominal
    }

    /// The nominal date after roll, or the date it was moved to: the job's start in XPM.
    #[must_use]
    pub const fn start(&self) -> NaiveDate {
        self.start
    }

    /// The job's due date in XPM.
    #[must_use]
    pub const fn due(&self) -> NaiveDate {
        self.due
    }

    /// The civil day on which the job is deployed.
    #[must_use]
    pub const fn deploys_on(&self) -> NaiveDate {
        self.deploys_on
    }

    /// The span that the work is for.
    #[must_use]
    pub const fn period(&self) -> Period {
        self.period
    }
}

impl TryFrom<DatesParts> for Dates {
    type Error = TimingError;

    /// # Errors
    ///
    /// [`TimingError::DueBeforeStart`] and [`TimingError::DeploysAfterStart`].
    fn try_from(parts: DatesParts) -> Result<Self, TimingError> {
        let DatesParts {
            nominal,
            start,
            due,
            deploys_on,
            period,
        } = parts;
        if due < start {
            return Err(TimingError::DueBeforeStart { due, start });
        }
        if deploys_on > start {
            return Err(TimingError::DeploysAfterStart { deploys_on, start });
        }
        Ok(Self {
            nominal,
            start,
            due,
            deploys_on,
            period,
        })
    }
}

impl From<Dates> for DatesParts {
    fn from(dates: Dates) -> Self {
        Self {
            nominal: dates.nominal,
            start: dates.start,
            due: dates.due,
            deploys_on: dates.deploys_on,
            period: dates.period,
        }
    }
}

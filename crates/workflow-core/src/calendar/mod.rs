//! The practice's working calendar: which days are business days, and how dates move on it.
//!
//! A calendar is versioned data: a name, a version, the weekend days and the holidays. Whoever
//! stores a date that was placed with it stores the version beside it, so that a later version
//! re-places what has not been deployed yet.
//!
//! ```
//! use chrono::NaiveDate;
//! use workflow_core::calendar::{Holiday, Roll, WorkingCalendar};
//!
//! let australia_day = NaiveDate::from_ymd_opt(2026, 1, 26).unwrap();
//! let calendar = WorkingCalendar::new("Victoria", 1)?
//!     .with_holidays([Holiday::new(australia_day, "Australia Day")?])?;
//! assert!(!calendar.is_business_day(australia_day));
//! assert_eq!(calendar.roll(australia_day, Roll::Later), australia_day.succ_opt());
//! # Ok::<(), workflow_core::calendar::CalendarError>(())
//! ```

mod counting;
pub mod file;
pub mod published;
mod roll;

#[cfg(all(test, feature = "proptest"))]
mod properties;
#[cfg(feature = "proptest")]
mod strategies;
#[cfg(test)]
mod tests;

use chrono::{Datelike, NaiveDate, Weekday};

use crate::business_days::{BusinessDays, count_weekdays};
use crate::canonical::canonical;

pub use roll::Roll;
#[cfg(feature = "proptest")]
pub use strategies::{arb_date, arb_published_calendar, arb_roll, arb_working_calendar};

/// Which days are business days for a practice.
///
/// Every month has at least one business day: a calendar without is refused when it is made, so
/// that rolling and counting always end.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawCalendar")
)]
pub struct WorkingCalendar {
    name: String,
    version: u32,
    /// From Monday on, each once.
    weekend: Vec<Weekday>,
    /// By date, one for each date.
    holidays: Vec<Holiday>,
    /// Absent in what was stored before there was such a day.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    known_until: Option<NaiveDate>,
}
canonical!(struct WorkingCalendar { name, version, weekend, holidays, known_until });

/// A day on which the practice does not work, and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawHoliday")
)]
pub struct Holiday {
    date: NaiveDate,
    name: String,
}
canonical!(struct Holiday { date, name });

/// What a calendar says of one date.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DayKind {
    /// The practice works.
    Business,
    /// A weekend day that is no holiday.
    Weekend,
    /// A holiday, with its name. A holiday on a weekend day is a holiday.
    Holiday(String),
}

/// Why a calendar or a holiday was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CalendarError {
    /// A name that is blank, too long or not printable.
    #[error("{field} {reason}")]
    Name {
        /// Which name: the calendar's or the holiday's.
        field: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// All seven weekdays are weekend days.
    #[error("weekend leaves no business day: all seven weekdays are in it")]
    WholeWeek,
    /// Two holidays on one date.
    #[error("holidays name {date} twice: {first} and {second}")]
    HolidayTwice {
        /// The date.
        date: NaiveDate,
        /// One name.
        first: String,
        /// The other name.
        second: String,
    },
    /// A month in which every day is a holiday or a weekend day.
    #[error("holidays leave no business day in {}", .month.format("%B %Y"))]
    WholeMonth {
        /// The first day of that month.
        month: NaiveDate,
    },
    /// More holidays than [`WorkingCalendar::MAX_HOLIDAYS`].
    #[error("holidays are {count}, more than {}", WorkingCalendar::MAX_HOLIDAYS)]
    TooMany {
        /// How many were given.
        count: usize,
    },
}

impl WorkingCalendar {
    /// The most holidays in one calendar: fifty a year for a century.
    pub const MAX_HOLIDAYS: usize = 5_000;
    /// The longest name of a calendar or a holiday, in characters.
    pub const MAX_NAME_CHARS: usize = 100;

    /// A calendar whose weekend is Saturday and Sunday, without holidays.
    ///
    /// # Errors
    ///
    /// [`CalendarError::Name`] where `name` is blank, longer than
    /// [`MAX_NAME_CHARS`](Self::MAX_NAME_CHARS) or holds control characters.
    ///
    /// ```
    /// use workflow_core::calendar::WorkingCalendar;
    /// assert_eq!(WorkingCalendar::new("Victoria", 1)?.version(), 1);
    /// let refused = WorkingCalendar::new(" ", 1).unwrap_err();
    /// assert_eq!(refused.to_string(), "calendar name is blank");
    /// # Ok::<(), workflow_core::calendar::CalendarError>(())
    /// ```
    pub fn new(name: impl Into<String>, version: u32) -> Result<Self, CalendarError> {
        Ok(Self {
            name: checked_name("calendar name", name.into())?,
            version,
            weekend: vec![Weekday::Sat, Weekday::Sun],
            holidays: Vec::new(),
            known_until: None,
        })
    }

    /// The same calendar with other weekend days; none at all is allowed.
    ///
    /// # Errors
    ///
    /// [`CalendarError::WholeWeek`] where no weekday is left, and [`CalendarError::WholeMonth`]
    /// where the holidays take what is left of a month.
    ///
    /// ```
    /// use chrono::Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};
    /// use workflow_core::calendar::{CalendarError, WorkingCalendar};
    /// let calendar = WorkingCalendar::new("Dubai before 2022", 1)?.with_weekend([Fri, Sat])?;
    /// assert_eq!(calendar.weekend(), [Fri, Sat]);
    /// let whole_week = [Mon, Tue, Wed, Thu, Fri, Sat, Sun];
    /// assert_eq!(calendar.with_weekend(whole_week), Err(CalendarError::WholeWeek));
    /// # Ok::<(), CalendarError>(())
    /// ```
    pub fn with_weekend(
        mut self,
        days: impl IntoIterator<Item = Weekday>,
    ) -> Result<Self, CalendarError> {
        self.weekend = days.into_iter().collect();
        self.weekend.sort_by_key(Weekday::num_days_from_monday);
        self.weekend.dedup();
        if self.weekend.len() == 7 {
            return Err(CalendarError::WholeWeek);
        }
        self.checked_months()
    }

    /// The same calendar with these holidays instead of those that it had, in any order.
    ///
    /// # Errors
    ///
    /// [`CalendarError::HolidayTwice`] where a date occurs twice (join the names),
    /// [`CalendarError::WholeMonth`] where a month is left without a business day, and
    /// [`CalendarError::TooMany`] above [`MAX_HOLIDAYS`](Self::MAX_HOLIDAYS).
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use workflow_core::calendar::{Holiday, WorkingCalendar};
    /// let christmas = NaiveDate::from_ymd_opt(2026, 12, 25).unwrap();
    /// let once = Holiday::new(christmas, "Christmas Day")?;
    /// let calendar = WorkingCalendar::new("Victoria", 1)?.with_holidays([once.clone()])?;
    /// assert_eq!(calendar.holiday_name(christmas), Some("Christmas Day"));
    /// let refused = calendar.with_holidays([once.clone(), once]).unwrap_err();
    /// assert!(refused.to_string().starts_with("holidays name 2026-12-25 twice"));
    /// # Ok::<(), workflow_core::calendar::CalendarError>(())
    /// ```
    pub fn with_holidays(
        mut self,
        holidays: impl IntoIterator<Item = Holiday>,
    ) -> Result<Self, CalendarError> {
        self.holidays = holidays.into_iter().collect();
        if self.holidays.len() > Self::MAX_HOLIDAYS {
            return Err(CalendarError::TooMany {
                count: self.holidays.len(),
            });
        }
        self.holidays.sort();
        for pair in self.holidays.windows(2) {
            if let [first, second] = pair
                && first.date == second.date
            {
                return Err(CalendarError::HolidayTwice {
                    date: first.date,
                    first: first.name.clone(),
                    second: second.name.clone(),
                });
            }
        }
        self.checked_months()
    }

    /// The same calendar whose holidays are known up to and including that day; `None` where nobody
    /// said how far they go.
    ///
    /// Later dates are placed as if there were no further holidays, and the explanation of a date
    /// says that they [lie beyond](Self::is_beyond) what is known.
    #[must_use]
    pub fn with_known_until(mut self, day: Option<NaiveDate>) -> Self {
        self.known_until = day;
        self
    }

    /// The same calendar under another version.
    #[must_use]
    pub fn with_version(mut self, version: u32) -> Self {
        self.version = version;
        self
    }

    /// The same calendar as the one that a practice has after `before`: its version is higher where
    /// anything else about it differs, and lower never.
    ///
    /// ```
    /// use workflow_core::calendar::WorkingCalendar;
    /// let before = WorkingCalendar::new("Weekends", 7)?;
    /// assert_eq!(before.clone().with_version(1).following(&before).version(), 7);
    /// assert_eq!(WorkingCalendar::new("Renamed", 1)?.following(&before).version(), 8);
    /// # Ok::<(), workflow_core::calendar::CalendarError>(())
    /// ```
    #[must_use]
    pub fn following(self, before: &Self) -> Self {
        let same = self.clone().with_version(before.version) == *before;
        let least = before.version.saturating_add(u32::from(!same));
        let version = self.version.max(least);
        self.with_version(version)
    }

    /// What the calendar is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which version of its data this is. A change of weekend or holidays is a new version; who
    /// publishes the calendar counts them.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The weekend days, from Monday on.
    #[must_use]
    pub fn weekend(&self) -> &[Weekday] {
        &self.weekend
    }

    /// The holidays by date.
    #[must_use]
    pub fn holidays(&self) -> &[Holiday] {
        &self.holidays
    }

    /// The last day up to which the holidays are known, if somebody said.
    #[must_use]
    pub fn known_until(&self) -> Option<NaiveDate> {
        self.known_until
    }

    /// Whether `date` lies after the last day up to which the holidays are known.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use workflow_core::calendar::WorkingCalendar;
    /// let end = NaiveDate::from_ymd_opt(2030, 12, 31).unwrap();
    /// let calendar = WorkingCalendar::new("Weekends", 1)?;
    /// assert!(!calendar.is_beyond(NaiveDate::MAX), "nobody said");
    /// let calendar = calendar.with_known_until(Some(end));
    /// assert!(!calendar.is_beyond(end));
    /// assert!(calendar.is_beyond(end.succ_opt().unwrap()));
    /// # Ok::<(), workflow_core::calendar::CalendarError>(())
    /// ```
    #[must_use]
    pub fn is_beyond(&self, date: NaiveDate) -> bool {
        self.known_until.is_some_and(|until| date > until)
    }

    /// The name of the holiday on `date`, if there is one.
    #[must_use]
    pub fn holiday_name(&self, date: NaiveDate) -> Option<&str> {
        let at = self
            .holidays
            .binary_search_by_key(&date, |holiday| holiday.date)
            .ok()?;
        self.holidays.get(at).map(Holiday::name)
    }

    /// Whether `date` is neither a weekend day nor a holiday.
    #[must_use]
    pub fn is_business_day(&self, date: NaiveDate) -> bool {
        !self.weekend.contains(&date.weekday()) && self.holiday_name(date).is_none()
    }

    /// What kind of day `date` is.
    #[must_use]
    pub fn day_kind(&self, date: NaiveDate) -> DayKind {
        match self.holiday_name(date) {
            Some(name) => DayKind::Holiday(name.to_owned()),
            None if self.weekend.contains(&date.weekday()) => DayKind::Weekend,
            None => DayKind::Business,
        }
    }

    /// Only a month with holidays can lack a business day: 28 days hold every weekday.
    fn checked_months(self) -> Result<Self, CalendarError> {
        let mut checked = None;
        for holiday in &self.holidays {
            let month = first_of_month(holiday.date);
            if checked != Some(month) {
                if !days_of_month(month).any(|date| self.is_business_day(date)) {
                    return Err(CalendarError::WholeMonth { month });
                }
                checked = Some(month);
            }
        }
        Ok(self)
    }
}

impl BusinessDays for WorkingCalendar {
    fn is_business_day(&self, date: NaiveDate) -> bool {
        WorkingCalendar::is_business_day(self, date)
    }

    fn count_business_days(&self, from: NaiveDate, until: NaiveDate) -> u64 {
        let open = |weekday| !self.weekend.contains(&weekday);
        let weekdays = count_weekdays(from, until, open);
        let first = self
            .holidays
            .partition_point(|holiday| holiday.date() < from);
        let closed = self.holidays[first..]
            .iter()
            .map(Holiday::date)
            .take_while(|date| *date < until)
            .filter(|date| open(date.weekday()))
            .count();
        weekdays - closed as u64
    }
}

impl Holiday {
    /// A holiday on `date`.
    ///
    /// # Errors
    ///
    /// [`CalendarError::Name`] where `name` is blank, longer than
    /// [`WorkingCalendar::MAX_NAME_CHARS`] or holds control characters.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use workflow_core::calendar::Holiday;
    /// let date = NaiveDate::from_ymd_opt(2026, 12, 25).unwrap();
    /// assert_eq!(Holiday::new(date, "Christmas Day")?.name(), "Christmas Day");
    /// assert!(Holiday::new(date, "").is_err());
    /// # Ok::<(), workflow_core::calendar::CalendarError>(())
    /// ```
    pub fn new(date: NaiveDate, name: impl Into<String>) -> Result<Self, CalendarError> {
        let name = checked_name("holiday name", name.into())?;
        Ok(Self { date, name })
    }

    /// When it is.
    #[must_use]
    pub fn date(&self) -> NaiveDate {
        self.date
    }

    /// What it is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

fn checked_name(field: &'static str, name: String) -> Result<String, CalendarError> {
    let reason = if name.trim().is_empty() {
        "is blank"
    } else if name.chars().count() > WorkingCalendar::MAX_NAME_CHARS {
        "is longer than 100 characters"
    } else if name.chars().any(char::is_control) {
        "holds a control character"
    } else {
        return Ok(name);
    };
    Err(CalendarError::Name { field, reason })
}

/// The first day of the month of `date`.
pub(crate) fn first_of_month(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

/// The days of the month that begins on `first`.
fn days_of_month(first: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    std::iter::successors(Some(first), NaiveDate::succ_opt)
        .take_while(move |date| date.month() == first.month())
}

/// The shape that a stored calendar has before it is checked.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct RawCalendar {
    name: String,
    version: u32,
    weekend: Vec<Weekday>,
    holidays: Vec<Holiday>,
    #[serde(default)]
    known_until: Option<NaiveDate>,
}

#[cfg(feature = "serde")]
impl TryFrom<RawCalendar> for WorkingCalendar {
    type Error = CalendarError;

    fn try_from(raw: RawCalendar) -> Result<Self, CalendarError> {
        Ok(Self::new(raw.name, raw.version)?
            .with_weekend(raw.weekend)?
            .with_holidays(raw.holidays)?
            .with_known_until(raw.known_until))
    }
}

/// The shape that a stored holiday has before it is checked.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
struct RawHoliday {
    date: NaiveDate,
    name: String,
}

#[cfg(feature = "serde")]
impl TryFrom<RawHoliday> for Holiday {
    type Error = CalendarError;

    fn try_from(raw: RawHoliday) -> Result<Self, CalendarError> {
        Self::new(raw.date, raw.name)
    }
}

//! The kinds of rule, and where a rule ends: plain values, checked when a recurrence is made.

use std::fmt;

use chrono::{NaiveDate, Weekday};

use super::rfc5545::RuleText;
use crate::canonical::canonical;

/// What repeats. The anchor from which it repeats is the recurrence's.
///
/// A rule is made through the builder, or taken from a stored recurrence; its numbers are checked
/// when a [`Recurrence`](super::Recurrence) is made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Rule {
    /// Every so many days from the anchor.
    Days {
        /// In days, at least 1.
        every: u32,
    },
    /// Every so many business days, counted from the first business day on or after the anchor.
    BusinessDays {
        /// In business days, at least 1.
        every: u32,
    },
    /// On some weekdays of every so many weeks. Weeks begin on Monday, and the anchor's is the
    /// first.
    Weeks {
        /// In weeks, at least 1.
        every: u32,
        /// The weekdays, at least one.
        on: Weekdays,
    },
    /// On two days of every month.
    TwiceAMonth {
        /// The earlier day, 1 to 27.
        first: u8,
        /// The later day, up to 31.
        second: u8,
    },
    /// On one date in every so many months. The anchor's month is the first.
    Months {
        /// In months, at least 1.
        every: u32,
        /// Which date of the month.
        on: MonthPosition,
    },
    /// As a text in the manner of RFC 5545 says, the anchor being its DTSTART.
    Text(RuleText),
}
canonical!(enum Rule {
    Days { every },
    BusinessDays { every },
    Weeks { every, on },
    TwiceAMonth { first, second },
    Months { every, on },
    Text(text),
});

/// Which date of a month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum MonthPosition {
    /// That day, or the month's last day where it is shorter.
    Day(u8),
    /// The last day.
    LastDay,
    /// The nth such weekday, 1 to 5; the last one where there are only four.
    NthWeekday {
        /// 1 to 5.
        nth: u8,
        /// The weekday.
        weekday: Weekday,
    },
    /// The last such weekday.
    LastWeekday(Weekday),
    /// The nth business day, 1 to 23; the last one where there are fewer.
    NthBusinessDay(u8),
    /// The last business day.
    LastBusinessDay,
}
canonical!(enum MonthPosition {
    Day(day),
    LastDay,
    NthWeekday { nth, weekday },
    LastWeekday(weekday),
    NthBusinessDay(nth),
    LastBusinessDay,
});

/// Where a rule ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Ends {
    /// Never.
    #[default]
    Never,
    /// On a date, which may itself be the last; compared with nominal dates.
    On(NaiveDate),
    /// After so many nominal dates, at least 1. One that is skipped counts.
    After(u32),
}
canonical!(
    enum Ends {
        Never,
        On(date),
        After(times),
    }
);

/// A set of weekdays, kept as the week goes from Monday.
///
/// ```
/// use chrono::Weekday::{Fri, Mon};
/// use workflow_core::recurrence::Weekdays;
/// let days = Weekdays::from_iter([Fri, Mon]);
/// assert_eq!(days.to_string(), "Monday and Friday");
/// assert!(days.contains(Fri));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "Vec<Weekday>", into = "Vec<Weekday>")
)]
pub struct Weekdays(u8);
canonical!(newtype Weekdays);

impl Weekdays {
    /// The days Monday to Friday.
    #[must_use]
    pub fn monday_to_friday() -> Self {
        Self(0b001_1111)
    }

    /// Whether the set holds the weekday.
    #[must_use]
    pub fn contains(self, weekday: Weekday) -> bool {
        self.0 >> weekday.num_days_from_monday() & 1 != 0
    }

    /// Whether the set holds none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many weekdays the set holds.
    #[must_use]
    pub fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// The weekdays in the order of the week.
    pub fn iter(self) -> impl Iterator<Item = Weekday> {
        (0..7)
            .filter_map(|n| Weekday::try_from(n).ok())
            .filter(move |day| self.contains(*day))
    }

    /// Bit 0 for Monday to bit 6 for Sunday.
    pub(crate) fn bits(self) -> u32 {
        u32::from(self.0)
    }
}

impl FromIterator<Weekday> for Weekdays {
    fn from_iter<T: IntoIterator<Item = Weekday>>(days: T) -> Self {
        let bit = |day: Weekday| 1 << day.num_days_from_monday();
        Self(days.into_iter().fold(0, |bits, day| bits | bit(day)))
    }
}

impl From<Weekday> for Weekdays {
    fn from(day: Weekday) -> Self {
        Self::from_iter([day])
    }
}

impl From<Vec<Weekday>> for Weekdays {
    fn from(days: Vec<Weekday>) -> Self {
        days.into_iter().collect()
    }
}

impl From<Weekdays> for Vec<Weekday> {
    fn from(days: Weekdays) -> Self {
        days.iter().collect()
    }
}

impl fmt::Debug for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl fmt::Display for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last = self.len().saturating_sub(1);
        for (n, day) in self.iter().enumerate() {
            match n {
                0 => {}
                _ if n == last => f.write_str(" and ")?,
                _ => f.write_str(", ")?,
            }
            f.write_str(super::words::weekday(day))?;
        }
        Ok(())
    }
}

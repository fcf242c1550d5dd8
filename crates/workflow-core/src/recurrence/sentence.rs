//! A recurrence as an English sentence, which can be read back.

use std::fmt;

use super::Recurrence;
use super::rule::{Ends, MonthPosition, Rule};
use super::words::{self, Figures, Long, Ordinal};

impl Recurrence {
    /// The recurrence as a sentence, as [`Display`](fmt::Display) writes it.
    ///
    /// [`from_sentence`](Self::from_sentence) reads it back.
    ///
    /// ```
    /// use workflow_core::recurrence::Recurrence;
    /// let anchor = chrono::NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
    /// let bas = Recurrence::quarterly().last_business_day().from(anchor).times(8).build()?;
    /// assert_eq!(
    ///     bas.sentence(),
    ///     "every quarter on the last business day, from 30 June 2026, 8 times"
    /// );
    /// # Ok::<(), workflow_core::recurrence::RecurrenceError>(())
    /// ```
    #[must_use]
    pub fn sentence(&self) -> String {
        self.to_string()
    }
}

impl fmt::Display for Recurrence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, from {}", self.rule, Long(self.anchor))?;
        match self.ends {
            Ends::Never => Ok(()),
            ends => write!(f, ", {ends}"),
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Days { every: 1 } => f.write_str("every day"),
            Self::Days { every } => write!(f, "every {every} days"),
            Self::BusinessDays { every: 1 } => f.write_str("every business day"),
            Self::BusinessDays { every } => write!(f, "every {every} business days"),
            Self::Weeks { every, on } => {
                match every {
                    1 => f.write_str("every week")?,
                    2 => f.write_str("every fortnight")?,
                    weeks => write!(f, "every {weeks} weeks")?,
                }
                write!(f, " on {on}")
            }
            Self::TwiceAMonth { first, second } => write!(
                f,
                "twice a month on the {} and the {}",
                Figures(u32::from(*first)),
                Figures(u32::from(*second))
            ),
            Self::Months { every, on } => {
                match every {
                    1 => f.write_str("every month")?,
                    3 => f.write_str("every quarter")?,
                    6 => f.write_str("every half-year")?,
                    12 => f.write_str("every year")?,
                    months if months % 12 == 0 => write!(f, "every {} years", months / 12)?,
                    months => write!(f, "every {months} months")?,
                }
                write!(f, " on the {on}")
            }
            Self::Text(text) => write!(f, "by the rule \"{}\"", text.as_str().trim()),
        }
    }
}

impl fmt::Display for MonthPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => Figures(u32::from(*day)).fmt(f),
            Self::LastDay => f.write_str("last day"),
            Self::NthWeekday { nth, weekday } => {
                write!(
                    f,
                    "{} {}",
                    Ordinal(u32::from(*nth)),
                    words::weekday(*weekday)
                )
            }
            Self::LastWeekday(weekday) => write!(f, "last {}", words::weekday(*weekday)),
            Self::NthBusinessDay(nth) => write!(f, "{} business day", Ordinal(u32::from(*nth))),
            Self::LastBusinessDay => f.write_str("last business day"),
        }
    }
}

impl fmt::Display for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => f.write_str("without end"),
            Self::On(date) => write!(f, "until {}", Long(*date)),
            Self::After(1) => f.write_str("once"),
            Self::After(times) => write!(f, "{times} times"),
        }
    }
}

//! Why a date is, or is not, a nominal date of a recurrence.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::rule::{MonthPosition, Rule};
use super::words::{self, Long, Ordinal};
use super::{Recurrence, civil};
use crate::business_days::BusinessDays;

/// The rule's answer about one date. [`Display`](fmt::Display) says it in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Explanation {
    /// The rule names the date.
    InRule {
        /// The date.
        date: NaiveDate,
        /// The rule in words.
        rule: String,
    },
    /// The rule names a day that the month lacks, and the date stands in for it.
    Clamped {
        /// The date.
        date: NaiveDate,
        /// What the rule names.
        wanted: Wanted,
    },
    /// The rule names other dates.
    NotInRule {
        /// The date.
        date: NaiveDate,
        /// The nominal date before it, if there is one.
        previous: Option<NaiveDate>,
        /// The nominal date after it, if there is one.
        next: Option<NaiveDate>,
    },
    /// The rule begins later.
    BeforeAnchor {
        /// The date.
        date: NaiveDate,
        /// The anchor.
        anchor: NaiveDate,
    },
    /// The rule has ended.
    Ended {
        /// The date.
        date: NaiveDate,
        /// The last nominal date, if there was one.
        last: Option<NaiveDate>,
    },
}

/// What a month lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wanted {
    /// A day of the date's month, or of the month before where the rule moves it forward.
    Day {
        /// The month that lacks it, 1 to 12.
        month: u32,
        /// The day.
        day: u32,
    },
    /// A fifth such weekday.
    NthWeekday {
        /// Which.
        nth: u8,
        /// The weekday.
        weekday: chrono::Weekday,
    },
    /// A business day of a higher number than the month has.
    NthBusinessDay {
        /// Which.
        nth: u8,
        /// How many the month has.
        has: u32,
    },
}

impl Recurrence {
    /// Says why `date` is, or is not, a nominal date.
    ///
    /// ```
    /// use workflow_core::business_days::Weekends;
    /// use workflow_core::recurrence::Recurrence;
    /// let date = |text: &str| text.parse::<chrono::NaiveDate>().unwrap();
    /// let rule = Recurrence::monthly().from(date("2026-01-31")).build()?;
    /// assert_eq!(
    ///     rule.explain(date("2026-02-28"), &Weekends).to_string(),
    ///     "31 Feb is clamped to 28 Feb (short month)"
    /// );
    /// assert_eq!(
    ///     rule.explain(date("2026-03-01"), &Weekends).to_string(),
    ///     "1 March 2026 is not in the rule, which has 28 February 2026 before it and 31 March 2026 after it"
    /// );
    /// # Ok::<(), workflow_core::recurrence::RecurrenceError>(())
    /// ```
    #[must_use]
    pub fn explain<C>(&self, date: NaiveDate, calendar: &C) -> Explanation
    where
        C: BusinessDays + ?Sized,
    {
        if date < self.anchor {
            let anchor = self.anchor;
            return Explanation::BeforeAnchor { date, anchor };
        }
        if self.contains(date, calendar) {
            return match self.wanted(date, calendar) {
                Some(wanted) => Explanation::Clamped { date, wanted },
                None => Explanation::InRule {
                    date,
                    rule: self.rule.to_string(),
                },
            };
        }
        let previous = self.last_on_or_before(date, calendar);
        let next = self.next_on_or_after(date, calendar);
        if next.is_none() {
            return Explanation::Ended {
                date,
                last: previous,
            };
        }
        Explanation::NotInRule {
            date,
            previous,
            next,
        }
    }

    /// What the rule names, where the nominal date stands in for it.
    fn wanted<C>(&self, date: NaiveDate, calendar: &C) -> Option<Wanted>
    where
        C: BusinessDays + ?Sized,
    {
        let month = date.month();
        let length = civil::length(civil::month_of(date));
        let day = |day: u8| {
            let day = u32::from(day);
            (day > length && date.day() == length).then_some(Wanted::Day { month, day })
        };
        match &self.rule {
            Rule::TwiceAMonth { second, .. } => day(*second),
            Rule::Months { on, .. } => match *on {
                MonthPosition::Day(wanted) => day(wanted),
                MonthPosition::NthWeekday { nth, weekday } => {
                    let has = (date.day() - 1) / 7 + 1;
                    (u32::from(nth) > has).then_some(Wanted::NthWeekday { nth, weekday })
                }
                MonthPosition::NthBusinessDay(nth) => {
                    let first = civil::day(civil::month_of(date), 1)?;
                    let before = calendar.count_business_days(first, date);
                    let has = before as u32 + 1;
                    (u32::from(nth) > has).then_some(Wanted::NthBusinessDay { nth, has })
                }
                _ => None,
            },
            Rule::Text(_) => {
                let (month, day) = self.text.as_ref()?.plan.moved_from(date)?;
                let (_, month) = civil::split(month);
                Some(Wanted::Day { month, day })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InRule { date, rule } => write!(f, "{} is in the rule {rule}", Long(*date)),
            Self::Clamped { date, wanted } => {
                let short = |month| &words::month(month)[..3];
                match wanted {
                    Wanted::Day { month, day } => write!(
                        f,
                        "{day} {} is {} {} {} (short month)",
                        short(*month),
                        if *month == date.month() {
                            "clamped to"
                        } else {
                            "moved to"
                        },
                        date.day(),
                        short(date.month()),
                    ),
                    Wanted::NthWeekday { nth, weekday } => write!(
                        f,
                        "the {} {} is clamped to the last, {}",
                        Ordinal(u32::from(*nth)),
                        words::weekday(*weekday),
                        Long(*date),
                    ),
                    Wanted::NthBusinessDay { nth, has } => write!(
                        f,
                        "the {} business day is clamped to the last, {} (the month has {has})",
                        Ordinal(u32::from(*nth)),
                        Long(*date),
                    ),
                }
            }
            Self::NotInRule {
                date,
                previous,
                next,
            } => {
                write!(f, "{} is not in the rule", Long(*date))?;
                match (previous, next) {
                    (Some(previous), Some(next)) => write!(
                        f,
                        ", which has {} before it and {} after it",
                        Long(*previous),
                        Long(*next)
                    ),
                    (None, Some(next)) => write!(f, ", which begins on {}", Long(*next)),
                    (Some(last), None) => write!(f, ", which ends on {}", Long(*last)),
                    (None, None) => Ok(()),
                }
            }
            Self::BeforeAnchor { date, anchor } => {
                let (date, anchor) = (Long(*date), Long(*anchor));
                write!(f, "{date} is before {anchor}, from which the rule repeats")
            }
            Self::Ended { date, last } => match last {
                Some(last) => write!(
                    f,
                    "{} is after the rule's last date, {}",
                    Long(*date),
                    Long(*last)
                ),
                None => write!(f, "{} is not in the rule, which never fires", Long(*date)),
            },
        }
    }
}

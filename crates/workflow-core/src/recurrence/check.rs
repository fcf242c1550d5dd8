//! What is checked when a recurrence is made, and what is worked out once for a rule given as text.

use chrono::NaiveDate;

use super::MAX_EVERY;
use super::error::{NeverFires, RecurrenceError};
use super::rfc5545::{Plan, RuleText, Until};
use super::rule::{Ends, MonthPosition, Rule};

/// What is worked out once for a rule given as text.
#[derive(Debug)]
pub(super) struct TextPlan {
    pub(super) plan: Plan,
    /// The last date that every end allows; `None` where there is no end.
    pub(super) last: Option<NaiveDate>,
}

impl TextPlan {
    pub(super) fn new(
        text: &RuleText,
        anchor: NaiveDate,
        ends: Ends,
    ) -> Result<Self, RecurrenceError> {
        let parts = text.parts();
        if let Some(field) = parts.several_times() {
            return Err(RecurrenceError::FiresTwice {
                field,
                reason: "it names several times of day",
            });
        }
        let never = |field, reason| Err(RecurrenceError::NeverFires { field, reason });
        if parts.count == Some(0) {
            return never("COUNT", NeverFires::NoTimes);
        }
        let plan = Plan::new(parts, anchor, 1);
        let Some(first) = plan.next_on_or_after(anchor) else {
            return never("RRULE", NeverFires::NoSuchDate);
        };
        let mut last = None;
        let mut end = |date: Option<NaiveDate>| {
            last = match (last, date) {
                (Some(last), Some(date)) => Some(date.min(last)),
                (last, date) => last.or(date),
            }
        };
        end(parts.count.and_then(|count| plan.nth(count - 1)));
        match ends {
            Ends::Never => {}
            Ends::On(until) => {
                ends_after_first("until", until, first)?;
                end(Some(until));
            }
            Ends::After(times) => end(plan.nth(u64::from(times) - 1)),
        }
        match parts.until {
            None => {}
            Some(Until::Local(until)) => {
                ends_after_first("UNTIL", until.date(), first)?;
                end(Some(until.date()));
            }
            // The date on which the instant falls has been worked out, and is kept as the end.
            Some(Until::Instant(_)) if matches!(ends, Ends::On(_)) => {}
            Some(Until::Instant(_)) => return Err(RecurrenceError::UntilNeedsZone),
        }
        Ok(Self { plan, last })
    }
}

/// Refuses an end before the first date.
pub(super) fn ends_after_first(
    field: &'static str,
    until: NaiveDate,
    first: NaiveDate,
) -> Result<(), RecurrenceError> {
    if first <= until {
        return Ok(());
    }
    Err(RecurrenceError::NeverFires {
        field,
        reason: NeverFires::EndsBeforeFirst { until, first },
    })
}

/// Checks the numbers of a rule.
pub(super) fn check(rule: &Rule) -> Result<(), RecurrenceError> {
    match *rule {
        Rule::Days { every } | Rule::BusinessDays { every } => within("every", every, 1, MAX_EVERY),
        Rule::Weeks { every, on } => {
            if on.is_empty() {
                return Err(RecurrenceError::NoWeekday);
            }
            within("every", every, 1, 2 * MAX_EVERY)
        }
        Rule::TwiceAMonth { first, second } => {
            within("day", u32::from(first), 1, 31)?;
            within("day", u32::from(second), 1, 31)?;
            let twice = |reason| {
                Err(RecurrenceError::FiresTwice {
                    field: "day",
                    reason,
                })
            };
            if first == second {
                return twice("both days are the same");
            }
            if first.min(second) >= 28 {
                return twice("in a short month both days are clamped to its last");
            }
            // The builder puts them in order; a stored rule has to be in order.
            within("day", u32::from(second), u32::from(first) + 1, 31)
        }
        Rule::Months { every, on } => {
            // What is no whole number of years is said, and written as text, in months.
            let years = if every % 12 == 0 { 12 } else { 1 };
            within("every", every, 1, years * MAX_EVERY)?;
            match on {
                MonthPosition::Day(day) => within("day", u32::from(day), 1, 31),
                MonthPosition::NthWeekday { nth, .. } => {
                    within("nth_weekday", u32::from(nth), 1, 5)
                }
                MonthPosition::NthBusinessDay(nth) => {
                    within("nth_business_day", u32::from(nth), 1, 23)
                }
                MonthPosition::LastDay
                | MonthPosition::LastWeekday(_)
                | MonthPosition::LastBusinessDay => Ok(()),
            }
        }
        Rule::Text(_) => Ok(()),
    }
}

/// Refuses a number that is not within the range of its field.
pub(super) fn within(
    field: &'static str,
    given: u32,
    lowest: u32,
    highest: u32,
) -> Result<(), RecurrenceError> {
    if (lowest..=highest).contains(&given) {
        return Ok(());
    }
    Err(RecurrenceError::OutOfRange {
        field,
        given,
        lowest,
        highest,
    })
}

//! Which dates are business days, and how to step over those that are not.
//!
//! The recurrence engine asks nothing else of a calendar, so anything that can answer
//! [`BusinessDays::is_business_day`] can drive it. [`Weekends`] knows Saturdays and Sundays alone;
//! a practice's working calendar knows its holidays too.
//!
//! ```
//! use chrono::NaiveDate;
//! use workflow_core::business_days::{BusinessDays, Weekends};
//! let friday = NaiveDate::from_ymd_opt(2026, 11, 20).unwrap();
//! let monday = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
//! assert!(Weekends.is_business_day(friday));
//! assert_eq!(Weekends.add_business_days(friday, 1), Some(monday));
//! assert_eq!(Weekends.add_business_days(monday, -1), Some(friday));
//! ```

use chrono::{Datelike, NaiveDate, Weekday};

/// How many days in a row are looked at before a calendar is taken to have no business day there.
pub const LONGEST_CLOSURE_DAYS: u32 = 400;

/// Tells business days from the rest.
///
/// Only [`is_business_day`](Self::is_business_day) has to be written. An implementation that can
/// count without looking at each date should also write
/// [`count_business_days`](Self::count_business_days): a rule that repeats every so many business
/// days counts from its anchor, and would otherwise look at every date since.
///
/// Every search is bounded by [`LONGEST_CLOSURE_DAYS`], so that a calendar without business days
/// yields `None` instead of an endless loop.
pub trait BusinessDays {
    /// Whether work is done on `date`.
    fn is_business_day(&self, date: NaiveDate) -> bool;

    /// The number of business days from `from` up to, but without, `until`; 0 when `until` is not
    /// later.
    fn count_business_days(&self, from: NaiveDate, until: NaiveDate) -> u64 {
        let mut count = 0;
        let mut date = from;
        while date < until {
            count += u64::from(self.is_business_day(date));
            let Some(next) = date.succ_opt() else { break };
            date = next;
        }
        count
    }

    /// The first business day on or after `date`.
    fn business_day_on_or_after(&self, date: NaiveDate) -> Option<NaiveDate> {
        nearest(self, date, NaiveDate::succ_opt)
    }

    /// The last business day on or before `date`.
    fn business_day_on_or_before(&self, date: NaiveDate) -> Option<NaiveDate> {
        nearest(self, date, NaiveDate::pred_opt)
    }

    /// The `days`-th business day after `date` (before it when negative), `date` itself not being
    /// counted; `date` as it is when `days` is 0.
    fn add_business_days(&self, date: NaiveDate, days: i32) -> Option<NaiveDate> {
        let step = if days < 0 {
            NaiveDate::pred_opt
        } else {
            NaiveDate::succ_opt
        };
        let mut date = date;
        for _ in 0..days.unsigned_abs() {
            date = nearest(self, step(&date)?, step)?;
        }
        Some(date)
    }
}

fn nearest<C: BusinessDays + ?Sized>(
    calendar: &C,
    date: NaiveDate,
    step: fn(&NaiveDate) -> Option<NaiveDate>,
) -> Option<NaiveDate> {
    let mut date = date;
    for _ in 0..LONGEST_CLOSURE_DAYS {
        if calendar.is_business_day(date) {
            return Some(date);
        }
        date = step(&date)?;
    }
    None
}

impl<C: BusinessDays + ?Sized> BusinessDays for &C {
    fn is_business_day(&self, date: NaiveDate) -> bool {
        (**self).is_business_day(date)
    }

    fn count_business_days(&self, from: NaiveDate, until: NaiveDate) -> u64 {
        (**self).count_business_days(from, until)
    }

    fn business_day_on_or_after(&self, date: NaiveDate) -> Option<NaiveDate> {
        (**self).business_day_on_or_after(date)
    }

    fn business_day_on_or_before(&self, date: NaiveDate) -> Option<NaiveDate> {
        (**self).business_day_on_or_before(date)
    }

    fn add_business_days(&self, date: NaiveDate, days: i32) -> Option<NaiveDate> {
        (**self).add_business_days(date, days)
    }
}

/// The calendar that knows only that Saturday and Sunday are no business days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Weekends;

impl BusinessDays for Weekends {
    fn is_business_day(&self, date: NaiveDate) -> bool {
        !matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
    }

    fn count_business_days(&self, from: NaiveDate, until: NaiveDate) -> u64 {
        count_weekdays(from, until, |day| {
            !matches!(day, Weekday::Sat | Weekday::Sun)
        })
    }
}

/// The number of dates from `from` up to, but without, `until` whose weekday is `open`.
///
/// It looks at no more than a week of them. A calendar that keeps its holidays in order can take
/// from it the holidays on such weekdays, and so count without looking at each date.
///
/// ```
/// use workflow_core::business_days::count_weekdays;
/// let (from, until) = ("2026-11-01".parse().unwrap(), "2026-12-01".parse().unwrap());
/// assert_eq!(count_weekdays(from, until, |day| day == chrono::Weekday::Sun), 5);
/// ```
pub fn count_weekdays(from: NaiveDate, until: NaiveDate, open: impl Fn(Weekday) -> bool) -> u64 {
    let Ok(days) = u64::try_from((until - from).num_days()) else {
        return 0;
    };
    let count = |days: u64| {
        let in_days = from.iter_days().take(days as usize);
        in_days.filter(|date| open(date.weekday())).count() as u64
    };
    if days < 7 {
        return count(days);
    }
    days / 7 * count(7) + count(days % 7)
}

#[cfg(test)]
mod tests {
    use chrono::Days;

    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A calendar that is never open.
    struct Closed;
    impl BusinessDays for Closed {
        fn is_business_day(&self, _: NaiveDate) -> bool {
            false
        }
    }

    #[test]
    fn a_calendar_without_business_days_yields_none() {
        let day = date("2026-11-22");
        assert_eq!(Closed.business_day_on_or_after(day), None);
        assert_eq!(Closed.business_day_on_or_before(day), None);
        assert_eq!(Closed.add_business_days(day, 1), None);
        assert_eq!(Closed.add_business_days(day, 0), Some(day));
    }

    #[test]
    fn the_ends_of_time_are_no_panic() {
        assert_eq!(Closed.business_day_on_or_after(NaiveDate::MAX), None);
        assert_eq!(
            Closed.count_business_days(NaiveDate::MAX, NaiveDate::MAX),
            0
        );
        let saturday = date("2026-11-21");
        assert_eq!(
            Weekends.count_business_days(saturday, date("2026-11-01")),
            0
        );
    }

    #[test]
    fn counting_weeks_agrees_with_counting_days() {
        /// Only the required method, so that the default walk is used.
        struct Walk;
        impl BusinessDays for Walk {
            fn is_business_day(&self, date: NaiveDate) -> bool {
                Weekends.is_business_day(date)
            }
        }
        let from = date("2026-02-23");
        for start in 0..14 {
            for length in 0..40 {
                let from = from + Days::new(start);
                let until = from + Days::new(length);
                assert_eq!(
                    Weekends.count_business_days(from, until),
                    Walk.count_business_days(from, until),
                    "{from} to {until}"
                );
            }
        }
    }
}

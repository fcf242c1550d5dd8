//! Arithmetic on months as one running number, and on days within them.

use chrono::{Datelike, NaiveDate, Weekday};

/// Months are numbered from January of year 0, so that intervals are plain differences.
pub(crate) type Month = i32;

/// The first year that a rule may reach.
pub(crate) const FIRST_YEAR: i32 = 1;
/// The last year that a rule may reach: RFC 5545 writes years with four digits.
pub(crate) const LAST_YEAR: i32 = 9999;
/// December of the last year.
pub(crate) const LAST_MONTH: Month = LAST_YEAR * 12 + 11;

/// Whether the date lies in the years that rules may reach.
pub(crate) fn in_range(date: NaiveDate) -> bool {
    (FIRST_YEAR..=LAST_YEAR).contains(&date.year())
}

/// 31 December of the last year.
pub(crate) fn last_date() -> NaiveDate {
    NaiveDate::from_ymd_opt(LAST_YEAR, 12, 31).unwrap_or(NaiveDate::MAX)
}

/// The month of a date.
#[inline]
pub(crate) fn month_of(date: NaiveDate) -> Month {
    date.year() * 12 + date.month0() as i32
}

/// Year and month (1 to 12).
#[inline]
pub(crate) fn split(month: Month) -> (i32, u32) {
    (month.div_euclid(12), month.rem_euclid(12) as u32 + 1)
}

/// Whether `year` has a 29 February.
#[inline]
pub(crate) fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The number of days in the month.
#[inline]
pub(crate) fn length(month: Month) -> u32 {
    match split(month) {
        (year, 2) => 28 + u32::from(is_leap(year)),
        (_, 4 | 6 | 9 | 11) => 30,
        _ => 31,
    }
}

/// The given day of the month, if the month has it and chrono has the year.
#[inline]
pub(crate) fn day(month: Month, day: u32) -> Option<NaiveDate> {
    let (year, month) = split(month);
    NaiveDate::from_ymd_opt(year, month, day)
}

/// The given day of the month, or its last where it is shorter.
#[inline]
pub(crate) fn clamped(month: Month, wanted: u32) -> Option<NaiveDate> {
    day(month, wanted.min(length(month)))
}

/// The `nth` (1 to 5) such weekday of the month, or the last one where there are only four.
pub(crate) fn nth_weekday(month: Month, nth: u32, weekday: Weekday) -> Option<NaiveDate> {
    let first = day(month, 1)?.weekday();
    let offset = weekday.days_since(first);
    let wanted = 1 + offset + 7 * (nth - 1);
    day(
        month,
        if wanted > length(month) {
            wanted - 7
        } else {
            wanted
        },
    )
}

/// The number of days from the common era's start; a plain number for intervals.
#[inline]
pub(crate) fn number(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce())
}

/// The date with that number, if it lies in the years that rules may reach.
#[inline]
pub(crate) fn from_number(number: i64) -> Option<NaiveDate> {
    NaiveDate::from_num_days_from_ce_opt(i32::try_from(number).ok()?).filter(|d| in_range(*d))
}

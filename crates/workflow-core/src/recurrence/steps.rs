//! Where the dates of a practice's own kinds of rule lie: divisions and calendar months, no walks.

use chrono::{Datelike, Days, NaiveDate};

use super::civil::{self, Month};
use super::rule::{MonthPosition, Rule};
use crate::business_days::{BusinessDays, LONGEST_CLOSURE_DAYS};

/// How many turns without a business day are looked at before a rule is taken to have ended.
const EMPTY_TURNS: i32 = LONGEST_CLOSURE_DAYS as i32 / 28 + 2;

/// The date of the rule in that month, if it has one (a month without business days has none).
#[inline]
pub(super) fn in_month<C: BusinessDays + ?Sized>(
    on: MonthPosition,
    month: Month,
    calendar: &C,
) -> Option<NaiveDate> {
    match on {
        MonthPosition::Day(day) => civil::clamped(month, u32::from(day)),
        MonthPosition::LastDay => civil::day(month, civil::length(month)),
        MonthPosition::NthWeekday { nth, weekday } => {
            civil::nth_weekday(month, u32::from(nth), weekday)
        }
        MonthPosition::LastWeekday(weekday) => civil::nth_weekday(month, 5, weekday),
        MonthPosition::LastBusinessDay => {
            let mut date = civil::day(month, civil::length(month))?;
            loop {
                if calendar.is_business_day(date) {
                    return Some(date);
                }
                if date.day() == 1 {
                    return None;
                }
                date = date.pred_opt()?;
            }
        }
        MonthPosition::NthBusinessDay(nth) => {
            let mut date = civil::day(month, 1)?;
            let mut found = None;
            let mut left = nth;
            for _ in 0..civil::length(month) {
                if calendar.is_business_day(date) {
                    found = Some(date);
                    left -= 1;
                    if left == 0 {
                        break;
                    }
                }
                date = date.succ_opt()?;
            }
            found
        }
    }
}

/// The first date of the rule on or after `date`, which is not before the anchor.
#[inline]
pub(super) fn on_or_after<C: BusinessDays + ?Sized>(
    rule: &Rule,
    anchor: NaiveDate,
    date: NaiveDate,
    calendar: &C,
) -> Option<NaiveDate> {
    let found = match *rule {
        Rule::Days { every } => {
            let every = i64::from(every);
            let wait = (civil::number(anchor) - civil::number(date)).rem_euclid(every);
            civil::from_number(civil::number(date) + wait)
        }
        Rule::BusinessDays { every } => {
            let date = calendar.business_day_on_or_after(date)?;
            if every == 1 {
                return Some(date).filter(|date| civil::in_range(*date));
            }
            let first = calendar.business_day_on_or_after(anchor)?;
            let every = u64::from(every);
            let into = calendar.count_business_days(first, date) % every;
            let wait = if into == 0 { 0 } else { every - into };
            calendar.add_business_days(date, wait as i32)
        }
        Rule::Weeks { every, on } => {
            let weekday = date.weekday().num_days_from_monday();
            let monday = civil::number(date) - i64::from(weekday);
            let into = weeks_into(anchor, monday) % i64::from(every);
            let rest = if into == 0 { on.bits() >> weekday } else { 0 };
            if rest != 0 {
                civil::from_number(civil::number(date) + i64::from(rest.trailing_zeros()))
            } else {
                let weeks = i64::from(every) - into;
                civil::from_number(monday + 7 * weeks + i64::from(on.bits().trailing_zeros()))
            }
        }
        Rule::TwiceAMonth { first, second } => {
            let month = civil::month_of(date);
            [(month, first), (month, second), (month + 1, first)]
                .into_iter()
                .filter_map(|(month, day)| civil::clamped(month, u32::from(day)))
                .find(|found| *found >= date)
        }
        Rule::Months { every, on } => {
            let month = civil::month_of(date);
            let every = every as i32;
            let into = (month - civil::month_of(anchor)) % every;
            let mut turn = month - into;
            if into == 0
                && let Some(found) = in_month(on, turn, calendar)
                && found >= date
            {
                Some(found)
            } else {
                turn += every;
                first_in_turns(on, turn, every, calendar)
            }
        }
        Rule::Text(_) => None,
    };
    found.filter(|found| civil::in_range(*found))
}

/// The date of the rule after `date`, which is itself one.
#[inline]
pub(super) fn after<C: BusinessDays + ?Sized>(
    rule: &Rule,
    anchor: NaiveDate,
    date: NaiveDate,
    calendar: &C,
) -> Option<NaiveDate> {
    match *rule {
        Rule::Days { every } => date
            .checked_add_days(Days::new(u64::from(every)))
            .filter(|found| civil::in_range(*found)),
        Rule::BusinessDays { every } => calendar
            .add_business_days(date, every as i32)
            .filter(|found| civil::in_range(*found)),
        Rule::Months { every, on } => {
            let every = every as i32;
            first_in_turns(on, civil::month_of(date) + every, every, calendar)
                .filter(|found| civil::in_range(*found))
        }
        _ => on_or_after(rule, anchor, date.succ_opt()?, calendar),
    }
}

/// The first date of a monthly rule from the month `turn` on.
#[inline]
fn first_in_turns<C: BusinessDays + ?Sized>(
    on: MonthPosition,
    turn: Month,
    every: i32,
    calendar: &C,
) -> Option<NaiveDate> {
    (0..EMPTY_TURNS).find_map(|n| in_month(on, turn + n * every, calendar))
}

/// The last date of the rule on or before `date`, which is not before the anchor.
pub(super) fn on_or_before<C: BusinessDays + ?Sized>(
    rule: &Rule,
    anchor: NaiveDate,
    date: NaiveDate,
    calendar: &C,
) -> Option<NaiveDate> {
    let date = date.min(civil::last_date());
    let found = match *rule {
        Rule::Days { every } => {
            let into = (civil::number(date) - civil::number(anchor)) % i64::from(every);
            civil::from_number(civil::number(date) - into)
        }
        Rule::BusinessDays { every } => {
            let first = calendar.business_day_on_or_after(anchor)?;
            let date = calendar.business_day_on_or_before(date)?;
            if every == 1 {
                Some(date)
            } else if date < first {
                None
            } else {
                let into = calendar.count_business_days(first, date) % u64::from(every);
                calendar.add_business_days(date, -(into as i32))
            }
        }
        Rule::Weeks { every, on } => {
            let weekday = date.weekday().num_days_from_monday();
            let monday = civil::number(date) - i64::from(weekday);
            let into = weeks_into(anchor, monday) % i64::from(every);
            let begun = if into == 0 {
                on.bits() & (0x7f >> (6 - weekday))
            } else {
                0
            };
            let (monday, days) = match (begun, into) {
                (0, 0) => (monday - 7 * i64::from(every), on.bits()),
                (0, _) => (monday - 7 * into, on.bits()),
                _ => (monday, begun),
            };
            civil::from_number(monday + i64::from(31 - days.leading_zeros()))
        }
        Rule::TwiceAMonth { first, second } => {
            let month = civil::month_of(date);
            [(month, second), (month, first), (month - 1, second)]
                .into_iter()
                .filter_map(|(month, day)| civil::clamped(month, u32::from(day)))
                .find(|found| *found <= date)
        }
        Rule::Months { every, on } => {
            let month = civil::month_of(date);
            let every = every as i32;
            let turn = month - (month - civil::month_of(anchor)) % every;
            (0..EMPTY_TURNS)
                .filter_map(|n| in_month(on, turn - n * every, calendar))
                .find(|found| *found <= date)
        }
        Rule::Text(_) => None,
    };
    found.filter(|found| *found >= anchor)
}

/// How many dates the rule has before `date`, which is one of them.
pub(super) fn rank<C: BusinessDays + ?Sized>(
    rule: &Rule,
    anchor: NaiveDate,
    date: NaiveDate,
    calendar: &C,
) -> u64 {
    let days = (civil::number(date) - civil::number(anchor)).unsigned_abs();
    let months = (civil::month_of(date) - civil::month_of(anchor)).unsigned_abs();
    match *rule {
        Rule::Days { every } => days / u64::from(every),
        Rule::BusinessDays { every } => {
            let Some(first) = calendar.business_day_on_or_after(anchor) else {
                return 0;
            };
            calendar.count_business_days(first, date) / u64::from(every)
        }
        Rule::Weeks { every, on } => {
            let before = |date: NaiveDate| {
                let below = (1_u32 << date.weekday().num_days_from_monday()) - 1;
                u64::from((on.bits() & below).count_ones())
            };
            let monday = civil::number(date) - i64::from(date.weekday().num_days_from_monday());
            let turns = weeks_into(anchor, monday).unsigned_abs() / u64::from(every);
            turns * on.len() as u64 + before(date) - before(anchor)
        }
        Rule::TwiceAMonth { first, second } => {
            let before = |date: NaiveDate| {
                let month = civil::month_of(date);
                let earlier = |day: u8| civil::clamped(month, u32::from(day)) < Some(date);
                u64::from(earlier(first)) + u64::from(earlier(second))
            };
            u64::from(months) * 2 + before(date) - before(anchor)
        }
        Rule::Months { every, on } => {
            // Where the anchor's own month has no date left, the next turn is the first. A later
            // turn without a business day keeps its place in the count.
            let lost = in_month(on, civil::month_of(anchor), calendar) < Some(anchor);
            u64::from(months / every) - u64::from(lost)
        }
        Rule::Text(_) => 0,
    }
}

/// Weeks from the anchor's to the one that begins on `monday`.
#[inline]
fn weeks_into(anchor: NaiveDate, monday: i64) -> i64 {
    let first = civil::number(anchor) - i64::from(anchor.weekday().num_days_from_monday());
    (monday - first) / 7
}

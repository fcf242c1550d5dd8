//! Dates, said again and simply: day by day, by the words of the product and nothing of the
//! engine. Slow, and that is all right.

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};
use workflow_core::calendar::{Roll, WorkingCalendar};
use workflow_core::recurrence::{Ends, MonthPosition, Recurrence, Rule};
use workflow_core::timing::{Lead, Timing};
use workflow_core::zone::Zone;

fn next(day: NaiveDate) -> NaiveDate {
    day + Days::new(1)
}

fn before(day: NaiveDate) -> NaiveDate {
    day - Days::new(1)
}

fn is_last_of_month(day: NaiveDate) -> bool {
    next(day).month() != day.month()
}

/// That day of the month, or its last day where it has no such day.
fn is_day(day: NaiveDate, number: u8) -> bool {
    day.day() == u32::from(number) || (day.day() < u32::from(number) && is_last_of_month(day))
}

/// How many days of the month up to this one, itself included, are like it.
fn place_in_month(day: NaiveDate, like: impl Fn(NaiveDate) -> bool) -> usize {
    let first = day.with_day(1).unwrap();
    first
        .iter_days()
        .take_while(|d| *d <= day)
        .filter(|d| like(*d))
        .count()
}

fn is_last_in_month(day: NaiveDate, like: impl Fn(NaiveDate) -> bool) -> bool {
    like(day)
        && !next(day)
            .iter_days()
            .take_while(|d| d.month() == day.month())
            .any(like)
}

/// `worked` is how many business days lie between the anchor and that day.
fn gives(
    rule: &Rule,
    anchor: NaiveDate,
    day: NaiveDate,
    worked: u32,
    calendar: &WorkingCalendar,
) -> bool {
    let works = |day: NaiveDate| calendar.is_business_day(day);
    let months = i64::from(day.year() - anchor.year()) * 12 + i64::from(day.month())
        - i64::from(anchor.month());
    match rule {
        Rule::Days { every } => (day - anchor).num_days() % i64::from(*every) == 0,
        Rule::BusinessDays { every } => works(day) && worked.is_multiple_of(*every),
        Rule::Weeks { every, on } => {
            let monday =
                |day: NaiveDate| day - Days::new(u64::from(day.weekday().num_days_from_monday()));
            let weeks = (monday(day) - monday(anchor)).num_days() / 7;
            on.contains(day.weekday()) && weeks % i64::from(*every) == 0
        }
        Rule::TwiceAMonth { first, second } => is_day(day, *first) || is_day(day, *second),
        Rule::Months { every, on } => {
            let same = |other: NaiveDate| other.weekday() == day.weekday();
            months % i64::from(*every) == 0
                && match on {
                    MonthPosition::Day(number) => is_day(day, *number),
                    MonthPosition::LastDay => is_last_of_month(day),
                    MonthPosition::NthWeekday { nth, weekday } => {
                        day.weekday() == *weekday && place_in_month(day, same) == usize::from(*nth)
                    }
                    MonthPosition::LastWeekday(weekday) => {
                        day.weekday() == *weekday && is_last_in_month(day, same)
                    }
                    MonthPosition::NthBusinessDay(nth) => {
                        works(day) && place_in_month(day, works) == usize::from(*nth)
                    }
                    MonthPosition::LastBusinessDay => is_last_in_month(day, works),
                }
        }
        Rule::Text(_) => unreachable!("the simulation has no rules given as text"),
    }
}

/// Whether another calendar gives other dates.
pub(crate) fn follows_calendar(rule: &Recurrence) -> bool {
    let on = match rule.rule() {
        Rule::BusinessDays { .. } => return true,
        Rule::Months { on, .. } => on,
        _ => return false,
    };
    matches!(
        on,
        MonthPosition::NthBusinessDay(_) | MonthPosition::LastBusinessDay
    )
}

/// The days that a rule gives, wherever it ends.
fn days(rule: &Recurrence, calendar: &WorkingCalendar) -> impl Iterator<Item = NaiveDate> {
    let anchor = rule.anchor();
    let mut worked = 0;
    anchor.iter_days().filter(move |day| {
        let given = gives(rule.rule(), anchor, *day, worked, calendar);
        worked += u32::from(calendar.is_business_day(*day));
        given
    })
}

/// The dates of a rule up to that day.
pub(crate) fn dates(
    rule: &Recurrence,
    until: NaiveDate,
    calendar: &WorkingCalendar,
) -> Vec<NaiveDate> {
    let (last, most) = match rule.ends() {
        Ends::Never => (until, usize::MAX),
        Ends::On(date) => (until.min(date), usize::MAX),
        Ends::After(times) => (until, times as usize),
    };
    let given = days(rule, calendar).take_while(|day| *day <= last);
    given.take(most).collect()
}

/// The next day after that one which the rule would give, did it not end.
pub(crate) fn after(
    rule: &Recurrence,
    day: NaiveDate,
    calendar: &WorkingCalendar,
) -> Option<NaiveDate> {
    days(rule, calendar).find(|next| *next > day)
}

fn roll(day: NaiveDate, roll: Roll, calendar: &WorkingCalendar) -> NaiveDate {
    let works = |day: &NaiveDate| calendar.is_business_day(*day);
    let earlier = || std::iter::successors(Some(day), |d| Some(before(*d))).find(works);
    let later = day.iter_days().find(works).unwrap();
    match roll {
        Roll::None => day,
        Roll::Earlier => earlier().unwrap(),
        Roll::LaterSameMonth if later.month() != day.month() => earlier().unwrap(),
        Roll::Later | Roll::LaterSameMonth => later,
    }
}

/// The start date, and the day to deploy on.
pub(crate) fn place(
    timing: &Timing,
    nominal: NaiveDate,
    moved_to: Option<NaiveDate>,
    calendar: &WorkingCalendar,
) -> (NaiveDate, NaiveDate) {
    let start = moved_to.unwrap_or_else(|| roll(nominal, timing.roll, calendar));
    let deploys_on = match timing.lead {
        Lead::Days(days) => start - Days::new(u64::from(days.get())),
        Lead::BusinessDays(days) => {
            let mut left = days.get();
            let mut day = start;
            while left > 0 {
                day = before(day);
                left -= u16::from(calendar.is_business_day(day));
            }
            day
        }
    };
    (start, deploys_on)
}

/// Six in the morning of that day.
pub(crate) fn six_on(day: NaiveDate, zone: &Zone) -> DateTime<Utc> {
    zone.instant(day.and_time(NaiveTime::from_hms_opt(6, 0, 0).unwrap()))
}

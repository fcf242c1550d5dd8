//! Strategies for working calendars and the dates on them.

use chrono::{Days, NaiveDate, Weekday};
use proptest::prelude::*;

use super::{Holiday, Roll, WorkingCalendar, published};

/// The first date that [`arb_date`] gives.
const FIRST: NaiveDate = NaiveDate::from_ymd_opt(1999, 12, 1).expect("a date");

/// A civil date from December 1999 on, for a hundred years: leap days, a common century year and
/// the ends of months come up often enough.
pub fn arb_date() -> impl Strategy<Value = NaiveDate> + Clone {
    (0_u64..36_890).prop_map(|days| FIRST + Days::new(days))
}

/// Any way to roll.
pub fn arb_roll() -> impl Strategy<Value = Roll> + Clone {
    prop::sample::select(Roll::ALL.to_vec())
}

/// A calendar with up to three weekend days, and runs of holidays that are long enough to leave a
/// month by either end.
pub fn arb_working_calendar() -> impl Strategy<Value = WorkingCalendar> {
    let weekend = prop::collection::vec((0_u8..7).prop_map(weekday), 0..=3);
    let runs = prop::collection::vec((arb_date(), 1_u64..12), 0..=40);
    let known_until = prop::option::weighted(0.2, arb_date());
    (1_u32..100, weekend, runs, known_until).prop_filter_map(
        "a month without a business day",
        |(version, weekend, runs, known_until)| {
            let dates: std::collections::BTreeSet<_> = runs
                .into_iter()
                .flat_map(|(date, days)| (0..days).map(move |day| date + Days::new(day)))
                .collect();
            let holidays: Result<Vec<_>, _> = dates
                .into_iter()
                .map(|date| Holiday::new(date, "Holiday"))
                .collect();
            WorkingCalendar::new("Any", version)
                .and_then(|calendar| calendar.with_weekend(weekend))
                .and_then(|calendar| calendar.with_holidays(holidays?))
                .map(|calendar| calendar.with_known_until(known_until))
                .ok()
        },
    )
}

/// The calendar of any region that has a published one.
pub fn arb_published_calendar() -> impl Strategy<Value = WorkingCalendar> {
    let codes: Vec<_> = published::regions().map(published::Region::code).collect();
    prop::sample::select(codes)
        .prop_filter_map("a region", |code| Some(published::find(code)?.calendar(1)))
}

fn weekday(from_monday: u8) -> Weekday {
    Weekday::try_from(from_monday).unwrap_or(Weekday::Sun)
}

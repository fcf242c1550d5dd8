//! What holds on every calendar and for every date.

use std::num::NonZeroU8;
use std::sync::OnceLock;

use chrono::{Datelike, Days, NaiveDate};
use proptest::prelude::*;

use super::{Roll, WorkingCalendar, arb_date, arb_roll, arb_working_calendar, published};

/// The business days from `from` on and before `to`, counted one by one.
fn count(calendar: &WorkingCalendar, from: NaiveDate, to: NaiveDate) -> usize {
    from.iter_days()
        .take_while(|date| *date < to)
        .filter(|date| calendar.is_business_day(*date))
        .count()
}

fn business_days_of_month(calendar: &WorkingCalendar, date: NaiveDate) -> Vec<NaiveDate> {
    (1..=31)
        .filter_map(|day| date.with_day(day))
        .filter(|date| calendar.is_business_day(*date))
        .collect()
}

/// The calendars of all regions, read once.
fn every_region() -> &'static [WorkingCalendar] {
    static ALL: OnceLock<Vec<WorkingCalendar>> = OnceLock::new();
    let read = |region: published::Region| Some(published::find(region.code())?.calendar(1));
    ALL.get_or_init(|| published::regions().filter_map(read).collect())
}

proptest! {
    #[test]
    fn in_every_region_dates_roll_and_count_on_business_days(
        days in 0_u64..2_191, lead in 0_u16..40, nth in 1_u8..=8,
    ) {
        let date = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap() + Days::new(days);
        let nth = NonZeroU8::new(nth).unwrap();
        for calendar in every_region() {
            for roll in Roll::ALL {
                let rolled = calendar.roll(date, roll).unwrap();
                prop_assert!(
                    roll == Roll::None || calendar.is_business_day(rolled),
                    "{}: {date} rolls {roll:?} to {rolled}", calendar.name()
                );
            }
            let deploys = calendar.subtract_business_days(date, lead).unwrap();
            prop_assert_eq!(count(calendar, deploys, date), usize::from(lead));
            let of_month = business_days_of_month(calendar, date);
            let (year, month) = (date.year(), date.month());
            let index = usize::from(nth.get()) - 1;
            prop_assert_eq!(calendar.nth_business_day(year, month, nth), of_month.get(index).copied());
            let last = calendar.nth_last_business_day(year, month, NonZeroU8::MIN);
            prop_assert_eq!(last, of_month.last().copied());
        }
    }

    #[test]
    fn a_rolled_date_is_a_business_day(
        calendar in arb_working_calendar(), date in arb_date(), roll in arb_roll(),
    ) {
        let rolled = calendar.roll(date, roll).unwrap();
        if roll == Roll::None || calendar.is_business_day(date) {
            prop_assert_eq!(rolled, date);
        } else {
            prop_assert!(calendar.is_business_day(rolled));
        }
    }

    #[test]
    fn a_roll_goes_to_the_nearest_business_day_on_its_side(
        calendar in arb_working_calendar(), date in arb_date(),
    ) {
        let earlier = calendar.roll(date, Roll::Earlier).unwrap();
        let later = calendar.roll(date, Roll::Later).unwrap();
        prop_assert!(earlier <= date && date <= later);
        if earlier != later {
            prop_assert_eq!(count(&calendar, earlier, later), 1);
        }
    }

    #[test]
    fn later_same_month_never_leaves_the_month(
        calendar in arb_working_calendar(), date in arb_date(),
    ) {
        let rolled = calendar.roll(date, Roll::LaterSameMonth).unwrap();
        prop_assert_eq!((rolled.year(), rolled.month()), (date.year(), date.month()));
        let later = calendar.roll(date, Roll::Later).unwrap();
        if later.month() == date.month() {
            prop_assert_eq!(rolled, later);
        } else {
            prop_assert_eq!(Some(rolled), calendar.roll(date, Roll::Earlier));
        }
    }

    #[test]
    fn a_roll_keeps_the_order_of_dates(
        calendar in arb_working_calendar(), date in arb_date(), roll in arb_roll(),
    ) {
        let next = date.succ_opt().unwrap();
        prop_assert!(calendar.roll(date, roll) <= calendar.roll(next, roll));
    }

    #[test]
    fn adding_and_subtracting_count_business_days(
        calendar in arb_working_calendar(), date in arb_date(), days in 0_u16..80,
    ) {
        let before = calendar.subtract_business_days(date, days).unwrap();
        prop_assert_eq!(count(&calendar, before, date), usize::from(days));
        let after = calendar.add_business_days(date, days).unwrap();
        let (first, end) = (date.succ_opt().unwrap(), after.succ_opt().unwrap());
        prop_assert_eq!(count(&calendar, first, end), usize::from(days));
        if calendar.is_business_day(date) {
            prop_assert_eq!(calendar.subtract_business_days(after, days), Some(date));
        }
    }

    #[test]
    fn the_nth_business_day_is_the_nth(
        calendar in arb_working_calendar(), date in arb_date(), nth in 1_u8..=32,
    ) {
        let (year, month) = (date.year(), date.month());
        let days = business_days_of_month(&calendar, date);
        let index = usize::from(nth) - 1;
        let nth = NonZeroU8::new(nth).unwrap();
        prop_assert_eq!(calendar.nth_business_day(year, month, nth), days.get(index).copied());
        let last = days.iter().rev().nth(index).copied();
        prop_assert_eq!(calendar.nth_last_business_day(year, month, nth), last);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_stored_calendar_comes_back(calendar in arb_working_calendar()) {
        let stored = serde_json::to_string(&calendar).unwrap();
        prop_assert_eq!(serde_json::from_str::<WorkingCalendar>(&stored).unwrap(), calendar);
    }
}

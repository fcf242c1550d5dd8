//! What holds on every calendar and for every date.

use std::num::NonZeroU8;

use chrono::{Datelike, NaiveDate};
use proptest::prelude::*;

use super::{Roll, WorkingCalendar, arb_date, arb_roll, arb_working_calendar};

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

proptest! {
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

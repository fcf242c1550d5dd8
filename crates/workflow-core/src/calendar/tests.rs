//! What a calendar refuses, and what it says of single dates.

use chrono::{Datelike, NaiveDate, Weekday};

use super::{CalendarError, DayKind, Holiday, Roll, WorkingCalendar};
use crate::canonical;

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

fn holiday(year: i32, month: u32, day: u32) -> Holiday {
    Holiday::new(date(year, month, day), format!("{day}/{month}")).unwrap()
}

fn weekends() -> WorkingCalendar {
    WorkingCalendar::new("Weekends", 1).unwrap()
}

#[test]
fn a_month_without_a_business_day_is_refused() {
    // 1 February 2026 is a Sunday.
    let weekdays = (2..=27).map(|day| holiday(2026, 2, day));
    assert_eq!(
        weekends().with_holidays(weekdays.clone()).unwrap_err(),
        CalendarError::WholeMonth {
            month: date(2026, 2, 1)
        }
    );
    let but_one = weekends().with_holidays(weekdays.skip(1)).unwrap();
    let only = Some(date(2026, 2, 2));
    assert_eq!(but_one.roll(date(2026, 2, 28), Roll::LaterSameMonth), only);
}

#[test]
fn a_weekend_that_leaves_nothing_beside_the_holidays_is_refused() {
    let mondays = [2, 9, 16, 23].map(|day| holiday(2026, 2, day));
    let calendar = weekends().with_holidays(mondays).unwrap();
    let all_but_monday = [
        Weekday::Tue,
        Weekday::Wed,
        Weekday::Thu,
        Weekday::Fri,
        Weekday::Sat,
        Weekday::Sun,
    ];
    assert_eq!(
        calendar
            .with_weekend(all_but_monday)
            .unwrap_err()
            .to_string(),
        "holidays leave no business day in February 2026"
    );
}

#[test]
fn a_date_has_one_holiday() {
    let anzac = Holiday::new(date(2011, 4, 25), "Anzac Day").unwrap();
    let easter = Holiday::new(date(2011, 4, 25), "Easter Monday").unwrap();
    assert_eq!(
        weekends()
            .with_holidays([easter, anzac])
            .unwrap_err()
            .to_string(),
        "holidays name 2011-04-25 twice: Anzac Day and Easter Monday"
    );
}

#[test]
fn names_are_bounded_and_printable() {
    assert!(WorkingCalendar::new("x".repeat(100), 1).is_ok());
    let refused = WorkingCalendar::new("x".repeat(101), 1).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "calendar name is longer than 100 characters"
    );
    let refused = Holiday::new(date(2026, 1, 1), "New\nYear").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "holiday name holds a control character"
    );
}

#[test]
fn holidays_are_bounded() {
    let days: Vec<_> = date(2000, 1, 1)
        .iter_days()
        .take(WorkingCalendar::MAX_HOLIDAYS + 1)
        .map(|date| Holiday::new(date, "Closed").unwrap())
        .collect();
    assert_eq!(
        weekends().with_holidays(days).unwrap_err().to_string(),
        "holidays are 5001, more than 5000"
    );
}

#[test]
fn a_holiday_on_a_weekend_is_a_holiday() {
    let calendar = weekends()
        .with_holidays([holiday(2026, 2, 28), holiday(2026, 3, 3)])
        .unwrap();
    let kind = |month, day| calendar.day_kind(date(2026, month, day));
    assert_eq!(kind(2, 28), DayKind::Holiday("28/2".to_owned()));
    assert_eq!(kind(3, 1), DayKind::Weekend);
    assert_eq!(kind(3, 2), DayKind::Business);
    assert_eq!(kind(3, 3), DayKind::Holiday("3/3".to_owned()));
}

#[test]
fn holidays_and_weekend_are_kept_in_order() {
    let (early, late) = (holiday(2026, 1, 1), holiday(2026, 12, 25));
    let one = weekends()
        .with_holidays([late.clone(), early.clone()])
        .unwrap();
    let other = weekends()
        .with_weekend([Weekday::Sun, Weekday::Sat, Weekday::Sun])
        .unwrap()
        .with_holidays([early, late])
        .unwrap();
    assert_eq!(one, other);
    assert_eq!(canonical::bytes(&one), canonical::bytes(&other));
}

#[test]
fn the_ends_of_the_calendar_are_none_and_no_panic() {
    let ends = [NaiveDate::MIN.weekday(), NaiveDate::MAX.weekday()];
    let calendar = weekends().with_weekend(ends).unwrap();
    assert_eq!(calendar.roll(NaiveDate::MAX, Roll::Later), None);
    assert_eq!(calendar.roll(NaiveDate::MIN, Roll::Earlier), None);
    assert_eq!(calendar.add_business_days(NaiveDate::MAX, 1), None);
    assert_eq!(calendar.subtract_business_days(NaiveDate::MIN, 1), None);
    assert_eq!(
        calendar.roll(NaiveDate::MAX, Roll::LaterSameMonth),
        NaiveDate::MAX.pred_opt()
    );
}

#[cfg(feature = "serde")]
#[test]
fn a_stored_calendar_is_checked() {
    let stored = |weekend: &str, name: &str| {
        serde_json::from_str::<WorkingCalendar>(&format!(
            r#"{{"name":"{name}","version":2,"weekend":{weekend},
                "holidays":[{{"date":"2026-12-25","name":"Christmas Day"}}]}}"#
        ))
    };
    let calendar = stored(r#"["Sat","Sun"]"#, "Victoria").unwrap();
    assert_eq!(calendar.version(), 2);
    assert_eq!(
        calendar.holiday_name(date(2026, 12, 25)),
        Some("Christmas Day")
    );
    let week = r#"["Mon","Tue","Wed","Thu","Fri","Sat","Sun"]"#;
    let refused = stored(week, "Victoria").unwrap_err().to_string();
    assert!(refused.contains("all seven weekdays"), "{refused}");
    let refused = stored("[]", "").unwrap_err().to_string();
    assert!(refused.contains("calendar name is blank"), "{refused}");
}

//! The form of the published data, and facts that are known from elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, Weekday};

use super::data::{FILES, Row, rows};
use super::{Published, find, regions};
use crate::calendar::WorkingCalendar;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn all() -> impl Iterator<Item = Published> {
    regions().map(|region| find(region.code()).unwrap())
}

fn name(code: &str, day: &str) -> Option<String> {
    let calendar = find(code).unwrap().calendar(1);
    calendar.holiday_name(date(day)).map(str::to_owned)
}

#[test]
fn every_line_is_read_and_in_order() {
    const HEAD: [&str; 6] = [
        "#",
        "country ",
        "source ",
        "generated ",
        "years ",
        "region ",
    ];
    for text in FILES {
        let in_head = |line: &&str| HEAD.iter().any(|word| line.starts_with(word));
        let body: Vec<&str> = text.lines().skip_while(in_head).collect();
        let read: Vec<Row> = body.iter().map(|line| Row::read(line).unwrap()).collect();
        assert_eq!(rows(text).count(), read.len());
        assert!(read.is_sorted_by_key(|row| (row.date, row.name)), "{text}");
        assert!(text.ends_with('\n') && !text.contains('\r') && !text.contains("  "));
        for row in read {
            assert_eq!(row.name, row.name.trim());
            let names = row.regions.trim_start_matches("*-").split(',');
            let country = super::data::regions(text).next().unwrap().code();
            for short in names.filter(|short| *short != "*") {
                let code = format!("{country}-{short}");
                assert!(short == country || find(&code).is_some(), "{row:?}");
            }
        }
    }
}

#[test]
fn every_country_is_there_with_each_of_its_parts() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for region in regions() {
        *counts.entry(region.country()).or_default() += 1;
    }
    let expected = [
        ("Australia", 10),
        ("Canada", 14),
        ("New Zealand", 19),
        ("United Kingdom", 5),
        ("United States", 58),
    ];
    assert_eq!(counts, expected.into());
    let codes: BTreeSet<&str> = regions().map(|region| region.code()).collect();
    assert_eq!(codes.len(), 106);
    for code in codes {
        assert_eq!(find(&code.to_lowercase()).unwrap().region().code(), code);
    }
}

#[test]
fn every_region_covers_every_year_in_order_and_once() {
    for published in all() {
        let code = published.region().code();
        let dates: Vec<_> = published.holidays().iter().map(|day| day.date()).collect();
        assert!(dates.is_sorted_by(|a, b| a < b), "{code}");
        assert_eq!(*published.years(), 2025..=2030);
        for year in published.years().clone() {
            let of_year = published.holidays_of(year).count();
            assert!((5..=26).contains(&of_year), "{code} {year}: {of_year}");
            // What no region works on.
            let at = |month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
            let calendar = published.calendar(1);
            for day in [at(1, 1), at(12, 25)] {
                assert!(
                    calendar.holiday_name(day).is_some()
                        || day.weekday().num_days_from_monday() > 4,
                    "{code} {day}"
                );
            }
        }
        assert_eq!(published.known_until(), date("2030-12-31"));
        assert!(
            dates
                .iter()
                .all(|day| published.years().contains(&day.year()))
        );
    }
}

#[test]
fn a_published_calendar_is_one_that_the_checks_allow() {
    for published in all() {
        let checked = WorkingCalendar::new(published.name(), 7)
            .unwrap()
            .with_holidays(published.holidays().iter().cloned())
            .unwrap()
            .with_known_until(Some(published.known_until()));
        assert_eq!(checked, published.calendar(7));
    }
}

#[test]
fn a_country_has_what_all_of_its_parts_have_unless_one_keeps_it_on_another_day() {
    for published in all().filter(|published| !published.region().is_country()) {
        let country = published.region().code().split('-').next().unwrap();
        let mine: BTreeSet<_> = published.holidays().iter().map(|day| day.date()).collect();
        let whole = find(country).unwrap();
        let lacking = whole
            .holidays()
            .iter()
            .filter(|day| !mine.contains(&day.date()));
        // A few states leave a national day out, or keep it on another day.
        assert!(lacking.count() <= 20, "{}", published.region().code());
        assert!(mine.len() + 20 >= whole.holidays().len());
    }
}

#[test]
fn known_holidays_are_there() {
    let known = [
        // Matariki, as the Te Kāhui o Matariki Public Holiday Act 2022 lists it.
        ("NZ", "2025-06-20", "Matariki"),
        ("NZ-WGN", "2026-07-10", "Matariki"),
        ("NZ-AUK", "2027-06-25", "Matariki"),
        ("NZ-CAN", "2028-07-14", "Matariki"),
        ("NZ-OTA", "2029-07-06", "Matariki"),
        ("NZ-CIT", "2030-06-21", "Matariki"),
        ("NZ-AUK", "2026-01-26", "Auckland Anniversary Day"),
        // Easter Monday.
        ("AU-VIC", "2027-03-29", "Easter Monday"),
        ("NZ", "2027-03-29", "Easter Monday"),
        ("GB-ENG", "2027-03-29", "Easter Monday"),
        // The first Tuesday of November.
        ("AU-VIC", "2026-11-03", "Melbourne Cup Day"),
        ("AU-VIC", "2030-11-05", "Melbourne Cup Day"),
        ("AU-WA", "2027-04-26", "ANZAC Day (observed)"),
        ("AU-QLD", "2027-04-26", "ANZAC Day"),
        ("AU-ACT", "2026-04-27", "ANZAC Day (observed)"),
        ("AU-VIC", "2026-04-25", "ANZAC Day"),
        ("NZ", "2026-04-27", "Anzac Day (observed)"),
        ("GB-SCT", "2026-01-02", "New Year Holiday"),
        ("GB-NIR", "2027-07-12", "Battle of the Boyne"),
        ("CA-AB", "2027-02-15", "Family Day"),
        ("CA-BC", "2027-02-15", "Family Day"),
        ("CA-MB", "2027-02-15", "Louis Riel Day"),
        ("CA-ON", "2026-09-07", "Labour Day"),
        ("US-MA", "2027-04-19", "Patriots' Day"),
    ];
    for (code, day, expected) in known {
        assert_eq!(name(code, day).as_deref(), Some(expected), "{code} {day}");
    }
    let juneteenth = name("US", "2026-06-19").unwrap();
    assert!(juneteenth.starts_with("Juneteenth"), "{juneteenth}");
    // 4 July 2026 is a Saturday.
    assert!(
        name("US-NY", "2026-07-03")
            .unwrap()
            .contains("Independence Day")
    );
}

#[test]
fn what_others_keep_is_a_business_day() {
    let business = [
        // Only some states give a Monday for an Anzac Day on a weekend.
        ("AU-VIC", "2026-04-27"),
        ("AU-TAS", "2026-04-27"),
        ("AU-NSW", "2026-11-03"),
        ("GB-ENG", "2026-01-02"),
        ("GB-SCT", "2027-03-29"),
        ("GB-ENG", "2026-11-30"),
        ("NZ-WGN", "2026-01-26"),
        ("CA-QC", "2027-02-15"),
        ("US-NY", "2027-04-19"),
    ];
    for (code, day) in business {
        let calendar = find(code).unwrap().calendar(1);
        assert!(calendar.is_business_day(date(day)), "{code} {day}");
    }
}

#[test]
fn a_holiday_on_a_weekend_is_named_and_its_day_in_lieu_too() {
    let calendar = find("NZ").unwrap().calendar(1);
    let boxing_day = date("2026-12-26");
    assert_eq!(boxing_day.weekday(), Weekday::Sat);
    assert_eq!(calendar.holiday_name(boxing_day), Some("Boxing Day"));
    assert!(calendar.holiday_name(date("2026-12-28")).is_some());
}

#[test]
fn what_has_no_calendar_is_none() {
    for code in [
        "", "-", "AU-", "AU-vic-", "FR", "AUVIC", "AU VIC", "#", "region", "Ü",
    ] {
        assert_eq!(find(code), None, "{code:?}");
    }
}

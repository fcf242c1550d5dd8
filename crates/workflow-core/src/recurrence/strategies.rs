//! Strategies that make recurrences and rule texts for property tests.

use chrono::{NaiveDate, Weekday};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::Recurrence;
use super::rfc5545::RuleText;
use super::rule::{Ends, MonthPosition, Rule, Weekdays};

const CODES: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// Recurrences of every kind, anchored from 2000 to 2039, with and without an end.
///
/// ```
/// use proptest::prelude::*;
/// use workflow_core::business_days::Weekends;
/// use workflow_core::recurrence::arb_recurrence;
/// proptest!(|(recurrence in arb_recurrence())| {
///     let first = recurrence.next_on_or_after(recurrence.anchor(), &Weekends);
///     prop_assert!(first.is_none_or(|first| first >= recurrence.anchor()));
/// });
/// ```
pub fn arb_recurrence() -> impl Strategy<Value = Recurrence> {
    let ends = prop_oneof![
        2 => Just(None),
        1 => (0_u64..4000).prop_map(|days| Some((Some(days), 0))),
        1 => (1_u32..60).prop_map(|times| Some((None, times))),
    ];
    (arb_rule(), arb_date(), ends).prop_filter_map(
        "the rule never fires from that date",
        |(rule, anchor, ends)| {
            let ends = match ends {
                None => Ends::Never,
                Some((Some(days), _)) => Ends::On(anchor + chrono::Days::new(days)),
                Some((None, times)) => Ends::After(times),
            };
            Recurrence::new(rule, anchor, ends).ok()
        },
    )
}

fn arb_date() -> impl Strategy<Value = NaiveDate> {
    // 1 January 2000 has the number 730,120.
    (730_120..744_730_i32).prop_filter_map("chrono has the date", |number| {
        NaiveDate::from_num_days_from_ce_opt(number)
    })
}

fn arb_weekday() -> impl Strategy<Value = Weekday> {
    (0_u8..7).prop_filter_map("0 to 6 are weekdays", |n| Weekday::try_from(n).ok())
}

fn arb_rule() -> impl Strategy<Value = Rule> {
    let on = prop_oneof![
        3 => (1_u8..=31).prop_map(MonthPosition::Day),
        1 => Just(MonthPosition::LastDay),
        1 => (1_u8..=5, arb_weekday())
            .prop_map(|(nth, weekday)| MonthPosition::NthWeekday { nth, weekday }),
        1 => arb_weekday().prop_map(MonthPosition::LastWeekday),
        1 => (1_u8..=23).prop_map(MonthPosition::NthBusinessDay),
        1 => Just(MonthPosition::LastBusinessDay),
    ];
    let weekdays = vec(arb_weekday(), 1..7).prop_map(Weekdays::from_iter);
    prop_oneof![
        1 => (1_u32..100).prop_map(|every| Rule::Days { every }),
        1 => (1_u32..30).prop_map(|every| Rule::BusinessDays { every }),
        2 => (1_u32..10, weekdays).prop_map(|(every, on)| Rule::Weeks { every, on }),
        1 => (1_u8..28, 1_u8..=31).prop_filter_map("the later day is later", |(first, second)| {
            (first < second).then_some(Rule::TwiceAMonth { first, second })
        }),
        4 => (select(vec![1_u32, 2, 3, 4, 5, 6, 7, 9, 12, 24]), on)
            .prop_map(|(every, on)| Rule::Months { every, on }),
        2 => arb_rule_text().prop_map(Rule::Text),
    ]
}

/// Texts of rules that RFC 5545 allows, without times of day.
///
/// Some of them never fire; a recurrence made of one of those is refused.
pub fn arb_rule_text() -> impl Strategy<Value = RuleText> {
    let frequency = select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]);
    let either_end = |most: i32| {
        btree_set((1..=most, any::<bool>()), 1..4).prop_map(|numbers| {
            let signed = numbers.iter().map(|(n, back)| if *back { -n } else { *n });
            signed.map(|n| n.to_string()).collect::<Vec<_>>().join(",")
        })
    };
    let days = btree_set(0..7_usize, 1..5);
    let nth_days = btree_set((1..=5, any::<bool>(), 0..7_usize), 1..4);
    (
        (frequency, option::of(1_u32..8), option::of(0..7_usize)),
        (
            option::of(btree_set(1..=12, 1..5)),
            option::of(either_end(31)),
            option::weighted(0.1, either_end(366)),
            option::weighted(0.1, either_end(53)),
        ),
        (option::of(days), option::weighted(0.3, nth_days)),
        (
            option::weighted(0.2, either_end(6)),
            option::weighted(0.2, 1_u32..40),
        ),
        option::weighted(0.2, select(vec!["BACKWARD", "FORWARD"])),
    )
        .prop_filter_map(
            "the parts are allowed together",
            |((frequency, interval, week_start), dates, (days, nth_days), ends, skip)| {
                let (months, month_days, year_days, weeks) = dates;
                let (positions, count) = ends;
                let mut text = format!("FREQ={frequency}");
                let mut part = |name: &str, value: Option<String>| {
                    if let Some(value) = value {
                        text.push_str(&format!(";{name}={value}"));
                    }
                };
                part("INTERVAL", interval.map(|n| n.to_string()));
                part("WKST", week_start.map(|n| CODES[n].to_owned()));
                part(
                    "BYMONTH",
                    months.map(|set| {
                        let numbers = set.iter().map(i32::to_string);
                        numbers.collect::<Vec<_>>().join(",")
                    }),
                );
                part("BYMONTHDAY", month_days);
                part("BYYEARDAY", year_days);
                part("BYWEEKNO", weeks);
                let days = match nth_days {
                    Some(days) => Some(
                        days.iter()
                            .map(|(nth, back, day)| {
                                format!("{}{nth}{}", if *back { "-" } else { "" }, CODES[*day])
                            })
                            .collect::<Vec<_>>(),
                    ),
                    None => days.map(|days| days.iter().map(|n| CODES[*n].to_owned()).collect()),
                };
                part("BYDAY", days.map(|days| days.join(",")));
                part("BYSETPOS", positions);
                part("COUNT", count.map(|n| n.to_string()));
                part("SKIP", skip.map(str::to_owned));
                text.parse().ok()
            },
        )
}

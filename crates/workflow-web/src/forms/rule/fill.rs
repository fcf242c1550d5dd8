//! Puts a recurrence into the fields of a form.

use chrono::{NaiveDate, Weekday};
use workflow_core::recurrence::{Ends, MonthPosition, Recurrence, Rule};

use super::{Every, FIELDS, WEEKDAYS};
use crate::forms::Input;
use crate::views::words;

/// What a form about a new recurrence starts with.
pub(in crate::forms) fn defaults(input: &mut Input, today: NaiveDate) {
    for (name, value) in [
        ("every", "monthly"),
        ("every_days", "1"),
        ("every_business_days", "1"),
        ("every_weeks", "1"),
        ("every_months", "1"),
        ("position", "day"),
        ("nth", "1"),
        ("weekday", "mon"),
        ("ends", "never"),
    ] {
        if !input.has(name) {
            input.set(name, value);
        }
    }
    if !input.has("from") {
        input.set("from", words::iso(today));
    }
}

/// Puts a recurrence into the fields of a form.
pub(in crate::forms) fn fill(input: &mut Input, recurrence: &Recurrence) {
    for field in FIELDS {
        input.take(field);
    }
    let every = match recurrence.rule() {
        Rule::Days { every } => turns(input, Every::Days, *every),
        Rule::BusinessDays { every } => turns(input, Every::BusinessDays, *every),
        Rule::Weeks { every, on } => {
            for (code, weekday, _) in WEEKDAYS {
                if on.contains(weekday) {
                    input.push("weekdays", code);
                }
            }
            turns(input, Every::Weeks, *every)
        }
        Rule::TwiceAMonth { first, second } => {
            input.set("first_day", first.to_string());
            input.set("second_day", second.to_string());
            Every::TwiceAMonth
        }
        Rule::Months { every, on } => {
            fill_position(input, *on);
            // The longest turn in whose multiple it repeats, as its sentence says it.
            let longest = [Every::Years, Every::HalfYears, Every::Quarters];
            let longest = longest.into_iter().find(|turn| every % turn.months() == 0);
            let turn = longest.unwrap_or(Every::Months);
            turns(input, turn, every / turn.months())
        }
        Rule::Text(text) => {
            input.set("rrule", text.as_str());
            Every::Text
        }
    };
    let code = Every::ALL.iter().find(|(_, kind)| *kind == every);
    input.set("every", code.map_or("", |(code, _)| code));
    input.set("sentence", recurrence.sentence());
    input.set("from", words::iso(recurrence.anchor()));
    let ends = match recurrence.ends() {
        Ends::Never => "never",
        Ends::On(date) => {
            input.set("until", words::iso(date));
            "on"
        }
        Ends::After(times) => {
            input.set("times", times.to_string());
            "after"
        }
    };
    input.set("ends", ends);
    defaults(input, recurrence.anchor());
}

fn turns(input: &mut Input, every: Every, turns: u32) -> Every {
    input.set(every.turns(), turns.to_string());
    every
}

fn fill_position(input: &mut Input, on: MonthPosition) {
    let weekday = |input: &mut Input, weekday: Weekday| {
        let found = WEEKDAYS.iter().find(|(_, day, _)| *day == weekday);
        input.set("weekday", found.map_or("", |(code, _, _)| code));
    };
    let position = match on {
        MonthPosition::Day(day) => {
            input.set("day", day.to_string());
            "day"
        }
        MonthPosition::LastDay => "last_day",
        MonthPosition::NthWeekday { nth, weekday: day } => {
            input.set("nth", nth.to_string());
            weekday(input, day);
            "nth_weekday"
        }
        MonthPosition::LastWeekday(day) => {
            weekday(input, day);
            "last_weekday"
        }
        MonthPosition::NthBusinessDay(nth) => {
            input.set("business_day", nth.to_string());
            "nth_business_day"
        }
        MonthPosition::LastBusinessDay => "last_business_day",
    };
    input.set("position", position);
}

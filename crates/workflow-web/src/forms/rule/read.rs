//! Reads a recurrence from the fields of a form.

use chrono::{Datelike, NaiveDate};
use workflow_core::recurrence::rfc5545::{RuleText, Until};
use workflow_core::recurrence::{Ends, MonthPosition, Recurrence, RecurrenceError, Rule, Weekdays};
use workflow_core::zone::Zone;

use super::{Every, FIELDS, NTHS, POSITIONS, Position, WEEKDAYS, fill};
use crate::error::as_sentence;
use crate::forms::read_when::{NOT_OFFERED, chosen, missing, read_date, read_number};
use crate::forms::{Input, Problems};

/// The recurrence of a form, or nothing where a field has a problem.
///
/// A form that was not touched gives the recurrence that it was made of, `before`, whatever may
/// have become of its zone since.
pub(in crate::forms) fn read(
    input: &Input,
    zone: &Zone,
    before: Option<&Recurrence>,
    problems: &mut Problems,
) -> Option<Recurrence> {
    if let Some(before) = before.filter(|before| is_untouched(input, before)) {
        return Some(before.clone());
    }
    let every = chosen(input, "every", Every::ALL, problems)?;
    let made = match every {
        Every::Sentence => match input.filled("sentence") {
            Some(sentence) => Recurrence::from_sentence(sentence),
            None => return missing(problems, "sentence", "Write the rule as a sentence."),
        },
        _ => {
            let anchor = read_date(input, "from", problems)
                .or_else(|| missing(problems, "from", "Choose the date from which it repeats."));
            let ends = read_ends(input, problems);
            let rule = read_rule(input, every, anchor, problems);
            let (rule, anchor, ends) = (rule?, anchor?, ends?);
            let ends = ends_of(&rule, ends, zone, problems)?;
            Recurrence::new(rule, anchor, ends)
        }
    };
    made.map_err(|error| refused(every, &error, problems)).ok()
}

/// Notes what is wrong with a recurrence beside the field that holds that part of it.
fn refused(every: Every, error: &RecurrenceError, problems: &mut Problems) {
    let (field, label) = every.field(error.field());
    let message = error.to_string();
    if label.is_empty() {
        let reason = message.strip_prefix("sentence: ").unwrap_or(&message);
        return problems.add(field, as_sentence(reason));
    }
    let reason = message.strip_prefix(error.field());
    let reason = reason.and_then(|rest| rest.strip_prefix(": "));
    let reason = reason.unwrap_or(&message);
    problems.add(field, as_sentence(&format!("{label}: {reason}")));
}

fn is_untouched(input: &Input, before: &Recurrence) -> bool {
    let mut made = Input::default();
    fill(&mut made, before);
    // A form sends what it shows: also the fields of the kinds that were not chosen.
    let filled = |value: &&str| !value.is_empty();
    FIELDS.iter().all(|field| {
        let typed = input.all(field).filter(filled);
        typed.eq(made.all(field).filter(filled))
    })
}

fn read_rule(
    input: &Input,
    every: Every,
    anchor: Option<NaiveDate>,
    problems: &mut Problems,
) -> Option<Rule> {
    let turns = |problems: &mut Problems| match input.filled(every.turns()) {
        None => Some(1),
        Some(_) => read_number::<u32>(input, every.turns(), "number", problems),
    };
    Some(match every {
        Every::Days => Rule::Days {
            every: turns(problems)?,
        },
        Every::BusinessDays => Rule::BusinessDays {
            every: turns(problems)?,
        },
        Every::Weeks => Rule::Weeks {
            every: turns(problems)?,
            on: read_weekdays(input, anchor, problems)?,
        },
        Every::TwiceAMonth => {
            let one = read_day(input, "first_day", problems);
            let other = read_day(input, "second_day", problems);
            let (one, other) = (one?, other?);
            Rule::TwiceAMonth {
                first: one.min(other),
                second: one.max(other),
            }
        }
        Every::Months | Every::Quarters | Every::HalfYears | Every::Years => {
            let turns = turns(problems);
            let on = read_position(input, anchor, problems);
            Rule::Months {
                every: turns?.saturating_mul(every.months()),
                on: on?,
            }
        }
        Every::Text | Every::Sentence => Rule::Text(read_text(input, problems)?),
    })
}

fn read_weekdays(
    input: &Input,
    anchor: Option<NaiveDate>,
    problems: &mut Problems,
) -> Option<Weekdays> {
    let named = |code: &str| WEEKDAYS.iter().find(|(known, _, _)| *known == code);
    let mut days = Vec::new();
    for code in input.all("weekdays").filter(|code| !code.is_empty()) {
        match named(code) {
            Some((_, weekday, _)) => days.push(*weekday),
            None => return missing(problems, "weekdays", NOT_OFFERED),
        }
    }
    if days.is_empty() {
        days.push(anchor?.weekday());
    }
    Some(days.into_iter().collect())
}

/// A day of the month, 1 to 31.
fn read_day(input: &Input, field: &'static str, problems: &mut Problems) -> Option<u8> {
    if input.filled(field).is_none() {
        return missing(problems, field, "Say which day of the month, 1 to 31.");
    }
    let day = read_number::<u8>(input, field, "day", problems)?;
    match (1..=31).contains(&day) {
        true => Some(day),
        false => missing(problems, field, "The day has to be within 1 to 31."),
    }
}

fn read_position(
    input: &Input,
    anchor: Option<NaiveDate>,
    problems: &mut Problems,
) -> Option<MonthPosition> {
    let positions = POSITIONS.map(|(code, position, _)| (code, position));
    let weekdays = WEEKDAYS.map(|(code, weekday, _)| (code, weekday));
    Some(match chosen(input, "position", positions, problems)? {
        Position::Day => match input.filled("day") {
            None => MonthPosition::Day(u8::try_from(anchor?.day()).ok()?),
            Some(_) => MonthPosition::Day(read_day(input, "day", problems)?),
        },
        Position::LastDay => MonthPosition::LastDay,
        Position::NthWeekday => {
            let nths = NTHS.map(|(code, nth, _)| (code, nth));
            let nth = chosen(input, "nth", nths, problems);
            let weekday = chosen(input, "weekday", weekdays, problems);
            MonthPosition::NthWeekday {
                nth: nth?,
                weekday: weekday?,
            }
        }
        Position::LastWeekday => {
            MonthPosition::LastWeekday(chosen(input, "weekday", weekdays, problems)?)
        }
        Position::NthBusinessDay => {
            let what = "number of the business day";
            let nth = read_number(input, "business_day", what, problems)
                .or_else(|| missing(problems, "business_day", "Say which business day, 1 to 23."));
            MonthPosition::NthBusinessDay(nth?)
        }
        Position::LastBusinessDay => MonthPosition::LastBusinessDay,
    })
}

fn read_text(input: &Input, problems: &mut Problems) -> Option<RuleText> {
    if input.filled("rrule").is_none() {
        return missing(problems, "rrule", "Give the rule’s text.");
    }
    let text = input.text("rrule").parse::<RuleText>();
    text.map_err(|error| problems.add("rrule", as_sentence(&error.to_string())))
        .ok()
}

fn read_ends(input: &Input, problems: &mut Problems) -> Option<Ends> {
    match input.get("ends") {
        "" | "never" => Some(Ends::Never),
        "on" => read_date(input, "until", problems)
            .or_else(|| missing(problems, "until", "Choose the last date."))
            .map(Ends::On),
        "after" => read_number::<u32>(input, "times", "number of dates", problems)
            .or_else(|| missing(problems, "times", "Say after how many dates it ends."))
            .map(Ends::After),
        _ => missing(problems, "ends", NOT_OFFERED),
    }
}

/// Where a rule ends. A rule's text may name an instant as its end, which is a date in the
/// practice's zone alone.
fn ends_of(rule: &Rule, ends: Ends, zone: &Zone, problems: &mut Problems) -> Option<Ends> {
    let Rule::Text(text) = rule else {
        return Some(ends);
    };
    let Some(Until::Instant(until)) = text.until() else {
        return Some(ends);
    };
    let until = zone.today(until);
    match ends {
        Ends::Never => Some(Ends::On(until)),
        Ends::On(date) => Some(Ends::On(date.min(until))),
        Ends::After(_) => missing(
            problems,
            "ends",
            "The rule’s text says itself until when it goes on. Choose Never here.",
        ),
    }
}

/// The form with its sentence shown as fields, or with what is wrong with the sentence.
pub(in crate::forms) fn fill_from_sentence(mut input: Input, problems: &mut Problems) -> Input {
    let typed = input.get("sentence").to_owned();
    match Recurrence::from_sentence(&typed) {
        Ok(recurrence) => fill(&mut input, &recurrence),
        Err(error) => {
            input.set("every", "sentence");
            refused(Every::Sentence, &error, problems);
        }
    }
    input
}

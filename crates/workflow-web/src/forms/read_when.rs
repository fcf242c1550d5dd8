//! Reads the schedule part of a form.

use chrono::{Datelike, NaiveDate};
use workflow_core::calendar::Roll;
use workflow_core::recurrence::{Recurrence, RecurrenceBuilder};
use workflow_core::timing::{
    DueBasis, DueDay, DueDays, DueRule, Lead, LeadDays, PeriodRule, PeriodSpan, PeriodWhich, Timing,
};
use workflow_core::workflow::{MissedRuns, Plan, Schedule};

use super::when::{MISSED, roll_code, span_code};
use super::{Input, Problems};
use crate::error::as_sentence;

/// When a new workflow deploys.
#[derive(Debug)]
pub(crate) enum When {
    ByHand,
    OnAcceptance,
    OnDate(NaiveDate),
    Recurring(Box<RecurrenceBuilder>),
}

/// The plan of a form, or nothing where a field has a problem.
pub(crate) fn read_plan(input: &Input, before: &Plan, problems: &mut Problems) -> Option<Plan> {
    let schedule = match input.get("when") {
        "keep" => Some(before.schedule.clone()),
        _ => match read_when(input, problems)? {
            When::ByHand => Some(Schedule::ByHand),
            When::OnAcceptance => Some(Schedule::OnAcceptance),
            When::OnDate(date) => Some(Schedule::OnDate(date)),
            When::Recurring(rule) => rule
                .build()
                .map(Schedule::Recurring)
                .map_err(|error| problems.add("every", as_sentence(&error.to_string())))
                .ok(),
        },
    };
    let timing = read_timing(input, problems);
    let deploys_from = read_date(input, "deploys_from", problems).unwrap_or(before.deploys_from);
    if !problems.is_empty() {
        return None;
    }
    Some(Plan {
        schedule: schedule?,
        timing: timing?,
        deploys_from,
        missed: read_missed(input),
    })
}

pub(crate) fn read_when(input: &Input, problems: &mut Problems) -> Option<When> {
    match input.get("when") {
        "by_hand" => Some(When::ByHand),
        "on_acceptance" => Some(When::OnAcceptance),
        "on_date" => read_date(input, "date", problems)
            .or_else(|| missing(problems, "date", "Choose the date."))
            .map(When::OnDate),
        "recurring" => read_recurrence(input, problems).map(|rule| When::Recurring(Box::new(rule))),
        _ => missing(problems, "when", "Choose when it deploys."),
    }
}

fn missing<T>(problems: &mut Problems, field: &'static str, sentence: &str) -> Option<T> {
    problems.add(field, sentence);
    None
}

fn read_recurrence(input: &Input, problems: &mut Problems) -> Option<RecurrenceBuilder> {
    let every = input.get("every");
    let rule = match every {
        "weekly" => Recurrence::weekly(),
        "fortnightly" => Recurrence::fortnightly(),
        "monthly" => Recurrence::monthly(),
        "quarterly" => Recurrence::quarterly(),
        "half_yearly" => Recurrence::half_yearly(),
        "yearly" => Recurrence::yearly(),
        _ => return missing(problems, "every", "Choose how often it repeats."),
    };
    let from = read_date(input, "from", problems)
        .or_else(|| missing(problems, "from", "Choose the date from which it repeats."))?;
    let in_weeks = matches!(every, "weekly" | "fortnightly");
    let rule = match input.get("position") {
        "last_day" if !in_weeks => rule.last_day(),
        "last_business_day" if !in_weeks => rule.last_business_day(),
        _ => rule,
    };
    let rule = rule.from(from);
    match input.get("ends") {
        "on" => read_date(input, "until", problems)
            .or_else(|| missing(problems, "until", "Choose the last date."))
            .map(|until| rule.until(until)),
        "after" => read_number::<u32>(input, "times", "number of dates", problems)
            .or_else(|| missing(problems, "times", "Say after how many dates it ends."))
            .map(|times| rule.times(times)),
        _ => Some(rule),
    }
}

pub(crate) fn read_timing(input: &Input, problems: &mut Problems) -> Option<Timing> {
    let lead = read_number(input, "lead", "lead", problems).unwrap_or(0);
    let lead = LeadDays::new(lead)
        .map_err(|error| problems.add("lead", as_sentence(&error.to_string())))
        .ok();
    let basis = read_due(input, problems);
    let span = PeriodSpan::ALL
        .into_iter()
        .find(|span| span_code(*span) == input.get("period"));
    let which = match input.get("period_which") {
        "before" => PeriodWhich::Before,
        _ => PeriodWhich::Current,
    };
    let lead = match input.get("lead_unit") {
        "business_days" => Lead::BusinessDays(lead?),
        _ => Lead::Days(lead?),
    };
    Some(Timing {
        roll: read_roll(input, "roll"),
        lead,
        due: DueRule {
            basis: basis?,
            roll: read_roll(input, "due_roll"),
        },
        period: PeriodRule {
            span: span.unwrap_or_default(),
            which,
        },
    })
}

fn read_due(input: &Input, problems: &mut Problems) -> Option<DueBasis> {
    let months_after = |problems: &mut Problems| {
        read_number::<u8>(input, "due_months", "number of months", problems).unwrap_or(0)
    };
    match input.get("due") {
        "after" => {
            let days = read_number(input, "due_days", "number of days", problems)
                .or_else(|| missing(problems, "due_days", "Say how many days after."))?;
            DueDays::new(days)
                .map(DueBasis::AfterStart)
                .map_err(|error| problems.add("due_days", as_sentence(&error.to_string())))
                .ok()
        }
        "day" => {
            let day = read_number(input, "due_day", "day", problems)
                .or_else(|| missing(problems, "due_day", "Say which day of the month."))?;
            let months_after = months_after(problems);
            DueDay::new(day)
                .map(|day| DueBasis::DayOfMonth { months_after, day })
                .map_err(|error| problems.add("due_day", as_sentence(&error.to_string())))
                .ok()
        }
        "last" => Some(DueBasis::LastDayOfMonth {
            months_after: months_after(problems),
        }),
        _ => Some(DueBasis::StartDate),
    }
}

fn read_roll(input: &Input, field: &'static str) -> Roll {
    let found = Roll::ALL
        .into_iter()
        .find(|roll| roll_code(*roll) == input.get(field));
    found.unwrap_or_default()
}

pub(crate) fn read_missed(input: &Input) -> MissedRuns {
    let found = MISSED
        .into_iter()
        .find(|(code, _)| *code == input.get("missed"));
    found.map(|(_, missed)| missed).unwrap_or_default()
}

/// A date of a form; nothing where it is empty, and a problem where it is no date.
pub(crate) fn read_date(
    input: &Input,
    field: &'static str,
    problems: &mut Problems,
) -> Option<NaiveDate> {
    let value = input.filled(field)?;
    let date = NaiveDate::parse_from_str(value, "%Y-%m-%d").ok();
    let date = date.filter(|date| (1900..=9999).contains(&date.year()));
    if date.is_none() {
        problems.add(field, "Give a date such as 2026-11-30.");
    }
    date
}

fn read_number<T: std::str::FromStr>(
    input: &Input,
    field: &'static str,
    what: &str,
    problems: &mut Problems,
) -> Option<T> {
    let value = input.filled(field)?;
    let number = value.parse().ok();
    if number.is_none() {
        problems.add(
            field,
            format!("The {what} has to be a whole number, not negative and not too large."),
        );
    }
    number
}

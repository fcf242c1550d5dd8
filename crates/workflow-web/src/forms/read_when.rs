//! Reads the schedule part of a form.

use chrono::{Datelike, NaiveDate};
use workflow_core::calendar::Roll;
use workflow_core::recurrence::Recurrence;
use workflow_core::timing::{
    DueBasis, DueDay, DueDays, DueRule, Lead, LeadDays, PeriodRule, PeriodSpan, PeriodWhich, Timing,
};
use workflow_core::workflow::{MissedRuns, Plan, Schedule};
use workflow_core::zone::Zone;

use super::when::{MISSED, roll_code, span_code};
use super::{Input, Problems, rule};
use crate::error::as_sentence;

/// Said of a value that a form does not offer.
pub(super) const NOT_OFFERED: &str = "Choose one of those that are offered.";

const WHICH: [(&str, PeriodWhich); 2] = [
    ("current", PeriodWhich::Current),
    ("before", PeriodWhich::Before),
];

/// Makes a lead out of a number of days, in the unit that was chosen.
type LeadIn = fn(LeadDays) -> Lead;

const LEAD_UNITS: [(&str, LeadIn); 2] =
    [("days", Lead::Days), ("business_days", Lead::BusinessDays)];

/// The plan of a form, or nothing where a field has a problem.
pub(crate) fn read_plan(
    input: &Input,
    zone: &Zone,
    before: &Plan,
    problems: &mut Problems,
) -> Option<Plan> {
    let recurrence = before.schedule.recurrence();
    let schedule = read_schedule(input, zone, recurrence, problems);
    let timing = read_timing(input, problems);
    let deploys_from = read_date(input, "deploys_from", problems).unwrap_or(before.deploys_from);
    let missed = read_missed(input, problems);
    if !problems.is_empty() {
        return None;
    }
    Some(Plan {
        schedule: schedule?,
        timing: timing?,
        deploys_from,
        missed,
    })
}

/// When a workflow deploys; `before` is the recurrence that the form was made of, if it was made
/// of one.
pub(crate) fn read_schedule(
    input: &Input,
    zone: &Zone,
    before: Option<&Recurrence>,
    problems: &mut Problems,
) -> Option<Schedule> {
    match input.get("when") {
        "by_hand" => Some(Schedule::ByHand),
        "on_acceptance" => Some(Schedule::OnAcceptance),
        "on_date" => read_date(input, "date", problems)
            .or_else(|| missing(problems, "date", "Choose the date."))
            .map(Schedule::OnDate),
        "recurring" => rule::read(input, zone, before, problems).map(Schedule::Recurring),
        _ => missing(problems, "when", "Choose when it deploys."),
    }
}

/// Notes what a field lacks.
pub(super) fn missing<T>(
    problems: &mut Problems,
    field: &'static str,
    sentence: &str,
) -> Option<T> {
    problems.add(field, sentence);
    None
}

pub(crate) fn read_timing(input: &Input, problems: &mut Problems) -> Option<Timing> {
    let lead = read_number(input, "lead", "lead", problems).unwrap_or(0);
    let lead = LeadDays::new(lead)
        .map_err(|error| problems.add("lead", as_sentence(&error.to_string())))
        .ok();
    let basis = read_due(input, problems);
    let spans = PeriodSpan::ALL.map(|span| (span_code(span), span));
    let span = chosen(input, "period", spans, problems);
    let which = chosen(input, "period_which", WHICH, problems);
    let unit = chosen(input, "lead_unit", LEAD_UNITS, problems);
    let rolls = Roll::ALL.map(|roll| (roll_code(roll), roll));
    let roll = chosen(input, "roll", rolls, problems);
    let due_roll = chosen(input, "due_roll", rolls, problems);
    Some(Timing {
        roll: roll?,
        lead: unit?(lead?),
        due: DueRule {
            basis: basis?,
            roll: due_roll?,
        },
        period: PeriodRule {
            span: span?,
            which: which?,
        },
    })
}

fn read_due(input: &Input, problems: &mut Problems) -> Option<DueBasis> {
    let months_after = |problems: &mut Problems| {
        read_number::<u8>(input, "due_months", "number of months", problems).unwrap_or(0)
    };
    match input.get("due") {
        "" | "start" => Some(DueBasis::StartDate),
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
        _ => missing(problems, "due", NOT_OFFERED),
    }
}

pub(crate) fn read_missed(input: &Input, problems: &mut Problems) -> MissedRuns {
    chosen(input, "missed", MISSED, problems).unwrap_or_default()
}

/// What a field offers under the value that was sent, and the first where none was sent; a problem
/// where the value is none of these, for whoever sent it meant something else than the first.
pub(crate) fn chosen<T, const N: usize>(
    input: &Input,
    field: &'static str,
    offered: [(&str, T); N],
    problems: &mut Problems,
) -> Option<T> {
    let value = input.filled(field);
    let mut offered = offered.into_iter();
    let found = offered.find(|(code, _)| value.is_none_or(|value| value == *code));
    if found.is_none() {
        problems.add(field, NOT_OFFERED);
    }
    found.map(|(_, meant)| meant)
}

/// A date of a form; nothing where it is empty, and a problem where it is no date.
///
/// Browsers that offer a calendar send `2026-11-30`; where there is none, people type words.
pub(crate) fn read_date(
    input: &Input,
    field: &'static str,
    problems: &mut Problems,
) -> Option<NaiveDate> {
    let value = input.filled(field)?;
    let forms = ["%Y-%m-%d", "%d %B %Y", "%a %d %B %Y"];
    let mut read = forms
        .iter()
        .map(|form| NaiveDate::parse_from_str(value, form));
    let date = read.find_map(Result::ok);
    // A year of fewer digits is one that was not typed to its end.
    let date = date.filter(|date| (1000..=9999).contains(&date.year()));
    if date.is_none() {
        problems.add(field, "Give a date such as 30 November 2026.");
    }
    date
}

pub(super) fn read_number<T: std::str::FromStr>(
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

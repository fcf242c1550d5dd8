//! Dates, amounts and rules in the words that people read.

use chrono::{DateTime, NaiveDate, Utc};
use workflow_core::billing::BillingLevel;
use workflow_core::calendar::Roll;
use workflow_core::proposal::ProposalState;
use workflow_core::text::Money;
use workflow_core::timing::{DueBasis, DueRule, PeriodRule, PeriodWhich, Timing};
use workflow_core::workflow::{Occurrence, Schedule};
use workflow_core::zone::Zone;

use crate::error::as_sentence;

/// A date as a page shows it, and as a machine reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    pub(crate) iso: String,
    pub(crate) text: String,
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Self {
            iso: iso(date),
            text: day(date),
        }
    }
}

/// Such as `Mon 30 Nov 2026`.
pub(crate) fn day(date: NaiveDate) -> String {
    date.format("%a %-d %b %Y").to_string()
}

pub(crate) fn iso(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}

/// Such as `Mon 30 Nov 2026, 06:00`, in the practice's time zone.
pub(crate) fn instant(at: DateTime<Utc>, zone: &Zone) -> String {
    zone.local(at).format("%a %-d %b %Y, %H:%M").to_string()
}

/// A schedule as a sentence.
pub(crate) fn schedule(schedule: &Schedule) -> String {
    as_sentence(&schedule.to_string())
}

/// A text of the core, with its dates as pages show them instead of as `2026-11-30`. What it
/// quotes, which people wrote, stays as it is.
pub(crate) fn with_days(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut quoted = false;
    let mut after_digit = false;
    while let Some(next) = rest.chars().next() {
        let date = rest.get(..10).filter(|_| !quoted && !after_digit);
        let ends = rest
            .as_bytes()
            .get(10)
            .is_none_or(|byte| !byte.is_ascii_alphanumeric());
        if let Some(date) = date.filter(|_| ends && next.is_ascii_digit())
            && let Ok(date) = date.parse::<NaiveDate>()
        {
            out.push_str(&day(date));
            rest = rest.get(10..).unwrap_or_default();
            after_digit = true;
            continue;
        }
        match next {
            '“' => quoted = true,
            '”' => quoted = false,
            '"' => quoted = !quoted,
            _ => {}
        }
        after_digit = next.is_ascii_alphanumeric();
        out.push(next);
        rest = rest.get(next.len_utf8()..).unwrap_or_default();
    }
    out
}

/// The one occurrence of a one-time workflow, or the nominal date.
pub(crate) fn occurrence(occurrence: Occurrence) -> String {
    occurrence
        .nominal()
        .map_or_else(|| "its one date".to_owned(), day)
}

/// Such as `1,250.00`.
pub(crate) fn money(amount: Money) -> String {
    let text = amount.to_string();
    let (whole, cents) = text.split_once('.').unwrap_or((&text, "00"));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped}.{cents}")
}

/// Such as `1 call` and `3 calls`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    let word = if number == 1 { one } else { many };
    format!("{number} {word}")
}

pub(crate) fn level(level: BillingLevel) -> &'static str {
    match level {
        BillingLevel::Client => "Client level",
        BillingLevel::Proposal => "Proposal level",
        BillingLevel::NonBilling => "Non-billing",
    }
}

pub(crate) fn proposal_state(state: ProposalState) -> String {
    match state {
        ProposalState::Draft => "draft".into(),
        ProposalState::Sent => "sent".into(),
        ProposalState::Accepted { on } => format!("accepted on {}", day(on)),
        ProposalState::Declined => "declined".into(),
        ProposalState::Archived => "archived".into(),
    }
}

pub(crate) fn roll(roll: Roll) -> &'static str {
    match roll {
        Roll::None => "Stays where it is",
        Roll::Earlier => "Earlier, to the last business day before",
        Roll::Later => "Later, to the next business day",
        Roll::LaterSameMonth => "Later, but in the same month",
    }
}

pub(crate) fn due(rule: DueRule) -> String {
    let month = |months: u8| match months {
        0 => "the nominal date’s month".to_owned(),
        1 => "the month after".to_owned(),
        months => format!("the {months}{} month after", ordinal(months)),
    };
    let basis = match rule.basis {
        DueBasis::StartDate => "On the start date".to_owned(),
        DueBasis::AfterStart(days) => {
            let days = count(usize::from(days.get()), "day", "days");
            format!("{days} after the start date")
        }
        DueBasis::DayOfMonth { months_after, day } => {
            format!("On day {} of {}", day.get(), month(months_after))
        }
        DueBasis::LastDayOfMonth { months_after } => {
            format!("On the last day of {}", month(months_after))
        }
    };
    match rule.roll {
        Roll::None => basis,
        rolled => format!(
            "{basis}; off business days: {}",
            roll(rolled).to_lowercase()
        ),
    }
}

fn ordinal(number: u8) -> &'static str {
    match (number % 10, number % 100) {
        (1, tens) if tens != 11 => "st",
        (2, tens) if tens != 12 => "nd",
        (3, tens) if tens != 13 => "rd",
        _ => "th",
    }
}

pub(crate) fn period(rule: PeriodRule) -> String {
    let which = match rule.which {
        PeriodWhich::Current => "of the nominal date",
        PeriodWhich::Before => "before the nominal date",
    };
    format!("The {} {which}", rule.span)
}

/// Roll, lead, due date and period, each with its label.
pub(crate) fn timing(timing: &Timing) -> Vec<(&'static str, String)> {
    let mut lead = timing.lead.to_string();
    if let Some(first) = lead.get(..1).map(str::to_uppercase) {
        lead.replace_range(..1, &first);
    }
    vec![
        ("Off business days", roll(timing.roll).to_owned()),
        ("Lead", lead),
        ("Due date", due(timing.due)),
        ("Period", period(timing.period)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use workflow_core::timing::DueDay;

    #[test]
    fn an_amount_is_grouped_by_thousands() {
        for (amount, shown) in [
            ("0", "0.00"),
            ("999.5", "999.50"),
            ("1250", "1,250.00"),
            ("999999999.99", "999,999,999.99"),
        ] {
            assert_eq!(money(amount.parse().unwrap()), shown);
        }
    }

    #[test]
    fn a_date_of_the_core_is_shown_in_words_and_a_quotation_is_left_alone() {
        for (text, shown) in [
            ("due 2026-10-28", "due Wed 28 Oct 2026"),
            (
                "2026-11-01 is before 2026-11-23.",
                "Sun 1 Nov 2026 is before Mon 23 Nov 2026.",
            ),
            (
                "“FBT 2026-03-31” of 2026-03-31",
                "“FBT 2026-03-31” of Tue 31 Mar 2026",
            ),
            (
                "job 12026-10-28, 2026-10-281",
                "job 12026-10-28, 2026-10-281",
            ),
            ("2026-02-30, é2026-1", "2026-02-30, é2026-1"),
            ("", ""),
        ] {
            assert_eq!(with_days(text), shown);
        }
    }

    #[test]
    fn a_due_date_says_its_month() {
        let basis = |months_after| DueBasis::DayOfMonth {
            months_after,
            day: DueDay::new(21).unwrap(),
        };
        let rule = |months_after, roll| DueRule {
            basis: basis(months_after),
            roll,
        };
        assert_eq!(due(rule(1, Roll::None)), "On day 21 of the month after");
        assert_eq!(
            due(rule(2, Roll::Later)),
            "On day 21 of the 2nd month after; off business days: later, to the next business day"
        );
        assert_eq!(
            due(rule(12, Roll::None)),
            "On day 21 of the 12th month after"
        );
    }
}

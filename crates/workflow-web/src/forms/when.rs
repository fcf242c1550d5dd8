//! What the schedule part of a form looks like: when a workflow deploys, and how its dates follow.

use chrono::NaiveDate;
use workflow_core::calendar::Roll;
use workflow_core::timing::{DueBasis, Lead, PeriodSpan, PeriodWhich, Timing};
use workflow_core::workflow::{MissedRuns, Plan, Schedule};

use super::{Choice, Fields, Input, Problems, Section, rule};
use crate::error::as_sentence;
use crate::views::words;

pub(super) const MISSED: [(&str, MissedRuns); 4] = [
    ("all", MissedRuns::All),
    ("latest", MissedRuns::Latest),
    ("skip", MissedRuns::Skip),
    ("hold", MissedRuns::Hold),
];

/// What a form starts with.
pub(crate) fn defaults(input: &mut Input, today: NaiveDate) {
    for (name, value) in [
        ("when", "recurring"),
        ("roll", "none"),
        ("lead", "0"),
        ("lead_unit", "days"),
        ("due", "start"),
        ("due_roll", "none"),
        ("period", "month"),
        ("period_which", "current"),
        ("missed", "all"),
    ] {
        if !input.has(name) {
            input.set(name, value);
        }
    }
    rule::defaults(input, today);
}

/// The form with its sentence shown as fields, or with what is wrong with the sentence.
pub(crate) fn fill_from_sentence(input: Input, problems: &mut Problems) -> Input {
    rule::fill_from_sentence(input, problems)
}

/// A plan as a form holds it.
pub(crate) fn plan_input(plan: &Plan, today: NaiveDate) -> Input {
    let mut input = Input::default();
    let Timing {
        roll,
        lead,
        due,
        period,
    } = plan.timing;
    let (unit, lead) = match lead {
        Lead::Days(days) => ("days", days),
        Lead::BusinessDays(days) => ("business_days", days),
    };
    let when = match &plan.schedule {
        Schedule::OnAcceptance => "on_acceptance",
        Schedule::OnDate(date) => {
            input.set("date", words::iso(*date));
            "on_date"
        }
        Schedule::ByHand => "by_hand",
        Schedule::Recurring(recurrence) => {
            rule::fill(&mut input, recurrence);
            "recurring"
        }
    };
    input.set("when", when);
    input.set("roll", roll_code(roll));
    input.set("lead", lead.get().to_string());
    input.set("lead_unit", unit);
    input.set("due_roll", roll_code(due.roll));
    input.set("due_months", "0");
    let basis = match due.basis {
        DueBasis::StartDate => "start",
        DueBasis::AfterStart(days) => {
            input.set("due_days", days.get().to_string());
            "after"
        }
        DueBasis::DayOfMonth { months_after, day } => {
            input.set("due_day", day.get().to_string());
            input.set("due_months", months_after.to_string());
            "day"
        }
        DueBasis::LastDayOfMonth { months_after } => {
            input.set("due_months", months_after.to_string());
            "last"
        }
    };
    input.set("due", basis);
    input.set("period", span_code(period.span));
    let which = match period.which {
        PeriodWhich::Current => "current",
        PeriodWhich::Before => "before",
    };
    input.set("period_which", which);
    input.set("deploys_from", words::iso(plan.deploys_from));
    let missed = MISSED
        .into_iter()
        .find(|(_, missed)| *missed == plan.missed);
    input.set("missed", missed.map_or("all", |(code, _)| code));
    defaults(&mut input, today);
    input
}

fn rolls() -> Vec<Choice> {
    Roll::ALL
        .into_iter()
        .map(|roll| Choice::new(roll_code(roll), words::roll(roll)))
        .collect()
}

pub(super) fn roll_code(roll: Roll) -> &'static str {
    match roll {
        Roll::None => "none",
        Roll::Earlier => "earlier",
        Roll::Later => "later",
        Roll::LaterSameMonth => "later_same_month",
    }
}

/// What a form about schedule and timing is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum For {
    /// A workflow that is to be added.
    New,
    /// One that there is.
    Change,
}

/// Whether there is a proposal, on whose acceptance a workflow can deploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Offered {
    No,
    Yes,
}

/// The sections about schedule and timing.
pub(crate) fn sections(fields: Fields<'_>, proposal: Offered, of: For) -> Vec<Section> {
    let mut when = vec![
        Choice::new("recurring", "Again and again").noting("On a recurrence."),
        Choice::new("on_date", "Once, on a date"),
        Choice::new("by_hand", "Once, by hand").noting("When somebody creates it in XPM here."),
    ];
    if proposal == Offered::Yes {
        let accepted = Choice::new("on_acceptance", "Once, on acceptance");
        when.insert(1, accepted.noting("When the proposal is accepted."));
    }
    let from_hint = match of {
        For::New => "Dates before this day are never owed. Empty is today.",
        For::Change => "Dates before this day are never owed. Empty leaves it as it is.",
    };
    let mut sections = vec![
        Section {
            legend: "When it deploys",
            fields: vec![fields.radios("when", "Schedule", "", when)],
            ..Section::default()
        },
        Section {
            legend: "The date",
            class: "when-date",
            fields: vec![fields.date("date", "On", "The nominal date.")],
            ..Section::default()
        },
    ];
    sections.extend(rule::sections(fields));
    sections.extend(dates_sections(fields, from_hint));
    sections
}

fn dates_sections(fields: Fields<'_>, from_hint: &str) -> Vec<Section> {
    let missed = MISSED.into_iter();
    let missed = missed.map(|(value, missed)| Choice::new(value, as_phrase(&missed.to_string())));
    let spans = PeriodSpan::ALL.into_iter();
    let spans = spans.map(|span| Choice::new(span_code(span), as_phrase(&span.to_string())));
    let lead_units = [("days", "Days"), ("business_days", "Business days")];
    let which = [
        ("current", "That of the nominal date"),
        ("before", "The one before it (arrears)"),
    ];
    let pairs = |of: &[(&str, &str)]| {
        let choice = |(value, label): &(&str, &str)| Choice::new(*value, *label);
        of.iter().map(choice).collect::<Vec<_>>()
    };
    vec![
        Section {
            legend: "Start date and deploy date",
            note: "The start date is the nominal date after its roll; the lead is counted back \
                   from it.",
            fields: vec![
                fields.select("roll", "Start date off business days", "", rolls()),
                fields.number(
                    "lead",
                    "Lead",
                    "How long before the start date the job is deployed, 0 to 366.",
                ),
                fields.select("lead_unit", "Lead counts", "", pairs(&lead_units)),
            ],
            ..Section::default()
        },
        due_section(fields),
        Section {
            legend: "Period",
            note: "The span that the work is for, as named in texts.",
            fields: vec![
                fields.select("period", "Period", "", spans.collect()),
                fields.select("period_which", "Which period", "", pairs(&which)),
            ],
            ..Section::default()
        },
        Section {
            legend: "What is owed",
            fields: vec![
                fields.date("deploys_from", "Deploys from", from_hint),
                fields.select(
                    "missed",
                    "Missed runs",
                    "What becomes of dates that were missed while nothing ran.",
                    missed.collect(),
                ),
            ],
            ..Section::default()
        },
    ]
}

fn due_section(fields: Fields<'_>) -> Section {
    let due = [
        ("start", "On the start date"),
        ("after", "Days after the start date"),
        ("day", "On a day of a month"),
        ("last", "On the last day of a month"),
    ];
    Section {
        legend: "Due date",
        fields: vec![
            fields.select(
                "due",
                "Due date",
                "",
                due.map(|(value, label)| Choice::new(value, label)).into(),
            ),
            fields.number("due_days", "Days after the start date", "0 to 731."),
            fields.number(
                "due_day",
                "Day of the month",
                "1 to 31. A day that a month lacks becomes its last day.",
            ),
            fields.number(
                "due_months",
                "Months after the nominal date’s",
                "0 is that month itself, 1 the next.",
            ),
            fields.select("due_roll", "Due date off business days", "", rolls()),
        ],
        ..Section::default()
    }
}

/// A word of the core as a label.
fn as_phrase(fragment: &str) -> String {
    as_sentence(fragment).trim_end_matches('.').to_owned()
}

pub(super) fn span_code(span: PeriodSpan) -> &'static str {
    match span {
        PeriodSpan::Month => "month",
        PeriodSpan::Quarter => "quarter",
        PeriodSpan::Year => "year",
        PeriodSpan::FinancialYear => "financial_year",
    }
}

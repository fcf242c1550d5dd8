//! What the schedule part of a form looks like: when a workflow deploys, and how its dates follow.

use chrono::NaiveDate;
use workflow_core::calendar::Roll;
use workflow_core::timing::{DueBasis, Lead, PeriodSpan, PeriodWhich, Timing};
use workflow_core::workflow::{MissedRuns, Plan, Schedule};

use super::{Choice, Fields, Input, Problems, Section};
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
        ("every", "monthly"),
        ("position", "anchor"),
        ("ends", "never"),
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
    if !input.has("from") {
        input.set("from", words::iso(today));
    }
}

/// A plan as a form holds it: its schedule is kept unless another is chosen.
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
    input.set("when", "keep");
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

/// The sections about schedule and timing; whether acceptance may be chosen depends on whether
/// there is a proposal, and the schedule that there is already may be kept.
pub(crate) fn sections(
    input: &Input,
    problems: &Problems,
    has_proposal: bool,
    keep: Option<&Schedule>,
) -> Vec<Section> {
    let fields = Fields { input, problems };
    let mut when = vec![
        Choice::new("recurring", "Again and again").noting("On a recurrence."),
        Choice::new("on_date", "Once, on a date"),
        Choice::new("by_hand", "Once, by hand").noting("When somebody creates it in XPM here."),
    ];
    if has_proposal {
        let accepted = Choice::new("on_acceptance", "Once, on acceptance");
        when.insert(1, accepted.noting("When the proposal is accepted."));
    }
    let from_hint = match keep {
        None => "Dates before this day are never owed. Empty is today.",
        Some(_) => "Dates before this day are never owed. Empty leaves it as it is.",
    };
    if let Some(schedule) = keep {
        let kept = as_sentence(&schedule.to_string());
        when.insert(0, Choice::new("keep", "As it is").noting(kept));
    }
    vec![
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
        recurrence_section(fields),
        dates_section(fields, from_hint),
    ]
}

fn recurrence_section(fields: Fields<'_>) -> Section {
    let every = [
        ("weekly", "Every week"),
        ("fortnightly", "Every second week"),
        ("monthly", "Every month"),
        ("quarterly", "Every quarter"),
        ("half_yearly", "Every half-year"),
        ("yearly", "Every year"),
    ];
    let position = [
        ("anchor", "On the day of the first date"),
        ("last_day", "On the last day of the month"),
        ("last_business_day", "On the last business day of the month"),
    ];
    let pairs = |of: &[(&str, &str)]| {
        let choice = |(value, label): &(&str, &str)| Choice::new(*value, *label);
        of.iter().map(choice).collect::<Vec<_>>()
    };
    Section {
        legend: "The recurrence",
        class: "when-recurring",
        note: "A day that a month lacks becomes that month’s last day.",
        fields: vec![
            fields.select("every", "Repeats", "", pairs(&every)),
            fields.date("from", "From", "The rule repeats from this date."),
            fields.select(
                "position",
                "Day",
                "For months and longer; a week keeps the weekday of the first date.",
                pairs(&position),
            ),
            fields.radios(
                "ends",
                "Ends",
                "",
                vec![
                    Choice::new("never", "Never"),
                    Choice::new("on", "On a date"),
                    Choice::new("after", "After a number of dates"),
                ],
            ),
            fields.date("until", "Last date", "Compared with nominal dates."),
            fields.number("times", "Number of dates", "A skipped one counts."),
        ],
    }
}

fn dates_section(fields: Fields<'_>, from_hint: &str) -> Section {
    let missed = MISSED
        .into_iter()
        .map(|(value, missed)| Choice::new(value, as_sentence(&missed.to_string())))
        .collect();
    let due = vec![
        Choice::new("start", "On the start date"),
        Choice::new("after", "Days after the start date"),
        Choice::new("day", "On a day of a month"),
        Choice::new("last", "On the last day of a month"),
    ];
    let spans = PeriodSpan::ALL
        .into_iter()
        .map(|span| {
            Choice::new(
                span_code(span),
                as_sentence(&span.to_string()).replace('.', ""),
            )
        })
        .collect();
    Section {
        legend: "How its dates follow",
        note: "Start date, deploy date and due date are worked out from the nominal date.",
        fields: vec![
            fields.select("roll", "Start date off business days", "", rolls()),
            fields.number(
                "lead",
                "Lead",
                "How long before the start date the job is deployed, 0 to 366.",
            ),
            fields.select(
                "lead_unit",
                "Lead counts",
                "",
                vec![
                    Choice::new("days", "Days"),
                    Choice::new("business_days", "Business days"),
                ],
            ),
            fields.select("due", "Due date", "", due),
            fields.number("due_days", "Days after the start date", "0 to 731."),
            fields.number("due_day", "Day of the month", "1 to 31."),
            fields.number(
                "due_months",
                "Months after the nominal date’s",
                "0 is that month itself.",
            ),
            fields.select("due_roll", "Due date off business days", "", rolls()),
            fields.select(
                "period",
                "Period",
                "The span that the work is for, as named in texts.",
                spans,
            ),
            fields.select(
                "period_which",
                "Which period",
                "",
                vec![
                    Choice::new("current", "That of the nominal date"),
                    Choice::new("before", "The one before it (arrears)"),
                ],
            ),
            fields.date("deploys_from", "Deploys from", from_hint),
            fields.select(
                "missed",
                "Missed runs",
                "What becomes of dates that were missed while nothing ran.",
                missed,
            ),
        ],
        ..Section::default()
    }
}

pub(super) fn span_code(span: PeriodSpan) -> &'static str {
    match span {
        PeriodSpan::Month => "month",
        PeriodSpan::Quarter => "quarter",
        PeriodSpan::Year => "year",
        PeriodSpan::FinancialYear => "financial_year",
    }
}

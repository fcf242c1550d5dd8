//! What the part of a form about a recurrence looks like.

use super::{Every, NTHS, POSITIONS, WEEKDAYS};
use crate::forms::{Choice, Field, Fields, Group, Section};

/// The sections of a form that say what repeats, from when, and for how long.
pub(in crate::forms) fn sections(fields: Fields<'_>) -> Vec<Section> {
    let kinds = Every::ALL.map(|(code, every)| Choice::new(code, every.label()));
    let ends = [
        ("never", "Never"),
        ("on", "On a date"),
        ("after", "After a number of dates"),
    ];
    vec![
        Section {
            legend: "What repeats",
            class: "when-recurring",
            fields: vec![fields.radios("every", "Repeats", "", kinds.into())],
            groups: groups(fields),
            ..Section::default()
        },
        Section {
            legend: "From when, and for how long",
            class: "when-recurring span",
            fields: vec![
                fields.date(
                    "from",
                    "From",
                    "The rule repeats from this date, and weeks, months and years are counted \
                     from it.",
                ),
                fields.radios(
                    "ends",
                    "Ends",
                    "",
                    ends.map(|(code, label)| Choice::new(code, label)).into(),
                ),
                fields.date("until", "Last date", "Compared with nominal dates."),
                fields.number("times", "Number of dates", "A skipped one counts."),
            ],
            ..Section::default()
        },
    ]
}

fn groups(fields: Fields<'_>) -> Vec<Group> {
    let weekdays = || WEEKDAYS.map(|(code, _, label)| Choice::new(code, label));
    let turns = |every: Every, label: &str, hint: &str| fields.number(every.turns(), label, hint);
    vec![
        Group {
            legend: "Daily",
            class: "of-daily",
            fields: vec![turns(
                Every::Days,
                "Every how many days",
                "1 is every day; 14 every fourteenth.",
            )],
        },
        Group {
            legend: "By business days",
            class: "of-business-days",
            fields: vec![turns(
                Every::BusinessDays,
                "Every how many business days",
                "Counted by the practice’s working calendar, from the first business day.",
            )],
        },
        Group {
            legend: "Weekly",
            class: "of-weekly",
            fields: vec![
                turns(
                    Every::Weeks,
                    "Every how many weeks",
                    "1 is every week; 2 every fortnight.",
                ),
                fields.checks(
                    "weekdays",
                    "Weekdays",
                    "None is the weekday of the first date.",
                    weekdays().into(),
                ),
            ],
        },
        Group {
            legend: "Twice a month",
            class: "of-twice",
            fields: vec![
                fields.number("first_day", "One day of the month", "1 to 31."),
                fields.number(
                    "second_day",
                    "The other day",
                    "1 to 31. A day that a month lacks becomes its last day.",
                ),
            ],
        },
        Group {
            legend: "Monthly, quarterly, half-yearly or yearly",
            class: "of-months",
            fields: month_fields(fields, weekdays().into()),
        },
        Group {
            legend: "By an RRULE text",
            class: "of-rrule",
            fields: vec![fields.area(
                "rrule",
                "Rule of RFC 5545",
                "Such as FREQ=MONTHLY;BYDAY=2TU. The date from which it repeats is its DTSTART. A \
                 day that a month lacks is left out unless the text says SKIP=BACKWARD or \
                 SKIP=FORWARD.",
            )],
        },
        Group {
            legend: "As a sentence",
            class: "of-sentence",
            fields: vec![
                fields
                    .line(
                        "sentence",
                        "The rule in words",
                        "Such as “every quarter on the last business day, from 30 June 2026, 8 \
                         times”, “every 2 weeks on Monday and Friday, from 1 March 2027” or “twice \
                         a month on the 15th and the 31st, from 15 January 2027, until 31 December \
                         2027”.",
                    )
                    .with_button("sentence", "Show it as fields"),
            ],
        },
    ]
}

fn month_fields(fields: Fields<'_>, weekdays: Vec<Choice>) -> Vec<Field> {
    let positions = POSITIONS.map(|(code, _, label)| Choice::new(code, label));
    let nths = NTHS.map(|(code, _, label)| Choice::new(code, label));
    vec![
        fields.number(
            Every::Months.turns(),
            "Every how many",
            "Months, quarters, half-years or years: 1 is each of them, 2 every second.",
        ),
        fields.radios("position", "Day", "", positions.into()),
        fields.number(
            "day",
            "Day of the month",
            "1 to 31; empty is the day of the first date. A day that a month lacks becomes its \
             last day.",
        ),
        fields.select("nth", "Which", "", nths.into()),
        fields.select("weekday", "Weekday", "", weekdays),
        fields.number(
            "business_day",
            "Which business day",
            "1 to 23; the last one where the month has fewer.",
        ),
    ]
}

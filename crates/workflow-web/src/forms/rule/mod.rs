//! A recurrence as fields of a form: every kind of rule, and the fields as a recurrence again.

mod fields;
mod fill;
mod read;
#[cfg(test)]
mod tests;

use chrono::Weekday;

pub(super) use self::fields::sections;
pub(super) use self::fill::{defaults, fill};
pub(super) use self::read::{fill_from_sentence, read};

/// How a recurrence is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Every {
    Days,
    BusinessDays,
    Weeks,
    TwiceAMonth,
    Months,
    Quarters,
    HalfYears,
    Years,
    Text,
    Sentence,
}

impl Every {
    const ALL: [(&str, Self); 10] = [
        ("daily", Self::Days),
        ("business_days", Self::BusinessDays),
        ("weekly", Self::Weeks),
        ("twice_a_month", Self::TwiceAMonth),
        ("monthly", Self::Months),
        ("quarterly", Self::Quarters),
        ("half_yearly", Self::HalfYears),
        ("yearly", Self::Years),
        ("rrule", Self::Text),
        ("sentence", Self::Sentence),
    ];

    fn label(self) -> &'static str {
        match self {
            Self::Days => "Daily",
            Self::BusinessDays => "By business days",
            Self::Weeks => "Weekly",
            Self::TwiceAMonth => "Twice a month",
            Self::Months => "Monthly",
            Self::Quarters => "Quarterly",
            Self::HalfYears => "Half-yearly",
            Self::Years => "Yearly",
            Self::Text => "By an RRULE text",
            Self::Sentence => "As a sentence",
        }
    }

    /// The field that says every how many.
    fn turns(self) -> &'static str {
        match self {
            Self::Days => "every_days",
            Self::BusinessDays => "every_business_days",
            Self::Weeks => "every_weeks",
            Self::Months | Self::Quarters | Self::HalfYears | Self::Years => "every_months",
            Self::TwiceAMonth | Self::Text | Self::Sentence => "every",
        }
    }

    /// How many months a turn has.
    fn months(self) -> u32 {
        match self {
            Self::Quarters => 3,
            Self::HalfYears => 6,
            Self::Years => 12,
            _ => 1,
        }
    }

    /// The field that holds a part of the recurrence which the core names, and its label; no label
    /// where the core's own words say which part it is.
    fn field(self, part: &str) -> (&'static str, &'static str) {
        match (self, part) {
            (Self::Sentence, _) => ("sentence", ""),
            (_, "from") => ("from", "From"),
            (_, "until") => ("until", "Last date"),
            (_, "times") => ("times", "Number of dates"),
            (Self::Text, _) => ("rrule", ""),
            (_, "every") => (self.turns(), "Every how many"),
            (Self::TwiceAMonth, "day") => ("second_day", "The two days"),
            (_, "day") => ("day", "Day of the month"),
            (_, "nth_business_day") => ("business_day", "Which business day"),
            (_, "on") => ("weekdays", "Weekdays"),
            _ => ("every", ""),
        }
    }
}

/// On which date of a month a rule in months fires.
#[derive(Clone, Copy, Debug)]
enum Position {
    Day,
    LastDay,
    NthWeekday,
    LastWeekday,
    NthBusinessDay,
    LastBusinessDay,
}

const POSITIONS: [(&str, Position, &str); 6] = [
    ("day", Position::Day, "On a day of the month"),
    ("last_day", Position::LastDay, "On the last day"),
    (
        "nth_weekday",
        Position::NthWeekday,
        "On the first to fifth of a weekday",
    ),
    (
        "last_weekday",
        Position::LastWeekday,
        "On the last of a weekday",
    ),
    (
        "nth_business_day",
        Position::NthBusinessDay,
        "On a business day, counted from the first",
    ),
    (
        "last_business_day",
        Position::LastBusinessDay,
        "On the last business day",
    ),
];

const NTHS: [(&str, u8, &str); 5] = [
    ("1", 1, "First"),
    ("2", 2, "Second"),
    ("3", 3, "Third"),
    ("4", 4, "Fourth"),
    ("5", 5, "Fifth, or the last where there are four"),
];

const WEEKDAYS: [(&str, Weekday, &str); 7] = [
    ("mon", Weekday::Mon, "Monday"),
    ("tue", Weekday::Tue, "Tuesday"),
    ("wed", Weekday::Wed, "Wednesday"),
    ("thu", Weekday::Thu, "Thursday"),
    ("fri", Weekday::Fri, "Friday"),
    ("sat", Weekday::Sat, "Saturday"),
    ("sun", Weekday::Sun, "Sunday"),
];

/// Every field that says something of the recurrence.
const FIELDS: [&str; 19] = [
    "every",
    "every_days",
    "every_business_days",
    "every_weeks",
    "weekdays",
    "first_day",
    "second_day",
    "every_months",
    "position",
    "day",
    "nth",
    "weekday",
    "business_day",
    "rrule",
    "sentence",
    "from",
    "ends",
    "until",
    "times",
];

//! Why a rule is refused: which field, and the reason.

use chrono::NaiveDate;

use super::rfc5545::RuleTextError;
use super::words::Long;

/// A rule that cannot be saved.
///
/// ```
/// use workflow_core::recurrence::Recurrence;
/// let anchor = chrono::NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
/// let error = Recurrence::monthly().on_day(32).from(anchor).build().unwrap_err();
/// assert_eq!(error.field(), "day");
/// assert_eq!(error.to_string(), "day: 32 is not within 1 to 31");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecurrenceError {
    /// The builder was given no anchor.
    #[error("from: a rule needs the date from which it repeats")]
    NoAnchor,
    /// The anchor cannot be reached by any rule.
    #[error("from: the year {year} is not within 1 to 9999")]
    AnchorOutOfRange {
        /// The anchor's year.
        year: i32,
    },
    /// A number outside the range of its field.
    #[error("{field}: {given} is not within {lowest} to {highest}")]
    OutOfRange {
        /// The field: `every`, `day`, `nth`.
        field: &'static str,
        /// What was given.
        given: u32,
        /// The lowest number that the field takes.
        lowest: u32,
        /// The highest.
        highest: u32,
    },
    /// A weekly rule without a weekday.
    #[error("on: a weekly rule needs at least one weekday")]
    NoWeekday,
    /// A setting that this kind of rule does not have.
    #[error("{field}: {kind} has no such setting")]
    NotForThisKind {
        /// The setting.
        field: &'static str,
        /// The kind of rule.
        kind: &'static str,
    },
    /// Two parts of the rule name the same date, so that two occurrences would share an identity.
    #[error("{field}: the rule would fire twice on one date: {reason}")]
    FiresTwice {
        /// The field to change.
        field: &'static str,
        /// Why it fires twice.
        reason: &'static str,
    },
    /// There is no date on which the rule fires.
    #[error("{field}: the rule would never fire: {reason}")]
    NeverFires {
        /// The field to change.
        field: &'static str,
        /// Why it never fires.
        reason: NeverFires,
    },
    /// The text is not a rule of RFC 5545.
    #[error(transparent)]
    Text(#[from] RuleTextError),
    /// The text ends at an instant, whose date depends on a zone.
    #[error("UNTIL: an instant has no date without a time zone; give a date or the zone")]
    UntilNeedsZone,
    /// The sentence says something that is not understood.
    #[error("sentence: {expected} is expected at {found:?}")]
    Sentence {
        /// What could stand there.
        expected: &'static str,
        /// The words found, shortened; empty at the end of the sentence.
        found: String,
    },
}

impl RecurrenceError {
    /// The field that is at fault, as its message names it.
    #[must_use]
    pub fn field(&self) -> &str {
        match self {
            Self::NoAnchor | Self::AnchorOutOfRange { .. } => "from",
            Self::OutOfRange { field, .. }
            | Self::NotForThisKind { field, .. }
            | Self::FiresTwice { field, .. }
            | Self::NeverFires { field, .. } => field,
            Self::NoWeekday => "on",
            Self::Text(error) => error.part(),
            Self::UntilNeedsZone => "UNTIL",
            Self::Sentence { .. } => "sentence",
        }
    }
}

/// Why a rule has no date at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NeverFires {
    /// It ends after no dates.
    #[error("it ends after 0 dates")]
    NoTimes,
    /// It ends before its first date.
    #[error("it ends on {until}, and its first date would be {first}", until = Long(*.until), first = Long(*.first))]
    EndsBeforeFirst {
        /// The last date that the end allows.
        until: NaiveDate,
        /// The rule's first date.
        first: NaiveDate,
    },
    /// No date fits all its parts up to the year 9999.
    #[error("no date fits all of its parts")]
    NoSuchDate,
    /// The calendar has no business day where the rule needs one.
    #[error("the working calendar has no business day for it")]
    NoBusinessDay,
}

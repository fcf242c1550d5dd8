//! Why a text was not read as iCalendar.

use crate::recurrence::RecurrenceError;

/// Why a text was not read, and on which line.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct ReadError {
    line: usize,
    fault: Fault,
}

impl ReadError {
    pub(super) fn new(line: usize, fault: Fault) -> Self {
        Self { line, fault }
    }

    /// The line, from 1; of a folded line, the first of its lines.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// What is wrong there.
    #[must_use]
    pub fn fault(&self) -> &Fault {
        &self.fault
    }
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The text does not begin as iCalendar does.
    #[error("must be BEGIN:VCALENDAR, as the first line of an iCalendar file")]
    NoCalendar,
    /// The text is larger than is read.
    #[error("the file has {found} bytes, more than {most}")]
    TooLarge {
        /// How many it has.
        found: usize,
        /// The most that are read.
        most: usize,
    },
    /// There are more of something than are read.
    #[error("there are more than {most} {what}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The most that are read.
        most: usize,
    },
    /// A line that is no `NAME;PARAMETER=value:value`.
    #[error("must be a name, a colon and a value")]
    NotALine,
    /// A component that is not closed.
    #[error("BEGIN:{component} has no END:{component}")]
    NotClosed {
        /// Its name.
        component: String,
    },
    /// An end of something else than what was begun last.
    #[error("END:{found} closes nothing that is open")]
    NotOpen {
        /// What it would close.
        found: String,
    },
    /// Text outside of any calendar.
    #[error("stands outside of BEGIN:VCALENDAR and END:VCALENDAR")]
    Outside,
    /// An event without something that it needs.
    #[error("the event has no {property}")]
    Missing {
        /// What it lacks.
        property: &'static str,
    },
    /// A property that an event may have once has it twice, or beside one that excludes it.
    #[error("{property} is given, and so is {other}")]
    Twice {
        /// The property of this line.
        property: &'static str,
        /// The one of an earlier line.
        other: &'static str,
    },
    /// A value that cannot be read.
    #[error("{property} must be {wanted}, got {found:?}")]
    Value {
        /// Of which property.
        property: &'static str,
        /// What it has to be.
        wanted: &'static str,
        /// What stands there, cut where it is long.
        found: String,
    },
    /// An event that ends before it starts.
    #[error("DTEND is before DTSTART")]
    EndsBeforeStart,
    /// An event that is longer than is read.
    #[error("the event lasts more than {most} days")]
    TooLong {
        /// The most days.
        most: u32,
    },
    /// A rule of repetition that is not understood.
    #[error("RRULE: {0}")]
    Rule(RecurrenceError),
}

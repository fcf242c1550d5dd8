//! Why a text is not a recurrence rule: which part of it, and what is wrong with that part.

use std::fmt;

/// A text that is no recurrence rule.
///
/// ```
/// use workflow_core::recurrence::rfc5545::RuleText;
/// let error = "FREQ=MONTHLY;BYMONTHDAY=32".parse::<RuleText>().unwrap_err();
/// assert_eq!(error.part(), "BYMONTHDAY");
/// assert_eq!(error.to_string(), "BYMONTHDAY: 32 is not within 1 to 31 or -31 to -1");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{part}: {fault}")]
pub struct RuleTextError {
    part: Box<str>,
    fault: RuleTextFault,
}

impl RuleTextError {
    /// Names the part, shortened where it came from the text itself.
    pub(crate) fn new(part: &str, fault: RuleTextFault) -> Self {
        Self {
            part: shortened(part).into(),
            fault,
        }
    }

    /// The part of the rule that is at fault, such as `BYMONTHDAY`; `RRULE` for the whole text.
    #[must_use]
    pub fn part(&self) -> &str {
        &self.part
    }

    /// What is wrong with it.
    #[must_use]
    pub fn fault(&self) -> &RuleTextFault {
        &self.fault
    }
}

/// At most this many characters of the text are repeated in an error.
const SHOWN: usize = 40;

/// Text from outside, cut to a length fit for a message.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

/// What is wrong with a part of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuleTextFault {
    /// The text is longer than any rule.
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// The part has to be there.
    Missing,
    /// The part is there more than once.
    GivenTwice,
    /// There is no part of that name.
    Unknown,
    /// The part has no value, or an item of its list has none.
    Empty,
    /// The value is not of the form that the part takes.
    Malformed {
        /// The value, shortened.
        value: String,
        /// The form expected.
        expected: &'static str,
    },
    /// A number outside the part's range.
    OutOfRange {
        /// The value, shortened.
        value: String,
        /// The range, in words.
        range: &'static str,
    },
    /// RFC 5545 forbids the part beside another, or at this frequency.
    NotWith {
        /// What it is forbidden with.
        other: &'static str,
    },
    /// The part means nothing without another BYxxx part.
    NeedsAnother,
    /// Rules that repeat within a day are not for schedules.
    WithinTheDay,
}

impl fmt::Display for RuleTextFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong { bytes } => write!(
                f,
                "{bytes} bytes are more than the {} that a rule may have",
                super::RuleText::MAX_BYTES
            ),
            Self::Missing => f.write_str("is missing"),
            Self::GivenTwice => f.write_str("is given twice"),
            Self::Unknown => f.write_str("is not a part of a recurrence rule"),
            Self::Empty => f.write_str("has no value"),
            Self::Malformed { value, expected } => write!(f, "{value:?} is not {expected}"),
            Self::OutOfRange { value, range } => write!(f, "{value} is not within {range}"),
            Self::NotWith { other } => write!(f, "is not allowed with {other}"),
            Self::NeedsAnother => f.write_str("needs another BYxxx part to choose from"),
            Self::WithinTheDay => {
                f.write_str("must be DAILY, WEEKLY, MONTHLY or YEARLY, not within the day")
            }
        }
    }
}

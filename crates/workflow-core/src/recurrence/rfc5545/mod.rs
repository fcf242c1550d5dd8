//! Recurrence rules as RFC 5545 writes them, evaluated by arithmetic on months.
//!
//! [`RuleText`] is the text with its parts read and checked. With a start and a zone it becomes a
//! [`Series`] of instants. A schedule, which knows dates alone, takes such a text through
//! [`Recurrence::from_rrule`](super::Recurrence::from_rrule).
//!
//! All of DAILY to YEARLY is covered: every BYxxx part, BYSETPOS (counted from the start of the
//! interval), WKST, and the SKIP of RFC 7529. Rules that repeat within the day are refused.

mod error;
mod parse;
mod parts;
mod plan;
mod series;
mod times;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use chrono::NaiveDateTime;

pub(crate) use self::error::shortened;
pub use self::error::{RuleTextError, RuleTextFault};
pub(crate) use self::parts::Parts;
pub use self::parts::{Frequency, Skip, Until};
pub(crate) use self::plan::{Cursor, Plan};
pub use self::series::{Instants, Series};
use crate::canonical::{Canonical, Encoder};
use crate::zone::Zone;

/// How strictly a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reading {
    /// What RFC 5545 forbids is refused.
    #[default]
    Strict,
    /// Parts that RFC 5545 forbids together are read as python-dateutil and others read them: each
    /// further limits the dates, an ordinal in BYDAY is not looked at in WEEKLY and DAILY, and of
    /// COUNT and UNTIL the earlier end holds. For rules that other programs have written.
    Lenient,
}

/// The text of a recurrence rule, with its parts read and checked.
///
/// It keeps the text as it came in: what is printed, stored and compared is that text.
///
/// ```
/// use workflow_core::recurrence::rfc5545::RuleText;
/// let rule: RuleText = "FREQ=MONTHLY;BYMONTHDAY=31".parse()?;
/// assert_eq!(rule.to_string(), "FREQ=MONTHLY;BYMONTHDAY=31");
/// let error = "FREQ=WEEKLY;BYDAY=2FR".parse::<RuleText>().unwrap_err();
/// assert_eq!(error.to_string(), "BYDAY: is not allowed with FREQ=WEEKLY when it counts weekdays");
/// # Ok::<(), workflow_core::recurrence::rfc5545::RuleTextError>(())
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct RuleText(Arc<Read>);

#[derive(Debug)]
struct Read {
    text: String,
    parts: Parts,
}

impl RuleText {
    /// The longest text accepted, in bytes.
    pub const MAX_BYTES: usize = 8192;

    /// Reads a rule, with or without `RRULE:` before it.
    ///
    /// # Errors
    /// [`RuleTextError`] names the part that is missing, unknown, given twice, empty, malformed,
    /// out of its range, or forbidden with another.
    ///
    /// ```
    /// use workflow_core::recurrence::rfc5545::{Reading, RuleText};
    /// assert!(RuleText::parse("FREQ=WEEKLY;BYMONTHDAY=1", Reading::Lenient).is_ok());
    /// assert!(RuleText::parse("FREQ=WEEKLY;BYMONTHDAY=1", Reading::Strict).is_err());
    /// assert!(RuleText::parse("FREQ=WEEKLY;BYDAY=MO,éU", Reading::Lenient).is_err());
    /// ```
    pub fn parse(text: &str, reading: Reading) -> Result<Self, RuleTextError> {
        let parts = parse::parse(text, reading)?;
        Ok(Self(Arc::new(Read {
            text: text.to_owned(),
            parts,
        })))
    }

    /// The text as it came in.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// How often its interval comes round.
    #[must_use]
    pub fn frequency(&self) -> Frequency {
        self.0.parts.frequency
    }

    /// Every how many days, weeks, months or years.
    #[must_use]
    pub fn interval(&self) -> u32 {
        self.0.parts.interval
    }

    /// After how many occurrences it ends, if it says so.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        self.0.parts.count
    }

    /// Until when it goes on, if it says so.
    #[must_use]
    pub fn until(&self) -> Option<Until> {
        self.0.parts.until
    }

    /// What becomes of a day that a month lacks.
    #[must_use]
    pub fn skip(&self) -> Skip {
        self.0.parts.skip
    }

    /// The part that names several times of day, so that the rule fires more than once on a date;
    /// `None` where there is no such part.
    #[must_use]
    pub fn several_times(&self) -> Option<&'static str> {
        self.0.parts.several_times()
    }

    /// The rule's occurrences on or after `start` (its DTSTART, in local time) in the zone.
    ///
    /// The start is an occurrence only where the rule generates it. A start after the year
    /// 9999 has none.
    #[must_use]
    pub fn series(&self, start: NaiveDateTime, zone: &Zone) -> Series {
        Series::new(&self.0.parts, start, zone)
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0.parts
    }
}

impl PartialEq for RuleText {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for RuleText {}

impl fmt::Display for RuleText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl FromStr for RuleText {
    type Err = RuleTextError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text, Reading::Strict)
    }
}

impl TryFrom<String> for RuleText {
    type Error = RuleTextError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RuleText> for String {
    fn from(rule: RuleText) -> Self {
        rule.0.text.clone()
    }
}

impl Canonical for RuleText {
    fn encode(&self, out: &mut Encoder) {
        out.text(&self.0.text);
    }
}

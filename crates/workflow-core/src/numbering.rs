//! Who numbers the jobs that a practice deploys.
//!
//! Unless told otherwise, XPM does: a new job gets the next number of the practice's sequence
//! (`J000123`), and one whose reply was lost is found by its marker. A practice may have its jobs
//! numbered here instead. The number is then known before the job is created, is the same on every
//! attempt, and one exact read tells whether the job is there.

#[cfg(feature = "proptest")]
mod strategies;

use std::fmt;
use std::str::FromStr;

#[cfg(feature = "proptest")]
pub use self::strategies::{arb_job_numbering, arb_number_prefix};
use crate::canonical::canonical;
use crate::deployment::Marker;
use crate::ids::{IdError, JobNumber};

/// Who numbers the jobs that a practice deploys.
///
/// ```
/// use workflow_core::deployment::Marker;
/// use workflow_core::numbering::JobNumbering;
/// let marker = Marker::try_from("4N3FSY61N35KF50T".to_owned())?;
/// assert_eq!(JobNumbering::Xpm.number(&marker), None);
/// let own = JobNumbering::Own { prefix: "WF-".parse()? };
/// assert_eq!(own.number(&marker).unwrap().as_str(), "WF-4N3FSY61N3");
/// # Ok::<(), workflow_core::ids::IdError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum JobNumbering {
    /// XPM: the next number of the practice's own sequence.
    #[default]
    Xpm,
    /// This software: the prefix, and a code that is made from the occurrence.
    Own {
        /// What the practice has its numbers begin with.
        prefix: NumberPrefix,
    },
}
// Left out of the practice where it is as it always was: entries that were written before there
// was a choice keep their hashes.
canonical!(enum JobNumbering absent Xpm { Xpm, Own { prefix } });

impl JobNumbering {
    /// The number of the job of the occurrence with that marker; `None` where XPM numbers it.
    ///
    /// It is made from the marker, so it is the same on every attempt and belongs to one
    /// occurrence for good. Its 50 bits make it improbable, and not impossible, that two
    /// occurrences of a practice get the same; what bears the number without the marker is never
    /// taken for the job.
    #[must_use]
    pub fn number(&self, marker: &Marker) -> Option<JobNumber> {
        let Self::Own { prefix } = self else {
            return None;
        };
        let code = marker.as_str().get(..CODE)?;
        format!("{prefix}{code}").parse().ok()
    }

    #[cfg(feature = "serde")]
    pub(crate) fn is_xpm(&self) -> bool {
        *self == Self::Xpm
    }
}

impl fmt::Display for JobNumbering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Xpm => f.write_str("numbered by XPM"),
            Self::Own { prefix } => write!(f, "numbered here, from {prefix}"),
        }
    }
}

/// How many characters of the marker a number holds, of 5 bits each.
const CODE: usize = 10;

/// What the numbers of a practice's jobs begin with: 1 to 6 upper-case letters, digits and
/// hyphens, a letter first, such as `WF-`.
///
/// With the code a number has 16 characters at most. XPM states neither a length nor a set of
/// characters; both are ours, and narrow.
///
/// ```
/// use workflow_core::numbering::NumberPrefix;
/// let prefix: NumberPrefix = "WF-".parse()?;
/// assert_eq!(prefix.as_str(), "WF-");
/// let refused = "7/24".parse::<NumberPrefix>().unwrap_err();
/// assert_eq!(refused.field(), "job number prefix");
/// # Ok::<(), workflow_core::ids::IdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct NumberPrefix(String);
canonical!(newtype NumberPrefix);

impl NumberPrefix {
    /// The most characters that it may have.
    pub const LONGEST: usize = 6;

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NumberPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for NumberPrefix {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let sound = (1..=Self::LONGEST).contains(&text.len())
            && text.starts_with(|first: char| first.is_ascii_uppercase())
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
        if sound {
            Ok(Self(text.to_owned()))
        } else {
            let rule = "must be 1 to 6 upper-case letters, digits and hyphens, a letter first";
            Err(IdError::new("job number prefix", rule, text))
        }
    }
}

impl TryFrom<String> for NumberPrefix {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<NumberPrefix> for String {
    fn from(prefix: NumberPrefix) -> Self {
        prefix.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_short_and_plain() {
        for sound in ["W", "WF-", "A1-B2-"] {
            assert_eq!(sound.parse::<NumberPrefix>().unwrap().as_str(), sound);
        }
        for faulty in ["", "wf", "1W", "-W", "ABCDEFG", "W F", "É", "W/"] {
            assert!(faulty.parse::<NumberPrefix>().is_err(), "{faulty:?}");
        }
    }

    #[test]
    fn a_number_has_sixteen_characters_at_most() {
        let marker = Marker::try_from("4N3FSY61N35KF50T".to_owned()).unwrap();
        let prefix = "ABCDE-".parse().unwrap();
        let number = JobNumbering::Own { prefix }.number(&marker).unwrap();
        assert_eq!(number.as_str(), "ABCDE-4N3FSY61N3");
    }
}

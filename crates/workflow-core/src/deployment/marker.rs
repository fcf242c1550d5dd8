//! The marker: how a job is recognised after its reply was lost.

use std::fmt;

use crate::billing::ALPHABET;
use crate::canonical::canonical;
use crate::deployment::Digest;
use crate::ids::{IdError, PracticeId, WorkflowId};
use crate::workflow::Occurrence;

/// A short text, unique for an occurrence, that the job's description ends with.
///
/// It is computed from what the occurrence is, so that it is the same on every attempt, whoever
/// makes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct Marker(String);
canonical!(newtype Marker);

/// How many characters of 5 bits: 80 bits, so that no two occurrences share one.
const LENGTH: usize = 16;

impl Marker {
    /// The marker of an occurrence.
    #[must_use]
    pub fn of(practice: &PracticeId, workflow: WorkflowId, occurrence: Occurrence) -> Self {
        let digest = Digest::of(&[
            b"marker 1\0",
            practice.as_str().as_bytes(),
            b"\0",
            workflow.uuid().as_bytes(),
            occurrence.to_string().as_bytes(),
        ]);
        let bits = u128::from_str_radix(&digest.as_str()[..32], 16).unwrap_or_default();
        let code = (0..LENGTH).map(|i| ALPHABET[(bits >> (5 * i)) as usize & 31] as char);
        Self(code.collect())
    }

    /// The 16 characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The line that a description ends with.
    #[must_use]
    pub fn line(&self) -> String {
        format!("ref: {}", self.0)
    }

    /// A description that ends with the marker.
    #[must_use]
    pub fn written_under(&self, description: &str) -> String {
        if description.is_empty() {
            self.line()
        } else {
            format!("{description}\n\n{}", self.line())
        }
    }

    /// Every marker line in a description.
    ///
    /// ```
    /// use workflow_core::deployment::Marker;
    /// let [found] = &Marker::all_in("BAS\n\nref: 0123456789ABCDEF")[..] else { panic!("one") };
    /// assert_eq!(found.line(), "ref: 0123456789ABCDEF");
    /// assert!(Marker::all_in("ref: 0123").is_empty());
    /// ```
    #[must_use]
    pub fn all_in(description: &str) -> Vec<Self> {
        let texts = description.split("ref: ").skip(1);
        let codes = texts.filter_map(|text| {
            let end = text
                .find(|c: char| !c.is_ascii_alphanumeric())
                .unwrap_or(text.len());
            Self::try_from(text[..end].to_owned()).ok()
        });
        codes.collect()
    }

    /// Whether a description bears the marker, wherever people have moved it to.
    #[must_use]
    pub fn is_in(&self, description: &str) -> bool {
        description.contains(&self.0)
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Marker {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        if text.len() == LENGTH && text.bytes().all(|b| ALPHABET.contains(&b)) {
            Ok(Self(text))
        } else {
            Err(IdError::new(
                "marker",
                "must be 16 letters and digits",
                &text,
            ))
        }
    }
}

impl From<Marker> for String {
    fn from(marker: Marker) -> Self {
        marker.0
    }
}

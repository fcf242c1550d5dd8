//! Billing levels: on which job the invoices of a client or of a proposal land.
//!
//! One workflow at a time is nominated for a level. The reference belongs to the level and never
//! changes; each job that the nominated workflow deploys carries it, and XPM gives invoices to
//! the latest-created open job with that reference.

#[cfg(feature = "proptest")]
mod strategies;

use std::fmt;

#[cfg(feature = "proptest")]
pub use self::strategies::{arb_billing_level, arb_level, arb_level_of, arb_reference};
use crate::canonical::canonical;
use crate::ids::{ClientId, IdError, JobNumber, ProposalId, WorkflowId};

/// At which level a workflow's jobs take invoices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum BillingLevel {
    /// All of the client's invoices.
    Client,
    /// One proposal's invoices.
    Proposal,
    /// None.
    #[default]
    NonBilling,
}
canonical!(
    enum BillingLevel {
        Client,
        Proposal,
        NonBilling,
    }
);

impl fmt::Display for BillingLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client level",
            Self::Proposal => "proposal level",
            Self::NonBilling => "non-billing",
        })
    }
}

/// What a level belongs to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum LevelOf {
    /// The client level of a client.
    Client(ClientId),
    /// The proposal level of a proposal.
    Proposal(ProposalId),
}
canonical!(
    enum LevelOf {
        Client(id),
        Proposal(id),
    }
);

impl LevelOf {
    /// Which level it is.
    #[must_use]
    pub fn level(&self) -> BillingLevel {
        match self {
            Self::Client(_) => BillingLevel::Client,
            Self::Proposal(_) => BillingLevel::Proposal,
        }
    }
}

impl fmt::Display for LevelOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client(id) => write!(f, "client {id}"),
            Self::Proposal(id) => write!(f, "proposal {id}"),
        }
    }
}

/// A level: its reference, and who is nominated for it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Level {
    /// What it belongs to.
    pub of: LevelOf,
    /// Its reference, for life.
    pub reference: Reference,
    /// Who is nominated, if anybody is.
    pub nominee: Option<Nominee>,
}
canonical!(struct Level { of, reference, nominee });

impl Level {
    /// What invoices of the level carry, so that XPM gives them to the billing job: the number of
    /// a job that was nominated itself, and else the reference.
    #[must_use]
    pub fn carried_by_invoices(&self) -> &str {
        match &self.nominee {
            Some(Nominee::Job(number)) => number.as_str(),
            Some(Nominee::Workflow(_)) | None => self.reference.as_str(),
        }
    }

    /// The level that an invoice belongs to: where both apply, the proposal's wins.
    ///
    /// A level without a nominee applies to nothing.
    #[must_use]
    pub fn of_invoice<'a>(
        client: Option<&'a Self>,
        proposal: Option<&'a Self>,
    ) -> Option<&'a Self> {
        let applies = |level: &&Self| level.nominee.is_some();
        proposal.filter(applies).or(client.filter(applies))
    }

    /// Whether that workflow is nominated.
    #[must_use]
    pub fn is_held_by(&self, workflow: WorkflowId) -> bool {
        self.nominee == Some(Nominee::Workflow(workflow))
    }
}

/// Who is nominated for a level.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Nominee {
    /// A workflow: each job that it deploys carries the reference.
    Workflow(WorkflowId),
    /// A job that exists: invoices carry its number instead of the reference.
    Job(JobNumber),
}
canonical!(
    enum Nominee {
        Workflow(id),
        Job(number),
    }
);

/// The text that ties invoices to the billing job: `CLI-…` or `PROP-…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct Reference(String);
canonical!(newtype Reference);

/// Letters and digits that cannot be mistaken for one another (Crockford's base 32).
pub(crate) const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Reference {
    /// A reference for a level, from bits that the id source supplied: 8 characters of 5 bits.
    ///
    /// ```
    /// use workflow_core::billing::{LevelOf, Reference};
    /// let level = LevelOf::Proposal("P-17".parse()?);
    /// assert_eq!(Reference::generate(&level, 0).as_str(), "PROP-00000000");
    /// # Ok::<(), workflow_core::ids::IdError>(())
    /// ```
    #[must_use]
    pub fn generate(of: &LevelOf, bits: u64) -> Self {
        let prefix = match of {
            LevelOf::Client(_) => "CLI-",
            LevelOf::Proposal(_) => "PROP-",
        };
        let code = (0..8).map(|i| ALPHABET[(bits >> (5 * i)) as usize & 31] as char);
        Self(prefix.chars().chain(code).collect())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Reference {
    type Error = IdError;

    /// # Errors
    ///
    /// [`IdError`] unless it is 1 to 50 characters of A-Z, 0-9 and hyphen.
    fn try_from(text: String) -> Result<Self, IdError> {
        let fits = (1..=50).contains(&text.len())
            && text
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-');
        if fits {
            Ok(Self(text))
        } else {
            Err(IdError::new(
                "reference",
                "must be 1 to 50 of A-Z, 0-9 and hyphen",
                &text,
            ))
        }
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.0
    }
}

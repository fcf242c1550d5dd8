//! Identities: one type for each thing that has one, so that no two can be mixed up.
//!
//! What XPM identifies (clients, staff, job templates, categories, jobs) carries XPM's UUID. What
//! the host application identifies (practices, proposals, services, people) carries the host's own
//! text. Workflows are ours.

#[cfg(feature = "proptest")]
mod strategies;

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

#[cfg(feature = "proptest")]
pub use self::strategies::{
    arb_category_id, arb_client_id, arb_command_key, arb_holder_id, arb_job_id, arb_job_number,
    arb_person_id, arb_practice_id, arb_proposal_id, arb_service_id, arb_staff_id, arb_template_id,
    arb_uuid, arb_workflow_id,
};
use crate::canonical::canonical;

/// Why a text is no identity: see [`IdError::field`] for which one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {reason}, got {got:?}")]
pub struct IdError {
    field: &'static str,
    reason: &'static str,
    got: String,
}

impl IdError {
    /// The kind of identity that was asked for, in the product's words.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// What it has to be.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason
    }

    pub(crate) fn new(field: &'static str, reason: &'static str, got: &str) -> Self {
        Self {
            field,
            reason,
            got: got.chars().take(80).collect(),
        }
    }
}

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident, $field:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(transparent))]
        pub struct $name(Uuid);
        canonical!(newtype $name);

        impl $name {
            /// Wraps a UUID.
            #[must_use]
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Uuid::parse_str(text)
                    .map(Self)
                    .map_err(|_| IdError::new($field, "must be a UUID", text))
            }
        }
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $field:literal, $check:expr, $rule:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
        #[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
        pub struct $name(String);
        canonical!(newtype $name);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(IdError::new($field, $rule, text))
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

fn is_slug(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn is_host_key(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.trim() == text && !text.chars().any(char::is_control)
}

text_id!(
    /// A practice, by the name that the host application knows it under, such as `acme`.
    ///
    /// ```
    /// use workflow_core::ids::PracticeId;
    /// let practice: PracticeId = "acme".parse()?;
    /// assert_eq!(practice.as_str(), "acme");
    /// assert!("Acme & Co".parse::<PracticeId>().is_err());
    /// # Ok::<(), workflow_core::ids::IdError>(())
    /// ```
    PracticeId, "practice", is_slug,
    "must be 1 to 64 lower-case letters, digits and hyphens"
);
text_id!(
    /// A proposal, by the host application's own key.
    ProposalId, "proposal", is_host_key,
    "must be 1 to 128 characters without control characters or outer spaces"
);
text_id!(
    /// A service within a proposal, by the host application's own key.
    ServiceId, "service", is_host_key,
    "must be 1 to 128 characters without control characters or outer spaces"
);
text_id!(
    /// One of the practice's own people, by the host application's key.
    ///
    /// A person is linked to a member of XPM's staff ([`StaffId`]), or not yet.
    PersonId, "person", is_host_key,
    "must be 1 to 128 characters without control characters or outer spaces"
);
text_id!(
    /// The number by which people know a job in XPM, such as `J000123`.
    JobNumber, "job number", is_host_key,
    "must be 1 to 128 characters without control characters or outer spaces"
);
text_id!(
    /// Whoever holds a practice's lease: new at each start, never the name of a machine.
    HolderId, "holder", is_host_key,
    "must be 1 to 128 characters without control characters or outer spaces"
);
text_id!(
    /// A caller's key that makes a command repeatable: the same key is carried out once.
    CommandKey, "command key", is_host_key,
    "must be 1 to 128 characters without control characters or outer spaces"
);

uuid_id!(
    /// A client of the practice, by its XPM UUID.
    ClientId, "client"
);
uuid_id!(
    /// A workflow.
    WorkflowId, "workflow"
);
uuid_id!(
    /// A member of staff in XPM.
    StaffId, "staff"
);
uuid_id!(
    /// A job template in XPM.
    TemplateId, "job template"
);
uuid_id!(
    /// A job category in XPM.
    CategoryId, "category"
);
uuid_id!(
    /// A job in XPM, by its UUID. People know it by its [`JobNumber`].
    JobId, "job"
);
uuid_id!(
    /// An endpoint that a practice's webhooks are sent to.
    WebhookId, "webhook"
);

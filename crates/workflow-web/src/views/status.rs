//! Active and inactive, as a word, a colour and a sentence.

use workflow_core::workflow::{Awaiting, Status, Workflow};

/// How something looks: the class of its badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Goes by itself.
    Good,
    /// A person has to look.
    Bad,
    /// Waits for a person or for somebody else.
    Waits,
    /// Over, or left out.
    Quiet,
}

impl Tone {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Waits => "waits",
            Self::Quiet => "quiet",
        }
    }
}

/// A workflow's status as a page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StatusView {
    /// The words of the product, such as `active, next on 30 Nov 2026`.
    pub(crate) text: String,
    pub(crate) tone: Tone,
    pub(crate) is_active: bool,
    pub(crate) needs_attention: bool,
}

impl StatusView {
    pub(crate) fn of(workflow: &Workflow) -> Self {
        let status = workflow.status();
        let tone = match &status {
            Status::Active(Awaiting::Attention { .. }) => Tone::Bad,
            Status::Active(Awaiting::Date(_)) => Tone::Good,
            Status::Active(Awaiting::Acceptance | Awaiting::Resume { .. } | Awaiting::Person) => {
                Tone::Waits
            }
            Status::Inactive(_) => Tone::Quiet,
        };
        Self {
            text: status.to_string(),
            tone,
            is_active: status.is_active(),
            needs_attention: tone == Tone::Bad,
        }
    }
}

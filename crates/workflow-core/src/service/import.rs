//! Importing a practice: all of it in one unit, or nothing.
//!
//! An import is idempotent: what is there already and the same is left alone, what differs is
//! changed, and nothing is taken away. A workflow is recognised by the key that the file gives it.

use super::levels::TakeOver;
use super::new_workflow::NewWorkflow;
use super::records::upsert;
use super::{By, CommandError, Committed, PracticeHandle};
use crate::audit::Subject;
use crate::deployment::Digest;
use crate::ids::{CommandKey, PracticeId, WorkflowId};
use crate::ports::store::{Record, Unit, Version};
use crate::practice::{Client, Listing, Person, Practice};
use crate::proposal::{Proposal, ProposalState};
use crate::workflow::decide::Refusal;
use crate::workflow::{Plan, Workflow};

/// What is imported.
#[derive(Clone, Debug)]
pub struct Importing {
    /// The practice itself.
    pub practice: Practice,
    /// Its people.
    pub people: Vec<Person>,
    /// What is known of XPM's directory.
    pub listings: Vec<Listing>,
    /// Its clients.
    pub clients: Vec<Client>,
    /// Its proposals.
    pub proposals: Vec<Proposal>,
    /// Its workflows.
    pub workflows: Vec<ImportedWorkflow>,
}

/// One workflow of an import.
#[derive(Clone, Debug)]
pub struct ImportedWorkflow {
    /// By which it is recognised in every import.
    pub key: CommandKey,
    /// The workflow.
    pub workflow: NewWorkflow,
    /// Whether an acceptance that lies before the import deploys.
    pub accepted_before: AcceptedBefore,
}

/// What an import does with a workflow that deploys on acceptance, and whose proposal was accepted
/// before the workflow was imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AcceptedBefore {
    /// It deploys nothing: its work is in XPM already.
    #[default]
    DeploysNothing,
    /// It deploys, since the file says so.
    Deploys,
}

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// Things that are new.
    pub added: usize,
    /// Things that were changed.
    pub changed: usize,
    /// Things that were there already and the same.
    pub unchanged: usize,
}

/// A fault in what is imported, by the place in its list.
#[derive(Debug)]
pub struct ImportFault {
    /// `clients`, `proposals`, `workflows` and so on.
    pub list: &'static str,
    /// The place in that list, from 0.
    pub index: usize,
    /// What is wrong.
    pub error: CommandError,
}

/// Why an import did nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// There are faults: at most 100 are named. Nothing was imported.
    #[error("{} faults in what was to be imported", .0.len())]
    Faults(Vec<ImportFault>),
    /// The store failed or somebody else changed something meanwhile. Nothing was imported.
    #[error(transparent)]
    Command(#[from] CommandError),
}

/// The most faults that are named.
const MOST_FAULTS: usize = 100;

impl WorkflowId {
    /// The identity of an imported workflow: the same for the same key, in every import.
    #[must_use]
    pub fn imported(practice: &PracticeId, key: &CommandKey) -> Self {
        let digest = Digest::of(&[
            b"imported workflow 1\0",
            practice.as_str().as_bytes(),
            b"\0",
            key.as_str().as_bytes(),
        ]);
        let bits = u128::from_str_radix(&digest.as_str()[..32], 16).unwrap_or_default();
        Self::new(uuid::Builder::from_custom_bytes(bits.to_be_bytes()).into_uuid())
    }
}

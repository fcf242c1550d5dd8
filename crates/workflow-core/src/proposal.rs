//! Proposals: what a client was offered, and what its acceptance opens.

#[cfg(feature = "proptest")]
mod strategies;

use chrono::NaiveDate;

#[cfg(feature = "proptest")]
pub use self::strategies::{arb_proposal, arb_proposal_state};
use crate::canonical::canonical;
use crate::ids::{ClientId, ProposalId, ServiceId, TemplateId};
use crate::text::Name;

/// What a client was offered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Proposal {
    /// The host application's key.
    pub id: ProposalId,
    /// The client.
    pub client: ClientId,
    /// Its name.
    pub name: Name,
    /// Where it stands.
    pub state: ProposalState,
    /// The day from which its work starts, if it names one.
    pub starts_on: Option<NaiveDate>,
    /// How its invoices are grouped.
    pub grouping: InvoiceGrouping,
    /// The services that it sells.
    pub services: Vec<Service>,
}
canonical!(struct Proposal { id, client, name, state, starts_on, grouping, services });

impl Proposal {
    /// The service of that key.
    #[must_use]
    pub fn service(&self, id: &ServiceId) -> Option<&Service> {
        self.services.iter().find(|service| service.id == *id)
    }

    /// The start date of what deploys on acceptance: the acceptance date, or the proposal's own
    /// start if later.
    #[must_use]
    pub fn start_when_accepted_on(&self, accepted: NaiveDate) -> NaiveDate {
        self.starts_on
            .map_or(accepted, |starts| starts.max(accepted))
    }
}

/// A thing sold in a proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Service {
    /// The host application's key.
    pub id: ServiceId,
    /// Its name.
    pub name: Name,
    /// The job templates that it is linked to.
    #[cfg_attr(feature = "serde", serde(default))]
    pub templates: Vec<TemplateId>,
}
canonical!(struct Service { id, name, templates });

/// Where a proposal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum ProposalState {
    /// Being written.
    Draft,
    /// Sent to the client.
    Sent,
    /// Accepted by the client.
    Accepted {
        /// The day of acceptance.
        on: NaiveDate,
    },
    /// Declined by the client.
    Declined,
    /// Archived by the practice.
    Archived,
}
canonical!(enum ProposalState { Draft, Sent, Accepted { on }, Declined, Archived });

/// How a proposal's invoices are grouped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum InvoiceGrouping {
    /// Together with the client's other invoices.
    Client,
    /// By proposal: what a proposal-level billing job needs.
    Proposal,
}
canonical!(
    enum InvoiceGrouping {
        Client,
        Proposal,
    }
);

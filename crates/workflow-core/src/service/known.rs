//! What plans and the preflight need to know, read from the store in pages and not row by row.

use std::collections::BTreeSet;

use super::{CommandError, PracticeHandle};
use crate::billing::Nominee;
use crate::ids::{ClientId, ProposalId};
use crate::plan::Known;
use crate::ports::gateway::DirectoryPart;
use crate::ports::store::{Of, Record};
use crate::workflow::Workflow;

/// Up to so many records are read one by one; for more, all are read in pages.
const FEW: usize = 50;

impl PracticeHandle {
    /// What the practice knows of that which these workflows name.
    pub(super) async fn known<'a>(
        &self,
        workflows: impl Iterator<Item = &'a Workflow> + Clone,
    ) -> Result<Known, CommandError> {
        let mut known = Known::default();
        let clients: BTreeSet<ClientId> = workflows.clone().map(Workflow::client).collect();
        if clients.len() <= FEW {
            for id in clients {
                let found = self.client(id).await?.map(|found| found.value);
                known.clients.extend(found.map(|client| (id, client)));
            }
        } else {
            known.clients = self.clients_by_id().await?;
        }
        let proposals: BTreeSet<&ProposalId> = workflows
            .clone()
            .filter_map(|workflow| workflow.origin().proposal())
            .collect();
        if proposals.len() <= FEW {
            for id in proposals {
                let found = self.proposal(id.clone()).await?;
                let found = found.map(|found| (id.clone(), found.value));
                known.proposals.extend(found);
            }
        } else {
            for found in self.all_records(Of::Proposals { client: None }).await? {
                if let Record::Proposal(proposal) = found.value {
                    known.proposals.insert(proposal.id.clone(), proposal);
                }
            }
        }
        for found in self.all_records(Of::People).await? {
            if let Record::Person(person) = found.value {
                known.people.insert(person.id.clone(), person);
            }
        }
        for part in [
            DirectoryPart::Clients,
            DirectoryPart::Staff,
            DirectoryPart::Templates,
            DirectoryPart::Categories,
        ] {
            let found = self.all_records(Of::Listings(part)).await?.into_iter();
            known.add_listings(found.filter_map(|found| match found.value {
                Record::Listing(listing) => Some(listing),
                _ => None,
            }));
        }
        for workflow in workflows {
            let Some(of) = workflow.level() else { continue };
            if known.levels.contains_key(&of) {
                continue;
            }
            let Some(level) = self.level(of.clone()).await? else {
                continue;
            };
            if let Some(Nominee::Workflow(id)) = level.value.nominee
                && id != workflow.id()
                && let Some(nominee) = self.workflow(id).await?
            {
                let name = nominee.value.settings().name.to_string();
                known.nominees.insert(id, name);
            }
            known.levels.insert(of, level.value);
        }
        Ok(known)
    }
}

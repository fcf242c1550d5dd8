//! Search: clients and workflows by a few words, as somebody types them.

use std::collections::BTreeMap;

use super::{CommandError, PracticeHandle};
use crate::ports::store::{Of, Query, Record, Whose};
use crate::practice::Client;
use crate::proposal::Proposal;
use crate::workflow::Workflow;

/// What a search found: the clients by name, the workflows in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchResults {
    /// Clients whose name holds every word.
    pub clients: Vec<Client>,
    /// Whether there are more clients than were asked for.
    pub more_clients: bool,
    /// Workflows whose name, with their client's, holds every word.
    pub workflows: Vec<FoundWorkflow>,
    /// Whether there are more workflows than were asked for.
    pub more_workflows: bool,
}

/// A workflow that a search found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundWorkflow {
    /// The workflow.
    pub workflow: Workflow,
    /// Its name as a list shows it.
    pub name: String,
    /// Its client's name.
    pub client_name: String,
}

impl PracticeHandle {
    /// Clients and workflows that hold every word of a text, whatever its case; at most `limit` of
    /// each, and [`Query::MOST`] at most. A text without words finds nothing.
    ///
    /// A workflow is found by its own name together with its client's, so `harbour bas` finds the
    /// BAS of Harbour Café. The store is read in pages, and no further than is asked for.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use workflow_core::audit::Actor;
    /// # use workflow_core::service::{NewWorkflow, Ports, Workflows};
    /// # use workflow_core::testing::{samples, CountingIds, ManualClock, MemoryGateway, MemoryStore};
    /// # use workflow_core::zone::{Zone, ZoneName, Zones};
    /// # #[derive(Debug)] struct Utc;
    /// # impl Zones for Utc { fn zone(&self, _: &ZoneName) -> Option<Zone> { Some(Zone::utc()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let workflows = Workflows::new(Ports {
    /// #     store: Arc::new(MemoryStore::new()), gateway: Arc::new(MemoryGateway::new()),
    /// #     clock: Arc::new(ManualClock::at(samples::minute(0))),
    /// #     ids: Arc::new(CountingIds::new(1)), zones: Arc::new(Utc),
    /// # });
    /// # let me = || Actor::person("Aroha");
    /// # let practice = workflows.set_up(me(), samples::practice(&"acme".parse()?)).await?.value;
    /// practice.put_client(me(), samples::client(1, "Blue Gum Cafe")).await?;
    /// let bas = NewWorkflow::named("BAS {quarter}").client(samples::client_id(1));
    /// practice.add(me(), bas).await?;
    ///
    /// let found = practice.search("GUM bas", 10).await?;
    /// assert_eq!(found.workflows[0].name, "BAS {quarter}");
    /// assert!(found.clients.is_empty() && !found.more_workflows);
    /// assert_eq!(practice.search("gum", 10).await?.clients.len(), 1);
    /// assert_eq!(practice.search("  ", 10).await?, Default::default());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn search(&self, text: &str, limit: u32) -> Result<SearchResults, CommandError> {
        let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
        let limit = limit.clamp(1, Query::MOST) as usize;
        let mut found = SearchResults::default();
        if words.is_empty() {
            return Ok(found);
        }
        let holds = |text: &str| {
            let text = text.to_lowercase();
            words.iter().all(|word| text.contains(word))
        };
        let clients = self.clients_by_id().await?;
        let mut named: Vec<&Client> = clients
            .values()
            .filter(|client| holds(client.name.as_str()))
            .collect();
        named.sort_by_cached_key(|client| (client.name.as_str().to_lowercase(), client.id));
        found.more_clients = named.len() > limit;
        found.clients = named.into_iter().take(limit).cloned().collect();
        let proposals = self.proposals_by_id().await?;
        let mut query = Query::of(Of::Workflows {
            whose: Whose::Everybody,
            activity: None,
        });
        loop {
            let page = self.store().find(&self.id, &query).await?;
            for record in page.records {
                let Record::Workflow(workflow) = record.value else {
                    continue;
                };
                let Some(client) = clients.get(&workflow.client()) else {
                    continue;
                };
                let name = shown_name(&workflow, client, &proposals);
                let client_name = client.name.to_string();
                if !holds(&format!("{client_name} {name}")) {
                    continue;
                }
                if found.workflows.len() == limit {
                    found.more_workflows = true;
                    return Ok(found);
                }
                found.workflows.push(FoundWorkflow {
                    workflow: *workflow,
                    name,
                    client_name,
                });
            }
            if page.next.is_none() {
                return Ok(found);
            }
            query.after = page.next;
        }
    }

    async fn proposals_by_id(
        &self,
    ) -> Result<BTreeMap<crate::ids::ProposalId, Proposal>, CommandError> {
        let found = self.all_records(Of::Proposals { client: None }).await?;
        let proposals = found.into_iter().filter_map(|found| match found.value {
            Record::Proposal(proposal) => Some((proposal.id.clone(), proposal)),
            _ => None,
        });
        Ok(proposals.collect())
    }
}

fn shown_name(
    workflow: &Workflow,
    client: &Client,
    proposals: &BTreeMap<crate::ids::ProposalId, Proposal>,
) -> String {
    let origin = workflow.origin();
    let proposal = origin.proposal().and_then(|id| proposals.get(id));
    let service = proposal
        .zip(origin.service())
        .and_then(|(proposal, service)| proposal.service(service));
    workflow.settings().name.with_names(
        client.name.as_str(),
        proposal.map(|proposal| proposal.name.as_str()),
        service.map(|service| service.name.as_str()),
    )
}

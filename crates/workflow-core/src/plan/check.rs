//! What the practice knows, and what of a workflow it says would fail.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::Conflict;
use crate::billing::{BillingLevel, Level, LevelOf, Nominee};
use crate::deployment::JobOrder;
use crate::ids::{ClientId, PersonId, ProposalId, WorkflowId};
use crate::ports::gateway::DirectoryPart;
use crate::practice::{Client, Listing, Person, Standing};
use crate::proposal::{InvoiceGrouping, Proposal};
use crate::timing::TimingError;
use crate::tokens::{TextTemplate, TokenFacts};
use crate::workflow::{Settings, Workflow};

/// What the practice knows, as far as the workflows in question need it. Nothing of it is asked of
/// XPM.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) clients: BTreeMap<ClientId, Client>,
    pub(crate) people: BTreeMap<PersonId, Person>,
    pub(crate) listings: BTreeMap<(DirectoryPart, Uuid), Listing>,
    pub(crate) listed: BTreeSet<DirectoryPart>,
    pub(crate) proposals: BTreeMap<ProposalId, Proposal>,
    pub(crate) levels: BTreeMap<LevelOf, Level>,
    /// The names of workflows that are nominated for a level.
    pub(crate) nominees: BTreeMap<WorkflowId, String>,
}

impl Known {
    pub(crate) fn add_listings(&mut self, listings: impl IntoIterator<Item = Listing>) {
        for listing in listings {
            self.listed.insert(listing.part);
            self.listings
                .insert((listing.part, listing.row.id), listing);
        }
    }

    pub(crate) fn proposal_of(&self, workflow: &Workflow) -> Option<&Proposal> {
        self.proposals.get(workflow.origin().proposal()?)
    }

    /// The workflow's name as a list shows it.
    pub(crate) fn shown_name(&self, workflow: &Workflow) -> String {
        let client = self.clients.get(&workflow.client());
        let proposal = self.proposal_of(workflow);
        let service = proposal
            .zip(workflow.origin().service())
            .and_then(|(proposal, service)| proposal.service(service));
        workflow.settings().name.with_names(
            client.map_or("", |client| client.name.as_str()),
            proposal.map(|proposal| proposal.name.as_str()),
            service.map(|service| service.name.as_str()),
        )
    }

    /// The level that the workflow is nominated for.
    pub(crate) fn level_held(&self, workflow: &Workflow) -> Option<&Level> {
        let level = self.levels.get(&workflow.level()?)?;
        level.is_held_by(workflow.id()).then_some(level)
    }

    /// What stands in the way of every occurrence of the workflow, whatever its date.
    pub(crate) fn of_workflow(&self, workflow: &Workflow, client: &Client) -> Vec<Conflict> {
        let mut found = Vec::new();
        let name = || client.name.to_string();
        if client.standing == Standing::Gone || self.gone(DirectoryPart::Clients, client.id.uuid())
        {
            found.push(Conflict::ClientGone {
                client: client.id,
                name: name(),
            });
        } else if self.unlisted(DirectoryPart::Clients, client.id.uuid()) {
            found.push(Conflict::ClientUnlisted {
                client: client.id,
                name: name(),
            });
        }
        found.extend(self.of_directory(workflow.settings()));
        found.extend(self.of_level(workflow));
        found
    }

    /// What stands in the way of what settings name, whoever's they are.
    pub(crate) fn of_settings(&self, settings: &Settings) -> Vec<Conflict> {
        let mut found = self.of_directory(settings);
        found.extend(self.of_people(settings));
        found
    }

    fn of_directory(&self, settings: &Settings) -> Vec<Conflict> {
        let mut found = Vec::new();
        for (part, id) in settings.listed() {
            if self.gone(part, id) {
                let name = self.listings[&(part, id)].row.name.clone();
                found.push(Conflict::Gone { part, id, name });
            } else if self.unlisted(part, id) {
                found.push(Conflict::Unlisted { part, id });
            }
        }
        found
    }

    fn of_level(&self, workflow: &Workflow) -> Option<Conflict> {
        if workflow.billing() == BillingLevel::Proposal
            && let Some(proposal) = workflow.origin().proposal()
            && self
                .proposals
                .get(proposal)
                .is_none_or(|found| found.grouping != InvoiceGrouping::Proposal)
        {
            return Some(Conflict::LevelNotAllowed {
                proposal: proposal.clone(),
            });
        }
        let of = workflow.level()?;
        if self.level_held(workflow).is_some() {
            return None;
        }
        let nominee = match self
            .levels
            .get(&of)
            .and_then(|level| level.nominee.as_ref())
        {
            None => "nobody".to_owned(),
            Some(Nominee::Job(number)) => format!("job {number}"),
            Some(Nominee::Workflow(id)) => match self.nominees.get(id) {
                Some(name) => format!("the workflow “{name}”"),
                None => format!("the workflow {id}"),
            },
        };
        let level = of.level();
        Some(Conflict::LevelTaken { level, nominee })
    }

    /// What stands in the way of assigning those that the settings name.
    pub(crate) fn of_people(&self, settings: &Settings) -> Vec<Conflict> {
        let named: BTreeSet<&PersonId> = settings.people().collect();
        named
            .into_iter()
            .filter_map(|id| self.of_person(id))
            .collect()
    }

    pub(crate) fn of_person(&self, id: &PersonId) -> Option<Conflict> {
        let Some(person) = self.people.get(id) else {
            return Some(Conflict::UnknownPerson { person: id.clone() });
        };
        let (person, name) = (id.clone(), person.name.to_string());
        let Some(staff) = self.people[id].staff else {
            return Some(Conflict::Unlinked { person, name });
        };
        let staff = staff.uuid();
        let gone =
            self.gone(DirectoryPart::Staff, staff) || self.unlisted(DirectoryPart::Staff, staff);
        gone.then_some(Conflict::StaffGone { person, name })
    }

    fn gone(&self, part: DirectoryPart, id: Uuid) -> bool {
        let listing = self.listings.get(&(part, id));
        listing.is_some_and(|listing| listing.standing == Standing::Gone)
    }

    /// A part of which nothing was ever listed says nothing of what it lacks.
    fn unlisted(&self, part: DirectoryPart, id: Uuid) -> bool {
        self.listed.contains(&part) && !self.listings.contains_key(&(part, id))
    }
}

/// A name or description as it will be sent, or what is wrong with it.
pub(crate) fn text(
    field: &'static str,
    template: &TextTemplate,
    facts: &TokenFacts<'_>,
) -> Result<String, Conflict> {
    let refused = |reason: String| Conflict::Text {
        field: field.to_owned(),
        reason,
    };
    let text = template
        .render(facts)
        .map_err(|error| refused(error.to_string()))?;
    let (least, most) = match field {
        "name" => (1, JobOrder::LONGEST_NAME),
        _ => (0, JobOrder::LONGEST_DESCRIPTION),
    };
    let length = text.trim().chars().count();
    if (least..=most).contains(&length) {
        Ok(text)
    } else {
        Err(refused(format!(
            "comes out as {length} characters, and must be {least} to {most}"
        )))
    }
}

/// What a fault of the timing is to whoever plans.
pub(crate) fn of_timing(trouble: &TimingError) -> Conflict {
    match trouble {
        TimingError::DueBeforeStart { due, start } => Conflict::DueBeforeStart {
            due: *due,
            start: *start,
        },
        other => Conflict::Refused {
            reason: other.to_string(),
        },
    }
}

//! Importing a practice: all of it in one unit, or nothing.
//!
//! An import is idempotent: what is there already and the same is left alone, what differs is
//! changed, and nothing is taken away. A workflow is recognised by the key that the file gives it.

use std::collections::{BTreeMap, BTreeSet};

use super::calendar::following;
use super::facts::Ground;
use super::levels::TakeOver;
use super::new_workflow::NewWorkflow;
use super::records::upsert;
use super::{By, CommandError, Committed, PracticeHandle};
use crate::billing::LevelOf;
use crate::canonical::canonical;
use crate::deployment::Digest;
use crate::ids::{ClientId, CommandKey, PracticeId, ProposalId, WorkflowId};
use crate::ports::store::{Key, Put, Record, Unit, Version, Whose};
use crate::practice::{Client, Listing, Person, Practice};
use crate::proposal::{Proposal, ProposalState};
use crate::workflow::decide::{Decision, Refusal};
use crate::workflow::{Plan, Schedule, Workflow};

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
canonical!(struct Importing { practice, people, listings, clients, proposals, workflows });

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
canonical!(struct ImportedWorkflow { key, workflow, accepted_before });

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
canonical!(
    enum AcceptedBefore {
        DeploysNothing,
        Deploys,
    }
);

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

impl PracticeHandle {
    /// Imports a practice: all of it in one unit, or nothing.
    ///
    /// # Errors
    ///
    /// [`ImportError::Faults`] names each fault by list and place. Whatever the error, nothing was
    /// imported.
    pub async fn import(
        &self,
        by: impl Into<By>,
        importing: Importing,
        mut progress: impl FnMut(usize, usize) + Send,
    ) -> Result<Committed<ImportReport>, ImportError> {
        let by = &by.into();
        let once = by.once_for(&importing);
        if importing.practice.id != self.id {
            let found = importing.practice.id.to_string();
            return Err(CommandError::not_found("practice", found).into());
        }
        let Some(zone) = self.service.ports.zones.zone(&importing.practice.zone) else {
            return Err(CommandError::UnknownZone(importing.practice.zone).into());
        };
        let total = importing.clients.len()
            + importing.people.len()
            + importing.listings.len()
            + importing.proposals.len()
            + importing.workflows.len();
        let mut done = 0;
        let mut tick = || {
            done += 1;
            progress(done, total);
        };
        let mut batch = Batch::default();
        let before = match self.practice().await {
            Ok(found) => Some(found.value),
            Err(CommandError::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let mut practice = importing.practice;
        if let Some(known) = &before {
            // The connection is not the file's to make or break.
            practice.link = known.link.clone();
        }
        let practice = following(practice, before.as_ref());
        self.require_numbering(before.as_ref(), &practice)
            .map_err(CommandError::from)?;
        self.upsert(by, &mut batch, Record::Practice(practice.clone()))
            .await?;
        let whole = importing
            .listings
            .into_iter()
            .map(Record::Listing)
            .chain(importing.people.into_iter().map(Record::Person))
            .chain(importing.clients.iter().cloned().map(Record::Client));
        for record in whole {
            self.upsert(by, &mut batch, record).await?;
            tick();
        }
        let clients: BTreeMap<ClientId, Client> = importing
            .clients
            .into_iter()
            .map(|client| (client.id, client))
            .collect();
        let proposals: BTreeMap<ProposalId, Proposal> = importing
            .proposals
            .into_iter()
            .map(|proposal| (proposal.id.clone(), proposal))
            .collect();
        let ground = Ground {
            // The unit writes the practice itself.
            version: Version::NONE,
            practice,
            zone,
        };
        let world = World {
            ground: &ground,
            clients: &clients,
            proposals: &proposals,
        };
        let mut handled = BTreeSet::new();
        for (index, workflow) in importing.workflows.into_iter().enumerate() {
            let key = workflow.key.clone();
            handled.insert(WorkflowId::imported(&self.id, &key));
            match self.import_one(by, &mut batch, workflow, &world).await {
                Ok(()) => {}
                Err(error @ (CommandError::Refused(_) | CommandError::NotFound { .. })) => {
                    batch.faults.push(ImportFault {
                        list: "workflows",
                        index,
                        error,
                    });
                }
                Err(error) => return Err(error.into()),
            }
            tick();
        }
        for (index, proposal) in proposals.values().enumerate() {
            if !world.knows(self, proposal.client).await? {
                let error = CommandError::not_found("client", proposal.client);
                batch.faults.push(ImportFault {
                    list: "proposals",
                    index,
                    error,
                });
                continue;
            }
            self.import_proposal(by, &mut batch, proposal, &world, &handled)
                .await?;
            tick();
        }
        if !batch.faults.is_empty() {
            batch.faults.truncate(MOST_FAULTS);
            return Err(ImportError::Faults(batch.faults));
        }
        if let Some(before) = &before {
            let written = &batch.unit.puts;
            let (puts, lines) = self
                .placed_anew(by, before, &ground.practice, written)
                .await?;
            batch.replace(puts);
            batch.unit.lines.extend(lines);
        }
        // Where there is nothing to do, a key is kept all the same.
        if batch.unit.puts.is_empty() && once.is_none() {
            return Ok(Committed::nothing(batch.report));
        }
        batch.unit.once = once;
        let receipt = self.commit(batch.unit).await?;
        Ok(Committed::from(receipt, batch.report))
    }

    async fn upsert(&self, by: &By, batch: &mut Batch, record: Record) -> Result<(), CommandError> {
        let before = self.record(&record.key()).await?;
        let new = before.is_none();
        match upsert(before, &record) {
            None => batch.report.unchanged += 1,
            Some((put, subject, event)) => {
                batch.count(new);
                batch.unit.lines.push(self.line(by, subject, event));
                batch.unit.puts.push(put);
            }
        }
        Ok(())
    }

    async fn import_one(
        &self,
        by: &By,
        batch: &mut Batch,
        imported: ImportedWorkflow,
        world: &World<'_>,
    ) -> Result<(), CommandError> {
        let ImportedWorkflow {
            key,
            workflow: new,
            accepted_before,
        } = imported;
        let id = WorkflowId::imported(&self.id, &key);
        if !batch.seen.insert(id) {
            return Err(CommandError::not_found("second workflow for the key", key));
        }
        let proposal = match new.named_proposal() {
            None => None,
            Some(named) => Some(world.proposal(self, named).await?),
        };
        let client_id = match (&proposal, new.named_client()) {
            (Some(proposal), Some(client)) if proposal.client != client => {
                return Err(CommandError::not_found(
                    "proposal of this client",
                    &proposal.id,
                ));
            }
            (Some(proposal), _) => proposal.client,
            (None, Some(client)) => client,
            (None, None) => return Err(CommandError::not_found("client", "(none named)")),
        };
        let client = world.client(self, client_id).await?;
        let placing = world.ground.placing(client.year_end, self.now());
        let adding = new.clone().check(client_id, placing.today())?;
        let was_accepted = proposal
            .as_ref()
            .is_some_and(|proposal| matches!(proposal.state, ProposalState::Accepted { .. }));
        let deploys_nothing = was_accepted && accepted_before == AcceptedBefore::DeploysNothing;
        match self.workflow(id).await? {
            None => {
                let mut decision = Workflow::add(id, adding, proposal.as_ref(), &placing)?;
                if deploys_nothing {
                    decision = decision.without_acceptance(&placing);
                }
                batch.count(true);
                self.take(
                    by,
                    batch,
                    Version::NONE,
                    &decision.workflow,
                    decision.events,
                )
                .await
            }
            Some(found) => {
                // A file that does not say from when means the day of the first import.
                let deploys_from = match new.named_deploys_from() {
                    Some(date) => date,
                    None => found.value.plan().deploys_from,
                };
                let plan = Plan {
                    deploys_from,
                    ..adding.plan
                };
                let settings = found.value.change_settings(adding.settings, &placing)?;
                let planned = settings.workflow.change_plan(plan, &by.actor, &placing)?;
                let billed =
                    planned
                        .workflow
                        .change_billing(adding.billing, proposal.as_ref(), &placing)?;
                let newly_on_acceptance = planned.workflow.plan().schedule
                    == Schedule::OnAcceptance
                    && found.value.plan().schedule != Schedule::OnAcceptance;
                let mut decision = Decision {
                    workflow: billed.workflow,
                    events: settings
                        .events
                        .into_iter()
                        .chain(planned.events)
                        .chain(billed.events)
                        .collect(),
                };
                if newly_on_acceptance && deploys_nothing {
                    decision = decision.without_acceptance(&placing);
                }
                if decision.events.is_empty() {
                    batch.report.unchanged += 1;
                    return Ok(());
                }
                batch.count(false);
                self.take(
                    by,
                    batch,
                    found.version,
                    &decision.workflow,
                    decision.events,
                )
                .await
            }
        }
    }

    /// Adds a workflow's events to the unit, with the nomination that they need.
    async fn take(
        &self,
        by: &By,
        batch: &mut Batch,
        version: Version,
        workflow: &Workflow,
        events: Vec<crate::workflow::WorkflowEvent>,
    ) -> Result<(), CommandError> {
        if let Some(of) = workflow.level()
            && let Some(first) = batch.levels.insert(of, workflow.id())
        {
            let nominee = format!("the imported workflow {first}");
            return Err(Refusal::LevelTaken {
                level: workflow.billing(),
                nominee,
            }
            .into());
        }
        let before = match version {
            Version::NONE => None,
            _ => self.workflow(workflow.id()).await?.map(|found| found.value),
        };
        let beside = self
            .nominate(by, before.as_ref(), workflow, TakeOver::Refuse)
            .await?;
        batch
            .unit
            .lines
            .extend(self.workflow_lines(by, workflow.id(), events));
        let record = Record::Workflow(Box::new(workflow.clone()));
        batch.unit.puts.push(super::command::put(record, version));
        batch.unit.lines.extend(beside.lines);
        batch.unit.puts.extend(beside.puts);
        Ok(())
    }

    /// A proposal, and those of its workflows that the import does not name itself.
    async fn import_proposal(
        &self,
        by: &By,
        batch: &mut Batch,
        proposal: &Proposal,
        world: &World<'_>,
        named: &BTreeSet<WorkflowId>,
    ) -> Result<(), CommandError> {
        self.upsert(by, batch, Record::Proposal(proposal.clone()))
            .await?;
        let client = world.client(self, proposal.client).await?;
        let placing = world.ground.placing(client.year_end, self.now());
        let whose = Whose::Proposal(proposal.id.clone());
        for found in self.all_workflows(whose, None).await? {
            let id = found.value.id();
            let mut unit_put = None;
            if named.contains(&id) {
                unit_put = batch
                    .unit
                    .puts
                    .iter()
                    .position(|put| put.record.key() == Key::Workflow(id));
            }
            let current = match unit_put.map(|at| &batch.unit.puts[at].record) {
                Some(Record::Workflow(workflow)) => (**workflow).clone(),
                _ => found.value,
            };
            let decision = current.follow(proposal, &placing);
            if decision.is_empty() {
                continue;
            }
            batch
                .unit
                .lines
                .extend(self.workflow_lines(by, id, decision.events));
            let record = Record::Workflow(Box::new(decision.workflow));
            match unit_put {
                Some(at) => batch.unit.puts[at].record = record,
                None => batch
                    .unit
                    .puts
                    .push(super::command::put(record, found.version)),
            }
        }
        Ok(())
    }
}

/// The unit as it grows.
#[derive(Debug, Default)]
struct Batch {
    unit: Unit,
    report: ImportReport,
    faults: Vec<ImportFault>,
    seen: BTreeSet<WorkflowId>,
    levels: BTreeMap<LevelOf, WorkflowId>,
}

impl Batch {
    fn count(&mut self, new: bool) {
        if new {
            self.report.added += 1;
        } else {
            self.report.changed += 1;
        }
    }

    /// Takes in puts, in place of those of the same records.
    fn replace(&mut self, puts: Vec<Put>) {
        let mut new: BTreeMap<Key, Put> = puts
            .into_iter()
            .map(|put| (put.record.key(), put))
            .collect();
        for put in &mut self.unit.puts {
            if let Some(new) = new.remove(&put.record.key()) {
                *put = new;
            }
        }
        self.unit.puts.extend(new.into_values());
    }
}

/// What the import brings, before what is stored.
struct World<'a> {
    ground: &'a Ground,
    clients: &'a BTreeMap<ClientId, Client>,
    proposals: &'a BTreeMap<ProposalId, Proposal>,
}

impl World<'_> {
    async fn client(&self, handle: &PracticeHandle, id: ClientId) -> Result<Client, CommandError> {
        match self.clients.get(&id) {
            Some(client) => Ok(client.clone()),
            None => Ok(handle.require_client(id).await?.value),
        }
    }

    async fn knows(&self, handle: &PracticeHandle, id: ClientId) -> Result<bool, CommandError> {
        Ok(self.clients.contains_key(&id) || handle.client(id).await?.is_some())
    }

    async fn proposal(
        &self,
        handle: &PracticeHandle,
        id: &ProposalId,
    ) -> Result<Proposal, CommandError> {
        match self.proposals.get(id) {
            Some(proposal) => Ok(proposal.clone()),
            None => {
                let found = handle.proposal(id.clone()).await?;
                Ok(found
                    .ok_or_else(|| CommandError::not_found("proposal", id))?
                    .value)
            }
        }
    }
}

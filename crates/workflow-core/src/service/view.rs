//! Answers: what the tab shows.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{CommandError, PracticeHandle};
use crate::audit::{Entry, Subject};
use crate::budget::Budget;
use crate::deployment::{Deployment, OrderError, Phase, token_facts};
use crate::ids::{ClientId, WorkflowId};
use crate::ports::gateway::DirectoryPart;
use crate::ports::store::{
    Activity, Cursor, EntryOrder, EntryQuery, Of, Query, Record, StoreError, Versioned, Whose,
};
use crate::practice::{Client, Listing, Person};
use crate::proposal::Proposal;
use crate::timing::Dates;
use crate::workflow::{Next, Occurrence, Why, WhyNot, Workflow};

/// One row of a Schedule tab: what has been, or what will be deployed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ScheduleRow {
    /// It has a deployment.
    Begun(Box<Deployment>),
    /// It is to be deployed.
    Coming(Box<Next>),
    /// It was decided that it is not to be deployed.
    NotOwed {
        /// Which one.
        occurrence: Occurrence,
        /// Why.
        why: Box<WhyNot>,
    },
}

impl ScheduleRow {
    /// The occurrence of the row.
    #[must_use]
    pub fn occurrence(&self) -> Occurrence {
        match self {
            Self::Begun(deployment) => deployment.occurrence(),
            Self::Coming(next) => next.occurrence,
            Self::NotOwed { occurrence, .. } => *occurrence,
        }
    }
}

/// What became of the deployments of some days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Turnout {
    /// Their jobs exist.
    pub deployed: u32,
    /// They go on by themselves.
    pub running: u32,
    /// A reply was lost; it is looked up by itself.
    pub uncertain: u32,
    /// They wait for a person.
    pub failed: u32,
    /// They wait to be released.
    pub held: u32,
    /// They were given up.
    pub given_up: u32,
}

impl Turnout {
    /// Counts one deployment.
    pub fn count(&mut self, deployment: &Deployment) {
        let place = match deployment.phase() {
            Phase::Deployed => &mut self.deployed,
            Phase::Running => &mut self.running,
            Phase::Uncertain => &mut self.uncertain,
            Phase::Failed | Phase::Duplicated => &mut self.failed,
            Phase::Held(_) => &mut self.held,
            Phase::GivenUp { .. } => &mut self.given_up,
        };
        *place += 1;
    }
}

impl PracticeHandle {
    /// Clients by name, all of them or those whose name holds a text; at most 1,000.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn clients(&self, named: Option<&str>) -> Result<Vec<Client>, CommandError> {
        let named = named
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_lowercase);
        let found = self.first_page(Of::Clients { named }).await?;
        Ok(found
            .into_iter()
            .filter_map(|record| match record {
                Record::Client(client) => Some(client),
                _ => None,
            })
            .collect())
    }

    /// A page of clients by name, all of them or those whose name holds a text, and where the next
    /// page begins; at most `limit` of them, and 1,000 at most.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn clients_page(
        &self,
        named: Option<&str>,
        after: Option<Cursor>,
        limit: u32,
    ) -> Result<(Vec<Client>, Option<Cursor>), CommandError> {
        let named = named
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_lowercase);
        let query = Query {
            of: Of::Clients { named },
            after,
            limit,
        };
        let page = self.store().find(&self.id, &query).await?;
        let clients = page
            .records
            .into_iter()
            .filter_map(|found| match found.value {
                Record::Client(client) => Some(client),
                _ => None,
            });
        Ok((clients.collect(), page.next))
    }

    /// The practice's people; at most 1,000.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn people(&self) -> Result<Vec<Person>, CommandError> {
        let found = self.first_page(Of::People).await?;
        Ok(found
            .into_iter()
            .filter_map(|record| match record {
                Record::Person(person) => Some(person),
                _ => None,
            })
            .collect())
    }

    /// What XPM lists of one part of its directory, as last seen; at most 1,000.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn listings(&self, part: DirectoryPart) -> Result<Vec<Listing>, CommandError> {
        let found = self.first_page(Of::Listings(part)).await?;
        Ok(found
            .into_iter()
            .filter_map(|record| match record {
                Record::Listing(listing) => Some(listing),
                _ => None,
            })
            .collect())
    }

    /// A client's proposals; at most 1,000.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn proposals(&self, client: ClientId) -> Result<Vec<Proposal>, CommandError> {
        let found = self
            .first_page(Of::Proposals {
                client: Some(client),
            })
            .await?;
        Ok(found
            .into_iter()
            .filter_map(|record| match record {
                Record::Proposal(proposal) => Some(proposal),
                _ => None,
            })
            .collect())
    }

    /// A client's workflows, in the order in which they were added.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn workflows_of(
        &self,
        client: ClientId,
        activity: Option<Activity>,
    ) -> Result<Vec<Versioned<Workflow>>, CommandError> {
        Ok(self.all_workflows(Whose::Client(client), activity).await?)
    }

    /// A workflow's deployments, by occurrence.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn deployments_of(
        &self,
        workflow: WorkflowId,
    ) -> Result<Vec<Versioned<Deployment>>, CommandError> {
        Ok(self.all_deployments(Of::Deployments { workflow }).await?)
    }

    /// Deployments that wait for a person or a look-up.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn attention(&self) -> Result<Vec<Versioned<Deployment>>, CommandError> {
        Ok(self.all_deployments(Of::Attention).await?)
    }

    /// Deployments that became due on these UTC days, both included.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn deployed_between(
        &self,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Vec<Versioned<Deployment>>, CommandError> {
        Ok(self.all_deployments(Of::Deployed { from, to }).await?)
    }

    async fn all_deployments(&self, of: Of) -> Result<Vec<Versioned<Deployment>>, StoreError> {
        let found = self.all_records(of).await?.into_iter();
        Ok(found
            .filter_map(|Versioned { version, value }| match value {
                Record::Deployment(value) => Some(Versioned {
                    version,
                    value: *value,
                }),
                _ => None,
            })
            .collect())
    }

    /// All records that a query finds, page by page.
    pub(super) async fn all_records(&self, of: Of) -> Result<Vec<Versioned<Record>>, StoreError> {
        let mut query = Query::of(of);
        let mut all = Vec::new();
        loop {
            let page = self.store().find(&self.id, &query).await?;
            all.extend(page.records);
            if page.next.is_none() {
                return Ok(all);
            }
            query.after = page.next;
        }
    }

    async fn first_page(&self, of: Of) -> Result<Vec<Record>, CommandError> {
        let page = self.store().find(&self.id, &Query::of(of)).await?;
        Ok(page.records.into_iter().map(|found| found.value).collect())
    }

    /// The rows of a workflow's Schedule tab, by nominal date: all that was begun, decided or is
    /// covered, and the next `coming` that are to be deployed.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], and any error of the store.
    pub async fn schedule(
        &self,
        id: WorkflowId,
        coming: usize,
    ) -> Result<Vec<ScheduleRow>, CommandError> {
        let workflow = self.require_workflow(id).await?.value;
        let ground = self.ground().await?;
        let year_end = self.require_client(workflow.client()).await?.value.year_end;
        let placing = ground.placing(year_end, self.now());
        let mut rows: BTreeMap<Occurrence, ScheduleRow> = BTreeMap::new();
        for next in workflow.upcoming(&placing, NaiveDate::MAX, coming) {
            rows.insert(next.occurrence, ScheduleRow::Coming(Box::new(next)));
        }
        let last = rows.last_key_value().and_then(|(last, _)| last.nominal());
        let last = last.unwrap_or_else(|| placing.today());
        for (date, by) in workflow.covered(&placing, last, coming) {
            let (occurrence, why) = (Occurrence::On(date), WhyNot::Covered { by, job: None });
            let why = Box::new(why);
            rows.insert(occurrence, ScheduleRow::NotOwed { occurrence, why });
        }
        for occurrence in workflow.decided() {
            rows.entry(occurrence).or_insert_with(|| {
                let why = Box::new(workflow.why_not(occurrence, &placing));
                ScheduleRow::NotOwed { occurrence, why }
            });
        }
        let begun = self.deployments_of(id).await?.into_iter();
        let begun: BTreeMap<_, _> = begun
            .map(|found| (found.value.occurrence(), found.value))
            .collect();
        for row in rows.values_mut() {
            if let ScheduleRow::NotOwed { why, .. } = row
                && let WhyNot::Covered { by, job } = &mut **why
            {
                *job = begun.get(by).and_then(Deployment::job).cloned();
            }
        }
        let begun = begun.into_iter().map(|(occurrence, deployment)| {
            let row = ScheduleRow::Begun(Box::new(deployment));
            (occurrence, row)
        });
        rows.extend(begun);
        Ok(rows.into_values().collect())
    }

    /// The names of a workflow's jobs, by occurrence: as sent, where an occurrence was sent, and as
    /// its settings are now for the next `coming` that are to be deployed.
    ///
    /// A name that cannot be made comes with the reason.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], and any error of the store.
    pub async fn names(
        &self,
        id: WorkflowId,
        coming: usize,
    ) -> Result<BTreeMap<Occurrence, Result<String, OrderError>>, CommandError> {
        let workflow = self.require_workflow(id).await?.value;
        let ground = self.ground().await?;
        let client = self.require_client(workflow.client()).await?.value;
        let proposal = self.proposal_of(&workflow).await?.map(|found| found.value);
        let placing = ground.placing(client.year_end, self.now());
        let name = |dates: &Dates| {
            let facts = token_facts(&workflow, dates, &client, proposal.as_ref());
            let name = workflow.settings().name.render(&facts);
            name.map_err(OrderError::from)
        };
        let mut names: BTreeMap<_, _> = workflow
            .upcoming(&placing, NaiveDate::MAX, coming)
            .into_iter()
            .map(|next| (next.occurrence, name(&next.dates)))
            .collect();
        for found in self.deployments_of(id).await? {
            let deployment = found.value;
            let sent = deployment.order().map(|order| order.create.name.clone());
            let name = sent.map_or_else(|| name(deployment.dates()), Ok);
            names.insert(deployment.occurrence(), name);
        }
        Ok(names)
    }

    /// Why a date has a job or has none. For a one-time workflow any date stands for its one
    /// occurrence.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], and any error of the store.
    pub async fn why(&self, id: WorkflowId, date: NaiveDate) -> Result<Why, CommandError> {
        let workflow = self.require_workflow(id).await?.value;
        let ground = self.ground().await?;
        let year_end = self.require_client(workflow.client()).await?.value.year_end;
        let placing = ground.placing(year_end, self.now());
        let occurrence = workflow.occurrence_on(date, &placing);
        // What was deployed under a rule of before keeps its date, whatever the rule is now.
        for begun in [Occurrence::On(date), occurrence] {
            if let Some(found) = self.deployment(id, begun).await? {
                return Ok(found.value.why());
            }
        }
        let why = workflow.why_not(occurrence, &placing);
        if let WhyNot::Covered { by, .. } = why {
            let found = self.deployment(id, by).await?;
            let job = found.and_then(|found| found.value.job().cloned());
            return Ok(Why::NoJob(WhyNot::Covered { by, job }));
        }
        if !matches!(why, WhyNot::Waiting { until: Some(_) }) {
            return Ok(Why::NoJob(why));
        }
        if workflow.is_behind(occurrence) {
            let passed = self.why_passed_over(id, occurrence, &ground, year_end);
            if let Some(why) = passed.await? {
                return Ok(Why::NoJob(why));
            }
            // It is covered by an older cell than the workflow remembers.
            let before = self
                .deployments_of(id)
                .await?
                .into_iter()
                .map(|found| found.value);
            let mut before = before.filter(|deployment| deployment.occurrence() < occurrence);
            let why = before.next_back().map_or(WhyNot::NotInRule, |deployment| {
                let by = deployment.occurrence();
                let job = deployment.job().cloned();
                WhyNot::Covered { by, job }
            });
            return Ok(Why::NoJob(why));
        }
        Ok(Why::NoJob(why))
    }

    /// The audit of one subject, or of the whole practice; the newest first, at most `limit`
    /// entries before the place given.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn audit(
        &self,
        subject: Option<Subject>,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Entry>, CommandError> {
        let order = EntryOrder::NewestFirst;
        let query = EntryQuery {
            subject,
            after: before,
            order,
            limit,
        };
        Ok(self.store().entries(&self.id, &query).await?)
    }

    /// What the practice has spent of its calls.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], and any error of the store.
    pub async fn budget(&self) -> Result<Budget, CommandError> {
        let practice = self.practice().await?.value;
        let stored = self.store().budget(&self.id).await?;
        Ok(stored.unwrap_or_else(|| Budget::fresh(self.now(), practice.daily_calls)))
    }
}

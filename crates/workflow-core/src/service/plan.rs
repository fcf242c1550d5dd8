//! Planning: what would be deployed, and what it costs, before anything is.

use chrono::{DateTime, NaiveDate, Utc};

use super::{CommandError, PracticeHandle};
use crate::deployment::OrderError;
use crate::ids::{ClientId, WorkflowId};
use crate::ports::store::{Activity, Of, Record, Whose};
use crate::practice::Client;
use crate::timing::Dates;
use crate::workflow::{Occurrence, Placing, Workflow};

/// What would be deployed. It is data: nothing has happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PracticePlan {
    /// The jobs, by deploy instant.
    pub jobs: Vec<PlannedJob>,
    /// Calls that they cost, if no reply is lost.
    pub calls: u64,
    /// Calls left today.
    pub day_left: u32,
    /// Calls that XPM grants in a day.
    pub day_limit: u32,
}

impl PracticePlan {
    /// How many days' worth of calls the plan costs, beginning with what is left today.
    #[must_use]
    pub fn days_of_calls(&self) -> u64 {
        let beyond = self.calls.saturating_sub(u64::from(self.day_left));
        let limit = u64::from(self.day_limit.max(1));
        u64::from(self.calls > 0) + beyond.div_ceil(limit)
    }
}

/// One job of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedJob {
    /// The workflow.
    pub workflow: WorkflowId,
    /// The occurrence.
    pub occurrence: Occurrence,
    /// The client.
    pub client: ClientId,
    /// The client's name.
    pub client_name: String,
    /// The job's name, or why it cannot be made.
    pub name: Result<String, OrderError>,
    /// Its civil dates.
    pub dates: Dates,
    /// When it becomes due.
    pub deploy_at: DateTime<Utc>,
    /// Calls that it costs, if no reply is lost.
    pub calls: u32,
}

/// The most occurrences of one workflow in one plan.
const MOST_OF_ONE: usize = 4_000;

impl PracticeHandle {
    /// What is to be deployed by itself up to and including the deploy day `until`, what is
    /// already due included.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] where the practice was never set up, and any error of the store.
    pub async fn plan_until(&self, until: NaiveDate) -> Result<PracticePlan, CommandError> {
        let ground = self.ground().await?;
        let clients = self.clients_by_id().await?;
        let budget = self.budget().await?;
        let mut plan = PracticePlan {
            day_left: budget.day_left(self.now()),
            day_limit: budget.day_limit,
            ..PracticePlan::default()
        };
        let active = Some(Activity::Active);
        for found in self.all_workflows(Whose::Everybody, active).await? {
            let workflow = found.value;
            let Some(client) = clients.get(&workflow.client()) else {
                continue;
            };
            let proposal = self.proposal_of(&workflow).await?.map(|found| found.value);
            let placing = ground.placing(client.year_end, self.now());
            add(
                &mut plan,
                &workflow,
                client,
                proposal.as_ref(),
                &placing,
                until,
            );
        }
        plan.jobs
            .sort_by_key(|job| (job.deploy_at, job.workflow, job.occurrence));
        Ok(plan)
    }

    pub(super) async fn clients_by_id(
        &self,
    ) -> Result<std::collections::BTreeMap<ClientId, Client>, CommandError> {
        let found = self.all_records(Of::Clients { named: None }).await?;
        Ok(found
            .into_iter()
            .filter_map(|found| match found.value {
                Record::Client(client) => Some((client.id, client)),
                _ => None,
            })
            .collect())
    }
}

fn add(
    plan: &mut PracticePlan,
    workflow: &Workflow,
    client: &Client,
    proposal: Option<&crate::proposal::Proposal>,
    placing: &Placing<'_>,
    until: NaiveDate,
) {
    for next in workflow.upcoming(placing, until, MOST_OF_ONE) {
        let facts = crate::deployment::token_facts(workflow, &next.dates, client, proposal);
        let calls = workflow.settings().calls();
        plan.calls += u64::from(calls);
        plan.jobs.push(PlannedJob {
            workflow: workflow.id(),
            occurrence: next.occurrence,
            client: client.id,
            client_name: client.name.to_string(),
            name: workflow
                .settings()
                .name
                .render(&facts)
                .map_err(OrderError::from),
            dates: next.dates,
            deploy_at: next.deploy_at,
            calls,
        });
    }
}

//! What became of a practice's deployments: the jobs made, and what waits and why.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use workflow::deployment::{Deployment, Phase};
use workflow::ids::ClientId;
use workflow::service::{CommandError, PracticeHandle};

use crate::table::Table;

/// What became of a practice's deployments.
#[derive(Debug, Serialize)]
pub(crate) struct Outcome {
    /// The practice.
    pub(crate) practice: String,
    /// The jobs, by number.
    pub(crate) jobs: Vec<Made>,
    /// What has no job, by client, with the reason.
    pub(crate) waiting: Vec<Waiting>,
    /// Calls spent today.
    pub(crate) calls_today: u32,
}

/// A job that was made.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Made {
    /// Its number in XPM.
    pub(crate) job: String,
    /// Whose it is.
    pub(crate) client: String,
    /// Its name.
    pub(crate) name: String,
    /// The workflow that made it.
    pub(crate) workflow: String,
    /// The occurrence that it is for.
    pub(crate) occurrence: String,
    /// The last line of its description.
    pub(crate) marker: String,
    /// The first day of the work.
    pub(crate) start: NaiveDate,
    /// The day it is due.
    pub(crate) due: NaiveDate,
}

/// A deployment that has no job, or not all of it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Waiting {
    /// Whose it is.
    pub(crate) client: String,
    /// What the workflow calls its jobs.
    pub(crate) name: String,
    /// The workflow.
    pub(crate) workflow: String,
    /// The occurrence.
    pub(crate) occurrence: String,
    /// Where it stands: failed, held, uncertain and so on.
    pub(crate) phase: String,
    /// The job that it has already, if it has one.
    pub(crate) job: Option<String>,
    /// Why.
    pub(crate) why: String,
}

impl Outcome {
    /// Reads what became of every deployment of a practice so far.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub(crate) async fn of(practice: &PracticeHandle) -> Result<Self, CommandError> {
        let all = practice
            .deployed_between(NaiveDate::default(), FAR)
            .await?
            .into_iter()
            .map(|found| found.value);
        let budget = practice.budget().await?;
        let mut names = Names::new(practice);
        let (mut jobs, mut waiting) = (Vec::new(), Vec::new());
        for deployment in all {
            let client = names.client(deployment.client()).await?;
            let workflow = deployment.workflow();
            let occurrence = deployment.occurrence().to_string();
            let job = deployment.job().map(|job| job.number.to_string());
            let planned = match practice.workflow(workflow).await? {
                Some(found) => found.value.settings().name.to_string(),
                None => String::new(),
            };
            match (deployment.phase(), job) {
                (Phase::Deployed, Some(job)) => jobs.push(Made {
                    job,
                    client,
                    name: sent(&deployment).unwrap_or(planned),
                    workflow: workflow.to_string(),
                    occurrence,
                    marker: deployment.marker().to_string(),
                    start: deployment.dates().start(),
                    due: deployment.dates().due(),
                }),
                (phase, job) => waiting.push(Waiting {
                    client,
                    name: sent(&deployment).unwrap_or(planned),
                    workflow: workflow.to_string(),
                    occurrence,
                    phase: phase.to_string(),
                    job,
                    why: why(&deployment),
                }),
            }
        }
        jobs.sort();
        waiting.sort();
        Ok(Self {
            practice: practice.practice().await?.value.name.to_string(),
            jobs,
            waiting,
            calls_today: budget.day_used,
        })
    }

    /// As tables for a terminal.
    pub(crate) fn text(&self) -> String {
        let mut jobs = Table::new(&["JOB", "CLIENT", "NAME", "START", "DUE"]);
        for made in &self.jobs {
            jobs.row([
                made.job.clone(),
                made.client.clone(),
                made.name.clone(),
                made.start.to_string(),
                made.due.to_string(),
            ]);
        }
        let mut text = format!(
            "{}: {} jobs\n\n{}",
            self.practice,
            self.jobs.len(),
            jobs.text()
        );
        if !self.waiting.is_empty() {
            let mut waiting = Table::new(&["CLIENT", "DATE", "WHY THERE IS NO JOB YET"]);
            for left in &self.waiting {
                waiting.row([
                    left.client.clone(),
                    left.occurrence.clone(),
                    left.why.clone(),
                ]);
            }
            text += &format!(
                "\n{} wait for a person\n\n{}",
                self.waiting.len(),
                waiting.text()
            );
        }
        text + &format!("\n{} calls to XPM today\n", self.calls_today)
    }
}

/// The last day of the search: no deployment is due later.
const FAR: NaiveDate = NaiveDate::MAX;

/// The name that the job was sent with.
fn sent(deployment: &Deployment) -> Option<String> {
    deployment.order().map(|order| order.create.name.clone())
}

/// Why it has no job, with the name that XPM's support knows the exchange by.
fn why(deployment: &Deployment) -> String {
    let why = deployment.why();
    match deployment
        .trouble()
        .and_then(|trouble| trouble.correlation.as_ref())
    {
        Some(known) => format!("{why} (XPM's support knows it as {known})"),
        None => why.to_string(),
    }
}

/// The names of clients, each read once.
struct Names<'a> {
    practice: &'a PracticeHandle,
    clients: BTreeMap<ClientId, String>,
}

impl<'a> Names<'a> {
    fn new(practice: &'a PracticeHandle) -> Self {
        Self {
            practice,
            clients: BTreeMap::new(),
        }
    }

    async fn client(&mut self, id: ClientId) -> Result<String, CommandError> {
        if let Some(name) = self.clients.get(&id) {
            return Ok(name.clone());
        }
        let found = self.practice.client(id).await?;
        let name = found.map_or_else(|| id.to_string(), |found| found.value.name.to_string());
        self.clients.insert(id, name.clone());
        Ok(name)
    }
}

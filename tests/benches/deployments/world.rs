//! Practices with a backlog, a scheduler over SQLite, and a gateway that does nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use scheduler::{Options, Scheduler};
use store_sqlite::SqliteStore;
use tempfile::TempDir;
use uuid::Uuid;
use workflow::prelude::*;
use workflow::service::{AcceptedBefore, ImportedWorkflow, Importing, Ports};
use workflow::system;
use workflow_core::ids::{JobId, JobNumber, TemplateId};
use workflow_core::ports::gateway::{
    Answer, CreateJob, DirectoryPage, DirectoryPart, GatewayError, Job, JobGateway, JobList,
    Observed, Team,
};
use workflow_core::practice::DailyCalls;
use workflow_core::testing::ManualClock;

/// Calls at the same time, for one practice.
pub(crate) const CALLS_EACH: u32 = 4;

/// What a practice deploys in a turn: a minute's calls, one for each deployment.
pub(crate) const DEPLOYMENTS_EACH: u32 = 60;

/// After so many turns the calls of a day are spent.
const TURNS_A_DAY: u32 = 70;

pub(crate) fn practice_id(number: u32) -> PracticeId {
    format!("practice-{number}").parse().unwrap()
}

fn begin() -> DateTime<Utc> {
    "2026-11-22T20:00:00Z".parse().unwrap()
}

/// So many practices, whose clock moves with each turn.
pub(crate) struct World {
    pub(crate) folder: TempDir,
    practices: u32,
    workflows: Workflows,
    clock: ManualClock,
    turns: u32,
}

impl World {
    pub(crate) async fn begin(practices: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("practices.db");
        let store = SqliteStore::open(path).await.unwrap();
        let clock = ManualClock::at(begin());
        let workflows = Workflows::new(Ports {
            clock: Arc::new(clock.clone()),
            ..system::ports(Arc::new(store), Arc::new(Nothing::default()))
        });
        for number in 0..practices {
            let practice = workflows.practice(practice_id(number));
            let import = practice.import(Actor::host("import"), importing(number), |_, _| {});
            assert_eq!(
                import.await.unwrap().value.added as u32,
                DEPLOYMENTS_EACH + 2
            );
        }
        Self {
            folder,
            practices,
            workflows,
            clock,
            turns: 0,
        }
    }

    /// Lets the minute pass in which the last calls were made.
    pub(crate) fn next_minute(&mut self) -> Scheduler {
        self.turns += 1;
        let day_is_over = self.turns.is_multiple_of(TURNS_A_DAY);
        let pause = if day_is_over {
            TimeDelta::days(1)
        } else {
            TimeDelta::seconds(61)
        };
        self.clock.advance(pause);
        Scheduler::new(self.workflows.clone()).with(Options {
            calls_at_once: CALLS_EACH as usize,
            practices_at_once: self.practices as usize,
            application_calls: u32::MAX,
            ..Options::default()
        })
    }

    /// How many deployments were carried out, at most.
    pub(crate) fn done(&self) -> u32 {
        self.turns * self.practices * DEPLOYMENTS_EACH
    }
}

/// One pass, which deploys what a minute's calls allow.
pub(crate) async fn pass(scheduler: &Scheduler, practices: u32) {
    let report = scheduler.run_due().await.unwrap();
    let expected = u64::from(practices * DEPLOYMENTS_EACH);
    assert_eq!(report.deployed, expected, "{report:?}");
}

fn importing(practice: u32) -> Importing {
    let calendar = WorkingCalendar::new("weekends", 1).unwrap();
    let zone = "Pacific/Auckland".parse().unwrap();
    let (id, name) = (practice_id(practice), "Harbour".parse().unwrap());
    let client = ClientId::new(Uuid::from_u128(1));
    Importing {
        practice: Practice {
            daily_calls: DailyCalls::Higher,
            ..Practice::new(id, name, zone, calendar)
        },
        people: Vec::new(),
        listings: Vec::new(),
        clients: vec![Client::new(
            client,
            "Aroha Ltd".parse().unwrap(),
            FinancialYearEnd::MARCH,
        )],
        proposals: Vec::new(),
        workflows: (0..DEPLOYMENTS_EACH)
            .map(|number| workflow(client, number))
            .collect(),
    }
}

/// Every day since 2016 is owed.
fn workflow(client: ClientId, number: u32) -> ImportedWorkflow {
    let from = NaiveDate::from_ymd_opt(2016, 1, 1).unwrap();
    let workflow = NewWorkflow::named("Payroll {period}")
        .description("Pay runs, and what is owed on them")
        .client(client)
        .deploys_from(from)
        .recurring(Recurrence::daily().from(from));
    ImportedWorkflow {
        key: format!("payroll-{number}").parse().unwrap(),
        workflow,
        accepted_before: AcceptedBefore::DeploysNothing,
    }
}

/// Says yes at once.
#[derive(Debug, Default)]
struct Nothing {
    jobs: AtomicU64,
}

impl Nothing {
    fn job(&self, of: Option<&CreateJob>) -> Answer<Job> {
        let number = self.jobs.fetch_add(1, Ordering::Relaxed) + 1;
        let job = Job {
            number: format!("J{number:06}").parse().unwrap(),
            id: JobId::new(Uuid::from_u128(u128::from(number))),
            name: of.map(|of| of.name.clone()).unwrap_or_default(),
            description: of.map(|of| of.description.clone()),
            client: of.map(|of| of.client),
            reference: None,
            state: "Planned".to_owned(),
            start: of.map(|of| of.start),
            due: of.map(|of| of.due),
            partner: None,
            manager: None,
            staff: [].into(),
            tasks: Some(Vec::new()),
        };
        answer(job)
    }
}

fn answer<T>(value: T) -> Answer<T> {
    let observed = Observed {
        calls: 1,
        ..Observed::default()
    };
    Answer { value, observed }
}

#[async_trait]
impl JobGateway for Nothing {
    async fn create_job(
        &self,
        _practice: &PracticeId,
        job: &CreateJob,
    ) -> Result<Answer<Job>, GatewayError> {
        Ok(self.job(Some(job)))
    }

    async fn apply_template(
        &self,
        _practice: &PracticeId,
        _job: &JobNumber,
        _template: TemplateId,
    ) -> Result<Answer<Job>, GatewayError> {
        Ok(self.job(None))
    }

    async fn assign(
        &self,
        _practice: &PracticeId,
        _job: &JobNumber,
        _team: &Team,
    ) -> Result<Answer<Job>, GatewayError> {
        Ok(self.job(None))
    }

    async fn job(
        &self,
        _practice: &PracticeId,
        _number: &JobNumber,
    ) -> Result<Answer<Option<Job>>, GatewayError> {
        Ok(answer(None))
    }

    async fn jobs_of_client(
        &self,
        _practice: &PracticeId,
        _client: ClientId,
    ) -> Result<Answer<JobList>, GatewayError> {
        Ok(answer(JobList::default()))
    }

    async fn jobs_created(
        &self,
        _practice: &PracticeId,
        _from: NaiveDate,
        _to: NaiveDate,
    ) -> Result<Answer<JobList>, GatewayError> {
        Ok(answer(JobList::default()))
    }

    async fn directory(
        &self,
        _practice: &PracticeId,
        _part: DirectoryPart,
        _cursor: Option<String>,
    ) -> Result<Answer<DirectoryPage>, GatewayError> {
        Ok(answer(DirectoryPage::default()))
    }
}

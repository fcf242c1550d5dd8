//! A small practice over a real store, the real adapter and the simulated XPM.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chrono::{Days, NaiveDate, TimeDelta, Utc};
use scheduler::{Options, Scheduler};
use secrecy::SecretString;
use store_sqlite::{MasterKey, OpenError, SqliteStore};
use tempfile::TempDir;
use uuid::Uuid;
use workflow::audit::Actor;
use workflow::calendar::WorkingCalendar;
use workflow::ids::{ClientId, PracticeId, StaffId, TemplateId, WorkflowId};
use workflow::ports::clock::Clock;
use workflow::practice::{Client, Link, Person, Practice, Standing};
use workflow::recurrence::Recurrence;
use workflow::service::{NewWorkflow, Ports, PracticeHandle, Workflows};
use workflow::text::Name;
use workflow::timing::FinancialYearEnd;
use workflow::workflow::Occurrence;
use xpm_adapter::Xpm;
use xpm_sandbox::{FaultPlan, Job, Limits, Running, Sandbox};

pub(crate) const CLIENTS: u32 = 6;

/// How long a request may take effect after its reply was lost: the simulated XPM's slowest
/// commit is far below it, and so is the longest write of the adapter, four of its time-outs.
pub(crate) fn settle() -> TimeDelta {
    TimeDelta::milliseconds(1_700)
}

pub(crate) struct World {
    pub(crate) folder: Arc<TempDir>,
    pub(crate) sandbox: Running,
    pub(crate) store: SqliteStore,
    pub(crate) workflows: Workflows,
}

/// What a world's time is, and how strict its XPM.
pub(crate) struct Terms {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) xpm_clock: Arc<dyn xpm_sandbox::Clock>,
    pub(crate) limits: Limits,
    /// How long the adapter waits for a reply.
    pub(crate) time_out: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            clock: workflow::system::clock(),
            xpm_clock: Arc::new(xpm_sandbox::SystemClock),
            limits: Limits::none(),
            time_out: Duration::from_millis(300),
        }
    }
}

pub(crate) fn practice_id() -> PracticeId {
    "harbour".parse().unwrap()
}

pub(crate) fn client(number: u32) -> ClientId {
    ClientId::new(Uuid::from_u128(0xC000 + u128::from(number)))
}

fn staff(number: u32) -> Uuid {
    Uuid::from_u128(0x5000 + u128::from(number))
}

pub(crate) fn staff_id(number: u32) -> StaffId {
    StaffId::new(staff(number))
}

pub(crate) fn template(number: u32) -> TemplateId {
    TemplateId::new(Uuid::from_u128(0x7000 + u128::from(number)))
}

pub(crate) fn today() -> NaiveDate {
    workflow::system::clock().now().date_naive()
}

impl World {
    /// A practice whose XPM behaves as `faults` say.
    pub(crate) async fn begin(faults: FaultPlan) -> Self {
        Self::begin_on(Terms::default(), faults).await
    }

    /// The same on other terms.
    pub(crate) async fn begin_on(terms: Terms, faults: FaultPlan) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let world = Self::open(&folder, terms, faults).await;
        world.fill().await;
        world
    }

    /// The same practice in a new process, as far as one process can tell.
    pub(crate) async fn reopen(self, faults: FaultPlan) -> Self {
        let Self {
            folder,
            sandbox,
            store,
            workflows,
        } = self;
        drop((store, workflows));
        sandbox.shutdown().await;
        Self::open(&folder, Terms::default(), faults).await
    }

    async fn open(folder: &Arc<TempDir>, terms: Terms, faults: FaultPlan) -> Self {
        let sandbox = Sandbox::builder()
            .seed(1)
            .clock(terms.xpm_clock)
            .limits(terms.limits)
            .data_file(folder.path().join("xpm.jsonl"))
            .build()
            .unwrap();
        stock(&sandbox.state());
        let tokens = sandbox.state().issue_tokens().unwrap();
        let running = sandbox.start("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let store = open_store(&folder.path().join("practice.db")).await;
        let xpm = Xpm::builder()
            .credentials("sandbox-app", SecretString::from("sandbox-secret"))
            .tokens(Arc::new(store.clone()))
            .clock(terms.clock.clone())
            .api(running.base_url())
            .identity(running.base_url())
            .connect_time_out(Duration::from_millis(200))
            .list_time_out(terms.time_out)
            .time_out(terms.time_out)
            .build()
            .unwrap();
        let refresh = SecretString::from(tokens.refresh_token);
        xpm.disconnect(&practice_id()).await.unwrap();
        let tenant = xpm
            .connect_with_refresh_token(&practice_id(), &refresh, None)
            .await
            .unwrap();
        let workflows = Workflows::new(Ports {
            store: Arc::new(store.clone()),
            gateway: Arc::new(xpm),
            clock: terms.clock,
            ids: workflow::system::ids(),
            zones: workflow::system::zones(),
        });
        let name = Name::new("Harbour Accounting").unwrap();
        let calendar = WorkingCalendar::new("weekends", 1).unwrap();
        let mut practice = Practice::new(
            practice_id(),
            name,
            "Pacific/Auckland".parse().unwrap(),
            calendar,
        );
        practice.daily_calls = workflow::practice::DailyCalls::Higher;
        practice.link = Link::Connected { tenant: tenant.id };
        workflows
            .set_up(Actor::host("test"), practice)
            .await
            .unwrap();
        running.state().set_faults(faults).unwrap();
        Self {
            folder: folder.clone(),
            sandbox: running,
            store,
            workflows,
        }
    }

    async fn fill(&self) {
        let practice = self.practice();
        for number in 0..CLIENTS {
            let client = Client {
                id: client(number),
                name: Name::new(format!("Client {number} & Sons")).unwrap(),
                year_end: FinancialYearEnd::MARCH,
                standing: Standing::Current,
            };
            practice
                .put_client(Actor::host("test"), client)
                .await
                .unwrap();
        }
        for (number, linked) in [(1, true), (2, true), (3, false)] {
            let person = Person {
                id: format!("person-{number}").parse().unwrap(),
                name: Name::new(format!("Person {number}")).unwrap(),
                email: None,
                staff: linked.then(|| staff_id(number)),
            };
            practice
                .put_person(Actor::host("test"), person)
                .await
                .unwrap();
        }
    }

    pub(crate) fn practice(&self) -> PracticeHandle {
        self.workflows.practice(practice_id())
    }

    pub(crate) fn scheduler(&self) -> Scheduler {
        Scheduler::new(self.workflows.clone()).with(Options::simulated(settle()))
    }

    /// A weekly workflow with `owed` occurrences due by now, two job templates and a team.
    pub(crate) async fn add_weekly(&self, client_number: u32, owed: u64) -> WorkflowId {
        let from = today().checked_sub_days(Days::new(7 * owed)).unwrap();
        let new = NewWorkflow::named("Payroll {start:iso}")
            .client(client(client_number))
            .description("Weekly payroll for {client}")
            .partner("person-1".parse().unwrap())
            .manager("person-2".parse().unwrap())
            .staff(["person-1".parse().unwrap(), "person-2".parse().unwrap()])
            .templates([template(1), template(2)])
            .deploys_from(from)
            .recurring(
                Recurrence::weekly()
                    .from(from)
                    .times(u32::try_from(owed).unwrap()),
            );
        self.practice()
            .add(Actor::host("test"), new)
            .await
            .unwrap()
            .value
    }

    /// Runs until nothing more happens within a minute.
    pub(crate) async fn settle(&self) -> scheduler::Report {
        let run = self.scheduler();
        let run = run.run_until_settled(TimeDelta::seconds(60));
        let report = run.await.unwrap();
        assert!(report.is_settled(), "{report:?}");
        report
    }

    pub(crate) fn jobs(&self) -> Vec<Job> {
        self.sandbox.state().jobs()
    }

    /// Exactly one job for each deployment of these workflows that says that it has one, complete
    /// with its tasks and people, and no job beside them.
    pub(crate) async fn assert_one_job_each(&self, workflows: &[WorkflowId], expected: usize) {
        self.sandbox.state().settled().await;
        let duplicates = self.sandbox.state().duplicates();
        assert!(duplicates.is_empty(), "made twice: {duplicates:?}");
        let jobs = self.jobs();
        let mut deployed = 0;
        for id in workflows {
            for found in self.practice().deployments_of(*id).await.unwrap() {
                let deployment = found.value;
                let Some(job) = deployment.job() else {
                    assert!(
                        deployment.trouble().is_some(),
                        "neither a job nor a reason: {deployment:?}"
                    );
                    continue;
                };
                let held: Vec<&Job> = jobs
                    .iter()
                    .filter(|held| deployment.marker().is_in(&held.description))
                    .collect();
                assert_eq!(held.len(), 1, "{deployment:?}");
                assert_eq!(held[0].number, job.number.as_str());
                assert_eq!(
                    held[0].tasks.len(),
                    5,
                    "each template once: {:?}",
                    held[0].tasks
                );
                deployed += 1;
            }
        }
        assert_eq!(deployed, expected);
        assert_eq!(jobs.len(), expected, "jobs that nobody owns");
    }

    /// Follows the practice's audit chain from its start.
    pub(crate) async fn assert_audit_is_whole(&self) {
        let mut chain = workflow::audit::Chain::start(practice_id());
        loop {
            let query = workflow::ports::store::EntryQuery {
                after: Some(chain.seq()),
                ..workflow::ports::store::EntryQuery::default()
            };
            let store = &self.workflows.ports().store;
            let page = store.entries(&practice_id(), &query).await.unwrap();
            if page.is_empty() {
                break;
            }
            for entry in &page {
                chain.follow(entry).unwrap();
            }
        }
        assert!(chain.seq() > 0);
    }
}

async fn open_store(path: &Path) -> SqliteStore {
    loop {
        let key = MasterKey::from_bytes([7; 32]);
        match SqliteStore::options()
            .key(key)
            .label("test")
            .open(path)
            .await
        {
            Ok(store) => return store,
            // What was cut short may still hold the store for a moment.
            Err(OpenError::Owned { .. }) => tokio::task::yield_now().await,
            Err(error) => panic!("{error}"),
        }
    }
}

/// What XPM knows already.
fn stock(state: &xpm_sandbox::SandboxState) {
    for number in 0..CLIENTS {
        let uuid = client(number).uuid();
        if state.client(uuid).is_none() {
            state
                .add_client(uuid, &format!("Client {number} & Sons"))
                .unwrap();
        }
    }
    if state.records().staff.is_empty() {
        state
            .add_staff(staff(1), "Aroha", "aroha@example.com")
            .unwrap();
        state.add_staff(staff(2), "Ben", "ben@example.com").unwrap();
        state
            .add_template(template(1).uuid(), "Payroll", &["Collect", "Pay", "File"])
            .unwrap();
        state
            .add_template(template(2).uuid(), "Review", &["Review", "Sign"])
            .unwrap();
    }
}

pub(crate) fn on(date: NaiveDate) -> Occurrence {
    Occurrence::On(date)
}

pub(crate) fn now() -> chrono::DateTime<Utc> {
    workflow::system::clock().now()
}

//! What a gateway around another one passes on: everything.
//!
//! A policy that is not the job system's (a meter, a recorder, a fault on purpose) is a gateway
//! around another. Where it leaves a method of the port to its default, the inner gateway's answer
//! is lost in silence: a settle time is too short, a connection is taken for one that lasts.
//! [`passes_everything_on`] shows what is missing, and [`gateway_suite!`](crate::gateway_suite) what
//! is changed on the way.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, NaiveDate, Utc};

use super::Bench;
use crate::ids::{ClientId, JobNumber, PracticeId, TemplateId};
use crate::ports::gateway::{
    Answer, CreateJob, DirectoryPage, DirectoryPart, GatewayError, Job, JobGateway, JobList,
    Linking, ListedClient, OwnNumbers, Team, WorstCase,
};
use crate::testing::{CallKind, MemoryGateway};

/// A gateway none of whose answers is what the port has where a gateway says nothing.
#[derive(Clone, Debug)]
struct Telling {
    inner: MemoryGateway,
}

/// Longer than the port's own, so that it cannot be taken for it.
const WORST: WorstCase = WorstCase {
    call: Duration::from_secs(77),
    server: Duration::from_secs(177),
};

fn own_numbers() -> OwnNumbers {
    OwnNumbers::NotTaken {
        reason: "the innermost gateway says so".to_owned(),
    }
}

/// A day in the year 2096.
fn until() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + chrono::TimeDelta::days(46_000)
}

/// Holds a gateway that is made around another to passing on whatever the port has.
///
/// ```
/// use workflow_core::testing::gateway_suite::passes_everything_on;
///
/// # async fn run() {
/// // What is the inner gateway itself leaves nothing out.
/// passes_everything_on(|inner| inner).await;
/// # }
/// ```
///
/// # Panics
///
/// Names the method that was not passed on, or whose answer was not.
pub async fn passes_everything_on(around: impl FnOnce(Arc<dyn JobGateway>) -> Arc<dyn JobGateway>) {
    let inner = MemoryGateway::new();
    inner.set_own_numbers(own_numbers());
    let mut bench = Bench::memory_of(&inner);
    bench.gateway = around(Arc::new(Telling {
        inner: inner.clone(),
    }));
    what_is_told(&bench).await;
    what_is_called(&bench, &inner).await;
}

async fn what_is_told(bench: &Bench) {
    let gateway = &bench.gateway;
    assert_eq!(gateway.worst_case(), WORST, "worst_case");
    assert_eq!(gateway.linking(), Linking::Needed, "linking");
    assert_eq!(gateway.own_numbers(), own_numbers(), "own_numbers");
    let lasts = gateway.connected_until(&bench.practice).await;
    assert_eq!(lasts, Some(until()), "connected_until");
}

async fn what_is_called(bench: &Bench, inner: &MemoryGateway) {
    let (gateway, practice) = (&bench.gateway, &bench.practice);
    let job = bench.create(1).await;
    let applied = gateway.apply_template(practice, &job.number, bench.template);
    assert!(applied.await.is_ok(), "apply_template");
    let team = Team {
        partner: Some(bench.staff[0]),
        ..Team::default()
    };
    let assigned = gateway.assign(practice, &job.number, &team).await;
    assert!(assigned.is_ok(), "assign");
    let made = inner.jobs(practice);
    assert_eq!(vec![bench.read(&job.number).await], made, "job");
    let jobs = bench.jobs_of(bench.client).await;
    assert_eq!(jobs.len(), 1, "jobs_of_client");
    let created = gateway.jobs_created(practice, bench.today, bench.today);
    let created = created.await.expect("jobs_created").value.jobs;
    assert_eq!(created.len(), 1, "jobs_created");
    let page = gateway.directory(practice, DirectoryPart::Staff, None);
    let page = page.await.expect("directory").value;
    assert!(!page.rows.is_empty() && page.next.is_some(), "directory");
    let ever = DateTime::UNIX_EPOCH;
    let changed = gateway.clients_modified_since(practice, ever).await;
    let changed = changed.expect("clients_modified_since").value;
    assert!(changed.is_some(), "clients_modified_since");
    for kind in [
        CallKind::CreateJob,
        CallKind::ApplyTemplate,
        CallKind::Assign,
        CallKind::Job,
        CallKind::JobsOfClient,
        CallKind::JobsCreated,
        CallKind::Directory,
        CallKind::ClientsModified,
    ] {
        assert_eq!(inner.count(kind), 1, "{kind:?} is passed on once");
    }
}

#[async_trait]
impl JobGateway for Telling {
    fn worst_case(&self) -> WorstCase {
        WORST
    }

    fn linking(&self) -> Linking {
        Linking::Needed
    }

    fn own_numbers(&self) -> OwnNumbers {
        self.inner.own_numbers()
    }

    async fn create_job(
        &self,
        practice: &PracticeId,
        job: &CreateJob,
    ) -> Result<Answer<Job>, GatewayError> {
        self.inner.create_job(practice, job).await
    }

    async fn apply_template(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        template: TemplateId,
    ) -> Result<Answer<Job>, GatewayError> {
        self.inner.apply_template(practice, job, template).await
    }

    async fn assign(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        team: &Team,
    ) -> Result<Answer<Job>, GatewayError> {
        self.inner.assign(practice, job, team).await
    }

    async fn job(
        &self,
        practice: &PracticeId,
        number: &JobNumber,
    ) -> Result<Answer<Option<Job>>, GatewayError> {
        self.inner.job(practice, number).await
    }

    async fn jobs_of_client(
        &self,
        practice: &PracticeId,
        client: ClientId,
    ) -> Result<Answer<JobList>, GatewayError> {
        self.inner.jobs_of_client(practice, client).await
    }

    async fn jobs_created(
        &self,
        practice: &PracticeId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Answer<JobList>, GatewayError> {
        self.inner.jobs_created(practice, from, to).await
    }

    async fn directory(
        &self,
        practice: &PracticeId,
        part: DirectoryPart,
        cursor: Option<String>,
    ) -> Result<Answer<DirectoryPage>, GatewayError> {
        self.inner.directory(practice, part, cursor).await
    }

    async fn clients_modified_since(
        &self,
        practice: &PracticeId,
        since: DateTime<Utc>,
    ) -> Result<Answer<Option<Vec<ListedClient>>>, GatewayError> {
        self.inner.clients_modified_since(practice, since).await
    }

    async fn connected_until(&self, _: &PracticeId) -> Option<DateTime<Utc>> {
        Some(until())
    }
}

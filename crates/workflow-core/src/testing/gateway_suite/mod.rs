//! The conformance suite of job gateways: what the ledger relies on, whichever job system is
//! behind it.
//!
//! [`gateway_suite!`](crate::gateway_suite) makes one named test of each rule. What a gateway does
//! when its network fails is the adapter's own to test, where it can be made to fail.
//! [`wrong_gateway`](super::wrong_gateway) proves that the suite bites.

mod directory;
mod passing_on;
mod reads;
mod table;
mod writes;

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use chrono::NaiveDate;

pub use self::passing_on::passes_everything_on;
pub use self::table::{RULES, Rule};
use super::{MemoryGateway, samples};
use crate::deployment::Marker;
use crate::ids::{ClientId, JobNumber, PracticeId, StaffId, TemplateId};
use crate::ports::gateway::{
    Answer, CreateJob, DirectoryPart, DirectoryRow, GatewayError, Job, JobGateway,
};
use crate::workflow::Occurrence;

/// Every rule, under the name that its test bears.
pub mod rules {
    pub use super::directory::*;
    pub use super::reads::*;
    pub use super::writes::*;
}

/// A gateway, and what its job system has to know for the rules: two clients without jobs, a job
/// template with at least one task, and two members of staff, all of them listed in its directory.
#[derive(Debug)]
pub struct Bench {
    /// The gateway.
    pub gateway: Arc<dyn JobGateway>,
    /// A practice that is connected.
    pub practice: PracticeId,
    /// A client of the practice without jobs.
    pub client: ClientId,
    /// Another client of the practice without jobs.
    pub other_client: ClientId,
    /// A job template with at least one task.
    pub template: TemplateId,
    /// Two members of staff.
    pub staff: [StaffId; 2],
    /// The day that it is in the job system, give or take one: its days may be those of another
    /// zone.
    pub today: NaiveDate,
    /// What the job system is known to refuse, where it checks what it is given at all.
    pub unknown: Option<Unknown>,
    /// Whatever must outlive the gateway, such as a server.
    pub keep: Option<Box<dyn Any + Send + Sync>>,
}

/// What a job system does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// A client.
    pub client: ClientId,
    /// A job template.
    pub template: TemplateId,
    /// A member of staff.
    pub staff: StaffId,
}

impl Bench {
    /// A job system in memory, filled for the rules. It takes whatever it is given.
    #[must_use]
    pub fn memory() -> Self {
        Self::memory_of(&MemoryGateway::new())
    }

    fn memory_of(gateway: &MemoryGateway) -> Self {
        gateway.set_today(samples::day(0));
        let bench = Self::of(gateway.clone());
        let mut rows = vec![
            (DirectoryPart::Clients, bench.client.uuid()),
            (DirectoryPart::Clients, bench.other_client.uuid()),
            (DirectoryPart::Templates, bench.template.uuid()),
        ];
        rows.extend(
            bench
                .staff
                .map(|staff| (DirectoryPart::Staff, staff.uuid())),
        );
        // More than one page of staff.
        let others = (100..250).map(|number| samples::uuid(2, number));
        rows.extend(others.map(|id| (DirectoryPart::Staff, id)));
        for (part, id) in rows {
            let name = format!("Row {id}");
            let row = DirectoryRow {
                id,
                name,
                email: None,
            };
            gateway.add_row(&bench.practice, part, row);
        }
        bench
    }

    /// A bench of a gateway that knows what the one in memory knows.
    pub(super) fn of(gateway: impl JobGateway) -> Self {
        Self {
            gateway: Arc::new(gateway),
            practice: samples::practice_id("acme"),
            client: samples::client_id(1),
            other_client: samples::client_id(2),
            template: TemplateId::new(samples::uuid(1, 1)),
            staff: [1, 2].map(|number| StaffId::new(samples::uuid(2, number))),
            today: samples::day(0),
            unknown: None,
            keep: None,
        }
    }

    /// What is ordered for a client, under a marker of its own.
    fn order(&self, client: ClientId, number: u32) -> CreateJob {
        CreateJob {
            client,
            name: "Zoë's BAS <Q1> & \"more\"".to_owned(),
            description: marker(number).written_under("By the book\n  & by hand <b>"),
            start: samples::day(0),
            due: samples::day(30),
            reference: Some("CLI-00000001".to_owned()),
            template: Some(self.template),
            category: None,
            budget: None,
            number: None,
        }
    }

    async fn create(&self, number: u32) -> Job {
        let order = self.order(self.client, number);
        given(self.gateway.create_job(&self.practice, &order).await)
    }

    async fn read(&self, number: &JobNumber) -> Job {
        let job = given(self.gateway.job(&self.practice, number).await);
        job.expect("the job is there")
    }

    async fn jobs_of(&self, client: ClientId) -> Vec<Job> {
        let jobs = self.gateway.jobs_of_client(&self.practice, client).await;
        given(jobs).jobs
    }
}

/// What a call must give.
fn given<T>(answer: Result<Answer<T>, GatewayError>) -> T {
    answer.expect("the call succeeds").value
}

/// What a call must not give.
fn not_given<T: Debug>(answer: Result<Answer<T>, GatewayError>) -> GatewayError {
    answer.expect_err("the call is refused")
}

fn marker(number: u32) -> Marker {
    let practice = samples::practice_id("acme");
    Marker::of(&practice, samples::workflow_id(number), Occurrence::Once)
}

fn bears(job: &Job, number: u32) -> bool {
    let description = job.description.as_deref();
    description.is_some_and(|text| marker(number).is_in(text))
}

fn nobody() -> JobNumber {
    "J999999".parse().expect("a job number")
}

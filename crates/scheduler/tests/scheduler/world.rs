//! A practice in memory, and how a scheduler is run by hand.

use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use chrono::TimeDelta;
use futures_util::poll;
use scheduler::{Options, Report, Scheduler, SchedulerError};
use workflow_core::audit::Actor;
use workflow_core::deployment::Deployment;
use workflow_core::ids::{PracticeId, WorkflowId};
use workflow_core::practice::{Link, Practice};
use workflow_core::service::{NewWorkflow, Ports, PracticeHandle, Workflows};
use workflow_core::testing::{CountingIds, ManualClock, MemoryGateway, MemoryStore, samples};
use workflow_core::workflow::Occurrence;
use workflow_core::zone::{Zone, ZoneName, Zones};

pub(crate) struct World {
    pub(crate) store: MemoryStore,
    pub(crate) gateway: MemoryGateway,
    pub(crate) clock: ManualClock,
    pub(crate) workflows: Workflows,
}

#[derive(Debug)]
struct Utc;

impl Zones for Utc {
    fn zone(&self, _: &ZoneName) -> Option<Zone> {
        Some(Zone::utc())
    }
}

pub(crate) fn acme() -> PracticeId {
    samples::practice_id("acme")
}

pub(crate) fn connected() -> Link {
    Link::Connected {
        tenant: samples::uuid(0xA, 1),
    }
}

impl World {
    /// Seven o'clock on 1 January 2026, an hour after the deploy time.
    pub(crate) async fn begin() -> Self {
        Self::beside(&MemoryGateway::new()).await
    }

    /// An empty store beside a job system that may have jobs already.
    pub(crate) async fn beside(gateway: &MemoryGateway) -> Self {
        let (store, gateway) = (MemoryStore::new(), gateway.clone());
        let clock = ManualClock::at(samples::minute(7 * 60));
        let workflows = Workflows::new(Ports {
            store: Arc::new(store.clone()),
            gateway: Arc::new(gateway.clone()),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(CountingIds::new(1)),
            zones: Arc::new(Utc),
        });
        let practice = Practice {
            link: connected(),
            ..samples::practice(&acme())
        };
        let host = Actor::host("test");
        workflows.set_up(host, practice).await.unwrap();
        Self {
            store,
            gateway,
            clock,
            workflows,
        }
    }

    pub(crate) fn practice(&self) -> PracticeHandle {
        self.workflows.practice(acme())
    }

    /// Workflows of different clients, each with one occurrence that was due an hour ago.
    pub(crate) async fn add_due(&self, clients: std::ops::Range<u32>) -> Vec<WorkflowId> {
        let mut added = Vec::new();
        for number in clients {
            let new = NewWorkflow::named("Accounts").on_date(samples::day(0));
            added.push(self.add(number, new).await);
        }
        added
    }

    pub(crate) async fn add(&self, number: u32, new: NewWorkflow) -> WorkflowId {
        let practice = self.practice();
        let client = samples::client(number, &format!("Client {number}"));
        let new = new.client(client.id);
        let host = Actor::host("test");
        practice.put_client(host.clone(), client).await.unwrap();
        practice.add(host, new).await.unwrap().value
    }

    pub(crate) fn scheduler(&self) -> Scheduler {
        Scheduler::new(self.workflows.clone())
    }

    /// One that makes one call at a time.
    pub(crate) fn narrow_scheduler(&self) -> Scheduler {
        self.scheduler().with(Options {
            calls_at_once: 1,
            ..Options::default()
        })
    }

    pub(crate) async fn run_due(&self) -> Report {
        let scheduler = self.scheduler();
        self.finish(scheduler.run_due()).await
    }

    /// Runs until nothing happens within twelve hours.
    pub(crate) async fn settle(&self) -> Report {
        let scheduler = self.scheduler();
        self.finish(scheduler.run_until_settled(TimeDelta::hours(12)))
            .await
    }

    /// Lets time pass whenever everybody waits for it.
    pub(crate) async fn finish(
        &self,
        run: impl Future<Output = Result<Report, SchedulerError>>,
    ) -> Report {
        let mut run = pin!(run);
        loop {
            if let Some(report) = as_far_as_it_goes(&mut run).await {
                return report.unwrap();
            }
            let wake = self.clock.next_wake().expect("it waits for time");
            self.clock.advance_to(wake);
        }
    }

    pub(crate) async fn deployment(&self, workflow: WorkflowId) -> Deployment {
        let found = self.practice().deployment(workflow, Occurrence::Once).await;
        found.unwrap().expect("a deployment").value
    }

    pub(crate) fn assert_one_job_each(&self, expected: usize) {
        assert_eq!(self.gateway.duplicates(), []);
        assert_eq!(self.gateway.jobs(&acme()).len(), expected);
    }
}

/// Everything in memory answers at once, so what is not ready after so many polls waits for time
/// or for the test.
pub(crate) async fn as_far_as_it_goes<F: Future + Unpin>(run: &mut F) -> Option<F::Output> {
    for _ in 0..200 {
        if let Poll::Ready(output) = poll!(&mut *run) {
            return Some(output);
        }
    }
    None
}

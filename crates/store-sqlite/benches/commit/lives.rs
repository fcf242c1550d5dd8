//! Lives of runs, through the store.

use std::sync::Arc;

use chrono::{Days, NaiveDate, TimeDelta};
use store_sqlite::SqliteStore;
use workflow_core::budget::BudgetChange;
use workflow_core::deployment::{Deployment, Fence};
use workflow_core::ids::PracticeId;
use workflow_core::ports::store::{LeaseAnswer, LeaseRequest, Put, Record, Store, Unit, Version};
use workflow_core::practice::DailyCalls;
use workflow_core::testing::samples::{self, Stage};
use workflow_core::workflow::{Occurrence, Workflow, WorkflowEvent};

pub(crate) fn acme() -> PracticeId {
    samples::practice_id("acme")
}

/// The nominal date of a life.
pub(crate) fn nominal(life: u32) -> NaiveDate {
    samples::day(0) + Days::new(u64::from(life))
}

/// The practice, one workflow for each producer, and the lease. Returns the workflows, which cost
/// more to make than to write.
pub(crate) async fn prepare(store: &SqliteStore, producers: u32) -> Vec<Arc<Workflow>> {
    let practice = Record::Practice(samples::practice(&acme()));
    let workflows: Vec<_> = (0..producers)
        .map(|number| Arc::new(workflow(number)))
        .collect();
    let put = |record| Put {
        record,
        expected: Version::NONE,
    };
    let records = workflows.iter().map(|of| record(of)).chain([practice]);
    let unit = Unit {
        puts: records.map(put).collect(),
        ..Unit::default()
    };
    store.commit(&acme(), unit).await.expect("a commit");
    let request = LeaseRequest {
        holder: samples::holder("bench"),
        now: samples::minute(0),
        time: TimeDelta::days(365),
    };
    let leased = store.lease(&acme(), &request).await.expect("an answer");
    assert!(matches!(leased, LeaseAnswer::Granted(lease) if lease.fence == Fence(1)));
    workflows
}

fn record(workflow: &Workflow) -> Record {
    Record::Workflow(Box::new(workflow.clone()))
}

fn workflow(number: u32) -> Workflow {
    samples::workflow_due(number, samples::client_id(0), samples::minute(0))
}

/// Each producer carries so many deployments through their life.
pub(crate) async fn turn(store: &SqliteStore, workflows: &[Arc<Workflow>], lives: u32, turn: u32) {
    let producers = (0..).zip(workflows).map(|(producer, workflow)| {
        let (store, workflow) = (store.clone(), Arc::clone(workflow));
        tokio::spawn(async move {
            for life in 0..lives {
                live(&store, producer, &workflow, turn * lives + life).await;
            }
        })
    });
    for producer in producers.collect::<Vec<_>>() {
        producer.await.expect("a producer");
    }
}

async fn live(store: &SqliteStore, producer: u32, workflow: &Workflow, life: u32) {
    let at = samples::minute(0);
    let occurrence = Occurrence::On(nominal(life));
    let events = samples::deployment_events(producer, occurrence, at, Stage::Deployed);
    let mut deployment = None;
    // The claim with its first intent; the result; the end.
    for (version, (events, workflow_version)) in (0..).zip([
        (&events[..2], Some(2 * life + 1)),
        (&events[2..3], None),
        (&events[3..], Some(2 * life + 2)),
    ]) {
        for event in events {
            apply(&mut deployment, producer, event);
        }
        let now = deployment.clone().expect("it was begun");
        let mut puts = vec![put(Record::Deployment(Box::new(now)), version)];
        if let Some(version) = workflow_version {
            puts.push(put(record(workflow), version));
        }
        let line = |event: &WorkflowEvent| samples::workflow_line(producer, event.clone(), 0);
        let unit = Unit {
            fence: Some(Fence(1)),
            puts,
            budget: (version < 2)
                .then(|| (BudgetChange::debit(at, 1 - version), DailyCalls::Higher)),
            lines: events.iter().map(line).collect(),
            ..Unit::default()
        };
        store.commit(&acme(), unit).await.expect("a commit");
    }
}

fn apply(deployment: &mut Option<Deployment>, producer: u32, event: &WorkflowEvent) {
    match deployment {
        Some(deployment) => deployment.apply(event),
        None => {
            let id = samples::workflow_id(producer);
            *deployment = Deployment::begun(id, samples::client_id(0), event);
        }
    }
}

fn put(record: Record, version: u32) -> Put {
    Put {
        record,
        expected: Version(u64::from(version)),
    }
}

//! A record that cannot be read stalls its own workflow, and nothing else.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use scheduler::Scheduler;
use workflow_core::audit::Entry;
use workflow_core::budget::Budget;
use workflow_core::deployment::Phase;
use workflow_core::ids::{HolderId, PracticeId, WorkflowId};
use workflow_core::ports::store::{
    Due, EntryQuery, Key, LeaseAnswer, LeaseRequest, Once, Page, Query, Receipt, Record, Store,
    StoreError, Unit, Versioned, Wake,
};
use workflow_core::service::{Ports, Workflows};
use workflow_core::testing::{CallKind, MemoryStore};

use super::world::{World, acme};

/// A store in which one workflow's own record cannot be read.
#[derive(Debug)]
struct Scratched {
    inner: MemoryStore,
    workflow: WorkflowId,
}

#[async_trait]
impl Store for Scratched {
    async fn commit(&self, practice: &PracticeId, unit: Unit) -> Result<Receipt, StoreError> {
        self.inner.commit(practice, unit).await
    }

    async fn receipt(
        &self,
        practice: &PracticeId,
        once: &Once,
    ) -> Result<Option<Receipt>, StoreError> {
        self.inner.receipt(practice, once).await
    }

    async fn get(
        &self,
        practice: &PracticeId,
        key: &Key,
    ) -> Result<Option<Versioned<Record>>, StoreError> {
        if *key == Key::Workflow(self.workflow) {
            return Err(StoreError::Damaged {
                what: "a workflow".to_owned(),
                reason: "end of text".to_owned(),
            });
        }
        self.inner.get(practice, key).await
    }

    async fn find(&self, practice: &PracticeId, query: &Query) -> Result<Page, StoreError> {
        self.inner.find(practice, query).await
    }

    async fn due(
        &self,
        practice: &PracticeId,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Due>, StoreError> {
        self.inner.due(practice, now, limit).await
    }

    async fn wakes(&self, limit: u32) -> Result<Vec<Wake>, StoreError> {
        self.inner.wakes(limit).await
    }

    async fn practices(
        &self,
        after: Option<PracticeId>,
        limit: u32,
    ) -> Result<Vec<PracticeId>, StoreError> {
        self.inner.practices(after, limit).await
    }

    async fn entries(
        &self,
        practice: &PracticeId,
        query: &EntryQuery,
    ) -> Result<Vec<Entry>, StoreError> {
        self.inner.entries(practice, query).await
    }

    async fn budget(&self, practice: &PracticeId) -> Result<Option<Budget>, StoreError> {
        self.inner.budget(practice).await
    }

    async fn lease(
        &self,
        practice: &PracticeId,
        request: &LeaseRequest,
    ) -> Result<LeaseAnswer, StoreError> {
        self.inner.lease(practice, request).await
    }

    async fn release(&self, practice: &PracticeId, holder: &HolderId) -> Result<(), StoreError> {
        self.inner.release(practice, holder).await
    }
}

#[tokio::test]
async fn a_damaged_record_stalls_its_workflow_alone_and_is_named() {
    let world = World::begin().await;
    let workflows = world.add_due(0..4).await;
    // It stands first among what is due.
    let (damaged, others) = workflows.split_first().unwrap();
    let scratched = Scratched {
        inner: world.store.clone(),
        workflow: *damaged,
    };
    let over_it = Workflows::new(Ports {
        store: Arc::new(scratched),
        ..world.workflows.ports().clone()
    });
    let report = Scheduler::new(over_it.clone()).run_due().await.unwrap();
    assert_eq!((report.deployed, report.calls), (3, 3), "{report:?}");
    let [(practice, sentence)] = &report.troubled[..] else {
        panic!("one trouble was expected: {report:?}");
    };
    assert_eq!(*practice, acme());
    assert!(sentence.contains(&damaged.to_string()), "{sentence}");
    for id in others {
        assert_eq!(*world.deployment(*id).await.phase(), Phase::Deployed);
    }

    // What is added later is not held up either, and a repaired record goes on.
    world.add_due(4..5).await;
    world.clock.advance(TimeDelta::minutes(1));
    let report = Scheduler::new(over_it).run_due().await.unwrap();
    assert_eq!(
        (report.deployed, report.troubled.len()),
        (1, 1),
        "{report:?}"
    );
    assert_eq!(world.settle().await.deployed, 1);
    assert_eq!(world.gateway.count(CallKind::CreateJob), 5);
    world.assert_one_job_each(5);
}

//! A practice over the memory store and the memory gateway, for commands and turns.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::sync::Arc;

use chrono::TimeDelta;
use workflow_core::audit::Actor;
use workflow_core::deployment::Phase;
use workflow_core::deployment::conclude::Policy;
use workflow_core::ids::WorkflowId;
use workflow_core::ports::clock::Clock as _;
use workflow_core::ports::gateway::JobGateway as _;
use workflow_core::ports::store::{Due, LeaseAnswer, LeaseRequest, Store as _};
use workflow_core::service::{
    Call, CallOutcome, Ended, Ports, PracticeHandle, Room, Task, Turn, TurnFacts, Workflows,
};
use workflow_core::testing::{CountingIds, ManualClock, MemoryGateway, MemoryStore, samples};
use workflow_core::workflow::Occurrence;
use workflow_core::zone::{Zone, ZoneName, Zones};

pub(crate) const ONCE: Occurrence = Occurrence::Once;

pub(crate) struct World {
    pub(crate) store: MemoryStore,
    pub(crate) gateway: MemoryGateway,
    pub(crate) clock: ManualClock,
    pub(crate) workflows: Workflows,
    pub(crate) practice: PracticeHandle,
}

#[derive(Debug)]
struct Utc;

impl Zones for Utc {
    fn zone(&self, _: &ZoneName) -> Option<Zone> {
        Some(Zone::utc())
    }
}

pub(crate) fn host() -> Actor {
    Actor::host("test")
}

impl World {
    /// Seven o'clock on 1 January 2026, with one client.
    pub(crate) async fn begin() -> Self {
        let (store, gateway) = (MemoryStore::new(), MemoryGateway::new());
        let clock = ManualClock::at(samples::minute(7 * 60));
        let workflows = Workflows::new(Ports {
            store: Arc::new(store.clone()),
            gateway: Arc::new(gateway.clone()),
            clock: Arc::new(clock.clone()),
            ids: Arc::new(CountingIds::new(1)),
            zones: Arc::new(Utc),
        });
        let acme = samples::practice(&samples::practice_id("acme"));
        let practice = workflows.set_up(host(), acme).await.unwrap().value;
        let client = samples::client(1, "Client");
        practice.put_client(host(), client).await.unwrap();
        Self {
            store,
            gateway,
            clock,
            workflows,
            practice,
        }
    }

    pub(crate) async fn turn(
        &self,
        workflow: WorkflowId,
        deployment: Option<Occurrence>,
        room: Room,
    ) -> Turn {
        let due = Task::Due(Due {
            at: self.clock.now(),
            rank: workflow_core::deployment::Rank::Scheduled,
            workflow,
            deployment,
        });
        self.take(due, room).await
    }

    async fn take(&self, task: Task, room: Room) -> Turn {
        let request = LeaseRequest {
            holder: samples::holder("test"),
            now: self.clock.now(),
            time: TimeDelta::seconds(60),
        };
        let answer = self
            .store
            .lease(self.practice.id(), &request)
            .await
            .unwrap();
        let LeaseAnswer::Granted(lease) = answer else {
            panic!("nobody else holds it: {answer:?}");
        };
        let facts = TurnFacts {
            lease,
            policy: Policy::default(),
            retry_in: Arc::new(|_| TimeDelta::seconds(5)),
            room,
        };
        self.practice.turn(&task, &facts).await.unwrap()
    }

    /// Deploys what is due of a workflow whose jobs have no more than one step.
    pub(crate) async fn deploy(&self, workflow: WorkflowId) -> Occurrence {
        let turn = self.turn(workflow, None, Room::Free).await;
        let Some((step, Call::Create(job))) = turn.call else {
            panic!("nothing is created: {turn:?}");
        };
        let occurrence = turn.occurrence.unwrap();
        let answer = self.gateway.create_job(self.practice.id(), &job).await;
        let ended = Task::Ended(Box::new(Ended {
            workflow,
            occurrence,
            step,
            sent: Some(self.clock.now()),
            outcome: CallOutcome::Written(answer),
        }));
        self.take(ended, Room::Free).await;
        occurrence
    }

    pub(crate) async fn phase(&self, workflow: WorkflowId) -> Phase {
        let found = self.practice.deployment(workflow, ONCE).await.unwrap();
        found.expect("a deployment").value.phase().clone()
    }
}

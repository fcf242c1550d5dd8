//! Billing levels: one nominee at a time, a reference for life, the proposal before the client.

use std::sync::Arc;

use workflow_core::audit::Actor;
use workflow_core::billing::{BillingLevel, Level, LevelOf, Nominee};
use workflow_core::ids::{ClientId, JobNumber, WorkflowId};
use workflow_core::ports::gateway::{CreateJob, JobGateway as _};
use workflow_core::service::{NewWorkflow, Ports, PracticeHandle, TakeOver, Workflows};
use workflow_core::testing::{CountingIds, ManualClock, MemoryGateway, MemoryStore, samples};
use workflow_core::zone::{Zone, ZoneName, Zones};

#[derive(Debug)]
struct Utc;

impl Zones for Utc {
    fn zone(&self, _: &ZoneName) -> Option<Zone> {
        Some(Zone::utc())
    }
}

fn mere() -> Actor {
    Actor::person("Mere")
}

struct World {
    gateway: MemoryGateway,
    practice: PracticeHandle,
}

impl World {
    async fn begin() -> Self {
        let gateway = MemoryGateway::new();
        let workflows = Workflows::new(Ports {
            store: Arc::new(MemoryStore::new()),
            gateway: Arc::new(gateway.clone()),
            clock: Arc::new(ManualClock::at(samples::minute(0))),
            ids: Arc::new(CountingIds::new(1)),
            zones: Arc::new(Utc),
        });
        let acme = samples::practice(&samples::practice_id("acme"));
        let practice = workflows.set_up(mere(), acme).await.unwrap().value;
        for number in [1, 2] {
            let client = samples::client(number, "Client");
            practice.put_client(mere(), client).await.unwrap();
        }
        Self { gateway, practice }
    }

    fn of(&self) -> LevelOf {
        LevelOf::Client(samples::client_id(1))
    }

    async fn add(&self, name: &str) -> WorkflowId {
        let new = NewWorkflow::named(name).client(samples::client_id(1));
        self.practice.add(mere(), new).await.unwrap().value
    }

    async fn nominate(&self, id: WorkflowId, take_over: TakeOver) -> Result<(), String> {
        let level = BillingLevel::Client;
        let done = self.practice.set_billing(mere(), id, level, take_over);
        done.await.map(|_| ()).map_err(|error| error.to_string())
    }

    async fn level(&self) -> Level {
        self.practice.level(self.of()).await.unwrap().unwrap().value
    }

    async fn billing(&self, id: WorkflowId) -> BillingLevel {
        self.practice
            .workflow(id)
            .await
            .unwrap()
            .unwrap()
            .value
            .billing()
    }

    async fn job_of(&self, client: ClientId) -> JobNumber {
        let job = CreateJob {
            client,
            name: "By hand".to_owned(),
            description: String::new(),
            start: samples::day(0),
            due: samples::day(9),
            reference: None,
            template: None,
            category: None,
            budget: None,
            number: None,
        };
        let made = self.gateway.create_job(self.practice.id(), &job).await;
        made.unwrap().value.number
    }
}

#[tokio::test]
async fn nominating_a_second_is_refused_naming_the_first_unless_it_takes_over() {
    let world = World::begin().await;
    let (first, second) = (world.add("Accounts").await, world.add("Payroll").await);
    world.nominate(first, TakeOver::Refuse).await.unwrap();
    let reference = world.level().await.reference;
    let refused = world.nominate(second, TakeOver::Refuse).await.unwrap_err();
    assert!(refused.contains("“Accounts”"), "{refused}");
    assert_eq!(world.billing(second).await, BillingLevel::NonBilling);

    world.nominate(second, TakeOver::Replace).await.unwrap();
    assert_eq!(world.billing(first).await, BillingLevel::NonBilling);
    let level = world.level().await;
    assert!(
        level.is_held_by(second) && level.reference == reference,
        "{level:?}"
    );

    world.practice.archive(mere(), second).await.unwrap();
    let level = world.level().await;
    assert_eq!(
        (level.nominee, level.reference),
        (None, reference),
        "kept for life"
    );
}

#[tokio::test]
async fn a_job_is_nominated_by_its_number_which_invoices_then_carry() {
    let world = World::begin().await;
    let workflow = world.add("Accounts").await;
    world.nominate(workflow, TakeOver::Refuse).await.unwrap();
    let level = world.level().await;
    assert_eq!(level.carried_by_invoices(), level.reference.as_str());

    let number = world.job_of(samples::client_id(1)).await;
    let nominate = |number: &JobNumber, take_over| {
        world
            .practice
            .nominate_job(mere(), world.of(), number.clone(), take_over)
    };
    let refused = nominate(&number, TakeOver::Refuse).await.unwrap_err();
    assert_eq!(refused.field(), Some("billing"), "{refused}");
    let done = nominate(&number, TakeOver::Replace).await.unwrap();
    assert!(!done.entries.is_empty());
    let level = world.level().await;
    assert_eq!(level.nominee, Some(Nominee::Job(number.clone())));
    assert_eq!(level.carried_by_invoices(), number.as_str());
    assert_eq!(world.billing(workflow).await, BillingLevel::NonBilling);
    assert_eq!(
        nominate(&number, TakeOver::Refuse).await.unwrap().entries,
        []
    );

    let others = world.job_of(samples::client_id(2)).await;
    let refused = nominate(&others, TakeOver::Replace).await.unwrap_err();
    assert_eq!(refused.field(), Some("job number"), "{refused}");
    let unknown = "J999999".parse().unwrap();
    assert!(nominate(&unknown, TakeOver::Replace).await.is_err());
    assert_eq!(world.level().await, level, "nothing was half-written");
}

#[tokio::test]
async fn where_both_levels_apply_the_proposals_wins_and_one_without_a_nominee_applies_to_nothing() {
    let client = samples::level(LevelOf::Client(samples::client_id(1)), 1);
    let proposal = samples::level(LevelOf::Proposal(samples::proposal_id(1)), 2);
    let held = |level: &Level| Level {
        nominee: Some(Nominee::Workflow(samples::workflow_id(1))),
        ..level.clone()
    };
    let free = |level: &Level| Level {
        nominee: None,
        ..level.clone()
    };
    let (client, proposal) = (held(&client), held(&proposal));
    assert_eq!(
        Level::of_invoice(Some(&client), Some(&proposal)),
        Some(&proposal)
    );
    let vacant = free(&proposal);
    assert_eq!(
        Level::of_invoice(Some(&client), Some(&vacant)),
        Some(&client)
    );
    assert_eq!(Level::of_invoice(Some(&free(&client)), None), None);
}

//! Calls that a person waits for: they are no sixth beside the scheduler's five, and none where
//! the calls are spent.

use std::pin::pin;

use workflow_core::audit::Actor;
use workflow_core::billing::LevelOf;
use workflow_core::budget::BudgetChange;
use workflow_core::ids::JobNumber;
use workflow_core::ports::clock::Clock as _;
use workflow_core::ports::store::{Store as _, Unit};
use workflow_core::practice::DailyCalls;
use workflow_core::service::{CommandError, NewWorkflow, TakeOver};
use workflow_core::testing::{CallKind, HeldWhen, samples};

use super::world::{World, acme, as_far_as_it_goes};

impl World {
    /// What a person's read comes to. There is no such job, which is told where it was asked for.
    async fn read(&self) -> CommandError {
        let level = LevelOf::Client(samples::client_id(0));
        let number: JobNumber = "J000900".parse().unwrap();
        let mere = Actor::person("Mere");
        let practice = self.practice();
        let read = practice.nominate_job(mere, level, number, TakeOver::Refuse);
        read.await.unwrap_err()
    }
}

#[tokio::test]
async fn a_persons_read_is_no_sixth_call_beside_the_schedulers_five() {
    let world = World::begin().await;
    world.add_due(0..6).await;
    let held: Vec<_> = (0..5)
        .map(|_| {
            world
                .gateway
                .hold_next(CallKind::CreateJob, HeldWhen::Before)
        })
        .collect();
    let scheduler = world.scheduler();
    let mut run = pin!(scheduler.run_due());
    assert!(as_far_as_it_goes(&mut run).await.is_none());
    for hold in &held {
        hold.arrived().await;
    }
    let refused = world.read().await;
    assert!(
        matches!(refused, CommandError::NoCallNow { .. }),
        "{refused:?}"
    );
    assert_eq!(world.gateway.count(CallKind::Job), 0);
    drop(held);
    world.finish(run).await;
    assert!(matches!(world.read().await, CommandError::NotFound { .. }));
    assert_eq!(world.gateway.count(CallKind::Job), 1);
}

#[tokio::test]
async fn the_scheduler_leaves_a_place_to_a_person_who_is_reading() {
    let world = World::begin().await;
    let workflows = world.add_due(0..6).await;
    let reading = world.gateway.hold_next(CallKind::Job, HeldWhen::Before);
    let mut read = pin!(world.read());
    assert!(as_far_as_it_goes(&mut read).await.is_none());
    reading.arrived().await;
    let held: Vec<_> = (0..5)
        .map(|_| {
            world
                .gateway
                .hold_next(CallKind::CreateJob, HeldWhen::Before)
        })
        .collect();
    let scheduler = world.scheduler();
    let mut run = pin!(scheduler.run_due());
    assert!(as_far_as_it_goes(&mut run).await.is_none());
    assert_eq!(world.gateway.count(CallKind::CreateJob), 4);
    reading.release();
    drop(held);
    assert!(as_far_as_it_goes(&mut read).await.is_some());
    let report = world.finish(run).await;
    assert_eq!(report.deployed, workflows.len() as u64, "{report:?}");
}

#[tokio::test]
async fn a_persons_read_is_refused_where_the_calls_are_spent_and_says_when_to_try_again() {
    let world = World::begin().await;
    world.add(0, NewWorkflow::named("Accounts").by_hand()).await;
    let spent = BudgetChange::debit(world.clock.now(), 60);
    let unit = Unit {
        budget: Some((spent, DailyCalls::Starter)),
        ..Unit::default()
    };
    world.store.commit(&acme(), unit).await.unwrap();
    let refused = world.read().await;
    assert_eq!(
        refused.to_string(),
        "the practice may make no further call to XPM just now; try again in 2 minutes"
    );
    assert_eq!(world.gateway.calls(), []);
}

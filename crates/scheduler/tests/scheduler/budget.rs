//! The call budget paces what is sent, and never stands in the way of recovery.

use chrono::TimeDelta;
use workflow_core::budget::BudgetChange;
use workflow_core::deployment::Phase;
use workflow_core::ports::clock::Clock as _;
use workflow_core::ports::store::{Store as _, Unit};
use workflow_core::practice::DailyCalls;
use workflow_core::testing::{CallKind, Fate};

use super::world::{World, acme};

#[tokio::test]
async fn a_minutes_sixty_calls_pace_what_is_due() {
    let world = World::begin().await;
    world.add_due(0..70).await;
    let report = world.run_due().await;
    assert_eq!((report.deployed, report.calls), (60, 60), "{report:?}");
    world.clock.advance(TimeDelta::seconds(59));
    assert_eq!(world.run_due().await.calls, 0, "the minute is not over");
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(world.run_due().await.deployed, 10);
    world.assert_one_job_each(70);
}

#[tokio::test]
async fn a_day_whose_calls_are_spent_keeps_some_for_look_ups() {
    let world = World::begin().await;
    let first = world.add_due(0..1).await[0];
    world
        .gateway
        .lose_reply(CallKind::CreateJob, Fate::CarriedOut);
    assert_eq!(world.run_due().await.lost, 1);

    // Somebody else spends the day's calls, and more becomes due than is looked at in one go.
    let spent = BudgetChange::debit(world.clock.now(), 950);
    let unit = Unit {
        budget: Some((spent, DailyCalls::Starter)),
        ..Unit::default()
    };
    world.store.commit(&acme(), unit).await.unwrap();
    let others = world.add_due(1..20).await;
    let report = world.run_due().await;
    assert_eq!(report.calls, 0, "{report:?}");

    let report = world.settle().await;
    assert_eq!(*world.deployment(first).await.phase(), Phase::Deployed);
    assert_eq!((report.deployed, report.calls), (1, 1), "{report:?}");
    world.assert_one_job_each(1);

    world.clock.advance(TimeDelta::days(1));
    assert_eq!(world.run_due().await.deployed, others.len() as u64);
    world.assert_one_job_each(20);
}

//! A call limit and a broken connection are no tries of a deployment; what is one is spread.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use scheduler::Options;
use workflow_core::deployment::{Phase, StepState};
use workflow_core::ports::clock::Clock as _;
use workflow_core::ports::gateway::{Failure, Limit};
use workflow_core::testing::CallKind;

use super::world::World;

fn unreachable() -> Failure {
    let text = "no route".to_owned();
    Failure::Unreachable { text }
}

#[tokio::test]
async fn a_limit_is_no_try_however_often_it_is_met() {
    let world = World::begin().await;
    let id = world.add_due(0..1).await[0];
    // More often than a deployment is tried before a person decides.
    for _ in 0..30 {
        let failure = Failure::RateLimited {
            limit: Limit::Minute,
            retry_after: Some(Duration::from_secs(60)),
        };
        world.gateway.fail_next(CallKind::CreateJob, failure);
    }
    world.run_due().await;
    let postponed = world.deployment(id).await;
    assert_eq!(*postponed.phase(), Phase::Running);
    assert_eq!((postponed.tries(), postponed.was_uncertain()), (0, false));
    assert_eq!(postponed.steps()[0].state, StepState::Pending);
    assert!(postponed.trouble().is_some(), "it says why nothing happens");

    let report = world.settle().await;
    assert_eq!((report.deployed, report.parked), (1, 0), "{report:?}");
    assert_eq!(world.deployment(id).await.tries(), 0);
    assert_eq!(world.gateway.count(CallKind::CreateJob), 31);
    world.assert_one_job_each(1);
}

#[tokio::test]
async fn a_network_that_is_down_is_a_try_and_after_twenty_a_person_decides() {
    let world = World::begin().await;
    let id = world.add_due(0..1).await[0];
    for _ in 0..30 {
        world.gateway.fail_next(CallKind::CreateJob, unreachable());
    }
    let scheduler = world.scheduler().with(Options {
        longest_retry: TimeDelta::seconds(30),
        ..Options::default()
    });
    let run = scheduler.run_until_settled(TimeDelta::hours(1));
    let report = world.finish(run).await;
    assert_eq!((report.deployed, report.parked), (0, 1), "{report:?}");
    assert_eq!(*world.deployment(id).await.phase(), Phase::Failed);
    // It was tried, and twenty times again.
    assert_eq!(world.gateway.count(CallKind::CreateJob), 21);
    world.assert_one_job_each(0);
}

#[tokio::test]
async fn what_failed_together_is_not_tried_together() {
    let world = World::begin().await;
    let workflows = world.add_due(0..8).await;
    for _ in 0..8 {
        world.gateway.fail_next(CallKind::CreateJob, unreachable());
    }
    world.run_due().await;
    let failed_at = world.clock.now();
    let mut waits = BTreeSet::new();
    for id in workflows {
        let wait = world.deployment(id).await.wake().unwrap() - failed_at;
        // The first wait is five seconds, and up to a quarter more.
        assert!(wait >= TimeDelta::seconds(5), "{wait}");
        assert!(wait < TimeDelta::milliseconds(6_250), "{wait}");
        waits.insert(wait);
    }
    assert!(waits.len() >= 6, "{waits:?}");
    assert_eq!(world.settle().await.deployed, 8);
    world.assert_one_job_each(8);
}

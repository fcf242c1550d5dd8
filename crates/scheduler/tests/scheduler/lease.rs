//! One scheduler drives a practice, and one that has lost it sends nothing.

use std::future::pending;
use std::pin::pin;

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use futures_util::future::{AbortHandle, Abortable};
use workflow_core::deployment::Phase;
use workflow_core::testing::{CallKind, HeldWhen};
use workflow_core::workflow::Occurrence;

use super::world::{World, acme, as_far_as_it_goes};

#[tokio::test]
async fn a_scheduler_that_lost_its_lease_sends_nothing_more() {
    let world = World::begin().await;
    let workflows = world.add_due(0..6).await;
    let held = world
        .gateway
        .hold_next(CallKind::CreateJob, HeldWhen::Before);
    let scheduler = world.narrow_scheduler();
    let mut old = pin!(scheduler.run(pending()));
    assert!(as_far_as_it_goes(&mut old).await.is_none());
    assert_eq!(world.gateway.count(CallKind::CreateJob), 1);

    // It stands still until its lease has run out, and another takes the practice.
    world.clock.advance(TimeDelta::seconds(61));
    let report = world.run_due().await;
    assert_eq!(report.deployed, 5, "{report:?}");
    let intended = world.deployment(workflows[0]).await;
    assert_eq!(*intended.phase(), Phase::Running);

    // Its call may go on now, and must not.
    held.release();
    assert!(as_far_as_it_goes(&mut old).await.is_none());
    assert_eq!(world.gateway.count(CallKind::CreateJob), 6);
    world.assert_one_job_each(5);

    let report = world.settle().await;
    // Looked for twice, and sent again.
    assert_eq!(
        (report.lost, report.deployed, report.calls),
        (1, 1, 3),
        "{report:?}"
    );
    world.assert_one_job_each(6);
}

#[tokio::test]
async fn of_two_schedulers_on_one_store_one_drives() {
    let world = World::begin().await;
    world.add_due(0..3).await;
    let held = world
        .gateway
        .hold_next(CallKind::CreateJob, HeldWhen::After);
    let scheduler = world.narrow_scheduler();
    let mut first = pin!(scheduler.run_due());
    assert!(as_far_as_it_goes(&mut first).await.is_none());

    let report = world.run_due().await;
    assert_eq!((report.calls, report.elsewhere), (0, vec![acme()]));

    held.release();
    let report = as_far_as_it_goes(&mut first).await.expect("the pass ends");
    assert_eq!(report.unwrap().deployed, 3);
    world.assert_one_job_each(3);
}

#[tokio::test]
async fn a_scheduler_that_is_stopped_awaits_what_is_under_way_and_begins_nothing() {
    let world = World::begin().await;
    let workflows = world.add_due(0..2).await;
    let held = world
        .gateway
        .hold_next(CallKind::CreateJob, HeldWhen::After);
    let (stop, registration) = AbortHandle::new_pair();
    let stopped = Abortable::new(pending::<()>(), registration).map(|_| ());
    let scheduler = world.narrow_scheduler();
    let mut running = pin!(scheduler.run(stopped));
    assert!(as_far_as_it_goes(&mut running).await.is_none());

    stop.abort();
    assert!(as_far_as_it_goes(&mut running).await.is_none());
    held.release();
    let report = as_far_as_it_goes(&mut running).await.expect("it stops");
    let report = report.unwrap();
    assert_eq!(
        (report.deployed, report.calls, report.unfinished),
        (1, 1, 0),
        "{report:?}"
    );
    let practice = world.practice();
    let second = practice.deployment(workflows[1], Occurrence::Once).await;
    assert_eq!(second.unwrap(), None);
}

//! What goes first, what goes side by side, and what a connection that is broken holds.

use std::pin::pin;

use chrono::TimeDelta;
use workflow_core::audit::Actor;
use workflow_core::deployment::Phase;
use workflow_core::ports::gateway::Failure;
use workflow_core::practice::{Link, Person};
use workflow_core::service::NewWorkflow;
use workflow_core::testing::{CallKind, Fate, HeldWhen, Request, samples};

use super::world::{World, as_far_as_it_goes, connected};

#[tokio::test]
async fn five_calls_at_a_time_and_not_one_more() {
    let world = World::begin().await;
    world.add_due(0..8).await;
    let hold = |_| {
        world
            .gateway
            .hold_next(CallKind::CreateJob, HeldWhen::Before)
    };
    let mut held: Vec<_> = (0..8).map(hold).collect();
    let scheduler = world.scheduler();
    let mut running = pin!(scheduler.run_due());
    for under_way in 5..=8 {
        assert!(as_far_as_it_goes(&mut running).await.is_none());
        assert_eq!(world.gateway.count(CallKind::CreateJob), under_way);
        held.remove(0).release();
    }
    drop(held);
    let report = as_far_as_it_goes(&mut running)
        .await
        .expect("the pass ends");
    assert_eq!(report.unwrap().deployed, 8);
    world.assert_one_job_each(8);
}

#[tokio::test]
async fn what_a_person_asks_for_goes_first() {
    let world = World::begin().await;
    world.add_due(0..3).await;
    let asked = world.add(7, NewWorkflow::named("Tax return")).await;
    let mere = Actor::person("Mere");
    world
        .practice()
        .deploy_now(mere, asked, None)
        .await
        .unwrap();
    world.run_due().await;
    let first = world.gateway.calls().remove(0).request;
    let Request::CreateJob(first) = first else {
        panic!("a job is created first, not {first:?}");
    };
    assert_eq!(first.client, samples::client_id(7));
    world.assert_one_job_each(4);
}

#[tokio::test]
async fn a_broken_connection_holds_everything_and_nothing_is_lost() {
    let world = World::begin().await;
    let workflows = world.add_due(0..3).await;
    let text = "the refresh token has expired".to_owned();
    let failure = Failure::NotConnected { text };
    world.gateway.fail_next(CallKind::CreateJob, failure);
    let scheduler = world.narrow_scheduler();
    scheduler.run_due().await.unwrap();
    let link = world.practice().practice().await.unwrap().value.link;
    assert!(matches!(link, Link::Broken { .. }), "{link:?}");

    world.clock.advance(TimeDelta::hours(1));
    assert_eq!(world.run_due().await.calls, 0);
    world.assert_one_job_each(0);
    let begun = world.deployment(workflows[0]).await;
    assert_eq!(*begun.phase(), Phase::Running);

    let mere = Actor::person("Mere");
    world.practice().set_link(mere, connected()).await.unwrap();
    assert_eq!(world.settle().await.deployed, 3);
    world.assert_one_job_each(3);
}

#[tokio::test]
async fn an_assignment_whose_reply_is_lost_each_time_is_left_to_a_person() {
    let world = World::begin().await;
    let person = Person {
        staff: Some(samples::uuid(5, 1).to_string().parse().unwrap()),
        ..samples::person(1)
    };
    let manager = person.id.clone();
    let host = Actor::host("test");
    world.practice().put_person(host, person).await.unwrap();
    let new = NewWorkflow::named("Accounts").manager(manager);
    let id = world.add(0, new.on_date(samples::day(0))).await;
    for _ in 0..20 {
        world.gateway.lose_reply(CallKind::Assign, Fate::Dropped);
    }
    let report = world.settle().await;
    assert_eq!((report.parked, report.lost), (1, 5), "{report:?}");
    assert_eq!(world.gateway.count(CallKind::Assign), 5);
    assert_eq!(*world.deployment(id).await.phase(), Phase::Failed);
    world.assert_one_job_each(1);
}

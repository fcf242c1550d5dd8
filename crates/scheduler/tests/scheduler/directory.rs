//! The directory is refreshed beside what is due, and never before it.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use chrono::TimeDelta;
use scheduler::{DirectoryRefresh, Options, Report, Scheduler};
use workflow_core::audit::Actor;
use workflow_core::ports::gateway::{DirectoryPart, DirectoryRow, Failure};
use workflow_core::practice::Link;
use workflow_core::testing::{CallKind, samples};

use super::world::{World, acme, as_far_as_it_goes, connected};

impl World {
    fn keeper(&self) -> Scheduler {
        self.scheduler().with(Options {
            directory: DirectoryRefresh::Kept,
            ..Options::default()
        })
    }

    async fn keep(&self) -> Report {
        let scheduler = self.keeper();
        self.finish(scheduler.run_due()).await
    }

    fn listed(&self, clients: u32) {
        for number in 0..clients {
            let row = DirectoryRow {
                id: samples::uuid(0xC, number),
                name: format!("Kauri {number}"),
                email: None,
            };
            self.gateway.add_row(&acme(), DirectoryPart::Clients, row);
        }
    }

    async fn clients(&self) -> usize {
        let part = DirectoryPart::Clients;
        self.practice().listings(part).await.unwrap().len()
    }
}

#[tokio::test]
async fn it_is_listed_once_and_then_only_what_was_changed() {
    let world = World::begin().await;
    world.listed(250);
    let report = world.keep().await;
    assert_eq!(report.calls, 6, "three lists and three pages");
    assert_eq!(world.clients().await, 250);
    let budget = world.practice().budget().await.unwrap();
    assert_eq!(budget.day_used, 6, "each is debited");
    assert_eq!(world.keep().await.calls, 0);
    world.clock.advance(TimeDelta::hours(4));
    assert_eq!(world.keep().await.calls, 1);
    assert_eq!(world.gateway.count(CallKind::ClientsModified), 1);
    // A scheduler that leaves it asks for nothing.
    world.clock.advance(TimeDelta::hours(24));
    assert_eq!(world.run_due().await.calls, 0);
}

#[tokio::test]
async fn what_is_due_goes_first_and_a_killed_listing_goes_on_where_it_was() {
    let world = World::begin().await;
    world.listed(450);
    // The third page is never answered: the process dies while it waits.
    for _ in 0..5 {
        let hold = world.gateway.hold_next(
            CallKind::Directory,
            workflow_core::testing::HeldWhen::Before,
        );
        drop(hold);
    }
    let _held = world.gateway.hold_next(
        CallKind::Directory,
        workflow_core::testing::HeldWhen::Before,
    );
    world.add_due(0..3).await;
    {
        let scheduler = world.keeper();
        let mut run = pin!(scheduler.run_due());
        assert!(as_far_as_it_goes(&mut run).await.is_none());
    }
    let calls = world.gateway.calls();
    let kinds: Vec<CallKind> = calls.iter().map(|call| call.request.kind()).collect();
    assert_eq!(kinds[..3], [CallKind::CreateJob; 3], "deployments go first");
    assert_eq!(kinds[3..], [CallKind::Directory; 6]);
    // Two pages of clients were had.
    assert_eq!(world.clients().await, 200);
    let again = World {
        store: world.store.reopen(),
        ..world
    };
    let ports = again.workflows.ports();
    let again = World {
        workflows: workflow_core::service::Workflows::new(workflow_core::service::Ports {
            store: std::sync::Arc::new(again.store.clone()),
            gateway: ports.gateway.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            zones: ports.zones.clone(),
        }),
        ..again
    };
    let report = again.keep().await;
    assert_eq!(report.calls, 3, "the pages that are left");
    assert_eq!(again.clients().await, 450);
    again.assert_one_job_each(3);
}

#[tokio::test]
async fn a_person_asks_while_the_scheduler_runs() {
    let world = World::begin().await;
    let scheduler = world.keeper();
    let stops = AtomicBool::new(false);
    let until = poll_fn(|_| match stops.load(Ordering::Relaxed) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    });
    let mut run = pin!(scheduler.run(until));
    assert!(as_far_as_it_goes(&mut run).await.is_none());
    assert_eq!(world.gateway.calls().len(), 4);
    world.clock.advance(TimeDelta::minutes(10));
    let mere = Actor::person("Mere");
    world.practice().ask_refresh(mere).await.unwrap();
    world.clock.advance(TimeDelta::seconds(1));
    assert!(as_far_as_it_goes(&mut run).await.is_none());
    assert_eq!(world.gateway.calls().len(), 8);
    stops.store(true, Ordering::Relaxed);
    let report = as_far_as_it_goes(&mut run).await.unwrap().unwrap();
    assert_eq!(report.calls, 8);
}

#[tokio::test]
async fn a_lost_connection_is_shown_and_all_goes_on_after_reconnecting() {
    let world = World::begin().await;
    world.keep().await;
    world.clock.advance(TimeDelta::hours(4));
    let ids = world.add_due(0..2).await;
    let text = "the connection has expired or was revoked".to_owned();
    let failure = Failure::NotConnected { text };
    world
        .gateway
        .fail_next(CallKind::CreateJob, failure.clone());
    world.gateway.fail_next(CallKind::CreateJob, failure);
    let report = world.keep().await;
    assert_eq!((report.deployed, report.parked), (0, 0), "{report:?}");
    let link = world.practice().practice().await.unwrap().value.link;
    assert!(matches!(link, Link::Broken { reason } if reason.contains("expired")));
    // Neither a deployment nor a list is tried meanwhile.
    world.clock.advance(TimeDelta::days(3));
    let before = world.gateway.calls().len();
    world.keep().await;
    assert_eq!(world.gateway.calls().len(), before);
    let mere = Actor::person("Mere");
    world.practice().set_link(mere, connected()).await.unwrap();
    world.clock.advance(TimeDelta::hours(1));
    let report = world.keep().await;
    assert_eq!(report.deployed, 2, "nobody had to ask: {report:?}");
    for id in ids {
        assert!(world.deployment(id).await.job().is_some());
    }
    world.assert_one_job_each(2);
    assert!(world.gateway.count(CallKind::ClientsModified) > 0);
}

#[tokio::test]
async fn no_more_than_a_twentieth_of_the_day_is_spent_on_it() {
    let world = World::begin().await;
    // Sixty-five pages of a hundred.
    world.listed(6_500);
    assert_eq!(world.keep().await.calls, 50);
    assert_eq!(world.keep().await.calls, 0);
    world.clock.advance_to(samples::minute((24 + 8) * 60));
    // The pages that are left, the other lists, which are a day old, and what was changed since the
    // first page.
    assert_eq!(world.keep().await.calls, 18 + 3 + 1);
    let directory = world.practice().directory().await.unwrap().unwrap();
    assert!(directory.value.is_whole());
}

//! The sweep where XPM lists jobs without their descriptions.

use chrono::TimeDelta;
use workflow_core::deployment::Phase;
use workflow_core::ports::clock::Clock as _;
use workflow_core::ports::gateway::{Failure, Limit};
use workflow_core::service::NewWorkflow;
use workflow_core::testing::{CallKind, Fate, Rows, samples};

use super::world::{World, acme};

/// A day before the practice was set up: XPM may date its jobs in another zone.
fn first_day() -> chrono::NaiveDate {
    samples::day(0) - TimeDelta::days(1)
}

impl World {
    /// That hour of that day, in XPM as well.
    async fn at(&self, day: i64, hour: i64) -> scheduler::Report {
        self.clock
            .advance_to(samples::minute((24 * day + hour) * 60));
        self.gateway.set_today(self.clock.now().date_naive());
        self.run_due().await
    }

    /// Deploys for four clients on the first day; of two of them a reply is lost, and the request
    /// of the second takes effect long after its look-ups.
    async fn with_lost_replies(&self) {
        self.gateway.set_today(samples::day(0));
        self.add_due(0..2).await;
        self.gateway
            .lose_reply(CallKind::CreateJob, Fate::CarriedOut);
        self.gateway.lose_reply(CallKind::CreateJob, Fate::Late);
        let report = self.settle().await;
        assert_eq!((report.lost, report.deployed), (2, 2), "{report:?}");
        self.add_due(2..4).await;
        self.run_due().await;
        self.gateway.carry_out_late();
    }

    async fn unchecked(&self) -> Option<workflow_core::sweep::Unchecked> {
        let swept = self.practice().sweep_record().await.unwrap();
        swept.expect("it was swept").value.unchecked
    }

    async fn assert_chained(&self) {
        let verified = workflow_core::verify::verify(&self.store, &acme()).await;
        assert_eq!(verified.unwrap().first_break, None);
    }
}

#[tokio::test]
async fn a_list_without_descriptions_is_not_asked_for_again_before_the_next_night() {
    let world = World::begin().await;
    world.with_lost_replies().await;
    world.gateway.set_rows(Rows::Summary);
    let report = world.at(1, 7).await;
    // The list, and one client: what it lists tells as little, so the other is not asked for.
    assert_eq!((report.calls, report.duplicates), (2, 0), "{report:?}");
    for hour in 8..24 {
        assert_eq!(world.at(1, hour).await.calls, 0, "{hour}");
    }
    let unchecked = world.unchecked().await.expect("nothing was compared");
    assert_eq!(unchecked.from, first_day());
    let clients = [0, 1].map(samples::client_id);
    assert_eq!(unchecked.clients, clients.into());
    world.assert_chained().await;
}

#[tokio::test]
async fn clients_of_which_a_reply_was_lost_are_looked_through_one_by_one() {
    let world = World::begin().await;
    world.with_lost_replies().await;
    world.gateway.set_rows(Rows::SummaryWhereAll);
    let report = world.at(1, 7).await;
    assert_eq!((report.calls, report.duplicates), (3, 1), "{report:?}");
    let unchecked = world.unchecked().await.expect("the rest was not compared");
    assert_eq!(unchecked.clients, [].into());
    assert_eq!(
        (unchecked.from, unchecked.to),
        (first_day(), samples::day(1))
    );
    let attention = world.practice().attention().await.unwrap();
    assert_eq!(*attention[0].value.phase(), Phase::Duplicated);

    // They are looked through once more, more than a day after; the days stay open.
    let calls = [world.at(2, 7).await.calls, world.at(3, 7).await.calls];
    assert_eq!(calls, [3, 1]);
    assert_eq!(world.unchecked().await.unwrap().from, first_day());

    // The first list with descriptions covers them all.
    world.gateway.set_rows(Rows::Detailed);
    world.at(4, 7).await;
    assert_eq!(world.unchecked().await, None);
    let calls = world.gateway.calls().into_iter();
    let mut last = calls.filter(|call| call.request.kind() == CallKind::JobsCreated);
    let from_the_first = workflow_core::testing::Request::JobsCreated {
        from: first_day(),
        to: samples::day(4),
    };
    assert_eq!(last.next_back().unwrap().request, from_the_first);
    world.assert_chained().await;
}

#[tokio::test]
async fn what_the_calls_do_not_reach_stays_for_the_next_night() {
    let world = World::begin().await;
    world.with_lost_replies().await;
    world.gateway.set_rows(Rows::SummaryWhereAll);
    let failure = Failure::RateLimited {
        limit: Limit::Minute,
        retry_after: None,
    };
    world.gateway.fail_next(CallKind::JobsOfClient, failure);
    let report = world.at(1, 7).await;
    assert_eq!((report.calls, report.duplicates), (2, 0), "{report:?}");
    assert_eq!(world.unchecked().await.unwrap().clients.len(), 2);
    let report = world.at(2, 7).await;
    assert_eq!((report.calls, report.duplicates), (3, 1), "{report:?}");
    assert_eq!(world.unchecked().await.unwrap().clients.len(), 0);
}

#[tokio::test]
async fn no_more_clients_are_looked_through_than_calls_are_kept_for_look_ups() {
    let world = World::begin().await;
    world.gateway.set_today(samples::day(0));
    for number in 0..60 {
        let new = NewWorkflow::named("Accounts").on_date(samples::day(0));
        world.add(number, new).await;
        world
            .gateway
            .lose_reply(CallKind::CreateJob, Fate::CarriedOut);
    }
    world.settle().await;
    world.gateway.set_rows(Rows::SummaryWhereAll);
    world.clock.advance(TimeDelta::days(1));
    let report = world.at(2, 7).await;
    // A twentieth of a thousand.
    assert_eq!(report.calls, 1 + 50, "{report:?}");
    assert_eq!(world.unchecked().await.unwrap().clients.len(), 10);
    let report = world.at(3, 7).await;
    assert_eq!(report.calls, 1 + 10, "{report:?}");
    assert_eq!(world.unchecked().await.unwrap().clients.len(), 0);
}

#[tokio::test]
async fn after_a_restored_backup_a_list_without_descriptions_settles_nothing() {
    let world = World::begin().await;
    world.with_lost_replies().await;
    let taken_at = world.clock.now();
    let host = workflow_core::audit::Actor::host("restored");
    world.practice().restored(host, taken_at).await.unwrap();
    world.gateway.set_rows(Rows::Summary);
    world.at(1, 7).await;
    let swept = world.practice().sweep_record().await.unwrap().unwrap();
    assert_eq!(swept.value.swept_at, None);
    assert!(swept.value.restored.is_some());
}

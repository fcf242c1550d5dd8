//! What was missed while nothing ran: by each policy, within the quota, in date order, and never a
//! flood.

use chrono::{NaiveDate, TimeDelta};
use workflow_core::audit::Actor;
use workflow_core::budget::BudgetChange;
use workflow_core::deployment::{Hold, Phase};
use workflow_core::ids::WorkflowId;
use workflow_core::ports::clock::Clock as _;
use workflow_core::ports::store::{Store as _, Unit};
use workflow_core::practice::DailyCalls;
use workflow_core::recurrence::Recurrence;
use workflow_core::service::NewWorkflow;
use workflow_core::testing::{Request, samples};
use workflow_core::workflow::{MissedRuns, Occurrence};

use super::world::{World, acme};

/// So many dates were missed; the one after them is today's.
const MISSED: u32 = 200;

/// A daily workflow of which nothing was deployed for two hundred days.
async fn after_an_outage(missed: MissedRuns) -> (World, WorkflowId) {
    let world = World::begin().await;
    let new = NewWorkflow::named("Bank feeds")
        .recurring(Recurrence::daily().from(samples::day(1)))
        .missed_runs(missed);
    let id = world.add(0, new).await;
    let today = samples::minute((24 * i64::from(MISSED + 1) + 7) * 60);
    world.clock.advance_to(today);
    (world, id)
}

impl World {
    /// Drains what is due; nothing goes out faster than sixty calls a minute. Returns how many
    /// deployments ended with a job.
    async fn drain(&self) -> u64 {
        let mut deployed = 0;
        loop {
            let report = self.run_due().await;
            assert!(report.calls <= 60, "{report:?}");
            assert_eq!(report.troubled, []);
            if report.calls == 0 {
                return deployed;
            }
            deployed += report.deployed;
            self.clock.advance(TimeDelta::seconds(60));
        }
    }

    /// The start dates of the jobs, in the order in which they were asked for.
    fn created(&self) -> Vec<NaiveDate> {
        let calls = self.gateway.calls().into_iter();
        let starts = calls.filter_map(|call| match call.request {
            Request::CreateJob(job) => Some(job.start),
            _ => None,
        });
        starts.collect()
    }

    async fn spend(&self, calls: u32) {
        let unit = Unit {
            budget: Some((
                BudgetChange::debit(self.clock.now(), calls),
                DailyCalls::Starter,
            )),
            ..Unit::default()
        };
        self.store.commit(&acme(), unit).await.unwrap();
    }
}

fn days(days: std::ops::RangeInclusive<u32>) -> Vec<NaiveDate> {
    days.map(samples::day).collect()
}

#[tokio::test]
async fn all_that_was_missed_is_deployed_in_date_order_within_the_days_quota() {
    let (world, _) = after_an_outage(MissedRuns::All).await;
    // Of the day's thousand calls 950 deploy, and 850 of them are spent.
    world.spend(850).await;
    world.clock.advance(TimeDelta::seconds(60));
    assert_eq!(world.drain().await, 100);
    assert_eq!(world.created(), days(1..=100));
    // The rest is not lost, and goes on in its order when the day is over.
    world.clock.advance(TimeDelta::days(1));
    assert_eq!(world.drain().await, 102);
    assert_eq!(world.created(), days(1..=MISSED + 2));
    world.assert_one_job_each(202);
}

#[tokio::test]
async fn only_the_latest_that_was_missed_is_deployed() {
    let (world, id) = after_an_outage(MissedRuns::Latest).await;
    assert_eq!(world.drain().await, 1);
    assert_eq!(world.created(), days(MISSED + 1..=MISSED + 1));
    let first = Occurrence::On(samples::day(1));
    assert_eq!(world.practice().deployment(id, first).await.unwrap(), None);
    let why = world.practice().why(id, samples::day(1)).await.unwrap();
    assert!(why.to_string().contains("missed"), "{why}");
}

#[tokio::test]
async fn none_that_was_missed_is_deployed() {
    let (world, id) = after_an_outage(MissedRuns::Skip).await;
    // Almost a day late, today's is not missed yet.
    world.clock.advance(TimeDelta::hours(22));
    assert_eq!(world.drain().await, 1);
    assert_eq!(world.created(), days(MISSED + 1..=MISSED + 1));
    for day in [1, MISSED / 2, MISSED] {
        let why = world.practice().why(id, samples::day(day)).await.unwrap();
        assert!(why.to_string().contains("missed"), "{why}");
    }
}

#[tokio::test]
async fn what_was_missed_is_held_and_each_date_is_released_by_itself() {
    let (world, id) = after_an_outage(MissedRuns::Hold).await;
    assert_eq!(world.drain().await, 1);
    assert_eq!(world.created(), days(MISSED + 1..=MISSED + 1));
    let held = world.practice().attention().await.unwrap();
    assert_eq!(held.len(), MISSED as usize);
    let hold = Phase::Held(Hold::MissedRun);
    assert!(held.iter().all(|found| *found.value.phase() == hold));

    let mere = Actor::person("Mere");
    let third = Occurrence::On(samples::day(3));
    world.practice().release(mere, id, third).await.unwrap();
    assert_eq!(world.drain().await, 1);
    assert_eq!(world.created(), [samples::day(MISSED + 1), samples::day(3)]);
    let held = world.practice().attention().await.unwrap();
    assert_eq!(held.len(), MISSED as usize - 1);
}

//! A practice's backlog drains as fast as XPM lets it, and never faster: over a real store, the real
//! adapter and the simulated XPM with its own limits, on a clock that is moved by hand, so that a
//! slow machine changes nothing.

mod harness;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Days, TimeDelta, Utc};
use harness::{Terms, World, client, template};
use scheduler::Scheduler;
use workflow::audit::Actor;
use workflow::ports::clock::Clock as _;
use workflow::recurrence::Recurrence;
use workflow::service::NewWorkflow;
use workflow_core::budget::MINUTE_CALLS;
use workflow_core::testing::ManualClock;
use xpm_sandbox::{FaultPlan, Limits};

/// Deployments that are owed, each of one call.
const OWED: u32 = 500;
const WORKFLOWS: u32 = 10;

/// The simulated XPM's own look at the same clock. Each look takes a moment, so that calls take time
/// as they do in the world.
#[derive(Debug)]
struct Same(ManualClock);

impl xpm_sandbox::Clock for Same {
    fn now(&self) -> DateTime<Utc> {
        self.0.advance(TimeDelta::milliseconds(10));
        self.0.now()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_drains_at_98_of_100_of_what_xpm_lets_through_and_is_never_refused() {
    let clock = ManualClock::at("2026-11-22T20:00:00Z".parse().unwrap());
    let terms = Terms {
        clock: Arc::new(clock.clone()),
        xpm_clock: Arc::new(Same(clock.clone())),
        limits: Limits::xero(),
        time_out: Duration::from_secs(30),
    };
    let world = World::begin_on(terms, FaultPlan::none()).await;
    let began = clock.now();
    owe(&world, began).await;
    let scheduler = Scheduler::new(world.workflows.clone());
    let (mut deployed, mut seconds) = (0, 0);
    while deployed < u64::from(OWED) {
        let report = scheduler.run_due().await.unwrap();
        assert_eq!((report.parked, report.lost), (0, 0), "{report:?}");
        deployed += report.deployed;
        seconds += 1;
        assert!(seconds < 1_000, "{deployed} deployed");
        clock.advance(TimeDelta::seconds(1));
    }

    let spent = world.sandbox.state().calls_spent();
    assert_eq!(spent.refused, 0, "{spent:?}");
    assert_eq!(spent.total, u64::from(OWED), "one call each: {spent:?}");
    println!(
        "{} s, {seconds} passes",
        (clock.now() - began).num_seconds()
    );
    let at: Vec<i64> = world
        .jobs()
        .iter()
        .map(|job| job.created.timestamp())
        .collect();
    let windows = (0..60).map(|second| full_windows(&at, second));
    // When XPM's own window begins is not told, but by the calls that each took.
    let best = windows.max_by_key(|taken| taken.iter().min().copied());
    let taken = best.unwrap();
    println!("calls in each full window: {taken:?}");
    assert!(taken.len() >= 6, "{taken:?}");
    for calls in &taken {
        assert!(*calls <= MINUTE_CALLS, "{taken:?}");
        assert!(*calls * 100 >= MINUTE_CALLS * 98, "{taken:?}");
    }
}

/// The calls in each window of a minute that begins at that second, but for the first and the
/// last, which began before the backlog and went on after it.
fn full_windows(at: &[i64], second: i64) -> Vec<u32> {
    let mut windows: BTreeMap<i64, u32> = BTreeMap::new();
    for at in at {
        *windows.entry((at - second).div_euclid(60)).or_default() += 1;
    }
    let (first, last) = (
        *windows.keys().next().unwrap(),
        *windows.keys().last().unwrap(),
    );
    (first + 1..last)
        .map(|window| windows.get(&window).copied().unwrap_or_default())
        .collect()
}

/// Weekly work of the last years, all of it due.
async fn owe(world: &World, now: DateTime<Utc>) {
    let each = OWED / WORKFLOWS;
    let today = now.date_naive();
    let from = today.checked_sub_days(Days::new(7 * u64::from(each) + 7));
    let from = from.unwrap();
    for number in 0..WORKFLOWS {
        let new = NewWorkflow::named("Payroll {start:iso}")
            .client(client(number % harness::CLIENTS))
            .templates([template(1)])
            .deploys_from(from)
            .recurring(Recurrence::weekly().from(from).times(each));
        let practice = world.practice();
        practice.add(Actor::host("test"), new).await.unwrap();
    }
}

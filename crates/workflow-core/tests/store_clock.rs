//! The clock that tests move, and the identities that they can tell beforehand.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Variant;
use workflow_core::ports::clock::{Clock, IdSource};
use workflow_core::testing::{CountingIds, ManualClock, samples};

fn start() -> DateTime<Utc> {
    samples::minute(0)
}

/// A task that sleeps until a minute and then gives its number.
fn sleeper(clock: &ManualClock, minute: i64) -> tokio::task::JoinHandle<i64> {
    let clock = clock.clone();
    tokio::spawn(async move {
        clock.sleep_until(samples::minute(minute)).await;
        minute
    })
}

#[tokio::test]
async fn whoever_slept_long_enough_wakes_and_the_others_sleep_on() {
    let clock = ManualClock::at(start());
    let (first, second) = (sleeper(&clock, 5), sleeper(&clock, 10));
    clock.sleepers_reach(2).await;
    assert_eq!(clock.next_wake(), Some(samples::minute(5)));
    clock.advance(TimeDelta::minutes(5));
    assert_eq!(first.await.expect("awake"), 5);
    assert!(!second.is_finished());
    assert_eq!(
        (clock.sleepers(), clock.next_wake()),
        (1, Some(samples::minute(10)))
    );
    clock.advance_to(samples::minute(11));
    assert_eq!(second.await.expect("awake"), 10);
    assert_eq!(clock.now(), samples::minute(11));
    assert_eq!(clock.monotonic(), Duration::from_secs(11 * 60));
}

#[tokio::test]
async fn what_has_passed_needs_no_sleep() {
    let clock = ManualClock::at(samples::minute(5));
    clock.sleep_until(samples::minute(5)).await;
    clock.sleep_until(samples::minute(4)).await;
    assert_eq!(clock.sleepers(), 0);
}

#[tokio::test]
async fn the_wall_may_jump_and_the_monotonic_clock_does_not() {
    let clock = ManualClock::at(start());
    clock.advance(TimeDelta::seconds(7));
    clock.set_wall(samples::minute(-60));
    assert_eq!(clock.now(), samples::minute(-60));
    let sleeper = sleeper(&clock, 30);
    clock.sleepers_reach(1).await;
    clock.set_wall(samples::minute(30));
    sleeper.await.expect("a jump ahead wakes");
    clock.advance(TimeDelta::seconds(-7));
    assert_eq!(clock.now(), samples::minute(30), "time does not run back");
    assert_eq!(clock.monotonic(), Duration::from_secs(7));
}

#[tokio::test]
async fn whoever_is_cancelled_no_longer_sleeps() {
    let clock = ManualClock::at(start());
    let sleeper = sleeper(&clock, 5);
    clock.sleepers_reach(1).await;
    sleeper.abort();
    assert!(sleeper.await.expect_err("aborted").is_cancelled());
    assert_eq!((clock.sleepers(), clock.next_wake()), (0, None));
}

#[test]
fn identities_rise_and_look_like_version_7() {
    let ids = CountingIds::new(42);
    let given: Vec<_> = (0..1_000).map(|_| ids.next()).collect();
    assert!(given.is_sorted_by(|a, b| a < b));
    for id in &given {
        assert_eq!(
            (id.get_version_num(), id.get_variant()),
            (7, Variant::RFC4122)
        );
    }
    let others = CountingIds::new(43);
    assert!((0..1_000).all(|_| !given.contains(&others.next())));
}

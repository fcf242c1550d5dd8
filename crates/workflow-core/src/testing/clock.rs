//! A clock that moves when a test says so.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use crate::ports::clock::Clock;

/// A clock that moves when a test says so. A clone is the same clock.
///
/// Nothing waits for time: [`ManualClock::advance`] wakes whoever sleeps, and
/// [`ManualClock::sleepers_reach`] waits until somebody does.
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use workflow_core::ports::clock::Clock;
/// use workflow_core::testing::ManualClock;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let start = DateTime::UNIX_EPOCH;
/// let clock = ManualClock::at(start);
/// let sleeper = tokio::spawn({
///     let clock = clock.clone();
///     async move { clock.sleep_until(start + TimeDelta::hours(6)).await }
/// });
/// clock.sleepers_reach(1).await;
/// assert_eq!(clock.next_wake(), Some(start + TimeDelta::hours(6)));
/// clock.advance(TimeDelta::hours(6));
/// sleeper.await?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct ManualClock {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    now: DateTime<Utc>,
    monotonic: Duration,
    /// Each waiting future has a number of its own, under which it can be found and taken out.
    last: u64,
    sleepers: BTreeMap<u64, (DateTime<Utc>, Waker)>,
    watchers: BTreeMap<u64, (usize, Waker)>,
}

impl ManualClock {
    /// A clock that stands at that instant.
    #[must_use]
    pub fn at(now: DateTime<Utc>) -> Self {
        let state = Arc::new(Mutex::new(State {
            now,
            monotonic: Duration::ZERO,
            last: 0,
            sleepers: BTreeMap::new(),
            watchers: BTreeMap::new(),
        }));
        Self { state }
    }

    /// Lets time pass, on the wall and monotonically, and wakes whoever slept until then. A
    /// negative time passes none.
    pub fn advance(&self, by: TimeDelta) {
        let by = by.max(TimeDelta::zero());
        let woken = {
            let mut state = self.lock();
            state.now += by;
            state.monotonic += by.to_std().unwrap_or_default();
            state.wake()
        };
        woken.into_iter().for_each(Waker::wake);
    }

    /// Lets time pass until that instant; does nothing where it has passed.
    pub fn advance_to(&self, instant: DateTime<Utc>) {
        let by = instant - self.lock().now;
        self.advance(by);
    }

    /// Sets the wall clock, back or forth, as an operator does. No time passes by it.
    pub fn set_wall(&self, now: DateTime<Utc>) {
        let woken = {
            let mut state = self.lock();
            state.now = now;
            state.wake()
        };
        woken.into_iter().for_each(Waker::wake);
    }

    /// How many sleep.
    #[must_use]
    pub fn sleepers(&self) -> usize {
        self.lock().sleepers.len()
    }

    /// The earliest instant that somebody sleeps until.
    #[must_use]
    pub fn next_wake(&self) -> Option<DateTime<Utc>> {
        self.lock().sleepers.values().map(|(until, _)| *until).min()
    }

    /// Returns once at least `count` sleep.
    pub async fn sleepers_reach(&self, count: usize) {
        let mut place = Place::new(self, |state, number| {
            state.watchers.remove(&number);
        });
        poll_fn(|cx| place.poll_watching(count, cx)).await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Takes out whoever has slept long enough.
    fn wake(&mut self) -> Vec<Waker> {
        let now = self.now;
        let over = |_: &u64, (until, _): &mut (DateTime<Utc>, Waker)| *until <= now;
        self.sleepers
            .extract_if(.., over)
            .map(|(_, (_, waker))| waker)
            .collect()
    }

    /// Takes out whoever waits for as many sleepers as there are now.
    fn tell_watchers(&mut self) -> Vec<Waker> {
        let asleep = self.sleepers.len();
        let over = |_: &u64, (count, _): &mut (usize, Waker)| *count <= asleep;
        self.watchers
            .extract_if(.., over)
            .map(|(_, (_, waker))| waker)
            .collect()
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        self.lock().now
    }

    fn monotonic(&self) -> Duration {
        self.lock().monotonic
    }

    async fn sleep_until(&self, until: DateTime<Utc>) {
        let mut place = Place::new(self, |state, number| {
            state.sleepers.remove(&number);
        });
        poll_fn(|cx| place.poll_sleeping(until, cx)).await;
    }
}

/// The place of a waiting future in the clock's lists; dropped with the future, so that whoever
/// is cancelled no longer counts as asleep.
struct Place<'a> {
    clock: &'a ManualClock,
    number: u64,
    leave: fn(&mut State, u64),
}

impl<'a> Place<'a> {
    fn new(clock: &'a ManualClock, leave: fn(&mut State, u64)) -> Self {
        let mut state = clock.lock();
        state.last += 1;
        let number = state.last;
        Self {
            clock,
            number,
            leave,
        }
    }

    fn poll_sleeping(&mut self, until: DateTime<Utc>, cx: &Context<'_>) -> Poll<()> {
        let told = {
            let mut state = self.clock.lock();
            if state.now >= until {
                return Poll::Ready(());
            }
            state
                .sleepers
                .insert(self.number, (until, cx.waker().clone()));
            state.tell_watchers()
        };
        told.into_iter().for_each(Waker::wake);
        Poll::Pending
    }

    fn poll_watching(&mut self, count: usize, cx: &Context<'_>) -> Poll<()> {
        let mut state = self.clock.lock();
        if state.sleepers.len() >= count {
            return Poll::Ready(());
        }
        state
            .watchers
            .insert(self.number, (count, cx.waker().clone()));
        Poll::Pending
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        (self.leave)(&mut self.clock.lock(), self.number);
    }
}

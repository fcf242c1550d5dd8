//! XPM's call limits as XPM counts them, and every call that was made beyond one.

use std::time::Duration;

use workflow_core::budget::{CALLS_AT_ONCE, MINUTE_CALLS};
use workflow_core::ports::gateway::Limit;

/// Where XPM's minutes and days begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Windows {
    /// With the first call after the one before has ended: as the budget takes it at first.
    FromFirstCall,
    /// At moments of XPM's own, shifted by so much.
    Fixed(Duration),
}

/// The counters of one practice.
#[derive(Debug)]
pub(crate) struct Meter {
    windows: Windows,
    day_limit: u32,
    minute: Window,
    day: Window,
    in_flight: usize,
    /// The most calls that were refused over one minute's or day's limit.
    pub(crate) most_refused: u32,
    /// Calls beyond five at a time, while nobody else was allowed a call of their own.
    pub(crate) beyond_at_once: u32,
}

#[derive(Debug, Default)]
struct Window {
    began: Option<Duration>,
    used: u32,
    refused: u32,
}

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

impl Window {
    fn roll(&mut self, windows: Windows, length: Duration, now: Duration) {
        let began = match windows {
            Windows::FromFirstCall => match self.began {
                Some(began) if now < began + length => return,
                _ => now,
            },
            Windows::Fixed(shift) => {
                let since = (now + shift).as_nanos() % length.as_nanos();
                let since = Duration::from_nanos(u64::try_from(since).unwrap_or(0));
                now.saturating_sub(since)
            }
        };
        if self.began != Some(began) {
            *self = Self {
                began: Some(began),
                ..Self::default()
            };
        }
    }

    fn refuse(&mut self, length: Duration, now: Duration) -> (Duration, u32) {
        self.refused += 1;
        let left = self.began.unwrap_or(now) + length - now;
        (left.max(Duration::from_secs(1)), self.refused)
    }
}

impl Meter {
    pub(crate) fn new(windows: Windows, day_limit: u32) -> Self {
        Self {
            windows,
            day_limit,
            minute: Window::default(),
            day: Window::default(),
            in_flight: 0,
            most_refused: 0,
            beyond_at_once: 0,
        }
    }

    /// Counts a call that begins, or says which limit refuses it and for how long. A call that is
    /// refused is in flight all the same, and costs nothing.
    pub(crate) fn begin(
        &mut self,
        now: Duration,
        allowed_beside: usize,
    ) -> Result<(), (Limit, Option<Duration>)> {
        self.roll(now);
        self.in_flight += 1;
        if self.in_flight > CALLS_AT_ONCE {
            if self.in_flight > CALLS_AT_ONCE + allowed_beside {
                self.beyond_at_once += 1;
            }
            return Err((Limit::Concurrent, None));
        }
        if self.day.used >= self.day_limit {
            let (wait, refused) = self.day.refuse(DAY, now);
            self.most_refused = self.most_refused.max(refused);
            return Err((Limit::Day, Some(wait)));
        }
        if self.minute.used >= MINUTE_CALLS {
            let (wait, refused) = self.minute.refuse(MINUTE, now);
            self.most_refused = self.most_refused.max(refused);
            return Err((Limit::Minute, Some(wait)));
        }
        self.spend(1);
        Ok(())
    }

    pub(crate) fn end(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// Others spend some of it too.
    pub(crate) fn spend(&mut self, calls: u32) {
        self.minute.used = (self.minute.used + calls).min(MINUTE_CALLS);
        self.day.used = (self.day.used + calls).min(self.day_limit);
    }

    /// The calls of the day of the last one.
    pub(crate) fn used_today(&self) -> u32 {
        self.day.used
    }

    /// What is left of the minute and of the day.
    pub(crate) fn left(&mut self, now: Duration) -> (u32, u32) {
        self.roll(now);
        (
            MINUTE_CALLS - self.minute.used,
            self.day_limit - self.day.used,
        )
    }

    fn roll(&mut self, now: Duration) {
        self.minute.roll(self.windows, MINUTE, now);
        self.day.roll(self.windows, DAY, now);
    }
}

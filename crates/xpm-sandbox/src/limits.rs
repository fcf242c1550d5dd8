//! Rate limits as XPM keeps them: fixed windows for the minute and the day, calls in flight.

use chrono::{DateTime, Utc};

/// How many calls are allowed; `None` switches a limit off, and its header is then left out.
///
/// ```
/// use xpm_sandbox::Limits;
///
/// let small = Limits { minute: Some(3), ..Limits::none() };
/// assert_eq!(Limits::xero().minute, Some(60));
/// assert_eq!(small.day, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls in one minute for the practice.
    pub minute: Option<u32>,
    /// Calls at the same time for the practice.
    pub concurrent: Option<u32>,
    /// Calls in one day for the practice.
    pub day: Option<u32>,
    /// Calls in one minute for the app, over all practices.
    pub app_minute: Option<u32>,
}

impl Limits {
    /// Xero's: 60 a minute, 5 at a time, 5,000 a day, 10,000 a minute for the app.
    #[must_use]
    pub const fn xero() -> Self {
        Self {
            minute: Some(60),
            concurrent: Some(5),
            day: Some(5_000),
            app_minute: Some(10_000),
        }
    }

    /// Xero's for an app of the starter tier: 1,000 a day.
    #[must_use]
    pub const fn starter() -> Self {
        Self {
            day: Some(1_000),
            ..Self::xero()
        }
    }

    /// No limits.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            minute: None,
            concurrent: None,
            day: None,
            app_minute: None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::xero()
    }
}

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;

/// A fixed window: its number and the calls in it.
#[derive(Debug, Clone, Copy, Default)]
struct Window {
    number: i64,
    used: u32,
}

impl Window {
    /// Starts anew when the number has changed.
    fn at(&mut self, number: i64) -> &mut Self {
        if self.number != number {
            *self = Self { number, used: 0 };
        }
        self
    }
}

/// Which limit refused a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exceeded {
    /// The text of `x-rate-limit-problem`.
    pub(crate) problem: &'static str,
    /// Whole seconds until the window ends; none for calls in flight.
    pub(crate) retry_after_secs: Option<u32>,
}

/// What is left; a limit that is off has no figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Remaining {
    pub(crate) minute: Option<u32>,
    pub(crate) day: Option<u32>,
    pub(crate) app_minute: Option<u32>,
}

/// The counters of one practice.
#[derive(Debug)]
pub(crate) struct Meter {
    limits: Limits,
    /// Seconds by which the windows of this practice are shifted.
    phase: i64,
    minute: Window,
    day: Window,
    in_flight: u32,
}

impl Meter {
    pub(crate) fn new(limits: Limits, phase: u64) -> Self {
        Self {
            limits,
            phase: (phase % 86_400) as i64,
            minute: Window::default(),
            day: Window::default(),
            in_flight: 0,
        }
    }

    /// Counts a call that has begun, or says which limit refuses it. A refused call costs nothing.
    pub(crate) fn begin(&mut self, now: DateTime<Utc>) -> Result<(), Exceeded> {
        self.roll(now);
        let full = |used: u32, limit: Option<u32>| limit.is_some_and(|limit| used >= limit);
        if full(self.in_flight, self.limits.concurrent) {
            return Err(Exceeded {
                problem: "concurrent",
                retry_after_secs: None,
            });
        }
        let seconds = self.seconds(now);
        if full(self.day.used, self.limits.day) {
            return Err(refuse("day", DAY, seconds));
        }
        if full(self.minute.used, self.limits.minute) {
            return Err(refuse("minute", MINUTE, seconds));
        }
        // One practice is all there is, so the app has made the same calls.
        if full(self.minute.used, self.limits.app_minute) {
            return Err(refuse("appminute", MINUTE, seconds));
        }
        self.minute.used += 1;
        self.day.used += 1;
        self.in_flight += 1;
        Ok(())
    }

    /// Counts a call that has ended.
    pub(crate) const fn end(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    pub(crate) fn remaining(&mut self, now: DateTime<Utc>) -> Remaining {
        self.roll(now);
        let left = |limit: Option<u32>, used| limit.map(|limit| limit.saturating_sub(used));
        Remaining {
            minute: left(self.limits.minute, self.minute.used),
            day: left(self.limits.day, self.day.used),
            app_minute: left(self.limits.app_minute, self.minute.used),
        }
    }

    fn roll(&mut self, now: DateTime<Utc>) {
        let seconds = self.seconds(now);
        self.minute.at(seconds.div_euclid(MINUTE));
        self.day.at(seconds.div_euclid(DAY));
    }

    fn seconds(&self, now: DateTime<Utc>) -> i64 {
        now.timestamp() + self.phase
    }
}

fn refuse(problem: &'static str, window: i64, seconds: i64) -> Exceeded {
    let left = window - seconds.rem_euclid(window);
    Exceeded {
        problem,
        retry_after_secs: u32::try_from(left).ok(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn small() -> Meter {
        let limits = Limits {
            minute: Some(2),
            concurrent: Some(3),
            day: Some(3),
            app_minute: None,
        };
        Meter::new(limits, 0)
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    #[test]
    fn the_minute_refills_at_its_end_and_not_before() {
        let mut meter = small();
        meter.begin(at(50)).unwrap();
        meter.begin(at(51)).unwrap();
        meter.end();
        meter.end();
        let refused = meter.begin(at(59)).unwrap_err();
        assert_eq!(
            refused,
            Exceeded {
                problem: "minute",
                retry_after_secs: Some(1)
            }
        );
        assert_eq!(meter.begin(at(60)), Ok(()));
    }

    #[test]
    fn the_day_refills_after_the_day() {
        let mut meter = small();
        for second in [0, 1, 60] {
            meter.begin(at(second)).unwrap();
            meter.end();
        }
        let refused = meter.begin(at(120)).unwrap_err();
        assert_eq!(
            refused,
            Exceeded {
                problem: "day",
                retry_after_secs: Some(86_280)
            }
        );
        assert_eq!(meter.remaining(at(120)).day, Some(0));
        assert_eq!(meter.begin(at(86_400)), Ok(()));
    }

    #[test]
    fn calls_in_flight_are_given_back() {
        let mut meter = Meter::new(
            Limits {
                concurrent: Some(1),
                ..Limits::none()
            },
            0,
        );
        meter.begin(at(0)).unwrap();
        let refused = meter.begin(at(0)).unwrap_err();
        assert_eq!(
            refused,
            Exceeded {
                problem: "concurrent",
                retry_after_secs: None
            }
        );
        meter.end();
        assert_eq!(meter.begin(at(0)), Ok(()));
    }

    #[test]
    fn a_limit_that_is_off_has_no_figure() {
        let mut meter = Meter::new(Limits::none(), 17);
        assert_eq!(meter.remaining(at(0)), Remaining::default());
    }
}

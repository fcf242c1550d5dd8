//! Rate limits as XPM keeps them: fixed windows for the minute and the day, calls in flight.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How many calls are allowed; `None` switches a limit off, and its header is then left out.
///
/// ```
/// use xpm_sandbox::Limits;
///
/// let small = Limits { minute: Some(3), ..Limits::none() };
/// assert_eq!(Limits::xero().minute, Some(60));
/// assert_eq!(small.day, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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

/// One of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RateLimit {
    /// Calls at the same time for the practice.
    Concurrent,
    /// Calls in one minute for the practice.
    Minute,
    /// Calls in one day for the practice.
    Day,
    /// Calls in one minute for the app, over all practices.
    AppMinute,
}

impl RateLimit {
    /// The text of `x-rate-limit-problem`.
    #[must_use]
    pub const fn problem(self) -> &'static str {
        match self {
            Self::Concurrent => "concurrent",
            Self::Minute => "minute",
            Self::Day => "day",
            Self::AppMinute => "appminute",
        }
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
    pub(crate) limit: RateLimit,
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
    /// The same of the minute's.
    minute_phase: i64,
    /// When a minute begins out of its turn, in seconds of the epoch.
    renews_at: Option<i64>,
    minute: Window,
    day: Window,
    in_flight: u32,
}

impl Meter {
    pub(crate) fn new(limits: Limits, phase: u64) -> Self {
        Self {
            limits,
            phase: (phase % 86_400) as i64,
            minute_phase: (phase % 86_400) as i64,
            renews_at: None,
            minute: Window::default(),
            day: Window::default(),
            in_flight: 0,
        }
    }

    pub(crate) const fn limits(&self) -> Limits {
        self.limits
    }

    /// Other limits from now on; what was counted stays.
    pub(crate) const fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    pub(crate) const fn in_flight(&self) -> u32 {
        self.in_flight
    }

    /// Counts a refused call against the day.
    pub(crate) const fn charge_refused(&mut self) {
        self.day.used = self.day.used.saturating_add(1);
    }

    /// Counts a call that has begun, or says which limit refuses it. A refused call costs nothing.
    pub(crate) fn begin(&mut self, now: DateTime<Utc>) -> Result<(), Exceeded> {
        self.roll(now);
        let full = |used: u32, limit: Option<u32>| limit.is_some_and(|limit| used >= limit);
        if full(self.in_flight, self.limits.concurrent) {
            return Err(Exceeded {
                limit: RateLimit::Concurrent,
                retry_after_secs: None,
            });
        }
        if full(self.day.used, self.limits.day) {
            return Err(refuse(RateLimit::Day, DAY, now.timestamp() + self.phase));
        }
        let seconds = now.timestamp() + self.minute_phase;
        if full(self.minute.used, self.limits.minute) {
            return Err(refuse(RateLimit::Minute, MINUTE, seconds));
        }
        // One practice is all there is, so the app has made the same calls.
        if full(self.minute.used, self.limits.app_minute) {
            return Err(refuse(RateLimit::AppMinute, MINUTE, seconds));
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

    /// Lets a minute begin so many seconds from now, as a caller is told who is refused without
    /// cause: whoever heeds that must not be refused for it afterwards.
    pub(crate) fn renew_in(&mut self, now: DateTime<Utc>, seconds: u32) {
        self.roll(now);
        self.renews_at = Some(now.timestamp() + i64::from(seconds));
    }

    fn roll(&mut self, now: DateTime<Utc>) {
        let seconds = now.timestamp();
        if let Some(at) = self.renews_at.filter(|at| seconds >= *at) {
            self.renews_at = None;
            self.minute_phase = -at;
            self.minute = Window::default();
        }
        let minute = (seconds + self.minute_phase).div_euclid(MINUTE);
        self.minute.at(minute);
        self.day.at((seconds + self.phase).div_euclid(DAY));
    }
}

fn refuse(limit: RateLimit, window: i64, seconds: i64) -> Exceeded {
    let left = window - seconds.rem_euclid(window);
    Exceeded {
        limit,
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
                limit: RateLimit::Minute,
                retry_after_secs: Some(1)
            }
        );
        assert_eq!(meter.begin(at(60)), Ok(()));
    }

    #[test]
    fn a_minute_that_was_said_to_renew_renews_then_and_each_minute_after() {
        let limits = Limits {
            minute: Some(2),
            ..Limits::none()
        };
        let mut meter = Meter::new(limits, 0);
        meter.renew_in(at(50), 3);
        // The minute as it was goes on until then.
        for (second, begins) in [
            (50, true),
            (51, true),
            (52, false),
            (53, true),
            (60, true),
            (112, false),
            (113, true),
        ] {
            assert_eq!(meter.begin(at(second)).is_ok(), begins, "second {second}");
        }
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
                limit: RateLimit::Day,
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
                limit: RateLimit::Concurrent,
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

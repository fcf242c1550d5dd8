//! Where the sandbox takes its time from: a trait for the embedder, the system clock by default.

use std::fmt::Debug;
use std::sync::Mutex;
use std::time::SystemTime;

use chrono::{DateTime, TimeDelta, Utc};

/// What time it is for the simulated XPM.
///
/// Rate windows, token expiry, the created date of a job and the visibility of a lagging job all
/// follow this clock. Delays that a fault inserts (a slow reply, a late application) do not: they
/// are waits of the network and pass in real time.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> DateTime<Utc>;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the sandbox reads the machine's clock"
    )]
    fn now(&self) -> DateTime<Utc> {
        SystemTime::now().into()
    }
}

/// A clock that stands still until it is moved.
///
/// ```
/// use chrono::{DateTime, TimeDelta};
/// use xpm_sandbox::{Clock, ManualClock};
///
/// let clock = ManualClock::at(DateTime::UNIX_EPOCH);
/// clock.forward(TimeDelta::minutes(30));
/// assert_eq!(clock.now(), DateTime::UNIX_EPOCH + TimeDelta::minutes(30));
/// ```
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub const fn at(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves the clock by `by`; a negative span moves it back.
    pub fn forward(&self, by: TimeDelta) {
        let mut now = crate::lock(&self.0);
        *now += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *crate::lock(&self.0)
    }
}

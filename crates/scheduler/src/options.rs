//! The numbers that a scheduler runs by.

use std::sync::Arc;

use backon::{BackoffBuilder, ExponentialBuilder};
use chrono::TimeDelta;
use workflow_core::deployment::conclude::Policy;
use workflow_core::ports::gateway::WorstCase;
use workflow_core::service::RetryIn;

/// The numbers that a scheduler runs by. The defaults are for XPM.
#[derive(Clone, Debug)]
pub struct Options {
    /// How long a lease lasts. It is renewed at half of it.
    pub lease: TimeDelta,
    /// The longest that one call can take: the gateway's own time-out.
    pub call_timeout: TimeDelta,
    /// How long XPM may still carry out a request whose sender is gone.
    pub server_bound: TimeDelta,
    /// The protocol: its settle time has to be at least `call_timeout` + `server_bound`.
    pub policy: Policy,
    /// The first wait before a retry; each further one is twice as long.
    pub first_retry: TimeDelta,
    /// The longest wait before a retry.
    pub longest_retry: TimeDelta,
    /// How often to look for what another process wrote.
    pub look_every: TimeDelta,
    /// Calls at the same time, for one practice.
    pub calls_at_once: usize,
    /// Practices at the same time; a quarter more, and one at least, where a person asks for
    /// something of theirs.
    pub practices_at_once: usize,
    /// Calls a minute, for all practices of this process together.
    pub application_calls: u32,
    /// Whether what is kept of XPM's directory is refreshed while nothing is to be deployed.
    pub directory: DirectoryRefresh,
}

/// Whether what is kept of XPM's directory (clients, staff, job templates, categories) is refreshed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DirectoryRefresh {
    /// It is left as it is: the host application keeps it, or nobody does.
    #[default]
    Left,
    /// It is refreshed every few hours and when somebody asks, at a twentieth of the day's calls at
    /// most. So a connection is used several times a day, and none expires unused.
    Kept,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            lease: TimeDelta::seconds(60),
            call_timeout: TimeDelta::seconds(30),
            server_bound: TimeDelta::seconds(60),
            policy: Policy::default(),
            first_retry: TimeDelta::seconds(5),
            longest_retry: TimeDelta::hours(1),
            look_every: TimeDelta::seconds(1),
            calls_at_once: workflow_core::budget::CALLS_AT_ONCE,
            practices_at_once: 256,
            application_calls: 10_000,
            directory: DirectoryRefresh::default(),
        }
    }
}

/// Why options were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OptionsError {
    /// A job could be created twice: a look-up could come before a late request takes effect.
    #[error(
        "settle time: {settle} is less than the call time-out plus the server's bound, {needed}"
    )]
    SettlesTooSoon {
        /// The settle time.
        settle: TimeDelta,
        /// The least that is safe.
        needed: TimeDelta,
    },
    /// Something has to be more than nothing.
    #[error("{0}: it must be more than nothing")]
    Nothing(&'static str),
}

impl Options {
    /// For a gateway: its longest call, the job system's own bound, a settle time that is half a
    /// minute longer than both, and a lease of twice the call, and a minute at least.
    ///
    /// ```
    /// use scheduler::Options;
    /// use workflow_core::ports::gateway::WorstCase;
    /// let options = Options::for_gateway(WorstCase::default());
    /// assert_eq!(options.policy.settle.num_seconds(), 120);
    /// ```
    #[must_use]
    pub fn for_gateway(worst: WorstCase) -> Self {
        let time = |time| TimeDelta::from_std(time).unwrap_or(TimeDelta::days(1));
        let (call_timeout, server_bound) = (time(worst.call), time(worst.server));
        Self {
            lease: (call_timeout * 2).max(TimeDelta::seconds(60)),
            call_timeout,
            server_bound,
            policy: Policy {
                settle: call_timeout + server_bound + TimeDelta::seconds(30),
                ..Policy::default()
            },
            ..Self::default()
        }
    }

    /// For a simulated XPM that drops or applies a request within a quarter of `settle`: short
    /// waits, so that what was uncertain is settled while somebody looks on.
    #[must_use]
    pub fn simulated(settle: TimeDelta) -> Self {
        let quarter = settle / 4;
        Self {
            call_timeout: settle / 2,
            server_bound: quarter,
            policy: Policy {
                settle,
                ..Policy::default()
            },
            first_retry: quarter / 2,
            longest_retry: settle,
            look_every: quarter.min(TimeDelta::milliseconds(200)),
            ..Self::default()
        }
    }

    /// # Errors
    ///
    /// [`OptionsError`] when the options could make a second job, or nothing at all.
    pub(crate) fn check(&self, gateway: WorstCase) -> Result<(), OptionsError> {
        let settle = self.policy.settle;
        let longest = TimeDelta::from_std(gateway.call).unwrap_or(TimeDelta::days(1));
        let needed = self.call_timeout.max(longest) + self.server_bound;
        if settle < needed {
            return Err(OptionsError::SettlesTooSoon { settle, needed });
        }
        let waits = [
            ("lease", self.lease),
            ("first retry", self.first_retry),
            ("longest retry", self.longest_retry),
            ("look every", self.look_every),
        ];
        for (name, wait) in waits {
            if wait <= TimeDelta::zero() {
                return Err(OptionsError::Nothing(name));
            }
        }
        if self.calls_at_once == 0 {
            return Err(OptionsError::Nothing("calls at once"));
        }
        if self.application_calls == 0 {
            return Err(OptionsError::Nothing("application calls"));
        }
        if self.practices_at_once == 0 {
            return Err(OptionsError::Nothing("practices at once"));
        }
        Ok(())
    }

    /// How long to back off after so many tries in a row.
    pub(crate) fn retry_in(&self) -> RetryIn {
        let std = |time: TimeDelta| time.to_std().unwrap_or_default();
        let delays: Vec<TimeDelta> = ExponentialBuilder::new()
            .with_factor(2.0)
            .with_min_delay(std(self.first_retry))
            .with_max_delay(std(self.longest_retry))
            .with_max_times(32)
            .build()
            .filter_map(|delay| TimeDelta::from_std(delay).ok())
            .collect();
        let longest = self.longest_retry;
        Arc::new(move |tries| delays.get(tries as usize).copied().unwrap_or(longest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settle_time_below_the_time_out_and_the_servers_bound_is_refused() {
        let mut options = Options::default();
        assert_eq!(options.check(WorstCase::default()), Ok(()));
        options.policy.settle = TimeDelta::seconds(89);
        let refused = options.check(WorstCase::default()).unwrap_err();
        let needed = TimeDelta::seconds(90);
        let settle = TimeDelta::seconds(89);
        assert_eq!(refused, OptionsError::SettlesTooSoon { settle, needed });
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let options = Options {
            longest_retry: TimeDelta::seconds(30),
            ..Options::default()
        };
        let retry_in = options.retry_in();
        let waits: Vec<i64> = (0..5).map(|tries| retry_in(tries).num_seconds()).collect();
        assert_eq!(waits, [5, 10, 20, 30, 30]);
        assert_eq!(retry_in(1_000).num_seconds(), 30);
    }

    #[test]
    fn simulated_options_keep_the_rule() {
        assert_eq!(
            Options::simulated(TimeDelta::milliseconds(400)).check(WorstCase {
                call: std::time::Duration::from_millis(200),
                ..WorstCase::default()
            }),
            Ok(())
        );
    }
}

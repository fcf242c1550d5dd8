//! Time and identity as arguments: the core reads no clock and draws no randomness.

use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Where the time comes from, and how to wait for it.
#[cfg_attr(feature = "mock", mockall::automock)]
#[async_trait]
pub trait Clock: Debug + Send + Sync + 'static {
    /// The wall clock. It may be set back or jump; only what people see is measured by it.
    fn now(&self) -> DateTime<Utc>;

    /// Time since some fixed moment, never set back: leases are checked by it.
    fn monotonic(&self) -> Duration;

    /// Returns once [`Clock::now`] has reached `until`. Cancelling it has no effect.
    async fn sleep_until(&self, until: DateTime<Utc>);
}

/// Where new identities come from.
#[cfg_attr(feature = "mock", mockall::automock)]
pub trait IdSource: Debug + Send + Sync + 'static {
    /// An identity that was never given out before, rising over time (UUID version 7).
    fn next(&self) -> Uuid;
}

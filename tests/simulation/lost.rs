//! Backups: what is lost when one is restored, and what may be odd afterwards.

use std::time::Duration;

use chrono::{DateTime, Utc};
use workflow_core::ports::clock::Clock as _;
use workflow_core::testing::ManualClock;

use crate::disk::{self, Disk};
use crate::xpm::Held;

/// A backup of the store.
pub(crate) struct Backup {
    pub(crate) held: disk::Backup,
    taken_at: DateTime<Utc>,
    since: Duration,
}

impl Backup {
    pub(crate) fn take(disk: &Disk, clock: &ManualClock) -> Self {
        Self {
            held: disk.back_up(),
            taken_at: clock.now(),
            since: clock.monotonic(),
        }
    }

    /// What is lost of a store when the backup takes its place.
    pub(crate) fn lost(&self, clock: &ManualClock) -> Lost {
        Lost {
            taken_at: self.taken_at,
            restored_at: clock.now(),
            since: self.since,
            until: clock.monotonic(),
        }
    }
}

/// What was lost when a backup was restored.
#[derive(Clone, Debug)]
pub(crate) struct Lost {
    pub(crate) taken_at: DateTime<Utc>,
    pub(crate) restored_at: DateTime<Utc>,
    since: Duration,
    until: Duration,
}

impl Lost {
    /// Whether a request about that job was sent in the time that was lost.
    pub(crate) fn touches(&self, held: &Held) -> bool {
        let within = |at: &Duration| self.since <= *at && *at <= self.until;
        held.sent_at.iter().any(within)
    }
}

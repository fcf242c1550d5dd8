//! Backups: what is lost when one is restored, and what may be odd afterwards.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, Utc};
use workflow_core::audit::{Actor, Subject};
use workflow_core::ids::WorkflowId;
use workflow_core::ports::clock::Clock as _;
use workflow_core::ports::store::{EntryOrder, EntryQuery, Store};
use workflow_core::testing::ManualClock;

use crate::disk::{self, Disk};
use crate::executor::at_once;
use crate::practice::practice_id;
use crate::xpm::Held;

/// A backup of the store.
pub(crate) struct Backup {
    pub(crate) held: disk::Backup,
    taken_at: DateTime<Utc>,
    since: Duration,
    /// The last entry of the audit in it.
    last: u64,
}

impl Backup {
    pub(crate) fn take(disk: &Disk, clock: &ManualClock) -> Self {
        let last = EntryQuery {
            order: EntryOrder::NewestFirst,
            limit: 1,
            ..EntryQuery::default()
        };
        let last = at_once(disk.guest().entries(&practice_id(), &last)).unwrap();
        Self {
            held: disk.back_up(),
            taken_at: clock.now(),
            since: clock.monotonic(),
            last: last.first().map_or(0, |entry| entry.seq),
        }
    }

    /// What is lost of a store when the backup takes its place.
    pub(crate) fn lost(&self, store: &dyn Store, clock: &ManualClock) -> Lost {
        let mut changed = BTreeSet::new();
        let mut query = EntryQuery {
            after: Some(self.last),
            ..EntryQuery::default()
        };
        loop {
            let page = at_once(store.entries(&practice_id(), &query)).unwrap();
            let Some(last) = page.last() else { break };
            query.after = Some(last.seq);
            for entry in &page {
                if let (Subject::Workflow(id), Actor::Person(_)) =
                    (&entry.line.subject, &entry.line.actor)
                {
                    changed.insert(*id);
                }
            }
        }
        Lost {
            taken_at: self.taken_at,
            restored_at: clock.now(),
            since: self.since,
            until: clock.monotonic(),
            changed,
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
    /// The workflows that people had changed since the backup was taken.
    pub(crate) changed: BTreeSet<WorkflowId>,
}

impl Lost {
    /// Whether a request about that job was sent in the time that was lost.
    pub(crate) fn touches(&self, held: &Held) -> bool {
        let within = |at: &Duration| self.since <= *at && *at <= self.until;
        held.sent_at.iter().any(within)
    }
}

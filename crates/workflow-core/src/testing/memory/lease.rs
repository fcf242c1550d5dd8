//! How the memory store grants leases.

use chrono::{DateTime, Utc};

use super::OfPractice;
use crate::deployment::Fence;
use crate::ids::HolderId;
use crate::ports::store::{Lease, LeaseAnswer, LeaseRequest};

/// A lease that was granted and not given back.
#[derive(Clone, Debug)]
pub(super) struct Held {
    holder: HolderId,
    /// The opening of the store in which it was granted: once there is a later one, its holder
    /// is surely dead.
    pub(super) process: u64,
    since: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl OfPractice {
    pub(super) fn lease(&mut self, request: &LeaseRequest, process: u64) -> LeaseAnswer {
        let LeaseRequest { holder, now, time } = request;
        let expires_at = *now + *time;
        let since = match &self.held {
            Some(held) if held.process == process && held.holder == *holder => held.since,
            Some(held) if held.process == process && held.expires_at > *now => {
                return LeaseAnswer::Held {
                    holder: held.holder.clone(),
                    until: held.expires_at,
                };
            }
            _ => {
                self.fence += 1;
                *now
            }
        };
        self.held = Some(Held {
            holder: holder.clone(),
            process,
            since,
            expires_at,
        });
        LeaseAnswer::Granted(Lease {
            fence: Fence(self.fence),
            since,
            expires_at,
        })
    }

    pub(super) fn release(&mut self, holder: &HolderId, process: u64) {
        let is_theirs = |held: &mut Held| held.process == process && held.holder == *holder;
        self.held.take_if(is_theirs);
    }
}

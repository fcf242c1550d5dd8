//! Connections that come to their end unused are told of, whether or not any call is made.
//!
//! Where the directory is kept, each practice's connection is used several times a day and none of
//! them gets here. Where it is left alone, or cannot be asked for, nothing is sent that would show
//! that a connection is about to end: the log says so, once a day, while there is time.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use workflow_core::ids::PracticeId;
use workflow_core::ports::gateway::Linking;
use workflow_core::service::Workflows;

/// A connection that lasts no longer than this is warned of.
const SOON: TimeDelta = TimeDelta::days(14);
/// How often a practice is looked at.
const EVERY: TimeDelta = TimeDelta::hours(24);
/// When a practice is looked at again that could not be read.
const AGAIN: TimeDelta = TimeDelta::hours(1);

/// When the connection of each practice is looked at next.
#[derive(Debug, Default)]
pub(crate) struct Expiries {
    next: BTreeMap<PracticeId, DateTime<Utc>>,
}

impl Expiries {
    /// Looks at a practice's connection where that is due, and warns of one that ends soon. No call
    /// is made.
    pub(crate) async fn look(&mut self, workflows: &Workflows, practice: &PracticeId) {
        let ports = workflows.ports();
        let now = ports.clock.now();
        let waits = self.next.get(practice).is_some_and(|at| now < *at);
        if waits || ports.gateway.linking() == Linking::Unneeded {
            return;
        }
        // What is wrong with the store shows when the practice is driven.
        let Ok(until) = workflows.practice(practice.clone()).connected_until().await else {
            self.next.insert(practice.clone(), now + AGAIN);
            return;
        };
        self.next.insert(practice.clone(), now + EVERY);
        let Some(until) = until.filter(|until| *until < now + SOON) else {
            return;
        };
        let on = until.date_naive();
        if until > now {
            tracing::warn!(%practice, until = %on, "the connection to XPM expires unless it is used");
        } else {
            tracing::warn!(
                %practice, since = %on,
                "the connection to XPM was left unused and has expired: connect the practice again"
            );
        }
    }
}

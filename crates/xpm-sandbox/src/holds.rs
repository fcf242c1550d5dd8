//! Calls that are held until somebody lets them go, so that a test can act in between.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::kind::CallKind;

/// Where a call is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HoldAt {
    /// Past the gateway, before it is carried out.
    Before,
    /// After it was carried out, before the reply.
    After,
}

/// A kind of call that is being held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// Which calls.
    pub on: CallKind,
    /// Where.
    pub at: HoldAt,
    /// How many are waiting there.
    pub waiting: usize,
}

#[derive(Debug, Clone, Copy)]
struct Held {
    /// Tells a hold from a later one of the same kind.
    id: u64,
    at: HoldAt,
    waiting: usize,
}

#[derive(Debug, Clone, Default)]
struct Map {
    last: u64,
    held: BTreeMap<CallKind, Held>,
}

/// The holds in force.
#[derive(Debug, Default)]
pub(crate) struct Holds(watch::Sender<Map>);

impl Holds {
    /// Holds the calls of a kind from now on; those that an earlier hold kept go on.
    pub(crate) fn hold(&self, on: CallKind, at: HoldAt) {
        self.0.send_modify(|map| {
            map.last += 1;
            let (id, waiting) = (map.last, 0);
            map.held.insert(on, Held { id, at, waiting });
        });
    }

    /// Lets the calls of a kind go, or all.
    pub(crate) fn release(&self, on: Option<CallKind>) {
        self.0.send_modify(|map| match on {
            Some(on) => drop(map.held.remove(&on)),
            None => map.held.clear(),
        });
    }

    pub(crate) fn all(&self) -> Vec<Hold> {
        let map = self.0.borrow();
        let each = map.held.iter().map(|(&on, held)| Hold {
            on,
            at: held.at,
            waiting: held.waiting,
        });
        each.collect()
    }

    /// Waits here as long as calls of this kind are held here.
    pub(crate) async fn pass(&self, on: CallKind, at: HoldAt) {
        let mut mine = None;
        self.0.send_if_modified(|map| {
            let Some(held) = map.held.get_mut(&on).filter(|held| held.at == at) else {
                return false;
            };
            held.waiting += 1;
            mine = Some(held.id);
            true
        });
        let Some(id) = mine else { return };
        let gone = |map: &Map| map.held.get(&on).is_none_or(|held| held.id != id);
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.0.subscribe().wait_for(gone).await;
    }

    /// Waits until so many calls of a kind wait.
    pub(crate) async fn reached(&self, on: CallKind, count: usize) {
        let there = |map: &Map| map.held.get(&on).is_some_and(|held| held.waiting >= count);
        let _ = self.0.subscribe().wait_for(there).await;
    }
}

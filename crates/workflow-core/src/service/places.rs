//! Places for calls: how many calls of each practice this process has under way, so that what a
//! person asks of XPM is no sixth call beside the scheduler's five.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;

use super::{CommandError, PracticeHandle};
use crate::budget::{Admission, CALLS_AT_ONCE, Purpose};
use crate::ids::PracticeId;

/// The places of all practices. A clone is the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    taken: Arc<Mutex<BTreeMap<PracticeId, usize>>>,
}

/// A place for one call of a practice. Dropping it gives it back.
#[derive(Debug)]
#[must_use = "dropping it gives the place back"]
pub struct CallPlace {
    places: Places,
    practice: PracticeId,
}

impl Places {
    fn change<T>(&self, practice: &PracticeId, change: impl FnOnce(&mut usize) -> T) -> T {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let count = taken.entry(practice.clone()).or_default();
        let changed = change(count);
        if *count == 0 {
            taken.remove(practice);
        }
        changed
    }
}

impl Drop for CallPlace {
    fn drop(&mut self) {
        self.places
            .change(&self.practice, |count| *count = count.saturating_sub(1));
    }
}

impl PracticeHandle {
    /// Takes a place for a call, where fewer than `most` of the practice are under way in this
    /// process. It is given back when it is dropped, after the call.
    #[must_use]
    pub fn call_place(&self, most: usize) -> Option<CallPlace> {
        let places = self.service.places.clone();
        let free = places.change(&self.id, |count| {
            let free = *count < most;
            *count += usize::from(free);
            free
        });
        free.then(|| CallPlace {
            places,
            practice: self.id.clone(),
        })
    }

    /// The calls of the practice that are under way in this process, or about to be: not all of
    /// them may be debited yet.
    pub(super) fn calls_under_way(&self) -> u32 {
        let taken = self.service.places.change(&self.id, |count| *count);
        u32::try_from(taken).unwrap_or(u32::MAX)
    }

    /// A place for a call that a person waits for.
    pub(super) async fn place_for_a_person(&self) -> Result<CallPlace, CommandError> {
        let (now, flying) = (self.now(), self.calls_under_way());
        if let Admission::At(at) = self.budget().await?.admit(now, Purpose::LookUp, flying) {
            return Err(CommandError::NoCallNow { wait: at - now });
        }
        let wait = TimeDelta::zero();
        self.call_place(CALLS_AT_ONCE)
            .ok_or(CommandError::NoCallNow { wait })
    }
}

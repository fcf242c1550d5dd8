//! Listening: whoever waits for something to happen to a practice is woken by the commit.
//!
//! A listener is told that the practice's audit has grown, and nothing of what it says: that is
//! read from the store, after the last entry that the listener knows. So nothing is kept for a
//! listener that is slow, nothing waits for it, and it misses nothing. What another process
//! commits wakes nobody here; whoever has to know of it looks at the audit from time to time.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

use super::{CommandError, PracticeHandle, Workflows};
use crate::audit::Entry;
use crate::ids::PracticeId;
use crate::ports::store::{EntryOrder, EntryQuery, Query};

/// All who listen. A clone is the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Listeners(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    is_closed: bool,
    /// The number of the last one who began to listen.
    last: u64,
    /// By what they listen to, where `None` is every practice.
    ears: BTreeMap<Option<PracticeId>, BTreeMap<u64, Ear>>,
}

/// What one listener has not been told yet.
#[derive(Debug, Default)]
struct Ear {
    heard: BTreeSet<PracticeId>,
    waker: Option<Waker>,
}

impl Listeners {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, to: Option<PracticeId>) -> Listener {
        let mut state = self.lock();
        state.last += 1;
        let number = state.last;
        let ears = state.ears.entry(to.clone()).or_default();
        ears.insert(number, Ear::default());
        let listeners = self.clone();
        Listener {
            listeners,
            to,
            number,
        }
    }

    /// Something was committed to a practice's audit.
    pub(super) fn tell(&self, practice: &PracticeId) {
        let mut woken = Vec::new();
        {
            let mut state = self.lock();
            for to in [None, Some(practice.clone())] {
                for ear in state.ears.get_mut(&to).into_iter().flatten() {
                    ear.1.heard.insert(practice.clone());
                    woken.extend(ear.1.waker.take());
                }
            }
        }
        woken.into_iter().for_each(Waker::wake);
    }

    fn close(&self) {
        let mut woken = Vec::new();
        {
            let mut state = self.lock();
            state.is_closed = true;
            let ears = state.ears.values_mut().flat_map(BTreeMap::values_mut);
            woken.extend(ears.filter_map(|ear| ear.waker.take()));
        }
        woken.into_iter().for_each(Waker::wake);
    }
}

/// Waits for what happens to a practice, or to any. Dropping it ends that.
#[derive(Debug)]
#[must_use = "dropping it ends the listening"]
pub struct Listener {
    listeners: Listeners,
    to: Option<PracticeId>,
    number: u64,
}

impl Listener {
    /// Returns once the audit of a practice that it listens to has grown in this process, with
    /// those of which that is so since it was asked last; `None` once nobody is to listen any
    /// more: see [`Workflows::stop_listening`].
    ///
    /// **Cancelling** it is allowed: what it would have told, it tells the next time.
    pub async fn heard(&mut self) -> Option<BTreeSet<PracticeId>> {
        poll_fn(|cx| {
            let mut state = self.listeners.lock();
            if state.is_closed {
                return Poll::Ready(None);
            }
            let ears = state.ears.get_mut(&self.to);
            let Some(ear) = ears.and_then(|ears| ears.get_mut(&self.number)) else {
                return Poll::Ready(None);
            };
            if ear.heard.is_empty() {
                ear.waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(Some(std::mem::take(&mut ear.heard)))
        })
        .await
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let mut state = self.listeners.lock();
        if let Some(ears) = state.ears.get_mut(&self.to) {
            ears.remove(&self.number);
            if ears.is_empty() {
                state.ears.remove(&self.to);
            }
        }
    }
}

impl Workflows {
    /// Listens to every practice.
    pub fn listen(&self) -> Listener {
        self.listeners.begin(None)
    }

    /// Ends all listening, now and later: a server that is to stop does not wait for those who
    /// listen through it. Nothing else changes.
    pub fn stop_listening(&self) {
        self.listeners.close();
    }
}

impl PracticeHandle {
    /// Listens to this practice.
    pub fn listen(&self) -> Listener {
        self.service.listeners.begin(Some(self.id.clone()))
    }

    /// The place of the last entry of the practice's audit; 0 before the first.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn audit_head(&self) -> Result<u64, CommandError> {
        let query = EntryQuery {
            order: EntryOrder::NewestFirst,
            limit: 1,
            ..EntryQuery::default()
        };
        let last = self.store().entries(&self.id, &query).await?;
        Ok(last.first().map_or(0, |entry| entry.seq))
    }

    /// The entries of the practice's audit that follow a place, in the order of the chain, at most
    /// `limit` of them and never more than [`Query::MOST`].
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn audit_after(&self, after: u64, limit: u32) -> Result<Vec<Entry>, CommandError> {
        let query = EntryQuery {
            after: Some(after),
            limit: limit.clamp(1, Query::MOST),
            ..EntryQuery::default()
        };
        Ok(self.store().entries(&self.id, &query).await?)
    }
}

//! A store between whose calls anything may happen: each call yields before it begins and after it
//! has taken effect, so that a process can die at either.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use workflow_core::audit::Entry;
use workflow_core::budget::Budget;
use workflow_core::ids::{HolderId, PracticeId};
use workflow_core::ports::store::{
    Due, EntryQuery, Key, LeaseAnswer, LeaseRequest, Once, Page, Query, Receipt, Record, Store,
    StoreError, Unit, Versioned, Wake,
};

use crate::dice::Dice;
use crate::executor::yield_now;

/// How often to yield at each await.
#[derive(Clone, Debug)]
pub(crate) enum Yields {
    /// So many times.
    Always(u64),
    /// Up to so many times, as the dice say.
    UpTo(u64, Dice),
}

impl Yields {
    pub(crate) async fn here(&self) {
        let times = match self {
            Self::Always(times) => *times,
            Self::UpTo(most, dice) => dice.between(0, *most),
        };
        for _ in 0..times {
            yield_now().await;
        }
    }
}

/// The store, with yields.
#[derive(Debug)]
pub(crate) struct Yielding {
    pub(crate) inner: Arc<dyn Store>,
    pub(crate) yields: Yields,
}

macro_rules! yielding {
    ($self:ident, $call:expr) => {{
        $self.yields.here().await;
        let answer = $call.await;
        $self.yields.here().await;
        answer
    }};
}

#[async_trait]
impl Store for Yielding {
    async fn commit(&self, practice: &PracticeId, unit: Unit) -> Result<Receipt, StoreError> {
        yielding!(self, self.inner.commit(practice, unit))
    }

    async fn receipt(
        &self,
        practice: &PracticeId,
        once: &Once,
    ) -> Result<Option<Receipt>, StoreError> {
        yielding!(self, self.inner.receipt(practice, once))
    }

    async fn get(
        &self,
        practice: &PracticeId,
        key: &Key,
    ) -> Result<Option<Versioned<Record>>, StoreError> {
        yielding!(self, self.inner.get(practice, key))
    }

    async fn get_all(
        &self,
        practice: &PracticeId,
        keys: &[Key],
    ) -> Result<Vec<Option<Versioned<Record>>>, StoreError> {
        yielding!(self, self.inner.get_all(practice, keys))
    }

    async fn find(&self, practice: &PracticeId, query: &Query) -> Result<Page, StoreError> {
        yielding!(self, self.inner.find(practice, query))
    }

    async fn due(
        &self,
        practice: &PracticeId,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Due>, StoreError> {
        yielding!(self, self.inner.due(practice, now, limit))
    }

    async fn wakes(&self, limit: u32) -> Result<Vec<Wake>, StoreError> {
        yielding!(self, self.inner.wakes(limit))
    }

    async fn practices(
        &self,
        after: Option<PracticeId>,
        limit: u32,
    ) -> Result<Vec<PracticeId>, StoreError> {
        yielding!(self, self.inner.practices(after, limit))
    }

    async fn entries(
        &self,
        practice: &PracticeId,
        query: &EntryQuery,
    ) -> Result<Vec<Entry>, StoreError> {
        yielding!(self, self.inner.entries(practice, query))
    }

    async fn budget(&self, practice: &PracticeId) -> Result<Option<Budget>, StoreError> {
        yielding!(self, self.inner.budget(practice))
    }

    async fn lease(
        &self,
        practice: &PracticeId,
        request: &LeaseRequest,
    ) -> Result<LeaseAnswer, StoreError> {
        yielding!(self, self.inner.lease(practice, request))
    }

    async fn release(&self, practice: &PracticeId, holder: &HolderId) -> Result<(), StoreError> {
        yielding!(self, self.inner.release(practice, holder))
    }
}

//! The store in memory: the specification of the port, as plain maps under one lock.

mod commit;
mod find;
mod lease;
mod secrets;
mod sessions;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use secrecy::SecretString;

use self::lease::Held;
use crate::audit::Entry;
use crate::budget::Budget;
use crate::deployment::{Digest, Rank};
use crate::ids::{CommandKey, HolderId, PracticeId, WorkflowId};
use crate::ports::sessions::Session;
use crate::ports::store::{
    Due, EntryOrder, EntryQuery, Key, LeaseAnswer, LeaseRequest, Once, Page, Query, Receipt,
    Record, Store, StoreError, Unit, Versioned, Wake,
};
use crate::ports::tokens::{Connection, Rotation};
use crate::workflow::Occurrence;

/// A store that keeps everything in memory. A clone is a handle to the same store.
///
/// It is the executable specification of [`Store`], of
/// [`TokenStore`](crate::ports::tokens::TokenStore) and of
/// [`SessionStore`](crate::ports::sessions::SessionStore): what another store does otherwise is a fault
/// of that store.
///
/// ```
/// use workflow_core::ports::store::{Key, Store, Unit};
/// use workflow_core::testing::MemoryStore;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = MemoryStore::new();
/// let practice = "acme".parse()?;
/// let receipt = store.commit(&practice, Unit::default()).await?;
/// assert!(receipt.entries.is_empty() && !receipt.repeated);
/// assert_eq!(store.get(&practice, &Key::Practice).await?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    kept: Arc<Mutex<Everything>>,
    /// Which opening of the store this handle belongs to.
    process: u64,
}

/// All that the store remembers.
#[derive(Clone, Debug, Default)]
struct Everything {
    practices: BTreeMap<PracticeId, OfPractice>,
    connections: BTreeMap<PracticeId, (Connection, Rotation)>,
    secrets: BTreeMap<(PracticeId, String), SecretString>,
    sessions: BTreeMap<Digest, Session>,
    /// The latest opening of the store, which alone may hold leases.
    process: u64,
}

/// All that belongs to one practice.
#[derive(Clone, Debug, Default)]
struct OfPractice {
    records: BTreeMap<Key, Versioned<Record>>,
    /// What of the records the scheduler has to look at some time.
    waiting: BTreeSet<Waiting>,
    entries: Vec<Entry>,
    /// What each key stood for, and where the entries of its unit are.
    keys: BTreeMap<CommandKey, (Digest, std::ops::Range<usize>)>,
    budget: Option<Budget>,
    held: Option<Held>,
    /// The number of the last lease that was granted.
    fence: u64,
}

/// Something that is due some time, in the order in which [`Store::due`] lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    rank: Rank,
    at: DateTime<Utc>,
    workflow: WorkflowId,
    deployment: Option<Occurrence>,
}

impl MemoryStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens the store anew, as a program does that starts again.
    ///
    /// What was committed is there. Whoever held a lease is surely dead, so the next request is
    /// granted at once. Handles from before still read and commit, as guests do, and are refused
    /// leases with [`StoreError::NotOwner`].
    #[must_use]
    pub fn reopen(&self) -> Self {
        let process = {
            let mut all = self.lock();
            all.process += 1;
            all.process
        };
        Self {
            kept: Arc::clone(&self.kept),
            process,
        }
    }

    /// A store of its own that holds what this one holds now: a backup of it.
    #[must_use]
    pub fn copied(&self) -> Self {
        let (kept, process) = {
            let all = self.lock();
            (all.clone(), all.process)
        };
        Self {
            kept: Arc::new(Mutex::new(kept)),
            process,
        }
    }

    /// A change is computed before the first line of it is written, so that what a panicking
    /// test leaves behind is whole.
    fn lock(&self) -> MutexGuard<'_, Everything> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T: Default>(&self, practice: &PracticeId, read: impl FnOnce(&OfPractice) -> T) -> T {
        self.lock()
            .practices
            .get(practice)
            .map(read)
            .unwrap_or_default()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, practice: &PracticeId, unit: Unit) -> Result<Receipt, StoreError> {
        let mut all = self.lock();
        let process = all.process;
        all.practices
            .entry(practice.clone())
            .or_default()
            .commit(practice, unit, process)
    }

    async fn receipt(
        &self,
        practice: &PracticeId,
        once: &Once,
    ) -> Result<Option<Receipt>, StoreError> {
        let all = self.lock();
        match all.practices.get(practice) {
            Some(of) => of.repeated(Some(once)),
            None => Ok(None),
        }
    }

    async fn get(
        &self,
        practice: &PracticeId,
        key: &Key,
    ) -> Result<Option<Versioned<Record>>, StoreError> {
        Ok(self.read(practice, |of| of.records.get(key).cloned()))
    }

    async fn find(&self, practice: &PracticeId, query: &Query) -> Result<Page, StoreError> {
        Ok(self.read(practice, |of| of.find(query)))
    }

    async fn due(
        &self,
        practice: &PracticeId,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Due>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        Ok(self.read(practice, |of| {
            let due = of.waiting.iter().filter(|waiting| waiting.at <= now);
            due.take(limit).map(Waiting::due).collect()
        }))
    }

    async fn wakes(&self, limit: u32) -> Result<Vec<Wake>, StoreError> {
        let all = self.lock();
        let earliest = |(practice, of): (&PracticeId, &OfPractice)| {
            let at = of.waiting.iter().map(|waiting| waiting.at).min()?;
            let practice = practice.clone();
            Some(Wake { practice, at })
        };
        let mut wakes: Vec<_> = all.practices.iter().filter_map(earliest).collect();
        // Practices come by id, and the sort is stable.
        wakes.sort_by_key(|wake| wake.at);
        wakes.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(wakes)
    }

    async fn practices(
        &self,
        after: Option<PracticeId>,
        limit: u32,
    ) -> Result<Vec<PracticeId>, StoreError> {
        let all = self.lock();
        let known = all
            .practices
            .iter()
            .filter(|(_, of)| of.records.contains_key(&Key::Practice))
            .map(|(practice, _)| practice)
            .filter(|practice| after.as_ref().is_none_or(|after| *practice > after));
        Ok(known
            .take(usize::try_from(limit).unwrap_or(usize::MAX))
            .cloned()
            .collect())
    }

    async fn entries(
        &self,
        practice: &PracticeId,
        query: &EntryQuery,
    ) -> Result<Vec<Entry>, StoreError> {
        Ok(self.read(practice, |of| of.entries(query)))
    }

    async fn budget(&self, practice: &PracticeId) -> Result<Option<Budget>, StoreError> {
        Ok(self.read(practice, |of| of.budget.clone()))
    }

    async fn lease(
        &self,
        practice: &PracticeId,
        request: &LeaseRequest,
    ) -> Result<LeaseAnswer, StoreError> {
        let mut all = self.lock();
        if self.process != all.process {
            let owner = format!("opening {} of this store", all.process);
            return Err(StoreError::NotOwner { owner });
        }
        let of = all.practices.entry(practice.clone()).or_default();
        Ok(of.lease(request, self.process))
    }

    async fn release(&self, practice: &PracticeId, holder: &HolderId) -> Result<(), StoreError> {
        if let Some(of) = self.lock().practices.get_mut(practice) {
            of.release(holder, self.process);
        }
        Ok(())
    }
}

impl Waiting {
    /// When the scheduler has to look at a record; `None` where it never has.
    fn of(record: &Record) -> Option<Self> {
        match record {
            Record::Workflow(workflow) => Some(Self {
                at: workflow.wake()?,
                rank: Rank::Scheduled,
                workflow: workflow.id(),
                deployment: None,
            }),
            Record::Deployment(deployment) if !deployment.phase().is_closed() => Some(Self {
                at: deployment.wake()?,
                rank: deployment.rank(),
                workflow: deployment.workflow(),
                deployment: Some(deployment.occurrence()),
            }),
            _ => None,
        }
    }

    fn due(&self) -> Due {
        let Self {
            rank,
            at,
            workflow,
            deployment,
        } = *self;
        Due {
            at,
            rank,
            workflow,
            deployment,
        }
    }
}

impl OfPractice {
    fn entries(&self, query: &EntryQuery) -> Vec<Entry> {
        let limit = match query.limit {
            0 => Query::MOST,
            limit => limit.min(Query::MOST),
        };
        let wanted = |entry: &&Entry| {
            query
                .subject
                .as_ref()
                .is_none_or(|subject| *subject == entry.line.subject)
        };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        match query.order {
            EntryOrder::OldestFirst => self
                .entries
                .iter()
                .filter(|entry| query.after.is_none_or(|after| entry.seq > after))
                .filter(wanted)
                .take(limit)
                .cloned()
                .collect(),
            EntryOrder::NewestFirst => self
                .entries
                .iter()
                .rev()
                .filter(|entry| query.after.is_none_or(|after| entry.seq < after))
                .filter(wanted)
                .take(limit)
                .cloned()
                .collect(),
        }
    }
}

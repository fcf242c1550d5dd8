//! The store port over the folder: one writer at a time, and nothing acknowledged before it is
//! durable.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use workflow_core::audit::Entry;
use workflow_core::budget::Budget;
use workflow_core::deployment::Fence;
use workflow_core::ids::{HolderId, PracticeId};
use workflow_core::ports::store::{
    Due, EntryQuery, Key, Lease, LeaseAnswer, LeaseRequest, Once, Page, Query, Receipt, Record,
    Store, StoreError, Unit, Versioned, Wake,
};

use crate::documents::{Document, Folder, unavailable};
use crate::unit::Tenure;

/// A store that keeps each practice as one JSON document in a folder. A clone is a handle to the
/// same store.
///
/// It suits a practice of some hundreds of workflows, since each commit writes the practice's
/// whole document. One process at a time has the folder open; it has no guests.
#[derive(Clone, Debug)]
pub(crate) struct FolderStore {
    open: Arc<Mutex<Open>>,
}

/// The folder as this process has it open. Memory is what the documents say, never ahead of them.
#[derive(Debug)]
struct Open {
    folder: Folder,
    documents: BTreeMap<PracticeId, Document>,
    /// Who holds which lease. This need not survive: when the folder is opened again, whoever
    /// held one is surely dead, and the fence in the document keeps their late writes out.
    held: BTreeMap<PracticeId, Held>,
    doubt: Doubt,
}

#[derive(Debug)]
struct Held {
    holder: HolderId,
    since: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

/// Whether it is known what the documents say.
#[derive(Debug, PartialEq, Eq)]
enum Doubt {
    None,
    /// A save failed, so the old document or the new one may be there. To go on from memory
    /// could undo what the disk has; so nothing is answered until the folder is opened again.
    SaveFailed,
}

impl FolderStore {
    /// Opens a folder, made where there is none, and reads the documents in it.
    ///
    /// # Errors
    ///
    /// [`StoreError::NotOwner`] where it is open already, [`StoreError::Damaged`] where a document
    /// cannot be read, and [`StoreError::Unavailable`].
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let (folder, documents) = Folder::open(path)?;
        let open = Arc::new(Mutex::new(Open {
            folder,
            documents,
            held: BTreeMap::new(),
            doubt: Doubt::None,
        }));
        Ok(Self { open })
    }

    /// Does some work under the lock, on a thread where it may block.
    ///
    /// A caller that stops waiting does not stop the work: the port says so of a cancelled commit.
    async fn work<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&mut Open) -> Result<T, StoreError> + Send + 'static,
    {
        let open = Arc::clone(&self.open);
        let run = move || {
            let mut open = open.lock().map_err(|_| unavailable("a call panicked"))?;
            if open.doubt == Doubt::SaveFailed {
                return Err(unavailable(
                    "a save failed: the folder has to be opened again",
                ));
            }
            work(&mut open)
        };
        let ran = tokio::task::spawn_blocking(run).await;
        ran.unwrap_or_else(|error| Err(unavailable(error)))
    }

    /// Reads one practice's document, if it has one.
    async fn read<T, F>(&self, practice: &PracticeId, read: F) -> Result<T, StoreError>
    where
        T: Default + Send + 'static,
        F: FnOnce(&Document) -> Result<T, StoreError> + Send + 'static,
    {
        let practice = practice.clone();
        self.work(move |open| match open.documents.get(&practice) {
            Some(document) => read(document),
            None => Ok(T::default()),
        })
        .await
    }
}

impl Open {
    fn document(&mut self, practice: &PracticeId) -> &Document {
        let missing = || Document::new(practice.clone());
        self.documents
            .entry(practice.clone())
            .or_insert_with(missing)
    }

    /// Memory follows the disk: the document is replaced here once it is replaced there.
    fn save(&mut self, document: Document) -> Result<(), StoreError> {
        if let Err(error) = self.folder.save(&document) {
            self.doubt = Doubt::SaveFailed;
            return Err(unavailable(error));
        }
        self.documents.insert(document.practice.clone(), document);
        Ok(())
    }

    fn commit(&mut self, practice: &PracticeId, unit: Unit) -> Result<Receipt, StoreError> {
        let (most, found) = (Unit::MOST, unit.puts.len().max(unit.lines.len()));
        if found > most {
            return Err(StoreError::TooLarge { most, found });
        }
        let tenure = match self.held.get(practice) {
            Some(_) => Tenure::Held,
            None => Tenure::Free,
        };
        let document = self.document(practice);
        if let Some(once) = &unit.once
            && let Some(receipt) = document.receipt(once)?
        {
            return Ok(receipt);
        }
        document.check(&unit, tenure)?;
        let mut after = document.clone();
        let receipt = after.apply(unit);
        self.save(after)?;
        Ok(receipt)
    }

    fn lease(
        &mut self,
        practice: &PracticeId,
        request: &LeaseRequest,
    ) -> Result<LeaseAnswer, StoreError> {
        let LeaseRequest { holder, now, time } = request;
        let since = match self.held.get(practice) {
            Some(held) if held.holder == *holder => held.since,
            Some(held) if held.expires_at > *now => {
                return Ok(LeaseAnswer::Held {
                    holder: held.holder.clone(),
                    until: held.expires_at,
                });
            }
            // The fence is durable before anybody has it, so that none is ever given out twice.
            _ => {
                let mut after = self.document(practice).clone();
                after.fence += 1;
                self.save(after)?;
                *now
            }
        };
        let expires_at = *now + *time;
        let held = Held {
            holder: holder.clone(),
            since,
            expires_at,
        };
        self.held.insert(practice.clone(), held);
        Ok(LeaseAnswer::Granted(Lease {
            fence: Fence(self.document(practice).fence),
            since,
            expires_at,
        }))
    }
}

#[async_trait]
impl Store for FolderStore {
    async fn commit(&self, practice: &PracticeId, unit: Unit) -> Result<Receipt, StoreError> {
        let practice = practice.clone();
        self.work(move |open| open.commit(&practice, unit)).await
    }

    async fn receipt(
        &self,
        practice: &PracticeId,
        once: &Once,
    ) -> Result<Option<Receipt>, StoreError> {
        let once = once.clone();
        self.read(practice, move |document| document.receipt(&once))
            .await
    }

    async fn get(
        &self,
        practice: &PracticeId,
        key: &Key,
    ) -> Result<Option<Versioned<Record>>, StoreError> {
        let key = key.clone();
        self.read(practice, move |document| {
            Ok(document.records.get(&key).cloned())
        })
        .await
    }

    async fn find(&self, practice: &PracticeId, query: &Query) -> Result<Page, StoreError> {
        let query = query.clone();
        self.read(practice, move |document| document.find(&query))
            .await
    }

    async fn due(
        &self,
        practice: &PracticeId,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Due>, StoreError> {
        self.read(practice, move |document| {
            let mut due: Vec<_> = document.wakes().filter(|due| due.at <= now).collect();
            due.sort_by_key(|due| (due.rank, due.at, due.workflow, due.deployment));
            due.truncate(limit as usize);
            Ok(due)
        })
        .await
    }

    async fn wakes(&self, limit: u32) -> Result<Vec<Wake>, StoreError> {
        self.work(move |open| {
            let earliest = |(practice, document): (&PracticeId, &Document)| {
                let at = document.wakes().map(|due| due.at).min()?;
                let practice = practice.clone();
                Some(Wake { practice, at })
            };
            let mut wakes: Vec<_> = open.documents.iter().filter_map(earliest).collect();
            wakes.sort_by_key(|wake| wake.at);
            wakes.truncate(limit as usize);
            Ok(wakes)
        })
        .await
    }

    async fn practices(
        &self,
        after: Option<PracticeId>,
        limit: u32,
    ) -> Result<Vec<PracticeId>, StoreError> {
        self.work(move |open| {
            let set_up = open.documents.values();
            let set_up = set_up.filter(|document| document.records.contains_key(&Key::Practice));
            let known = set_up.map(|document| &document.practice);
            let wanted = known.filter(|id| after.as_ref().is_none_or(|after| *id > after));
            Ok(wanted.take(limit as usize).cloned().collect())
        })
        .await
    }

    async fn entries(
        &self,
        practice: &PracticeId,
        query: &EntryQuery,
    ) -> Result<Vec<Entry>, StoreError> {
        let query = query.clone();
        self.read(practice, move |document| Ok(document.entries(&query)))
            .await
    }

    async fn budget(&self, practice: &PracticeId) -> Result<Option<Budget>, StoreError> {
        self.read(practice, |document| Ok(document.budget.clone()))
            .await
    }

    async fn lease(
        &self,
        practice: &PracticeId,
        request: &LeaseRequest,
    ) -> Result<LeaseAnswer, StoreError> {
        let (practice, request) = (practice.clone(), request.clone());
        self.work(move |open| open.lease(&practice, &request)).await
    }

    async fn release(&self, practice: &PracticeId, holder: &HolderId) -> Result<(), StoreError> {
        let (practice, holder) = (practice.clone(), holder.clone());
        self.work(move |open| {
            if open
                .held
                .get(&practice)
                .is_some_and(|held| held.holder == holder)
            {
                open.held.remove(&practice);
            }
            Ok(())
        })
        .await
    }
}

//! Checks that the audit is whole, and that what is stored is what its entries say.
//!
//! [`verify`] needs the [`Store`] port alone, so it runs on every store, while others read and
//! write: it follows the practice's chain from its start, and makes every record anew from its
//! entries. It holds one page of entries and one workflow with its deployments at a time, beside
//! the identities of the workflows.

pub(crate) mod rebuild;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use self::rebuild::{Rebuilt, after, difference, made_by, subject};
use crate::audit::{BrokenChain, Chain, Event, Subject};
use crate::billing::LevelOf;
use crate::deployment::Digest;
use crate::ids::{PracticeId, WorkflowId};
use crate::ports::gateway::DirectoryPart;
use crate::ports::store::{
    EntryOrder, EntryQuery, Key, Of, Query, Record, Store, StoreError, Version, Whose,
};

/// What a verification saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The practice.
    pub practice: PracticeId,
    /// How many entries hold together, from the first on.
    pub entries: u64,
    /// The hash of the last of them. Kept elsewhere, it shows later that nothing up to here was
    /// changed since.
    pub head: Digest,
    /// How many records are what their entries say.
    pub records: u64,
    /// The first thing that does not hold, where there is one; nothing after it was looked at.
    pub first_break: Option<Break>,
}

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Break {
    /// The chain itself: an entry is missing, or was changed.
    #[error(transparent)]
    Chain(BrokenChain),
    /// Entries at the end of the chain are gone.
    #[error("the entries after {last} are missing: there were {written}")]
    Cut {
        /// The last one that is there.
        last: u64,
        /// How many were written.
        written: u64,
    },
    /// The entries tell of a record that is not stored.
    #[error("{0:?} has entries and is not stored")]
    NotStored(Key),
    /// A record is stored that no entry made.
    #[error("{0:?} is stored and no entry made it")]
    Unexplained(Key),
    /// A record is not what its entries make of it.
    #[error("{0:?} is not what its entries make of it")]
    Different(Key),
}

/// Follows a practice's chain, and makes every record anew from its entries.
///
/// ```
/// use workflow_core::testing::{MemoryStore, samples};
/// use workflow_core::ports::store::{Put, Record, Store, Unit, Version};
/// use workflow_core::verify::verify;
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let store = MemoryStore::new();
/// let practice = "acme".parse()?;
/// let client = samples::client(1, "Harbour Café");
/// let line = samples::line(&client, 0);
/// let put = Put { record: Record::Client(client), expected: Version::NONE };
/// store.commit(&practice, Unit { puts: vec![put], lines: vec![line], ..Unit::default() }).await?;
///
/// let report = verify(&store, &practice).await?;
/// assert_eq!((report.entries, report.records, report.first_break), (1, 1, None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`StoreError::Damaged`] when something stored cannot be read at all, and
/// [`StoreError::Unavailable`]. What can be read and does not hold is in the report.
pub async fn verify(store: &dyn Store, practice: &PracticeId) -> Result<Report, StoreError> {
    let mut verifier = Verifier {
        store,
        practice,
        chain: Chain::start(practice.clone()),
        records: 0,
    };
    let ended = verifier.run().await;
    let first_break = match ended {
        Ok(()) => None,
        Err(Stop::Broken(found)) => Some(found),
        Err(Stop::Failed(error)) => return Err(error),
    };
    Ok(Report {
        practice: practice.clone(),
        entries: verifier.chain.seq(),
        head: verifier.chain.hash().clone(),
        records: verifier.records,
        first_break,
    })
}

/// Why a verification ended early.
enum Stop {
    Broken(Break),
    Failed(StoreError),
}

impl From<StoreError> for Stop {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl From<Break> for Stop {
    fn from(found: Break) -> Self {
        Self::Broken(found)
    }
}

/// One verification: how far it has come.
struct Verifier<'a> {
    store: &'a dyn Store,
    practice: &'a PracticeId,
    chain: Chain,
    records: u64,
}

impl Verifier<'_> {
    /// First from the entries to the records, then from the records to the entries.
    async fn run(&mut self) -> Result<(), Stop> {
        self.follow().await?;
        self.stored_is_explained(&Key::Practice).await?;
        let mut kinds = vec![
            Of::Clients { named: None },
            Of::People,
            Of::Proposals { client: None },
            Of::Accesses,
        ];
        kinds.extend(PARTS.map(Of::Listings));
        for of in kinds {
            self.all_explained(of).await?;
        }
        let workflows = self.workflows().await?;
        self.no_orphans(&workflows).await
    }

    /// Follows the chain; each entry that makes a record leads to it.
    async fn follow(&mut self) -> Result<(), Stop> {
        loop {
            let query = EntryQuery {
                after: Some(self.chain.seq()),
                ..EntryQuery::default()
            };
            let page = self.store.entries(self.practice, &query).await?;
            if page.is_empty() {
                return Ok(());
            }
            for entry in page {
                self.chain.follow(&entry).map_err(Break::Chain)?;
                match made_by(&entry) {
                    Some(key @ Key::Workflow(_)) => self.is_stored(key).await?,
                    Some(key) => self.is_as_last_said(key, &entry.line.subject).await?,
                    None => {}
                }
            }
        }
    }

    async fn is_stored(&self, key: Key) -> Result<(), Stop> {
        match self.store.get(self.practice, &key).await? {
            Some(_) => Ok(()),
            None => Err(Break::NotStored(key).into()),
        }
    }

    /// A record that is kept whole is what the last entry about it says. Where they differ it may
    /// just be changing: then its version is another one afterwards, and it is looked at again.
    async fn is_as_last_said(&mut self, key: Key, subject: &Subject) -> Result<(), Stop> {
        loop {
            let Some(stored) = self.store.get(self.practice, &key).await? else {
                return Err(Break::NotStored(key).into());
            };
            let query = EntryQuery {
                subject: Some(subject.clone()),
                order: EntryOrder::NewestFirst,
                limit: 1,
                ..EntryQuery::default()
            };
            let last = self.store.entries(self.practice, &query).await?;
            if last.first().and_then(after).as_ref() == Some(&stored.value) {
                self.records += 1;
                return Ok(());
            }
            if self.version(&key).await? == Some(stored.version) {
                return Err(Break::Different(key).into());
            }
        }
    }

    async fn version(&self, key: &Key) -> Result<Option<Version>, StoreError> {
        let found = self.store.get(self.practice, key).await?;
        Ok(found.map(|found| found.version))
    }

    /// Every record of a kind was made by an entry; and so was each one's billing level.
    async fn all_explained(&self, of: Of) -> Result<(), Stop> {
        let mut query = Query::of(of);
        loop {
            let page = self.store.find(self.practice, &query).await?;
            for found in page.records {
                let key = found.value.key();
                self.stored_is_explained(&key).await?;
                let level = match key {
                    Key::Client(id) => LevelOf::Client(id),
                    Key::Proposal(id) => LevelOf::Proposal(id),
                    _ => continue,
                };
                self.stored_is_explained(&Key::Level(level)).await?;
            }
            if page.next.is_none() {
                return Ok(());
            }
            query.after = page.next;
        }
    }

    async fn stored_is_explained(&self, key: &Key) -> Result<(), Stop> {
        if self.store.get(self.practice, key).await?.is_none() {
            return Ok(());
        }
        let query = EntryQuery {
            subject: Some(subject(key)),
            limit: 1,
            ..EntryQuery::default()
        };
        let first = self.store.entries(self.practice, &query).await?;
        if first.first().and_then(made_by).as_ref() == Some(key) {
            Ok(())
        } else {
            Err(Break::Unexplained(key.clone()).into())
        }
    }

    /// Makes each workflow and its deployments anew.
    async fn workflows(&mut self) -> Result<BTreeSet<WorkflowId>, Stop> {
        let mut seen = BTreeSet::new();
        let mut query = Query::of(Of::Workflows {
            whose: Whose::Everybody,
            activity: None,
        });
        loop {
            let page = self.store.find(self.practice, &query).await?;
            for found in page.records {
                if let Key::Workflow(id) = found.value.key() {
                    self.workflow(id).await?;
                    seen.insert(id);
                }
            }
            if page.next.is_none() {
                return Ok(seen);
            }
            query.after = page.next;
        }
    }

    /// As [`Self::is_as_last_said`], for what is made of many entries. Every event of a deployment
    /// changes its workflow's version or its own, so both are compared.
    async fn workflow(&mut self, id: WorkflowId) -> Result<(), Stop> {
        loop {
            let stored = self.family(id).await?;
            let made = self.rebuild(id).await?;
            let Some(different) = difference(id, &stored, &made) else {
                self.records += u64::try_from(made.len()).unwrap_or(u64::MAX);
                return Ok(());
            };
            if self.family(id).await? == stored {
                return Err(different.into());
            }
        }
    }

    /// A workflow and its deployments, as stored.
    async fn family(&self, id: WorkflowId) -> Result<BTreeMap<Key, Record>, StoreError> {
        let workflow = self.store.get(self.practice, &Key::Workflow(id)).await?;
        let mut family: BTreeMap<_, _> = workflow
            .map(|found| (found.value.key(), found.value))
            .into_iter()
            .collect();
        let mut query = Query::of(Of::Deployments { workflow: id });
        loop {
            let page = self.store.find(self.practice, &query).await?;
            let found = page.records.into_iter().map(|found| found.value);
            family.extend(found.map(|record| (record.key(), record)));
            if page.next.is_none() {
                return Ok(family);
            }
            query.after = page.next;
        }
    }

    /// A workflow and its deployments, as their entries make them.
    async fn rebuild(&self, id: WorkflowId) -> Result<BTreeMap<Key, Record>, StoreError> {
        let mut rebuilt = Rebuilt::default();
        let mut query = EntryQuery {
            subject: Some(Subject::Workflow(id)),
            ..EntryQuery::default()
        };
        loop {
            let page = self.store.entries(self.practice, &query).await?;
            let Some(last) = page.last() else {
                return Ok(rebuilt.records());
            };
            query.after = Some(last.seq);
            for entry in &page {
                if let Event::Workflow(event) = &entry.line.event {
                    rebuilt.apply(id, event);
                }
            }
        }
    }

    /// Every deployment belongs to a workflow.
    async fn no_orphans(&self, workflows: &BTreeSet<WorkflowId>) -> Result<(), Stop> {
        let mut query = Query::of(Of::Deployed {
            from: NaiveDate::MIN,
            to: NaiveDate::MAX,
        });
        loop {
            let page = self.store.find(self.practice, &query).await?;
            for found in page.records {
                let key = found.value.key();
                if let Key::Deployment(id, _) = key
                    && !workflows.contains(&id)
                    // It may have been added meanwhile.
                    && self.version(&Key::Workflow(id)).await?.is_none()
                {
                    return Err(Break::Unexplained(key).into());
                }
            }
            if page.next.is_none() {
                return Ok(());
            }
            query.after = page.next;
        }
    }
}

const PARTS: [DirectoryPart; 4] = [
    DirectoryPart::Clients,
    DirectoryPart::Staff,
    DirectoryPart::Templates,
    DirectoryPart::Categories,
];

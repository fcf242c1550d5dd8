//! The handle, and the store port on it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, ErrorCode};
use workflow_core::audit::Entry;
use workflow_core::budget::Budget;
use workflow_core::ids::{HolderId, PracticeId};
use workflow_core::ports::store::{
    Due, EntryQuery, Key, LeaseAnswer, LeaseRequest, Once, Page, Query, Receipt, Record, Store,
    StoreError, Unit, Versioned, Wake,
};

use crate::batch::{Outage, Stop};
use crate::commit::{self, Prepared, read_budget};
use crate::engine::Engine;
use crate::error::OpenError;
use crate::key::MasterKey;
use crate::lock::Lock;
use crate::options::Options;
use crate::seat::{Role, Seat};
use crate::{find, lease, read, records, rows};

/// A store on one SQLite file. A clone is a handle to the same store.
///
/// When the last handle is dropped, what waits to be written is written, the file is closed, and
/// ownership is given back; that last drop waits for it, which takes a moment.
#[derive(Clone)]
pub struct SqliteStore {
    pub(crate) inner: Arc<Inner>,
}

/// The order of the fields is the order in which they go: the connections before the lock.
pub(crate) struct Inner {
    pub(crate) engine: Engine,
    pub(crate) seat: Seat,
    pub(crate) key: Option<MasterKey>,
    pub(crate) path: PathBuf,
    /// Kept for its drop alone.
    pub(crate) _lock: Option<Lock>,
}

impl SqliteStore {
    /// Opens a database as its owner: makes it where there is none, brings its schema up to date,
    /// and takes ownership. Without a master key, so that connections stay sealed.
    ///
    /// ```
    /// use store_sqlite::{OpenError, SqliteStore};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// # let folder = tempfile::tempdir()?;
    /// let path = folder.path().join("practice.db");
    /// let store = SqliteStore::open(&path).await?;
    /// let second = SqliteStore::open(&path).await;
    /// assert!(matches!(second, Err(OpenError::Owned { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`OpenError`], one variant for each cause.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::options().open(path).await
    }

    /// How else to open a database.
    pub fn options() -> Options {
        Options::default()
    }

    /// In which capacity this process has the database open.
    #[must_use]
    pub fn role(&self) -> Role {
        self.inner.seat.role()
    }

    /// Where the database is, with every link resolved; `:memory:` where it is in memory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    pub(crate) async fn read<T, F>(&self, run: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Stop<StoreError>> + Send + 'static,
    {
        match self.inner.engine.read(run).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(Stop::Refused(refusal))) => Err(refusal),
            Ok(Err(Stop::Surprise(error))) => Err(failed(error.into())),
            Err(outage) => Err(failed(outage)),
        }
    }

    async fn write<T, F>(&self, run: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnMut(&Connection) -> Result<T, Stop<StoreError>> + Send + 'static,
    {
        let answer = self.inner.engine.write(run).await;
        answer.unwrap_or_else(|outage| Err(failed(outage)))
    }
}

/// A file that SQLite itself finds damaged is damaged; of all else nothing is known.
fn failed(outage: Outage) -> StoreError {
    if let Outage::Sqlite(error) = &outage
        && let Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) =
            error.sqlite_error_code()
    {
        return rows::damaged("the database file", &error);
    }
    StoreError::Unavailable(Box::new(outage))
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore")
            .field("path", &self.inner.path)
            .field("role", &self.role())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn commit(&self, practice: &PracticeId, unit: Unit) -> Result<Receipt, StoreError> {
        let prepared = Prepared::new(practice.clone(), unit)?;
        let seat = self.inner.seat.clone();
        self.write(move |db| prepared.carry_out(db, &seat)).await
    }

    async fn receipt(
        &self,
        practice: &PracticeId,
        once: &Once,
    ) -> Result<Option<Receipt>, StoreError> {
        let (practice, once) = (practice.clone(), once.clone());
        self.read(move |db| commit::receipt(db, &practice, &once))
            .await
    }

    async fn get(
        &self,
        practice: &PracticeId,
        key: &Key,
    ) -> Result<Option<Versioned<Record>>, StoreError> {
        let (practice, key) = (practice.clone(), key.clone());
        self.read(move |db| records::get(db, &practice, &key)).await
    }

    async fn get_all(
        &self,
        practice: &PracticeId,
        keys: &[Key],
    ) -> Result<Vec<Option<Versioned<Record>>>, StoreError> {
        let (practice, keys) = (practice.clone(), keys.to_vec());
        self.read(move |db| {
            let one = |key| records::get(db, &practice, key);
            keys.iter().map(one).collect()
        })
        .await
    }

    async fn find(&self, practice: &PracticeId, query: &Query) -> Result<Page, StoreError> {
        let (practice, query) = (practice.clone(), query.clone());
        self.read(move |db| find::find(db, &practice, &query)).await
    }

    async fn due(
        &self,
        practice: &PracticeId,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Due>, StoreError> {
        let practice = practice.clone();
        self.read(move |db| read::due(db, &practice, now, limit))
            .await
    }

    async fn wakes(&self, limit: u32) -> Result<Vec<Wake>, StoreError> {
        self.read(move |db| read::wakes(db, limit)).await
    }

    async fn practices(
        &self,
        after: Option<PracticeId>,
        limit: u32,
    ) -> Result<Vec<PracticeId>, StoreError> {
        self.read(move |db| read::practices(db, after.as_ref(), limit))
            .await
    }

    async fn entries(
        &self,
        practice: &PracticeId,
        query: &EntryQuery,
    ) -> Result<Vec<Entry>, StoreError> {
        let (practice, query) = (practice.clone(), query.clone());
        self.read(move |db| read::entries(db, &practice, &query))
            .await
    }

    async fn budget(&self, practice: &PracticeId) -> Result<Option<Budget>, StoreError> {
        let practice = practice.clone();
        self.read(move |db| read_budget(db, &practice)).await
    }

    async fn lease(
        &self,
        practice: &PracticeId,
        request: &LeaseRequest,
    ) -> Result<LeaseAnswer, StoreError> {
        let (practice, request) = (practice.clone(), request.clone());
        let seat = self.inner.seat.clone();
        self.write(move |db| lease::lease(db, &seat, &practice, &request))
            .await
    }

    async fn release(&self, practice: &PracticeId, holder: &HolderId) -> Result<(), StoreError> {
        let (practice, holder) = (practice.clone(), holder.clone());
        let seat = self.inner.seat.clone();
        self.write(move |db| lease::release(db, &seat, &practice, &holder))
            .await
    }
}

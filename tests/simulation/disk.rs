//! What survives a process: the store, in memory or on SQLite, and how it is opened again.

use std::sync::Arc;

use store_sqlite::SqliteStore;
use tempfile::TempDir;
use workflow_core::ports::store::Store;
use workflow_core::testing::MemoryStore;

use crate::executor::at_once;

/// Which store a history is run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Memory,
    Sqlite,
}

/// The store with what it is kept on.
pub(crate) struct Disk {
    kept: Kept,
}

enum Kept {
    Memory {
        owner: MemoryStore,
        guest: MemoryStore,
    },
    Sqlite {
        folder: TempDir,
        owner: Option<SqliteStore>,
        guest: SqliteStore,
    },
}

impl Disk {
    pub(crate) fn new(kind: Kind) -> Self {
        let kept = match kind {
            Kind::Memory => {
                let guest = MemoryStore::new();
                Kept::Memory {
                    owner: guest.reopen(),
                    guest,
                }
            }
            Kind::Sqlite => {
                let folder = folder();
                let owner = open(&folder);
                let guest = SqliteStore::options().guest().inline();
                let guest = at_once(guest.open(folder.path().join("practice.db"))).unwrap();
                Kept::Sqlite {
                    folder,
                    owner: Some(owner),
                    guest,
                }
            }
        };
        Self { kept }
    }

    /// The owner's handle.
    pub(crate) fn owner(&self) -> Arc<dyn Store> {
        match &self.kept {
            Kept::Memory { owner, .. } => Arc::new(owner.clone()),
            Kept::Sqlite { owner, .. } => Arc::new(owner.clone().expect("it is open")),
        }
    }

    /// A handle that reads and edits beside the owner.
    pub(crate) fn guest(&self) -> Arc<dyn Store> {
        match &self.kept {
            Kept::Memory { guest, .. } => Arc::new(guest.clone()),
            Kept::Sqlite { guest, .. } => Arc::new(guest.clone()),
        }
    }

    /// Opens it anew: whoever owned it is surely dead, and has let go of every handle.
    pub(crate) fn reopen(&mut self) {
        match &mut self.kept {
            Kept::Memory { owner, .. } => *owner = owner.reopen(),
            Kept::Sqlite { folder, owner, .. } => {
                drop(owner.take());
                *owner = Some(open(folder));
            }
        }
    }
}

/// In memory where the system has a place for that: what a power cut does is not asked here, and
/// waiting for a disk takes long.
fn folder() -> TempDir {
    let in_memory = std::path::Path::new("/dev/shm");
    match in_memory.is_dir() {
        true => tempfile::tempdir_in(in_memory).unwrap(),
        false => tempfile::tempdir().unwrap(),
    }
}

fn open(folder: &TempDir) -> SqliteStore {
    let options = SqliteStore::options().inline().label("simulation");
    at_once(options.open(folder.path().join("practice.db"))).unwrap()
}

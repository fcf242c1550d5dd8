//! What survives a process: the store, in memory or on SQLite; how it is opened again, backed up
//! and restored.

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

/// What the store held when the backup was taken.
pub(crate) enum Backup {
    Memory(MemoryStore),
    Sqlite(TempDir),
}

enum Kept {
    Memory {
        owner: MemoryStore,
        guest: MemoryStore,
    },
    Sqlite {
        folder: TempDir,
        owner: Option<SqliteStore>,
        guest: Option<SqliteStore>,
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
                Kept::Sqlite {
                    owner: Some(open(&folder)),
                    guest: Some(open_beside(&folder)),
                    folder,
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
            Kept::Sqlite { guest, .. } => Arc::new(guest.clone().expect("it is open")),
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

    /// A copy of all that is kept, taken between two calls.
    pub(crate) fn back_up(&self) -> Backup {
        match &self.kept {
            Kept::Memory { guest, .. } => Backup::Memory(guest.copied()),
            Kept::Sqlite { folder: kept, .. } => {
                let copy = folder();
                copy_files(kept, &copy);
                Backup::Sqlite(copy)
            }
        }
    }

    /// What was kept is lost, and what the backup holds is put in its place. Everybody has let go
    /// of every handle.
    pub(crate) fn restore(&mut self, backup: &Backup) {
        match (&mut self.kept, backup) {
            (Kept::Memory { owner, guest }, Backup::Memory(copy)) => {
                *guest = copy.copied();
                *owner = guest.reopen();
            }
            (
                Kept::Sqlite {
                    folder: kept,
                    owner,
                    guest,
                },
                Backup::Sqlite(copy),
            ) => {
                drop((owner.take(), guest.take()));
                *kept = folder();
                copy_files(copy, kept);
                *owner = Some(open(kept));
                *guest = Some(open_beside(kept));
            }
            _ => unreachable!("a backup is of the kind that was backed up"),
        }
    }
}

/// The database with what was written beside it. Nobody writes meanwhile.
fn copy_files(from: &TempDir, to: &TempDir) {
    for name in ["practice.db", "practice.db-wal"] {
        let file = from.path().join(name);
        if file.exists() {
            std::fs::copy(file, to.path().join(name)).unwrap();
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

fn open_beside(folder: &TempDir) -> SqliteStore {
    let options = SqliteStore::options().guest().inline();
    at_once(options.open(folder.path().join("practice.db"))).unwrap()
}

fn open(folder: &TempDir) -> SqliteStore {
    let options = SqliteStore::options().inline().label("simulation");
    at_once(options.open(folder.path().join("practice.db"))).unwrap()
}

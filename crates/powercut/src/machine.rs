//! A machine: one simulated disk under one SQLite VFS, to be booted again and again.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::disk::{Disk, Files, Inode, Recording};
use crate::locks::{FileLocks, Holder, SharedLocks};
use crate::trouble::Trouble;
use crate::vfs;

/// What the database is called on every machine: opening one makes no file on the machine, since
/// whoever opens it through the store has made an empty one already.
pub const DATABASE: &str = "practice.db";

/// How hard SQLite is to make sure of what it acknowledges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// As the store asks.
    AsAsked,
    /// `NORMAL`, whatever the store asks: to see that what follows from it is found.
    Normal,
}

/// A machine with a simulated disk, which SQLite reaches through a VFS of its own.
///
/// It may be booted any number of times, one boot after another. The VFS stays registered for the
/// life of the process, so make few machines and boot them often.
pub struct Machine {
    pub(crate) shared: &'static Shared,
}

/// What the VFS works on.
pub(crate) struct Shared {
    pub(crate) name: String,
    state: Mutex<State>,
    synced: Condvar,
}

/// Everything of one boot.
#[derive(Default)]
pub(crate) struct State {
    pub(crate) disk: Disk,
    pub(crate) locks: BTreeMap<Inode, FileLocks>,
    pub(crate) shared_memory: BTreeMap<Inode, SharedMemory>,
    pub(crate) weaken: bool,
    /// Handles that are open.
    pub(crate) open: usize,
    pub(crate) last_holder: Holder,
}

/// The shared memory of one database; it goes with its last user.
#[derive(Default)]
pub(crate) struct SharedMemory {
    pub(crate) regions: Vec<vfs::Region>,
    pub(crate) locks: SharedLocks,
    pub(crate) users: usize,
}

impl Shared {
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the state was held is a failed test already.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn note_sync(&self) {
        self.synced.notify_all();
    }
}

impl Default for Machine {
    fn default() -> Self {
        Self::new()
    }
}

impl Machine {
    /// A machine whose disk holds nothing but an empty database file.
    ///
    /// # Panics
    ///
    /// Where SQLite takes no further VFS.
    #[must_use]
    pub fn new() -> Self {
        static MADE: AtomicU64 = AtomicU64::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let shared: &'static Shared = Box::leak(Box::new(Shared {
            name: format!("powercut-{number}"),
            state: Mutex::default(),
            synced: Condvar::new(),
        }));
        vfs::register(shared);
        let machine = Self { shared };
        machine.boot(Files::new());
        machine
    }

    /// The name under which its VFS is registered.
    #[must_use]
    pub fn vfs(&self) -> &'static str {
        &self.shared.name
    }

    /// Boots it with a disk that holds these files, all of them durable, and begins to record.
    ///
    /// # Panics
    ///
    /// Where a connection of the boot before is still open.
    pub fn boot(&self, mut files: Files) {
        files.entry(DATABASE.to_owned()).or_default();
        let mut state = self.shared.state();
        assert_eq!(state.open, 0, "connections of the boot before are closed");
        let last_holder = state.last_holder;
        *state = State {
            disk: Disk::new(files),
            last_holder,
            ..State::default()
        };
    }

    /// Has SQLite make less sure of what it acknowledges, until the next boot.
    pub fn set_synchronous(&self, synchronous: Synchronous) {
        self.shared.state().weaken = synchronous == Synchronous::Normal;
    }

    /// Lets something go wrong from now on, or mends it.
    pub fn set_trouble(&self, trouble: Trouble) {
        self.shared.state().disk.set_trouble(trouble);
    }

    /// How often the trouble that is set was met.
    #[must_use]
    pub fn trouble_met(&self) -> usize {
        self.shared.state().disk.trouble().met()
    }

    /// Whether something is set to go wrong.
    #[must_use]
    pub fn is_troubled(&self) -> bool {
        !self.shared.state().disk.trouble().is_none()
    }

    /// How many things were done to the disk since it was booted.
    #[must_use]
    pub fn position(&self) -> usize {
        self.shared.state().disk.position()
    }

    /// Waits until the database file itself was made durable after that position: the writer's
    /// checkpoint when it is idle.
    pub fn wait_for_checkpoint(&self, since: usize) {
        let mut state = self.shared.state();
        while !state.disk.synced_since(since, DATABASE) {
            let woken = self.shared.synced.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// What was done since it was booted. Nothing that is done from now on can be asked for.
    #[must_use]
    pub fn take_recording(&self) -> Recording {
        self.shared.state().disk.take_recording()
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine")
            .field("vfs", &self.shared.name)
            .finish_non_exhaustive()
    }
}

//! Ownership: an exclusive lock on a file beside the database, which says who holds it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The longest note that is read: the lock file is small, whatever somebody put there.
const LONGEST_NOTE: u64 = 512;

/// Ownership of a database, for as long as the value lives. A process that dies loses it at once.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

/// Why ownership was not had.
pub(crate) enum NoLock {
    /// Somebody else has it.
    Held {
        /// Who.
        owner: String,
    },
    /// The file could not be opened, locked or written.
    Io(io::Error),
}

impl From<io::Error> for NoLock {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Lock {
    /// Takes ownership, and leaves a note of who has it.
    pub(crate) fn take(path: &Path, label: &str) -> Result<Self, NoLock> {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let owner = owner(path);
                return Err(NoLock::Held { owner });
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        write!(file, "process {} ({label})", std::process::id())?;
        file.flush()?;
        Ok(Self { file })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // The note goes first, so that nobody is named who owns nothing. The file itself stays:
        // to delete it would let two processes lock two files of one name.
        let _ = self.file.set_len(0);
        let _ = self.file.unlock();
    }
}

/// Where the lock of a database is.
pub(crate) fn beside(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    PathBuf::from(path)
}

/// Who owns the database, by the note in its lock file.
pub(crate) fn owner(path: &Path) -> String {
    let mut note = Vec::new();
    let read = File::open(path).and_then(|file| file.take(LONGEST_NOTE).read_to_end(&mut note));
    let note = String::from_utf8_lossy(&note);
    match read {
        Ok(_) if !note.trim().is_empty() => note.trim().to_owned(),
        // No note: nobody, or somebody who is just taking it, or a system that lets nobody else
        // read a locked file.
        Ok(_) => "nobody at present".to_owned(),
        Err(_) => "another process".to_owned(),
    }
}

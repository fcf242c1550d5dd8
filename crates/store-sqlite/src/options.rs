//! How a database is opened: as owner or guest, with which key, with or without threads.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use tokio::sync::oneshot;

use crate::engine::{Engine, READERS};
use crate::error::OpenError;
use crate::key::MasterKey;
use crate::lock::{self, Lock, NoLock};
use crate::schema::{self, Identity, LATEST};
use crate::seat::{Role, Seat};
use crate::sql;
use crate::store::{Inner, SqliteStore};

/// How a database is opened. Made by [`SqliteStore::options`].
///
/// ```
/// use store_sqlite::{MasterKey, Role, SqliteStore};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("practice.db");
/// let key = MasterKey::from_bytes([7; 32]);
/// let owner = SqliteStore::options().key(key).label("server").open(&path).await?;
/// let guest = SqliteStore::options().guest().open(&path).await?;
/// assert_eq!((owner.role(), guest.role()), (Role::Owner, Role::Guest));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Options {
    key: Option<MasterKey>,
    role: Role,
    threading: Threading,
    label: Option<String>,
    vfs: Option<String>,
}

#[derive(Clone, Copy, Debug)]
enum Threading {
    Threads,
    Inline,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            key: None,
            role: Role::Owner,
            threading: Threading::Threads,
            label: None,
            vfs: None,
        }
    }
}

impl Options {
    /// Seals and unseals connections under this key.
    pub fn key(mut self, key: MasterKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Opens beside the owner, or where there is none: to read and to edit, not to deploy and not
    /// to hold connections. A guest neither makes a database nor brings its schema up to date.
    pub fn guest(mut self) -> Self {
        self.role = Role::Guest;
        self
    }

    /// Works on the caller's own thread, with one connection and without threads: for simulations,
    /// which then are deterministic. Each call blocks until it is done.
    pub fn inline(mut self) -> Self {
        self.threading = Threading::Inline;
        self
    }

    /// What the lock file calls this process, beside its number; otherwise the program's name.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Reaches the file through an SQLite VFS that was registered under this name, for instance
    /// one that simulates power cuts. The lock file is reached through the system all the same.
    pub fn vfs(mut self, name: impl Into<String>) -> Self {
        self.vfs = Some(name.into());
        self
    }

    /// Opens the database.
    ///
    /// **Cancelling** is allowed: what was opened is closed again.
    ///
    /// # Errors
    ///
    /// [`OpenError`], one variant for each cause.
    pub async fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, OpenError> {
        let path = path.as_ref().to_owned();
        match self.threading {
            Threading::Inline => self.open_blocking(&path),
            Threading::Threads => {
                // Opening waits for the disk, which an executor's thread must not.
                let (reply, opened) = oneshot::channel();
                let named = path.clone();
                let opening = std::thread::Builder::new().name("store-open".to_owned());
                let io = |source| OpenError::Io {
                    path: named,
                    source,
                };
                let open = move || {
                    // Whoever cancelled needs no answer: the store is dropped here.
                    let _ = reply.send(self.open_blocking(&path));
                };
                match opening.spawn(open) {
                    Ok(_) => opened
                        .await
                        .unwrap_or_else(|_| Err(io(io::Error::other("the opening thread died")))),
                    Err(error) => Err(io(error)),
                }
            }
        }
    }

    /// Opens a database of this process alone, which lives in memory and goes with the last
    /// handle. It works inline, whatever was chosen, and its opener owns it.
    ///
    /// # Errors
    ///
    /// [`OpenError::Sqlite`] and [`OpenError::Migration`].
    pub fn open_in_memory(self) -> Result<SqliteStore, OpenError> {
        let path = PathBuf::from(":memory:");
        let mut connection = Connection::open_in_memory().map_err(sqlite(&path))?;
        schema::set_up(&connection).map_err(sqlite(&path))?;
        migrate(&mut connection, &path)?;
        let epoch = raise_epoch(&mut connection).map_err(sqlite(&path))?;
        let seat = Seat {
            epoch: Some(epoch),
            lock: None,
        };
        let engine = Engine::inline(connection);
        Ok(self.store(engine, seat, path, None))
    }

    fn open_blocking(self, path: &Path) -> Result<SqliteStore, OpenError> {
        let path = self.resolve(path)?;
        let beside = lock::beside(&path);
        // The lock comes first: nothing of the database is touched before it is had.
        let lock = match self.role {
            Role::Owner => Some(self.take_ownership(&path, &beside)?),
            Role::Guest => None,
        };
        let mut writer = self.connect(&path)?;
        let found = schema::identify(&writer).map_err(sqlite(&path))?;
        self.check(found, &path)?;
        schema::set_up(&writer).map_err(sqlite(&path))?;
        let epoch = match self.role {
            Role::Owner => {
                schema::put_log_away(&writer).map_err(sqlite(&path))?;
                migrate(&mut writer, &path)?;
                Some(raise_epoch(&mut writer).map_err(sqlite(&path))?)
            }
            Role::Guest => None,
        };
        let engine = match self.threading {
            Threading::Inline => Engine::inline(writer),
            Threading::Threads => {
                let readers = (0..READERS).map(|_| {
                    let reader = self.connect(&path)?;
                    schema::set_up(&reader).map_err(sqlite(&path))?;
                    Ok(reader)
                });
                let readers = readers.collect::<Result<Vec<_>, OpenError>>()?;
                Engine::threads(writer, readers).map_err(io_at(&path))?
            }
        };
        let seat = Seat {
            epoch,
            lock: Some(Arc::new(beside)),
        };
        tracing::debug!(path = %path.display(), role = ?self.role, "the database is open");
        Ok(self.store(engine, seat, path, lock))
    }

    fn store(self, engine: Engine, seat: Seat, path: PathBuf, lock: Option<Lock>) -> SqliteStore {
        let inner = Inner {
            engine,
            seat,
            key: self.key,
            path,
            _lock: lock,
        };
        SqliteStore {
            inner: Arc::new(inner),
        }
    }

    /// Follows every link, so that two names of one database have one lock file. The owner makes
    /// the file where there is none: only what exists can be resolved.
    ///
    /// A file that exists is not opened here, not even to read it: on Unix, closing it would take
    /// away the locks of whoever in this process has it open through SQLite.
    fn resolve(&self, path: &Path) -> Result<PathBuf, OpenError> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            let folder = folder.to_owned();
            return Err(OpenError::NoFolder { folder });
        }
        if !path.exists() {
            match self.role {
                Role::Guest => {
                    let path = path.to_owned();
                    return Err(OpenError::Missing { path });
                }
                Role::Owner => match File::create_new(path) {
                    Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                        return Err(io_at(path)(error));
                    }
                    // Whoever was first made the same.
                    Ok(_) | Err(_) => {}
                },
            }
        }
        let found = path.metadata().map_err(io_at(path))?;
        if found.is_dir() {
            return Err(io_at(path)(io::ErrorKind::IsADirectory.into()));
        }
        // SQLite takes a file of one byte for an empty one.
        if found.len() == 1 {
            let path = path.to_owned();
            return Err(OpenError::NotADatabase { path });
        }
        path.canonicalize().map_err(io_at(path))
    }

    fn take_ownership(&self, path: &Path, beside: &Path) -> Result<Lock, OpenError> {
        let program = || {
            let program = std::env::current_exe().ok()?;
            Some(program.file_stem()?.to_string_lossy().into_owned())
        };
        let label = self.label.clone().or_else(program);
        let taken = Lock::take(beside, label.as_deref().unwrap_or("unknown program"));
        taken.map_err(|error| match error {
            NoLock::Held { owner } => OpenError::Owned {
                path: path.to_owned(),
                owner,
            },
            NoLock::Io(source) => OpenError::Io {
                path: beside.to_owned(),
                source,
            },
        })
    }

    fn connect(&self, path: &Path) -> Result<Connection, OpenError> {
        // Each connection stays with one thread at a time, so SQLite needs no mutex of its own.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = match &self.vfs {
            None => Connection::open_with_flags(path, flags),
            Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str()),
        };
        opened.map_err(sqlite(path))
    }

    /// Refuses what is not ours, or not of a schema that this role can use.
    fn check(&self, found: Identity, path: &Path) -> Result<(), OpenError> {
        let path = path.to_owned();
        let known = LATEST;
        match (found, self.role) {
            (Identity::Other, _) => Err(OpenError::OtherProgram { path }),
            (Identity::Ours(found), _) if found > known => {
                Err(OpenError::Newer { path, found, known })
            }
            (Identity::Ours(found), Role::Guest) if found < known => {
                Err(OpenError::Older { path, found, known })
            }
            (Identity::Fresh, Role::Guest) => Err(OpenError::Older {
                path,
                found: 0,
                known,
            }),
            (Identity::Fresh | Identity::Ours(_), _) => Ok(()),
        }
    }
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), OpenError> {
    let migrated = schema::migrations().to_latest(connection);
    migrated.map_err(|error| OpenError::Migration {
        path: path.to_owned(),
        source: Box::new(error),
    })
}

/// In a transaction that is ended in so many words: one that a statement opens for itself ends when
/// the statement is put away, and nobody hears of it if that fails.
fn raise_epoch(connection: &mut Connection) -> rusqlite::Result<i64> {
    let raising = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let epoch = raising.query_row(sql::owner::RAISE, [], |row| row.get(0))?;
    raising.commit()?;
    Ok(epoch)
}

fn io_at(path: &Path) -> impl FnOnce(io::Error) -> OpenError {
    let path = path.to_owned();
    move |source| OpenError::Io { path, source }
}

fn sqlite(path: &Path) -> impl FnOnce(rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    move |error| match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => OpenError::NotADatabase { path },
        _ => OpenError::Sqlite {
            path,
            source: Box::new(error),
        },
    }
}

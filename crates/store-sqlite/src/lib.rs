//! The store port on one SQLite file: the embedded default.
//!
//! [`SqliteStore`] keeps everything that [`Store`](workflow_core::ports::store::Store),
//! [`TokenStore`](workflow_core::ports::tokens::TokenStore) and
//! [`SessionStore`](workflow_core::ports::sessions::SessionStore) ask for in one file, which one process
//! at a time **owns**: it deploys, and holds the practices' connections. Other processes open the
//! file as **guests** and read and edit beside it, under versions.
//!
//! * What is acknowledged is durable: write-ahead log, `synchronous=FULL`.
//! * One thread writes; what is waiting goes into one transaction, so that many writers share one
//!   wait for the disk. A unit whose guards fail is answered alone.
//! * Ownership is a lock on a file beside the database, so that a process that dies loses it at
//!   once; each owner raises an epoch, and a lease of an older epoch is dead.
//! * Connections are encrypted under a [`MasterKey`] that is given when the file is opened.
//!
//! ```
//! use store_sqlite::SqliteStore;
//! use workflow_core::ports::store::{Key, Store, Unit};
//!
//! # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
//! # let folder = tempfile::tempdir()?;
//! let store = SqliteStore::open(folder.path().join("practice.db")).await?;
//! let practice = "acme".parse()?;
//! store.commit(&practice, Unit::default()).await?;
//! assert_eq!(store.get(&practice, &Key::Practice).await?, None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The schema, and what is promised of it, is in `docs/store.md`.

mod audit;
mod batch;
mod commit;
mod engine;
mod error;
mod find;
mod key;
mod lease;
mod lock;
mod options;
#[cfg(test)]
mod plans;
mod read;
mod records;
mod rekey;
mod rows;
mod schema;
mod seal;
mod seat;
mod secrets;
mod sessions;
mod sql;
mod store;
mod tokens;

pub use self::error::OpenError;
pub use self::key::{KeyError, MasterKey};
pub use self::options::Options;
pub use self::rekey::{KeyCheck, RekeyError, Resealed};
pub use self::seat::Role;
pub use self::store::SqliteStore;

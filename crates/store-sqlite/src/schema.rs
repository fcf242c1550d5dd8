//! The schema: numbered steps, each one landed for good, and what every connection is set to.

use std::time::Duration;

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::sql;

/// The steps, in order. A step is never edited once it has landed; a further one is added.
const STEPS: &[M<'static>] = &[
    M::up(include_str!("../migrations/0001_records.sql")),
    M::up(include_str!("../migrations/0002_audit.sql")),
    M::up(include_str!("../migrations/0003_ownership.sql")),
    M::up(include_str!("../migrations/0004_jobs.sql")),
    M::up(include_str!("../migrations/0005_directory.sql")),
    M::up(include_str!("../migrations/0006_webhooks.sql")),
    M::up(include_str!("../migrations/0007_signing_in.sql")),
];

/// The number of the newest schema.
pub(crate) const LATEST: u32 = STEPS.len() as u32;

/// How long a connection waits for another process to end its transaction.
const PATIENCE: Duration = Duration::from_secs(5);

/// "XPMW", as the first step writes it.
const APPLICATION: i64 = 0x5850_4d57;

pub(crate) fn migrations() -> Migrations<'static> {
    Migrations::from_slice(STEPS)
}

/// What a file is, before anything is done to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// An empty file.
    Fresh,
    /// Ours, with the schema of that number.
    Ours(u32),
    /// Another program's.
    Other,
}

/// Reads what a file is.
pub(crate) fn identify(connection: &Connection) -> rusqlite::Result<Identity> {
    let read = "/* identity */ SELECT application_id, user_version, \
         (SELECT count(*) FROM sqlite_schema) \
         FROM pragma_application_id, pragma_user_version";
    let (application, version, tables): (i64, i64, i64) =
        connection.query_row(read, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(match (application, u32::try_from(version)) {
        (APPLICATION, Ok(version)) => Identity::Ours(version),
        (0, Ok(0)) if tables == 0 => Identity::Fresh,
        _ => Identity::Other,
    })
}

/// Moves what is in the log into the file and begins the log anew, before an owner writes.
///
/// A sync that failed may leave a commit in the log that was refused, is read by whoever opens the
/// file next, and never reaches the disk: a later sync that succeeds says nothing of it. Whatever
/// were appended after it would be lost behind it in a power cut. Where somebody else has the file
/// open the log is left as it is: then nothing was read anew, and that commit is not in it.
pub(crate) fn put_log_away(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::ZERO)?;
    let moved = connection.query_row(sql::transaction::EMPTY_LOG, [], |_| Ok(()));
    connection.busy_timeout(PATIENCE)?;
    moved
}

/// Sets a connection up.
///
/// `synchronous=FULL`: what was acknowledged survives a power cut. `recursive_triggers`: an
/// `INSERT OR REPLACE` meets the triggers that guard the audit. The log is moved into the database
/// file when the writer is idle; `wal_autocheckpoint` is the backstop when it never is.
pub(crate) fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(128);
    connection.busy_timeout(PATIENCE)?;
    connection.execute_batch(
        "/* set_up */
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA recursive_triggers = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA wal_autocheckpoint = 4000;
         PRAGMA journal_size_limit = 16777216;",
    )
}

//! Single records: their version, their row, and the one that a key names.

use rusqlite::{CachedStatement, Connection, OptionalExtension, ToSql, params};
use workflow_core::ids::PracticeId;
use workflow_core::ports::store::{Key, Record, StoreError, Version, Versioned};

use crate::batch::Stop;
use crate::rows::{self, FORMAT, Kind};
use crate::sql::{get, put, version};

type Outcome<T> = Result<T, Stop<StoreError>>;

/// The version of what a key names; [`Version::NONE`] where there is nothing.
pub(crate) fn version(db: &Connection, practice: &PracticeId, key: &Key) -> Outcome<Version> {
    let sql = match Kind::of(key) {
        Kind::Practice => version::PRACTICE,
        Kind::Client => version::CLIENT,
        Kind::Person => version::PERSON,
        Kind::Listing => version::LISTING,
        Kind::Proposal => version::PROPOSAL,
        Kind::Level => version::LEVEL,
        Kind::Workflow => version::WORKFLOW,
        Kind::Deployment => version::DEPLOYMENT,
        Kind::Sweep => version::SWEEP,
        Kind::Directory => version::DIRECTORY,
        Kind::Webhooks => version::WEBHOOKS,
        Kind::Outbox => version::OUTBOX,
        Kind::Access => version::ACCESS,
    };
    let found: Option<i64> = by_key(db, sql, practice, key, |statement, keys| {
        statement.query_row(keys, |row| row.get(0)).optional()
    })?;
    let stored = found.map(|stored| rows::number("a version", stored));
    Ok(Version(stored.transpose()?.unwrap_or_default()))
}

/// The record that a key names.
pub(crate) fn get(
    db: &Connection,
    practice: &PracticeId,
    key: &Key,
) -> Outcome<Option<Versioned<Record>>> {
    let kind = Kind::of(key);
    let sql = match kind {
        Kind::Practice => get::PRACTICE,
        Kind::Client => get::CLIENT,
        Kind::Person => get::PERSON,
        Kind::Listing => get::LISTING,
        Kind::Proposal => get::PROPOSAL,
        Kind::Level => get::LEVEL,
        Kind::Workflow => get::WORKFLOW,
        Kind::Deployment => get::DEPLOYMENT,
        Kind::Sweep => get::SWEEP,
        Kind::Directory => get::DIRECTORY,
        Kind::Webhooks => get::WEBHOOKS,
        Kind::Outbox => get::OUTBOX,
        Kind::Access => get::ACCESS,
    };
    let found = by_key(db, sql, practice, key, |statement, keys| {
        let mut found = statement.query(keys)?;
        Ok(found.next()?.map(|row| kind.read(row)))
    })?;
    let Some(found) = found.transpose()? else {
        return Ok(None);
    };
    if found.value.key() != *key {
        let reason = "its body is that of another record";
        return Err(rows::damaged(kind.word(), &reason).into());
    }
    Ok(Some(found))
}

/// Runs a statement whose parameters are the practice and the parts of a key.
fn by_key<T>(
    db: &Connection,
    sql: &str,
    practice: &PracticeId,
    key: &Key,
    run: impl FnOnce(&mut CachedStatement<'_>, &[&dyn ToSql]) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let mut statement = db.prepare_cached(sql)?;
    let practice = practice.as_str();
    match key {
        Key::Practice | Key::Sweep | Key::Directory | Key::Webhooks | Key::Outbox => {
            run(&mut statement, params![practice])
        }
        Key::Client(id) => run(&mut statement, params![practice, id.uuid().as_bytes()]),
        Key::Person(id) => run(&mut statement, params![practice, id.as_str()]),
        Key::Access(account) => run(&mut statement, params![practice, account.as_str()]),
        Key::Listing(part, id) => {
            let keys = params![practice, rows::part(*part), id.as_bytes()];
            run(&mut statement, keys)
        }
        Key::Proposal(id) => run(&mut statement, params![practice, id.as_str()]),
        Key::Level(of) => run(&mut statement, params![practice, rows::level(of)]),
        Key::Workflow(id) => run(&mut statement, params![practice, id.uuid().as_bytes()]),
        Key::Deployment(id, occurrence) => {
            let (id, occurrence) = (id.uuid(), rows::occurrence(*occurrence));
            let keys = params![practice, id.as_bytes(), occurrence];
            run(&mut statement, keys)
        }
    }
}

/// Writes a record's row, with the columns that are derived from it.
pub(crate) fn put(
    db: &Connection,
    practice: &PracticeId,
    record: &Record,
    version: Version,
    body: &str,
) -> rusqlite::Result<()> {
    let practice = practice.as_str();
    let version = rows::integer(version.0);
    match record {
        Record::Practice(_) => execute(db, put::PRACTICE, params![practice, version, FORMAT, body]),
        Record::Sweep(_) => execute(db, put::SWEEP, params![practice, version, FORMAT, body]),
        Record::Directory(_) => {
            execute(db, put::DIRECTORY, params![practice, version, FORMAT, body])
        }
        Record::Webhooks(_) => execute(db, put::WEBHOOKS, params![practice, version, FORMAT, body]),
        Record::Outbox(_) => execute(db, put::OUTBOX, params![practice, version, FORMAT, body]),
        Record::Access(access) => execute(
            db,
            put::ACCESS,
            params![practice, access.account.as_str(), version, FORMAT, body],
        ),
        Record::Client(client) => execute(
            db,
            put::CLIENT,
            params![
                practice,
                client.id.uuid().as_bytes(),
                version,
                FORMAT,
                body,
                client.name.as_str().to_lowercase(),
            ],
        ),
        Record::Person(person) => execute(
            db,
            put::PERSON,
            params![practice, person.id.as_str(), version, FORMAT, body],
        ),
        Record::Listing(listing) => execute(
            db,
            put::LISTING,
            params![
                practice,
                rows::part(listing.part),
                listing.row.id.as_bytes(),
                version,
                FORMAT,
                body,
            ],
        ),
        Record::Proposal(proposal) => execute(
            db,
            put::PROPOSAL,
            params![
                practice,
                proposal.id.as_str(),
                version,
                FORMAT,
                body,
                proposal.client.uuid().as_bytes(),
            ],
        ),
        Record::Level(level) => execute(
            db,
            put::LEVEL,
            params![
                practice,
                rows::level(&level.of),
                version,
                FORMAT,
                body,
                level.reference.as_str(),
            ],
        ),
        Record::Workflow(workflow) => execute(
            db,
            put::WORKFLOW,
            params![
                practice,
                workflow.id().uuid().as_bytes(),
                version,
                FORMAT,
                body,
                workflow.client().uuid().as_bytes(),
                workflow.origin().proposal().map(|id| id.as_str()),
                workflow.status().is_active(),
                workflow.wake().map(rows::stamp),
            ],
        ),
        Record::Deployment(deployment) => {
            let open = !deployment.phase().is_closed();
            execute(
                db,
                put::DEPLOYMENT,
                params![
                    practice,
                    deployment.workflow().uuid().as_bytes(),
                    rows::occurrence(deployment.occurrence()),
                    version,
                    FORMAT,
                    body,
                    rows::phase(deployment.phase()),
                    rows::day(deployment.deploy_at().date_naive()),
                    rows::rank(deployment.rank()),
                    deployment.wake().filter(|_| open).map(rows::stamp),
                ],
            )
        }
    }
}

fn execute(db: &Connection, sql: &str, row: &[&dyn ToSql]) -> rusqlite::Result<()> {
    db.prepare_cached(sql)?.execute(row).map(drop)
}

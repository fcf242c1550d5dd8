//! The narrow reads: what is due, when to wake, which practices there are, and the audit.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use workflow_core::audit::Entry;
use workflow_core::ids::PracticeId;
use workflow_core::ports::store::{Due, EntryOrder, EntryQuery, Query, StoreError, Wake};

use crate::batch::Stop;
use crate::rows;
use crate::sql::{audit, ready};

type Outcome<T> = Result<T, Stop<StoreError>>;

pub(crate) fn due(
    db: &Connection,
    practice: &PracticeId,
    now: DateTime<Utc>,
    limit: u32,
) -> Outcome<Vec<Due>> {
    let what = "something due";
    let mut statement = db.prepare_cached(ready::DUE)?;
    let mut found = statement.query(params![practice.as_str(), rows::stamp(now), limit])?;
    let mut due = Vec::new();
    while let Some(row) = found.next()? {
        let occurrence: Option<i64> = row.get(3).map_err(|error| rows::damaged(what, &error))?;
        due.push(Due {
            rank: rows::rank_from(rows::column(row, 0, what)?),
            at: rows::instant(rows::column(row, 1, what)?),
            workflow: rows::workflow_from(rows::bytes(row, 2, what)?)?,
            deployment: occurrence.map(rows::occurrence_from).transpose()?,
        });
    }
    Ok(due)
}

pub(crate) fn wakes(db: &Connection, limit: u32) -> Outcome<Vec<Wake>> {
    let what = "a wake";
    let mut statement = db.prepare_cached(ready::WAKES)?;
    let mut found = statement.query(params![limit])?;
    let mut wakes = Vec::new();
    while let Some(row) = found.next()? {
        let practice = practice_from(rows::text(row, 0, what)?)?;
        let at = rows::instant(rows::column(row, 1, what)?);
        wakes.push(Wake { practice, at });
    }
    Ok(wakes)
}

pub(crate) fn practices(
    db: &Connection,
    after: Option<&PracticeId>,
    limit: u32,
) -> Outcome<Vec<PracticeId>> {
    let after = after.map_or("", PracticeId::as_str);
    let mut statement = db.prepare_cached(ready::PRACTICES)?;
    let mut found = statement.query(params![after, limit])?;
    let mut practices = Vec::new();
    while let Some(row) = found.next()? {
        practices.push(practice_from(rows::text(row, 0, "a practice")?)?);
    }
    Ok(practices)
}

fn practice_from(text: &str) -> Result<PracticeId, StoreError> {
    text.parse()
        .map_err(|error| rows::damaged("a practice", &error))
}

pub(crate) fn entries(
    db: &Connection,
    practice: &PracticeId,
    query: &EntryQuery,
) -> Outcome<Vec<Entry>> {
    let limit = match query.limit {
        0 => Query::MOST,
        limit => limit.min(Query::MOST),
    };
    let (after, plain, about) = match query.order {
        EntryOrder::OldestFirst => (
            query.after.map_or(0, rows::integer),
            audit::OLDEST_FIRST,
            audit::OLDEST_FIRST_ABOUT,
        ),
        EntryOrder::NewestFirst => (
            query.after.map_or(i64::MAX, rows::integer),
            audit::NEWEST_FIRST,
            audit::NEWEST_FIRST_ABOUT,
        ),
    };
    let practice = practice.as_str();
    let mut statement = db.prepare_cached(query.subject.as_ref().map_or(plain, |_| about))?;
    let mut found = match &query.subject {
        None => statement.query(params![practice, after, limit])?,
        Some(subject) => {
            statement.query(params![practice, after, limit, rows::subject(subject)])?
        }
    };
    let mut entries = Vec::new();
    while let Some(row) = found.next()? {
        entries.push(rows::entry(row)?);
    }
    Ok(entries)
}

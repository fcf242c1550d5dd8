//! Between records and rows: what is derived for columns, and how a stored value is read back.
//!
//! A stored value that does not parse is [`StoreError::Damaged`], never a panic.

use std::fmt::Display;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use rusqlite::Row;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;
use workflow_core::audit::{Entry, Line, Subject};
use workflow_core::billing::LevelOf;
use workflow_core::deployment::{Digest, Phase, Rank};
use workflow_core::ids::WorkflowId;
use workflow_core::ports::gateway::DirectoryPart;
use workflow_core::ports::store::{Key, Record, StoreError, Version, Versioned};
use workflow_core::workflow::Occurrence;

/// The shape of the JSON bodies that this program writes.
///
/// A change that an older program could not read raises it. Fields that may be left out do not:
/// they carry serde defaults.
pub(crate) const FORMAT: i64 = 1;

/// The days from the common era's first to 1970-01-01.
const UNIX_DAY: i32 = 719_163;

/// Before every date that there is.
pub(crate) const ONCE: i64 = i32::MIN as i64;

/// An instant as nanoseconds since 1970, which sort as instants do. Instants before 1677 and after
/// 2262 are kept as the first and the last that there are; the record's body keeps them whole.
pub(crate) fn stamp(at: DateTime<Utc>) -> i64 {
    let end = if at.timestamp() < 0 {
        i64::MIN
    } else {
        i64::MAX
    };
    at.timestamp_nanos_opt().unwrap_or(end)
}

/// What [`stamp`] was made of.
pub(crate) fn instant(stamp: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(stamp)
}

/// A day as a number that sorts as days do: days since 1970-01-01.
pub(crate) fn day(date: NaiveDate) -> i64 {
    i64::from(date.num_days_from_ce() - UNIX_DAY)
}

pub(crate) fn occurrence(occurrence: Occurrence) -> i64 {
    occurrence.nominal().map_or(ONCE, day)
}

pub(crate) fn occurrence_from(stored: i64) -> Result<Occurrence, StoreError> {
    if stored == ONCE {
        return Ok(Occurrence::Once);
    }
    i32::try_from(stored)
        .ok()
        .and_then(|day| day.checked_add(UNIX_DAY))
        .and_then(NaiveDate::from_num_days_from_ce_opt)
        .map(Occurrence::On)
        .ok_or_else(|| damaged("a deployment", &format!("{stored} is no day")))
}

pub(crate) fn rank(rank: Rank) -> i64 {
    match rank {
        Rank::Asked => 0,
        Rank::Scheduled => 1,
    }
}

pub(crate) fn rank_from(stored: i64) -> Rank {
    if stored == 0 {
        Rank::Asked
    } else {
        Rank::Scheduled
    }
}

pub(crate) fn phase(phase: &Phase) -> &'static str {
    match phase {
        Phase::Running => "running",
        Phase::Uncertain => "uncertain",
        // The column serves the index of what needs attention; which of the two it is, the body
        // says.
        Phase::Failed | Phase::Duplicated => "failed",
        Phase::Held(_) => "held",
        Phase::Deployed => "deployed",
        Phase::GivenUp { .. } => "given_up",
    }
}

pub(crate) fn part(part: DirectoryPart) -> &'static str {
    match part {
        DirectoryPart::Clients => "clients",
        DirectoryPart::Staff => "staff",
        DirectoryPart::Templates => "templates",
        DirectoryPart::Categories => "categories",
    }
}

pub(crate) fn level(of: &LevelOf) -> String {
    match of {
        LevelOf::Client(id) => format!("client:{id}"),
        LevelOf::Proposal(id) => format!("proposal:{id}"),
    }
}

/// A subject as one text: equal subjects have equal texts, and others have others.
pub(crate) fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Practice => "practice".to_owned(),
        Subject::Client(id) => format!("client:{id}"),
        Subject::Person(id) => format!("person:{id}"),
        Subject::Listing(of, id) => format!("listing:{}:{id}", part(*of)),
        Subject::Proposal(id) => format!("proposal:{id}"),
        Subject::Level(of) => format!("level:{}", level(of)),
        Subject::Workflow(id) => format!("workflow:{id}"),
        Subject::Sweep => "sweep".to_owned(),
        Subject::Directory => "directory".to_owned(),
        Subject::Webhooks => "webhooks".to_owned(),
        Subject::Access(account) => format!("access:{account}"),
    }
}

pub(crate) fn workflow_from(bytes: &[u8]) -> Result<WorkflowId, StoreError> {
    Uuid::from_slice(bytes)
        .map(WorkflowId::new)
        .map_err(|error| damaged("a workflow's identity", &error))
}

/// A version as SQLite keeps integers. No record is changed 2^63 times.
pub(crate) fn integer(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(crate) fn number(what: &'static str, stored: i64) -> Result<u64, StoreError> {
    u64::try_from(stored).map_err(|_| damaged(what, &format!("{stored} is negative")))
}

/// The JSON body of a record.
pub(crate) fn body(record: &Record) -> Result<String, StoreError> {
    match record {
        Record::Practice(practice) => json(practice),
        Record::Client(client) => json(client),
        Record::Person(person) => json(person),
        Record::Listing(listing) => json(listing),
        Record::Proposal(proposal) => json(proposal),
        Record::Level(level) => json(level),
        Record::Workflow(workflow) => json(workflow),
        Record::Deployment(deployment) => json(deployment),
        Record::Sweep(sweep) => json(sweep),
        Record::Directory(directory) => json(directory),
        Record::Webhooks(webhooks) => json(webhooks),
        Record::Outbox(outbox) => json(outbox),
        Record::Access(access) => json(access),
    }
}

pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| damaged("a value to be written", &error))
}

/// Which kind of record a row holds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Practice,
    Client,
    Person,
    Listing,
    Proposal,
    Level,
    Workflow,
    Deployment,
    Sweep,
    Directory,
    Webhooks,
    Outbox,
    Access,
}

impl Kind {
    pub(crate) fn of(key: &Key) -> Self {
        match key {
            Key::Practice => Self::Practice,
            Key::Client(_) => Self::Client,
            Key::Person(_) => Self::Person,
            Key::Listing(..) => Self::Listing,
            Key::Proposal(_) => Self::Proposal,
            Key::Level(_) => Self::Level,
            Key::Workflow(_) => Self::Workflow,
            Key::Deployment(..) => Self::Deployment,
            Key::Sweep => Self::Sweep,
            Key::Directory => Self::Directory,
            Key::Webhooks => Self::Webhooks,
            Key::Outbox => Self::Outbox,
            Key::Access(_) => Self::Access,
        }
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Practice => "a practice",
            Self::Client => "a client",
            Self::Person => "a person",
            Self::Listing => "a listing",
            Self::Proposal => "a proposal",
            Self::Level => "a billing level",
            Self::Workflow => "a workflow",
            Self::Deployment => "a deployment",
            Self::Sweep => "a sweep",
            Self::Directory => "a directory",
            Self::Webhooks => "the webhooks",
            Self::Outbox => "an outbox",
            Self::Access => "what an account may do",
        }
    }

    /// Reads a record from its first three columns: version, format and body.
    pub(crate) fn read(self, row: &Row<'_>) -> Result<Versioned<Record>, StoreError> {
        let what = self.word();
        let version = column(row, 0, what)?;
        let format = column(row, 1, what)?;
        let body: &str = text(row, 2, what)?;
        let value = match self {
            Self::Practice => Record::Practice(parse(what, format, body)?),
            Self::Client => Record::Client(parse(what, format, body)?),
            Self::Person => Record::Person(parse(what, format, body)?),
            Self::Listing => Record::Listing(parse(what, format, body)?),
            Self::Proposal => Record::Proposal(parse(what, format, body)?),
            Self::Level => Record::Level(parse(what, format, body)?),
            Self::Workflow => Record::Workflow(parse(what, format, body)?),
            Self::Deployment => Record::Deployment(parse(what, format, body)?),
            Self::Sweep => Record::Sweep(parse(what, format, body)?),
            Self::Directory => Record::Directory(parse(what, format, body)?),
            Self::Webhooks => Record::Webhooks(parse(what, format, body)?),
            Self::Outbox => Record::Outbox(parse(what, format, body)?),
            Self::Access => Record::Access(parse(what, format, body)?),
        };
        let version = Version(number(what, version)?);
        Ok(Versioned { version, value })
    }
}

/// Reads an entry: place, hash, format and body.
pub(crate) fn entry(row: &Row<'_>) -> Result<Entry, StoreError> {
    let what = "an entry of the audit";
    let seq = number(what, column(row, 0, what)?)?;
    let hash = digest(what, text(row, 1, what)?)?;
    let line: Line = parse(what, column(row, 2, what)?, text(row, 3, what)?)
        .map_err(|error| name_entry(error, seq))?;
    Ok(Entry { seq, line, hash })
}

fn name_entry(error: StoreError, seq: u64) -> StoreError {
    match error {
        StoreError::Damaged { reason, .. } => {
            damaged(&format!("entry {seq} of the audit"), &reason)
        }
        other => other,
    }
}

pub(crate) fn digest(what: &str, hex: &str) -> Result<Digest, StoreError> {
    Digest::from_hex(hex).ok_or_else(|| damaged(what, &"its digest is not 64 hexadecimal digits"))
}

/// Reads a JSON body in any format up to ours.
pub(crate) fn parse<T: DeserializeOwned>(
    what: &str,
    format: i64,
    body: &str,
) -> Result<T, StoreError> {
    if format != FORMAT {
        let reason = format!("its format is {format}, and this program reads {FORMAT}");
        return Err(damaged(what, &reason));
    }
    serde_json::from_str(body).map_err(|error| damaged(what, &error))
}

pub(crate) fn damaged(what: &str, reason: &dyn Display) -> StoreError {
    StoreError::Damaged {
        what: what.to_owned(),
        reason: reason.to_string(),
    }
}

pub(crate) fn column(row: &Row<'_>, at: usize, what: &str) -> Result<i64, StoreError> {
    row.get(at).map_err(|error| damaged(what, &error))
}

pub(crate) fn text<'r>(row: &'r Row<'_>, at: usize, what: &str) -> Result<&'r str, StoreError> {
    let value = row.get_ref(at).map_err(|error| damaged(what, &error))?;
    value.as_str().map_err(|error| damaged(what, &error))
}

pub(crate) fn bytes<'r>(row: &'r Row<'_>, at: usize, what: &str) -> Result<&'r [u8], StoreError> {
    let value = row.get_ref(at).map_err(|error| damaged(what, &error))?;
    value.as_blob().map_err(|error| damaged(what, &error))
}

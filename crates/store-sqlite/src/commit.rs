//! A unit of work: every guard is read first, and only then is anything written.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use workflow_core::audit::{Chain, Entry};
use workflow_core::budget::Budget;
use workflow_core::deployment::{Deployment, Fence};
use workflow_core::ids::PracticeId;
use workflow_core::ports::store::{Key, Once, Receipt, Record, StoreError, Unit, Version};

use crate::batch::Stop;
use crate::lease;
use crate::records;
use crate::rows::{self, FORMAT};
use crate::seat::Seat;
use crate::sql;

impl From<StoreError> for Stop<StoreError> {
    fn from(refusal: StoreError) -> Self {
        Self::Refused(refusal)
    }
}

type Outcome<T> = Result<T, Stop<StoreError>>;

/// A unit with its JSON made: that is the caller's work, and not the writer's.
#[derive(Debug)]
pub(crate) struct Prepared {
    practice: PracticeId,
    unit: Unit,
    records: Vec<String>,
    lines: Vec<String>,
}

impl Prepared {
    pub(crate) fn new(practice: PracticeId, unit: Unit) -> Result<Self, StoreError> {
        let found = unit.puts.len().max(unit.lines.len());
        if found > Unit::MOST {
            let most = Unit::MOST;
            return Err(StoreError::TooLarge { most, found });
        }
        let records = unit.puts.iter().map(|put| rows::body(&put.record));
        let lines = unit.lines.iter().map(rows::json);
        Ok(Self {
            records: records.collect::<Result<_, _>>()?,
            lines: lines.collect::<Result<_, _>>()?,
            practice,
            unit,
        })
    }

    /// Carries the unit out within the writer's transaction.
    pub(crate) fn carry_out(&self, db: &Connection, seat: &Seat) -> Outcome<Receipt> {
        if let Some(once) = &self.unit.once
            && let Some(first) = receipt(db, &self.practice, once)?
        {
            return Ok(first);
        }
        let practice = &self.practice;
        lease::check_fence(db, seat, practice, self.unit.fence)?;
        self.check_versions(db)?;
        self.check_practice()?;
        self.check_references(db)?;
        self.check_jobs(db)?;
        let chain = head(db, practice)?;
        let budget = self.budget(db)?;
        // Every guard has held, and all that is stored could be read: from here on only SQLite
        // itself can fail.
        self.write(db, chain, budget.as_deref())
    }

    fn check_versions(&self, db: &Connection) -> Outcome<()> {
        for (key, expected) in &self.unit.unchanged {
            check_version(key, records::version(db, &self.practice, key)?, *expected)?;
        }
        let mut put = BTreeSet::new();
        for each in &self.unit.puts {
            let key = each.record.key();
            let found = records::version(db, &self.practice, &key)?;
            check_version(&key, found, each.expected)?;
            if !put.insert(key.clone()) {
                let (key, found) = (Box::new(key), found.next());
                return Err(StoreError::Conflict { key, found }.into());
            }
        }
        Ok(())
    }

    /// A practice's own record has no key but its practice, so one of another practice would be
    /// lost under this one.
    fn check_practice(&self) -> Outcome<()> {
        for put in &self.unit.puts {
            if let Record::Practice(record) = &put.record
                && record.id != self.practice
            {
                let error = StoreError::OtherPractice {
                    practice: self.practice.clone(),
                    found: record.id.clone(),
                };
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// References are compared as they would be after the unit, so that two levels may exchange
    /// theirs in one.
    fn check_references(&self, db: &Connection) -> Outcome<()> {
        let put: Vec<_> = self.levels().collect();
        for level in &put {
            let among_put = put
                .iter()
                .any(|other| other.of != level.of && other.reference == level.reference);
            let mut statement = db.prepare_cached(sql::unit::REFERENCE)?;
            let keys = params![self.practice.as_str(), level.reference.as_str()];
            let holder: Option<String> = statement.query_row(keys, |row| row.get(0)).optional()?;
            let kept = holder
                .is_some_and(|holder| put.iter().all(|other| rows::level(&other.of) != holder));
            if among_put || kept {
                let reference = level.reference.clone();
                return Err(StoreError::ReferenceTaken { reference }.into());
            }
        }
        Ok(())
    }

    /// As references are, so that two deployments may exchange jobs in one unit.
    fn check_jobs(&self, db: &Connection) -> Outcome<()> {
        let put: Vec<_> = self.deployments().collect();
        let place = |of: &Deployment| (of.workflow(), of.occurrence());
        for deployment in &put {
            let Some(job) = deployment.job() else {
                continue;
            };
            let among_put = put.iter().copied().find(|other| {
                place(other) != place(deployment)
                    && other.job().is_some_and(|theirs| theirs.id == job.id)
            });
            let mut holder = among_put.map(place);
            let mut statement = db.prepare_cached(sql::unit::JOB)?;
            let keys = params![self.practice.as_str(), job.id.uuid().to_string()];
            let mut found = statement.query(keys)?;
            while let Some(row) = found.next()? {
                let workflow = rows::workflow_from(rows::bytes(row, 0, "a deployment")?)?;
                let occurrence = rows::occurrence_from(rows::column(row, 1, "a deployment")?)?;
                let kept = (workflow, occurrence);
                if put.iter().all(|other| place(other) != kept) {
                    holder = holder.or(Some(kept));
                }
            }
            if let Some((workflow, occurrence)) = holder {
                let job = job.clone();
                let error = StoreError::JobTaken {
                    job,
                    workflow,
                    occurrence,
                };
                return Err(error.into());
            }
        }
        Ok(())
    }

    fn deployments(&self) -> impl Iterator<Item = &Deployment> {
        self.unit.puts.iter().filter_map(|put| match &put.record {
            Record::Deployment(deployment) => Some(&**deployment),
            _ => None,
        })
    }

    fn levels(&self) -> impl Iterator<Item = &workflow_core::billing::Level> {
        self.unit.puts.iter().filter_map(|put| match &put.record {
            Record::Level(level) => Some(level),
            _ => None,
        })
    }

    /// The budget after the unit, as JSON.
    fn budget(&self, db: &Connection) -> Outcome<Option<String>> {
        let Some((change, daily)) = &self.unit.budget else {
            return Ok(None);
        };
        let before =
            read_budget(db, &self.practice)?.unwrap_or_else(|| Budget::fresh(change.at, *daily));
        Ok(Some(rows::json(&before.after(change))?))
    }

    fn write(
        &self,
        db: &Connection,
        chain: Option<Chain>,
        budget: Option<&str>,
    ) -> Outcome<Receipt> {
        let practice = self.practice.as_str();
        let mut chain = match chain {
            Some(chain) => chain,
            None => start(db, &self.practice)?,
        };
        self.vacate_references(db)?;
        for (put, body) in self.unit.puts.iter().zip(&self.records) {
            let version = put.expected.next();
            records::put(db, &self.practice, &put.record, version, body)?;
        }
        if self.unit.puts.iter().any(|put| may_wake(&put.record)) {
            note_wake(db, &self.practice)?;
        }
        if let Some(body) = budget {
            let mut statement = db.prepare_cached(sql::unit::PUT_BUDGET)?;
            statement.execute(params![practice, FORMAT, body])?;
        }
        let after = chain.seq();
        let entries = self.add_entries(db, &mut chain)?;
        if let Some(Once { key, command }) = &self.unit.once {
            let mut statement = db.prepare_cached(sql::unit::REMEMBER)?;
            let (after, upto) = (rows::integer(after), rows::integer(chain.seq()));
            statement.execute(params![
                practice,
                key.as_str(),
                command.as_str(),
                after,
                upto
            ])?;
        }
        let repeated = false;
        Ok(Receipt { entries, repeated })
    }

    /// Two levels that exchange references would meet in the unique index halfway.
    fn vacate_references(&self, db: &Connection) -> Outcome<()> {
        if self.levels().nth(1).is_none() {
            return Ok(());
        }
        for level in self.levels() {
            let mut statement = db.prepare_cached(sql::unit::VACATE)?;
            statement.execute(params![self.practice.as_str(), rows::level(&level.of)])?;
        }
        Ok(())
    }

    fn add_entries(&self, db: &Connection, chain: &mut Chain) -> Outcome<Vec<Entry>> {
        let practice = self.practice.as_str();
        let mut entries = Vec::with_capacity(self.lines.len());
        for (line, body) in self.unit.lines.iter().zip(&self.lines) {
            let entry = chain.link(line.clone());
            db.prepare_cached(sql::unit::ADD_ENTRY)?.execute(params![
                practice,
                rows::integer(entry.seq),
                rows::subject(&line.subject),
                rows::stamp(line.at),
                entry.hash.as_str(),
                FORMAT,
                body,
            ])?;
            entries.push(entry);
        }
        if !entries.is_empty() {
            let mut statement = db.prepare_cached(sql::unit::ADVANCE)?;
            let seq = rows::integer(chain.seq());
            statement.execute(params![practice, seq, chain.hash().as_str()])?;
        }
        Ok(entries)
    }
}

fn check_version(key: &Key, found: Version, expected: Version) -> Outcome<()> {
    if found == expected {
        return Ok(());
    }
    let key = Box::new(key.clone());
    Err(StoreError::Conflict { key, found }.into())
}

fn may_wake(record: &Record) -> bool {
    matches!(record, Record::Workflow(_) | Record::Deployment(_))
}

/// The head of the practice's chain; `None` before anything was written for it.
pub(crate) fn head(db: &Connection, practice: &PracticeId) -> Outcome<Option<Chain>> {
    let mut statement = db.prepare_cached(sql::unit::HEAD)?;
    let mut found = statement.query(params![practice.as_str()])?;
    let Some(row) = found.next()? else {
        return Ok(None);
    };
    let what = "the head of the audit";
    let seq = rows::number(what, rows::column(row, 0, what)?)?;
    let hash = rows::digest(what, rows::text(row, 1, what)?)?;
    Ok(Some(Chain::after(practice.clone(), seq, hash)))
}

/// The row that all others of the practice refer to.
pub(crate) fn start(db: &Connection, practice: &PracticeId) -> rusqlite::Result<Chain> {
    let chain = Chain::start(practice.clone());
    let mut statement = db.prepare_cached(sql::unit::START)?;
    statement.execute(params![practice.as_str(), chain.hash().as_str()])?;
    Ok(chain)
}

/// Keeps the practice's row in `wakes` at what its workflows and deployments say.
fn note_wake(db: &Connection, practice: &PracticeId) -> rusqlite::Result<()> {
    let keys = params![practice.as_str()];
    let earliest: Option<i64> = db
        .prepare_cached(sql::unit::EARLIEST)?
        .query_row(keys, |row| row.get(0))?;
    match earliest {
        Some(at) => db
            .prepare_cached(sql::unit::PUT_WAKE)?
            .execute(params![practice.as_str(), at])?,
        None => db.prepare_cached(sql::unit::FORGET_WAKE)?.execute(keys)?,
    };
    Ok(())
}

/// What the practice has spent.
pub(crate) fn read_budget(db: &Connection, practice: &PracticeId) -> Outcome<Option<Budget>> {
    let mut statement = db.prepare_cached(sql::unit::BUDGET)?;
    let mut found = statement.query(params![practice.as_str()])?;
    let Some(row) = found.next()? else {
        return Ok(None);
    };
    let what = "a call budget";
    let format = rows::column(row, 0, what)?;
    Ok(Some(rows::parse(what, format, rows::text(row, 1, what)?)?))
}

/// The fence that a practice's lease has now.
pub(crate) fn fence_lost(current: u64) -> Stop<StoreError> {
    let current = Fence(current);
    Stop::Refused(StoreError::FenceLost { current })
}

/// The receipt of the unit that was committed for that key, if one was.
pub(crate) fn receipt(
    db: &Connection,
    practice: &PracticeId,
    once: &Once,
) -> Outcome<Option<Receipt>> {
    let mut statement = db.prepare_cached(sql::unit::KEY)?;
    let mut found = statement.query(params![practice.as_str(), once.key.as_str()])?;
    let Some(row) = found.next()? else {
        return Ok(None);
    };
    let what = "a command key";
    if rows::text(row, 0, what)? != once.command.as_str() {
        let key = once.key.clone();
        return Err(StoreError::KeyReused { key }.into());
    }
    let (after, upto) = (rows::column(row, 1, what)?, rows::column(row, 2, what)?);
    let mut statement = db.prepare_cached(sql::audit::BETWEEN)?;
    let mut stored = statement.query(params![practice.as_str(), after, upto])?;
    let mut entries = Vec::new();
    while let Some(row) = stored.next()? {
        entries.push(rows::entry(row)?);
    }
    let repeated = true;
    Ok(Some(Receipt { entries, repeated }))
}

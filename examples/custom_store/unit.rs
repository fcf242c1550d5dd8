//! How a unit is carried out on a document: every guard first, then everything at once.

use std::collections::{BTreeMap, BTreeSet};

use workflow_core::audit::Chain;
use workflow_core::billing::{LevelOf, Reference};
use workflow_core::budget::Budget;
use workflow_core::deployment::{Fence, JobRef};
use workflow_core::ports::store::{
    Key, Once, Put, Receipt, Record, StoreError, Unit, Version, Versioned,
};

use crate::documents::{Document, Done};

/// Whether somebody holds the practice's lease, in this opening of the folder.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tenure {
    Held,
    Free,
}

impl Document {
    /// What was done under a key before, if anything was.
    pub(crate) fn receipt(&self, once: &Once) -> Result<Option<Receipt>, StoreError> {
        match self.done.get(&once.key) {
            None => Ok(None),
            Some(done) if done.command != once.command => Err(StoreError::KeyReused {
                key: once.key.clone(),
            }),
            Some(done) => match self.entries.get(done.entries.clone()) {
                Some(entries) => Ok(Some(Receipt {
                    entries: entries.to_vec(),
                    repeated: true,
                })),
                None => Err(StoreError::Damaged {
                    what: format!("the receipt of {}", once.key),
                    reason: "its entries are missing".to_owned(),
                }),
            },
        }
    }

    /// Checks the guards that follow a unit's size and key, in the order that the port promises.
    pub(crate) fn check(&self, unit: &Unit, tenure: Tenure) -> Result<(), StoreError> {
        if let Some(fence) = unit.fence
            && (tenure == Tenure::Free || fence != Fence(self.fence))
        {
            let current = Fence(self.fence);
            return Err(StoreError::FenceLost { current });
        }
        for (key, expected) in &unit.unchanged {
            self.check_version(key, *expected)?;
        }
        let mut seen = BTreeSet::new();
        for Put { record, expected } in &unit.puts {
            let key = record.key();
            self.check_version(&key, *expected)?;
            if !seen.insert(key.clone()) {
                // By then the first put of the record has raised its version.
                let (key, found) = (Box::new(key), expected.next());
                return Err(StoreError::Conflict { key, found });
            }
        }
        for Put { record, .. } in &unit.puts {
            if let Record::Practice(practice) = record
                && practice.id != self.practice
            {
                return Err(StoreError::OtherPractice {
                    practice: self.practice.clone(),
                    found: practice.id.clone(),
                });
            }
        }
        self.check_references(unit)?;
        self.check_jobs(unit)
    }

    /// No two deployments share a job once the unit is done.
    fn check_jobs(&self, unit: &Unit) -> Result<(), StoreError> {
        let mut jobs: BTreeMap<Key, &JobRef> = BTreeMap::new();
        let kept = self.records.values().map(|kept| &kept.value);
        for record in kept.chain(unit.puts.iter().map(|put| &put.record)) {
            if let Record::Deployment(deployment) = record {
                match deployment.job() {
                    Some(job) => jobs.insert(record.key(), job),
                    None => jobs.remove(&record.key()),
                };
            }
        }
        for Put { record, .. } in &unit.puts {
            let Some(job) = jobs.get(&record.key()) else {
                continue;
            };
            let shares =
                |(key, theirs): &(&Key, &&JobRef)| **key != record.key() && theirs.id == job.id;
            if let Some((Key::Deployment(workflow, occurrence), _)) = jobs.iter().find(shares) {
                return Err(StoreError::JobTaken {
                    job: (*job).clone(),
                    workflow: *workflow,
                    occurrence: *occurrence,
                });
            }
        }
        Ok(())
    }

    fn check_version(&self, key: &Key, expected: Version) -> Result<(), StoreError> {
        let kept = self.records.get(key);
        let found = kept.map_or(Version::NONE, |kept| kept.version);
        if found == expected {
            return Ok(());
        }
        let key = Box::new(key.clone());
        Err(StoreError::Conflict { key, found })
    }

    /// No two levels share a reference once the unit is done; within it, two may exchange theirs.
    fn check_references(&self, unit: &Unit) -> Result<(), StoreError> {
        let mut levels: BTreeMap<&LevelOf, &Reference> = BTreeMap::new();
        let kept = self.records.values().map(|kept| &kept.value);
        for record in kept.chain(unit.puts.iter().map(|put| &put.record)) {
            if let Record::Level(level) = record {
                levels.insert(&level.of, &level.reference);
            }
        }
        for put in &unit.puts {
            let Record::Level(level) = &put.record else {
                continue;
            };
            let shares = |(of, reference): (&&LevelOf, &&Reference)| {
                **of != level.of && **reference == level.reference
            };
            if levels.iter().any(shares) {
                let reference = level.reference.clone();
                return Err(StoreError::ReferenceTaken { reference });
            }
        }
        Ok(())
    }

    /// Carries out a unit whose guards hold.
    pub(crate) fn apply(&mut self, unit: Unit) -> Receipt {
        for Put { record, expected } in unit.puts {
            let (key, version) = (record.key(), expected.next());
            let value = record;
            self.records.insert(key, Versioned { version, value });
        }
        if let Some((change, daily)) = unit.budget {
            let before = self.budget.take();
            let before = before.unwrap_or_else(|| Budget::fresh(change.at, daily));
            self.budget = Some(before.after(&change));
        }
        // The core computes the hashes; a store only says where the chain goes on.
        let practice = self.practice.clone();
        let mut chain = match self.entries.last() {
            None => Chain::start(practice),
            Some(last) => Chain::after(practice, last.seq, last.hash.clone()),
        };
        let first = self.entries.len();
        let linked = unit.lines.into_iter().map(|line| chain.link(line));
        self.entries.extend(linked);
        let places = first..self.entries.len();
        let entries = self.entries[places.clone()].to_vec();
        if let Some(Once { key, command }) = unit.once {
            let entries = places;
            self.done.insert(key, Done { command, entries });
        }
        let repeated = false;
        Receipt { entries, repeated }
    }
}

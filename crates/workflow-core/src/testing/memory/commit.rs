//! How the memory store carries out a unit: every guard first, then everything at once.

use std::collections::BTreeSet;

use super::{OfPractice, Waiting};
use crate::audit::Chain;
use crate::budget::Budget;
use crate::deployment::{Deployment, Fence};
use crate::ids::{PracticeId, WorkflowId};
use crate::ports::store::{Key, Once, Put, Receipt, Record, StoreError, Unit, Version, Versioned};
use crate::workflow::Occurrence;

impl OfPractice {
    /// Nothing is written before the last guard has held.
    pub(super) fn commit(
        &mut self,
        practice: &PracticeId,
        unit: Unit,
        process: u64,
    ) -> Result<Receipt, StoreError> {
        check_size(&unit)?;
        if let Some(first) = self.repeated(unit.once.as_ref())? {
            return Ok(first);
        }
        self.check_fence(unit.fence, process)?;
        self.check_versions(&unit)?;
        check_practice(practice, &unit.puts)?;
        self.check_references(&unit.puts)?;
        self.check_jobs(&unit.puts)?;
        Ok(self.apply(practice, unit))
    }

    /// The receipt of the first time, where there was one.
    pub(super) fn repeated(&self, once: Option<&Once>) -> Result<Option<Receipt>, StoreError> {
        let Some(once) = once else { return Ok(None) };
        let Some((command, places)) = self.keys.get(&once.key) else {
            return Ok(None);
        };
        if *command != once.command {
            let key = once.key.clone();
            return Err(StoreError::KeyReused { key });
        }
        let entries = self.entries[places.clone()].to_vec();
        let repeated = true;
        Ok(Some(Receipt { entries, repeated }))
    }

    fn check_fence(&self, fence: Option<Fence>, process: u64) -> Result<(), StoreError> {
        let Some(fence) = fence else { return Ok(()) };
        let held = self
            .held
            .as_ref()
            .is_some_and(|held| held.process == process);
        if held && fence.0 == self.fence {
            return Ok(());
        }
        let current = Fence(self.fence);
        Err(StoreError::FenceLost { current })
    }

    fn check_versions(&self, unit: &Unit) -> Result<(), StoreError> {
        for (key, expected) in &unit.unchanged {
            check_version(key, self.version(key), *expected)?;
        }
        let mut put = BTreeSet::new();
        for Put { record, expected } in &unit.puts {
            let key = record.key();
            let found = self.version(&key);
            check_version(&key, found, *expected)?;
            if !put.insert(key.clone()) {
                let (key, found) = (Box::new(key), found.next());
                return Err(StoreError::Conflict { key, found });
            }
        }
        Ok(())
    }

    fn version(&self, key: &Key) -> Version {
        self.records
            .get(key)
            .map_or(Version::NONE, |kept| kept.version)
    }

    /// References are compared as they would be after the unit, so that two levels may exchange
    /// theirs in one.
    fn check_references(&self, puts: &[Put]) -> Result<(), StoreError> {
        let put: Vec<_> = puts.iter().filter_map(|put| level(&put.record)).collect();
        if put.is_empty() {
            return Ok(());
        }
        let kept = self
            .records
            .values()
            .filter_map(|kept| level(&kept.value))
            .filter(|kept| put.iter().all(|put| put.of != kept.of));
        let all: Vec<_> = kept.chain(put.iter().copied()).collect();
        for level in &put {
            let taken = all
                .iter()
                .any(|other| other.of != level.of && other.reference == level.reference);
            if taken {
                let reference = level.reference.clone();
                return Err(StoreError::ReferenceTaken { reference });
            }
        }
        Ok(())
    }

    /// As references are, so that two deployments may exchange jobs in one unit.
    fn check_jobs(&self, puts: &[Put]) -> Result<(), StoreError> {
        let put: Vec<_> = puts
            .iter()
            .filter_map(|put| deployment(&put.record))
            .collect();
        for deployment in &put {
            let Some(job) = deployment.job() else {
                continue;
            };
            let kept = self.records.values();
            let kept = kept.filter_map(|kept| self::deployment(&kept.value));
            let kept = kept.filter(|kept| put.iter().all(|put| place(put) != place(kept)));
            let has = |other: &&Deployment| {
                place(other) != place(deployment)
                    && other.job().is_some_and(|theirs| theirs.id == job.id)
            };
            if let Some(other) = put.iter().copied().chain(kept).find(has) {
                let (workflow, occurrence) = place(other);
                return Err(StoreError::JobTaken {
                    job: job.clone(),
                    workflow,
                    occurrence,
                });
            }
        }
        Ok(())
    }

    fn apply(&mut self, practice: &PracticeId, unit: Unit) -> Receipt {
        for Put { record, expected } in unit.puts {
            self.put(expected.next(), record);
        }
        if let Some((change, daily)) = unit.budget {
            let before = self
                .budget
                .take()
                .unwrap_or_else(|| Budget::fresh(change.at, daily));
            self.budget = Some(before.after(&change));
        }
        let mut chain = match self.entries.last() {
            None => Chain::start(practice.clone()),
            Some(last) => Chain::after(practice.clone(), last.seq, last.hash.clone()),
        };
        let from = self.entries.len();
        self.entries
            .extend(unit.lines.into_iter().map(|line| chain.link(line)));
        let places = from..self.entries.len();
        let entries = self.entries[places.clone()].to_vec();
        if let Some(Once { key, command }) = unit.once {
            self.keys.insert(key, (command, places));
        }
        let repeated = false;
        Receipt { entries, repeated }
    }

    fn put(&mut self, version: Version, value: Record) {
        let waits = Waiting::of(&value);
        let kept = self
            .records
            .insert(value.key(), Versioned { version, value });
        let waited = kept.and_then(|kept| Waiting::of(&kept.value));
        if waited != waits {
            if let Some(waited) = waited {
                self.waiting.remove(&waited);
            }
            self.waiting.extend(waits);
        }
    }
}

fn check_size(unit: &Unit) -> Result<(), StoreError> {
    let found = unit.puts.len().max(unit.lines.len());
    if found > Unit::MOST {
        let most = Unit::MOST;
        return Err(StoreError::TooLarge { most, found });
    }
    Ok(())
}

fn check_version(key: &Key, found: Version, expected: Version) -> Result<(), StoreError> {
    if found == expected {
        return Ok(());
    }
    let key = Box::new(key.clone());
    Err(StoreError::Conflict { key, found })
}

/// A practice's own record has no key but its practice, so one of another practice would be lost
/// under this one.
fn check_practice(practice: &PracticeId, puts: &[Put]) -> Result<(), StoreError> {
    for put in puts {
        if let Record::Practice(record) = &put.record
            && record.id != *practice
        {
            return Err(StoreError::OtherPractice {
                practice: practice.clone(),
                found: record.id.clone(),
            });
        }
    }
    Ok(())
}

fn level(record: &Record) -> Option<&crate::billing::Level> {
    match record {
        Record::Level(level) => Some(level),
        _ => None,
    }
}

fn deployment(record: &Record) -> Option<&Deployment> {
    match record {
        Record::Deployment(deployment) => Some(deployment),
        _ => None,
    }
}

fn place(deployment: &Deployment) -> (WorkflowId, Occurrence) {
    (deployment.workflow(), deployment.occurrence())
}

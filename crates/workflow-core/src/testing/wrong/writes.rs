//! How a wrong store commits.

use std::collections::BTreeMap;
use std::future::poll_fn;
use std::task::Poll;

use super::{Fault, WrongStore};
use crate::deployment::Fence;
use crate::ids::PracticeId;
use crate::ports::store::{Put, Receipt, Record, Store, StoreError, Unit, Version};

impl WrongStore {
    pub(super) async fn wrong_commit(
        &self,
        practice: &PracticeId,
        mut unit: Unit,
    ) -> Result<Receipt, StoreError> {
        self.before(practice, &mut unit).await?;
        if let Some(repeated) = self.wrong_repeat(practice, &unit) {
            return Ok(repeated);
        }
        let given = unit.clone();
        match self.sound.commit(practice, unit).await {
            Ok(mut receipt) => {
                if self.is(Fault::ForgetsReceipts) && receipt.repeated {
                    receipt.entries.clear();
                }
                if self.is(Fault::HidesRepeats) {
                    receipt.repeated = false;
                }
                self.remember(practice, given, &receipt);
                Ok(receipt)
            }
            Err(error) => self.refused(practice, given, error).await,
        }
    }

    /// What a fault makes of a unit before it is committed.
    async fn before(&self, practice: &PracticeId, unit: &mut Unit) -> Result<(), StoreError> {
        match self.fault {
            Some(Fault::IgnoresVersions) => self.expect_what_is(practice, unit).await?,
            Some(Fault::LosesAnUpdate) => {
                // Others come between the look and the write.
                let checked = self.sound.commit(practice, guards_of(unit)).await;
                checked?;
                yield_once().await;
                self.expect_what_is(practice, unit).await?;
            }
            Some(Fault::IgnoresWhatWasRead) => unit.unchanged.clear(),
            Some(Fault::PutsARecordTwice) => {
                let last: BTreeMap<_, _> = unit
                    .puts
                    .drain(..)
                    .map(|put| (put.record.key(), put))
                    .collect();
                unit.puts = last.into_values().collect();
                self.expect_what_is(practice, unit).await?;
            }
            Some(Fault::ForgetsKeys) => unit.once = None,
            Some(Fault::FencesARepeat) => {
                let fence = unit.fence;
                let fenced = Unit {
                    fence,
                    ..Unit::default()
                };
                self.sound.commit(practice, fenced).await?;
            }
            Some(Fault::ForgetsTheFence) => unit.fence = None,
            Some(Fault::FencesRecordsAlone) if unit.puts.is_empty() => unit.fence = None,
            Some(Fault::TakesFencesToCome) if unit.fence > Some(Fence(0)) => unit.fence = None,
            // Nobody's lease is numbered so.
            Some(Fault::FencesEdits)
                if unit.fence.is_none() && self.seen().holders.contains_key(practice) =>
            {
                unit.fence = Some(Fence(u64::MAX));
            }
            Some(Fault::RefusesLargeUnits) if unit.puts.len() == Unit::MOST => {
                unit.puts.extend(unit.puts.last().cloned());
            }
            Some(Fault::DropsALine) if unit.lines.len() > 1 => {
                unit.lines.pop();
            }
            Some(Fault::LinksBackwards) => unit.lines.reverse(),
            _ => {}
        }
        Ok(())
    }

    async fn expect_what_is(
        &self,
        practice: &PracticeId,
        unit: &mut Unit,
    ) -> Result<(), StoreError> {
        for put in &mut unit.puts {
            let kept = self.sound.get(practice, &put.record.key()).await?;
            put.expected = kept.map_or(Version::NONE, |kept| kept.version);
        }
        Ok(())
    }

    /// The receipt of another practice's unit under the same key.
    fn wrong_repeat(&self, practice: &PracticeId, unit: &Unit) -> Option<Receipt> {
        if !self.is(Fault::SharesKeys) {
            return None;
        }
        let seen = self.seen();
        let (first, receipt) = seen.keys.get(&unit.once.as_ref()?.key)?;
        (first != practice).then(|| Receipt {
            repeated: true,
            ..receipt.clone()
        })
    }

    fn remember(&self, practice: &PracticeId, unit: Unit, receipt: &Receipt) {
        let mut seen = self.seen();
        if let Some(once) = unit.once {
            let first = (practice.clone(), receipt.clone());
            seen.keys.entry(once.key).or_insert(first);
        }
        if let Some(change) = unit.budget {
            seen.changes.insert(practice.clone(), change);
        }
    }

    /// What a fault makes of a refusal.
    async fn refused(
        &self,
        practice: &PracticeId,
        unit: Unit,
        error: StoreError,
    ) -> Result<Receipt, StoreError> {
        let part = match (self.fault, &error) {
            (Some(Fault::AppliesHalfAUnit), StoreError::Conflict { .. }) => Unit {
                puts: unit.puts.into_iter().take(1).collect(),
                ..Unit::default()
            },
            (Some(Fault::KeepsLinesOfARefusal), _) => Unit {
                lines: unit.lines,
                ..Unit::default()
            },
            (Some(Fault::DebitsARefusal), _) => Unit {
                budget: unit.budget,
                ..Unit::default()
            },
            (Some(Fault::BurnsTheKeyOfARefusal), _) => Unit {
                once: unit.once,
                ..Unit::default()
            },
            (Some(Fault::TakesAnySize), StoreError::TooLarge { .. })
            | (Some(Fault::IgnoresTheCommand), StoreError::KeyReused { .. })
            | (Some(Fault::TakesAnotherPracticesRecord), StoreError::OtherPractice { .. }) => {
                return Ok(Receipt {
                    entries: Vec::new(),
                    repeated: false,
                });
            }
            (Some(Fault::SharesReferences), StoreError::ReferenceTaken { .. }) => {
                let others = |put: &Put| !matches!(put.record, Record::Level(_));
                let puts = unit.puts.into_iter().filter(others).collect();
                return self.sound.commit(practice, Unit { puts, ..unit }).await;
            }
            (Some(Fault::SharesJobs), StoreError::JobTaken { .. }) => {
                let others = |put: &Put| !matches!(put.record, Record::Deployment(_));
                let puts = unit.puts.into_iter().filter(others).collect();
                return self.sound.commit(practice, Unit { puts, ..unit }).await;
            }
            _ => return Err(error),
        };
        // Whether the part is refused as well does not matter: the answer is the refusal.
        drop(self.sound.commit(practice, part).await);
        Err(error)
    }
}

/// A unit that checks what another one expects, and changes nothing.
fn guards_of(unit: &Unit) -> Unit {
    let puts = unit.puts.iter().map(|put| (put.record.key(), put.expected));
    Unit {
        unchanged: unit.unchanged.iter().cloned().chain(puts).collect(),
        fence: unit.fence,
        ..Unit::default()
    }
}

/// Lets others go on once.
async fn yield_once() {
    let mut waited = false;
    poll_fn(|cx| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

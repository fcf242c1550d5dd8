//! What the turns of a practice have in common: read once for several of them, and carried on with
//! each that is decided.

use chrono::{DateTime, Utc};

use super::facts::Ground;
use super::{CommandError, PracticeHandle};
use crate::budget::{Budget, BudgetChange};
use crate::ports::store::{Key, Record, Versioned};
use crate::practice::Practice;
use crate::sweep::Sweep;

/// What the turns of a practice have in common, as it was when it was read.
///
/// It is meant to be thrown away within the moment: what a turn decides on it is refused by the
/// store where the practice was changed meanwhile and it matters, but what else has changed is not
/// seen.
#[derive(Clone, Debug)]
pub struct Round {
    pub(super) ground: Ground,
    pub(super) sweep: Option<Sweep>,
    budget: Budget,
    unsettled: Unsettled,
}

/// Whether changes of the budget were counted that may have been stored already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unsettled {
    No,
    Some,
}

impl Round {
    /// The practice.
    #[must_use]
    pub fn practice(&self) -> &Practice {
        &self.ground.practice
    }

    /// Whether calls may have been counted twice, since it was not known whether they were stored.
    /// Then a budget that looks spent may have a few calls left: look again once it is known.
    #[must_use]
    pub fn may_count_twice(&self) -> bool {
        self.unsettled == Unsettled::Some
    }

    /// The budget with what is decided and not stored yet.
    pub(super) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// A turn was decided that changes the budget.
    pub(super) fn spend(&mut self, change: &BudgetChange) {
        self.budget = self.budget.after(change);
    }
}

impl PracticeHandle {
    /// Reads what the next turns have in common.
    ///
    /// `unstored` are the changes of the budget by turns that were decided and are not known to be
    /// stored: they are counted beside what is stored.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] where the practice was never set up,
    /// [`CommandError::UnknownZone`] when there are no data for its time zone, and any error of
    /// the store.
    pub async fn round(
        &self,
        unstored: impl IntoIterator<Item = &BudgetChange>,
    ) -> Result<Round, CommandError> {
        let mut found = self.records(&[Key::Practice, Key::Sweep]).await?;
        let (sweep, practice) = (found.pop().flatten(), found.pop().flatten());
        let ground = self.ground_of(practice)?;
        let sweep = match sweep {
            Some(Versioned {
                value: Record::Sweep(sweep),
                ..
            }) => Some(sweep),
            _ => None,
        };
        let fresh = |now: DateTime<Utc>| Budget::fresh(now, ground.practice.daily_calls);
        let stored = self.store().budget(&self.id).await?;
        let stored = stored.unwrap_or_else(|| fresh(self.now()));
        let mut unsettled = Unsettled::No;
        let mut budget = stored;
        for change in unstored {
            unsettled = Unsettled::Some;
            budget = budget.after(change);
        }
        Ok(Round {
            ground,
            sweep,
            budget,
            unsettled,
        })
    }
}

//! Calls that are made outside of deploying: counted in the practice's budget like any other.

use chrono::{DateTime, Utc};

use super::{CommandError, PracticeHandle};
use crate::budget::{Admission, Budget, BudgetChange, Purpose};
use crate::ports::gateway::{Failure, Observed};
use crate::ports::store::Unit;

impl PracticeHandle {
    /// Debits one call that is about to be made, or says when to ask again. What is kept for
    /// look-ups is not touched.
    ///
    /// The debit is durable before this returns. Whoever gets `Ok(())` makes one call and tells its
    /// end by [`call_ended`](Self::call_ended); a call that is never made costs one all the same.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], and any error of the store.
    pub async fn debit_call(&self) -> Result<Result<(), DateTime<Utc>>, CommandError> {
        let (now, daily) = (self.now(), self.practice().await?.value.daily_calls);
        let budget = self.store().budget(&self.id).await?;
        let budget = budget.unwrap_or_else(|| Budget::fresh(now, daily));
        if let Admission::At(at) = budget.admit(now, Purpose::Deploy, self.calls_under_way()) {
            return Ok(Err(at));
        }
        let unit = Unit {
            budget: Some((BudgetChange::debit(now, 1), daily)),
            ..Unit::default()
        };
        self.commit(unit).await?;
        Ok(Ok(()))
    }

    /// Takes in what the end of a call, which was debited, tells about the budget.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`], and any error of the store.
    pub async fn call_ended(
        &self,
        observed: &Observed,
        failure: Option<&Failure>,
    ) -> Result<(), CommandError> {
        let daily = self.practice().await?.value.daily_calls;
        let told = BudgetChange::told(self.now(), observed, failure);
        let unit = Unit {
            budget: Some((told, daily)),
            ..Unit::default()
        };
        self.commit(unit).await?;
        Ok(())
    }
}

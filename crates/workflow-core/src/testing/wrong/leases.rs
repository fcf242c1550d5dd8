//! How a wrong store grants leases.

use chrono::TimeDelta;

use super::{Fault, WrongStore};
use crate::deployment::Fence;
use crate::ids::{HolderId, PracticeId};
use crate::ports::store::{LeaseAnswer, LeaseRequest, Store, StoreError};

impl WrongStore {
    pub(super) async fn wrong_lease(
        &self,
        practice: &PracticeId,
        request: &LeaseRequest,
    ) -> Result<LeaseAnswer, StoreError> {
        if self.is(Fault::RaisesTheFenceOnRenewal) {
            self.sound.release(practice, &request.holder).await?;
        }
        let mut asked = request.clone();
        if self.is(Fault::NeverExpires) {
            asked.time = TimeDelta::days(365);
        }
        let mut answer = self.sound.lease(practice, &asked).await?;
        if self.is(Fault::GrantsWhatIsHeld)
            && let LeaseAnswer::Held { holder, .. } = &answer
        {
            self.sound.release(practice, holder).await?;
            answer = self.sound.lease(practice, request).await?;
        }
        if let LeaseAnswer::Granted(lease) = &mut answer {
            let holder = request.holder.clone();
            self.seen().holders.insert(practice.clone(), holder);
            if self.is(Fault::KeepsTheFenceForAll) {
                lease.fence = Fence(1);
            }
        }
        Ok(answer)
    }

    pub(super) async fn wrong_release(
        &self,
        practice: &PracticeId,
        holder: &HolderId,
    ) -> Result<(), StoreError> {
        if self.is(Fault::ForgetsReleases) {
            return Ok(());
        }
        let mut holder = holder.clone();
        if self.is(Fault::ReleasesForAnybody)
            && let Some(held) = self.seen().holders.get(practice)
        {
            holder = held.clone();
        }
        self.sound.release(practice, &holder).await
    }
}

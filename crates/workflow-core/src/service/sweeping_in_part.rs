//! The sweep where XPM lists jobs without their descriptions: the clients that matter are looked
//! through one by one, as far as the calls that are kept for look-ups reach.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::calling::CallOutcome;
use super::sweeping::Swept;
use super::{CommandError, PracticeHandle};
use crate::audit::{Event, Subject};
use crate::ids::ClientId;
use crate::ports::gateway::JobList;
use crate::ports::store::{EntryOrder, EntryQuery, Lease};
use crate::sweep::{Sweep, Unchecked};
use crate::workflow::WorkflowEvent;

impl PracticeHandle {
    /// Takes in a list without descriptions. It is written down first that nothing was compared,
    /// so that nothing passes for compared when the look through the clients is broken off.
    pub(super) async fn swept_in_part(
        &self,
        lease: &Lease,
        (from, to): (NaiveDate, NaiveDate),
        list: &JobList,
    ) -> Result<Swept, CommandError> {
        let (mut swept, strangers) = self.compare(lease, list).await?;
        let (ground, found) = (self.ground().await?, self.sweep_record().await?);
        let before = found.as_ref().map(|found| &found.value);
        // Days of which nothing was compared before: what was lost on them is new.
        let new = before.map_or(from, |before| before.through - TimeDelta::days(1));
        let new = new.max(from);
        swept.vanished = self.vanished(new, to, list).await?;
        let left = before.and_then(|before| before.unchecked.clone());
        let day = TimeDelta::days(1);
        let since = ground.zone.instant(new.and_time(chrono::NaiveTime::MIN));
        // Each is looked through once a day after its reply was lost at the earliest.
        let asked = left.as_ref().map(|left| left.asked_at - day);
        let since = asked.map_or(since, |asked| asked.max(since));
        let mut clients = self.clients_of_what_was_lost(since).await?;
        clients.extend(left.into_iter().flat_map(|left| left.clients));
        let unchecked = Unchecked {
            from,
            to,
            asked_at: self.now(),
            clients,
        };
        let yesterday = ground.zone.today(self.now()) - day;
        self.record_sweep(lease, |found| Sweep {
            through: yesterday.min(to),
            // Nothing was compared, so what is owed since a backup was restored stays owed.
            swept_at: found.and_then(|found| found.swept_at),
            restored: found.and_then(|found| found.restored),
            strangers: strangers.clone(),
            unchecked: Some(unchecked.clone()),
        })
        .await?;
        swept.unchecked = Some(unchecked);
        Ok(swept)
    }

    /// Takes in the list of one client's jobs, in place of the sweep's own list; `None` where it
    /// tells nothing either.
    ///
    /// # Errors
    ///
    /// Any error of the store; [`FenceLost`](crate::ports::store::StoreError::FenceLost) where the
    /// lease was lost.
    pub async fn swept_client(
        &self,
        lease: &Lease,
        client: ClientId,
        outcome: &CallOutcome,
    ) -> Result<Option<Swept>, CommandError> {
        self.told_by_sweep(lease, outcome).await?;
        let CallOutcome::Listed(Ok(answer)) = outcome else {
            return Ok(None);
        };
        if !answer.value.is_complete() {
            return Ok(None);
        }
        let (swept, strangers) = self.compare(lease, &answer.value).await?;
        let Some(found) = self.sweep_record().await? else {
            return Ok(Some(swept));
        };
        self.record_sweep(lease, |latest| {
            let mut sweep = latest.unwrap_or(&found.value).clone();
            sweep.strangers.clone_from(&strangers);
            if let Some(unchecked) = &mut sweep.unchecked {
                unchecked.clients.remove(&client);
            }
            sweep
        })
        .await?;
        Ok(Some(swept))
    }

    /// How many clients a sweep may look through in one night: as many as a day's calls are kept
    /// for look-ups.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] where the practice was never set up, and any error of the store.
    pub async fn sweep_allowance(&self) -> Result<usize, CommandError> {
        let budget = self.budget().await?;
        Ok(usize::try_from(budget.reserve()).unwrap_or(usize::MAX))
    }

    /// The clients of which a create's reply was lost since then.
    async fn clients_of_what_was_lost(
        &self,
        since: DateTime<Utc>,
    ) -> Result<BTreeSet<ClientId>, CommandError> {
        let mut workflows = BTreeSet::new();
        let mut query = EntryQuery {
            order: EntryOrder::NewestFirst,
            ..EntryQuery::default()
        };
        'all: loop {
            let page = self.store().entries(&self.id, &query).await?;
            let Some(last) = page.last() else { break };
            query.after = Some(last.seq);
            for entry in &page {
                if entry.line.at < since {
                    break 'all;
                }
                let lost = matches!(
                    entry.line.event,
                    Event::Workflow(WorkflowEvent::ReplyLost { step: 0, .. })
                );
                if let (true, Subject::Workflow(id)) = (lost, &entry.line.subject) {
                    workflows.insert(*id);
                }
            }
        }
        let mut clients = BTreeSet::new();
        for id in workflows {
            clients.insert(self.require_workflow(id).await?.value.client());
        }
        Ok(clients)
    }
}

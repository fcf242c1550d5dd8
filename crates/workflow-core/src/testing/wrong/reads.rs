//! How a wrong store reads.

use chrono::{DateTime, Days, SubsecRound, TimeDelta, Utc};

use super::{Fault, WrongStore};
use crate::audit::Entry;
use crate::budget::Budget;
use crate::ids::PracticeId;
use crate::ports::gateway::DirectoryPart;
use crate::ports::store::{
    Cursor, Due, EntryOrder, EntryQuery, Key, Of, Page, Query, Record, Store, StoreError,
    Versioned, Wake, Whose,
};

impl WrongStore {
    pub(super) async fn wrong_get(
        &self,
        practice: &PracticeId,
        key: &Key,
    ) -> Result<Option<Versioned<Record>>, StoreError> {
        let mut kept = self.sound.get(practice, key).await?;
        if self.is(Fault::FoldsCase)
            && let Key::Proposal(id) = key
            && let Ok(folded) = id.as_str().to_lowercase().parse()
        {
            return self.sound.get(practice, &Key::Proposal(folded)).await;
        }
        if self.is(Fault::MixesParts)
            && let Key::Listing(_, row) = key
        {
            let staff = Key::Listing(DirectoryPart::Staff, *row);
            return self.sound.get(practice, &staff).await;
        }
        if self.is(Fault::ReadsWhatWas)
            && let Some(now) = &kept
        {
            let mut seen = self.seen();
            let first = seen.records.entry((practice.clone(), key.clone()));
            return Ok(Some(first.or_insert_with(|| now.clone()).clone()));
        }
        if self.is(Fault::LeaksOnGet) {
            for other in self.others(practice) {
                if kept.is_none() {
                    kept = self.sound.get(&other, key).await?;
                }
            }
        }
        Ok(kept)
    }

    pub(super) async fn wrong_find(
        &self,
        practice: &PracticeId,
        query: &Query,
    ) -> Result<Page, StoreError> {
        let mut asked = query.clone();
        match &mut asked.of {
            Of::Clients { named: Some(text) } if self.is(Fault::TakesWildcards) => {
                *text = text.replace('%', "");
            }
            Of::Clients { named: Some(text) } if self.is(Fault::MindsCase) => {
                let text = std::mem::take(text);
                return self.find_with_case(practice, query, &text).await;
            }
            Of::Workflows { activity, .. } if self.is(Fault::IgnoresActivity) => *activity = None,
            Of::Workflows { whose, .. } if self.is(Fault::IgnoresWhose) => {
                *whose = Whose::Everybody;
            }
            Of::Deployed { to, .. } if self.is(Fault::LeavesOutTheLastDay) => {
                *to = to.checked_sub_days(Days::new(1)).unwrap_or(*to);
            }
            _ => {}
        }
        if self.is(Fault::FindsTooMuch) {
            asked.limit = Query::MOST;
        }
        let mut page = self.sound.find(practice, &asked).await?;
        match self.fault {
            Some(Fault::FindsBackwards) => page.records.reverse(),
            Some(Fault::RepeatsBetweenPages) if asked.limit > 1 && page.next.is_some() => {
                asked.limit -= 1;
                page.next = self.sound.find(practice, &asked).await?.next;
            }
            Some(Fault::SkipsBetweenPages) if page.next.is_some() => {
                asked.limit += 1;
                page.next = self.sound.find(practice, &asked).await?.next;
            }
            Some(Fault::NeverEnds) if page.next.is_none() && !page.records.is_empty() => {
                page.next = Some(Cursor(char::MAX.to_string()));
            }
            Some(Fault::LeaksOnFind) => {
                for other in self.others(practice) {
                    let theirs = self.sound.find(&other, &asked).await?;
                    page.records.extend(theirs.records);
                }
            }
            _ => {}
        }
        Ok(page)
    }

    async fn find_with_case(
        &self,
        practice: &PracticeId,
        query: &Query,
        text: &str,
    ) -> Result<Page, StoreError> {
        let mut page = self.sound.find(practice, query).await?;
        page.records.retain(|kept| match &kept.value {
            Record::Client(client) => client.name.as_str().contains(text),
            _ => true,
        });
        Ok(page)
    }

    pub(super) async fn wrong_due(
        &self,
        practice: &PracticeId,
        now: DateTime<Utc>,
        limit: u32,
    ) -> Result<Vec<Due>, StoreError> {
        let now = match self.fault {
            Some(Fault::IsEarly) => now + TimeDelta::seconds(1),
            Some(Fault::IsLate) => now - TimeDelta::seconds(1),
            _ => now,
        };
        let mut due = self.sound.due(practice, now, u32::MAX).await?;
        let room = usize::try_from(limit).unwrap_or(usize::MAX);
        match self.fault {
            Some(Fault::IgnoresRank) => due.sort_by_key(|due| (due.at, due.workflow)),
            Some(Fault::IgnoresTheInstant) => due.sort_by_key(|due| (due.rank, due.workflow)),
            Some(Fault::RoundsInstants) => {
                for due in &mut due {
                    due.at = due.at.trunc_subsecs(0);
                }
            }
            Some(Fault::CutsBeforeItSorts) => {
                due.sort_by_key(|due| due.workflow);
                due.truncate(room);
                due.sort_by_key(|due| (due.rank, due.at, due.workflow, due.deployment));
            }
            _ => {}
        }
        if self.is(Fault::GivesOutWhatFailed) {
            let failed = self.sound.find(practice, &Query::of(Of::Attention)).await?;
            due.extend(failed.records.iter().filter_map(|kept| match &kept.value {
                Record::Deployment(failed) => Some(Due {
                    at: failed.deploy_at(),
                    rank: failed.rank(),
                    workflow: failed.workflow(),
                    deployment: Some(failed.occurrence()),
                }),
                _ => None,
            }));
        }
        if !self.is(Fault::IgnoresRoom) {
            due.truncate(room);
        }
        Ok(due)
    }

    pub(super) async fn wrong_wakes(&self, limit: u32) -> Result<Vec<Wake>, StoreError> {
        let mut wakes = self.sound.wakes(limit).await?;
        match self.fault {
            Some(Fault::WakesTwice) => {
                wakes = wakes
                    .into_iter()
                    .flat_map(|wake| [wake.clone(), wake])
                    .collect();
            }
            Some(Fault::WakesForNothing) => {
                let at = DateTime::UNIX_EPOCH;
                let seen = self.seen();
                let all = seen.practices.iter().cloned();
                wakes.extend(all.map(|practice| Wake { practice, at }));
            }
            Some(Fault::WakesBackwards) => wakes.reverse(),
            _ => {}
        }
        Ok(wakes)
    }

    pub(super) async fn wrong_entries(
        &self,
        practice: &PracticeId,
        query: &EntryQuery,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut asked = query.clone();
        if self.is(Fault::IgnoresTheSubject) {
            asked.subject = None;
        }
        if self.is(Fault::RepeatsAnEntry) {
            asked.after = asked.after.map(|after| match asked.order {
                EntryOrder::OldestFirst => after.saturating_sub(1),
                EntryOrder::NewestFirst => after + 1,
            });
        }
        let mut entries = self.sound.entries(practice, &asked).await?;
        if self.is(Fault::GivesAllEntries) && asked.order == EntryOrder::OldestFirst {
            asked.after = entries.last().map(|entry| entry.seq);
            entries.extend(self.sound.entries(practice, &asked).await?);
        }
        for entry in &mut entries {
            if self.is(Fault::LeavesAGap) && entry.seq > 2 {
                entry.seq += 1;
            }
            if self.is(Fault::RewritesALine) {
                entry.line.at += TimeDelta::seconds(1);
            }
        }
        Ok(entries)
    }

    pub(super) async fn wrong_budget(
        &self,
        practice: &PracticeId,
    ) -> Result<Option<Budget>, StoreError> {
        let mut budget = self.sound.budget(practice).await?;
        if self.is(Fault::OverwritesTheBudget) {
            let seen = self.seen();
            let last = seen.changes.get(practice);
            return Ok(last.map(|(change, daily)| Budget::fresh(change.at, *daily).after(change)));
        }
        if self.is(Fault::SharesTheBudget) {
            for other in self.others(practice) {
                if budget.is_none() {
                    budget = self.sound.budget(&other).await?;
                }
            }
        }
        Ok(budget)
    }
}

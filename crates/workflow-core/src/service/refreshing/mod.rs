//! Refreshing what is kept of XPM's directory: one call at a time, what it told in one unit.

mod taking;

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use self::taking::{Taking, usual_year_end};
use super::calling::CallOutcome;
use super::command::put;
use super::{By, CommandError, Committed, PracticeHandle};
use crate::audit::{Actor, Change, Event, Subject};
use crate::budget::{Admission, Budget, BudgetChange, Purpose};
use crate::directory::{Directory, DirectoryCall};
use crate::ports::gateway::DirectoryPart;
use crate::ports::store::{Key, Lease, Record, Unit, Version, Versioned};
use crate::practice::Link;

/// When something of the directory is to be asked for, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshDue {
    /// What to ask for now; `None` where nothing is due.
    pub now: Option<DirectoryCall>,
    /// When to ask again.
    pub next: DateTime<Utc>,
}

/// A call of a refresh that was debited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refresh {
    /// What is asked for.
    pub call: DirectoryCall,
    /// Of which XPM tenant.
    tenant: Uuid,
    /// When.
    asked: DateTime<Utc>,
}

/// What a call of a refresh told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// The directory as it is known now.
    pub directory: Directory,
    /// The part that was asked for.
    pub part: DirectoryPart,
    /// How many rows the answer had.
    pub rows: usize,
    /// How many rows are new, changed or gone.
    pub changed: usize,
    /// How many people were linked to a member of staff by their e-mail address.
    pub linked: usize,
}

/// How long a practice that is not connected is left alone.
const UNCONNECTED: TimeDelta = TimeDelta::hours(1);
/// Who asks again within so long has been heard.
const HEARD: TimeDelta = TimeDelta::minutes(1);

impl PracticeHandle {
    /// How far the listing of XPM's directory came; `None` before the first call.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn directory(&self) -> Result<Option<Versioned<Directory>>, CommandError> {
        Ok(match self.record(&Key::Directory).await? {
            Some(Versioned {
                version,
                value: Record::Directory(value),
            }) => Some(Versioned { version, value }),
            _ => None,
        })
    }

    /// Asks for a refresh of the whole directory as soon as there is room for it. Asked again
    /// within a minute, nothing is done.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] where the practice is not connected, and any error of the store.
    pub async fn ask_refresh(&self, by: impl Into<By>) -> Result<Committed<()>, CommandError> {
        let by = &by.into();
        self.retrying(by, "directory", || async move {
            let command = "refresh";
            if let Some(receipt) = self.done_before(by, &command).await? {
                return Ok(Committed::from(receipt, ()));
            }
            let Link::Connected { tenant } = self.practice().await?.value.link else {
                return Err(CommandError::not_found("connection to XPM", &self.id));
            };
            let (now, found) = (self.now(), self.directory().await?);
            let current = found.as_ref().map(|found| found.value.clone());
            let mut directory = current
                .filter(|directory| directory.tenant == tenant)
                .unwrap_or_else(|| Directory::of(tenant, now));
            if directory.asked_at.is_some_and(|at| now < at + HEARD) {
                return self.nothing(by, &command, ()).await;
            }
            if found
                .as_ref()
                .is_some_and(|found| found.value.tenant != tenant)
            {
                // The tenant was changed: the first answer lists all anew, and nobody has to ask.
                return self.nothing(by, &command, ()).await;
            }
            directory.asked_at = Some(now);
            let mut unit = self.directory_unit(by, found, directory);
            unit.once = by.once_for(&command);
            Ok(Committed::from(self.commit(unit).await?, ()))
        })
        .await
    }

    /// Whether something of the directory is to be asked for.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] where the practice was never set up, and any error of the store.
    pub async fn refresh_due(&self) -> Result<RefreshDue, CommandError> {
        let (practice, now) = (self.practice().await?.value, self.now());
        let Link::Connected { tenant } = practice.link else {
            let next = now + UNCONNECTED;
            return Ok(RefreshDue { now: None, next });
        };
        let found = self.directory().await?.map(|found| found.value);
        let directory = found
            .filter(|directory| directory.tenant == tenant)
            .unwrap_or_else(|| Directory::of(tenant, now));
        let (next, call) = directory.next(now, practice.daily_calls);
        let now = (next <= now).then_some(call);
        Ok(RefreshDue { now, next })
    }

    /// Debits a call of a refresh under the lease, out of what may be spent on deployments; says
    /// when to ask again where the budget lets nothing through.
    ///
    /// # Errors
    ///
    /// As [`PracticeHandle::refresh_due`];
    /// [`StoreError::FenceLost`](crate::ports::store::StoreError::FenceLost) where the lease was
    /// lost.
    pub async fn begin_refresh(
        &self,
        lease: &Lease,
        call: DirectoryCall,
    ) -> Result<Result<Refresh, DateTime<Utc>>, CommandError> {
        let (now, practice) = (self.now(), self.practice().await?.value);
        let Link::Connected { tenant } = practice.link else {
            return Ok(Err(now + UNCONNECTED));
        };
        let daily = practice.daily_calls;
        let budget = self.store().budget(&self.id).await?;
        let budget = budget.unwrap_or_else(|| Budget::fresh(now, daily));
        if let Admission::At(at) = budget.admit(now, Purpose::Deploy, 0) {
            return Ok(Err(at));
        }
        let unit = Unit {
            fence: Some(lease.fence),
            budget: Some((BudgetChange::debit(now, 1), daily)),
            ..Unit::default()
        };
        self.commit(unit).await?;
        Ok(Ok(Refresh {
            call,
            tenant,
            asked: now,
        }))
    }

    /// Takes in how a call of a refresh ended: the rows that it told, whom of the practice's people
    /// they are, and where to go on, in one unit.
    ///
    /// `None` where the practice was connected to another tenant meanwhile: the answer is of no
    /// use.
    ///
    /// # Errors
    ///
    /// As [`PracticeHandle::begin_refresh`].
    pub async fn refreshed(
        &self,
        lease: &Lease,
        refresh: &Refresh,
        outcome: &CallOutcome,
    ) -> Result<Option<Refreshed>, CommandError> {
        let by = &By::from(Actor::Scheduler);
        self.retrying(by, "directory", || {
            self.try_refreshed(by, lease, refresh, outcome)
        })
        .await
    }

    async fn try_refreshed(
        &self,
        by: &By,
        lease: &Lease,
        refresh: &Refresh,
        outcome: &CallOutcome,
    ) -> Result<Option<Refreshed>, CommandError> {
        let now = self.now();
        let Versioned { version, value } = self.practice().await?;
        let told = BudgetChange::told(now, outcome.observed(), outcome.failure());
        let mut unit = Unit {
            fence: Some(lease.fence),
            budget: Some((told.sent(refresh.asked), value.daily_calls)),
            ..Unit::default()
        };
        let tenant = refresh.tenant;
        if value.link != (Link::Connected { tenant }) && outcome.failure().is_none() {
            self.commit(unit).await?;
            return Ok(None);
        }
        unit.unchanged.push((Key::Practice, version));
        let found = self.directory().await?;
        let mut directory = match &found {
            Some(found) if found.value.tenant == tenant => found.value.clone(),
            _ => Directory::of(tenant, now),
        };
        let mut taking = Taking::new(self, by, usual_year_end(&value));
        if found
            .as_ref()
            .is_some_and(|found| found.value.tenant != tenant)
        {
            // Nothing of another tenant's directory is of any use in this one.
            taking.all_gone().await?;
        }
        directory.spend(now, outcome.observed().calls);
        let part = refresh.call.part();
        taking
            .take_in(&mut directory, refresh, outcome, now)
            .await?;
        let linked = match part {
            DirectoryPart::Staff if outcome.failure().is_none() => taking.link_people().await?,
            _ => 0,
        };
        let (rows, changed) = (taking.rows(), taking.listings());
        taking.into_unit(&mut unit);
        let written = self.directory_unit(by, found, directory.clone());
        unit.puts.extend(written.puts);
        unit.lines.extend(written.lines);
        self.commit(unit).await?;
        Ok(Some(Refreshed {
            directory,
            part,
            rows,
            changed,
            linked,
        }))
    }

    fn directory_unit(
        &self,
        by: &By,
        found: Option<Versioned<Directory>>,
        after: Directory,
    ) -> Unit {
        let expected = found.as_ref().map_or(Version::NONE, |found| found.version);
        let change = Change::from(found.map(|found| found.value), after.clone());
        Unit {
            puts: vec![put(Record::Directory(after), expected)],
            lines: vec![self.line(by, Subject::Directory, Event::Directory(change))],
            ..Unit::default()
        }
    }
}

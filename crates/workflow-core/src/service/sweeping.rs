//! The sweep: one list of the jobs of the last days, compared with the ledger.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::calling::CallOutcome;
use super::{By, CommandError, Committed, PracticeHandle};
use crate::audit::{Actor, Change, Event, Subject};
use crate::budget::{Admission, Budget, BudgetChange, Purpose};
use crate::deployment::{Deployment, JobRef, Marker, Phase, StepState};
use crate::ports::gateway::{Job, JobList};
use crate::ports::store::{
    EntryQuery, Key, Lease, Of, Put, Query, Record, StoreError, Unit, Version, Versioned,
};
use crate::sweep::{Restored, Stranger, Sweep, Unchecked};
use crate::workflow::WorkflowEvent;
use crate::zone::Zone;

/// When a sweep is due, and over which days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SweepDue {
    /// The days to list, both included; `None` where nothing is to be swept now.
    pub now: Option<(NaiveDate, NaiveDate)>,
    /// When to ask again.
    pub next: DateTime<Utc>,
}

/// What a sweep found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Deployments of which XPM has more than one job, by the workflow and its occurrence.
    pub duplicates: Vec<Key>,
    /// Jobs with a marker of ours of which the ledger knows nothing, not seen before: a sign of a
    /// restored backup, or of a job that somebody copied in XPM.
    pub strangers: Vec<Stranger>,
    /// Jobs of ours that XPM no longer lists on the days on which they were made.
    pub vanished: Vec<JobRef>,
    /// What could not be compared, where the list came without descriptions.
    pub unchecked: Option<Unchecked>,
}

/// The first sweep reaches back this far.
const FIRST: TimeDelta = TimeDelta::days(30);
/// XPM lists less than a year at once.
const MOST: TimeDelta = TimeDelta::days(360);
/// How long after the practice's midnight its night's sweep is due.
const NIGHT: TimeDelta = TimeDelta::hours(1);

impl PracticeHandle {
    /// How far the practice's sweep came; `None` before the first.
    ///
    /// # Errors
    ///
    /// Any error of the store.
    pub async fn sweep_record(&self) -> Result<Option<Versioned<Sweep>>, CommandError> {
        Ok(match self.record(&Key::Sweep).await? {
            Some(Versioned {
                version,
                value: Record::Sweep(value),
            }) => Some(Versioned { version, value }),
            _ => None,
        })
    }

    /// Notes that the store was restored from a backup taken at `taken_at`. From now on whatever
    /// fell due before is looked up before it is first sent, and everything is until the sweep has
    /// compared the jobs made since with the ledger.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] where the practice was never set up, and any error of the store.
    pub async fn restored(
        &self,
        by: impl Into<By>,
        taken_at: DateTime<Utc>,
    ) -> Result<Committed<()>, CommandError> {
        let by = &by.into();
        self.retrying(by, "sweep", || async move {
            let command = ("restored", taken_at);
            if let Some(receipt) = self.done_before(by, &command).await? {
                return Ok(Committed::from(receipt, ()));
            }
            let (ground, now) = (self.ground().await?, self.now());
            let found = self.sweep_record().await?;
            let day = ground.zone.today(taken_at.min(now));
            let through = found.as_ref().map_or(day, |found| found.value.through);
            let strangers = found.as_ref().map(|found| found.value.strangers.clone());
            let sweep = Sweep {
                // Two days earlier, so that the sweep is due at once and time zones do not matter.
                through: through.min(day) - TimeDelta::days(2),
                swept_at: None,
                restored: Some(Restored { at: now, taken_at }),
                strangers: strangers.unwrap_or_default(),
                unchecked: found
                    .as_ref()
                    .and_then(|found| found.value.unchecked.clone()),
            };
            let mut unit = self.sweep_unit(by, found, sweep);
            unit.once = by.once_for(&command);
            Ok(Committed::from(self.commit(unit).await?, ()))
        })
        .await
    }

    /// Whether the night's sweep is due.
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] where the practice was never set up, and any error of the store.
    pub async fn sweep_due(&self) -> Result<SweepDue, CommandError> {
        let (ground, now) = (self.ground().await?, self.now());
        let today = ground.zone.today(now);
        let night =
            |day: NaiveDate| ground.zone.instant(day.and_time(chrono::NaiveTime::MIN)) + NIGHT;
        let next = night(today + TimeDelta::days(1));
        let yesterday = today - TimeDelta::days(1);
        if now < night(today) {
            let next = night(today);
            return Ok(SweepDue { now: None, next });
        }
        let from = match self.sweep_record().await? {
            Some(found) if found.value.through >= yesterday => None,
            Some(found) => {
                let unchecked = found.value.unchecked.map(|unchecked| unchecked.from);
                let from = found.value.through - TimeDelta::days(1);
                Some(unchecked.map_or(from, |first| first.min(from)))
            }
            None => self.first_sweep(today, &ground.zone).await?,
        };
        let from = from.map(|from| from.max(today - MOST));
        Ok(SweepDue {
            now: from.map(|from| (from, today)),
            next,
        })
    }

    /// From when on the first sweep lists: nothing was sent before the practice was set up, and a
    /// practice for which nothing was due needs none.
    async fn first_sweep(
        &self,
        today: NaiveDate,
        zone: &Zone,
    ) -> Result<Option<NaiveDate>, CommandError> {
        let first = EntryQuery {
            limit: 1,
            ..EntryQuery::default()
        };
        let first = self.store().entries(&self.id, &first).await?;
        let set_up = first
            .first()
            .map_or(today, |entry| zone.today(entry.line.at));
        if set_up >= today {
            return Ok(None);
        }
        let (from, to) = (today - FIRST, today - TimeDelta::days(1));
        let query = Query {
            limit: 1,
            ..Query::of(Of::Deployed { from, to })
        };
        let any = self.store().find(&self.id, &query).await?;
        // A day earlier, since XPM may date its jobs in another zone.
        let from = from.max(set_up - TimeDelta::days(1));
        Ok((!any.records.is_empty()).then_some(from))
    }

    /// Debits the call of a sweep under the lease, out of what is kept for look-ups; says when to
    /// ask again where the budget lets nothing through.
    ///
    /// # Errors
    ///
    /// Any error of the store; [`StoreError::FenceLost`] where the lease was lost.
    pub async fn begin_sweep(
        &self,
        lease: &Lease,
    ) -> Result<Result<(), DateTime<Utc>>, CommandError> {
        let (now, daily) = (self.now(), self.practice().await?.value.daily_calls);
        let budget = self.store().budget(&self.id).await?;
        let budget = budget.unwrap_or_else(|| Budget::fresh(now, daily));
        if let Admission::At(at) = budget.admit(now, Purpose::LookUp, 0) {
            return Ok(Err(at));
        }
        let unit = Unit {
            fence: Some(lease.fence),
            budget: Some((BudgetChange::debit(now, 1), daily)),
            ..Unit::default()
        };
        self.commit(unit).await?;
        Ok(Ok(()))
    }

    /// Takes in the list of the jobs of those days; `None` where there is none. A list without
    /// descriptions tells of no marker: what was not compared is then noted and is in the answer.
    /// What it finds is committed piece by piece, and
    /// how far it came at the end: broken off, it is made again and finds nothing twice.
    ///
    /// # Errors
    ///
    /// Any error of the store; [`StoreError::FenceLost`] where the lease was lost.
    pub async fn swept(
        &self,
        lease: &Lease,
        (from, to): (NaiveDate, NaiveDate),
        outcome: &CallOutcome,
    ) -> Result<Option<Swept>, CommandError> {
        let now = self.now();
        self.told_by_sweep(lease, outcome).await?;
        let CallOutcome::Listed(Ok(answer)) = outcome else {
            return Ok(None);
        };
        if !answer.value.is_complete() {
            let swept = self.swept_in_part(lease, (from, to), &answer.value).await?;
            return Ok(Some(swept));
        }
        let (mut swept, strangers) = self.compare(lease, &answer.value).await?;
        swept.vanished = self.vanished(from, to, &answer.value).await?;
        let ground = self.ground().await?;
        self.record_sweep(lease, |found| Sweep {
            through: (ground.zone.today(now) - TimeDelta::days(1)).min(to),
            swept_at: Some(now),
            restored: found.and_then(|found| found.restored),
            strangers: strangers.clone(),
            unchecked: found
                .and_then(|found| found.unchecked.clone())
                .filter(|unchecked| unchecked.from < from),
        })
        .await?;
        Ok(Some(swept))
    }

    /// What the end of a sweep's call tells about the budget.
    pub(super) async fn told_by_sweep(
        &self,
        lease: &Lease,
        outcome: &CallOutcome,
    ) -> Result<(), CommandError> {
        let daily = self.practice().await?.value.daily_calls;
        let told = BudgetChange::told(self.now(), outcome.observed(), outcome.failure());
        let unit = Unit {
            fence: Some(lease.fence),
            budget: Some((told, daily)),
            ..Unit::default()
        };
        self.commit(unit).await?;
        Ok(())
    }

    /// Writes how far the sweep came.
    pub(super) async fn record_sweep(
        &self,
        lease: &Lease,
        make: impl Fn(Option<&Sweep>) -> Sweep,
    ) -> Result<(), CommandError> {
        let (by, make) = (&By::from(Actor::Scheduler), &make);
        self.retrying(by, "sweep", || async move {
            let found = self.sweep_record().await?;
            let sweep = make(found.as_ref().map(|found| &found.value));
            let mut unit = self.sweep_unit(by, found, sweep);
            unit.fence = Some(lease.fence);
            self.commit(unit).await
        })
        .await?;
        Ok(())
    }

    /// Compares the jobs of a list with the ledger, by their markers, and those of which the ledger
    /// did not know before: what they bear may have been deployed since, as another job. The answer
    /// is what is new, and every job of which the ledger does not know.
    pub(super) async fn compare(
        &self,
        lease: &Lease,
        list: &JobList,
    ) -> Result<(Swept, Vec<Stranger>), CommandError> {
        let by = &By::from(Actor::Scheduler);
        let mut swept = Swept::default();
        let known = self.sweep_record().await?;
        let known = known.map(|found| found.value.strangers).unwrap_or_default();
        let mut strangers = known.clone();
        for (marker, jobs) in by_marker(list, &known) {
            match self.bearing(&marker).await? {
                None => note(&mut strangers, &marker, &jobs),
                Some(found) if found.job().is_none() => {
                    // What was sent is looked up by itself, and one job is what it finds. More are
                    // kept until it is known which of them is its own. What never was sent must
                    // not be there, and whoever gave its date up did not know of it.
                    let sent = found.steps().iter().any(|step| step.sends > 0);
                    if !sent || jobs.len() > 1 {
                        note(&mut strangers, &marker, &jobs);
                    }
                }
                Some(found) => {
                    if found.phase().is_closed() {
                        strangers.retain(|stranger| !is_of(&found, &stranger.job));
                    }
                    let key = Key::Deployment(found.workflow(), found.occurrence());
                    if self.note_duplicate(by, lease, &found, &jobs).await? {
                        swept.duplicates.push(key);
                    } else if is_calling(&found) {
                        // The calls of the one that it has come first; these wait.
                        let others = jobs.into_iter().filter(|job| !is_of(&found, job));
                        note(&mut strangers, &marker, &others.collect::<Vec<_>>());
                    }
                }
            }
        }
        let new = strangers
            .iter()
            .filter(|stranger| !known.contains(stranger));
        swept.strangers = new.cloned().collect();
        Ok((swept, strangers))
    }

    fn sweep_unit(&self, by: &By, found: Option<Versioned<Sweep>>, after: Sweep) -> Unit {
        let expected = found.as_ref().map_or(Version::NONE, |found| found.version);
        let change = Change::from(found.map(|found| found.value), after.clone());
        Unit {
            puts: vec![Put {
                record: Record::Sweep(after),
                expected,
            }],
            lines: vec![self.line(by, Subject::Sweep, Event::Sweep(change))],
            ..Unit::default()
        }
    }

    async fn bearing(&self, marker: &Marker) -> Result<Option<Deployment>, CommandError> {
        let marker = marker.clone();
        let found = self.all_records(Of::Bearing { marker }).await?;
        Ok(found.into_iter().find_map(|found| match found.value {
            Record::Deployment(deployment) => Some(*deployment),
            _ => None,
        }))
    }

    /// Records that a deployment has several jobs, where that is news and no call of it is under
    /// way; says whether it was.
    async fn note_duplicate(
        &self,
        by: &By,
        lease: &Lease,
        found: &Deployment,
        jobs: &[JobRef],
    ) -> Result<bool, CommandError> {
        let (id, occurrence) = (found.workflow(), found.occurrence());
        self.retrying(by, "deployment", || async move {
            let deployment = self.require_deployment(id, occurrence).await?;
            let Some(all) = news(&deployment.value, jobs) else {
                return Ok(false);
            };
            let workflow = self.require_workflow(id).await?;
            let client = self.require_client(workflow.value.client()).await?.value;
            let ground = self.ground().await?;
            let event = WorkflowEvent::DuplicateFound {
                occurrence,
                jobs: all,
            };
            let mut after = deployment.value;
            after.apply(&event);
            let placing = ground.placing(client.year_end, self.now());
            let decision = workflow.value.decide(vec![event], &placing);
            let unit = Unit {
                fence: Some(lease.fence),
                lines: self.workflow_lines(by, id, decision.events),
                puts: vec![
                    Put {
                        record: Record::Workflow(Box::new(decision.workflow)),
                        expected: workflow.version,
                    },
                    Put {
                        record: Record::Deployment(Box::new(after)),
                        expected: deployment.version,
                    },
                ],
                ..Unit::default()
            };
            self.commit(unit).await?;
            Ok(true)
        })
        .await
    }

    /// Jobs that were made for what fell due on these days and are not in the list.
    pub(super) async fn vanished(
        &self,
        from: NaiveDate,
        to: NaiveDate,
        list: &JobList,
    ) -> Result<Vec<JobRef>, CommandError> {
        let found = match self.deployed_between(from + TimeDelta::days(2), to).await {
            Err(CommandError::Store(StoreError::Damaged { .. })) => return Ok(Vec::new()),
            found => found?,
        };
        let deployed = found.into_iter().filter(|found| {
            let (deployment, made) = (&found.value, Some(crate::deployment::How::Answered));
            let create = deployment.steps().first().map(|step| step.state);
            let how = create.and_then(|state| match state {
                StepState::Done { how } => Some(how),
                _ => None,
            });
            *deployment.phase() == Phase::Deployed && how == made
        });
        let jobs = deployed.filter_map(|found| found.value.job().cloned());
        let there = |job: &JobRef| list.jobs.iter().any(|listed| listed.id == job.id);
        Ok(jobs.filter(|job| !there(job)).collect())
    }
}

fn by_marker(list: &JobList, strangers: &[Stranger]) -> BTreeMap<Marker, Vec<JobRef>> {
    let listed = list.jobs.iter().flat_map(|job| {
        let markers = Marker::all_in(job.description.as_deref().unwrap_or_default());
        markers
            .into_iter()
            .map(move |marker| (marker, reference(job)))
    });
    let before = strangers.iter().cloned();
    let before = before.map(|stranger| (stranger.marker, stranger.job));
    let mut found: BTreeMap<Marker, Vec<JobRef>> = BTreeMap::new();
    for (marker, job) in listed.chain(before) {
        let jobs = found.entry(marker).or_default();
        if jobs.iter().all(|known| known.id != job.id) {
            jobs.push(job);
        }
    }
    found
}

/// Whether the ledger knows that job as this deployment's own, or as one that it has besides.
fn is_of(deployment: &Deployment, job: &JobRef) -> bool {
    let mut known = deployment.job().into_iter().chain(deployment.duplicates());
    known.any(|known| known.id == job.id)
}

/// Whether a call of it is under way, or what it came to is not known.
fn is_calling(deployment: &Deployment) -> bool {
    deployment.steps().iter().any(|step| {
        matches!(
            step.state,
            StepState::Intended { .. } | StepState::Uncertain | StepState::Refused
        )
    })
}

fn reference(job: &Job) -> JobRef {
    JobRef {
        number: job.number.clone(),
        id: job.id,
    }
}

fn note(strangers: &mut Vec<Stranger>, marker: &Marker, jobs: &[JobRef]) {
    for job in jobs {
        let stranger = Stranger {
            marker: marker.clone(),
            job: job.clone(),
        };
        if !strangers.contains(&stranger) {
            strangers.push(stranger);
        }
    }
}

/// The deployment's own job and the others that bear its marker, where there is one that is not
/// known yet.
fn news(deployment: &Deployment, jobs: &[JobRef]) -> Option<Vec<JobRef>> {
    let own = deployment.job()?;
    if is_calling(deployment) || matches!(deployment.phase(), Phase::GivenUp { .. }) {
        return None;
    }
    let mut all = vec![own.clone()];
    for job in deployment.duplicates().iter().chain(jobs) {
        if all.iter().all(|known| known.id != job.id) {
            all.push(job.clone());
        }
    }
    jobs.iter()
        .any(|job| !is_of(deployment, job))
        .then_some(all)
}

//! Carries a script out and writes down what the store answered.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use super::steps::{
    Commit, Entries, Fencing, Find, Guess, Keyed, Lease, Script, Step, holder, practice, subject,
};
use crate::audit::Entry;
use crate::billing::Reference;
use crate::budget::{Budget, BudgetChange};
use crate::deployment::Fence;
use crate::ids::{CommandKey, PracticeId, WorkflowId};
use crate::ports::store::{
    Due, EntryOrder, EntryQuery, Key, LeaseAnswer, LeaseRequest, Put, Query, Receipt, Record,
    Store, StoreError, Unit, Version, Versioned, Wake,
};
use crate::practice::DailyCalls;
use crate::testing::samples;
use crate::testing::store_suite::AsStore;
use crate::workflow::Occurrence;

/// What a store answered to one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// A unit was carried out.
    Committed(Receipt),
    /// The call was refused.
    Refused(Refused),
    /// What the unit of a key did.
    Receipt(Option<Receipt>),
    /// A record.
    Record(Option<Versioned<Record>>),
    /// Several records, in the places of their keys.
    Records(Vec<Option<Versioned<Record>>>),
    /// The pages of a query.
    Pages(Vec<Vec<Versioned<Record>>>),
    /// What is due.
    Due(Vec<Due>),
    /// Which practices have something to wake for.
    Wakes(Vec<Wake>),
    /// Practices.
    Practices(Vec<PracticeId>),
    /// Entries of the audit.
    Entries(Vec<Entry>),
    /// A budget.
    Budget(Option<Budget>),
    /// An answer to a request for a lease.
    Lease(LeaseAnswer),
    /// A lease was given back.
    Released,
    /// The store was opened again, or would have been if it could.
    Reopened,
}

/// Why a call was refused: a [`StoreError`] without what two stores may word differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// See [`StoreError::Conflict`].
    Conflict(Key, Version),
    /// See [`StoreError::FenceLost`].
    FenceLost(Fence),
    /// See [`StoreError::ReferenceTaken`].
    ReferenceTaken(Reference),
    /// See [`StoreError::JobTaken`].
    JobTaken(WorkflowId, Occurrence),
    /// See [`StoreError::OtherPractice`].
    OtherPractice(PracticeId),
    /// See [`StoreError::KeyReused`].
    KeyReused(CommandKey),
    /// See [`StoreError::TooLarge`].
    TooLarge,
    /// See [`StoreError::NotOwner`].
    NotOwner,
    /// See [`StoreError::Damaged`].
    Damaged,
    /// See [`StoreError::Unavailable`].
    Unavailable,
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict { key, found } => Self::Conflict(*key, found),
            StoreError::FenceLost { current } => Self::FenceLost(current),
            StoreError::ReferenceTaken { reference } => Self::ReferenceTaken(reference),
            StoreError::JobTaken {
                workflow,
                occurrence,
                ..
            } => Self::JobTaken(workflow, occurrence),
            StoreError::OtherPractice { found, .. } => Self::OtherPractice(found),
            StoreError::KeyReused { key } => Self::KeyReused(key),
            StoreError::TooLarge { .. } => Self::TooLarge,
            StoreError::NotOwner { .. } => Self::NotOwner,
            StoreError::Damaged { .. } => Self::Damaged,
            StoreError::Unavailable(_) => Self::Unavailable,
        }
    }
}

/// The most pages of one query that are looked at; a store that offers more repeats itself.
const MOST_PAGES: usize = 100;

/// Carries a script out on an empty store, then reads everything back. [`Step::Reopen`] does
/// nothing.
pub async fn run(script: &Script, store: &dyn Store) -> Vec<Observation> {
    let mut runner = Runner::default();
    let mut seen = Vec::new();
    for step in &script.steps {
        seen.push(runner.take(step, store).await);
    }
    seen.extend(runner.read_all(store).await);
    seen
}

/// Carries a script out on an empty store that can be opened again, then reads everything back.
///
/// `reopen` ends one opening of the store, as a kill would, and gives the same store in a new one.
pub async fn run_reopening<S: AsStore>(
    script: &Script,
    mut made: S,
    reopen: impl AsyncFn(S) -> S,
) -> Vec<Observation> {
    let mut runner = Runner::default();
    let mut seen = Vec::new();
    for step in &script.steps {
        if *step == Step::Reopen {
            made = reopen(made).await;
        }
        seen.push(runner.take(step, made.as_store()).await);
    }
    seen.extend(runner.read_all(made.as_store()).await);
    seen
}

/// What a script remembers of the answers so far.
#[derive(Default)]
struct Runner {
    fences: BTreeMap<PracticeId, Fence>,
}

impl Runner {
    async fn take(&mut self, step: &Step, store: &dyn Store) -> Observation {
        match self.answer(step, store).await {
            Ok(seen) => seen,
            Err(error) => Observation::Refused(error.into()),
        }
    }

    async fn answer(&mut self, step: &Step, store: &dyn Store) -> Result<Observation, StoreError> {
        Ok(match step {
            Step::Commit(commit) => {
                let id = practice(commit.practice);
                let unit = self.unit(commit, store).await?;
                Observation::Committed(store.commit(&id, unit).await?)
            }
            Step::Get {
                practice: number,
                what,
            } => {
                let key = what.record(*number).key();
                Observation::Record(store.get(&practice(*number), &key).await?)
            }
            Step::GetAll {
                practice: number,
                whats,
            } => {
                let keys = whats.iter().map(|what| what.record(*number).key());
                let keys: Vec<Key> = keys.collect();
                Observation::Records(store.get_all(&practice(*number), &keys).await?)
            }
            Step::Receipt {
                practice: number,
                keyed,
            } => Observation::Receipt(store.receipt(&practice(*number), &keyed.once()).await?),
            Step::Find(find) => Observation::Pages(pages(find, store).await?),
            Step::Due {
                practice: number,
                minute,
                limit,
            } => {
                let now = samples::minute(i64::from(*minute));
                let due = store
                    .due(&practice(*number), now, u32::from(*limit))
                    .await?;
                Observation::Due(due)
            }
            Step::Wakes { limit } => Observation::Wakes(store.wakes(u32::from(*limit)).await?),
            Step::Practices(list) => {
                let after = list.after.map(practice);
                Observation::Practices(store.practices(after, u32::from(list.limit)).await?)
            }
            Step::Entries(entries) => Observation::Entries(read(entries, store).await?),
            Step::Budget { practice: number } => {
                Observation::Budget(store.budget(&practice(*number)).await?)
            }
            Step::Lease(lease) => self.lease(lease, store).await?,
            Step::Release {
                practice: number,
                holder: who,
            } => {
                store.release(&practice(*number), &holder(*who)).await?;
                Observation::Released
            }
            Step::Reopen => Observation::Reopened,
        })
    }

    async fn unit(&self, commit: &Commit, store: &dyn Store) -> Result<Unit, StoreError> {
        let id = practice(commit.practice);
        let mut unit = Unit {
            once: commit.keyed.map(Keyed::once),
            fence: self.fence(commit.fencing, &id),
            budget: commit.debit.map(|(minute, calls)| {
                let at = samples::minute(i64::from(minute));
                let change = BudgetChange::debit(at, u32::from(calls));
                (change, DailyCalls::Starter)
            }),
            ..Unit::default()
        };
        for (what, guess) in &commit.unchanged {
            let key = what.record(commit.practice).key();
            let version = version(store, &id, &key, *guess).await?;
            unit.unchanged.push((key, version));
        }
        for put in &commit.puts {
            let record = put.what.record(commit.practice);
            let expected = version(store, &id, &record.key(), put.guess).await?;
            unit.puts.push(Put { record, expected });
        }
        let lines = commit.lines.iter().map(|minute| line(*minute));
        unit.lines.extend(lines);
        Ok(unit)
    }

    fn fence(&self, fencing: Fencing, practice: &PracticeId) -> Option<Fence> {
        let last = self.fences.get(practice).copied().unwrap_or_default();
        match fencing {
            Fencing::None => None,
            Fencing::Last => Some(last),
            Fencing::Before => Some(Fence(last.0.saturating_sub(1))),
            Fencing::ToCome => Some(Fence(last.0 + 1)),
        }
    }

    async fn lease(&mut self, lease: &Lease, store: &dyn Store) -> Result<Observation, StoreError> {
        let id = practice(lease.practice);
        let request = LeaseRequest {
            holder: holder(lease.holder),
            now: samples::minute(i64::from(lease.minute)),
            time: TimeDelta::minutes(i64::from(lease.minutes)),
        };
        let answer = store.lease(&id, &request).await?;
        if let LeaseAnswer::Granted(lease) = &answer {
            self.fences.insert(id, lease.fence);
        }
        Ok(Observation::Lease(answer))
    }

    /// Everything that can be read, of every practice.
    async fn read_all(&mut self, store: &dyn Store) -> Vec<Observation> {
        let mut steps = vec![
            Step::Wakes { limit: 9 },
            Step::Practices(super::Practices {
                after: None,
                limit: 9,
            }),
        ];
        for practice in 0..3 {
            steps.push(Step::Budget { practice });
            steps.push(Step::Due {
                practice,
                minute: u8::MAX,
                limit: u8::MAX,
            });
            steps.push(Step::Entries(Entries {
                practice,
                subject: None,
                after: None,
                order: 0,
                limit: 0,
            }));
            let finds =
                (0..Find::QUERIES).flat_map(|query| (0..6).map(move |about| (query, about)));
            steps.extend(finds.map(|(query, about)| {
                Step::Find(Find {
                    practice,
                    query,
                    about,
                    limit: u8::MAX,
                })
            }));
        }
        let mut seen = Vec::new();
        for step in steps {
            seen.push(self.take(&step, store).await);
        }
        seen
    }
}

fn line(minute: u8) -> crate::audit::Line {
    let at = i64::from(minute);
    match subject(minute) {
        crate::audit::Subject::Workflow(_) => {
            let event = samples::next_placed(samples::minute(at));
            samples::workflow_line(1, event, at)
        }
        _ => samples::line(&samples::client(1 + u32::from(minute % 3), "Ocean"), at),
    }
}

async fn version(
    store: &dyn Store,
    practice: &PracticeId,
    key: &Key,
    guess: Guess,
) -> Result<Version, StoreError> {
    let kept = store.get(practice, key).await?;
    let right = kept.map_or(Version::NONE, |kept| kept.version);
    Ok(match guess {
        Guess::Right => right,
        Guess::Older => Version(right.0.saturating_sub(1)),
        Guess::Newer => right.next(),
        Guess::Absent => Version::NONE,
    })
}

async fn pages(find: &Find, store: &dyn Store) -> Result<Vec<Vec<Versioned<Record>>>, StoreError> {
    let mut query = Query {
        limit: u32::from(find.limit.max(1)),
        ..Query::of(find.of())
    };
    let mut pages = Vec::new();
    while pages.len() < MOST_PAGES {
        let page = store.find(&practice(find.practice), &query).await?;
        pages.push(page.records);
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    Ok(pages)
}

async fn read(entries: &Entries, store: &dyn Store) -> Result<Vec<Entry>, StoreError> {
    let query = EntryQuery {
        subject: entries.subject.map(subject),
        after: entries.after.map(u64::from),
        order: match entries.order % 2 {
            0 => EntryOrder::OldestFirst,
            _ => EntryOrder::NewestFirst,
        },
        limit: u32::from(entries.limit),
    };
    store.entries(&practice(entries.practice), &query).await
}

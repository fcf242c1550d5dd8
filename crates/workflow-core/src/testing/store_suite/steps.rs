//! The steps that rules are made of.

use crate::audit::{Chain, Entry};
use crate::billing::{Level, LevelOf};
use crate::deployment::{Deployment, Digest, Fence};
use crate::ids::PracticeId;
use crate::ports::store::{
    EntryOrder, EntryQuery, Key, Lease, LeaseAnswer, LeaseRequest, Of, Once, Put, Query, Receipt,
    Record, Store, StoreError, Unit, Version,
};
pub(super) use crate::testing::at_once;
use crate::testing::samples;
use crate::workflow::Workflow;

/// The practice that most rules act in.
pub(super) fn acme() -> PracticeId {
    samples::practice_id("acme")
}

/// Another practice of the same store.
pub(super) fn other() -> PracticeId {
    samples::practice_id("other")
}

pub(super) fn client(number: u32, name: &str) -> Record {
    Record::Client(samples::client(number, name))
}

pub(super) fn workflow(workflow: Workflow) -> Record {
    Record::Workflow(Box::new(workflow))
}

pub(super) fn deployment(deployment: Deployment) -> Record {
    Record::Deployment(Box::new(deployment))
}

/// The level of a client, with the reference of that number.
pub(super) fn level(client: u32, reference: u64) -> Level {
    samples::level(LevelOf::Client(samples::client_id(client)), reference)
}

/// A put of a record that must not exist.
pub(super) fn new(record: Record) -> Put {
    changed(record, 0)
}

/// A put of a record that must be at that version.
pub(super) fn changed(record: Record, version: u64) -> Put {
    let expected = Version(version);
    Put { record, expected }
}

pub(super) fn unit(puts: impl IntoIterator<Item = Put>) -> Unit {
    Unit {
        puts: puts.into_iter().collect(),
        ..Unit::default()
    }
}

/// A unit of lines about a client, at these minutes.
pub(super) fn lines(minutes: impl IntoIterator<Item = i64>) -> Unit {
    let subject = samples::client(1, "Harbour Café");
    Unit {
        lines: minutes
            .into_iter()
            .map(|at| samples::line(&subject, at))
            .collect(),
        ..Unit::default()
    }
}

/// The same unit under a key, which stands for that command.
pub(super) fn once(unit: Unit, key: &str, command: &str) -> Unit {
    let once = Once {
        key: key.parse().expect("a key"),
        command: Digest::of(&[command.as_bytes()]),
    };
    Unit {
        once: Some(once),
        ..unit
    }
}

/// The same unit under a lease.
pub(super) fn under(unit: Unit, fence: Fence) -> Unit {
    let fence = Some(fence);
    Unit { fence, ..unit }
}

/// Commits what must be carried out.
pub(super) async fn commit(store: &dyn Store, practice: &PracticeId, unit: Unit) -> Receipt {
    match store.commit(practice, unit).await {
        Ok(receipt) => receipt,
        Err(error) => panic!("the unit has to be carried out, and was refused: {error:?}"),
    }
}

/// Puts new records.
pub(super) async fn put(
    store: &dyn Store,
    practice: &PracticeId,
    records: impl IntoIterator<Item = Record>,
) {
    let puts: Vec<_> = records.into_iter().map(new).collect();
    commit(store, practice, unit(puts)).await;
}

/// Commits what must be refused.
pub(super) async fn refused(store: &dyn Store, practice: &PracticeId, unit: Unit) -> StoreError {
    match store.commit(practice, unit).await {
        Ok(receipt) => panic!("the unit has to be refused, and was carried out: {receipt:?}"),
        Err(error) => error,
    }
}

/// What is stored under a key: version and record.
pub(super) async fn get(
    store: &dyn Store,
    practice: &PracticeId,
    key: &Key,
) -> Option<(u64, Record)> {
    let kept = store.get(practice, key).await.expect("a readable record");
    kept.map(|kept| (kept.version.0, kept.value))
}

/// The first page of what a query finds, as large as allowed.
pub(super) async fn find(store: &dyn Store, practice: &PracticeId, of: Of) -> Vec<Record> {
    let page = store.find(practice, &Query::of(of)).await.expect("a page");
    page.records.into_iter().map(|kept| kept.value).collect()
}

/// The keys of what a query finds.
pub(super) async fn keys(store: &dyn Store, practice: &PracticeId, of: Of) -> Vec<Key> {
    let found = find(store, practice, of).await;
    found.iter().map(Record::key).collect()
}

/// All entries of a practice, which must be fewer than a page.
pub(super) async fn entries(store: &dyn Store, practice: &PracticeId) -> Vec<Entry> {
    entries_of(store, practice, &EntryQuery::default()).await
}

pub(super) async fn entries_of(
    store: &dyn Store,
    practice: &PracticeId,
    query: &EntryQuery,
) -> Vec<Entry> {
    store
        .entries(practice, query)
        .await
        .expect("readable entries")
}

pub(super) fn newest_first() -> EntryQuery {
    EntryQuery {
        order: EntryOrder::NewestFirst,
        ..EntryQuery::default()
    }
}

/// Panics where the entries are not a whole chain of the practice.
pub(super) fn follow(practice: &PracticeId, entries: &[Entry]) {
    let mut chain = Chain::start(practice.clone());
    for entry in entries {
        if let Err(broken) = chain.follow(entry) {
            panic!("the chain of practice {practice} does not hold: {broken}");
        }
    }
}

/// A request for a lease of ten minutes.
pub(super) fn request(holder: &str, minute: i64) -> LeaseRequest {
    LeaseRequest {
        holder: samples::holder(holder),
        now: samples::minute(minute),
        time: chrono::TimeDelta::minutes(10),
    }
}

pub(super) async fn ask(
    store: &dyn Store,
    practice: &PracticeId,
    request: &LeaseRequest,
) -> LeaseAnswer {
    store.lease(practice, request).await.expect("an answer")
}

/// Takes or renews a lease that must be granted.
pub(super) async fn granted(
    store: &dyn Store,
    practice: &PracticeId,
    request: &LeaseRequest,
) -> Lease {
    match ask(store, practice, request).await {
        LeaseAnswer::Granted(lease) => lease,
        LeaseAnswer::Held { holder, until } => {
            panic!("the lease has to be granted, and {holder} has it until {until}")
        }
    }
}

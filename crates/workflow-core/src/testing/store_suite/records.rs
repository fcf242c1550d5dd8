//! Rules of what comes back.
#![expect(
    clippy::missing_panics_doc,
    reason = "a rule panics where the store breaks it"
)]

use chrono::TimeDelta;

use super::steps::{acme, changed, client, commit, deployment, get, level, put, unit, workflow};
use crate::billing::{LevelOf, Nominee};
use crate::ids::StaffId;
use crate::ports::gateway::DirectoryPart;
use crate::ports::store::{Key, Record, Store};
use crate::practice::{DailyCalls, Link, Standing};
use crate::proposal::{InvoiceGrouping, ProposalState};
use crate::testing::samples::{self, Stage};
use crate::text::{Name, Reason};
use crate::workflow::{Occurrence, Pause, PausedDates, WorkflowEvent};

/// Every kind of record comes back as it was put, and so does each change of it.
pub async fn every_record_comes_back_as_it_was_put(store: &dyn Store) {
    let pairs = of_every_kind();
    put(store, &acme(), pairs.iter().map(|(first, _)| first.clone())).await;
    for (first, _) in &pairs {
        let kept = get(store, &acme(), &first.key()).await;
        assert_eq!(kept, Some((1, first.clone())));
    }
    for (_, second) in &pairs {
        commit(store, &acme(), unit([changed(second.clone(), 1)])).await;
    }
    for (_, second) in &pairs {
        let kept = get(store, &acme(), &second.key()).await;
        assert_eq!(kept, Some((2, second.clone())));
    }
}

/// Several records at once are what they are one by one, each in the place of its key: what is not
/// there leaves its place empty, and what is asked for twice is there twice.
pub async fn records_at_once_stand_in_the_places_of_their_keys(store: &dyn Store) {
    let records: Vec<Record> = of_every_kind()
        .into_iter()
        .map(|(first, _)| first)
        .collect();
    put(store, &acme(), records.iter().cloned()).await;
    let missing = Key::Client(samples::client_id(99));
    let mut keys: Vec<Key> = records.iter().rev().map(Record::key).collect();
    keys.insert(1, missing.clone());
    keys.push(keys[0].clone());
    let found = store.get_all(&acme(), &keys).await;
    let found = found.expect("readable records");
    assert_eq!(found.len(), keys.len());
    for (key, found) in keys.iter().zip(found) {
        let one = store.get(&acme(), key).await.expect("a readable record");
        assert_eq!(found, one, "{key:?}");
        assert_eq!(found.is_none(), *key == missing, "{key:?}");
    }
    let nothing = store.get_all(&acme(), &[]).await;
    assert_eq!(nothing.expect("no records"), []);
}

/// Records of every kind, each with a later state of the same record.
fn of_every_kind() -> Vec<(Record, Record)> {
    let mut pairs = vec![
        practices(),
        (client(1, "One"), client(1, ODD)),
        people(),
        proposals(),
        levels(),
    ];
    for part in [
        DirectoryPart::Clients,
        DirectoryPart::Staff,
        DirectoryPart::Templates,
        DirectoryPart::Categories,
    ] {
        let listed = samples::listing(part, 1);
        let mut gone = listed.clone();
        gone.standing = Standing::Gone;
        gone.row.email = Some("row@example.com".to_owned());
        pairs.push((Record::Listing(listed), Record::Listing(gone)));
    }
    pairs.extend(workflows());
    for (number, stage) in (1..).zip(Stage::ALL) {
        let at = samples::minute(60 * 24 * 30);
        for occurrence in [Occurrence::Once, Occurrence::On(samples::day(30))] {
            let begun = samples::deployment(number, occurrence, at, Stage::Begun);
            let later = samples::deployment(number, occurrence, at, stage);
            pairs.push((deployment(begun), deployment(later)));
        }
    }
    pairs
}

/// A name with what a careless store trips over.
const ODD: &str = "O'Brien \"& Søns\" \\ %_* {x} 🥐 e\u{301} ﬁ İ ß\ttab";

fn practices() -> (Record, Record) {
    let first = samples::practice(&acme());
    let mut second = first.clone();
    second.name = Name::new(ODD).expect("a name");
    second.daily_calls = DailyCalls::Higher;
    second.link = Link::Connected {
        tenant: samples::uuid(0x7, 1),
    };
    (Record::Practice(first), Record::Practice(second))
}

fn people() -> (Record, Record) {
    let first = samples::person(1);
    let mut second = first.clone();
    second.email = None;
    second.staff = Some(StaffId::new(samples::uuid(0xE, 1)));
    (Record::Person(first), Record::Person(second))
}

fn proposals() -> (Record, Record) {
    let first = samples::proposal(1, samples::client_id(1));
    let mut second = first.clone();
    second.state = ProposalState::Declined;
    second.starts_on = Some(samples::day(58));
    second.grouping = InvoiceGrouping::Client;
    second.services.clear();
    (Record::Proposal(first), Record::Proposal(second))
}

fn levels() -> (Record, Record) {
    let first = samples::level(LevelOf::Proposal(samples::proposal_id(1)), 1);
    let mut second = first.clone();
    second.nominee = Some(Nominee::Workflow(samples::workflow_id(1)));
    (Record::Level(first), Record::Level(second))
}

fn workflows() -> Vec<(Record, Record)> {
    let added = |number| samples::workflow(number, samples::client_id(1));
    let after = |number, events: &[WorkflowEvent]| {
        let mut later = added(number);
        events.iter().for_each(|event| later.apply(event));
        (workflow(added(number)), workflow(later))
    };
    let reason = Reason::new(ODD).expect("a reason");
    let paused = WorkflowEvent::Paused(Box::new(Pause {
        from: samples::day(3),
        until: Some(samples::day(9)),
        ends_at: Some(samples::minute(60 * 24 * 9)),
        reason: reason.clone(),
    }));
    let on = samples::day(9);
    let resumed = WorkflowEvent::Resumed {
        on,
        paused_dates: PausedDates::NotOwed,
    };
    let occurrence = Occurrence::On(samples::day(31));
    let moved = WorkflowEvent::Moved {
        occurrence,
        from: samples::day(31),
        to: samples::day(33),
    };
    let skipped = WorkflowEvent::Skipped { occurrence, reason };
    let at = samples::minute(60 * 24 * 31);
    let begun = samples::deployment_events(5, occurrence, at, Stage::Begun);
    vec![
        after(1, &[samples::next_placed(at)]),
        after(2, std::slice::from_ref(&paused)),
        after(3, &[paused, resumed, moved]),
        after(4, &[skipped, WorkflowEvent::Archived { on }]),
        after(5, &begun),
    ]
}

/// Instants come back to the microsecond.
pub async fn instants_keep_their_microseconds(store: &dyn Store) {
    let at = samples::minute(1) + TimeDelta::microseconds(999_999);
    let due = samples::workflow_due(1, samples::client_id(1), at);
    let begun = samples::deployment(1, Occurrence::Once, at, Stage::Begun);
    let records = [workflow(due), deployment(begun)];
    put(store, &acme(), records.clone()).await;
    for record in records {
        let kept = get(store, &acme(), &record.key()).await;
        assert_eq!(kept, Some((1, record)));
    }
    let due = store.due(&acme(), at, 10).await.expect("what is due");
    assert_eq!(due.len(), 2, "{due:?}");
    assert!(due.iter().all(|due| due.at == at), "{due:?}");
    let just_before = at - TimeDelta::microseconds(1);
    let early = store.due(&acme(), just_before, 10).await.expect("nothing");
    assert_eq!(early, []);
}

/// What was never put is not there, under a key of any kind.
pub async fn what_was_never_put_is_not_there(store: &dyn Store) {
    let occurrence = Occurrence::On(samples::day(1));
    let near = samples::deployment(1, occurrence, samples::minute(0), Stage::Begun);
    let records = [
        client(1, "One"),
        deployment(near),
        Record::Level(level(1, 1)),
        Record::Listing(samples::listing(DirectoryPart::Staff, 1)),
    ];
    put(store, &acme(), records).await;
    let uuid = samples::uuid(0xD, 1);
    for missing in [
        Key::Practice,
        Key::Client(samples::client_id(2)),
        Key::Person(samples::person_id(1)),
        Key::Listing(DirectoryPart::Templates, uuid),
        Key::Proposal(samples::proposal_id(1)),
        Key::Level(LevelOf::Client(samples::client_id(2))),
        Key::Workflow(samples::workflow_id(1)),
        Key::Deployment(samples::workflow_id(1), Occurrence::Once),
        Key::Deployment(samples::workflow_id(2), occurrence),
        Key::Deployment(samples::workflow_id(1), Occurrence::On(samples::day(2))),
    ] {
        assert_eq!(get(store, &acme(), &missing).await, None, "{missing:?}");
    }
}

/// Keys that differ in their case alone are different keys.
pub async fn keys_that_differ_in_case_are_different(store: &dyn Store) {
    let proposals: Vec<_> = ["p-1", "P-1"]
        .map(|id| {
            let mut proposal = samples::proposal(1, samples::client_id(1));
            proposal.id = id.parse().expect("a proposal's key");
            Record::Proposal(proposal)
        })
        .into();
    put(store, &acme(), proposals.clone()).await;
    for record in proposals {
        let kept = get(store, &acme(), &record.key()).await;
        assert_eq!(kept, Some((1, record)));
    }
}

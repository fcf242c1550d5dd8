//! What holds is reported whole, and each way in which it may not is found.

use super::{Break, verify};
use crate::audit::{Change, Event, Line};
use crate::ids::PracticeId;
use crate::ports::store::{Key, Put, Record, Store, Unit, Version};
use crate::testing::MemoryStore;
use crate::testing::samples::{self, Stage};
use crate::workflow::{Occurrence, Origin, Workflow, WorkflowEvent};

fn acme() -> PracticeId {
    samples::practice_id("acme")
}

async fn commit(store: &MemoryStore, puts: Vec<(Record, u64)>, lines: Vec<Line>) {
    let puts = puts.into_iter().map(|(record, version)| Put {
        record,
        expected: Version(version),
    });
    let unit = Unit {
        puts: puts.collect(),
        lines,
        ..Unit::default()
    };
    store.commit(&acme(), unit).await.unwrap();
}

async fn first_break(store: &MemoryStore) -> Option<Break> {
    verify(store, &acme()).await.unwrap().first_break
}

/// A workflow with one deployment, and the lines that made them.
fn family(number: u32, stage: Stage) -> (Workflow, Record, Vec<Line>) {
    let at = samples::minute(60);
    let once = Occurrence::On(samples::day(0));
    let mut events = vec![
        samples::added(samples::client_id(0), Origin::Hand),
        samples::next_placed(at),
    ];
    events.extend(samples::deployment_events(number, once, at, stage));
    let mut workflow = samples::workflow(number, samples::client_id(0));
    for event in &events[1..] {
        workflow.apply(event);
    }
    let line = |event: WorkflowEvent| samples::workflow_line(number, event, 60);
    let lines = events.into_iter().map(line).collect();
    let deployment = samples::deployment(number, once, at, stage);
    (workflow, Record::Deployment(Box::new(deployment)), lines)
}

fn boxed(workflow: Workflow) -> Record {
    Record::Workflow(Box::new(workflow))
}

#[tokio::test]
async fn every_stage_of_a_deployment_is_made_anew() {
    let store = MemoryStore::new();
    let mut entries = 0;
    for (number, stage) in (1..).zip(Stage::ALL) {
        let (workflow, deployment, lines) = family(number, stage);
        entries += lines.len() as u64;
        commit(&store, vec![(boxed(workflow), 0), (deployment, 0)], lines).await;
    }
    let report = verify(&store, &acme()).await.unwrap();
    assert_eq!(report.first_break, None);
    assert_eq!((report.entries, report.records), (entries, 18));
}

#[tokio::test]
async fn an_empty_practice_holds() {
    let report = verify(&MemoryStore::new(), &acme()).await.unwrap();
    assert_eq!((report.entries, report.first_break), (0, None));
}

#[tokio::test]
async fn a_record_that_no_entry_made_is_found() {
    let client = samples::client(1, "One");
    let workflow = samples::workflow(1, client.id);
    let (_, orphan, _) = family(7, Stage::Begun);
    let level = samples::level(crate::billing::LevelOf::Client(client.id), 1);
    let kept = [
        Record::Practice(samples::practice(&acme())),
        Record::Person(samples::person(1)),
        Record::Listing(samples::listing(
            crate::ports::gateway::DirectoryPart::Staff,
            1,
        )),
        Record::Proposal(samples::proposal(1, client.id)),
        Record::Client(client),
        boxed(workflow),
        orphan,
    ];
    for record in kept {
        let store = MemoryStore::new();
        let key = record.key();
        commit(&store, vec![(record, 0)], Vec::new()).await;
        assert_eq!(first_break(&store).await, Some(Break::Unexplained(key)));
    }
    // A level is found beside the client that it is of.
    let store = MemoryStore::new();
    let client = samples::client(1, "One");
    let key = Key::Level(level.of.clone());
    let line = samples::line(&client, 0);
    commit(&store, vec![(Record::Client(client), 0)], vec![line]).await;
    commit(&store, vec![(Record::Level(level), 0)], Vec::new()).await;
    assert_eq!(first_break(&store).await, Some(Break::Unexplained(key)));
}

#[tokio::test]
async fn a_record_that_is_gone_is_found() {
    let store = MemoryStore::new();
    let client = samples::client(1, "One");
    commit(&store, Vec::new(), vec![samples::line(&client, 0)]).await;
    let key = Key::Client(client.id);
    assert_eq!(first_break(&store).await, Some(Break::NotStored(key)));

    let store = MemoryStore::new();
    let (workflow, deployment, lines) = family(1, Stage::Begun);
    let key = deployment.key();
    commit(&store, vec![(boxed(workflow), 0)], lines).await;
    assert_eq!(first_break(&store).await, Some(Break::NotStored(key)));
}

#[tokio::test]
async fn a_record_that_was_changed_without_an_entry_is_found() {
    let store = MemoryStore::new();
    let client = samples::client(1, "One");
    let key = Key::Client(client.id);
    let line = samples::line(&client, 0);
    commit(
        &store,
        vec![(Record::Client(client.clone()), 0)],
        vec![line],
    )
    .await;
    let renamed = samples::client(1, "Uno");
    commit(
        &store,
        vec![(Record::Client(renamed.clone()), 1)],
        Vec::new(),
    )
    .await;
    assert_eq!(first_break(&store).await, Some(Break::Different(key)));
    // The entry that was owed mends it.
    let line = Line {
        event: Event::Client(Change::from(Some(client), renamed.clone())),
        ..samples::line(&renamed, 1)
    };
    commit(&store, Vec::new(), vec![line]).await;
    assert_eq!(first_break(&store).await, None);

    let store = MemoryStore::new();
    let (workflow, deployment, mut lines) = family(1, Stage::HalfDone);
    let key = deployment.key();
    lines.truncate(lines.len() - 1);
    commit(&store, vec![(boxed(workflow), 0), (deployment, 0)], lines).await;
    assert_eq!(first_break(&store).await, Some(Break::Different(key)));
}

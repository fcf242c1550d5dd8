//! Rules of what is due, and of when a practice has to be looked at.
#![expect(
    clippy::missing_panics_doc,
    reason = "a rule panics where the store breaks it"
)]

use chrono::TimeDelta;

use super::steps::{acme, changed, client, commit, deployment, other, put, unit, workflow};
use crate::deployment::Rank;
use crate::ids::PracticeId;
use crate::ports::store::{Due, Record, Store, Wake};
use crate::testing::samples::{self, Stage};
use crate::workflow::{Occurrence, Pause, WorkflowEvent};

async fn due(store: &dyn Store, minute: i64) -> Vec<Due> {
    let now = samples::minute(minute);
    store.due(&acme(), now, 100).await.expect("what is due")
}

/// What is due, by workflow and by whether it is a deployment.
fn who(due: &[Due]) -> Vec<(crate::ids::WorkflowId, Option<Occurrence>)> {
    due.iter()
        .map(|due| (due.workflow, due.deployment))
        .collect()
}

fn due_at(number: u32, minute: i64) -> Record {
    let at = samples::minute(minute);
    workflow(samples::workflow_due(number, samples::client_id(1), at))
}

fn begun(number: u32, minute: i64, stage: Stage) -> Record {
    let at = samples::minute(minute);
    deployment(samples::deployment(number, Occurrence::Once, at, stage))
}

/// What a person asked for goes first, before what is due longer.
pub async fn asked_for_work_goes_first(store: &dyn Store) {
    let records = [
        due_at(1, 1),
        begun(2, 2, Stage::Begun),
        begun(9, 30, Stage::Asked),
        begun(8, 20, Stage::Asked),
    ];
    put(store, &acme(), records).await;
    let found = due(store, 60).await;
    let expected = [8, 9, 1, 2].map(samples::workflow_id);
    let order: Vec<_> = found.iter().map(|due| due.workflow).collect();
    assert_eq!(order, expected);
    let ranks: Vec<_> = found.iter().map(|due| due.rank).collect();
    use Rank::{Asked, Scheduled};
    assert_eq!(ranks, [Asked, Asked, Scheduled, Scheduled]);
    let one = store.due(&acme(), samples::minute(60), 1).await;
    assert_eq!(one.expect("what is due"), found[..1], "with room for one");
}

/// What became due first comes first, workflows and deployments among one another.
pub async fn due_work_is_in_order_of_its_instant(store: &dyn Store) {
    let records = [
        due_at(1, 40),
        begun(2, 30, Stage::Begun),
        due_at(3, 10),
        begun(4, 20, Stage::HalfDone),
    ];
    put(store, &acme(), records).await;
    let at = |minute, number, deployment| Due {
        at: samples::minute(minute),
        rank: Rank::Scheduled,
        workflow: samples::workflow_id(number),
        deployment,
    };
    let once = Some(Occurrence::Once);
    let expected = [
        at(10, 3, None),
        at(20, 4, once),
        at(30, 2, once),
        at(40, 1, None),
    ];
    assert_eq!(due(store, 60).await, expected);
}

/// What became due at one instant comes by workflow, then by occurrence, the workflow itself
/// before its deployments.
pub async fn work_of_one_instant_is_in_order_of_its_workflow(store: &dyn Store) {
    let dates = [
        Occurrence::On(samples::day(2)),
        Occurrence::On(samples::day(1)),
    ];
    let mut records: Vec<_> = [3, 1, 2].map(|number| due_at(number, 5)).into();
    records.extend(dates.map(|date| {
        let begun = samples::deployment(2, date, samples::minute(5), Stage::Begun);
        deployment(begun)
    }));
    put(store, &acme(), records).await;
    let id = samples::workflow_id;
    let expected = [
        (id(1), None),
        (id(2), None),
        (id(2), Some(dates[1])),
        (id(2), Some(dates[0])),
        (id(3), None),
    ];
    assert_eq!(who(&due(store, 5).await), expected);
}

/// Something is due at its instant, and not before.
pub async fn what_is_not_yet_due_waits(store: &dyn Store) {
    put(store, &acme(), [due_at(1, 5), begun(2, 5, Stage::Begun)]).await;
    assert_eq!(due(store, 4).await, []);
    assert_eq!(due(store, 5).await.len(), 2);
    let early = samples::minute(5) - TimeDelta::microseconds(1);
    let found = store.due(&acme(), early, 10).await.expect("nothing");
    assert_eq!(found, []);
}

/// What is over or waits for a person is never due; what runs or is uncertain is.
pub async fn what_waits_for_a_person_is_not_due(store: &dyn Store) {
    let records = (1..)
        .zip(Stage::ALL)
        .map(|(number, stage)| begun(number, 0, stage));
    put(store, &acme(), records).await;
    let idle = samples::workflow(20, samples::client_id(1));
    let mut paused = samples::workflow_due(21, samples::client_id(1), samples::minute(0));
    paused.apply(&WorkflowEvent::Paused(Box::new(Pause {
        from: samples::day(0),
        until: None,
        ends_at: None,
        reason: "the client is away".parse().expect("a reason"),
    })));
    put(store, &acme(), [workflow(idle), workflow(paused)]).await;
    let mut found: Vec<_> = due(store, 60)
        .await
        .iter()
        .map(|due| due.workflow)
        .collect();
    found.sort_unstable();
    // Begun, asked, intended, uncertain, half done.
    assert_eq!(found, [1, 2, 4, 6, 7].map(samples::workflow_id));
}

/// A paused workflow is due when its pause ends, and not at its next date.
pub async fn a_paused_workflow_is_due_when_its_pause_ends(store: &dyn Store) {
    let mut paused = samples::workflow_due(1, samples::client_id(1), samples::minute(5));
    paused.apply(&WorkflowEvent::Paused(Box::new(Pause {
        from: samples::day(0),
        until: Some(samples::day(1)),
        ends_at: Some(samples::minute(30)),
        reason: "the client is away".parse().expect("a reason"),
    })));
    put(store, &acme(), [workflow(paused)]).await;
    assert_eq!(due(store, 29).await, []);
    let found = due(store, 30).await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].at, samples::minute(30));
}

/// No more is due than there is room for.
pub async fn due_work_is_no_more_than_asked_for(store: &dyn Store) {
    put(
        store,
        &acme(),
        (0..6).map(|number| due_at(number, i64::from(number))),
    )
    .await;
    for limit in [0, 1, 4, 9] {
        let found = store.due(&acme(), samples::minute(60), limit).await;
        let found = found.expect("what is due");
        let expected = (0..limit.min(6)).map(samples::workflow_id);
        let order: Vec<_> = found.iter().map(|due| due.workflow).collect();
        assert_eq!(order, expected.collect::<Vec<_>>());
    }
}

/// What was put off, or has ended, is no longer due.
pub async fn what_was_put_off_is_no_longer_due(store: &dyn Store) {
    put(store, &acme(), [due_at(1, 5), begun(2, 5, Stage::Begun)]).await;
    let later = [
        changed(due_at(1, 90), 1),
        changed(begun(2, 5, Stage::Deployed), 1),
    ];
    commit(store, &acme(), unit(later)).await;
    assert_eq!(due(store, 60).await, []);
    assert_eq!(wakes(store, 10).await, [wake(&acme(), 90)]);
    assert_eq!(
        who(&due(store, 90).await),
        [(samples::workflow_id(1), None)]
    );
}

async fn wakes(store: &dyn Store, limit: u32) -> Vec<Wake> {
    store.wakes(limit).await.expect("wakes")
}

fn wake(practice: &PracticeId, minute: i64) -> Wake {
    Wake {
        practice: practice.clone(),
        at: samples::minute(minute),
    }
}

/// A practice wakes for the earliest of what it has, asked for or not; the earliest practice
/// comes first.
pub async fn a_practice_wakes_for_its_earliest(store: &dyn Store) {
    let third = samples::practice_id("third");
    put(
        store,
        &acme(),
        [due_at(1, 50), begun(2, 20, Stage::Asked), due_at(3, 40)],
    )
    .await;
    put(store, &other(), [begun(1, 10, Stage::Begun), due_at(2, 60)]).await;
    put(store, &third, [due_at(1, 30)]).await;
    let expected = [wake(&other(), 10), wake(&acme(), 20), wake(&third, 30)];
    assert_eq!(wakes(store, 10).await, expected);
    assert_eq!(wakes(store, 2).await, expected[..2]);
    // An uncertain one wakes for its look-up, and no longer for its date.
    let lost = begun(1, 10, Stage::Uncertain);
    commit(store, &other(), unit([changed(lost, 1)])).await;
    assert_eq!(wakes(store, 10).await[0], wake(&other(), 12));
}

/// A practice that has nothing to wake for is not listed.
pub async fn nothing_wakes_for_nothing(store: &dyn Store) {
    let idle = workflow(samples::workflow(1, samples::client_id(1)));
    let over = [Stage::Failed, Stage::Held, Stage::Deployed, Stage::GivenUp];
    let over = (2..)
        .zip(over)
        .map(|(number, stage)| begun(number, 0, stage));
    put(store, &acme(), over.chain([idle, client(1, "One")])).await;
    assert_eq!(wakes(store, 10).await, []);
}

/// Practices that have a record are listed by id, after the one given, and no more than asked
/// for.
pub async fn practices_are_listed_by_id(store: &dyn Store) {
    let ids = ["b-2", "a", "b", "b-10", "c"].map(samples::practice_id);
    for id in &ids {
        let record = Record::Practice(samples::practice(id));
        put(store, id, [record]).await;
    }
    // One without a record of its own is not a practice yet.
    put(store, &samples::practice_id("aa"), [client(1, "One")]).await;
    let list = async |after: Option<&PracticeId>, limit| {
        store
            .practices(after.cloned(), limit)
            .await
            .expect("practices")
    };
    let sorted = ["a", "b", "b-10", "b-2", "c"].map(samples::practice_id);
    assert_eq!(list(None, 10).await, sorted);
    assert_eq!(list(None, 2).await, sorted[..2]);
    assert_eq!(list(Some(&sorted[1]), 2).await, sorted[2..4]);
    assert_eq!(
        list(Some(&samples::practice_id("aa")), 1).await,
        sorted[1..2]
    );
    assert_eq!(list(Some(&sorted[4]), 10).await, []);
}

//! Rules of the unit: all of it or nothing, and only over what was expected.
#![expect(
    clippy::missing_panics_doc,
    reason = "a rule panics where the store breaks it"
)]

use super::steps::{
    acme, at_once, changed, client, commit, entries, get, level, lines, new, once, other, put,
    refused, unit,
};
use crate::budget::BudgetChange;
use crate::ids::ClientId;
use crate::ports::store::{Key, Record, Store, StoreError, Unit, Version};
use crate::practice::DailyCalls;
use crate::testing::samples;
use crate::workflow::{Occurrence, WorkflowEvent};

fn key(number: u32) -> Key {
    Key::Client(samples::client_id(number))
}

/// Panics unless the unit is refused as a conflict over that key, which is at that version.
async fn conflicts(store: &dyn Store, unit: Unit, key: &Key, version: u64) {
    let error = refused(store, &acme(), unit).await;
    let StoreError::Conflict { key: over, found } = &error else {
        panic!("a conflict was expected, not {error:?}");
    };
    assert_eq!((&**over, *found), (key, Version(version)));
}

/// A unit of which one guard fails leaves nothing behind: no record, line, key or budget.
pub async fn a_unit_is_all_or_nothing(store: &dyn Store) {
    put(store, &acme(), [client(1, "One")]).await;
    let half = Unit {
        puts: vec![
            new(client(2, "Two")),
            changed(client(1, "Uno"), 1),
            changed(client(3, "Three"), 7),
        ],
        budget: Some((
            BudgetChange::debit(samples::minute(0), 1),
            DailyCalls::Starter,
        )),
        ..lines([1, 2])
    };
    conflicts(store, once(half, "k", "half"), &key(3), 0).await;
    assert_eq!(get(store, &acme(), &key(2)).await, None, "a new record");
    let first = get(store, &acme(), &key(1)).await;
    assert_eq!(first, Some((1, client(1, "One"))), "a changed record");
    assert_eq!(entries(store, &acme()).await, [], "the lines");
    let budget = store.budget(&acme()).await.expect("a budget");
    assert_eq!(budget, None, "the budget");
    // The key is still free.
    commit(store, &acme(), once(lines([3]), "k", "whole")).await;
}

/// A put over another version than the record has is refused, and says which record and version.
pub async fn a_stale_version_is_refused(store: &dyn Store) {
    put(store, &acme(), [client(1, "One")]).await;
    commit(store, &acme(), unit([changed(client(1, "Two"), 1)])).await;
    for stale in [1, 3] {
        conflicts(
            store,
            unit([changed(client(1, "Three"), stale)]),
            &key(1),
            2,
        )
        .await;
    }
    let kept = get(store, &acme(), &key(1)).await;
    assert_eq!(kept, Some((2, client(1, "Two"))));
}

/// What exists is not put as new.
pub async fn what_exists_is_not_made_again(store: &dyn Store) {
    put(store, &acme(), [client(1, "One")]).await;
    conflicts(store, unit([new(client(1, "Uno"))]), &key(1), 1).await;
}

/// What does not exist is not changed.
pub async fn what_does_not_exist_is_not_changed(store: &dyn Store) {
    conflicts(store, unit([changed(client(1, "One"), 1)]), &key(1), 0).await;
    assert_eq!(get(store, &acme(), &key(1)).await, None);
}

/// A record is at version 1 when new, and one more with each change.
pub async fn versions_rise_by_one(store: &dyn Store) {
    for version in 0..4 {
        let name = format!("Name {version}");
        commit(store, &acme(), unit([changed(client(1, &name), version)])).await;
        let kept = get(store, &acme(), &key(1)).await;
        assert_eq!(kept, Some((version + 1, client(1, &name))));
    }
}

/// A record that was only read must still be as it was read, or still not exist.
pub async fn what_was_read_must_be_unchanged(store: &dyn Store) {
    put(store, &acme(), [client(1, "One")]).await;
    let reading = |number, version, unit| Unit {
        unchanged: vec![(key(number), Version(version))],
        ..unit
    };
    let two = || unit([new(client(2, "Two"))]);
    conflicts(store, reading(1, 2, two()), &key(1), 1).await;
    conflicts(store, reading(1, 0, two()), &key(1), 1).await;
    conflicts(store, reading(3, 1, two()), &key(3), 0).await;
    assert_eq!(get(store, &acme(), &key(2)).await, None);
    commit(store, &acme(), reading(3, 0, two())).await;
    commit(store, &acme(), reading(1, 1, lines([0]))).await;
    let kept = get(store, &acme(), &key(1)).await;
    assert_eq!(kept, Some((1, client(1, "One"))), "reading changes nothing");
}

/// A unit puts each record once.
pub async fn a_record_is_put_once_in_a_unit(store: &dyn Store) {
    let twice = unit([new(client(1, "One")), new(client(1, "Uno"))]);
    conflicts(store, twice, &key(1), 1).await;
    let in_turn = unit([new(client(1, "One")), changed(client(1, "Uno"), 1)]);
    let error = refused(store, &acme(), in_turn).await;
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
    assert_eq!(get(store, &acme(), &key(1)).await, None);
}

/// Of several writers that read the same version, one goes through and the others are refused.
pub async fn of_several_writers_one_goes_through(store: &dyn Store) {
    put(store, &acme(), [client(1, "One")]).await;
    let practice = acme();
    let names: Vec<String> = (0..8).map(|number| format!("Writer {number}")).collect();
    let writes = names.iter().map(|name| {
        let put = changed(client(1, name), 1);
        store.commit(&practice, unit([put]))
    });
    let answers = at_once(writes).await;
    let through: Vec<_> = answers
        .iter()
        .zip(&names)
        .filter(|(answer, _)| answer.is_ok())
        .map(|(_, name)| name)
        .collect();
    assert_eq!(through.len(), 1, "of eight over one version: {answers:?}");
    let kept = get(store, &practice, &key(1)).await;
    assert_eq!(kept, Some((2, client(1, through[0]))));
}

/// A unit that is refused spoils none of those that are committed beside it.
pub async fn a_refused_unit_spoils_no_other(store: &dyn Store) {
    let practice = acme();
    let writes = (0..12).map(|number| {
        // Every third one expects a version that is not there.
        let expected = u64::from(number % 3 == 2);
        let put = changed(client(number, "Client"), expected);
        store.commit(
            &practice,
            Unit {
                puts: vec![put],
                ..lines([i64::from(number)])
            },
        )
    });
    let answers = at_once(writes).await;
    for (number, answer) in (0..).zip(answers) {
        assert_eq!(answer.is_ok(), number % 3 != 2, "unit {number}: {answer:?}");
        let kept = get(store, &practice, &key(number)).await;
        assert_eq!(kept.is_some(), number % 3 != 2, "record {number}");
    }
    assert_eq!(entries(store, &practice).await.len(), 8);
}

/// A unit with more records, or more lines, than allowed is refused.
pub async fn too_large_a_unit_is_refused(store: &dyn Store) {
    let most = u32::try_from(Unit::MOST).expect("a number of records");
    let records = (0..=most).map(|number| new(client(number, "Client")));
    for large in [unit(records), lines(0..=i64::from(most))] {
        let error = refused(store, &acme(), large).await;
        let StoreError::TooLarge { most, found } = error else {
            panic!("too large was expected, not {error:?}");
        };
        assert_eq!((most, found), (Unit::MOST, Unit::MOST + 1));
    }
    assert_eq!(entries(store, &acme()).await, []);
}

/// A unit with as many records as allowed is carried out.
pub async fn the_largest_unit_is_carried_out(store: &dyn Store) {
    let most = u32::try_from(Unit::MOST).expect("a number of records");
    put(
        store,
        &acme(),
        (0..most).map(|number| client(number, "Client")),
    )
    .await;
    let last = get(store, &acme(), &key(most - 1)).await;
    assert_eq!(last, Some((1, client(most - 1, "Client"))));
}

/// A practice's own record is put into that practice alone.
pub async fn a_practice_keeps_its_own_record(store: &dyn Store) {
    let theirs = Record::Practice(samples::practice(&other()));
    let error = refused(store, &acme(), unit([new(theirs)])).await;
    let StoreError::OtherPractice { practice, found } = error else {
        panic!("another practice was expected, not {error:?}");
    };
    assert_eq!((practice, found), (acme(), other()));
    for practice in [acme(), other()] {
        assert_eq!(get(store, &practice, &Key::Practice).await, None);
    }
}

/// No two levels of a practice have one reference, whether they are put together or in turn.
pub async fn two_levels_cannot_share_a_reference(store: &dyn Store) {
    let with = |client, reference| Record::Level(level(client, reference));
    let taken = |error: StoreError| {
        let StoreError::ReferenceTaken { reference } = error else {
            panic!("a taken reference was expected, not {error:?}");
        };
        assert_eq!(reference, level(0, 5).reference);
    };
    taken(refused(store, &acme(), unit([new(with(1, 5)), new(with(2, 5))])).await);
    put(store, &acme(), [with(1, 5), with(2, 6)]).await;
    taken(refused(store, &acme(), unit([new(with(3, 5))])).await);
    taken(refused(store, &acme(), unit([changed(with(2, 5), 1)])).await);
    let second = samples::level(
        crate::billing::LevelOf::Proposal(samples::proposal_id(1)),
        5,
    );
    taken(refused(store, &acme(), unit([new(Record::Level(second))])).await);
    // The same level may be put again, another practice may have the same reference, and a
    // reference that was left is free.
    commit(store, &acme(), unit([changed(with(1, 5), 1)])).await;
    put(store, &other(), [with(2, 5)]).await;
    commit(store, &acme(), unit([changed(with(1, 7), 2)])).await;
    put(store, &acme(), [with(3, 5)]).await;
}

/// No two deployments of a practice have one job, whether they are put together or in turn.
pub async fn two_deployments_cannot_share_a_job(store: &dyn Store) {
    let job = samples::job_ref(1, Occurrence::Once);
    let with = |workflow| {
        let (once, at) = (Occurrence::Once, samples::minute(5));
        let mut deployment = samples::deployment(workflow, once, at, samples::Stage::Failed);
        let (occurrence, job) = (once, job.clone());
        deployment.apply(&WorkflowEvent::Adopted { occurrence, job });
        Record::Deployment(Box::new(deployment))
    };
    let taken = |error: StoreError, by: u32| {
        let StoreError::JobTaken {
            job: found,
            workflow,
            occurrence,
        } = error
        else {
            panic!("a taken job was expected, not {error:?}");
        };
        let holder = (samples::workflow_id(by), Occurrence::Once);
        assert_eq!((found, (workflow, occurrence)), (job.clone(), holder));
    };
    let both = unit([new(with(1)), new(with(2))]);
    let error = refused(store, &acme(), both).await;
    assert!(matches!(error, StoreError::JobTaken { .. }), "{error:?}");
    put(store, &acme(), [with(1)]).await;
    taken(refused(store, &acme(), unit([new(with(2))])).await, 1);
    // The same deployment may be put again, and another practice's job may have the same UUID.
    commit(store, &acme(), unit([changed(with(1), 1)])).await;
    put(store, &other(), [with(2)]).await;
}

/// The guards are checked in the order that the port states: the first that fails is the answer.
pub async fn guards_are_checked_in_order(store: &dyn Store) {
    let record = |reference| Record::Level(level(1, reference));
    put(store, &acme(), [record(5)]).await;
    commit(store, &acme(), once(Unit::default(), "k", "one")).await;
    let fence = crate::deployment::Fence(9);
    let all = |command: &str| {
        let wrong = Unit {
            unchanged: vec![(Key::Client(ClientId::new(samples::uuid(1, 1))), Version(4))],
            puts: vec![changed(Record::Level(level(2, 5)), 3)],
            ..Unit::default()
        };
        once(super::steps::under(wrong, fence), "k", command)
    };
    let error = refused(store, &acme(), all("two")).await;
    assert!(matches!(error, StoreError::KeyReused { .. }), "{error:?}");
    let unkeyed = Unit {
        once: None,
        ..all("")
    };
    let error = refused(store, &acme(), unkeyed.clone()).await;
    assert!(matches!(error, StoreError::FenceLost { .. }), "{error:?}");
    let unfenced = Unit {
        fence: None,
        ..unkeyed
    };
    let error = refused(store, &acme(), unfenced.clone()).await;
    let StoreError::Conflict { key, .. } = &error else {
        panic!("a conflict was expected, not {error:?}");
    };
    assert!(
        matches!(**key, Key::Client(_)),
        "read before put: {error:?}"
    );
    let unread = Unit {
        unchanged: Vec::new(),
        ..unfenced
    };
    let error = refused(store, &acme(), unread).await;
    assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}");
}

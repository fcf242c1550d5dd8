//! The rule that one practice never sees another.
#![expect(
    clippy::missing_panics_doc,
    reason = "a rule panics where the store breaks it"
)]

use super::steps::{
    acme, changed, client, commit, deployment, entries, find, get, level, lines, other, put, unit,
    workflow,
};
use crate::ports::gateway::DirectoryPart;
use crate::ports::store::{Key, Of, Record, Store, StoreError, Unit, Version, Whose};
use crate::testing::samples::{self, Stage};
use crate::workflow::Occurrence;

/// One of everything that a practice may have, but its own record.
fn everything() -> Vec<Record> {
    let at = samples::minute(0);
    let theirs = samples::client_id(1);
    vec![
        client(1, "One"),
        Record::Person(samples::person(1)),
        Record::Listing(samples::listing(DirectoryPart::Staff, 1)),
        Record::Proposal(samples::proposal(1, theirs)),
        Record::Level(level(1, 1)),
        workflow(samples::workflow_due(1, theirs, at)),
        deployment(samples::deployment(1, Occurrence::Once, at, Stage::Failed)),
        deployment(samples::deployment(2, Occurrence::Once, at, Stage::Asked)),
    ]
}

/// No read of one practice shows anything of another, though their keys are the same.
pub async fn one_practice_never_sees_another(store: &dyn Store) {
    let unit = Unit {
        puts: everything().into_iter().map(super::steps::new).collect(),
        ..lines([1, 2])
    };
    commit(store, &acme(), unit).await;
    for record in everything() {
        assert_eq!(get(store, &other(), &record.key()).await, None);
    }
    assert_eq!(get(store, &other(), &Key::Practice).await, None);
    let keys: Vec<Key> = everything().iter().map(Record::key).collect();
    let at_once = store.get_all(&other(), &keys).await.expect("nothing");
    assert!(at_once.iter().all(Option::is_none), "{at_once:?}");
    for of in queries() {
        assert_ne!(find(store, &acme(), of.clone()).await, [], "{of:?}");
        assert_eq!(find(store, &other(), of.clone()).await, [], "{of:?}");
    }
    let now = samples::minute(60);
    let due = store.due(&other(), now, 10).await.expect("nothing");
    assert_eq!(due, []);
    assert_eq!(entries(store, &other()).await, []);
}

fn queries() -> Vec<Of> {
    vec![
        Of::Clients { named: None },
        Of::Clients {
            named: Some("one".to_owned()),
        },
        Of::People,
        Of::Listings(DirectoryPart::Staff),
        Of::Proposals { client: None },
        Of::Proposals {
            client: Some(samples::client_id(1)),
        },
        Of::Workflows {
            whose: Whose::Everybody,
            activity: None,
        },
        Of::Workflows {
            whose: Whose::Client(samples::client_id(1)),
            activity: Some(crate::ports::store::Activity::Active),
        },
        Of::Deployments {
            workflow: samples::workflow_id(1),
        },
        Of::Attention,
        Of::Deployed {
            from: samples::day(0),
            to: samples::day(1),
        },
    ]
}

/// No write of one practice touches another: the same keys are other records there, at other
/// versions.
pub async fn one_practice_never_touches_another(store: &dyn Store) {
    put(store, &acme(), everything()).await;
    put(store, &other(), everything()).await;
    commit(store, &other(), unit([changed(client(1, "Other"), 1)])).await;
    let key = Key::Client(samples::client_id(1));
    assert_eq!(get(store, &acme(), &key).await, Some((1, client(1, "One"))));
    let theirs = get(store, &other(), &key).await;
    assert_eq!(theirs, Some((2, client(1, "Other"))));
    // A guard looks at its own practice alone.
    let guarded = Unit {
        unchanged: vec![(key.clone(), Version(2))],
        ..lines([1])
    };
    let error = super::steps::refused(store, &acme(), guarded).await;
    let StoreError::Conflict { found, .. } = error else {
        panic!("a conflict was expected, not {error:?}");
    };
    assert_eq!(found, Version(1));
}

//! Rules of stores that can be opened again, as a program does that was killed and starts anew.
//!
//! They are a capability: [`store_suite!`](crate::store_suite) tests them where it is told how to
//! open the store again. Each rule takes what holds a store, and a function that ends that opening
//! as a kill would and opens the same store anew.
#![expect(
    clippy::missing_panics_doc,
    reason = "a rule panics where the store breaks it"
)]

use super::AsStore;
use super::steps::{
    acme, changed, client, commit, entries, follow, get, granted, lines, once, put, refused,
    request, under, unit,
};
use crate::budget::BudgetChange;
use crate::ports::store::{Key, Store, StoreError, Unit};
use crate::practice::DailyCalls;
use crate::testing::samples;

/// What was acknowledged is there: records, chain, keys and budget.
pub async fn what_was_acknowledged_is_there<S: AsStore>(made: S, reopen: impl AsyncFnOnce(S) -> S) {
    let keyed = || {
        let unit = Unit {
            puts: vec![super::steps::new(client(1, "One"))],
            budget: Some((
                BudgetChange::debit(samples::minute(0), 3),
                DailyCalls::Starter,
            )),
            ..lines([1, 2])
        };
        once(unit, "k", "make one")
    };
    let store = made.as_store();
    let first = commit(store, &acme(), keyed()).await;
    let budget = store.budget(&acme()).await.expect("a budget");
    let made = reopen(made).await;
    let store = made.as_store();
    let key = Key::Client(samples::client_id(1));
    assert_eq!(get(store, &acme(), &key).await, Some((1, client(1, "One"))));
    assert_eq!(entries(store, &acme()).await, first.entries);
    assert_eq!(store.budget(&acme()).await.expect("a budget"), budget);
    let again = commit(store, &acme(), keyed()).await;
    assert!(again.repeated);
    assert_eq!(again.entries, first.entries);
    // Versions and chain go on where they were.
    let more = Unit {
        puts: vec![changed(client(1, "Uno"), 1)],
        ..lines([3])
    };
    commit(store, &acme(), more).await;
    let kept = entries(store, &acme()).await;
    assert_eq!(kept.len(), 3);
    follow(&acme(), &kept);
}

/// Whoever held a lease is surely dead: the next is granted at once, with a higher fence, be it
/// to a holder of the same name.
pub async fn a_lease_of_before_is_surely_dead<S: AsStore>(
    made: S,
    reopen: impl AsyncFnOnce(S) -> S,
) {
    let first = granted(made.as_store(), &acme(), &request("first", 0)).await;
    let other = super::steps::other();
    let theirs = granted(made.as_store(), &other, &request("same", 0)).await;
    let made = reopen(made).await;
    let store = made.as_store();
    let second = granted(store, &acme(), &request("second", 1)).await;
    assert!(second.fence > first.fence, "{second:?} after {first:?}");
    assert_eq!(second.since, samples::minute(1));
    let same = granted(store, &other, &request("same", 1)).await;
    assert!(same.fence > theirs.fence, "{same:?} after {theirs:?}");
    assert_eq!(same.since, samples::minute(1));
    commit(store, &acme(), under(lines([1]), second.fence)).await;
}

/// What is written under a lease of before is refused, whether it was granted anew or not.
pub async fn a_lease_of_before_cannot_finish<S: AsStore>(
    made: S,
    reopen: impl AsyncFnOnce(S) -> S,
) {
    let first = granted(made.as_store(), &acme(), &request("first", 0)).await;
    let made = reopen(made).await;
    let store = made.as_store();
    let late = || under(lines([1]), first.fence);
    let error = refused(store, &acme(), late()).await;
    assert!(matches!(error, StoreError::FenceLost { .. }), "{error:?}");
    granted(store, &acme(), &request("second", 1)).await;
    let error = refused(store, &acme(), late()).await;
    assert!(matches!(error, StoreError::FenceLost { .. }), "{error:?}");
    assert_eq!(entries(store, &acme()).await, []);
}

/// A unit that was refused left nothing behind that a new opening would find.
pub async fn what_was_refused_is_not_there<S: AsStore>(made: S, reopen: impl AsyncFnOnce(S) -> S) {
    put(made.as_store(), &acme(), [client(1, "One")]).await;
    let half = Unit {
        puts: vec![
            super::steps::new(client(2, "Two")),
            changed(client(1, "Uno"), 9),
        ],
        ..lines([1])
    };
    refused(made.as_store(), &acme(), half).await;
    let made = reopen(made).await;
    let store: &dyn Store = made.as_store();
    let key = Key::Client(samples::client_id(2));
    assert_eq!(get(store, &acme(), &key).await, None);
    assert_eq!(entries(store, &acme()).await, []);
    commit(store, &acme(), unit([changed(client(1, "Uno"), 1)])).await;
}

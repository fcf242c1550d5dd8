//! Rules of the key that makes a unit repeatable.
#![expect(
    clippy::missing_panics_doc,
    reason = "a rule panics where the store breaks it"
)]

use super::steps::{
    acme, at_once, changed, client, commit, entries, get, lines, new, once, other, refused, under,
    unit,
};
use crate::budget::BudgetChange;
use crate::deployment::Fence;
use crate::ids::PracticeId;
use crate::ports::store::{Key, Once, Receipt, Store, StoreError, Unit};
use crate::practice::DailyCalls;
use crate::testing::samples;

/// A unit that makes a client, spends a call and writes two lines, under a key.
fn keyed() -> Unit {
    let unit = Unit {
        puts: vec![new(client(1, "One"))],
        budget: Some((
            BudgetChange::debit(samples::minute(0), 1),
            DailyCalls::Starter,
        )),
        ..lines([1, 2])
    };
    once(unit, "k", "make one")
}

/// A repeat is not carried out: it is answered with the entries of the first time.
pub async fn a_repeated_key_does_nothing(store: &dyn Store) {
    let first = commit(store, &acme(), keyed()).await;
    assert!(!first.repeated, "the first time is no repeat");
    assert_eq!(first.entries.len(), 2);
    commit(store, &acme(), lines([3])).await;
    let budget = store.budget(&acme()).await.expect("a budget");
    let second = commit(store, &acme(), keyed()).await;
    assert!(second.repeated, "the second time is a repeat");
    assert_eq!(second.entries, first.entries);
    let key = Key::Client(samples::client_id(1));
    assert_eq!(get(store, &acme(), &key).await, Some((1, client(1, "One"))));
    assert_eq!(entries(store, &acme()).await.len(), 3, "no line is added");
    let after = store.budget(&acme()).await.expect("a budget");
    assert_eq!(after, budget, "no call is spent twice");
}

/// A repeat is answered whatever has changed since: versions, lease, or the unit's own content.
pub async fn a_repeat_is_answered_whatever_has_changed(store: &dyn Store) {
    let first = commit(store, &acme(), keyed()).await;
    commit(store, &acme(), unit([changed(client(1, "Uno"), 1)])).await;
    let fenced = under(keyed(), Fence(7));
    let empty = once(Unit::default(), "k", "make one");
    for again in [keyed(), fenced, empty] {
        let receipt = commit(store, &acme(), again).await;
        assert!(receipt.repeated);
        assert_eq!(receipt.entries, first.entries);
    }
}

/// A key stands for one command: with another digest it is refused, and nothing is done.
pub async fn a_key_stands_for_one_command(store: &dyn Store) {
    commit(store, &acme(), keyed()).await;
    let else_ = once(unit([new(client(2, "Two"))]), "k", "make two");
    let error = refused(store, &acme(), else_).await;
    let StoreError::KeyReused { key } = error else {
        panic!("a reused key was expected, not {error:?}");
    };
    assert_eq!(key.as_str(), "k");
    let second = Key::Client(samples::client_id(2));
    assert_eq!(get(store, &acme(), &second).await, None);
}

/// A unit that was refused leaves its key free.
pub async fn a_refused_unit_leaves_its_key_free(store: &dyn Store) {
    let wrong = once(unit([changed(client(1, "One"), 3)]), "k", "change one");
    refused(store, &acme(), wrong).await;
    let receipt = commit(store, &acme(), keyed()).await;
    assert!(!receipt.repeated);
}

/// A key belongs to its practice.
pub async fn a_key_belongs_to_its_practice(store: &dyn Store) {
    commit(store, &acme(), keyed()).await;
    let theirs = once(unit([new(client(2, "Two"))]), "k", "make two");
    let receipt = commit(store, &other(), theirs).await;
    assert!(!receipt.repeated);
}

/// A unit without lines is repeatable too.
pub async fn a_key_needs_no_lines(store: &dyn Store) {
    let silent = || once(unit([new(client(1, "One"))]), "k", "make one");
    commit(store, &acme(), lines([1])).await;
    commit(store, &acme(), silent()).await;
    commit(store, &acme(), lines([2])).await;
    let again = commit(store, &acme(), silent()).await;
    assert!(again.repeated);
    assert_eq!(again.entries, []);
}

async fn receipt(store: &dyn Store, practice: &PracticeId, once: &Once) -> Option<Receipt> {
    store.receipt(practice, once).await.expect("an answer")
}

/// What the unit of a key did can be asked for: nothing before, and the same ever after.
pub async fn the_receipt_of_a_key_is_kept(store: &dyn Store) {
    let asked = keyed().once.expect("a key");
    let before = receipt(store, &acme(), &asked).await;
    assert_eq!(before, None);
    let wrong = once(unit([changed(client(1, "One"), 3)]), "k", "make one");
    refused(store, &acme(), wrong).await;
    let before = receipt(store, &acme(), &asked).await;
    assert_eq!(before, None, "a unit that was refused has no receipt");
    let first = commit(store, &acme(), keyed()).await;
    commit(store, &acme(), lines([3])).await;
    let kept = receipt(store, &acme(), &asked).await;
    let kept = kept.expect("a receipt");
    assert!(kept.repeated);
    assert_eq!(kept.entries, first.entries);
    let theirs = receipt(store, &other(), &asked).await;
    assert_eq!(theirs, None, "of another practice");
    let command = once(Unit::default(), "k", "make two").once.expect("a key");
    let error = store
        .receipt(&acme(), &command)
        .await
        .expect_err("another command");
    assert!(matches!(error, StoreError::KeyReused { .. }), "{error:?}");
}

/// Of several that commit one key at the same time, one does it and the others repeat it.
pub async fn of_several_with_one_key_one_does_it(store: &dyn Store) {
    let practice = acme();
    let answers = at_once((0..6).map(|_| store.commit(&practice, keyed()))).await;
    let receipts: Vec<_> = answers
        .into_iter()
        .map(|answer| answer.expect("a receipt"))
        .collect();
    let first = receipts.iter().filter(|receipt| !receipt.repeated).count();
    assert_eq!(first, 1, "of six with one key");
    for receipt in &receipts {
        assert_eq!(receipt.entries, receipts[0].entries);
    }
    assert_eq!(entries(store, &practice).await.len(), 2);
}

//! Rules of leases and fences.
#![expect(
    clippy::missing_panics_doc,
    reason = "a rule panics where the store breaks it"
)]

use super::steps::{
    acme, ask, at_once, changed, client, commit, deployment, entries, get, granted, lines, new,
    once, other, put, refused, request, under, unit, workflow,
};
use crate::budget::BudgetChange;
use crate::deployment::Fence;
use crate::ports::gateway::Observed;
use crate::ports::store::{Key, LeaseAnswer, Put, Record, Store, StoreError, Unit};
use crate::practice::DailyCalls;
use crate::sweep::Sweep;
use crate::testing::samples::{self, Stage};
use crate::workflow::Occurrence;

/// Panics unless a unit under that fence is refused, and the current one is named.
async fn is_lost(store: &dyn Store, fence: Fence, current: Fence) {
    let before = entries(store, &acme()).await;
    let late = crate::ports::store::Unit {
        puts: vec![new(client(9, "Late"))],
        ..lines([9])
    };
    let error = refused(store, &acme(), under(late, fence)).await;
    let StoreError::FenceLost { current: found } = error else {
        panic!("a lost fence was expected, not {error:?}");
    };
    assert_eq!(found, current);
    let key = Key::Client(samples::client_id(9));
    assert_eq!(get(store, &acme(), &key).await, None);
    assert_eq!(entries(store, &acme()).await, before);
}

/// A lease is granted to one holder, and names when it expires; others hear who has it.
pub async fn a_lease_is_held_by_one(store: &dyn Store) {
    let first = granted(store, &acme(), &request("first", 0)).await;
    assert_eq!(first.since, samples::minute(0));
    assert_eq!(first.expires_at, samples::minute(10));
    assert!(
        first.fence > Fence(0),
        "fences begin above that of no lease"
    );
    for minute in [0, 9] {
        let answer = ask(store, &acme(), &request("second", minute)).await;
        let held = LeaseAnswer::Held {
            holder: samples::holder("first"),
            until: samples::minute(10),
        };
        assert_eq!(answer, held);
    }
}

/// A renewal keeps the fence and the beginning, and puts off the end.
pub async fn renewal_keeps_the_fence(store: &dyn Store) {
    let first = granted(store, &acme(), &request("first", 0)).await;
    for minute in [5, 12, 40] {
        // Past its end as well, where nobody else has taken it.
        let renewed = granted(store, &acme(), &request("first", minute)).await;
        assert_eq!(renewed.fence, first.fence);
        assert_eq!(renewed.since, first.since);
        assert_eq!(renewed.expires_at, samples::minute(minute + 10));
    }
}

/// A lease that has expired passes on, with a higher fence.
pub async fn an_expired_lease_passes_on_with_a_higher_fence(store: &dyn Store) {
    let first = granted(store, &acme(), &request("first", 0)).await;
    let second = granted(store, &acme(), &request("second", 10)).await;
    assert!(second.fence > first.fence, "{second:?} after {first:?}");
    assert_eq!(second.since, samples::minute(10));
    let back = granted(store, &acme(), &request("first", 20)).await;
    assert!(back.fence > second.fence, "{back:?} after {second:?}");
    assert_eq!(back.since, samples::minute(20));
}

/// A lease that was given back passes on at once, with a higher fence, to its holder as well.
pub async fn a_released_lease_passes_on_with_a_higher_fence(store: &dyn Store) {
    let mut last = granted(store, &acme(), &request("first", 0)).await;
    let mut holder = "first";
    for (minute, next) in [(1, "second"), (2, "second"), (3, "first")] {
        let release = store.release(&acme(), &samples::holder(holder)).await;
        release.expect("a lease given back");
        let lease = granted(store, &acme(), &request(next, minute)).await;
        assert!(lease.fence > last.fence, "{lease:?} after {last:?}");
        assert_eq!(lease.since, samples::minute(minute));
        (last, holder) = (lease, next);
    }
}

/// Giving back what is not held does nothing.
pub async fn giving_back_what_is_not_held_does_nothing(store: &dyn Store) {
    let stranger = samples::holder("stranger");
    store.release(&acme(), &stranger).await.expect("nothing");
    let first = granted(store, &acme(), &request("first", 0)).await;
    store.release(&acme(), &stranger).await.expect("nothing");
    let answer = ask(store, &acme(), &request("second", 1)).await;
    assert!(matches!(answer, LeaseAnswer::Held { .. }), "{answer:?}");
    commit(store, &acme(), under(lines([1]), first.fence)).await;
}

/// What is written under a lost lease is refused.
pub async fn a_lost_lease_cannot_finish(store: &dyn Store) {
    let first = granted(store, &acme(), &request("first", 0)).await;
    commit(store, &acme(), under(lines([1]), first.fence)).await;
    let second = granted(store, &acme(), &request("second", 10)).await;
    is_lost(store, first.fence, second.fence).await;
    commit(store, &acme(), under(lines([11]), second.fence)).await;
}

/// Nothing at all that a unit can hold is written under a lost lease: be it a new record, a change
/// of one, the first intent or the end of a deployment, a debit of the budget, the answer to a call,
/// a sweep, an audit line or a key.
pub async fn a_lost_lease_writes_nothing_of_any_kind(store: &dyn Store) {
    let at = samples::minute(0);
    let once_only = Occurrence::Once;
    let staged = |stage| deployment(samples::deployment(1, once_only, at, stage));
    let due = || workflow(samples::workflow_due(1, samples::client_id(1), at));
    let kept = [client(1, "One"), due(), staged(Stage::Intended)];
    put(store, &acme(), kept.clone()).await;
    let first = granted(store, &acme(), &request("first", 0)).await;
    let second = granted(store, &acme(), &request("second", 10)).await;
    let before = entries(store, &acme()).await;

    let debit = BudgetChange::debit(samples::minute(11), 1);
    let observed = Observed {
        calls: 1,
        minute_left: Some(12),
        ..Observed::default()
    };
    let answer = BudgetChange::answered(samples::minute(11), &observed);
    let spends = |change| Unit {
        budget: Some((change, DailyCalls::Starter)),
        ..Unit::default()
    };
    let sweep = Record::Sweep(Sweep {
        through: samples::day(0),
        swept_at: None,
        restored: None,
        strangers: Vec::new(),
        unchecked: None,
    });
    let begun = deployment(samples::deployment(2, once_only, at, Stage::Intended));
    let units = [
        ("a new record", unit([new(client(9, "Late"))])),
        ("a changed record", unit([changed(client(1, "Two"), 1)])),
        ("a first intent", unit([changed(due(), 1), new(begun)])),
        ("a result", unit([changed(staged(Stage::Deployed), 1)])),
        ("a debit", spends(debit)),
        ("an answer", spends(answer)),
        ("a sweep", unit([new(sweep)])),
        ("an audit line", lines([11])),
        ("a key", once(lines([12]), "key", "command")),
        ("nothing", Unit::default()),
    ];
    for (kind, late) in units {
        let error = refused(store, &acme(), under(late.clone(), first.fence)).await;
        let StoreError::FenceLost { current } = error else {
            panic!("{kind}: a lost fence was expected, not {error:?}");
        };
        assert_eq!(current, second.fence, "{kind}");
        for Put { record, .. } in &late.puts {
            let was = kept.iter().find(|kept| kept.key() == record.key());
            let found = get(store, &acme(), &record.key()).await;
            assert_eq!(found, was.map(|was| (1, was.clone())), "{kind}");
        }
        assert_eq!(entries(store, &acme()).await, before, "{kind}");
        let spent = store.budget(&acme()).await.expect("a budget");
        assert_eq!(spent, None, "{kind}");
        if let Some(once) = &late.once {
            let receipt = store.receipt(&acme(), once).await.expect("an answer");
            assert_eq!(receipt, None, "{kind}: the key is free");
        }
    }
    // Whoever has the lease can write all the same.
    let result = unit([changed(staged(Stage::Deployed), 1)]);
    commit(store, &acme(), under(result, second.fence)).await;
    commit(
        store,
        &acme(),
        under(once(lines([12]), "key", "command"), second.fence),
    )
    .await;
}

/// A fence that was never granted is refused, be it that of no lease at all.
pub async fn a_fence_that_was_never_granted_is_refused(store: &dyn Store) {
    is_lost(store, Fence(0), Fence(0)).await;
    is_lost(store, Fence(1), Fence(0)).await;
    let first = granted(store, &acme(), &request("first", 0)).await;
    is_lost(store, Fence(first.fence.0 + 1), first.fence).await;
    is_lost(store, Fence(0), first.fence).await;
}

/// A lease that was given back is lost.
pub async fn a_released_lease_cannot_finish(store: &dyn Store) {
    let first = granted(store, &acme(), &request("first", 0)).await;
    let holder = samples::holder("first");
    store.release(&acme(), &holder).await.expect("given back");
    is_lost(store, first.fence, first.fence).await;
}

/// A lease that has expired counts until somebody else has it: whether there is time left to
/// send is for its holder to check.
pub async fn an_expired_lease_counts_until_it_is_taken(store: &dyn Store) {
    let first = granted(store, &acme(), &request("first", 0)).await;
    let asked = ask(store, &acme(), &request("second", 9)).await;
    assert!(matches!(asked, LeaseAnswer::Held { .. }), "{asked:?}");
    commit(store, &acme(), under(lines([60]), first.fence)).await;
}

/// A unit without a fence needs no lease, and takes none away.
pub async fn an_edit_needs_no_lease(store: &dyn Store) {
    commit(store, &acme(), unit([new(client(1, "One"))])).await;
    let first = granted(store, &acme(), &request("first", 0)).await;
    commit(store, &acme(), unit([new(client(2, "Two"))])).await;
    commit(store, &acme(), under(lines([1]), first.fence)).await;
}

/// A lease is for one practice: its fence says nothing about another.
pub async fn a_lease_belongs_to_its_practice(store: &dyn Store) {
    let first = granted(store, &acme(), &request("first", 0)).await;
    let error = refused(store, &other(), under(lines([1]), first.fence)).await;
    let StoreError::FenceLost { current } = error else {
        panic!("a lost fence was expected, not {error:?}");
    };
    assert_eq!(current, Fence(0));
    let theirs = granted(store, &other(), &request("second", 1)).await;
    let holder = samples::holder("second");
    store.release(&acme(), &holder).await.expect("nothing");
    commit(store, &acme(), under(lines([2]), first.fence)).await;
    commit(store, &other(), under(lines([2]), theirs.fence)).await;
}

/// Of several that ask at the same time, one is granted the lease.
pub async fn of_several_that_ask_one_is_granted(store: &dyn Store) {
    let practice = acme();
    let requests: Vec<_> = (0..6)
        .map(|number| request(&format!("holder {number}"), 0))
        .collect();
    let asks = requests
        .iter()
        .map(|request| store.lease(&practice, request));
    let answers = at_once(asks).await;
    let granted = answers
        .iter()
        .filter(|answer| matches!(answer, Ok(LeaseAnswer::Granted(_))))
        .count();
    assert_eq!(granted, 1, "of six that asked: {answers:?}");
}

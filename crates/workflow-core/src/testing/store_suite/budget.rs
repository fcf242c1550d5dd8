//! Rules of the call budget.
#![expect(
    clippy::missing_panics_doc,
    reason = "a rule panics where the store breaks it"
)]

use super::steps::{acme, at_once, commit, other};
use crate::budget::{Budget, BudgetChange};
use crate::ids::PracticeId;
use crate::ports::gateway::Observed;
use crate::ports::store::{Store, Unit};
use crate::practice::DailyCalls;
use crate::testing::samples;

fn debit(minute: i64, calls: u32) -> Unit {
    change(
        BudgetChange::debit(samples::minute(minute), calls),
        DailyCalls::Starter,
    )
}

fn change(change: BudgetChange, daily: DailyCalls) -> Unit {
    Unit {
        budget: Some((change, daily)),
        ..Unit::default()
    }
}

async fn budget(store: &dyn Store, practice: &PracticeId) -> Option<Budget> {
    store.budget(practice).await.expect("a budget")
}

/// A budget begins with its first change, at that instant and with the day's limit given.
pub async fn a_budget_begins_with_its_first_change(store: &dyn Store) {
    commit(store, &acme(), Unit::default()).await;
    assert_eq!(budget(store, &acme()).await, None);
    let first = BudgetChange::debit(samples::minute(3), 2);
    commit(store, &acme(), change(first.clone(), DailyCalls::Higher)).await;
    let fresh = Budget::fresh(samples::minute(3), DailyCalls::Higher);
    assert_eq!(budget(store, &acme()).await, Some(fresh.after(&first)));
    // The limit given later is that of a new budget, and this one is not new.
    commit(store, &acme(), debit(4, 1)).await;
    let kept = budget(store, &acme()).await.expect("the budget");
    assert_eq!(kept.day_limit, DailyCalls::Higher.count());
}

/// Changes add up, as the core computes them, and all that they say is kept.
pub async fn budget_changes_add_up(store: &dyn Store) {
    let observed = Observed {
        calls: 3,
        minute_left: Some(40),
        day_left: Some(700),
        correlation: None,
    };
    let at = samples::minute(2);
    let limit = crate::ports::gateway::Limit::Minute;
    let changes = [
        BudgetChange::debit(samples::minute(0), 2),
        BudgetChange::debit(samples::minute(0), 3),
        BudgetChange::answered(samples::minute(1), &observed),
        BudgetChange::limited(at, limit, None, &Observed::default()),
        BudgetChange::debit(samples::minute(1), 1),
    ];
    let mut expected = Budget::fresh(samples::minute(0), DailyCalls::Starter);
    for each in changes {
        expected = expected.after(&each);
        commit(store, &acme(), change(each, DailyCalls::Starter)).await;
        assert_eq!(budget(store, &acme()).await.as_ref(), Some(&expected));
    }
    assert!(expected.closed_until.is_some(), "{expected:?}");
}

/// Changes that come at the same time are all counted.
pub async fn no_call_is_lost_among_many(store: &dyn Store) {
    let practice = acme();
    let debits = (0..10).map(|_| store.commit(&practice, debit(0, 1)));
    for answer in at_once(debits).await {
        answer.expect("a debit");
    }
    let kept = budget(store, &practice).await.expect("the budget");
    assert_eq!((kept.minute_used, kept.day_used), (10, 10));
}

/// Each practice has a budget of its own.
pub async fn a_budget_belongs_to_its_practice(store: &dyn Store) {
    commit(store, &acme(), debit(0, 5)).await;
    assert_eq!(budget(store, &other()).await, None);
    commit(store, &other(), debit(0, 1)).await;
    let used = |budget: Option<Budget>| budget.map(|budget| budget.day_used);
    assert_eq!(used(budget(store, &acme()).await), Some(5));
    assert_eq!(used(budget(store, &other()).await), Some(1));
}

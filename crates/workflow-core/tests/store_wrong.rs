//! The conformance suite bites: each wrong store is caught by the rule that its fault names, and
//! a sound store of the same make is not caught by any.

use std::collections::BTreeSet;

use workflow_core::testing::store_suite::{RULES, Rule};
use workflow_core::testing::wrong::{Fault, WrongStore};

/// Whether the store keeps the rule.
async fn keeps(rule: Rule, store: WrongStore) -> bool {
    let held = tokio::spawn(async move { rule.hold(&store).await });
    held.await.is_ok()
}

#[tokio::test]
async fn each_wrong_store_is_caught_by_the_rule_that_it_names() {
    for fault in Fault::ALL {
        let rule = RULES.iter().find(|rule| rule.name == fault.caught_by());
        let rule = *rule.unwrap_or_else(|| panic!("{fault:?} names no rule"));
        let kept = keeps(rule, WrongStore::new(*fault)).await;
        assert!(!kept, "{} does not catch {fault:?}", rule.name);
    }
}

#[tokio::test]
async fn a_sound_store_of_the_same_make_keeps_every_rule() {
    for rule in RULES {
        assert!(keeps(*rule, WrongStore::sound()).await, "{}", rule.name);
    }
}

/// No rule is there for nothing: each catches some wrong store.
#[tokio::test]
async fn every_rule_catches_something() {
    let proven: BTreeSet<&str> = Fault::ALL.iter().map(|fault| fault.caught_by()).collect();
    for rule in RULES.iter().filter(|rule| !proven.contains(rule.name)) {
        let mut catches = None;
        for fault in Fault::ALL {
            if !keeps(*rule, WrongStore::new(*fault)).await {
                catches = Some(*fault);
                break;
            }
        }
        assert!(catches.is_some(), "{} catches no wrong store", rule.name);
    }
}

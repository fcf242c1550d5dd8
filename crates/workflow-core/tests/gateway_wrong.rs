//! The conformance suite of gateways bites: each wrong gateway is caught by the rule that its fault
//! names, and a sound gateway of the same make is not caught by any.

use workflow_core::testing::gateway_suite::{Bench, RULES, Rule};
use workflow_core::testing::wrong_gateway::{GatewayFault, WrongGateway};

/// Whether the gateway keeps the rule.
async fn keeps(rule: Rule, bench: Bench) -> bool {
    let held = tokio::spawn(async move { rule.hold(&bench).await });
    held.await.is_ok()
}

#[tokio::test]
async fn each_wrong_gateway_is_caught_by_the_rule_that_it_names() {
    for fault in GatewayFault::ALL {
        let rule = RULES.iter().find(|rule| rule.name == fault.caught_by());
        let rule = *rule.unwrap_or_else(|| panic!("{fault:?} names no rule"));
        let kept = keeps(rule, WrongGateway::bench(*fault)).await;
        assert!(!kept, "{} does not catch {fault:?}", rule.name);
    }
}

#[tokio::test]
async fn a_sound_gateway_of_the_same_make_keeps_every_rule() {
    for rule in RULES {
        assert!(
            keeps(*rule, WrongGateway::sound_bench()).await,
            "{}",
            rule.name
        );
    }
}

/// No rule is there for nothing: each is named by a wrong gateway that it catches.
#[test]
fn every_rule_catches_something() {
    for rule in RULES {
        let mut faults = GatewayFault::ALL.iter();
        assert!(
            faults.any(|fault| fault.caught_by() == rule.name),
            "{}",
            rule.name
        );
    }
}

mod the_sound_one {
    use super::*;

    workflow_core::gateway_suite!(#[tokio::test], WrongGateway::sound_bench());
}

//! Strategies for what is spent.

use proptest::option;
use proptest::prelude::*;

use super::BudgetChange;
use crate::ports::gateway::Observed;
use crate::workflow::arb_instant;

/// Any change of a budget.
pub fn arb_budget_change() -> impl Strategy<Value = BudgetChange> + Clone {
    let left = || option::of(0_u32..2_000);
    let observed = (0_u32..4, left(), left(), option::of("[a-z0-9]{8}"));
    let observed = observed.prop_map(|(calls, minute_left, day_left, correlation)| Observed {
        calls,
        minute_left,
        day_left,
        correlation,
    });
    (
        arb_instant(),
        0_u32..100,
        option::of(observed),
        option::of(arb_instant()),
    )
        .prop_map(|(at, calls, observed, closed_until)| BudgetChange {
            sent: None,
            at,
            calls,
            observed,
            closed_until,
        })
}

//! Strategies for billing levels.

use proptest::prelude::*;

use super::{BillingLevel, Level, LevelOf, Nominee, Reference};
use crate::ids::{arb_client_id, arb_job_number, arb_proposal_id, arb_workflow_id};

/// Any billing level.
pub fn arb_billing_level() -> impl Strategy<Value = BillingLevel> + Clone {
    prop::sample::select(vec![
        BillingLevel::Client,
        BillingLevel::Proposal,
        BillingLevel::NonBilling,
    ])
}

/// Anything that a level may belong to.
pub fn arb_level_of() -> impl Strategy<Value = LevelOf> + Clone {
    prop_oneof![
        arb_client_id().prop_map(LevelOf::Client),
        arb_proposal_id().prop_map(LevelOf::Proposal),
    ]
}

/// Any reference that is generated.
pub fn arb_reference() -> impl Strategy<Value = Reference> + Clone {
    (arb_level_of(), any::<u64>()).prop_map(|(of, bits)| Reference::generate(&of, bits))
}

/// Any level, with its reference for life and with or without a nominee.
pub fn arb_level() -> impl Strategy<Value = Level> + Clone {
    let nominee = prop_oneof![
        arb_workflow_id().prop_map(Nominee::Workflow),
        arb_job_number().prop_map(Nominee::Job),
    ];
    (arb_level_of(), any::<u64>(), prop::option::of(nominee))
        .prop_map(|(of, bits, nominee)| Level {
            reference: Reference::generate(&of, bits),
            of,
            nominee,
        })
        .boxed()
}

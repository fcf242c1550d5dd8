//! Strategies for what a store keeps.

use proptest::prelude::*;

use super::store::Record;
use crate::access::arb_access;
use crate::billing::arb_level;
use crate::deployment::arb_deployment;
use crate::practice::{arb_client, arb_listing, arb_person, arb_practice};
use crate::proposal::arb_proposal;
use crate::workflow::arb_workflow;

/// Any record.
pub fn arb_record() -> impl Strategy<Value = Record> {
    prop_oneof![
        1 => arb_practice().prop_map(Record::Practice),
        1 => arb_client().prop_map(Record::Client),
        1 => arb_person().prop_map(Record::Person),
        1 => arb_listing().prop_map(Record::Listing),
        1 => arb_proposal().prop_map(Record::Proposal),
        1 => arb_access().prop_map(Record::Access),
        1 => arb_level().prop_map(Record::Level),
        4 => arb_workflow().prop_map(|workflow| Record::Workflow(Box::new(workflow))),
        4 => arb_deployment().prop_map(|deployment| Record::Deployment(Box::new(deployment))),
    ]
}

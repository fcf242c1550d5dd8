//! Strategies for proposals.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::{InvoiceGrouping, Proposal, ProposalState, Service};
use crate::calendar::arb_date;
use crate::ids::{arb_client_id, arb_proposal_id, arb_service_id, arb_template_id};
use crate::text::arb_text;

/// Any state of a proposal.
pub fn arb_proposal_state() -> impl Strategy<Value = ProposalState> + Clone {
    prop_oneof![
        Just(ProposalState::Draft),
        Just(ProposalState::Sent),
        arb_date().prop_map(|on| ProposalState::Accepted { on }),
        Just(ProposalState::Declined),
        Just(ProposalState::Archived),
    ]
}

/// Any proposal of a few services.
pub fn arb_proposal() -> impl Strategy<Value = Proposal> + Clone {
    let grouping = prop_oneof![
        Just(InvoiceGrouping::Client),
        Just(InvoiceGrouping::Proposal)
    ];
    let service = (arb_service_id(), arb_text(), vec(arb_template_id(), 0..3)).prop_map(
        |(id, name, templates)| Service {
            id,
            name,
            templates,
        },
    );
    (
        arb_proposal_id(),
        arb_client_id(),
        arb_text(),
        arb_proposal_state(),
        option::of(arb_date()),
        grouping,
        vec(service, 0..3),
    )
        .prop_map(
            |(id, client, name, state, starts_on, grouping, services)| Proposal {
                id,
                client,
                name,
                state,
                starts_on,
                grouping,
                services,
            },
        )
        .boxed()
}

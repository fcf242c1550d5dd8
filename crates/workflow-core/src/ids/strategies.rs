//! Strategies for identities. Few different ones are likely, so that they meet again.

use proptest::prelude::*;
use uuid::Uuid;

use super::{
    CategoryId, ClientId, CommandKey, HolderId, JobId, JobNumber, PersonId, PracticeId, ProposalId,
    ServiceId, StaffId, TemplateId, WorkflowId,
};

/// Any UUID.
pub fn arb_uuid() -> impl Strategy<Value = Uuid> + Clone {
    prop_oneof![
        2 => (0_u128..8).prop_map(Uuid::from_u128),
        1 => any::<u128>().prop_map(Uuid::from_u128),
    ]
}

macro_rules! uuids {
    ($($(#[$doc:meta])* $strategy:ident -> $id:ident;)*) => {$(
        $(#[$doc])*
        pub fn $strategy() -> impl Strategy<Value = $id> + Clone {
            arb_uuid().prop_map($id::new)
        }
    )*};
}
uuids! {
    /// Any client's identity.
    arb_client_id -> ClientId;
    /// Any workflow's identity.
    arb_workflow_id -> WorkflowId;
    /// Any identity of a member of staff.
    arb_staff_id -> StaffId;
    /// Any job template's identity.
    arb_template_id -> TemplateId;
    /// Any category's identity.
    arb_category_id -> CategoryId;
    /// Any job's identity.
    arb_job_id -> JobId;
}

macro_rules! texts {
    ($($(#[$doc:meta])* $strategy:ident -> $id:ident: $often:literal, $any:literal;)*) => {$(
        $(#[$doc])*
        pub fn $strategy() -> impl Strategy<Value = $id> + Clone {
            prop_oneof![2 => $often, 1 => $any]
                .prop_filter_map("no identity", |text| text.parse().ok())
        }
    )*};
}
texts! {
    /// Any practice's identity.
    arb_practice_id -> PracticeId: "[a-c]", "[a-z0-9-]{1,64}";
    /// Any proposal's key.
    arb_proposal_id -> ProposalId: "P-[0-9]", "\\PC{1,32}";
    /// Any service's key.
    arb_service_id -> ServiceId: "[A-C]", "\\PC{1,32}";
    /// Any person's key.
    arb_person_id -> PersonId: "[a-c]", "\\PC{1,32}";
    /// Any job's number.
    arb_job_number -> JobNumber: "J00000[0-9]", "\\PC{1,32}";
    /// Any holder of a lease.
    arb_holder_id -> HolderId: "[a-c]", "\\PC{1,32}";
    /// Any command key.
    arb_command_key -> CommandKey: "[a-c]", "\\PC{1,32}";
}

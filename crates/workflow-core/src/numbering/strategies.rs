//! Strategies for who numbers jobs.

use proptest::prelude::*;

use super::{JobNumbering, NumberPrefix};

/// Any prefix.
pub fn arb_number_prefix() -> impl Strategy<Value = NumberPrefix> + Clone {
    "[A-Z][A-Z0-9-]{0,5}"
        .prop_filter_map("no prefix", |text| text.parse().ok())
        .boxed()
}

/// Either way of numbering.
pub fn arb_job_numbering() -> impl Strategy<Value = JobNumbering> + Clone {
    prop_oneof![
        Just(JobNumbering::Xpm),
        arb_number_prefix().prop_map(|prefix| JobNumbering::Own { prefix }),
    ]
    .boxed()
}

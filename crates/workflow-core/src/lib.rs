//! What a workflow is, when it is due, and what to do next.

pub mod business_days;
pub mod canonical;
pub mod recurrence;
pub mod zone;

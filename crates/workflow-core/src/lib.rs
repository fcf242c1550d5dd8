//! What a workflow is, when it is due, and what to do next.

pub mod canonical;
pub mod ids;
pub mod ports;

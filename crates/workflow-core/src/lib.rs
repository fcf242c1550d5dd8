//! What a workflow is, when it is due, and what to do next.

pub mod business_days;
pub mod calendar;
pub mod canonical;
pub mod ids;
pub mod ports;
pub mod timing;
pub mod tokens;

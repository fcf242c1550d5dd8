//! What a workflow is, when it is due, and what to do next.

pub mod access;
pub mod audit;
pub mod billing;
pub mod budget;
pub mod business_days;
pub mod calendar;
pub mod canonical;
pub mod deployment;
pub mod directory;
pub mod forecast;
pub mod icalendar;
pub mod ids;
pub mod numbering;
pub mod plan;
pub mod ports;
pub mod practice;
pub mod proposal;
pub mod recurrence;
pub mod service;
pub mod sweep;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod text;
pub mod timing;
pub mod tokens;
pub mod verify;
pub mod webhook;
pub mod workflow;
pub mod zone;

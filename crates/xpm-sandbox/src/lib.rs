#![doc = include_str!("../README.md")]

mod api;
mod clock;
mod fate;
mod faults;
mod gateway;
mod ids;
pub mod inferred;
mod inner;
mod journal;
mod kind;
mod ledger;
mod limits;
mod model;
mod oauth;
mod sample;
mod sandbox;
mod state;
mod tokens;
mod web;
mod wire;
mod world;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use clock::{Clock, ManualClock, SystemClock};
pub use faults::{Fault, FaultPlan, FaultPlanError, Rule, When};
pub use inferred::{OnBadTemplate, OnOwnNumber, ScopeRule};
pub use journal::JournalError;
pub use kind::{CallKind, UnknownCallKind};
pub use limits::{Limits, RateLimit};
pub use model::{
    Category, Client, Duplicate, Job, JobState, JobTask, Records, Staff, Standing, Template,
    TemplateTask,
};
pub use sandbox::{Running, Sandbox, SandboxBuilder, SandboxError};
pub use state::{CallsSpent, Overview, SandboxState, TestTokens};

/// Locks, whatever happened to an earlier holder: every change is applied in one step, so a
/// panic leaves nothing half-done behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

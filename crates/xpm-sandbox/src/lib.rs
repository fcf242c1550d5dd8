#![doc = include_str!("../README.md")]

mod answer;
mod api;
mod clock;
mod fate;
mod faults;
mod fields;
mod gateway;
mod holds;
mod ids;
pub mod inferred;
mod inner;
mod journal;
mod kind;
mod ledger;
mod limits;
mod model;
mod oauth;
mod openid;
mod papers;
mod replay;
mod requests;
mod sample;
mod sandbox;
mod state;
mod steering;
mod tokens;
mod web;
mod wire;
mod world;

use std::sync::{Mutex, MutexGuard, PoisonError};

pub use clock::{Clock, ManualClock, SystemClock};
pub use faults::{Fault, FaultPlan, FaultPlanError, Rule, When};
pub use holds::{Hold, HoldAt};
pub use inferred::{
    Choice, ClientManagers, ClosedJobs, CreatedDay, Declaration, FileEnvelope, Guesses,
    IdempotencyKey, JobOrder, JobUuidInPath, NextPage, Numbering, OnBadTemplate, OnDueBeforeStart,
    OnInactiveClient, OnMissingDate, OnOwnNumber, OnRepeatedAssign, OnTakenNumber,
    OnUnknownCategory, RefusalStatus, RefusedCalls, ScopeRule, Switch, UnknownGuess, UnknownRecord,
};
pub use inner::Reach;
pub use journal::JournalError;
pub use kind::{CallKind, UnknownCallKind};
pub use limits::{Limits, RateLimit};
pub use model::{
    Category, Client, Duplicate, Job, JobState, JobTask, Progress, Records, Staff, Standing,
    Template, TemplateTask,
};
pub use openid::{IdTokenFault, Login};
pub use papers::{Cost, Document, Invoice, InvoiceStatus, Note, Papers, Quote, QuoteKind};
pub use requests::{CarriedOut, Outcome, Request};
pub use sandbox::{Running, Sandbox, SandboxBuilder, SandboxError};
pub use state::{CallsLeft, CallsSpent, Overview, SandboxState, TestTokens};
pub use web::Consents;

/// Locks, whatever happened to an earlier holder: every change is applied in one step, so a
/// panic leaves nothing half-done behind.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

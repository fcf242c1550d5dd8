//! The metrics that a scheduler keeps, by the `metrics` facade. No label holds a name or a secret.

use chrono::{DateTime, Utc};
use metrics::{counter, histogram};
use workflow_core::deployment::Then;
use workflow_core::service::{Call, CallOutcome, Swept};
use workflow_core::workflow::WorkflowEvent;

/// Deployments by how a turn left them; label `outcome`: `deployed`, `parked`, `lost`.
const DEPLOYMENTS: &str = "workflow_deployments_total";
/// Calls to the job system; labels `call` and `outcome`: `ok` or `failed`.
const CALLS: &str = "workflow_calls_total";
/// Seconds from the instant a deployment became due to its job.
const LATENESS: &str = "workflow_lateness_seconds";

/// Turns of workflows of which something could not be read or decided.
const FAULTS: &str = "workflow_faults_total";

/// What sweeps found; label `found`: `duplicate`, `stranger`, `vanished`.
const SWEEPS: &str = "workflow_sweep_findings_total";

/// Each metric's name and what it says.
pub const NAMES: [(&str, &str); 5] = [
    (
        DEPLOYMENTS,
        "deployments by outcome: deployed, parked (a person decides), lost (reply lost)",
    ),
    (CALLS, "calls to the job system by kind of call and outcome"),
    (
        LATENESS,
        "seconds from the instant a deployment became due to its job",
    ),
    (
        SWEEPS,
        "what sweeps found: duplicate (two jobs for one date), stranger (a job of ours that the \
         ledger does not know), vanished (a job of ours that XPM no longer lists)",
    ),
    (
        FAULTS,
        "workflows that were left out, since something of theirs could not be read or decided",
    ),
];

pub(crate) fn turned(
    events: &[WorkflowEvent],
    due_since: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) {
    for event in events {
        let outcome = match event {
            WorkflowEvent::Deployed { .. } => "deployed",
            WorkflowEvent::Unprepared { .. }
            | WorkflowEvent::Refused {
                then: Then::AwaitPerson,
                ..
            }
            | WorkflowEvent::LookedUp {
                then: Then::AwaitPerson,
                ..
            } => "parked",
            WorkflowEvent::ReplyLost { .. } => "lost",
            _ => continue,
        };
        counter!(DEPLOYMENTS, "outcome" => outcome).increment(1);
        if let (WorkflowEvent::Deployed { .. }, Some(since)) = (event, due_since) {
            let late = (now - since).to_std().unwrap_or_default();
            histogram!(LATENESS).record(late.as_secs_f64());
        }
    }
}

pub(crate) fn swept(swept: &Swept) {
    let found = [
        ("duplicate", swept.duplicates.len()),
        ("stranger", swept.strangers.len()),
        ("vanished", swept.vanished.len()),
        (
            "unchecked",
            swept
                .unchecked
                .as_ref()
                .map_or(0, |unchecked| unchecked.clients.len()),
        ),
    ];
    for (found, count) in found {
        counter!(SWEEPS, "found" => found).increment(count as u64);
    }
}

pub(crate) fn faulty() {
    counter!(FAULTS).increment(1);
}

pub(crate) fn called(call: &Call, outcome: &CallOutcome) {
    let kind = match call {
        Call::Create(_) => "create",
        Call::ApplyTemplate { .. } => "apply_template",
        Call::Assign { .. } => "assign",
        Call::LookForMarker { .. } => "look_for_marker",
        Call::ListCreated { .. } => "list_created",
        Call::LookAtJob { .. } => "look_at_job",
        Call::ListDirectory(_) => "list_directory",
    };
    let outcome = if outcome.failure().is_none() {
        "ok"
    } else {
        "failed"
    };
    counter!(CALLS, "call" => kind, "outcome" => outcome).increment(1);
}

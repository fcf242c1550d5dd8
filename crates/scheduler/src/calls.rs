//! Making one call: within what is left of the lease, which is checked on the monotonic clock
//! immediately before the call is sent.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use futures_util::future::{Either, select};
use workflow_core::directory::DirectoryCall;
use workflow_core::ids::PracticeId;

use workflow_core::ports::gateway::{Failure, GatewayError, Observed};
use workflow_core::service::{Call, CallOutcome, Ports};

/// Makes the call, unless the lease has run out by `deadline` on the monotonic clock; ends it then
/// at the latest.
pub(crate) async fn make(
    ports: &Ports,
    practice: &PracticeId,
    call: &Call,
    deadline: Duration,
) -> CallOutcome {
    let Some(left) = deadline
        .checked_sub(ports.clock.monotonic())
        .filter(|left| !left.is_zero())
    else {
        let text = "the lease ran out before the call was made".to_owned();
        return failed(call, Failure::Unreachable { text }, 0);
    };
    let end = ports.clock.now() + TimeDelta::from_std(left).unwrap_or_default();
    let sleep = ports.clock.sleep_until(end);
    // The lease is looked at first: a program that stood still must not go on with a call, which
    // may still be signing in, after its lease has run out.
    match select(sleep, send(ports, practice, call).boxed()).await {
        Either::Right((outcome, _)) => outcome,
        // Dropping the call ends the sending, so that whoever has the lease next is not outrun.
        Either::Left(_) => {
            let text = "the lease ran out before a reply came".to_owned();
            failed(call, Failure::ReplyLost { text }, 1)
        }
    }
}

async fn send(ports: &Ports, practice: &PracticeId, call: &Call) -> CallOutcome {
    let gateway = &ports.gateway;
    match call {
        Call::Create(job) => CallOutcome::Written(gateway.create_job(practice, job).await),
        Call::ApplyTemplate { job, template } => {
            CallOutcome::Written(gateway.apply_template(practice, job, *template).await)
        }
        Call::Assign { job, team } => {
            CallOutcome::Written(gateway.assign(practice, job, team).await)
        }
        Call::LookForMarker { client } => {
            CallOutcome::Listed(gateway.jobs_of_client(practice, *client).await)
        }
        Call::ListCreated { from, to } => {
            CallOutcome::Listed(gateway.jobs_created(practice, *from, *to).await)
        }
        Call::LookAtJob { job } => CallOutcome::Read(gateway.job(practice, job).await),
        Call::ListDirectory(DirectoryCall::Page { part, cursor }) => {
            let page = gateway.directory(practice, *part, cursor.clone());
            CallOutcome::Directory(page.await)
        }
        Call::ListDirectory(DirectoryCall::ClientsModified { since }) => {
            CallOutcome::Modified(gateway.clients_modified_since(practice, *since).await)
        }
    }
}

fn failed(call: &Call, failure: Failure, calls: u32) -> CallOutcome {
    let observed = Observed {
        calls,
        ..Observed::default()
    };
    let error = GatewayError {
        failure,
        observed,
        source: None,
    };
    match call {
        Call::Create(_) | Call::ApplyTemplate { .. } | Call::Assign { .. } => {
            CallOutcome::Written(Err(error))
        }
        Call::LookForMarker { .. } | Call::ListCreated { .. } => CallOutcome::Listed(Err(error)),
        Call::LookAtJob { .. } => CallOutcome::Read(Err(error)),
        Call::ListDirectory(DirectoryCall::Page { .. }) => CallOutcome::Directory(Err(error)),
        Call::ListDirectory(DirectoryCall::ClientsModified { .. }) => {
            CallOutcome::Modified(Err(error))
        }
    }
}

//! Making one call: the lease is checked on the monotonic clock immediately before it is sent.

use std::time::Duration;

use workflow_core::ids::PracticeId;

use workflow_core::ports::gateway::{Failure, GatewayError, Observed};
use workflow_core::service::{Call, CallOutcome, Ports};

/// Makes the call, unless the lease has run out by `deadline` on the monotonic clock.
pub(crate) async fn make(
    ports: &Ports,
    practice: &PracticeId,
    call: &Call,
    deadline: Duration,
) -> CallOutcome {
    if ports.clock.monotonic() >= deadline {
        return unsent(call);
    }
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
        Call::LookAtJob { job } => CallOutcome::Read(gateway.job(practice, job).await),
    }
}

/// Nothing was sent, so nothing can have happened.
fn unsent(call: &Call) -> CallOutcome {
    let text = "the lease ran out before the call was made".to_owned();
    let error = GatewayError {
        failure: Failure::Unreachable { text },
        observed: Observed::default(),
        source: None,
    };
    match call {
        Call::Create(_) | Call::ApplyTemplate { .. } | Call::Assign { .. } => {
            CallOutcome::Written(Err(error))
        }
        Call::LookForMarker { .. } => CallOutcome::Listed(Err(error)),
        Call::LookAtJob { .. } => CallOutcome::Read(Err(error)),
    }
}

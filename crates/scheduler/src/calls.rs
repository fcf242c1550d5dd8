//! Making one call: within what is left of the lease, which is checked on the monotonic clock
//! immediately before the call is sent.

use std::time::Duration;

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use futures_util::future::{Either, select};
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
    match select(sleep, call.make(&*ports.gateway, practice).boxed()).await {
        Either::Right((outcome, _)) => outcome,
        // Dropping the call ends the sending, so that whoever has the lease next is not outrun.
        Either::Left(_) => {
            let text = "the lease ran out before a reply came".to_owned();
            failed(call, Failure::ReplyLost { text }, 1)
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
    call.failed(error)
}

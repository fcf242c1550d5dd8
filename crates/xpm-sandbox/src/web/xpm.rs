//! `/practicemanager/3.1/…`: the API over HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::Request;
use axum::response::Response;

use super::disturb::Doomed;
use super::{Line, MAX_BODY, add_headers, blocking, credentials, response};
use crate::answer;
use crate::faults::Fault;
use crate::gateway::{self, Credentials, Reply};
use crate::holds::HoldAt;
use crate::inner::Inner;
use crate::kind::CallKind;
use crate::requests::{Arrival, End, Outcome};

/// A request once its body is read.
#[derive(Debug)]
struct Arrived {
    target: (CallKind, Option<String>),
    who: Credentials,
    query: BTreeMap<String, String>,
    body: Vec<u8>,
    key: Option<String>,
    /// Its number in the journal of requests.
    number: u64,
}

pub(super) async fn call(
    State(inner): State<Arc<Inner>>,
    ConnectInfo(line): ConnectInfo<Line>,
    Path(path): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    request: Request<Body>,
) -> Response {
    let (head, body) = request.into_parts();
    let target = CallKind::of(head.method.as_str(), &path);
    let body = axum::body::to_bytes(body, MAX_BODY).await;
    let text = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok());
    let key = text("idempotency-key").map(str::to_owned);
    let shown = match head.uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    let arrival = Arrival {
        at: inner.now(&inner.ledger()),
        verb: head.method.to_string(),
        path: shown,
        kind: target.as_ref().ok().map(|(kind, _)| *kind),
        body: String::from_utf8_lossy(body.as_deref().unwrap_or_default()).into_owned(),
        idempotency_key: key.clone(),
    };
    let number = inner.requests().arrived(arrival);
    let target = match target {
        Ok(target) => target,
        Err(error) => return refused(&inner, number, |id| gateway::no_such_call(error, id)),
    };
    let Ok(body) = body else {
        return refused(&inner, number, |id| {
            Reply::problem(413, "Payload Too Large", "RequestTooLarge", id)
        });
    };
    let arrived = Arrived {
        target,
        who: credentials(&head.headers),
        query,
        body: body.into(),
        key,
        number,
    };
    // A server goes on with what has arrived, even when the caller hangs up meanwhile.
    let finished = tokio::spawn(process(inner, line, arrived)).await;
    finished.unwrap_or_else(|_| response(gateway::server_error()))
}

/// A reply to what is no call at all, which no limit counts.
fn refused(inner: &Inner, number: u64, reply: impl FnOnce(&str) -> Reply) -> Response {
    let correlation = inner.correlation();
    let reply = reply(&correlation);
    inner.requests().ended(
        number,
        End {
            outcome: Outcome::Answered(reply.status),
            fault: None,
            refused_by: None,
            correlation: correlation.clone(),
        },
    );
    response(reply.with("xero-correlation-id", correlation))
}

async fn process(inner: Arc<Inner>, line: Line, arrived: Arrived) -> Response {
    let Arrived {
        target,
        who,
        query,
        body,
        key,
        number,
    } = arrived;
    let kind = target.0;
    let gate = Arc::clone(&inner);
    let Some(admission) = blocking(move || gateway::admit(&gate, kind, &who)).await else {
        return response(gateway::server_error());
    };
    let correlation = admission.correlation.clone();
    let mut fault = None;
    let (mut reply, in_flight) = match admission.verdict {
        Err(refusal) => (response(refusal), None),
        Ok(admitted) => {
            let fate = admitted.fate;
            fault = fate.reply.or(fate.lag.map(|_| LAG));
            let doomed = Doomed {
                inner: Arc::clone(&inner),
                line,
                fault: fate.reply,
                correlation: correlation.clone(),
            };
            inner.holds.pass(kind, HoldAt::Before).await;
            let reply = match gateway::call(target, query, body, fate) {
                Err(refusal) => response(refusal),
                Ok(call) => {
                    let inner = Arc::clone(&inner);
                    let execute = move || {
                        let reply = answer::execute(&inner, &call, key.as_deref());
                        let mut requests = inner.requests();
                        requests.carried_out(number, reply.status, &reply.body);
                        reply
                    };
                    doomed.run(execute).await
                }
            };
            inner.holds.pass(kind, HoldAt::After).await;
            (reply, Some(admitted.in_flight))
        }
    };
    drop(in_flight);
    add_headers(reply.headers_mut(), admission.headers);
    inner.requests().ended(
        number,
        End {
            outcome: outcome(fault, reply.status().as_u16()),
            fault: fault.map(Fault::name),
            refused_by: admission.refused_by,
            correlation: correlation.clone(),
        },
    );
    add_headers(
        reply.headers_mut(),
        vec![("xero-correlation-id", correlation)],
    );
    reply
}

/// Stands for a lag in the journal, whatever its figures.
const LAG: Fault = Fault::Lag {
    for_ms: 0,
    for_lists: 0,
};

/// What the caller gets, as the fault has it.
pub(super) fn outcome(fault: Option<Fault>, status: u16) -> Outcome {
    match fault {
        Some(Fault::LostBeforeCommit | Fault::LostAfterCommit | Fault::AppliedLate { .. }) => {
            Outcome::Lost
        }
        Some(Fault::CutBody) => Outcome::Cut(status),
        _ => Outcome::Answered(status),
    }
}

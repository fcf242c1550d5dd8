//! `/practicemanager/3.1/…`: the API over HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::Request;
use axum::response::Response;

use super::disturb::Doomed;
use super::{Line, MAX_BODY, add_headers, blocking, credentials, response};
use crate::gateway::{self, Credentials, Reply};
use crate::inner::Inner;
use crate::kind::CallKind;

/// A request once its body is read.
#[derive(Debug)]
struct Arrived {
    target: (CallKind, Option<String>),
    who: Credentials,
    query: BTreeMap<String, String>,
    body: Vec<u8>,
}

pub(super) async fn call(
    State(inner): State<Arc<Inner>>,
    ConnectInfo(line): ConnectInfo<Line>,
    Path(path): Path<String>,
    Query(query): Query<BTreeMap<String, String>>,
    request: Request<Body>,
) -> Response {
    let (head, body) = request.into_parts();
    let target = match CallKind::of(head.method.as_str(), &path) {
        Ok(target) => target,
        Err(error) => return refused(&inner, |id| gateway::no_such_call(error, id)),
    };
    let Ok(body) = axum::body::to_bytes(body, MAX_BODY).await else {
        return refused(&inner, |id| {
            Reply::problem(413, "Payload Too Large", "RequestTooLarge", id)
        });
    };
    let who = credentials(&head.headers);
    let arrived = Arrived {
        target,
        who,
        query,
        body: body.into(),
    };
    // A server goes on with what has arrived, even when the caller hangs up meanwhile.
    let finished = tokio::spawn(process(inner, line, arrived)).await;
    finished.unwrap_or_else(|_| response(gateway::server_error()))
}

/// A reply to what is no call at all, which no limit counts.
fn refused(inner: &Inner, reply: impl FnOnce(&str) -> Reply) -> Response {
    let correlation = inner.correlation();
    let reply = reply(&correlation);
    response(reply.with("xero-correlation-id", correlation))
}

async fn process(inner: Arc<Inner>, line: Line, arrived: Arrived) -> Response {
    let Arrived {
        target,
        who,
        query,
        body,
    } = arrived;
    let kind = target.0;
    let gate = Arc::clone(&inner);
    let Some(admission) = blocking(move || gateway::admit(&gate, kind, &who)).await else {
        return response(gateway::server_error());
    };
    let correlation = admission.correlation.clone();
    let mut reply = match admission.verdict {
        Err(refusal) => response(refusal),
        Ok(admitted) => {
            let fate = admitted.fate;
            let doomed = Doomed {
                inner: Arc::clone(&inner),
                line,
                fault: fate.reply,
                correlation: correlation.clone(),
            };
            let reply = match gateway::call(target, query, body, fate) {
                Err(refusal) => response(refusal),
                Ok(call) => doomed.run(move || gateway::execute(&inner, &call)).await,
            };
            drop(admitted.in_flight);
            reply
        }
    };
    add_headers(reply.headers_mut(), admission.headers);
    add_headers(
        reply.headers_mut(),
        vec![("xero-correlation-id", correlation)],
    );
    reply
}

//! `/identity/connect/authorize`, `/connect/token`, `/connect/revocation`, `/connections`.

use std::sync::Arc;

use axum::Form;
use axum::extract::rejection::FormRejection;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use uuid::Uuid;

use super::disturb::Doomed;
use super::{Line, add_headers, blocking, credentials, response};
use crate::faults::Fault;
use crate::gateway::{self, Reply};
use crate::holds::HoldAt;
use crate::inner::Inner;
use crate::kind::CallKind;
use crate::oauth::{self, AuthoriseRequest, TokenRequest};
use crate::requests::{Arrival, End};

/// Consents at once and sends the browser back with a code.
pub(super) async fn authorise(
    State(inner): State<Arc<Inner>>,
    Query(request): Query<AuthoriseRequest>,
) -> Response {
    if let Err(reason) = check(&inner, &request) {
        return (StatusCode::BAD_REQUEST, reason).into_response();
    }
    let mut back = request.redirect_uri.clone();
    let state = request.state.clone();
    let Some(code) = blocking(move || oauth::authorise(&inner, request)).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    back.push(if back.contains('?') { '&' } else { '?' });
    back.push_str("code=");
    back.push_str(&code);
    if let Some(state) = state {
        back.push_str("&state=");
        back.push_str(&percent_encoded(&state));
    }
    response(Reply::empty(302).with("location", back))
}

fn check(inner: &Inner, request: &AuthoriseRequest) -> Result<(), &'static str> {
    let uri = request.redirect_uri.parse::<Uri>();
    let web = uri.is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")));
    match request {
        _ if request.client_id != inner.app.client_id => Err("client_id: unknown app"),
        _ if request.response_type != "code" => Err("response_type: only \"code\" is offered"),
        _ if !web => Err("redirect_uri: must be an http or https address"),
        _ if request.code_challenge.is_some()
            && request.code_challenge_method.as_deref() != Some("S256") =>
        {
            Err("code_challenge_method: only \"S256\" is offered")
        }
        _ => Ok(()),
    }
}

/// Everything but unreserved characters, as RFC 3986 says.
pub(super) fn percent_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(byte.into());
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

pub(super) async fn token(
    State(inner): State<Arc<Inner>>,
    ConnectInfo(line): ConnectInfo<Line>,
    headers: HeaderMap,
    form: Result<Form<TokenRequest>, FormRejection>,
) -> Response {
    let Ok(Form(request)) = form else {
        return response(Reply::json(
            400,
            &serde_json::json!({ "error": "invalid_request" }),
        ));
    };
    let body = (request.client_id.clone(), request.client_secret.clone());
    serve(
        inner,
        line,
        CallKind::Token,
        move |inner| match app_caller(inner, &headers, body) {
            Ok(caller) => oauth::token(inner, &request, &caller),
            Err(refusal) => refusal,
        },
    )
    .await
}

/// The app by HTTP Basic, or by fields of the body.
fn app_caller(
    inner: &Inner,
    headers: &HeaderMap,
    (id, secret): (Option<String>, Option<String>),
) -> Result<oauth::Caller, Reply> {
    let header = headers
        .get("authorization")
        .and_then(|value| value.to_str().ok());
    let basic = header
        .and_then(|text| text.strip_prefix("Basic "))
        .and_then(|encoded| STANDARD.decode(encoded.trim()).ok())
        .and_then(|bytes| String::from_utf8(bytes).ok());
    match basic.as_deref().and_then(|pair| pair.split_once(':')) {
        Some((id, secret)) => oauth::caller(inner, id, Some(secret)),
        None => oauth::caller(inner, &id.unwrap_or_default(), secret.as_deref()),
    }
}

/// What is posted to the revocation endpoint.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Revocation {
    token: String,
    client_id: Option<String>,
    client_secret: Option<String>,
}

pub(super) async fn revocation(
    State(inner): State<Arc<Inner>>,
    ConnectInfo(line): ConnectInfo<Line>,
    headers: HeaderMap,
    form: Result<Form<Revocation>, FormRejection>,
) -> Response {
    let Ok(Form(request)) = form else {
        return response(Reply::json(
            400,
            &serde_json::json!({ "error": "invalid_request" }),
        ));
    };
    serve(
        inner,
        line,
        CallKind::Revocation,
        move |inner| match app_caller(inner, &headers, (request.client_id, request.client_secret)) {
            Ok(_) => oauth::revoke(inner, &request.token),
            Err(refusal) => refusal,
        },
    )
    .await
}

/// The filter of the list of connections.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct ConnectionFilter {
    #[serde(rename = "authEventId")]
    auth_event: Option<Uuid>,
}

pub(super) async fn connections(
    State(inner): State<Arc<Inner>>,
    ConnectInfo(line): ConnectInfo<Line>,
    Query(filter): Query<ConnectionFilter>,
    headers: HeaderMap,
) -> Response {
    serve(
        inner,
        line,
        CallKind::ConnectionList,
        move |inner| match bearer(inner, &headers) {
            Ok(()) => oauth::connections(inner, filter.auth_event),
            Err(refusal) => refusal,
        },
    )
    .await
}

pub(super) async fn disconnect(
    State(inner): State<Arc<Inner>>,
    ConnectInfo(line): ConnectInfo<Line>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    serve(
        inner,
        line,
        CallKind::ConnectionDelete,
        move |inner| match bearer(inner, &headers) {
            Ok(()) => oauth::disconnect(inner, &id),
            Err(refusal) => refusal,
        },
    )
    .await
}

fn bearer(inner: &Inner, headers: &HeaderMap) -> Result<(), Reply> {
    let correlation = inner.correlation();
    let ledger = inner.ledger();
    gateway::bearer(inner, &ledger, &credentials(headers), &correlation).map(|_| ())
}

/// Counts the call, draws its fate and carries it out to the end, even when the caller hangs up.
async fn serve<F>(inner: Arc<Inner>, line: Line, kind: CallKind, execute: F) -> Response
where
    F: FnOnce(&Inner) -> Reply + Send + 'static,
{
    let correlation = inner.correlation();
    let arrival = Arrival {
        at: inner.now(&inner.ledger()),
        verb: kind.verb().to_owned(),
        path: format!("/{}", kind.path()),
        kind: Some(kind),
        body: String::new(),
        idempotency_key: None,
    };
    let number = inner.requests().arrived(arrival);
    let fate = {
        let mut traffic = inner.traffic();
        *traffic.spent.entry(kind).or_default() += 1;
        traffic.faults.next(kind)
    };
    let doomed = Doomed {
        inner: Arc::clone(&inner),
        line,
        fault: fate.reply,
        correlation: correlation.clone(),
    };
    let all = Arc::clone(&inner);
    let finished = tokio::spawn(async move {
        all.holds.pass(kind, HoldAt::Before).await;
        let behind = Arc::clone(&all);
        let execute = move || {
            let reply = execute(&behind);
            // Bodies hold tokens and secrets: they are not kept.
            behind.requests().carried_out(number, reply.status, "");
            reply
        };
        let reply = doomed.run(execute).await;
        all.holds.pass(kind, HoldAt::After).await;
        reply
    })
    .await;
    let mut reply = finished.unwrap_or_else(|_| response(gateway::server_error()));
    inner.requests().ended(
        number,
        End {
            outcome: super::xpm::outcome(fate.reply, reply.status().as_u16()),
            fault: fate.reply.map(Fault::name),
            refused_by: None,
            correlation: correlation.clone(),
        },
    );
    add_headers(
        reply.headers_mut(),
        vec![("xero-correlation-id", correlation)],
    );
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_comes_back_as_it_was() {
        assert_eq!(
            percent_encoded("a b&c=d/\u{101}~"),
            "a%20b%26c%3Dd%2F%C4%81~"
        );
    }
}

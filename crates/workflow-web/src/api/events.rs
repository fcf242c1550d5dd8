//! What happens, as it happens: a stream of server-sent events.

use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::Sse;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use super::sent::Asked;
use super::visit::Visit;
use crate::App;
use crate::live::{self, Changed, NoStream};

const LAST: &str = "Last-Event-ID";

/// What happens in the practice, as server-sent events.
///
/// An event named `changed` says which workflows have new entries in the audit, and `reload` that
/// there are too many to tell. Its `id` is the number of the last of them.
#[utoipa::path(get, path = "/events", tag = "reading",
    params(
        ("after" = Option<u64>, Query,
            description = "The number of the last entry that is known; from now on unless given."),
        ("Last-Event-ID" = Option<u64>, Header,
            description = "The same, as a browser says it that opens the stream again."),
    ),
    responses((status = 200, body = Changed, content_type = "text/event-stream",
        description = "The stream. It ends when the server stops, or when whoever reads it may no \
            longer.")))]
pub(crate) async fn events(
    State(app): State<App>,
    visit: Visit,
    asked: Asked,
    request: Parts,
) -> Result<Response, Problem> {
    // A place is for a page of this application, and for a program; a browser would open any
    // number for another site's.
    let site = request.headers.get("sec-fetch-site");
    if site.is_some_and(|site| site != "same-origin" && site != "none") {
        let detail = "This was sent by another site.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "not-allowed", detail));
    }
    let asked: Option<u64> = asked
        .only(&["after"])?
        .parsed("after", "a number of an entry")?;
    // A browser repeats the address that it first opened, so what it says beside it is newer.
    let after = match request.headers.get(LAST) {
        Some(last) if !last.is_empty() => {
            let fault = || Problem::bad_request(LAST, "It must be the number of an entry.");
            let last = last.to_str().ok().and_then(|last| last.parse().ok());
            Some(last.ok_or_else(fault)?)
        }
        _ => asked,
    };
    let stream = live::follow(&app, visit.visitor, request, after).await;
    let stream = stream.map_err(|refused| match refused {
        NoStream::TooMany => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too-many-streams",
            "As many people follow this practice as may at once. Try again in a minute.",
        ),
        NoStream::Unread(error) => error.into(),
    })?;
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        // A proxy that gathers an answer before it passes it on would keep it for ever.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
    Ok((headers, Sse::new(stream)).into_response())
}

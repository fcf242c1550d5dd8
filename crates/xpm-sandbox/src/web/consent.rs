//! The page on which a person gives a consent, or does not, where consents are asked for.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse as _, Response};

use super::identity::percent_encoded;
use crate::inner::Inner;
use crate::oauth::AuthoriseRequest;

/// How the authorise endpoint gives a consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Consents {
    /// At once: the browser is sent back with a code. For programs.
    #[default]
    AtOnce,
    /// By a person, on a page with what is asked for. For browsers.
    Asked,
}

/// What the page's first link adds to the request: the person's answer.
const GIVEN: &str = "consent=given";

#[derive(Debug, Template)]
#[template(path = "consent.html")]
struct Page<'a> {
    /// No page of the sandbox's own.
    here: &'a str,
    client_id: &'a str,
    scopes: Vec<&'a str>,
    allow: String,
    cancel: String,
}

/// Shows the page before the request goes on; the same request with the person's answer goes on.
pub(super) async fn ask(
    State(inner): State<Arc<Inner>>,
    Query(asked): Query<AuthoriseRequest>,
    request: Request,
    next: Next,
) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let is_given = query.split('&').any(|pair| pair == GIVEN);
    let web = ["http://", "https://"];
    // What cannot be answered to is refused as it always is.
    let has_a_way_back = web
        .iter()
        .any(|start| asked.redirect_uri.starts_with(start));
    let is_known = asked.client_id == inner.app.client_id && has_a_way_back;
    if inner.consents() == Consents::AtOnce || is_given || !is_known {
        return next.run(request).await;
    }
    let mut cancel = asked.redirect_uri.clone();
    cancel.push(if cancel.contains('?') { '&' } else { '?' });
    cancel.push_str("error=access_denied");
    if let Some(state) = &asked.state {
        cancel.push_str(&format!("&state={}", percent_encoded(state)));
    }
    let page = Page {
        here: "",
        client_id: &asked.client_id,
        scopes: asked.scope.split_whitespace().collect(),
        allow: format!("?{query}&{GIVEN}"),
        cancel,
    };
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; img-src data:; frame-ancestors 'none'; \
             base-uri 'none'",
        ),
    ];
    match page.render() {
        Ok(text) => (headers, Html(text)).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

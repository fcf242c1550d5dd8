//! The sandbox as an HTTP server.

mod consent;
mod control;
mod disturb;
mod forms;
mod guard;
mod identity;
mod openid;
mod pages;
mod socket;
mod xpm;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use axum::routing::{any, delete, get, post};

use crate::gateway::{Credentials, Reply};
use crate::inner::Inner;
pub use consent::Consents;
pub(crate) use socket::{Line, LoopbackListener};

/// The largest request body, in bytes.
const MAX_BODY: usize = 1 << 20;
/// The largest body that the control interface loads records from, in bytes.
const MAX_LOAD: usize = 64 << 20;

/// Everything that the sandbox serves.
pub(crate) fn router(inner: Arc<Inner>) -> Router {
    Router::new()
        .route("/practicemanager/3.1/{*call}", any(xpm::call))
        .route(
            "/identity/connect/authorize",
            get(identity::authorise).layer(from_fn_with_state(Arc::clone(&inner), consent::ask)),
        )
        .route("/.well-known/openid-configuration", get(openid::discovery))
        .route("/.well-known/openid-configuration/jwks", get(openid::jwks))
        .route("/connect/token", post(identity::token))
        .route("/connect/revocation", post(identity::revocation))
        .route("/connections", get(identity::connections))
        .route("/connections/{id}", delete(identity::disconnect))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .merge(for_people(&inner))
        .with_state(inner)
}

/// What is outside of XPM: the control interface and the pages, behind a guard.
fn for_people(inner: &Arc<Inner>) -> Router<Arc<Inner>> {
    Router::new()
        .nest(
            "/_sandbox",
            control::router().layer(DefaultBodyLimit::max(MAX_LOAD)),
        )
        .merge(pages::router())
        .nest("/control", forms::router())
        .layer(from_fn_with_state(Arc::clone(inner), guard::check))
}

fn credentials(headers: &HeaderMap) -> Credentials {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let bearer = text("authorization").and_then(|value| value.strip_prefix("Bearer "));
    Credentials {
        bearer: bearer.map(|token| token.trim().to_owned()),
        tenant: text("xero-tenant-id").map(|tenant| tenant.trim().to_owned()),
    }
}

fn response(reply: Reply) -> Response {
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or_default();
    add_headers(response.headers_mut(), reply.headers);
    response
}

/// Adds headers that are not there yet: what a reply says of itself comes first.
fn add_headers(headers: &mut HeaderMap, more: Vec<(&'static str, String)>) {
    for (name, value) in more {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers
                .entry(HeaderName::from_static(name))
                .or_insert(value);
        }
    }
}

/// Runs work that may wait for the disk where waiting is allowed.
async fn blocking<T, F>(work: F) -> Option<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    tokio::task::spawn_blocking(work).await.ok()
}

//! `/.well-known/openid-configuration` with its keys, and the page that asks who signs in.

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Response};
use serde_json::{Value, json};

use super::identity::percent_encoded;
use crate::inner::Inner;
use crate::oauth::AuthoriseRequest;
use crate::openid::Login;

pub(super) async fn discovery(State(inner): State<Arc<Inner>>) -> Json<Value> {
    let base = inner.base_url.get().map_or("", String::as_str);
    Json(json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/identity/connect/authorize"),
        "token_endpoint": format!("{base}/connect/token"),
        "jwks_uri": format!("{base}/.well-known/openid-configuration/jwks"),
        "revocation_endpoint": format!("{base}/connect/revocation"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }))
}

pub(super) async fn jwks(State(inner): State<Arc<Inner>>) -> Json<Value> {
    // The first time a key is made, which takes a moment.
    let keys = super::blocking(move || crate::lock(&inner.openid).jwks()).await;
    Json(keys.unwrap_or_default())
}

/// Who signs in: the one that the request names, the only one there is, or nobody yet.
pub(super) fn chosen(inner: &Inner, request: &AuthoriseRequest) -> Option<Login> {
    let logins = &crate::lock(&inner.openid).logins;
    match (&request.person, logins.as_slice()) {
        (Some(subject), all) => all.iter().find(|login| login.subject == *subject).cloned(),
        (None, [only]) => Some(only.clone()),
        (None, _) => None,
    }
}

#[derive(Debug, Template)]
#[template(path = "sign_in.html")]
struct Asked<'a> {
    here: &'a str,
    logins: Vec<Choice>,
    cancel: String,
}

#[derive(Debug)]
struct Choice {
    name: String,
    email: Option<String>,
    url: String,
}

/// Asks who signs in: each choice is the same request again, with the person in it.
pub(super) fn ask(inner: &Inner, query: &str, cancel: String) -> Response {
    let choice = |login: &Login| Choice {
        name: login.name.clone(),
        email: login.email.clone(),
        url: format!("?{query}&person={}", percent_encoded(&login.subject)),
    };
    let logins = crate::lock(&inner.openid)
        .logins
        .iter()
        .map(choice)
        .collect();
    let page = Asked {
        here: "",
        logins,
        cancel,
    };
    let mut response = match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    };
    let policy = "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; \
                  frame-ancestors 'none'";
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

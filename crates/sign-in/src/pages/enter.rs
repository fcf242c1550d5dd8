//! In: the page that offers to sign in, off to the provider, and back.

use std::sync::{Arc, PoisonError};

use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use secrecy::SecretString;

use super::html::{Page, escaped, guarded};
use super::{BEGIN, ENTER, Fields, field, said, to_of, too_often, unknown, with_to};
use crate::arriving::{is_secret, secret};
use crate::cookie::{self, ARRIVING, SESSION};
use crate::refusal::NotSignedIn;
use crate::signed_in::{Inner, Unknown};

/// The longest code or state that is read, in bytes.
const LONGEST: usize = 4_096;

pub(super) async fn offer(
    State(inner): State<Arc<Inner>>,
    Query(query): Query<Fields>,
    parts: Parts,
) -> Response {
    let to = to_of(&query);
    match inner.current(&parts.headers).await {
        Ok(Some(_)) => return Redirect::to(&to).into_response(),
        Ok(None) => {}
        Err(error) => return unknown(&error),
    }
    let (begin, provider) = (with_to(BEGIN, &to), &inner.settings.provider_name);
    let main = format!(
        "<p>Sign in to see the practice’s workflows.</p>\
         <p><a class=\"button\" href=\"{}\">Sign in with {}</a></p>",
        escaped(&begin),
        escaped(provider),
    );
    Page::new("Sign in").main(main).respond(StatusCode::OK)
}

pub(super) async fn begin(
    State(inner): State<Arc<Inner>>,
    Query(query): Query<Fields>,
    parts: Parts,
) -> Response {
    if let Err(wait) = inner.admit(&parts) {
        return too_often(wait);
    }
    let to = to_of(&query);
    let now = inner.now();
    let (url, question) = match inner.provider.ask(now).await {
        Ok(asked) => asked,
        Err(error) => return not_signed_in(&error, &to),
    };
    let transport = inner.settings.transport();
    // One name for all the tabs of a browser, so that none of them undoes another.
    let known = cookie::get(&parts.headers, ARRIVING, transport).filter(|name| is_secret(name));
    let name = known.map_or_else(secret, str::to_owned);
    {
        // What is kept is kept or taken whole, so a panic elsewhere leaves nothing half-kept.
        let mut arriving = inner
            .arriving
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        arriving.keep(question, to, &name, now);
    }
    let mut response = Redirect::to(url.as_str()).into_response();
    guarded(&mut response);
    cookie::set(&mut response, ARRIVING, &name, transport);
    response
}

pub(super) async fn back(
    State(inner): State<Arc<Inner>>,
    Query(query): Query<Fields>,
    parts: Parts,
) -> Response {
    if let Err(wait) = inner.admit(&parts) {
        return too_often(wait);
    }
    let short = |name: &str| field(&query, name).filter(|text| text.len() <= LONGEST);
    let transport = inner.settings.transport();
    let (now, name) = (
        inner.now(),
        cookie::get(&parts.headers, ARRIVING, transport),
    );
    let off = name.zip(short("state")).and_then(|(name, state)| {
        let mut arriving = inner
            .arriving
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        arriving.take(state, name, now)
    });
    let Some(off) = off else {
        return again(
            StatusCode::BAD_REQUEST,
            "this browser was not off to sign in, or for too long.",
            "/",
        );
    };
    let Some(code) = short("code") else {
        let denied = field(&query, "error") == Some("access_denied");
        let sentence = match denied {
            true => "you did not agree to it at the identity provider.",
            false => "the identity provider sent no code.",
        };
        return again(StatusCode::BAD_REQUEST, sentence, &off.to);
    };
    let code = SecretString::from(code.to_owned());
    let identity = match inner.provider.identify(off.question, &code, now).await {
        Ok(identity) => identity,
        Err(error) => return not_signed_in(&error, &off.to),
    };
    let token = match inner.begin(identity, &parts.headers).await {
        Ok(token) => token,
        Err(error) => return unknown(&Unknown::from(error)),
    };
    let mut response = Redirect::to(&off.to).into_response();
    guarded(&mut response);
    cookie::set(&mut response, SESSION, &token, transport);
    response
}

/// Why somebody was not signed in, in words for them; the log has it too.
fn not_signed_in(error: &NotSignedIn, to: &str) -> Response {
    tracing::warn!(%error, "somebody was not signed in");
    let status = match error {
        NotSignedIn::Pausing | NotSignedIn::NoAnswer(_) => StatusCode::SERVICE_UNAVAILABLE,
        NotSignedIn::Unreadable => StatusCode::BAD_GATEWAY,
        NotSignedIn::Refused(_) | NotSignedIn::IdToken(_) => StatusCode::FORBIDDEN,
    };
    let mut response = again(status, &format!("{error}."), to);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, 60.into());
    }
    response
}

fn again(status: StatusCode, sentence: &str, to: &str) -> Response {
    let main = format!(
        "<p role=\"alert\">You were not signed in: {}</p><p><a href=\"{}\">Back to signing in</a></p>",
        escaped(sentence),
        escaped(&with_to(ENTER, to)),
    );
    Page::new("Not signed in").main(main).respond(status)
}

/// What is shown after signing out.
pub(super) fn left() -> Response {
    let mut response = said(
        StatusCode::OK,
        "Signed out",
        "You are signed out here. At the identity provider you may still be signed in: on a machine \
         that others use, sign out there too.",
    );
    guarded(&mut response);
    response
}

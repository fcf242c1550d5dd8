//! The pages around signing in: plain HTML in the tab's style, without a script.

mod account;
mod enter;
mod html;
mod roles;

use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::FormRejection;
use axum::extract::{DefaultBodyLimit, Form};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use chrono::TimeDelta;

use self::html::{Page, escaped};
use crate::signed_in::{Current, Inner, Unknown};

/// The page that offers to sign in.
pub(crate) const ENTER: &str = "/sign-in";
/// Where a browser sets off to the provider.
const BEGIN: &str = "/sign-in/begin";
/// Where the provider sends it back to.
pub(crate) const BACK: &str = "/sign-in/back";
/// The page of one's own account.
pub(crate) const ACCOUNT: &str = "/sign-in/account";
const OUT: &str = "/sign-in/out";
const OTHERS: &str = "/sign-in/others";
const PRACTICE: &str = "/sign-in/practice";
/// The page on which administrators say who may do what.
const ROLES: &str = "/sign-in/roles";

/// The largest form, in bytes.
const LARGEST_FORM: usize = 16 * 1024;
/// The longest address of a page to go on to, in bytes.
const LONGEST_TO: usize = 2_048;

/// The fields of a form or a query.
type Fields = Vec<(String, String)>;

pub(crate) fn router(inner: Arc<Inner>) -> Router {
    Router::new()
        .route(ENTER, get(enter::offer))
        .route(BEGIN, get(enter::begin))
        .route(BACK, get(enter::back))
        .route(ACCOUNT, get(account::show))
        .route(OUT, post(account::out))
        .route(OTHERS, post(account::end_others))
        .route(PRACTICE, post(account::choose))
        .route(ROLES, get(roles::show).post(roles::submit))
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .with_state(inner)
}

fn field<'f>(fields: &'f [(String, String)], name: &str) -> Option<&'f str> {
    let mut found = fields.iter().filter(|(of, _)| of == name);
    found.next().map(|(_, value)| value.as_str())
}

/// A page of this server to go on to. Whatever could lead elsewhere is none.
pub(crate) fn local(to: &str) -> Option<&str> {
    let leads_here = to.starts_with('/') && !to.starts_with("//");
    // Browsers read a backslash as a slash, and leave out line breaks and tabs.
    let is_plain = to
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let ours = to == ENTER || to.starts_with("/sign-in/") || to.starts_with("/sign-in?");
    (leads_here && is_plain && !ours && to.len() <= LONGEST_TO).then_some(to)
}

/// One of these pages, which goes on to that one.
pub(crate) fn with_to(page: &str, to: &str) -> String {
    if to == "/" {
        return page.to_owned();
    }
    let mut url = format!("{page}?to=");
    for byte in to.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                url.push(char::from(byte));
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

/// The page that a query says to go on to; that of the beginning where it says none.
fn to_of(query: &[(String, String)]) -> String {
    let to = field(query, "to").and_then(local);
    to.unwrap_or("/").to_owned()
}

/// Whoever is signed in, or where to sign in.
async fn require_current(inner: &Inner, parts: &Parts, to: &str) -> Result<Current, Response> {
    match inner.current(&parts.headers).await {
        Ok(Some(current)) => Ok(current),
        Ok(None) => Err(Redirect::to(&with_to(ENTER, to)).into_response()),
        Err(error) => Err(unknown(&error)),
    }
}

/// A form of somebody who is signed in, if these pages made it for them.
async fn submitted(
    inner: &Inner,
    parts: &Parts,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<(Current, Fields), Response> {
    let current = require_current(inner, parts, "/").await?;
    let site = parts.headers.get("sec-fetch-site");
    let from_elsewhere = site.is_some_and(|site| site != "same-origin" && site != "none");
    let Form(fields) = form.map_err(|error| {
        let status = error.status();
        said(
            status,
            "Nothing was done",
            "This is no form of this page, or it is too large.",
        )
    })?;
    if from_elsewhere || field(&fields, "token") != Some(current.form.as_str()) {
        return Err(said(
            StatusCode::FORBIDDEN,
            "Nothing was done",
            "This form was not made for you by this page, or it is from before you signed in. Open \
             the page again.",
        ));
    }
    Ok((current, fields))
}

/// A page of one sentence.
fn said(status: StatusCode, title: &str, sentence: &str) -> Response {
    let main = format!("<p>{}</p>", escaped(sentence));
    Page::new(title).main(main).respond(status)
}

/// Where a store did not answer. What it said is for the log.
fn unknown(error: &Unknown) -> Response {
    let error: &dyn std::error::Error = error;
    tracing::error!(error, "who is signed in cannot be told");
    said(
        StatusCode::SERVICE_UNAVAILABLE,
        "Try again",
        "Who is signed in cannot be told just now. Try again in a minute.",
    )
}

/// What somebody is told who tries too often.
fn too_often(wait: TimeDelta) -> Response {
    let seconds = wait.num_seconds().max(0) + 1;
    let minutes = (seconds + 59) / 60;
    let when = match minutes {
        1 => "in a minute".to_owned(),
        minutes => format!("in {minutes} minutes"),
    };
    let sentence = format!(
        "There were too many attempts to sign in, from your network or from all together. Whoever \
         is signed in stays signed in. Try again {when}; until then it does not help to reload this \
         page."
    );
    let status = StatusCode::TOO_MANY_REQUESTS;
    let mut response = said(status, "Too many attempts", &sentence);
    let headers = response.headers_mut();
    headers.insert(axum::http::header::RETRY_AFTER, seconds.into());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_leads_elsewhere() {
        for good in ["/", "/client/x?y=1&z=%2F", "/overview#main", "/sign-ins"] {
            assert_eq!(local(good), Some(good));
        }
        let long = format!("/{}", "a".repeat(LONGEST_TO));
        for bad in [
            "",
            "overview",
            "//evil.example",
            "/\\evil.example",
            "/a\\b",
            "/\t/evil.example",
            "/\n/evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/sign-in",
            "/sign-in/begin",
            "/sign-in?to=/",
            "/ü",
            &long,
        ] {
            assert_eq!(local(bad), None, "{bad:?}");
        }
        assert_eq!(with_to(ENTER, "/"), "/sign-in");
        assert_eq!(with_to(ENTER, "/a?b=c&d"), "/sign-in?to=/a%3Fb%3Dc%26d");
    }
}

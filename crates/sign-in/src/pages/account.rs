//! One's own account: who one is, which practices one sees, one's sessions, and out.

use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use workflow_core::access::Role;
use workflow_core::ids::PracticeId;

use super::html::{Page, escaped, hidden};
use super::{
    ACCOUNT, Fields, OTHERS, OUT, PRACTICE, ROLES, enter, field, local, require_current, said,
    submitted, to_of, unknown,
};
use crate::cookie::{self, SESSION};
use crate::signed_in::{Current, Inner, Unknown};

pub(super) async fn show(
    State(inner): State<Arc<Inner>>,
    Query(query): Query<Fields>,
    parts: Parts,
) -> Response {
    let to = to_of(&query);
    let current = match require_current(&inner, &parts, &to).await {
        Ok(current) => current,
        Err(response) => return response,
    };
    match page(&inner, &current, &to).await {
        Ok(response) => response,
        Err(error) => unknown(&error),
    }
}

async fn page(inner: &Inner, current: &Current, to: &str) -> Result<Response, Unknown> {
    let session = &current.session;
    let roles = inner.roles(session).await?;
    let who = match &session.email {
        Some(email) => format!("{} ({email})", session.name),
        None => session.name.to_string(),
    };
    let head = format!("<p>You are signed in as {}.</p>", escaped(&who));
    let out = format!(
        "<form method=\"post\" action=\"{OUT}\">{}<p><button class=\"button\" type=\"submit\">Sign \
         out</button></p></form>",
        hidden("token", &current.form)
    );
    if roles.is_empty() {
        let page = Page::new("No role yet")
            .main(head)
            .main(asking(inner, current));
        return Ok(page.main(out).respond(StatusCode::FORBIDDEN));
    }
    let seen = inner.seen_by(current).await?;
    let practices = practices(inner, current, &roles, seen.as_ref(), to).await?;
    let mut page = Page::new("Your account").main(head).main(practices);
    if seen.is_some_and(|(_, role)| role == Role::Administrator) {
        page = page.main(format!(
            "<p><a href=\"{ROLES}\">Who may do what in the practice</a></p>"
        ));
    }
    let page = page.main(sessions(inner, current).await?).main(out);
    Ok(page.respond(StatusCode::OK))
}

/// Whom to ask, and for what.
fn asking(inner: &Inner, current: &Current) -> String {
    let session = &current.session;
    let mut text = format!(
        "<p>Your account has no role in any practice here, so there is nothing to see. Ask {} to \
         give you one, and tell them for which account:</p><ul>",
        escaped(&inner.settings.ask)
    );
    for account in session.accounts() {
        text += &format!("<li><code>{}</code></li>", escaped(account.as_str()));
    }
    text + "</ul><p>Then open this page again.</p>"
}

/// The practices that somebody sees; a button to go to each, where there are several.
async fn practices(
    inner: &Inner,
    current: &Current,
    roles: &[(PracticeId, Role)],
    seen: Option<&(PracticeId, Role)>,
    to: &str,
) -> Result<String, Unknown> {
    let mut text = match seen {
        None => "<h2>Which practice do you want to see?</h2>".to_owned(),
        Some(_) => "<h2>Practices</h2>".to_owned(),
    };
    for (id, role) in roles {
        let practice = inner.workflows.practice(id.clone()).practice().await?;
        let name = escaped(practice.value.name.as_str());
        let is_seen = seen.is_some_and(|(seen, _)| seen == id);
        let label = match is_seen {
            true => format!("Go on with {name}"),
            false => format!("See {name}"),
        };
        text += &format!(
            "<form method=\"post\" action=\"{PRACTICE}\">{}{}{}<p><button class=\"button\" \
             type=\"submit\">{label}</button> <span class=\"muted\">{role}</span></p></form>",
            hidden("token", &current.form),
            hidden("practice", id.as_str()),
            hidden("to", to),
        );
    }
    Ok(text)
}

/// One's sessions, and a button that ends the others.
async fn sessions(inner: &Inner, current: &Current) -> Result<String, Unknown> {
    let (subject, now) = (&current.session.subject, inner.now());
    let all = inner.sessions.sessions_of(subject, now).await?;
    let stamp = |at: chrono::DateTime<chrono::Utc>| at.format("%-d %B %Y, %H:%M UTC");
    let mut text = "<h2>Sessions</h2><ul>".to_owned();
    for (token, session) in &all {
        let here = match *token == current.token {
            true => " (this one)",
            false => "",
        };
        text += &format!(
            "<li>signed in {}, last used {}, ends {}{here}</li>",
            stamp(session.begun_at),
            stamp(session.seen_at),
            stamp(session.ends_at),
        );
    }
    text += "</ul>";
    if all.len() > 1 {
        text += &format!(
            "<form method=\"post\" action=\"{OTHERS}\">{}<p><button class=\"button\" \
             type=\"submit\">End my other sessions</button></p></form>",
            hidden("token", &current.form)
        );
    }
    Ok(text)
}

pub(super) async fn out(
    State(inner): State<Arc<Inner>>,
    parts: Parts,
    form: Result<Form<Fields>, FormRejection>,
) -> Response {
    let current = match submitted(&inner, &parts, form).await {
        Ok((current, _)) => current,
        Err(response) => return response,
    };
    if let Err(error) = inner.sessions.end_session(&current.token).await {
        return unknown(&error.into());
    }
    let mut response = enter::left();
    cookie::clear(&mut response, SESSION, inner.settings.transport());
    response
}

pub(super) async fn end_others(
    State(inner): State<Arc<Inner>>,
    parts: Parts,
    form: Result<Form<Fields>, FormRejection>,
) -> Response {
    let current = match submitted(&inner, &parts, form).await {
        Ok((current, _)) => current,
        Err(response) => return response,
    };
    let (subject, but) = (&current.session.subject, Some(&current.token));
    match inner.sessions.end_sessions_of(subject, but).await {
        Ok(_) => Redirect::to(ACCOUNT).into_response(),
        Err(error) => unknown(&error.into()),
    }
}

pub(super) async fn choose(
    State(inner): State<Arc<Inner>>,
    parts: Parts,
    form: Result<Form<Fields>, FormRejection>,
) -> Response {
    let (current, fields) = match submitted(&inner, &parts, form).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    match chosen(&inner, &current, &fields).await {
        Ok(true) => {
            let to = field(&fields, "to").and_then(local).unwrap_or("/");
            Redirect::to(to).into_response()
        }
        Ok(false) => said(
            StatusCode::FORBIDDEN,
            "Nothing was done",
            "You have no role in that practice.",
        ),
        Err(error) => unknown(&error),
    }
}

/// Notes which practice somebody chose; not one in which they have no role.
async fn chosen(
    inner: &Inner,
    current: &Current,
    fields: &[(String, String)],
) -> Result<bool, Unknown> {
    let practice = field(fields, "practice").and_then(|id| id.parse::<PracticeId>().ok());
    let Some(practice) = practice else {
        return Ok(false);
    };
    if inner.role_in(&practice, &current.session).await?.is_none() {
        return Ok(false);
    }
    let token = &current.token;
    Ok(inner.sessions.choose_practice(token, &practice).await?)
}

//! Who may do what in a practice: for its administrators.

use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Redirect, Response};
use workflow_core::access::{Access, Account, Role};
use workflow_core::service::{CommandError, PracticeHandle};

use super::html::{Page, escaped, hidden};
use super::{ACCOUNT, Fields, ROLES, field, require_current, said, submitted, unknown};
use crate::signed_in::{Current, Inner, Unknown, actor, end_sessions_without_role};

pub(super) async fn show(State(inner): State<Arc<Inner>>, parts: Parts) -> Response {
    let current = match require_current(&inner, &parts, "/").await {
        Ok(current) => current,
        Err(response) => return response,
    };
    match administered(&inner, &current).await {
        Ok(practice) => page(&practice, &current, StatusCode::OK, "", "").await,
        Err(response) => response,
    }
}

/// The practice that somebody sees and administers.
async fn administered(inner: &Inner, current: &Current) -> Result<PracticeHandle, Response> {
    match inner.seen_by(current).await {
        Ok(Some((practice, Role::Administrator))) => Ok(inner.workflows.practice(practice)),
        Ok(_) => Err(said(
            StatusCode::FORBIDDEN,
            "Not for you",
            "Only an administrator of the practice may say who may do what.",
        )),
        Err(error) => Err(unknown(&error)),
    }
}

async fn page(
    practice: &PracticeHandle,
    current: &Current,
    status: StatusCode,
    problem: &str,
    typed: &str,
) -> Response {
    let (name, all) = match read(practice).await {
        Ok(read) => read,
        Err(error) => return unknown(&Unknown::from(error)),
    };
    let mut main = format!("<p>In {}. Each change is in the audit.</p>", escaped(&name));
    if !problem.is_empty() {
        main += &format!(
            "<p class=\"problem\" role=\"alert\">{}</p>",
            escaped(problem)
        );
    }
    main += "<table><thead><tr><th scope=\"col\">Account</th><th scope=\"col\">Role</th>\
             <th scope=\"col\">Change</th></tr></thead><tbody>";
    for Access { account, role } in &all {
        let role = role.map_or("", Role::word);
        let shown = escaped(account.as_str());
        main += &format!(
            "<tr><td>{shown}</td><td>{role}</td><td><form method=\"post\" action=\"{ROLES}\">{}{}{}\
             <button class=\"button small\" type=\"submit\" aria-label=\"Revoke the role of \
             {shown}\">Revoke</button></form></td></tr>",
            hidden("token", &current.form),
            hidden("account", account.as_str()),
            hidden("role", "none"),
        );
    }
    main += "</tbody></table>";
    let options: String = Role::ALL
        .iter()
        .map(|role| format!("<option value=\"{role}\">{role}</option>"))
        .collect();
    main += &format!(
        "<h2>Give a role</h2><form method=\"post\" action=\"{ROLES}\">{}\
         <p><label for=\"account\">E-mail address, or the account as its page shows it</label><br>\
         <input id=\"account\" name=\"account\" required maxlength=\"800\" value=\"{}\"></p>\
         <p><label for=\"role\">Role</label><br><select id=\"role\" name=\"role\">{options}\
         </select></p>\
         <p>A viewer reads. An editor adds, edits and deploys. An administrator connects the \
         practice as well, and says who may do what.</p>\
         <p><button class=\"button\" type=\"submit\">Give the role</button></p></form>\
         <p><a href=\"{ACCOUNT}\">Your account</a> · <a href=\"/\">Workflows</a></p>",
        hidden("token", &current.form),
        escaped(typed),
    );
    Page::new("Who may do what").main(main).respond(status)
}

async fn read(practice: &PracticeHandle) -> Result<(String, Vec<Access>), CommandError> {
    let name = practice.practice().await?.value.name.to_string();
    Ok((name, practice.accesses().await?))
}

pub(super) async fn submit(
    State(inner): State<Arc<Inner>>,
    parts: Parts,
    form: Result<Form<Fields>, FormRejection>,
) -> Response {
    let (current, fields) = match submitted(&inner, &parts, form).await {
        Ok(sent) => sent,
        Err(response) => return response,
    };
    let practice = match administered(&inner, &current).await {
        Ok(practice) => practice,
        Err(response) => return response,
    };
    let typed = field(&fields, "account").unwrap_or_default();
    match change(&inner, &practice, &current, &fields).await {
        Ok(()) => Redirect::to(ROLES).into_response(),
        Err(Refused::Input(problem)) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            page(&practice, &current, status, &problem, typed).await
        }
        Err(Refused::Unknown(error)) => unknown(&error),
    }
}

/// Why a role was not changed.
enum Refused {
    /// Because of what was given.
    Input(String),
    /// Because of the store.
    Unknown(Unknown),
}

impl From<CommandError> for Refused {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::NotFound { .. } => Self::Input(format!("Nothing was done: {error}.")),
            other => Self::Unknown(other.into()),
        }
    }
}

async fn change(
    inner: &Inner,
    practice: &PracticeHandle,
    current: &Current,
    fields: &[(String, String)],
) -> Result<(), Refused> {
    let input =
        |error: &dyn std::fmt::Display| Refused::Input(format!("Nothing was done: {error}."));
    let typed = field(fields, "account").unwrap_or_default();
    let account: Account = typed.parse().map_err(|error| input(&error))?;
    let role = match field(fields, "role").unwrap_or_default() {
        "none" => None,
        word => Some(word.parse::<Role>().map_err(|error| input(&error))?),
    };
    if role != Some(Role::Administrator) {
        let all = practice.accesses().await?;
        let administrates = |access: &&Access| access.role == Some(Role::Administrator);
        let others = all.iter().filter(administrates);
        if others.filter(|access| access.account != account).count() == 0 {
            return Err(Refused::Input(
                "Nothing was done: the practice would have no administrator any more. Make somebody \
                 else one first."
                    .to_owned(),
            ));
        }
    }
    let actor = actor(&current.session);
    let Some(role) = role else {
        practice.revoke(actor, account.clone()).await?;
        let sessions = inner.sessions.as_ref();
        let ended = end_sessions_without_role(&inner.workflows, sessions, &account).await;
        if let Err(error) = ended {
            // They see nothing all the same: a role is asked for at each request.
            tracing::error!(
                error = &*error as &dyn std::error::Error,
                "sessions were not ended"
            );
        }
        return Ok(());
    };
    practice.grant(actor, account, role).await?;
    Ok(())
}

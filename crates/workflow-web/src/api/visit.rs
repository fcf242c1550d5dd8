//! The guard of the API: who sent a request, for which practice, whether they may; and what a
//! handler is given of it.

use axum::extract::{FromRequestParts, OriginalUri, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use workflow_core::deployment::Digest;
use workflow_core::ids::{ClientId, CommandKey, WorkflowId};
use workflow_core::ports::store::{Version, Versioned};
use workflow_core::practice::{Client, Link};
use workflow_core::service::{By, PracticeHandle};
use workflow_core::workflow::Workflow;

use super::problem::Problem;
use crate::App;
use crate::host::{Role, Unwelcome, Visitor};

/// The header under which a command is carried out once, however often it is sent.
pub(crate) const KEY: &str = "Idempotency-Key";

/// The longest key, in bytes.
const LONGEST_KEY: usize = 128;

/// One request by somebody who may make it. A handler has no other way to a practice.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    /// The path under which the API is served, without a slash at its end.
    pub(crate) base: String,
    pub(crate) visitor: Visitor,
    pub(crate) practice: PracticeHandle,
    key: Option<CommandKey>,
    /// The version that the caller saw, if they named one.
    seen: Option<Version>,
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let unguarded = || {
            let detail = "This was reached without its guard.";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "failed", detail)
        };
        parts.extensions.get().cloned().ok_or_else(unguarded)
    }
}

/// Lets a request through to its handler, or answers it.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match admit(&app, &parts).await {
        Ok(visit) => {
            parts.extensions.insert(visit);
            next.run(Request::from_parts(parts, body)).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn admit(app: &App, parts: &Parts) -> Result<Visit, Problem> {
    let visitor = app
        .host
        .visitor(parts)
        .await
        .map_err(|unwelcome| turned_away(&unwelcome))?;
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        if visitor.role < Role::Editor {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "not-allowed",
                "You may look at workflows here and not change them.",
            ));
        }
        // What another site has a browser send comes with this browser's session.
        let site = parts.headers.get("sec-fetch-site");
        if site.is_some_and(|site| site != "same-origin" && site != "none") {
            return Err(Problem::new(
                StatusCode::FORBIDDEN,
                "not-allowed",
                "This was sent by another site, and nothing was done.",
            ));
        }
    }
    Ok(Visit {
        base: base_of(parts),
        practice: app.workflows.practice(visitor.practice.clone()),
        key: key(&parts.headers, &visitor)?,
        seen: seen(&parts.headers)?,
        visitor,
    })
}

fn turned_away(unwelcome: &Unwelcome) -> Problem {
    let (status, kind, detail) = match unwelcome {
        Unwelcome::SignIn { .. } => (StatusCode::UNAUTHORIZED, "sign-in", "Sign in first."),
        Unwelcome::Stranger => (
            StatusCode::FORBIDDEN,
            "not-allowed",
            "Your account has no part in this practice.",
        ),
        Unwelcome::Unknown => (
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "Who is signed in cannot be told just now. Try again in a minute.",
        ),
    };
    Problem::new(status, kind, detail)
}

/// The path of the API as the outside knows it.
fn base_of(parts: &Parts) -> String {
    let inner = parts.uri.path();
    let outer = parts.extensions.get::<OriginalUri>();
    let outer = outer.map_or(inner, |uri| uri.0.path());
    let base = outer.strip_suffix(inner).unwrap_or(outer);
    base.trim_end_matches('/').to_owned()
}

/// The command key of a request: the caller's own, so that nobody meets another's.
fn key(headers: &HeaderMap, visitor: &Visitor) -> Result<Option<CommandKey>, Problem> {
    let Some(given) = headers.get(KEY) else {
        return Ok(None);
    };
    let fault = |reason: &str| Problem::bad_request(KEY, reason);
    let text = given.to_str().ok().filter(|text| !text.trim().is_empty());
    let text = text.ok_or_else(|| fault("It must be visible ASCII, and not empty."))?;
    if text.len() > LONGEST_KEY {
        return Err(fault("It must be 128 characters at most."));
    }
    let actor = visitor.actor.to_string();
    let digest = Digest::of(&[b"api key 1\0", actor.as_bytes(), b"\0", text.as_bytes()]);
    let key = digest.as_str().parse();
    key.map(Some).map_err(|_| fault("It cannot be a key."))
}

/// The version that `If-Match` names.
fn seen(headers: &HeaderMap) -> Result<Option<Version>, Problem> {
    let Some(given) = headers.get(header::IF_MATCH) else {
        return Ok(None);
    };
    let text = given.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let version = inner.and_then(|text| text.parse().ok());
    let detail = "It must be one ETag as this API gave it, such as \"7\", or *.";
    let version = version.ok_or_else(|| Problem::bad_request("If-Match", detail))?;
    Ok(Some(Version(version)))
}

impl Visit {
    /// Who gives a command, under the request's key and on the condition of its `If-Match`.
    pub(crate) fn by(&self) -> By {
        let mut by = By::from(self.visitor.actor.clone());
        if let Some(key) = &self.key {
            by = by.once(key.clone());
        }
        match self.seen {
            Some(version) => by.having_seen(version),
            None => by,
        }
    }

    /// Who gives a command about something that has no version yet.
    pub(crate) fn by_anew(&self) -> By {
        let by = By::from(self.visitor.actor.clone());
        match &self.key {
            Some(key) => by.once(key.clone()),
            None => by,
        }
    }

    /// A problem as it is answered: 412 where the caller said which version they saw.
    pub(crate) fn refused(&self, problem: impl Into<Problem>) -> Problem {
        let problem = problem.into();
        match self.seen {
            Some(_) if problem.is_changed() => Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "changed",
                "It has changed since you saw that version, and nothing was done. Look again.",
            )
            .of("If-Match"),
            _ => problem,
        }
    }

    /// Whoever replaces something whole says what they saw of it.
    pub(crate) fn require_seen(&self, headers: &HeaderMap) -> Result<(), Problem> {
        if headers.contains_key(header::IF_MATCH) {
            return Ok(());
        }
        Err(Problem::new(
            StatusCode::PRECONDITION_REQUIRED,
            "if-match",
            "Name the version that you saw, so that nobody else’s change is lost; * replaces \
             whatever is there.",
        )
        .of("If-Match"))
    }

    pub(crate) async fn client(&self, id: &str) -> Result<Client, Problem> {
        let unknown = || Problem::not_found("client");
        let id: ClientId = id.parse().map_err(|_| unknown())?;
        Ok(self.practice.client(id).await?.ok_or_else(unknown)?.value)
    }

    pub(crate) async fn workflow(&self, id: &str) -> Result<Versioned<Workflow>, Problem> {
        let unknown = || Problem::not_found("workflow");
        let id: WorkflowId = id.parse().map_err(|_| unknown())?;
        self.practice.workflow(id).await?.ok_or_else(unknown)
    }

    /// Refuses what needs XPM where the practice is not connected to it.
    pub(crate) async fn require_connected(&self) -> Result<(), Problem> {
        match self.practice.practice().await?.value.link {
            Link::Connected { .. } => Ok(()),
            Link::NotConnected | Link::Broken { .. } => Err(Problem::new(
                StatusCode::CONFLICT,
                "not-connected",
                "The practice is not connected to XPM, so no job can be created there. Connect it \
                 first.",
            )),
        }
    }
}

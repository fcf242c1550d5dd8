//! The application that the Workflow tab is mounted in: who acts, and for which practice.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use sign_in::{Settings, SignIn};
use workflow::audit::Actor;
use workflow::ids::PracticeId;
use workflow::service::{PracticeHandle, Workflows};
use workflow::sqlite::SqliteStore;
use workflow::web::{Host, LocalHost, Role, Unwelcome, Visitor, router};
use workflow::xpm::Xpm;

use crate::connecting::{self, BEGIN, END};
use crate::failure::Failure;
use crate::sample::PRACTICE_NAME;

/// The tab of the demonstration, with links to the simulated XPM's pages.
pub(crate) fn demo(workflows: Workflows, practice: PracticeId, xpm_page: &str) -> Router {
    let host = LocalHost::new(practice, Actor::person("Grace Nguyen"))
        .titled(PRACTICE_NAME)
        .jobs_at(format!("{xpm_page}/jobs/{{number}}"));
    router(workflows, host).layer(from_fn(by_this_machines_name))
}

/// The tab for whoever is on this machine, with the pages that connect the practice to XPM.
///
/// # Errors
///
/// Where the public address is none.
pub(crate) fn operator(
    workflows: Workflows,
    practice: &PracticeHandle,
    xpm: Xpm,
    public_url: &str,
) -> Result<Router, Failure> {
    let host = LocalHost::new(practice.id().clone(), Actor::person("operator"));
    let host = host.connect_at(BEGIN).disconnect_at(END);
    let pages = connecting::router(xpm, workflows.clone(), Arc::new(host.clone()), public_url)?;
    Ok(pages
        .merge(router(workflows, host))
        .layer(from_fn(by_this_machines_name)))
}

/// The tab that people sign in to by OpenID Connect, each in their role, with the pages that connect
/// a practice to XPM.
///
/// # Errors
///
/// Where the public address is none, or the machine cannot speak TLS.
pub(crate) fn signing_in(
    workflows: Workflows,
    sessions: SqliteStore,
    xpm: Xpm,
    settings: Settings,
    public_url: &str,
) -> Result<Router, Failure> {
    let sign_in = SignIn::new(settings, workflows.clone(), Arc::new(sessions));
    let sign_in = sign_in.map_err(|error| Failure::other(format!("signing in: {error}")))?;
    let host = sign_in.host().connect_at(BEGIN).disconnect_at(END);
    let pages = connecting::router(xpm, workflows.clone(), Arc::new(host.clone()), public_url)?;
    let all = pages.merge(sign_in.router()).merge(router(workflows, host));
    Ok(match public_url.starts_with("https:") {
        true => all,
        false => all.layer(from_fn(by_this_machines_name)),
    })
}

/// The tab behind a proxy that signs people in and names them in a header. Where the address is
/// known under which browsers reach it, administrators can connect the practice to XPM.
///
/// # Errors
///
/// Where the header's name or the public address is none.
pub(crate) fn behind_proxy(
    workflows: Workflows,
    practice: &PracticeHandle,
    xpm: Xpm,
    proxy: &Proxy,
) -> Result<Router, Failure> {
    let header = &proxy.header;
    let header = HeaderName::try_from(header)
        .map_err(|_| Failure::input(format!("{header:?} is not the name of a header")))?;
    let host = BehindProxy {
        practice: practice.id().clone(),
        header,
        administrators: proxy.administrators.iter().cloned().collect(),
        connects: proxy.public_url.is_some(),
    };
    let pages = match &proxy.public_url {
        None => Router::new(),
        Some(url) => connecting::router(xpm, workflows.clone(), Arc::new(host.clone()), url)?,
    };
    Ok(pages.merge(router(workflows, host)))
}

/// How a proxy signs people in.
#[derive(Debug)]
pub(crate) struct Proxy {
    /// The header that names the person.
    pub(crate) header: String,
    /// Who of them may connect the practice.
    pub(crate) administrators: Vec<String>,
    /// Under which address browsers reach the server.
    pub(crate) public_url: Option<String>,
}

/// Lets through what was addressed to this machine by its own name: another site's page, whose
/// name was made to lead here, is not asked to sign in and must not get in.
async fn by_this_machines_name(request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    match name {
        "localhost" | "127.0.0.1" | "[::1]" => next.run(request).await,
        _ => {
            let sentence = "This server is for its own machine: use http://localhost.\n";
            (StatusCode::MISDIRECTED_REQUEST, sentence).into_response()
        }
    }
}

/// Whoever the proxy names may add, edit and deploy; administrators may connect as well.
#[derive(Clone, Debug)]
struct BehindProxy {
    practice: PracticeId,
    header: HeaderName,
    administrators: BTreeSet<String>,
    connects: bool,
}

#[async_trait]
impl Host for BehindProxy {
    async fn visitor(&self, request: &Parts) -> Result<Visitor, Unwelcome> {
        let mut named = request.headers.get_all(&self.header).iter();
        // Two names would mean that one of them came from outside the proxy.
        let (Some(name), None) = (named.next(), named.next()) else {
            return Err(Unwelcome::SignIn { url: None });
        };
        let name = std::str::from_utf8(name.as_bytes())
            .unwrap_or_default()
            .trim();
        if name.is_empty() {
            return Err(Unwelcome::SignIn { url: None });
        }
        Ok(Visitor {
            actor: Actor::person(name),
            role: match self.administrators.contains(name) {
                true => Role::Administrator,
                false => Role::Editor,
            },
            practice: self.practice.clone(),
        })
    }

    fn connect_url(&self, _practice: &PracticeId) -> Option<String> {
        self.connects.then(|| BEGIN.to_owned())
    }

    fn disconnect_url(&self, _practice: &PracticeId) -> Option<String> {
        self.connects.then(|| END.to_owned())
    }
}

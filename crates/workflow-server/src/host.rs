//! The application that the Workflow tab is mounted in: who acts, and for which practice.

use async_trait::async_trait;
use axum::Router;
use axum::http::HeaderName;
use axum::http::request::Parts;
use workflow::audit::Actor;
use workflow::ids::PracticeId;
use workflow::service::Workflows;
use workflow::web::{Host, LocalHost, Role, Unwelcome, Visitor, router};

use crate::failure::Failure;
use crate::sample::PRACTICE_NAME;

/// The tab of the demonstration, with links to the simulated XPM's pages.
pub(crate) fn demo(workflows: Workflows, practice: PracticeId, xpm_page: &str) -> Router {
    let host = LocalHost::new(practice, Actor::person("Grace Nguyen"))
        .titled(PRACTICE_NAME)
        .jobs_at(format!("{xpm_page}/jobs/{{number}}"));
    router(workflows, host)
}

/// The tab for whoever is on this machine.
pub(crate) fn operator(workflows: Workflows, practice: PracticeId) -> Router {
    router(
        workflows,
        LocalHost::new(practice, Actor::person("operator")),
    )
}

/// The tab behind a proxy that signs people in and names them in a header.
///
/// # Errors
///
/// Where the header's name is none.
pub(crate) fn behind_proxy(
    workflows: Workflows,
    practice: PracticeId,
    header: &str,
) -> Result<Router, Failure> {
    let header = HeaderName::try_from(header)
        .map_err(|_| Failure::input(format!("{header:?} is not the name of a header")))?;
    Ok(router(workflows, BehindProxy { practice, header }))
}

/// Whoever the proxy names may add, edit and deploy.
#[derive(Debug)]
struct BehindProxy {
    practice: PracticeId,
    header: HeaderName,
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
            role: Role::Editor,
            practice: self.practice.clone(),
        })
    }
}

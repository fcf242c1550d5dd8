//! The host that the tab asks: who acts is whoever is signed in, in their role in the practice that
//! they see.

use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::OriginalUri;
use axum::http::Method;
use axum::http::request::Parts;
use workflow_core::deployment::JobRef;
use workflow_core::ids::PracticeId;
use workflow_web::{CalendarFeed, Host, Transport, Unwelcome, Visitor};

use crate::pages::{self, ACCOUNT, ENTER};
use crate::signed_in::{Inner, Unknown, actor};

/// The host that [`SignIn::host`](crate::SignIn::host) makes.
///
/// Calendar programs do not sign in, so no feed is offered.
#[derive(Clone, Debug)]
pub struct SignInHost {
    inner: Arc<Inner>,
    job_url: Option<String>,
    connect_url: Option<String>,
    disconnect_url: Option<String>,
}

impl SignInHost {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self {
            inner,
            job_url: None,
            connect_url: None,
            disconnect_url: None,
        }
    }

    /// The same with links to jobs: `{id}` in the pattern stands for the job's UUID.
    #[must_use]
    pub fn jobs_at(mut self, pattern: impl Into<String>) -> Self {
        self.job_url = Some(pattern.into());
        self
    }

    /// The same with a page that connects the practice to XPM.
    #[must_use]
    pub fn connect_at(mut self, url: impl Into<String>) -> Self {
        self.connect_url = Some(url.into());
        self
    }

    /// The same with a page that ends the practice's connection to XPM.
    #[must_use]
    pub fn disconnect_at(mut self, url: impl Into<String>) -> Self {
        self.disconnect_url = Some(url.into());
        self
    }

    async fn seen(&self, request: &Parts) -> Result<Result<Visitor, Unwelcome>, Unknown> {
        let to = wanted(request);
        let sent = |page: &str| {
            let url = Some(pages::with_to(page, &to));
            Ok(Err(Unwelcome::SignIn { url }))
        };
        let Some(current) = self.inner.current(&request.headers).await? else {
            return sent(ENTER);
        };
        // Who has no role, or several practices, is told so on the page of their account.
        let Some((practice, role)) = self.inner.seen_by(&current).await? else {
            return sent(ACCOUNT);
        };
        Ok(Ok(Visitor {
            actor: actor(&current.session),
            role,
            practice,
        }))
    }
}

/// The page that was asked for; that of the beginning where something was sent.
fn wanted(request: &Parts) -> String {
    if request.method != Method::GET {
        return "/".to_owned();
    }
    let outer = request.extensions.get::<OriginalUri>();
    let uri = outer.map_or(&request.uri, |uri| &uri.0);
    let asked = uri.path_and_query().map_or("/", |asked| asked.as_str());
    pages::local(asked).unwrap_or("/").to_owned()
}

#[async_trait]
impl Host for SignInHost {
    async fn visitor(&self, request: &Parts) -> Result<Visitor, Unwelcome> {
        self.seen(request).await.unwrap_or_else(|error| {
            tracing::error!(error = &error as &dyn std::error::Error, "nobody is let in");
            Err(Unwelcome::Unknown)
        })
    }

    fn job_url(&self, _practice: &PracticeId, job: &JobRef) -> Option<String> {
        let pattern = self.job_url.as_deref()?;
        Some(pattern.replace("{id}", &job.id.to_string()))
    }

    fn connect_url(&self, _practice: &PracticeId) -> Option<String> {
        self.connect_url.clone()
    }

    fn disconnect_url(&self, _practice: &PracticeId) -> Option<String> {
        self.disconnect_url.clone()
    }

    fn account_url(&self, _practice: &PracticeId) -> Option<String> {
        Some(ACCOUNT.to_owned())
    }

    fn feed_url(
        &self,
        _practice: &PracticeId,
        _feed: &CalendarFeed,
        _path: &str,
    ) -> Option<String> {
        None
    }

    fn transport(&self) -> Transport {
        self.inner.settings.transport()
    }
}

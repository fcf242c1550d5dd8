//! What nearly every page needs first: the practice, its zone and the time.

use axum::http::StatusCode;
use chrono::{DateTime, NaiveDate, Utc};
use workflow_core::ids::{ClientId, WorkflowId};
use workflow_core::ports::store::Versioned;
use workflow_core::practice::{Client, Link, Practice};
use workflow_core::service::PracticeHandle;
use workflow_core::workflow::Workflow;
use workflow_core::zone::Zone;

use crate::App;
use crate::error::Trouble;
use crate::host::{CalendarFeed, checked_link};
use crate::security::Visit;

/// The practice of a visit, its zone and the time.
#[derive(Clone, Debug)]
pub(crate) struct Desk {
    pub(crate) handle: PracticeHandle,
    pub(crate) practice: Practice,
    pub(crate) zone: Zone,
    pub(crate) now: DateTime<Utc>,
    /// The last entry of the audit before anything else was read; nothing where it cannot be
    /// read.
    pub(crate) head: Option<u64>,
}

impl Desk {
    pub(crate) async fn of(app: &App, visit: &Visit) -> Result<Self, Trouble> {
        let handle = visit.practice.clone();
        let head = handle.audit_head().await.ok();
        let practice = handle.practice().await?.value;
        let zone = handle.zone().await?;
        let now = app.workflows.ports().clock.now();
        Ok(Self {
            handle,
            practice,
            zone,
            now,
            head,
        })
    }

    /// Whether the practice is connected to XPM, so that something asked for can be deployed.
    pub(crate) fn is_connected(&self) -> bool {
        matches!(self.practice.link, Link::Connected { .. })
    }

    pub(crate) fn today(&self) -> NaiveDate {
        self.zone.today(self.now)
    }

    /// The client whose UUID stands in the path.
    pub(crate) async fn client(&self, id: &str) -> Result<Client, Trouble> {
        let unknown = || Trouble::not_found("client");
        let id: ClientId = id.parse().map_err(|_| unknown())?;
        let found = self.handle.client(id).await?;
        Ok(found.ok_or_else(unknown)?.value)
    }

    /// The workflow whose UUID stands in the path, if it is this client's.
    pub(crate) async fn workflow(
        &self,
        client: &Client,
        id: &str,
    ) -> Result<Versioned<Workflow>, Trouble> {
        let unknown = || Trouble::not_found("workflow");
        let id: WorkflowId = id.parse().map_err(|_| unknown())?;
        let found = self.handle.workflow(id).await?;
        found
            .filter(|found| found.value.client() == client.id)
            .ok_or_else(unknown)
    }
}

/// The address of a calendar feed, if the host shows one.
pub(crate) fn feed_url(app: &App, visit: &Visit, feed: &CalendarFeed) -> Option<String> {
    let path = format!("{}{}", visit.base, feed.path());
    let url = app.host.feed_url(visit.practice.id(), feed, &path);
    url.and_then(checked_link)
}

/// A page as a response.
pub(crate) fn page(
    status: StatusCode,
    template: &impl askama::Template,
) -> Result<axum::response::Response, Trouble> {
    use axum::response::{Html, IntoResponse};
    let html = template.render().map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a template failed"
        );
        Trouble::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "This page could not be made. The log says more.",
        )
    })?;
    Ok((status, Html(html)).into_response())
}

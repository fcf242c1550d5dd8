//! The Audit tab of a workflow.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use workflow_core::audit::Subject;

use crate::App;
use crate::error::Trouble;
use crate::forms::Input;
use crate::security::Visit;
use crate::views::audit::{EntryView, Telling};
use crate::views::desk::{Desk, page};
use crate::views::directory::Directory;
use crate::views::frame::{Frame, Part};
use crate::views::shell::{Head, Shell, Tab};

/// Entries on one page.
const PAGE: u32 = 50;

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    frame: Frame,
    shell: Shell,
    head: Head,
    /// The workflow, for the practice's audit.
    id: String,
    entries: Vec<EntryView>,
    zone: String,
    is_first: bool,
    older: Option<u64>,
}

pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    Path((client, workflow)): Path<(String, String)>,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let client = desk.client(&client).await?;
    let workflow = desk.workflow(&client, &workflow).await?.value;
    let directory = Directory::of(&desk.handle).await?;
    let telling = Telling {
        zone: &desk.zone,
        directory: &directory,
        deployments: &desk.handle.deployments_of(workflow.id()).await?,
    };
    let before = input.get("before").parse().ok();
    let subject = Some(Subject::Workflow(workflow.id()));
    let found = desk.handle.audit(subject, before, PAGE).await?;
    let full = found.len() == PAGE as usize;
    let older = found.last().map(|entry| entry.seq).filter(|_| full);
    let title = format!("Audit · {} · {}", workflow.settings().name, client.name);
    let template = AuditPage {
        frame: Frame::of(&app, &visit, &desk, Part::Clients, title).await?,
        shell: Shell::of(&app, &visit, &desk, &client, &input, Some(workflow.id())).await?,
        head: Head::of(&visit, &desk, &workflow, Tab::Audit),
        id: workflow.id().to_string(),
        entries: found.iter().map(|entry| telling.entry(entry)).collect(),
        zone: desk.zone.to_string(),
        is_first: before.is_none(),
        older,
    };
    page(StatusCode::OK, &template)
}

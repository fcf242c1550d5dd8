//! A client's Workflow tab before a workflow is opened: what comes up next.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;

use crate::App;
use crate::error::Trouble;
use crate::forms::Input;
use crate::host::CalendarFeed;
use crate::security::Visit;
use crate::views::desk::{Desk, feed_url, page};
use crate::views::frame::{Frame, Part};
use crate::views::shell::{Shell, workflow_url};
use crate::views::words::Day;
use workflow_core::ports::store::Activity;

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    frame: Frame,
    shell: Shell,
    coming: Vec<Coming>,
    /// The calendar feed of this client.
    feed: Option<String>,
}

/// The next deployment of one workflow.
struct Coming {
    on: NaiveDate,
    deploys: Day,
    due: Day,
    /// The job's name.
    job: String,
    url: String,
}

pub(crate) async fn overview(
    State(app): State<App>,
    visit: Visit,
    Path(client): Path<String>,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let client = desk.client(&client).await?;
    let mut coming: Vec<Coming> = Vec::new();
    let active = Some(Activity::Active);
    for found in desk.handle.workflows_of(client.id, active).await? {
        let workflow = found.value;
        if let Some(next) = workflow.next() {
            let names = desk.handle.names(workflow.id(), 1).await?;
            let job = match names.get(&next.occurrence) {
                Some(Ok(name)) => name.clone(),
                Some(Err(_)) | None => workflow.settings().name.text().to_owned(),
            };
            coming.push(Coming {
                on: next.dates.deploys_on(),
                deploys: next.dates.deploys_on().into(),
                due: next.dates.due().into(),
                job,
                url: workflow_url(&visit, &workflow),
            });
        }
    }
    coming.sort_by_key(|next| next.on);
    let title = client.name.to_string();
    let template = OverviewPage {
        frame: Frame::of(&app, &visit, &desk, Part::Clients, title).await?,
        shell: Shell::of(&app, &visit, &desk, &client, &input, None).await?,
        coming,
        feed: feed_url(&app, &visit, &CalendarFeed::Client(client.id)),
    };
    page(StatusCode::OK, &template)
}

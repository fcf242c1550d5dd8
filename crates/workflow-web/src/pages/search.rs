//! Search over clients and workflows.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use workflow_core::practice::Standing;

use crate::App;
use crate::error::Trouble;
use crate::forms::Input;
use crate::security::Visit;
use crate::views::desk::{Desk, page};
use crate::views::frame::{Frame, Part};
use crate::views::shell::{client_url, workflow_url};
use crate::views::status::StatusView;

/// The most clients, and the most workflows, that are listed.
const MOST: u32 = 50;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    search: String,
    clients: Vec<FoundClient>,
    more_clients: bool,
    workflows: Vec<FoundWorkflow>,
    more_workflows: bool,
}

struct FoundClient {
    name: String,
    url: String,
    is_gone: bool,
}

struct FoundWorkflow {
    name: String,
    client: String,
    url: String,
    status: StatusView,
}

pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let search = input.get("q").to_owned();
    let found = desk.handle.search(&search, MOST).await?;
    let clients = found.clients.iter().map(|client| FoundClient {
        name: client.name.to_string(),
        url: client_url(&visit, client.id),
        is_gone: client.standing == Standing::Gone,
    });
    let workflows = found.workflows.iter().map(|found| FoundWorkflow {
        name: found.name.clone(),
        client: found.client_name.clone(),
        url: workflow_url(&visit, &found.workflow),
        status: StatusView::of(&found.workflow),
    });
    let template = SearchPage {
        frame: Frame::of(&app, &visit, &desk, Part::Overview, "Search").await?,
        search,
        clients: clients.collect(),
        more_clients: found.more_clients,
        workflows: workflows.collect(),
        more_workflows: found.more_workflows,
    };
    page(StatusCode::OK, &template)
}

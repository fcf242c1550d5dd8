//! The Settings tab of a workflow.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::App;
use crate::error::{Trouble, as_sentence};
use crate::forms::Input;
use crate::security::Visit;
use crate::views::desk::{Desk, page};
use crate::views::directory::Directory;
use crate::views::frame::{Frame, Part};
use crate::views::settings::{self, BillingView, Line};
use crate::views::shell::{Head, Shell, Tab};
use crate::views::words;

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage {
    frame: Frame,
    shell: Shell,
    head: Head,
    settings: Vec<Line>,
    plan: Vec<Line>,
    billing: BillingView,
    /// The next jobs' names, by date.
    names: Vec<(String, String)>,
    /// Templates that the services suggest and the workflow lacks.
    suggested: Vec<String>,
}

/// How many of the next names are shown.
const NAMES: usize = 12;

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
    let proposal = match workflow.origin().proposal() {
        Some(id) => desk
            .handle
            .proposal(id.clone())
            .await?
            .map(|found| found.value),
        None => None,
    };
    let suggested = proposal.iter().flat_map(|proposal| {
        let wanted = workflow.origin().service();
        let services = proposal
            .services
            .iter()
            .filter(move |service| wanted.is_none_or(|wanted| *wanted == service.id));
        services.flat_map(|service| &service.templates)
    });
    let mut suggested: Vec<String> = suggested
        .filter(|template| !workflow.settings().templates.contains(template))
        .map(|template| directory.template(*template).name)
        .collect();
    suggested.dedup();
    let begun: Vec<_> = desk
        .handle
        .deployments_of(workflow.id())
        .await?
        .into_iter()
        .map(|found| found.value.occurrence())
        .collect();
    let names = desk.handle.names(workflow.id(), NAMES).await?;
    let names = names
        .into_iter()
        .filter(|(occurrence, _)| !begun.contains(occurrence))
        .map(|(occurrence, name)| {
            let name = name.unwrap_or_else(|error| as_sentence(&error.to_string()));
            (words::occurrence(occurrence), name)
        })
        .collect();
    let title = format!("{} · {}", workflow.settings().name, client.name);
    let template = SettingsPage {
        frame: Frame::of(&app, &visit, &desk, Part::Clients, title).await?,
        shell: Shell::of(&app, &visit, &desk, &client, &input, Some(workflow.id())).await?,
        head: Head::of(&visit, &desk, &workflow, Tab::Settings),
        settings: settings::settings(&workflow, &directory),
        plan: settings::plan(&workflow, proposal.as_ref()),
        billing: settings::billing(&desk, &workflow).await?,
        names,
        suggested,
    };
    page(StatusCode::OK, &template)
}

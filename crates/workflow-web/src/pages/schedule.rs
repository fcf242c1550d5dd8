//! The Schedule tab of a workflow.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use crate::App;
use crate::error::Trouble;
use crate::forms::{Input, Problems};
use crate::security::Visit;
use crate::views::desk::{Desk, page};
use crate::views::directory::Directory;
use crate::views::frame::{Frame, Part};
use crate::views::schedule::{Row, RowFacts, why};
use crate::views::shell::{Head, Shell, Tab};
use crate::views::words::day;

/// How many coming occurrences are listed.
const COMING: usize = 12;

#[derive(Template)]
#[template(path = "schedule.html")]
struct SchedulePage {
    frame: Frame,
    shell: Shell,
    head: Head,
    rows: Vec<Row>,
    is_recurring: bool,
    /// The date that was asked about.
    asked: String,
    /// The answer, or what is wrong with the question.
    answer: String,
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
    let names = desk.handle.names(workflow.id(), COMING).await?;
    let facts = RowFacts {
        practice: visit.practice.id(),
        host: &*app.host,
        zone: &desk.zone,
        directory: &directory,
        names: &names,
        may_edit: visit.may_edit(),
        may_deploy: desk.is_connected(),
    };
    let found = desk.handle.schedule(workflow.id(), COMING).await?;
    let rows = found.iter().map(|row| facts.row(&workflow, row)).collect();
    let mut problems = Problems::default();
    let answer = match crate::forms::read_when::read_date(&input, "why", &mut problems) {
        Some(date) => {
            let answer = desk.handle.why(workflow.id(), date).await?;
            format!("{}. {}", day(date), why(&answer, &desk.zone))
        }
        None => problems.of("why").unwrap_or_default(),
    };
    let title = format!("Schedule · {} · {}", workflow.settings().name, client.name);
    let template = SchedulePage {
        frame: Frame::of(&app, &visit, &desk, Part::Clients, title).await?,
        shell: Shell::of(&app, &visit, &desk, &client, &input, Some(workflow.id())).await?,
        head: Head::of(&visit, &desk, &workflow, Tab::Schedule),
        rows,
        is_recurring: !workflow.plan().schedule.is_one_time(),
        asked: input.get("why").to_owned(),
        answer,
    };
    page(StatusCode::OK, &template)
}

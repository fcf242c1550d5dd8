//! The Schedule tab of a workflow: its rule, what was and will be deployed, a year at a glance, and
//! why a date has a job or has none.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;
use workflow_core::workflow::{Occurrence, Workflow};

use crate::App;
use crate::error::Trouble;
use crate::flash::Flash;
use crate::forms::read_when::read_date;
use crate::forms::{Input, Problems};
use crate::host::CalendarFeed;
use crate::security::Visit;
use crate::views::desk::{Desk, feed_url, page};
use crate::views::directory::Directory;
use crate::views::frame::{Frame, Part, Undo};
use crate::views::schedule::{Row, RowFacts, steps, why};
use crate::views::shell::{Head, Shell, Tab, workflow_url};
use crate::views::words::{self, day};
use crate::views::year::YearView;

/// How many coming occurrences are listed.
const COMING: usize = 12;

/// How many of those that are over are listed, unless all are asked for.
const PAST: usize = 12;

#[derive(Template)]
#[template(path = "schedule.html")]
struct SchedulePage {
    frame: Frame,
    shell: Shell,
    head: Head,
    /// The rule, and how its dates follow, each with its label.
    rule: Vec<(&'static str, String)>,
    rows: Vec<Row>,
    /// How many rows of what is over are left out.
    left_out: usize,
    is_recurring: bool,
    year: YearView,
    asked: Option<Asked>,
    /// The calendar feed of this workflow.
    feed: Option<String>,
}

/// A date that was asked about.
#[derive(Clone, Debug)]
struct Asked {
    /// As it was typed.
    typed: String,
    /// The answer, or what is wrong with the question.
    answer: String,
    /// How the date comes about, step by step.
    steps: Vec<String>,
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
    let coming = desk.handle.preview(workflow.id(), COMING).await?.jobs;
    let explained = coming.iter();
    let explained: BTreeMap<_, _> = explained
        .map(|job| (job.occurrence, steps(&job.explanation)))
        .collect();
    let facts = RowFacts {
        practice: visit.practice.id(),
        host: &*app.host,
        zone: &desk.zone,
        directory: &directory,
        names: &names,
        steps: &explained,
        may_edit: visit.may_edit(),
        may_deploy: desk.is_connected(),
    };
    let found = desk.handle.schedule(workflow.id(), COMING).await?;
    let mut rows: Vec<Row> = found.iter().map(|row| facts.row(&workflow, row)).collect();
    let left_out = match input.get("past") {
        "all" => 0,
        _ => leave_out(&mut rows),
    };
    let feed = CalendarFeed::Workflow {
        client: client.id,
        workflow: workflow.id(),
    };
    let title = format!("Schedule · {} · {}", workflow.settings().name, client.name);
    let mut frame = Frame::of(&app, &visit, &desk, Part::Clients, title).await?;
    frame.undo = undo(&visit, &workflow, &input);
    let template = SchedulePage {
        frame,
        shell: Shell::of(&app, &visit, &desk, &client, &input, Some(workflow.id())).await?,
        head: Head::of(&visit, &desk, &workflow, Tab::Schedule),
        rule: rule(&workflow),
        rows,
        left_out,
        is_recurring: !workflow.plan().schedule.is_one_time(),
        year: YearView::of(&desk, &workflow, &found, input.get("year")).await?,
        asked: asked(&desk, &workflow, &input).await?,
        feed: feed_url(&app, &visit, &feed),
    };
    page(StatusCode::OK, &template)
}

/// How what was just done is taken back, where it can be.
fn undo(visit: &Visit, workflow: &Workflow, input: &Input) -> Option<Undo> {
    let url = workflow_url(visit, workflow);
    let undo = |label, path: &str, hidden| Undo {
        label,
        action: format!("{url}/{path}"),
        hidden,
    };
    match visit.flash.filter(|_| visit.may_edit())? {
        Flash::Moved => {
            let on: Occurrence = input.get("moved").parse().ok()?;
            let was: NaiveDate = input.get("was").parse().ok()?;
            let hidden = vec![("on", on.to_string()), ("to", words::iso(was))];
            Some(undo("Move it back", "do/move", hidden))
        }
        Flash::Paused => {
            let hidden = vec![("owed", "yes".to_owned())];
            Some(undo("Resume it", "do/resume", hidden))
        }
        Flash::Archived => Some(undo("Duplicate it", "now/duplicate", Vec::new())),
        _ => None,
    }
}

fn rule(workflow: &Workflow) -> Vec<(&'static str, String)> {
    let plan = workflow.plan();
    let mut lines = vec![("Schedule", words::schedule(&plan.schedule))];
    lines.extend(words::timing(&plan.timing));
    lines
}

/// Leaves out the oldest of what is over, but for the latest; says how many.
fn leave_out(rows: &mut Vec<Row>) -> usize {
    let over = rows.iter().take_while(|row| row.is_past).count();
    let left_out = over.saturating_sub(PAST);
    rows.drain(..left_out);
    left_out
}

/// The answer about the date in the query, if there is one.
async fn asked(desk: &Desk, workflow: &Workflow, input: &Input) -> Result<Option<Asked>, Trouble> {
    let Some(typed) = input.filled("why") else {
        return Ok(None);
    };
    let mut problems = Problems::default();
    let (answer, steps) = match read_date(input, "why", &mut problems) {
        Some(date) => {
            let answer = desk.handle.why(workflow.id(), date).await?;
            let explanation = desk.handle.explain(workflow.id(), date).await?;
            let answer = format!("{}. {}", day(date), why(&answer, &desk.zone));
            (answer, steps(&explanation))
        }
        None => (problems.of("why").unwrap_or_default(), Vec::new()),
    };
    let typed = typed.to_owned();
    Ok(Some(Asked {
        typed,
        answer,
        steps,
    }))
}

//! Change the schedule and the timing of a workflow.
//!
//! A change acts on all that is not deployed yet. As with the settings, whoever saves second is told
//! and keeps what they typed.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use workflow_core::audit::{Entry, Subject};
use workflow_core::ports::store::Versioned;
use workflow_core::practice::Client;
use workflow_core::service::CommandError;
use workflow_core::workflow::Workflow;

use crate::App;
use crate::error::{Trouble, status_of};
use crate::flash::{Flash, done};
use crate::forms::read_when::read_plan;
use crate::forms::when::{plan_input, sections};
use crate::forms::{FormView, Input, Problems, Refusable};
use crate::security::Visit;
use crate::views::audit::{EntryView, Telling};
use crate::views::desk::{Desk, page};
use crate::views::directory::Directory;
use crate::views::frame::{Frame, Part};
use crate::views::shell::{Head, Shell, Tab, workflow_url};

/// The fields of which the core refuses something in a plan.
const FIELDS: [Refusable; 2] = [
    Refusable::new("schedule", "when", "Schedule"),
    Refusable::new("due date", "due", "Due date"),
];

const NOTE: &str = "A change acts on what is not deployed yet. An occurrence keeps its identity, \
     which is its nominal date, when roll, lead or due date change.";

/// How many of the latest entries are looked through for somebody else's changes.
const LATEST: u32 = 200;

#[derive(Template)]
#[template(path = "edit.html")]
struct PlanPage {
    frame: Frame,
    shell: Shell,
    head: Head,
    form: FormView,
    heading: &'static str,
    note: &'static str,
    meanwhile: Vec<EntryView>,
}

pub(crate) async fn form(
    State(app): State<App>,
    visit: Visit,
    Path((client, workflow)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let client = desk.client(&client).await?;
    let found = desk.workflow(&client, &workflow).await?;
    let input = plan_input(found.value.plan(), desk.today());
    let problems = Problems::default();
    let shown = (StatusCode::OK, &input, &problems, Vec::new());
    render(&app, &visit, &desk, &client, &found, shown).await
}

pub(crate) async fn submit(
    State(app): State<App>,
    visit: Visit,
    Path((client, workflow)): Path<(String, String)>,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let client = desk.client(&client).await?;
    let found = desk.workflow(&client, &workflow).await?;
    let mut problems = Problems::default();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let mut meanwhile = Vec::new();
    if let Some(plan) = read_plan(&input, found.value.plan(), &mut problems) {
        let to = workflow_url(&visit, &found.value);
        if plan == *found.value.plan() {
            return Ok(done(Flash::Planned, &to));
        }
        meanwhile = changes_since(&desk, &found.value, &input).await?;
        if !meanwhile.is_empty() {
            status = StatusCode::CONFLICT;
            problems.add(
                "",
                "Somebody else changed this schedule since you opened it, and nothing of yours \
                 was saved. Yours is below; to save it now is to replace theirs.",
            );
        } else {
            // What is changed after it was looked at here is refused by its version.
            let by = visit.by(&input, "plan").having_seen(found.version);
            match desk.handle.change_plan(by, found.value.id(), plan).await {
                Ok(_) => return Ok(done(Flash::Planned, &to)),
                Err(error @ CommandError::Refused(_)) => {
                    status = status_of(&error);
                    problems.refused(&error, &FIELDS);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
    let shown = (status, &input, &problems, meanwhile);
    render(&app, &visit, &desk, &client, &found, shown).await
}

async fn changes_since(
    desk: &Desk,
    workflow: &Workflow,
    input: &Input,
) -> Result<Vec<Entry>, Trouble> {
    let since: u64 = input.get("seen").parse().unwrap_or(0);
    let subject = Some(Subject::Workflow(workflow.id()));
    let latest = desk.handle.audit(subject, None, LATEST).await?;
    let changes = |entry: &Entry| entry.seq > since && Telling::changes_plan(entry);
    Ok(latest.into_iter().filter(changes).collect())
}

async fn render(
    app: &App,
    visit: &Visit,
    desk: &Desk,
    client: &Client,
    found: &Versioned<Workflow>,
    (status, input, problems, meanwhile): (StatusCode, &Input, &Problems, Vec<Entry>),
) -> Result<Response, Trouble> {
    let workflow = &found.value;
    let directory = Directory::of(&desk.handle).await?;
    let telling = Telling {
        zone: &desk.zone,
        directory: &directory,
        deployments: &[],
    };
    // A form that was refused for a fault keeps what it has seen.
    let seen = if meanwhile.is_empty() && input.has("seen") {
        input.get("seen").to_owned()
    } else {
        let subject = Some(Subject::Workflow(workflow.id()));
        let latest = desk.handle.audit(subject, None, 1).await?;
        latest.first().map_or(0, |entry| entry.seq).to_string()
    };
    let url = workflow_url(visit, workflow);
    let has_proposal = workflow.origin().proposal().is_some();
    let kept = Some(&workflow.plan().schedule);
    let form = FormView {
        action: format!("{url}/plan"),
        hidden: vec![("seen", seen)],
        problems: problems.list(),
        sections: sections(input, problems, has_proposal, kept),
        submit: "Save schedule".into(),
        cancel: url,
        ..FormView::default()
    };
    let title = format!("Schedule · {} · {}", workflow.settings().name, client.name);
    let none = Input::default();
    let template = PlanPage {
        frame: Frame::of(app, visit, desk, Part::Clients, title).await?,
        shell: Shell::of(app, visit, desk, client, &none, Some(workflow.id())).await?,
        head: Head::of(visit, desk, workflow, Tab::Form),
        form,
        heading: "Change when it deploys",
        note: NOTE,
        meanwhile: meanwhile.iter().map(|entry| telling.entry(entry)).collect(),
    };
    page(status, &template)
}

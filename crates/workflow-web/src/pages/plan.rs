//! Change the schedule and the timing of a workflow.
//!
//! Roll, lead, due rule and period may change at any time, and act on what is not deployed yet.
//! The schedule itself may change while nothing was begun; after that it is refused with the way
//! out. As with the settings, whoever saves second is told and keeps what they typed.

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
use crate::forms::when::{For, Offered, fill_from_sentence, plan_input, sections};
use crate::forms::{Fields, FormView, Input, Problems, Refusable};
use crate::pages::add::{LOOK, status_with};
use crate::security::Visit;
use crate::views::audit::{EntryView, Telling};
use crate::views::desk::{Desk, page};
use crate::views::directory::Directory;
use crate::views::frame::{Frame, Part};
use crate::views::preview::{COMING, Preview};
use crate::views::shell::{Head, Shell, Tab, workflow_url};

/// The fields of which the core refuses something in a plan.
const FIELDS: [Refusable; 3] = [
    Refusable::new("schedule", "when", "Schedule"),
    Refusable::new("recurrence", "every", "Repeats"),
    Refusable::new("due date", "due", "Due date"),
];

/// How many of the latest entries are looked through for somebody else's changes.
const LATEST: u32 = 200;

#[derive(Template)]
#[template(path = "plan.html")]
struct PlanPage {
    frame: Frame,
    shell: Shell,
    head: Head,
    form: FormView,
    meanwhile: Vec<EntryView>,
    preview: Option<Preview>,
}

/// What the form is shown with.
struct Shown<'a> {
    status: StatusCode,
    input: &'a Input,
    problems: &'a Problems,
    meanwhile: Vec<Entry>,
    preview: Option<Preview>,
}

impl<'a> Shown<'a> {
    fn of(status: StatusCode, input: &'a Input, problems: &'a Problems) -> Self {
        Self {
            status,
            input,
            problems,
            meanwhile: Vec::new(),
            preview: None,
        }
    }
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
    let shown = Shown::of(StatusCode::OK, &input, &problems);
    render(&app, &visit, &desk, &client, &found, shown).await
}

pub(crate) async fn submit(
    State(app): State<App>,
    visit: Visit,
    Path((client, workflow)): Path<(String, String)>,
    mut input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let client = desk.client(&client).await?;
    let found = desk.workflow(&client, &workflow).await?;
    let mut problems = Problems::default();
    if input.has("fill") {
        input = fill_from_sentence(input, &mut problems);
        let status = status_with(&problems);
        let shown = Shown::of(status, &input, &problems);
        return render(&app, &visit, &desk, &client, &found, shown).await;
    }
    let before = found.value.plan();
    let Some(plan) = read_plan(&input, &desk.zone, before, &mut problems) else {
        let shown = Shown::of(StatusCode::UNPROCESSABLE_ENTITY, &input, &problems);
        return render(&app, &visit, &desk, &client, &found, shown).await;
    };
    let to = workflow_url(&visit, &found.value);
    let mut status = StatusCode::OK;
    let mut preview = None;
    let mut meanwhile = Vec::new();
    if input.has("look") {
        let looked = desk.handle.preview_plan(found.value.id(), plan, COMING);
        match looked.await {
            Ok(found) => preview = Some(Preview::from(found)),
            Err(error @ CommandError::Refused(_)) => {
                status = status_of(&error);
                problems.refused(&error, &FIELDS);
            }
            Err(error) => return Err(error.into()),
        }
    } else if plan == *before {
        return Ok(done(Flash::Planned, &to));
    } else {
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
    let shown = Shown {
        meanwhile,
        preview,
        ..Shown::of(status, &input, &problems)
    };
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
    shown: Shown<'_>,
) -> Result<Response, Trouble> {
    let Shown {
        status,
        input,
        problems,
        meanwhile,
        preview,
    } = shown;
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
    let proposal = match workflow.origin().proposal() {
        Some(_) => Offered::Yes,
        None => Offered::No,
    };
    let form = FormView {
        action: format!("{url}/plan"),
        hidden: vec![("seen", seen)],
        problems: problems.list(),
        sections: sections(Fields { input, problems }, proposal, For::Change),
        submit: "Save schedule".into(),
        cancel: url,
        look: Some(LOOK),
        ..FormView::default()
    };
    let title = format!("Schedule · {} · {}", workflow.settings().name, client.name);
    let none = Input::default();
    let template = PlanPage {
        frame: Frame::of(app, visit, desk, Part::Clients, title).await?,
        shell: Shell::of(app, visit, desk, client, &none, Some(workflow.id())).await?,
        head: Head::of(visit, desk, workflow, Tab::Form),
        form,
        meanwhile: meanwhile.iter().map(|entry| telling.entry(entry)).collect(),
        preview,
    };
    page(status, &template)
}

//! Edit the settings of a workflow.
//!
//! The form carries the version that it was made from. Whoever saves second is told, sees what
//! the first changed, and keeps what they typed; to save once more is then their decision.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use workflow_core::audit::{Entry, Subject};
use workflow_core::ids::WorkflowId;
use workflow_core::ports::store::{Version, Versioned};
use workflow_core::practice::Client;
use workflow_core::service::CommandError;
use workflow_core::workflow::{Settings, Workflow};

use crate::App;
use crate::error::{Trouble, status_of};
use crate::flash::{Flash, done};
use crate::forms::settings::{FIELDS, read_settings, scope_of, settings_input, settings_sections};
use crate::forms::{FormView, Input, Problems};
use crate::security::Visit;
use crate::views::audit::{EntryView, Telling};
use crate::views::desk::{Desk, page};
use crate::views::directory::Directory;
use crate::views::frame::{Frame, Part};
use crate::views::shell::{Head, Shell, Tab, workflow_url};

#[derive(Template)]
#[template(path = "edit.html")]
struct EditPage {
    frame: Frame,
    shell: Shell,
    head: Head,
    form: FormView,
    heading: &'static str,
    note: &'static str,
    /// What somebody else changed since the form was made.
    meanwhile: Vec<EntryView>,
}

const NOTE: &str = "An edit acts on what is not deployed yet. Jobs that are in XPM already, and \
     occurrences that have begun, stay as they are.";

/// How many of the latest entries are looked through for somebody else's edits.
const LATEST: u32 = 200;

pub(crate) async fn form(
    State(app): State<App>,
    visit: Visit,
    Path((client, workflow)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let client = desk.client(&client).await?;
    let found = desk.workflow(&client, &workflow).await?;
    let input = settings_input(found.value.settings());
    let shown = Shown {
        status: StatusCode::OK,
        input: &input,
        problems: &Problems::default(),
        meanwhile: Vec::new(),
    };
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
    let mut found = desk.workflow(&client, &workflow).await?;
    let mut problems = Problems::default();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let mut meanwhile = Vec::new();
    if input.looks_for_something() {
        let shown = Shown {
            status: StatusCode::OK,
            input: &input,
            problems: &problems,
            meanwhile,
        };
        return render(&app, &visit, &desk, &client, &found, shown).await;
    }
    let input = input.without_searches();
    let scope = scope_of(found.value.origin());
    if let Some(settings) = read_settings(&input, scope, &mut problems) {
        match save(&visit, &desk, &found, &input, settings).await? {
            Saved::Done => {
                let to = workflow_url(&visit, &found.value);
                return Ok(done(Flash::Saved, &to));
            }
            Saved::Refused(error) => {
                status = status_of(&error);
                problems.refused(&error, &FIELDS);
            }
            Saved::Overtaken(entries) => {
                status = StatusCode::CONFLICT;
                problems.add(
                    "",
                    "Somebody else changed these settings since you opened them, and nothing of \
                     yours was saved. Yours are below; to save them now is to replace theirs.",
                );
                meanwhile = entries;
                found = desk.workflow(&client, &workflow).await?;
            }
        }
    }
    let shown = Shown {
        status,
        input: &input,
        problems: &problems,
        meanwhile,
    };
    render(&app, &visit, &desk, &client, &found, shown).await
}

/// How an edit ended.
enum Saved {
    Done,
    Refused(CommandError),
    /// Somebody else's edits came first: these.
    Overtaken(Vec<Entry>),
}

async fn save(
    visit: &Visit,
    desk: &Desk,
    found: &Versioned<Workflow>,
    input: &Input,
    settings: Settings,
) -> Result<Saved, Trouble> {
    let id = found.value.id();
    let mut seen = match input.get("version").parse() {
        Ok(version) => Version(version),
        Err(_) => found.version,
    };
    // The workflow's version also rises when the scheduler places or begins an occurrence. Only
    // somebody else's edit is worth asking about; anything else is taken up and tried again.
    for _ in 0..4 {
        let by = visit.by(input, "edit").having_seen(seen);
        match desk.handle.edit(by, id, settings.clone()).await {
            Ok(_) => return Ok(Saved::Done),
            Err(CommandError::Changed { .. }) => {}
            Err(error @ CommandError::Refused(_)) => return Ok(Saved::Refused(error)),
            Err(error) => return Err(error.into()),
        }
        let now = desk.handle.workflow(id).await?;
        let now = now.ok_or_else(|| Trouble::not_found("workflow"))?;
        if *now.value.settings() == settings {
            // Sent twice, or the other one typed the same.
            return Ok(Saved::Done);
        }
        let edits = edits_since(desk, id, input).await?;
        if !edits.is_empty() {
            return Ok(Saved::Overtaken(edits));
        }
        seen = now.version;
    }
    Err(CommandError::Changed { what: "workflow" }.into())
}

async fn edits_since(desk: &Desk, id: WorkflowId, input: &Input) -> Result<Vec<Entry>, Trouble> {
    let since: u64 = input.get("seen").parse().unwrap_or(0);
    let subject = Some(Subject::Workflow(id));
    let latest = desk.handle.audit(subject, None, LATEST).await?;
    Ok(latest
        .into_iter()
        .filter(|entry| entry.seq > since && Telling::changes_settings(entry))
        .collect())
}

/// What a form shows: what was typed, or what is stored, and what was wrong with it.
struct Shown<'a> {
    status: StatusCode,
    input: &'a Input,
    problems: &'a Problems,
    meanwhile: Vec<Entry>,
}

async fn render(
    app: &App,
    visit: &Visit,
    desk: &Desk,
    client: &Client,
    found: &Versioned<Workflow>,
    shown: Shown<'_>,
) -> Result<Response, Trouble> {
    let workflow = &found.value;
    let directory = Directory::of(&desk.handle).await?;
    let telling = Telling {
        zone: &desk.zone,
        directory: &directory,
        deployments: &[],
    };
    let subject = Some(Subject::Workflow(workflow.id()));
    let latest = desk.handle.audit(subject, None, 1).await?;
    let latest = latest.first().map_or(0, |entry| entry.seq);
    // A form that was refused for a fault, or that looked for something, keeps what it has seen, so
    // that an edit made meanwhile is still noticed.
    let keeps = shown.status != StatusCode::CONFLICT && shown.input.has("version");
    let (version, seen) = if keeps {
        (
            shown.input.get("version").to_owned(),
            shown.input.get("seen").to_owned(),
        )
    } else {
        (found.version.0.to_string(), latest.to_string())
    };
    let url = workflow_url(visit, workflow);
    let form = FormView {
        action: format!("{url}/edit"),
        hidden: vec![("version", version), ("seen", seen)],
        problems: shown.problems.list(),
        sections: settings_sections(shown.input, shown.problems, &directory),
        submit: "Save settings".into(),
        cancel: url,
        ..FormView::default()
    };
    let title = format!("Edit · {} · {}", workflow.settings().name, client.name);
    let none = Input::default();
    let template = EditPage {
        frame: Frame::of(app, visit, desk, Part::Clients, title).await?,
        shell: Shell::of(app, visit, desk, client, &none, Some(workflow.id())).await?,
        head: Head::of(visit, desk, workflow, Tab::Form),
        form,
        heading: "Edit settings",
        note: NOTE,
        meanwhile: shown
            .meanwhile
            .iter()
            .map(|entry| telling.entry(entry))
            .collect(),
    };
    page(shown.status, &template)
}

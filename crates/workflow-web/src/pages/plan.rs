//! Change the schedule and the timing of a workflow: the form, what the change would do, and then
//! the change itself.
//!
//! What is applied is what was looked at, and nothing else: where anything has changed since, the
//! page shows the new effect and what happened, and what was typed is not lost.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use workflow_core::audit::{Entry, Subject};
use workflow_core::ports::store::Versioned;
use workflow_core::practice::Client;
use workflow_core::service::{CommandError, SeenChange};
use workflow_core::workflow::{RecurrenceChange, Workflow};

use super::add::status_with;
use crate::App;
use crate::error::{Trouble, status_of};
use crate::flash::{Flash, done};
use crate::forms::read_when::read_plan;
use crate::forms::scope::{self, Asked};
use crate::forms::when::{For, Offered, fill_from_sentence, plan_input, sections};
use crate::forms::{Fields, FormView, Input, Problems, Refusable};
use crate::security::Visit;
use crate::views::audit::{EntryView, Telling};
use crate::views::change::DiffView;
use crate::views::desk::{Desk, page};
use crate::views::directory::Directory;
use crate::views::frame::{Frame, Part};
use crate::views::preview::{COMING, Preview};
use crate::views::shell::{Head, Shell, Tab, workflow_url};

/// The fields of which the core refuses something in a change.
const FIELDS: [Refusable; 4] = [
    Refusable::new("schedule", "when", "Schedule"),
    Refusable::new("recurrence", "every", "Repeats"),
    Refusable::new("due date", "due", "Due date"),
    Refusable::new("scope", "scope", "Scope"),
];

/// How many of the latest entries are looked through for what happened meanwhile.
const LATEST: u32 = 200;

/// How many of them are told.
const TOLD: usize = 12;

#[derive(Template)]
#[template(path = "plan.html")]
struct PlanPage {
    frame: Frame,
    shell: Shell,
    head: Head,
    form: FormView,
}

#[derive(Template)]
#[template(path = "change.html")]
struct ChangePage {
    frame: Frame,
    shell: Shell,
    head: Head,
    /// Where the form is sent.
    action: String,
    /// The form that was filled in, to be applied or gone back to.
    hidden: Vec<(String, String)>,
    /// What was looked at.
    seen: String,
    diff: DiffView,
    preview: Option<Preview>,
    /// Whether it was to be applied, and things have changed since it was looked at.
    is_stale: bool,
    meanwhile: Vec<EntryView>,
}

/// The workflow whose schedule is to be changed.
struct Page<'a> {
    app: &'a App,
    visit: &'a Visit,
    desk: &'a Desk,
    client: &'a Client,
    found: &'a Versioned<Workflow>,
}

/// Why the effect of a change is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    /// It was asked for.
    First,
    /// It was to be applied, and is another now.
    Stale,
}

pub(crate) async fn form(
    State(app): State<App>,
    visit: Visit,
    Path((client, workflow)): Path<(String, String)>,
    query: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let client = desk.client(&client).await?;
    let found = desk.workflow(&client, &workflow).await?;
    let of = Page {
        app: &app,
        visit: &visit,
        desk: &desk,
        client: &client,
        found: &found,
    };
    let mut input = plan_input(found.value.plan(), desk.today());
    scope::prefill(&mut input, &query, &found.value);
    of.form(StatusCode::OK, &input, &Problems::default()).await
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
    let of = Page {
        app: &app,
        visit: &visit,
        desk: &desk,
        client: &client,
        found: &found,
    };
    let mut problems = Problems::default();
    if input.has("fill") {
        input = fill_from_sentence(input, &mut problems);
        return of.form(status_with(&problems), &input, &problems).await;
    }
    if input.has("back") {
        return of.form(StatusCode::OK, &input, &problems).await;
    }
    let before = found.value.plan();
    let url = workflow_url(&visit, &found.value);
    let scope = match scope::read(&input, &mut problems) {
        Some(Asked::One(on)) => {
            return Ok(Redirect::to(&format!("{url}/do/move?on={on}")).into_response());
        }
        Some(Asked::Several(scope)) => Some(scope),
        None => None,
    };
    let plan = read_plan(&input, &desk.zone, before, &mut problems);
    let (Some(plan), Some(scope)) = (plan, scope) else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return of.form(status, &input, &problems).await;
    };
    let to = format!("{url}/schedule");
    if plan == *before {
        return Ok(done(Flash::Unchanged, &to));
    }
    let change = RecurrenceChange { plan, scope };
    let Ok(seen) = input.get("apply").parse::<SeenChange>() else {
        return of.effect(Shown::First, &input, &change).await;
    };
    let by = visit.by(&input, "recurrence");
    let id = found.value.id();
    match desk
        .handle
        .change_recurrence(by, id, change.clone(), seen)
        .await
    {
        Ok(_) => Ok(done(Flash::Planned, &to)),
        Err(CommandError::Changed { .. }) => of.effect(Shown::Stale, &input, &change).await,
        Err(error @ CommandError::Refused(_)) => of.refused(&input, &error).await,
        Err(error) => Err(error.into()),
    }
}

impl Page<'_> {
    async fn refused(&self, input: &Input, error: &CommandError) -> Result<Response, Trouble> {
        let mut problems = Problems::default();
        problems.refused(error, &FIELDS);
        self.form(status_of(error), input, &problems).await
    }

    /// The form.
    async fn form(
        &self,
        status: StatusCode,
        input: &Input,
        problems: &Problems,
    ) -> Result<Response, Trouble> {
        let workflow = &self.found.value;
        let fields = Fields { input, problems };
        let proposal = match workflow.origin().proposal() {
            Some(_) => Offered::Yes,
            None => Offered::No,
        };
        // A form that was filled in keeps what was known when it was opened.
        let seen = match input.filled("seen") {
            Some(seen) => seen.to_owned(),
            None => self.latest().await?.to_string(),
        };
        let url = workflow_url(self.visit, workflow);
        let mut all = sections(fields, proposal, For::Change);
        all.extend(scope::section(fields, workflow));
        let form = FormView {
            action: format!("{url}/plan"),
            hidden: vec![("seen", seen)],
            problems: problems.list(),
            sections: all,
            submit: "Show what this changes".into(),
            cancel: format!("{url}/schedule"),
            ..FormView::default()
        };
        let (frame, shell, head) = self.around().await?;
        let template = PlanPage {
            frame,
            shell,
            head,
            form,
        };
        page(status, &template)
    }

    /// What the change would do.
    async fn effect(
        &self,
        shown: Shown,
        input: &Input,
        change: &RecurrenceChange,
    ) -> Result<Response, Trouble> {
        let id = self.found.value.id();
        let handle = &self.desk.handle;
        let preview = match handle.preview_change(id, change).await {
            Ok(preview) => preview,
            Err(error @ CommandError::Refused(_)) => return self.refused(input, &error).await,
            Err(error) => return Err(error.into()),
        };
        let by = self.visit.visitor.actor.clone();
        let jobs = handle.preview_changed(id, change, &by, COMING).await?;
        let since = input.get("seen").parse().unwrap_or(0);
        let meanwhile = self.happened_since(since, shown).await?;
        let status = match (shown, &meanwhile[..]) {
            (Shown::First, []) => StatusCode::OK,
            _ => StatusCode::CONFLICT,
        };
        let directory = Directory::of(handle).await?;
        let telling = Telling {
            zone: &self.desk.zone,
            directory: &directory,
            deployments: &[],
        };
        let asked = ["token", "once", "apply", "seen"];
        let mut hidden: Vec<_> = input
            .pairs()
            .filter(|(name, _)| !asked.contains(name))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        hidden.push(("seen".to_owned(), self.latest().await?.to_string()));
        let (frame, shell, head) = self.around().await?;
        let template = ChangePage {
            frame,
            shell,
            head,
            action: format!("{}/plan", workflow_url(self.visit, &self.found.value)),
            hidden,
            seen: preview.seen.to_string(),
            diff: DiffView::of(&preview, &self.desk.zone),
            preview: Some(Preview::from(jobs)),
            is_stale: shown == Shown::Stale,
            meanwhile: meanwhile.iter().map(|entry| telling.entry(entry)).collect(),
        };
        page(status, &template)
    }

    async fn around(&self) -> Result<(Frame, Shell, Head), Trouble> {
        let (app, visit, desk) = (self.app, self.visit, self.desk);
        let workflow = &self.found.value;
        let name = &self.client.name;
        let title = format!("Schedule · {} · {name}", workflow.settings().name);
        let none = Input::default();
        let frame = Frame::of(app, visit, desk, Part::Clients, title).await?;
        let shell = Shell::of(app, visit, desk, self.client, &none, Some(workflow.id())).await?;
        let head = Head::of(visit, desk, workflow, Tab::Form);
        Ok((frame, shell, head))
    }

    /// The latest entry of the workflow's audit.
    async fn latest(&self) -> Result<u64, Trouble> {
        let subject = Some(Subject::Workflow(self.found.value.id()));
        let latest = self.desk.handle.audit(subject, None, 1).await?;
        Ok(latest.first().map_or(0, |entry| entry.seq))
    }

    /// What happened to the workflow since: changes of its schedule by somebody else, and where the
    /// effect became another one, whatever it was.
    async fn happened_since(&self, since: u64, shown: Shown) -> Result<Vec<Entry>, Trouble> {
        let subject = Some(Subject::Workflow(self.found.value.id()));
        let latest = self.desk.handle.audit(subject, None, LATEST).await?;
        let told = |entry: &Entry| match shown {
            Shown::First => Telling::changes_plan(entry),
            Shown::Stale => true,
        };
        let since = latest.into_iter().filter(|entry| entry.seq > since);
        Ok(since.filter(told).take(TOLD).collect())
    }
}

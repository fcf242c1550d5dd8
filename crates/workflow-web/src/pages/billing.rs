//! Change the billing level of a workflow.
//!
//! It is a form of its own, beside that of the settings: a level that is refused leaves nothing
//! half-saved.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use workflow_core::practice::Client;
use workflow_core::service::CommandError;
use workflow_core::workflow::{Workflow, WorkflowEvent};

use super::add::take_over;
use super::meanwhile::{self, SEEN};
use crate::App;
use crate::error::{Trouble, status_of};
use crate::flash::{Flash, done};
use crate::forms::add::{billing_code, billing_fields, read_billing};
use crate::forms::{Fields, FormView, Input, Problems, Refusable, Section};
use crate::security::Visit;
use crate::views::audit::EntryView;
use crate::views::desk::{Desk, page};
use crate::views::frame::{Frame, Part};
use crate::views::settings::{BillingView, billing, not_possible};
use crate::views::shell::{Head, Shell, Tab, workflow_url};

#[derive(Template)]
#[template(path = "billing.html")]
struct BillingPage {
    frame: Frame,
    shell: Shell,
    head: Head,
    form: FormView,
    billing: BillingView,
    /// What somebody else did since the form was made.
    meanwhile: Vec<EntryView>,
}

pub(crate) async fn form(
    State(app): State<App>,
    visit: Visit,
    Path((client, workflow)): Path<(String, String)>,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let client = desk.client(&client).await?;
    let workflow = desk.workflow(&client, &workflow).await?.value;
    let mut input = Input::default();
    input.set("billing", billing_code(workflow.billing()));
    let problems = Problems::default();
    let shown = Shown {
        status: StatusCode::OK,
        input: &input,
        problems: &problems,
        seen: None,
        meanwhile: Vec::new(),
    };
    render(&app, &visit, &desk, &client, &workflow, shown).await
}

/// What a form is shown with.
struct Shown<'a> {
    status: StatusCode,
    input: &'a Input,
    problems: &'a Problems,
    /// The latest entry that whoever fills the form in has seen; that of now where none is given.
    seen: Option<&'a str>,
    meanwhile: Vec<EntryView>,
}

pub(crate) async fn submit(
    State(app): State<App>,
    visit: Visit,
    Path((client, workflow)): Path<(String, String)>,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let client = desk.client(&client).await?;
    let workflow = desk.workflow(&client, &workflow).await?.value;
    let mut problems = Problems::default();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let level = read_billing(&input, &mut problems);
    let is_about = |event: &WorkflowEvent| {
        matches!(
            event,
            WorkflowEvent::BillingChanged { .. } | WorkflowEvent::Archived { .. }
        )
    };
    let others = meanwhile::by_others(&visit, &desk, workflow.id(), &input, is_about).await?;
    if !others.is_empty() && level != workflow.billing() {
        problems.add("", meanwhile::OVERTAKEN);
        let shown = Shown {
            status: StatusCode::CONFLICT,
            input: &input,
            problems: &problems,
            seen: None,
            meanwhile: meanwhile::views(&desk, &others).await?,
        };
        return render(&app, &visit, &desk, &client, &workflow, shown).await;
    }
    if problems.is_empty() {
        let by = visit.by(&input, "billing");
        let changed = desk
            .handle
            .set_billing(by, workflow.id(), level, take_over(&input))
            .await;
        match changed {
            Ok(_) => return Ok(done(Flash::Billing, &workflow_url(&visit, &workflow))),
            Err(error @ CommandError::Refused(_)) => {
                status = status_of(&error);
                problems.refused(
                    &error,
                    &[Refusable::new("billing", "billing", "Billing level")],
                );
            }
            Err(error) => return Err(error.into()),
        }
    }
    let shown = Shown {
        status,
        input: &input,
        problems: &problems,
        seen: Some(input.get(SEEN)),
        meanwhile: Vec::new(),
    };
    render(&app, &visit, &desk, &client, &workflow, shown).await
}

async fn render(
    app: &App,
    visit: &Visit,
    desk: &Desk,
    client: &Client,
    workflow: &Workflow,
    shown: Shown<'_>,
) -> Result<Response, Trouble> {
    let Shown {
        status,
        input,
        problems,
        seen,
        meanwhile,
    } = shown;
    let seen = match seen {
        Some(seen) => seen.to_owned(),
        None => meanwhile::latest(desk, workflow.id()).await?.to_string(),
    };
    let url = workflow_url(visit, workflow);
    let fields = Fields { input, problems };
    let section = Section {
        legend: "Billing",
        fields: billing_fields(fields, &not_possible(desk, workflow).await?),
        ..Section::default()
    };
    let form = FormView {
        action: format!("{url}/billing"),
        hidden: vec![(SEEN, seen)],
        problems: problems.list(),
        sections: vec![section],
        submit: "Save billing level".into(),
        cancel: url,
        ..FormView::default()
    };
    let title = format!("Billing · {} · {}", workflow.settings().name, client.name);
    let none = Input::default();
    let template = BillingPage {
        frame: Frame::of(app, visit, desk, Part::Clients, title).await?,
        shell: Shell::of(app, visit, desk, client, &none, Some(workflow.id())).await?,
        head: Head::of(visit, desk, workflow, Tab::Form),
        form,
        billing: billing(desk, workflow).await?,
        meanwhile,
    };
    page(status, &template)
}

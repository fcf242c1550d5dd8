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
use workflow_core::workflow::Workflow;

use super::add::take_over;
use crate::App;
use crate::error::{Trouble, status_of};
use crate::flash::{Flash, done};
use crate::forms::add::{billing_code, billing_fields, read_billing};
use crate::forms::{Fields, FormView, Input, Problems, Refusable, Section};
use crate::security::Visit;
use crate::views::desk::{Desk, page};
use crate::views::frame::{Frame, Part};
use crate::views::settings::{BillingView, billing};
use crate::views::shell::{Head, Shell, Tab, workflow_url};

#[derive(Template)]
#[template(path = "billing.html")]
struct BillingPage {
    frame: Frame,
    shell: Shell,
    head: Head,
    form: FormView,
    billing: BillingView,
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
    let shown = (StatusCode::OK, &input, &problems);
    render(&app, &visit, &desk, &client, &workflow, shown).await
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
    let shown = (status, &input, &problems);
    render(&app, &visit, &desk, &client, &workflow, shown).await
}

async fn render(
    app: &App,
    visit: &Visit,
    desk: &Desk,
    client: &Client,
    workflow: &Workflow,
    (status, input, problems): (StatusCode, &Input, &Problems),
) -> Result<Response, Trouble> {
    let url = workflow_url(visit, workflow);
    let fields = Fields { input, problems };
    let section = Section {
        legend: "Billing",
        fields: billing_fields(fields),
        ..Section::default()
    };
    let form = FormView {
        action: format!("{url}/billing"),
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
    };
    page(status, &template)
}

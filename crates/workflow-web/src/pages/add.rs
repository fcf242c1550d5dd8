//! Add workflow.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use workflow_core::practice::Client;
use workflow_core::proposal::Proposal;
use workflow_core::service::{CommandError, TakeOver};

use crate::App;
use crate::error::{Trouble, status_of};
use crate::flash::{Flash, done};
use crate::forms::add::{FIELDS, Filled, NewForm, fill, filled, prefilled, read_new};
use crate::forms::when::fill_from_sentence;
use crate::forms::{Button, FormView, Input, Problems};
use crate::security::Visit;
use crate::views::desk::{Desk, page};
use crate::views::directory::Directory;
use crate::views::frame::{Frame, Part};
use crate::views::preview::{COMING, Preview};
use crate::views::shell::{Shell, client_url};

/// The button that shows what would be deployed.
pub(crate) const LOOK: Button = Button {
    name: "look",
    value: "yes",
    label: "Show the next dates",
};

#[derive(Template)]
#[template(path = "add.html")]
struct AddPage {
    frame: Frame,
    shell: Shell,
    form: FormView,
    preview: Option<Preview>,
    /// What the proposal filled in, where it was just asked to.
    filled: Option<Filled>,
}

pub(crate) async fn form(
    State(app): State<App>,
    visit: Visit,
    Path(client): Path<String>,
    query: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let client = desk.client(&client).await?;
    let proposals = desk.handle.proposals(client.id).await?;
    let input = prefilled(&query, &proposals, desk.today());
    let problems = Problems::default();
    let shown = Shown {
        is_filled: true,
        ..Shown::of(StatusCode::OK, &input, &problems)
    };
    render(&app, &visit, &desk, &client, &proposals, shown).await
}

/// What the form is shown with.
struct Shown<'a> {
    status: StatusCode,
    input: &'a Input,
    problems: &'a Problems,
    preview: Option<Preview>,
    /// Whether the form was just filled in from the proposal that it names.
    is_filled: bool,
}

impl<'a> Shown<'a> {
    fn of(status: StatusCode, input: &'a Input, problems: &'a Problems) -> Self {
        Self {
            status,
            input,
            problems,
            preview: None,
            is_filled: false,
        }
    }
}

pub(crate) async fn submit(
    State(app): State<App>,
    visit: Visit,
    Path(client): Path<String>,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let client = desk.client(&client).await?;
    let proposals = desk.handle.proposals(client.id).await?;
    let mut problems = Problems::default();
    if input.looks_for_something() {
        let shown = Shown::of(StatusCode::OK, &input, &problems);
        return render(&app, &visit, &desk, &client, &proposals, shown).await;
    }
    if input.has("fill") {
        let is_sentence = input.get("fill") == "sentence";
        let input = match is_sentence {
            true => fill_from_sentence(input, &mut problems),
            false => fill(input, &proposals),
        };
        let shown = Shown {
            is_filled: !is_sentence,
            ..Shown::of(status_with(&problems), &input, &problems)
        };
        return render(&app, &visit, &desk, &client, &proposals, shown).await;
    }
    let input = input.without_searches();
    let mut status = StatusCode::UNPROCESSABLE_ENTITY;
    let mut preview = None;
    let new = read_new(&input, client.id, &proposals, &desk.zone, &mut problems);
    if let Some(new) = new.clone().filter(|_| input.has("look")) {
        match desk.handle.preview_new(new, COMING).await {
            Ok(found) => {
                status = StatusCode::OK;
                preview = Some(Preview::from(found));
            }
            Err(error @ CommandError::Refused(_)) => {
                status = status_of(&error);
                problems.refused(&error, &FIELDS);
            }
            Err(error) => return Err(error.into()),
        }
    } else if let Some(new) = new {
        let by = visit.by(&input, "add");
        let added = desk
            .handle
            .add_taking_over(by, new, take_over(&input))
            .await;
        match added {
            Ok(added) => {
                let to = format!("{}/workflow/{}", client_url(&visit, client.id), added.value);
                return Ok(done(Flash::Added, &to));
            }
            Err(error @ CommandError::Refused(_)) => {
                status = status_of(&error);
                problems.refused(&error, &FIELDS);
            }
            Err(error) => return Err(error.into()),
        }
    }
    let shown = Shown {
        preview,
        ..Shown::of(status, &input, &problems)
    };
    render(&app, &visit, &desk, &client, &proposals, shown).await
}

/// The status of a form that is shown again without anything having been saved.
pub(crate) fn status_with(problems: &Problems) -> StatusCode {
    match problems.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// Whether a form asks to take a level over.
pub(crate) fn take_over(input: &Input) -> TakeOver {
    match input.get("take_over") {
        "yes" => TakeOver::Replace,
        _ => TakeOver::Refuse,
    }
}

async fn render(
    app: &App,
    visit: &Visit,
    desk: &Desk,
    client: &Client,
    proposals: &[Proposal],
    shown: Shown<'_>,
) -> Result<Response, Trouble> {
    let Shown {
        status,
        input,
        problems,
        preview,
        is_filled,
    } = shown;
    let directory = Directory::of(&desk.handle).await?;
    let filled = is_filled
        .then(|| filled(input, proposals, &directory))
        .flatten();
    let new = NewForm {
        directory: &directory,
        proposals,
    };
    let url = client_url(visit, client.id);
    let form = FormView {
        action: format!("{url}/new"),
        problems: problems.list(),
        sections: new.sections(input, problems),
        submit: "Add workflow".into(),
        cancel: url,
        look: Some(LOOK),
        ..FormView::default()
    };
    let title = format!("Add workflow · {}", client.name);
    let shell = Shell::of(app, visit, desk, client, &Input::default(), None).await?;
    let template = AddPage {
        frame: Frame::of(app, visit, desk, Part::Clients, title).await?,
        shell: Shell {
            is_adding: true,
            ..shell
        },
        form,
        preview,
        filled,
    };
    page(status, &template)
}

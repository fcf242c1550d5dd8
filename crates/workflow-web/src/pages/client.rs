//! A client's Workflow tab before a workflow is opened: what comes up next, and why a date has no
//! job.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use chrono::NaiveDate;

use crate::App;
use crate::error::Trouble;
use crate::forms::read_when::read_date;
use crate::forms::{Choice, Input, Problems};
use crate::host::CalendarFeed;
use crate::security::Visit;
use crate::views::desk::{Desk, feed_url, page};
use crate::views::frame::{Frame, Part};
use crate::views::schedule::why;
use crate::views::shell::{Shell, called, workflow_url};
use crate::views::words::{Day, iso};
use workflow_core::ports::store::Activity;
use workflow_core::practice::Client;
use workflow_core::workflow::{Why, WhyNot};

#[derive(Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    frame: Frame,
    shell: Shell,
    coming: Vec<Coming>,
    why: WhyView,
    client_id: String,
    /// The calendar feed of this client.
    feed: Option<String>,
}

/// The next deployment of one workflow.
struct Coming {
    on: NaiveDate,
    deploys: Day,
    due: Day,
    /// The job's name.
    job: String,
    url: String,
}

/// "Why is there no job for …": the question, and its answers.
struct WhyView {
    /// The date as it was typed.
    typed: String,
    problem: Option<String>,
    workflows: Vec<Choice>,
    answers: Vec<Answer>,
    /// How many of the workflows have no such date.
    others: usize,
}

/// What one workflow says of a date.
struct Answer {
    name: String,
    url: String,
    answer: String,
}

/// Answers that are given at once.
const ANSWERS: usize = 100;

pub(crate) async fn overview(
    State(app): State<App>,
    visit: Visit,
    Path(client): Path<String>,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let client = desk.client(&client).await?;
    let why = WhyView::of(&visit, &desk, &client, &input).await?;
    let mut coming: Vec<Coming> = Vec::new();
    let active = Some(Activity::Active);
    for found in desk.handle.workflows_of(client.id, active).await? {
        let workflow = found.value;
        if let Some(next) = workflow.next() {
            let names = desk.handle.names(workflow.id(), 1).await?;
            let job = match names.get(&next.occurrence) {
                Some(Ok(name)) => name.clone(),
                Some(Err(_)) | None => workflow.settings().name.text().to_owned(),
            };
            coming.push(Coming {
                on: next.dates.deploys_on(),
                deploys: next.dates.deploys_on().into(),
                due: next.dates.due().into(),
                job,
                url: workflow_url(&visit, &workflow),
            });
        }
    }
    coming.sort_by_key(|next| next.on);
    let title = client.name.to_string();
    let template = OverviewPage {
        frame: Frame::of(&app, &visit, &desk, Part::Clients, title).await?,
        shell: Shell::of(&app, &visit, &desk, &client, &input, None).await?,
        coming,
        why,
        client_id: client.id.to_string(),
        feed: feed_url(&app, &visit, &CalendarFeed::Client(client.id)),
    };
    page(StatusCode::OK, &template)
}

impl WhyView {
    async fn of(
        visit: &Visit,
        desk: &Desk,
        client: &Client,
        input: &Input,
    ) -> Result<Self, Trouble> {
        let proposals = desk.handle.proposals(client.id).await?;
        let chosen = input.get("of");
        let mut workflows = vec![Choice::new("", "Any workflow")];
        let mut asked = Vec::new();
        for found in desk.handle.workflows_of(client.id, None).await? {
            let workflow = found.value;
            let name = called(&workflow, client, &proposals);
            let id = workflow.id().to_string();
            let is_chosen = chosen == id;
            workflows.push(Choice {
                chosen: is_chosen,
                ..Choice::new(id, &name)
            });
            if chosen.is_empty() || is_chosen {
                asked.push((workflow, name));
            }
        }
        let mut view = Self {
            typed: input.get("why").to_owned(),
            problem: None,
            workflows,
            answers: Vec::new(),
            others: 0,
        };
        if view.typed.is_empty() {
            return Ok(view);
        }
        let mut problems = Problems::default();
        let Some(date) = read_date(input, "why", &mut problems) else {
            view.problem = problems.of("why");
            return Ok(view);
        };
        for (workflow, name) in asked.into_iter().take(ANSWERS) {
            let answer = desk.handle.why(workflow.id(), date).await?;
            if chosen.is_empty() && matches!(answer, Why::NoJob(WhyNot::NotInRule)) {
                view.others += 1;
                continue;
            }
            let (url, iso) = (workflow_url(visit, &workflow), iso(date));
            view.answers.push(Answer {
                name,
                url: format!("{url}/schedule?why={iso}#why-head"),
                answer: why(&answer, &desk.zone),
            });
        }
        Ok(view)
    }
}

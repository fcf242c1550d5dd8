//! What of the coming days will fail, and why, before it does.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use workflow_core::plan::{Conflict, Effect, Finding};

use crate::App;
use crate::error::Trouble;
use crate::forms::Input;
use crate::host::percent_encoded;
use crate::security::Visit;
use crate::views::desk::{Desk, page};
use crate::views::frame::{Frame, Part};
use crate::views::planned::ConflictView;
use crate::views::shell::{called, workflow_url};
use crate::views::words::{Day, count};

/// How many days are looked at unless the query says otherwise, and how many at most.
const DAYS: u16 = 60;
const MOST_DAYS: u16 = 366;

/// Workflows that are named for each finding.
const NAMED: usize = 5;

/// Findings on one page.
const MOST: usize = 60;

#[derive(Template)]
#[template(path = "preflight.html")]
struct PreflightPage {
    frame: Frame,
    days: u16,
    until: Day,
    jobs: u64,
    failing: u64,
    calls: u64,
    /// What will fail.
    failures: Vec<FindingView>,
    /// What is worth a look.
    notes: Vec<FindingView>,
    beyond: usize,
    short_days: Vec<ShortDayView>,
}

struct FindingView {
    cause: ConflictView,
    first: Day,
    jobs: String,
    workflows: Vec<(String, String)>,
    more: usize,
    /// What can be done about it here: each with its label and where.
    cures: Vec<(&'static str, String)>,
}

struct ShortDayView {
    day: Day,
    calls: u64,
    room: u64,
    late: u64,
}

pub(crate) async fn show(
    State(app): State<App>,
    visit: Visit,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let days = match input.filled("days") {
        None => DAYS,
        Some(days) => days
            .parse()
            .ok()
            .filter(|days| (1..=MOST_DAYS).contains(days))
            .ok_or_else(|| {
                let most = format!("Days must be a number from 1 to {MOST_DAYS}.");
                Trouble::new(StatusCode::UNPROCESSABLE_ENTITY, most)
            })?,
    };
    let found = desk.handle.preflight(days).await?;
    let (mut failures, mut notes) = (Vec::new(), Vec::new());
    let beyond = found.findings.len().saturating_sub(MOST);
    for finding in found.findings.iter().take(MOST) {
        let view = view(&visit, &desk, finding).await?;
        match finding.cause.effect() {
            Effect::Stops => failures.push(view),
            _ => notes.push(view),
        }
    }
    let short_days = found.short_days.iter().map(|short| ShortDayView {
        day: short.day.into(),
        calls: short.calls,
        room: short.room,
        late: short.late,
    });
    let template = PreflightPage {
        frame: Frame::of(&app, &visit, &desk, Part::Planning, "Preflight").await?,
        days,
        until: found.until.into(),
        jobs: found.jobs,
        failing: found.failing,
        calls: found.calls,
        failures,
        notes,
        beyond,
        short_days: short_days.take(MOST).collect(),
    };
    page(StatusCode::OK, &template)
}

async fn view(visit: &Visit, desk: &Desk, finding: &Finding) -> Result<FindingView, Trouble> {
    let mut workflows = Vec::new();
    for id in finding.workflows.iter().take(NAMED) {
        let Some(found) = desk.handle.workflow(*id).await? else {
            continue;
        };
        let workflow = found.value;
        let Some(client) = desk.handle.client(workflow.client()).await? else {
            continue;
        };
        let proposals = match workflow.origin().proposal() {
            Some(id) => desk.handle.proposal(id.clone()).await?,
            None => None,
        };
        let proposals: Vec<_> = proposals.into_iter().map(|found| found.value).collect();
        let name = called(&workflow, &client.value, &proposals);
        let name = format!("{}, {name}", client.value.name);
        workflows.push((name, workflow_url(visit, &workflow)));
    }
    let jobs = usize::try_from(finding.jobs).unwrap_or(usize::MAX);
    Ok(FindingView {
        cause: ConflictView::from(&finding.cause),
        first: finding.first.into(),
        jobs: count(jobs, "job", "jobs"),
        more: finding.workflows.len() - workflows.len().min(finding.workflows.len()),
        workflows,
        cures: cures(visit, &finding.cause),
    })
}

/// What can be done about a cause in the tab.
fn cures(visit: &Visit, cause: &Conflict) -> Vec<(&'static str, String)> {
    let base = &visit.base;
    let (Conflict::Unlinked { person, .. }
    | Conflict::StaffGone { person, .. }
    | Conflict::UnknownPerson { person }) = cause
    else {
        return Vec::new();
    };
    if !visit.may_edit() {
        return Vec::new();
    }
    let from = percent_encoded(person.as_str());
    let replace = format!("{base}/plan?do=replace&from={from}");
    let mut cures = vec![("Replace this person", replace)];
    if !matches!(cause, Conflict::UnknownPerson { .. }) {
        cures.push(("Link this person", format!("{base}/people")));
    }
    cures
}

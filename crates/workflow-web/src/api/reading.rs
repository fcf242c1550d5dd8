//! What the API tells: the practice, its clients, their workflows, schedules, reasons and the
//! audit.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderName, header};
use chrono::NaiveDate;
use workflow_core::audit::Subject;
use workflow_core::ports::store::{Activity, Version};

use super::given::{
    CallsView, ClientView, ClientsView, EntriesView, EntryView, PracticeView, RowView, RowsView,
    WhyView, WorkflowView, WorkflowsView,
};
use super::problem::Problem;
use super::sent::Asked;
use super::visit::Visit;
use crate::App;
use crate::cursor;

/// Clients in one page, at most.
const MOST_CLIENTS: u32 = 1_000;

/// Entries of the audit in one page, at most.
const MOST_ENTRIES: u32 = 1_000;

/// Occurrences of a schedule that are still to come, at most.
const MOST_COMING: u32 = 500;

/// An answer about something that has a version.
pub(crate) type Tagged<T> = ([(HeaderName, String); 1], Json<T>);

/// The header that names a version.
pub(crate) fn tag(version: Version) -> [(HeaderName, String); 1] {
    [(header::ETAG, format!("\"{}\"", version.0))]
}

/// The practice: its day, its connection to XPM, and the calls that are left.
#[utoipa::path(get, path = "/practice", tag = "reading",
    responses((status = 200, body = PracticeView)))]
pub(crate) async fn practice(
    State(app): State<App>,
    visit: Visit,
) -> Result<Json<PracticeView>, Problem> {
    let practice = visit.practice.practice().await?.value;
    let now = app.workflows.ports().clock.now();
    let today = visit.practice.zone().await?.today(now);
    let budget = visit.practice.budget().await?;
    let calls = CallsView {
        minute_left: budget.minute_left(now),
        day_left: budget.day_left(now),
        day_limit: budget.day_limit,
    };
    let attention = visit.practice.attention().await?.len();
    Ok(Json(PracticeView::of(&practice, today, calls, attention)))
}

/// The practice's clients, by name.
#[utoipa::path(get, path = "/clients", tag = "reading",
    params(
        ("q" = Option<String>, Query, description = "Only clients whose name holds this."),
        ("after" = Option<String>, Query, description = "`next` of the page before."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000,
            description = "How many; 50 unless given."),
    ),
    responses((status = 200, body = ClientsView)))]
pub(crate) async fn clients(visit: Visit, asked: Asked) -> Result<Json<ClientsView>, Problem> {
    let asked = asked.only(&["q", "after", "limit"])?;
    let limit = asked.limit("limit", 50, MOST_CLIENTS)?;
    let after = match asked.get("after") {
        None => None,
        Some(text) => {
            let fault = || Problem::bad_request("after", "It must be `next` of the page before.");
            Some(cursor::given(text).ok_or_else(fault)?)
        }
    };
    let found = visit.practice.clients_page(asked.get("q"), after, limit);
    let (clients, next) = found.await?;
    Ok(Json(ClientsView {
        clients: clients.into_iter().map(ClientView::from).collect(),
        next: next.as_ref().map(cursor::shown),
    }))
}

/// One client.
#[utoipa::path(get, path = "/clients/{client}", tag = "reading",
    params(("client" = Uuid, Path, description = "XPM’s UUID.")),
    responses((status = 200, body = ClientView)))]
pub(crate) async fn client(
    visit: Visit,
    Path(client): Path<String>,
) -> Result<Json<ClientView>, Problem> {
    Ok(Json(visit.client(&client).await?.into()))
}

/// A client's workflows, past and present.
#[utoipa::path(get, path = "/clients/{client}/workflows", tag = "reading",
    params(
        ("client" = Uuid, Path, description = "XPM’s UUID."),
        ("active" = Option<bool>, Query, description = "Only active or only inactive ones."),
    ),
    responses((status = 200, body = WorkflowsView)))]
pub(crate) async fn workflows(
    visit: Visit,
    Path(client): Path<String>,
    asked: Asked,
) -> Result<Json<WorkflowsView>, Problem> {
    let asked = asked.only(&["active"])?;
    let activity = match asked.parsed("active", "true or false")? {
        None => None,
        Some(true) => Some(Activity::Active),
        Some(false) => Some(Activity::Inactive),
    };
    let client = visit.client(&client).await?;
    let found = visit.practice.workflows_of(client.id, activity).await?;
    let workflows = found.iter().map(WorkflowView::from).collect();
    Ok(Json(WorkflowsView { workflows }))
}

/// One workflow; its `ETag` is what `If-Match` wants.
#[utoipa::path(get, path = "/workflows/{workflow}", tag = "reading",
    params(("workflow" = Uuid, Path, description = "The workflow.")),
    responses((status = 200, body = WorkflowView,
        headers(("ETag" = String, description = "Its version.")))))]
pub(crate) async fn workflow(
    visit: Visit,
    Path(workflow): Path<String>,
) -> Result<Tagged<WorkflowView>, Problem> {
    let found = visit.workflow(&workflow).await?;
    Ok((tag(found.version), Json((&found).into())))
}

/// What has been deployed, what will be, and what is not owed and why, by nominal date.
#[utoipa::path(get, path = "/workflows/{workflow}/schedule", tag = "reading",
    params(
        ("workflow" = Uuid, Path, description = "The workflow."),
        ("coming" = Option<u32>, Query, minimum = 1, maximum = 500,
            description = "How many that are still to come; 12 unless given."),
    ),
    responses((status = 200, body = RowsView)))]
pub(crate) async fn schedule(
    visit: Visit,
    Path(workflow): Path<String>,
    asked: Asked,
) -> Result<Json<RowsView>, Problem> {
    let coming = asked.only(&["coming"])?.limit("coming", 12, MOST_COMING)?;
    let coming = usize::try_from(coming).unwrap_or(usize::MAX);
    let id = visit.workflow(&workflow).await?.value.id();
    let rows = visit.practice.schedule(id, coming).await?;
    let mut names = visit.practice.names(id, coming).await?;
    let mut name = |row: &workflow_core::service::ScheduleRow| {
        names.remove(&row.occurrence()).and_then(Result::ok)
    };
    let rows = rows.iter().map(|row| RowView::of(row, name(row))).collect();
    Ok(Json(RowsView { rows }))
}

/// Why a date has a job, or the one reason for which it has none.
#[utoipa::path(get, path = "/workflows/{workflow}/why", tag = "reading",
    params(
        ("workflow" = Uuid, Path, description = "The workflow."),
        ("date" = NaiveDate, Query, description = "A nominal date."),
    ),
    responses((status = 200, body = WhyView)))]
pub(crate) async fn why(
    visit: Visit,
    Path(workflow): Path<String>,
    asked: Asked,
) -> Result<Json<WhyView>, Problem> {
    let must = "a date such as 2026-12-31";
    let date: Option<NaiveDate> = asked.only(&["date"])?.parsed("date", must)?;
    let missing = || Problem::bad_request("date", format!("It is missing; it must be {must}."));
    let date = date.ok_or_else(missing)?;
    let id = visit.workflow(&workflow).await?.value.id();
    let why = visit.practice.why(id, date).await?;
    Ok(Json(WhyView::of(date, &why)))
}

/// The audit of a workflow, the newest entries first.
#[utoipa::path(get, path = "/workflows/{workflow}/audit", tag = "reading",
    params(
        ("workflow" = Uuid, Path, description = "The workflow."),
        ("before" = Option<u64>, Query, description = "Only entries before this one: `older`."),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000,
            description = "How many; 100 unless given."),
    ),
    responses((status = 200, body = EntriesView)))]
pub(crate) async fn audit(
    visit: Visit,
    Path(workflow): Path<String>,
    asked: Asked,
) -> Result<Json<EntriesView>, Problem> {
    let asked = asked.only(&["before", "limit"])?;
    let limit = asked.limit("limit", 100, MOST_ENTRIES)?;
    let before: Option<u64> = asked.parsed("before", "a number of an entry")?;
    let id = visit.workflow(&workflow).await?.value.id();
    let subject = Some(Subject::Workflow(id));
    let found = visit.practice.audit(subject, before, limit).await?;
    let is_full = found.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    let last = found.last().map(|entry| entry.seq);
    let entries = found.iter().map(EntryView::of);
    Ok(Json(EntriesView {
        entries: entries.collect::<Result<_, _>>()?,
        older: last.filter(|_| is_full),
    }))
}

/// Deployments that failed, are held, uncertain or under way.
#[utoipa::path(get, path = "/attention", tag = "reading",
    responses((status = 200, body = RowsView)))]
pub(crate) async fn attention(visit: Visit) -> Result<Json<RowsView>, Problem> {
    let found = visit.practice.attention().await?;
    let rows = found.iter().map(|found| RowView::begun(&found.value));
    Ok(Json(RowsView {
        rows: rows.collect(),
    }))
}

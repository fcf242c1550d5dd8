//! Commands about a workflow as a whole.

use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use workflow_core::ids::WorkflowId;
use workflow_core::service::{CommandError, Committed};
use workflow_core::tokens::TokenScope;
use workflow_core::workflow::Origin;

use super::given::DoneView;
use super::problem::Problem;
use super::reading::{Tagged, tag};
use super::sent::Sent;
use super::taken::{BillingBody, DeployBody, NewBody, PauseBody, ResumeBody, SettingsBody, parsed};
use super::visit::Visit;

/// What a command answers.
pub(crate) type Done = Result<Tagged<DoneView>, Problem>;

/// What a command that adds a workflow answers.
pub(crate) type Added = Result<(StatusCode, [(HeaderName, String); 2], Json<DoneView>), Problem>;

/// The answer to a command, with the workflow as it is afterwards.
pub(crate) async fn done<T>(
    visit: &Visit,
    id: WorkflowId,
    outcome: Result<Committed<T>, CommandError>,
) -> Done {
    let outcome = outcome.map_err(|error| visit.refused(error))?;
    let workflow = visit.workflow(&id.to_string()).await?;
    let body = DoneView::of(&outcome, &workflow)?;
    Ok((tag(workflow.version), Json(body)))
}

async fn added(visit: &Visit, outcome: Result<Committed<WorkflowId>, CommandError>) -> Added {
    let outcome = outcome?;
    let workflow = visit.workflow(&outcome.value.to_string()).await?;
    let [etag] = tag(workflow.version);
    let at = format!("{}/workflows/{}", visit.base, outcome.value);
    let body = DoneView::of(&outcome, &workflow)?;
    Ok((
        StatusCode::CREATED,
        [etag, (header::LOCATION, at)],
        Json(body),
    ))
}

/// Adds a workflow for a client.
#[utoipa::path(post, path = "/clients/{client}/workflows", tag = "workflows",
    params(("client" = Uuid, Path, description = "XPM’s UUID.")),
    request_body = NewBody,
    responses((status = 201, body = DoneView, headers(
        ("ETag" = String, description = "The workflow’s version."),
        ("Location" = String, description = "Where the workflow is."),
    ))))]
pub(crate) async fn add(
    visit: Visit,
    Path(client): Path<String>,
    Sent(body): Sent<NewBody>,
) -> Added {
    let client = visit.client(&client).await?;
    let zone = visit.practice.zone().await?;
    let new = body.new_workflow(client.id, &zone)?;
    let by = visit.by_anew();
    let outcome = visit
        .practice
        .add_taking_over(by, new, body.take_over.into());
    added(&visit, outcome.await).await
}

/// Replaces the settings. They act on what is not deployed yet.
#[utoipa::path(put, path = "/workflows/{workflow}/settings", tag = "workflows",
    params(("workflow" = Uuid, Path, description = "The workflow.")),
    request_body = SettingsBody,
    responses((status = 200, body = DoneView,
        headers(("ETag" = String, description = "The workflow’s version.")))))]
pub(crate) async fn edit(
    visit: Visit,
    Path(workflow): Path<String>,
    headers: HeaderMap,
    Sent(body): Sent<SettingsBody>,
) -> Done {
    let found = visit.workflow(&workflow).await?.value;
    visit.require_seen(&headers)?;
    let settings = body.settings(scope_of(found.origin()), "")?;
    let id = found.id();
    done(
        &visit,
        id,
        visit.practice.edit(visit.by(), id, settings).await,
    )
    .await
}

fn scope_of(origin: &Origin) -> TokenScope {
    match (origin.proposal(), origin.service()) {
        (None, _) => TokenScope::Client,
        (Some(_), None) => TokenScope::Proposal,
        (Some(_), Some(_)) => TokenScope::Service,
    }
}

/// Changes the billing level. It acts on what is not deployed yet.
#[utoipa::path(put, path = "/workflows/{workflow}/billing", tag = "workflows",
    params(("workflow" = Uuid, Path, description = "The workflow.")),
    request_body = BillingBody,
    responses((status = 200, body = DoneView,
        headers(("ETag" = String, description = "The workflow’s version.")))))]
pub(crate) async fn billing(
    visit: Visit,
    Path(workflow): Path<String>,
    headers: HeaderMap,
    Sent(body): Sent<BillingBody>,
) -> Done {
    let id = visit.workflow(&workflow).await?.value.id();
    visit.require_seen(&headers)?;
    let BillingBody { level, take_over } = body;
    let changed = visit
        .practice
        .set_billing(visit.by(), id, level, take_over.into());
    done(&visit, id, changed.await).await
}

/// Pauses it. Dates in the pause are not owed, unless whoever resumes it says so.
#[utoipa::path(post, path = "/workflows/{workflow}/pause", tag = "workflows",
    params(("workflow" = Uuid, Path, description = "The workflow.")),
    request_body = PauseBody,
    responses((status = 200, body = DoneView,
        headers(("ETag" = String, description = "The workflow’s version.")))))]
pub(crate) async fn pause(
    visit: Visit,
    Path(workflow): Path<String>,
    Sent(body): Sent<PauseBody>,
) -> Done {
    let id = visit.workflow(&workflow).await?.value.id();
    let reason = reason(&body.reason)?;
    let paused = visit.practice.pause(visit.by(), id, body.until, reason);
    done(&visit, id, paused.await).await
}

/// A reason, checked.
pub(crate) fn reason(text: &str) -> Result<workflow_core::text::Reason, Problem> {
    let fault = |error: workflow_core::text::TextError| {
        Problem::fault(
            "reason",
            crate::error::as_sentence(&format!("reason {error}")),
        )
    };
    workflow_core::text::Reason::new(text).map_err(fault)
}

/// Ends a pause.
#[utoipa::path(post, path = "/workflows/{workflow}/resume", tag = "workflows",
    params(("workflow" = Uuid, Path, description = "The workflow.")),
    request_body = ResumeBody,
    responses((status = 200, body = DoneView,
        headers(("ETag" = String, description = "The workflow’s version.")))))]
pub(crate) async fn resume(
    visit: Visit,
    Path(workflow): Path<String>,
    Sent(body): Sent<ResumeBody>,
) -> Done {
    let id = visit.workflow(&workflow).await?.value.id();
    let resumed = visit.practice.resume(visit.by(), id, body.paused_dates);
    done(&visit, id, resumed.await).await
}

/// Archives it: nothing further is deployed. Jobs already in XPM are closed there.
#[utoipa::path(post, path = "/workflows/{workflow}/archive", tag = "workflows",
    params(("workflow" = Uuid, Path, description = "The workflow.")),
    responses((status = 200, body = DoneView,
        headers(("ETag" = String, description = "The workflow’s version.")))))]
pub(crate) async fn archive(visit: Visit, Path(workflow): Path<String>) -> Done {
    let id = visit.workflow(&workflow).await?.value.id();
    done(&visit, id, visit.practice.archive(visit.by(), id).await).await
}

/// Duplicates it. The copy is non-billing and deploys nothing until its first date is confirmed.
#[utoipa::path(post, path = "/workflows/{workflow}/duplicate", tag = "workflows",
    params(("workflow" = Uuid, Path, description = "The workflow.")),
    responses((status = 201, body = DoneView, headers(
        ("ETag" = String, description = "The copy’s version."),
        ("Location" = String, description = "Where the copy is."),
    ))))]
pub(crate) async fn duplicate(visit: Visit, Path(workflow): Path<String>) -> Added {
    let id = visit.workflow(&workflow).await?.value.id();
    added(&visit, visit.practice.duplicate(visit.by_anew(), id).await).await
}

/// Confirms the first date of a duplicate.
#[utoipa::path(post, path = "/workflows/{workflow}/confirm", tag = "workflows",
    params(("workflow" = Uuid, Path, description = "The workflow.")),
    responses((status = 200, body = DoneView,
        headers(("ETag" = String, description = "The workflow’s version.")))))]
pub(crate) async fn confirm(visit: Visit, Path(workflow): Path<String>) -> Done {
    let id = visit.workflow(&workflow).await?.value.id();
    done(&visit, id, visit.practice.confirm(visit.by(), id).await).await
}

/// Deploys an occurrence at once, ahead of its date, and so uses it up.
#[utoipa::path(post, path = "/workflows/{workflow}/deploy-now", tag = "workflows",
    params(("workflow" = Uuid, Path, description = "The workflow.")),
    request_body = DeployBody,
    responses((status = 200, body = DoneView,
        headers(("ETag" = String, description = "The workflow’s version.")))))]
pub(crate) async fn deploy_now(
    visit: Visit,
    Path(workflow): Path<String>,
    Sent(body): Sent<DeployBody>,
) -> Done {
    let id = visit.workflow(&workflow).await?.value.id();
    visit.require_connected().await?;
    let occurrence = match &body.occurrence {
        None => None,
        Some(text) => Some(parsed("occurrence", text)?),
    };
    let begun = visit.practice.deploy_now(visit.by(), id, occurrence);
    done(&visit, id, begun.await).await
}

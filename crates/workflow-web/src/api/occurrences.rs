//! Commands about one occurrence of a workflow.

use axum::extract::Path;
use workflow_core::ids::{JobNumber, WorkflowId};
use workflow_core::workflow::Occurrence;

use super::changing::{Done, done, reason};
use super::given::DoneView;
use super::problem::Problem;
use super::sent::Sent;
use super::taken::{JobBody, MoveBody, ReasonBody, parsed};
use super::visit::Visit;

/// The workflow and the occurrence of a path.
async fn one(
    visit: &Visit,
    (workflow, occurrence): &(String, String),
) -> Result<(WorkflowId, Occurrence), Problem> {
    let id = visit.workflow(workflow).await?.value.id();
    let unknown = |_| Problem::not_found("occurrence");
    let occurrence = occurrence.parse().map_err(unknown)?;
    Ok((id, occurrence))
}

/// Skips it: no job is made.
#[utoipa::path(post, path = "/workflows/{workflow}/occurrences/{occurrence}/skip",
    tag = "occurrences",
    params(
        ("workflow" = Uuid, Path, description = "The workflow."),
        ("occurrence" = String, Path, description = "`once` or a nominal date."),
    ),
    request_body = ReasonBody,
    responses((status = 200, body = DoneView,
        headers(("ETag" = String, description = "The workflow’s version.")))))]
pub(crate) async fn skip(
    visit: Visit,
    Path(path): Path<(String, String)>,
    Sent(body): Sent<ReasonBody>,
) -> Done {
    let (id, on) = one(&visit, &path).await?;
    let reason = reason(&body.reason)?;
    done(
        &visit,
        id,
        visit.practice.skip(visit.by(), id, on, reason).await,
    )
    .await
}

/// Moves it to another start date. It keeps its identity and its period.
#[utoipa::path(post, path = "/workflows/{workflow}/occurrences/{occurrence}/move",
    tag = "occurrences",
    params(
        ("workflow" = Uuid, Path, description = "The workflow."),
        ("occurrence" = String, Path, description = "`once` or a nominal date."),
    ),
    request_body = MoveBody,
    responses((status = 200, body = DoneView,
        headers(("ETag" = String, description = "The workflow’s version.")))))]
pub(crate) async fn move_to(
    visit: Visit,
    Path(path): Path<(String, String)>,
    Sent(body): Sent<MoveBody>,
) -> Done {
    let (id, on) = one(&visit, &path).await?;
    done(
        &visit,
        id,
        visit.practice.move_to(visit.by(), id, on, body.to).await,
    )
    .await
}

/// Tries a deployment again that failed.
#[utoipa::path(post, path = "/workflows/{workflow}/occurrences/{occurrence}/retry",
    tag = "occurrences",
    params(
        ("workflow" = Uuid, Path, description = "The workflow."),
        ("occurrence" = String, Path, description = "`once` or a nominal date."),
    ),
    responses((status = 200, body = DoneView,
        headers(("ETag" = String, description = "The workflow’s version.")))))]
pub(crate) async fn retry(visit: Visit, Path(path): Path<(String, String)>) -> Done {
    let (id, on) = one(&visit, &path).await?;
    done(&visit, id, visit.practice.retry(visit.by(), id, on).await).await
}

/// Releases a deployment that is held.
#[utoipa::path(post, path = "/workflows/{workflow}/occurrences/{occurrence}/release",
    tag = "occurrences",
    params(
        ("workflow" = Uuid, Path, description = "The workflow."),
        ("occurrence" = String, Path, description = "`once` or a nominal date."),
    ),
    responses((status = 200, body = DoneView,
        headers(("ETag" = String, description = "The workflow’s version.")))))]
pub(crate) async fn release(visit: Visit, Path(path): Path<(String, String)>) -> Done {
    let (id, on) = one(&visit, &path).await?;
    done(&visit, id, visit.practice.release(visit.by(), id, on).await).await
}

/// Adopts a job that XPM has already, by its number; it is read from XPM once.
#[utoipa::path(post, path = "/workflows/{workflow}/occurrences/{occurrence}/adopt",
    tag = "occurrences",
    params(
        ("workflow" = Uuid, Path, description = "The workflow."),
        ("occurrence" = String, Path, description = "`once` or a nominal date."),
    ),
    request_body = JobBody,
    responses((status = 200, body = DoneView,
        headers(("ETag" = String, description = "The workflow’s version.")))))]
pub(crate) async fn adopt(
    visit: Visit,
    Path(path): Path<(String, String)>,
    Sent(body): Sent<JobBody>,
) -> Done {
    let (id, on) = one(&visit, &path).await?;
    let number: JobNumber = parsed("number", &body.number)?;
    done(
        &visit,
        id,
        visit.practice.adopt(visit.by(), id, on, number).await,
    )
    .await
}

/// Gives a deployment up. A job that was made stays in XPM.
#[utoipa::path(post, path = "/workflows/{workflow}/occurrences/{occurrence}/give-up",
    tag = "occurrences",
    params(
        ("workflow" = Uuid, Path, description = "The workflow."),
        ("occurrence" = String, Path, description = "`once` or a nominal date."),
    ),
    request_body = ReasonBody,
    responses((status = 200, body = DoneView,
        headers(("ETag" = String, description = "The workflow’s version.")))))]
pub(crate) async fn give_up(
    visit: Visit,
    Path(path): Path<(String, String)>,
    Sent(body): Sent<ReasonBody>,
) -> Done {
    let (id, on) = one(&visit, &path).await?;
    let reason = reason(&body.reason)?;
    done(
        &visit,
        id,
        visit.practice.give_up(visit.by(), id, on, reason).await,
    )
    .await
}

/// Wants a date deployed although the job of another covers it.
#[utoipa::path(post, path = "/workflows/{workflow}/occurrences/{occurrence}/deploy-covered",
    tag = "occurrences",
    params(
        ("workflow" = Uuid, Path, description = "The workflow."),
        ("occurrence" = String, Path, description = "`once` or a nominal date."),
    ),
    responses((status = 200, body = DoneView,
        headers(("ETag" = String, description = "The workflow’s version.")))))]
pub(crate) async fn deploy_covered(visit: Visit, Path(path): Path<(String, String)>) -> Done {
    let (id, on) = one(&visit, &path).await?;
    done(
        &visit,
        id,
        visit.practice.deploy_covered(visit.by(), id, on).await,
    )
    .await
}

//! The application that the Workflow tab is mounted in: who acts, and for which practice.

use axum::Router;
use workflow::ids::PracticeId;
use workflow::service::Workflows;

use crate::failure::Failure;

pub(crate) fn local(_workflows: Workflows, _practice: PracticeId, _page: &str) -> Router {
    Router::new()
}
pub(crate) fn operator(_workflows: Workflows, _practice: PracticeId) -> Router {
    Router::new()
}
pub(crate) fn behind_proxy(
    _workflows: Workflows,
    _practice: PracticeId,
    _header: &str,
) -> Result<Router, Failure> {
    Ok(Router::new())
}

//! `/_sandbox/…`: the control interface, JSON, outside of tokens, limits and faults.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::blocking;
use crate::faults::FaultPlan;
use crate::inner::Inner;
use crate::journal::JournalError;
use crate::model::{Duplicate, Job, Records};
use crate::state::{Overview, SandboxState, TestTokens};

pub(super) fn router() -> Router<Arc<Inner>> {
    Router::new()
        .route("/state", get(state))
        .route("/jobs", get(jobs))
        .route("/duplicates", get(duplicates))
        .route("/dump", get(dump))
        .route("/load", post(load))
        .route("/practice", post(practice))
        .route("/tokens", post(tokens))
        .route("/reset", post(reset))
        .route("/faults", get(faults).put(set_faults).delete(no_faults))
        .route("/clock", get(clock).post(forward))
        .route("/settled", get(settled))
}

/// An error of the control interface: what was wrong, as a sentence.
#[derive(Debug, Serialize)]
struct Problem {
    error: String,
}

fn problem(status: StatusCode, error: &(impl ToString + ?Sized)) -> Response {
    (
        status,
        Json(Problem {
            error: error.to_string(),
        }),
    )
        .into_response()
}

/// Runs work on the state where waiting for the disk is allowed.
async fn run<T, F>(inner: Arc<Inner>, work: F) -> Response
where
    T: Serialize + Send + 'static,
    F: FnOnce(&SandboxState) -> Result<T, JournalError> + Send + 'static,
{
    match blocking(move || work(&SandboxState::new(inner))).await {
        Some(Ok(value)) => Json(value).into_response(),
        Some(Err(error)) => problem(StatusCode::INTERNAL_SERVER_ERROR, &error),
        None => problem(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the work stopped half-way",
        ),
    }
}

async fn state(State(inner): State<Arc<Inner>>) -> Json<Overview> {
    Json(SandboxState::new(inner).overview())
}

async fn jobs(State(inner): State<Arc<Inner>>) -> Json<Vec<Job>> {
    Json(SandboxState::new(inner).jobs())
}

async fn duplicates(State(inner): State<Arc<Inner>>) -> Json<Vec<Duplicate>> {
    Json(SandboxState::new(inner).duplicates())
}

async fn dump(State(inner): State<Arc<Inner>>) -> Json<Records> {
    Json(SandboxState::new(inner).records())
}

async fn load(State(inner): State<Arc<Inner>>, Json(records): Json<Records>) -> Response {
    run(inner, |state| state.load(records)).await
}

/// How large a sample practice is to be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Practice {
    clients: u32,
}

/// The most clients that one request adds.
const MAX_CLIENTS: u32 = 50_000;

async fn practice(State(inner): State<Arc<Inner>>, Json(wanted): Json<Practice>) -> Response {
    if wanted.clients > MAX_CLIENTS {
        let error = format!("clients: {} is more than {MAX_CLIENTS}", wanted.clients);
        return problem(StatusCode::BAD_REQUEST, &error);
    }
    run(inner, move |state| state.seed_practice(wanted.clients)).await
}

async fn tokens(State(inner): State<Arc<Inner>>) -> Response {
    run(inner, |state| -> Result<TestTokens, _> {
        state.issue_tokens()
    })
    .await
}

async fn reset(State(inner): State<Arc<Inner>>) -> Response {
    run(inner, SandboxState::reset).await
}

async fn faults(State(inner): State<Arc<Inner>>) -> Json<FaultPlan> {
    Json(SandboxState::new(inner).faults())
}

async fn set_faults(State(inner): State<Arc<Inner>>, Json(plan): Json<FaultPlan>) -> Response {
    match SandboxState::new(inner).set_faults(plan) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => problem(StatusCode::BAD_REQUEST, &error),
    }
}

async fn no_faults(State(inner): State<Arc<Inner>>) -> Response {
    set_faults(State(inner), Json(FaultPlan::none())).await
}

/// What the sandbox's clock shows.
#[derive(Debug, Serialize)]
struct ClockFace {
    now: DateTime<Utc>,
}

async fn clock(State(inner): State<Arc<Inner>>) -> Json<ClockFace> {
    Json(ClockFace {
        now: SandboxState::new(inner).now(),
    })
}

/// How far the clock is to be moved.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Forward {
    forward_seconds: u32,
}

async fn forward(State(inner): State<Arc<Inner>>, Json(by): Json<Forward>) -> Response {
    run(inner, move |state| {
        state.forward_clock(Duration::from_secs(by.forward_seconds.into()))?;
        Ok(ClockFace { now: state.now() })
    })
    .await
}

/// Answers once nothing is left to be applied late.
async fn settled(State(inner): State<Arc<Inner>>) -> StatusCode {
    SandboxState::new(inner).settled().await;
    StatusCode::NO_CONTENT
}

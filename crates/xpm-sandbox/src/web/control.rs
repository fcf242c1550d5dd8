//! `/_sandbox/…`: the control interface, JSON, outside of tokens, limits and faults.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Consents, blocking};
use crate::faults::FaultPlan;
use crate::holds::{Hold, HoldAt};
use crate::inferred::{Guesses, Switch, UnknownGuess};
use crate::inner::Inner;
use crate::journal::JournalError;
use crate::kind::CallKind;
use crate::limits::Limits;
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
        .route("/tokens/expire", post(expire))
        .route("/tokens/revoke", post(revoke))
        .route("/reset", post(reset))
        .route("/consents", get(consents).put(set_consents))
        .route("/limits", get(limits).put(set_limits))
        .route("/guesses", get(guesses).post(guess).delete(no_guesses))
        .route("/faults", get(faults).put(set_faults).delete(no_faults))
        .route("/faults/mixed", post(mixed_faults))
        .route("/holds", get(holds).put(hold).delete(release))
        .route("/holds/wait", get(held))
        .route("/requests", get(requests))
        .route("/requests/wait", get(requests_reach))
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
pub(super) const MAX_CLIENTS: u32 = 50_000;

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

/// Which tokens are to end.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Tokens {
    Access,
    Refresh,
}

/// The tokens that are to end.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expiry {
    which: Tokens,
}

pub(super) fn end_tokens(state: &SandboxState, which: Tokens) -> Result<(), JournalError> {
    match which {
        Tokens::Access => state.expire_access_tokens(),
        Tokens::Refresh => state.expire_refresh_tokens(),
    }
}

async fn expire(State(inner): State<Arc<Inner>>, Json(expiry): Json<Expiry>) -> Response {
    run(inner, move |state| end_tokens(state, expiry.which)).await
}

async fn revoke(State(inner): State<Arc<Inner>>) -> Response {
    run(inner, SandboxState::revoke).await
}

async fn limits(State(inner): State<Arc<Inner>>) -> Json<Limits> {
    Json(SandboxState::new(inner).limits())
}

async fn set_limits(State(inner): State<Arc<Inner>>, Json(limits): Json<Limits>) -> StatusCode {
    SandboxState::new(inner).set_limits(limits);
    StatusCode::NO_CONTENT
}

/// How consents are given.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Consenting {
    consents: Consents,
}

async fn consents(State(inner): State<Arc<Inner>>) -> Json<Consenting> {
    let consents = SandboxState::new(inner).consents();
    Json(Consenting { consents })
}

async fn set_consents(
    State(inner): State<Arc<Inner>>,
    Json(Consenting { consents }): Json<Consenting>,
) -> StatusCode {
    SandboxState::new(inner).set_consents(consents);
    StatusCode::NO_CONTENT
}

async fn guesses(State(inner): State<Arc<Inner>>) -> Json<Vec<Switch>> {
    Json(SandboxState::new(inner).guesses().switches())
}

/// Changes the guesses that are named; none of them where one cannot be.
async fn guess(
    State(inner): State<Arc<Inner>>,
    Json(named): Json<BTreeMap<String, String>>,
) -> Response {
    match choose(&SandboxState::new(inner), &named) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => problem(StatusCode::BAD_REQUEST, &error),
    }
}

pub(super) fn choose(
    state: &SandboxState,
    named: &BTreeMap<String, String>,
) -> Result<(), UnknownGuess> {
    let mut guesses = state.guesses();
    for (name, choice) in named {
        guesses.set(name, choice)?;
    }
    state.set_guesses(guesses);
    Ok(())
}

async fn no_guesses(State(inner): State<Arc<Inner>>) -> StatusCode {
    SandboxState::new(inner).set_guesses(Guesses::default());
    StatusCode::NO_CONTENT
}

/// A mix of faults.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mixed {
    seed: u64,
    rate: f64,
}

async fn mixed_faults(State(inner): State<Arc<Inner>>, Json(mixed): Json<Mixed>) -> Response {
    set_faults(State(inner), Json(FaultPlan::mixed(mixed.seed, mixed.rate))).await
}

async fn holds(State(inner): State<Arc<Inner>>) -> Json<Vec<Hold>> {
    Json(SandboxState::new(inner).holds())
}

/// What is to be held, and where.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewHold {
    on: CallKind,
    at: HoldAt,
}

async fn hold(State(inner): State<Arc<Inner>>, Json(new): Json<NewHold>) -> StatusCode {
    SandboxState::new(inner).hold(new.on, new.at);
    StatusCode::NO_CONTENT
}

/// A kind of call, or all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfKind {
    on: Option<CallKind>,
}

async fn release(State(inner): State<Arc<Inner>>, Query(which): Query<OfKind>) -> StatusCode {
    SandboxState::new(inner).release(which.on);
    StatusCode::NO_CONTENT
}

/// How many held calls are waited for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Held {
    on: CallKind,
    waiting: usize,
}

/// Answers once so many calls are held.
async fn held(State(inner): State<Arc<Inner>>, Query(wanted): Query<Held>) -> StatusCode {
    SandboxState::new(inner)
        .held(wanted.on, wanted.waiting)
        .await;
    StatusCode::NO_CONTENT
}

/// How many requests are shown.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Last {
    last: Option<usize>,
}

async fn requests(State(inner): State<Arc<Inner>>, Query(wanted): Query<Last>) -> Response {
    let last = wanted.last.unwrap_or(100);
    Json(SandboxState::new(inner).requests(last)).into_response()
}

/// How many requests are waited for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reach {
    ended: u64,
    on: Option<CallKind>,
}

/// How many requests have ended.
#[derive(Debug, Serialize)]
struct Reached {
    ended: u64,
}

/// Answers once so many requests have ended.
async fn requests_reach(
    State(inner): State<Arc<Inner>>,
    Query(wanted): Query<Reach>,
) -> Json<Reached> {
    let state = SandboxState::new(inner);
    let ended = state.requests_reach(wanted.on, wanted.ended).await;
    Json(Reached { ended })
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

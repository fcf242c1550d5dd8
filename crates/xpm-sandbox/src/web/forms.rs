//! `/control/…`: what the forms of the pages send. Each sends the browser back to its page.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::post;
use axum::{Form, Router};
use uuid::Uuid;

use super::control::{self, MAX_CLIENTS, Tokens};
use super::{blocking, pages};
use crate::faults::{Fault, FaultPlan, Rule, When};
use crate::holds::HoldAt;
use crate::inferred::Guesses;
use crate::inner::Inner;
use crate::kind::CallKind;
use crate::limits::Limits;
use crate::model::Standing;
use crate::state::SandboxState;

pub(super) fn router() -> Router<Arc<Inner>> {
    Router::new()
        .route("/clock", post(clock))
        .route("/tokens", post(tokens))
        .route("/practice", post(practice))
        .route("/reset", post(reset))
        .route("/client", post(client))
        .route("/limits", post(limits))
        .route("/fault", post(fault))
        .route("/mixed", post(mixed))
        .route("/no-faults", post(no_faults))
        .route("/hold", post(hold))
        .route("/release", post(release))
        .route("/guesses", post(guesses))
        .route("/no-guesses", post(no_guesses))
}

type Fields = Form<BTreeMap<String, String>>;

/// Does the work where waiting for the disk is allowed, and goes back to the page.
async fn act<F>(inner: Arc<Inner>, back: &'static str, work: F) -> Response
where
    F: FnOnce(&SandboxState) -> Result<(), String> + Send + 'static,
{
    match blocking(move || work(&SandboxState::new(inner))).await {
        Some(Ok(())) => Redirect::to(back).into_response(),
        Some(Err(reason)) => pages::refused(StatusCode::BAD_REQUEST, back, &reason),
        None => pages::refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            back,
            "The work stopped half-way.",
        ),
    }
}

fn field<'a>(fields: &'a BTreeMap<String, String>, name: &str) -> &'a str {
    fields.get(name).map(|text| text.trim()).unwrap_or_default()
}

/// A field as a number or the like; what it must be is the reason of a refusal.
fn read<T: std::str::FromStr>(
    fields: &BTreeMap<String, String>,
    name: &str,
    must: &str,
) -> Result<T, String> {
    let text = field(fields, name);
    text.parse()
        .map_err(|_| format!("{name}: {text:?} is not {must}."))
}

fn said(error: impl std::fmt::Display) -> String {
    format!("{error}.")
}

async fn clock(State(inner): State<Arc<Inner>>, Form(fields): Fields) -> Response {
    act(inner, "/", move |state| {
        let seconds = read::<u32>(&fields, "seconds", "a number of seconds")?;
        let by = Duration::from_secs(seconds.into());
        state.forward_clock(by).map_err(said)
    })
    .await
}

async fn tokens(State(inner): State<Arc<Inner>>, Form(fields): Fields) -> Response {
    act(inner, "/", move |state| {
        match field(&fields, "do") {
            "expire-access" => control::end_tokens(state, Tokens::Access),
            "expire-refresh" => control::end_tokens(state, Tokens::Refresh),
            "revoke" => state.revoke(),
            other => return Err(format!("do: {other:?} is nothing that can be done.")),
        }
        .map_err(said)
    })
    .await
}

async fn practice(State(inner): State<Arc<Inner>>, Form(fields): Fields) -> Response {
    act(inner, "/clients", move |state| {
        let clients = read::<u32>(&fields, "clients", "a number")?;
        if clients > MAX_CLIENTS {
            return Err(format!("clients: {clients} is more than {MAX_CLIENTS}."));
        }
        state.seed_practice(clients).map_err(said)
    })
    .await
}

async fn reset(State(inner): State<Arc<Inner>>) -> Response {
    act(inner, "/", |state| state.reset().map_err(said)).await
}

/// Puts a client away, removes it, or takes it back.
async fn client(State(inner): State<Arc<Inner>>, Form(fields): Fields) -> Response {
    act(inner, "/clients", move |state| {
        let uuid = read::<Uuid>(&fields, "uuid", "a UUID")?;
        let found = state.client(uuid);
        let mut client = found.ok_or_else(|| format!("uuid: there is no client {uuid}."))?;
        client.standing = match field(&fields, "standing") {
            "current" => Standing::Current,
            "archived" => Standing::Archived,
            "deleted" => Standing::Deleted,
            other => return Err(format!("standing: {other:?} is none.")),
        };
        client.modified = state.now();
        state.put_client(client).map_err(said)
    })
    .await
}

/// A limit; an empty field switches it off.
fn limit(fields: &BTreeMap<String, String>, name: &str) -> Result<Option<u32>, String> {
    match field(fields, name) {
        "" => Ok(None),
        _ => read(fields, name, "a number, or empty for no limit").map(Some),
    }
}

async fn limits(State(inner): State<Arc<Inner>>, Form(fields): Fields) -> Response {
    act(inner, "/calls", move |state| {
        state.set_limits(Limits {
            minute: limit(&fields, "minute")?,
            concurrent: limit(&fields, "concurrent")?,
            day: limit(&fields, "day")?,
            app_minute: limit(&fields, "app_minute")?,
        });
        Ok(())
    })
    .await
}

/// Adds one rule to the plan, which begins to count anew.
async fn fault(State(inner): State<Arc<Inner>>, Form(fields): Fields) -> Response {
    act(inner, "/faults", move |state| {
        let name = field(&fields, "fault");
        let fault = Fault::ALL.into_iter().find(|fault| fault.name() == name);
        let fault = fault.ok_or_else(|| format!("fault: there is no {name:?}."))?;
        let on = match field(&fields, "on") {
            "" => None,
            kind => Some(kind.parse::<CallKind>().map_err(said)?),
        };
        let when = match field(&fields, "when") {
            "nth" => When::Nth(read(&fields, "nth", "a number, counted from 1")?),
            "rate" => When::Rate(read::<f64>(&fields, "percent", "a percentage")? / 100.0),
            other => return Err(format!("when: {other:?} is neither nth nor rate.")),
        };
        let mut plan = state.faults();
        plan.rules.push(Rule { fault, when, on });
        state.set_faults(plan).map_err(said)
    })
    .await
}

async fn mixed(State(inner): State<Arc<Inner>>, Form(fields): Fields) -> Response {
    act(inner, "/faults", move |state| {
        let seed = read(&fields, "seed", "a number")?;
        let percent = read::<f64>(&fields, "percent", "a percentage")?;
        let plan = FaultPlan::mixed(seed, percent / 100.0);
        state.set_faults(plan).map_err(said)
    })
    .await
}

async fn no_faults(State(inner): State<Arc<Inner>>) -> Response {
    act(inner, "/faults", |state| {
        state.set_faults(FaultPlan::none()).map_err(said)
    })
    .await
}

async fn hold(State(inner): State<Arc<Inner>>, Form(fields): Fields) -> Response {
    act(inner, "/faults", move |state| {
        let on = field(&fields, "on").parse::<CallKind>().map_err(said)?;
        let at = match field(&fields, "at") {
            "before" => HoldAt::Before,
            "after" => HoldAt::After,
            other => return Err(format!("at: {other:?} is neither before nor after.")),
        };
        state.hold(on, at);
        Ok(())
    })
    .await
}

async fn release(State(inner): State<Arc<Inner>>, Form(fields): Fields) -> Response {
    act(inner, "/faults", move |state| {
        let on = match field(&fields, "on") {
            "" => None,
            kind => Some(kind.parse::<CallKind>().map_err(said)?),
        };
        state.release(on);
        Ok(())
    })
    .await
}

async fn guesses(State(inner): State<Arc<Inner>>, Form(fields): Fields) -> Response {
    act(inner, "/guesses", move |state| {
        control::choose(state, &fields).map_err(said)
    })
    .await
}

async fn no_guesses(State(inner): State<Arc<Inner>>) -> Response {
    act(inner, "/guesses", |state| {
        state.set_guesses(Guesses::default());
        Ok(())
    })
    .await
}

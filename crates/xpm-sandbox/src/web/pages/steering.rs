//! Clients, calls, faults and guesses, each with the forms that change them.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

use super::{PAGE, Pages, Turn, html, refused};
use crate::faults::{Fault, FaultPlan, When};
use crate::holds::{Hold, HoldAt};
use crate::inferred::Switch;
use crate::inner::Inner;
use crate::kind::CallKind;
use crate::limits::Limits;
use crate::model::Standing;
use crate::requests::{Outcome, Request};
use crate::state::{Overview, SandboxState};

#[derive(Debug, Template)]
#[template(path = "clients.html")]
struct ClientsPage {
    here: &'static str,
    clients: Vec<ClientRow>,
    total: usize,
    at: Pages,
}

#[derive(Debug)]
struct ClientRow {
    uuid: Uuid,
    name: String,
    standing: Standing,
    jobs: usize,
}

impl ClientRow {
    const fn standing(&self) -> &'static str {
        match self.standing {
            Standing::Current => "current",
            Standing::Archived => "archived",
            Standing::Deleted => "deleted",
        }
    }
}

pub(super) async fn clients(State(inner): State<Arc<Inner>>, Query(turn): Query<Turn>) -> Response {
    let ledger = inner.ledger();
    let world = ledger.world();
    let total = world.clients().len();
    let at = Pages::of(total, &turn);
    let rows = world.clients().iter().skip(at.skip()).take(PAGE);
    let rows = rows.map(|client| ClientRow {
        uuid: client.uuid,
        name: client.name.clone(),
        standing: client.standing,
        jobs: world.jobs_of(client.uuid).count(),
    });
    html(&ClientsPage {
        here: "/clients",
        clients: rows.collect(),
        total,
        at,
    })
}

#[derive(Debug, Template)]
#[template(path = "calls.html")]
struct CallsPage {
    here: &'static str,
    overview: Overview,
    limits: Limits,
    requests: Vec<CallRow>,
}

/// A request in words.
#[derive(Debug)]
struct CallRow {
    request: Request,
}

impl CallRow {
    fn at(&self) -> String {
        self.request.at.format("%Y-%m-%d %H:%M:%S").to_string()
    }

    fn got(&self) -> String {
        match self.request.outcome {
            Outcome::Waiting => "nothing yet".to_owned(),
            Outcome::Answered(status) => status.to_string(),
            Outcome::Cut(status) => format!("{status}, cut short"),
            Outcome::Lost => "the connection dropped".to_owned(),
        }
    }

    fn why(&self) -> String {
        match (self.request.fault, self.request.refused_by) {
            (Some(fault), _) => fault.to_owned(),
            (None, Some(limit)) => format!("limit: {}", limit.problem()),
            (None, None) => String::new(),
        }
    }

    /// XPM's own word on it.
    fn done(&self) -> String {
        let Some(done) = &self.request.carried_out else {
            return "not carried out".to_owned();
        };
        let word = |name: &str| {
            let (open, close) = (format!("<{name}>"), format!("</{name}>"));
            let (_, rest) = done.body.split_once(&open)?;
            rest.split_once(&close).map(|(word, _)| word.to_owned())
        };
        match (word("Status").as_deref(), word("ErrorDescription")) {
            (Some("ERROR"), Some(description)) => description,
            (Some(status), _) => status.to_owned(),
            (None, _) => done.status.to_string(),
        }
    }
}

pub(super) async fn calls(State(inner): State<Arc<Inner>>) -> Response {
    let state = SandboxState::new(inner);
    let requests = state.requests(PAGE).into_iter();
    html(&CallsPage {
        here: "/calls",
        overview: state.overview(),
        limits: state.limits(),
        requests: requests.map(|request| CallRow { request }).collect(),
    })
}

#[derive(Debug, Template)]
#[template(path = "call.html")]
struct CallPage {
    here: &'static str,
    call: CallRow,
}

pub(super) async fn call(State(inner): State<Arc<Inner>>, Path(number): Path<u64>) -> Response {
    let all = SandboxState::new(inner).requests(usize::MAX);
    match all.into_iter().find(|request| request.number == number) {
        Some(request) => html(&CallPage {
            here: "/calls",
            call: CallRow { request },
        }),
        None => refused(
            StatusCode::NOT_FOUND,
            "/calls",
            "There is no call with this number, or it is forgotten: the last thousand are kept.",
        ),
    }
}

#[derive(Debug, Template)]
#[template(path = "faults.html")]
struct FaultsPage {
    here: &'static str,
    overview: Overview,
    rules: Vec<(String, String, String)>,
    seed: u64,
    known: [Fault; Fault::ALL.len()],
    kinds: &'static [CallKind],
    holds: Vec<Hold>,
}

/// The rules of a plan in words: what, on which call, when.
fn words(plan: &FaultPlan) -> Vec<(String, String, String)> {
    let each = plan.rules.iter().map(|rule| {
        let on = rule
            .on
            .map_or("any call of the XPM API".to_owned(), |kind| {
                kind.to_string()
            });
        let when = match rule.when {
            When::Rate(rate) => format!("{} % of them", (rate * 10_000.0).round() / 100.0),
            When::Nth(n) => format!("call {n}"),
        };
        (rule.fault.name().to_owned(), on, when)
    });
    each.collect()
}

pub(super) async fn faults(State(inner): State<Arc<Inner>>) -> Response {
    let state = SandboxState::new(inner);
    let plan = state.faults();
    html(&FaultsPage {
        here: "/faults",
        overview: state.overview(),
        rules: words(&plan),
        seed: plan.seed,
        known: Fault::ALL,
        kinds: CallKind::ALL,
        holds: state.holds(),
    })
}

#[derive(Debug, Template)]
#[template(path = "guesses.html")]
struct GuessesPage {
    here: &'static str,
    guesses: Vec<Guess>,
}

/// A guess in words, without the marks of code that the rustdoc has.
#[derive(Debug)]
struct Guess {
    name: &'static str,
    question: String,
    choices: Vec<(&'static str, String)>,
    chosen: &'static str,
}

impl From<Switch> for Guess {
    fn from(switch: Switch) -> Self {
        let plain = |text: &str| text.replace('`', "");
        let choices = switch.choices.iter();
        Self {
            name: switch.name,
            question: plain(switch.question),
            choices: choices.map(|row| (row.name, plain(row.means))).collect(),
            chosen: switch.chosen,
        }
    }
}

pub(super) async fn guesses(State(inner): State<Arc<Inner>>) -> Response {
    let switches = SandboxState::new(inner).guesses().switches();
    html(&GuessesPage {
        here: "/guesses",
        guesses: switches.into_iter().map(Guess::from).collect(),
    })
}

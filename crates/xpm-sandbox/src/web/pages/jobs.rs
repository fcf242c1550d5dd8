//! The overview with its jobs, and one job.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use uuid::Uuid;

use super::{PAGE, Pages, Turn, html, refused};
use crate::inner::Inner;
use crate::limits::Limits;
use crate::model::{Duplicate, Job};
use crate::state::{Overview, SandboxState};
use crate::world::World;

#[derive(Debug, Template)]
#[template(path = "overview.html")]
struct OverviewPage {
    here: &'static str,
    overview: Overview,
    limits: Limits,
    rules: usize,
    held: usize,
    duplicates: Vec<Duplicate>,
    jobs: Vec<Row>,
    at: Pages,
}

#[derive(Debug, Template)]
#[template(path = "job.html")]
struct JobPage {
    here: &'static str,
    job: Row,
}

/// A job in words.
#[derive(Debug)]
struct Row {
    number: String,
    uuid: Uuid,
    client: String,
    name: String,
    description: String,
    start: String,
    due: String,
    state: &'static str,
    manager: String,
    partner: String,
    assigned: String,
    order_number: String,
    category: String,
    budget: String,
    created: String,
    tasks: Vec<String>,
}

impl Row {
    fn new(world: &World, job: &Job) -> Self {
        let staff = |uuid: Option<Uuid>| {
            let found = uuid.and_then(|uuid| world.staff_member(uuid));
            found.map_or_else(String::new, |staff| staff.name.clone())
        };
        let assigned: Vec<_> = job.assigned.iter().map(|&uuid| staff(Some(uuid))).collect();
        let category = job.category.and_then(|uuid| world.category(uuid));
        Self {
            number: job.number.clone(),
            uuid: job.uuid,
            client: world
                .client(job.client)
                .map_or_else(String::new, |row| row.name.clone()),
            name: job.name.clone(),
            description: job.description.clone(),
            start: job.start.to_string(),
            due: job.due.to_string(),
            state: job.state.display_name(),
            manager: staff(job.manager),
            partner: staff(job.partner),
            assigned: assigned.join(", "),
            order_number: job.order_number.clone(),
            category: category.map_or_else(String::new, |category| category.name.clone()),
            budget: job
                .budget
                .map_or_else(String::new, |budget| budget.to_string()),
            created: job.created.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
            tasks: job.tasks.iter().map(|task| task.name.clone()).collect(),
        }
    }
}

pub(super) async fn overview(
    State(inner): State<Arc<Inner>>,
    Query(turn): Query<Turn>,
) -> Response {
    let state = SandboxState::new(Arc::clone(&inner));
    let overview = state.overview();
    // A page is for reading; the control interface has them all.
    let mut duplicates = state.duplicates();
    duplicates.truncate(PAGE);
    let at = Pages::of(overview.jobs, &turn);
    let jobs = {
        let ledger = inner.ledger();
        let world = ledger.world();
        // The newest first.
        let shown = world.jobs().rev().skip(at.skip()).take(PAGE);
        shown.map(|job| Row::new(world, job)).collect()
    };
    html(&OverviewPage {
        here: "/",
        overview,
        limits: state.limits(),
        rules: state.faults().rules.len(),
        held: state.holds().iter().map(|hold| hold.waiting).sum(),
        duplicates,
        jobs,
        at,
    })
}

pub(super) async fn job(State(inner): State<Arc<Inner>>, Path(number): Path<String>) -> Response {
    let row = {
        let ledger = inner.ledger();
        let world = ledger.world();
        world.job(&number).map(|job| Row::new(world, job))
    };
    match row {
        Some(job) => html(&JobPage { here: "/", job }),
        None => refused(
            StatusCode::NOT_FOUND,
            "/",
            "There is no job with this number.",
        ),
    }
}

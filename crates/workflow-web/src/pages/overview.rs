//! The practice at a glance: what is due today and this week, what needs a person, the connection
//! and the calls that are left.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::Days;
use workflow_core::deployment::Phase;
use workflow_core::service::{ForecastOf, PracticeForecast};
use workflow_core::workflow::Window;

use crate::App;
use crate::error::Trouble;
use crate::security::Visit;
use crate::views::coming::Line;
use crate::views::desk::{Desk, page};
use crate::views::frame::{Frame, Part};
use crate::views::words::{day, iso};

/// How many jobs of a day or a week are listed.
const LISTED: usize = 10;

/// The days that count as this week, today included.
const WEEK: u64 = 7;

#[derive(Template)]
#[template(path = "practice.html")]
struct PracticePage {
    frame: Frame,
    today: String,
    /// Today as links name it.
    today_iso: String,
    due_today: Coming,
    this_week: Coming,
    /// Jobs whose deployment fell due today and that exist by now.
    deployed_today: usize,
    /// What needs a person or a look-up: each state with how many.
    attention: Vec<(&'static str, usize)>,
    /// The calls that what is due today and this week costs.
    calls_today: u64,
    calls_week: u64,
}

impl PracticePage {
    fn is_quiet(&self) -> bool {
        self.attention.iter().all(|(_, count)| *count == 0)
    }
}

/// The jobs of some days: the first of them, and how many there are.
struct Coming {
    lines: Vec<Line>,
    count: usize,
}

impl Coming {
    fn beyond(&self) -> usize {
        self.count - self.lines.len()
    }
}

pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let today = desk.today();
    let week = today.checked_add_days(Days::new(WEEK - 1)).unwrap_or(today);
    let forecast = desk
        .handle
        .forecast(ForecastOf::Practice, Window::until(week))
        .await?;
    let now = desk.now;
    let listed = |is_meant: &dyn Fn(chrono::NaiveDate) -> bool| {
        let mut coming = Coming {
            lines: Vec::new(),
            count: 0,
        };
        let mut calls = 0;
        for line in forecast.lines() {
            let next = &line.ahead.next;
            if is_meant(next.dates.deploys_on()) {
                coming.count += 1;
                calls += u64::from(line.ahead.workflow.settings().calls());
                if coming.lines.len() < LISTED {
                    coming.lines.push(Line::of(&visit, &desk.zone, now, &line));
                }
            }
        }
        (coming, calls)
    };
    let (due_today, calls_today) = listed(&|day| day <= today);
    let (this_week, calls_later) = listed(&|day| day > today);
    let template = PracticePage {
        frame: Frame::of(&app, &visit, &desk, Part::Overview, "Overview").await?,
        today: day(today),
        today_iso: iso(today),
        deployed_today: deployed_today(&desk, &forecast).await?,
        due_today,
        this_week,
        attention: attention(&desk).await?,
        calls_today,
        calls_week: calls_today + calls_later,
    };
    page(StatusCode::OK, &template)
}

/// How many deployments fell due today and are deployed.
async fn deployed_today(desk: &Desk, forecast: &PracticeForecast) -> Result<usize, Trouble> {
    let today = desk.today();
    // The store counts days in UTC, which begin up to a day before or after the practice's.
    let read_on = forecast.read_at().date_naive();
    let from = read_on.pred_opt().unwrap_or(read_on).min(today);
    let to = read_on.succ_opt().unwrap_or(read_on).max(today);
    let found = desk.handle.deployed_between(from, to).await?;
    let deployed = found.iter().filter(|found| {
        let deployment = &found.value;
        matches!(deployment.phase(), Phase::Deployed)
            && desk.zone.today(deployment.deploy_at()) == today
    });
    Ok(deployed.count())
}

async fn attention(desk: &Desk) -> Result<Vec<(&'static str, usize)>, Trouble> {
    let (mut failed, mut uncertain, mut held, mut duplicated) = (0, 0, 0, 0);
    for found in desk.handle.attention().await? {
        match found.value.phase() {
            Phase::Failed => failed += 1,
            Phase::Uncertain => uncertain += 1,
            Phase::Held(_) => held += 1,
            Phase::Duplicated => duplicated += 1,
            Phase::Running | Phase::Deployed | Phase::GivenUp { .. } => {}
        }
    }
    let mut all = vec![("Failed", failed), ("Uncertain", uncertain), ("Held", held)];
    if duplicated > 0 {
        all.push(("Duplicated", duplicated));
    }
    Ok(all)
}

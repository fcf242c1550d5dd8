//! Plan and change many at once: what is asked for, what would be done row by row, and then exactly
//! that.
//!
//! What is applied is what was looked at: the plan is kept by its key, and where it is kept no
//! more it is made again and applied only if it has the same digest.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use workflow_core::plan::{Action, Applied, ApplyError, Outcome, Plan, Row};
use workflow_core::workflow::Occurrence;
use workflow_core::zone::Zone;

use crate::App;
use crate::error::{Trouble, core_sentence};
use crate::forms::planning::{self, Asked};
use crate::forms::{FormView, Input, Problems};
use crate::host::percent_encoded;
use crate::security::Visit;
use crate::views::desk::{Desk, page};
use crate::views::directory::Directory;
use crate::views::frame::{Frame, Part};
use crate::views::planned::{RowView, cost, differences, heading};
use crate::views::status::Tone;
use crate::views::words;

/// Rows on one page.
const PAGE: usize = 50;

/// The most rows of an outcome that are listed, what was not done first.
const TOLD: usize = 100;

/// The fields of a form that are about its sending, and not about what it asks for.
const SENDING: [&str; 7] = ["token", "once", "plan", "digest", "row", "rows", "page"];

#[derive(Template)]
#[template(path = "planning.html")]
struct PlanningPage {
    frame: Frame,
    form: FormView,
    /// Workflows that are meant by themselves, from a link.
    named: Vec<String>,
}

#[derive(Template)]
#[template(path = "planned.html")]
struct PlannedPage {
    frame: Frame,
    heading: String,
    /// Where it goes back to what is asked for.
    back: String,
    rows: Vec<RowView>,
    count: usize,
    stopped: usize,
    cost: String,
    deploys: bool,
    may_apply: bool,
    /// Why it is not applied as it is; empty where it can be.
    hindrance: String,
    /// Why this is shown again.
    notice: String,
    changed: Vec<(String, String)>,
    key: String,
    digest: String,
    hidden: Vec<(String, String)>,
    /// Whether rows are chosen one by one.
    is_chosen_by_row: bool,
    first: usize,
    before: Option<String>,
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "applied.html")]
struct AppliedPage {
    frame: Frame,
    heading: String,
    done: usize,
    count: usize,
    deploys: bool,
    rows: Vec<OutcomeView>,
    beyond: usize,
}

/// What became of one row.
struct OutcomeView {
    client: String,
    workflow: String,
    url: String,
    on: String,
    word: &'static str,
    tone: Tone,
    sentence: String,
}

pub(crate) async fn form(
    State(app): State<App>,
    visit: Visit,
    query: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let input = planning::opened(&query, desk.today());
    let problems = Problems::default();
    ask(&app, &visit, &desk, (StatusCode::OK, &input, &problems)).await
}

pub(crate) async fn look(
    State(app): State<App>,
    visit: Visit,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let mut problems = Problems::default();
    if input.looks_for_something() {
        return ask(&app, &visit, &desk, (StatusCode::OK, &input, &problems)).await;
    }
    let input = input.without_searches();
    let Some(asked) = planning::read(&input, &desk.handle, &mut problems).await? else {
        let shown = (StatusCode::UNPROCESSABLE_ENTITY, &input, &problems);
        return ask(&app, &visit, &desk, shown).await;
    };
    let plan = make(&app, &desk, &asked).await?;
    let shown = Shown::of(&plan, &input);
    shown.render(&app, &visit, &desk, StatusCode::OK).await
}

pub(crate) async fn apply(
    State(app): State<App>,
    visit: Visit,
    input: Input,
) -> Result<Response, Trouble> {
    let desk = Desk::of(&app, &visit).await?;
    let mut problems = Problems::default();
    let Some(asked) = planning::read(&input, &desk.handle, &mut problems).await? else {
        let shown = (StatusCode::UNPROCESSABLE_ENTITY, &input, &problems);
        return ask(&app, &visit, &desk, shown).await;
    };
    if matches!(asked.action, Action::Deploy(_)) && !desk.is_connected() {
        return Err(Trouble::new(
            StatusCode::CONFLICT,
            "The practice is not connected to XPM, so no job can be created there. Connect it \
             first.",
        ));
    }
    let kept = input
        .get("plan")
        .parse()
        .ok()
        .and_then(|key| app.plans.find(desk.handle.id(), &key))
        .filter(|plan| plan.digest().as_str() == input.get("digest"));
    let plan = match kept {
        Some(plan) => plan,
        None => {
            let plan = make(&app, &desk, &asked).await?;
            if plan.digest().as_str() != input.get("digest") {
                let shown = Shown {
                    notice: "Things have changed since you looked, or this was applied already. \
                             Nothing was done now; this is what would be.",
                    ..Shown::of(&plan, &input)
                };
                return shown
                    .render(&app, &visit, &desk, StatusCode::CONFLICT)
                    .await;
            }
            plan
        }
    };
    let chosen = match input.get("rows") {
        "all" => (*plan).clone(),
        _ => {
            let places: BTreeSet<usize> = input
                .all("row")
                .filter_map(|place| place.parse().ok())
                .collect();
            plan.choose(|place, _| places.contains(&place))
        }
    };
    if chosen.rows().is_empty() {
        let shown = Shown {
            notice: "Choose at least one row. Nothing was done.",
            ..Shown::of(&plan, &input)
        };
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return shown.render(&app, &visit, &desk, status).await;
    }
    let actor = visit.visitor.actor.clone();
    match desk.handle.apply(actor, &chosen).await {
        Ok(applied) => told(&app, &visit, &desk, &chosen, &applied).await,
        Err(ApplyError::Changed(rows)) => {
            let again = make(&app, &desk, &asked).await?;
            let changed = rows.iter().map(|row| {
                let on = row.occurrence.map(words::occurrence);
                let on = on.map_or_else(String::new, |on| format!(", {on}"));
                let name = format!("{}, {}{on}", row.client_name, row.workflow_name);
                (name, differences(&row.differences, &desk.zone))
            });
            let shown = Shown {
                notice: "Things have changed since you looked, and nothing was done. This is what \
                         would be done now.",
                changed: changed.take(TOLD).collect(),
                ..Shown::of(&again, &input)
            };
            shown
                .render(&app, &visit, &desk, StatusCode::CONFLICT)
                .await
        }
        Err(ApplyError::Command(error)) => Err(error.into()),
        Err(error) => Err(Trouble::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            core_sentence(&error.to_string()),
        )),
    }
}

/// Makes a plan and keeps it for whoever applies it.
async fn make(app: &App, desk: &Desk, asked: &Asked) -> Result<Arc<Plan>, Trouble> {
    let plan = desk
        .handle
        .plan(asked.action.clone(), &asked.filter)
        .await?;
    let plan = Arc::new(plan);
    app.plans.keep(Arc::clone(&plan));
    Ok(plan)
}

/// The form, with what was typed and what was wrong with it.
async fn ask(
    app: &App,
    visit: &Visit,
    desk: &Desk,
    (status, input, problems): (StatusCode, &Input, &Problems),
) -> Result<Response, Trouble> {
    let directory = Directory::of(&desk.handle).await?;
    let mut named = Vec::new();
    for id in input.all("workflow") {
        if let Ok(id) = id.parse()
            && let Some(found) = desk.handle.workflow(id).await?
        {
            named.push(found.value.settings().name.to_string());
        }
    }
    let form = FormView {
        action: format!("{}/plan/preview", visit.base),
        hidden: input
            .all("workflow")
            .map(|id| ("workflow", id.to_owned()))
            .collect(),
        problems: problems.list(),
        sections: planning::sections(input, problems, &directory),
        submit: "Show what would be done".into(),
        cancel: format!("{}/overview", visit.base),
        ..FormView::default()
    };
    let title = "Plan and change many";
    let template = PlanningPage {
        frame: Frame::of(app, visit, desk, Part::Planning, title).await?,
        form,
        named,
    };
    page(status, &template)
}

/// A plan, and why it is shown.
struct Shown<'a> {
    plan: &'a Plan,
    input: &'a Input,
    notice: &'static str,
    changed: Vec<(String, String)>,
}

impl<'a> Shown<'a> {
    fn of(plan: &'a Plan, input: &'a Input) -> Self {
        Self {
            plan,
            input,
            notice: "",
            changed: Vec::new(),
        }
    }

    async fn render(
        self,
        app: &App,
        visit: &Visit,
        desk: &Desk,
        status: StatusCode,
    ) -> Result<Response, Trouble> {
        let Self {
            plan,
            input,
            notice,
            changed,
        } = self;
        let directory = Directory::of(&desk.handle).await?;
        let count = plan.rows().len();
        let is_chosen_by_row = count <= PAGE;
        let pages = count.div_ceil(PAGE).max(1);
        let at = input.get("page").parse::<usize>().unwrap_or(1);
        let at = at.clamp(1, pages);
        let first = (at - 1) * PAGE;
        let rows = plan.rows().iter().enumerate().skip(first).take(PAGE);
        let chosen: BTreeSet<&str> = input.all("row").collect();
        let rows = rows.map(|(place, row)| {
            let mut view = RowView::of(visit, &directory, place, row);
            if !chosen.is_empty() && changed.is_empty() {
                view.is_chosen = chosen.contains(place.to_string().as_str());
            }
            view
        });
        let asked: Vec<(String, String)> = input
            .pairs()
            .filter(|(name, value)| !SENDING.contains(name) && !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let query: Vec<String> = asked
            .iter()
            .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
            .collect();
        let query = query.join("&");
        let beside = |at: usize| format!("{}/plan/preview?{query}&page={at}", visit.base);
        let stopped = plan.stopped().count();
        let hindrance = match count {
            0 => String::new(),
            count if count > Plan::MOST_TO_APPLY => format!(
                "{} rows at most can be applied at once. Say more closely which workflows are \
                 meant.",
                Plan::MOST_TO_APPLY
            ),
            count if count == stopped => {
                "Every row would fail, so there is nothing to apply.".into()
            }
            _ => String::new(),
        };
        let deploys = matches!(plan.action(), Action::Deploy(_));
        let heading = heading(plan.action(), &directory);
        let template = PlannedPage {
            frame: Frame::of(app, visit, desk, Part::Planning, heading.clone()).await?,
            heading,
            back: format!("{}/plan?{query}", visit.base),
            rows: rows.collect(),
            count,
            stopped,
            cost: cost(plan),
            deploys,
            may_apply: visit.may_edit() && count > 0 && (!deploys || desk.is_connected()),
            hindrance,
            notice: notice.to_owned(),
            changed,
            key: plan.key().to_string(),
            digest: plan.digest().to_string(),
            hidden: asked,
            is_chosen_by_row,
            first: first + 1,
            before: (at > 1).then(|| beside(at - 1)),
            after: (at < pages).then(|| beside(at + 1)),
        };
        page(status, &template)
    }
}

/// What became of each row.
async fn told(
    app: &App,
    visit: &Visit,
    desk: &Desk,
    plan: &Plan,
    applied: &Applied,
) -> Result<Response, Trouble> {
    let directory = Directory::of(&desk.handle).await?;
    let mut rows: Vec<(bool, OutcomeView)> = plan
        .rows()
        .iter()
        .zip(&applied.rows)
        .map(|(row, of)| {
            (
                of.outcome.is_done(),
                outcome(visit, &desk.zone, row, &of.outcome),
            )
        })
        .collect();
    rows.sort_by_key(|(is_done, _)| *is_done);
    let count = rows.len();
    let rows: Vec<OutcomeView> = rows.into_iter().map(|(_, row)| row).take(TOLD).collect();
    let heading = heading(plan.action(), &directory);
    let template = AppliedPage {
        frame: Frame::of(app, visit, desk, Part::Planning, heading.clone()).await?,
        heading,
        done: applied.done(),
        count,
        deploys: matches!(plan.action(), Action::Deploy(_)),
        beyond: count - rows.len(),
        rows,
    };
    page(StatusCode::OK, &template)
}

fn outcome(visit: &Visit, zone: &Zone, row: &Row, outcome: &Outcome) -> OutcomeView {
    let (word, tone, sentence) = match outcome {
        Outcome::Done => ("done", Tone::Good, String::new()),
        Outcome::DoneBefore => (
            "done before",
            Tone::Good,
            "It was done when this was applied before.".to_owned(),
        ),
        Outcome::LeftOut(conflicts) => {
            let conflicts: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
            (
                "left out",
                Tone::Waits,
                core_sentence(&conflicts.join("; ")),
            )
        }
        Outcome::Changed(found) => ("changed", Tone::Waits, differences(found, zone)),
        Outcome::Failed(error) => ("failed", Tone::Bad, Trouble::said(error)),
    };
    let url = format!(
        "{}/client/{}/workflow/{}",
        visit.base, row.client, row.workflow
    );
    let occurrence = row.occurrence();
    OutcomeView {
        client: row.client_name.clone(),
        workflow: row.workflow_name.clone(),
        url: match occurrence {
            Some(on) => format!("{url}/schedule#on-{on}"),
            None => url,
        },
        on: occurrence
            .and_then(Occurrence::nominal)
            .map_or_else(String::new, words::day),
        word,
        tone,
        sentence,
    }
}

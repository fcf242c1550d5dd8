//! Plan and apply.

use axum::Json;
use serde::Deserialize;
use utoipa::ToSchema;
use workflow_core::plan::{Action, Filter, Plan};

use super::given::{AppliedView, PlanView};
use super::problem::Problem;
use super::sent::{LARGEST_PLAN, Sent};
use super::visit::Visit;

/// What to plan.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlanBody {
    /// What to do: `{"deploy": "next"}`, `{"deploy": {"until": "2027-06-30"}}`, `"archive"`,
    /// `{"edit": {"partner": {"set": "grace"}}}`, or
    /// `{"replace_person": {"from": "grace", "to": "theo", "on": null}}`.
    #[schema(value_type = Value)]
    action: Action,
    /// Which workflows: those to which all of it applies; every active one unless it says
    /// otherwise. Its fields are `workflows`, `clients`, `name`, `category`, `partner`, `manager`,
    /// `staff`, `template`, `state`, `billing`, `due_from` and `due_until`.
    #[serde(default)]
    #[schema(value_type = Object)]
    filter: Filter,
}

/// A plan to apply.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ApplyBody {
    /// The plan as it was given, whole.
    #[schema(value_type = Object)]
    plan: Plan,
}

/// What an action would do to the workflows that a filter chooses, and what it costs. Nothing is
/// changed, and no call is made.
#[utoipa::path(post, path = "/plans", tag = "plans", request_body = PlanBody,
    responses((status = 200, body = PlanView)))]
pub(crate) async fn plan(
    visit: Visit,
    Sent(body): Sent<PlanBody>,
) -> Result<Json<PlanView>, Problem> {
    let plan = visit.practice.plan(body.action, &body.filter).await?;
    Ok(Json(PlanView::of(&plan)?))
}

/// Does what a plan says and nothing else; refuses the whole where things have changed. A plan is
/// applied once, however often it is sent.
#[utoipa::path(post, path = "/plans/apply", tag = "plans", request_body = ApplyBody,
    responses((status = 200, body = AppliedView)))]
pub(crate) async fn apply(
    visit: Visit,
    Sent(body): Sent<ApplyBody, LARGEST_PLAN>,
) -> Result<Json<AppliedView>, Problem> {
    let actor = visit.visitor.actor.clone();
    let applied = visit.practice.apply(actor, &body.plan).await?;
    Ok(Json((&applied).into()))
}

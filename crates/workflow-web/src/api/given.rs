//! What the API gives.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;
use workflow_core::audit::{Actor, Entry};
use workflow_core::billing::BillingLevel;
use workflow_core::deployment::{Deployment, JobRef};
use workflow_core::plan::{Applied, Plan, Row};
use workflow_core::ports::store::Versioned;
use workflow_core::practice::{Client, Link, Practice, Standing};
use workflow_core::service::{Committed, ScheduleRow};
use workflow_core::timing::Dates;
use workflow_core::workflow::{MissedRuns, Schedule, Why, WhyNot, Workflow};

use super::problem::Problem;
use super::schema;
use super::taken::{SettingsBody, TimingBody};
use crate::error::core_sentence;

/// The practice.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PracticeView {
    id: String,
    name: String,
    /// All dates are civil dates here.
    time_zone: String,
    today: NaiveDate,
    /// Whether the practice is connected to XPM.
    connected: bool,
    calls: CallsView,
    /// How many deployments need attention.
    attention: usize,
}

/// Calls to XPM.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CallsView {
    pub(crate) minute_left: u32,
    pub(crate) day_left: u32,
    pub(crate) day_limit: u32,
}

impl PracticeView {
    pub(crate) fn of(
        practice: &Practice,
        today: NaiveDate,
        calls: CallsView,
        attention: usize,
    ) -> Self {
        Self {
            id: practice.id.to_string(),
            name: practice.name.to_string(),
            time_zone: practice.zone.to_string(),
            today,
            connected: matches!(practice.link, Link::Connected { .. }),
            calls,
            attention,
        }
    }
}

/// A client.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClientView {
    /// XPM's UUID.
    id: Uuid,
    name: String,
    /// Whether XPM still has the client.
    in_xpm: bool,
}

impl From<Client> for ClientView {
    fn from(client: Client) -> Self {
        Self {
            id: client.id.uuid(),
            name: client.name.to_string(),
            in_xpm: client.standing != Standing::Gone,
        }
    }
}

/// A page of clients, by name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ClientsView {
    pub(crate) clients: Vec<ClientView>,
    /// What to give as `after` for the next page, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// Whether something still awaits deployment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StatusView {
    active: bool,
    /// In words.
    #[schema(example = "active, next on 31 Dec 2026")]
    text: String,
}

/// When a workflow deploys.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ScheduleView {
    kind: ScheduleKind,
    /// In words.
    text: String,
    /// The one date.
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<NaiveDate>,
    /// The date from which a recurrence repeats.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<NaiveDate>,
    /// The recurrence as RFC 5545 text, where it can be said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    rrule: Option<String>,
}

/// The kind of a schedule.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ScheduleKind {
    ByHand,
    OnAcceptance,
    OnDate,
    Recurring,
}

impl From<&Schedule> for ScheduleView {
    fn from(schedule: &Schedule) -> Self {
        let (kind, on) = match schedule {
            Schedule::ByHand => (ScheduleKind::ByHand, None),
            Schedule::OnAcceptance => (ScheduleKind::OnAcceptance, None),
            Schedule::OnDate(date) => (ScheduleKind::OnDate, Some(*date)),
            Schedule::Recurring(_) => (ScheduleKind::Recurring, None),
        };
        let recurrence = schedule.recurrence();
        Self {
            kind,
            text: schedule.to_string(),
            on,
            from: recurrence.map(|rule| rule.anchor()),
            rrule: recurrence.and_then(|rule| rule.to_rrule()),
        }
    }
}

/// A pause.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PauseView {
    /// The first day on which nothing is deployed.
    from: NaiveDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<NaiveDate>,
    reason: String,
}

/// The dates of an occurrence.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DatesView {
    nominal: NaiveDate,
    start: NaiveDate,
    due: NaiveDate,
    /// The day on which it is deployed.
    deploys_on: NaiveDate,
}

impl From<&Dates> for DatesView {
    fn from(dates: &Dates) -> Self {
        Self {
            nominal: dates.nominal(),
            start: dates.start(),
            due: dates.due(),
            deploys_on: dates.deploys_on(),
        }
    }
}

/// What is deployed next.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NextView {
    /// `once` or a nominal date.
    occurrence: String,
    dates: DatesView,
    deploys_at: DateTime<Utc>,
}

/// A workflow.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkflowView {
    id: Uuid,
    client: Uuid,
    /// It rises with each change; the answer's `ETag` says the same.
    version: u64,
    status: StatusView,
    settings: SettingsBody,
    #[schema(value_type = schema::BillingLevel)]
    billing: BillingLevel,
    schedule: ScheduleView,
    timing: TimingBody,
    deploys_from: NaiveDate,
    #[schema(value_type = schema::MissedRuns)]
    missed: MissedRuns,
    #[serde(skip_serializing_if = "Option::is_none")]
    proposal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    /// Whether it is a duplicate whose first date awaits confirmation.
    awaits_confirmation: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pause: Option<PauseView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    archived: Option<NaiveDate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<NextView>,
}

impl From<&Versioned<Workflow>> for WorkflowView {
    fn from(found: &Versioned<Workflow>) -> Self {
        let workflow = &found.value;
        let (plan, status, origin) = (workflow.plan(), workflow.status(), workflow.origin());
        Self {
            id: workflow.id().uuid(),
            client: workflow.client().uuid(),
            version: found.version.0,
            status: StatusView {
                active: status.is_active(),
                text: status.to_string(),
            },
            settings: workflow.settings().into(),
            billing: workflow.billing(),
            schedule: (&plan.schedule).into(),
            timing: plan.timing.into(),
            deploys_from: plan.deploys_from,
            missed: plan.missed,
            proposal: origin.proposal().map(ToString::to_string),
            service: origin.service().map(ToString::to_string),
            awaits_confirmation: workflow.awaits_confirmation(),
            pause: workflow.pause().map(|pause| PauseView {
                from: pause.from,
                until: pause.until,
                reason: pause.reason.to_string(),
            }),
            archived: workflow.archived(),
            next: workflow.next().map(|next| NextView {
                occurrence: next.occurrence.to_string(),
                dates: (&next.dates).into(),
                deploys_at: next.deploy_at,
            }),
        }
    }
}

/// The workflows of a client.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WorkflowsView {
    pub(crate) workflows: Vec<WorkflowView>,
}

/// A job in XPM.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct JobView {
    id: Uuid,
    #[schema(example = "J000123")]
    number: String,
}

impl From<&JobRef> for JobView {
    fn from(job: &JobRef) -> Self {
        Self {
            id: job.id.uuid(),
            number: job.number.to_string(),
        }
    }
}

/// One step of a deployment.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StepView {
    what: String,
    state: String,
    /// How often it was sent.
    sends: u32,
}

/// One row of a schedule: what has been deployed, what will be, or why it is not.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowView {
    /// `once` or a nominal date.
    occurrence: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<Uuid>,
    /// In the product's own word: `waiting`, `deployed`, `failed`, `skipped` and so on.
    state: String,
    /// What it means, or what went wrong and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    sentence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dates: Option<DatesView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<JobView>,
    /// The job's name, where it can be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<StepView>,
}

/// The rows of a schedule, by nominal date.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowsView {
    pub(crate) rows: Vec<RowView>,
}

impl RowView {
    pub(crate) fn of(row: &ScheduleRow, name: Option<String>) -> Self {
        let occurrence = row.occurrence().to_string();
        let blank = Self {
            occurrence,
            workflow: None,
            state: "waiting".into(),
            sentence: None,
            dates: None,
            job: None,
            name,
            steps: Vec::new(),
        };
        match row {
            ScheduleRow::Begun(deployment) => Self {
                workflow: None,
                name: blank.name,
                ..Self::begun(deployment)
            },
            ScheduleRow::Coming(next) => Self {
                dates: Some((&next.dates).into()),
                ..blank
            },
            ScheduleRow::NotOwed { why, .. } => Self {
                state: why.word().to_owned(),
                sentence: Some(core_sentence(&why.to_string())),
                ..blank
            },
        }
    }

    /// A deployment, with its workflow.
    pub(crate) fn begun(deployment: &Deployment) -> Self {
        let step = |step: &workflow_core::deployment::Step| StepView {
            what: step.kind.to_string(),
            state: step.state.to_string(),
            sends: step.sends,
        };
        let trouble = deployment.trouble();
        Self {
            occurrence: deployment.occurrence().to_string(),
            workflow: Some(deployment.workflow().uuid()),
            state: deployment.phase().to_string(),
            sentence: trouble.map(|trouble| core_sentence(&trouble.sentence)),
            dates: Some(deployment.dates().into()),
            job: deployment.job().map(JobView::from),
            name: None,
            steps: deployment.steps().iter().map(step).collect(),
        }
    }
}

/// Why a date has a job or has none.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WhyView {
    date: NaiveDate,
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<JobView>,
    /// The one reason for which there is no job, in the product's own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    sentence: String,
}

impl WhyView {
    pub(crate) fn of(date: NaiveDate, why: &Why) -> Self {
        let (job, reason) = match why {
            Why::Job(job) => (Some(job.into()), None),
            Why::NoJob(why) => (None, Some(WhyNot::word(why).to_owned())),
        };
        Self {
            date,
            job,
            reason,
            sentence: core_sentence(&why.to_string()),
        }
    }
}

/// One entry of the audit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntryView {
    /// Its place in the practice's chain: 1, 2, 3 and so on.
    seq: u64,
    at: DateTime<Utc>,
    actor: String,
    actor_kind: ActorKind,
    /// What it is about, as it is stored.
    subject: Value,
    /// What happened, as it is stored, with what was before and after.
    event: Value,
    /// A hash that covers this entry and the one before it.
    hash: String,
}

/// Who acted.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ActorKind {
    Person,
    Scheduler,
    Host,
}

impl EntryView {
    pub(crate) fn of(entry: &Entry) -> Result<Self, Problem> {
        let line = &entry.line;
        Ok(Self {
            seq: entry.seq,
            at: line.at,
            actor: line.actor.to_string(),
            actor_kind: match line.actor {
                Actor::Person(_) => ActorKind::Person,
                Actor::Scheduler => ActorKind::Scheduler,
                Actor::Host(_) => ActorKind::Host,
            },
            subject: stored(&line.subject)?,
            event: stored(&line.event)?,
            hash: entry.hash.to_string(),
        })
    }
}

/// A page of the audit, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EntriesView {
    pub(crate) entries: Vec<EntryView>,
    /// What to give as `before` for older ones, where there may be any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) older: Option<u64>,
}

/// What a command did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DoneView {
    /// Whether it had been carried out before under its key, and nothing was done now.
    repeated: bool,
    /// The audit entries that it caused.
    entries: Vec<EntryView>,
    /// The workflow as it is now.
    workflow: WorkflowView,
}

impl DoneView {
    pub(crate) fn of<T>(
        done: &Committed<T>,
        workflow: &Versioned<Workflow>,
    ) -> Result<Self, Problem> {
        Ok(Self {
            repeated: done.repeated,
            entries: done
                .entries
                .iter()
                .map(EntryView::of)
                .collect::<Result<_, _>>()?,
            workflow: workflow.into(),
        })
    }
}

/// One row of a plan, to be read; the plan itself is what is sent back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanRowView {
    workflow: Uuid,
    workflow_name: String,
    client: Uuid,
    client_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    occurrence: Option<String>,
    /// The calls to XPM that it costs.
    calls: u32,
    /// Whether it would be left out, since it would fail.
    stopped: bool,
    conflicts: Vec<String>,
}

impl From<&Row> for PlanRowView {
    fn from(row: &Row) -> Self {
        let conflicts = row.conflicts.iter();
        Self {
            workflow: row.workflow.uuid(),
            workflow_name: row.workflow_name.clone(),
            client: row.client.uuid(),
            client_name: row.client_name.clone(),
            occurrence: row.occurrence().map(|on| on.to_string()),
            calls: row.calls(),
            stopped: row.is_stopped(),
            conflicts: conflicts
                .map(|one| core_sentence(&one.to_string()))
                .collect(),
        }
    }
}

/// A plan: what would be done, and what it costs. Nothing has happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlanView {
    rows: Vec<PlanRowView>,
    /// The calls that the whole costs.
    calls: u64,
    /// The calls that are left today.
    day_left: u32,
    /// The plan, to be sent back as it is to be applied. What was altered is refused.
    #[schema(value_type = Object)]
    plan: Value,
}

impl PlanView {
    pub(crate) fn of(plan: &Plan) -> Result<Self, Problem> {
        Ok(Self {
            rows: plan.rows().iter().map(PlanRowView::from).collect(),
            calls: plan.quota().calls,
            day_left: plan.quota().day_left,
            plan: stored(plan)?,
        })
    }
}

/// What became of one row of a plan.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppliedRowView {
    workflow: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    occurrence: Option<String>,
    done: bool,
    /// In words.
    outcome: String,
}

/// What became of a plan, in its order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AppliedView {
    done: usize,
    rows: Vec<AppliedRowView>,
}

impl From<&Applied> for AppliedView {
    fn from(applied: &Applied) -> Self {
        let rows = applied.rows.iter().map(|row| AppliedRowView {
            workflow: row.workflow.uuid(),
            occurrence: row.occurrence.map(|on| on.to_string()),
            done: row.outcome.is_done(),
            outcome: row.outcome.to_string(),
        });
        Self {
            done: applied.done(),
            rows: rows.collect(),
        }
    }
}

/// A thing of the core as it is stored.
fn stored(thing: &impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(thing).map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "an answer failed");
        let status = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
        Problem::new(
            status,
            "failed",
            "This answer could not be made. The log says more.",
        )
    })
}

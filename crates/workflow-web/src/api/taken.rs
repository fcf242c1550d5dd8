//! What the API takes, and what the core makes of it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use workflow_core::billing::BillingLevel;
use workflow_core::ids::{CategoryId, ClientId, TemplateId};
use workflow_core::recurrence::Recurrence;
use workflow_core::service::{NewWorkflow, TakeOver};
use workflow_core::timing::{DueRule, Lead, PeriodRule, Roll, Timing};
use workflow_core::tokens::{TextTemplate, TokenScope};
use workflow_core::workflow::{MissedRuns, PausedDates, Settings};
use workflow_core::zone::Zone;

use super::problem::Problem;
use super::schema;
use crate::error::as_sentence;

/// Settings: what the jobs of a workflow are like.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SettingsBody {
    /// The job's name; it may hold tokens such as `{quarter}`.
    #[schema(min_length = 1, max_length = 250, example = "BAS {quarter}")]
    pub(crate) name: String,
    /// The job's description, which may hold the same tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10_000)]
    pub(crate) description: Option<String>,
    /// The job's category, by XPM's UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) category: Option<Uuid>,
    /// The job's budget, in the practice's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "450.00")]
    pub(crate) budget: Option<String>,
    /// The partner responsible: a person of the practice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) partner: Option<String>,
    /// The manager responsible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) manager: Option<String>,
    /// The staff to assign.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) staff: BTreeSet<String>,
    /// The job templates, by XPM's UUIDs, applied in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) templates: Vec<Uuid>,
}

/// A recurrence: exactly one of a sentence and a rule.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum RecurrenceBody {
    /// In English.
    #[schema(example = "every quarter on the last business day, from 30 June 2026, 8 times")]
    Sentence(String),
    /// As RFC 5545 text, which keeps that standard's meaning.
    Rrule {
        /// The rule.
        #[schema(example = "FREQ=MONTHLY;BYMONTHDAY=-1")]
        rule: String,
        /// The date from which it repeats.
        from: NaiveDate,
    },
}

/// When a workflow deploys.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ScheduleBody {
    /// Once, when a person says so.
    ByHand,
    /// Once, when the proposal is accepted.
    OnAcceptance,
    /// Once, on a date.
    OnDate(NaiveDate),
    /// Again and again.
    Recurring(RecurrenceBody),
}

/// How dates follow from a nominal date.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TimingBody {
    #[schema(value_type = schema::Roll)]
    roll: Roll,
    #[schema(value_type = schema::Lead)]
    lead: Lead,
    #[schema(value_type = schema::DueRule)]
    due: DueRule,
    #[schema(value_type = schema::PeriodRule)]
    period: PeriodRule,
}

impl From<Timing> for TimingBody {
    fn from(timing: Timing) -> Self {
        let Timing {
            roll,
            lead,
            due,
            period,
        } = timing;
        Self {
            roll,
            lead,
            due,
            period,
        }
    }
}

impl From<TimingBody> for Timing {
    fn from(body: TimingBody) -> Self {
        let TimingBody {
            roll,
            lead,
            due,
            period,
        } = body;
        Self {
            roll,
            lead,
            due,
            period,
        }
    }
}

/// What is done where another workflow is nominated for a billing level.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TakeOverBody {
    /// The change is refused, naming the other.
    #[default]
    Refuse,
    /// The other one becomes non-billing.
    Replace,
}

impl From<TakeOverBody> for TakeOver {
    fn from(body: TakeOverBody) -> Self {
        match body {
            TakeOverBody::Refuse => Self::Refuse,
            TakeOverBody::Replace => Self::Replace,
        }
    }
}

/// A workflow to add.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewBody {
    settings: SettingsBody,
    schedule: ScheduleBody,
    /// The proposal that it is made from; it then deploys nothing before acceptance.
    #[serde(default)]
    proposal: Option<String>,
    /// The service of that proposal.
    #[serde(default)]
    service: Option<String>,
    #[serde(default)]
    #[schema(value_type = schema::BillingLevel, default = "non_billing")]
    billing: BillingLevel,
    #[serde(default)]
    pub(crate) take_over: TakeOverBody,
    #[serde(default)]
    timing: TimingBody,
    /// Nominal dates before it are never owed; today unless given.
    #[serde(default)]
    deploys_from: Option<NaiveDate>,
    #[serde(default)]
    #[schema(value_type = schema::MissedRuns, default = "all")]
    missed: MissedRuns,
}

/// Billing to change to.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BillingBody {
    #[schema(value_type = schema::BillingLevel)]
    pub(crate) level: BillingLevel,
    #[serde(default)]
    pub(crate) take_over: TakeOverBody,
}

/// A pause.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PauseBody {
    /// Why; it is kept in the audit.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) reason: String,
    /// The day on which it ends by itself.
    #[serde(default)]
    pub(crate) until: Option<NaiveDate>,
}

/// The end of a pause.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ResumeBody {
    #[schema(value_type = schema::PausedDates)]
    pub(crate) paused_dates: PausedDates,
}

/// Which occurrence to deploy now.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DeployBody {
    /// `once` or a nominal date; the next one unless given.
    #[schema(example = "2026-12-31")]
    pub(crate) occurrence: Option<String>,
}

/// Why somebody does something.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReasonBody {
    /// It is kept in the audit.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) reason: String,
}

/// Where an occurrence is moved.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveBody {
    /// Its new start date.
    pub(crate) to: NaiveDate,
}

/// A job in XPM.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct JobBody {
    /// Its number.
    #[schema(example = "J000123", min_length = 1, max_length = 128)]
    pub(crate) number: String,
}

/// A text of the core's, by its field.
pub(crate) fn parsed<T>(field: &str, text: &str) -> Result<T, Problem>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse()
        .map_err(|error: T::Err| Problem::fault(field, as_sentence(&error.to_string())))
}

fn parsed_if<T>(field: &str, text: Option<&str>) -> Result<Option<T>, Problem>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.map(|text| parsed(field, text)).transpose()
}

impl SettingsBody {
    /// The settings, with texts that may hold what `scope` allows. `at` is where they stand in the
    /// body, with a dot at its end.
    pub(crate) fn settings(&self, scope: TokenScope, at: &str) -> Result<Settings, Problem> {
        let template = |field: &str, text: &str| {
            TextTemplate::parse(text.trim(), scope).map_err(|error| {
                Problem::fault(format!("{at}{field}"), as_sentence(&error.to_string()))
            })
        };
        let description = self.description.as_deref();
        let description = description.filter(|text| !text.trim().is_empty());
        let field = |name: &str| format!("{at}{name}");
        let staff = self.staff.iter();
        Ok(Settings {
            name: template("name", &self.name)?,
            description: description
                .map(|text| template("description", text))
                .transpose()?,
            category: self.category.map(CategoryId::new),
            budget: parsed_if(&field("budget"), self.budget.as_deref())?,
            partner: parsed_if(&field("partner"), self.partner.as_deref())?,
            manager: parsed_if(&field("manager"), self.manager.as_deref())?,
            staff: staff
                .map(|person| parsed(&field("staff"), person))
                .collect::<Result<_, _>>()?,
            templates: self
                .templates
                .iter()
                .copied()
                .map(TemplateId::new)
                .collect(),
        })
    }
}

impl From<&Settings> for SettingsBody {
    fn from(settings: &Settings) -> Self {
        let templates = settings.templates.iter();
        let description = settings.description.as_ref();
        Self {
            name: settings.name.text().to_owned(),
            description: description.map(|text| text.text().to_owned()),
            category: settings.category.map(|id| id.uuid()),
            budget: settings.budget.map(|budget| budget.to_string()),
            partner: settings.partner.as_ref().map(ToString::to_string),
            manager: settings.manager.as_ref().map(ToString::to_string),
            staff: settings.staff.iter().map(ToString::to_string).collect(),
            templates: templates.map(|id| id.uuid()).collect(),
        }
    }
}

impl RecurrenceBody {
    fn recurrence(&self, zone: &Zone) -> Result<Recurrence, Problem> {
        let (field, read) = match self {
            Self::Sentence(text) => ("sentence", Recurrence::from_sentence(text)),
            Self::Rrule { rule, from } => ("rrule", Recurrence::from_rrule_in(rule, *from, zone)),
        };
        let fault = |error: &dyn std::error::Error| {
            let at = format!("schedule.recurring.{field}");
            Problem::fault(at, as_sentence(&error.to_string()))
        };
        read.map_err(|error| fault(&error))
    }
}

impl NewBody {
    /// The workflow to add for a client.
    pub(crate) fn new_workflow(
        &self,
        client: ClientId,
        zone: &Zone,
    ) -> Result<NewWorkflow, Problem> {
        let scope = match (&self.proposal, &self.service) {
            (None, Some(_)) => {
                let detail = "A service needs the proposal that it is a service of.";
                return Err(Problem::fault("service", detail));
            }
            (None, None) => TokenScope::Client,
            (Some(_), None) => TokenScope::Proposal,
            (Some(_), Some(_)) => TokenScope::Service,
        };
        // Checked here for the path of the fault; what is added is checked again as a whole.
        let settings = self.settings.settings(scope, "settings.")?;
        let mut new = NewWorkflow::named(self.settings.name.clone())
            .client(client)
            .staff(settings.staff)
            .templates(settings.templates)
            .billing(self.billing)
            .timing(self.timing.into())
            .missed_runs(self.missed);
        if let Some(description) = &self.settings.description {
            new = new.description(description.clone());
        }
        if let Some(category) = settings.category {
            new = new.category(category);
        }
        if let Some(budget) = settings.budget {
            new = new.budget(budget);
        }
        if let Some(partner) = settings.partner {
            new = new.partner(partner);
        }
        if let Some(manager) = settings.manager {
            new = new.manager(manager);
        }
        if let Some(proposal) = &self.proposal {
            let proposal = parsed("proposal", proposal)?;
            new = match &self.service {
                None => new.proposal(proposal),
                Some(service) => new.service(proposal, parsed("service", service)?),
            };
        }
        if let Some(date) = self.deploys_from {
            new = new.deploys_from(date);
        }
        Ok(match &self.schedule {
            ScheduleBody::ByHand => new.by_hand(),
            ScheduleBody::OnAcceptance => new.on_acceptance(),
            ScheduleBody::OnDate(date) => new.on_date(*date),
            ScheduleBody::Recurring(rule) => new.recurring(rule.recurrence(zone)?),
        })
    }
}

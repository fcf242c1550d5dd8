//! Which workflows a plan is about.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;

use super::Known;
use crate::billing::BillingLevel;
use crate::ids::{CategoryId, ClientId, IdError, PersonId, TemplateId, WorkflowId};
use crate::workflow::{Awaiting, Finished, Settings, Status, Workflow};

/// Which workflows a plan is about: those to which all of it applies. What is left empty says
/// nothing, and unless a state is named it is about active workflows alone.
///
/// ```
/// use workflow_core::plan::{Filter, State};
/// let filter = Filter::default().with("partner", "grace")?.with("state", "paused")?;
/// assert_eq!(filter.state, Some(State::Paused));
/// let refused = Filter::default().with("partnr", "grace").unwrap_err();
/// assert!(refused.to_string().starts_with("filter: there is no field partnr"));
/// # Ok::<(), workflow_core::plan::FilterError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Filter {
    /// One of these workflows.
    pub workflows: BTreeSet<WorkflowId>,
    /// A workflow of one of these clients.
    pub clients: BTreeSet<ClientId>,
    /// The workflow's name, as a list shows it, holds this text in whatever case.
    pub name: Option<String>,
    /// Its jobs have this category.
    pub category: Option<CategoryId>,
    /// This is the partner.
    pub partner: Option<PersonId>,
    /// This is the manager.
    pub manager: Option<PersonId>,
    /// This person is among the staff.
    pub staff: Option<PersonId>,
    /// Its jobs have this job template, whichever in order.
    pub template: Option<TemplateId>,
    /// It is in this state.
    pub state: Option<State>,
    /// It bills at this level.
    pub billing: Option<BillingLevel>,
    /// The due date is this day or later: of each occurrence where a plan deploys, of the next one
    /// elsewhere.
    pub due_from: Option<NaiveDate>,
    /// The due date is this day or earlier.
    pub due_until: Option<NaiveDate>,
}

/// Why a text says no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// There is no such field.
    #[error("filter: there is no field {field}; there is {}", Filter::FIELDS.join(", "))]
    Unknown {
        /// As given.
        field: String,
    },
    /// The value is none of the field's.
    #[error("filter: {field} {reason}, got {got:?}")]
    Value {
        /// Which field.
        field: &'static str,
        /// What it has to be.
        reason: String,
        /// As given.
        got: String,
    },
}

impl Filter {
    /// The fields, as [`Filter::with`] knows them.
    pub const FIELDS: [&'static str; 12] = [
        "workflow",
        "client",
        "name",
        "category",
        "partner",
        "manager",
        "staff",
        "template",
        "state",
        "billing",
        "due-from",
        "due-until",
    ];

    /// The same with one field more. A workflow or client is added to those named before; any other
    /// field replaces what was said before.
    ///
    /// # Errors
    ///
    /// [`FilterError`] for a field that there is not, or a value that is none of the field's.
    pub fn with(mut self, field: &str, value: &str) -> Result<Self, FilterError> {
        match field {
            "workflow" => drop(self.workflows.insert(id("workflow", value)?)),
            "client" => drop(self.clients.insert(id("client", value)?)),
            "name" if !value.trim().is_empty() => self.name = Some(value.trim().to_lowercase()),
            "name" => return Err(refused("name", "must not be empty", value)),
            "category" => self.category = Some(id("category", value)?),
            "partner" => self.partner = Some(id("partner", value)?),
            "manager" => self.manager = Some(id("manager", value)?),
            "staff" => self.staff = Some(id("staff", value)?),
            "template" => self.template = Some(id("template", value)?),
            "state" => self.state = Some(value.parse()?),
            "billing" => self.billing = Some(billing(value)?),
            "due-from" => self.due_from = Some(day("due-from", value)?),
            "due-until" => self.due_until = Some(day("due-until", value)?),
            _ => {
                return Err(FilterError::Unknown {
                    field: field.chars().take(40).collect(),
                });
            }
        }
        Ok(self)
    }

    /// Whether it says nothing, so that it is about every active workflow.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether an occurrence with that due date is meant.
    #[must_use]
    pub fn due_within(&self, due: NaiveDate) -> bool {
        self.due_from.is_none_or(|from| from <= due)
            && self.due_until.is_none_or(|until| due <= until)
    }

    /// Whether the workflow is meant, whatever its due dates are.
    pub(crate) fn chooses(&self, workflow: &Workflow, known: &Known) -> bool {
        let status = workflow.status();
        let in_state = match self.state {
            None => status.is_active(),
            Some(state) => state.is_that_of(&status),
        };
        let named = |name: &String| known.shown_name(workflow).to_lowercase().contains(name);
        in_state
            && (self.workflows.is_empty() || self.workflows.contains(&workflow.id()))
            && (self.clients.is_empty() || self.clients.contains(&workflow.client()))
            && self.billing.is_none_or(|level| workflow.billing() == level)
            && self.chooses_settings(workflow.settings())
            && self.name.as_ref().is_none_or(named)
    }

    /// Whether the due date of the next occurrence is meant.
    pub(crate) fn chooses_next(&self, workflow: &Workflow) -> bool {
        let says_nothing = self.due_from.is_none() && self.due_until.is_none();
        let next = workflow.next().map(|next| next.dates.due());
        says_nothing || next.is_some_and(|due| self.due_within(due))
    }

    fn chooses_settings(&self, settings: &Settings) -> bool {
        fn is<T: PartialEq>(wanted: Option<&T>, found: Option<&T>) -> bool {
            wanted.is_none_or(|wanted| found == Some(wanted))
        }
        is(self.category.as_ref(), settings.category.as_ref())
            && is(self.partner.as_ref(), settings.partner.as_ref())
            && is(self.manager.as_ref(), settings.manager.as_ref())
            && self
                .staff
                .as_ref()
                .is_none_or(|person| settings.staff.contains(person))
            && self
                .template
                .is_none_or(|template| settings.templates.contains(&template))
    }
}

/// A state that workflows are looked for by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum State {
    /// Something still awaits deployment.
    Active,
    /// Nothing further is needed.
    Inactive,
    /// Active: a deployment runs, failed, is uncertain or held.
    NeedsAttention,
    /// Active: the proposal is not accepted yet.
    AwaitsAcceptance,
    /// Active: paused.
    Paused,
    /// Active: a person deploys it, or confirms its first date.
    AwaitsPerson,
    /// Active: next on a date.
    Dated,
    /// Inactive: one-time, and deployed.
    Completed,
    /// Inactive: one-time, and skipped or given up.
    GivenUp,
    /// Inactive: the recurrence has run out.
    Ended,
    /// Inactive: the proposal was declined or archived.
    ProposalClosed,
    /// Inactive: archived.
    Archived,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Active,
        Self::Inactive,
        Self::NeedsAttention,
        Self::AwaitsAcceptance,
        Self::Paused,
        Self::AwaitsPerson,
        Self::Dated,
        Self::Completed,
        Self::GivenUp,
        Self::Ended,
        Self::ProposalClosed,
        Self::Archived,
    ];

    /// Whether that status is in this state.
    #[must_use]
    pub fn is_that_of(self, status: &Status) -> bool {
        match (self, status) {
            (Self::Active, status) => status.is_active(),
            (Self::Inactive, status) => !status.is_active(),
            (Self::NeedsAttention, Status::Active(Awaiting::Attention { .. }))
            | (Self::AwaitsAcceptance, Status::Active(Awaiting::Acceptance))
            | (Self::Paused, Status::Active(Awaiting::Resume { .. }))
            | (Self::AwaitsPerson, Status::Active(Awaiting::Person))
            | (Self::Dated, Status::Active(Awaiting::Date(_)))
            | (Self::Completed, Status::Inactive(Finished::Completed))
            | (Self::GivenUp, Status::Inactive(Finished::GivenUp))
            | (Self::Ended, Status::Inactive(Finished::Ended))
            | (Self::ProposalClosed, Status::Inactive(Finished::ProposalClosed))
            | (Self::Archived, Status::Inactive(Finished::Archived)) => true,
            _ => false,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::NeedsAttention => "needs-attention",
            Self::AwaitsAcceptance => "awaits-acceptance",
            Self::Paused => "paused",
            Self::AwaitsPerson => "awaits-person",
            Self::Dated => "dated",
            Self::Completed => "completed",
            Self::GivenUp => "given-up",
            Self::Ended => "ended",
            Self::ProposalClosed => "proposal-closed",
            Self::Archived => "archived",
        })
    }
}

impl FromStr for State {
    type Err = FilterError;

    fn from_str(text: &str) -> Result<Self, FilterError> {
        let found = Self::ALL
            .into_iter()
            .find(|state| state.to_string() == text);
        found.ok_or_else(|| {
            let all: Vec<String> = Self::ALL.iter().map(ToString::to_string).collect();
            refused("state", format!("must be one of {}", all.join(", ")), text)
        })
    }
}

fn refused(field: &'static str, reason: impl Into<String>, got: &str) -> FilterError {
    FilterError::Value {
        field,
        reason: reason.into(),
        got: got.chars().take(80).collect(),
    }
}

fn id<T: FromStr<Err = IdError>>(field: &'static str, value: &str) -> Result<T, FilterError> {
    value
        .parse()
        .map_err(|error: IdError| refused(field, error.reason(), value))
}

fn day(field: &'static str, value: &str) -> Result<NaiveDate, FilterError> {
    let reason = "must be a date that exists, written like 2026-12-31";
    value.parse().map_err(|_| refused(field, reason, value))
}

fn billing(value: &str) -> Result<BillingLevel, FilterError> {
    match value {
        "client" => Ok(BillingLevel::Client),
        "proposal" => Ok(BillingLevel::Proposal),
        "non-billing" => Ok(BillingLevel::NonBilling),
        _ => Err(refused(
            "billing",
            "must be client, proposal or non-billing",
            value,
        )),
    }
}

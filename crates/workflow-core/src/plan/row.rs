//! One row of a plan: what would be done to one workflow, or to one occurrence of it.

use std::fmt::Display;

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::check::{of_timing, text};
use super::{Conflict, Effect, Known, RowSubject};
use crate::billing::{BillingLevel, Reference};
use crate::canonical::canonical;
use crate::deployment::{Digest, token_facts};
use crate::ids::{ClientId, PersonId, StaffId, WorkflowId};
use crate::ports::gateway::DirectoryPart;
use crate::practice::Client;
use crate::text::Money;
use crate::timing::TimingError;
use crate::workflow::{Handover, Next, Occurrence, Settings, Workflow};

/// One row of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Row {
    /// The workflow.
    pub workflow: WorkflowId,
    /// Its name as a list shows it.
    pub workflow_name: String,
    /// Its client.
    pub client: ClientId,
    /// The client's name.
    pub client_name: String,
    /// What would be done.
    pub work: Work,
    /// What stands in the way.
    pub conflicts: Vec<Conflict>,
}
canonical!(struct Row { workflow, workflow_name, client, client_name, work, conflicts });

/// What a row would do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Work {
    /// Deploy one occurrence.
    Deploy(Box<PlannedDeployment>),
    /// Change the settings.
    Edit {
        /// What they are.
        before: Box<Settings>,
        /// What they would be.
        after: Box<Settings>,
    },
    /// Put one person in the place of another from a day on.
    HandOver(Handover),
    /// Archive the workflow.
    Archive,
}
canonical!(enum Work { Deploy(deployment), Edit { before, after }, HandOver(handover), Archive });

/// A job as it would be deployed: all that is sent to XPM, and when it would be by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct PlannedDeployment {
    /// The occurrence.
    pub occurrence: Occurrence,
    /// The job's name, its tokens filled in; `None` where it cannot be made.
    pub name: Option<String>,
    /// The job's description, its tokens filled in.
    pub description: Option<String>,
    /// The job's start.
    pub start: NaiveDate,
    /// The job's due date.
    pub due: NaiveDate,
    /// The day on which it deploys by itself.
    pub deploys_on: NaiveDate,
    /// The instant at which it deploys by itself; `None` for a workflow by hand.
    pub deploy_at: Option<DateTime<Utc>>,
    /// The job's category.
    pub category: Option<Named>,
    /// The job's budget.
    pub budget: Option<Money>,
    /// The partner responsible.
    pub partner: Option<Who>,
    /// The manager responsible.
    pub manager: Option<Who>,
    /// The staff assigned.
    pub staff: Vec<Who>,
    /// The job templates, in order.
    pub templates: Vec<Named>,
    /// At which level the job takes invoices.
    pub billing: BillingLevel,
    /// The reference that it carries.
    pub reference: Option<Reference>,
    /// Calls that it costs, if no reply is lost.
    pub calls: u32,
}
canonical!(struct PlannedDeployment {
    occurrence, name, description, start, due, deploys_on, deploy_at, category, budget, partner,
    manager, staff, templates, billing, reference, calls
});

/// Somebody as a plan names them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Who {
    /// The practice's key of the person.
    pub person: PersonId,
    /// The person's name, or the key where nobody has it.
    pub name: String,
    /// The member of XPM's staff that the person is linked to.
    pub staff: Option<StaffId>,
}
canonical!(struct Who { person, name, staff });

/// A row of XPM's directory as a plan names it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Named {
    /// XPM's UUID.
    pub id: Uuid,
    /// Its name as last seen, or the UUID.
    pub name: String,
}
canonical!(struct Named { id, name });

/// One thing in which a row would come out otherwise than it was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which field, in the words of the screens.
    pub field: &'static str,
    /// What was planned.
    pub planned: String,
    /// What it would be now.
    pub now: String,
}

impl Row {
    /// The occurrence that it deploys.
    #[must_use]
    pub fn occurrence(&self) -> Option<Occurrence> {
        self.deployment().map(|planned| planned.occurrence)
    }

    /// The job that it deploys.
    #[must_use]
    pub fn deployment(&self) -> Option<&PlannedDeployment> {
        match &self.work {
            Work::Deploy(planned) => Some(planned),
            Work::Edit { .. } | Work::HandOver(_) | Work::Archive => None,
        }
    }

    /// The fields of the settings that it changes, with what they say before and after.
    #[must_use]
    pub fn changes(&self) -> Vec<(&'static str, String, String)> {
        match &self.work {
            Work::Edit { before, after } => {
                let fields = settings_fields(before)
                    .into_iter()
                    .zip(settings_fields(after));
                let changed = fields.filter(|((_, before), (_, after))| before != after);
                changed
                    .map(|((field, before), (_, after))| (field, before, after))
                    .collect()
            }
            Work::Deploy(_) | Work::HandOver(_) | Work::Archive => Vec::new(),
        }
    }

    /// The calls that it costs, if no reply is lost.
    #[must_use]
    pub fn calls(&self) -> u32 {
        self.deployment().map_or(0, |planned| planned.calls)
    }

    /// Whether it is left out when the plan is applied, since it would fail.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.conflicts
            .iter()
            .any(|conflict| conflict.effect() == Effect::Stops)
    }

    /// The row without what other rows make of it.
    pub(crate) fn alone(&self) -> Self {
        let mut row = self.clone();
        row.conflicts
            .retain(|conflict| !matches!(conflict, Conflict::SameJob { .. }));
        row
    }

    pub(crate) fn digest(&self) -> Digest {
        Digest::of(&[&crate::canonical::bytes(self)])
    }

    /// In what it differs from a row that there is no more.
    pub(crate) fn is_no_more(&self, why: String) -> Vec<Difference> {
        let planned = match &self.work {
            Work::Deploy(_) => "to be deployed",
            Work::Edit { .. } => "to be edited",
            Work::HandOver(_) => "to be handed over",
            Work::Archive => "to be archived",
        };
        vec![Difference {
            field: "row",
            planned: planned.to_owned(),
            now: why,
        }]
    }

    pub(crate) fn subject(&self) -> RowSubject {
        (self.workflow, self.occurrence())
    }

    /// In what it differs from the same row as it would be planned now.
    #[must_use]
    pub fn differences(&self, now: &Self) -> Vec<Difference> {
        let mut found: Vec<Difference> = Vec::new();
        let (planned, now) = (self.fields(), now.fields());
        for (field, text) in &planned {
            let other = now.iter().find(|(name, _)| name == field);
            let other = other.map_or("", |(_, text)| text.as_str());
            if text != other {
                found.push(Difference {
                    field,
                    planned: text.clone(),
                    now: other.to_owned(),
                });
            }
        }
        for (field, text) in now {
            if !planned.iter().any(|(name, _)| *name == field) && !text.is_empty() {
                found.push(Difference {
                    field,
                    planned: String::new(),
                    now: text,
                });
            }
        }
        found
    }

    /// Everything that it says, as text, by the names that screens use.
    fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = vec![
            ("client", format!("{} ({})", self.client_name, self.client)),
            ("workflow", self.workflow_name.clone()),
        ];
        match &self.work {
            Work::Deploy(planned) => fields.extend(planned.fields()),
            Work::Edit { before, after } => {
                fields.push(("settings before", settings_text(before)));
                fields.push(("settings after", settings_text(after)));
            }
            Work::HandOver(handover) => {
                let Handover { on, from, to } = handover;
                fields.push(("handover", format!("{from} to {to} from {on}")));
            }
            Work::Archive => fields.push(("archive", "yes".to_owned())),
        }
        fields.push(("conflicts", joined(&self.conflicts, "; ")));
        fields
    }

    pub(crate) fn of(workflow: &Workflow, client: &Client, known: &Known, work: Work) -> Self {
        Self {
            workflow: workflow.id(),
            workflow_name: known.shown_name(workflow),
            client: client.id,
            client_name: client.name.to_string(),
            work,
            conflicts: Vec::new(),
        }
    }

    /// The row that deploys an occurrence, without what other rows make of it.
    pub(crate) fn deploying(
        workflow: &Workflow,
        client: &Client,
        next: &Next,
        trouble: Option<&TimingError>,
        deploy_at: Option<DateTime<Utc>>,
        known: &Known,
    ) -> Self {
        let settings = workflow.settings_on(next.dates.start());
        let mut conflicts = known.of_workflow(workflow, client);
        conflicts.extend(known.of_people(&settings));
        conflicts.extend(trouble.map(of_timing));
        let facts = token_facts(workflow, &next.dates, client, known.proposal_of(workflow));
        let mut made = |field, template| match text(field, template, &facts) {
            Ok(text) => Some(text),
            Err(conflict) => {
                conflicts.push(conflict);
                None
            }
        };
        let name = made("name", &settings.name);
        let description = settings
            .description
            .as_ref()
            .and_then(|template| made("description", template));
        let who = |id: &PersonId| {
            let person = known.people.get(id);
            Who {
                person: id.clone(),
                name: person.map_or_else(|| id.to_string(), |person| person.name.to_string()),
                staff: person.and_then(|person| person.staff),
            }
        };
        let named = |part: DirectoryPart, id: Uuid| {
            let listing = known.listings.get(&(part, id));
            Named {
                id,
                name: listing.map_or_else(|| id.to_string(), |listing| listing.row.name.clone()),
            }
        };
        let planned = PlannedDeployment {
            occurrence: next.occurrence,
            name,
            description,
            start: next.dates.start(),
            due: next.dates.due(),
            deploys_on: next.dates.deploys_on(),
            deploy_at,
            category: settings
                .category
                .map(|id| named(DirectoryPart::Categories, id.uuid())),
            budget: settings.budget,
            partner: settings.partner.as_ref().map(who),
            manager: settings.manager.as_ref().map(who),
            staff: settings.staff.iter().map(who).collect(),
            templates: settings
                .templates
                .iter()
                .map(|id| named(DirectoryPart::Templates, id.uuid()))
                .collect(),
            billing: workflow.billing(),
            reference: known
                .level_held(workflow)
                .map(|level| level.reference.clone()),
            calls: settings.calls(),
        };
        let mut row = Self::of(workflow, client, known, Work::Deploy(Box::new(planned)));
        row.conflicts = conflicts;
        row
    }
}

impl PlannedDeployment {
    fn fields(&self) -> Vec<(&'static str, String)> {
        let who = |who: &Who| match &who.staff {
            Some(staff) => format!("{} ({}, {staff})", who.name, who.person),
            None => format!("{} ({}, not linked)", who.name, who.person),
        };
        let named = |named: &Named| format!("{} ({})", named.name, named.id);
        vec![
            ("date", self.occurrence.to_string()),
            ("job name", shown(self.name.as_ref())),
            ("job description", shown(self.description.as_ref())),
            ("start date", self.start.to_string()),
            ("due date", self.due.to_string()),
            ("deploys on", self.deploys_on.to_string()),
            (
                "deploys at",
                self.deploy_at
                    .map_or_else(String::new, |at| at.to_rfc3339()),
            ),
            (
                "category",
                self.category.as_ref().map_or_else(String::new, named),
            ),
            ("budget", shown(self.budget.as_ref())),
            (
                "partner",
                self.partner.as_ref().map_or_else(String::new, who),
            ),
            (
                "manager",
                self.manager.as_ref().map_or_else(String::new, who),
            ),
            (
                "staff",
                joined(
                    self.staff.iter().map(who).collect::<Vec<_>>().as_slice(),
                    ", ",
                ),
            ),
            (
                "job templates",
                joined(
                    self.templates
                        .iter()
                        .map(named)
                        .collect::<Vec<_>>()
                        .as_slice(),
                    ", ",
                ),
            ),
            ("billing", self.billing.to_string()),
            ("reference", shown(self.reference.as_ref())),
            ("calls", self.calls.to_string()),
        ]
    }
}

fn shown(value: Option<&impl Display>) -> String {
    value.map_or_else(String::new, ToString::to_string)
}

fn joined(values: &[impl Display], by: &str) -> String {
    let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
    texts.join(by)
}

fn settings_fields(settings: &Settings) -> [(&'static str, String); 8] {
    let staff: Vec<&PersonId> = settings.staff.iter().collect();
    [
        ("name", settings.name.to_string()),
        ("description", shown(settings.description.as_ref())),
        ("category", shown(settings.category.as_ref())),
        ("budget", shown(settings.budget.as_ref())),
        ("partner", shown(settings.partner.as_ref())),
        ("manager", shown(settings.manager.as_ref())),
        ("staff", joined(&staff, ", ")),
        ("job templates", joined(&settings.templates, ", ")),
    ]
}

fn settings_text(settings: &Settings) -> String {
    let fields = settings_fields(settings).into_iter();
    let said = fields.filter(|(_, text)| !text.is_empty());
    let said: Vec<String> = said
        .map(|(field, text)| format!("{field} {text}"))
        .collect();
    said.join("; ")
}

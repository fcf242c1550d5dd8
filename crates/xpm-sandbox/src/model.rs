//! What a practice holds in XPM, as plain records.

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::papers::{Invoice, Papers, Quote};

/// Whether a client is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// An ordinary client.
    #[default]
    Current,
    /// Put away; still listed by `client.api/list`.
    Archived,
    /// Removed; still listed by `client.api/list`.
    Deleted,
}

/// A customer of the practice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Client {
    /// XPM's identity of the client.
    pub uuid: Uuid,
    /// The name; two clients may share one.
    pub name: String,
    /// The e-mail address, empty where unknown.
    #[serde(default)]
    pub email: String,
    /// Whether the client is in use.
    #[serde(default)]
    pub standing: Standing,
    /// The staff member shown as account manager (the partner).
    #[serde(default)]
    pub account_manager: Option<Uuid>,
    /// The staff member shown as job manager.
    #[serde(default)]
    pub job_manager: Option<Uuid>,
    /// When the record was last changed.
    #[serde(default)]
    pub modified: DateTime<Utc>,
}

/// Somebody who works in the practice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// XPM's identity of the staff member.
    pub uuid: Uuid,
    /// The name; two staff members may share one.
    pub name: String,
    /// The e-mail address.
    #[serde(default)]
    pub email: String,
    /// The mobile number, empty where unknown.
    #[serde(default)]
    pub mobile: String,
}

/// A job template. XPM's API tells its UUID and name only; the tasks show when it is applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// XPM's identity of the template.
    pub uuid: Uuid,
    /// The name.
    pub name: String,
    /// What it adds to a job, in order.
    #[serde(default)]
    pub tasks: Vec<TemplateTask>,
}

/// One task of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateTask {
    /// The practice's task type, which two templates may share.
    pub task_type: Uuid,
    /// The name.
    pub name: String,
}

/// A job category; shown on a job as its type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    /// XPM's identity of the category.
    pub uuid: Uuid,
    /// The name.
    pub name: String,
}

/// The state of a job, as far as the sandbox knows states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JobState {
    /// What every new job is.
    #[default]
    Planned,
    /// Agreed, not begun.
    Confirmed,
    /// Being worked on.
    InProgress,
    /// Done; no longer among the current jobs.
    Completed,
    /// Called off; no longer among the current jobs.
    Cancelled,
}

impl JobState {
    /// Every state, in the order of the work.
    pub(crate) const ALL: [Self; 5] = [
        Self::Planned,
        Self::Confirmed,
        Self::InProgress,
        Self::Completed,
        Self::Cancelled,
    ];

    /// The name that XPM shows and that reads return.
    #[must_use]
    pub const fn display_name(self) -> &'static str {
        match self {
            Self::Planned => "Planned",
            Self::Confirmed => "Confirmed",
            Self::InProgress => "In Progress",
            Self::Completed => "Completed",
            Self::Cancelled => "Cancelled",
        }
    }

    /// The state of an interface code, which is what `job.api/state` takes.
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Some(match code {
            "PLANNED" => Self::Planned,
            "CONFIRMED" => Self::Confirmed,
            "INPROGRESS" => Self::InProgress,
            "COMPLETED" => Self::Completed,
            "CANCELLED" => Self::Cancelled,
            _ => return None,
        })
    }

    /// Whether a job in this state is listed by `job.api/current`.
    #[must_use]
    pub const fn is_open(self) -> bool {
        !matches!(self, Self::Completed | Self::Cancelled)
    }
}

/// A task on a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobTask {
    /// The identity of this task on this job.
    pub uuid: Uuid,
    /// The practice's task type.
    pub task_type: Uuid,
    /// The name.
    pub name: String,
    /// Free text, empty where none was given.
    #[serde(default)]
    pub description: String,
    /// How long it is expected to take, in minutes.
    #[serde(default)]
    pub estimated_minutes: u32,
    /// Whether it is done.
    #[serde(default)]
    pub progress: Progress,
    /// The day it begins, where it has one of its own.
    #[serde(default)]
    pub start: Option<NaiveDate>,
    /// The day it is due, where it has one of its own.
    #[serde(default)]
    pub due: Option<NaiveDate>,
    /// Who is assigned to this task.
    #[serde(default)]
    pub assigned: Vec<Uuid>,
}

impl JobTask {
    /// An open task without dates and people.
    #[must_use]
    pub fn new(uuid: Uuid, task_type: Uuid, name: impl Into<String>) -> Self {
        Self {
            uuid,
            task_type,
            name: name.into(),
            description: String::new(),
            estimated_minutes: 0,
            progress: Progress::Open,
            start: None,
            due: None,
            assigned: Vec::new(),
        }
    }
}

/// Whether a task is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// To be done.
    #[default]
    Open,
    /// Done.
    Completed,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The job number, such as `J000123`; the key of most calls.
    pub number: String,
    /// XPM's identity of the job.
    pub uuid: Uuid,
    /// The running number of creation.
    pub internal_id: u64,
    /// The name.
    pub name: String,
    /// Free text, possibly of several lines; empty where none was given.
    pub description: String,
    /// The client it is for.
    pub client: Uuid,
    /// The client order number, which is what invoices are matched by.
    pub order_number: String,
    /// The state.
    pub state: JobState,
    /// The start date.
    pub start: NaiveDate,
    /// The due date.
    pub due: NaiveDate,
    /// The budget in the practice's currency.
    pub budget: Option<Decimal>,
    /// The category.
    pub category: Option<Uuid>,
    /// The manager.
    pub manager: Option<Uuid>,
    /// The partner.
    pub partner: Option<Uuid>,
    /// The staff assigned to the whole job.
    pub assigned: Vec<Uuid>,
    /// The tasks, in order.
    pub tasks: Vec<JobTask>,
    /// When it was created.
    pub created: DateTime<Utc>,
}

impl Job {
    /// The last line of the description that holds more than white space.
    #[must_use]
    pub fn last_line(&self) -> Option<&str> {
        self.description
            .lines()
            .map(str::trim)
            .rfind(|line| !line.is_empty())
    }
}

/// Jobs of one client whose descriptions end in the same line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Duplicate {
    /// The client that the jobs are for.
    pub client: Uuid,
    /// The line that they share.
    pub last_line: String,
    /// The numbers of the jobs, in order of creation.
    pub jobs: Vec<String>,
}

/// Everything that a practice holds; what a dump shows and what can be loaded.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Records {
    /// The clients, in order of addition.
    pub clients: Vec<Client>,
    /// The staff.
    pub staff: Vec<Staff>,
    /// The job templates.
    pub templates: Vec<Template>,
    /// The job categories.
    pub categories: Vec<Category>,
    /// The jobs, in order of creation.
    pub jobs: Vec<Job>,
    /// What is filed with jobs.
    pub papers: Vec<Papers>,
    /// The invoices.
    pub invoices: Vec<Invoice>,
    /// The quotes and estimates.
    pub quotes: Vec<Quote>,
}

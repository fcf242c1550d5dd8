//! The command line of plans, of what they do to many workflows, and of the preflight.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Subcommand};
use workflow::ids::{CommandKey, PersonId, PracticeId, WorkflowId};

use super::{Database, date};

/// Which workflows.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Choice {
    /// A client, by UUID or by name; may be given several times
    #[arg(long, value_name = "CLIENT")]
    pub(crate) client: Vec<String>,
    /// A workflow, by UUID; may be given several times
    #[arg(long, value_name = "UUID")]
    pub(crate) workflow: Vec<WorkflowId>,
    /// A workflow, by its key in the practice file; may be given several times
    #[arg(long)]
    pub(crate) key: Vec<CommandKey>,
    /// What else has to hold, such as `partner=grace` or `state=paused`: name, category, template,
    /// partner, manager, staff, state, billing, due-from, due-until; may be given several times
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(crate) filter: Vec<String>,
}

/// How a plan of many changes is carried out.
#[derive(Clone, Debug, Args)]
pub(crate) struct Carry {
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write the plan to a file, for `apply`, and do nothing
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Who does it, for the audit [default: command line]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Print what was done as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Plan.
#[derive(Debug, Args)]
pub(crate) struct Plan {
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// The last day to plan for, such as 2026-12-31; the next date of each workflow, unless given
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) until: Option<NaiveDate>,
    /// The practice; not needed where the database has one alone
    #[arg(long, env = "WORKFLOW_PRACTICE", value_name = "ID")]
    pub(crate) practice: Option<PracticeId>,
    /// Write the plan to a file, for `apply`
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Print the plan as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Apply.
#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// The plan, as `plan --out` wrote it; `-` is standard input
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) database: Database,
    /// Do this row alone, by the number that `plan` prints; may be given several times
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) row: Vec<u32>,
    /// Who does it, for the audit [default: command line]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Print what was done as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Change many workflows at once.
#[derive(Debug, Subcommand)]
pub(crate) enum Bulk {
    /// Archive the workflows that are chosen
    Archive(BulkArchive),
    /// Edit the settings of the workflows that are chosen
    Edit(BulkEdit),
}

/// Archive many.
#[derive(Debug, Args)]
pub(crate) struct BulkArchive {
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// The practice; not needed where the database has one alone
    #[arg(long, env = "WORKFLOW_PRACTICE", value_name = "ID")]
    pub(crate) practice: Option<PracticeId>,
    #[command(flatten)]
    pub(crate) carry: Carry,
}

/// Edit many.
#[derive(Debug, Args)]
pub(crate) struct BulkEdit {
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// A field and its new value, such as `budget=850.00`: name, description, category, budget,
    /// partner, manager, staff, templates; several staff or job templates with commas
    #[arg(long, value_name = "FIELD=VALUE")]
    pub(crate) set: Vec<String>,
    /// A field to empty
    #[arg(long, value_name = "FIELD")]
    pub(crate) clear: Vec<String>,
    /// The practice; not needed where the database has one alone
    #[arg(long, env = "WORKFLOW_PRACTICE", value_name = "ID")]
    pub(crate) practice: Option<PracticeId>,
    #[command(flatten)]
    pub(crate) carry: Carry,
}

/// Put one person in the place of another.
#[derive(Debug, Args)]
pub(crate) struct ReplacePerson {
    #[command(flatten)]
    pub(crate) database: Database,
    /// Who has the part, by the practice's key of the person
    #[arg(long, value_name = "PERSON")]
    pub(crate) from: PersonId,
    /// Who gets it
    #[arg(long, value_name = "PERSON")]
    pub(crate) to: PersonId,
    /// In jobs that start on that day or later; in all that are not begun, unless given
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) on: Option<NaiveDate>,
    #[command(flatten)]
    pub(crate) choice: Choice,
    /// The practice; not needed where the database has one alone
    #[arg(long, env = "WORKFLOW_PRACTICE", value_name = "ID")]
    pub(crate) practice: Option<PracticeId>,
    #[command(flatten)]
    pub(crate) carry: Carry,
}

/// Preflight.
#[derive(Debug, Args)]
pub(crate) struct Preflight {
    #[command(flatten)]
    pub(crate) database: Database,
    /// How many days to look at, today included
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..=3660))]
    pub(crate) days: u16,
    /// The practice; not needed where the database has one alone
    #[arg(long, env = "WORKFLOW_PRACTICE", value_name = "ID")]
    pub(crate) practice: Option<PracticeId>,
    /// Print what was found as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

//! The command line of the doctor.

use clap::Args;
use workflow::ids::{ClientId, PracticeId};

use super::{Database, Xpm};

/// The first live run: find out what nobody has published about XPM.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) xpm: Xpm,
    /// The practice; not needed where the database has one alone
    #[arg(long, env = "WORKFLOW_PRACTICE", value_name = "ID")]
    pub(crate) practice: Option<PracticeId>,
    /// Begin without asking
    #[arg(long)]
    pub(crate) yes: bool,
    /// Name clients in the report
    #[arg(long)]
    pub(crate) names: bool,
    /// Also make probe jobs for this client, which is one for tests
    #[arg(long, value_name = "UUID")]
    pub(crate) write_probe: Option<ClientId>,
    /// Delete the probe jobs afterwards
    #[arg(long, requires = "write_probe")]
    pub(crate) clean_up: bool,
}

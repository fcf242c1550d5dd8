//! The command line.

mod doctor;
mod planning;
mod sandbox;

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};
use uuid::Uuid;
use workflow::ids::{ClientId, PracticeId, WorkflowId};

pub(crate) use self::doctor::Doctor;
pub(crate) use self::planning::{
    Apply, Bulk, BulkEdit, Carry, Choice, Plan, Preflight, ReplacePerson,
};
pub(crate) use self::sandbox::{Content, Sandbox, Tier};

/// Recurring client work that becomes jobs in Xero Practice Manager, once each.
///
/// Try `workflow-server demo`: a sample practice and a simulated XPM, on this machine alone.
#[derive(Debug, Parser)]
#[command(name = "workflow-server", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// A TOML file with settings; flags and environment go before it
    #[arg(long, global = true, env = "WORKFLOW_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// What is logged to standard error, such as `info` or `xpm_adapter=debug`
    #[arg(long, global = true, env = "WORKFLOW_LOG", value_name = "FILTER")]
    pub(crate) log: Option<String>,
    /// What to do
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show it: a sample practice, a simulated XPM, the scheduler and the Workflow tab
    Demo(Demo),
    /// Serve the Workflow tab and deploy what is due, against XPM
    Serve(Serve),
    /// Import a practice file; nothing is imported where it has a fault
    Import(Import),
    /// Say what would be deployed up to a day, and what it costs, without deploying
    Plan(Plan),
    /// Say what lies ahead, with reasons or as a feed for calendar programs
    Forecast(Forecast),
    /// Do what a written plan says, each row once, or nothing where things have changed
    Apply(Apply),
    /// Change many workflows at once
    #[command(subcommand)]
    Bulk(Bulk),
    /// Put one person in the place of another, as partner, manager and staff
    ReplacePerson(ReplacePerson),
    /// Say what of the coming days will fail, and what to do about it; exit code 1 where any will
    Preflight(Preflight),
    /// Deploy what is due now and end, as for cron
    RunDue(RunDue),
    /// Connect a practice to XPM, by a consent in a browser on this machine
    Connect(Connect),
    /// Revoke a practice's consent at Xero and forget its connection
    Disconnect(Disconnect),
    /// Seal the stored connections under a new key; repeated, it does what is left
    RotateKey(RotateKey),
    /// Say that the database was restored from a backup, so that nothing is deployed twice
    Restored(Restored),
    /// Say why a workflow has a job on a date, or has none
    Why(Why),
    /// Published holidays, and a practice's own working calendar
    #[command(subcommand)]
    Calendar(Calendar),
    /// Check what is stored
    #[command(subcommand)]
    Audit(Audit),
    /// Find out what XPM does where nobody has said so, by reads, and by probe jobs where asked to
    Doctor(Doctor),
    /// Serve the simulated XPM alone
    Sandbox(Sandbox),
    /// Write a sample practice file to standard output
    Sample(Sample),
}

/// Which database.
#[derive(Clone, Debug, Args)]
pub(crate) struct Database {
    /// The database file
    #[arg(long, env = "WORKFLOW_DATABASE", value_name = "PATH")]
    pub(crate) database: Option<PathBuf>,
}

/// How XPM is reached. Secrets come from files or the environment, never from the command line.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Xpm {
    /// The application's client id at Xero
    #[arg(long, env = "WORKFLOW_XPM_CLIENT_ID", value_name = "ID")]
    pub(crate) xpm_client_id: Option<String>,
    /// A file that holds the application's client secret; or the secret in WORKFLOW_CLIENT_SECRET
    #[arg(long, env = "WORKFLOW_CLIENT_SECRET_FILE", value_name = "FILE")]
    pub(crate) client_secret_file: Option<PathBuf>,
    /// A file that holds the key of stored tokens, 32 bytes in base64; or the key in WORKFLOW_KEY
    #[arg(long, env = "WORKFLOW_KEY_FILE", value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// The root of the API [default: Xero's]
    #[arg(long, env = "WORKFLOW_XPM_API", value_name = "URL")]
    pub(crate) xpm_api: Option<String>,
    /// The root of the sign-in service [default: Xero's]
    #[arg(long, env = "WORKFLOW_XPM_IDENTITY", value_name = "URL")]
    pub(crate) xpm_identity: Option<String>,
    /// The page where a person consents [default: Xero's]
    #[arg(long, env = "WORKFLOW_XPM_AUTHORIZE", value_name = "URL")]
    pub(crate) xpm_authorize: Option<String>,
    /// How long a lost request may still take effect, in milliseconds [default: 210000]
    #[arg(long, env = "WORKFLOW_SETTLE_MS", value_name = "MS")]
    pub(crate) settle_ms: Option<u32>,
}

/// Show it.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where the demonstration is kept; a temporary folder that is removed, unless given
    #[arg(long, value_name = "FOLDER")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Deploy what is due, print what came of it, and end
    #[arg(long)]
    pub(crate) headless: bool,
    /// Print what came of it as JSON
    #[arg(long, requires = "headless")]
    pub(crate) json: bool,
    /// The port of the Workflow tab; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
    /// Print the tab's address and leave the browser alone
    #[arg(long)]
    pub(crate) no_browser: bool,
    /// The share of the simulated XPM's replies that go wrong, from 0 to 1
    #[arg(long, default_value_t = 0.0, value_name = "RATE", value_parser = rate)]
    pub(crate) faults: f64,
    /// What the faults depend on
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How long a lost request may still take effect, in milliseconds
    #[arg(long, default_value_t = 2_000, value_name = "MS", value_parser = clap::value_parser!(u32).range(400..=600_000))]
    pub(crate) settle_ms: u32,
}

/// Serve.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) xpm: Xpm,
    /// The practice whose tab is served; not needed where the database has one alone
    #[arg(long, env = "WORKFLOW_PRACTICE", value_name = "ID")]
    pub(crate) practice: Option<PracticeId>,
    /// Where to listen [default: 127.0.0.1:8080]
    #[arg(long, env = "WORKFLOW_LISTEN", value_name = "ADDRESS")]
    pub(crate) listen: Option<SocketAddr>,
    /// The header in which a signing-in proxy names the person; needed to listen beyond loopback
    #[arg(long, env = "WORKFLOW_USER_HEADER", value_name = "HEADER")]
    pub(crate) user_header: Option<String>,
    /// Who of those that the proxy names may connect the practice to XPM
    #[arg(
        long,
        env = "WORKFLOW_ADMINISTRATORS",
        value_name = "NAMES",
        value_delimiter = ','
    )]
    pub(crate) administrators: Vec<String>,
    /// Under which address browsers reach the server, for coming back from Xero
    #[arg(long, env = "WORKFLOW_PUBLIC_URL", value_name = "URL")]
    pub(crate) public_url: Option<String>,
}

/// Import a practice file.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The practice file; `-` is standard input
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) database: Database,
    /// Print the report, or the faults, as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Forecast.
#[derive(Debug, Args)]
pub(crate) struct Forecast {
    #[command(flatten)]
    pub(crate) database: Database,
    /// The last deploy day to look at, such as 2026-12-31
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) until: NaiveDate,
    /// Of one client alone, by its UUID
    #[arg(long, value_name = "UUID")]
    pub(crate) client: Option<ClientId>,
    /// Also the dates that are skipped, paused, covered or otherwise not to be deployed, and why
    #[arg(long)]
    pub(crate) reasons: bool,
    /// Write an iCalendar feed to this file, or to standard output with `-`
    #[arg(long, value_name = "FILE")]
    pub(crate) ics: Option<PathBuf>,
    /// The practice; not needed where the database has one alone
    #[arg(long, env = "WORKFLOW_PRACTICE", value_name = "ID")]
    pub(crate) practice: Option<PracticeId>,
}

/// One pass.
#[derive(Debug, Args)]
pub(crate) struct RunDue {
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) xpm: Xpm,
    /// Print the report as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Connect a practice.
#[derive(Debug, Args)]
pub(crate) struct Connect {
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) xpm: Xpm,
    /// The practice to connect
    #[arg(long, env = "WORKFLOW_PRACTICE", value_name = "ID")]
    pub(crate) practice: PracticeId,
    /// Read a refresh token from standard input instead of asking for a consent
    #[arg(long)]
    pub(crate) refresh_token_stdin: bool,
    /// The XPM tenant, where the consent covers several
    #[arg(long, value_name = "UUID")]
    pub(crate) tenant: Option<Uuid>,
    /// The Xero organisation that the invoices are in, where the consent covers several
    #[arg(long, value_name = "UUID", conflicts_with = "refresh_token_stdin")]
    pub(crate) organisation: Option<Uuid>,
    /// The port on this machine that Xero sends the browser back to; register
    /// http://localhost:PORT/xpm/connected at Xero
    #[arg(
        long,
        env = "WORKFLOW_REDIRECT_PORT",
        default_value_t = 8090,
        value_name = "PORT"
    )]
    pub(crate) redirect_port: u16,
    /// Print the address of the consent and leave the browser alone
    #[arg(long)]
    pub(crate) no_browser: bool,
}

/// Disconnect a practice.
#[derive(Debug, Args)]
pub(crate) struct Disconnect {
    #[command(flatten)]
    pub(crate) database: Database,
    #[command(flatten)]
    pub(crate) xpm: Xpm,
    /// The practice to disconnect
    #[arg(long, env = "WORKFLOW_PRACTICE", value_name = "ID")]
    pub(crate) practice: PracticeId,
}

/// Change the key of stored tokens.
#[derive(Debug, Args)]
pub(crate) struct RotateKey {
    #[command(flatten)]
    pub(crate) database: Database,
    /// A file that holds the new key, 32 bytes in base64; or the key in WORKFLOW_KEY
    #[arg(long, env = "WORKFLOW_KEY_FILE", value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// A file that holds the key of before; or the key in WORKFLOW_FORMER_KEY
    #[arg(long, env = "WORKFLOW_FORMER_KEY_FILE", value_name = "FILE")]
    pub(crate) former_key_file: Option<PathBuf>,
}

/// A restored backup.
#[derive(Debug, Args)]
pub(crate) struct Restored {
    #[command(flatten)]
    pub(crate) database: Database,
    /// The practice; all of them unless given
    #[arg(long, env = "WORKFLOW_PRACTICE", value_name = "ID")]
    pub(crate) practice: Option<PracticeId>,
    /// When the backup was taken, such as 2026-11-22T06:00:00Z
    #[arg(long, value_name = "INSTANT")]
    pub(crate) taken_at: chrono::DateTime<chrono::Utc>,
}

/// Why.
#[derive(Debug, Args)]
pub(crate) struct Why {
    #[command(flatten)]
    pub(crate) database: Database,
    /// The practice; not needed where the database has one alone
    #[arg(long, env = "WORKFLOW_PRACTICE", value_name = "ID")]
    pub(crate) practice: Option<PracticeId>,
    /// The workflow, by its UUID
    #[arg(long, value_name = "UUID", required_unless_present = "key")]
    pub(crate) workflow: Option<WorkflowId>,
    /// The workflow, by its key in the practice file
    #[arg(long, conflicts_with = "workflow")]
    pub(crate) key: Option<workflow::ids::CommandKey>,
    /// The date, such as 2026-12-31
    #[arg(value_parser = date)]
    pub(crate) date: NaiveDate,
}

/// Published holidays, and a practice's own working calendar.
#[derive(Debug, Subcommand)]
pub(crate) enum Calendar {
    /// List the regions whose holidays are known
    List,
    /// Show the holidays of a region
    Show {
        /// The region, such as AU-VIC
        region: String,
        /// Of one year alone
        #[arg(long)]
        year: Option<i32>,
    },
    /// Make a region's holidays the practice's, and move what they move
    Set {
        /// The region, such as AU-VIC
        region: String,
        #[command(flatten)]
        changing: ChangingCalendar,
    },
    /// Add the holidays of a file to the practice's calendar, and move what they move
    Import {
        /// A file of holidays: .csv, .jsonl or .ics
        file: PathBuf,
        #[command(flatten)]
        changing: ChangingCalendar,
    },
}

/// Whose calendar is changed, and whether it is.
#[derive(Debug, Args)]
pub(crate) struct ChangingCalendar {
    #[command(flatten)]
    pub(crate) database: Database,
    /// The practice; not needed where the database has one alone
    #[arg(long, env = "WORKFLOW_PRACTICE", value_name = "ID")]
    pub(crate) practice: Option<PracticeId>,
    /// Show what would move, and change nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Check what is stored.
#[derive(Debug, Subcommand)]
pub(crate) enum Audit {
    /// Follow each practice's chain of audit entries from its first to its last
    Verify(Database),
}

/// A sample practice file.
#[derive(Debug, Args)]
pub(crate) struct Sample {
    /// How many clients; without a number, the practice of the demonstration
    #[arg(long, value_name = "N", requires = "workflows")]
    pub(crate) clients: Option<usize>,
    /// How many workflows
    #[arg(long, value_name = "N", requires = "clients")]
    pub(crate) workflows: Option<usize>,
    /// The day on which the sample stands; the practice's today, unless given
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) today: Option<NaiveDate>,
}

fn rate(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(rate),
        _ => Err("must be a number from 0 to 1".to_owned()),
    }
}

/// A civil date. What chrono says of a wrong one does not say how a date is written.
fn date(text: &str) -> Result<NaiveDate, &'static str> {
    text.parse()
        .map_err(|_| "a date that exists is written like 2026-12-31")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}

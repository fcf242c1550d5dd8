//! `import`: a practice file into the database, whole or not at all.

use std::io::Read as _;
use std::path::Path;

use serde::Serialize;
use workflow::audit::Actor;
use workflow::service::{ImportError, ImportReport};
use workflow::{service::Workflows, system};

use crate::cli;
use crate::config::Config;
use crate::failure::{Failure, joined};
use crate::practice_file::{self, Beside, Checked, Faults};
use crate::progress::Progress;
use crate::{open, out};

/// The largest practice file, in bytes.
const LARGEST: u64 = 256 << 20;

/// How an import ended, as JSON.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Answer<'a> {
    Imported(Counts),
    Faults {
        count: usize,
        named: &'a [practice_file::Fault],
    },
}

#[derive(Serialize)]
struct Counts {
    added: usize,
    changed: usize,
    unchanged: usize,
}

impl From<ImportReport> for Counts {
    fn from(report: ImportReport) -> Self {
        Self {
            added: report.added,
            changed: report.changed,
            unchanged: report.unchanged,
        }
    }
}

pub(crate) async fn run(args: cli::Import, config: &Config) -> Result<(), Failure> {
    let database = config.database(&args.database)?;
    let text = read(&args.file)?;
    let checked = match practice_file::read(&text, &*system::zones(), &Beside::of(&args.file)) {
        Ok(checked) => checked,
        Err(faults) => return Err(refuse(&args, &faults)?),
    };
    drop(text);
    let store = open::editor(&database).await?;
    let workflows = open::unplugged(store);
    match import(&workflows, checked).await? {
        Ok(report) if args.json => out::json(&Answer::Imported(report.into())),
        Ok(ImportReport {
            added,
            changed,
            unchanged,
        }) => out::print(&format!(
            "{added} added, {changed} changed, {unchanged} unchanged\n"
        )),
        Err(faults) => Err(refuse(&args, &faults)?),
    }
}

/// Imports what a file says. The inner error is the file's own fault.
pub(crate) async fn import(
    workflows: &Workflows,
    checked: Checked,
) -> Result<Result<ImportReport, Faults>, Failure> {
    let (importing, places) = checked.split();
    let practice = workflows.practice(importing.practice.id.clone());
    let progress = Progress::new("importing");
    let done = practice
        .import(Actor::host("import"), importing, |done, total| {
            progress.at(done, total);
        })
        .await;
    drop(progress);
    match done {
        Ok(committed) => Ok(Ok(committed.value)),
        Err(ImportError::Faults(faults)) => Ok(Err(Checked::faults(&faults, &places))),
        Err(error) => Err(Failure::because("nothing was imported", &error)),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let shown = path.display();
    let failed = |error: std::io::Error| {
        Failure::input(format!("the practice file {shown} cannot be read: {error}"))
    };
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin()
            .lock()
            .take(LARGEST + 1)
            .read_to_string(&mut text)
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(LARGEST + 1).read_to_string(&mut text)
    };
    read.map_err(failed)?;
    if text.len() as u64 > LARGEST {
        return Err(Failure::input(format!(
            "the practice file {shown} is larger than {} MiB",
            LARGEST >> 20
        )));
    }
    Ok(text)
}

/// Names every fault, and says that nothing was imported.
fn refuse(args: &cli::Import, faults: &Faults) -> Result<Failure, Failure> {
    if args.json {
        out::json(&Answer::Faults {
            count: faults.count,
            named: &faults.named,
        })?;
    }
    let path = args.file.display();
    let lines: Vec<String> = faults
        .named
        .iter()
        .map(|fault| format!("\n  {fault}"))
        .collect();
    let many = match faults.count {
        1 => "1 fault".to_owned(),
        count => format!("{count} faults"),
    };
    let more = match faults.count - faults.named.len() {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    Ok(Failure::input(format!(
        "nothing was imported: {path} has {many}{}{more}",
        lines.concat()
    )))
}

/// Imports what is known to be sound, such as the sample.
pub(crate) async fn import_sound(workflows: &Workflows, text: &str) -> Result<(), Failure> {
    let faulty = |faults: Faults| {
        let first = faults.named.first().map(ToString::to_string);
        Failure::other(format!(
            "the sample has a fault: {}",
            first.unwrap_or_default()
        ))
    };
    let checked = practice_file::read(text, &*system::zones(), &Beside::Nothing).map_err(faulty)?;
    import(workflows, checked).await?.map_err(faulty)?;
    Ok(())
}

/// An error of the store or of a command, as a failure.
pub(crate) fn failed(error: impl std::error::Error + 'static) -> Failure {
    Failure::other(joined(&error))
}

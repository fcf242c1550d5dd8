//! `apply`: what a written plan says, each row once, or nothing where things have changed.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::Path;

use serde::Serialize;
use workflow::audit::Actor;
use workflow::plan::{Applied, ApplyError, Plan};
use workflow::service::PracticeHandle;

use crate::cli;
use crate::config::Config;
use crate::failure::{Failure, joined};
use crate::progress::Progress;
use crate::{open, out};

/// The largest plan file, in bytes.
const LARGEST: u64 = 256 << 20;

/// What was done, as JSON.
#[derive(Serialize)]
struct Answer<'a> {
    rows: Vec<AnswerRow<'a>>,
    done: usize,
    not_done: usize,
}

#[derive(Serialize)]
struct AnswerRow<'a> {
    workflow: String,
    workflow_name: &'a str,
    client: &'a str,
    occurrence: Option<String>,
    done: bool,
    outcome: String,
}

pub(crate) async fn run(args: cli::Apply, config: &Config) -> Result<(), Failure> {
    let plan = read(&args.file)?;
    let plan = match args.row.as_slice() {
        [] => plan,
        rows => chosen(&plan, rows)?,
    };
    let store = open::editor(&config.existing_database(&args.database)?).await?;
    let workflows = open::unplugged(store);
    let practice = open::practice(&workflows, Some(plan.practice().clone())).await?;
    carry_out(&practice, &plan, args.by.as_deref(), args.json).await
}

fn chosen(plan: &Plan, rows: &[u32]) -> Result<Plan, Failure> {
    let rows: BTreeSet<usize> = rows.iter().map(|row| *row as usize).collect();
    let count = plan.rows().len();
    if let Some(row) = rows.iter().find(|row| **row > count) {
        return Err(Failure::input(format!(
            "row: the plan has {count} rows, and none is number {row}"
        )));
    }
    Ok(plan.choose(|place, _| rows.contains(&(place + 1))))
}

/// Applies a plan, and says what came of it.
pub(super) async fn carry_out(
    practice: &PracticeHandle,
    plan: &Plan,
    by: Option<&str>,
    json: bool,
) -> Result<(), Failure> {
    let actor = by.map_or_else(|| Actor::host("command line"), Actor::person);
    let turning = Progress::turning("applying");
    let applied = practice.apply(actor, plan).await;
    drop(turning);
    let applied = applied.map_err(refused)?;
    let not_done: Vec<String> = plan
        .rows()
        .iter()
        .zip(&applied.rows)
        .enumerate()
        .filter(|(_, (_, done))| !done.outcome.is_done())
        .map(|(place, (row, done))| {
            let place = place + 1;
            let (client, name) = (&row.client_name, &row.workflow_name);
            format!("\n  row {place}, {client}, {name}: {}", done.outcome)
        })
        .collect();
    if json {
        out::json(&answer(plan, &applied))?;
    } else {
        let now = applied.rows.iter();
        let now = now.filter(|row| matches!(row.outcome, workflow::plan::Outcome::Done));
        let now = now.count();
        let (before, not) = (applied.done() - now, not_done.len());
        out::print(&format!(
            "{now} done, {before} done before, {not} not done\n"
        ))?;
    }
    match not_done.len() {
        0 => Ok(()),
        1 => Err(Failure::other(format!(
            "1 row was not done{}",
            not_done.concat()
        ))),
        many => Err(Failure::other(format!(
            "{many} rows were not done{}",
            not_done.concat()
        ))),
    }
}

fn answer<'a>(plan: &'a Plan, applied: &Applied) -> Answer<'a> {
    let rows = plan.rows().iter().zip(&applied.rows);
    let rows = rows.map(|(row, done)| AnswerRow {
        workflow: row.workflow.to_string(),
        workflow_name: &row.workflow_name,
        client: &row.client_name,
        occurrence: row.occurrence().map(|one| one.to_string()),
        done: done.outcome.is_done(),
        outcome: done.outcome.to_string(),
    });
    Answer {
        rows: rows.collect(),
        done: applied.done(),
        not_done: applied.not_done().count(),
    }
}

fn refused(error: ApplyError) -> Failure {
    match error {
        ApplyError::Changed(rows) => {
            let lines: Vec<String> = rows.iter().map(|row| format!("\n  {row}")).collect();
            let count = rows.len();
            Failure::other(format!(
                "nothing was applied: things have changed since the plan was made, in {count} of \
                 its rows; make it again{}",
                lines.concat()
            ))
        }
        ApplyError::OtherPractice { .. } | ApplyError::TooLarge { .. } | ApplyError::Plan(_) => {
            Failure::input(format!("nothing was applied: {error}"))
        }
        error => Failure::because("nothing was applied", &error),
    }
}

fn read(path: &Path) -> Result<Plan, Failure> {
    let shown = path.display();
    let failed =
        |error: std::io::Error| Failure::input(format!("the plan {shown} cannot be read: {error}"));
    let mut text = String::new();
    let read = if path == Path::new("-") {
        let stdin = std::io::stdin().lock();
        stdin.take(LARGEST + 1).read_to_string(&mut text)
    } else {
        let file = std::fs::File::open(path).map_err(failed)?;
        file.take(LARGEST + 1).read_to_string(&mut text)
    };
    read.map_err(failed)?;
    if text.len() as u64 > LARGEST {
        let most = LARGEST >> 20;
        return Err(Failure::input(format!(
            "the plan {shown} is larger than {most} MiB"
        )));
    }
    serde_json::from_str(&text).map_err(|error| {
        let error = joined(&error);
        Failure::input(format!("nothing was applied: the plan {shown}: {error}"))
    })
}

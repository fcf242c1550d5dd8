//! `plan`: what would be deployed, and what it costs.

use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use workflow::plan::{Action, Named, Plan, Row, Which, Who};

use super::choice::filter;
use super::import::failed;
use crate::cli;
use crate::config::Config;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::table::Table;
use crate::{open, out};

/// The plan as JSON.
#[derive(Serialize)]
struct Answer<'a> {
    practice: String,
    until: Option<NaiveDate>,
    digest: &'a str,
    jobs: Vec<Job<'a>>,
    calls: u64,
    calls_left_this_minute: u32,
    calls_left_today: u32,
    days_of_calls: u64,
}

#[derive(Serialize)]
struct Job<'a> {
    row: usize,
    workflow: String,
    occurrence: String,
    client: &'a str,
    name: Option<&'a str>,
    trouble: Option<String>,
    start: NaiveDate,
    due: NaiveDate,
    deploy_at: Option<DateTime<Utc>>,
    partner: Option<&'a str>,
    manager: Option<&'a str>,
    staff: Vec<&'a str>,
    templates: Vec<&'a str>,
    category: Option<&'a str>,
    billing: String,
    reference: Option<String>,
    conflicts: Vec<String>,
    calls: u32,
}

pub(crate) async fn run(args: cli::Plan, config: &Config) -> Result<(), Failure> {
    let store = open::guest(&config.database(&args.database)?).await?;
    let workflows = open::unplugged(store);
    let named = args.practice.or_else(|| config.practice.clone());
    let practice = open::practice(&workflows, named).await?;
    let filter = filter(&practice, &args.choice).await?;
    let which = args.until.map_or(Which::Next, Which::Until);
    let turning = Progress::turning("planning");
    let plan = practice.plan(Action::Deploy(which), &filter).await;
    drop(turning);
    let plan = plan.map_err(unplanned)?;
    if let Some(file) = &args.out {
        write(file, &plan)?;
    }
    if args.json {
        return out::json(&answer(&plan, args.until));
    }
    out::print(&text(&plan, args.until))
}

/// Why there is no plan: something named that there is not is the caller's to mend.
pub(super) fn unplanned(error: workflow::service::CommandError) -> Failure {
    match error {
        workflow::service::CommandError::NotFound { .. } => Failure::input(error.to_string()),
        error => failed(error),
    }
}

/// Writes a plan for `apply`, whole or not at all.
pub(super) fn write(path: &Path, plan: &Plan) -> Result<(), Failure> {
    let shown = path.display();
    let text = serde_json::to_string_pretty(plan)
        .map_err(|error| Failure::because("the plan is no JSON", &error))?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let written =
        tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new("."))).and_then(|mut file| {
            std::io::Write::write_all(&mut file, text.as_bytes())?;
            file.persist(path).map_err(|error| error.error)
        });
    written
        .map(drop)
        .map_err(|error| Failure::input(format!("the plan cannot be written to {shown}: {error}")))
}

fn answer(plan: &Plan, until: Option<NaiveDate>) -> Answer<'_> {
    fn name(who: &Who) -> &str {
        &who.name
    }
    fn title(named: &Named) -> &str {
        &named.name
    }
    let jobs = plan.rows().iter().enumerate().filter_map(|(place, row)| {
        let planned = row.deployment()?;
        let conflicts: Vec<String> = row.conflicts.iter().map(ToString::to_string).collect();
        Some(Job {
            row: place + 1,
            workflow: row.workflow.to_string(),
            occurrence: planned.occurrence.to_string(),
            client: &row.client_name,
            name: planned.name.as_deref(),
            trouble: row.is_stopped().then(|| conflicts.join("; ")),
            start: planned.start,
            due: planned.due,
            deploy_at: planned.deploy_at,
            partner: planned.partner.as_ref().map(name),
            manager: planned.manager.as_ref().map(name),
            staff: planned.staff.iter().map(name).collect(),
            templates: planned.templates.iter().map(title).collect(),
            category: planned.category.as_ref().map(title),
            billing: planned.billing.to_string(),
            reference: planned.reference.as_ref().map(ToString::to_string),
            conflicts,
            calls: planned.calls,
        })
    });
    let quota = plan.quota();
    Answer {
        practice: plan.practice().to_string(),
        until,
        digest: plan.digest().as_str(),
        jobs: jobs.collect(),
        calls: quota.calls,
        calls_left_this_minute: quota.minute_left,
        calls_left_today: quota.day_left,
        days_of_calls: quota.days(),
    }
}

fn text(plan: &Plan, until: Option<NaiveDate>) -> String {
    let head = [
        "ROW",
        "DEPLOYS (UTC)",
        "CLIENT",
        "NAME",
        "START",
        "DUE",
        "PEOPLE, REFERENCE",
    ];
    let mut table = Table::new(&head);
    for (place, row) in plan.rows().iter().enumerate() {
        let Some(planned) = row.deployment() else {
            continue;
        };
        let at = planned.deploy_at.map_or_else(
            || "by hand".to_owned(),
            |at| at.format("%Y-%m-%d %H:%M").to_string(),
        );
        let people = planned.partner.iter().chain(&planned.manager);
        let people = people.chain(&planned.staff).map(|who| who.name.clone());
        let said: Vec<String> = people
            .chain(planned.reference.iter().map(ToString::to_string))
            .collect();
        table.row([
            (place + 1).to_string(),
            at,
            row.client_name.clone(),
            planned.name.clone().unwrap_or_default(),
            planned.start.to_string(),
            planned.due.to_string(),
            said.join(", "),
        ]);
    }
    let quota = plan.quota();
    let days = match quota.days() {
        1 => "1 day's worth".to_owned(),
        days => format!("{days} days' worth"),
    };
    let up_to = until.map_or_else(
        || "the next of each workflow".to_owned(),
        |until| format!("up to {until}"),
    );
    format!(
        "{} jobs, {up_to}\n\n{}\n{}{} calls, {} left this minute and {} left today: {days}\n",
        plan.rows().len(),
        table.text(),
        conflicts(plan),
        quota.calls,
        quota.minute_left,
        quota.day_left,
    )
}

/// What stands in the way, row by row.
pub(super) fn conflicts(plan: &Plan) -> String {
    let of = |(place, row): (usize, &Row)| -> Vec<String> {
        let line = |conflict: &workflow::plan::Conflict| {
            let remedy = conflict.remedy();
            let stops = match conflict.effect() {
                workflow::plan::Effect::Stops => "left out",
                workflow::plan::Effect::Warns => "look first",
            };
            format!("  row {}, {stops}: {conflict}; {remedy}\n", place + 1)
        };
        row.conflicts.iter().map(line).collect()
    };
    let lines: Vec<String> = plan.rows().iter().enumerate().flat_map(of).collect();
    match lines.len() {
        0 => String::new(),
        1 => format!("1 conflict\n{}\n", lines.concat()),
        count => format!("{count} conflicts\n{}\n", lines.concat()),
    }
}

//! `plan`: what would be deployed up to a day, and what it costs.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::import::failed;
use crate::cli;
use crate::config::Config;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::table::Table;
use crate::{open, out};

/// The plan as JSON.
#[derive(Serialize)]
struct Answer {
    practice: String,
    until: NaiveDate,
    jobs: Vec<Job>,
    calls: u64,
    calls_left_today: u32,
    days_of_calls: u64,
}

#[derive(Serialize)]
struct Job {
    workflow: String,
    occurrence: String,
    client: String,
    name: Option<String>,
    trouble: Option<String>,
    start: NaiveDate,
    due: NaiveDate,
    deploy_at: DateTime<Utc>,
    calls: u32,
}

pub(crate) async fn run(args: cli::Plan, config: &Config) -> Result<(), Failure> {
    let store = open::guest(&config.database(&args.database)?).await?;
    let workflows = open::unplugged(store);
    let named = args.practice.or_else(|| config.practice.clone());
    let practice = open::practice(&workflows, named).await?;
    let turning = Progress::turning("planning");
    let plan = practice.plan_until(args.until).await.map_err(failed)?;
    drop(turning);
    let days = plan.days_of_calls();
    let jobs = plan.jobs.into_iter().map(|job| {
        let (name, trouble) = match job.name {
            Ok(name) => (Some(name), None),
            Err(error) => (None, Some(error.to_string())),
        };
        Job {
            workflow: job.workflow.to_string(),
            occurrence: job.occurrence.to_string(),
            client: job.client_name,
            name,
            trouble,
            start: job.dates.start(),
            due: job.dates.due(),
            deploy_at: job.deploy_at,
            calls: job.calls,
        }
    });
    let answer = Answer {
        practice: practice.id().to_string(),
        until: args.until,
        jobs: jobs.collect(),
        calls: plan.calls,
        calls_left_today: plan.day_left,
        days_of_calls: days,
    };
    if args.json {
        return out::json(&answer);
    }
    out::print(&text(answer))
}

fn text(plan: Answer) -> String {
    let mut table = Table::new(&["DEPLOYS (UTC)", "CLIENT", "NAME", "START", "DUE"]);
    let count = plan.jobs.len();
    for job in plan.jobs {
        table.row([
            job.deploy_at.format("%Y-%m-%d %H:%M").to_string(),
            job.client,
            job.name.or(job.trouble).unwrap_or_default(),
            job.start.to_string(),
            job.due.to_string(),
        ]);
    }
    let days = match plan.days_of_calls {
        1 => "1 day's worth".to_owned(),
        days => format!("{days} days' worth"),
    };
    format!(
        "{count} jobs up to {}\n\n{}\n{} calls, {} left today: {days}\n",
        plan.until,
        table.text(),
        plan.calls,
        plan.calls_left_today,
    )
}

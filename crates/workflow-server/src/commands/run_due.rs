//! `run-due`: one pass over what is due, as for cron.

use std::sync::Arc;

use serde::Serialize;
use workflow::ports::gateway::JobGateway as _;
use workflow::practice::Link;
use workflow::scheduler::{DirectoryRefresh, Options, Report, Scheduler};
use workflow::service::Workflows;
use workflow::xpm::Xpm;

use super::import::failed;
use crate::cli;
use crate::config::{Config, XpmSettings};
use crate::failure::Failure;
use crate::{open, out};

/// A scheduler's report as JSON.
#[derive(Serialize)]
struct Answer {
    deployed: u64,
    waiting_for_a_person: u64,
    replies_lost: u64,
    calls: u64,
    unfinished: u64,
}

pub(crate) async fn run(args: cli::RunDue, config: &Config) -> Result<(), Failure> {
    let settings = config.xpm(&args.xpm)?;
    let store = open::owner(&config.database(&args.database)?, &settings).await?;
    open::check_key(&store).await?;
    let xpm = open::gateway(&settings, &store)?;
    let options = options(&settings, &xpm)?;
    let workflows = open::service(store, Arc::new(xpm));
    let report = scheduler(workflows.clone(), options)
        .run_due()
        .await
        .map_err(failed)?;
    let result = match troubles(&report) {
        Ok(()) => connected(&workflows).await,
        Err(failure) => Err(failure),
    };
    if args.json {
        out::json(&Answer {
            deployed: report.deployed,
            waiting_for_a_person: report.parked,
            replies_lost: report.lost,
            calls: report.calls,
            unfinished: report.unfinished,
        })?;
    } else {
        out::print(&format!("{report}\n"))?;
    }
    result
}

/// The scheduler's numbers that go with the settings.
pub(crate) fn options(settings: &XpmSettings, xpm: &Xpm) -> Result<Options, Failure> {
    let mut options = Options::for_gateway(xpm.worst_case());
    options.policy.settle = settings.settle;
    options.directory = DirectoryRefresh::Kept;
    options.server_bound = (settings.settle - options.call_timeout).min(options.server_bound);
    if options.server_bound <= chrono::TimeDelta::zero() {
        return Err(Failure::input("the settle time is too short"));
    }
    Ok(options)
}

/// A scheduler with these numbers.
pub(crate) fn scheduler(workflows: Workflows, options: Options) -> Scheduler {
    Scheduler::new(workflows).with(options)
}

/// The practices without a connection to XPM, as a failure: they deploy nothing, and whoever reads
/// the exit code alone would never hear of it.
async fn connected(workflows: &Workflows) -> Result<(), Failure> {
    let mut sentences = Vec::new();
    for id in workflows.practices().await.map_err(failed)? {
        let practice = workflows.practice(id.clone()).practice().await;
        let how = "connect it with `workflow-server connect`";
        match practice.map_err(failed)?.value.link {
            Link::Connected { .. } => {}
            Link::NotConnected => sentences.push(format!("{id} is not connected to XPM: {how}")),
            Link::Broken { reason } => sentences.push(format!(
                "the connection of {id} to XPM does not work, {reason}: {how}"
            )),
        }
    }
    match sentences.as_slice() {
        [] => Ok(()),
        _ => Err(Failure::other(sentences.join("; "))),
    }
}

/// A failure unless all that was due is done, or waits for a person.
pub(crate) fn settled(report: &Report) -> Result<(), Failure> {
    troubles(report)?;
    if report.is_settled() {
        return Ok(());
    }
    let stuck: Vec<String> = report.stuck.iter().map(ToString::to_string).collect();
    Err(Failure::other(match stuck.as_slice() {
        [] => format!("what was due is not done: {report}"),
        _ => format!(
            "what is due of {} is not done, since its connection to XPM does not work",
            stuck.join(", ")
        ),
    }))
}

/// The practices that could not be driven, as a failure.
pub(crate) fn troubles(report: &Report) -> Result<(), Failure> {
    let troubles: Vec<String> = report
        .troubled
        .iter()
        .map(|(practice, why)| format!("{practice}: {why}"))
        .collect();
    match troubles.as_slice() {
        [] => Ok(()),
        _ => Err(Failure::other(troubles.join("; "))),
    }
}

//! One module for each command.

mod apply;
mod audit;
mod bulk;
mod calendar;
mod choice;
mod connect;
mod demo;
mod doctor;
mod forecast;
mod import;
mod plan;
mod preflight;
mod restored;
mod rotate_key;
mod run_due;
mod sample;
mod sandbox;
mod serve;
mod why;

use std::process::ExitCode;

use crate::cli::{Audit, Cli, Command};
use crate::config::Config;
use crate::failure::Failure;

/// Carries out the command. One that answers a question by its exit code gives the code.
pub(crate) async fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let config = Config::read(cli.config.as_deref())?;
    match cli.command {
        Command::Demo(args) => demo::run(args).await,
        Command::Serve(args) => serve::run(args, &config).await,
        Command::Import(args) => import::run(args, &config).await,
        Command::Plan(args) => plan::run(args, &config).await,
        Command::Forecast(args) => forecast::run(args, &config).await,
        Command::Apply(args) => apply::run(args, &config).await,
        Command::Bulk(args) => bulk::run(args, &config).await,
        Command::ReplacePerson(args) => bulk::replace_person(args, &config).await,
        Command::Preflight(args) => return preflight::run(args, &config).await,
        Command::RunDue(args) => run_due::run(args, &config).await,
        Command::Connect(args) => connect::run(args, &config).await,
        Command::Disconnect(args) => connect::end(args, &config).await,
        Command::RotateKey(args) => rotate_key::run(args, &config).await,
        Command::Restored(args) => restored::run(args, &config).await,
        Command::Why(args) => why::run(args, &config).await,
        Command::Calendar(args) => calendar::run(args, &config).await,
        Command::Audit(Audit::Verify(args)) => audit::verify(args, &config).await,
        Command::Doctor(args) => doctor::run(args, &config).await,
        Command::Sandbox(args) => sandbox::run(args).await,
        Command::Sample(args) => sample::run(&args),
    }
    .map(|()| ExitCode::SUCCESS)
}

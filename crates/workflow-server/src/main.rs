//! `workflow-server`: the Workflow tab, the scheduler, and every command, in one binary.
//!
//! The only place that reads settings. Each command is a module of `commands`; a failure is one
//! sentence on standard error, with exit code 2 where what was given cannot be used, and 1 where
//! something else went wrong.

mod cli;
mod commands;
mod config;
mod connecting;
mod consent;
mod failure;
mod host;
mod open;
mod out;
mod outcome;
mod practice_file;
mod progress;
mod sample;
mod stop;
mod table;

use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use self::cli::{Cli, Command};
use self::failure::Failure;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(failure) => {
            out::note(&format!("workflow-server: {failure}"));
            failure.code()
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode, Failure> {
    log(&cli)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::because("the runtime cannot be started", &error))?;
    runtime.block_on(commands::run(cli))
}

/// Logs to standard error: quiet in the demonstration, warnings elsewhere, unless told otherwise.
fn log(cli: &Cli) -> Result<(), Failure> {
    let usual = match cli.command {
        Command::Demo(_) => "off",
        Command::Serve(_) => "info",
        _ => "warn",
    };
    let filter = cli.log.as_deref().unwrap_or(usual);
    let filter = EnvFilter::try_new(filter)
        .map_err(|error| Failure::input(format!("the log filter: {error}")))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    Ok(())
}

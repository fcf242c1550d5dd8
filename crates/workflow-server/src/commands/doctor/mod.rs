//! `doctor`: asks a live XPM what nobody has published, and says it as a report.
//!
//! It reads unless a client for tests is named. It makes no more calls than it announced, each of
//! them debited from the practice's call budget, one at a time.

mod caller;
mod jobs;
mod reads;
mod report;
mod writes;

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::sync::Arc;

use workflow::system;

use self::caller::Caller;
use self::report::{Names, Report};
use super::import::failed;
use crate::cli;
use crate::config::Config;
use crate::failure::Failure;
use crate::{open, out};

pub(crate) async fn run(args: cli::Doctor, config: &Config) -> Result<(), Failure> {
    let settings = config.xpm(&args.xpm)?;
    let store = open::owner(&config.database(&args.database)?, &settings).await?;
    let xpm = open::gateway(&settings, &store)?;
    let workflows = open::service(store, Arc::new(xpm.clone()));
    let practice = open::practice(&workflows, args.practice.clone()).await?;
    let deleting = match args.clean_up {
        true => writes::CleanUp::Delete,
        false => writes::CleanUp::Leave,
    };
    let most = reads::CALLS + args.write_probe.map_or(0, |_| writes::calls(deleting));
    if !args.yes {
        ask(&announcement(&args, most))?;
    }
    let set = practice.practice().await.map_err(failed)?.value;
    let zone = system::zones().zone(&set.zone);
    let mut caller = Caller::new(xpm, practice, system::clock(), zone, most);
    let mut report = Report::begun(
        caller.now(),
        match args.names {
            true => Names::Shown,
            false => Names::Hidden,
        },
    );
    let mut outcome = reads::ask(&mut caller, &mut report).await;
    if let (Ok(()), Some(client)) = (&outcome, args.write_probe) {
        outcome = writes::ask(&mut caller, &mut report, client, deleting).await;
    }
    report.spent(caller.spent(), most);
    out::print(&report.to_string())?;
    outcome
}

/// What it is about to do, in a few lines.
fn announcement(args: &cli::Doctor, most: u32) -> String {
    let mut text = format!(
        "The doctor will make up to {most} calls to XPM, out of the practice's budget.\n\
         It reads job templates, categories, clients, jobs and invoices.\n"
    );
    if let Some(client) = args.write_probe {
        text += &format!(
            "It WRITES: up to {} jobs named \"{} …\" for the client {client}",
            writes::JOBS,
            jobs::NAME,
        );
        text += match args.clean_up {
            true => ", and deletes them afterwards.\n",
            false => ", which stay until a person deletes them.\n",
        };
    }
    text
}

/// Asks whoever is at the terminal; whoever is not there has not agreed.
fn ask(announcement: &str) -> Result<(), Failure> {
    let stdin = std::io::stdin();
    let mut err = std::io::stderr().lock();
    // There is nobody to tell where this fails.
    let _ = err.write_all(announcement.as_bytes());
    if !stdin.is_terminal() {
        return Err(Failure::input("nobody is there to be asked: give --yes"));
    }
    let _ = write!(err, "Go on? [y/N] ");
    let _ = err.flush();
    let mut answer = String::new();
    let read = stdin.lock().read_line(&mut answer);
    read.map_err(|error| Failure::because("the answer cannot be read", &error))?;
    match answer.trim().to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::other("nothing was asked of XPM")),
    }
}

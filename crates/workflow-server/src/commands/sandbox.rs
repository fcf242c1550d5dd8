//! `sandbox`: the simulated XPM alone.

use std::net::SocketAddr;
use std::sync::Arc;

use xpm_sandbox::{FaultPlan, Guesses, Limits, ManualClock, Reach, Running, Sandbox};

use super::import::failed;
use crate::cli::{self, Content, Tier};
use crate::failure::{Failure, joined};
use crate::sample::Sample;
use crate::{out, stop};

pub(crate) async fn run(args: cli::Sandbox) -> Result<(), Failure> {
    let sandbox = build(&args)?;
    let held = match args.content {
        Content::Demo => {
            fill(&sandbox)?;
            "the sample practice's clients, staff and job templates".to_owned()
        }
        Content::Empty => "nothing in it".to_owned(),
        Content::Generated(clients) => {
            let state = sandbox.state();
            if state.overview().clients == 0 {
                state.seed_practice(clients).map_err(failed)?;
            }
            format!("a generated practice of {clients} clients")
        }
    };
    let address = SocketAddr::from((args.address, args.port));
    let running = sandbox.start(address).await.map_err(failed)?;
    let asked_to_stop = stop::asked();
    out::print(&told(&running, &held)?)?;
    asked_to_stop.await;
    running.shutdown().await;
    Ok(())
}

fn build(args: &cli::Sandbox) -> Result<Sandbox, Failure> {
    if !args.network && !args.address.is_loopback() {
        return Err(Failure::input(format!(
            "--address: {} is not on loopback, and the control page asks for no password; give \
             --network if every machine that reaches it may steer the sandbox",
            args.address
        )));
    }
    let plan = match args.faults {
        0.0 => FaultPlan::none(),
        rate => FaultPlan::mixed(args.seed, rate),
    };
    let mut builder = Sandbox::builder()
        .seed(args.seed)
        .faults(plan)
        .guesses(guesses(&args.guess)?)
        .reach(match args.network {
            true => Reach::Network,
            false => Reach::Loopback,
        })
        .limits(match args.limits {
            Tier::Standard => Limits::xero(),
            Tier::Starter => Limits::starter(),
            Tier::None => Limits::none(),
        });
    if let Some(path) = &args.data_file {
        builder = builder.data_file(path);
    }
    if let Some(at) = args.clock {
        builder = builder.clock(Arc::new(ManualClock::at(at)));
    }
    builder.build().map_err(failed)
}

fn guesses(named: &[String]) -> Result<Guesses, Failure> {
    let mut guesses = Guesses::default();
    for pair in named {
        let Some((name, choice)) = pair.split_once('=') else {
            return Err(Failure::input(format!(
                "--guess: {pair:?} is not NAME=CHOICE"
            )));
        };
        let set = guesses.set(name, choice);
        set.map_err(|error| Failure::input(format!("--guess: {}", joined(&error))))?;
    }
    Ok(guesses)
}

fn told(running: &Running, held: &str) -> Result<String, Failure> {
    let tokens = running.state().issue_tokens().map_err(failed)?;
    Ok(format!(
        "The simulated XPM is ready, with {held}.\n\n\
         page           {base}/\n\
         API root       {base}/\n\
         client id      sandbox-app\n\
         client secret  sandbox-secret\n\
         refresh token  {}\n\
         tenant         {}\n\n\
         Stop it with Ctrl-C.\n",
        tokens.refresh_token,
        tokens.tenant_id,
        base = running.base_url(),
    ))
}

/// Gives a sandbox that is empty what XPM has of the sample practice.
pub(crate) fn fill(sandbox: &Sandbox) -> Result<(), Failure> {
    let state = sandbox.state();
    if state.overview().clients > 0 {
        return Ok(());
    }
    // What XPM has of the sample is the same on any day.
    let sample = Sample::on(chrono::NaiveDate::default());
    state.load(sample.xpm()).map_err(failed)
}

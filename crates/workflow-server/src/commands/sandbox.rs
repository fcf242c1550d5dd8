//! `sandbox`: the simulated XPM alone.

use std::net::{Ipv4Addr, SocketAddr};

use xpm_sandbox::{FaultPlan, Sandbox};

use super::import::failed;
use crate::cli;
use crate::failure::Failure;
use crate::sample::Sample;
use crate::{out, stop};

/// What a new sandbox has.
const CLIENTS_SHOWN: &str = "the sample practice's clients, staff and job templates";

pub(crate) async fn run(args: cli::Sandbox) -> Result<(), Failure> {
    let plan = match args.faults {
        0.0 => FaultPlan::none(),
        rate => FaultPlan::mixed(args.seed, rate),
    };
    let mut builder = Sandbox::builder().seed(args.seed).faults(plan);
    if let Some(path) = args.data_file {
        builder = builder.data_file(path);
    }
    let sandbox = builder.build().map_err(failed)?;
    fill(&sandbox)?;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, args.port));
    let running = sandbox.start(address).await.map_err(failed)?;
    let tokens = running.state().issue_tokens().map_err(failed)?;
    out::print(&format!(
        "The simulated XPM is ready, with {CLIENTS_SHOWN}.\n\n\
         page           {}/\n\
         API root       {}/\n\
         client id      sandbox-app\n\
         client secret  sandbox-secret\n\
         refresh token  {}\n\
         tenant         {}\n\n\
         Stop it with Ctrl-C.\n",
        running.base_url(),
        running.base_url(),
        tokens.refresh_token,
        tokens.tenant_id,
    ))?;
    stop::asked().await;
    running.shutdown().await;
    Ok(())
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

//! `why`: why a date has a job, or has none.

use workflow::ids::WorkflowId;

use super::import::failed;
use crate::cli;
use crate::config::Config;
use crate::failure::Failure;
use crate::{open, out};

pub(crate) async fn run(args: cli::Why, config: &Config) -> Result<(), Failure> {
    let store = open::guest(&config.database(&args.database)?).await?;
    let workflows = open::unplugged(store);
    let named = args.practice.or_else(|| config.practice.clone());
    let practice = open::practice(&workflows, named).await?;
    let id = match (args.workflow, &args.key) {
        (Some(id), _) => id,
        (None, Some(key)) => WorkflowId::imported(practice.id(), key),
        (None, None) => return Err(Failure::input("which workflow? give --workflow or --key")),
    };
    if let Some(key) = &args.key
        && practice.workflow(id).await.map_err(failed)?.is_none()
    {
        let practice = practice.id();
        return Err(Failure::input(format!(
            "no workflow of {practice} has the key {key}"
        )));
    }
    let why = practice.why(id, args.date).await.map_err(failed)?;
    out::print(&format!("{}: {why}\n", args.date))
}

//! `restored`: says that the database was restored from a backup. What XPM may have and the backup
//! does not know is then looked up before it is sent.

use workflow::audit::Actor;

use super::import::failed;
use crate::cli;
use crate::config::Config;
use crate::failure::Failure;
use crate::{open, out};

pub(crate) async fn run(args: cli::Restored, config: &Config) -> Result<(), Failure> {
    let store = open::editor(&config.database(&args.database)?).await?;
    let workflows = open::unplugged(store);
    let now = workflows.ports().clock.now();
    if args.taken_at > now {
        let taken_at = args.taken_at;
        return Err(Failure::input(format!(
            "--taken-at: {taken_at} is still to come, and a backup was taken before now"
        )));
    }
    let practices = match args.practice.or_else(|| config.practice.clone()) {
        Some(id) => vec![id],
        None => workflows.practices().await.map_err(failed)?,
    };
    for id in practices {
        let practice = workflows.practice(id.clone());
        practice
            .restored(Actor::host("restored"), args.taken_at)
            .await
            .map_err(failed)?;
        out::print(&format!(
            "{id}: whatever fell due until now is looked up in XPM before it is deployed\n"
        ))?;
    }
    Ok(())
}

//! `audit verify`: each practice's chain of entries from its first to its last, and every record
//! made anew from them.

use workflow::verify::verify as follow;

use super::import::failed;
use crate::cli;
use crate::config::Config;
use crate::failure::{Failure, joined};
use crate::progress::Progress;
use crate::{open, out};

pub(crate) async fn verify(args: cli::Database, config: &Config) -> Result<(), Failure> {
    let store = open::guest(&config.database(&args)?).await?;
    let workflows = open::unplugged(store);
    let mut broken = Vec::new();
    for practice in workflows.practices().await.map_err(failed)? {
        let turning = Progress::turning("verifying");
        let report = follow(&*workflows.ports().store, &practice)
            .await
            .map_err(failed)?;
        drop(turning);
        let (entries, records) = (report.entries, report.records);
        match report.first_break {
            None => out::print(&format!(
                "{practice}: {entries} entries hold, {records} records are what they say; \
                 the last entry's hash is {}\n",
                report.head
            ))?,
            Some(found) => broken.push(format!(
                "the audit of {practice} does not hold after entry {entries}: {}",
                joined(&found)
            )),
        }
    }
    match broken.as_slice() {
        [] => Ok(()),
        _ => Err(Failure::other(broken.join("; "))),
    }
}

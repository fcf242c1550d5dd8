//! `audit verify`: each practice's chain of entries, from its first to its last.

use workflow::audit::Chain;
use workflow::ids::PracticeId;
use workflow::ports::store::{EntryQuery, Query};
use workflow::service::Workflows;

use super::import::failed;
use crate::cli;
use crate::config::Config;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::{open, out};

pub(crate) async fn verify(args: cli::Database, config: &Config) -> Result<(), Failure> {
    let store = open::guest(&config.database(&args)?).await?;
    let workflows = open::unplugged(store);
    let mut text = String::new();
    for practice in workflows.practices().await.map_err(failed)? {
        let entries = follow(&workflows, &practice).await?;
        text += &format!("{practice}: {entries} entries, each as it was written\n");
    }
    out::print(&text)
}

/// Follows one practice's chain; how long it is.
async fn follow(workflows: &Workflows, practice: &PracticeId) -> Result<u64, Failure> {
    let store = &workflows.ports().store;
    let progress = Progress::new("verifying");
    let mut chain = Chain::start(practice.clone());
    loop {
        let query = EntryQuery {
            after: Some(chain.seq()).filter(|seq| *seq > 0),
            limit: Query::MOST,
            ..EntryQuery::default()
        };
        let page = store.entries(practice, &query).await.map_err(failed)?;
        for entry in &page {
            chain.follow(entry).map_err(|broken| {
                Failure::other(format!("the audit of {practice} does not hold: {broken}"))
            })?;
        }
        progress.at(usize::try_from(chain.seq()).unwrap_or(usize::MAX), 0);
        if page.len() < Query::MOST as usize {
            return Ok(chain.seq());
        }
    }
}

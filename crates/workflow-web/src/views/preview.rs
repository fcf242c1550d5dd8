//! What a form would deploy, before anything of it is saved.

use workflow_core::service;

use crate::error::core_sentence;
use crate::views::words::{self, Day};

/// How many coming jobs are shown.
pub(crate) const COMING: usize = 12;

/// What a form would deploy.
#[derive(Clone, Debug)]
pub(crate) struct Preview {
    /// The schedule in words.
    pub(crate) rule: String,
    pub(crate) jobs: Vec<PreviewLine>,
}

/// One job.
#[derive(Clone, Debug)]
pub(crate) struct PreviewLine {
    /// Its name, or why it cannot be made.
    pub(crate) name: String,
    pub(crate) nominal: Option<Day>,
    pub(crate) deploys: Day,
    pub(crate) start: Day,
    pub(crate) due: Day,
}

impl From<service::Preview> for Preview {
    fn from(of: service::Preview) -> Self {
        let jobs = of.jobs.into_iter().map(|job| PreviewLine {
            name: job
                .name
                .unwrap_or_else(|error| core_sentence(&error.to_string())),
            nominal: job.occurrence.nominal().map(Day::from),
            deploys: job.dates.deploys_on().into(),
            start: job.dates.start().into(),
            due: job.dates.due().into(),
        });
        Self {
            rule: words::schedule(&of.plan.schedule),
            jobs: jobs.collect(),
        }
    }
}

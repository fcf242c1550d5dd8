//! A scheduler as a task of a tokio runtime.

use futures_util::FutureExt as _;
use futures_util::future::{AbortHandle, Abortable};
use tokio::task::{JoinError, JoinHandle};

use crate::{Report, Scheduler, SchedulerError};

/// A scheduler that runs as a task. Dropped, it goes on; [`Running::stop`] ends it.
#[derive(Debug)]
pub struct Running {
    stop: AbortHandle,
    task: JoinHandle<Result<Report, SchedulerError>>,
}

impl Scheduler {
    /// Runs on the current tokio runtime.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    #[must_use]
    pub fn spawn(self) -> Running {
        let (stop, registration) = AbortHandle::new_pair();
        let stopped = Abortable::new(std::future::pending::<()>(), registration).map(|_| ());
        let task = tokio::spawn(async move { self.run(stopped).await });
        Running { stop, task }
    }
}

impl Running {
    /// Begins nothing further, awaits what is under way, and reports.
    ///
    /// # Errors
    ///
    /// The scheduler's own [`SchedulerError`]; the outer error where its task panicked.
    pub async fn stop(self) -> Result<Result<Report, SchedulerError>, JoinError> {
        self.stop.abort();
        self.task.await
    }
}

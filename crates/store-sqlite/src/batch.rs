//! Group commit: several jobs in one transaction, each answered on its own.
//!
//! A job reads its guards before it writes, so one that is refused has written nothing and its
//! neighbours go on. On a surprise, an error of SQLite itself, the whole transaction is rolled
//! back and its jobs are run again one by one: the one that causes it fails alone.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::sql::transaction::{BEGIN, COMMIT, ROLLBACK};

/// The most jobs in one transaction.
pub(crate) const MOST_JOBS: usize = 256;

/// Why a job ended without its value.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    /// A guard failed. Nothing was written.
    Refused(E),
    /// SQLite failed. What was written is rolled back.
    Surprise(rusqlite::Error),
}

impl<E> From<rusqlite::Error> for Stop<E> {
    fn from(error: rusqlite::Error) -> Self {
        Self::Surprise(error)
    }
}

/// Why nothing is known about a job.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Outage {
    /// SQLite failed; several jobs may share the failure.
    #[error("SQLite failed")]
    Sqlite(#[source] Arc<rusqlite::Error>),
    /// The threads are gone.
    #[error("the store has stopped")]
    Stopped,
}

impl From<rusqlite::Error> for Outage {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(Arc::new(error))
    }
}

/// A piece of work within a transaction.
pub(crate) trait Work: Send {
    /// Does it, and keeps its own answer. An error means that the transaction is lost.
    fn attempt(&mut self, connection: &Connection) -> rusqlite::Result<()>;

    /// Answers whoever waits: with its own answer, or with why nothing is known.
    fn settle(self: Box<Self>, fate: Result<(), Outage>);
}

pub(crate) type Job = Box<dyn Work>;

/// Work with a typed answer.
pub(crate) struct Task<T, E, F> {
    run: F,
    answer: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<Result<T, E>, Outage>>,
}

impl<T, E, F> Task<T, E, F> {
    pub(crate) fn new(run: F, reply: oneshot::Sender<Result<Result<T, E>, Outage>>) -> Self {
        Self {
            run,
            answer: None,
            reply,
        }
    }
}

impl<T, E, F> Work for Task<T, E, F>
where
    T: Send,
    E: Send,
    F: FnMut(&Connection) -> Result<T, Stop<E>> + Send,
{
    fn attempt(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.answer = Some(match (self.run)(connection) {
            Ok(value) => Ok(value),
            Err(Stop::Refused(refusal)) => Err(refusal),
            Err(Stop::Surprise(error)) => return Err(error),
        });
        Ok(())
    }

    fn settle(self: Box<Self>, fate: Result<(), Outage>) {
        let answer = match (fate, self.answer) {
            (Ok(()), Some(answer)) => Ok(answer),
            (Ok(()), None) => Err(Outage::Stopped),
            (Err(outage), _) => Err(outage),
        };
        // A caller who no longer waits needs no answer.
        let _ = self.reply.send(answer);
    }
}

/// Runs jobs in one transaction, and answers each.
///
/// Nobody is answered before the commit: a refusal too may rest on what a neighbour wrote.
pub(crate) fn run(connection: &Connection, mut jobs: Vec<Job>) {
    match transact(connection, &mut jobs) {
        Ok(()) => settle(jobs, &Ok(())),
        Err(Lost::Surprised(error)) if jobs.len() > 1 => {
            tracing::warn!(%error, jobs = jobs.len(), "a batch was rolled back: its jobs run one by one");
            for job in jobs {
                run(connection, vec![job]);
            }
        }
        Err(Lost::Surprised(error) | Lost::Unknown(error)) => settle(jobs, &Err(error.into())),
    }
}

/// Why a transaction did not commit.
enum Lost {
    /// It was certainly rolled back.
    Surprised(rusqlite::Error),
    /// It could not begin or, worse, its commit failed: running the jobs again might repeat them.
    Unknown(rusqlite::Error),
}

fn transact(connection: &Connection, jobs: &mut [Job]) -> Result<(), Lost> {
    execute(connection, BEGIN).map_err(Lost::Unknown)?;
    let attempted = jobs
        .iter_mut()
        .try_for_each(|job| job.attempt(connection))
        .map_err(Lost::Surprised);
    let ended = attempted.and_then(|()| execute(connection, COMMIT).map_err(Lost::Unknown));
    if ended.is_err() && !connection.is_autocommit() {
        // SQLite ends some failed transactions by itself.
        if let Err(error) = execute(connection, ROLLBACK) {
            tracing::error!(%error, "a failed transaction could not be rolled back");
        }
    }
    ended
}

fn execute(connection: &Connection, statement: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(statement)?.execute([]).map(drop)
}

fn settle(jobs: Vec<Job>, fate: &Result<(), Outage>) {
    for job in jobs {
        job.settle(fate.clone());
    }
}

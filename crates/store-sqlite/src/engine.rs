//! Who touches the connections: one writer thread and a few reader threads, or nobody but the
//! caller.
//!
//! Both ways run the same batches of the same jobs; see [`crate::batch`].

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::batch::{self, Job, MOST_JOBS, Outage, Stop, Task};
use crate::sql;

/// The most writes that wait for the writer; further callers wait for a place.
const QUEUE: usize = 1_024;

/// Reader threads, each with its own connection.
pub(crate) const READERS: usize = 3;

/// How long nothing has to be written before the write-ahead log is moved into the database file.
const IDLE: Duration = Duration::from_millis(200);

type Read = Box<dyn FnOnce(&Connection) + Send>;

/// Carries out reads and writes.
#[derive(Debug)]
pub(crate) enum Engine {
    /// On the caller's own thread, one after the other.
    Inline(Mutex<Connection>),
    /// On threads of its own.
    Threads(Threads),
}

impl Engine {
    pub(crate) fn inline(connection: Connection) -> Self {
        Self::Inline(Mutex::new(connection))
    }

    pub(crate) fn threads(
        writer: Connection,
        readers: Vec<Connection>,
    ) -> Result<Self, std::io::Error> {
        Threads::start(writer, readers).map(Self::Threads)
    }

    /// Runs something in a transaction of the writer, with whatever else waits to be written.
    ///
    /// It may be run more than once, but what it writes takes effect once at most.
    pub(crate) async fn write<T, E, F>(&self, run: F) -> Result<Result<T, E>, Outage>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: FnMut(&Connection) -> Result<T, Stop<E>> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(Task::new(run, reply));
        match self {
            Self::Inline(connection) => {
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                batch::run(&connection, vec![job]);
            }
            Self::Threads(threads) => threads.write(job).await?,
        }
        answer.await.unwrap_or(Err(Outage::Stopped))
    }

    /// Runs something that only reads.
    pub(crate) async fn read<T, F>(&self, run: F) -> Result<T, Outage>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> T + Send + 'static,
    {
        match self {
            Self::Inline(connection) => {
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                Ok(run(&connection))
            }
            Self::Threads(threads) => threads.read(run).await,
        }
    }
}

/// The threads and the ways to reach them. Dropping it carries out what waits, and then stops.
#[derive(Debug)]
pub(crate) struct Threads {
    /// `None` only while it is dropped.
    writes: Option<mpsc::Sender<(Job, OwnedSemaphorePermit)>>,
    reads: Option<mpsc::Sender<(Read, OwnedSemaphorePermit)>>,
    places: Arc<Semaphore>,
    desks: Arc<Semaphore>,
    handles: Vec<JoinHandle<()>>,
}

impl Threads {
    fn start(writer: Connection, readers: Vec<Connection>) -> Result<Self, std::io::Error> {
        let (writes, waiting) = mpsc::channel();
        let (reads, asked) = mpsc::channel();
        let asked = Arc::new(Mutex::new(asked));
        let mut threads = Self {
            writes: Some(writes),
            reads: Some(reads),
            places: Arc::new(Semaphore::new(QUEUE)),
            desks: Arc::new(Semaphore::new(QUEUE)),
            handles: Vec::new(),
        };
        let spawn = |name: &str, body: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(body)
        };
        let body = Box::new(move || write_until_closed(&writer, &waiting));
        threads.handles.push(spawn("store-writer", body)?);
        for reader in readers {
            let asked = Arc::clone(&asked);
            let body = Box::new(move || read_until_closed(&reader, &asked));
            threads.handles.push(spawn("store-reader", body)?);
        }
        Ok(threads)
    }

    async fn write(&self, job: Job) -> Result<(), Outage> {
        let place = place(&self.places).await?;
        let writes = self.writes.as_ref().ok_or(Outage::Stopped)?;
        writes.send((job, place)).map_err(|_| Outage::Stopped)
    }

    async fn read<T, F>(&self, run: F) -> Result<T, Outage>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> T + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let read: Read = Box::new(move |connection| {
            if !reply.is_closed() {
                // A caller who no longer waits needs no answer.
                let _ = reply.send(run(connection));
            }
        });
        let desk = place(&self.desks).await?;
        let reads = self.reads.as_ref().ok_or(Outage::Stopped)?;
        reads.send((read, desk)).map_err(|_| Outage::Stopped)?;
        answer.await.map_err(|_| Outage::Stopped)
    }
}

async fn place(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Outage> {
    Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(|_| Outage::Stopped)
}

impl Drop for Threads {
    fn drop(&mut self) {
        // The readers go first and the writer, whose thread was begun first, last: SQLite puts the
        // log into the file when the last connection closes, unless another is just closing too.
        self.reads = None;
        while self.handles.len() > 1
            && let Some(reader) = self.handles.pop()
        {
            // A thread that panicked has already said so.
            let _ = reader.join();
        }
        self.writes = None;
        if let Some(writer) = self.handles.pop() {
            let _ = writer.join();
        }
    }
}

/// The writer: takes all that waits, up to a limit, as one transaction. While one batch is being
/// made durable the next gathers.
fn write_until_closed(
    connection: &Connection,
    waiting: &mpsc::Receiver<(Job, OwnedSemaphorePermit)>,
) {
    let mut written = false;
    loop {
        let first = if written {
            match waiting.recv_timeout(IDLE) {
                Ok(first) => first,
                Err(mpsc::RecvTimeoutError::Timeout) => {
                    checkpoint(connection);
                    written = false;
                    continue;
                }
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
        } else {
            let Ok(first) = waiting.recv() else { return };
            first
        };
        let rest = waiting.try_iter().take(MOST_JOBS - 1);
        let (jobs, places): (Vec<Job>, Vec<_>) = std::iter::once(first).chain(rest).unzip();
        batch::run(connection, jobs);
        drop(places);
        written = true;
    }
}

/// A checkpoint that fails costs nothing but a longer log: the next one tries again.
fn checkpoint(connection: &Connection) {
    if let Err(error) = connection.query_row(sql::transaction::CHECKPOINT, [], |_| Ok(())) {
        tracing::debug!(%error, "the write-ahead log was not moved into the database file");
    }
}

fn read_until_closed(
    connection: &Connection,
    asked: &Mutex<mpsc::Receiver<(Read, OwnedSemaphorePermit)>>,
) {
    loop {
        // Whoever holds the lock waits for the next read; the others wait for the lock.
        let next = asked.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((read, _desk)) = next else { return };
        read(connection);
    }
}

//! The executor of the simulation: one thread, ready tasks in an order that the dice give, and no
//! time of its own. Whoever runs it lets time pass when nothing is ready.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use crate::dice::Dice;

/// Tasks that live and die together: a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Process(pub(crate) u32);

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// Runs tasks.
pub(crate) struct Executor {
    dice: Dice,
    tasks: BTreeMap<usize, Task>,
    ready: Ready,
    last: usize,
    frozen: BTreeSet<Process>,
    /// Tasks of frozen processes that would be ready.
    parked: Vec<usize>,
}

struct Task {
    process: Process,
    work: Work,
    call: Arc<Call>,
}

type Ready = Arc<Mutex<Vec<usize>>>;

/// What a task is woken by.
struct Call {
    task: usize,
    waiting: AtomicBool,
    ready: Ready,
}

impl Wake for Call {
    fn wake(self: Arc<Self>) {
        if !self.waiting.swap(true, Ordering::Relaxed) {
            lock(&self.ready).push(self.task);
        }
    }
}

fn lock(ready: &Ready) -> std::sync::MutexGuard<'_, Vec<usize>> {
    ready.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Executor {
    pub(crate) fn new(dice: Dice) -> Self {
        Self {
            dice,
            tasks: BTreeMap::new(),
            ready: Ready::default(),
            last: 0,
            frozen: BTreeSet::new(),
            parked: Vec::new(),
        }
    }

    /// Adds a task to a process.
    pub(crate) fn spawn(&mut self, process: Process, work: impl Future<Output = ()> + 'static) {
        self.last += 1;
        let call = Arc::new(Call {
            task: self.last,
            waiting: AtomicBool::new(false),
            ready: Arc::clone(&self.ready),
        });
        let task = Task {
            process,
            work: Box::pin(work),
            call: Arc::clone(&call),
        };
        self.tasks.insert(self.last, task);
        call.wake();
    }

    /// Polls one task that is ready, and says whose it was; `None` where none is.
    pub(crate) fn step(&mut self) -> Option<Process> {
        loop {
            let task = {
                let mut ready = lock(&self.ready);
                let len = u64::try_from(ready.len()).ok().filter(|len| *len > 0)?;
                let place = usize::try_from(self.dice.below(len)).unwrap_or(0);
                ready.swap_remove(place)
            };
            let Some(found) = self.tasks.get_mut(&task) else {
                continue;
            };
            if self.frozen.contains(&found.process) {
                self.parked.push(task);
                continue;
            }
            found.call.waiting.store(false, Ordering::Relaxed);
            let process = found.process;
            let waker = Waker::from(Arc::clone(&found.call));
            let polled = found.work.as_mut().poll(&mut Context::from_waker(&waker));
            if polled.is_ready() {
                self.tasks.remove(&task);
            }
            return Some(process);
        }
    }

    /// The process dies: nothing of it is polled again.
    pub(crate) fn kill(&mut self, process: Process) {
        self.tasks.retain(|_, task| task.process != process);
        self.frozen.remove(&process);
    }

    /// The process stands still.
    pub(crate) fn freeze(&mut self, process: Process) {
        self.frozen.insert(process);
    }

    /// It goes on, and knows nothing of having stood still.
    pub(crate) fn thaw(&mut self, process: Process) {
        self.frozen.remove(&process);
        lock(&self.ready).append(&mut self.parked);
    }
}

/// Lets other tasks go first, once.
pub(crate) async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// What a future that waits for nothing comes to.
pub(crate) fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("what waits for nothing is ready at once"),
    }
}

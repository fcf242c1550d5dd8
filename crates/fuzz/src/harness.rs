//! Runs many cases on several threads, and watches that none hangs or fills the memory.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::{Kind, Verdict, check, input};

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Determines every case.
    pub seed: u64,
    /// The first case.
    pub first: u64,
    /// How many cases.
    pub cases: u64,
    /// On how many threads, at least one.
    pub threads: usize,
}

/// One case that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// The case.
    pub case: u64,
    /// What does not hold, or what panicked.
    pub what: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, case, what } = self;
        writeln!(f, "{}: {what}", Kind::of(*case))?;
        writeln!(f, "  input: {:?}", input(*seed, *case))?;
        write!(
            f,
            "  again: cargo xtask fuzz rules --seed {seed} --case {case}"
        )
    }
}

/// What came of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Cases of each kind that were accepted and checked, in the order of [`Kind::ALL`].
    pub accepted: [u64; Kind::ALL.len()],
    /// Cases of each kind that were refused with a reason.
    pub refused: [u64; Kind::ALL.len()],
    /// The first cases that failed; a run ends at [`MOST_FAILURES`].
    pub failures: Vec<Failure>,
}

impl Report {
    fn add(&mut self, other: &Self) {
        let both = |sums: &mut [u64], more: &[u64]| {
            sums.iter_mut()
                .zip(more)
                .for_each(|(sum, more)| *sum += more);
        };
        both(&mut self.accepted, &other.accepted);
        both(&mut self.refused, &other.refused);
        self.failures.extend(other.failures.iter().cloned());
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<22}{:>12}{:>12}", "kind", "accepted", "refused")?;
        for kind in Kind::ALL {
            let (accepted, refused) = (self.accepted[kind.place()], self.refused[kind.place()]);
            writeln!(f, "{:<22}{accepted:>12}{refused:>12}", kind.to_string())?;
        }
        for failure in &self.failures {
            writeln!(f, "\n{failure}")?;
        }
        Ok(())
    }
}

/// A run ends once so many cases have failed.
pub const MOST_FAILURES: usize = 10;

/// How long one case may take before it counts as hung. Cases take microseconds.
const LONGEST_CASE: Duration = Duration::from_secs(20);

/// How often the watch looks.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The most memory that the process may hold, in bytes. Inputs are of at most some 20 kB.
const MOST_MEMORY: u64 = 1 << 30;

/// Cases that a thread takes at a time.
const BATCH: u64 = 512;

/// No case is under way.
const IDLE: u64 = u64::MAX;

/// Runs the cases.
///
/// A case that does not end cannot be stopped: it is named on standard error and the process ends
/// with status 2. So does one that fills the memory, where the system says how much is held
/// (Linux).
#[must_use]
pub fn run(options: Options) -> Report {
    let threads = options.threads.max(1);
    let taken = AtomicU64::new(0);
    let enough = AtomicBool::new(false);
    let under_way: Vec<AtomicU64> = (0..threads).map(|_| AtomicU64::new(IDLE)).collect();
    let total = Mutex::new(Report::default());
    let (done, is_done) = channel::<()>();
    std::thread::scope(|scope| {
        for slot in &under_way {
            let (taken, enough, total, done) = (&taken, &enough, &total, done.clone());
            scope.spawn(move || {
                let report = work(options, slot, taken, enough);
                let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
                total.add(&report);
                // Dropped with the thread: the watch ends with the last of them.
                drop(done);
            });
        }
        drop(done);
        watch(options.seed, &under_way, &is_done);
    });
    total.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn work(options: Options, slot: &AtomicU64, taken: &AtomicU64, enough: &AtomicBool) -> Report {
    let mut report = Report::default();
    while !enough.load(Ordering::Relaxed) {
        let first = taken.fetch_add(BATCH, Ordering::Relaxed);
        if first >= options.cases {
            break;
        }
        for case in first..options.cases.min(first + BATCH) {
            let case = options.first + case;
            slot.store(case, Ordering::Relaxed);
            match one(options.seed, case) {
                Ok(Verdict::Accepted) => report.accepted[Kind::of(case).place()] += 1,
                Ok(Verdict::Refused) => report.refused[Kind::of(case).place()] += 1,
                Err(failure) => {
                    report.failures.push(failure);
                    if report.failures.len() >= MOST_FAILURES {
                        enough.store(true, Ordering::Relaxed);
                        return report;
                    }
                }
            }
        }
        slot.store(IDLE, Ordering::Relaxed);
    }
    report
}

/// Runs one case.
///
/// # Errors
///
/// [`Failure`] where something does not hold, or panics.
pub fn one(seed: u64, case: u64) -> Result<Verdict, Failure> {
    let checked = catch_unwind(AssertUnwindSafe(|| check(seed, case, &input(seed, case))));
    let what = match checked {
        Ok(Ok(verdict)) => return Ok(verdict),
        Ok(Err(broken)) => broken.to_string(),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            format!("panic: {}", text.unwrap_or_default())
        }
    };
    Err(Failure { seed, case, what })
}

/// Ends when all threads have; ends the process when one of them is stuck.
fn watch(seed: u64, under_way: &[AtomicU64], is_done: &std::sync::mpsc::Receiver<()>) {
    let mut seen = vec![(IDLE, 0_u32); under_way.len()];
    let patience = LONGEST_CASE.as_secs().div_ceil(LOOK_EVERY.as_secs()) as u32;
    while is_done.recv_timeout(LOOK_EVERY) == Err(RecvTimeoutError::Timeout) {
        for (slot, (case, looks)) in under_way.iter().zip(&mut seen) {
            let now = slot.load(Ordering::Relaxed);
            *looks = if now == *case && now != IDLE {
                *looks + 1
            } else {
                0
            };
            *case = now;
            if *looks >= patience {
                stuck(seed, &[now], "it does not end");
            }
        }
        if held().is_some_and(|bytes| bytes > MOST_MEMORY) {
            let cases: Vec<u64> = seen.iter().map(|(case, _)| *case).collect();
            stuck(seed, &cases, "the memory is full; one of these filled it");
        }
    }
}

fn stuck(seed: u64, cases: &[u64], what: &str) -> ! {
    for case in cases.iter().filter(|case| **case != IDLE) {
        let (case, what) = (*case, what.to_owned());
        eprintln!("{}", Failure { seed, case, what });
    }
    std::process::exit(2)
}

/// The memory that the process holds, where the system tells.
fn held() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = pages.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

//! Runs many cases on several threads, and watches that none hangs or fills the memory.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::{Broken, Verdict};

/// What is fed, and what must be true of it.
///
/// A case is a number, and with the seed it is always the same input.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// What it is called on the command line.
    pub name: &'static str,
    /// The kinds of its cases, of which there is at least one; a case is of one by its number.
    pub kinds: &'static [&'static str],
    /// Shows the input of a case under a seed.
    pub show: fn(u64, u64) -> String,
    /// Makes the input of a case under a seed and holds it against what must be true of it.
    pub check: fn(u64, u64) -> Result<Verdict, Broken>,
}

impl Target {
    /// The place of a case's kind among the kinds.
    #[must_use]
    pub fn kind(&self, case: u64) -> usize {
        (case % self.kinds.len() as u64) as usize
    }
}

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What is fed.
    pub target: &'static Target,
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
#[derive(Clone, Debug)]
pub struct Failure {
    /// What was fed.
    pub target: &'static Target,
    /// The seed.
    pub seed: u64,
    /// The case.
    pub case: u64,
    /// What does not hold, or what panicked.
    pub what: String,
}

impl PartialEq for Failure {
    fn eq(&self, other: &Self) -> bool {
        let of = |it: &Self| (it.target.name, it.seed, it.case);
        of(self) == of(other) && self.what == other.what
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            target,
            seed,
            case,
            what,
        } = self;
        writeln!(f, "{}: {what}", target.kinds[target.kind(*case)])?;
        writeln!(f, "  input: {}", (target.show)(*seed, *case))?;
        write!(
            f,
            "  again: cargo xtask fuzz {} --seed {seed} --case {case}",
            target.name
        )
    }
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// The kinds of cases.
    pub kinds: &'static [&'static str],
    /// Cases of each kind that were accepted and checked.
    pub accepted: Vec<u64>,
    /// Cases of each kind that were refused with a reason.
    pub refused: Vec<u64>,
    /// The first cases that failed; a run ends at [`MOST_FAILURES`].
    pub failures: Vec<Failure>,
}

impl Report {
    fn of(target: &Target) -> Self {
        Self {
            kinds: target.kinds,
            accepted: vec![0; target.kinds.len()],
            refused: vec![0; target.kinds.len()],
            failures: Vec::new(),
        }
    }

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
        writeln!(f, "{:<24}{:>12}{:>12}", "kind", "accepted", "refused")?;
        for (place, kind) in self.kinds.iter().enumerate() {
            let (accepted, refused) = (self.accepted[place], self.refused[place]);
            writeln!(f, "{kind:<24}{accepted:>12}{refused:>12}")?;
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
    let total = Mutex::new(Report::of(options.target));
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
        watch(options, &under_way, &is_done);
    });
    total.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn work(options: Options, slot: &AtomicU64, taken: &AtomicU64, enough: &AtomicBool) -> Report {
    let mut report = Report::of(options.target);
    while !enough.load(Ordering::Relaxed) {
        let first = taken.fetch_add(BATCH, Ordering::Relaxed);
        if first >= options.cases {
            break;
        }
        for case in first..options.cases.min(first + BATCH) {
            let case = options.first + case;
            slot.store(case, Ordering::Relaxed);
            let place = options.target.kind(case);
            match one(options.target, options.seed, case) {
                Ok(Verdict::Accepted) => report.accepted[place] += 1,
                Ok(Verdict::Refused) => report.refused[place] += 1,
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
pub fn one(target: &'static Target, seed: u64, case: u64) -> Result<Verdict, Failure> {
    let checked = catch_unwind(AssertUnwindSafe(|| (target.check)(seed, case)));
    let what = match checked {
        Ok(Ok(verdict)) => return Ok(verdict),
        Ok(Err(broken)) => broken.to_string(),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            format!("panic: {}", text.unwrap_or_default())
        }
    };
    Err(Failure {
        target,
        seed,
        case,
        what,
    })
}

/// Ends when all threads have; ends the process when one of them is stuck.
fn watch(options: Options, under_way: &[AtomicU64], is_done: &std::sync::mpsc::Receiver<()>) {
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
                stuck(options, &[now], "it does not end");
            }
        }
        if held().is_some_and(|bytes| bytes > MOST_MEMORY) {
            let cases: Vec<u64> = seen.iter().map(|(case, _)| *case).collect();
            stuck(
                options,
                &cases,
                "the memory is full; one of these filled it",
            );
        }
    }
}

fn stuck(options: Options, cases: &[u64], what: &str) -> ! {
    let Options { target, seed, .. } = options;
    for case in cases.iter().filter(|case| **case != IDLE) {
        let (case, what) = (*case, what.to_owned());
        eprintln!(
            "{}",
            Failure {
                target,
                seed,
                case,
                what
            }
        );
    }
    std::process::exit(2)
}

/// The memory that the process holds, where the system tells.
fn held() -> Option<u64> {
    let pages = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: u64 = pages.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * 4096)
}

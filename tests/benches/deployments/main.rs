//! Deployments through the whole scheduler and the SQLite store, with a gateway that does nothing,
//! beside rusqlite alone with the very same statements in group commit; what 100,000 deployments
//! that are done cost the next ones; and how soon what is due is found among a million workflows.
//!
//! Each practice has sixty workflows with years of days that were missed. A turn is one minute of
//! their clock: one pass of the scheduler, which carries out what a minute's calls allow, sixty
//! deployments of each practice. Every step is durable and in the audit before the next. Turns of
//! the scheduler and of rusqlite follow one another, so that whatever else the machine does falls
//! on both; the medians are compared.
//!
//! `cargo bench -p deployments-bench`; with `-- deploy`, `-- history` or `-- due` only that part.

#![expect(
    clippy::disallowed_methods,
    reason = "what it measures is time, on the machine's own clock"
)]

mod due;
mod raw;
#[path = "../../../crates/store-sqlite/benches/commit/ready.rs"]
mod ready;
#[expect(
    dead_code,
    reason = "the baseline does not read pages and single records"
)]
#[path = "../../../crates/store-sqlite/src/sql.rs"]
mod sql;
mod world;

use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use self::raw::Raw;
use self::world::{CALLS_EACH, DEPLOYMENTS_EACH, World};

/// Calls under way at the same time, over all practices.
const IN_FLIGHT: [u32; 3] = [8, 32, 128];

/// How often each is measured.
const ROUNDS: usize = 15;

/// How much is done before the history is measured.
const DONE: u32 = 100_000;

fn main() {
    let runtime = Runtime::new().expect("a runtime");
    // Cargo's own come first, with dashes.
    let asked: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let wanted = |part: &str| asked.is_empty() || asked.iter().any(|word| word == part);
    if wanted("deploy") || wanted("history") {
        println!("in flight  done before  deployments/s  rusqlite alone  ratio");
    }
    if wanted("deploy") {
        for in_flight in IN_FLIGHT {
            Both::begin(&runtime, in_flight).measure(in_flight, 0);
        }
    }
    if wanted("history") {
        let mut both = Both::begin(&runtime, 32);
        while both.world.done() < DONE {
            both.scheduler();
        }
        both.measure(32, DONE);
    }
    if wanted("due") {
        due::measure(&runtime);
    }
}

/// The scheduler and rusqlite alone, each over a database of its own.
struct Both<'a> {
    runtime: &'a Runtime,
    practices: u32,
    world: World,
    raw: Raw,
}

impl<'a> Both<'a> {
    fn begin(runtime: &'a Runtime, in_flight: u32) -> Self {
        let practices = in_flight / CALLS_EACH;
        Self {
            runtime,
            practices,
            world: runtime.block_on(World::begin(practices)),
            raw: Raw::begin(runtime, practices),
        }
    }

    fn deployments(&self) -> u32 {
        self.practices * DEPLOYMENTS_EACH
    }

    /// A turn of the scheduler.
    fn scheduler(&mut self) -> Duration {
        let scheduler = self.world.next_minute();
        let began = Instant::now();
        self.runtime
            .block_on(world::pass(&scheduler, self.practices));
        began.elapsed()
    }

    fn measure(&mut self, in_flight: u32, done: u32) {
        let deployments = self.deployments();
        // Both have warmed up after this.
        self.scheduler();
        self.raw.turn(in_flight, deployments);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(self.scheduler());
            let began = Instant::now();
            self.raw.turn(in_flight, deployments);
            theirs.push(began.elapsed());
        }
        let rate = |times| f64::from(deployments) / median(times).as_secs_f64();
        let (ours, theirs) = (rate(ours), rate(theirs));
        let ratio = ours / theirs;
        println!("{in_flight:>9}  {done:>11}  {ours:>13.0}  {theirs:>14.0}  {ratio:>5.2}");
    }
}

/// The one in the middle.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

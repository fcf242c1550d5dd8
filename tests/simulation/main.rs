//! Whole histories on virtual time, each from one seed: the real core and the real scheduler over a
//! real store, with people, deaths of the process, and a job system that does its worst. After
//! each one the checker counts.
//!
//! `SIM_SEEDS` says how many seeds, `SIM_FIRST` which is the first; a failing one prints how to run
//! it again.

mod begun;
mod changes;
mod check;
mod crashes;
mod dice;
mod disk;
mod executor;
mod gateway;
mod history;
mod limits;
mod lost;
mod mend;
mod naive;
mod owed;
mod people;
mod practice;
mod setting;
mod told;
mod weather;
mod wrong;
mod xpm;
mod yielding;

use std::panic::AssertUnwindSafe;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::check::{Summary, check};
use crate::disk::Kind;
use crate::history::History;
use crate::practice::Size;
use crate::setting::{Deaths, Setting};
use crate::wrong::Wrong;

fn run(setting: Setting) -> Summary {
    check(&History::begin(setting).run())
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// After how many seeds a run says how far it came.
const PROGRESS: u64 = 1_000;

/// Runs seeds on all processors; a failing one says how to run it again.
fn run_seeds(kind: Kind, test: &str, count: u64) {
    let (first, seeds) = (number("SIM_FIRST", 1), number("SIM_SEEDS", count));
    let next = AtomicU64::new(first);
    let failed = Mutex::new(Vec::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= first + seeds {
                return;
            }
            let setting = Setting::of(seed, kind);
            match std::panic::catch_unwind(AssertUnwindSafe(|| run(setting))) {
                Ok(summary) if seeds == 1 => println!("seed {seed}: {summary:?}"),
                Ok(_) if (seed + 1 - first).is_multiple_of(PROGRESS) => {
                    println!("{} of {seeds} seeds", seed + 1 - first);
                }
                Ok(_) => {}
                Err(_) => {
                    println!(
                        "seed {seed} fails; to run it again: SIM_FIRST={seed} SIM_SEEDS=1 \
                         cargo test -p workflow-tests --test simulation {test}"
                    );
                    failed.lock().unwrap().push(seed);
                }
            }
        }
    };
    let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..processors {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap();
    let count = failed.len();
    assert!(
        failed.is_empty(),
        "{count} of {seeds} seeds fail: {failed:?}"
    );
}

#[test]
fn each_seed_ends_with_one_job_for_each_date_that_is_owed() {
    run_seeds(Kind::Memory, "each_seed", 120);
}

#[test]
fn each_seed_ends_so_on_sqlite_too() {
    run_seeds(Kind::Sqlite, "on_sqlite", 4);
}

#[test]
fn a_seed_gives_the_same_history_each_time_and_on_either_store() {
    for seed in [2, 13] {
        let first = run(Setting::of(seed, Kind::Memory));
        assert_eq!(first, run(Setting::of(seed, Kind::Memory)), "seed {seed}");
        assert_eq!(first, run(Setting::of(seed, Kind::Sqlite)), "seed {seed}");
    }
}

/// The checker bites: whatever is wrong on purpose is found within a few seeds.
#[test]
fn whatever_is_wrong_on_purpose_is_caught() {
    for wrong in Wrong::ALL {
        let is_caught = |seed: &u64| {
            let setting = Setting {
                wrong,
                // Fences and look-ups matter where processes die often.
                deaths: Deaths::Every(300),
                ..Setting::of(*seed, Kind::Memory)
            };
            std::panic::catch_unwind(AssertUnwindSafe(|| run(setting))).is_err()
        };
        let caught = (1..=60).find(is_caught);
        println!("caught: {wrong:?} at seed {caught:?}");
        assert!(caught.is_some(), "{wrong:?} is not caught");
    }
}

fn a_year(kind: Kind) {
    let setting = Setting {
        size: Size {
            clients: 60,
            workflows: 500,
        },
        people: Some(Duration::from_secs(3_600)),
        ..Setting::days(number("SIM_FIRST", 1), kind, 365)
    };
    println!("{:?}", run(setting));
}

/// A year of a large practice, with people and faults:
/// `cargo test --release -p workflow-tests --test simulation a_year_of_five -- --ignored --nocapture`.
#[test]
#[ignore = "takes long; cargo xtask nightly runs it"]
fn a_year_of_five_hundred_workflows() {
    a_year(Kind::Memory);
}

#[test]
#[ignore = "takes many minutes; cargo xtask nightly runs it"]
fn a_year_of_five_hundred_workflows_on_sqlite() {
    a_year(Kind::Sqlite);
}

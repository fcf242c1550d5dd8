//! Whole histories on virtual time, each from one seed: the real core and the real scheduler over a
//! real store, with people, deaths of the process, and a job system that does its worst. After
//! each one the checker counts.

mod check;
mod dice;
mod disk;
mod executor;
mod gateway;
mod history;
mod limits;
mod naive;
mod people;
mod practice;
mod told;
mod weather;
mod wrong;
mod xpm;
mod yielding;

use std::panic::AssertUnwindSafe;

use crate::check::{Summary, check};
use crate::disk::Kind;
use crate::history::{History, Setting};

fn run(setting: Setting) -> Summary {
    check(&History::begin(setting).run())
}

fn number(variable: &str, otherwise: u64) -> u64 {
    std::env::var(variable).map_or(otherwise, |text| text.parse().expect("a number"))
}

/// Runs seeds one after another; a failing one says how to run it again.
fn run_seeds(kind: Kind, test: &str, count: u64) {
    let first = number("SIM_FIRST", 1);
    let seeds = number("SIM_SEEDS", count);
    let mut failed = Vec::new();
    for seed in first..first + seeds {
        let ran = std::panic::catch_unwind(AssertUnwindSafe(|| run(Setting::of(seed, kind))));
        match ran {
            Ok(summary) if seeds == 1 => println!("seed {seed}: {summary:?}"),
            Ok(_) => {}
            Err(_) => {
                println!(
                    "seed {seed} fails: SIM_FIRST={seed} SIM_SEEDS=1 cargo test -p workflow-tests --test simulation {test}"
                );
                failed.push(seed);
            }
        }
    }
    assert!(
        failed.is_empty(),
        "{} of {seeds} seeds fail: {failed:?}",
        failed.len()
    );
}

#[test]
fn every_seed_ends_with_one_job_for_each_date_that_is_owed() {
    run_seeds(Kind::Memory, "every_seed_ends", 100);
}

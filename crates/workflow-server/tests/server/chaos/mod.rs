//! Chaos: the real server is killed again and again, at planned instants, over a simulated XPM that
//! lives on in a process of its own and disturbs its replies. Each occurrence ends with one job.
//!
//! `cargo xtask chaos --kills 1000 --seed 1 --faults 20` runs it with more kills. What is planned
//! depends on the seed alone; what a process was doing when it was killed depends on the machine
//! as well, and so differs from run to run.

mod books;
mod plan;
mod round;
mod tally;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use self::plan::Plan;
use self::tally::Tally;

/// Kills unless `CHAOS_KILLS` says otherwise.
const KILLS: usize = 20;

/// Practices that are killed side by side. Each has a server and an XPM of its own, so that no
/// budget of calls is shared.
const SIDE_BY_SIDE: usize = 12;

/// A number from the environment.
fn setting(name: &str, usual: usize) -> usize {
    match std::env::var(name) {
        Ok(text) => text.parse().expect("a number"),
        Err(_) => usual,
    }
}

#[test]
fn however_often_it_is_killed_each_occurrence_ends_with_one_job() {
    let kills = setting("CHAOS_KILLS", KILLS);
    let seed = setting("CHAOS_SEED", 1);
    let faults = setting("CHAOS_FAULTS", 20);
    let rounds = Plan::rounds(kills);
    let next = AtomicUsize::new(0);
    let total = Mutex::new(Tally::default());
    std::thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE.min(rounds) {
            scope.spawn(|| {
                loop {
                    let round = next.fetch_add(1, Ordering::Relaxed);
                    if round >= rounds {
                        break;
                    }
                    let plan = Plan::of(seed as u64, round, kills, faults);
                    let tally = round::run(&plan);
                    let mut total = total.lock().unwrap();
                    total.add(tally);
                    eprintln!(
                        "round {} of {rounds}: {} kills so far",
                        round + 1,
                        total.kills()
                    );
                }
            });
        }
    });
    let tally = total.into_inner().unwrap();
    println!("{tally}");
    assert_eq!(tally.kills(), kills, "every kill that was planned was made");
    assert_eq!(tally.faults(), Vec::<String>::new());
    assert!(
        tally.landed_on_work() * 4 >= kills,
        "a quarter of the kills land on work, or little was tried"
    );
}

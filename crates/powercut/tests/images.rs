//! A few hundred power cuts, and whether they would be missed if the store made less sure.

use powercut::check::Fault;
use powercut::trial::{Tally, Trial, Weakness};

fn tried(images: usize, seed: u64, weakness: Weakness) -> Tally {
    let trial = Trial {
        images,
        of_one: 80,
        seed,
        workers: 2,
        weakness,
    };
    trial.run().unwrap_or_else(|failed| panic!("{failed}"))
}

#[test]
fn after_a_power_cut_what_was_acknowledged_is_there_and_nothing_is_half_there() {
    // Five lives: one with threads, one on a disk that is full or fails for a while; and a seed that
    // comes upon everything that is counted below.
    let tally = tried(400, 6, Weakness::None);
    assert!(tally.found.is_empty(), "{:#?}\n{tally}", tally.found);
    // What there was to be found was tried.
    assert!(tally.tried() > 400, "{tally}");
    for (what, count) in [
        ("lives with threads", tally.threaded),
        ("lives in trouble", tally.troubled),
        ("units", tally.units),
        ("checkpoints", tally.checkpoints),
        ("cuts within the first opening", tally.opening),
        ("cuts within a checkpoint", tally.file_under_way),
        ("deleted files back", tally.back),
        ("files gone", tally.gone),
        ("openings cut in their turn", tally.again),
    ] {
        assert!(count > 0, "no {what}:\n{tally}");
    }
}

#[test]
fn without_a_wait_for_the_disk_at_each_commit_acknowledged_units_are_lost_and_nothing_else() {
    let tally = tried(160, 1, Weakness::Normal);
    assert!(tally.with(Fault::Lost) > 0, "{tally}");
    // The store still opens each image, and what it finds there is whole.
    for fault in [Fault::Half, Fault::NotOpened, Fault::Unsound, Fault::Audit] {
        assert_eq!(tally.with(fault), 0, "{tally}");
    }
}

#[test]
fn a_disk_that_lies_about_what_it_has_synced_damages_the_file() {
    let tally = tried(160, 1, Weakness::LyingDisk);
    let damaged = tally.with(Fault::NotOpened) + tally.with(Fault::Unsound);
    assert!(damaged > 0, "{tally}");
}

#[test]
fn a_life_on_one_thread_is_the_same_each_time() {
    let trial = Trial {
        images: 100,
        of_one: 100,
        seed: 7,
        workers: 1,
        weakness: Weakness::Normal,
    };
    let once = trial.run().unwrap();
    let found = &once.found[0];
    let again = trial
        .repeat(found.story, found.image..found.image + 1)
        .unwrap();
    assert_eq!(
        again.found[0].finding.to_string(),
        found.finding.to_string()
    );
    assert_eq!(again.found[0].position, found.position);
}

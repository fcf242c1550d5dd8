//! Crash points: one small history, in which the process dies at every await in turn, and then at
//! random pairs of them.

use std::time::Duration;

use workflow_core::numbering::JobNumbering;

use crate::check::Summary;
use crate::dice::Dice;
use crate::run;
use crate::setting::{Deaths, Rebirth, Setting, ours};
use crate::weather::{Fate, Weather};

const HOUR: Duration = Duration::from_secs(3_600);

/// The small history, with the process dying before those polls.
fn small(weather: &Weather, at: Vec<u64>, rebirth: Rebirth) -> Summary {
    small_numbered(&JobNumbering::Xpm, weather, at, rebirth)
}

fn small_numbered(
    numbering: &JobNumbering,
    weather: &Weather,
    at: Vec<u64>,
    rebirth: Rebirth,
) -> Summary {
    let summary = run(Setting {
        numbering: numbering.clone(),
        ..Setting::small(weather.clone(), Deaths::At(at, rebirth))
    });
    assert!(summary.deployed >= 1, "{summary:?}");
    summary
}

/// Dies at every await in turn.
fn die_everywhere(weather: &Weather, rebirth: Rebirth) {
    die_everywhere_numbered(&JobNumbering::Xpm, weather, rebirth);
}

fn die_everywhere_numbered(numbering: &JobNumbering, weather: &Weather, rebirth: Rebirth) {
    let undisturbed = small_numbered(numbering, weather, Vec::new(), rebirth);
    assert!(undisturbed.polls > 100, "{undisturbed:?}");
    let mut died = 0;
    for poll in 1..=undisturbed.polls {
        died += small_numbered(numbering, weather, vec![poll], rebirth).deaths;
    }
    assert_eq!(died, undisturbed.polls, "one death at each poll");
}

#[test]
fn a_process_may_die_at_any_await_and_the_next_one_goes_on_at_once() {
    die_everywhere(&Weather::fine(), Rebirth::ByLock);
}

#[test]
fn a_process_may_die_at_any_await_and_the_next_one_waits_for_its_lease() {
    die_everywhere(&Weather::fine(), Rebirth::ByLease);
}

#[test]
fn a_process_may_die_at_any_await_while_replies_are_lost() {
    for fate in [Fate::LostAfter, Fate::LostBefore, Fate::Late] {
        let weather = Weather::with(&[(400, fate)], HOUR);
        die_everywhere(&weather, Rebirth::ByLock);
    }
}

#[test]
fn a_process_may_die_at_any_await_while_replies_to_jobs_with_our_numbers_are_lost() {
    for fate in [Fate::LostAfter, Fate::Late, Fate::RefusedAfter] {
        let weather = Weather::with(&[(400, fate)], HOUR);
        die_everywhere_numbered(&ours(), &weather, Rebirth::ByLock);
    }
}

#[test]
fn two_processes_may_die_at_any_two_awaits() {
    let dice = Dice::new(1, 9);
    let weather = Weather::with(&[(200, Fate::LostAfter), (200, Fate::Late)], HOUR);
    let polls = small(&weather, Vec::new(), Rebirth::ByLock).polls;
    for _ in 0..200 {
        let first = dice.between(1, polls);
        let second = first + dice.between(1, polls);
        let rebirth = *dice.pick(&[Rebirth::ByLock, Rebirth::ByLease]);
        small(&weather, vec![first, second], rebirth);
    }
}

//! A disk that is full, or fails, at any operation of a life: the store says so, has acknowledged
//! nothing that it cannot keep, and goes on when the trouble is over.

use std::collections::BTreeMap;

use powercut::check::{Floor, check};
use powercut::cut::{Cut, Damage};
use powercut::reference::States;
use powercut::story::{Place, Story, Threading, live};
use powercut::{DATABASE, Dice, Kind, Machine, Trouble};
use store_sqlite::SqliteStore;
use workflow_core::ports::store::{LeaseAnswer, LeaseRequest, Store as _};
use workflow_core::testing::samples;

/// After how many good operations of a life its disk is in trouble: some of the first opening, which
/// makes the schema, and of all that follows. `cargo xtask powercut` draws any number.
fn spared() -> impl Iterator<Item = usize> {
    (0..120).step_by(20).chain((120..700).step_by(53))
}

/// A life in which, after so many good operations, the disk is in trouble until the store has
/// said so.
fn life(machine: &Machine, place: &Place, kind: Kind, spared: usize, threads: Threading) -> Story {
    machine.boot(BTreeMap::new());
    machine.set_trouble(Trouble::after(spared, kind));
    let story = live(machine, place, threads, &mut Dice::new(3));
    story.unwrap_or_else(|failed| panic!("{kind:?} after {spared}: {failed}"))
}

/// The power is cut at the end of the life, and all is there.
fn holds(machine: &Machine, reference: &Machine, place: &Place, story: &Story, which: &str) {
    let states = States::after(reference, place, &story.units());
    let states = states.unwrap_or_else(|failed| panic!("{which}: {failed}"));
    let mut cut = Cut::start(story.recording());
    cut.advance(story.recording(), story.len());
    for damage in [Damage::None, Damage::All] {
        let (image, _) = cut.image(damage, &mut Dice::new(1), DATABASE);
        let floor = Floor::of(story, story.len());
        let sound = check(machine, place, &states, &floor, image);
        sound.unwrap_or_else(|finding| panic!("{which}, {}: {finding}", damage.words()));
    }
}

fn in_trouble(kind: Kind, words: &[&str]) {
    let (machine, reference) = (Machine::new(), Machine::new());
    let place = Place::new().unwrap();
    let mut refused = 0;
    for spared in spared() {
        let story = life(&machine, &place, kind, spared, Threading::Inline);
        for said in &story.refusals {
            let known = words.iter().any(|words| said.contains(words));
            assert!(known, "{kind:?} after {}: {said}", spared);
        }
        refused += story.refusals.len();
        let which = format!("{kind:?} after {}", spared);
        holds(&machine, &reference, &place, &story, &which);
    }
    assert!(refused > 5, "{refused} refusals, so little was tried");
}

#[test]
fn a_full_disk_is_said_to_be_full_and_the_store_goes_on_when_there_is_room() {
    in_trouble(Kind::Full, &["database or disk is full", "unable to open"]);
}

#[test]
fn a_write_that_fails_is_said_to_have_failed_and_the_store_goes_on() {
    in_trouble(Kind::WritesFail, &["disk I/O error", "unable to open"]);
}

#[test]
fn a_sync_that_fails_acknowledges_nothing_and_the_store_goes_on() {
    in_trouble(Kind::SyncsFail, &["disk I/O error"]);
}

#[test]
fn producers_who_share_a_transaction_share_its_refusal_and_none_is_lost() {
    let (machine, reference) = (Machine::new(), Machine::new());
    let place = Place::new().unwrap();
    let mut refused = 0;
    for spared in (100..700).step_by(97) {
        for kind in Kind::TOLD {
            let story = life(&machine, &place, kind, spared, Threading::Threads);
            refused += story.refusals.len();
            let which = format!("{kind:?} after {spared}, with threads");
            holds(&machine, &reference, &place, &story, &which);
        }
    }
    assert!(refused > 5, "{refused} refusals, so little was tried");
}

#[test]
fn an_opening_that_is_answered_well_owns_the_database() {
    let machine = Machine::new();
    let place = Place::new().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let request = LeaseRequest {
        holder: samples::holder("owner"),
        now: samples::minute(0),
        time: chrono::TimeDelta::minutes(1),
    };
    let mut refused = 0;
    for kind in Kind::TOLD {
        for spared in 0.. {
            machine.boot(BTreeMap::new());
            machine.set_trouble(Trouble::after(spared, kind));
            let options = SqliteStore::options().inline().vfs(machine.vfs());
            let opened = runtime.block_on(options.open(place.path()));
            let met = machine.trouble_met();
            machine.set_trouble(Trouble::none());
            match opened {
                Err(_) => refused += 1,
                Ok(store) => {
                    let leased = runtime.block_on(store.lease(&"acme".parse().unwrap(), &request));
                    assert!(leased.is_ok(), "{kind:?} after {spared}: {leased:?}");
                }
            }
            if met == 0 {
                break;
            }
        }
    }
    assert!(refused > 20, "{refused} refusals, so little was tried");
}

/// A commit that was refused because its sync failed is still in the log, whoever opens the file
/// next reads it there, and it never reaches the disk: nothing may be built upon it.
#[test]
fn what_a_failed_sync_left_in_the_log_is_not_built_upon() {
    let machine = Machine::new();
    let place = Place::new().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let open = || {
        let options = SqliteStore::options().inline().vfs(machine.vfs());
        runtime.block_on(options.open(place.path()))
    };
    let lease = |store: &SqliteStore| {
        let request = LeaseRequest {
            holder: samples::holder("owner"),
            now: samples::minute(0),
            time: chrono::TimeDelta::minutes(1),
        };
        let practice = "acme".parse().unwrap();
        match runtime.block_on(store.lease(&practice, &request)).unwrap() {
            LeaseAnswer::Granted(lease) => lease.fence,
            other => panic!("{other:?}"),
        }
    };
    let mut refused = 0;
    for spared in 0..12 {
        machine.boot(BTreeMap::new());
        machine.set_trouble(Trouble::none());
        let store = open().unwrap();
        lease(&store);
        machine.set_trouble(Trouble::after(spared, Kind::SyncsFail));
        drop(store);
        refused += usize::from(open().is_err());
        machine.set_trouble(Trouble::none());
        let store = open().unwrap();
        let granted = lease(&store);
        drop(store);
        let recording = machine.take_recording();
        let mut cut = Cut::start(&recording);
        cut.advance(&recording, recording.len());
        let (image, _) = cut.image(Damage::All, &mut Dice::new(1), DATABASE);
        machine.boot(image);
        let store = open().unwrap();
        let next = lease(&store);
        assert!(next > granted, "after {spared}: {next:?} after {granted:?}");
    }
    assert!(refused > 0, "no opening met the trouble");
}

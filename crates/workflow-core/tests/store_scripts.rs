//! Random scripts bite: two sound stores agree on every one, and a wrong one soon differs.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tokio::runtime::{Builder, Runtime};
use workflow_core::testing::MemoryStore;
use workflow_core::testing::script::{Observation, Script, arb_script, run, run_reopening};
use workflow_core::testing::wrong::{Fault, WrongStore};

fn runtime() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime")
}

/// The same scripts on every run.
fn scripts(count: usize) -> Vec<Script> {
    let mut runner = TestRunner::deterministic();
    let script = arb_script();
    let one = |_| script.new_tree(&mut runner).expect("a script").current();
    (0..count).map(one).collect()
}

/// What no script does: units that are too large, records of another practice, and one job for
/// two deployments.
const OUT_OF_REACH: &[Fault] = &[
    Fault::TakesAnySize,
    Fault::RefusesLargeUnits,
    Fault::TakesAnotherPracticesRecord,
    Fault::SharesJobs,
];

#[test]
fn scripts_tell_a_wrong_store_from_a_sound_one() {
    let runtime = runtime();
    let scripts = scripts(400);
    let right: Vec<_> = scripts
        .iter()
        .map(|script| runtime.block_on(run(script, &MemoryStore::new())))
        .collect();
    let differs = |fault: Fault| {
        scripts.iter().zip(&right).any(|(script, right)| {
            let store = WrongStore::new(fault);
            runtime.block_on(run(script, &store)) != *right
        })
    };
    let missed: Vec<Fault> = Fault::ALL
        .iter()
        .copied()
        .filter(|fault| !differs(*fault))
        .collect();
    assert_eq!(missed, OUT_OF_REACH);
}

#[test]
fn scripts_meet_every_kind_of_answer() {
    let runtime = runtime();
    let name = |seen: &Observation| {
        let text = format!("{seen:?}");
        let inner = text.split_once("Refused(").map(|(_, rest)| rest);
        let text = inner.unwrap_or(&text);
        text.chars().take_while(|c| c.is_alphabetic()).collect()
    };
    let met: BTreeSet<String> = scripts(100)
        .iter()
        .flat_map(|script| {
            let store = MemoryStore::new();
            let reopen = async |store: MemoryStore| store.reopen();
            runtime.block_on(run_reopening(script, store, reopen))
        })
        .map(|seen| name(&seen))
        .collect();
    for expected in [
        "Committed",
        "Conflict",
        "FenceLost",
        "ReferenceTaken",
        "KeyReused",
        "Record",
        "Records",
        "Receipt",
        "Pages",
        "Due",
        "Wakes",
        "Practices",
        "Entries",
        "Budget",
        "Lease",
        "Released",
        "Reopened",
    ] {
        assert!(met.contains(expected), "no script met {expected}: {met:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A store of the same make as the wrong ones agrees with the memory store.
    #[test]
    fn sound_stores_agree(script in arb_script()) {
        let runtime = runtime();
        let right = runtime.block_on(run(&script, &MemoryStore::new()));
        let same = runtime.block_on(run(&script, &WrongStore::sound()));
        prop_assert_eq!(right, same);
    }
}

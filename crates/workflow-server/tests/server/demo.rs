//! `demo --headless`: what is due becomes jobs, once each, whatever the simulated XPM does.

use std::io::Read as _;
use std::process::Stdio;

use crate::support::{Demo, good, piped, server};

#[test]
fn what_is_due_becomes_jobs_and_the_rest_says_why_not() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::run(folder.path(), &[]);
    demo.holds();
    assert_eq!(demo.jobs().len(), 11);
    let waiting = demo.waiting();
    let said = |words: &str| waiting.values().any(|why| why.contains(words));
    assert_eq!(waiting.len(), 5);
    assert!(
        said("Jordan Blake is not linked to a member of XPM's staff"),
        "{waiting:?}"
    );
    assert!(said("the job template is not in XPM"), "{waiting:?}");
    assert!(said("it was missed while nothing ran"), "{waiting:?}");
}

#[test]
fn a_second_run_makes_no_job_twice() {
    let folder = tempfile::tempdir().unwrap();
    let first = Demo::run(folder.path(), &[]);
    let second = Demo::run(folder.path(), &[]);
    second.holds();
    assert_eq!(first.jobs(), second.jobs());
    assert_eq!(first.waiting(), second.waiting());
}

#[test]
fn under_faults_every_occurrence_ends_with_one_job_or_a_stated_reason() {
    let undisturbed = tempfile::tempdir().unwrap();
    let undisturbed = Demo::run(undisturbed.path(), &[]);
    for seed in ["1", "2", "3", "4"] {
        let folder = tempfile::tempdir().unwrap();
        let demo = Demo::run(folder.path(), &["--faults", "0.2", "--seed", seed]);
        demo.holds();
        // The same occurrences as without faults; which number each job has depends on the order.
        let jobs = demo.jobs();
        assert!(jobs.keys().eq(undisturbed.jobs().keys()), "seed {seed}");
        assert!(
            demo.waiting().keys().eq(undisturbed.waiting().keys()),
            "seed {seed}"
        );
    }
}

#[test]
fn the_table_fits_a_terminal() {
    let text = good(&["demo", "--headless"]);
    assert!(text.starts_with("Harbour Accounting: 11 jobs\n"), "{text}");
    assert!(text.contains("\n5 wait for a person\n"), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut child = piped(server(&["sample"]).stderr(Stdio::piped()));
    // One byte of some hundred kilobytes, and the pipe is closed.
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0]).unwrap();
    drop(out);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert!(ended.stderr.is_empty());
}

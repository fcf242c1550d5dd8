//! Some ten thousand cases of every kind, and that a case is always the same.

use workflow_fuzz::harness::{self, Options};
use workflow_fuzz::{Kind, RULES, Verdict, input};

fn options() -> Options {
    Options {
        target: &RULES,
        seed: 20_261_122,
        first: 0,
        cases: 33_000,
        threads: 2,
    }
}

#[test]
fn no_case_panics_hangs_or_breaks_what_must_hold() {
    let report = harness::run(options());
    assert!(report.failures.is_empty(), "{report}");
    let seen: u64 = report.accepted.iter().chain(&report.refused).sum();
    assert_eq!(seen, options().cases);
    // Every kind but soup of sentences, which says nothing that is meant, is also read.
    for kind in Kind::ALL {
        let accepted = report.accepted[kind.place()];
        assert!(
            accepted > 0 || kind == Kind::SentenceSoup,
            "{kind}: {report}"
        );
    }
}

#[test]
fn a_case_is_always_the_same() {
    for case in 0..200 {
        let twice = [(); 2].map(|()| format!("{:?}", input(7, case)));
        assert_eq!(twice[0], twice[1]);
        assert_eq!(harness::one(&RULES, 7, case), harness::one(&RULES, 7, case));
    }
    let other = |seed| format!("{:?}", input(seed, 0));
    assert_ne!(other(7), other(8));
}

#[test]
fn what_does_not_hold_is_seen() {
    use workflow_fuzz::{Input, check};
    let anchor = chrono::NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
    let sound = Input::RuleText("FREQ=MONTHLY;BYMONTHDAY=31".into(), anchor);
    assert_eq!(check(1, 0, &sound), Ok(Verdict::Accepted));
    let wrong = Input::RuleText("FREQ=MONTHLY;BYMONTHDAY=32".into(), anchor);
    assert_eq!(check(1, 0, &wrong), Ok(Verdict::Refused));
}

//! Some ten thousand answers of every kind, and that what does not hold is seen.

use workflow_fuzz::harness::{self, Options};
use workflow_fuzz::{RESPONSES, Verdict, check_response, response};

#[test]
fn no_answer_panics_hangs_or_is_taken_for_what_it_is_not() {
    let options = Options {
        target: &RESPONSES,
        seed: 20_261_122,
        first: 0,
        cases: 16_000,
        threads: 2,
    };
    let report = harness::run(options);
    assert!(report.failures.is_empty(), "{report}");
    let seen: u64 = report.accepted.iter().chain(&report.refused).sum();
    assert_eq!(seen, options.cases);
    // Every kind is refused at times; every kind but errors and soup is read at times.
    for (place, kind) in RESPONSES.kinds.iter().enumerate() {
        let reads = !matches!(*kind, "the gateway's JSON" | "bytes");
        assert!(report.accepted[place] > 0 || !reads, "{kind}: {report}");
        assert!(
            report.refused[place] > 0 || *kind == "valid",
            "{kind}: {report}"
        );
    }
}

#[test]
fn a_case_is_always_the_same() {
    for case in 0..200 {
        let twice = [(); 2].map(|()| (RESPONSES.show)(7, case));
        assert_eq!(twice[0], twice[1]);
    }
    assert_ne!((RESPONSES.show)(7, 14), (RESPONSES.show)(8, 14));
}

/// A valid case, changed by hand so that it says something else.
fn changed(from: &str, to: &str, status: u16) -> Result<Verdict, String> {
    // The fifteenth kind is that of valid answers; one of them is about one job.
    let mut found = (14..).step_by(16).map(|case| response(1, case));
    let one_job = |body: &[u8]| String::from_utf8_lossy(body).contains("<ID>J000031</ID>");
    let mut input = found.find(|input| one_job(&input.response.body)).unwrap();
    let body = String::from_utf8(input.response.body).unwrap();
    assert!(body.contains(from), "{body}");
    input.response.body = body.replacen(from, to, 1).into_bytes();
    input.response.status = status;
    check_response(&input).map_err(|broken| broken.to_string())
}

#[test]
fn what_does_not_hold_is_seen() {
    assert_eq!(changed("J000031", "J000031", 200), Ok(Verdict::Accepted));
    // It is marked as valid, so that its refusal is a finding.
    for (from, to, status) in [
        ("J000031", "", 200),
        ("<Status>OK</Status>", "<Status>NO</Status>", 200),
        ("OK", "OK", 500),
    ] {
        let broken = changed(from, to, status).unwrap_err();
        assert!(broken.contains("a valid answer is read"), "{broken}");
    }
}

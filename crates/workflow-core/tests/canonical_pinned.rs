//! What the audit's hashes cover, pinned: bytes that an older version wrote still come out the same,
//! or its chain would no longer verify.

use workflow_core::canonical;
use workflow_core::numbering::JobNumbering;
use workflow_core::ports::gateway::CreateJob;
use workflow_core::practice::Practice;
use workflow_core::testing::samples::{self, Stage};
use workflow_core::workflow::Occurrence;

/// As version 0.1 encoded it, before a practice could number its jobs.
const PRACTICE: &str = "<|id=s4:acmename=s12:Harbour & Cozone=s3:UTCdeploy_time=s8:06:00:00\
                        calendar=<|name=s8:Weekendsversion=i1;weekend=[s3:Sats3:Sun]>\
                        daily_calls=<Starter|>link=<NotConnected|>>";

/// The same of an order.
const CREATE: &str = "<|client=s36:0c000000-0000-7000-8000-000000000000name=s11:Bookkeeping\
                      description=s34:By the book\n\nref: 4N3FSY61N35KF50Tstart=s10:2026-01-01\
                      due=s10:2026-01-01reference=s12:CLI-00000001\
                      template=s36:0a000000-0000-7000-8000-000000000001\
                      category=s36:0b000000-0000-7000-8000-000000000001budget=s6:1250.5>";

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_practice_that_leaves_numbers_to_xpm_is_encoded_as_before_there_was_a_choice() {
    let practice = samples::practice(&samples::practice_id("acme"));
    assert_eq!(text(canonical::bytes(&practice)), PRACTICE);
    let own = Practice {
        numbering: JobNumbering::Own {
            prefix: "WF-".parse().unwrap(),
        },
        ..practice
    };
    let chosen = PRACTICE.replace(
        "NotConnected|>>",
        "NotConnected|>numbering=<Own|prefix=s3:WF->>",
    );
    assert_eq!(text(canonical::bytes(&own)), chosen);
}

#[test]
fn an_order_without_a_number_is_encoded_as_before_there_were_any() {
    let at = samples::minute(5);
    let intended = samples::deployment(1, Occurrence::Once, at, Stage::Intended);
    let create = intended.order().unwrap().create.clone();
    assert_eq!(text(canonical::bytes(&create)), CREATE);
    let numbered = CreateJob {
        number: Some("WF-4N3FSY61N3".parse().unwrap()),
        ..create
    };
    let numbers = CREATE.replace("1250.5>", "1250.5number=s13:WF-4N3FSY61N3>");
    assert_eq!(text(canonical::bytes(&numbered)), numbers);
}

#[test]
fn what_an_older_version_stored_is_read_and_stored_as_it_was() {
    let practice = samples::practice(&samples::practice_id("acme"));
    let stored = serde_json::to_string(&practice).unwrap();
    assert!(!stored.contains("numbering"), "{stored}");
    assert_eq!(serde_json::from_str::<Practice>(&stored).unwrap(), practice);
    let at = samples::minute(5);
    let intended = samples::deployment(1, Occurrence::Once, at, Stage::Intended);
    let create = &intended.order().unwrap().create;
    let stored = serde_json::to_string(create).unwrap();
    assert!(!stored.contains("\"number\""), "{stored}");
    assert_eq!(serde_json::from_str::<CreateJob>(&stored).unwrap(), *create);
}

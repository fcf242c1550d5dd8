//! What operators are told of metrics is what the code emits: names and labels.

use std::collections::{BTreeMap, BTreeSet};

const OPERATING: &str = include_str!("../../../../docs/operating.md");
const SOURCE: &str = include_str!("../../src/metrics.rs");

type Labels = BTreeSet<String>;

/// The rows of the page's table: a name, with its labels in braces.
fn documented() -> BTreeMap<String, Labels> {
    let rows = OPERATING.lines().filter_map(|line| {
        let cell = line.strip_prefix("| `workflow_")?.split('`').next()?;
        let (name, labels) = cell.split_once('{').unwrap_or((cell, ""));
        let labels = labels.trim_end_matches('}').split(',');
        let labels = labels.filter(|label| !label.is_empty()).map(str::to_owned);
        Some((format!("workflow_{name}"), labels.collect()))
    });
    rows.collect()
}

/// What the macros of the `metrics` facade are called with.
fn emitted() -> BTreeMap<String, Labels> {
    let name_of = |constant: &str| {
        let (_, rest) = SOURCE.split_once(&format!("const {constant}: &str = \""))?;
        rest.split('"').next().map(str::to_owned)
    };
    let calls = ["counter!(", "histogram!(", "gauge!("];
    let calls = calls.iter().flat_map(|call| SOURCE.split(call).skip(1));
    let mut found: BTreeMap<String, Labels> = BTreeMap::new();
    for call in calls {
        let arguments = call.split(')').next().expect("a call ends");
        let mut arguments = arguments.split(',').map(str::trim);
        let constant = arguments.next().expect("a name");
        let name = name_of(constant).unwrap_or_else(|| panic!("{constant} is no constant here"));
        let labels = arguments.filter_map(|argument| argument.split_once("=>"));
        let labels = labels.map(|(label, _)| label.trim().trim_matches('"').to_owned());
        found.entry(name).or_default().extend(labels);
    }
    found
}

#[test]
fn what_is_documented_of_metrics_is_what_is_emitted() {
    let emitted = emitted();
    assert_eq!(documented(), emitted);
    let named = scheduler::METRIC_NAMES.iter().map(|(name, _)| *name);
    let named: BTreeSet<&str> = named.collect();
    assert_eq!(named, emitted.keys().map(String::as_str).collect());
    assert!(named.len() > 3, "the table was read: {named:?}");
}

/// Metrics are kept in one place, which the test above reads.
#[test]
fn no_other_module_emits_metrics() {
    let mut files = vec![concat!(env!("CARGO_MANIFEST_DIR"), "/src").into()];
    while let Some::<std::path::PathBuf>(path) = files.pop() {
        if path.is_dir() {
            let inside = std::fs::read_dir(path).unwrap();
            files.extend(inside.map(|file| file.unwrap().path()));
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let emits = ["counter!(", "histogram!(", "gauge!("];
        let emits = emits.iter().any(|call| text.contains(call));
        assert_eq!(emits, path.ends_with("metrics.rs"), "{}", path.display());
    }
}

//! What `workflow-core` may depend on: nothing that does input or output, reads a clock or draws
//! randomness. A new dependency is a decision, so it is added here by hand.

use std::collections::BTreeSet;

use crate::run::{Failed, cargo};

const ALLOWED: &str = include_str!("../core-dependencies.txt");

/// # Errors
///
/// [`Failed::Rule`] names what the core depends on and may not, and what the list names in vain.
pub(crate) fn check() -> Result<(), Failed> {
    let tree = cargo(&[
        "tree",
        "--package",
        "workflow-core",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--no-dedupe",
        "--format",
        "{p}",
        "--features",
        "serde",
    ]);
    let output = tree.output()?;
    let found: BTreeSet<&str> = output
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let allowed: BTreeSet<&str> = ALLOWED
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .collect();
    let named = |names: Vec<&&str>| {
        names
            .iter()
            .map(|name| **name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let extra: Vec<&&str> = found.difference(&allowed).collect();
    if !extra.is_empty() {
        return Err(Failed::Rule(format!(
            "workflow-core may not depend on {}; its list is crates/xtask/core-dependencies.txt",
            named(extra)
        )));
    }
    let unused: Vec<&&str> = allowed.difference(&found).collect();
    if !unused.is_empty() {
        return Err(Failed::Rule(format!(
            "crates/xtask/core-dependencies.txt names {}, which workflow-core no longer uses",
            named(unused)
        )));
    }
    eprintln!(
        "── workflow-core depends on {} crates, all of them on its list",
        found.len()
    );
    Ok(())
}

//! The document of the sandbox against its code: no endpoint, fault, guess or control call is missing
//! from it, and none is in it that does not exist.

use std::collections::BTreeSet;

use xpm_sandbox::{CallKind, Fault, Guesses};

const DOCUMENT: &str = include_str!("../../../../docs/sandbox.md");
const CONTROL: &str = include_str!("../../src/web/control.rs");
const GUESSED: &str = include_str!("../../src/inferred/mod.rs");

/// The first cells of the table below a heading, without its head.
fn rows(heading: &str) -> Vec<&'static str> {
    let (_, section) = DOCUMENT
        .split_once(&format!("\n{heading}\n"))
        .expect(heading);
    let level = heading.split(' ').next().expect("a heading");
    let end = section
        .find(&format!("\n{level} "))
        .unwrap_or(section.len());
    let lines = section[..end].lines().filter(|line| line.starts_with('|'));
    let cells = lines.map(|line| line.trim_matches('|').split('|').next().unwrap_or_default());
    cells.map(str::trim).skip(2).collect()
}

/// The texts in backquotes of some cells.
fn quoted(cells: &[&'static str]) -> BTreeSet<&'static str> {
    let each = cells
        .iter()
        .flat_map(|cell| cell.split('`').skip(1).step_by(2));
    each.collect()
}

#[test]
fn every_endpoint_is_in_the_table_and_no_other() {
    let documented = quoted(&rows("## Endpoints"));
    let known: BTreeSet<String> = CallKind::ALL
        .iter()
        .map(|kind| format!("{} {}", kind.verb(), kind.path()))
        .collect();
    let known: BTreeSet<&str> = known.iter().map(String::as_str).collect();
    let missing: Vec<_> = known.difference(&documented).collect();
    let unknown: Vec<_> = documented.difference(&known).collect();
    assert!(missing.is_empty(), "not documented: {missing:#?}");
    assert!(unknown.is_empty(), "documented and not there: {unknown:#?}");
}

#[test]
fn every_fault_is_in_the_table_and_no_other() {
    let documented: Vec<_> = rows("## Faults");
    let names: BTreeSet<&str> = documented
        .iter()
        .map(|cell| cell.split('`').nth(1).unwrap())
        .collect();
    let known: BTreeSet<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
    assert_eq!(names, known);
}

#[test]
fn every_guess_is_in_the_table_with_its_choices() {
    let (_, section) = DOCUMENT.split_once("\n## Guesses\n").expect("a section");
    let switches = Guesses::default().switches();
    for switch in &switches {
        let line = section
            .lines()
            .find(|line| line.contains(&format!("`{}`", switch.name)));
        let line = line.unwrap_or_else(|| panic!("{} is not documented", switch.name));
        let choices: Vec<_> = switch
            .choices
            .iter()
            .map(|choice| format!("`{}`", choice.name))
            .collect();
        assert!(
            line.contains(&choices.join(", ")),
            "{line} lacks {choices:?}"
        );
        assert!(
            line.contains(switch.question.trim_end_matches('.')),
            "{line}: {}",
            switch.question
        );
    }
    assert_eq!(
        rows("## Guesses").len(),
        switches.len(),
        "a guess that is none"
    );
}

#[test]
fn every_control_call_is_in_the_table_and_no_other() {
    let routes = CONTROL
        .split(".route(\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap());
    let known: BTreeSet<String> = routes.map(|path| format!("/_sandbox{path}")).collect();
    let documented: BTreeSet<String> = quoted(&rows("## The control interface"))
        .into_iter()
        .filter_map(|text| text.split_once(" /_sandbox"))
        .map(|(_, path)| format!("/_sandbox{}", path.split('?').next().unwrap()))
        .collect();
    assert_eq!(documented, known);
}

#[test]
fn every_switch_is_named_where_the_guesses_are_listed() {
    // The list in the rustdoc names the type of each guess that is a switch.
    let source = include_str!("../../src/inferred/switches.rs");
    let kinds = source.lines().filter_map(|line| {
        let (_, rest) = line.trim().split_once("\": ")?;
        rest.strip_suffix(" {")
    });
    let kinds: Vec<_> = kinds
        .filter(|kind| kind.chars().all(char::is_alphabetic))
        .collect();
    assert_eq!(kinds.len(), Guesses::default().switches().len());
    for kind in kinds {
        assert!(
            GUESSED.contains(&format!("[`{kind}`]")),
            "{kind} is not listed"
        );
    }
}

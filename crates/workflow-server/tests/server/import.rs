//! `import`: whole or not at all, the same however often, and each fault with field and line.

use std::fs;

use serde_json::{Value, json};

use crate::support::{good, ran, server};

fn sample() -> Value {
    serde_json::from_str(&good(&["sample", "--today", "2026-11-22"])).unwrap()
}

/// Imports this text into a new database; the exit code, and both outputs.
fn import(text: &str, more: &[&str]) -> crate::support::Ran {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("practice.json");
    fs::write(&file, text).unwrap();
    let mut command = server(&["import", file.to_str().unwrap(), "--database"]);
    ran(command.arg(folder.path().join("p.db")).args(more))
}

/// The faults of a sample that was spoilt: line, field and reason of each.
fn faults(spoil: impl FnOnce(&mut Value)) -> Vec<(u64, String, String)> {
    let mut file = sample();
    spoil(&mut file);
    let text = serde_json::to_string_pretty(&file).unwrap();
    let refused = import(&text, &["--json"]);
    assert_eq!(refused.code, Some(2), "{}", refused.err);
    assert!(
        refused.err.contains("nothing was imported"),
        "{}",
        refused.err
    );
    let answer: Value = serde_json::from_str(&refused.out).unwrap();
    let named = answer["faults"]["named"].as_array().unwrap().clone();
    let lines: Vec<&str> = text.lines().collect();
    for fault in &named {
        // The line named holds the last part of the field's path, or begins what lacks it.
        let line = lines[usize::try_from(fault["line"].as_u64().unwrap()).unwrap() - 1];
        let field = fault["field"].as_str().unwrap();
        let last = field.rsplit('.').next().unwrap();
        let begins = line.trim_end().ends_with('{') || last.ends_with(']');
        assert!(
            begins || line.contains(&format!("\"{last}\"")),
            "{fault} names {line:?}"
        );
    }
    let text = |fault: &Value, name: &str| fault[name].as_str().unwrap().to_owned();
    named
        .iter()
        .map(|fault| {
            let line = fault["line"].as_u64().unwrap();
            (line, text(fault, "field"), text(fault, "reason"))
        })
        .collect()
}

#[test]
fn an_import_is_idempotent_and_changes_what_differs() {
    let folder = tempfile::tempdir().unwrap();
    let (file, database) = (folder.path().join("p.json"), folder.path().join("p.db"));
    let mut content = sample();
    let import = |content: &Value| {
        fs::write(&file, content.to_string()).unwrap();
        let (file, database) = (file.to_str().unwrap(), database.to_str().unwrap());
        good(&["import", file, "--database", database])
    };
    let first = import(&content);
    let all: usize = first.split(' ').next().unwrap().parse().unwrap();
    assert_eq!(first, format!("{all} added, 0 changed, 0 unchanged\n"));
    assert!(all > 150, "{all}");
    assert_eq!(
        import(&content),
        format!("0 added, 0 changed, {all} unchanged\n")
    );
    content["clients"][0]["name"] = json!("Harbour Café & Bar Pty Ltd");
    assert_eq!(
        import(&content),
        format!("0 added, 1 changed, {} unchanged\n", all - 1)
    );
}

#[test]
fn every_fault_is_named_by_field_and_line_and_nothing_is_imported() {
    let found = faults(|file| {
        file["practice"]["time_zone"] = json!("Atlantis/Central");
        file["people"][0]["id"] = json!("");
        file["clients"][3]["financial_year_end"] = json!(13);
        file["clients"][4]["uuid"] = json!("no uuid");
        file["workflows"][0]["budget"] = json!("-5");
        file["workflows"][0]["staff"] = json!(["nobody"]);
        file["workflows"][3]["schedule"]["recurring"]["from"] = json!("yesterday");
        file["workflows"][4]["colour"] = json!("red");
        file["workflows"][5]["name"] = json!(7);
    });
    let fields: Vec<&str> = found.iter().map(|(_, field, _)| field.as_str()).collect();
    for field in [
        "practice.time_zone",
        "people[0].id",
        "clients[3].financial_year_end",
        "clients[4].uuid",
        "workflows[0].budget",
        "workflows[0].staff[0]",
        "workflows[3].schedule.recurring.from",
        "workflows[4]",
        "workflows[5].name",
    ] {
        assert!(fields.contains(&field), "{field} in {found:?}");
    }
    let lines: Vec<u64> = found.iter().map(|(line, _, _)| *line).collect();
    assert!(lines.is_sorted(), "{lines:?}");
    let reason = |field: &str| &found.iter().find(|fault| fault.1 == field).unwrap().2;
    assert!(reason("workflows[4]").starts_with("unknown field `colour`"));
    assert!(reason("workflows[0].staff[0]").contains("there is no person nobody in this file"));
    assert!(reason("clients[3].financial_year_end").contains("must be from 1 to 12"));
}

#[test]
fn what_the_rules_refuse_is_named_too() {
    let found = faults(|file| {
        file["workflows"][0]["name"] = json!("Return {quarterly}");
        let twin = file["workflows"][4].clone();
        let all = file["workflows"].as_array_mut().unwrap();
        let mut twin = twin;
        twin["key"] = json!("obrien/second");
        all.push(twin);
    });
    let fields: Vec<&str> = found.iter().map(|(_, field, _)| field.as_str()).collect();
    assert!(fields.contains(&"workflows[0]"), "{found:?}");
    let all = &found
        .iter()
        .map(|fault| fault.2.as_str())
        .collect::<Vec<_>>()
        .join("; ");
    assert!(all.contains("quarterly"), "{all}");
    assert!(
        all.contains("billing: ") && all.contains("client level"),
        "{all}"
    );
}

#[test]
fn a_hundred_faults_are_named_and_the_rest_are_counted() {
    let mut file = sample();
    let one = file["clients"][0].clone();
    file["clients"] = Value::Array(vec![one; 150]);
    let refused = import(&file.to_string(), &[]);
    assert_eq!(refused.code, Some(2));
    let first = refused.err.lines().next().unwrap();
    assert!(
        first.ends_with("faults:") || first.contains(" faults"),
        "{first}"
    );
    assert!(refused.err.trim_end().ends_with("more"), "{}", refused.err);
    assert_eq!(refused.err.lines().count(), 102, "{}", refused.err);
}

#[test]
fn text_that_is_no_json_names_its_line_and_an_unknown_version_its_number() {
    let refused = import("{\n  \"version\": 1,\n  oops\n}", &[]);
    assert_eq!(refused.code, Some(2));
    assert!(
        refused.err.contains("line 3: key must be a string"),
        "{}",
        refused.err
    );
    let refused = import("{\"version\": 2, \"anything\": []}", &[]);
    assert!(
        refused
            .err
            .contains("version: this program reads version 1, the file says 2"),
        "{}",
        refused.err
    );
    let refused = import("{\"version\": 1,\n\"practices\": {}}", &[]);
    assert!(
        refused.err.contains("line 2: unknown field `practices`"),
        "{}",
        refused.err
    );
}

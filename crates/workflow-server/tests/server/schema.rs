//! `docs/practice-file.schema.json` says what the program reads: the sample fits it, and what it
//! refuses the program refuses too.

use serde_json::{Map, Value, json};

use crate::support::good;

fn schema() -> Value {
    let text = include_str!("../../../../docs/practice-file.schema.json");
    serde_json::from_str(text).expect("the schema is JSON")
}

fn sample() -> Value {
    serde_json::from_str(&good(&["sample", "--today", "2026-11-22"])).unwrap()
}

#[test]
fn the_sample_fits_the_schema() {
    let schema = schema();
    assert_eq!(misfits(&schema, &schema, &sample(), ""), [] as [String; 0]);
    let big = good(&["sample", "--clients", "20", "--workflows", "40"]);
    let big = serde_json::from_str(&big).unwrap();
    assert_eq!(misfits(&schema, &schema, &big, ""), [] as [String; 0]);
}

#[test]
fn either_way_of_numbering_jobs_fits_the_schema() {
    let schema = schema();
    for sound in [json!("xpm"), json!({"own": {"prefix": "WF-"}})] {
        let mut file = sample();
        file["practice"]["job_numbering"] = sound;
        assert_eq!(misfits(&schema, &schema, &file, ""), [] as [String; 0]);
    }
}

#[test]
fn what_the_program_refuses_does_not_fit() {
    let schema = schema();
    for (pointer, wrong) in [
        ("/version", json!(2)),
        ("/practice/id", json!("Harbour & Co")),
        ("/practice/job_numbering", json!("ours")),
        (
            "/practice/job_numbering",
            json!({"own": {"prefix": "lower"}}),
        ),
        ("/practice/job_numbering", json!({"own": {}})),
        ("/clients/0/financial_year_end", json!(13)),
        ("/clients/0/colour", json!("red")),
        ("/workflows/0/billing", json!("none")),
        ("/workflows/0/schedule", json!("sometimes")),
        ("/workflows/0/timing", json!({"lead": {"weeks": 2}})),
        ("/proposals/0/state", json!("lost")),
    ] {
        let mut file = sample();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        file.pointer_mut(parent).unwrap()[name] = wrong;
        assert_ne!(
            misfits(&schema, &schema, &file, ""),
            [] as [String; 0],
            "{pointer}"
        );
    }
}

/// Where a value does not fit a schema. It knows the keywords that the schema uses, and fails on
/// any other.
fn misfits(root: &Value, schema: &Value, value: &Value, at: &str) -> Vec<String> {
    let schema = schema.as_object().expect("a schema is an object");
    let mut found = Vec::new();
    for (keyword, rule) in schema {
        let fits = match keyword.as_str() {
            "$schema" | "$id" | "title" | "description" | "$defs" | "format" => true,
            "$ref" => {
                let pointer = rule.as_str().unwrap().trim_start_matches('#');
                let target = root.pointer(pointer).expect("a definition");
                found.extend(misfits(root, target, value, at));
                true
            }
            "type" => has_type(rule.as_str().unwrap(), value),
            "const" => value == rule,
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value.as_i64() >= rule.as_i64(),
            "maximum" => value.as_i64() <= rule.as_i64(),
            "minLength" => value.as_str().map(|text| text.chars().count() as u64) >= rule.as_u64(),
            "maxLength" => value.as_str().map(|text| text.chars().count() as u64) <= rule.as_u64(),
            "minItems" => value.as_array().map(|all| all.len() as u64) >= rule.as_u64(),
            "maxItems" => value.as_array().map(|all| all.len() as u64) <= rule.as_u64(),
            "minProperties" => value.as_object().map(|all| all.len() as u64) >= rule.as_u64(),
            "maxProperties" => value.as_object().map(|all| all.len() as u64) <= rule.as_u64(),
            "pattern" => pattern(rule.as_str().unwrap(), value.as_str().unwrap_or_default()),
            "required" => rule
                .as_array()
                .unwrap()
                .iter()
                .all(|name| value.get(name.as_str().unwrap()).is_some()),
            "properties" => {
                for (name, rule) in rule.as_object().unwrap() {
                    if let Some(value) = value.get(name) {
                        found.extend(misfits(root, rule, value, &format!("{at}/{name}")));
                    }
                }
                true
            }
            "additionalProperties" => {
                assert_eq!(rule, &json!(false));
                let none = Map::new();
                let known = schema["properties"].as_object().unwrap_or(&none);
                value
                    .as_object()
                    .is_none_or(|all| all.keys().all(|name| known.contains_key(name)))
            }
            "items" => {
                for (n, value) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(misfits(root, rule, value, &format!("{at}/{n}")));
                }
                true
            }
            "oneOf" => {
                let ways = rule.as_array().unwrap().iter();
                ways.filter(|way| misfits(root, way, value, at).is_empty())
                    .count()
                    == 1
            }
            unknown => panic!("the schema uses {unknown}, which this test does not know"),
        };
        if !fits {
            found.push(format!("{at}: {keyword}"));
        }
    }
    found
}

fn has_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        unknown => panic!("the schema uses the type {unknown}, which this test does not know"),
    }
}

/// The patterns that the schema uses, by hand.
fn pattern(pattern: &str, text: &str) -> bool {
    let shape = |shape: &str| {
        text.len() == shape.len()
            && text
                .bytes()
                .zip(shape.bytes())
                .all(|(byte, kind)| match kind {
                    b'9' => byte.is_ascii_digit(),
                    b'x' => byte.is_ascii_hexdigit(),
                    _ => byte == kind,
                })
    };
    match pattern {
        "^[a-z0-9-]{1,64}$" => {
            (1..=64).contains(&text.len())
                && text
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        }
        "^[A-Z][A-Z0-9-]{0,5}$" => {
            (1..=6).contains(&text.len())
                && text.starts_with(|first: char| first.is_ascii_uppercase())
                && text
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'-')
        }
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" => shape("9999-99-99"),
        "^[0-9]{2}:[0-9]{2}$" => shape("99:99"),
        "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$" => {
            shape("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx")
        }
        "^[0-9]{1,9}(\\.[0-9]{1,2})?$" => text.parse::<f64>().is_ok_and(|amount| amount >= 0.0),
        unknown => panic!("the schema uses the pattern {unknown}, which this test does not know"),
    }
}

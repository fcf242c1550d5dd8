//! `calendar`, and the calendar of a practice file.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{good, ran, refused, server};

/// A folder with a practice file of that calendar, imported into `p.db` where it is sound.
fn imported(calendar: &Value, files: &[(&str, &str)]) -> (tempfile::TempDir, crate::support::Ran) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let mut file: Value =
        serde_json::from_str(&good(&["sample", "--today", "2026-11-22"])).unwrap();
    file["practice"]["calendar"] = calendar.clone();
    let path = folder.path().join("practice.json");
    fs::write(&path, serde_json::to_string_pretty(&file).unwrap()).unwrap();
    let mut command = server(&["import", path.to_str().unwrap(), "--database"]);
    let ran = ran(command.arg(folder.path().join("p.db")));
    (folder, ran)
}

fn calendar(folder: &Path, args: &[&str]) -> crate::support::Ran {
    let mut command = server(&["calendar"]);
    ran(command
        .args(args)
        .arg("--database")
        .arg(folder.join("p.db")))
}

fn fault(calendar: &Value, files: &[(&str, &str)]) -> String {
    let (_folder, ran) = imported(calendar, files);
    assert_eq!(ran.code, Some(2), "{}", ran.err);
    let fault = ran.err.lines().nth(1).unwrap_or_default();
    fault.split_once(": ").unwrap().1.to_owned()
}

#[test]
fn regions_are_listed_and_shown() {
    let list = good(&["calendar", "list"]);
    assert!(list.contains("NZ-AUK") && list.contains("Auckland") && list.contains("New Zealand"));
    assert_eq!(list.lines().count(), 107);
    let shown = good(&["calendar", "show", "au-vic", "--year", "2027"]);
    assert!(
        shown.starts_with("Victoria, Australia (AU-VIC), 2025 to 2030; from holidays 0.109"),
        "{shown}"
    );
    assert!(
        shown.contains("2027-11-02  Tue  Melbourne Cup Day"),
        "{shown}"
    );
    assert!(!shown.contains("\n2026-"), "{shown}");
    let unknown = refused(&mut server(&["calendar", "show", "AU-ATLANTIS"]), 2);
    assert!(
        unknown.contains("\"AU-ATLANTIS\"") && unknown.contains("calendar list"),
        "{unknown}"
    );
    let year = refused(
        &mut server(&["calendar", "show", "NZ", "--year", "2031"]),
        2,
    );
    assert!(year.contains("from 2025 to 2030, not of 2031"), "{year}");
}

#[test]
fn a_practice_file_takes_holidays_from_a_region_a_file_and_itself() {
    let ics = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261229\r\n\
               DTEND;VALUE=DATE:20261231\r\nSUMMARY:Shutdown\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let holidays = json!({
        "region": "AU-VIC", "file": "closures.ics", "removed": ["2026-11-03"],
        "extra": [{"date": "2026-12-24", "name": "Office closed"}, {"date": "2026-12-25", "name": "Yule"}],
    });
    let (folder, ran) = imported(&json!({"holidays": holidays}), &[("closures.ics", ics)]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    // What is there already is not added, so that a file of it changes nothing.
    let csv = "2026-12-24,x\n2026-12-25,x\n2026-12-29,x\n2026-12-30,x\n2027-11-02,x\n";
    let same = folder.path().join("same.csv");
    fs::write(&same, csv).unwrap();
    let ran = calendar(folder.path(), &["import", same.to_str().unwrap()]);
    assert!(
        ran.out
            .ends_with("the calendar is so already: nothing was changed\n"),
        "{}{}",
        ran.out,
        ran.err
    );
    // Melbourne Cup Day was removed, and Monday the 2nd is worked on in any case.
    fs::write(&same, "2026-11-03,Cup Day\n").unwrap();
    let ran = calendar(
        folder.path(),
        &["import", same.to_str().unwrap(), "--dry-run"],
    );
    assert!(
        ran.out
            .contains("(version 1) → Victoria, Australia (version 2)"),
        "{}",
        ran.out
    );
    assert!(ran.out.ends_with("nothing was changed\n"), "{}", ran.out);
}

#[test]
fn a_calendar_is_set_with_what_it_moves_shown() {
    let (folder, ran) = imported(&json!({"name": "Harbour", "holidays": []}), &[]);
    assert_eq!(ran.code, Some(0), "{}", ran.err);
    let dry = calendar(
        folder.path(),
        &["set", "AU-VIC", "--practice", "harbour", "--dry-run"],
    );
    assert_eq!(dry.code, Some(0), "{}", dry.err);
    assert!(
        dry.out
            .contains("Harbour (version 1) → Victoria, Australia (version 2)"),
        "{}",
        dry.out
    );
    assert!(
        dry.out.contains(" dates move up to ") && dry.out.contains(" → 20"),
        "{}",
        dry.out
    );
    let set = calendar(folder.path(), &["set", "AU-VIC", "--practice", "harbour"]);
    assert!(
        set.out.ends_with("harbour's calendar is now version 2\n"),
        "{}{}",
        set.out,
        set.err
    );
    let again = calendar(folder.path(), &["set", "AU-VIC"]);
    assert!(
        again.out.ends_with("nothing was changed\n"),
        "{}",
        again.out
    );
    let db = folder.path().join("p.db");
    let verified = good(&["audit", "verify", "--database", db.to_str().unwrap()]);
    assert!(verified.contains("harbour"), "{verified}");
}

#[test]
fn what_a_calendar_may_not_be_is_named() {
    let of = |holidays: Value| json!({"name": "x", "holidays": holidays});
    let cases: &[(Value, &str)] = &[
        (
            json!({"holidays": []}),
            "calendar.name: is missing, and there is no region to take it from",
        ),
        (
            of(json!("AU-ATLANTIS")),
            "calendar.holidays: no holidays are known of the region \"AU-ATLANTIS\"",
        ),
        (
            of(json!({"region": "XX"})),
            "calendar.holidays.region: no holidays are known of the region \"XX\"",
        ),
        (
            of(json!({"region": "NZ", "removed": ["2026-11-03"]})),
            "calendar.holidays.removed[0]: 2026-11-03 is no holiday that could be removed",
        ),
        (
            of(json!({"file": "../x.ics"})),
            "calendar.holidays.file: must be a file beside this one",
        ),
        (
            of(json!({"file": "/etc/hosts.csv"})),
            "calendar.holidays.file: must be a file beside this one",
        ),
        (
            of(json!({"file": "closures.txt"})),
            "must end in .csv, .jsonl or .ics",
        ),
        (of(json!({"file": "none.csv"})), "none.csv cannot be read"),
        (
            of(json!({"file": "bad.csv"})),
            "bad.csv: line 2: date must be a date such as 2026-12-25",
        ),
        (
            of(json!({"region": "NZ", "extra": [{"date": "2026-13-01", "name": "x"}]})),
            "calendar.holidays.extra[0].date: must be a date",
        ),
        (of(json!({"regions": "NZ"})), "unknown field `regions`"),
        (of(json!(7)), "a region such as \"AU-VIC\""),
    ];
    for (calendar, expected) in cases {
        let found = fault(
            calendar,
            &[("bad.csv", "date,name\n1.1.2026,x\n"), ("closures.txt", "")],
        );
        assert!(found.contains(expected), "{found}\nnot {expected}");
    }
}

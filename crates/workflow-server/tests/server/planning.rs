//! `plan`, `apply`, `bulk`, `replace-person` and `preflight`, over a database beside which nothing
//! runs.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{good, ran, refused, server};

const CLIENT: &str = "0c1f0000-0000-4000-8000-000000000001";
const STAFF: [&str; 2] = [
    "0a1f0000-0000-4000-8000-000000000001",
    "0a1f0000-0000-4000-8000-000000000002",
];
const TEMPLATE: &str = "0d1f0000-0000-4000-8000-000000000001";

/// A practice with two people who are linked and one who is not, and three workflows.
fn practice() -> Value {
    json!({
        "version": 1,
        "practice": {
            "id": "acme",
            "name": "Acme",
            "time_zone": "Pacific/Auckland",
            "calendar": { "name": "weekends", "version": 1 },
        },
        "people": [
            { "id": "grace", "name": "Grace Lee", "staff": STAFF[0] },
            { "id": "tom", "name": "Tom Ng", "staff": STAFF[1] },
            { "id": "new", "name": "New Person" },
        ],
        "directory": {
            "staff": [
                { "uuid": STAFF[0], "name": "Grace Lee" },
                { "uuid": STAFF[1], "name": "Tom Ng" },
            ],
            "templates": [{ "uuid": TEMPLATE, "name": "Bookkeeping" }],
        },
        "clients": [{ "uuid": CLIENT, "name": "Blue Gum Cafe", "financial_year_end": 3 }],
        "workflows": [
            workflow("books", "Books {month}", "grace"),
            workflow("payroll", "Payroll {month}", "grace"),
            workflow("advice", "Advice {month}", "tom"),
        ],
    })
}

fn workflow(key: &str, name: &str, partner: &str) -> Value {
    json!({
        "key": key,
        "client": CLIENT,
        "name": name,
        "partner": partner,
        "templates": [TEMPLATE],
        "schedule": { "recurring": "every month, from 15 January 2031" },
    })
}

struct World {
    folder: tempfile::TempDir,
}

impl World {
    fn begin() -> Self {
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        world.import(&practice());
        world
    }

    fn import(&self, content: &Value) {
        let file = self.path("practice.json");
        fs::write(&file, content.to_string()).unwrap();
        good(&["import", &file, "--database", &self.database()]);
    }

    fn path(&self, name: &str) -> String {
        Path::new(self.folder.path())
            .join(name)
            .to_str()
            .unwrap()
            .to_owned()
    }

    fn database(&self) -> String {
        self.path("p.db")
    }

    fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = server(args);
        command.args(["--database", &self.database()]);
        command
    }

    fn good(&self, args: &[&str]) -> String {
        let ran = ran(&mut self.command(args));
        assert_eq!(ran.code, Some(0), "{args:?}: {} {}", ran.out, ran.err);
        ran.out
    }

    fn json(&self, args: &[&str]) -> Value {
        serde_json::from_str(&self.good(args)).unwrap()
    }

    /// The names of the jobs to come up to a day.
    fn names(&self, until: &str) -> Vec<String> {
        let plan = self.json(&["plan", "--until", until, "--json"]);
        let jobs = plan["jobs"].as_array().unwrap().iter();
        jobs.map(|job| job["name"].as_str().unwrap().to_owned())
            .collect()
    }

    fn verified(&self) {
        good(&["audit", "verify", "--database", &self.database()]);
    }
}

#[test]
fn a_plan_is_written_to_a_file_and_applied_once() {
    let world = World::begin();
    let file = world.path("plan.json");
    let said = world.good(&[
        "plan",
        "--key",
        "books",
        "--until",
        "2031-02-28",
        "--out",
        &file,
    ]);
    assert!(said.starts_with("2 jobs, up to 2031-02-28"), "{said}");
    assert!(
        said.contains("Books January 2031") && said.contains("Grace Lee"),
        "{said}"
    );
    assert!(
        said.contains("4 calls, 60 left this minute and 1000 left today"),
        "{said}"
    );
    assert!(!said.contains("Payroll"), "{said}");
    assert_eq!(world.names("2031-02-28").len(), 6, "nothing has happened");

    assert_eq!(
        world.good(&["apply", &file, "--row", "1"]),
        "1 done, 0 done before, 0 not done\n"
    );
    assert_eq!(
        world.good(&["apply", &file]),
        "1 done, 1 done before, 0 not done\n"
    );
    let again = world.json(&["apply", &file, "--json"]);
    assert_eq!(
        (&again["done"], &again["rows"][0]["outcome"]),
        (&json!(2), &json!("done before"))
    );
    let mut left = world.names("2031-02-28");
    left.sort();
    let expected = [
        "Advice February",
        "Advice January",
        "Payroll February",
        "Payroll January",
    ];
    assert_eq!(left, expected.map(|name| format!("{name} 2031")));
    world.verified();
}

#[test]
fn a_plan_is_refused_line_by_line_where_things_have_changed() {
    let world = World::begin();
    let file = world.path("plan.json");
    world.good(&["plan", "--until", "2031-01-31", "--out", &file]);
    let mut content = practice();
    content["workflows"][0]["name"] = json!("Bookkeeping {month}");
    world.import(&content);
    let ran = ran(&mut world.command(&["apply", &file]));
    assert_eq!((ran.code, ran.out.as_str()), (Some(1), ""));
    assert!(
        ran.err.contains(
            "nothing was applied: things have changed since the plan was made, in 1 of its rows"
        ),
        "{}",
        ran.err
    );
    assert!(
        ran.err
            .contains("job name was “Books January 2031”, is “Bookkeeping January 2031”"),
        "{}",
        ran.err
    );
    assert_eq!(world.names("2031-01-31").len(), 3, "nothing was done");
}

#[test]
fn a_plan_that_cannot_be_used_is_refused_before_anything_is_done() {
    let world = World::begin();
    let file = world.path("plan.json");
    world.good(&["plan", "--until", "2031-01-31", "--out", &file]);
    let text = fs::read_to_string(&file).unwrap();
    let altered = world.path("altered.json");
    for (content, said) in [
        (
            text.replace("Books January", "Cooks January"),
            "the plan was altered since it was made",
        ),
        (
            text.replace("\"format\": 1", "\"format\": 9"),
            "format: 9 is not known here",
        ),
        ("{}".to_owned(), "missing field"),
    ] {
        fs::write(&altered, content).unwrap();
        let refused = refused(&mut world.command(&["apply", &altered]), 2);
        assert!(refused.contains(said), "{refused}");
    }
    let refused_row = refused(&mut world.command(&["apply", &file, "--row", "9"]), 2);
    assert!(refused_row.contains("the plan has 3 rows"), "{refused_row}");
    let missing = refused(&mut world.command(&["apply", "/nowhere/plan.json"]), 2);
    assert!(missing.contains("cannot be read"), "{missing}");
    let mut elsewhere = server(&["apply", &file, "--database", &world.path("none.db")]);
    assert!(refused(&mut elsewhere, 2).contains("there is no database at"));
    assert!(!Path::new(&world.path("none.db")).exists());
    let nowhere = [
        "plan",
        "--until",
        "2031-01-31",
        "--out",
        "/nowhere/plan.json",
    ];
    assert!(refused(&mut world.command(&nowhere), 2).contains("cannot be written"));
}

#[test]
fn a_filter_names_its_fields_and_what_there_is_not() {
    let world = World::begin();
    let names = |filter: &str| {
        let args = [
            "plan",
            "--until",
            "2031-01-31",
            "--json",
            "--filter",
            filter,
        ];
        let plan = world.json(&args);
        let jobs = plan["jobs"].as_array().unwrap().clone();
        jobs.iter()
            .map(|job| job["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("partner=tom"), ["Advice January 2031"]);
    assert_eq!(names("name=PAY"), ["Payroll January 2031"]);
    assert_eq!(names("template=bookkeeping").len(), 3);
    assert_eq!(names("client=blue gum").len(), 3);
    assert_eq!(names("due-from=2031-01-16").len(), 0);
    for (filter, said) in [
        ("partnr=tom", "there is no field partnr"),
        ("partner", "FIELD=VALUE"),
        ("state=asleep", "state must be one of"),
        ("template=Nothing", "has nothing named"),
        ("client=Nobody", "there is no client"),
    ] {
        let refused = refused(&mut world.command(&["plan", "--filter", filter]), 2);
        assert!(refused.contains(said), "{filter}: {refused}");
    }
}

#[test]
fn a_person_is_replaced_from_a_day_on() {
    let world = World::begin();
    let partners = || {
        let plan = world.json(&["plan", "--key", "books", "--until", "2031-03-31", "--json"]);
        let jobs = plan["jobs"].as_array().unwrap().clone();
        jobs.iter()
            .map(|job| job["partner"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let replace = [
        "replace-person",
        "--from",
        "grace",
        "--to",
        "tom",
        "--on",
        "2031-02-01",
    ];
    let mut dry = replace.to_vec();
    dry.push("--dry-run");
    let said = world.good(&dry);
    assert!(said.starts_with("2 workflows to change\n"), "{said}");
    assert_eq!(partners(), ["Grace Lee"; 3]);
    let said = world.good(&replace);
    assert!(
        said.ends_with("2 done, 0 done before, 0 not done\n"),
        "{said}"
    );
    assert_eq!(partners(), ["Grace Lee", "Tom Ng", "Tom Ng"]);
    assert!(world.good(&replace).starts_with("0 workflows to change"));
    world.verified();

    let nobody = ["replace-person", "--from", "grace", "--to", "nobody"];
    assert!(refused(&mut world.command(&nobody), 2).contains("no person nobody"));
    let nobody = ["replace-person", "--from", "nobody", "--to", "grace"];
    assert!(refused(&mut world.command(&nobody), 2).contains("no person nobody"));
    let unlinked = ran(&mut world.command(&["replace-person", "--from", "grace", "--to", "new"]));
    assert_eq!(unlinked.code, Some(1));
    assert!(
        unlinked.err.contains("New Person is not linked"),
        "{}",
        unlinked.err
    );
}

#[test]
fn workflows_are_edited_and_archived_in_bulk() {
    let world = World::begin();
    let edit = [
        "bulk",
        "edit",
        "--filter",
        "partner=grace",
        "--set",
        "budget=850",
        "--clear",
        "partner",
    ];
    let said = world.good(&edit);
    assert!(
        said.contains("budget nothing → 850.00; partner grace → nothing"),
        "{said}"
    );
    assert!(
        said.ends_with("2 done, 0 done before, 0 not done\n"),
        "{said}"
    );
    for (args, said) in [
        (
            &["bulk", "edit", "--filter", "partner=tom"][..],
            "what is to change",
        ),
        (&["bulk", "edit", "--set", "budget=1"], "which workflows?"),
        (&["bulk", "archive"], "which workflows?"),
        (
            &["bulk", "edit", "--key", "books", "--set", "colour=red"],
            "there is no field colour",
        ),
        (
            &["bulk", "edit", "--key", "books", "--set", "budget=-1"],
            "budget",
        ),
        (
            &["bulk", "edit", "--key", "books", "--set", "partner=nobody"],
            "nobody with the key",
        ),
        (
            &["bulk", "edit", "--key", "books", "--clear", "name"],
            "has to have a name",
        ),
        (
            &["bulk", "edit", "--key", "books", "--set", "name=A {quater}"],
            "unknown token",
        ),
        (&["bulk", "archive", "--key", "none"], "has the key none"),
    ] {
        let refused = refused(&mut world.command(args), 2);
        assert!(refused.contains(said), "{args:?}: {refused}");
    }
    let file = world.path("archive.json");
    world.good(&[
        "bulk", "archive", "--key", "books", "--key", "payroll", "--out", &file,
    ]);
    assert_eq!(world.names("2031-01-31").len(), 3);
    let by = world.good(&["apply", &file, "--by", "Aroha"]);
    assert_eq!(by, "2 done, 0 done before, 0 not done\n");
    assert_eq!(world.names("2031-01-31"), ["Advice January 2031"]);
    world.verified();
}

#[test]
fn the_preflight_says_what_will_fail_by_its_exit_code() {
    let world = World::begin();
    let mut content = practice();
    // The binary's clock is the machine's.
    content["workflows"][0]["schedule"] = json!({ "recurring": "every week, from 6 January 2020" });
    content["workflows"][0]["partner"] = json!("new");
    content["workflows"][0]["key"] = json!("soon");
    world.import(&content);
    let ran = ran(&mut world.command(&["preflight"]));
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), ""));
    assert!(ran.out.contains("Will fail"), "{}", ran.out);
    assert!(
        ran.out.contains("the practice is not connected to XPM"),
        "{}",
        ran.out
    );
    assert!(
        ran.out
            .contains("New Person is not linked to a member of XPM's staff"),
        "{}",
        ran.out
    );
    let json = crate::support::ran(&mut world.command(&["preflight", "--days", "1", "--json"]));
    let json: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(json["from"], json["until"]);
    assert_eq!(json["failing"], json["jobs"]);
    let refused = refused_usage(&world, &["preflight", "--days", "0"]);
    assert!(refused.contains("--days"), "{refused}");
}

fn refused_usage(world: &World, args: &[&str]) -> String {
    let ran = ran(&mut world.command(args));
    assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""));
    ran.err
}

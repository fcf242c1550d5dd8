//! What a server over a million workflows takes: the time until it serves, and its memory, at rest
//! and after every practice has had something to deploy. A measurement, made by hand, since it
//! writes 2 GB and takes minutes:
//!
//! `cargo test --release -p workflow-server --test server million -- --ignored --nocapture`

use std::fs;
use std::path::Path;

use rusqlite::{Connection, Transaction, params};

use crate::support::{Page, Serving, good, server};

const PRACTICES: u32 = 1_000;
const WORKFLOWS_EACH: u32 = 1_000;

/// What a server may take, in kilobytes.
const MOST_KB: u64 = 150 * 1_024;

#[test]
#[ignore = "writes 2 GB, and takes minutes"]
#[expect(clippy::disallowed_methods, reason = "what it measures is time")]
fn a_server_over_a_million_workflows_takes_little_memory_and_starts_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (file, database) = (path("practice.json"), path("million.db"));
    fs::write(&file, good(&["sample"])).unwrap();
    good(&["import", &file, "--database", &database]);
    multiply(Path::new(&database));

    let mut command = server(&["serve", "--database", &database, "--practice", "harbour"]);
    command.args(["--listen", "127.0.0.1:0"]).envs([
        ("WORKFLOW_XPM_CLIENT_ID", "app"),
        ("WORKFLOW_CLIENT_SECRET", "secret"),
        (
            "WORKFLOW_KEY",
            "c2l4dGVlbiBieXRlcyB0d2ljZSBpcyB0aGlydHktMiE=",
        ),
    ]);
    let began = std::time::Instant::now();
    let mut serving = Serving::start(&mut command);
    let address = serving.told("The Workflow tab: ");
    let up = began.elapsed();
    assert_eq!(Page::get(&address, &[]).status, 200);
    let at_rest = serving.memory_kb("VmRSS:");

    // Each practice has one workflow that is due, and is connected as far as its record says, but
    // without tokens: the scheduler begins each, is told so, and waits, while pages are read.
    let reader = Connection::open(&database).unwrap();
    let begun = || -> u32 {
        let sql = "SELECT count(*) FROM deployments WHERE practice LIKE 'practice-%'";
        reader.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    while begun() < PRACTICES {
        assert_eq!(Page::get(&address, &[]).status, 200);
    }
    let after = serving.memory_kb("VmRSS:");
    let highest = serving.memory_kb("VmHWM:");
    println!(
        "up after {} ms; {} MB at rest, {} MB after {PRACTICES} practices deployed, {} MB at its \
         highest",
        up.as_millis(),
        at_rest / 1_024,
        after / 1_024,
        highest / 1_024
    );
    assert!(highest < MOST_KB, "{highest} kB");
}

/// Copies the sample practice a thousand times, each copy with a thousand workflows, of which one is
/// due now and the others later.
fn multiply(path: &Path) {
    let mut db = Connection::open(path).unwrap();
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;")
        .unwrap();
    let copying = db.transaction().unwrap();
    let tables = ["clients", "people", "listings", "proposals", "levels"];
    let columns = tables.map(|table| (table, columns(&copying, table)));
    for number in 0..PRACTICES {
        let practice = format!("practice-{number:04}");
        let copy = |sql: &str| copying.execute(sql, [&practice]).unwrap();
        copy("INSERT INTO chains SELECT ?1, 0, hash FROM chains WHERE practice = 'harbour'");
        copy(
            "INSERT INTO practices (practice, version, format, body) \
             SELECT ?1, version, format, json_set(body, '$.id', ?1, '$.link', \
             json_object('connected', json_object('tenant', \
             '00000000-0000-0000-0000-000000000001'))) FROM practices \
             WHERE practice = 'harbour'",
        );
        for (table, columns) in &columns {
            copy(&format!(
                "INSERT INTO {table} (practice, {columns}) \
                 SELECT ?1, {columns} FROM {table} WHERE practice = 'harbour'"
            ));
        }
        copy_workflows(&copying, &practice, number);
    }
    copying
        .execute_batch(
            "INSERT OR REPLACE INTO wakes SELECT practice, min(wake) FROM workflows \
             WHERE wake IS NOT NULL GROUP BY practice",
        )
        .unwrap();
    copying.commit().unwrap();
    let count: u32 = db
        .query_row("SELECT count(*) FROM workflows", [], |row| row.get(0))
        .unwrap();
    assert!(count > PRACTICES * WORKFLOWS_EACH, "{count}");
}

/// The columns of a table but the practice.
fn columns(db: &Connection, table: &str) -> String {
    let sql = "SELECT group_concat(name) FROM pragma_table_info(?1) WHERE name <> 'practice'";
    db.query_row(sql, [table], |row| row.get(0)).unwrap()
}

/// The identity is in the row and in its body.
fn copy_workflows(copying: &Transaction<'_>, practice: &str, number: u32) {
    let sql = "WITH RECURSIVE numbers (n) AS \
         (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < ?2), \
         due AS (SELECT *, 0 AS place, 1 AS all_of, 1 AS is_due FROM workflows \
         WHERE practice = 'harbour' AND wake <= unixepoch() * 1000000000 LIMIT 1), \
         later AS (SELECT *, row_number() OVER () - 1 AS place, count(*) OVER () AS all_of, \
         0 AS is_due FROM workflows \
         WHERE practice = 'harbour' AND wake > unixepoch() * 1000000000), \
         named AS (SELECT one.*, printf('%012x', ?3 + n) AS tail FROM numbers \
         JOIN (SELECT * FROM due UNION ALL SELECT * FROM later) AS one \
         ON one.is_due = (n = 0) AND one.place = n % one.all_of) \
         INSERT INTO workflows \
         (practice, id, version, client, proposal, active, wake, format, body) \
         SELECT ?1, unhex('01900000000070008000' || tail), version, client, proposal, \
         active, wake, format, json_set(body, '$.id', '01900000-0000-7000-8000-' || tail) \
         FROM named";
    let row = params![practice, WORKFLOWS_EACH, number * WORKFLOWS_EACH];
    let copied = copying.execute(sql, row).unwrap();
    assert_eq!(copied, WORKFLOWS_EACH as usize);
}

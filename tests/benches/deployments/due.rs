//! How soon what is due is found among a million workflows: the store, beside its own statement.

use std::time::{Duration, Instant};

use rusqlite::{Connection, params};
use store_sqlite::SqliteStore;
use tokio::runtime::Runtime;
use workflow_core::ports::store::Store;
use workflow_core::testing::samples;

use crate::sql::ready::DUE;
use crate::{median, ready};

const ROUNDS: usize = 500;

/// How many are asked for, as by a scheduler.
const LIMIT: u32 = 100;

pub(crate) fn measure(runtime: &Runtime) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("million.db");
    let store = runtime.block_on(async {
        drop(SqliteStore::open(&path).await.expect("a store"));
        ready::fill(&path);
        SqliteStore::open(&path).await.expect("a store")
    });
    let db = Connection::open(&path).expect("a connection");
    let now = samples::minute(0);
    println!("\n{LIMIT} due among 1,000,000     store  rusqlite alone");
    for (name, number) in [("the blocked practice", 0), ("another practice", 500)] {
        let practice = ready::practice(number);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let began = Instant::now();
            let due = store.due(&practice, now, LIMIT);
            let found = runtime.block_on(due).expect("what is due").len();
            ours.push(began.elapsed());
            let began = Instant::now();
            let alone = raw(&db, practice.as_str(), now.timestamp_nanos_opt());
            theirs.push(began.elapsed());
            assert_eq!(found, alone, "round {round}");
        }
        let (ours, theirs) = (median(ours), median(theirs));
        println!("{name:<24}  {}  {}", words(ours), words(theirs));
    }
}

/// Reads the rows and what is in them, as the store does.
fn raw(db: &Connection, practice: &str, now: Option<i64>) -> usize {
    let mut statement = db.prepare_cached(DUE).expect("a statement");
    let mut rows = statement
        .query(params![practice, now, LIMIT])
        .expect("a query");
    let mut found = 0;
    while let Some(row) = rows.next().expect("a row") {
        let at: i64 = row.get(1).expect("an instant");
        assert!(Some(at) <= now, "{at} is due");
        found += 1;
    }
    found
}

fn words(time: Duration) -> String {
    format!("{:.3} ms", time.as_secs_f64() * 1_000.0)
}

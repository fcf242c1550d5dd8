//! The same lives through rusqlite alone: the same statements in the same order, with values of
//! the same size, made beforehand where they do not depend on the turn.

use std::path::Path;
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, ToSql, params};
use store_sqlite::SqliteStore;
use workflow_core::ports::store::{Key, Record, Store};
use workflow_core::testing::samples::{self, Stage};
use workflow_core::workflow::Occurrence;

use crate::lives::{self, acme, nominal};
use crate::sql::{owner, put, transaction, unit, version};

const PRACTICE: &str = "acme";

/// A connection that is set up as the store's own, and values to write.
pub(crate) struct Raw {
    db: Connection,
    seq: i64,
    hash: String,
    workflow: String,
    /// The deployment after each transaction, and the lines of each.
    deployments: [String; 3],
    lines: [Vec<String>; 3],
    budget: String,
}

/// Lets the store make the file, so that both begin with the same.
pub(crate) async fn prepare(path: &Path, producers: u32) -> Raw {
    let store = SqliteStore::open(path).await.expect("a store");
    lives::prepare(&store, producers).await;
    let key = Key::Workflow(samples::workflow_id(0));
    let workflow = store.get(&acme(), &key).await.expect("a read");
    let Some(Record::Workflow(workflow)) = workflow.map(|found| found.value) else {
        unreachable!("it was put");
    };
    drop(store);
    let (at, once) = (samples::minute(0), Occurrence::On(nominal(0)));
    let deployment = |stage| json(&samples::deployment(0, once, at, stage));
    let events = samples::deployment_events(0, once, at, Stage::Deployed);
    let line = |event| json(&samples::workflow_line(0, event, 0));
    let lines: Vec<_> = events.into_iter().map(line).collect();
    let db = Connection::open(path).expect("a connection");
    db.set_prepared_statement_cache_capacity(128);
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA recursive_triggers = ON; PRAGMA wal_autocheckpoint = 4000;",
    )
    .expect("a pragma");
    Raw {
        db,
        seq: 0,
        hash: "0".repeat(64),
        workflow: json(&workflow),
        deployments: [Stage::Intended, Stage::HalfDone, Stage::Deployed].map(deployment),
        lines: [
            lines[..2].to_vec(),
            lines[2..3].to_vec(),
            lines[3..].to_vec(),
        ],
        budget: json(&workflow_core::budget::Budget::fresh(
            at,
            workflow_core::practice::DailyCalls::Higher,
        )),
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("JSON")
}

/// Each producer is a thread, and they take turns.
pub(crate) fn turn(raw: &Arc<Mutex<Raw>>, producers: u32, lives: u32, turn: u32) {
    std::thread::scope(|scope| {
        for producer in 0..producers {
            scope.spawn(move || {
                for life in 0..lives {
                    for part in 0..3 {
                        let mut raw = raw.lock().expect("a lock");
                        raw.transact(producer, turn * lives + life, part);
                    }
                }
            });
        }
    });
}

impl Raw {
    fn transact(&mut self, producer: u32, life: u32, part: usize) {
        let id = samples::workflow_id(producer).uuid();
        let id = id.as_bytes();
        let (day, wake) = (i64::from(life) + 20_454, samples::minute(1));
        let wake = wake.timestamp_nanos_opt();
        self.execute(transaction::BEGIN, params![]);
        self.read(owner::EPOCH, params![]);
        self.read(owner::LEASE, params![PRACTICE]);
        self.read(version::DEPLOYMENT, params![PRACTICE, id, day]);
        if part != 1 {
            self.read(version::WORKFLOW, params![PRACTICE, id]);
        }
        self.read(unit::HEAD, params![PRACTICE]);
        if part < 2 {
            self.read(unit::BUDGET, params![PRACTICE]);
        }
        let number = part as i64 + 1;
        let body = &self.deployments[part];
        let phase = if part == 2 { "deployed" } else { "running" };
        let wakes = (part < 2).then_some(wake);
        let row = params![PRACTICE, id, day, number, 1, body, phase, day, 1, wakes];
        self.execute(put::DEPLOYMENT, row);
        if part != 1 {
            let client = samples::client_id(0).uuid();
            let number = 2 * i64::from(life) + 2 + i64::from(part == 2);
            let (body, none) = (&self.workflow, None::<&str>);
            let row = params![
                PRACTICE,
                id,
                number,
                1,
                body,
                client.as_bytes(),
                none,
                true,
                wake
            ];
            self.execute(put::WORKFLOW, row);
        }
        self.read(unit::EARLIEST, params![PRACTICE]);
        self.execute(unit::PUT_WAKE, params![PRACTICE, wake]);
        if part < 2 {
            self.execute(unit::PUT_BUDGET, params![PRACTICE, 1, self.budget]);
        }
        let subject = format!("workflow:{}", samples::workflow_id(producer));
        for line in &self.lines[part] {
            self.seq += 1;
            let row = params![PRACTICE, self.seq, subject, wake, self.hash, 1, line];
            self.execute(unit::ADD_ENTRY, row);
        }
        self.execute(unit::ADVANCE, params![PRACTICE, self.seq, self.hash]);
        self.execute(transaction::COMMIT, params![]);
    }

    fn execute(&self, sql: &str, row: &[&dyn ToSql]) {
        let mut statement = self.db.prepare_cached(sql).expect("a statement");
        statement.execute(row).expect("a write");
    }

    /// Reads all that is there, and leaves it alone.
    fn read(&self, sql: &str, keys: &[&dyn ToSql]) {
        let mut statement = self.db.prepare_cached(sql).expect("a statement");
        let mut rows = statement.query(keys).expect("a read");
        while rows.next().expect("a row").is_some() {}
    }
}

//! The same units through rusqlite alone, in group commit: a writer thread takes all that waits
//! as one transaction, and whoever brought a unit waits until it is durable. The statements are
//! the store's own, and the values are what a scheduler wrote.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;

use rusqlite::{Connection, OptionalExtension, ToSql, params};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::sql::{owner, put, transaction, unit, version};
use crate::world::{self, DEPLOYMENTS_EACH, World};

/// The most units in one transaction, as in the store.
const MOST: usize = 256;

/// The day of a deployment that the scheduler did not make.
const FIRST_DAY: i64 = 100_000;

/// A unit to write, and where to say that it is durable.
struct Asked {
    deployment: u32,
    half: Half,
    durable: mpsc::Sender<()>,
}

/// The two units of a deployment with one step.
#[derive(Clone, Copy)]
enum Half {
    /// Begun, with the first intent.
    Intent,
    /// The result, and the end.
    Result,
}

/// The writer, and the way to reach it.
pub(crate) struct Raw {
    _folder: TempDir,
    asked: mpsc::Sender<Asked>,
    last: AtomicU32,
}

impl Raw {
    /// Over a database that a scheduler has written a turn to.
    pub(crate) fn begin(runtime: &Runtime, practices: u32) -> Self {
        let mut world = runtime.block_on(World::begin(practices));
        let scheduler = world.next_minute();
        runtime.block_on(world::pass(&scheduler, practices));
        drop(scheduler);
        let World { folder, .. } = world;
        let path = folder.path().join("practices.db");
        let (asked, waiting) = mpsc::channel();
        let mut writer = Writer::open(&path, practices);
        thread::spawn(move || writer.write_until_closed(&waiting));
        Self {
            _folder: folder,
            asked,
            last: AtomicU32::new(0),
        }
    }

    /// So many producers carry so many deployments through.
    pub(crate) fn turn(&self, producers: u32, deployments: u32) {
        let end = self.last.load(Ordering::Relaxed) + deployments;
        thread::scope(|scope| {
            for _ in 0..producers {
                scope.spawn(|| self.produce(end));
            }
        });
        self.last.store(end, Ordering::Relaxed);
    }

    fn produce(&self, end: u32) {
        let (durable, done) = mpsc::channel();
        loop {
            let deployment = self.last.fetch_add(1, Ordering::Relaxed);
            if deployment >= end {
                return;
            }
            for half in [Half::Intent, Half::Result] {
                let durable = durable.clone();
                let asked = Asked {
                    deployment,
                    half,
                    durable,
                };
                self.asked.send(asked).unwrap();
                done.recv().unwrap();
            }
        }
    }
}

/// A connection that is set up as the store's own, and values to write.
struct Writer {
    db: Connection,
    practices: Vec<Practice>,
    client: Vec<u8>,
    workflow: String,
    deployment: String,
    budget: String,
    /// The lines of each unit.
    lines: [Vec<String>; 2],
    hash: String,
    wake: i64,
}

struct Practice {
    id: String,
    workflows: Vec<Vec<u8>>,
    seq: i64,
}

impl Writer {
    fn open(path: &Path, practices: u32) -> Self {
        let db = Connection::open(path).unwrap();
        db.set_prepared_statement_cache_capacity(128);
        db.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
             PRAGMA recursive_triggers = ON; PRAGMA wal_autocheckpoint = 4000;",
        )
        .unwrap();
        let practices: Vec<Practice> = (0..practices)
            .map(|number| Practice::read(&db, number))
            .collect();
        let first = practices[0].id.clone();
        let one = |of: &str, column: &str| -> String {
            let sql = format!("SELECT {column} FROM {of} WHERE practice = ?1 LIMIT 1");
            db.query_row(&sql, [&first], |row| row.get(0)).unwrap()
        };
        let (workflow, deployment) = (one("workflows", "body"), one("deployments", "body"));
        let budget = one("budgets", "body");
        let id: Vec<u8> = practices[0].workflows[0].clone();
        let subject = format!("workflow:{}", Uuid::from_slice(&id).unwrap());
        let mut lines = strings(
            &db,
            "SELECT body FROM entries WHERE practice = ?1 AND subject = ?2 ORDER BY seq",
            &[&first, &subject],
        );
        // The first is the import's. The second unit begins with how the call ended.
        lines.remove(0);
        let result = lines.iter().position(|line| line.contains("\"done\""));
        let ended = lines.split_off(result.expect("the call has ended"));
        assert!(lines.len() >= 2 && ended.len() >= 2, "{lines:?} {ended:?}");
        let client = "SELECT client FROM workflows LIMIT 1";
        Self {
            client: db.query_row(client, [], |row| row.get(0)).unwrap(),
            hash: one("chains", "hash"),
            wake: db
                .query_row("SELECT min(wake) FROM workflows", [], |row| row.get(0))
                .unwrap(),
            workflow,
            deployment,
            budget,
            lines: [lines, ended],
            practices,
            db,
        }
    }

    fn write_until_closed(&mut self, waiting: &mpsc::Receiver<Asked>) {
        while let Ok(first) = waiting.recv() {
            let rest = waiting.try_iter().take(MOST - 1);
            let asked: Vec<Asked> = std::iter::once(first).chain(rest).collect();
            self.execute(transaction::BEGIN, params![]);
            for each in &asked {
                self.unit(each);
            }
            self.execute(transaction::COMMIT, params![]);
            for each in asked {
                each.durable.send(()).unwrap();
            }
        }
    }

    fn unit(&mut self, asked: &Asked) {
        let practices = u32::try_from(self.practices.len()).unwrap();
        let place = (asked.deployment % practices) as usize;
        let Practice { id, workflows, seq } = &self.practices[place];
        let (turn, mut seq) = (asked.deployment / practices, *seq);
        let workflow = &workflows[(turn % DEPLOYMENTS_EACH) as usize];
        let day = FIRST_DAY + i64::from(turn / DEPLOYMENTS_EACH);
        let wake = self.wake;
        self.read(owner::EPOCH, params![]);
        self.read(owner::LEASE, params![id]);
        let begins = matches!(asked.half, Half::Intent);
        if begins {
            self.read(version::PRACTICE, params![id]);
        } else {
            let job = Uuid::from_u128(u128::from(asked.deployment) + (1 << 64)).to_string();
            self.read(unit::JOB, params![id, job]);
        }
        let last = self.number(version::WORKFLOW, params![id, workflow]);
        let before = self.number(version::DEPLOYMENT, params![id, workflow, day]);
        self.read(unit::HEAD, params![id]);
        self.read(unit::BUDGET, params![id]);
        let row = params![
            id,
            workflow,
            last + 1,
            1,
            self.workflow,
            self.client,
            None::<&str>,
            true,
            wake
        ];
        self.execute(put::WORKFLOW, row);
        let phase = if begins { "running" } else { "deployed" };
        let (number, wakes) = (before + 1, begins.then_some(wake));
        let body = &self.deployment;
        let row = params![id, workflow, day, number, 1, body, phase, day, 1, wakes];
        self.execute(put::DEPLOYMENT, row);
        self.read(unit::EARLIEST, params![id]);
        self.execute(unit::PUT_WAKE, params![id, wake]);
        self.execute(unit::PUT_BUDGET, params![id, 1, self.budget]);
        let subject = format!("workflow:{}", Uuid::from_slice(workflow).unwrap());
        for line in &self.lines[usize::from(!begins)] {
            seq += 1;
            let row = params![id, seq, subject, wake, self.hash, 1, line];
            self.execute(unit::ADD_ENTRY, row);
        }
        self.execute(unit::ADVANCE, params![id, seq, self.hash]);
        self.practices[place].seq = seq;
    }

    fn execute(&self, sql: &str, row: &[&dyn ToSql]) {
        let mut statement = self.db.prepare_cached(sql).unwrap();
        statement.execute(row).unwrap();
    }

    /// Reads all that is there, and leaves it alone.
    fn read(&self, sql: &str, keys: &[&dyn ToSql]) {
        let mut statement = self.db.prepare_cached(sql).unwrap();
        let mut rows = statement.query(keys).unwrap();
        while rows.next().unwrap().is_some() {}
    }

    fn number(&self, sql: &str, keys: &[&dyn ToSql]) -> i64 {
        let mut statement = self.db.prepare_cached(sql).unwrap();
        let found = statement.query_row(keys, |row| row.get(0)).optional();
        found.unwrap().unwrap_or_default()
    }
}

impl Practice {
    fn read(db: &Connection, number: u32) -> Self {
        let id = world::practice_id(number).to_string();
        let sql = "SELECT id FROM workflows WHERE practice = ?1";
        let mut statement = db.prepare(sql).unwrap();
        let workflows = statement.query_map([&id], |row| row.get(0)).unwrap();
        let workflows = workflows.collect::<Result<_, _>>().unwrap();
        let sql = "SELECT seq FROM chains WHERE practice = ?1";
        let seq = db.query_row(sql, [&id], |row| row.get(0)).unwrap();
        Self { id, workflows, seq }
    }
}

fn strings(db: &Connection, sql: &str, keys: &[&dyn ToSql]) -> Vec<String> {
    let mut statement = db.prepare(sql).unwrap();
    let found = statement.query_map(keys, |row| row.get(0)).unwrap();
    found.collect::<Result<_, _>>().unwrap()
}

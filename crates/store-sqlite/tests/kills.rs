//! A process that is killed while it commits loses no unit that was acknowledged.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use store_sqlite::SqliteStore;
use workflow_core::ports::store::{
    EntryQuery, Key, LeaseAnswer, LeaseRequest, Put, Record, Store, Unit, Version,
};
use workflow_core::testing::samples;

/// Set for the process that is to be killed: the database that it writes to.
const DATABASE: &str = "STORE_SQLITE_KILLED_DATABASE";

/// How many writers the killed process has.
const WRITERS: u32 = 8;

/// Not a test: what the killed process runs. It commits without end, and prints the number of each
/// client once its unit is acknowledged.
#[test]
fn commits_until_killed() {
    let Ok(path) = std::env::var(DATABASE) else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = SqliteStore::open(path).await.unwrap();
        let practice = samples::practice_id("acme");
        let request = LeaseRequest {
            holder: samples::holder("killed"),
            now: samples::minute(0),
            time: chrono::TimeDelta::days(365),
        };
        let leased = store.lease(&practice, &request).await.unwrap();
        let LeaseAnswer::Granted(lease) = leased else {
            panic!("{leased:?}");
        };
        let first = store
            .entries(&practice, &EntryQuery::default())
            .await
            .unwrap();
        let first = u32::try_from(first.len()).unwrap() * 1_000;
        let writers = (0..WRITERS).map(|writer| {
            let (store, practice, fence) = (store.clone(), practice.clone(), lease.fence);
            tokio::spawn(async move {
                for turn in 0.. {
                    let number = first + turn * WRITERS + writer;
                    let client = samples::client(number, "One");
                    let line = samples::line(&client, 0);
                    let put = Put {
                        record: Record::Client(client),
                        expected: Version::NONE,
                    };
                    let unit = Unit {
                        fence: Some(fence),
                        puts: vec![put],
                        lines: vec![line],
                        ..Unit::default()
                    };
                    store.commit(&practice, unit).await.unwrap();
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "acknowledged {number}").unwrap();
                    out.flush().unwrap();
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
    });
}

/// Starts a process that commits, kills it after so many acknowledgements, and says which there
/// were.
fn kill_after(path: &Path, most: usize) -> Vec<u32> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "commits_until_killed", "--nocapture"])
        .env(DATABASE, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = Vec::new();
    let mut collect = |line: std::io::Result<String>| {
        let line = line.unwrap();
        // The test harness prints without a line break before the first.
        if let Some((_, number)) = line.split_once("acknowledged ") {
            acknowledged.push(number.parse().unwrap());
        }
        acknowledged.len() >= most
    };
    assert!(
        lines.by_ref().any(&mut collect),
        "it was to commit without end"
    );
    child.kill().unwrap();
    // What was acknowledged between the last line and the kill counts too.
    lines.for_each(|line| {
        collect(line);
    });
    assert!(!child.wait().unwrap().success());
    acknowledged
}

#[tokio::test]
async fn a_killed_process_loses_no_acknowledged_unit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    let practice = samples::practice_id("acme");
    let mut acknowledged = Vec::new();
    let mut last = None;
    for kill in 1..=5 {
        acknowledged.extend(kill_after(&path, 7 * kill));
        // The dead owner's lock is gone with it, and so is its lease.
        let store = SqliteStore::open(&path).await.unwrap();
        for number in &acknowledged {
            let key = Key::Client(samples::client_id(*number));
            let found = store.get(&practice, &key).await.unwrap();
            assert!(
                found.is_some(),
                "client {number} was acknowledged before kill {kill}"
            );
        }
        let report = store.verify_audit(&practice).await.unwrap();
        assert_eq!(report.first_break, None, "after kill {kill}");
        assert_eq!(report.records, report.entries, "after kill {kill}");
        let request = LeaseRequest {
            holder: samples::holder("next"),
            now: samples::minute(1),
            time: chrono::TimeDelta::minutes(1),
        };
        let leased = store.lease(&practice, &request).await.unwrap();
        let LeaseAnswer::Granted(lease) = leased else {
            panic!("after kill {kill}: {leased:?}");
        };
        assert!(Some(lease.fence) > last, "fences rise");
        last = Some(lease.fence);
    }
    assert!(acknowledged.len() >= 7 * 15);
}

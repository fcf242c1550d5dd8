//! How many deployments the store carries through their life, beside rusqlite alone with the very
//! same statements; and what it costs to find what is due among a million rows.
//!
//! The life of a run is three durable transactions: the claim with its first intent, the result,
//! and the end. Each turn carries 128 of them through, shared among 1, 8, 32 or 128 producers. The
//! baseline neither encodes nor hashes anything: it binds values to the same statements, one
//! transaction for each unit, and its producers take turns at one connection.

mod lives;
mod raw;
mod ready;
#[expect(
    dead_code,
    reason = "the baseline does not read pages and single records"
)]
#[path = "../../src/sql.rs"]
mod sql;

use std::sync::{Arc, Mutex};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use store_sqlite::SqliteStore;
use tokio::runtime::Runtime;
use workflow_core::ports::store::Store;
use workflow_core::testing::samples;

/// Lives in one turn.
const LIVES: u32 = 128;

const PRODUCERS: [u32; 4] = [1, 8, 32, 128];

fn commit(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let mut group = criterion.benchmark_group("commit");
    group
        .sample_size(10)
        .measurement_time(std::time::Duration::from_secs(3))
        .warm_up_time(std::time::Duration::from_millis(500))
        .throughput(Throughput::Elements(u64::from(LIVES)));
    for producers in PRODUCERS {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("store.db");
        let (store, workflows) = runtime.block_on(async {
            let store = SqliteStore::open(path).await.expect("a store");
            let workflows = lives::prepare(&store, producers).await;
            (store, workflows)
        });
        let mut turn = 0;
        group.bench_function(BenchmarkId::new("store", producers), |bencher| {
            bencher.iter(|| {
                runtime.block_on(lives::turn(&store, &workflows, LIVES / producers, turn));
                turn += 1;
            });
        });

        let path = folder.path().join("raw.db");
        let raw = Arc::new(Mutex::new(runtime.block_on(raw::prepare(&path, producers))));
        let mut turn = 0;
        group.bench_function(BenchmarkId::new("rusqlite", producers), |bencher| {
            bencher.iter(|| {
                raw::turn(&raw, producers, LIVES / producers, turn);
                turn += 1;
            });
        });
    }
    group.finish();
}

fn due(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("million.db");
    let store = runtime.block_on(async {
        drop(SqliteStore::open(&path).await.expect("a store"));
        ready::fill(&path);
        SqliteStore::open(&path).await.expect("a store")
    });
    let mut group = criterion.benchmark_group("ready among 1,000,000");
    group
        .sample_size(20)
        .measurement_time(std::time::Duration::from_secs(2))
        .warm_up_time(std::time::Duration::from_millis(300));
    let now = samples::minute(0);
    for (name, practice) in [("of the blocked practice", 0), ("of another practice", 500)] {
        let practice = ready::practice(practice);
        group.bench_function(BenchmarkId::new("five due", name), |bencher| {
            bencher.iter(|| {
                let due = runtime.block_on(store.due(&practice, now, 5)).expect("due");
                assert_eq!(due.len(), 5);
            });
        });
    }
    group.bench_function("the first wake", |bencher| {
        bencher.iter(|| {
            let wakes = runtime.block_on(store.wakes(1)).expect("wakes");
            assert_eq!(wakes.len(), 1);
        });
    });
    group.finish();
}

criterion_group!(benches, commit, due);
criterion_main!(benches);

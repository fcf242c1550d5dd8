//! Random scripts of calls: SQLite answers as the memory store does, which is the specification.

use std::future::Future;

use proptest::prelude::*;
use store_sqlite::{Options, SqliteStore};
use tempfile::TempDir;
use workflow_core::testing::MemoryStore;
use workflow_core::testing::script::{Script, arb_script, run, run_reopening};

type Kept = (SqliteStore, TempDir);

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(future)
}

/// Runs a script on a file that is opened anew wherever the script says so.
async fn agrees_when_reopened(script: &Script, options: fn() -> Options) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    let store = options().open(&path).await.unwrap();
    let reopen = async |(store, folder): Kept| {
        let path = store.path().to_owned();
        drop(store);
        (options().open(path).await.unwrap(), folder)
    };
    let seen = run_reopening(script, (store, folder), reopen).await;
    let specified = run_reopening(script, MemoryStore::new(), async |store: MemoryStore| {
        store.reopen()
    });
    assert_eq!(seen, specified.await);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn scripts_give_the_same_in_memory(script in arb_script()) {
        block_on(async {
            let store = SqliteStore::options().open_in_memory().unwrap();
            let seen = run(&script, &store).await;
            assert_eq!(seen, run(&script, &MemoryStore::new()).await);
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn scripts_give_the_same_without_threads(script in arb_script()) {
        block_on(agrees_when_reopened(&script, || SqliteStore::options().inline()));
    }

    #[test]
    fn scripts_give_the_same_on_threads(script in arb_script()) {
        block_on(agrees_when_reopened(&script, SqliteStore::options));
    }
}

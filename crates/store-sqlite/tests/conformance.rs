//! The port's own suite on every way in which the store works.

use store_sqlite::{MasterKey, SqliteStore};
use tempfile::TempDir;

/// A store in a folder of its own, which goes when the test ends.
type Kept = (SqliteStore, TempDir);

fn key() -> MasterKey {
    MasterKey::from_bytes([7; MasterKey::BYTES])
}

async fn threaded() -> Kept {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    let store = SqliteStore::options().key(key()).open(path).await;
    (store.unwrap(), folder)
}

async fn inline() -> Kept {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    let store = SqliteStore::options().key(key()).inline().open(path).await;
    (store.unwrap(), folder)
}

mod threads {
    use super::*;

    async fn reopen((store, folder): Kept) -> Kept {
        let path = store.path().to_owned();
        drop(store);
        (SqliteStore::open(path).await.unwrap(), folder)
    }

    workflow_core::store_suite!(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)],
        threaded().await,
        reopen = reopen,
    );

    workflow_core::token_store_suite!(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)],
        threaded().await,
    );

    workflow_core::session_store_suite!(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)],
        threaded().await,
    );
}

mod without_threads {
    use super::*;

    async fn reopen((store, folder): Kept) -> Kept {
        let path = store.path().to_owned();
        drop(store);
        let store = SqliteStore::options().inline().open(path).await;
        (store.unwrap(), folder)
    }

    workflow_core::store_suite!(#[tokio::test], inline().await, reopen = reopen);
    workflow_core::token_store_suite!(#[tokio::test], inline().await);
    workflow_core::session_store_suite!(#[tokio::test], inline().await);
}

mod in_memory {
    use super::*;

    workflow_core::store_suite!(
        #[tokio::test],
        SqliteStore::options().open_in_memory().unwrap(),
    );
}

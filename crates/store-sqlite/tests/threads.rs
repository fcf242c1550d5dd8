//! The threads: what is cancelled, how many may wait, and what the last drop waits for.

use std::future::Future;
use std::task::{Context, Waker};

use store_sqlite::SqliteStore;
use workflow_core::ports::store::{EntryQuery, Key, Put, Record, Store, Unit, Version};
use workflow_core::testing::samples;

fn unit(number: u32) -> Unit {
    let client = samples::client(number, "One");
    let line = samples::line(&client, 0);
    let put = Put {
        record: Record::Client(client),
        expected: Version::NONE,
    };
    Unit {
        puts: vec![put],
        lines: vec![line],
        ..Unit::default()
    }
}

/// Begins a commit, and goes away before it is answered.
fn begin_and_drop(store: &SqliteStore, number: u32) {
    let practice = samples::practice_id("acme");
    let mut commit = Box::pin(store.commit(&practice, unit(number)));
    let _ = commit
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()));
}

#[tokio::test]
async fn a_cancelled_commit_is_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("practice.db"))
        .await
        .unwrap();
    let practice = samples::practice_id("acme");
    for number in 0..50 {
        begin_and_drop(&store, number);
    }
    // It comes after all of them.
    store.commit(&practice, unit(50)).await.unwrap();
    let report = store.verify_audit(&practice).await.unwrap();
    assert_eq!(report.first_break, None);
    assert_eq!(report.records, report.entries);
}

#[tokio::test]
async fn the_last_drop_writes_what_waits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    let store = SqliteStore::open(&path).await.unwrap();
    for number in 0..50 {
        begin_and_drop(&store, number);
    }
    drop(store);
    let store = SqliteStore::open(&path).await.unwrap();
    let practice = samples::practice_id("acme");
    let entries = store
        .entries(&practice, &EntryQuery::default())
        .await
        .unwrap();
    assert_eq!(entries.len(), 50);
}

/// More callers than places: none is lost, none is answered before it is written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_callers_than_places_are_all_served() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("practice.db"))
        .await
        .unwrap();
    let callers = (0..3_000).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let practice = samples::practice_id("acme");
            let receipt = store.commit(&practice, unit(number)).await.unwrap();
            let key = Key::Client(samples::client_id(number));
            assert!(store.get(&practice, &key).await.unwrap().is_some());
            receipt.entries[0].seq
        })
    });
    let mut places = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        places.push(caller.await.unwrap());
    }
    places.sort_unstable();
    assert_eq!(places, (1..=3_000).collect::<Vec<u64>>());
}

/// Nothing here needs a runtime of any kind.
#[test]
fn any_executor_will_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    let practice = samples::practice_id("acme");
    let store = block_on(SqliteStore::open(path)).unwrap();
    block_on(store.commit(&practice, unit(1))).unwrap();
    let entries = block_on(store.entries(&practice, &EntryQuery::default())).unwrap();
    assert_eq!(entries.len(), 1);
}

/// The smallest executor there is: the thread sleeps until it is woken.
fn block_on<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(std::thread::Thread);
    impl std::task::Wake for Unpark {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(std::sync::Arc::new(Unpark(std::thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = Box::pin(future);
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::park();
    }
}

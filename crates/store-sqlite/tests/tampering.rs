//! What somebody does to the file behind the store's back is refused, or found.

use rusqlite::Connection;
use store_sqlite::SqliteStore;
use tempfile::TempDir;
use workflow_core::audit::{BrokenChain, Line};
use workflow_core::ids::PracticeId;
use workflow_core::ports::store::{
    Cursor, EntryQuery, Key, Of, Put, Query, Record, Store, StoreError, Unit, Version,
};
use workflow_core::testing::samples::{self, Stage};
use workflow_core::verify::Break;
use workflow_core::workflow::{Occurrence, Origin};

fn acme() -> PracticeId {
    samples::practice_id("acme")
}

/// A store with three clients, each with its entry, and a workflow with a deployment; and a
/// connection to its file behind its back.
async fn kept() -> (SqliteStore, Connection, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    let store = SqliteStore::open(&path).await.unwrap();
    for number in 1..=3 {
        let client = samples::client(number, "One");
        let line = samples::line(&client, 0);
        commit(&store, vec![Record::Client(client)], vec![line]).await;
    }
    let once = Occurrence::On(samples::day(0));
    let at = samples::minute(0);
    let mut events = vec![samples::added(samples::client_id(0), Origin::Hand)];
    events.extend(samples::deployment_events(1, once, at, Stage::Uncertain));
    let mut workflow = samples::workflow(1, samples::client_id(0));
    for event in &events[1..] {
        workflow.apply(event);
    }
    let line = |event| samples::workflow_line(1, event, 1);
    let lines = events.into_iter().map(line).collect();
    let deployment = samples::deployment(1, once, at, Stage::Uncertain);
    let records = vec![
        Record::Workflow(Box::new(workflow)),
        Record::Deployment(Box::new(deployment)),
    ];
    commit(&store, records, lines).await;
    let raw = Connection::open(&path).unwrap();
    (store, raw, folder)
}

async fn commit(store: &SqliteStore, records: Vec<Record>, lines: Vec<Line>) {
    let put = |record| Put {
        record,
        expected: Version::NONE,
    };
    let unit = Unit {
        puts: records.into_iter().map(put).collect(),
        lines,
        ..Unit::default()
    };
    store.commit(&acme(), unit).await.unwrap();
}

async fn first_break(store: &SqliteStore) -> Option<Break> {
    store.verify_audit(&acme()).await.unwrap().first_break
}

#[tokio::test]
async fn an_untouched_file_holds() {
    let (store, _raw, _folder) = kept().await;
    let report = store.verify_audit(&acme()).await.unwrap();
    assert_eq!(
        (report.entries, report.records, report.first_break),
        (7, 5, None)
    );
}

#[tokio::test]
async fn triggers_keep_the_audit_append_only() {
    let (store, raw, _folder) = kept().await;
    raw.pragma_update(None, "recursive_triggers", "ON").unwrap();
    let columns = "practice, seq, subject, at, hash, format, body";
    for (statement, refusal) in [
        ("UPDATE entries SET body = '{}'", "an entry never changes"),
        ("DELETE FROM entries WHERE seq = 7", "an entry never goes"),
        (
            &format!(
                "INSERT INTO entries ({columns}) SELECT practice, 9, subject, at, hash, format, body FROM entries WHERE seq = 7"
            ),
            "an entry follows the last one",
        ),
        (
            &format!(
                "INSERT OR REPLACE INTO entries ({columns}) SELECT {columns} FROM entries WHERE seq = 2"
            ),
            "an entry follows the last one",
        ),
    ] {
        let error = raw.execute(statement, []).unwrap_err().to_string();
        assert!(error.contains(refusal), "{statement}: {error}");
    }
    assert_eq!(first_break(&store).await, None);
}

#[tokio::test]
async fn an_entry_that_was_changed_is_found() {
    let (store, raw, _folder) = kept().await;
    raw.execute_batch("DROP TRIGGER entries_never_change")
        .unwrap();
    let changed = raw.execute(
        "UPDATE entries SET body = replace(body, 'Ada Byron', 'Eve Byron') WHERE seq = 2",
        [],
    );
    assert_eq!(changed.unwrap(), 1);
    let found = Break::Chain(BrokenChain::Changed { seq: 2 });
    assert_eq!(first_break(&store).await, Some(found));
}

#[tokio::test]
async fn an_entry_that_was_taken_out_is_found() {
    let (store, raw, _folder) = kept().await;
    raw.execute_batch("DROP TRIGGER entries_never_go").unwrap();
    raw.execute("DELETE FROM entries WHERE seq = 2", [])
        .unwrap();
    let (expected, found) = (2, 3);
    let gap = Break::Chain(BrokenChain::Gap { expected, found });
    assert_eq!(first_break(&store).await, Some(gap));
}

#[tokio::test]
async fn entries_cut_off_the_end_are_found() {
    let (store, raw, _folder) = kept().await;
    raw.execute_batch(
        "DROP TRIGGER entries_never_go; DELETE FROM deployments; DELETE FROM workflows",
    )
    .unwrap();
    raw.execute("DELETE FROM entries WHERE seq > 3", [])
        .unwrap();
    let cut = Break::Cut {
        last: 3,
        written: 7,
    };
    assert_eq!(first_break(&store).await, Some(cut));
}

#[tokio::test]
async fn a_record_that_was_changed_is_found() {
    let (store, raw, _folder) = kept().await;
    let changed = raw.execute(
        "UPDATE deployments SET body = replace(body, 'no such client', 'nothing')",
        [],
    );
    assert_eq!(changed.unwrap(), 1);
    let key = Key::Deployment(samples::workflow_id(1), Occurrence::On(samples::day(0)));
    assert_eq!(first_break(&store).await, Some(Break::Different(key)));
}

#[tokio::test]
async fn what_does_not_parse_is_damaged_and_nothing_else_suffers() {
    let (store, raw, _folder) = kept().await;
    let one = Key::Client(samples::client_id(1));
    let two = Key::Client(samples::client_id(2));
    for (damage, reason) in [
        ("body = '{\"id\":'", "EOF"),
        ("body = '{}'", "missing field"),
        ("format = 2", "its format is 2, and this program reads 1"),
        (
            "format = 1, body = (SELECT body FROM clients AS other WHERE other.id <> clients.id)",
            "another record",
        ),
    ] {
        let id = samples::client_id(1).uuid();
        let statement = format!("UPDATE clients SET {damage} WHERE id = ?1");
        assert_eq!(
            raw.execute(&statement, [id.as_bytes()]).unwrap(),
            1,
            "{damage}"
        );
        let error = store.get(&acme(), &one).await.unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
        assert!(error.to_string().contains(reason), "{damage}: {error}");
        assert!(store.get(&acme(), &two).await.unwrap().is_some());
    }
}

#[tokio::test]
async fn a_damaged_entry_is_named() {
    let (store, raw, _folder) = kept().await;
    raw.execute_batch(
        "DROP TRIGGER entries_never_change; UPDATE entries SET body = '[]' WHERE seq = 3",
    )
    .unwrap();
    let error = store
        .entries(&acme(), &EntryQuery::default())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("entry 3 of the audit"),
        "{error}"
    );
    let report = store.verify_audit(&acme()).await;
    assert!(
        matches!(report, Err(StoreError::Damaged { .. })),
        "{report:?}"
    );
}

#[tokio::test]
async fn a_damaged_head_stops_writing_and_fails_no_neighbour() {
    let (store, raw, _folder) = kept().await;
    let hash = "z".repeat(64);
    raw.execute("UPDATE chains SET hash = ?1", [hash]).unwrap();
    let line = samples::line(&samples::client(1, "One"), 2);
    let unit = || Unit {
        lines: vec![line.clone()],
        ..Unit::default()
    };
    let other = samples::practice_id("other");
    let acme = acme();
    let (bad, good) = tokio::join!(store.commit(&acme, unit()), store.commit(&other, unit()));
    assert!(matches!(bad, Err(StoreError::Damaged { .. })), "{bad:?}");
    assert_eq!(good.unwrap().entries.len(), 1);
}

#[tokio::test]
async fn a_cursor_that_no_page_gave_is_refused() {
    let (store, _raw, _folder) = kept().await;
    let query = Query {
        after: Some(Cursor("nonsense".to_owned())),
        ..Query::of(Of::People)
    };
    let error = store.find(&acme(), &query).await.unwrap_err();
    assert!(error.to_string().contains("a page's cursor"), "{error}");
}

#[tokio::test]
async fn a_file_overwritten_in_the_middle_is_damaged_and_never_a_panic() {
    let (store, raw, folder) = kept().await;
    drop(raw);
    drop(store);
    let path = folder.path().join("practice.db");
    let whole = std::fs::read(&path).unwrap();
    let mut refused = 0;
    for page in 1..whole.len() / 4_096 {
        let mut torn = whole.clone();
        torn[page * 4_096..(page + 1) * 4_096].fill(0xA5);
        std::fs::write(&path, &torn).unwrap();
        // It may open, since not every page is read then.
        let Ok(store) = SqliteStore::open(&path).await else {
            refused += 1;
            continue;
        };
        match store.verify_audit(&acme()).await {
            Ok(report) if report.first_break.is_none() => {}
            Ok(_) | Err(StoreError::Damaged { .. }) => refused += 1,
            Err(error) => panic!("page {page}: {error:?}"),
        }
    }
    assert!(refused > 10, "{refused} of {} pages", whole.len() / 4_096);
}

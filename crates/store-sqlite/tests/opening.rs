//! Opening a database: what is refused and in which words, ownership, and opening again.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use store_sqlite::{OpenError, Role, SqliteStore};
use workflow_core::ports::store::{Put, Record, Store, Unit, Version};
use workflow_core::testing::samples;

async fn refused(path: &Path) -> OpenError {
    SqliteStore::open(path).await.unwrap_err()
}

#[tokio::test]
async fn a_missing_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("nowhere");
    let error = refused(&missing.join("practice.db")).await;
    assert!(matches!(&error, OpenError::NoFolder { folder } if *folder == missing));
    let said = format!("the folder {} does not exist", missing.display());
    assert_eq!(error.to_string(), said);
}

#[tokio::test]
async fn garbage_is_not_a_database_and_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    for length in [1, 15, 100, 511, 512, 4_096, 20_000] {
        let garbage: Vec<u8> = (0..length).map(|i| (i * 7 + 3) as u8).collect();
        fs::write(&path, &garbage).unwrap();
        let error = refused(&path).await;
        assert!(
            matches!(error, OpenError::NotADatabase { .. }),
            "{length}: {error:?}"
        );
        assert_eq!(
            fs::read(&path).unwrap(),
            garbage,
            "{length} bytes were changed"
        );
    }
}

#[tokio::test]
async fn a_text_file_is_not_a_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "Dear Ada,\n").unwrap();
    let path = path.canonicalize().unwrap();
    let said = format!("{} is not an SQLite database", path.display());
    assert_eq!(refused(&path).await.to_string(), said);
}

#[tokio::test]
async fn a_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = refused(folder.path()).await;
    assert!(matches!(error, OpenError::Io { .. }), "{error:?}");
}

#[tokio::test]
async fn another_programs_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.db");
    let other = Connection::open(&path).unwrap();
    other
        .execute_batch("CREATE TABLE songs (title TEXT)")
        .unwrap();
    drop(other);
    let error = refused(&path).await;
    assert!(matches!(error, OpenError::OtherProgram { .. }), "{error:?}");
    let other = Connection::open(&path).unwrap();
    let tables: i64 = other
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 1, "nothing was added to it");
}

#[tokio::test]
async fn a_newer_schema_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    drop(SqliteStore::open(&path).await.unwrap());
    let raw = Connection::open(&path).unwrap();
    raw.pragma_update(None, "user_version", 999).unwrap();
    drop(raw);
    for options in [SqliteStore::options(), SqliteStore::options().guest()] {
        let error = options.open(&path).await.unwrap_err();
        assert!(
            matches!(error, OpenError::Newer { found: 999, .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_second_owner_is_told_who_the_first_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    let first = SqliteStore::options()
        .label("night server")
        .open(&path)
        .await;
    let first = first.unwrap();
    assert_eq!(first.role(), Role::Owner);
    let error = refused(&path).await;
    let said = format!(
        "{} is owned by process {} (night server)",
        first.path().display(),
        std::process::id()
    );
    assert_eq!(error.to_string(), said);
    // The refusal took nothing from the first.
    first
        .commit(&samples::practice_id("acme"), Unit::default())
        .await
        .unwrap();
    drop(first);
    SqliteStore::open(&path).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn two_names_of_one_file_have_one_owner() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    let alias = folder.path().join("alias.db");
    let _first = SqliteStore::open(&path).await.unwrap();
    std::os::unix::fs::symlink(&path, &alias).unwrap();
    let error = refused(&alias).await;
    assert!(matches!(error, OpenError::Owned { .. }), "{error:?}");
}

#[tokio::test]
async fn a_lock_file_without_an_owner_stops_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    // What a process leaves behind that was killed.
    fs::write(folder.path().join("practice.db.lock"), "process 1 (dead)").unwrap();
    SqliteStore::open(&path).await.unwrap();
}

#[tokio::test]
async fn the_last_handle_closes_the_file_and_gives_ownership_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    let store = SqliteStore::open(&path).await.unwrap();
    let other = store.clone();
    drop(store);
    assert!(matches!(refused(&path).await, OpenError::Owned { .. }));
    drop(other);
    let store = SqliteStore::open(&path).await.unwrap();
    drop(store);
    assert!(
        !folder.path().join("practice.db-wal").exists(),
        "the log is in the file"
    );
}

#[tokio::test]
async fn a_log_cut_short_anywhere_leaves_a_whole_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    let practice = samples::practice_id("acme");
    let store = SqliteStore::open(&path).await.unwrap();
    for number in 0..8 {
        let client = samples::client(number, "One");
        let line = samples::line(&client, 0);
        let put = Put {
            record: Record::Client(client),
            expected: Version::NONE,
        };
        let unit = Unit {
            puts: vec![put],
            lines: vec![line],
            ..Unit::default()
        };
        store.commit(&practice, unit).await.unwrap();
    }
    // The files as a kill would leave them.
    let database = fs::read(&path).unwrap();
    let log = fs::read(folder.path().join("practice.db-wal")).unwrap();
    drop(store);
    let cut = folder.path().join("cut.db");
    let mut most = 0;
    for part in 0..=16 {
        let length = log.len() * part / 16;
        fs::write(&cut, &database).unwrap();
        fs::write(folder.path().join("cut.db-wal"), &log[..length]).unwrap();
        let _ = fs::remove_file(folder.path().join("cut.db-shm"));
        let store = SqliteStore::open(&cut).await.unwrap();
        let report = store.verify_audit(&practice).await.unwrap();
        assert_eq!(report.first_break, None, "{part} sixteenths");
        assert_eq!(report.records, report.entries, "{part} sixteenths");
        assert!(report.entries >= most, "{part} sixteenths");
        most = report.entries;
    }
    assert_eq!(most, 8, "the whole log holds all");
}

#[tokio::test]
async fn in_memory_stores_are_apart() {
    let practice = samples::practice_id("acme");
    let one = SqliteStore::options().open_in_memory().unwrap();
    let two = SqliteStore::options().open_in_memory().unwrap();
    let put = Put {
        record: Record::Practice(samples::practice(&practice)),
        expected: Version::NONE,
    };
    let unit = Unit {
        puts: vec![put],
        ..Unit::default()
    };
    one.commit(&practice, unit).await.unwrap();
    assert_eq!(one.practices(None, 9).await.unwrap(), [practice]);
    assert_eq!(two.practices(None, 9).await.unwrap(), []);
}

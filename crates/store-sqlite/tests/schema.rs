//! The schema that landed: pinned, documented, and reached from every older one.

use std::fmt::Write;
use std::path::Path;

use rusqlite::{Connection, params};
use store_sqlite::SqliteStore;
use workflow_core::ports::store::{Key, Store, Version};
use workflow_core::testing::samples;

/// The steps as they landed, each under the number of the schema that it makes.
const STEPS: &[&str] = &[
    include_str!("../migrations/0001_records.sql"),
    include_str!("../migrations/0002_audit.sql"),
    include_str!("../migrations/0003_ownership.sql"),
    include_str!("../migrations/0004_jobs.sql"),
    include_str!("../migrations/0005_directory.sql"),
    include_str!("../migrations/0006_webhooks.sql"),
    include_str!("../migrations/0007_signing_in.sql"),
];

fn schema(path: &Path) -> String {
    let raw = Connection::open(path).unwrap();
    let pragma = |name: &str| -> i64 {
        raw.pragma_query_value(None, name, |row| row.get(0))
            .unwrap()
    };
    let mut all = format!(
        "application_id {:#x}\nuser_version {}\n",
        pragma("application_id"),
        pragma("user_version")
    );
    let mut statement = raw
        .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY tbl_name, type DESC, name")
        .unwrap();
    let objects = statement
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap();
    for object in objects {
        writeln!(all, "\n{};", object.unwrap()).unwrap();
    }
    all
}

#[tokio::test]
async fn the_schema_is_the_one_that_landed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    drop(SqliteStore::open(&path).await.unwrap());
    insta::assert_snapshot!(schema(&path));
}

#[tokio::test]
async fn every_older_schema_is_brought_up_to_date_with_what_it_holds() {
    let folder = tempfile::tempdir().unwrap();
    let fresh = folder.path().join("fresh.db");
    drop(SqliteStore::open(&fresh).await.unwrap());
    let practice = samples::practice_id("acme");
    let client = samples::client(1, "Harbour Café");
    for version in 0..=STEPS.len() {
        let path = folder.path().join(format!("{version}.db"));
        let raw = Connection::open(&path).unwrap();
        for step in &STEPS[..version] {
            raw.execute_batch(step).unwrap();
        }
        raw.pragma_update(None, "user_version", version as i64)
            .unwrap();
        if version > 0 {
            let chain = workflow_core::audit::Chain::start(practice.clone());
            let head = params![practice.as_str(), chain.hash().as_str()];
            raw.execute("INSERT INTO chains VALUES (?1, 0, ?2)", head)
                .unwrap();
            let body = serde_json::to_string(&client).unwrap();
            let id = client.id.uuid();
            let row = params![practice.as_str(), id.as_bytes(), "harbour café", body];
            raw.execute("INSERT INTO clients VALUES (?1, ?2, 3, ?3, 1, ?4)", row)
                .unwrap();
        }
        drop(raw);
        let store = SqliteStore::open(&path).await.unwrap();
        if version > 0 {
            let found = store
                .get(&practice, &Key::Client(client.id))
                .await
                .unwrap()
                .unwrap();
            assert_eq!(found.version, Version(3), "from schema {version}");
        }
        drop(store);
        assert_eq!(schema(&path), schema(&fresh), "from schema {version}");
    }
}

#[test]
fn the_documentation_names_everything_in_it() {
    let documentation = include_str!("../../../docs/store.md");
    let raw = Connection::open_in_memory().unwrap();
    for step in STEPS {
        raw.execute_batch(step).unwrap();
    }
    let read = "SELECT name FROM sqlite_schema WHERE sql IS NOT NULL \
         UNION SELECT c.name FROM sqlite_schema AS t, pragma_table_info(t.name) AS c \
         WHERE t.type = 'table'";
    let mut statement = raw.prepare(read).unwrap();
    let names = statement
        .query_map([], |row| row.get::<_, String>(0))
        .unwrap();
    for name in names {
        let name = name.unwrap();
        assert!(
            documentation.contains(&format!("`{name}`")),
            "docs/store.md lacks `{name}`"
        );
    }
}

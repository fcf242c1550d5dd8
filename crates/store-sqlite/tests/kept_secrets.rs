//! Secrets of a practice at rest: sealed under the master key, bound to their practice and name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rusqlite::Connection as Raw;
use secrecy::{ExposeSecret as _, SecretString};
use store_sqlite::{MasterKey, RekeyError, SqliteStore};
use tempfile::TempDir;
use workflow_core::ids::{PracticeId, WebhookId};
use workflow_core::ports::secrets::{SecretStore as _, SecretStoreError};
use workflow_core::ports::store::{Key, Put, Record, Store as _, Unit, Version};
use workflow_core::testing::samples;
use workflow_core::webhook::{Outbox, Parked, Progress, Webhook, WebhookKind, Webhooks};

const SECRET: &str = "whsec_0123456789abcdef0123456789abcdef";

fn acme() -> PracticeId {
    samples::practice_id("acme")
}

fn key(byte: u8) -> MasterKey {
    MasterKey::from_bytes([byte; MasterKey::BYTES])
}

async fn open(folder: &TempDir, key: Option<MasterKey>) -> SqliteStore {
    let options = SqliteStore::options();
    let options = match key {
        Some(key) => options.key(key),
        None => options,
    };
    let opened = options.open(folder.path().join("practice.db")).await;
    opened.unwrap()
}

async fn said(store: &SqliteStore, practice: &PracticeId, name: &str) -> Option<String> {
    let found = store.secret(practice, name).await.unwrap();
    found.map(|secret| secret.expose_secret().to_owned())
}

async fn is_sealed(store: &SqliteStore, name: &str) -> bool {
    let found = store.secret(&acme(), name).await;
    matches!(found, Err(SecretStoreError::Sealed { .. }))
}

#[tokio::test]
async fn a_secret_is_kept_sealed_for_its_practice_under_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, Some(key(1))).await;
    let secret = SecretString::from(SECRET);
    store.keep_secret(&acme(), "one", &secret).await.unwrap();
    assert_eq!(said(&store, &acme(), "one").await.as_deref(), Some(SECRET));
    assert_eq!(said(&store, &acme(), "two").await, None);
    let other = samples::practice_id("other");
    assert_eq!(said(&store, &other, "one").await, None);
    let second = SecretString::from("whsec_another");
    store.keep_secret(&acme(), "one", &second).await.unwrap();
    assert_eq!(
        said(&store, &acme(), "one").await.as_deref(),
        Some("whsec_another")
    );
    store.forget_secret(&acme(), "one").await.unwrap();
    store.forget_secret(&acme(), "one").await.unwrap();
    assert_eq!(said(&store, &acme(), "one").await, None);
    store.keep_secret(&acme(), "one", &secret).await.unwrap();
    drop(store);
    for file in fs::read_dir(folder.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let holds = bytes
            .windows(SECRET.len())
            .any(|part| part == SECRET.as_bytes());
        assert!(!holds, "the secret is in a file as it is");
    }
}

#[tokio::test]
async fn what_was_sealed_is_of_no_use_elsewhere_or_with_another_key_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, Some(key(1))).await;
    let secret = SecretString::from(SECRET);
    store.keep_secret(&acme(), "one", &secret).await.unwrap();
    let raw = Raw::open(folder.path().join("practice.db")).unwrap();
    raw.execute_batch(
        "INSERT INTO secrets SELECT practice, 'two', format, nonce, sealed FROM secrets",
    )
    .unwrap();
    assert!(is_sealed(&store, "two").await);
    drop((store, raw));
    for wrong in [Some(key(2)), None] {
        let store = open(&folder, wrong).await;
        assert!(is_sealed(&store, "one").await);
    }
    let bare = open(&folder, None).await;
    let refused = bare.keep_secret(&acme(), "one", &secret).await;
    assert!(matches!(refused, Err(SecretStoreError::Sealed { .. })));
}

#[tokio::test]
async fn a_change_of_the_key_seals_secrets_anew_or_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, Some(key(1))).await;
    let secret = SecretString::from(SECRET);
    store.keep_secret(&acme(), "one", &secret).await.unwrap();
    drop(store);
    let store = open(&folder, Some(key(2))).await;
    let refused = store.change_key(&key(3)).await;
    assert!(
        matches!(refused, Err(RekeyError::UnopenedSecret { .. })),
        "{refused:?}"
    );
    store.change_key(&key(1)).await.unwrap();
    assert_eq!(said(&store, &acme(), "one").await.as_deref(), Some(SECRET));
    store.change_key(&key(1)).await.unwrap();
}

#[tokio::test]
async fn webhooks_and_how_far_they_came_are_kept_under_versions() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, Some(key(1))).await;
    let id = WebhookId::new(samples::uuid(7, 1));
    let webhook = Webhook {
        url: "https://hooks.example/x".parse().unwrap(),
        kinds: BTreeSet::from(WebhookKind::ALL),
        secret_made_at: samples::minute(0),
        secret_number: 2,
        parked: Some(Parked {
            reason: "It answered 503.".into(),
            since: samples::minute(1),
        }),
    };
    let progress = Progress {
        after: 7,
        told: 1,
        tries: 3,
        next_at: Some(samples::minute(2)),
        trouble: Some("It answered 503.".into()),
        told_at: Some(samples::minute(1)),
    };
    let records = [
        Record::Webhooks(Webhooks {
            endpoints: BTreeMap::from([(id, webhook)]),
        }),
        Record::Outbox(Outbox {
            endpoints: BTreeMap::from([(id, progress)]),
        }),
    ];
    let put = |expected| {
        let puts = records.iter().cloned();
        Unit {
            puts: puts.map(|record| Put { record, expected }).collect(),
            ..Unit::default()
        }
    };
    store.commit(&acme(), put(Version::NONE)).await.unwrap();
    for (key, record) in [Key::Webhooks, Key::Outbox].iter().zip(&records) {
        let found = store.get(&acme(), key).await.unwrap().unwrap();
        assert_eq!((&found.value, found.version), (record, Version(1)));
    }
    let stale = store.commit(&acme(), put(Version::NONE)).await;
    assert!(stale.is_err(), "{stale:?}");
    let other = samples::practice_id("other");
    assert_eq!(store.get(&other, &Key::Webhooks).await.unwrap(), None);
}

//! Connections at rest: sealed, bound to their place, and of no use without the key.

use std::fs;

use rusqlite::Connection as Raw;
use secrecy::{ExposeSecret, SecretString};
use store_sqlite::{KeyError, MasterKey, RekeyError, Resealed, SqliteStore};
use tempfile::TempDir;
use workflow_core::ids::PracticeId;
use workflow_core::ports::tokens::{
    AccessToken, Connection, Organisation, Rotation, TokenStore, TokenStoreError,
};
use workflow_core::testing::samples;

const REFRESH: &str = "refresh-token-of-acme";
const ACCESS: &str = "access-token-of-acme";

fn acme() -> PracticeId {
    samples::practice_id("acme")
}

fn key(byte: u8) -> MasterKey {
    MasterKey::from_bytes([byte; MasterKey::BYTES])
}

fn connection() -> Connection {
    Connection {
        tenant: samples::uuid(1, 1),
        tenant_name: Some("Harbour & Co".to_owned()),
        access: Some(AccessToken {
            secret: SecretString::from(ACCESS),
            expires_at: samples::minute(30),
        }),
        refresh: SecretString::from(REFRESH),
        refreshed_at: samples::minute(0),
        organisation: Some(Organisation {
            tenant: samples::uuid(1, 2),
            name: None,
        }),
    }
}

async fn open(folder: &TempDir, key: Option<MasterKey>) -> SqliteStore {
    let options = SqliteStore::options();
    let options = match key {
        Some(key) => options.key(key),
        None => options,
    };
    options
        .open(folder.path().join("practice.db"))
        .await
        .unwrap()
}

fn sealed(answer: Result<impl Sized, TokenStoreError>) -> &'static str {
    match answer {
        Err(TokenStoreError::Sealed { reason }) => reason,
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("it was opened"),
    }
}

#[tokio::test]
async fn the_right_key_opens_it_again() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, Some(key(7))).await;
    store
        .save_connection(&acme(), &connection(), None)
        .await
        .unwrap();
    drop(store);
    let store = open(&folder, Some(key(7))).await;
    let (opened, rotation) = store.connection(&acme()).await.unwrap().unwrap();
    assert_eq!(rotation, Rotation(1));
    assert!(opened.refresh.expose_secret() == REFRESH);
}

#[tokio::test]
async fn the_wrong_key_and_no_key_open_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, Some(key(7))).await;
    let rotation = store
        .save_connection(&acme(), &connection(), None)
        .await
        .unwrap();
    drop(store);
    let store = open(&folder, Some(key(8))).await;
    let reason = sealed(store.connection(&acme()).await);
    assert_eq!(
        reason,
        "the master key is not the one it was encrypted under"
    );
    drop(store);
    let store = open(&folder, None).await;
    let reason = "the store was opened without the master key";
    assert_eq!(sealed(store.connection(&acme()).await), reason);
    let saved = store
        .save_connection(&acme(), &connection(), Some(rotation))
        .await;
    assert_eq!(sealed(saved), reason);
    // To forget needs no key, and then there is nothing to open.
    store.forget_connection(&acme()).await.unwrap();
    assert!(store.connection(&acme()).await.unwrap().is_none());
}

#[tokio::test]
async fn no_secret_is_in_any_file() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, Some(key(7))).await;
    store
        .save_connection(&acme(), &connection(), None)
        .await
        .unwrap();
    let mut files = 0;
    for file in fs::read_dir(folder.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        let holds = |secret: &str| {
            bytes
                .windows(secret.len())
                .any(|at| at == secret.as_bytes())
        };
        assert!(!holds(REFRESH) && !holds(ACCESS) && !holds("Harbour"));
        files += 1;
    }
    assert!(files >= 3, "database, log and lock");
}

#[tokio::test]
async fn a_sealed_connection_is_of_no_use_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, Some(key(7))).await;
    let other = samples::practice_id("other");
    store
        .save_connection(&acme(), &connection(), None)
        .await
        .unwrap();
    store
        .save_connection(&other, &connection(), None)
        .await
        .unwrap();
    let raw = Raw::open(folder.path().join("practice.db")).unwrap();
    let reason = "the master key is not the one it was encrypted under";
    // In another practice's row.
    raw.execute_batch(
        "UPDATE connections SET (nonce, sealed) = (SELECT nonce, sealed FROM connections AS theirs \
         WHERE theirs.practice = 'acme') WHERE practice = 'other'",
    )
    .unwrap();
    assert_eq!(sealed(store.connection(&other).await), reason);
    // In place of a later one.
    raw.execute_batch("UPDATE connections SET rotation = 2 WHERE practice = 'acme'")
        .unwrap();
    assert_eq!(sealed(store.connection(&acme()).await), reason);
    // With a bit turned.
    raw.execute_batch(
        "UPDATE connections SET rotation = 1, sealed = zeroblob(length(sealed)) \
         WHERE practice = 'acme'",
    )
    .unwrap();
    assert_eq!(sealed(store.connection(&acme()).await), reason);
}

#[tokio::test]
async fn each_save_has_a_nonce_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, Some(key(7))).await;
    let raw = Raw::open(folder.path().join("practice.db")).unwrap();
    let mut nonces = std::collections::BTreeSet::new();
    let mut rotation = None;
    for _ in 0..20 {
        rotation = Some(
            store
                .save_connection(&acme(), &connection(), rotation)
                .await
                .unwrap(),
        );
        let nonce: Vec<u8> = raw
            .query_row("SELECT nonce FROM connections", [], |row| row.get(0))
            .unwrap();
        nonces.insert(nonce);
    }
    assert_eq!(nonces.len(), 20);
}

/// Whoever still holds the rotation of a connection that was forgotten cannot write over the one
/// that was made after it.
#[tokio::test]
async fn a_connection_made_anew_is_not_mistaken_for_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder, Some(key(7))).await;
    let old = store
        .save_connection(&acme(), &connection(), None)
        .await
        .unwrap();
    store.forget_connection(&acme()).await.unwrap();
    let new = store
        .save_connection(&acme(), &connection(), None)
        .await
        .unwrap();
    assert!(new > old);
    let late = store
        .save_connection(&acme(), &connection(), Some(old))
        .await;
    assert!(matches!(late, Err(TokenStoreError::Rotated)), "{late:?}");
}

#[test]
fn a_key_shows_nothing_of_itself() {
    assert_eq!(format!("{:?}", key(7)), "MasterKey([redacted])");
    let options = format!("{:?}", SqliteStore::options().key(key(0x41)));
    assert!(
        !options.contains("65") && !options.contains("AAAA"),
        "{options}"
    );
}

#[test]
fn a_text_that_is_no_key_is_refused_without_showing_it() {
    let error = MasterKey::from_base64("!!secret!!").unwrap_err();
    assert_eq!(
        (error, error.to_string()),
        (
            KeyError::NotBase64,
            "the master key is not base64".to_owned(),
        )
    );
    let error = MasterKey::from_base64("c2hvcnQ=").unwrap_err();
    assert_eq!(error, KeyError::WrongLength { found: 5 });
}

#[tokio::test]
async fn the_key_is_changed_in_one_go_and_calling_again_does_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let other = samples::practice_id("other");
    let store = open(&folder, Some(key(1))).await;
    for practice in [acme(), other.clone()] {
        let connection = connection();
        let saved = store.save_connection(&practice, &connection, None);
        assert_eq!(saved.await.unwrap(), Rotation(1));
    }
    assert!(store.check_key().await.unwrap().fails.is_empty());
    drop(store);
    let store = open(&folder, Some(key(2))).await;
    let both = vec![acme(), other.clone()];
    assert_eq!(store.check_key().await.unwrap().fails, both);
    let all = Resealed {
        changed: both.clone(),
        unchanged: Vec::new(),
    };
    assert_eq!(store.change_key(&key(1)).await.unwrap(), all);
    // A second process, or the same after a crash, finds it done.
    let none = Resealed {
        changed: Vec::new(),
        unchanged: both.clone(),
    };
    assert_eq!(store.change_key(&key(1)).await.unwrap(), none);
    assert_eq!(store.check_key().await.unwrap().opens, both);
    let (found, rotation) = store.connection(&acme()).await.unwrap().unwrap();
    assert_eq!(rotation, Rotation(1), "the tokens are the same");
    assert_eq!(found.refresh.expose_secret(), REFRESH);
    assert_eq!(found.organisation, connection().organisation);
    drop(store);
    let store = open(&folder, Some(key(1))).await;
    assert_eq!(
        sealed(store.connection(&other).await),
        "the master key is not the one it was encrypted under"
    );
}

#[tokio::test]
async fn where_one_opens_with_neither_key_none_is_changed() {
    let folder = tempfile::tempdir().unwrap();
    let lost = samples::practice_id("lost");
    let store = open(&folder, Some(key(9))).await;
    store
        .save_connection(&lost, &connection(), None)
        .await
        .unwrap();
    drop(store);
    let store = open(&folder, Some(key(1))).await;
    store
        .save_connection(&acme(), &connection(), None)
        .await
        .unwrap();
    drop(store);
    let store = open(&folder, Some(key(2))).await;
    let refused = store.change_key(&key(1)).await.unwrap_err();
    assert!(matches!(&refused, RekeyError::Unopened { practice } if *practice == lost));
    assert_eq!(
        refused.to_string(),
        "the connection of lost opens neither with the former key nor with the new one"
    );
    assert_eq!(store.check_key().await.unwrap().opens, []);
    store.forget_connection(&lost).await.unwrap();
    assert_eq!(store.change_key(&key(1)).await.unwrap().changed, [acme()]);
    // Without a key, and beside the owner, nothing is changed.
    let path = folder.path().join("practice.db");
    let guest = SqliteStore::options().key(key(3)).guest().open(&path).await;
    let guest = guest.unwrap().change_key(&key(2)).await;
    assert!(matches!(guest, Err(RekeyError::Store(_))), "{guest:?}");
    drop(store);
    let without = open(&folder, None).await.change_key(&key(2)).await;
    assert!(matches!(without, Err(RekeyError::Store(_))), "{without:?}");
}

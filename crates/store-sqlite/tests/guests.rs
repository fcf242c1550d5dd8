//! Owners and guests on one file: who may do what, and what each sees of the other.

use std::fs;
use std::path::Path;

use secrecy::SecretString;
use store_sqlite::{MasterKey, OpenError, Role, SqliteStore};
use workflow_core::deployment::Fence;
use workflow_core::ids::PracticeId;
use workflow_core::ports::store::{
    Key, LeaseAnswer, LeaseRequest, Put, Record, Store, StoreError, Unit, Version,
};
use workflow_core::ports::tokens::{Connection, TokenStore, TokenStoreError};
use workflow_core::testing::samples;

fn acme() -> PracticeId {
    samples::practice_id("acme")
}

fn put(name: &str, expected: u64) -> Unit {
    let record = Record::Client(samples::client(1, name));
    let expected = Version(expected);
    Unit {
        puts: vec![Put { record, expected }],
        ..Unit::default()
    }
}

fn request(holder: &str) -> LeaseRequest {
    LeaseRequest {
        holder: samples::holder(holder),
        now: samples::minute(0),
        time: chrono::TimeDelta::minutes(1),
    }
}

async fn granted(store: &SqliteStore, holder: &str) -> Fence {
    match store.lease(&acme(), &request(holder)).await.unwrap() {
        LeaseAnswer::Granted(lease) => lease.fence,
        held @ LeaseAnswer::Held { .. } => panic!("{held:?}"),
    }
}

async fn both(path: &Path) -> (SqliteStore, SqliteStore) {
    let key = || MasterKey::from_bytes([7; 32]);
    let owner = SqliteStore::options()
        .key(key())
        .label("server")
        .open(path)
        .await;
    let guest = SqliteStore::options().key(key()).guest().open(path).await;
    (owner.unwrap(), guest.unwrap())
}

fn connection() -> Connection {
    Connection {
        tenant: samples::uuid(1, 1),
        tenant_name: None,
        access: None,
        refresh: SecretString::from("refresh"),
        refreshed_at: samples::minute(0),
        organisation: None,
    }
}

#[tokio::test]
async fn each_sees_what_the_other_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let (owner, guest) = both(&folder.path().join("practice.db")).await;
    let key = Key::Client(samples::client_id(1));
    owner.commit(&acme(), put("One", 0)).await.unwrap();
    assert_eq!(
        guest.get(&acme(), &key).await.unwrap().unwrap().version,
        Version(1)
    );
    guest.commit(&acme(), put("Uno", 1)).await.unwrap();
    assert_eq!(
        owner.get(&acme(), &key).await.unwrap().unwrap().version,
        Version(2)
    );
    // What either read before is refused.
    for store in [&owner, &guest] {
        let error = store.commit(&acme(), put("Eins", 1)).await.unwrap_err();
        assert!(
            matches!(
                error,
                StoreError::Conflict {
                    found: Version(2),
                    ..
                }
            ),
            "{error:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn owner_and_guest_lose_no_edit_to_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let (owner, guest) = both(&folder.path().join("practice.db")).await;
    let key = Key::Client(samples::client_id(1));
    let count = async |store: SqliteStore| {
        let mut done = 0;
        while done < 20 {
            let found = store
                .get(&acme(), &Key::Client(samples::client_id(1)))
                .await
                .unwrap();
            let version = found.map_or(0, |found| found.version.0);
            match store.commit(&acme(), put("One", version)).await {
                Ok(_) => done += 1,
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
    };
    tokio::join!(count(owner.clone()), count(guest.clone()));
    let found = owner.get(&acme(), &key).await.unwrap().unwrap();
    assert_eq!(found.version, Version(40));
}

#[tokio::test]
async fn a_guest_is_refused_a_lease_and_told_who_owns() {
    let folder = tempfile::tempdir().unwrap();
    let (owner, guest) = both(&folder.path().join("practice.db")).await;
    assert_eq!((owner.role(), guest.role()), (Role::Owner, Role::Guest));
    let error = guest.lease(&acme(), &request("guest")).await.unwrap_err();
    let said = format!(
        "process {} (server) owns the database, and only its owner may deploy",
        std::process::id()
    );
    assert_eq!(error.to_string(), said);
    drop(owner);
    let error = guest.lease(&acme(), &request("guest")).await.unwrap_err();
    let said = "nobody at present owns the database, and only its owner may deploy";
    assert_eq!(error.to_string(), said);
}

#[tokio::test]
async fn a_guest_writes_under_no_fence_not_even_the_owners() {
    let folder = tempfile::tempdir().unwrap();
    let (owner, guest) = both(&folder.path().join("practice.db")).await;
    let fence = granted(&owner, "server").await;
    let under = || Unit {
        fence: Some(fence),
        ..Unit::default()
    };
    let error = guest.commit(&acme(), under()).await.unwrap_err();
    assert!(matches!(error, StoreError::NotOwner { .. }), "{error:?}");
    guest
        .release(&acme(), &samples::holder("server"))
        .await
        .unwrap();
    owner.commit(&acme(), under()).await.unwrap();
}

#[tokio::test]
async fn a_guest_reads_connections_and_changes_none() {
    let folder = tempfile::tempdir().unwrap();
    let (owner, guest) = both(&folder.path().join("practice.db")).await;
    let rotation = owner
        .save_connection(&acme(), &connection(), None)
        .await
        .unwrap();
    let (_, read) = guest.connection(&acme()).await.unwrap().unwrap();
    assert_eq!(read, rotation);
    let saved = guest
        .save_connection(&acme(), &connection(), Some(rotation))
        .await;
    let forgotten = guest.forget_connection(&acme()).await;
    for error in [saved.unwrap_err(), forgotten.unwrap_err()] {
        let TokenStoreError::Unavailable(source) = error else {
            panic!("{error:?}");
        };
        let said = format!(
            "process {} (server) owns the database, and only its owner may hold connections",
            std::process::id()
        );
        assert_eq!(source.to_string(), said);
    }
    let (_, still) = owner.connection(&acme()).await.unwrap().unwrap();
    assert_eq!(still, rotation);
}

#[tokio::test]
async fn a_guest_makes_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    let opened = SqliteStore::options().guest().open(&path).await;
    assert!(
        matches!(opened, Err(OpenError::Missing { .. })),
        "{opened:?}"
    );
    assert!(!path.exists());
    fs::write(&path, "").unwrap();
    let opened = SqliteStore::options().guest().open(&path).await;
    assert!(
        matches!(opened, Err(OpenError::Older { found: 0, .. })),
        "{opened:?}"
    );
    assert_eq!(fs::read(&path).unwrap(), b"");
}

/// Whoever deletes the lock file lets a second owner in; the epoch then stops the first.
#[tokio::test]
async fn an_owner_that_was_overtaken_can_no_longer_deploy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("practice.db");
    let first = SqliteStore::options()
        .key(MasterKey::from_bytes([7; 32]))
        .open(&path)
        .await;
    let first = first.unwrap();
    let fence = granted(&first, "first").await;
    fs::remove_file(folder.path().join("practice.db.lock")).unwrap();
    let second = SqliteStore::open(&path).await.unwrap();

    let late = Unit {
        fence: Some(fence),
        ..Unit::default()
    };
    let error = first.commit(&acme(), late).await.unwrap_err();
    assert!(matches!(error, StoreError::FenceLost { .. }), "{error:?}");
    let error = first.lease(&acme(), &request("first")).await.unwrap_err();
    assert!(matches!(error, StoreError::NotOwner { .. }), "{error:?}");
    let error = first
        .save_connection(&acme(), &connection(), None)
        .await
        .unwrap_err();
    assert!(
        matches!(error, TokenStoreError::Unavailable(_)),
        "{error:?}"
    );
    assert!(granted(&second, "second").await > fence);
}

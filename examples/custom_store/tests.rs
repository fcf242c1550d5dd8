//! The folder store under the core's suite, under random scripts, and where its own files matter.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tempfile::TempDir;
use workflow_core::ids::PracticeId;
use workflow_core::ports::store::{Key, Put, Record, Store, StoreError, Unit, Version};
use workflow_core::testing::script::{arb_script, run_reopening};
use workflow_core::testing::{MemoryStore, samples};

use crate::store::FolderStore;

/// A store in a folder of its own, which goes when the test ends.
type Kept = (FolderStore, TempDir);

fn made() -> Kept {
    let folder = tempfile::tempdir().unwrap();
    (FolderStore::open(folder.path()).unwrap(), folder)
}

async fn reopen((store, folder): Kept) -> Kept {
    drop(store);
    (FolderStore::open(folder.path()).unwrap(), folder)
}

mod suite {
    use super::*;

    workflow_core::store_suite!(#[tokio::test], made(), reopen = reopen);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn scripts_give_the_same_in_memory(script in arb_script()) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let seen = runtime.block_on(run_reopening(&script, made(), reopen));
        let memory = async |store: MemoryStore| store.reopen();
        let specified = runtime.block_on(run_reopening(&script, MemoryStore::new(), memory));
        prop_assert_eq!(seen, specified);
    }
}

fn acme() -> PracticeId {
    "acme".parse().unwrap()
}

fn one_client() -> Unit {
    let put = Put {
        record: Record::Client(samples::client(1, "Harbour Café")),
        expected: Version::NONE,
    };
    Unit {
        puts: vec![put],
        ..Unit::default()
    }
}

async fn is_there(store: &FolderStore) -> bool {
    let key = Key::Client(samples::client_id(1));
    store.get(&acme(), &key).await.unwrap().is_some()
}

#[tokio::test]
async fn a_draft_that_a_kill_left_behind_is_not_read() {
    let (store, folder) = made();
    store.commit(&acme(), one_client()).await.unwrap();
    drop(store);
    fs::write(folder.path().join("acme.draft"), b"{\"format\":1,\"pra").unwrap();
    let store = FolderStore::open(folder.path()).unwrap();
    assert!(is_there(&store).await);
}

#[tokio::test]
async fn after_a_failed_save_nothing_is_answered_until_the_folder_is_opened_again() {
    let (store, folder) = made();
    // A folder in the draft's place: no draft can be written.
    let in_the_way = folder.path().join("acme.draft");
    fs::create_dir(&in_the_way).unwrap();
    let error = store.commit(&acme(), one_client()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    fs::remove_dir(&in_the_way).unwrap();
    let error = store.commit(&acme(), one_client()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    let (store, _folder) = reopen((store, folder)).await;
    assert!(!is_there(&store).await);
    store.commit(&acme(), one_client()).await.unwrap();
    assert!(is_there(&store).await);
}

/// Changes the one document by hand, and opens the folder.
async fn opened_after(change: impl FnOnce(&Path, String)) -> Result<FolderStore, StoreError> {
    let (store, folder) = made();
    store.commit(&acme(), one_client()).await.unwrap();
    drop(store);
    let path = folder.path().join("acme.json");
    change(&path, fs::read_to_string(&path).unwrap());
    FolderStore::open(folder.path())
}

#[tokio::test]
async fn a_document_of_another_format_is_refused() {
    let newer = opened_after(|path, text| {
        let newer = text.replacen("\"format\":1", "\"format\":2", 1);
        fs::write(path, newer).unwrap();
    });
    let error = newer.await.unwrap_err().to_string();
    assert!(error.contains("format 2 is not 1"), "{error}");
}

#[tokio::test]
async fn a_document_under_another_name_is_refused() {
    let renamed =
        opened_after(|path, _| fs::rename(path, path.with_file_name("zen.json")).unwrap());
    let error = renamed.await.unwrap_err().to_string();
    assert!(error.contains("it is the document of acme"), "{error}");
}

#[tokio::test]
async fn half_a_document_is_refused() {
    let half = opened_after(|path, text| fs::write(path, &text[..text.len() / 2]).unwrap());
    let error = half.await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
}

#[tokio::test]
async fn a_folder_is_open_once_at_a_time() {
    let (store, folder) = made();
    let error = FolderStore::open(folder.path()).unwrap_err();
    assert!(matches!(error, StoreError::NotOwner { .. }), "{error:?}");
    drop(store);
    FolderStore::open(folder.path()).unwrap();
}

#[tokio::test]
async fn the_demonstration_shows_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let seen = crate::demonstrate(folder.path()).await.unwrap();
    let lines: Vec<&str> = seen.lines().collect();
    let why = "2026-11-28: not in the rule: the schedule gives no such date";
    assert_eq!((lines[0], lines[3]), (why, why));
    assert!(
        lines[2].starts_with("opened again: GST {period}, active"),
        "{seen}"
    );
    assert!(lines[4].ends_with("entries say: true"), "{seen}");
}

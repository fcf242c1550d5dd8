//! The folder gateway under the core's suite, and where its own files matter.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;
use uuid::Uuid;
use workflow_core::ids::{ClientId, PracticeId, StaffId, TemplateId};
use workflow_core::ports::gateway::{Class, CreateJob, JobGateway};
use workflow_core::testing::gateway_suite::{Bench, Unknown};
use workflow_core::testing::{CountingIds, ManualClock};

use crate::files::{Directory, Row};
use crate::gateway::FolderGateway;

fn acme() -> PracticeId {
    "acme".parse().unwrap()
}

fn gateway(folder: &TempDir) -> FolderGateway {
    let clock = ManualClock::at("2026-11-22T00:00:00Z".parse().unwrap());
    let ids = CountingIds::new(1);
    FolderGateway::open(folder.path(), Arc::new(clock), Arc::new(ids)).unwrap()
}

/// What people have chosen before: two clients, a template, and more than one page of staff.
fn directory() -> Directory {
    let row = |id: u128| Row::named(Uuid::from_u128(id), &format!("Row {id}"));
    Directory {
        clients: vec![row(1), row(2)],
        staff: (10..180).map(row).collect(),
        templates: vec![Row {
            tasks: vec!["Reconcile".into(), "Review".into()],
            ..row(3)
        }],
        categories: Vec::new(),
    }
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let gateway = gateway(&folder);
    gateway.connect(&acme(), &directory()).unwrap();
    let id = Uuid::from_u128;
    Bench {
        gateway: Arc::new(gateway),
        practice: acme(),
        client: ClientId::new(id(1)),
        other_client: ClientId::new(id(2)),
        template: TemplateId::new(id(3)),
        staff: [10, 11].map(|staff| StaffId::new(id(staff))),
        today: "2026-11-22".parse().unwrap(),
        unknown: Some(Unknown {
            client: ClientId::new(id(900)),
            template: TemplateId::new(id(900)),
            staff: StaffId::new(id(900)),
        }),
        keep: Some(Box::new(folder)),
    }
}

mod suite {
    use super::*;

    workflow_core::gateway_suite!(#[tokio::test], bench());
}

fn order() -> CreateJob {
    CreateJob {
        client: ClientId::new(Uuid::from_u128(1)),
        name: "GST".to_owned(),
        description: "ref: 0123456789ABCDEF".to_owned(),
        start: "2026-12-01".parse().unwrap(),
        due: "2026-12-28".parse().unwrap(),
        reference: None,
        template: None,
        category: None,
        budget: Some("55.00".parse().unwrap()),
        number: None,
    }
}

/// The files of the practice's folder with that extension.
fn files(folder: &TempDir, extension: &str) -> Vec<PathBuf> {
    let practice = fs::read_dir(folder.path()).unwrap();
    let mut practice = practice.map(|entry| entry.unwrap().path());
    let practice = practice.find(|path| path.is_dir()).unwrap();
    let files = fs::read_dir(practice)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|of| of == extension))
        .collect()
}

#[tokio::test]
async fn a_job_is_one_file_and_a_draft_that_a_kill_left_behind_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = gateway(&folder);
    gateway.connect(&acme(), &directory()).unwrap();
    let job = gateway.create_job(&acme(), &order()).await.unwrap().value;
    let kept = files(&folder, "job");
    assert_eq!(kept.len(), 1);
    assert_eq!(files(&folder, "draft"), [] as [PathBuf; 0]);
    let text = fs::read_to_string(&kept[0]).unwrap();
    assert!(text.contains("ref: 0123456789ABCDEF"), "{text}");
    fs::write(kept[0].with_extension("draft"), &text[..20]).unwrap();
    let listed = gateway.jobs_of_client(&acme(), order().client).await;
    assert_eq!(listed.unwrap().value.jobs, [job]);
}

/// Another process has the same folder open: the numbers are given once all the same.
#[tokio::test(flavor = "multi_thread")]
async fn two_that_share_the_folder_give_a_number_once() {
    let folder = tempfile::tempdir().unwrap();
    gateway(&folder).connect(&acme(), &directory()).unwrap();
    let clock = ManualClock::at("2026-11-22T00:00:00Z".parse().unwrap());
    let (clock, ids) = (Arc::new(clock), Arc::new(CountingIds::new(7)));
    let open = || FolderGateway::open(folder.path(), clock.clone(), ids.clone()).unwrap();
    let creates = (0..8).map(|_| {
        let gateway = open();
        tokio::spawn(async move { gateway.create_job(&acme(), &order()).await })
    });
    let mut numbers = std::collections::BTreeSet::new();
    for create in creates.collect::<Vec<_>>() {
        numbers.insert(create.await.unwrap().unwrap().value.number);
    }
    assert_eq!(numbers.len(), 8);
}

#[tokio::test]
async fn a_practice_without_a_folder_is_not_connected() {
    let folder = tempfile::tempdir().unwrap();
    let error = gateway(&folder).create_job(&acme(), &order()).await;
    let error = error.unwrap_err();
    assert_eq!(error.class(), Class::Never);
    assert!(error.to_string().contains("not connected"), "{error}");
}

/// A file that cannot be read may be the very job that is looked for.
#[tokio::test]
async fn a_damaged_file_hides_no_job() {
    let folder = tempfile::tempdir().unwrap();
    let gateway = gateway(&folder);
    gateway.connect(&acme(), &directory()).unwrap();
    gateway.create_job(&acme(), &order()).await.unwrap();
    let path = &files(&folder, "job")[0];
    let text = fs::read_to_string(path).unwrap();
    for damaged in [
        text[..text.len() / 2].to_owned(),
        text.replacen("\"format\": 1", "\"format\": 2", 1),
    ] {
        fs::write(path, damaged).unwrap();
        let listed = gateway.jobs_of_client(&acme(), order().client).await;
        let error = listed.unwrap_err().to_string();
        assert!(error.contains("damaged"), "{error}");
    }
}

#[tokio::test]
async fn the_demonstration_shows_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let seen = crate::demonstrate(folder.path()).await.unwrap();
    assert!(seen.contains("J000001"), "{seen}");
    assert_eq!(files(&folder, "job").len(), 2, "{seen}");
}

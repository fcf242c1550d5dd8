//! What the data file keeps, and who may open it.

use std::time::Duration;

use crate::common::{Fixture, GST, quiet};
use xpm_sandbox::{JournalError, SandboxError};

#[tokio::test]
async fn a_restart_changes_nothing_and_goes_on_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("xpm.jsonl");
    let xpm = Fixture::start(quiet().data_file(&path)).await;
    xpm.add("m1").await.unwrap();
    let apply = format!("<Job><ID>J000001</ID><TemplateUUID>{GST}</TemplateUUID></Job>");
    xpm.post("job.api/applytemplate", &apply).await;
    xpm.add("m2").await.unwrap();
    xpm.state().remove_job("J000002").unwrap();
    xpm.state().forward_clock(Duration::from_secs(60)).unwrap();
    let (records, now) = (xpm.state().records(), xpm.state().now());
    let Fixture {
        running,
        clock,
        tokens,
        http,
    } = xpm;
    running.shutdown().await;

    let sandbox = quiet()
        .data_file(&path)
        .clock(clock.clone())
        .build()
        .unwrap();
    assert_eq!(sandbox.state().records(), records);
    assert_eq!(sandbox.state().now(), now);
    let running = sandbox.start("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let xpm = Fixture {
        running,
        clock,
        tokens,
        http,
    };
    let answer = xpm.add("m3").await.unwrap();
    assert_eq!(answer.status, 200, "the tokens are good still");
    assert_eq!(
        answer.text("ID"),
        "J000003",
        "a removed number is not given again"
    );
    let uuids: std::collections::BTreeSet<_> =
        xpm.state().jobs().into_iter().map(|job| job.uuid).collect();
    assert_eq!(uuids.len(), 2);
}

#[tokio::test]
async fn a_change_is_in_the_file_before_its_reply() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("xpm.jsonl");
    let xpm = Fixture::start(quiet().data_file(&path)).await;
    for n in 1..=5 {
        xpm.add(&format!("m{n}")).await.unwrap();
        // What a killed process leaves is what the file holds at this moment.
        let copy = dir.path().join(format!("copy-{n}.jsonl"));
        std::fs::copy(&path, &copy).unwrap();
        let found = quiet().data_file(&copy).build().unwrap().state().records();
        assert_eq!(found, xpm.state().records());
        assert_eq!(found.jobs.len(), n);
    }
}

#[tokio::test]
async fn a_second_sandbox_on_the_file_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("xpm.jsonl");
    let first = quiet().data_file(&path).build().unwrap();
    let second = quiet().data_file(&path).build();
    assert!(matches!(
        second,
        Err(SandboxError::Journal(JournalError::InUse { .. }))
    ));
    drop(first);
    assert!(quiet().data_file(&path).build().is_ok());
}

#[tokio::test]
async fn a_reset_is_kept_and_begins_the_ids_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("xpm.jsonl");
    let xpm = Fixture::start(quiet().data_file(&path)).await;
    xpm.add("m1").await.unwrap();
    let before = xpm.state().records();
    xpm.state().reset().unwrap();
    assert_eq!(xpm.state().records(), xpm_sandbox::Records::default());
    crate::common::furnish(xpm.state());
    let tokens = xpm.state().issue_tokens().unwrap();
    let xpm = Fixture { tokens, ..xpm };
    xpm.add("m1").await.unwrap();
    assert_eq!(xpm.state().records(), before);
    xpm.running.shutdown().await;
    let again = quiet().data_file(&path).build().unwrap();
    assert_eq!(again.state().records(), before);
}

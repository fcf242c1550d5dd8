//! The directory of a practice as large as XPM's largest, and a hundred tasks that need one token.

use std::sync::Arc;

use chrono::TimeDelta;
use workflow_core::ports::clock::Clock as _;
use workflow_core::ports::gateway::{DirectoryPart, JobGateway};
use workflow_core::practice::Standing;
use xpm_sandbox::{CallKind, Limits};

use super::World;
use crate::support::practice;

impl World {
    fn calls(&self, kind: CallKind) -> u64 {
        let spent = self.sandbox.state().calls_spent();
        spent.by_kind.get(&kind).copied().unwrap_or(0)
    }
}

#[tokio::test]
async fn fifteen_thousand_clients_are_thirty_pages_and_their_changes_one_call() {
    let world = World::with_limits(Limits::none()).await;
    let state = world.sandbox.state();
    // One of a sample of twelve or more is archived: it is in no page.
    state.seed_practice(15_001).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    let mut cursor = None;
    loop {
        let part = DirectoryPart::Clients;
        let page = world
            .xpm
            .directory(&practice(), part, cursor)
            .await
            .unwrap();
        assert_eq!(page.observed.calls, 1);
        seen.extend(page.value.rows.iter().map(|row| row.id));
        cursor = page.value.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 15_000);
    assert_eq!(world.calls(CallKind::ClientPagedList), 30);

    world.forward(60);
    let since = world.ours.now() - TimeDelta::minutes(10);
    let records = state.records();
    let mut archived = records.clients[0].clone();
    archived.standing = xpm_sandbox::Standing::Archived;
    archived.modified = state.now();
    state.put_client(archived.clone()).unwrap();
    let mut renamed = records.clients[1].clone();
    renamed.name = "Renamed & Co".to_owned();
    renamed.modified = state.now();
    state.put_client(renamed.clone()).unwrap();
    let changed = world.xpm.clients_modified_since(&practice(), since).await;
    let changed = changed.unwrap().value.unwrap();
    let told: Vec<_> = changed
        .iter()
        .map(|client| (client.row.id, client.row.name.as_str(), client.standing))
        .collect();
    let archived_name = archived.name.as_str();
    assert_eq!(
        told,
        [
            (archived.uuid, archived_name, Standing::Gone),
            (renamed.uuid, "Renamed & Co", Standing::Current)
        ]
    );
    assert_eq!(world.calls(CallKind::ClientList), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn however_many_tasks_need_a_token_at_once_one_refresh_is_sent() {
    let world = Arc::new(World::with_limits(Limits::none()).await);
    let before = world.calls(CallKind::Token);
    world.forward(29);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let world = Arc::clone(&world);
        tasks.spawn(async move {
            let part = DirectoryPart::Staff;
            let listed = world.xpm.directory(&practice(), part, None).await;
            listed.unwrap().value.rows.len()
        });
    }
    let listed = tasks.join_all().await;
    assert!(listed.iter().all(|rows| *rows == 8), "{listed:?}");
    assert_eq!(world.calls(CallKind::Token), before + 1);
    assert_eq!(world.calls(CallKind::StaffList), 100);
    // And again where XPM no longer accepts a token that we think is good.
    world.theirs.forward(TimeDelta::minutes(31));
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let world = Arc::clone(&world);
        tasks.spawn(async move {
            let part = DirectoryPart::Staff;
            let listed = world.xpm.directory(&practice(), part, None).await;
            listed.unwrap().observed.calls
        });
    }
    let calls = tasks.join_all().await;
    assert!(
        calls.iter().all(|calls| (1..=2).contains(calls)),
        "{calls:?}"
    );
    assert_eq!(world.calls(CallKind::Token), before + 2);
}

#[tokio::test]
async fn a_connection_lasts_sixty_days_from_its_last_refresh() {
    let world = World::start().await;
    let lasts = TimeDelta::days(60);
    let begun = world.ours.now();
    let until = world.xpm.connected_until(&practice()).await;
    assert_eq!(until, Some(begun + lasts));
    world.forward(40 * 24 * 60);
    let part = DirectoryPart::Staff;
    let page = world.xpm.directory(&practice(), part, None).await;
    page.unwrap();
    let until = world.xpm.connected_until(&practice()).await;
    assert_eq!(until, Some(world.ours.now() + lasts));
}

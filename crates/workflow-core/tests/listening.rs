//! Listening: a commit wakes whoever listens to the practice, and nobody else; a listener that is
//! slow is told once and misses nothing.

#[path = "common/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use workflow_core::ids::PracticeId;
use workflow_core::service::Listener;
use workflow_core::testing::samples;

use crate::world::{World, host};

/// What a listener says at once; nothing where it waits.
fn now(listener: &mut Listener) -> Option<Option<BTreeSet<PracticeId>>> {
    let mut heard = pin!(listener.heard());
    match heard.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(heard) => Some(heard),
        Poll::Pending => None,
    }
}

fn only(practice: &str) -> Option<Option<BTreeSet<PracticeId>>> {
    Some(Some(BTreeSet::from([samples::practice_id(practice)])))
}

#[tokio::test]
async fn a_commit_wakes_whoever_listens_to_the_practice_once() {
    let world = World::begin().await;
    let mut listener = world.practice.listen();
    assert_eq!(now(&mut listener), None, "what was before is no news");
    let waits = listener.heard();
    let commits = async {
        for number in [2, 3] {
            let client = samples::client(number, "Another");
            world.practice.put_client(host(), client).await.unwrap();
        }
    };
    let (heard, ()) = tokio::join!(waits, commits);
    assert_eq!(Some(heard), only("acme"));
    // Both were there to be read by then.
    now(&mut listener);
    assert_eq!(now(&mut listener), None);
}

#[tokio::test]
async fn a_commit_that_says_nothing_in_the_audit_wakes_nobody() {
    let world = World::begin().await;
    let client = samples::client(2, "Another");
    let once = || host().once("row-1".parse().unwrap());
    let put = world.practice.put_client(once(), client.clone()).await;
    put.unwrap();
    let mut listener = world.practice.listen();
    let again = world.practice.put_client(once(), client.clone()).await;
    assert!(again.unwrap().repeated);
    let same = world.practice.put_client(host(), client).await;
    assert_eq!(same.unwrap().entries, []);
    assert_eq!(now(&mut listener), None);
}

#[tokio::test]
async fn another_practice_is_heard_by_whoever_listens_to_all() {
    let world = World::begin().await;
    let mut acme = world.practice.listen();
    let mut all = world.workflows.listen();
    let other = samples::practice(&samples::practice_id("other"));
    world.workflows.set_up(host(), other).await.unwrap();
    assert_eq!(now(&mut acme), None);
    assert_eq!(now(&mut all), only("other"));
    let client = samples::client(2, "Another");
    world.practice.put_client(host(), client).await.unwrap();
    assert_eq!(now(&mut acme), only("acme"));
    assert_eq!(now(&mut all), only("acme"));
}

#[tokio::test]
async fn once_listening_is_stopped_nobody_waits_any_more() {
    let world = World::begin().await;
    let mut listener = world.practice.listen();
    let stops = async { world.workflows.stop_listening() };
    let (heard, ()) = tokio::join!(listener.heard(), stops);
    assert_eq!(heard, None);
    assert_eq!(world.practice.listen().heard().await, None);
    let client = samples::client(2, "Another");
    world.practice.put_client(host(), client).await.unwrap();
}

#[tokio::test]
async fn the_audit_is_read_on_from_the_last_entry_that_is_known() {
    let world = World::begin().await;
    let head = world.practice.audit_head().await.unwrap();
    assert_eq!(world.practice.audit_after(head, 10).await.unwrap(), []);
    for number in [2, 3, 4] {
        let client = samples::client(number, "Another");
        world.practice.put_client(host(), client).await.unwrap();
    }
    let found = world.practice.audit_after(head, 2).await.unwrap();
    let places: Vec<u64> = found.iter().map(|entry| entry.seq).collect();
    assert_eq!(places, [head + 1, head + 2]);
    assert_eq!(world.practice.audit_head().await.unwrap(), head + 3);
}

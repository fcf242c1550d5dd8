//! Looking for things: the search over clients and workflows, and the filter of the audit.

#[path = "common/world.rs"]
mod world;

use chrono::TimeDelta;
use workflow_core::audit::{Actor, Entry};
use workflow_core::ids::WorkflowId;
use workflow_core::service::{AuditFilter, AuditKind, NewWorkflow, PracticeHandle};
use workflow_core::testing::samples;
use world::{World, host};

async fn add(world: &World, client: u32, name: &str) -> WorkflowId {
    let new = NewWorkflow::named(name).client(samples::client_id(client));
    world.practice.add(host(), new).await.unwrap().value
}

#[tokio::test]
async fn a_search_goes_through_every_page_and_stops_at_its_limit() {
    let world = World::begin().await;
    world
        .practice
        .put_client(host(), samples::client(2, "Émile & Söhne"))
        .await
        .unwrap();
    for number in 0..1_050 {
        add(&world, 1, &format!("Return {number}")).await;
    }
    let last = add(&world, 2, "Jahresabschluss {year}").await;
    // The last one lies on the second page of the store.
    let found = world.practice.search("SÖHNE jahres", 5).await.unwrap();
    assert_eq!(found.workflows.len(), 1);
    assert_eq!(found.workflows[0].workflow.id(), last);
    assert_eq!(found.workflows[0].name, "Jahresabschluss {year}");
    assert!(!found.more_workflows && found.clients.is_empty());
    let found = world.practice.search("return", 5).await.unwrap();
    assert_eq!((found.workflows.len(), found.more_workflows), (5, true));
    let exactly = world.practice.search("return 1049", 1).await.unwrap();
    assert_eq!(
        (exactly.workflows.len(), exactly.more_workflows),
        (1, false)
    );
    let none = world.practice.search("return söhne", 5).await.unwrap();
    assert!(none.workflows.is_empty(), "every word has to be held");
}

/// All pages of a filter, one after the other.
async fn pages(practice: &PracticeHandle, filter: &AuditFilter, limit: u32) -> Vec<Entry> {
    let (mut all, mut before) = (Vec::new(), None);
    loop {
        let page = practice.audit_page(filter, before, limit).await.unwrap();
        assert!(page.entries.len() <= limit as usize);
        all.extend(page.entries);
        before = page.next;
        if before.is_none() {
            return all;
        }
    }
}

#[tokio::test]
async fn the_pages_of_a_filter_hold_what_it_chooses_once_whatever_their_size() {
    let world = World::begin().await;
    let two = samples::client(2, "Another");
    world
        .practice
        .put_client(host(), two.clone())
        .await
        .unwrap();
    let mut ids = Vec::new();
    for number in 0..7 {
        ids.push(add(&world, 1 + number % 2, &format!("Work {number}")).await);
        world.clock.advance(TimeDelta::hours(12));
    }
    let aroha = || Actor::person("Aroha Ngata");
    world.practice.archive(aroha(), ids[0]).await.unwrap();
    let all = world.practice.audit(None, None, 1_000).await.unwrap();
    let filters = [
        AuditFilter::default(),
        AuditFilter {
            workflow: Some(ids[0]),
            ..AuditFilter::default()
        },
        AuditFilter {
            client: Some(two.id),
            ..AuditFilter::default()
        },
        AuditFilter {
            by: Some(" AROHA".into()),
            ..AuditFilter::default()
        },
        AuditFilter {
            kind: Some(AuditKind::Workflow),
            ..AuditFilter::default()
        },
        AuditFilter {
            from: Some(samples::day(1)),
            until: Some(samples::day(2)),
            ..AuditFilter::default()
        },
    ];
    let mut counts = Vec::new();
    for filter in &filters {
        let whole = pages(&world.practice, filter, 1_000).await;
        for limit in [1, 2, 3] {
            assert_eq!(
                pages(&world.practice, filter, limit).await,
                whole,
                "{filter:?}"
            );
        }
        assert!(
            whole.windows(2).all(|pair| pair[0].seq > pair[1].seq),
            "newest first"
        );
        counts.push(whole.len());
    }
    assert_eq!(counts[0], all.len());
    assert_eq!(
        counts[3],
        all.iter()
            .filter(|entry| entry.line.actor == aroha())
            .count()
    );
    assert!(
        counts.iter().all(|count| (1..=all.len()).contains(count)),
        "{counts:?}"
    );
    assert!(
        counts[1..].iter().all(|count| *count < all.len()),
        "{counts:?}"
    );
    let nobodys = AuditFilter {
        workflow: Some(ids[0]),
        client: Some(two.id),
        ..AuditFilter::default()
    };
    assert!(
        pages(&world.practice, &nobodys, 10).await.is_empty(),
        "both have to hold"
    );
}

#[test]
fn a_kind_is_written_and_read_alike() {
    for kind in AuditKind::ALL {
        assert_eq!(kind.to_string().parse(), Ok(kind));
    }
    let refused = "Odd".parse::<AuditKind>().unwrap_err();
    assert_eq!(refused.to_string(), "kind: there is none called \"Odd\"");
}

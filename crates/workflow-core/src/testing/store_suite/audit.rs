//! Rules of the audit: one chain for each practice, without a gap.
#![expect(
    clippy::missing_panics_doc,
    reason = "a rule panics where the store breaks it"
)]

use super::steps::{
    acme, at_once, commit, entries, entries_of, follow, lines, newest_first, other,
};
use crate::audit::{Actor, Change, Event, Line, Subject};
use crate::billing::LevelOf;
use crate::ports::gateway::DirectoryPart;
use crate::ports::store::{EntryQuery, Query, Store, Unit};
use crate::testing::samples::{self, Stage};
use crate::workflow::{Occurrence, Origin};

/// The places are 1, 2, 3 and so on, and each hash covers the one before it.
pub async fn the_chain_has_no_gap(store: &dyn Store) {
    for size in [1, 3, 0, 2] {
        commit(store, &acme(), lines(0..size)).await;
    }
    let kept = entries(store, &acme()).await;
    let places: Vec<u64> = kept.iter().map(|entry| entry.seq).collect();
    assert_eq!(places, [1, 2, 3, 4, 5, 6]);
    follow(&acme(), &kept);
}

/// The chain has no gap where units come at the same time.
pub async fn the_chain_has_no_gap_among_many(store: &dyn Store) {
    let practice = acme();
    let writes = (0..8).map(|at| store.commit(&practice, lines([at, at])));
    for answer in at_once(writes).await {
        answer.expect("a receipt");
    }
    let kept = entries(store, &practice).await;
    assert_eq!(kept.len(), 16);
    follow(&practice, &kept);
    for pair in kept.chunks(2) {
        assert_eq!(pair[0].line, pair[1].line, "a unit's lines stand together");
    }
}

/// A unit's lines are linked in the order given, and the receipt shows them in their places.
pub async fn lines_are_linked_in_the_order_given(store: &dyn Store) {
    // Neither by time nor by content.
    let given = lines([5, 1, 3]);
    commit(store, &acme(), lines([7])).await;
    let receipt = commit(store, &acme(), given.clone()).await;
    let linked: Vec<_> = receipt.entries.iter().map(|entry| &entry.line).collect();
    assert_eq!(linked, given.lines.iter().collect::<Vec<_>>());
    assert_eq!(receipt.entries, entries(store, &acme()).await[1..]);
}

/// Every kind of line comes back as it was written, and under its subject alone.
pub async fn entries_are_found_by_their_subject(store: &dyn Store) {
    let given = of_every_kind();
    let unit = Unit {
        lines: given.clone(),
        ..Unit::default()
    };
    commit(store, &acme(), unit).await;
    let kept = entries(store, &acme()).await;
    follow(&acme(), &kept);
    let back: Vec<_> = kept.iter().map(|entry| entry.line.clone()).collect();
    assert_eq!(back, given, "lines come back as they were written");
    for line in &given {
        let query = EntryQuery {
            subject: Some(line.subject.clone()),
            ..EntryQuery::default()
        };
        let expected: Vec<_> = kept
            .iter()
            .filter(|entry| entry.line.subject == line.subject)
            .cloned()
            .collect();
        let found = entries_of(store, &acme(), &query).await;
        assert_eq!(found, expected, "those about {:?}", line.subject);
    }
}

/// Lines about every kind of subject, and every event of a deployment's life.
fn of_every_kind() -> Vec<Line> {
    let client = samples::client(1, "Zoë's “Bäckerei” 🥐 %_\\ 'q' \"d\"");
    let uuid = samples::uuid(0xD, 1);
    let listing = samples::listing(DirectoryPart::Staff, 1);
    let proposal = samples::proposal(1, client.id);
    let level = samples::level(LevelOf::Proposal(proposal.id.clone()), 3);
    let client_level = samples::level(LevelOf::Client(client.id), 4);
    let practice = samples::practice(&acme());
    let about = |subject, event| Line {
        at: samples::minute(0) + chrono::TimeDelta::microseconds(123_456),
        actor: Actor::host("import"),
        subject,
        event,
    };
    let mut lines = vec![
        about(Subject::Practice, Event::Practice(Change::new(practice))),
        samples::line(&client, 1),
        about(
            Subject::Client(client.id),
            Event::Client(Change::from(
                Some(samples::client(1, "Before")),
                client.clone(),
            )),
        ),
        about(
            Subject::Person(samples::person_id(1)),
            Event::Person(Change::new(samples::person(1))),
        ),
        about(
            Subject::Access(samples::access(1).account),
            Event::Access(Change::new(samples::access(1))),
        ),
        about(
            Subject::Listing(DirectoryPart::Staff, uuid),
            Event::Listing(Change::new(listing)),
        ),
        about(
            Subject::Listing(DirectoryPart::Templates, uuid),
            Event::Listing(Change::new(samples::listing(DirectoryPart::Templates, 1))),
        ),
        about(
            Subject::Proposal(proposal.id.clone()),
            Event::Proposal(Change::new(proposal)),
        ),
        about(
            Subject::Level(level.of.clone()),
            Event::Level(Change::new(level)),
        ),
        about(
            Subject::Level(client_level.of.clone()),
            Event::Level(Change::new(client_level)),
        ),
        samples::workflow_line(1, samples::added(client.id, Origin::Hand), 2),
        samples::workflow_line(1, samples::next_placed(samples::minute(9)), 2),
        samples::workflow_line(2, samples::added(client.id, Origin::Hand), 2),
    ];
    for stage in Stage::ALL {
        let at = samples::minute(9);
        let events = samples::deployment_events(1, Occurrence::Once, at, stage);
        lines.extend(
            events
                .into_iter()
                .map(|event| samples::workflow_line(1, event, 10)),
        );
    }
    lines
}

/// Entries go on after a place, in either order, and are no more than asked for.
pub async fn entries_go_on_after_a_place(store: &dyn Store) {
    commit(store, &acme(), lines(0..7)).await;
    let oldest = EntryQuery::default();
    for (order, expected) in [
        (oldest, vec![1, 2, 3, 4, 5, 6, 7]),
        (newest_first(), vec![7, 6, 5, 4, 3, 2, 1]),
    ] {
        let mut seen = Vec::new();
        let mut query = EntryQuery { limit: 3, ..order };
        loop {
            let page = entries_of(store, &acme(), &query).await;
            assert!(page.len() <= 3, "{} entries of 3", page.len());
            let Some(last) = page.last() else { break };
            assert!(seen.len() <= 100, "the pages come to no end");
            query.after = Some(last.seq);
            seen.extend(page.iter().map(|entry| entry.seq));
        }
        assert_eq!(seen, expected);
    }
}

/// Entries about one subject go on after a place as well.
pub async fn entries_about_one_subject_go_on_after_a_place(store: &dyn Store) {
    let (one, two) = (samples::client(1, "One"), samples::client(2, "Two"));
    let mixed = (0..8).map(|at| samples::line(if at % 2 == 0 { &one } else { &two }, at));
    let unit = Unit {
        lines: mixed.collect(),
        ..Unit::default()
    };
    commit(store, &acme(), unit).await;
    let about = |query| EntryQuery {
        subject: Some(Subject::Client(two.id)),
        limit: 2,
        ..query
    };
    let after = |after, query| EntryQuery {
        after: Some(after),
        ..about(query)
    };
    let found = async |query| {
        let entries = entries_of(store, &acme(), &query).await;
        entries.iter().map(|entry| entry.seq).collect::<Vec<_>>()
    };
    assert_eq!(found(about(EntryQuery::default())).await, [2, 4]);
    assert_eq!(found(after(4, EntryQuery::default())).await, [6, 8]);
    assert_eq!(found(about(newest_first())).await, [8, 6]);
    assert_eq!(found(after(6, newest_first())).await, [4, 2]);
}

/// A query that sets no limit, or too high a one, gets as many entries as allowed.
pub async fn entries_have_a_limit(store: &dyn Store) {
    let most = usize::try_from(Query::MOST).expect("a number of entries");
    commit(store, &acme(), lines(0..i64::from(Query::MOST) + 1)).await;
    for limit in [0, Query::MOST, u32::MAX] {
        let query = EntryQuery {
            limit,
            ..EntryQuery::default()
        };
        let found = entries_of(store, &acme(), &query).await;
        assert_eq!(found.len(), most, "with a limit of {limit}");
    }
}

/// Each practice has a chain of its own, which begins at 1 and covers the practice.
pub async fn each_practice_has_a_chain_of_its_own(store: &dyn Store) {
    commit(store, &acme(), lines([1, 2])).await;
    commit(store, &other(), lines([1])).await;
    commit(store, &acme(), lines([3])).await;
    let (ours, theirs) = (
        entries(store, &acme()).await,
        entries(store, &other()).await,
    );
    assert_eq!((ours.len(), theirs.len()), (3, 1));
    follow(&acme(), &ours);
    follow(&other(), &theirs);
}

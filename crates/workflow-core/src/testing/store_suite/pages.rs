//! Rules of pages and of their order.
#![expect(
    clippy::missing_panics_doc,
    reason = "a rule panics where the store breaks it"
)]

use super::steps::{acme, client, deployment, keys, put, workflow};
use crate::ids::PracticeId;
use crate::ports::gateway::DirectoryPart;
use crate::ports::store::{Key, Of, Page, Query, Record, Store, Whose};
use crate::testing::samples::{self, Stage};
use crate::workflow::Occurrence;

fn clients() -> Of {
    Of::Clients { named: None }
}

async fn page(store: &dyn Store, query: &Query) -> Page {
    store.find(&acme(), query).await.expect("a page")
}

/// The keys of all pages, each of at most `limit` records.
async fn walk(store: &dyn Store, practice: &PracticeId, of: Of, limit: u32) -> Vec<Key> {
    let mut seen = Vec::new();
    let mut query = Query {
        limit,
        ..Query::of(of)
    };
    loop {
        let page = store.find(practice, &query).await.expect("a page");
        let most = usize::try_from(limit).expect("a limit");
        assert!(
            page.records.len() <= most,
            "{} of {most}",
            page.records.len()
        );
        seen.extend(page.records.iter().map(|kept| kept.value.key()));
        let Some(next) = page.next else { return seen };
        assert!(!page.records.is_empty(), "an empty page has no next one");
        assert!(seen.len() <= 100, "the pages come to no end");
        query.after = Some(next);
    }
}

/// One of every kind of query, over records that each of them finds seven of.
async fn seven_of_each(store: &dyn Store) -> Vec<Of> {
    let at = |number: u32| samples::minute(i64::from(number % 3) * 60 * 24);
    let records = (0..7).flat_map(|number| {
        let client_id = samples::client_id(number);
        let due = samples::workflow(number, samples::client_id(0));
        let occurrence = match number {
            0 => Occurrence::Once,
            number => Occurrence::On(samples::day(40 - number)),
        };
        let failed = samples::deployment(0, occurrence, at(number), Stage::Failed);
        [
            client(number, ["b", "A", "ä", "B", "a", "C", "Z"][number as usize]),
            Record::Person(samples::person(number)),
            Record::Access(samples::access(number)),
            Record::Listing(samples::listing(DirectoryPart::Staff, number)),
            Record::Proposal(samples::proposal(number, client_id)),
            workflow(due),
            deployment(failed),
        ]
    });
    put(store, &acme(), records).await;
    vec![
        clients(),
        Of::People,
        Of::Accesses,
        Of::Listings(DirectoryPart::Staff),
        Of::Proposals { client: None },
        Of::Workflows {
            whose: Whose::Client(samples::client_id(0)),
            activity: None,
        },
        Of::Deployments {
            workflow: samples::workflow_id(0),
        },
        Of::Attention,
        Of::Deployed {
            from: samples::day(0),
            to: samples::day(9),
        },
    ]
}

/// A page goes on where the one before it ended: nothing twice and nothing left out, whatever is
/// asked for and however small the pages are.
pub async fn a_page_goes_on_where_it_ended(store: &dyn Store) {
    for of in seven_of_each(store).await {
        let whole = keys(store, &acme(), of.clone()).await;
        assert_eq!(whole.len(), 7, "{of:?}");
        for limit in [1, 2, 3, 6] {
            let walked = walk(store, &acme(), of.clone(), limit).await;
            assert_eq!(walked, whole, "{of:?} by {limit}");
        }
    }
}

/// The last page says that it is the last, even where it is full.
pub async fn the_last_page_says_so(store: &dyn Store) {
    for of in seven_of_each(store).await {
        for limit in [7, 8] {
            let query = Query {
                limit,
                ..Query::of(of.clone())
            };
            let page = page(store, &query).await;
            assert_eq!((page.records.len(), page.next), (7, None), "{of:?}");
        }
    }
    let none = Query::of(Of::Proposals {
        client: Some(samples::client_id(99)),
    });
    assert_eq!(page(store, &none).await, Page::default());
}

/// A page is no larger than allowed, whatever is asked for.
pub async fn a_page_has_a_limit(store: &dyn Store) {
    let most = Query::MOST;
    put(
        store,
        &acme(),
        (0..=most).map(|number| client(number, "Client")),
    )
    .await;
    let query = Query {
        limit: u32::MAX,
        ..Query::of(clients())
    };
    let found = page(store, &query).await;
    let size = u32::try_from(found.records.len()).expect("a number of records");
    assert_eq!(size, most);
    assert!(found.next.is_some(), "there is one more");
}

/// What is added between two pages neither repeats nor hides anything that was there before.
pub async fn a_page_goes_on_although_something_was_added(store: &dyn Store) {
    put(
        store,
        &acme(),
        ["b", "d", "f", "h"]
            .into_iter()
            .zip(1..)
            .map(|(name, number)| client(number, name)),
    )
    .await;
    let query = Query {
        limit: 2,
        ..Query::of(clients())
    };
    let first = page(store, &query).await;
    put(
        store,
        &acme(),
        [client(10, "a"), client(11, "c"), client(12, "g")],
    )
    .await;
    let rest = Query {
        after: first.next.clone(),
        ..Query::of(clients())
    };
    let second = page(store, &rest).await;
    let names: Vec<_> = [first, second]
        .iter()
        .flat_map(|page| &page.records)
        .map(|kept| match &kept.value {
            Record::Client(client) => client.name.to_string(),
            record => panic!("a client was expected, not {record:?}"),
        })
        .collect();
    assert_eq!(names, ["b", "d", "f", "g", "h"]);
}

/// Clients come by their lower-cased names, code point by code point, then by id.
pub async fn clients_are_in_order_of_their_lower_case_names(store: &dyn Store) {
    let names = [
        "Zebra",
        "apple",
        "Äpfel",
        "Apple",
        "éclair",
        "ECLAIR",
        "apple pie",
        "ÉCLAIR",
        "Öl",
    ];
    // Ids against the order of the names.
    let records = names
        .iter()
        .zip((0..20).rev())
        .map(|(name, number)| client(number, name));
    put(store, &acme(), records).await;
    let found = page(store, &Query::of(clients())).await;
    let names: Vec<_> = found
        .records
        .iter()
        .map(|kept| match &kept.value {
            Record::Client(client) => client.name.to_string(),
            record => panic!("a client was expected, not {record:?}"),
        })
        .collect();
    let expected = [
        "Apple",
        "apple",
        "apple pie",
        "ECLAIR",
        "Zebra",
        "Äpfel",
        "ÉCLAIR",
        "éclair",
        "Öl",
    ];
    assert_eq!(names, expected);
}

/// Workflows come in the order in which they were added, which is that of their ids.
pub async fn workflows_are_in_the_order_they_were_added(store: &dyn Store) {
    let numbers = [3, 1, 200, 2];
    let records = numbers.map(|number| workflow(samples::workflow(number, samples::client_id(0))));
    put(store, &acme(), records).await;
    let of = Of::Workflows {
        whose: Whose::Everybody,
        activity: None,
    };
    let expected = [1, 2, 3, 200].map(|number| Key::Workflow(samples::workflow_id(number)));
    assert_eq!(keys(store, &acme(), of).await, expected);
}

/// A workflow's deployments come by occurrence: the one of a one-time workflow first, then dates.
pub async fn deployments_are_in_order_of_their_occurrence(store: &dyn Store) {
    let occurrences = [
        Occurrence::On(samples::day(400)),
        Occurrence::On(samples::day(3)),
        Occurrence::Once,
        Occurrence::On(samples::day(40)),
    ];
    let at = samples::minute(0);
    let records = occurrences
        .map(|occurrence| deployment(samples::deployment(1, occurrence, at, Stage::Deployed)));
    put(store, &acme(), records).await;
    let elsewhere = samples::deployment(2, Occurrence::Once, at, Stage::Deployed);
    put(store, &acme(), [deployment(elsewhere)]).await;
    let workflow = samples::workflow_id(1);
    let expected = [2, 1, 3, 0].map(|place: usize| Key::Deployment(workflow, occurrences[place]));
    assert_eq!(
        keys(store, &acme(), Of::Deployments { workflow }).await,
        expected
    );
}

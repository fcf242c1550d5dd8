//! Rules of the directory: it comes to an end, and lists what can be chosen.

#![expect(
    clippy::missing_panics_doc,
    reason = "a rule panics where the gateway breaks it"
)]

use uuid::Uuid;

use super::{Bench, given};
use crate::ports::gateway::{DirectoryPart, DirectoryRow};
use crate::practice::Standing;

const PARTS: [DirectoryPart; 4] = [
    DirectoryPart::Clients,
    DirectoryPart::Staff,
    DirectoryPart::Templates,
    DirectoryPart::Categories,
];

/// All rows of a part, page after page.
async fn rows(bench: &Bench, part: DirectoryPart) -> Vec<DirectoryRow> {
    let (mut rows, mut cursor) = (Vec::new(), None);
    for page in 0.. {
        assert!(page < 100, "{part:?} comes to no end");
        let read = bench.gateway.directory(&bench.practice, part, cursor);
        let read = given(read.await);
        rows.extend(read.rows);
        cursor = read.next;
        if cursor.is_none() {
            break;
        }
    }
    rows
}

/// Every part of the directory comes to an end, and gives no row twice.
pub async fn the_directory_comes_to_an_end(bench: &Bench) {
    for part in PARTS {
        let mut seen = std::collections::BTreeSet::new();
        for row in rows(bench, part).await {
            assert!(seen.insert(row.id), "{part:?} gives {row:?} twice");
        }
    }
}

/// What can be chosen for a job is in the directory, in its own part, with a name.
pub async fn the_directory_lists_what_can_be_chosen(bench: &Bench) {
    let expected: [(DirectoryPart, Vec<Uuid>); 3] = [
        (
            DirectoryPart::Clients,
            vec![bench.client.uuid(), bench.other_client.uuid()],
        ),
        (
            DirectoryPart::Staff,
            bench.staff.iter().map(|staff| staff.uuid()).collect(),
        ),
        (DirectoryPart::Templates, vec![bench.template.uuid()]),
    ];
    for (part, ids) in expected {
        let rows = rows(bench, part).await;
        for id in ids {
            let row = rows.iter().find(|row| row.id == id);
            let row = row.unwrap_or_else(|| panic!("{id} is not among the {part:?}"));
            assert!(!row.name.trim().is_empty(), "{row:?} has no name");
        }
    }
    let clients = rows(bench, DirectoryPart::Clients).await;
    let staff = bench.staff.map(|staff| staff.uuid());
    assert!(clients.iter().all(|row| !staff.contains(&row.id)));
}

/// A page that is asked for again is the same: a read that was cut off goes on where it was.
pub async fn a_page_that_is_asked_for_again_is_the_same(bench: &Bench) {
    for part in PARTS {
        let page = async |cursor: Option<String>| {
            let page = bench.gateway.directory(&bench.practice, part, cursor);
            given(page.await)
        };
        let first = page(None).await;
        assert_eq!(page(None).await, first);
        if let Some(next) = first.next {
            let second = page(Some(next.clone())).await;
            assert_eq!(page(Some(next)).await, second);
        }
    }
}

/// What was changed since ever holds each client of the pages, once.
pub async fn what_was_changed_since_ever_is_every_client(bench: &Bench) {
    let (gateway, practice) = (&bench.gateway, &bench.practice);
    let ever = chrono::DateTime::UNIX_EPOCH;
    let Some(changed) = given(gateway.clients_modified_since(practice, ever).await) else {
        // A gateway that cannot tell says so, and its clients are listed page by page.
        return;
    };
    let mut known = std::collections::BTreeSet::new();
    for client in &changed {
        assert!(known.insert(client.row.id), "{client:?} is told twice");
    }
    for row in rows(bench, DirectoryPart::Clients).await {
        let told = changed.iter().find(|client| client.row.id == row.id);
        let told = told.unwrap_or_else(|| panic!("{row:?} is not told"));
        assert_eq!((&told.row, told.standing), (&row, Standing::Current));
    }
}

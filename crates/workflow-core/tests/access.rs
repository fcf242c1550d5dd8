//! Who may sign in to a practice: given, taken away, audited, and of one practice alone.

#[path = "common/world.rs"]
mod world;

use workflow_core::access::{Access, Account, Role};
use workflow_core::audit::{Event, Subject};
use workflow_core::ports::store::{Key, Of, Query, Store as _};
use workflow_core::service::CommandError;
use workflow_core::testing::samples;
use workflow_core::verify::verify;
use world::{World, host};

fn account(text: &str) -> Account {
    text.parse().unwrap()
}

#[tokio::test]
async fn a_role_is_given_changed_and_taken_away_and_each_is_audited() {
    let world = World::begin().await;
    let practice = &world.practice;
    let mara = account("mara@acme.example");
    let given = practice.grant(host(), mara.clone(), Role::Viewer).await;
    assert_eq!(given.unwrap().entries.len(), 1);
    let again = practice.grant(host(), mara.clone(), Role::Viewer).await;
    assert_eq!(again.unwrap().entries, [], "nothing was changed");
    let changed = practice.grant(host(), mara.clone(), Role::Editor).await;
    let entry = &changed.unwrap().entries[0];
    assert_eq!(entry.line.subject, Subject::Access(mara.clone()));
    let Event::Access(change) = &entry.line.event else {
        panic!("{entry:?}");
    };
    let before = change.before.as_ref().unwrap();
    assert_eq!(before.role, Some(Role::Viewer));
    assert_eq!(change.after.role, Some(Role::Editor));

    practice.revoke(host(), mara.clone()).await.unwrap();
    assert_eq!(practice.role_of([&mara]).await.unwrap(), None);
    assert_eq!(practice.accesses().await.unwrap(), []);
    for whose in [&mara, &account("nobody@acme.example")] {
        let refused = practice.revoke(host(), whose.clone()).await;
        assert!(
            matches!(refused, Err(CommandError::NotFound { .. })),
            "{refused:?}"
        );
    }
    let report = verify(&world.store, practice.id()).await.unwrap();
    assert_eq!(report.first_break, None);
}

#[tokio::test]
async fn of_two_accounts_of_one_person_the_role_that_may_most_counts() {
    let world = World::begin().await;
    let practice = &world.practice;
    let (email, subject) = (
        account("mara@acme.example"),
        account("https://identity.example|mara"),
    );
    let access = |account: &Account, role| Access {
        account: account.clone(),
        role: Some(role),
    };
    for (account, role) in [(&email, Role::Viewer), (&subject, Role::Administrator)] {
        let given = practice.grant(host(), account.clone(), role).await;
        given.unwrap();
    }
    let most = practice.role_of([&email, &subject]).await.unwrap();
    assert_eq!(most, Some(Role::Administrator));
    let one = practice.role_of([&email]).await.unwrap();
    assert_eq!(one, Some(Role::Viewer));
    let listed = practice.accesses().await.unwrap();
    assert_eq!(
        listed,
        [
            access(&subject, Role::Administrator),
            access(&email, Role::Viewer)
        ]
    );
    practice.revoke(host(), subject.clone()).await.unwrap();
    let left = practice.role_of([&email, &subject]).await.unwrap();
    assert_eq!(left, Some(Role::Viewer));
}

#[tokio::test]
async fn a_role_is_one_practices_alone() {
    let world = World::begin().await;
    let other = samples::practice_id("other");
    let mara = account("mara@acme.example");
    let given = world.practice.grant(host(), mara.clone(), Role::Editor);
    given.await.unwrap();
    let key = Key::Access(mara);
    let id = world.practice.id();
    assert!(world.store.get(id, &key).await.unwrap().is_some());
    assert_eq!(world.store.get(&other, &key).await.unwrap(), None);
    let query = Query::of(Of::Accesses);
    let listed = world.store.find(&other, &query).await.unwrap();
    assert_eq!(listed.records, []);
}

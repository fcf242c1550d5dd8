//! The page on which an administrator says who may do what.

use workflow_core::access::{Access, Role};
use workflow_core::audit::{Event, Subject};
use workflow_core::ports::store::{EntryQuery, Store as _};

use crate::world::{Browser, Page, World, account, host};

const MARA: &str = "mara@acme.example";
const THEO: &str = "theo@acme.example";

async fn change(browser: &Browser, account: &str, role: &str) -> Page {
    let token = browser.get("/sign-in/roles").await.hidden("token");
    let fields = [
        ("token", token.as_str()),
        ("account", account),
        ("role", role),
    ];
    browser.post("/sign-in/roles", &fields).await
}

#[tokio::test]
async fn an_administrator_gives_and_takes_roles_and_each_is_audited() {
    let world = World::new().await;
    world.grant(MARA, Role::Administrator).await;
    let (mara, theo) = (world.signed_in("mara").await, world.signed_in("theo").await);
    let given = change(&mara, " Theo@ACME.example ", "editor").await;
    assert_eq!(given.header("location"), "/sign-in/roles");
    assert_eq!(theo.get("/overview").await.status, 200, "at once");
    let access = |who: &str, role| Access {
        account: account(who),
        role: Some(role),
    };
    let all = world.acme.accesses().await.expect("roles");
    assert_eq!(
        all,
        [
            access(MARA, Role::Administrator),
            access(THEO, Role::Editor)
        ]
    );
    assert_eq!(world.other.accesses().await.expect("roles"), []);

    let taken = change(&mara, THEO, "none").await;
    assert_eq!(taken.status, 303, "{taken:?}");
    assert_eq!(
        theo.get("/").await.header("location"),
        "/sign-in",
        "their session ended"
    );
    let again = change(&mara, THEO, "none").await;
    assert_eq!(again.status, 422);
    assert!(
        again.body.contains("there is no role of theo@acme.example"),
        "{}",
        again.body
    );

    let query = EntryQuery {
        subject: Some(Subject::Access(account(THEO))),
        ..EntryQuery::default()
    };
    let entries = world.store.entries(world.acme.id(), &query).await;
    let entries = entries.expect("entries");
    let said: Vec<_> = entries
        .iter()
        .map(|entry| match &entry.line.event {
            Event::Access(change) => (entry.line.actor.to_string(), change.after.role),
            other => panic!("{other:?}"),
        })
        .collect();
    let who = "Mara Lindqvist (mara@acme.example)".to_owned();
    assert_eq!(said, [(who.clone(), Some(Role::Editor)), (who, None)]);
    let audit = mara.get("/audit").await;
    assert!(
        audit
            .body
            .contains("Role of theo@acme.example was changed."),
        "{}",
        audit.body
    );
}

#[tokio::test]
async fn a_practice_keeps_an_administrator() {
    let world = World::new().await;
    world.grant(MARA, Role::Administrator).await;
    let mara = world.signed_in("mara").await;
    for role in ["none", "viewer", "editor"] {
        let refused = change(&mara, MARA, role).await;
        assert_eq!(refused.status, 422, "{role}");
        assert!(
            refused.body.contains("would have no administrator"),
            "{}",
            refused.body
        );
    }
    change(&mara, THEO, "administrator").await;
    let left = change(&mara, MARA, "viewer").await;
    assert_eq!(left.status, 303);
    assert_eq!(
        mara.get("/sign-in/roles").await.status,
        403,
        "no longer hers to say"
    );
}

#[tokio::test]
async fn what_is_no_account_or_no_role_is_named_and_nothing_is_changed() {
    let world = World::new().await;
    world.grant(MARA, Role::Administrator).await;
    let mara = world.signed_in("mara").await;
    let before = world.acme.accesses().await.expect("roles");
    for (who, role, problem) in [
        ("<b>theo", "editor", "e-mail address must be"),
        ("", "editor", "e-mail address must be"),
        (
            THEO,
            "owner",
            "role must be viewer, editor or administrator",
        ),
        (THEO, "", "role must be viewer, editor or administrator"),
    ] {
        let page = change(&mara, who, role).await;
        assert_eq!(page.status, 422, "{who:?} {role:?}");
        assert!(page.body.contains(problem), "{problem}: {}", page.body);
        assert!(!page.body.contains("<b>theo"), "it is shown as text");
    }
    assert_eq!(world.acme.accesses().await.expect("roles"), before);
}

#[tokio::test]
async fn roles_of_another_practice_are_out_of_reach() {
    let world = World::new().await;
    world.grant(MARA, Role::Administrator).await;
    let granted = world
        .other
        .grant(host(), account(THEO), Role::Administrator)
        .await;
    granted.expect("a role");
    let mara = world.signed_in("mara").await;
    let page = mara.get("/sign-in/roles").await;
    assert!(!page.body.contains(THEO), "{}", page.body);
    let refused = change(&mara, THEO, "none").await;
    assert_eq!(refused.status, 422);
    let theirs = world.other.role_of([&account(THEO)]).await.expect("a role");
    assert_eq!(theirs, Some(Role::Administrator));
}

//! What a role opens: nothing without one, only what it may, and of one's own practices alone.

use workflow_core::access::Role;

use crate::world::{World, account, host};

#[tokio::test]
async fn without_a_role_there_is_whom_to_ask_and_nothing_else() {
    let world = World::with(|settings| settings.ask("Grace on extension 7 & 8")).await;
    world.grant("mara@acme.example", Role::Administrator).await;
    let browser = world.signed_in("theo").await;
    for path in ["/", "/overview", "/connection", "/audit.csv", "/nowhere"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 303, "{path}: {page:?}");
        assert!(
            page.header("location").starts_with("/sign-in/account"),
            "{path}"
        );
    }
    for path in ["/api/clients", "/calendar.ics"] {
        assert_eq!(browser.get(path).await.status, 401, "{path}");
    }
    let page = browser.get("/sign-in/account").await;
    assert_eq!(page.status, 403);
    assert!(
        page.body.contains("Grace on extension 7 &amp; 8"),
        "{}",
        page.body
    );
    assert!(
        page.body.contains("<code>theo@acme.example</code>"),
        "{}",
        page.body
    );
    for hidden in ["Acme", "Other", "mara", "acme<", "/sign-in/roles"] {
        assert!(!page.body.contains(hidden), "{hidden}: {}", page.body);
    }
    assert_eq!(browser.get("/sign-in/roles").await.status, 403);
}

#[tokio::test]
async fn a_viewer_reads_and_changes_nothing() {
    let world = World::new().await;
    world.grant("mara@acme.example", Role::Viewer).await;
    let (client, _) = world.clients();
    let browser = world.signed_in("mara").await;
    let page = browser.get(&format!("/client/{client}")).await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(!page.body.contains("Add workflow"), "{}", page.body);
    let new = format!("/client/{client}/new");
    assert_eq!(browser.get(&new).await.status, 403);
    let sent = browser.post(&new, &[("name", "BAS")]).await;
    assert_eq!(sent.status, 403, "{sent:?}");
    assert_eq!(browser.get("/sign-in/roles").await.status, 403);
    world.grant("mara@acme.example", Role::Editor).await;
    assert_eq!(browser.get(&new).await.status, 200, "at once");
    assert_eq!(browser.get("/sign-in/roles").await.status, 403);
}

#[tokio::test]
async fn another_practice_shows_nothing() {
    let world = World::new().await;
    world.grant("mara@acme.example", Role::Administrator).await;
    let (ours, theirs) = world.clients();
    let browser = world.signed_in("mara").await;
    let page = browser.get(&format!("/client/{ours}")).await;
    assert_eq!(page.status, 200);
    for path in [
        format!("/client/{theirs}"),
        format!("/api/clients/{theirs}"),
    ] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 404, "{path}: {page:?}");
        assert!(!page.body.contains("Ridge Farm"), "{path}");
    }
    let list = browser.get("/").await;
    assert!(list.body.contains("Harbour Café") && !list.body.contains("Ridge Farm"));
    let account = browser.get("/sign-in/account").await;
    assert!(
        !account.body.contains("Other &amp; Sons"),
        "{}",
        account.body
    );
    let token = account.hidden("token");
    let fields = [("token", token.as_str()), ("practice", "other")];
    let chosen = browser.post("/sign-in/practice", &fields).await;
    assert_eq!(chosen.status, 403, "{chosen:?}");
    assert!(browser.get("/").await.body.contains("Harbour Café"));
}

#[tokio::test]
async fn with_several_practices_one_is_chosen_and_another_later() {
    let world = World::new().await;
    world.grant("mara@acme.example", Role::Viewer).await;
    let theirs = account("mara@acme.example");
    let granted = world
        .other
        .grant(host(), theirs.clone(), Role::Editor)
        .await;
    granted.expect("a role");
    let browser = world.signed_in("mara").await;
    let asked = browser.get("/upcoming").await;
    assert_eq!(asked.header("location"), "/sign-in/account?to=/upcoming");
    let page = browser.get("/sign-in/account?to=/upcoming").await;
    assert!(
        page.body.contains("Which practice do you want to see?"),
        "{}",
        page.body
    );
    assert!(page.body.contains("See Other &amp; Sons"), "{}", page.body);
    let token = page.hidden("token");
    for (practice, shown, hidden) in [
        ("other", "Ridge Farm", "Harbour Café"),
        ("acme", "Harbour Café", "Ridge Farm"),
    ] {
        let fields = [
            ("token", token.as_str()),
            ("practice", practice),
            ("to", "/upcoming"),
        ];
        let chosen = browser.post("/sign-in/practice", &fields).await;
        assert_eq!(chosen.header("location"), "/upcoming");
        let list = browser.get("/").await.body;
        assert!(list.contains(shown) && !list.contains(hidden), "{practice}");
    }
    // A role that is taken away in the one that is seen leaves the other.
    let revoked = world.acme.revoke(host(), theirs).await;
    revoked.expect("revoked");
    assert!(browser.get("/").await.body.contains("Ridge Farm"));
}

#[tokio::test]
async fn a_server_for_one_practice_shows_no_other() {
    let acme = "acme".parse().expect("an id");
    let world = World::with(|settings| settings.practice(acme)).await;
    let theirs = account("theo@acme.example");
    let granted = world.other.grant(host(), theirs, Role::Administrator).await;
    granted.expect("a role");
    let browser = world.signed_in("theo").await;
    assert_eq!(browser.get("/").await.status, 303);
    assert_eq!(browser.get("/sign-in/account").await.status, 403);
}

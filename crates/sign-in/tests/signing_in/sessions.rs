//! Sessions: how they begin, what is kept of them, and every way in which they end.

use chrono::TimeDelta;
use sign_in::end_sessions_without_role;
use workflow_core::access::Role;
use workflow_core::deployment::Digest;
use workflow_core::ports::sessions::SessionStore as _;

use crate::world::{World, account, host};

const MARA: &str = "mara@acme.example";

#[tokio::test]
async fn the_store_has_the_digest_of_a_token_and_the_browser_a_cookie_no_script_reads() {
    let world = World::new().await;
    world.grant(MARA, Role::Editor).await;
    let browser = world.browser();
    let back = browser.sign_in("mara", "/sign-in/begin").await;
    let token = browser.session().expect("a session");
    assert_eq!(token.len(), 43);
    let line = back.header("set-cookie");
    assert_eq!(
        line,
        format!("workflow_session={token}; Path=/; HttpOnly; SameSite=Lax")
    );
    let digest = Digest::of(&[token.as_bytes()]);
    let kept = world.store.session(&digest, world.now()).await;
    assert_eq!(
        kept.expect("an answer").expect("a session").name.as_str(),
        "Mara Lindqvist"
    );
    assert!(!format!("{:?}", world.store).contains(&token));
    // What the store has signs nobody in.
    let thief = world.browser();
    thief.set_cookie("workflow_session", digest.as_str());
    assert_eq!(thief.get("/overview").await.status, 303);
}

#[tokio::test]
async fn signing_in_again_begins_another_session_and_ends_the_one_before() {
    let world = World::new().await;
    world.grant(MARA, Role::Editor).await;
    let browser = world.browser();
    let planted = "a".repeat(43);
    browser.set_cookie("workflow_session", &planted);
    browser.sign_in("mara", "/sign-in/begin").await;
    let first = browser.session().expect("a session");
    assert_ne!(first, planted);
    browser.sign_in("mara", "/sign-in/begin").await;
    let second = browser.session().expect("a session");
    assert_ne!(first, second);
    let old = world.browser();
    old.set_cookie("workflow_session", &first);
    assert_eq!(old.get("/overview").await.status, 303);
    assert_eq!(browser.get("/overview").await.status, 200);
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_in_any_case_after_a_while() {
    let (idle, longest) = (TimeDelta::hours(1), TimeDelta::hours(3));
    let world = World::with(|settings| settings.sessions(idle, longest).expect("times")).await;
    world.grant(MARA, Role::Editor).await;
    let browser = world.signed_in("mara").await;
    for _ in 0..3 {
        world.pass(TimeDelta::minutes(59));
        assert_eq!(browser.get("/overview").await.status, 200, "it is used");
    }
    world.pass(TimeDelta::minutes(3));
    assert_eq!(browser.get("/overview").await.status, 303, "three hours");
    let browser = world.signed_in("mara").await;
    world.pass(TimeDelta::minutes(60));
    assert_eq!(
        browser.get("/overview").await.status,
        303,
        "an hour without use"
    );
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let world = World::new().await;
    world.grant(MARA, Role::Editor).await;
    let browser = world.signed_in("mara").await;
    let token = browser.session().expect("a session");
    let form = browser.get("/sign-in/account").await.hidden("token");
    let out = browser.post("/sign-in/out", &[("token", &form)]).await;
    assert_eq!(out.status, 200, "{out:?}");
    assert_eq!(browser.session(), None, "the cookie is taken away");
    let kept = world.browser();
    kept.set_cookie("workflow_session", &token);
    assert_eq!(kept.get("/overview").await.status, 303);
}

#[tokio::test]
async fn a_person_ends_their_other_sessions() {
    let world = World::new().await;
    world.grant(MARA, Role::Editor).await;
    world.grant("theo@acme.example", Role::Editor).await;
    let (here, there) = (world.signed_in("mara").await, world.signed_in("mara").await);
    let theos = world.signed_in("theo").await;
    let page = here.get("/sign-in/account").await;
    assert_eq!(
        page.body.matches("<li>signed in").count(),
        2,
        "{}",
        page.body
    );
    let form = page.hidden("token");
    let ended = here.post("/sign-in/others", &[("token", &form)]).await;
    assert_eq!(ended.header("location"), "/sign-in/account");
    assert_eq!(there.get("/overview").await.status, 303);
    assert_eq!(here.get("/overview").await.status, 200);
    assert_eq!(theos.get("/overview").await.status, 200);
    let page = here.get("/sign-in/account").await;
    assert!(!page.body.contains("End my other sessions"));
}

#[tokio::test]
async fn the_sessions_of_a_removed_person_end() {
    let world = World::new().await;
    world.grant(MARA, Role::Editor).await;
    let granted = world.other.grant(host(), account(MARA), Role::Viewer).await;
    granted.expect("a role");
    let browser = world.signed_in("mara").await;
    let hers = account(MARA);
    let end = async || {
        let ended = end_sessions_without_role(&world.workflows, &world.store, &hers);
        ended.await.expect("an answer")
    };
    world
        .acme
        .revoke(host(), account(MARA))
        .await
        .expect("revoked");
    assert_eq!(end().await, 0, "another practice is left to them");
    assert_eq!(browser.get("/").await.status, 200);
    world
        .other
        .revoke(host(), account(MARA))
        .await
        .expect("revoked");
    assert_eq!(end().await, 1);
    let gone = browser.get("/").await;
    assert_eq!(gone.header("location"), "/sign-in");
}

#[tokio::test]
async fn a_form_is_taken_from_the_page_that_was_made_for_its_sender_alone() {
    let world = World::new().await;
    world.grant(MARA, Role::Administrator).await;
    world.grant("theo@acme.example", Role::Administrator).await;
    let (mara, theo) = (world.signed_in("mara").await, world.signed_in("theo").await);
    let theirs = theo.get("/sign-in/account").await.hidden("token");
    let own = mara.get("/sign-in/account").await.hidden("token");
    let before = world.acme.accesses().await.expect("roles");
    for path in [
        "/sign-in/out",
        "/sign-in/others",
        "/sign-in/practice",
        "/sign-in/roles",
    ] {
        for token in ["", "x", &theirs] {
            let fields = [
                ("token", token),
                ("account", "mallory@evil.example"),
                ("role", "administrator"),
                ("practice", "acme"),
            ];
            assert_eq!(mara.post(path, &fields).await.status, 403, "{path}");
        }
        let huge = "x".repeat(20_000);
        let fields = [("token", own.as_str()), ("account", &huge)];
        assert_eq!(mara.post(path, &fields).await.status, 413, "{path}");
    }
    // Nor does it come from another site, whatever it knows.
    let elsewhere = world.browser().with("sec-fetch-site", "cross-site");
    elsewhere.set_cookie("workflow_session", &mara.session().expect("a session"));
    let sent = elsewhere.post("/sign-in/out", &[("token", &own)]).await;
    assert_eq!(sent.status, 403);
    assert_eq!(mara.get("/overview").await.status, 200, "still signed in");
    assert_eq!(world.acme.accesses().await.expect("roles"), before);
}

#[tokio::test]
async fn every_page_is_kept_by_nobody_and_framed_by_nobody() {
    let world = World::new().await;
    world.grant(MARA, Role::Administrator).await;
    let browser = world.signed_in("mara").await;
    for path in [
        "/sign-in/account",
        "/sign-in/roles",
        "/sign-in/back",
        "/sign-in/begin",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
        assert_eq!(page.header("x-frame-options"), "DENY", "{path}");
        let policy = page.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}");
    }
}

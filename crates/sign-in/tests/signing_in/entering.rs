//! In: to the page that was asked for, and nowhere else; one browser, once, and not too often.

use chrono::TimeDelta;
use sign_in::Limits;
use workflow_core::access::Role;

use crate::world::World;

#[tokio::test]
async fn signing_in_leads_to_the_page_that_was_asked_for() {
    let world = World::new().await;
    world.grant("mara@acme.example", Role::Editor).await;
    let browser = world.browser();
    let asked = browser.get("/overview?from=1").await;
    assert_eq!(asked.status, 303);
    assert_eq!(asked.header("location"), "/sign-in?to=/overview%3Ffrom%3D1");
    let offer = browser.get(asked.header("location")).await;
    let link = "href=\"/sign-in/begin?to=/overview%3Ffrom%3D1\"";
    assert!(offer.body.contains(link), "{}", offer.body);
    let back = browser
        .sign_in("mara", "/sign-in/begin?to=/overview%3Ffrom%3D1")
        .await;
    assert_eq!(back.header("location"), "/overview?from=1");
    let page = browser.get("/overview?from=1").await;
    assert_eq!(page.status, 200, "{page:?}");
    let who =
        "<a class=\"who-name\" href=\"/sign-in/account\">Mara Lindqvist (mara@acme.example)</a>";
    assert!(page.body.contains(who), "{}", page.body);
    assert!(page.body.contains("editor"));
    // Whoever is signed in is not asked again.
    let again = browser.get("/sign-in?to=/upcoming").await;
    assert_eq!(again.header("location"), "/upcoming");
}

#[tokio::test]
async fn programs_are_told_in_their_own_words_and_forms_lead_to_the_beginning() {
    let world = World::new().await;
    let browser = world.browser();
    let api = browser.get("/api/clients").await;
    assert_eq!(api.status, 401, "{api:?}");
    let form = browser.post("/people", &[("a", "b")]).await;
    assert_eq!(form.header("location"), "/sign-in");
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let world = World::new().await;
    world.grant("mara@acme.example", Role::Editor).await;
    for to in [
        "//evil.example",
        "/%5Cevil.example",
        "https%3A%2F%2Fevil.example",
        "%2F%09%2Fevil",
    ] {
        let browser = world.browser();
        let back = browser
            .sign_in("mara", &format!("/sign-in/begin?to={to}"))
            .await;
        assert_eq!(back.header("location"), "/", "{to}");
        let offer = browser.get(&format!("/sign-in?to={to}")).await;
        assert_eq!(offer.header("location"), "/", "{to}");
        let token = browser.get("/sign-in/account").await.hidden("token");
        let to = to
            .replace("%2F", "/")
            .replace("%5C", "\\")
            .replace("%3A", ":")
            .replace("%09", "\t");
        let fields = [("token", token.as_str()), ("practice", "acme"), ("to", &to)];
        let chosen = browser.post("/sign-in/practice", &fields).await;
        assert_eq!(chosen.header("location"), "/", "{to}");
    }
}

#[tokio::test]
async fn an_answer_is_one_browsers_and_is_used_once() {
    let world = World::new().await;
    world.grant("mara@acme.example", Role::Editor).await;
    let (maras, theirs) = (world.browser(), world.browser());
    let back = maras.off("mara", "/sign-in/begin").await;
    // Another browser, one that is off itself, and one with a state that nobody gave out.
    assert_eq!(theirs.get(&back).await.status, 400);
    theirs.get("/sign-in/begin").await;
    assert_eq!(theirs.get(&back).await.status, 400);
    assert_eq!(theirs.session(), None);
    let invented = maras.get("/sign-in/back?code=x&state=y").await;
    assert_eq!(invented.status, 400);
    assert!(
        invented
            .body
            .contains("this browser was not off to sign in"),
        "{}",
        invented.body
    );
    assert_eq!(maras.get(&back).await.status, 303);
    assert_eq!(maras.get(&back).await.status, 400, "a second time");

    let late = maras.off("mara", "/sign-in/begin").await;
    world.pass(TimeDelta::minutes(10));
    assert_eq!(maras.get(&late).await.status, 400, "too late");
}

#[tokio::test]
async fn two_tabs_of_a_browser_sign_in_beside_each_other() {
    let world = World::new().await;
    world.grant("mara@acme.example", Role::Editor).await;
    let browser = world.browser();
    let first = browser.off("mara", "/sign-in/begin?to=/overview").await;
    let second = browser.off("mara", "/sign-in/begin?to=/upcoming").await;
    assert_eq!(browser.get(&first).await.header("location"), "/overview");
    assert_eq!(browser.get(&second).await.header("location"), "/upcoming");
}

#[tokio::test]
async fn who_does_not_agree_is_told_so() {
    let world = World::new().await;
    let browser = world.browser();
    let off = browser.get("/sign-in/begin?to=/overview").await;
    let asked = browser.get(off.header("location")).await;
    let nobody = asked.body.split("<p><a href=\"").nth(1).expect("a link");
    let nobody = nobody
        .split('"')
        .next()
        .expect("its end")
        .replace("&#38;", "&");
    let back = nobody.strip_prefix(&world.root).expect("back here");
    let page = browser.get(back).await;
    assert_eq!(page.status, 400);
    assert!(
        page.body.contains("you did not agree to it"),
        "{}",
        page.body
    );
    assert!(page.body.contains("href=\"/sign-in?to=/overview\""));
}

#[tokio::test]
async fn a_provider_that_is_away_is_told_of_and_left_alone_for_a_while() {
    let mut world = World::new().await;
    world.provider.take().expect("a provider").shutdown().await;
    let browser = world.browser();
    let page = browser.get("/sign-in/begin").await;
    assert_eq!(page.status, 503);
    assert_eq!(page.header("retry-after"), "60");
    let sentence = "the identity provider cannot be asked: it could not be reached";
    assert!(page.body.contains(sentence), "{}", page.body);
    let again = browser.get("/sign-in/begin").await;
    assert!(
        again.body.contains("was asked a moment ago"),
        "{}",
        again.body
    );
}

const FEW: Limits = Limits {
    of_one: 4,
    of_all: 6,
};

#[tokio::test]
async fn too_many_attempts_are_told_how_long_to_wait() {
    let world = World::with(|settings| settings.limits(FEW)).await;
    world.grant("mara@acme.example", Role::Editor).await;
    let browser = world.signed_in("mara").await;
    for _ in 0..2 {
        assert_eq!(world.browser().get("/sign-in/begin").await.status, 303);
    }
    world.pass(TimeDelta::minutes(1));
    for path in ["/sign-in/begin", "/sign-in/back?code=x&state=y"] {
        let page = world.browser().get(path).await;
        assert_eq!(page.status, 429, "{path}");
        assert_eq!(page.header("retry-after"), "241");
        assert!(
            page.body.contains("Try again in 5 minutes"),
            "{}",
            page.body
        );
    }
    // Whoever is signed in notices nothing.
    assert_eq!(browser.get("/overview").await.status, 200);
    world.pass(TimeDelta::minutes(4));
    assert_eq!(world.browser().get("/sign-in/begin").await.status, 303);
}

#[tokio::test]
async fn behind_a_proxy_the_address_that_it_names_last_counts() {
    let header = "x-forwarded-for".parse().expect("a header");
    let world = World::with(|settings| settings.limits(FEW).address_header(header)).await;
    let from = |line: &str| world.browser().with("x-forwarded-for", line);
    for _ in 0..4 {
        let page = from("192.0.2.1").get("/sign-in/begin").await;
        assert_eq!(page.status, 303);
    }
    // What a browser made up before it changes nothing.
    for line in ["192.0.2.1", "198.51.100.7, 192.0.2.1"] {
        assert_eq!(from(line).get("/sign-in/begin").await.status, 429, "{line}");
    }
    for _ in 0..2 {
        assert_eq!(from("192.0.2.2").get("/sign-in/begin").await.status, 303);
    }
    let all = from("192.0.2.3").get("/sign-in/begin").await;
    assert_eq!(all.status, 429, "of all together");
}

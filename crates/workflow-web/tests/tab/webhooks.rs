//! Webhooks in the tab: for administrators alone, with a secret that is shown once.

use axum::http::StatusCode;
use serde_json::json;
use workflow_core::service::{MessageRefusal, NextMessage, OutboxReader};
use workflow_web::Role;

use crate::api::Program;
use crate::browser::Browser;
use crate::support::sample::Sample;
use crate::support::world::mara;

const URL: &str = "https://hooks.example/services/T0/B0?of=acme";

fn browser(sample: &Sample, role: Role) -> Browser {
    Browser::of(&sample.world.workflows, sample.practice.id(), role)
}

/// The secret that a page shows.
fn secret(page: &crate::browser::Seen) -> String {
    let secret = page.one("code.secret");
    assert!(
        secret.starts_with("whsec_") && secret.len() > 40,
        "{secret}"
    );
    secret
}

#[tokio::test]
async fn a_secret_is_shown_once_and_stands_nowhere_else() {
    let sample = Sample::new().await;
    let mut browser = browser(&sample, Role::Administrator);
    let page = browser.get("/webhooks").await;
    let made = browser.submit(&page, "/webhooks", &[("url", URL)]).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    let first = secret(&made);
    // A form that is sent twice is carried out once, and tells no secret.
    let again = browser.submit(&page, "/webhooks", &[("url", URL)]).await;
    assert!(!again.has("code.secret") && again.text().contains("sent already"));
    let webhooks = sample.practice.webhooks().await.unwrap().value.endpoints;
    assert_eq!(webhooks.len(), 1);
    let page = browser.get("/webhooks").await;
    let renewed = browser.submit(&page, "/secret", &[]).await;
    let second = secret(&renewed);
    assert_ne!(first, second);
    for path in [
        "/webhooks",
        "/audit",
        "/audit.json",
        "/audit.csv",
        "/api/webhooks",
    ] {
        let seen = browser.get(path).await;
        assert!(seen.status.is_success(), "{path}");
        assert!(
            !seen.body.contains(&first) && !seen.body.contains(&second),
            "{path}"
        );
    }
    let audit = browser.get("/audit").await.text();
    assert!(
        audit.contains("The webhook to https://hooks.example was added."),
        "{audit}"
    );
    assert!(audit.contains("was given a new secret."));
    assert!(!audit.contains("services/T0"), "the address is its owner’s");
}

#[tokio::test]
async fn what_is_wrong_with_a_webhook_is_said_and_what_was_typed_stays() {
    let sample = Sample::new().await;
    let mut browser = browser(&sample, Role::Administrator);
    let page = browser.get("/webhooks").await;
    for (url, says) in [
        ("", "must begin with https://"),
        ("http://hooks.example/", "http:// is for this machine alone"),
        ("https://me:pass@hooks.example/", "no name and no password"),
    ] {
        let seen = browser.submit(&page, "/webhooks", &[("url", url)]).await;
        assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
        assert!(seen.one("[role=alert]").contains(says), "{}", seen.text());
        assert_eq!(seen.attr("#f-url", "value").as_deref(), Some(url));
    }
    let none = [("url", URL), ("kinds", "")];
    let seen = browser.submit(&page, "/webhooks", &none).await;
    assert!(
        seen.one("[role=alert]").contains("must name one"),
        "{}",
        seen.text()
    );
    assert!(
        sample
            .practice
            .webhooks()
            .await
            .unwrap()
            .value
            .endpoints
            .is_empty()
    );
}

#[tokio::test]
async fn a_webhook_that_is_parked_says_why_and_is_resumed() {
    let sample = Sample::new().await;
    let mut browser = browser(&sample, Role::Administrator);
    let page = browser.get("/webhooks").await;
    browser.submit(&page, "/webhooks", &[("url", URL)]).await;
    let practice = &sample.practice;
    let webhooks = practice.webhooks().await.unwrap().value.endpoints;
    let id = *webhooks.keys().next().unwrap();
    practice.archive(mara(), sample.by_hand).await.unwrap();
    let mut reader = OutboxReader::default();
    let next = practice.next_message(&mut reader, id).await.unwrap();
    let NextMessage::Message(message, _) = next else {
        panic!("it became inactive: {next:?}");
    };
    let gone = MessageRefusal {
        reason: "It answered 410: it is gone.".into(),
        is_final: true,
    };
    let refused = practice.message_refused(id, &message, &gone, 0).await;
    refused.unwrap();
    let page = browser.get("/webhooks").await;
    assert!(
        page.text().contains("It answered 410: it is gone."),
        "{}",
        page.text()
    );
    assert!(page.one(".card .badge").contains("parked"));
    let resumed = browser.submit(&page, "/resume", &[]).await;
    assert!(!browser.follow(&resumed).await.text().contains("parked"));
    let next = practice.next_message(&mut reader, id).await.unwrap();
    assert!(matches!(next, NextMessage::Message(again, _) if again.id == message.id));
}

#[tokio::test]
async fn webhooks_are_for_administrators_alone() {
    let sample = Sample::new().await;
    let mut administrator = browser(&sample, Role::Administrator);
    let page = administrator.get("/webhooks").await;
    administrator
        .submit(&page, "/webhooks", &[("url", URL)])
        .await;
    for role in [Role::Viewer, Role::Editor] {
        let mut browser = browser(&sample, role);
        let seen = browser.get("/webhooks").await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN);
        assert!(!seen.body.contains("hooks.example"));
        let program = Program::of(&sample.world.workflows, sample.practice.id(), role);
        assert_eq!(program.get("/webhooks").await.status, StatusCode::FORBIDDEN);
        let body = json!({"url": "https://other.example", "kinds": ["failed"]});
        let got = program.post("/webhooks", body).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN);
    }
    // The form of a page that an editor may open is no way in either.
    let mut editor = browser(&sample, Role::Editor);
    let path = format!("/client/{}/new", sample.harbour);
    let token = editor
        .get(&path)
        .await
        .attr("input[name=token]", "value")
        .unwrap();
    let fields = [
        ("token", token.as_str()),
        ("url", "https://other.example"),
        ("kinds", "failed"),
    ];
    let seen = editor.post("/clients/webhooks", &fields).await;
    assert_eq!(seen.status, StatusCode::FORBIDDEN);
    assert_eq!(
        sample
            .practice
            .webhooks()
            .await
            .unwrap()
            .value
            .endpoints
            .len(),
        1
    );
}

#[tokio::test]
async fn the_api_adds_changes_and_takes_out_under_keys_and_versions() {
    let sample = Sample::new().await;
    let program = Program::of(
        &sample.world.workflows,
        sample.practice.id(),
        Role::Administrator,
    );
    let body = json!({"url": URL, "kinds": ["deployed", "failed"]});
    let keyed = program.with("idempotency-key", "one");
    let added = keyed.post("/webhooks", body.clone()).await;
    assert_eq!(added.status, StatusCode::OK, "{added:?}");
    assert!(added.body["secret"].as_str().unwrap().starts_with("whsec_"));
    let again = keyed.post("/webhooks", body.clone()).await;
    assert_eq!(again.body["repeated"], true);
    assert_eq!(again.body["secret"], json!(null));
    assert_eq!(again.body["webhook"]["id"], added.body["webhook"]["id"]);
    let twice = program.post("/webhooks", body).await;
    assert_eq!((twice.status, twice.field()), (StatusCode::CONFLICT, "url"));
    for (body, field) in [
        (json!({"url": "ftp://x", "kinds": ["failed"]}), "url"),
        (
            json!({"url": "https://x.example", "kinds": ["failed", "x"]}),
            "kinds[1]",
        ),
        (json!({"url": "https://x.example", "kinds": []}), "kinds"),
    ] {
        let got = program.post("/webhooks", body).await;
        let found = (got.status, got.field());
        assert_eq!(found, (StatusCode::UNPROCESSABLE_ENTITY, field));
    }
    let id = added.body["webhook"]["id"].as_str().unwrap();
    let path = format!("/webhooks/{id}");
    let moved = json!({"url": "https://moved.example", "kinds": ["uncertain"]});
    let blind = program.put(&path, moved.clone()).await;
    assert_eq!(blind.status, StatusCode::PRECONDITION_REQUIRED);
    let stale = program
        .with("if-match", "\"9\"")
        .put(&path, moved.clone())
        .await;
    assert_eq!(stale.status, StatusCode::PRECONDITION_FAILED);
    let changed = program
        .with("if-match", added.etag())
        .put(&path, moved)
        .await;
    assert_eq!(changed.body["webhook"]["url"], "https://moved.example");
    let resumed = program.post(&format!("{path}/resume"), json!({})).await;
    assert_eq!(resumed.status, StatusCode::CONFLICT, "it is not parked");
    let renewed = program
        .post(&format!("{path}/renew-secret"), json!({}))
        .await;
    assert_ne!(renewed.body["secret"], added.body["secret"]);
    let listed = program.get("/webhooks").await.body;
    assert_eq!(listed["webhooks"][0]["kinds"], json!(["uncertain"]));
    let removed = program.post(&format!("{path}/remove"), json!({})).await;
    assert_eq!(removed.body["webhook"], json!(null));
    assert_eq!(program.get("/webhooks").await.body["webhooks"], json!([]));
}

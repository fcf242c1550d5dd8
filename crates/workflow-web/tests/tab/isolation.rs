//! One practice never sees or touches another's; what people typed never becomes markup.

use axum::http::StatusCode;
use workflow_core::service::NewWorkflow;
use workflow_web::Role;

use crate::browser::Browser;
use crate::support::sample::Sample;
use crate::support::world::mara;

#[tokio::test]
async fn another_practices_client_and_workflow_are_not_found() {
    let sample = Sample::new().await;
    let other = sample.world.practice("other", "Other Accounting").await;
    let client = sample
        .world
        .client(&other, 77, "Somebody Else Pty Ltd")
        .await;
    let new = NewWorkflow::named("Secret").client(client);
    let secret = other.add(mara(), new).await.unwrap().value;
    let mut browser = Browser::of(
        &sample.world.workflows,
        sample.practice.id(),
        Role::Administrator,
    );
    let harbour = sample.harbour;
    for path in [
        format!("/client/{client}"),
        format!("/client/{client}/new"),
        format!("/client/{client}/workflow/{secret}"),
        format!("/client/{harbour}/workflow/{secret}"),
        format!("/client/{harbour}/workflow/{secret}/schedule"),
        format!("/client/{harbour}/workflow/{secret}/audit"),
        format!("/client/{harbour}/workflow/{secret}/edit"),
        format!("/client/{harbour}/workflow/{secret}/billing"),
        format!("/client/{harbour}/workflow/{secret}/do/archive"),
        format!("/client/{harbour}/workflow/not-an-id"),
        "/client/not-an-id".into(),
        "/nowhere".into(),
    ] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!page.text().contains("Secret"), "{path}");
    }
    let page = browser
        .get(&format!("/client/{harbour}/workflow/{}", sample.bas))
        .await;
    let token = page.attr("input[name=token]", "value").unwrap();
    let fields = [("token", token.as_str()), ("once", "x")];
    for path in ["now/deploy", "now/duplicate", "do/archive", "edit"] {
        let path = format!("/clients/client/{harbour}/workflow/{secret}/{path}");
        let page = browser.post(&path, &fields).await;
        assert_eq!(page.status, StatusCode::NOT_FOUND, "{path}");
    }
    let untouched = other.workflow(secret).await.unwrap().unwrap().value;
    assert_eq!(untouched.status().to_string(), "active, awaits a person");
    assert!(!browser.get("").await.text().contains("Somebody Else"));
}

#[tokio::test]
async fn a_workflow_of_another_client_is_not_found_under_this_one() {
    let sample = Sample::new().await;
    let mut browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    let path = format!("/client/{}/workflow/{}", sample.empty, sample.bas);
    assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn hostile_names_stay_text() {
    let sample = Sample::new().await;
    let hostile = "<img src=x onerror=alert(1)>\"'&</textarea><script>alert(2)</script>";
    let client = sample.world.client(&sample.practice, 66, hostile).await;
    let new = NewWorkflow::named(hostile)
        .description(hostile)
        .client(client);
    let id = sample.practice.add(mara(), new).await.unwrap().value;
    let mut browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    let workflow = format!("/client/{client}/workflow/{id}");
    for path in [
        String::new(),
        "?q=%3Cscript%3E%22".into(),
        format!("/client/{client}"),
        workflow.clone(),
        format!("{workflow}/schedule?why=%3Cscript%3E"),
        format!("{workflow}/audit"),
        format!("{workflow}/edit"),
    ] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(
            !page.has("img")
                && page
                    .all("script:not([src*='/assets/tab.js?v='])")
                    .is_empty(),
            "{path}"
        );
        assert!(!page.has("[onerror]"), "{path}");
    }
    let page = browser.get(&workflow).await;
    assert_eq!(page.one(".wf-title h2"), hostile);
    let edit = browser.get(&format!("{workflow}/edit")).await;
    assert_eq!(edit.attr("#f-name", "value").as_deref(), Some(hostile));
    let saved = browser.submit(&edit, "/edit", &[]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let stored = sample.practice.workflow(id).await.unwrap().unwrap().value;
    assert_eq!(
        stored.settings().description.as_ref().unwrap().text(),
        hostile
    );
}

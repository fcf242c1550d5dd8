//! One practice never sees or touches another's; what people typed never becomes markup.

use axum::http::StatusCode;
use workflow_core::ports::gateway::{DirectoryPart, DirectoryRow};
use workflow_core::practice::{Link, Listing, Person, Standing};
use workflow_core::service::NewWorkflow;
use workflow_web::Role;

use crate::browser::Browser;
use crate::support::sample::Sample;
use crate::support::world::{mara, uuid_of};

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

/// The connection and the people of a practice are its own: neither page shows another's, and no
/// form reaches them.
#[tokio::test]
async fn another_practices_people_and_connection_are_neither_seen_nor_touched() {
    let sample = Sample::new().await;
    let other = sample.world.practice("other", "Other Accounting").await;
    let (theirs, ours) = (uuid_of(4, 70), uuid_of(4, 71));
    let listed = |id, name: &str| Listing {
        part: DirectoryPart::Staff,
        row: DirectoryRow {
            id,
            name: name.to_owned(),
            email: None,
        },
        standing: Standing::Current,
    };
    let secret = listed(theirs, "Secret Staff");
    other.put_listing(mara(), secret).await.unwrap();
    let known = listed(ours, "Priya Rao");
    sample.practice.put_listing(mara(), known).await.unwrap();
    let person = Person {
        id: "secret-person".parse().unwrap(),
        name: "Secret Person".parse().unwrap(),
        email: Some("secret@other.nz".to_owned()),
        staff: None,
    };
    other.put_person(mara(), person).await.unwrap();
    let reason = "Secret reason".to_owned();
    let broken = Link::Broken { reason };
    other.set_link(mara(), broken).await.unwrap();
    let before = other.people().await.unwrap();
    let mut browser = Browser::of(
        &sample.world.workflows,
        sample.practice.id(),
        Role::Administrator,
    );
    for path in [
        "/connection",
        "/people",
        "/people?q=secret",
        "/people?find=secret",
        "/people?q=secret&find=secret&page=2",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        let told = page.body.replace(path, "").replace("secret", "");
        assert!(!told.contains("Secret"), "{path}: {}", page.text());
        for id in [theirs.to_string(), "secret-person".into()] {
            assert!(!page.body.contains(&id), "{path} holds {id}");
        }
    }
    let page = browser.get("/people").await;
    let (theirs, ours) = (theirs.to_string(), ours.to_string());
    for fields in [
        [("person", "secret-person"), ("staff", ours.as_str())],
        [("person", "person-1"), ("staff", theirs.as_str())],
        [("person", ""), ("staff", theirs.as_str())],
    ] {
        let refused = browser.submit(&page, "/people", &fields).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{fields:?}");
        assert!(!refused.text().contains("Secret"), "{}", refused.text());
    }
    let page = browser.get("/connection").await;
    let asked = browser.submit(&page, "/connection/refresh", &[]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text());
    assert!(sample.practice.directory().await.unwrap().is_some());
    assert!(other.directory().await.unwrap().is_none());
    assert_eq!(other.people().await.unwrap(), before);
    let link = other.practice().await.unwrap().value.link;
    assert!(matches!(link, Link::Broken { .. }), "{link:?}");
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
    let person = Person {
        id: "hostile".parse().unwrap(),
        name: hostile.parse().unwrap(),
        email: Some(hostile.to_owned()),
        staff: None,
    };
    sample.practice.put_person(mara(), person).await.unwrap();
    let staff = Listing {
        part: DirectoryPart::Staff,
        row: DirectoryRow {
            id: uuid_of(4, 66),
            name: hostile.to_owned(),
            email: Some(hostile.to_owned()),
        },
        standing: Standing::Current,
    };
    sample.practice.put_listing(mara(), staff).await.unwrap();
    let mut browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    let workflow = format!("/client/{client}/workflow/{id}");
    for path in [
        String::new(),
        "?q=%3Cscript%3E%22".into(),
        "/people".into(),
        "/people?q=%3Cscript%3E&find=%22%3E%3Cimg%20src%3Dx%3E&page=9".into(),
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
    let people = browser.get("/people?q=onerror").await;
    assert_eq!(
        people.one("tbody th"),
        format!("{hostile} not linked to XPM")
    );
    assert!(
        people
            .all("tbody option")
            .iter()
            .any(|one| one.starts_with(hostile))
    );
    let saved = browser.submit(&edit, "/edit", &[]).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER);
    let stored = sample.practice.workflow(id).await.unwrap().unwrap().value;
    assert_eq!(
        stored.settings().description.as_ref().unwrap().text(),
        hostile
    );
}

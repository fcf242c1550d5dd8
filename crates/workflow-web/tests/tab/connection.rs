//! The pages about the connection to XPM, and about who is whom there.

use axum::http::StatusCode;
use chrono::TimeDelta;
use workflow_core::ids::PersonId;
use workflow_core::ports::gateway::{DirectoryPart, DirectoryRow};
use workflow_core::practice::{Link, Listing, Person, Standing};
use workflow_web::Role;

use crate::browser::Browser;
use crate::support::sample::Sample;
use crate::support::world::{mara, uuid_of};

async fn staff(sample: &Sample, number: u32, name: &str, email: &str) {
    let row = DirectoryRow {
        id: uuid_of(4, number),
        name: name.to_owned(),
        email: Some(email.to_owned()),
    };
    let listing = Listing {
        part: DirectoryPart::Staff,
        row,
        standing: Standing::Current,
    };
    sample.practice.put_listing(mara(), listing).await.unwrap();
}

#[tokio::test]
async fn an_administrator_alone_is_offered_to_connect() {
    let sample = Sample::new().await;
    let broken = Link::Broken {
        reason: "the connection has expired or was revoked".to_owned(),
    };
    let set = sample.practice.set_link(mara(), broken).await;
    set.unwrap();
    let workflows = &sample.world.workflows;
    for (role, offered) in [
        (Role::Viewer, 0),
        (Role::Editor, 0),
        (Role::Administrator, 1),
    ] {
        let mut browser = Browser::of(workflows, sample.practice.id(), role);
        let page = browser.get("/connection").await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(
            page.all("main a[href='/connect']").len(),
            offered,
            "{role:?}"
        );
        assert!(page.text().contains("has expired or was revoked"));
        // Nothing can be listed meanwhile.
        assert_eq!(page.all("form[action$='/connection/refresh']").len(), 0);
    }
}

#[tokio::test]
async fn what_is_kept_is_shown_with_its_age_and_refreshed_when_an_editor_asks() {
    let sample = Sample::new().await;
    let mut browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    let page = browser.get("/connection").await;
    assert_eq!(page.all("dl.lines dd")[0], "not listed yet");
    let asked = browser.submit(&page, "/connection/refresh", &[]).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
    let directory = sample.practice.directory().await.unwrap().unwrap().value;
    assert!(directory.asked_at.is_some());
    let mut viewer = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    let page = viewer.get("/connection").await;
    assert_eq!(page.all("form[action$='/connection/refresh']").len(), 0);
}

#[tokio::test]
async fn a_connection_that_expires_soon_is_warned_of_on_every_page() {
    let sample = Sample::new().await;
    let mut browser = Browser::of(
        &sample.world.workflows,
        sample.practice.id(),
        Role::Administrator,
    );
    let words = "The connection to XPM expires on";
    assert!(!browser.get("").await.text().contains(words));
    // As far as is known here, it was last used when the sample was deployed.
    sample.world.clock.advance(TimeDelta::days(50));
    for path in ["", "/attention", "/connection"] {
        let page = browser.get(path).await;
        assert!(page.text().contains(words), "{path}: {}", page.text());
    }
    // What is past is not said to come.
    sample.world.clock.advance(TimeDelta::days(11));
    let text = browser.get("").await.text();
    assert!(text.contains("and has expired. Connect"), "{text}");
    assert!(!text.contains(words), "{text}");
}

#[tokio::test]
async fn people_are_matched_by_hand_and_namesakes_are_told_apart() {
    let sample = Sample::new().await;
    staff(&sample, 21, "Jonas Weber", "jonas@x.nz").await;
    staff(&sample, 22, "Jonas Weber", "weber@x.nz").await;
    let mut browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    let page = browser.get("/people").await;
    assert_eq!(page.status, StatusCode::OK);
    let text = page.text();
    assert!(text.contains("Jonas Weber not linked to XPM"), "{text}");
    let others = page.all("ul.plain li");
    assert_eq!(others.len(), 2);
    assert!(
        others[0].starts_with("Jonas Weber (jonas@x.nz)"),
        "{others:?}"
    );
    let chosen = uuid_of(4, 22).to_string();
    let jonas = [("person", "person-4"), ("staff", chosen.as_str())];
    let saved = browser.submit(&page, "/people", &jonas).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.body);
    let jonas: PersonId = "person-4".parse().unwrap();
    let linked = sample.practice.person(jonas).await.unwrap().unwrap();
    assert_eq!(linked.value.staff.unwrap().uuid(), uuid_of(4, 22));
    // The other is nobody of the practice, and becomes one of its people.
    let page = browser.get("/people").await;
    let other = uuid_of(4, 21).to_string();
    let member = [("person", ""), ("staff", other.as_str())];
    let added = browser.submit(&page, "/people", &member).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
    assert_eq!(sample.practice.people().await.unwrap().len(), 5);
    assert!(browser.get("/people").await.all("ul.plain li").is_empty());
    // Whom XPM does not have cannot be chosen, whatever a form says.
    let page = browser.get("/people").await;
    let unknown = uuid_of(4, 99).to_string();
    let unknown = [("person", "person-4"), ("staff", unknown.as_str())];
    let refused = browser.submit(&page, "/people", &unknown).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.body);
    // Whoever may only look sees whom they are, and no form.
    let mut viewer = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    let page = viewer.get("/people").await;
    assert!(page.text().contains("Jonas Weber (weber@x.nz)"));
    assert!(page.all("main form[method=post]").is_empty());
}

/// Three hundred people and as many members of staff: twenty of each on a page, and each of them
/// found by a search.
#[tokio::test]
async fn a_long_list_of_people_is_paged_and_searched_and_a_link_leads_back_to_where_one_was() {
    let sample = Sample::new().await;
    for number in 100..400 {
        let name = format!("Kauri {number}");
        staff(&sample, number, &name, &format!("kauri-{number}@x.nz")).await;
        let person = Person {
            id: format!("kauri-{number}").parse().unwrap(),
            name: format!("{name} Brown").parse().unwrap(),
            email: Some(format!("brown-{number}@x.nz")),
            staff: None,
        };
        sample.practice.put_person(mara(), person).await.unwrap();
    }
    let all = sample.practice.people().await.unwrap().len();
    let mut browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    // Every page of people, one after another: each person once.
    let (mut path, mut seen) = ("/people".to_owned(), Vec::new());
    loop {
        let page = browser.get(&path).await;
        let rows = page.all("tbody th");
        assert!(!rows.is_empty() && rows.len() <= 20, "{path}: {rows:?}");
        // Nobody, twenty, and who is chosen beyond them.
        let options = page.all("#staff-1 option").len();
        assert!((21..=22).contains(&options), "{path}: {options}");
        seen.extend(rows);
        let links = page.all_attrs("nav.pages a");
        match links.last().filter(|_| page.text().contains("Next page")) {
            Some(to) => path = to.trim_start_matches("/clients").to_owned(),
            None => break,
        }
    }
    assert_eq!(seen.len(), all);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), all, "each once");
    // A page beyond the last is the last.
    let beyond = browser.get("/people?page=99").await;
    assert!(!beyond.all("tbody th").is_empty());
    // The one who is looked for is found, by name or e-mail, and the namesake is offered first.
    for text in ["kauri%20377", "BROWN-377"] {
        let page = browser.get(&format!("/people?q={text}")).await;
        let rows = page.all("tbody th");
        assert_eq!(rows, ["Kauri 377 Brown not linked to XPM"], "{text}");
        assert_eq!(page.all("#staff-1 option")[1], "Kauri 377 (kauri-377@x.nz)");
    }
    // A search in the staff narrows the lists and whom XPM alone has.
    let page = browser.get("/people?q=kauri%20377&find=kauri-21").await;
    assert_eq!(page.all("#staff-1 option").len(), 11);
    assert_eq!(page.all("ul.plain li").len(), 10);
    let chosen = uuid_of(4, 215).to_string();
    let fields = [("person", "kauri-377"), ("staff", chosen.as_str())];
    let saved = browser.submit(&page, "/people", &fields).await;
    let back = browser.follow(&saved).await;
    assert_eq!(back.all("tbody th"), ["Kauri 377 Brown"]);
    assert_eq!(
        back.one("#staff-1 option[selected]"),
        "Kauri 215 (kauri-215@x.nz)"
    );
    assert_eq!(back.all("ul.plain li").len(), 9);
    // Whom nothing holds.
    let nobody = browser.get("/people?q=nobody%20at%20all").await;
    assert!(nobody.text().contains("holds “nobody at all”"));
}

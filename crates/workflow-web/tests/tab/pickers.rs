//! Fields that offer a long list: searched without a script, and for the script.

use axum::http::StatusCode;
use workflow_core::ports::gateway::{DirectoryPart, DirectoryRow};
use workflow_core::practice::{Listing, Person, Standing};
use workflow_web::Role;

use crate::browser::Browser;
use crate::support::sample::Sample;
use crate::support::world::{mara, uuid_of};

/// The sample with a hundred people more, and a hundred job templates.
async fn sample() -> (Sample, Browser, String) {
    let sample = Sample::new().await;
    for number in 100..200 {
        let person = Person {
            id: format!("person-{number}").parse().unwrap(),
            name: format!("Someone {number}").parse().unwrap(),
            email: None,
            staff: None,
        };
        sample.practice.put_person(mara(), person).await.unwrap();
        let listing = Listing {
            part: DirectoryPart::Templates,
            row: DirectoryRow {
                id: uuid_of(2, number),
                name: format!("Template {number}"),
                email: None,
            },
            standing: Standing::Current,
        };
        sample.practice.put_listing(mara(), listing).await.unwrap();
    }
    let browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    let path = format!("/client/{}/workflow/{}/edit", sample.harbour, sample.bas);
    (sample, browser, path)
}

#[tokio::test]
async fn a_long_list_is_cut_and_what_is_chosen_stays_in_it() {
    let (_, mut browser, path) = sample().await;
    let page = browser.get(&path).await;
    // Nobody, forty to choose from, and the one who is chosen beyond them at most.
    let offered = page.all("#f-partner option").len();
    assert!((41..=42).contains(&offered), "{offered}");
    assert_eq!(page.one("#f-manager option[selected]"), "Theo Okafor");
    assert_eq!(page.all("#f-staff input[checked]").len(), 2);
    assert!(
        page.one(".f-partner .find .hint")
            .ends_with("more are not shown.")
    );
    assert!(
        !page.has(".f-category .find"),
        "a short list needs no search"
    );
    assert!(page.body.len() < 100_000, "{}", page.body.len());
}

#[tokio::test]
async fn a_search_without_a_script_keeps_all_that_was_typed_and_saves_nothing() {
    let (sample, mut browser, path) = sample().await;
    let page = browser.get(&path).await;
    let typed = [
        ("name", "BAS of {client}"),
        ("find_partner", "ONE 17"),
        ("fill", "find"),
    ];
    let found = browser.submit(&page, "/edit", &typed).await;
    assert_eq!(found.status, StatusCode::OK);
    let partners = found.all("#f-partner option");
    assert_eq!(
        partners.len(),
        12,
        "nobody, who is chosen, and ten: {partners:?}"
    );
    assert!(partners.contains(&"Someone 170 (not linked to XPM)".to_owned()));
    assert_eq!(
        found.attr("#f-name", "value").as_deref(),
        Some("BAS of {client}")
    );
    let stored = sample.practice.workflow(sample.bas).await.unwrap().unwrap();
    assert_eq!(stored.value.settings().name.text(), "BAS {quarter}");
    // The Enter key in the search sends the form as its first button does: it still only searches.
    let entered = browser
        .submit(&page, "/edit", &[("find_templates", "late 15")])
        .await;
    assert_eq!(entered.status, StatusCode::OK);
    assert!(
        entered
            .all(".selects li:last-child option")
            .contains(&"Template 155".to_owned())
    );
    // Then the form is saved as it stands, with what the search left in it.
    let saved = browser
        .submit(&found, "/edit", &[("partner", "person-170")])
        .await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let stored = sample.practice.workflow(sample.bas).await.unwrap().unwrap();
    let settings = stored.value.settings();
    assert_eq!(settings.name.text(), "BAS of {client}");
    assert_eq!(settings.partner.as_ref().unwrap().as_str(), "person-170");
    assert_eq!((settings.staff.len(), settings.templates.len()), (2, 2));
}

#[tokio::test]
async fn an_edit_made_while_somebody_searches_is_noticed_all_the_same() {
    let (sample, mut browser, path) = sample().await;
    let page = browser.get(&path).await;
    let found = browser
        .submit(&page, "/edit", &[("find_partner", "17"), ("fill", "find")])
        .await;
    let mut other = Browser::named(
        &sample.world.workflows,
        sample.practice.id(),
        Role::Editor,
        "Theo Okafor",
    );
    let theirs = other.get(&path).await;
    other.submit(&theirs, "/edit", &[("budget", "5")]).await;
    let again = browser
        .submit(&found, "/edit", &[("find_partner", "18"), ("fill", "find")])
        .await;
    let told = browser
        .submit(&again, "/edit", &[("name", "BAS of us")])
        .await;
    assert_eq!(told.status, StatusCode::CONFLICT);
    assert!(told.text().contains("Budget: 1,250.00 → became 5.00"));
    assert_eq!(told.attr("#f-name", "value").as_deref(), Some("BAS of us"));
}

#[tokio::test]
async fn whoever_the_practice_no_longer_knows_stays_chosen_until_somebody_else_is() {
    let (sample, mut browser, _) = sample().await;
    let new = workflow_core::service::NewWorkflow::named("Old")
        .client(sample.harbour)
        .partner("person-gone".parse().unwrap());
    let id = sample.practice.add(mara(), new).await.unwrap().value;
    let path = format!("/client/{}/workflow/{id}/edit", sample.harbour);
    let page = browser.get(&path).await;
    assert_eq!(
        page.one("#f-partner option[selected]"),
        "person-gone (unknown to the practice)"
    );
    browser.submit(&page, "/edit", &[("name", "Older")]).await;
    let stored = sample.practice.workflow(id).await.unwrap().unwrap();
    let partner = stored.value.settings().partner.clone();
    assert_eq!(partner.unwrap().as_str(), "person-gone");
}

#[tokio::test]
async fn the_script_is_given_what_holds_the_text_and_of_this_practice_alone() {
    let (sample, mut browser, _) = sample().await;
    let read = async |browser: &mut Browser, path: &str| -> serde_json::Value {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        serde_json::from_str(&answer.body).unwrap()
    };
    let found = read(&mut browser, "/pick/people?q=someone%2017").await;
    assert_eq!(found["options"].as_array().unwrap().len(), 10);
    assert_eq!(found["options"][0]["value"], "person-170");
    assert_eq!(found["options"][0]["note"], "not linked to XPM");
    let all = read(&mut browser, "/pick/templates").await;
    assert_eq!(all["options"].as_array().unwrap().len(), 40);
    assert_eq!(all["more"], 64);
    assert_eq!(
        browser.get("/pick/secrets").await.status,
        StatusCode::NOT_FOUND
    );
    let other = sample.world.practice("other", "Other Accounting").await;
    let mut browser = Browser::of(&sample.world.workflows, other.id(), Role::Editor);
    let found = read(&mut browser, "/pick/people?q=someone").await;
    assert!(found["options"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn the_form_of_many_is_searched_too() {
    let (_, mut browser, _) = sample().await;
    let page = browser
        .get("/plan/preview?do=replace&from=person-2&find_to=one%20199&fill=find&client=harbour")
        .await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(
        page.all("#f-to option")
            .contains(&"Someone 199 (not linked to XPM)".to_owned())
    );
    assert_eq!(page.attr("#f-client", "value").as_deref(), Some("harbour"));
    let plan = browser
        .get("/plan/preview?do=replace&from=person-2&to=person-199&find_to=one%20199&found_to=one%20199")
        .await;
    assert_eq!(plan.one("h1"), "Replace Theo Okafor by Someone 199");
}

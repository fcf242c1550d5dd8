//! What a page costs: it is small, and asks no other host for anything.

use workflow_core::ports::gateway::{DirectoryPart, DirectoryRow};
use workflow_core::practice::{Listing, Person, Standing};
use workflow_core::recurrence::Recurrence;
use workflow_core::service::NewWorkflow;
use workflow_web::Role;

use crate::browser::Browser;
use crate::support::sample::Sample;
use crate::support::world::{date, mara, uuid_of};

/// The most bytes of a page, as they go over the wire.
const MOST: usize = 100_000;

/// Each page of the tab.
fn pages(sample: &Sample) -> Vec<String> {
    let client = format!("/client/{}", sample.harbour);
    let mut all: Vec<String> = [
        "",
        "?q=client",
        "/attention",
        "/overview",
        "/upcoming?month=2026-12",
        "/upcoming?month=2027-01&view=list",
        "/upcoming?on=2027-01-11",
        "/search?q=client",
        "/why?client=client&date=2027-01-11",
        "/plan",
        "/plan/preview?do=until&until=2027-03-31",
        "/plan/preview?do=edit&new_budget=5&state=active",
        "/preflight?days=366",
        "/calendar",
        "/webhooks",
        "/audit",
        "/audit/check",
        "/connection",
        "/people",
        "/people?q=name&find=name&page=7",
    ]
    .map(str::to_owned)
    .into();
    all.push(client.clone());
    all.push(format!("{client}?inactive=show&why=2026-12-31"));
    all.push(format!("{client}/new"));
    for id in [sample.bas, sample.monthly, sample.failed] {
        let workflow = format!("{client}/workflow/{id}");
        for rest in [
            "",
            "/schedule?past=all",
            "/audit",
            "/edit",
            "/billing",
            "/plan",
            "/do/archive",
        ] {
            all.push(format!("{workflow}{rest}"));
        }
    }
    all
}

#[tokio::test]
async fn every_page_of_a_large_practice_is_small() {
    let sample = Sample::new().await;
    for number in 100..400 {
        let name = format!("Client {number} with a name of some length Pty Ltd");
        let client = sample.world.client(&sample.practice, number, &name).await;
        let new = NewWorkflow::named("Bookkeeping and payroll of {client} for {month}")
            .client(client)
            .partner("person-1".parse().unwrap())
            .manager("person-4".parse().unwrap())
            .staff(["person-2".parse().unwrap(), "person-3".parse().unwrap()])
            .recurring(Recurrence::monthly().on_day(11).from(date("2026-12-11")));
        sample.practice.add(mara(), new).await.unwrap();
        let person = Person {
            id: format!("person-{number}").parse().unwrap(),
            name: format!("Somebody with a name {number}").parse().unwrap(),
            email: None,
            staff: None,
        };
        sample.practice.put_person(mara(), person).await.unwrap();
        let member = Listing {
            part: DirectoryPart::Staff,
            row: DirectoryRow {
                id: uuid_of(4, number),
                name: format!("Somebody with a long name in XPM {number}"),
                email: Some(format!(
                    "somebody.with.an.address.{number}@practice.example"
                )),
            },
            standing: Standing::Current,
        };
        sample.practice.put_listing(mara(), member).await.unwrap();
        let listing = Listing {
            part: DirectoryPart::Templates,
            row: DirectoryRow {
                id: uuid_of(2, number),
                name: format!("A job template with a name {number}"),
                email: None,
            },
            standing: Standing::Current,
        };
        sample.practice.put_listing(mara(), listing).await.unwrap();
    }
    for _ in 0..60 {
        let new = NewWorkflow::named("Another workflow of one client, {month}")
            .client(sample.harbour)
            .recurring(Recurrence::monthly().on_day(11).from(date("2026-12-11")));
        sample.practice.add(mara(), new).await.unwrap();
    }
    let mut browser = Browser::of(
        &sample.world.workflows,
        sample.practice.id(),
        Role::Administrator,
    );
    let mut heavy = Vec::new();
    for path in pages(&sample) {
        let page = browser.get(&path).await;
        assert!(page.status.is_success(), "{path}: {}", page.text());
        if page.body.len() > MOST {
            heavy.push(format!("{path}: {}", page.body.len()));
        }
    }
    assert!(heavy.is_empty(), "{heavy:#?}");
}

#[tokio::test]
async fn no_page_asks_another_host_for_anything() {
    let sample = Sample::new().await;
    let mut browser = Browser::of(
        &sample.world.workflows,
        sample.practice.id(),
        Role::Administrator,
    );
    for path in pages(&sample) {
        let page = browser.get(&path).await;
        for selector in ["[src]", "link[href]", "form[action]", "[data-pick]"] {
            for attribute in ["src", "href", "action", "data-pick"] {
                if let Some(to) = page.attr(selector, attribute) {
                    assert!(to.starts_with("/clients"), "{to} on {path}");
                }
            }
        }
        for loading in [
            "<iframe",
            "<img",
            "<object",
            "<embed",
            "srcset=",
            "url(",
            "@import",
            "preconnect",
        ] {
            assert!(!page.body.contains(loading), "{loading} on {path}");
        }
    }
    for file in [
        include_str!("../../assets/tab.css"),
        include_str!("../../assets/tab.js"),
        include_str!("../../assets/live.js"),
    ] {
        assert!(!file.contains("http:") && !file.contains("https:"));
    }
}

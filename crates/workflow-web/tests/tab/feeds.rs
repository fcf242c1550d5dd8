//! Calendar feeds: what they hold, and who may read them.

use async_trait::async_trait;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use workflow_core::ids::PracticeId;
use workflow_core::practice::Link;
use workflow_web::{CalendarFeed, FeedKey, Host, Role, Unwelcome, Visitor};

use crate::browser::Browser;
use crate::support::sample::Sample;
use crate::support::world::{mara, uuid_of};

/// A host that lets nobody in, and whose feeds are read by their signed addresses.
#[derive(Debug)]
struct Signed(FeedKey);

#[async_trait]
impl Host for Signed {
    async fn visitor(&self, _: &Parts) -> Result<Visitor, Unwelcome> {
        Err(Unwelcome::SignIn { url: None })
    }

    fn feed_url(&self, practice: &PracticeId, feed: &CalendarFeed, path: &str) -> Option<String> {
        Some(self.0.address(practice, feed, path))
    }

    async fn feed_reader(
        &self,
        request: &Parts,
        feed: &CalendarFeed,
    ) -> Result<PracticeId, Unwelcome> {
        self.0.reader(request, feed)
    }
}

#[tokio::test]
async fn a_feed_holds_what_is_to_come_of_a_workflow_a_client_or_the_practice() {
    let sample = Sample::new().await;
    let mut browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    let client = format!("/client/{}", sample.harbour);
    let workflow = format!("{client}/workflow/{}", sample.bas);
    let mut events = Vec::new();
    for page in [
        format!("{workflow}/schedule"),
        client.clone(),
        String::new(),
    ] {
        let page = browser.get(&page).await;
        let link = page.attr(".feed a", "href").expect("a link to the feed");
        let feed = browser.get(link.strip_prefix("/clients").unwrap()).await;
        assert_eq!(feed.status, StatusCode::OK);
        assert_eq!(
            feed.headers[header::CONTENT_TYPE],
            "text/calendar; charset=utf-8"
        );
        assert_eq!(feed.headers[header::CACHE_CONTROL], "no-store");
        assert!(feed.body.starts_with("BEGIN:VCALENDAR\r\n"));
        assert!(feed.body.ends_with("END:VCALENDAR\r\n"));
        assert!(feed.body.contains("SUMMARY:BAS Oct-Dec 2026"));
        events.push(feed.body.matches("BEGIN:VEVENT").count());
    }
    assert!(events[0] >= 4 && events[1] > events[0], "{events:?}");
    let of_practice = browser.get("/calendar.ics").await;
    assert!(of_practice.body.contains("Coastline Dental Group"));
}

#[tokio::test]
async fn a_feed_is_found_in_its_own_practice_alone() {
    let sample = Sample::new().await;
    let other = sample.world.practice("other", "Other Accounting").await;
    other.set_link(mara(), Link::NotConnected).await.unwrap();
    let mut stranger = Browser::of(&sample.world.workflows, other.id(), Role::Administrator);
    let client = format!("/client/{}", sample.harbour);
    let misplaced = format!("/client/{}/workflow/{}", sample.empty, sample.bas);
    let mut own = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    assert_eq!(
        own.get(&format!("{misplaced}/calendar.ics")).await.status,
        StatusCode::NOT_FOUND
    );
    for path in [
        format!("{client}/calendar.ics"),
        format!("{client}/workflow/{}/calendar.ics", sample.bas),
        format!("/client/{}/calendar.ics", uuid_of(1, 999)),
        "/client/odd/calendar.ics".to_owned(),
        format!("{client}/workflow/odd/calendar.ics"),
    ] {
        let answer = stranger.get(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.body, "There is no such calendar feed.");
    }
    assert!(
        !stranger
            .get("/calendar.ics")
            .await
            .body
            .contains("BEGIN:VEVENT")
    );
}

#[tokio::test]
async fn a_signed_address_is_read_without_a_sign_in_and_opens_nothing_else() {
    let sample = Sample::new().await;
    let key = FeedKey::new(&[5; 32]).unwrap();
    let tab = workflow_web::router(sample.world.workflows.clone(), Signed(key.clone()));
    let mut program = Browser::on(tab);
    let feed = CalendarFeed::Client(sample.harbour);
    let path = format!("/client/{}/calendar.ics", sample.harbour);
    let address = key.address(sample.practice.id(), &feed, &path);
    let read = program.get(&address).await;
    assert_eq!(read.status, StatusCode::OK, "{}", read.body);
    assert!(read.body.contains("BEGIN:VEVENT"));
    assert!(!read.headers.contains_key(header::SET_COOKIE));

    let query = address.split_once('?').unwrap().1;
    for (path, status) in [
        (path.clone(), StatusCode::FORBIDDEN),
        (format!("/calendar.ics?{query}"), StatusCode::FORBIDDEN),
        (
            format!("/client/{}/calendar.ics?{query}", sample.empty),
            StatusCode::FORBIDDEN,
        ),
        (
            format!("/client/{}?{query}", sample.harbour),
            StatusCode::UNAUTHORIZED,
        ),
    ] {
        let refused = program.get(&path).await;
        assert_eq!(refused.status, status, "{path}");
        assert!(!refused.body.contains("BEGIN:VCALENDAR"), "{path}");
    }
}

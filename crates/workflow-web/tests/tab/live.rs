//! Live updates: what happens is told as it happens, once, to whoever may see it; and nobody who
//! is slow, gone or turned away holds anything up.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::http::{HeaderMap, Request, StatusCode, header};
use chrono::TimeDelta;
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;
use workflow_core::ids::{PracticeId, WorkflowId};
use workflow_core::service::{NewWorkflow, PracticeHandle, Workflows};
use workflow_web::{Host, Role, Unwelcome, Visitor};

use crate::browser::{Browser, SignedIn};
use crate::support::sample::Sample;
use crate::support::world::mara;

/// An open stream.
struct Stream {
    body: BodyDataStream,
    headers: HeaderMap,
    rest: String,
}

/// An event of it, or a comment.
#[derive(Debug, Default, PartialEq)]
struct Event {
    name: String,
    id: Option<u64>,
    data: Value,
    comment: String,
}

impl Event {
    fn of(text: &str) -> Self {
        let mut event = Self::default();
        for line in text.lines() {
            let (field, value) = line.split_once(':').unwrap();
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "event" => value.clone_into(&mut event.name),
                "id" => event.id = Some(value.parse().unwrap()),
                "data" => event.data = serde_json::from_str(value).unwrap(),
                "" => value.clone_into(&mut event.comment),
                "retry" => assert!(value.parse::<u64>().unwrap() >= 1_000),
                other => panic!("there is no field {other}"),
            }
        }
        event
    }

    fn tells_of(&self, workflow: WorkflowId) -> bool {
        self.name == "changed" && self.data["workflows"] == json!([workflow.to_string()])
    }
}

impl Stream {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.rest.split_once("\n\n") {
                let event = Event::of(event);
                self.rest = rest.to_owned();
                return Some(event);
            }
            let bytes = self.body.next().await?.expect("it is read");
            self.rest.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }

    /// Whether there is nothing to read for now.
    fn is_quiet(&mut self) -> bool {
        let mut next = pin!(self.next());
        let polled = next.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        matches!(polled, Poll::Pending)
    }
}

/// The tab with its mount.
fn app(workflows: &Workflows, practice: &PracticeId, role: Role) -> Router {
    let host = SignedIn {
        name: "Alex Reed",
        role,
        practice: practice.clone(),
    };
    mounted(workflows, host)
}

fn mounted(workflows: &Workflows, host: impl Host) -> Router {
    Router::new().nest("/clients", workflow_web::router(workflows.clone(), host))
}

async fn ask(app: &Router, query: &str, last: Option<&str>) -> Result<Stream, StatusCode> {
    let mut request = Request::get(format!("/clients/api/events{query}"));
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    if response.status() != StatusCode::OK {
        return Err(response.status());
    }
    let (parts, body) = response.into_parts();
    Ok(Stream {
        body: body.into_data_stream(),
        headers: parts.headers,
        rest: String::new(),
    })
}

/// A stream that is open, with its first word heard.
async fn open(app: &Router, query: &str, last: Option<&str>) -> (Stream, Event) {
    let mut stream = ask(app, query, last).await.expect("a stream");
    let first = stream.next().await.expect("a first word");
    (stream, first)
}

async fn change(practice: &PracticeHandle, workflow: WorkflowId) {
    let duplicate = practice.duplicate(mara(), workflow).await;
    let id = duplicate.expect("duplicated").value;
    practice.archive(mara(), id).await.expect("archived");
}

async fn deploy(sample: &Sample) -> WorkflowId {
    let id = sample.by_hand;
    let asked = sample.practice.deploy_now(mara(), id, None).await;
    asked.expect("asked for");
    sample.world.run(&sample.practice).await;
    id
}

#[tokio::test]
async fn what_happens_to_a_workflow_is_told_to_an_open_page() {
    let sample = Sample::new().await;
    let app = app(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    let head = sample.practice.audit_head().await.unwrap();
    let (mut stream, first) = open(&app, "", None).await;
    assert_eq!((first.id, &*first.name), (Some(head), ""));
    assert_eq!(
        stream.headers[header::CONTENT_TYPE],
        "text/event-stream",
        "browsers take nothing else"
    );
    assert_eq!(stream.headers[header::CACHE_CONTROL], "no-store");
    assert!(stream.is_quiet());
    let id = deploy(&sample).await;
    let event = stream.next().await.unwrap();
    assert!(event.tells_of(id), "{event:?}");
    assert_eq!(event.id, Some(sample.practice.audit_head().await.unwrap()));
    assert!(stream.is_quiet(), "each entry is told once");
}

#[tokio::test]
async fn a_page_follows_from_before_it_was_made_so_that_nothing_falls_in_between() {
    let sample = Sample::new().await;
    let (workflows, id) = (&sample.world.workflows, sample.practice.id());
    let app = app(workflows, id, Role::Viewer);
    let mut browser = Browser::of(workflows, id, Role::Viewer);
    let harbour = sample.harbour;
    let mut pages: Vec<String> = ["", "/overview", "/attention", "/upcoming", "/audit"]
        .map(str::to_owned)
        .into();
    for rest in ["", "/schedule", "/audit"] {
        pages.push(format!("/client/{harbour}/workflow/{}{rest}", sample.bas));
    }
    pages.push(format!("/client/{harbour}"));
    for path in pages {
        let page = browser.get(&path).await;
        let live = page.attr("main[data-live]", "data-live");
        let live = live.unwrap_or_else(|| panic!("{path} follows nothing"));
        for region in ["nav", "strip", "main"] {
            assert!(page.has(&format!("[data-live-region={region}]")), "{path}");
        }
        let query = live.strip_prefix("/clients/api/events").unwrap();
        change(&sample.practice, sample.monthly).await;
        let (mut stream, _) = open(&app, query, None).await;
        let event = stream.next().await.unwrap();
        assert_eq!(event.name, "changed", "{path}");
    }
    // What somebody fills in does not change under their hands.
    let mut editor = Browser::of(workflows, id, Role::Editor);
    let edit = format!("/client/{harbour}/workflow/{}/edit", sample.bas);
    assert!(!editor.get(&edit).await.has("[data-live]"));
}

#[tokio::test]
async fn whoever_comes_back_is_told_what_they_missed_and_nothing_twice() {
    let sample = Sample::new().await;
    let app = app(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    let (mut stream, _) = open(&app, "?after=1", None).await;
    let told = stream.next().await.unwrap();
    assert_eq!(
        told.name, "reload",
        "so long ago that all is looked at anew"
    );
    let last = told.id.unwrap().to_string();
    drop(stream);
    let id = deploy(&sample).await;
    // A browser repeats the first address, with what it heard last beside it.
    let (mut stream, _) = open(&app, "?after=1", Some(&last)).await;
    let missed = stream.next().await.unwrap();
    assert!(missed.tells_of(id), "{missed:?}");
    let last = missed.id.unwrap().to_string();
    let (mut stream, first) = open(&app, "", Some(&last)).await;
    assert_eq!(first.id, missed.id);
    assert!(stream.is_quiet());
}

#[tokio::test]
async fn a_number_that_the_audit_has_not_reached_is_of_another_time() {
    let sample = Sample::new().await;
    let app = app(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    let head = sample.practice.audit_head().await.unwrap();
    let (mut stream, first) = open(&app, "?after=999999", None).await;
    assert_eq!((&*first.name, first.id), ("reload", Some(head)));
    let id = deploy(&sample).await;
    assert!(stream.next().await.unwrap().tells_of(id));
}

#[tokio::test]
async fn what_is_no_number_is_refused() {
    let sample = Sample::new().await;
    let app = app(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    for (query, last) in [
        ("?after=x", None),
        ("?after=-1", None),
        ("?since=1", None),
        ("", Some("x")),
    ] {
        let refused = ask(&app, query, last).await.err();
        assert_eq!(refused, Some(StatusCode::BAD_REQUEST), "{query} {last:?}");
    }
}

#[tokio::test]
async fn another_practice_is_not_heard() {
    let sample = Sample::new().await;
    let other = sample.world.practice("other", "Other Accounting").await;
    let app = app(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    let (mut stream, _) = open(&app, "", None).await;
    let client = sample.world.client(&other, 77, "Somebody Else").await;
    let new = NewWorkflow::named("Secret").client(client);
    other.add(mara(), new).await.unwrap();
    assert!(stream.is_quiet());
    // Neither by a sign of life.
    sample.world.clock.advance(TimeDelta::seconds(10));
    assert_eq!(stream.next().await.unwrap().comment, "still here");
    let id = deploy(&sample).await;
    assert!(stream.next().await.unwrap().tells_of(id));
}

#[tokio::test]
async fn what_another_process_wrote_is_told_within_ten_seconds() {
    let sample = Sample::new().await;
    let app = app(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    let (mut stream, _) = open(&app, "", None).await;
    assert!(stream.is_quiet());
    // A service of its own over the same store: its commits wake nobody here.
    let apart = Workflows::new(sample.world.workflows.ports().clone());
    let apart = apart.practice(sample.practice.id().clone());
    let kept = apart.archive(mara(), sample.on_date).await;
    kept.unwrap();
    assert!(stream.is_quiet());
    sample.world.clock.advance(TimeDelta::seconds(10));
    let told = stream.next().await.unwrap();
    assert!(told.tells_of(sample.on_date), "{told:?}");
}

#[tokio::test]
async fn another_sites_page_takes_no_place() {
    let sample = Sample::new().await;
    let app = app(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    for (site, status) in [
        ("cross-site", StatusCode::FORBIDDEN),
        ("same-origin", StatusCode::OK),
    ] {
        let request = Request::get("/clients/api/events").header("sec-fetch-site", site);
        let request = request.body(Body::empty()).unwrap();
        let response = app.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), status, "{site}");
    }
}

/// Lets somebody in until they are signed out.
#[derive(Clone, Debug)]
struct Session {
    inner: SignedIn,
    is_over: Arc<AtomicBool>,
}

#[async_trait::async_trait]
impl Host for Session {
    async fn visitor(&self, request: &axum::http::request::Parts) -> Result<Visitor, Unwelcome> {
        match self.is_over.load(Ordering::Relaxed) {
            true => Err(Unwelcome::SignIn { url: None }),
            false => self.inner.visitor(request).await,
        }
    }
}

#[tokio::test]
async fn a_stream_is_for_whoever_may_see_the_pages_and_for_as_long() {
    let sample = Sample::new().await;
    let inner = SignedIn {
        name: "Alex Reed",
        role: Role::Viewer,
        practice: sample.practice.id().clone(),
    };
    let is_over = Arc::new(AtomicBool::new(true));
    let session = Session {
        inner,
        is_over: is_over.clone(),
    };
    let app = mounted(&sample.world.workflows, session);
    let refused = ask(&app, "", None).await.err();
    assert_eq!(refused, Some(StatusCode::UNAUTHORIZED));
    is_over.store(false, Ordering::Relaxed);
    let (mut stream, _) = open(&app, "", None).await;
    sample.world.clock.advance(TimeDelta::seconds(10));
    assert_eq!(stream.next().await.unwrap().comment, "still here");
    is_over.store(true, Ordering::Relaxed);
    sample.world.clock.advance(TimeDelta::seconds(10));
    assert_eq!(stream.next().await, None);
}

#[tokio::test]
async fn a_practice_has_so_many_streams_and_a_place_is_free_once_one_is_closed() {
    let sample = Sample::new().await;
    let app = app(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    let mut open_ones = Vec::new();
    for _ in 0..200 {
        open_ones.push(ask(&app, "", None).await.expect("a place"));
    }
    let refused = ask(&app, "", None).await.err();
    assert_eq!(refused, Some(StatusCode::SERVICE_UNAVAILABLE));
    open_ones.pop();
    assert!(ask(&app, "", None).await.is_ok());
}

#[tokio::test]
async fn a_reader_that_is_slow_holds_nothing_up_and_looks_at_everything_anew() {
    let sample = Sample::new().await;
    let app = app(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    let (mut stream, _) = open(&app, "", None).await;
    for _ in 0..100 {
        change(&sample.practice, sample.monthly).await;
    }
    let told = stream.next().await.unwrap();
    let head = sample.practice.audit_head().await.unwrap();
    assert_eq!((&*told.name, told.id), ("reload", Some(head)));
    assert!(stream.is_quiet());
}

#[tokio::test]
async fn a_server_that_stops_waits_for_no_stream() {
    use std::io::{BufRead as _, BufReader, Read as _, Write as _};
    let sample = Sample::new().await;
    let workflows = sample.world.workflows.clone();
    let app = app(&workflows, sample.practice.id(), Role::Viewer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = futures_util::future::abortable(std::future::pending::<()>());
    let serving = axum::serve(listener, app).with_graceful_shutdown(async move {
        stop.await.expect_err("it is aborted");
    });
    let serving = tokio::spawn(async move { serving.await });
    let reading = tokio::task::spawn_blocking(move || {
        let mut connection = std::net::TcpStream::connect(address).unwrap();
        let request = "GET /clients/api/events HTTP/1.1\r\nHost: localhost\r\n\r\n";
        connection.write_all(request.as_bytes()).unwrap();
        let mut reader = BufReader::new(connection);
        let mut line = String::new();
        while !line.contains("listening") {
            line.clear();
            assert!(reader.read_line(&mut line).unwrap() > 0, "it ended early");
        }
        // It is asked to stop while the stream is open.
        stopped.abort();
        workflows.stop_listening();
        let mut rest = String::new();
        reader.read_to_string(&mut rest).unwrap();
        rest
    });
    let rest = reading.await.unwrap();
    assert!(
        rest.ends_with("0\r\n\r\n"),
        "it ends in good order: {rest:?}"
    );
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_page_that_the_script_fetches_takes_no_message_from_the_page_that_follows() {
    let sample = Sample::new().await;
    let (workflows, id) = (&sample.world.workflows, sample.practice.id());
    let mut browser = Browser::of(workflows, id, Role::Editor);
    let path = format!("/client/{}/workflow/{}", sample.harbour, sample.bas);
    let page = browser.get(&path).await;
    let done = browser.submit(&page, "/now/duplicate", &[]).await;
    let fetched = Request::get(format!("/clients{path}"))
        .header("workflow-live", "1")
        .body(Body::empty())
        .unwrap();
    let fetched = browser.send(fetched).await;
    assert!(fetched.status.is_success() && !fetched.has(".flash"));
    assert!(browser.follow(&done).await.has(".flash"));
}

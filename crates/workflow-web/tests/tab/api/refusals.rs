//! What the API refuses, and how it says so.

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};
use workflow_web::{Host, Role, Unwelcome, Visitor};

use super::{Program, body_for, by_hand};
use crate::support::sample::Sample;

async fn begin() -> (Sample, Program) {
    let sample = Sample::new().await;
    let program = Program::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    (sample, program)
}

/// Every operation of the document, as method and path.
pub(super) async fn operations(program: &Program) -> Vec<(Method, String)> {
    let document = program.get("/openapi.json").await.body;
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let method = method.to_uppercase().parse().unwrap();
            found.push((method, path.clone()));
        }
    }
    assert!(found.len() > 20);
    found
}

#[tokio::test]
async fn a_viewer_reads_and_changes_nothing() {
    let (sample, _) = begin().await;
    let viewer = Program::of(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    for (method, path) in operations(&viewer).await {
        let at = path
            .replace("{client}", &sample.harbour.to_string())
            .replace("{workflow}", &sample.bas.to_string())
            .replace("{occurrence}", "2026-12-31");
        let query = if path.ends_with("/why") {
            "?date=2026-12-31"
        } else {
            ""
        };
        let body = Body::from(body_for(&path).to_string());
        let json = viewer.with("content-type", "application/json");
        let got = json
            .send(method.clone(), &format!("{at}{query}"), body)
            .await;
        let expected = match method {
            // Who is told of everything is for administrators to see.
            Method::GET if path == "/webhooks" => StatusCode::FORBIDDEN,
            Method::GET => StatusCode::OK,
            _ => StatusCode::FORBIDDEN,
        };
        assert_eq!(got.status, expected, "{method} {path}: {got:?}");
    }
}

#[derive(Debug)]
struct NobodyThere;

#[async_trait::async_trait]
impl Host for NobodyThere {
    async fn visitor(&self, _: &axum::http::request::Parts) -> Result<Visitor, Unwelcome> {
        let url = Some("/sign-in".into());
        Err(Unwelcome::SignIn { url })
    }
}

#[tokio::test]
async fn a_program_that_is_not_signed_in_is_told_so_and_led_nowhere() {
    let sample = Sample::new().await;
    let tab = workflow_web::router(sample.world.workflows.clone(), NobodyThere);
    let program = Program {
        app: axum::Router::new().nest("/clients", tab),
        headers: Vec::new(),
    };
    for path in ["/clients", "/openapi.json", "/nowhere"] {
        assert_eq!(
            program.get(path).await.status,
            StatusCode::UNAUTHORIZED,
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_another_site_sends_is_not_taken() {
    let (sample, program) = begin().await;
    let path = format!("/workflows/{}/archive", sample.bas);
    for site in ["cross-site", "same-site"] {
        let got = program
            .with("sec-fetch-site", site)
            .post(&path, json!({}))
            .await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "{site}");
    }
    let own = program
        .with("sec-fetch-site", "same-origin")
        .post(&path, json!({}))
        .await;
    assert_eq!(own.status, StatusCode::OK);
}

#[tokio::test]
async fn each_fault_names_its_field() {
    let (sample, program) = begin().await;
    let path = format!("/clients/{}/workflows", sample.empty);
    let with = |change: fn(&mut Value)| {
        let mut body = by_hand("Loan");
        change(&mut body);
        body
    };
    /// What is spoilt, and the field that the answer names.
    type Spoilt = (fn(&mut Value), &'static str);
    let cases: [Spoilt; 14] = [
        (|body| body["settings"]["name"] = json!(""), "name"),
        (
            |body| body["settings"]["name"] = json!("{nonsense}"),
            "settings.name",
        ),
        (|body| body["settings"]["name"] = json!(7), "settings.name"),
        (
            |body| body["settings"]["nmae"] = json!("x"),
            "settings.nmae",
        ),
        (
            |body| body["settings"]["budget"] = json!("-"),
            "settings.budget",
        ),
        (
            |body| body["settings"]["staff"] = json!([""]),
            "settings.staff",
        ),
        (
            |body| body["settings"]["templates"] = json!(["x"]),
            "settings.templates[0]",
        ),
        (|body| body["schedule"] = json!("now and then"), "schedule"),
        (
            |body| body["schedule"] = json!({"on_date": "2027-02-30"}),
            "schedule.on_date",
        ),
        (
            |body| body["schedule"] = json!({"recurring": {"sentence": "every blue moon"}}),
            "schedule.recurring.sentence",
        ),
        (|body| body["schedule"] = json!("on_acceptance"), "schedule"),
        (|body| body["service"] = json!("S-1"), "service"),
        (|body| body["billing"] = json!("proposal"), "billing"),
        (
            |body| body["timing"] = json!({"lead": {"days": 9999}}),
            "timing.lead.days",
        ),
    ];
    for (change, field) in cases {
        let got = program.post(&path, with(change)).await;
        assert_eq!(
            got.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{field}: {got:?}"
        );
        assert_eq!(got.field(), field, "{got:?}");
    }
    let all = sample
        .practice
        .workflows_of(sample.empty, None)
        .await
        .unwrap();
    assert_eq!(all.len(), 0, "nothing is half-written");
}

#[tokio::test]
async fn a_body_that_is_no_json_or_too_large_is_refused() {
    let (sample, program) = begin().await;
    let path = format!("/clients/{}/workflows", sample.empty);
    let json = program.with("content-type", "application/json; charset=utf-8");
    let two = format!("{} {{}}", by_hand("Loan"));
    for text in ["", "{", "\u{1}", &two] {
        let got = json
            .send(Method::POST, &path, Body::from(text.to_owned()))
            .await;
        assert_eq!(
            (got.status, got.field()),
            (StatusCode::BAD_REQUEST, "body"),
            "{text:?}"
        );
    }
    let form = program.with("content-type", "application/x-www-form-urlencoded");
    let got = form.send(Method::POST, &path, Body::from("{}")).await;
    assert_eq!(got.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let large = by_hand(&"x".repeat(256 * 1024));
    assert_eq!(
        program.post(&path, large).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[tokio::test]
async fn a_parameter_or_header_that_is_wrong_is_named() {
    let (sample, program) = begin().await;
    let workflow = format!("/workflows/{}", sample.bas);
    for (path, field) in [
        ("/clients?limit=0".to_owned(), "limit"),
        ("/clients?limit=x".to_owned(), "limit"),
        ("/clients?after=nonsense".to_owned(), "after"),
        ("/clients?qq=x".to_owned(), "qq"),
        ("/clients?q=a&q=b".to_owned(), "q"),
        (
            format!("/clients/{}/workflows?active=perhaps", sample.harbour),
            "active",
        ),
        (format!("{workflow}/schedule?coming=501"), "coming"),
        (format!("{workflow}/why"), "date"),
        (format!("{workflow}/why?date=tomorrow"), "date"),
        (format!("{workflow}/audit?before=-1"), "before"),
    ] {
        let got = program.get(&path).await;
        assert_eq!(
            (got.status, got.field()),
            (StatusCode::BAD_REQUEST, field),
            "{path}"
        );
    }
    let archive = format!("{workflow}/archive");
    for (header, value) in [
        ("if-match", "7"),
        ("if-match", "W/\"7\""),
        ("if-match", "\"x\""),
        ("idempotency-key", ""),
        ("idempotency-key", &*"k".repeat(129)),
    ] {
        let got = program.with(header, value).post(&archive, json!({})).await;
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{header}: {value}");
        assert!(got.field().eq_ignore_ascii_case(header));
    }
}

#[tokio::test]
async fn an_address_or_method_that_is_not_there_is_a_problem_too() {
    let (sample, program) = begin().await;
    for path in [
        "/nowhere",
        "/workflows",
        "/clients/not-an-id",
        "/workflows/not-an-id/audit",
    ] {
        assert_eq!(
            program.get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let path = format!("/workflows/{}", sample.bas);
    let got = program.send(Method::DELETE, &path, Body::empty()).await;
    assert_eq!(got.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(got.headers.contains_key("allow"));
    let on = format!("{path}/occurrences/someday/retry");
    assert_eq!(
        program.post(&on, json!({})).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn clients_come_page_by_page() {
    let (_, program) = begin().await;
    let mut names = Vec::new();
    let mut path = "/clients?limit=4".to_owned();
    loop {
        let page = program.get(&path).await;
        let clients = page.body["clients"].as_array().unwrap();
        names.extend(
            clients
                .iter()
                .map(|one| one["name"].as_str().unwrap().to_owned()),
        );
        let Some(next) = page.body["next"].as_str() else {
            break;
        };
        let after: String = next.bytes().map(|byte| format!("%{byte:02X}")).collect();
        path = format!("/clients?limit=4&after={after}");
    }
    assert_eq!(names.len(), 6);
    let mut sorted = names.clone();
    sorted.sort_by_key(|name| name.to_lowercase());
    assert_eq!(names, sorted);
    let some = program.get("/clients?q=harbour").await;
    assert_eq!(some.body["clients"].as_array().unwrap().len(), 1);
}

//! The guard: roles, forged forms, limits and headers.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use workflow_core::audit::Actor;
use workflow_web::{Host, LocalHost, Role, Unwelcome, Visitor};

use crate::browser::Browser;
use crate::support::sample::Sample;

#[tokio::test]
async fn a_viewer_sees_everything_and_changes_nothing() {
    let sample = Sample::new().await;
    let mut browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Viewer);
    let path = format!("/client/{}/workflow/{}", sample.harbour, sample.bas);
    for page in ["", "/schedule", "/audit"] {
        let page = browser.get(&format!("{path}{page}")).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(!page.has("form[method=post]") && !page.has(".menu") && !page.has("a.add"));
    }
    for form in ["edit", "billing", "do/archive", "do/pause"] {
        let refused = browser.get(&format!("{path}/{form}")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{form}");
    }
    let mut editor = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    let form = editor.get(&format!("{path}/schedule")).await;
    let token = form.attr("input[name=token]", "value").unwrap();
    for command in [
        "now/deploy",
        "now/duplicate",
        "do/archive",
        "edit",
        "billing",
    ] {
        let path = format!("/clients{path}/{command}");
        let refused = browser.post(&path, &[("token", &token)]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{command}");
        assert!(refused.one("[role=alert]").contains("not change them"));
    }
    let stored = sample
        .practice
        .workflow(sample.bas)
        .await
        .unwrap()
        .unwrap()
        .value;
    assert_eq!(stored.status().to_string(), "active, next on 4 Jan 2027");
}

#[tokio::test]
async fn a_form_without_this_visitors_token_is_refused() {
    let sample = Sample::new().await;
    let (workflows, practice) = (&sample.world.workflows, sample.practice.id());
    let mut browser = Browser::of(workflows, practice, Role::Editor);
    let path = format!("/client/{}/workflow/{}", sample.harbour, sample.bas);
    let page = browser.get(&format!("{path}/schedule")).await;
    let own = page.attr("input[name=token]", "value").unwrap();
    let mut stranger = Browser::named(workflows, practice, Role::Editor, "Somebody Else");
    let theirs = stranger
        .get(&path)
        .await
        .attr("input[name=token]", "value")
        .unwrap();
    let archive = format!("/clients{path}/do/archive");
    for token in ["", "x", theirs.as_str()] {
        let refused = browser.post(&archive, &[("token", token)]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{token}");
        assert!(refused.one("[role=alert]").contains("Nothing was done."));
    }
    let request = Request::post(&archive)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "cross-site")
        .body(Body::from(format!("token={own}")))
        .unwrap();
    assert_eq!(browser.send(request).await.status, StatusCode::FORBIDDEN);
    let done = browser.post(&archive, &[("token", &own)]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_form_is_bounded_and_a_form() {
    let sample = Sample::new().await;
    let mut browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    let path = format!("/clients/client/{}/new", sample.empty);
    let post = |kind: &str, body: String| {
        let request = Request::post(&path).header(header::CONTENT_TYPE, kind);
        request.body(Body::from(body)).unwrap()
    };
    let form = "application/x-www-form-urlencoded";
    let large = post(form, format!("name={}", "x".repeat(300 * 1024)));
    assert_eq!(
        browser.send(large).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let json = post("application/json", "{}".into());
    assert_eq!(
        browser.send(json).await.status,
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
}

#[tokio::test]
async fn every_answer_bears_the_headers() {
    let sample = Sample::new().await;
    let mut browser = Browser::of(&sample.world.workflows, sample.practice.id(), Role::Editor);
    for path in ["", "/nowhere", "/client/x", "/assets/tab.css"] {
        let seen = browser.get(path).await;
        let policy = seen.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(
            policy.contains("default-src 'none'") && !policy.contains("unsafe"),
            "{path}"
        );
        assert!(policy.contains("frame-ancestors 'none'"));
        assert_eq!(seen.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        assert_eq!(seen.headers[header::X_FRAME_OPTIONS], "DENY");
    }
    let page = browser.get("").await;
    assert_eq!(page.headers[header::CACHE_CONTROL], "no-store");
    let style = page.attr("link[rel=stylesheet]", "href").unwrap();
    let style = browser.get(style.strip_prefix("/clients").unwrap()).await;
    assert_eq!(style.status, StatusCode::OK);
    assert_eq!(
        style.headers[header::CONTENT_TYPE],
        "text/css; charset=utf-8"
    );
    assert!(
        style.headers[header::CACHE_CONTROL]
            .to_str()
            .unwrap()
            .contains("immutable")
    );
}

#[tokio::test]
async fn cookies_are_strict_and_secure_but_on_loopback() {
    let sample = Sample::new().await;
    let workflows = &sample.world.workflows;
    let mut over_https = Browser::of(workflows, sample.practice.id(), Role::Editor);
    let local = LocalHost::new(sample.practice.id().clone(), Actor::person("Alex Reed"));
    let mut loopback = Browser::on(workflow_web::router(workflows.clone(), local));
    for (browser, secure) in [(&mut over_https, true), (&mut loopback, false)] {
        let seen = browser.get("").await;
        let cookie = seen.headers[header::SET_COOKIE].to_str().unwrap();
        assert!(
            cookie.contains("SameSite=Strict") && cookie.contains("HttpOnly"),
            "{cookie}"
        );
        assert_eq!(cookie.contains("Secure"), secure, "{cookie}");
        assert_eq!(cookie.starts_with("__Host-"), secure, "{cookie}");
        let again = browser.get("").await;
        assert!(
            !again.headers.contains_key(header::SET_COOKIE),
            "one secret for a session"
        );
    }
}

#[tokio::test]
async fn the_host_for_one_machine_answers_under_no_foreign_name() {
    let sample = Sample::new().await;
    let local = LocalHost::new(sample.practice.id().clone(), Actor::person("Alex Reed"));
    let mut browser = Browser::on(workflow_web::router(sample.world.workflows.clone(), local));
    for (name, status) in [
        ("localhost:8080", StatusCode::OK),
        ("evil.example", StatusCode::FORBIDDEN),
    ] {
        let request = Request::get("/clients").header(header::HOST, name);
        let seen = browser.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(seen.status, status, "{name}");
    }
}

/// A host that lets nobody in.
#[derive(Debug)]
struct Closed(Unwelcome);

#[async_trait::async_trait]
impl Host for Closed {
    async fn visitor(&self, _: &axum::http::request::Parts) -> Result<Visitor, Unwelcome> {
        Err(self.0.clone())
    }
}

#[tokio::test]
async fn whoever_is_not_let_in_sees_nothing_of_the_practice() {
    let sample = Sample::new().await;
    for (unwelcome, status) in [
        (Unwelcome::SignIn { url: None }, StatusCode::UNAUTHORIZED),
        (
            Unwelcome::SignIn {
                url: Some("/login".into()),
            },
            StatusCode::SEE_OTHER,
        ),
        (Unwelcome::Stranger, StatusCode::FORBIDDEN),
        (Unwelcome::Unknown, StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let tab = workflow_web::router(sample.world.workflows.clone(), Closed(unwelcome));
        let mut browser = Browser::on(tab);
        for path in ["", "/attention", "/nowhere"] {
            let seen = browser.get(path).await;
            assert_eq!(seen.status, status, "{path}");
            assert!(!seen.body.contains("Acme") && !seen.body.contains("Harbour"));
        }
    }
}

//! The pages: every form does what it says, none needs a script, and no other site reaches them.

use reqwest::Method;
use xpm_sandbox::{CallKind, Fault, FaultPlan, HoldAt, Limits, Standing};

use crate::common::{Fixture, KAURI};

/// A form as a browser sends it.
async fn form(xpm: &Fixture, path: &str, fields: &[(&str, &str)]) -> (u16, String, String) {
    let browser = reqwest::Client::builder();
    let browser = browser
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let sent = browser
        .post(format!("{}/control/{path}", xpm.running.base_url()))
        .header("origin", xpm.running.base_url())
        .form(fields);
    let answer = sent.send().await.unwrap();
    let back = answer
        .headers()
        .get("location")
        .map(|value| value.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    (
        status,
        back.unwrap_or_default(),
        answer.text().await.unwrap(),
    )
}

#[tokio::test]
async fn every_form_of_the_pages_does_what_it_says() {
    let xpm = Fixture::quiet().await;
    let kauri = KAURI.to_string();
    let before = xpm.state().now();
    for (path, fields, back) in [
        ("clock", vec![("seconds", "60")], "/"),
        ("tokens", vec![("do", "expire-access")], "/"),
        ("practice", vec![("clients", "3")], "/clients"),
        (
            "client",
            vec![("uuid", kauri.as_str()), ("standing", "archived")],
            "/clients",
        ),
        ("limits", vec![("minute", "5"), ("day", "")], "/calls"),
        (
            "fault",
            vec![
                ("fault", "slow"),
                ("on", "job.api/add"),
                ("when", "nth"),
                ("nth", "3"),
                ("percent", "20"),
            ],
            "/faults",
        ),
        (
            "hold",
            vec![("on", "job.api/add"), ("at", "after")],
            "/faults",
        ),
        ("guesses", vec![("numbering", "manual")], "/guesses"),
    ] {
        let (status, to, body) = form(&xpm, path, &fields).await;
        assert_eq!((status, to.as_str()), (303, back), "{path}: {body}");
    }
    let state = xpm.state();
    assert_eq!((state.now() - before).num_seconds(), 60);
    assert_eq!(xpm.get("staff.api/list").await.status, 401);
    assert_eq!(state.overview().clients, 4);
    assert_eq!(state.client(KAURI).unwrap().standing, Standing::Archived);
    assert_eq!(
        state.limits(),
        Limits {
            minute: Some(5),
            ..Limits::none()
        }
    );
    let expected = FaultPlan::none().nth(3, CallKind::JobAdd, Fault::Slow { by_ms: 2_000 });
    assert_eq!(state.faults(), expected);
    assert_eq!(state.holds()[0].at, HoldAt::After);
    assert_eq!(state.guesses().switches()[3].chosen, "manual");
    for path in ["no-faults", "release", "no-guesses", "reset"] {
        assert_eq!(form(&xpm, path, &[]).await.0, 303, "{path}");
    }
    assert!(state.holds().is_empty() && state.faults().rules.is_empty());
    assert_eq!(state.overview().clients, 0);
    assert_eq!(
        form(&xpm, "mixed", &[("seed", "7"), ("percent", "20")])
            .await
            .0,
        303
    );
    assert_eq!(state.faults(), FaultPlan::mixed(7, 0.2));
}

#[tokio::test]
async fn a_form_that_cannot_be_done_says_why_and_changes_nothing() {
    let xpm = Fixture::quiet().await;
    for (path, fields, why) in [
        (
            "clock",
            vec![("seconds", "soon")],
            "&#34;soon&#34; is not a number of seconds",
        ),
        (
            "practice",
            vec![("clients", "50001")],
            "50001 is more than 50000",
        ),
        (
            "client",
            vec![("uuid", "x"), ("standing", "current")],
            "is not a UUID",
        ),
        (
            "limits",
            vec![("minute", "-1")],
            "is not a number, or empty for no limit",
        ),
        ("fault", vec![("fault", "boom")], "there is no"),
        (
            "fault",
            vec![
                ("fault", "lag"),
                ("on", "job.api/get"),
                ("when", "nth"),
                ("nth", "1"),
            ],
            "rules[0]",
        ),
        ("guesses", vec![("numbering", "both")], "is not a choice"),
        (
            "hold",
            vec![("on", "job.api/fly"), ("at", "after")],
            "is not a kind of call",
        ),
    ] {
        let (status, _, body) = form(&xpm, path, &fields).await;
        assert_eq!(status, 400, "{path}");
        assert!(body.contains(why), "{path}: {body}");
        assert!(body.contains("That was not done"));
    }
    assert!(xpm.state().faults().rules.is_empty() && xpm.state().holds().is_empty());
}

#[tokio::test]
async fn a_page_of_another_site_steers_nothing() {
    let xpm = Fixture::quiet().await;
    for path in ["/control/reset", "/_sandbox/reset", "/_sandbox/tokens"] {
        let sent = xpm
            .http
            .post(format!("{}{path}", xpm.running.base_url()))
            .header("origin", "http://evil.example");
        assert_eq!(sent.send().await.unwrap().status(), 403, "{path}");
    }
    let rebound = xpm
        .http
        .get(xpm.running.base_url())
        .header("host", "evil.example");
    assert_eq!(rebound.send().await.unwrap().status(), 403);
    assert_eq!(xpm.state().overview().clients, 1);
}

#[tokio::test]
async fn pages_need_no_script_and_allow_none() {
    let xpm = Fixture::quiet().await;
    xpm.add("m1").await.unwrap();
    for path in [
        "/",
        "/clients",
        "/calls",
        "/calls/1",
        "/faults",
        "/guesses",
        "/jobs/J000001",
    ] {
        let page = xpm.plain(Method::GET, path, "").await;
        assert_eq!(page.status, 200, "{path}");
        let policy = page.header("content-security-policy").unwrap();
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'"),
            "{policy}"
        );
        for forbidden in [
            "<script",
            " style=",
            "<style",
            " onclick",
            "href=\"http",
            "src=",
            "action=\"http",
        ] {
            assert!(!page.body.contains(forbidden), "{path} has {forbidden}");
        }
        assert_eq!(page.body.matches("<h1").count(), 1, "{path}");
    }
    let style = xpm.plain(Method::GET, "/style.css", "").await;
    assert_eq!(
        style.header("content-type"),
        Some("text/css; charset=utf-8")
    );
    assert_eq!(xpm.plain(Method::GET, "/calls/99", "").await.status, 404);
}

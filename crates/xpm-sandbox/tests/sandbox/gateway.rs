//! Tokens, tenant, scopes, limits and headers.

use crate::common::{Fixture, GST, quiet, read};
use chrono::TimeDelta;
use reqwest::Method;
use xpm_sandbox::{CallKind, Fault, FaultPlan, Limits, Sandbox, SandboxError, ScopeRule};

#[tokio::test]
async fn every_reply_tells_what_is_left_and_an_id() {
    let xpm = Fixture::start(Sandbox::builder().seed(7)).await;
    let answer = xpm.get("staff.api/list").await;
    assert_eq!(answer.header("x-minlimit-remaining"), Some("59"));
    assert_eq!(answer.header("x-daylimit-remaining"), Some("4999"));
    assert_eq!(answer.header("x-appminlimit-remaining"), Some("9999"));
    let first = answer.header("xero-correlation-id").unwrap().to_owned();
    let second = xpm.get("staff.api/list").await;
    assert_ne!(second.header("xero-correlation-id"), Some(first.as_str()));
}

#[tokio::test]
async fn the_minute_limit_refuses_with_an_empty_429_until_the_window_ends() {
    let xpm = Fixture::start(Sandbox::builder().seed(7)).await;
    for _ in 0..60 {
        assert_eq!(xpm.get("category.api/list").await.status, 200);
    }
    let refused = xpm.get("category.api/list").await;
    assert_eq!((refused.status, refused.body.as_str()), (429, ""));
    assert_eq!(refused.header("content-length"), Some("0"));
    assert_eq!(refused.header("x-rate-limit-problem"), Some("minute"));
    assert_eq!(refused.header("x-minlimit-remaining"), Some("0"));
    assert_eq!(refused.header("x-daylimit-remaining"), Some("4940"));
    assert!(refused.header("xero-correlation-id").is_some());
    let wait: i64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    xpm.clock.forward(TimeDelta::seconds(wait - 1));
    assert_eq!(xpm.get("category.api/list").await.status, 429);
    xpm.clock.forward(TimeDelta::seconds(1));
    assert_eq!(xpm.get("category.api/list").await.status, 200);
    let spent = xpm.state().calls_spent();
    assert_eq!((spent.total, spent.refused), (61, 2));
    assert_eq!(spent.by_kind[&CallKind::CategoryList], 61);
}

#[tokio::test]
async fn the_day_limit_says_so() {
    let limits = Limits {
        day: Some(2),
        ..Limits::none()
    };
    let xpm = Fixture::start(quiet().limits(limits)).await;
    xpm.get("category.api/list").await;
    let last = xpm.get("category.api/list").await;
    assert_eq!(
        (last.status, last.header("x-daylimit-remaining")),
        (200, Some("0"))
    );
    assert_eq!(
        last.header("x-minlimit-remaining"),
        None,
        "a limit that is off has no figure"
    );
    let refused = xpm.get("category.api/list").await;
    assert_eq!(
        (refused.status, refused.header("x-rate-limit-problem")),
        (429, Some("day"))
    );
    assert!(refused.header("retry-after").is_some());
    xpm.clock.forward(TimeDelta::days(1));
    let tokens = xpm.state().issue_tokens().unwrap();
    let xpm = Fixture { tokens, ..xpm };
    assert_eq!(xpm.get("category.api/list").await.status, 200);
}

#[tokio::test]
async fn a_sixth_call_at_the_same_time_is_refused_without_a_time_to_wait() {
    let slow = Fault::Slow { by_ms: 3_600_000 };
    let plan = FaultPlan::none().rate_on(1.0, CallKind::StaffList, slow);
    let xpm = Fixture::start(Sandbox::builder().seed(7).faults(plan)).await;
    let sixth = async {
        while xpm.state().calls_spent().total < 5 {
            tokio::task::yield_now().await;
        }
        xpm.get("category.api/list").await
    };
    let five = futures_util::future::select_all(
        (0..5).map(|_| Box::pin(async { xpm.get("staff.api/list").await })),
    );
    let refused = tokio::select! {
        _ = five => panic!("a reply that takes an hour is here already"),
        refused = sixth => refused,
    };
    assert_eq!((refused.status, refused.body.as_str()), (429, ""));
    assert_eq!(refused.header("x-rate-limit-problem"), Some("concurrent"));
    assert_eq!(refused.header("retry-after"), None);
    assert_eq!(refused.header("x-minlimit-remaining"), Some("55"));
}

#[tokio::test]
async fn a_bad_or_expired_token_is_refused_in_json() {
    let mut xpm = Fixture::quiet().await;
    let good = std::mem::replace(&mut xpm.tokens.access_token, "garbage".into());
    let refused = xpm.get("staff.api/list").await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("content-type"), Some("application/json"));
    assert_eq!(
        refused.header("www-authenticate"),
        Some("Bearer error=invalid_token")
    );
    let problem = refused.json();
    let correlation = refused.header("xero-correlation-id").unwrap();
    assert_eq!(
        problem,
        serde_json::json!({
            "Type": null, "Title": "Unauthorized", "Status": 401,
            "Detail": "AuthenticationUnsuccessful", "Instance": correlation, "Extensions": {},
        })
    );
    xpm.tokens.access_token = good;
    xpm.clock.forward(TimeDelta::minutes(30));
    let expired = xpm.get("staff.api/list").await;
    assert_eq!(expired.status, 401);
    assert_eq!(
        expired.json()["Detail"],
        "TokenExpired: token expired at 11/10/2026 09:30:00"
    );
}

#[tokio::test]
async fn another_tenant_is_forbidden() {
    let mut xpm = Fixture::start(Sandbox::builder().seed(7)).await;
    xpm.tokens.tenant_id = GST;
    let refused = xpm.get("staff.api/list").await;
    assert_eq!(refused.status, 403);
    assert_eq!(refused.json()["Detail"], "AuthenticationUnsuccessful");
    assert_eq!(refused.header("x-appminlimit-remaining"), Some("10000"));
    assert_eq!(refused.header("x-minlimit-remaining"), None);
    assert_eq!(xpm.state().calls_spent().total, 0);
}

#[tokio::test]
async fn scopes_are_asked_for_as_published_if_wanted() {
    for (rule, expected) in [(ScopeRule::Lenient, 200), (ScopeRule::AsPublished, 403)] {
        let mut xpm = Fixture::start(quiet().scope_rule(rule)).await;
        let query = "/identity/connect/authorize?response_type=code&client_id=sandbox-app\
                     &redirect_uri=http%3A%2F%2Flocalhost%2Fback&scope=practicemanager.job";
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        let base = xpm.running.base_url();
        let sent = read(http.get(format!("{base}{query}")).send().await.unwrap())
            .await
            .unwrap();
        let code = sent
            .header("location")
            .unwrap()
            .split_once("code=")
            .unwrap()
            .1;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", "http://localhost/back"),
        ];
        let request = http.post(xpm.running.token_url()).form(&form);
        let request = request.basic_auth("sandbox-app", Some("sandbox-secret"));
        let granted = read(request.send().await.unwrap()).await.unwrap().json();
        assert!(
            granted.get("refresh_token").is_none(),
            "offline_access was not asked for"
        );
        xpm.tokens.access_token = granted["access_token"].as_str().unwrap().to_owned();
        assert_eq!(xpm.get("job.api/current").await.status, 200);
        assert_eq!(xpm.get("staff.api/list").await.status, 403);
        assert_eq!(xpm.get("template.api/list").await.status, expected);
    }
}

#[tokio::test]
async fn what_is_no_call_is_not_found_or_not_allowed() {
    let xpm = Fixture::quiet().await;
    assert_eq!(xpm.get("job.api/archive").await.status, 404);
    assert_eq!(xpm.get("job.api/add").await.status, 405);
    let huge = "x".repeat((1 << 20) + 1);
    let refused = xpm.try_call(Method::POST, "job.api/add", &huge).await;
    assert!(refused.is_err() || refused.is_ok_and(|answer| answer.status == 413));
    assert_eq!(xpm.state().calls_spent().total, 0);
}

#[tokio::test]
async fn only_loopback_is_served() {
    let refused = quiet()
        .build()
        .unwrap()
        .start("0.0.0.0:0".parse().unwrap())
        .await;
    assert!(matches!(refused, Err(SandboxError::NotLoopback(_))));
    let xpm = Fixture::quiet().await;
    let taken = quiet().build().unwrap().start(xpm.running.address()).await;
    assert!(matches!(taken, Err(SandboxError::Listen { .. })));
}

//! What a test steers: requests it waits for, calls it holds, tokens it ends, limits it sets; the
//! forms of the pages; and that a seed gives the same bytes again.

use reqwest::Method;
use xpm_sandbox::{
    CallKind, Fault, FaultPlan, HoldAt, Limits, Outcome, Reach, Sandbox, SandboxError, Standing,
};

use crate::common::{Fixture, KAURI, furnish, job, quiet};

#[tokio::test]
async fn the_journal_tells_what_was_done_from_what_the_caller_got() {
    let xpm = Fixture::quiet().await;
    let plan = FaultPlan::none().nth(1, CallKind::JobAdd, Fault::LostAfterCommit);
    xpm.state().set_faults(plan).unwrap();
    assert!(xpm.add("m1").await.is_err());
    xpm.get("job.api/get/J7?fields=ID").await;
    xpm.get("job.api/fly").await;
    let ended = xpm
        .plain(Method::GET, "/_sandbox/requests/wait?ended=3", "")
        .await;
    assert_eq!(ended.json()["ended"], 3);
    let [fly, read, add] = &xpm.state().requests(10)[..] else {
        panic!("three requests");
    };
    assert_eq!(
        (add.number, add.verb.as_str(), add.path.as_str()),
        (1, "POST", "job.api/add")
    );
    assert_eq!(
        (add.kind, add.fault),
        (Some(CallKind::JobAdd), Some("lost-after-commit"))
    );
    assert_eq!(add.outcome, Outcome::Lost);
    assert_eq!(add.body, job("m1"));
    let done = add.carried_out.as_ref().unwrap();
    assert!(done.status == 200 && done.body.contains("<ID>J000001</ID>"));
    assert_eq!((read.outcome, read.fault), (Outcome::Answered(200), None));
    assert_eq!(read.path, "job.api/get/J7?fields=ID");
    assert_eq!((fly.kind, fly.outcome), (None, Outcome::Answered(404)));
    assert!(fly.carried_out.is_none());
    let json = xpm
        .plain(Method::GET, "/_sandbox/requests?last=1", "")
        .await;
    assert_eq!(
        json.json()[0]["outcome"],
        serde_json::json!({ "answered": 404 })
    );
    let all = format!("{:?}{}", xpm.state().requests(10), json.body);
    assert!(!all.contains(&xpm.tokens.access_token), "no token is kept");
}

#[tokio::test]
async fn the_identity_service_leaves_no_body_in_the_journal() {
    let xpm = Fixture::quiet().await;
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", xpm.tokens.refresh_token.as_str()),
        ("client_id", "sandbox-app"),
        ("client_secret", "sandbox-secret"),
    ];
    let sent = xpm
        .http
        .post(xpm.running.token_url())
        .form(&form)
        .send()
        .await
        .unwrap();
    let issued = sent.text().await.unwrap();
    let kept = format!("{:?}", xpm.state().requests(1));
    assert!(kept.contains("connect/token"), "{kept}");
    assert!(!kept.contains("sandbox-secret") && !kept.contains(&xpm.tokens.refresh_token));
    assert!(issued.contains("refresh_token"));
    assert_eq!(
        xpm.state().requests(1)[0]
            .carried_out
            .as_ref()
            .unwrap()
            .body,
        ""
    );
}

#[tokio::test]
async fn a_held_call_waits_before_or_after_it_is_carried_out() {
    for (at, jobs) in [(HoldAt::Before, 0), (HoldAt::After, 1)] {
        let xpm = Fixture::quiet().await;
        let where_to = if at == HoldAt::Before {
            "before"
        } else {
            "after"
        };
        let body = format!(r#"{{"on":"job.api/add","at":"{where_to}"}}"#);
        xpm.plain(Method::PUT, "/_sandbox/holds", &body).await;
        let calling = xpm.add("m1");
        let acting = async {
            let wait = "/_sandbox/holds/wait?on=job.api/add&waiting=1";
            assert_eq!(xpm.plain(Method::GET, wait, "").await.status, 204);
            assert_eq!(xpm.state().jobs().len(), jobs, "{where_to}");
            assert_eq!(xpm.state().overview().left.in_flight, 1);
            let holds = xpm.plain(Method::GET, "/_sandbox/holds", "").await.json();
            assert_eq!(holds[0]["waiting"], 1);
            xpm.plain(Method::DELETE, "/_sandbox/holds?on=job.api/add", "")
                .await;
        };
        let (answer, ()) = tokio::join!(calling, acting);
        assert_eq!(answer.unwrap().status, 200);
        assert!(xpm.state().holds().is_empty());
    }
}

#[tokio::test]
async fn a_hold_ends_with_the_sandbox_and_with_a_reset() {
    let xpm = Fixture::quiet().await;
    xpm.state().hold(CallKind::JobAdd, HoldAt::Before);
    let calling = xpm.add("m1");
    let resetting = async {
        xpm.state().held(CallKind::JobAdd, 1).await;
        xpm.state().reset().unwrap();
    };
    let (answer, ()) = tokio::join!(calling, resetting);
    assert_eq!(
        answer.unwrap().text("ErrorDescription"),
        "Invalid client identifier"
    );
}

#[tokio::test]
async fn tokens_end_when_they_are_told_to() {
    let xpm = Fixture::quiet().await;
    let expire = |which: &str| format!(r#"{{"which":"{which}"}}"#);
    let ended = xpm
        .plain(Method::POST, "/_sandbox/tokens/expire", &expire("access"))
        .await;
    assert_eq!(ended.status, 200, "{}", ended.body);
    let refused = xpm.get("staff.api/list").await;
    assert_eq!(refused.status, 401);
    assert!(
        refused.json()["Detail"]
            .as_str()
            .unwrap()
            .starts_with("TokenExpired")
    );
    let refresh = async || {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", xpm.tokens.refresh_token.as_str()),
            ("client_id", "sandbox-app"),
            ("client_secret", "sandbox-secret"),
        ];
        xpm.http
            .post(xpm.running.token_url())
            .form(&form)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    assert_eq!(refresh().await, 200, "the refresh token is as it was");
    xpm.plain(Method::POST, "/_sandbox/tokens/expire", &expire("refresh"))
        .await;
    assert_eq!(refresh().await, 400);
    xpm.plain(Method::POST, "/_sandbox/tokens/revoke", "").await;
    assert!(!xpm.state().overview().connected);
    let unknown = xpm
        .plain(Method::POST, "/_sandbox/tokens/expire", &expire("all"))
        .await;
    assert_eq!(unknown.status, 422);
}

#[tokio::test]
async fn limits_are_changed_while_it_runs() {
    let xpm = Fixture::quiet().await;
    let set = xpm
        .plain(Method::PUT, "/_sandbox/limits", r#"{"minute":1}"#)
        .await;
    assert_eq!(set.status, 204);
    assert_eq!(
        xpm.state().limits(),
        Limits {
            minute: Some(1),
            ..Limits::none()
        }
    );
    assert_eq!(xpm.get("staff.api/list").await.status, 200);
    let refused = xpm.get("staff.api/list").await;
    assert_eq!(refused.status, 429);
    assert_eq!(refused.body, "");
    let last = &xpm.state().requests(1)[0];
    assert_eq!(last.refused_by.map(|limit| limit.problem()), Some("minute"));
    assert_eq!(xpm.state().overview().left.minute, Some(0));
}

#[tokio::test]
async fn a_mix_of_faults_is_set_by_its_seed() {
    let xpm = Fixture::quiet().await;
    let mix = r#"{"seed":7,"rate":0.2}"#;
    let set = xpm.plain(Method::POST, "/_sandbox/faults/mixed", mix).await;
    assert_eq!(
        (set.status, xpm.state().faults()),
        (204, FaultPlan::mixed(7, 0.2))
    );
    let bad = xpm
        .plain(
            Method::POST,
            "/_sandbox/faults/mixed",
            r#"{"seed":7,"rate":2.0}"#,
        )
        .await;
    assert_eq!(bad.status, 400);
}

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

#[tokio::test]
async fn beyond_loopback_is_served_only_where_asked() {
    let anywhere = "0.0.0.0:0".parse().unwrap();
    let refused = quiet().build().unwrap().start(anywhere).await.unwrap_err();
    assert!(matches!(refused, SandboxError::NotLoopback(_)), "{refused}");
    let open = Sandbox::builder().reach(Reach::Network).build().unwrap();
    let running = open.start(anywhere).await.unwrap();
    let url = format!("http://127.0.0.1:{}/", running.address().port());
    let named = reqwest::Client::new()
        .get(url)
        .header("host", "sandbox.internal");
    assert_eq!(named.send().await.unwrap().status(), 200);
    running.shutdown().await;
}

/// All bytes that a script of calls gets, without the date and the port.
async fn transcript(seed: u64) -> String {
    let clock = std::sync::Arc::new(xpm_sandbox::ManualClock::at(
        crate::common::TENTH_OF_NOVEMBER.parse().unwrap(),
    ));
    let sandbox = Sandbox::builder().seed(seed).clock(clock).build().unwrap();
    furnish(&sandbox.state());
    sandbox.state().seed_practice(20).unwrap();
    let plan = FaultPlan::mixed(seed, 0.3);
    let running = sandbox.start("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let tokens = running.state().issue_tokens().unwrap();
    let mut text = format!("{tokens:?}\n");
    running.state().set_faults(plan).unwrap();
    for n in 0..40 {
        let call = match n % 4 {
            0 | 1 => ("POST", "job.api/add".to_owned(), job(&n.to_string())),
            2 => (
                "GET",
                format!("job.api/client/{KAURI}?detailed=true"),
                String::new(),
            ),
            _ => (
                "GET",
                "client.api/paged-list?pageSize=3".to_owned(),
                String::new(),
            ),
        };
        let request = reqwest::Client::new()
            .request(
                call.0.parse().unwrap(),
                format!("{}{}", running.api_url(), call.1),
            )
            .bearer_auth(&tokens.access_token)
            .header("xero-tenant-id", tokens.tenant_id.to_string())
            .body(call.2);
        match request.send().await {
            Err(_) => text += "lost\n",
            Ok(answer) => {
                let mut headers: Vec<_> = answer
                    .headers()
                    .iter()
                    .filter(|(name, _)| *name != "date")
                    .map(|(name, value)| format!("{name}: {value:?}"))
                    .collect();
                headers.sort();
                text += &format!("{} {headers:?}\n", answer.status());
                text += &answer.text().await.unwrap_or_else(|_| "cut".to_owned());
            }
        }
        running.state().settled().await;
    }
    text.replace(&running.base_url(), "BASE")
}

#[tokio::test]
async fn a_seed_gives_the_same_answers_byte_for_byte() {
    let (once, again) = (transcript(7).await, transcript(7).await);
    assert_eq!(once, again);
    assert_ne!(once, transcript(8).await);
}

//! What a test steers: requests it waits for, calls it holds, tokens it ends, limits it sets; and that a
//! seed gives the same bytes again.

use reqwest::Method;
use reqwest::redirect::Policy;
use xpm_sandbox::{
    CallKind, Consents, Fault, FaultPlan, HoldAt, Limits, Outcome, Reach, Sandbox, SandboxError,
};

use crate::common::{Fixture, KAURI, furnish, job, quiet, read};

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

#[tokio::test]
async fn where_consents_are_asked_for_a_person_gives_each_or_does_not() {
    let xpm = Fixture::quiet().await;
    let asks = r#"{"consents":"asked"}"#;
    let set = xpm.plain(Method::PUT, "/_sandbox/consents", asks).await;
    assert_eq!(set.status, 204, "{}", set.body);
    assert_eq!(xpm.state().consents(), Consents::Asked);
    let request = "/identity/connect/authorize?response_type=code&client_id=sandbox-app\
                   &redirect_uri=http://localhost/back?a=1&state=s%2F1\
                   &scope=offline_access%20practicemanager.job";
    let browser = reqwest::Client::builder().redirect(Policy::none()).build();
    let browser = browser.unwrap();
    let get = async |path: &str| {
        let url = format!("{}{path}", xpm.running.base_url());
        read(browser.get(url).send().await.unwrap()).await.unwrap()
    };
    let page = get(request).await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("<code>practicemanager.job</code>"),
        "{}",
        page.body
    );
    let cancel = "href=\"http://localhost/back?a=1&#38;error=access_denied&#38;state=s%2F1\"";
    assert!(page.body.contains(cancel), "{}", page.body);
    let given = format!("{request}&consent=given");
    let back = get(&given).await;
    assert_eq!(back.status, 302, "{}", back.body);
    let location = back.header("location").unwrap();
    assert!(
        location.starts_with("http://localhost/back?a=1&code="),
        "{location}"
    );
    // What is no request of the app's is refused, and not asked about.
    let other = request.replace("sandbox-app", "<b>other");
    assert_eq!(get(&other).await.status, 400);
    let nowhere = request.replace("http://localhost/back", "javascript:alert(1)");
    assert_eq!(get(&nowhere).await.status, 400);
    // Back to consents at once.
    let at_once = r#"{"consents":"at-once"}"#;
    xpm.plain(Method::PUT, "/_sandbox/consents", at_once).await;
    assert_eq!(get(request).await.status, 302);
}

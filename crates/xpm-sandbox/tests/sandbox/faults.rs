//! Each fault as a caller meets it.

use crate::common::{Answer, Fixture, GST, KAURI, quiet, read};
use chrono::TimeDelta;
use xpm_sandbox::{CallKind, Fault, FaultPlan, Running};

/// Adds one job under a fault and says what the caller saw, and how many jobs there are.
async fn add_under(fault: Fault) -> (Result<Answer, reqwest::Error>, usize, Fixture) {
    let plan = FaultPlan::none().nth(1, CallKind::JobAdd, fault);
    let xpm = Fixture::start(quiet().faults(plan)).await;
    let seen = xpm.add("m1").await;
    let jobs = xpm.state().jobs().len();
    assert_eq!(xpm.state().calls_spent().disturbed, 1);
    assert!(
        xpm.add("m2").await.is_ok_and(|answer| answer.status == 200),
        "the next is whole"
    );
    (seen, jobs, xpm)
}

#[tokio::test]
async fn a_reply_lost_before_the_commit_leaves_nothing() {
    let (seen, jobs, _) = add_under(Fault::LostBeforeCommit).await;
    let error = seen.unwrap_err();
    assert!(
        !error.is_connect() && !error.is_timeout(),
        "sent, and no reply: {error:?}"
    );
    assert_eq!(jobs, 0);
}

#[tokio::test]
async fn a_reply_lost_after_the_commit_leaves_the_job() {
    let (seen, jobs, _) = add_under(Fault::LostAfterCommit).await;
    let error = seen.unwrap_err();
    assert!(
        !error.is_connect() && !error.is_timeout(),
        "sent, and no reply: {error:?}"
    );
    assert_eq!(jobs, 1);
}

#[tokio::test]
async fn a_kept_connection_drops_as_a_new_one_does_and_the_next_call_finds_another() {
    let plan = FaultPlan::none().nth(3, CallKind::JobAdd, Fault::LostAfterCommit);
    let xpm = Fixture::start(quiet().faults(plan)).await;
    assert!(xpm.add("m1").await.is_ok());
    assert!(xpm.add("m2").await.is_ok());
    assert!(xpm.add("m3").await.is_err());
    assert!(xpm.add("m4").await.is_ok());
    assert_eq!(xpm.state().calls_spent().total, 4);
    assert_eq!(xpm.state().jobs().len(), 4);
}

#[tokio::test]
async fn a_late_application_follows_the_dropped_connection() {
    let plan = FaultPlan::none().nth(1, CallKind::JobAdd, Fault::AppliedLate { after_ms: 30 });
    let xpm = Fixture::start(quiet().faults(plan)).await;
    assert!(xpm.add("m1").await.is_err());
    xpm.state().settled().await;
    assert_eq!(xpm.state().jobs().len(), 1);
    assert_eq!(xpm.state().overview().late, 0);
}

#[tokio::test]
async fn refusals_apply_nothing() {
    let refusals = [
        (
            Fault::TooManyRequests {
                retry_after_secs: 3,
            },
            429,
        ),
        (Fault::ErrorBeforeCommit, 500),
        (Fault::Unavailable, 503),
        (Fault::ExpiredToken, 401),
    ];
    for (fault, status) in refusals {
        let (seen, jobs, _) = add_under(fault).await;
        let answer = seen.unwrap();
        assert_eq!((answer.status, jobs), (status, 0), "{fault:?}");
        assert!(answer.header("xero-correlation-id").is_some());
        match status {
            429 => {
                assert_eq!(answer.body, "");
                assert_eq!(answer.header("retry-after"), Some("3"));
                assert_eq!(answer.header("x-rate-limit-problem"), Some("minute"));
                assert_eq!(answer.header("x-minlimit-remaining"), Some("0"));
            }
            401 => {
                let detail = answer.json()["Detail"].as_str().unwrap().to_owned();
                assert!(
                    detail.starts_with("TokenExpired: token expired at "),
                    "{detail}"
                );
            }
            503 => assert_eq!(answer.json()["Detail"], "ServiceNotAvailable"),
            _ => assert!(answer.body.contains("<Status>ERROR</Status>")),
        }
    }
}

#[tokio::test]
async fn an_error_after_the_commit_leaves_the_job() {
    let (seen, jobs, _) = add_under(Fault::ErrorAfterCommit).await;
    assert_eq!((seen.unwrap().status, jobs), (500, 1));
}

#[tokio::test]
async fn a_cut_body_starts_as_a_good_reply_and_breaks_off() {
    let plan = FaultPlan::none().nth(1, CallKind::CategoryList, Fault::CutBody);
    let xpm = Fixture::start(quiet().faults(plan)).await;
    let sent = xpm
        .http
        .get(format!("{}category.api/list", xpm.running.api_url()))
        .bearer_auth(&xpm.tokens.access_token)
        .header("xero-tenant-id", xpm.tokens.tenant_id.to_string())
        .send()
        .await
        .expect("the head of the reply arrives");
    assert_eq!(sent.status(), 200);
    let promised = sent.content_length().unwrap();
    let mut sent = sent;
    let first = sent.chunk().await.unwrap().expect("the first half arrives");
    assert_eq!(first.len() as u64, promised / 2);
    assert!(sent.chunk().await.is_err(), "the second half does not");

    let (seen, jobs, _) = add_under(Fault::CutBody).await;
    assert!(seen.is_err());
    assert_eq!(jobs, 1);
}

#[tokio::test]
async fn a_garbled_body_is_a_whole_reply_that_no_parser_takes() {
    let (seen, jobs, _) = add_under(Fault::GarbledBody).await;
    let answer = seen.unwrap();
    assert_eq!((answer.status, jobs), (200, 1));
    assert!(answer.body.starts_with("<Response api-method=\"Add\">"));
    let mut reader = quick_xml::Reader::from_str(&answer.body);
    let broken = loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => break false,
            Ok(_) => {}
            Err(_) => break true,
        }
    };
    assert!(broken, "{}", answer.body);
}

#[tokio::test]
async fn a_slow_reply_is_whole() {
    let (seen, jobs, _) = add_under(Fault::Slow { by_ms: 5 }).await;
    assert_eq!((seen.unwrap().status, jobs), (200, 1));
}

#[tokio::test]
async fn a_lagging_job_is_missing_from_lists_until_both_bounds_are_past() {
    let lag = Fault::Lag {
        for_ms: 2_000,
        for_lists: 2,
    };
    let (seen, _, xpm) = add_under(lag).await;
    assert_eq!(seen.unwrap().text("ID"), "J000001");
    assert_eq!(xpm.get("job.api/get/J000001").await.text("ID"), "J000001");
    let path = format!("job.api/client/{KAURI}");
    let listed = async || xpm.get(&path).await.body.contains("J000001");
    assert!(!listed().await);
    assert!(!xpm.get("job.api/current").await.body.contains("J000001"));
    assert!(!listed().await, "two lists are past, the time is not");
    xpm.clock.forward(TimeDelta::milliseconds(2_000));
    assert!(listed().await);
    assert!(xpm.get(&path).await.body.contains("J000002"));
}

#[tokio::test]
async fn rows_can_lack_the_description_even_in_detail() {
    let plan = FaultPlan::none().nth(1, CallKind::JobsOfClient, Fault::NoDescriptions);
    let xpm = Fixture::start(quiet().faults(plan)).await;
    xpm.add("m1").await.unwrap();
    let path = format!("job.api/client/{KAURI}?detailed=true");
    let first = xpm.get(&path).await;
    assert!(first.body.contains("<Tasks />") && !first.body.contains("<Description>"));
    assert!(xpm.get(&path).await.body.contains("ref: m1"));
}

#[tokio::test]
async fn the_identity_service_can_lose_a_refresh() {
    let plan = FaultPlan::none().nth(1, CallKind::Token, Fault::LostAfterCommit);
    let xpm = Fixture::start(quiet().faults(plan)).await;
    let refresh = async || {
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", xpm.tokens.refresh_token.as_str()),
        ];
        let request = xpm.http.post(xpm.running.token_url()).form(&form);
        read(
            request
                .basic_auth("sandbox-app", Some("sandbox-secret"))
                .send()
                .await?,
        )
        .await
    };
    assert!(refresh().await.is_err());
    let again = refresh().await.unwrap();
    assert_eq!(
        again.status, 200,
        "the old token is good for thirty minutes more"
    );
}

/// What a fixed script of calls meets under a plan.
async fn history(seed: u64) -> (Vec<String>, Running) {
    let xpm = Fixture::start(quiet().faults(FaultPlan::mixed(seed, 0.5))).await;
    let apply = format!("<Job><ID>J000001</ID><TemplateUUID>{GST}</TemplateUUID></Job>");
    let mut seen = Vec::new();
    for n in 0..40 {
        let answer = match n % 2 {
            0 => xpm.add(&format!("m{n}")).await,
            _ => {
                xpm.try_call(reqwest::Method::POST, "job.api/applytemplate", &apply)
                    .await
            }
        };
        // What is applied late must not overtake the next call, or the order would depend on time.
        xpm.state().settled().await;
        seen.push(match answer {
            Ok(answer) => format!("{} {}", answer.status, answer.body.len()),
            Err(_) => "nothing".to_owned(),
        });
    }
    (seen, xpm.running)
}

#[tokio::test]
async fn the_same_seed_gives_the_same_history_and_the_same_ids() {
    let (one, first) = history(3).await;
    let (two, second) = history(3).await;
    assert_eq!(one, two);
    assert_eq!(first.state().records(), second.state().records());
    assert!(one.iter().any(|seen| seen == "nothing"), "{one:?}");
    let (other, _) = history(4).await;
    assert_ne!(one, other);
}

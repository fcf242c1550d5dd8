//! The control interface and the pages for people.

use crate::common::{Fixture, KAURI};
use reqwest::Method;
use xpm_sandbox::{CallKind, Fault, FaultPlan, Records};

#[tokio::test]
async fn the_state_counts_and_the_dump_can_be_loaded_again() {
    let xpm = Fixture::quiet().await;
    xpm.add("m1").await.unwrap();
    xpm.add("m1").await.unwrap();
    let state = xpm.plain(Method::GET, "/_sandbox/state", "").await.json();
    assert_eq!((&state["jobs"], &state["clients"]), (&2.into(), &1.into()));
    assert_eq!(state["calls"]["by_kind"]["job.api/add"], 2);
    assert_eq!(state["tenant_id"], xpm.state().tenant().to_string());
    let jobs = xpm.plain(Method::GET, "/_sandbox/jobs", "").await.json();
    assert_eq!(jobs[1]["number"], "J000002");
    let duplicates = xpm
        .plain(Method::GET, "/_sandbox/duplicates", "")
        .await
        .json();
    assert_eq!(
        duplicates[0]["jobs"],
        serde_json::json!(["J000001", "J000002"])
    );

    let page = xpm.plain(Method::GET, "/", "").await.body;
    assert!(
        page.contains("<li>2 jobs (J000001, J000002): ref: m1</li>"),
        "{page}"
    );

    let dump = xpm.plain(Method::GET, "/_sandbox/dump", "").await.body;
    assert_eq!(
        xpm.plain(Method::POST, "/_sandbox/reset", "").await.status,
        200
    );
    assert_eq!(xpm.state().records(), Records::default());
    assert_eq!(
        xpm.plain(Method::POST, "/_sandbox/load", &dump)
            .await
            .status,
        200
    );
    assert_eq!(serde_json::to_string(&xpm.state().records()).unwrap(), dump);
}

#[tokio::test]
async fn a_practice_of_few_words_can_be_loaded() {
    let xpm = Fixture::quiet().await;
    let json = format!(r#"{{"clients":[{{"uuid":"{KAURI}","name":"Renamed"}}]}}"#);
    assert_eq!(
        xpm.plain(Method::POST, "/_sandbox/load", &json)
            .await
            .status,
        200
    );
    assert_eq!(xpm.state().client(KAURI).unwrap().name, "Renamed");
    let unknown = xpm
        .plain(Method::POST, "/_sandbox/load", r#"{"clowns":[]}"#)
        .await;
    assert_eq!(unknown.status, 422);
    let sample = xpm
        .plain(Method::POST, "/_sandbox/practice", r#"{"clients":30}"#)
        .await;
    assert_eq!((sample.status, xpm.state().overview().clients), (200, 31));
    let many = xpm
        .plain(Method::POST, "/_sandbox/practice", r#"{"clients":50001}"#)
        .await;
    assert_eq!(many.status, 400);
}

#[tokio::test]
async fn faults_are_set_read_and_switched_off() {
    let xpm = Fixture::quiet().await;
    let plan = r#"{"rules":[{"fault":"unavailable","when":{"nth":1},"on":"staff.api/list"},
        {"fault":{"slow":{"by_ms":1}},"when":{"rate":1.0},"on":"job.api/get"}]}"#;
    assert_eq!(
        xpm.plain(Method::PUT, "/_sandbox/faults", plan)
            .await
            .status,
        204
    );
    assert_eq!(xpm.get("staff.api/list").await.status, 503);
    let read = xpm.plain(Method::GET, "/_sandbox/faults", "").await.json();
    assert_eq!(read["rules"][1]["fault"]["slow"]["by_ms"], 1);
    let bad = r#"{"rules":[{"fault":"cut-body","when":{"rate":2.0}}]}"#;
    let refused = xpm.plain(Method::PUT, "/_sandbox/faults", bad).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.json()["error"],
        "rules[0].when: rate 2 is not between 0 and 1"
    );
    let unknown = r#"{"rules":[{"fault":"cut-body","when":{"nth":1},"on":"job.api/fly"}]}"#;
    let refused = xpm.plain(Method::PUT, "/_sandbox/faults", unknown).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("job.api/fly"), "{}", refused.body);
    assert_eq!(
        xpm.state().faults().rules.len(),
        2,
        "a refused plan changes nothing"
    );
    assert_eq!(
        xpm.plain(Method::DELETE, "/_sandbox/faults", "")
            .await
            .status,
        204
    );
    assert_eq!(xpm.state().faults(), FaultPlan::none());
}

#[tokio::test]
async fn the_clock_goes_forward_and_tokens_expire_by_it() {
    let xpm = Fixture::quiet().await;
    let moved = xpm
        .plain(
            Method::POST,
            "/_sandbox/clock",
            r#"{"forward_seconds":1800}"#,
        )
        .await;
    assert_eq!(moved.json()["now"], "2026-11-10T09:30:00Z");
    assert_eq!(xpm.get("staff.api/list").await.status, 401);
    let back = xpm
        .plain(Method::POST, "/_sandbox/clock", r#"{"forward_seconds":-1}"#)
        .await;
    assert_eq!(back.status, 422);
    let now = xpm.plain(Method::GET, "/_sandbox/clock", "").await;
    assert_eq!(now.json()["now"], "2026-11-10T09:30:00Z");
    let tokens = xpm.plain(Method::POST, "/_sandbox/tokens", "").await.json();
    let mut xpm = xpm;
    xpm.tokens.access_token = tokens["access_token"].as_str().unwrap().to_owned();
    assert_eq!(xpm.get("staff.api/list").await.status, 200);
}

#[tokio::test]
async fn settled_answers_when_nothing_is_late() {
    let xpm = Fixture::quiet().await;
    let late = Fault::AppliedLate { after_ms: 30 };
    xpm.state()
        .set_faults(FaultPlan::none().nth(1, CallKind::JobAdd, late))
        .unwrap();
    assert!(xpm.add("m1").await.is_err());
    assert_eq!(
        xpm.plain(Method::GET, "/_sandbox/settled", "").await.status,
        204
    );
    assert_eq!(xpm.state().jobs().len(), 1);
}

#[tokio::test]
async fn pages_show_the_jobs_and_escape_every_text() {
    let xpm = Fixture::quiet().await;
    let evil = "<script>alert(1)</script>";
    xpm.state()
        .add_client(KAURI, &format!("{evil} & Co"))
        .unwrap();
    xpm.add("m1").await.unwrap();
    let mut job = xpm.state().job("J000001").unwrap();
    job.name = format!("{evil} name");
    job.description = format!("{evil}\nref: m1");
    job.order_number = format!("\"{evil}");
    xpm.state().put_job(job).unwrap();
    let plan = FaultPlan::none().nth(9, CallKind::JobAdd, Fault::CutBody);
    xpm.state().set_faults(plan).unwrap();

    let list = xpm.plain(Method::GET, "/", "").await;
    assert_eq!(
        list.header("content-type"),
        Some("text/html; charset=utf-8")
    );
    assert!(
        list.body.contains("<a href=\"/jobs/J000001\">J000001</a>"),
        "{}",
        list.body
    );
    let calls = xpm.plain(Method::GET, "/calls", "").await;
    let faults = xpm.plain(Method::GET, "/faults", "").await;
    for (page, shown) in [
        (&list, "2026-11-01"),
        (&list, "2026-11-28"),
        (&list, "Planned"),
        (&calls, "job.api/add"),
        (&faults, "cut-body"),
    ] {
        assert!(
            page.body.contains(shown),
            "{shown} is missing from {}",
            page.body
        );
    }
    let page = xpm.plain(Method::GET, "/jobs/J000001", "").await;
    assert!(page.body.contains("\nref: m1</p>"), "{}", page.body);
    for body in [&list.body, &page.body] {
        assert!(!body.contains("<script"), "{body}");
        assert!(body.contains("&#60;script&#62;"), "{body}");
    }
    assert_eq!(
        xpm.plain(Method::GET, "/jobs/J000009", "").await.status,
        404
    );
}

#[tokio::test]
async fn a_long_list_has_pages_with_the_newest_first() {
    let xpm = Fixture::quiet().await;
    xpm.add("m1").await.unwrap();
    let job = xpm.state().job("J000001").unwrap();
    let more = (2..=101).map(|n| xpm_sandbox::Job {
        number: format!("J{n:06}"),
        internal_id: n,
        description: String::new(),
        ..job.clone()
    });
    xpm.state()
        .load(Records {
            jobs: more.collect(),
            ..Records::default()
        })
        .unwrap();
    let first = xpm.plain(Method::GET, "/", "").await.body;
    assert!(first.contains("J000101") && first.contains("J000002"));
    assert!(!first.contains("J000001"), "a page holds a hundred");
    assert!(first.contains("<a href=\"/?page=2\">Next</a>"));
    let second = xpm.plain(Method::GET, "/?page=2", "").await.body;
    assert!(second.contains("J000001") && !second.contains("J000002"));
    assert!(second.contains("<a href=\"/?page=1\">Previous</a>"));
}

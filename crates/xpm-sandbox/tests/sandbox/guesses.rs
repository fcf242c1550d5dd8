//! Each guess can be answered otherwise, and then the answers are other ones.

use reqwest::Method;
use xpm_sandbox::{Guesses, Standing};

use crate::common::{AROHA, Answer, BEN, Fixture, KAURI, error, job, read};

async fn with(name: &str, choice: &str) -> Fixture {
    let xpm = Fixture::quiet().await;
    let body = format!("{{\"{name}\":\"{choice}\"}}");
    let set = xpm.plain(Method::POST, "/_sandbox/guesses", &body).await;
    assert_eq!(set.status, 204, "{name}={choice}: {}", set.body);
    xpm
}

fn more(xml: &str) -> String {
    job("m1").replace("</Job>", &format!("{xml}</Job>"))
}

async fn keyed(xpm: &Fixture, body: String) -> Answer {
    let sent = xpm
        .http
        .post(format!("{}job.api/add", xpm.running.api_url()))
        .bearer_auth(&xpm.tokens.access_token)
        .header("xero-tenant-id", xpm.tokens.tenant_id.to_string())
        .header("idempotency-key", "one")
        .body(body);
    read(sent.send().await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_create_is_judged_as_the_guesses_say() {
    let number = more("<ID>GST-1</ID>");
    let xpm = with("taken-number", "sequence").await;
    assert_eq!(xpm.post("job.api/add", &number).await.text("ID"), "GST-1");
    assert_eq!(xpm.post("job.api/add", &number).await.text("ID"), "J000002");

    let xpm = with("own-number", "ignore").await;
    for ours in ["J000001", "J000002"] {
        assert_eq!(xpm.post("job.api/add", &number).await.text("ID"), ours);
    }

    let xpm = with("numbering", "manual").await;
    let refused = xpm.add("m1").await.unwrap();
    assert_eq!(refused.body, error("Add", "ID is required"));
    assert_eq!(xpm.post("job.api/add", &number).await.text("ID"), "GST-1");

    let backwards = job("m1").replace("20261128", "20261001");
    let xpm = with("due-before-start", "accept").await;
    assert_eq!(
        xpm.post("job.api/add", &backwards).await.text("Status"),
        "OK"
    );

    let undated = job("m1").replace("<DueDate>20261128</DueDate>", "");
    let xpm = with("missing-date", "today").await;
    let dated = xpm.post("job.api/add", &undated).await;
    assert_eq!(dated.text("DueDate"), "2026-11-10T00:00:00");

    let xpm = with("unknown-category", "ignore").await;
    let odd = more(&format!("<CategoryUUID>{BEN}</CategoryUUID>"));
    assert!(!xpm.post("job.api/add", &odd).await.body.contains("<Type>"));

    let xpm = with("bad-template", "leave-job").await;
    let odd = more(&format!("<TemplateUUID>{BEN}</TemplateUUID>"));
    let refused = xpm.post("job.api/add", &odd).await;
    assert_eq!(
        refused.body,
        error("Add", "Invalid job template identifier")
    );
    assert_eq!(xpm.state().jobs().len(), 1, "and a job is there");

    for (choice, status) in [("ok", 200), ("bad-request", 400), ("server-error", 500)] {
        let xpm = with("refusal-status", choice).await;
        let refused = xpm.post("job.api/add", "<Job/>").await;
        assert_eq!((refused.status, refused.text("Status")), (status, "ERROR"));
        let recorded = xpm.post("job.api/delete", "<Job><ID>J9</ID></Job>").await;
        assert_eq!(recorded.status, 200, "what is recorded stays");
    }
}

#[tokio::test]
async fn a_client_decides_as_the_guesses_say() {
    for (choice, status) in [("refuse", "ERROR"), ("accept", "OK")] {
        let xpm = with("inactive-client", choice).await;
        let mut client = xpm.state().client(KAURI).unwrap();
        client.standing = Standing::Archived;
        xpm.state().put_client(client).unwrap();
        assert_eq!(xpm.add("m1").await.unwrap().text("Status"), status);
    }
    for (choice, manager) in [("not-inherited", None), ("inherited", Some(AROHA))] {
        let xpm = with("client-managers", choice).await;
        let mut client = xpm.state().client(KAURI).unwrap();
        client.account_manager = Some(BEN);
        client.job_manager = Some(AROHA);
        xpm.state().put_client(client).unwrap();
        xpm.add("m1").await.unwrap();
        let job = xpm.state().job("J000001").unwrap();
        assert_eq!(job.manager, manager);
        assert_eq!(job.partner.is_some(), manager.is_some());
    }
}

#[tokio::test]
async fn lists_and_reads_are_as_the_guesses_say() {
    for (choice, first) in [("oldest-first", "J000001"), ("newest-first", "J000002")] {
        let xpm = with("job-order", choice).await;
        xpm.add("m1").await.unwrap();
        xpm.add("m2").await.unwrap();
        let of_client = xpm.get(&format!("job.api/client/{KAURI}")).await;
        assert_eq!(of_client.text("ID"), first);
    }
    for (choice, listed) in [("listed", 1), ("left-out", 0)] {
        let xpm = with("closed-jobs", choice).await;
        xpm.add("m1").await.unwrap();
        let close = "<Job><ID>J000001</ID><State>CANCELLED</State></Job>";
        xpm.put("job.api/state", close).await;
        let of_client = xpm.get(&format!("job.api/client/{KAURI}")).await;
        assert_eq!(of_client.body.matches("<Job>").count(), listed);
    }
    for (choice, status) in [("envelope", 200), ("not-found", 404), ("server-error", 500)] {
        let xpm = with("unknown-record", choice).await;
        assert_eq!(xpm.get("job.api/get/J9").await.status, status);
        assert_eq!(
            xpm.get(&format!("job.api/client/{BEN}")).await.status,
            status
        );
    }
    for (choice, status) in [("refuse", "ERROR"), ("accept", "OK")] {
        let xpm = with("job-uuid-in-path", choice).await;
        let uuid = xpm.add("m1").await.unwrap().text("UUID").to_owned();
        let read = xpm.get(&format!("job.api/get/{uuid}")).await;
        assert_eq!(read.text("Status"), status);
    }
    for (choice, day) in [("utc", "20261110"), ("practice", "20261111")] {
        let xpm = with("created-day", choice).await;
        xpm.clock.forward(chrono::TimeDelta::hours(4));
        let mut tokens = xpm.state().issue_tokens().unwrap();
        let mut xpm = xpm;
        std::mem::swap(&mut xpm.tokens, &mut tokens);
        xpm.add("m1").await.unwrap();
        let listed = xpm.get(&format!("job.api/list?from={day}&to={day}")).await;
        assert!(listed.body.contains("J000001"), "{choice}: {}", listed.body);
    }
    for (choice, start) in [("enveloped", "<Response "), ("bare", "<Costs />")] {
        let xpm = with("file-envelope", choice).await;
        xpm.add("m1").await.unwrap();
        let costs = xpm.get("job.api/costs/J000001").await;
        assert!(costs.body.starts_with(start), "{}", costs.body);
    }
    for (choice, is_link) in [("link", true), ("token", false)] {
        let xpm = with("next-page", choice).await;
        xpm.state().add_client(BEN, "Another").unwrap();
        let page = xpm.get("client.api/paged-list?pageSize=1").await;
        assert_eq!(page.text("Next").contains("://"), is_link);
    }
    let xpm = with("declaration", "present").await;
    let body = xpm.get("staff.api/list").await.body;
    assert!(
        body.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response "),
        "{body}"
    );
}

#[tokio::test]
async fn a_key_is_ignored_honoured_or_refused() {
    let xpm = with("idempotency-key", "ignored").await;
    keyed(&xpm, job("m1")).await;
    keyed(&xpm, job("m1")).await;
    assert_eq!(xpm.state().jobs().len(), 2);

    let xpm = with("idempotency-key", "honoured").await;
    let first = keyed(&xpm, job("m1")).await;
    let again = keyed(&xpm, job("m1")).await;
    assert_eq!((first.body, xpm.state().jobs().len()), (again.body, 1));
    assert_eq!(keyed(&xpm, job("m2")).await.status, 400);
    xpm.clock.forward(chrono::TimeDelta::minutes(6));
    keyed(&xpm, job("m1")).await;
    assert_eq!(
        xpm.state().jobs().len(),
        2,
        "a key is forgotten after six minutes"
    );

    let xpm = with("idempotency-key", "refused").await;
    assert_eq!(keyed(&xpm, job("m1")).await.status, 400);
    assert!(xpm.state().jobs().is_empty());
}

#[tokio::test]
async fn people_limits_and_scopes_are_as_the_guesses_say() {
    let xpm = with("repeated-assign", "refuse").await;
    xpm.add("m1").await.unwrap();
    let assign = format!("<Job><ID>J000001</ID><add uuid=\"{AROHA}\"/></Job>");
    xpm.put("job.api/assign", &assign).await;
    let again = xpm.put("job.api/assign", &assign).await;
    assert_eq!(
        again.body,
        error("Assign", "Staff member is already assigned")
    );

    for (choice, left) in [("free", Some(8)), ("counted", Some(7))] {
        let xpm = with("refused-calls", choice).await;
        let mut limits = xpm.state().limits();
        (limits.minute, limits.day) = (Some(2), Some(10));
        xpm.state().set_limits(limits);
        for _ in 0..3 {
            xpm.get("staff.api/list").await;
        }
        assert_eq!(xpm.state().overview().left.day, left);
    }

    let xpm = with("scopes", "as-published").await;
    assert_eq!(
        xpm.get("template.api/list").await.status,
        200,
        "the broad scope opens it"
    );
}

#[tokio::test]
async fn what_is_no_guess_changes_nothing() {
    let xpm = with("bad-template", "leave-job").await;
    let body = r#"{"numbering":"manual","bad-template":"explode"}"#;
    let refused = xpm.plain(Method::POST, "/_sandbox/guesses", body).await;
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.json()["error"],
        "bad-template: \"explode\" is not a choice; the choices are refuse, leave-job"
    );
    let kept = xpm.plain(Method::GET, "/_sandbox/guesses", "").await.json();
    assert_eq!(kept[0]["name"], "bad-template");
    assert_eq!(kept[0]["chosen"], "leave-job");
    assert_eq!(
        xpm.plain(Method::DELETE, "/_sandbox/guesses", "")
            .await
            .status,
        204
    );
    assert_eq!(xpm.state().guesses(), Guesses::default());
}

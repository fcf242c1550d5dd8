//! What was recorded of the real thing, held against the sandbox: element order, empty values, words
//! and headers. The recordings are of version 3.0; of a job, 3.1 has a UUID beside the number.

use reqwest::Method;

use crate::common::{AROHA, Fixture, GST, KAURI, TAX, error, job, read};

/// The names of the elements directly in the first `<name>`, in order.
fn children<'a>(body: &'a str, name: &str) -> Vec<&'a str> {
    let mut rest = body.split_once(&format!("<{name}>")).expect(name).1;
    let end = format!("</{name}>");
    let mut found = Vec::new();
    while !rest.starts_with(&end) {
        let tag = rest.strip_prefix('<').expect("an element");
        let (tag, after) = tag.split_once('>').expect("a whole tag");
        if let Some(empty) = tag.strip_suffix(" /") {
            found.push(empty);
            rest = after;
        } else {
            found.push(tag);
            rest = after.split_once(&format!("</{tag}>")).expect(tag).1;
        }
    }
    found
}

#[tokio::test]
async fn a_new_job_has_the_recorded_elements_in_the_recorded_order() {
    let xpm = Fixture::quiet().await;
    let answer = xpm.add("m1").await.unwrap();
    assert!(
        answer
            .body
            .starts_with("<Response api-method=\"Add\"><Status>OK</Status><WebUrl>"),
        "no XML declaration: {}",
        answer.body
    );
    assert_eq!(
        answer.header("content-type"),
        Some("text/xml; charset=utf-8")
    );
    assert_eq!(
        children(&answer.body, "Job"),
        [
            "ID",
            "UUID",
            "Name",
            "Description",
            "Client",
            "ClientOrderNumber",
            "State",
            "StartDate",
            "DueDate",
            "InternalID",
            "Assigned",
            "Tasks",
            "Milestones",
            "Notes"
        ]
    );
    assert!(
        answer
            .body
            .ends_with("<Assigned /><Tasks /><Milestones /><Notes /></Job></Response>"),
        "{}",
        answer.body
    );
    assert!(
        answer
            .body
            .contains("<ClientOrderNumber></ClientOrderNumber><State>Planned</State>")
    );
    assert_eq!(answer.text("StartDate"), "2026-11-01T00:00:00");
}

#[tokio::test]
async fn people_stand_where_they_were_recorded_and_a_manager_is_not_assigned() {
    let xpm = Fixture::quiet().await;
    xpm.add("m1").await.unwrap();
    let assign = |what: &str| format!("<Job><ID>J000001</ID><{what} uuid=\"{AROHA}\"/></Job>");
    let manager = xpm.put("job.api/assign", &assign("add-manager")).await;
    assert!(
        manager
            .body
            .starts_with("<Response api-method=\"Assign\"><Status>OK</Status>")
    );
    assert!(manager.body.contains("<Assigned />"), "{}", manager.body);
    let partner = xpm.put("job.api/assign", &assign("add-partner")).await;
    let order = children(&partner.body, "Job");
    let at = order
        .iter()
        .position(|name| *name == "InternalID")
        .expect("an id");
    assert_eq!(
        order[at..at + 4],
        ["InternalID", "Manager", "Partner", "Assigned"]
    );
    let added = xpm.put("job.api/assign", &assign("add")).await;
    assert!(added.body.contains(&format!(
        "<Assigned><Staff><UUID>{AROHA}</UUID><Name>Aroha Ngata</Name></Staff></Assigned>"
    )));
}

#[tokio::test]
async fn a_templated_task_is_as_recorded() {
    let xpm = Fixture::quiet().await;
    xpm.add("m1").await.unwrap();
    let body = format!("<Job><ID>J000001</ID><TemplateUUID>{GST}</TemplateUUID></Job>");
    let answer = xpm.post("job.api/applytemplate", &body).await;
    assert_eq!(answer.text("EstimatedMinutes"), "0");
    assert_eq!(answer.text("Completed"), "false");
    assert_eq!(answer.text("Billable"), "true");
    assert_eq!(
        children(&answer.body, "Task")[..3],
        ["UUID", "TaskUUID", "Name"]
    );
}

#[tokio::test]
async fn refusals_have_the_recorded_words_and_http_200() {
    let xpm = Fixture::quiet().await;
    xpm.add("m1").await.unwrap();
    let nobody = "00000000-0000-4000-8000-000000000009";
    let known = "<Job><ID>J000001</ID>";
    let unknown = "<Job><ID>J999999</ID>";
    for (verb, call, method, body, words) in [
        (
            Method::POST,
            "applytemplate",
            "ApplyTemplate",
            format!("{unknown}<TemplateUUID>{GST}</TemplateUUID></Job>"),
            "Invalid job identifier",
        ),
        (
            Method::POST,
            "applytemplate",
            "ApplyTemplate",
            format!("{known}<TemplateUUID>{nobody}</TemplateUUID></Job>"),
            "Invalid job template identifier",
        ),
        (
            Method::PUT,
            "assign",
            "Assign",
            format!("{unknown}<add uuid=\"{AROHA}\"/></Job>"),
            "Invalid job identifier",
        ),
        (
            Method::PUT,
            "assign",
            "Assign",
            format!("{known}<add uuid=\"{nobody}\"/></Job>"),
            "Invalid staff identifier for add request",
        ),
        (
            Method::POST,
            "delete",
            "Delete",
            format!("{unknown}</Job>"),
            "Invalid job identifier",
        ),
        (
            Method::PUT,
            "state",
            "State",
            format!("{known}<State>BUSY</State></Job>"),
            "Invalid state code",
        ),
    ] {
        let answer = xpm
            .try_call(verb, &format!("job.api/{call}"), &body)
            .await
            .unwrap();
        assert_eq!(
            (answer.status, answer.body),
            (200, error(method, words)),
            "{call}"
        );
    }
    let state = "<Job><ID>J000001</ID><State>COMPLETED</State></Job>";
    let answer = xpm.put("job.api/state", state).await;
    assert_eq!(
        answer.body, "<Response api-method=\"State\"><Status>OK</Status></Response>",
        "a change of state is answered by the status alone"
    );
    let deleted = xpm
        .post("job.api/delete", "<Job><ID>J000001</ID></Job>")
        .await;
    assert_eq!(
        deleted.body,
        "<Response api-method=\"Delete\"><Status>OK</Status></Response>"
    );
}

#[tokio::test]
async fn lists_that_are_empty_are_one_tag_and_rows_are_as_recorded() {
    let xpm = Fixture::quiet().await;
    let jobs = xpm.get("job.api/current").await;
    assert_eq!(
        jobs.body,
        "<Response api-method=\"Current\"><Status>OK</Status><Jobs /></Response>"
    );
    let staff = xpm.get("staff.api/list").await;
    assert_eq!(
        children(&staff.body, "Staff"),
        [
            "UUID",
            "Name",
            "Email",
            "Phone",
            "Mobile",
            "Address",
            "PayrollCode"
        ]
    );
    assert!(staff.body.contains("<Address></Address>"));
    let categories = xpm.get("category.api/list").await;
    assert_eq!(
        categories.body,
        format!(
            "<Response api-method=\"List\"><Status>OK</Status><Categories><Category>\
             <UUID>{TAX}</UUID><Name>Tax</Name></Category></Categories></Response>"
        )
    );
    let found = xpm.get("client.api/search?query=kAURI").await;
    assert!(found.body.contains(&KAURI.to_string()), "{}", found.body);
}

#[tokio::test]
async fn texts_come_back_as_they_were_sent() {
    let xpm = Fixture::quiet().await;
    let name = "&lt;&lt;  GST  &gt;&gt;";
    let description = "01 May, 2020\nhttps://example.nz/p?a=1&amp;b=2\n\n  GST ";
    let body = job("x")
        .replace("GST September", name)
        .replace("Two months\nref: x", description);
    let answer = xpm.post("job.api/add", &body).await;
    assert_eq!(answer.text("Name"), name);
    assert_eq!(answer.text("Description"), description);
}

#[tokio::test]
async fn a_body_is_read_whatever_its_content_type() {
    let xpm = Fixture::quiet().await;
    let sent = xpm
        .http
        .post(format!("{}job.api/add", xpm.running.api_url()))
        .bearer_auth(&xpm.tokens.access_token)
        .header("Xero-Tenant-Id", xpm.tokens.tenant_id.to_string())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(job("m1"));
    let answer = read(sent.send().await.unwrap()).await.unwrap();
    assert_eq!(answer.text("Status"), "OK");
}

#[tokio::test]
async fn the_gateway_answers_in_json_with_the_recorded_fields() {
    let xpm = Fixture::quiet().await;
    xpm.clock.forward(chrono::TimeDelta::minutes(31));
    let expired = xpm.get("job.api/current").await;
    assert_eq!(expired.status, 401);
    assert_eq!(expired.header("content-type"), Some("application/json"));
    assert_eq!(
        expired.header("www-authenticate"),
        Some("Bearer error=invalid_token")
    );
    let json = expired.json();
    assert_eq!(json["Type"], serde_json::Value::Null);
    assert_eq!(json["Title"], "Unauthorized");
    assert_eq!(json["Status"], 401);
    assert_eq!(
        json["Detail"],
        "TokenExpired: token expired at 11/10/2026 09:30:00"
    );
    assert_eq!(json["Extensions"], serde_json::json!({}));
    assert_eq!(
        json["Instance"].as_str(),
        expired.header("xero-correlation-id")
    );
}

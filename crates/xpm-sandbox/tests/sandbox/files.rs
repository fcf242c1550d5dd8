//! What else is known of a job: tasks, notes, documents, costs, custom fields, quotes, invoices; and
//! the parameter `fields`.

use crate::common::{Fixture, GST, KAURI, error};
use uuid::Uuid;

const JOB: &str = "<Job>J000001</Job>";

async fn with_a_job() -> Fixture {
    let xpm = Fixture::quiet().await;
    xpm.add("m1").await.unwrap();
    xpm
}

#[tokio::test]
async fn a_task_is_added_changed_completed_opened_and_moved() {
    let xpm = with_a_job().await;
    let types = xpm.get("task.api/list").await;
    let file = types.text("UUID").to_owned();
    assert_eq!(types.text("Name"), "File");
    let got = xpm.get(&format!("task.api/get/{file}")).await;
    assert_eq!(got.text("Name"), "File");
    let add = |minutes: &str| {
        format!(
            "<Task>{JOB}<TaskUUID>{file}</TaskUUID><EstimatedMinutes>{minutes}</EstimatedMinutes>\
             <DueDate>20261120</DueDate></Task>"
        )
    };
    let first = xpm.post("job.api/task", &add("30")).await;
    let first = first.text("UUID").to_owned();
    let second = xpm
        .post("job.api/task", &add("15"))
        .await
        .text("UUID")
        .to_owned();
    assert_ne!(first, second, "a repeat adds the task again");
    let bad = xpm.post("job.api/task", &add("long")).await;
    assert_eq!(
        bad.body,
        error("Task", "EstimatedMinutes is not a valid number")
    );

    let change = format!("<Task><UUID>{first}</UUID><Name>File it</Name></Task>");
    assert_eq!(xpm.put("job.api/task", &change).await.text("UUID"), first);
    let done = xpm.put(&format!("job.api/task/{first}/complete"), "").await;
    assert_eq!(done.text("Completed"), "true");
    assert_eq!(done.text("EstimatedMinutes"), "30");
    let open = xpm.get("job.api/tasks?complete=false").await;
    assert!(
        open.body.contains(&second) && !open.body.contains(&first),
        "{}",
        open.body
    );
    let early = xpm.get("job.api/tasks?due=20261119").await;
    assert!(early.body.contains("<Jobs />"), "{}", early.body);
    let opened = xpm.put(&format!("job.api/task/{first}/reopen"), "").await;
    assert_eq!(opened.text("Completed"), "false");

    let order =
        format!("<Job><ID>J000001</ID><Tasks><Task><UUID>{second}</UUID></Task></Tasks></Job>");
    xpm.put("job.api/reordertasks", &order).await;
    let tasks = xpm.state().job("J000001").unwrap().tasks;
    assert_eq!(tasks[0].uuid.to_string(), second);
    assert_eq!(tasks[1].name, "File it");
    let nobody = xpm.put(&format!("job.api/task/{KAURI}/complete"), "").await;
    assert_eq!(nobody.body, error("Complete", "Invalid task identifier"));
}

#[tokio::test]
async fn notes_documents_and_costs_are_added_every_time() {
    let xpm = with_a_job().await;
    let note = format!("<Note>{JOB}<Title>Call</Title><Text>a &amp; b</Text></Note>");
    let document = format!(
        "<Document>{JOB}<Title>Scan</Title><FileName>a.pdf</FileName>\
         <Content>aGVs\nbG8=</Content></Document>"
    );
    let cost = format!(
        "<Cost>{JOB}<Date>20261105</Date><Description>Fee</Description><Quantity>2</Quantity>\
         <UnitCost>1.50</UnitCost><UnitPrice>3</UnitPrice></Cost>"
    );
    for _ in 0..2 {
        xpm.post("job.api/note", &note).await;
        xpm.post("job.api/document", &document).await;
        assert_eq!(xpm.post("job.api/cost", &cost).await.text("Status"), "OK");
    }
    let job = xpm.get("job.api/get/J000001").await;
    assert_eq!(
        job.body
            .matches("<Title>Call</Title><Text>a &amp; b</Text>")
            .count(),
        2
    );
    let documents = xpm.get("job.api/documents/J000001").await;
    assert_eq!(
        documents.body.matches("<FileName>a.pdf</FileName>").count(),
        2
    );
    let papers = xpm.state().records().papers;
    assert_eq!((papers.len(), papers[0].documents[0].bytes), (1, 5));
    let costs = xpm.get("job.api/costs/J000001").await;
    assert_eq!(costs.body.matches("<UnitCost>1.50</UnitCost>").count(), 2);
    let one = costs.text("UUID").to_owned();
    let change = cost
        .replace(JOB, &format!("<UUID>{one}</UUID>"))
        .replace("Fee", "Search");
    assert_eq!(xpm.put("job.api/cost", &change).await.text("UUID"), one);
    let costs = xpm.get("job.api/costs/J000001").await;
    assert_eq!(costs.text("Description"), "Search");
    let bad = document.replace("aGVs\nbG8=", "?");
    let refused = xpm.post("job.api/document", &bad).await;
    assert_eq!(
        refused.body,
        error("Document", "Content is not valid base64")
    );
    xpm.post("job.api/delete", "<Job><ID>J000001</ID></Job>")
        .await;
    assert!(
        xpm.state().records().papers.is_empty(),
        "papers go with their job"
    );
}

#[tokio::test]
async fn custom_fields_quotes_and_states() {
    let xpm = with_a_job().await;
    let field = Uuid::from_u128(0xF1);
    let set = format!(
        "<CustomFields><CustomField><UUID>{field}</UUID><Text>June</Text></CustomField></CustomFields>"
    );
    xpm.put("job.api/update/J000001/customfield", &set).await;
    let read = xpm.get("job.api/get/J000001/customfield").await;
    assert_eq!(
        (read.text("UUID"), read.text("Text")),
        (field.to_string().as_str(), "June")
    );
    let quote = xpm.post("job.api/createquote/J000001", "").await;
    assert_eq!(quote.text("ID"), "Q000001");
    let estimate = xpm.post("job.api/createestimate/J000001", "").await;
    assert_eq!(estimate.text("ID"), "Q000002");
    assert_eq!(
        xpm.get("quote.api/get/Q000002").await.text("Type"),
        "Estimate"
    );
    assert!(xpm.get("quote.api/draft").await.body.contains("Q000001"));
    assert!(
        xpm.get("quote.api/current")
            .await
            .body
            .contains("<Quotes />")
    );
    let dated = xpm.get("quote.api/list?from=20261101&to=20261130").await;
    assert!(dated.body.contains("Q000001"));
    let states = xpm.get("jobstate.api/list").await;
    assert_eq!(states.text("Name"), "Planned");
    assert!(
        !states.body.contains("PLANNED"),
        "interface codes are not told"
    );
}

#[tokio::test]
async fn invoices_are_loaded_and_read() {
    let xpm = with_a_job().await;
    let invoice = |number: &str, status: &str, jobs: &str| {
        format!(
            r#"{{"number":"{number}","uuid":"{}","status":"{status}","client":"{KAURI}","jobs":[{jobs}],
            "date":"2026-11-09","due":"2026-11-20","amount":"100","tax":"15","paid":"15"}}"#,
            Uuid::from_u128(0x1000 + number.len() as u128 + u128::from(number.as_bytes()[4]))
        )
    };
    let json = format!(
        r#"{{"invoices":[{},{}]}}"#,
        invoice("INV-1", "approved", r#""J000001""#),
        invoice("INV-2", "draft", "")
    );
    let loaded = xpm
        .plain(reqwest::Method::POST, "/_sandbox/load", &json)
        .await;
    assert_eq!(loaded.status, 200, "{}", loaded.body);
    let of_job = xpm.get("invoice.api/job/J000001").await;
    assert!(of_job.body.contains("INV-1") && !of_job.body.contains("INV-2"));
    let one = xpm.get("invoice.api/get/INV-1").await;
    assert_eq!(one.text("AmountIncludingTax"), "115");
    assert_eq!(one.text("AmountOutstanding"), "100");
    assert!(
        one.body.contains("<Jobs><Job><ID>J000001</ID>"),
        "{}",
        one.body
    );
    assert!(xpm.get("invoice.api/current").await.body.contains("INV-1"));
    assert!(xpm.get("invoice.api/draft").await.body.contains("INV-2"));
    let none = xpm.get("invoice.api/list?from=20261001&to=20261031").await;
    assert!(none.body.contains("<Invoices />"));
    let unknown = xpm.get("invoice.api/get/INV-9").await;
    assert_eq!(unknown.body, error("Get", "Invalid invoice identifier"));
}

#[tokio::test]
async fn clients_are_added_changed_and_put_away() {
    let xpm = Fixture::quiet().await;
    let added = xpm
        .post(
            "client.api/add",
            "<Client><Name>Kauri &amp; Sons</Name></Client>",
        )
        .await;
    let uuid = added.text("UUID").to_owned();
    assert_ne!(uuid, KAURI.to_string(), "two clients may have one name");
    let named = |more: &str| format!("<Client><UUID>{uuid}</UUID>{more}</Client>");
    let changed = xpm
        .put("client.api/update", &named("<Email>k@example.nz</Email>"))
        .await;
    assert_eq!(changed.text("Email"), "k@example.nz");
    assert_eq!(changed.text("Name"), "Kauri &amp; Sons");
    xpm.put("client.api/archive", &named("")).await;
    let list = xpm.get("client.api/list").await;
    assert!(list.body.contains("<IsArchived>Yes</IsArchived>"));
    let since = xpm
        .get("client.api/list?modifiedsince=2026-11-10T09:00:00")
        .await;
    assert!(
        since.body.contains(&uuid),
        "a change is a modification: {}",
        since.body
    );
    assert!(!xpm.get("client.api/paged-list").await.body.contains(&uuid));
    xpm.post("client.api/delete", &named("")).await;
    assert!(
        xpm.get("client.api/list")
            .await
            .body
            .contains("<IsDeleted>Yes</IsDeleted>")
    );
}

#[tokio::test]
async fn fields_leaves_what_is_named() {
    let xpm = with_a_job().await;
    let listed = xpm.get("job.api/current?fields=ID,name").await;
    assert_eq!(
        listed.body,
        "<Response api-method=\"Current\"><Status>OK</Status><Jobs><Job><ID>J000001</ID>\
         <Name>GST September</Name></Job></Jobs></Response>"
    );
    let one = xpm.get("job.api/get/J000001?fields=State").await;
    assert!(
        one.body
            .ends_with("<Job><State>Planned</State></Job></Response>"),
        "{}",
        one.body
    );
    let page = xpm.get("client.api/paged-list?fields=Name").await;
    assert!(
        page.body
            .contains("<Clients><Client><Name>Kauri &amp; Sons</Name></Client></Clients>")
    );
    assert!(page.text("First").contains("paged-list"), "{}", page.body);
    let templates = xpm.get("template.api/list?fields=UUID").await;
    assert!(
        templates
            .body
            .contains(&format!("<Template><UUID>{GST}</UUID></Template>"))
    );
}

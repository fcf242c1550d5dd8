//! The job endpoints against the exact XML.

use crate::common::{AROHA, BEN, Fixture, GST, KAURI, TAX, error, job, quiet};
use chrono::TimeDelta;
use uuid::Uuid;
use xpm_sandbox::{OnBadTemplate, Standing};

#[tokio::test]
async fn add_answers_with_the_whole_job() {
    let xpm = Fixture::quiet().await;
    let body = format!(
        "<Job><Budget>55.00</Budget><DueDate>20261128</DueDate><StartDate>20261101</StartDate>\
         <Name>GST &amp; more &lt;x&gt;</Name><Description>line one\nline &quot;two&quot;</Description>\
         <ClientUUID>{KAURI}</ClientUUID><ClientNumber>PROP-1</ClientNumber>\
         <CategoryUUID>{TAX}</CategoryUUID><TemplateUUID>{GST}</TemplateUUID></Job>"
    );
    let answer = xpm.post("job.api/add", &body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/xml; charset=utf-8")
    );
    let job = xpm.state().job("J000001").unwrap();
    let base = xpm.running.base_url();
    let task = |n: usize, name: &str| {
        format!(
            "<Task><UUID>{}</UUID><TaskUUID>{}</TaskUUID><Name>{name}</Name>\
             <Description></Description><EstimatedMinutes>0</EstimatedMinutes>\
             <ActualMinutes>0</ActualMinutes><Completed>false</Completed><Billable>true</Billable>\
             <Folder></Folder><Assigned /></Task>",
            job.tasks[n].uuid, job.tasks[n].task_type
        )
    };
    let expected = format!(
        "<Response api-method=\"Add\"><Status>OK</Status><WebUrl>{base}/jobs/J000001</WebUrl>\
         <Job><ID>J000001</ID><UUID>{uuid}</UUID><Name>GST &amp; more &lt;x&gt;</Name>\
         <Description>line one\nline &quot;two&quot;</Description>\
         <Client><UUID>{KAURI}</UUID><Name>Kauri &amp; Sons</Name></Client>\
         <ClientOrderNumber>PROP-1</ClientOrderNumber><Budget>55.00</Budget><Type>Tax</Type>\
         <State>Planned</State><StartDate>2026-11-01T00:00:00</StartDate>\
         <DueDate>2026-11-28T00:00:00</DueDate><InternalID>1</InternalID><Assigned />\
         <Tasks>{first}{second}</Tasks><Milestones /><Notes /></Job></Response>",
        uuid = job.uuid,
        first = task(0, "Reconcile"),
        second = task(1, "File"),
    );
    assert_eq!(answer.body, expected);
    let got = xpm.get("job.api/get/J000001").await;
    assert_eq!(got.body, expected.replacen("\"Add\"", "\"Get\"", 1));
}

#[tokio::test]
async fn the_same_body_twice_makes_two_jobs_whatever_the_idempotency_key() {
    let xpm = Fixture::quiet().await;
    for _ in 0..2 {
        let request = xpm
            .http
            .post(format!("{}job.api/add", xpm.running.api_url()))
            .bearer_auth(&xpm.tokens.access_token)
            .header("xero-tenant-id", xpm.tokens.tenant_id.to_string())
            .header("idempotency-key", "the-same")
            .body(job("m1"));
        assert_eq!(request.send().await.unwrap().status(), 200);
    }
    assert_eq!(xpm.state().jobs().len(), 2);
    let duplicates = xpm.state().duplicates();
    assert_eq!(duplicates.len(), 1);
    assert_eq!(duplicates[0].last_line, "ref: m1");
    assert_eq!(duplicates[0].jobs, ["J000001", "J000002"]);
}

#[tokio::test]
async fn add_refuses_with_http_200_and_the_reason() {
    let xpm = Fixture::quiet().await;
    let mut archived = xpm.state().client(KAURI).unwrap();
    archived.uuid = Uuid::from_u128(9);
    archived.standing = Standing::Archived;
    xpm.state().put_client(archived).unwrap();
    let good = job("m1");
    let cases = [
        (
            good.replace("<Name>GST September</Name>", ""),
            "Name is required",
        ),
        (
            good.replace("<StartDate>20261101</StartDate>", ""),
            "StartDate is required",
        ),
        (
            good.replace("20261101", "2026-11-01"),
            "StartDate is not a valid date (YYYYMMDD)",
        ),
        (
            good.replace("20261128", "20261131"),
            "DueDate is not a valid date (YYYYMMDD)",
        ),
        (
            good.replace("20261128", "20261031"),
            "DueDate is before StartDate",
        ),
        (
            good.replace(&KAURI.to_string(), "nobody"),
            "Invalid client identifier",
        ),
        (
            good.replace(&KAURI.to_string(), &BEN.to_string()),
            "Invalid client identifier",
        ),
        (
            good.replace(&KAURI.to_string(), &Uuid::from_u128(9).to_string()),
            "Invalid client identifier",
        ),
        (
            good.replace(
                "</Job>",
                &format!("<CategoryUUID>{BEN}</CategoryUUID></Job>"),
            ),
            "Invalid category identifier",
        ),
        (
            good.replace(
                "</Job>",
                &format!("<TemplateUUID>{BEN}</TemplateUUID></Job>"),
            ),
            "Invalid job template identifier",
        ),
        (
            good.replace("</Job>", "<Budget>much</Budget></Job>"),
            "Budget is not a valid amount",
        ),
        (good.replace("Job>", "Task>"), "Expected a Job element"),
    ];
    for (body, reason) in cases {
        let answer = xpm.post("job.api/add", &body).await;
        assert_eq!(
            (answer.status, answer.body),
            (200, error("Add", reason)),
            "{body}"
        );
    }
    let broken = xpm.post("job.api/add", "<Job><Name>").await;
    assert_eq!(broken.status, 500);
    assert!(
        broken.body.contains("<Status>ERROR</Status>"),
        "{}",
        broken.body
    );
    assert!(xpm.state().jobs().is_empty());
}

#[tokio::test]
async fn a_custom_number_is_kept_and_cannot_be_taken_twice() {
    let xpm = Fixture::quiet().await;
    let custom = job("m1").replace("<Job>", "<Job><ID>J000002</ID>");
    assert_eq!(xpm.post("job.api/add", &custom).await.text("ID"), "J000002");
    let again = xpm.post("job.api/add", &custom).await;
    assert_eq!(
        again.body,
        error("Add", "Job number J000002 is already in use")
    );
    assert_eq!(
        xpm.post("job.api/add", &job("m2")).await.text("ID"),
        "J000003"
    );
}

#[tokio::test]
async fn a_bad_template_can_leave_a_job_behind() {
    let builder = quiet().on_bad_template(OnBadTemplate::LeaveJob);
    let xpm = Fixture::start(builder).await;
    let body = job("m1").replace(
        "</Job>",
        &format!("<TemplateUUID>{BEN}</TemplateUUID></Job>"),
    );
    let answer = xpm.post("job.api/add", &body).await;
    assert_eq!(answer.body, error("Add", "Invalid job template identifier"));
    assert_eq!(xpm.state().jobs().len(), 1);
}

#[tokio::test]
async fn a_removed_job_is_gone_and_its_number_is_not_given_again() {
    let xpm = Fixture::quiet().await;
    xpm.add("m1").await.unwrap();
    let answer = xpm
        .post("job.api/delete", "<Job><ID>J000001</ID></Job>")
        .await;
    assert_eq!(
        answer.body,
        "<Response api-method=\"Delete\"><Status>OK</Status></Response>"
    );
    let again = xpm
        .post("job.api/delete", "<Job><ID>J000001</ID></Job>")
        .await;
    assert_eq!(again.body, error("Delete", "Invalid job identifier"));
    assert_eq!(
        xpm.get("job.api/get/J000001").await.body,
        error("Get", "Invalid job identifier")
    );
    assert_eq!(xpm.add("m2").await.unwrap().text("ID"), "J000002");
}

#[tokio::test]
async fn lists_are_empty_hold_one_or_many() {
    let xpm = Fixture::quiet().await;
    let path = format!("job.api/client/{KAURI}");
    let empty = "<Response api-method=\"Client\"><Status>OK</Status><Jobs /></Response>";
    assert_eq!(xpm.get(&path).await.body, empty);
    xpm.add("m1").await.unwrap();
    let row = |n: u32| {
        let job = xpm.state().job(&format!("J00000{n}")).unwrap();
        format!(
            "<Job><ID>J00000{n}</ID><UUID>{}</UUID><Name>GST September</Name>\
             <Description>Two months\nref: m{n}</Description>\
             <Client><UUID>{KAURI}</UUID><Name>Kauri &amp; Sons</Name></Client>\
             <ClientOrderNumber></ClientOrderNumber><State>Planned</State>\
             <StartDate>2026-11-01T00:00:00</StartDate><DueDate>2026-11-28T00:00:00</DueDate>\
             <InternalID>{n}</InternalID><Assigned /></Job>",
            job.uuid
        )
    };
    let list = |rows: &str| {
        format!("<Response api-method=\"Client\"><Status>OK</Status><Jobs>{rows}</Jobs></Response>")
    };
    assert_eq!(xpm.get(&path).await.body, list(&row(1)));
    xpm.add("m2").await.unwrap();
    assert_eq!(
        xpm.get(&path).await.body,
        list(&format!("{}{}", row(1), row(2)))
    );
    let detailed = xpm.get(&format!("{path}?detailed=true")).await;
    assert_eq!(detailed.body.matches("<Tasks />").count(), 2);
    let unknown = xpm.get(&format!("job.api/client/{BEN}")).await;
    assert_eq!(unknown.body, error("Client", "Invalid client identifier"));
}

#[tokio::test]
async fn current_leaves_out_what_is_completed_and_sorts_by_client_then_start() {
    let xpm = Fixture::quiet().await;
    let aardvark = Uuid::from_u128(0xAA);
    xpm.state().add_client(aardvark, "Aardvark Ltd").unwrap();
    xpm.post("job.api/add", &job("m1")).await;
    xpm.post("job.api/add", &job("m2").replace("20261101", "20261015"))
        .await;
    xpm.post(
        "job.api/add",
        &job("m3").replace(&KAURI.to_string(), &aardvark.to_string()),
    )
    .await;
    xpm.post("job.api/add", &job("m4")).await;
    let done = "<Job><ID>J000004</ID><State>COMPLETED</State></Job>";
    let answer = xpm.put("job.api/state", done).await;
    assert_eq!(
        answer.body,
        "<Response api-method=\"State\"><Status>OK</Status></Response>"
    );
    let listed = xpm.get("job.api/current").await;
    let order: Vec<_> = listed
        .body
        .match_indices("<ID>")
        .map(|(at, _)| at + 4)
        .collect();
    let numbers: Vec<_> = order
        .into_iter()
        .map(|at| &listed.body[at..at + 7])
        .collect();
    assert_eq!(numbers, ["J000003", "J000002", "J000001"]);
    let bad = xpm
        .put(
            "job.api/state",
            "<Job><ID>J000001</ID><State>Planned</State></Job>",
        )
        .await;
    assert_eq!(bad.body, error("State", "Invalid state code"));
}

#[tokio::test]
async fn list_goes_by_the_created_date_and_less_than_a_year() {
    let xpm = Fixture::quiet().await;
    xpm.add("m1").await.unwrap();
    xpm.clock.forward(TimeDelta::days(3));
    let tokens = xpm.state().issue_tokens().unwrap();
    let xpm = Fixture { tokens, ..xpm };
    xpm.add("m2").await.unwrap();
    let numbers = async |query: &str| {
        let answer = xpm.get(&format!("job.api/list?{query}")).await;
        (
            answer.body.contains("J000001"),
            answer.body.contains("J000002"),
        )
    };
    assert_eq!(numbers("from=20261110&to=20261113").await, (true, true));
    assert_eq!(numbers("from=20261110&to=20261112").await, (true, false));
    assert_eq!(numbers("from=20261111&to=20261120").await, (false, true));
    assert_eq!(numbers("from=20251114&to=20261113").await, (true, true));
    let cases = [
        (
            "from=20251113&to=20261113",
            "The date range must be less than one year",
        ),
        (
            "from=20261113&to=20261112",
            "The date range must be less than one year",
        ),
        ("to=20261112", "from is required"),
        ("from=20261112", "to is required"),
        (
            "from=20261112&to=tomorrow",
            "to is not a valid date (YYYYMMDD)",
        ),
    ];
    for (query, reason) in cases {
        let answer = xpm.get(&format!("job.api/list?{query}")).await;
        assert_eq!((answer.status, answer.body), (200, error("List", reason)));
    }
}

#[tokio::test]
async fn applying_a_template_again_adds_its_tasks_again_unless_told_to_append() {
    let xpm = Fixture::quiet().await;
    xpm.add("m1").await.unwrap();
    let apply =
        |mode: &str| format!("<Job><ID>J000001</ID><TemplateUUID>{GST}</TemplateUUID>{mode}</Job>");
    let tasks = || xpm.state().job("J000001").unwrap().tasks.len();
    let answer = xpm.post("job.api/applytemplate", &apply("")).await;
    assert!(
        answer
            .body
            .starts_with("<Response api-method=\"ApplyTemplate\"><Status>OK</Status>")
    );
    assert_eq!((answer.body.matches("<Task>").count(), tasks()), (2, 2));
    xpm.post(
        "job.api/applytemplate",
        &apply("<TaskMode>AppendExisting</TaskMode>"),
    )
    .await;
    assert_eq!(tasks(), 2);
    xpm.post(
        "job.api/applytemplate",
        &apply("<TaskMode>AddNew</TaskMode>"),
    )
    .await;
    assert_eq!(tasks(), 4);
    let cases = [
        (
            apply("").replace("J000001", "J000009"),
            "Invalid job identifier",
        ),
        (
            apply("").replace(&GST.to_string(), "x"),
            "Invalid job template identifier",
        ),
        (apply("<TaskMode>Other</TaskMode>"), "Invalid task mode"),
    ];
    for (body, reason) in cases {
        let answer = xpm.post("job.api/applytemplate", &body).await;
        assert_eq!(
            (answer.status, answer.body),
            (200, error("ApplyTemplate", reason))
        );
    }
    assert_eq!(tasks(), 4);
}

#[tokio::test]
async fn assign_shows_who_is_on_the_job_afterwards() {
    let xpm = Fixture::quiet().await;
    xpm.add("m1").await.unwrap();
    let operations = format!(
        "<Job><ID>J000001</ID><add uuid=\"{AROHA}\"/><add uuid=\"{BEN}\" />\
         <add uuid=\"{AROHA}\"></add><add-manager uuid=\"{AROHA}\"/>\
         <add-partner uuid=\"{BEN}\"/></Job>"
    );
    let answer = xpm.put("job.api/assign", &operations).await;
    let expected = format!(
        "<Manager><UUID>{AROHA}</UUID><Name>Aroha Ngata</Name></Manager>\
         <Partner><UUID>{BEN}</UUID><Name>Ben O&apos;Leary</Name></Partner>\
         <Assigned><Staff><UUID>{AROHA}</UUID><Name>Aroha Ngata</Name></Staff>\
         <Staff><UUID>{BEN}</UUID><Name>Ben O&apos;Leary</Name></Staff></Assigned>"
    );
    assert!(answer.body.contains(&expected), "{}", answer.body);
    let listed = xpm.get(&format!("job.api/staff/{BEN}")).await;
    assert_eq!(listed.text("ID"), "J000001");

    let operations = format!(
        "<Job><ID>J000001</ID><remove uuid=\"{AROHA}\"/><remove-manager/><remove-partner/></Job>"
    );
    xpm.put("job.api/assign", &operations).await;
    let job = xpm.state().job("J000001").unwrap();
    assert_eq!(
        (job.manager, job.partner, job.assigned),
        (None, None, vec![BEN])
    );
}

#[tokio::test]
async fn assign_reaches_a_task_and_refuses_whole() {
    let xpm = Fixture::quiet().await;
    xpm.add("m1").await.unwrap();
    let apply = format!("<Job><ID>J000001</ID><TemplateUUID>{GST}</TemplateUUID></Job>");
    xpm.post("job.api/applytemplate", &apply).await;
    let before = xpm.state().job("J000001").unwrap();
    let task = before.tasks[1].uuid;
    let assign = |operations: &str| format!("<Job><ID>J000001</ID>{operations}</Job>");
    let cases = [
        (
            assign("<add uuid=\"x\"/>"),
            "Invalid staff identifier for add request",
        ),
        (assign("<add/>"), "Invalid staff identifier for add request"),
        (
            assign(&format!(
                "<add uuid=\"{BEN}\"/><add-manager uuid=\"{KAURI}\"/>"
            )),
            "Invalid staff identifier for add-manager request",
        ),
        (
            assign(&format!("<add uuid=\"{BEN}\" task-uuid=\"{BEN}\"/>")),
            "Invalid task identifier",
        ),
        (
            assign("").replace("J000001", "J9"),
            "Invalid job identifier",
        ),
    ];
    for (body, reason) in cases {
        let answer = xpm.put("job.api/assign", &body).await;
        assert_eq!(
            (answer.status, answer.body),
            (200, error("Assign", reason)),
            "{body}"
        );
    }
    assert_eq!(xpm.state().job("J000001").unwrap(), before);

    let body = assign(&format!("<add uuid=\"{BEN}\" task-uuid=\"{task}\"/>"));
    let answer = xpm.put("job.api/assign", &body).await;
    let expected = format!(
        "<Assigned><Staff><UUID>{BEN}</UUID><Name>Ben O&apos;Leary</Name>\
         <AllocatedMinutes>0</AllocatedMinutes></Staff></Assigned></Task>"
    );
    assert!(answer.body.contains(&expected), "{}", answer.body);
    let job = xpm.state().job("J000001").unwrap();
    assert!(job.assigned.is_empty());
    assert_eq!(job.tasks[1].assigned, [BEN]);
}

#[tokio::test]
async fn update_changes_what_it_names_and_never_the_client() {
    let xpm = Fixture::quiet().await;
    xpm.add("m1").await.unwrap();
    let body = format!(
        "<Job><ID>J000001</ID><Name>New</Name><StartDate>20261201</StartDate>\
         <DueDate>20261201</DueDate><ClientUUID>{BEN}</ClientUUID></Job>"
    );
    let answer = xpm.put("job.api/update", &body).await;
    assert!(
        answer
            .body
            .starts_with("<Response api-method=\"Update\"><Status>OK</Status>")
    );
    let job = xpm.state().job("J000001").unwrap();
    assert_eq!((job.name.as_str(), job.client), ("New", KAURI));
    assert_eq!(job.last_line(), Some("ref: m1"));
}

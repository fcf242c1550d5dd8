//! What each call sends and what it makes of a good answer.

use uuid::Uuid;
use wiremock::matchers::{body_string, header, method, path, query_param};
use wiremock::{Mock, MockServer, ResponseTemplate};
use workflow_core::ids::{ClientId, JobNumber, StaffId, TemplateId};
use workflow_core::ports::gateway::{Class, DirectoryPart, Failure, JobGateway, Team};

use crate::support::{SECRET, TENANT, connected, failed, job_xml, new_job, ok, practice};

const BASE: &str = "/practicemanager/3.1";

fn xml(body: &str) -> ResponseTemplate {
    ResponseTemplate::new(200)
        .set_body_raw(body.to_owned(), "text/xml; charset=utf-8")
        .insert_header("x-minlimit-remaining", "59")
        .insert_header("x-daylimit-remaining", "4321")
        .insert_header("xero-correlation-id", "c-1")
}

#[tokio::test]
async fn a_job_is_created_with_what_was_meant() {
    let server = MockServer::start().await;
    let id = ClientId::new(Uuid::from_u128(5));
    Mock::given(method("POST"))
        .and(path(format!("{BASE}/job.api/add")))
        .and(header("authorization", format!("Bearer access-a-{SECRET}")))
        .and(header("xero-tenant-id", TENANT.to_string()))
        .and(header("content-type", "application/xml"))
        .and(body_string(format!(
            "<Job><Name>GST &amp; returns</Name><Description>Return\nref: wf-1</Description>\
             <ClientUUID>{id}</ClientUUID><StartDate>20261201</StartDate><DueDate>20261228</DueDate>\
             <ClientNumber>CLI-7</ClientNumber></Job>"
        )))
        .respond_with(xml(&ok(&job_xml())))
        .expect(1)
        .mount(&server)
        .await;
    let answer = connected(&server.uri())
        .create_job(&practice(), &new_job())
        .await
        .unwrap();
    assert_eq!(answer.value.number.as_str(), "J000031");
    assert_eq!(answer.observed.calls, 1);
    assert_eq!(answer.observed.minute_left, Some(59));
    assert_eq!(answer.observed.day_left, Some(4321));
    assert_eq!(answer.observed.correlation.as_deref(), Some("c-1"));
}

#[tokio::test]
async fn absent_headers_mean_unknown() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_string(ok(&job_xml())))
        .mount(&server)
        .await;
    let number: JobNumber = "J000031".parse().unwrap();
    let observed = connected(&server.uri())
        .job(&practice(), &number)
        .await
        .unwrap()
        .observed;
    assert_eq!(observed.minute_left, None);
    assert_eq!(observed.day_left, None);
    assert_eq!(observed.correlation, None);
}

#[tokio::test]
async fn templates_are_applied_by_post_and_people_assigned_by_put() {
    let server = MockServer::start().await;
    let (template, staff) = (Uuid::from_u128(1), Uuid::from_u128(2));
    Mock::given(method("POST"))
        .and(path(format!("{BASE}/job.api/applytemplate")))
        .and(body_string(format!(
            "<Job><ID>J000031</ID><TemplateUUID>{template}</TemplateUUID><TaskMode>AddNew</TaskMode></Job>"
        )))
        .respond_with(xml(&ok(&job_xml())))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(method("PUT"))
        .and(path(format!("{BASE}/job.api/assign")))
        .and(body_string(format!(
            "<Job><ID>J000031</ID><add uuid=\"{staff}\"/></Job>"
        )))
        .respond_with(xml(&ok(&job_xml())))
        .expect(1)
        .mount(&server)
        .await;
    let xpm = connected(&server.uri());
    let number: JobNumber = "J000031".parse().unwrap();
    let applied = xpm
        .apply_template(&practice(), &number, TemplateId::new(template))
        .await;
    assert_eq!(applied.unwrap().value.tasks, Some(vec![]));
    let team = Team {
        staff: [StaffId::new(staff)].into(),
        ..Team::default()
    };
    xpm.assign(&practice(), &number, &team).await.unwrap();
}

#[tokio::test]
async fn an_answer_about_another_job_proves_nothing() {
    let server = MockServer::start().await;
    Mock::given(method("POST"))
        .respond_with(xml(&ok(&job_xml())))
        .mount(&server)
        .await;
    let number: JobNumber = "J000032".parse().unwrap();
    let template = TemplateId::new(Uuid::from_u128(1));
    let applied = connected(&server.uri())
        .apply_template(&practice(), &number, template)
        .await;
    let error = failed(applied);
    assert_eq!(error.class(), Class::Uncertain);
    assert!(error.to_string().contains("that of another job"), "{error}");
}

#[tokio::test]
async fn an_empty_team_only_reads_the_job() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(format!("{BASE}/job.api/get/J1")))
        .respond_with(xml(&ok(&job_xml())))
        .expect(1)
        .mount(&server)
        .await;
    let number: JobNumber = "J1".parse().unwrap();
    let team = Team::default();
    let answer = connected(&server.uri())
        .assign(&practice(), &number, &team)
        .await;
    assert_eq!(answer.unwrap().value.number.as_str(), "J000031");
}

#[tokio::test]
async fn a_job_that_xpm_does_not_know_is_none() {
    for (status, body) in [
        (
            200,
            "<Response><Status>ERROR</Status>\
             <ErrorDescription>Invalid job identifier</ErrorDescription></Response>",
        ),
        (404, ""),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .respond_with(ResponseTemplate::new(status).set_body_string(body))
            .mount(&server)
            .await;
        let answer = connected(&server.uri())
            .job(&practice(), &"J9".parse().unwrap())
            .await
            .unwrap();
        assert_eq!(answer.value, None);
        assert_eq!(answer.observed.calls, 1);
    }
}

#[tokio::test]
async fn a_number_that_no_address_can_hold_costs_no_call() {
    let server = MockServer::start().await;
    let number: JobNumber = "..".parse().unwrap();
    let answer = connected(&server.uri()).job(&practice(), &number).await;
    let answer = answer.unwrap();
    assert_eq!(answer.value, None);
    assert_eq!(answer.observed.calls, 0);
    assert_eq!(server.received_requests().await.unwrap().len(), 0);
}

#[tokio::test]
async fn look_ups_ask_for_detail() {
    let server = MockServer::start().await;
    let client = ClientId::new(Uuid::from_u128(5));
    let jobs = ok(&format!("<Jobs>{}</Jobs>", job_xml()));
    Mock::given(path(format!("{BASE}/job.api/client/{client}")))
        .and(query_param("detailed", "true"))
        .respond_with(xml(&jobs))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path(format!("{BASE}/job.api/list")))
        .and(query_param("from", "20261121"))
        .and(query_param("to", "20261123"))
        .and(query_param("detailed", "true"))
        .respond_with(xml(&jobs))
        .expect(1)
        .mount(&server)
        .await;
    let xpm = connected(&server.uri());
    let list = xpm.jobs_of_client(&practice(), client).await.unwrap().value;
    assert_eq!(list.jobs.len(), 1);
    assert!(list.is_complete());
    let (from, to) = ("2026-11-21".parse().unwrap(), "2026-11-23".parse().unwrap());
    let list = xpm.jobs_created(&practice(), from, to).await.unwrap().value;
    assert_eq!(list.jobs.len(), 1);
    for (from, to) in [("2026-11-22", "2026-11-21"), ("2025-11-22", "2026-11-22")] {
        let (from, to) = (from.parse().unwrap(), to.parse().unwrap());
        let error = failed(xpm.jobs_created(&practice(), from, to).await);
        assert!(matches!(error.failure, Failure::Refused { .. }));
        assert_eq!(error.observed.calls, 0);
    }
}

#[tokio::test]
async fn clients_come_page_by_page() {
    let server = MockServer::start().await;
    let page = |id: u128, next: &str| {
        ok(&format!(
            "<Clients><Client><UUID>{}</UUID><Name>n</Name></Client></Clients>\
             <Pagination><Links><First/><Next>{next}</Next></Links></Pagination>",
            Uuid::from_u128(id)
        ))
    };
    let paged = format!("{BASE}/client.api/paged-list");
    Mock::given(path(paged.clone()))
        .and(query_param("pageSize", "500"))
        .and(query_param("pageToken", "t/2="))
        .respond_with(xml(&page(2, "")))
        .expect(1)
        .mount(&server)
        .await;
    Mock::given(path(paged.clone()))
        .and(query_param("pageToken", "loop"))
        .respond_with(xml(&page(3, "/x?pageToken=loop")))
        .mount(&server)
        .await;
    Mock::given(path(paged))
        .respond_with(xml(&page(1, "https://api.xero.com/x?pageToken=t%2F2%3D")))
        .expect(1)
        .with_priority(9)
        .mount(&server)
        .await;
    let xpm = connected(&server.uri());
    let part = DirectoryPart::Clients;
    let first = xpm.directory(&practice(), part, None).await.unwrap().value;
    assert_eq!(first.next.as_deref(), Some("t/2="));
    let second = xpm.directory(&practice(), part, first.next).await.unwrap();
    assert_eq!(second.value.rows[0].id, Uuid::from_u128(2));
    assert_eq!(second.value.next, None);
    let looped = xpm
        .directory(&practice(), part, Some("loop".to_owned()))
        .await;
    let error = failed(looped);
    assert!(error.to_string().contains("leads back to the same page"));
}

#[tokio::test]
async fn the_other_parts_come_in_one_page() {
    let server = MockServer::start().await;
    let id = Uuid::from_u128(4);
    for (kind, list, item) in [
        ("staff", "StaffList", "Staff"),
        ("template", "Templates", "Template"),
        ("category", "Categories", "Category"),
    ] {
        let row = format!("<{item}><UUID>{id}</UUID><Name>{kind}</Name></{item}>");
        Mock::given(path(format!("{BASE}/{kind}.api/list")))
            .respond_with(xml(&ok(&format!("<{list}>{row}</{list}>"))))
            .expect(1)
            .mount(&server)
            .await;
    }
    let xpm = connected(&server.uri());
    for (part, name) in [
        (DirectoryPart::Staff, "staff"),
        (DirectoryPart::Templates, "template"),
        (DirectoryPart::Categories, "category"),
    ] {
        let page = xpm.directory(&practice(), part, None).await.unwrap().value;
        assert_eq!(page.rows[0].name, name);
        assert_eq!(page.next, None);
    }
}

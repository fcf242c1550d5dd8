//! Whatever XPM answers, people read words: through the adapter, the ledger and the audit, to the
//! pages of the tab and to what a command prints. No XML and no JSON reaches any of them, and the
//! name that XPM's support knows the exchange by does.

use std::sync::Arc;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use chrono::{DateTime, NaiveDate, Utc};
use proptest::prelude::*;
use scheduler::Scheduler;
use tower::ServiceExt;
use workflow::audit::Actor;
use workflow::calendar::WorkingCalendar;
use workflow::ids::{ClientId, JobNumber, PracticeId, TemplateId, WorkflowId};
use workflow::ports::gateway::{
    Answer, CreateJob, DirectoryPage, DirectoryPart, GatewayError, Job, JobGateway, JobList,
    Linking, ListedClient, OwnNumbers, Team, WorstCase,
};
use workflow::practice::{Client, Practice};
use workflow::recurrence::Recurrence;
use workflow::service::{NewWorkflow, Ports, PracticeHandle, Workflows};
use workflow::timing::FinancialYearEnd;
use workflow::web::{self, LocalHost};
use workflow_core::testing::gateway_suite::{Bench, passes_everything_on};
use workflow_core::testing::{CountingIds, ManualClock, MemoryGateway, MemoryStore, samples};
use xpm_adapter::testing::{Decoded, Endpoint, Response, decode};

/// The name of every exchange here.
const CORRELATION: &str = "5e1f8c1e-0d6b-4f0e-9a55-1d0c4e0b7a11";
/// A word that is in markup alone: whoever sees it sees markup.
const TAG: &str = "zzmarkupzz";

/// Creates are answered with one answer, whatever it is, as the adapter takes it; with none, they are
/// passed on as everything else is.
#[derive(Debug)]
struct Answering {
    answer: Option<Response>,
    rest: Arc<dyn JobGateway>,
}

#[async_trait]
impl JobGateway for Answering {
    fn worst_case(&self) -> WorstCase {
        self.rest.worst_case()
    }

    fn linking(&self) -> Linking {
        self.rest.linking()
    }

    fn own_numbers(&self) -> OwnNumbers {
        self.rest.own_numbers()
    }

    async fn create_job(
        &self,
        practice: &PracticeId,
        job: &CreateJob,
    ) -> Result<Answer<Job>, GatewayError> {
        let Some(answer) = self.answer.clone() else {
            return self.rest.create_job(practice, job).await;
        };
        let now = chrono::DateTime::UNIX_EPOCH;
        let answer = decode(&Endpoint::CreateJob, answer, now)?;
        match answer.value {
            Decoded::Job(job) => Ok(Answer {
                value: *job,
                observed: answer.observed,
            }),
            other => panic!("a create is answered with a job: {other:?}"),
        }
    }

    async fn apply_template(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        template: TemplateId,
    ) -> Result<Answer<Job>, GatewayError> {
        self.rest.apply_template(practice, job, template).await
    }

    async fn assign(
        &self,
        practice: &PracticeId,
        job: &JobNumber,
        team: &Team,
    ) -> Result<Answer<Job>, GatewayError> {
        self.rest.assign(practice, job, team).await
    }

    async fn job(
        &self,
        practice: &PracticeId,
        number: &JobNumber,
    ) -> Result<Answer<Option<Job>>, GatewayError> {
        self.rest.job(practice, number).await
    }

    async fn jobs_of_client(
        &self,
        practice: &PracticeId,
        client: ClientId,
    ) -> Result<Answer<JobList>, GatewayError> {
        self.rest.jobs_of_client(practice, client).await
    }

    async fn jobs_created(
        &self,
        practice: &PracticeId,
        from: NaiveDate,
        to: NaiveDate,
    ) -> Result<Answer<JobList>, GatewayError> {
        self.rest.jobs_created(practice, from, to).await
    }

    async fn directory(
        &self,
        practice: &PracticeId,
        part: DirectoryPart,
        cursor: Option<String>,
    ) -> Result<Answer<DirectoryPage>, GatewayError> {
        self.rest.directory(practice, part, cursor).await
    }

    async fn clients_modified_since(
        &self,
        practice: &PracticeId,
        since: DateTime<Utc>,
    ) -> Result<Answer<Option<Vec<ListedClient>>>, GatewayError> {
        self.rest.clients_modified_since(practice, since).await
    }

    async fn connected_until(&self, practice: &PracticeId) -> Option<DateTime<Utc>> {
        self.rest.connected_until(practice).await
    }
}

/// In front of another gateway, it passes everything on.
fn passing_on(rest: Arc<dyn JobGateway>) -> Arc<dyn JobGateway> {
    let answer = None;
    Arc::new(Answering { answer, rest })
}

mod suite {
    use super::{Bench, passing_on};

    fn bench() -> Bench {
        let bench = Bench::memory();
        Bench {
            gateway: passing_on(bench.gateway),
            ..bench
        }
    }

    workflow_core::gateway_suite!(#[tokio::test], bench());
}

#[tokio::test]
async fn what_is_not_answered_here_is_passed_on() {
    passes_everything_on(passing_on).await;
}

/// A practice one of whose workflows is due, and whose create is answered so.
async fn deployed(answer: Response) -> (PracticeHandle, WorkflowId, Router) {
    let acme: PracticeId = "acme".parse().unwrap();
    let clock = ManualClock::at("2026-11-22T00:00:00Z".parse().unwrap());
    let workflows = Workflows::new(Ports {
        store: Arc::new(MemoryStore::new()),
        gateway: Arc::new(Answering {
            answer: Some(answer),
            rest: Arc::new(MemoryGateway::new()),
        }),
        clock: Arc::new(clock),
        ids: Arc::new(CountingIds::new(1)),
        zones: workflow::system::zones(),
    });
    let calendar = WorkingCalendar::new("weekends", 1).unwrap();
    let zone = "Pacific/Auckland".parse().unwrap();
    let practice = Practice::new(acme.clone(), "Acme".parse().unwrap(), zone, calendar);
    let mara = || Actor::person("Mara");
    let practice = workflows.set_up(mara(), practice).await.unwrap().value;
    let client = samples::client_id(1);
    let cafe = Client::new(client, "Café".parse().unwrap(), FinancialYearEnd::MARCH);
    practice.put_client(mara(), cafe).await.unwrap();
    let from = NaiveDate::from_ymd_opt(2026, 11, 2).unwrap();
    let new = NewWorkflow::named("GST")
        .client(client)
        .deploys_from(from)
        .recurring(Recurrence::monthly().from(from).times(1));
    let id = practice.add(mara(), new).await.unwrap().value;
    Scheduler::new(workflows.clone()).run_due().await.unwrap();
    let tab = web::router(workflows, LocalHost::new(acme, mara()));
    (practice, id, tab)
}

async fn page(tab: &Router, path: &str) -> String {
    let request = Request::get(path)
        .header(header::HOST, "localhost")
        .body(Body::empty())
        .unwrap();
    let response = tab.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let body = to_bytes(response.into_body(), 8 << 20).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

/// What people read of a create that was answered so holds no markup and no JSON, and tells them
/// what XPM's support knows it as.
async fn reads_well(answer: Response) {
    let shown = format!("{} {}", answer.status, answer.body.escape_ascii());
    let (practice, id, tab) = deployed(answer).await;
    let deployments = practice.deployments_of(id).await.unwrap();
    let [deployment] = deployments.as_slice() else {
        panic!("one deployment: {deployments:?}");
    };
    let deployment = &deployment.value;
    let why = deployment.why().to_string();
    assert!(!why.contains(['<', '{']), "{shown}: {why}");
    let client = deployment.client();
    let workflow = format!("/client/{client}/workflow/{id}");
    let mut pages = Vec::new();
    for path in [
        "/attention".to_owned(),
        format!("{workflow}/schedule"),
        format!("{workflow}/audit"),
    ] {
        let page = page(&tab, &path).await;
        for markup in ["&lt;", "&#60;", "&#x3c;", "{&quot;", "{&#34;", TAG] {
            assert!(!page.contains(markup), "{markup} on {path} of {shown}");
        }
        pages.push(page);
    }
    if let Some(trouble) = deployment.trouble() {
        assert!(
            !trouble.sentence.contains(['<', '{', '}', '\n']),
            "{trouble:?}"
        );
        assert_eq!(trouble.correlation.as_deref(), Some(CORRELATION), "{shown}");
        assert!(
            pages[2].contains(CORRELATION),
            "the audit tells it: {shown}"
        );
        if !deployment.phase().is_closed() {
            assert!(pages[1].contains(CORRELATION), "the tab tells it: {shown}");
        }
    }
}

fn answer(status: u16, body: impl Into<Vec<u8>>) -> Response {
    let header = ("xero-correlation-id".to_owned(), CORRELATION.into());
    Response {
        status,
        headers: vec![header],
        body: body.into(),
    }
}

fn refusal(words: &str) -> String {
    format!(
        "<Response><Status>ERROR</Status><ErrorDescription>{words}</ErrorDescription></Response>"
    )
}

#[tokio::test]
async fn no_answer_shows_markup_or_json_to_anybody() {
    let html = format!("<html><{TAG}><h1>Server Error</h1></{TAG}></html>");
    let json = format!("{{\"{TAG}\":1,\"Detail\":\"It <{TAG}> {{\\\"a\\\":1}}\"}}");
    for body in [
        refusal("Invalid client identifier"),
        refusal(""),
        refusal(&format!("&lt;{TAG}&gt;bold&lt;/{TAG}&gt;")),
        refusal(&format!("&amp;lt;{TAG}&amp;gt;twice")),
        refusal(&format!("<![CDATA[<{TAG} a='{{\"b\":1}}'>]]>")),
        refusal(&format!("{{\"{TAG}\":\"x\",\"Message\":\"words\"}}")),
        refusal("It has {0} <b/> places"),
        format!("<Response><{TAG}/></Response>"),
        format!("<!DOCTYPE r [<!ENTITY {TAG} \"x\">]><Response>&{TAG};</Response>"),
        html,
        json,
        String::new(),
    ] {
        for status in [200, 400, 401, 403, 429, 500, 503] {
            // An entity is named by its name: that is a word, not markup.
            if !body.contains("DOCTYPE") {
                reads_well(answer(status, body.clone())).await;
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_answer_at_all_shows_markup_or_json(
        status in prop::sample::select(vec![200_u16, 400, 403, 404, 429, 500, 503]),
        body in prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..200),
            "[<>{}\"&;a-z/!#0-9\\[\\]=' ]{0,200}".prop_map(String::into_bytes),
            "[<>{}\"&;a-z/!#0-9\\[\\]=' ]{0,120}".prop_map(|words| {
                let escaped = words.replace('&', "&amp;").replace('<', "&lt;");
                refusal(&escaped).into_bytes()
            }),
        ],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(reads_well(answer(status, body)));
    }
}

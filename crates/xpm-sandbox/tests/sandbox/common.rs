//! A served sandbox, and a caller that speaks to it as any program would.
#![allow(
    dead_code,
    reason = "each test target uses its own part of this module"
)]

use std::sync::Arc;

use chrono::{DateTime, Utc};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Response};
use uuid::Uuid;
use xpm_sandbox::{
    Limits, ManualClock, Running, Sandbox, SandboxBuilder, SandboxState, TestTokens,
};

pub(crate) const KAURI: Uuid = Uuid::from_u128(0xC1);
pub(crate) const AROHA: Uuid = Uuid::from_u128(0x51);
pub(crate) const BEN: Uuid = Uuid::from_u128(0x52);
pub(crate) const GST: Uuid = Uuid::from_u128(0x71);
pub(crate) const TAX: Uuid = Uuid::from_u128(0xCA);
pub(crate) const TENTH_OF_NOVEMBER: &str = "2026-11-10T09:00:00Z";

/// A sandbox with one client, two staff, a template and a category, and tokens for it.
pub(crate) struct Fixture {
    pub(crate) running: Running,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) tokens: TestTokens,
    pub(crate) http: Client,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// The text between the first `<name>` and its end.
    pub(crate) fn text(&self, name: &str) -> &str {
        let start = self.body.find(&format!("<{name}>")).expect(name) + name.len() + 2;
        let end = start + self.body[start..].find(&format!("</{name}>")).expect(name);
        &self.body[start..end]
    }
}

pub(crate) fn quiet() -> SandboxBuilder {
    Sandbox::builder().seed(7).limits(Limits::none())
}

pub(crate) fn furnish(state: &SandboxState) {
    state.add_client(KAURI, "Kauri & Sons").unwrap();
    state
        .add_staff(AROHA, "Aroha Ngata", "aroha@example.nz")
        .unwrap();
    state
        .add_staff(BEN, "Ben O'Leary", "ben@example.nz")
        .unwrap();
    state
        .add_template(GST, "GST Return", &["Reconcile", "File"])
        .unwrap();
    state.add_category(TAX, "Tax").unwrap();
}

impl Fixture {
    pub(crate) async fn start(builder: SandboxBuilder) -> Self {
        let now: DateTime<Utc> = TENTH_OF_NOVEMBER.parse().unwrap();
        let clock = Arc::new(ManualClock::at(now));
        let sandbox = builder.clock(clock.clone()).build().unwrap();
        furnish(&sandbox.state());
        let running = sandbox.start("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let tokens = running.state().issue_tokens().unwrap();
        Self {
            running,
            clock,
            tokens,
            http: Client::new(),
        }
    }

    pub(crate) async fn quiet() -> Self {
        Self::start(quiet()).await
    }

    pub(crate) fn state(&self) -> &SandboxState {
        self.running.state()
    }

    pub(crate) async fn try_call(
        &self,
        method: Method,
        path: &str,
        body: &str,
    ) -> Result<Answer, reqwest::Error> {
        let sent = self
            .http
            .request(method, format!("{}{path}", self.running.api_url()))
            .bearer_auth(&self.tokens.access_token)
            .header("xero-tenant-id", self.tokens.tenant_id.to_string())
            .header("content-type", "application/xml")
            .body(body.to_owned())
            .send()
            .await?;
        read(sent).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.try_call(Method::GET, path, "").await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: &str) -> Answer {
        self.try_call(Method::POST, path, body).await.unwrap()
    }

    pub(crate) async fn put(&self, path: &str, body: &str) -> Answer {
        self.try_call(Method::PUT, path, body).await.unwrap()
    }

    /// A call outside of the API, without credentials.
    pub(crate) async fn plain(&self, method: Method, path: &str, json: &str) -> Answer {
        let request = self
            .http
            .request(method, format!("{}{path}", self.running.base_url()));
        let request = request
            .header("content-type", "application/json")
            .body(json.to_owned());
        read(request.send().await.unwrap()).await.unwrap()
    }

    pub(crate) async fn add(&self, marker: &str) -> Result<Answer, reqwest::Error> {
        self.try_call(Method::POST, "job.api/add", &job(marker))
            .await
    }
}

pub(crate) async fn read(response: Response) -> Result<Answer, reqwest::Error> {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    Ok(Answer {
        status,
        headers,
        body: response.text().await?,
    })
}

/// The body of an add, with a marker as the last line of its description.
pub(crate) fn job(marker: &str) -> String {
    format!(
        "<Job><Name>GST September</Name><Description>Two months\nref: {marker}</Description>\
         <ClientUUID>{KAURI}</ClientUUID><StartDate>20261101</StartDate>\
         <DueDate>20261128</DueDate></Job>"
    )
}

/// An envelope of failure.
pub(crate) fn error(method: &str, description: &str) -> String {
    format!(
        "<Response api-method=\"{method}\"><Status>ERROR</Status>\
         <ErrorDescription>{description}</ErrorDescription></Response>"
    )
}

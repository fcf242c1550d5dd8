//! The API as a program sees it.

mod commands;
mod isolation;
mod plans;
mod refusals;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use serde_json::{Value, json};
use tower::ServiceExt as _;
use workflow_core::ids::PracticeId;
use workflow_core::service::Workflows;
use workflow_web::Role;

use crate::browser::SignedIn;

/// A program that is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    app: Router,
    headers: Vec<(&'static str, String)>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Program {
    pub(crate) fn of(workflows: &Workflows, practice: &PracticeId, role: Role) -> Self {
        Self::named(workflows, practice, role, "Alex Reed")
    }

    pub(crate) fn named(
        workflows: &Workflows,
        practice: &PracticeId,
        role: Role,
        name: &'static str,
    ) -> Self {
        let practice = practice.clone();
        let host = SignedIn {
            name,
            role,
            practice,
        };
        let tab = workflow_web::router(workflows.clone(), host);
        Self {
            app: Router::new().nest("/clients", tab),
            headers: Vec::new(),
        }
    }

    /// The same, which sends one header more.
    pub(crate) fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut with = self.clone();
        with.headers.push((name, value.into()));
        with
    }

    pub(crate) async fn get(&self, path: &str) -> Got {
        self.send(Method::GET, path, Body::empty()).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Got {
        let json = self.with("content-type", "application/json");
        json.send(Method::POST, path, Body::from(body.to_string()))
            .await
    }

    pub(crate) async fn put(&self, path: &str, body: Value) -> Got {
        let json = self.with("content-type", "application/json");
        json.send(Method::PUT, path, Body::from(body.to_string()))
            .await
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Body) -> Got {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("/clients/api{path}"));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let request = request.body(body).unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        // A stream of events has no end to wait for.
        let is_stream = parts.headers[header::CONTENT_TYPE] == "text/event-stream";
        let body = match is_stream {
            true => Body::empty(),
            false => body,
        };
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let got = Got {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        };
        got.assert_form();
        got
    }
}

impl Got {
    /// Every answer is JSON, and every refusal says what is wrong.
    fn assert_form(&self) {
        let kind = self.headers[header::CONTENT_TYPE].to_str().unwrap();
        if self.status.is_success() {
            assert!(["application/json", "text/event-stream"].contains(&kind));
            return;
        }
        assert_eq!(kind, "application/problem+json", "{self:?}");
        assert_eq!(self.body["status"], json!(self.status.as_u16()));
        assert!(
            self.body["detail"].as_str().unwrap().ends_with('.'),
            "{self:?}"
        );
    }

    pub(crate) fn etag(&self) -> String {
        self.headers[header::ETAG].to_str().unwrap().to_owned()
    }

    /// Which field is at fault.
    pub(crate) fn field(&self) -> &str {
        self.body["field"].as_str().unwrap_or_default()
    }
}

/// A workflow by hand.
pub(crate) fn by_hand(name: &str) -> Value {
    json!({"settings": {"name": name}, "schedule": "by_hand"})
}

/// A body that an operation takes, by the end of its path.
pub(crate) fn body_for(path: &str) -> Value {
    let last = path.rsplit('/').next().unwrap_or_default();
    match last {
        "workflows" => by_hand("Loan application"),
        "settings" => json!({"name": "Loan application"}),
        "billing" => json!({"level": "non_billing"}),
        "pause" | "skip" | "give-up" => json!({"reason": "Asked for"}),
        "move" => json!({"to": "2027-02-01"}),
        "adopt" => json!({"number": "J000900"}),
        "webhooks" | "{webhook}" => {
            json!({"url": "https://hooks.example/new", "kinds": ["deployed"]})
        }
        "plans" => json!({"action": {"deploy": "next"}}),
        _ => json!({}),
    }
}

//! Every route, of pages and API, asked for by somebody of another practice: nothing.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::json;
use workflow_core::ids::{ClientId, WebhookId, WorkflowId};
use workflow_core::plan::{Action, Filter};
use workflow_core::service::{NewWebhook, NewWorkflow, PracticeHandle};
use workflow_core::webhook::WebhookKind;
use workflow_web::Role;

use super::refusals::operations;
use super::{Program, body_for};
use crate::browser::Browser;
use crate::support::sample::Sample;
use crate::support::world::mara;

/// Another practice, with a client and a workflow whose names say so.
struct Other {
    practice: PracticeHandle,
    client: ClientId,
    workflow: WorkflowId,
    webhook: WebhookId,
}

const NAME: &str = "Secret";

async fn other(sample: &Sample) -> Other {
    let practice = sample.world.practice("other", "Secret Accounting").await;
    let client = sample.world.client(&practice, 77, "Secret Pty Ltd").await;
    let new = NewWorkflow::named("Secret work").client(client);
    let workflow = practice.add(mara(), new).await.unwrap().value;
    let url = "https://secret.example/Secret".parse().unwrap();
    let kinds = WebhookKind::ALL.into();
    let webhook = practice
        .add_webhook(mara(), NewWebhook { url, kinds })
        .await;
    let webhook = webhook.unwrap().value.id;
    Other {
        practice,
        client,
        workflow,
        webhook,
    }
}

impl Other {
    /// Everything that was ever done in it.
    async fn record(&self) -> usize {
        self.practice.audit(None, None, 1_000).await.unwrap().len()
    }

    async fn status(&self) -> String {
        let found = self
            .practice
            .workflow(self.workflow)
            .await
            .unwrap()
            .unwrap();
        found.value.status().to_string()
    }
}

#[tokio::test]
async fn the_api_gives_another_practice_nothing() {
    let sample = Sample::new().await;
    let other = other(&sample).await;
    let before = (other.record().await, other.status().await);
    let practice = sample.practice.id();
    let program = Program::of(&sample.world.workflows, practice, Role::Administrator);
    for (method, path) in operations(&program).await {
        let at = path
            .replace("{client}", &other.client.to_string())
            .replace("{workflow}", &other.workflow.to_string())
            .replace("{webhook}", &other.webhook.to_string())
            .replace("{occurrence}", "once");
        let query = if path.ends_with("/why") {
            "?date=2026-12-31"
        } else {
            ""
        };
        let json = program
            .with("content-type", "application/json")
            .with("if-match", "*");
        let body = match &*path {
            "/plans/apply" => {
                let all = Filter::default();
                let theirs = other.practice.plan(Action::Archive, &all).await;
                json!({"plan": theirs.unwrap()})
            }
            "/plans" => json!({"action": "archive", "filter": {"workflows": [other.workflow]}}),
            path => body_for(path),
        };
        let got = json
            .send(
                method.clone(),
                &format!("{at}{query}"),
                Body::from(body.to_string()),
            )
            .await;
        let text = got.body.to_string();
        assert!(!text.contains(NAME), "{method} {path}: {text}");
        let is_about_something = path.contains('{') || path.starts_with("/plans");
        if is_about_something {
            assert_eq!(got.status, StatusCode::NOT_FOUND, "{method} {path}: {text}");
        }
    }
    assert_eq!((other.record().await, other.status().await), before);
}

#[tokio::test]
async fn the_pages_give_another_practice_nothing() {
    let sample = Sample::new().await;
    let other = other(&sample).await;
    let before = (other.record().await, other.status().await);
    let workflows = &sample.world.workflows;
    let mut browser = Browser::of(workflows, sample.practice.id(), Role::Administrator);
    let page = browser
        .get(&format!("/client/{}/new", sample.harbour))
        .await;
    let token = page.attr("input[name=token]", "value").unwrap();
    let mut routes = vec![(format!("/client/{}", other.client), false)];
    routes.push((format!("/client/{}/new", other.client), true));
    routes.push((format!("/client/{}/calendar.ics", other.client), false));
    for client in [other.client, sample.harbour] {
        let workflow = format!("/client/{client}/workflow/{}", other.workflow);
        for read in ["", "/schedule", "/audit", "/calendar.ics"] {
            routes.push((format!("{workflow}{read}"), false));
        }
        for form in ["/edit", "/plan", "/billing"] {
            routes.push((format!("{workflow}{form}"), true));
        }
        let asking = [
            "skip", "move", "adopt", "give-up", "keep", "pause", "resume", "archive",
        ];
        for action in asking {
            routes.push((format!("{workflow}/do/{action}"), true));
        }
        for command in [
            "deploy",
            "retry",
            "release",
            "deploy-covered",
            "applied",
            "not-applied",
            "confirm",
            "duplicate",
        ] {
            routes.push((format!("{workflow}/now/{command}"), true));
        }
    }
    for (path, takes_forms) in routes {
        let got = browser.get(&format!("{path}?on=once")).await;
        // What takes forms alone says so to whoever asks for a page.
        let is_shut = [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED].contains(&got.status);
        assert!(is_shut, "{path}: {}", got.status);
        assert!(!got.body.contains(NAME), "{path}");
        if takes_forms {
            let fields = [
                ("token", &*token),
                ("once", "x"),
                ("on", "once"),
                ("reason", "x"),
            ];
            let got = browser.post(&format!("/clients{path}"), &fields).await;
            assert_eq!(got.status, StatusCode::NOT_FOUND, "{path}");
            assert!(!got.body.contains(NAME), "{path}");
        }
    }
    for path in [
        "",
        "/attention",
        "/overview",
        "/upcoming",
        "/preflight",
        "/calendar",
        "/plan",
        "/search?q=secre",
        "/search?q=J0001",
        "?q=secre",
        "/calendar.ics",
        &format!("/why?client={}&date=2026-12-31", other.client),
        &format!("/upcoming?client={}", other.client),
        &format!("/plan/preview?do=archive&client={}", other.client),
        &format!("/plan/preview?do=archive&workflow={}", other.workflow),
    ] {
        let got = browser.get(path).await;
        assert!(!got.body.contains(NAME), "{path}");
        assert!(!got.status.is_server_error(), "{path}: {}", got.status);
    }
    assert_eq!((other.record().await, other.status().await), before);
}

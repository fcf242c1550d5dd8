//! Webhooks, for administrators: where they are sent, their secrets, and what is parked.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use workflow_core::ids::WebhookId;
use workflow_core::service::{CommandError, Committed, NewWebhook};
use workflow_core::webhook::{Progress, Webhook, WebhookKind};

use super::given::EntryView;
use super::problem::Problem;
use super::reading::{Tagged, tag};
use super::sent::Sent;
use super::visit::Visit;
use crate::error::as_sentence;
use crate::host::Role;

/// An endpoint to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookBody {
    /// `https://…`, or `http://…` on this machine itself; at most 1000 characters.
    #[schema(example = "https://hooks.example/workflow")]
    url: String,
    /// What it is told of: `deployed`, `failed`, `uncertain`, `became_inactive`.
    #[schema(example = json!(["deployed", "failed"]))]
    kinds: Vec<String>,
}

impl WebhookBody {
    fn new_webhook(&self) -> Result<NewWebhook, Problem> {
        let fault = |field: &str, error: &workflow_core::ids::IdError| {
            let reason = as_sentence(&format!("it {}", error.reason()));
            Problem::fault(field, reason)
        };
        let url = self.url.parse().map_err(|error| fault("url", &error))?;
        let mut kinds: BTreeSet<WebhookKind> = BTreeSet::new();
        for (at, kind) in self.kinds.iter().enumerate() {
            let field = format!("kinds[{at}]");
            kinds.insert(kind.parse().map_err(|error| fault(&field, &error))?);
        }
        Ok(NewWebhook { url, kinds })
    }
}

/// An endpoint, and how the sending to it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookView {
    id: Uuid,
    url: String,
    /// What it is told of.
    kinds: Vec<String>,
    secret_made_at: DateTime<Utc>,
    /// Why nothing is sent until it is resumed; nothing of what happens meanwhile is lost.
    #[serde(skip_serializing_if = "Option::is_none")]
    parked: Option<ParkedView>,
    /// The last entry of the audit of which it was told everything.
    told_until: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    told_at: Option<DateTime<Utc>>,
    /// How often the next message was tried in vain.
    tries: u32,
    /// When it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<DateTime<Utc>>,
    /// What went wrong the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    trouble: Option<String>,
}

/// Why an endpoint is told nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParkedView {
    reason: String,
    since: DateTime<Utc>,
}

impl WebhookView {
    fn of(id: WebhookId, webhook: &Webhook, progress: Option<&Progress>) -> Self {
        let progress = progress.cloned().unwrap_or_default();
        Self {
            id: id.uuid(),
            url: webhook.url.to_string(),
            kinds: webhook.kinds.iter().map(ToString::to_string).collect(),
            secret_made_at: webhook.secret_made_at,
            parked: webhook.parked.as_ref().map(|parked| ParkedView {
                reason: parked.reason.clone(),
                since: parked.since,
            }),
            told_until: progress.after,
            told_at: progress.told_at,
            tries: progress.tries,
            next_at: progress.next_at.filter(|_| webhook.parked.is_none()),
            trouble: progress.trouble,
        }
    }
}

/// The practice's endpoints.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhooksView {
    webhooks: Vec<WebhookView>,
}

/// What a command about an endpoint did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookDoneView {
    /// Whether it had been carried out before under its key, and nothing was done now.
    repeated: bool,
    /// The audit entries that it caused.
    entries: Vec<EntryView>,
    /// The endpoint as it is now; none where it was taken out.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhook: Option<WebhookView>,
    /// Its secret, where one was made: this answer alone holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

type Done = Result<Tagged<WebhookDoneView>, Problem>;

fn administrators_only(visit: &Visit) -> Result<(), Problem> {
    if visit.visitor.role >= Role::Administrator {
        return Ok(());
    }
    let detail = "Webhooks are for administrators of the practice.";
    Err(Problem::new(StatusCode::FORBIDDEN, "not-allowed", detail))
}

fn id(path: &str) -> Result<WebhookId, Problem> {
    path.parse().map_err(|_| Problem::not_found("webhook"))
}

async fn done<T>(
    visit: &Visit,
    id: WebhookId,
    outcome: Result<Committed<T>, CommandError>,
    secret: impl FnOnce(&T) -> Option<String>,
) -> Done {
    let outcome = outcome.map_err(|error| visit.refused(error))?;
    let webhooks = visit.practice.webhooks().await?;
    let outbox = visit.practice.outbox().await?.value.endpoints;
    let webhook = webhooks.value.endpoints.get(&id);
    let entries = outcome.entries.iter().map(EntryView::of);
    let view = WebhookDoneView {
        repeated: outcome.repeated,
        entries: entries.collect::<Result<_, _>>()?,
        webhook: webhook.map(|webhook| WebhookView::of(id, webhook, outbox.get(&id))),
        secret: secret(&outcome.value),
    };
    Ok((tag(webhooks.version), Json(view)))
}

/// Where what happens to deployments is sent, and how that stands.
#[utoipa::path(get, path = "/webhooks", tag = "webhooks", operation_id = "list_webhooks",
    responses((status = 200, body = WebhooksView,
        headers(("ETag" = String, description = "Their version, of all together.")))))]
pub(crate) async fn list(visit: Visit) -> Result<Tagged<WebhooksView>, Problem> {
    administrators_only(&visit)?;
    let webhooks = visit.practice.webhooks().await?;
    let outbox = visit.practice.outbox().await?.value.endpoints;
    let all = webhooks.value.endpoints.iter();
    let all = all.map(|(id, webhook)| WebhookView::of(*id, webhook, outbox.get(id)));
    let view = WebhooksView {
        webhooks: all.collect(),
    };
    Ok((tag(webhooks.version), Json(view)))
}

/// Adds an endpoint. It is told of what happens from now on; its secret is in this answer alone.
#[utoipa::path(post, path = "/webhooks", tag = "webhooks", operation_id = "add_webhook",
    request_body = WebhookBody,
    responses((status = 200, body = WebhookDoneView,
        headers(("ETag" = String, description = "Their version, of all together.")))))]
pub(crate) async fn add(visit: Visit, Sent(body): Sent<WebhookBody>) -> Done {
    administrators_only(&visit)?;
    let new = body.new_webhook()?;
    let outcome = visit.practice.add_webhook(visit.by_anew(), new).await?;
    let id = outcome.value.id;
    let secret = outcome.value.secret.clone();
    let secret = secret.map(|secret| secret.expose_secret().to_owned());
    done(&visit, id, Ok(outcome), |_| secret).await
}

/// Changes where an endpoint is and what it is told of. It goes on from where it was.
#[utoipa::path(put, path = "/webhooks/{webhook}", tag = "webhooks", operation_id = "change_webhook",
    params(("webhook" = Uuid, Path, description = "The endpoint.")),
    request_body = WebhookBody,
    responses((status = 200, body = WebhookDoneView,
        headers(("ETag" = String, description = "Their version, of all together.")))))]
pub(crate) async fn change(
    visit: Visit,
    Path(webhook): Path<String>,
    headers: HeaderMap,
    Sent(body): Sent<WebhookBody>,
) -> Done {
    administrators_only(&visit)?;
    let id = id(&webhook)?;
    visit.require_seen(&headers)?;
    let outcome = visit
        .practice
        .change_webhook(visit.by(), id, body.new_webhook()?);
    done(&visit, id, outcome.await, |()| None).await
}

/// Lets an endpoint that is parked be told what it missed, from where it was.
#[utoipa::path(post, path = "/webhooks/{webhook}/resume", tag = "webhooks", operation_id = "resume_webhook",
    params(("webhook" = Uuid, Path, description = "The endpoint.")),
    responses((status = 200, body = WebhookDoneView,
        headers(("ETag" = String, description = "Their version, of all together.")))))]
pub(crate) async fn resume(visit: Visit, Path(webhook): Path<String>) -> Done {
    administrators_only(&visit)?;
    let id = id(&webhook)?;
    let outcome = visit.practice.resume_webhook(visit.by(), id).await;
    done(&visit, id, outcome, |()| None).await
}

/// Gives an endpoint another secret, which is in this answer alone.
#[utoipa::path(post, path = "/webhooks/{webhook}/renew-secret", tag = "webhooks", operation_id = "renew_webhook_secret",
    params(("webhook" = Uuid, Path, description = "The endpoint.")),
    responses((status = 200, body = WebhookDoneView,
        headers(("ETag" = String, description = "Their version, of all together.")))))]
pub(crate) async fn renew_secret(visit: Visit, Path(webhook): Path<String>) -> Done {
    administrators_only(&visit)?;
    let id = id(&webhook)?;
    let outcome = visit.practice.renew_webhook_secret(visit.by(), id).await;
    done(&visit, id, outcome, |secret| {
        let secret = secret.as_ref()?;
        Some(secret.expose_secret().to_owned())
    })
    .await
}

/// Takes an endpoint out. What it was not told is not kept for it.
#[utoipa::path(post, path = "/webhooks/{webhook}/remove", tag = "webhooks", operation_id = "remove_webhook",
    params(("webhook" = Uuid, Path, description = "The endpoint.")),
    responses((status = 200, body = WebhookDoneView,
        headers(("ETag" = String, description = "Their version, of all together.")))))]
pub(crate) async fn remove(visit: Visit, Path(webhook): Path<String>) -> Done {
    administrators_only(&visit)?;
    let id = id(&webhook)?;
    let outcome = visit.practice.remove_webhook(visit.by(), id).await;
    done(&visit, id, outcome, |()| None).await
}

//! Webhooks: where what happens to deployments is sent, for administrators.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use secrecy::{ExposeSecret as _, SecretString};
use workflow_core::ids::WebhookId;
use workflow_core::service::{CommandError, NewWebhook};
use workflow_core::webhook::{Progress, Webhook, WebhookKind};

use crate::App;
use crate::error::{Trouble, core_sentence};
use crate::flash::{Flash, done};
use crate::forms::Input;
use crate::host::Role;
use crate::security::Visit;
use crate::views::desk::{Desk, page};
use crate::views::frame::{Frame, Part};
use crate::views::words::instant;

#[derive(Template)]
#[template(path = "webhooks.html")]
struct WebhooksPage {
    frame: Frame,
    endpoints: Vec<Endpoint>,
    /// Whether this application keeps secrets.
    has_webhooks: bool,
    /// A secret that was just made, with the address that it is for.
    made: Option<(String, String)>,
    /// What was filled in to be added.
    url: String,
    kinds: Vec<KindView>,
    problem: Option<String>,
}

/// An endpoint, and how the sending to it stands.
struct Endpoint {
    id: String,
    url: String,
    kinds: Vec<KindView>,
    told_of: String,
    secret_made: String,
    /// Why nothing is sent to it, where it is parked.
    parked: Option<String>,
    /// What went wrong last, and when it is tried again.
    trouble: Option<String>,
    told: Option<String>,
}

struct KindView {
    value: String,
    label: &'static str,
    is_chosen: bool,
}

fn label(kind: WebhookKind) -> &'static str {
    match kind {
        WebhookKind::Deployed => "deployed",
        WebhookKind::Failed => "failed",
        WebhookKind::Uncertain => "uncertain",
        WebhookKind::BecameInactive => "became inactive",
    }
}

fn kinds(is_chosen: impl Fn(WebhookKind) -> bool) -> Vec<KindView> {
    let view = |kind: WebhookKind| KindView {
        value: kind.to_string(),
        label: label(kind),
        is_chosen: is_chosen(kind),
    };
    WebhookKind::ALL.map(view).into()
}

/// Where messages go, and what of them, is no business of everybody who edits.
fn administrators_only(visit: &Visit) -> Result<(), Trouble> {
    if visit.visitor.role >= Role::Administrator {
        return Ok(());
    }
    Err(Trouble::new(
        StatusCode::FORBIDDEN,
        "Webhooks tell other systems what happens to every client’s work. Ask an administrator of \
         the practice.",
    ))
}

/// What the page says beside the endpoints.
#[derive(Default)]
struct Beside<'a> {
    made: Option<(WebhookId, SecretString)>,
    typed: Option<&'a Input>,
    problem: Option<String>,
}

async fn answer(
    app: &App,
    visit: &Visit,
    status: StatusCode,
    beside: Beside<'_>,
) -> Result<Response, Trouble> {
    let desk = Desk::of(app, visit).await?;
    let webhooks = desk.handle.webhooks().await?.value.endpoints;
    let outbox = desk.handle.outbox().await?.value.endpoints;
    let made = beside.made.and_then(|(id, secret)| {
        let url = webhooks.get(&id)?.url.to_string();
        Some((url, secret.expose_secret().to_owned()))
    });
    let typed = beside.typed;
    let view = |(id, webhook): (&WebhookId, &Webhook)| view(&desk, *id, webhook, outbox.get(id));
    let template = WebhooksPage {
        endpoints: webhooks.iter().map(view).collect(),
        has_webhooks: desk.handle.has_webhooks(),
        made,
        url: typed.map_or_else(String::new, |input| input.get("url").to_owned()),
        kinds: kinds(|kind| {
            let named = |input: &Input| input.all("kinds").any(|one| one == kind.to_string());
            typed.is_none_or(named)
        }),
        problem: beside.problem,
        frame: Frame::of(app, visit, &desk, Part::Other, "Webhooks").await?,
    };
    page(status, &template)
}

fn view(desk: &Desk, id: WebhookId, webhook: &Webhook, progress: Option<&Progress>) -> Endpoint {
    let told_of: Vec<&str> = webhook.kinds.iter().map(|kind| label(*kind)).collect();
    let trouble = progress.and_then(|progress| {
        let trouble = progress.trouble.as_deref()?;
        Some(match progress.next_at {
            Some(at) if webhook.parked.is_none() => {
                let again = instant(at, &desk.zone);
                format!("{trouble} It is tried again on {again}.")
            }
            _ => trouble.to_owned(),
        })
    });
    Endpoint {
        id: id.to_string(),
        url: webhook.url.to_string(),
        kinds: kinds(|kind| webhook.kinds.contains(&kind)),
        told_of: told_of.join(", "),
        secret_made: instant(webhook.secret_made_at, &desk.zone),
        parked: webhook.parked.as_ref().map(|parked| {
            let since = instant(parked.since, &desk.zone);
            format!("Parked since {since}. {}", parked.reason)
        }),
        trouble,
        told: progress
            .and_then(|progress| progress.told_at)
            .map(|at| instant(at, &desk.zone)),
    }
}

pub(crate) async fn show(State(app): State<App>, visit: Visit) -> Result<Response, Trouble> {
    administrators_only(&visit)?;
    answer(&app, &visit, StatusCode::OK, Beside::default()).await
}

/// What was filled in, or what is wrong with it.
fn read(input: &Input) -> Result<NewWebhook, String> {
    let url = input.get("url").parse();
    let url = url
        .map_err(|error: workflow_core::ids::IdError| format!("The address {}.", error.reason()))?;
    let kinds = input.all("kinds").map(str::parse);
    let kinds = kinds.collect::<Result<_, workflow_core::ids::IdError>>();
    let kinds = kinds.map_err(|error| core_sentence(&error.to_string()))?;
    Ok(NewWebhook { url, kinds })
}

/// What is said where a command was refused; what is no refusal stays an error.
fn refused(error: CommandError) -> Result<(StatusCode, String), Trouble> {
    match &error {
        CommandError::Webhook(refusal) => {
            let trouble = refusal.to_string();
            let status = crate::error::status_of(&error);
            match status.is_server_error() {
                true => Err(error.into()),
                false => Ok((status, core_sentence(&trouble))),
            }
        }
        _ => Err(error.into()),
    }
}

pub(crate) async fn add(
    State(app): State<App>,
    visit: Visit,
    input: Input,
) -> Result<Response, Trouble> {
    administrators_only(&visit)?;
    let typed = Some(&input);
    let again = |problem: String| Beside {
        problem: Some(problem),
        typed,
        made: None,
    };
    let new = match read(&input) {
        Ok(new) => new,
        Err(problem) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return answer(&app, &visit, status, again(problem)).await;
        }
    };
    let by = visit.by(&input, "webhook:add");
    match visit.practice.add_webhook(by, new).await {
        Ok(added) => told_once(&app, &visit, added.value.id, added.value.secret).await,
        Err(error) => {
            let (status, problem) = refused(error)?;
            answer(&app, &visit, status, again(problem)).await
        }
    }
}

/// The secret stands on this one page alone, so that it is not led to but answered at once.
async fn told_once(
    app: &App,
    visit: &Visit,
    id: WebhookId,
    secret: Option<SecretString>,
) -> Result<Response, Trouble> {
    let problem = match secret {
        Some(_) => None,
        None => Some(
            "This form was sent already, and its secret was shown then. Make a new one where it \
             was not kept."
                .to_owned(),
        ),
    };
    let beside = Beside {
        made: secret.map(|secret| (id, secret)),
        problem,
        typed: None,
    };
    answer(app, visit, StatusCode::OK, beside).await
}

pub(crate) async fn submit(
    State(app): State<App>,
    visit: Visit,
    Path((webhook, command)): Path<(String, String)>,
    input: Input,
) -> Result<Response, Trouble> {
    administrators_only(&visit)?;
    let unknown = || Trouble::not_found("webhook");
    let id: WebhookId = webhook.parse().map_err(|_| unknown())?;
    let by = visit.by(&input, &format!("webhook:{command}:{id}"));
    let practice = &visit.practice;
    let outcome = match command.as_str() {
        "change" => match read(&input) {
            Ok(new) => practice.change_webhook(by, id, new).await.map(drop),
            Err(problem) => {
                let beside = Beside {
                    problem: Some(problem),
                    ..Beside::default()
                };
                return answer(&app, &visit, StatusCode::UNPROCESSABLE_ENTITY, beside).await;
            }
        },
        "resume" => practice.resume_webhook(by, id).await.map(drop),
        "remove" => practice.remove_webhook(by, id).await.map(drop),
        "secret" => match practice.renew_webhook_secret(by, id).await {
            Ok(renewed) => return told_once(&app, &visit, id, renewed.value).await,
            Err(error) => Err(error),
        },
        _ => return Err(Trouble::not_found("command")),
    };
    match outcome {
        Ok(()) => Ok(done(Flash::Webhooks, &format!("{}/webhooks", visit.base))),
        Err(error) => {
            let (status, problem) = refused(error)?;
            let beside = Beside {
                problem: Some(problem),
                ..Beside::default()
            };
            answer(&app, &visit, status, beside).await
        }
    }
}

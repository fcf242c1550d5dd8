//! The Workflow tab: an axum [`Router`] to mount in a host application.
//!
//! The tab shows a practice's clients, each client's workflows past and present, and what was and
//! will be deployed; and it takes every command of
//! [`PracticeHandle`](workflow_core::service::PracticeHandle). Pages are made on the server and
//! work without a script. The host says who acts, for which practice and in which role
//! ([`Host`]); the tab holds them to it below its handlers.
//!
//! ```
//! use axum::Router;
//! use workflow_core::audit::Actor;
//! use workflow_core::service::Workflows;
//! use workflow_web::LocalHost;
//!
//! fn application(workflows: Workflows) -> Result<Router, workflow_core::ids::IdError> {
//!     let host = LocalHost::new("acme".parse()?, Actor::person("Alex Reed"));
//!     Ok(Router::new().nest("/clients", workflow_web::router(workflows, host)))
//! }
//! # let _ = application;
//! ```
//!
//! Every request passes one guard and every response bears the same headers:
//! no script but the tab's own, no framing, no caching, `SameSite=Strict` cookies, a token in each form
//! that is bound to the actor and the practice, and forms of 256 KiB at most.

mod api;
mod cursor;
mod error;
mod feed_key;
mod flash;
mod forms;
mod host;
mod layout;
mod live;
mod pages;
mod plans;
mod security;
mod views;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use axum::Router;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use workflow_core::deployment::Digest;
use workflow_core::service::Workflows;

pub use self::feed_key::{FeedKey, FeedKeyError};
pub use self::host::{
    Brand, CalendarFeed, Host, HostTab, LocalHost, Role, Transport, Unwelcome, Visitor,
};
pub use self::layout::{HostPage, HostPageError, Layout};

const STYLE: &str = include_str!("../assets/tab.css");

const SCRIPT: &str = concat!(
    include_str!("../assets/tab.js"),
    include_str!("../assets/live.js")
);

const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// What every handler works with.
#[derive(Clone, Debug)]
pub(crate) struct App {
    pub(crate) workflows: Workflows,
    pub(crate) host: Arc<dyn Host>,
    /// Where the stylesheet is, below the mount; new with each change of it.
    pub(crate) style: Arc<str>,
    /// Where that for a page of the host's is.
    pub(crate) scoped: Arc<str>,
    /// Where the script is, likewise.
    pub(crate) script: Arc<str>,
    /// Plans that were looked at.
    pub(crate) plans: Arc<plans::Plans>,
    /// Whether an audit is being checked: it reads all of it, so there is one at a time.
    pub(crate) checking: Arc<AtomicBool>,
    /// How many follow what happens.
    pub(crate) streams: live::Streams,
}

/// The tab, to be served as it is or nested under any path.
///
/// The pages stand in the tab's own layout or in a page of the host's ([`Host::layout`]). Beside
/// them, below `/api`, is the same for programs, as JSON; its OpenAPI document is at
/// `/api/openapi.json`.
///
/// Paths below the mount: `/`, `/attention`, `/connection`, `/people` and `/webhooks`, `/client/{client}`, and
/// `/client/{client}/workflow/{workflow}` with what belongs to it, and beside them `calendar.ics`
/// for the practice, a client and a workflow. The tab finds out by itself where it is mounted.
pub fn router(workflows: Workflows, host: impl Host) -> Router {
    let own = layout::themed(STYLE);
    let scoped = layout::scoped(&own);
    let app = App {
        workflows,
        host: Arc::new(host),
        style: versioned("/assets/tab.css", &own),
        scoped: versioned("/assets/embedded.css", &scoped),
        script: versioned("/assets/tab.js", SCRIPT),
        plans: Arc::default(),
        checking: Arc::default(),
        streams: live::Streams::default(),
    };
    let workflow = "/client/{client}/workflow/{workflow}";
    let below = |rest: &str| format!("{workflow}{rest}");
    let reading = Router::new()
        .route("/", get(pages::clients::list))
        .route("/attention", get(pages::attention::list))
        .route("/overview", get(pages::overview::show))
        .route("/upcoming", get(pages::upcoming::show))
        .route("/search", get(pages::search::show))
        .route("/pick/{from}", get(pages::pick::list))
        .route("/why", get(pages::why::ask))
        .route("/plan", get(pages::planning::form))
        .route("/plan/preview", get(pages::planning::look))
        .route("/preflight", get(pages::preflight::show))
        .route("/audit", get(pages::record::show))
        .route("/audit.csv", get(pages::record::export::csv))
        .route("/audit.json", get(pages::record::export::json))
        .route("/audit/check", get(pages::record::check))
        .route(
            "/calendar",
            get(pages::calendar::form).post(pages::calendar::submit),
        )
        .route("/connection", get(pages::connection::show))
        .route("/people", get(pages::people::show))
        .route("/webhooks", get(pages::webhooks::show))
        .route("/client/{client}", get(pages::client::overview))
        .route(workflow, get(pages::settings::show))
        .route(&below("/schedule"), get(pages::schedule::show))
        .route(&below("/audit"), get(pages::audit::show));
    let (add, edit) = (pages::add::form, pages::edit::form);
    let (billing, plan) = (pages::billing::form, pages::plan::form);
    let ask = pages::actions::form;
    let changing = Router::new()
        .route("/plan/apply", post(pages::planning::apply))
        .route("/connection/refresh", post(pages::connection::refresh))
        .route("/people", post(pages::people::submit))
        .route("/webhooks", post(pages::webhooks::add))
        .route(
            "/webhooks/{webhook}/{command}",
            post(pages::webhooks::submit),
        )
        .route("/client/{client}/new", get(add).post(pages::add::submit))
        .route(&below("/edit"), get(edit).post(pages::edit::submit))
        .route(&below("/plan"), get(plan).post(pages::plan::submit))
        .route(
            &below("/billing"),
            get(billing).post(pages::billing::submit),
        )
        .route(
            &below("/do/{action}"),
            get(ask).post(pages::actions::submit),
        )
        .route(&below("/now/{command}"), post(pages::commands::submit))
        .route_layer(from_fn(security::editors_only));
    let pages = reading
        .merge(changing)
        .fallback(pages::nowhere)
        .layer(from_fn_with_state(app.clone(), security::guard))
        .with_state(app.clone());
    // Calendar programs do not sign in: the host is asked about each feed by itself.
    let feeds = Router::new()
        .route("/calendar.ics", get(pages::feed::practice))
        .route("/client/{client}/calendar.ics", get(pages::feed::client))
        .route(&below("/calendar.ics"), get(pages::feed::workflow))
        .with_state(app.clone());
    Router::new()
        .route("/assets/tab.css", get(async || asset(CSS, own)))
        .route("/assets/embedded.css", get(async || asset(CSS, scoped)))
        .route("/assets/tab.js", get(async || asset(JAVASCRIPT, SCRIPT)))
        .nest("/api", api::router(app))
        .merge(feeds)
        .merge(pages)
        .layer(from_fn(security::headers))
}

/// The address of a file of the tab's own, which changes with it.
fn versioned(path: &str, content: &str) -> Arc<str> {
    let digest = Digest::of(&[content.as_bytes()]);
    let version = digest.as_str().get(..12).unwrap_or_default();
    format!("{path}?v={version}").into()
}

/// A file of the tab's own. Its address changes with it, so that a browser may keep it for a year.
fn asset(kind: &'static str, content: impl IntoResponse) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=31536000, immutable"),
        ),
    ];
    (headers, content).into_response()
}

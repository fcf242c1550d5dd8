//! The pages by which an administrator connects the practice to XPM in a browser, and ends the
//! connection: off to Xero with `/xpm/connect`, back to `/xpm/connected`, to `/xpm/choose` where
//! the consent covers several tenants, and `/xpm/disconnect`.

mod kept;
mod pages;

use std::sync::Arc;

use axum::Form;
use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use secrecy::SecretString;
use serde::Deserialize;
use uuid::Uuid;
use workflow::practice::Link;
use workflow::service::{PracticeHandle, Workflows};
use workflow::system;
use workflow::web::{Host, Role, Visitor};
use workflow::xpm::{ConnectError, Disconnected, Tenant, Unchosen, Xpm};

use self::kept::{Kept, Waiting, name_it};
use self::pages::{choice, said};
use crate::failure::{Failure, joined};
use crate::out;

/// Where an administrator begins.
pub(crate) const BEGIN: &str = "/xpm/connect";
/// Where an administrator ends the connection.
pub(crate) const END: &str = "/xpm/disconnect";
/// Where Xero sends the browser back to.
pub(crate) const BACK: &str = "/xpm/connected";
/// Where a tenant is chosen.
const CHOOSE: &str = "/xpm/choose";
/// The page of the tab that shows the connection.
const SHOWN: &str = "/connection";

/// What the pages work with.
struct Connecting {
    xpm: Xpm,
    workflows: Workflows,
    host: Arc<dyn Host>,
    redirect: String,
    kept: Kept,
}

/// What Xero sends the browser back with.
#[derive(Deserialize)]
pub(crate) struct Back {
    pub(crate) code: Option<SecretString>,
    pub(crate) state: Option<String>,
    error: Option<String>,
}

impl Back {
    /// Why there is no code, as a sentence. Only a word is taken from what came.
    pub(crate) fn no_code(&self) -> String {
        let why = self.error.as_deref().unwrap_or_default();
        let is_word = why.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let why = match why {
            "access_denied" => "the consent was not given",
            why if is_word && !why.is_empty() => why,
            _ => "Xero sent no code",
        };
        format!("The practice was not connected: {why}.")
    }
}

/// A choice of tenants.
#[derive(Deserialize)]
struct Chosen {
    token: Option<Uuid>,
    tenant: Option<String>,
    organisation: Option<String>,
}

/// The confirmation that the connection is to end.
#[derive(Deserialize)]
struct Confirmed {
    token: Option<Uuid>,
}

/// The pages, for a server that browsers reach under `public_url`.
///
/// # Errors
///
/// Where that is no address.
pub(crate) fn router(
    xpm: Xpm,
    workflows: Workflows,
    host: Arc<dyn Host>,
    public_url: &str,
) -> Result<Router, Failure> {
    let redirect = format!("{}{BACK}", public_url.trim_end_matches('/'));
    // The address is checked here, so that no request meets one that is none.
    if !redirect.starts_with("http") || redirect.parse::<Uri>().is_err() {
        return Err(Failure::input(format!(
            "the public URL {public_url:?} is no address"
        )));
    }
    let connecting = Connecting {
        xpm,
        workflows,
        host,
        redirect,
        kept: Kept::default(),
    };
    Ok(Router::new()
        .route(BEGIN, get(begin))
        .route(BACK, get(back))
        .route(CHOOSE, axum::routing::post(choose))
        .route(END, get(ask_end).post(end))
        .with_state(Arc::new(connecting)))
}

impl Connecting {
    /// Whoever asks, if they may connect the practice.
    async fn administrator(&self, request: &Parts) -> Result<Visitor, Response> {
        let visitor = self
            .host
            .visitor(request)
            .await
            .ok()
            .filter(|visitor| visitor.role >= Role::Administrator);
        let from_elsewhere = request.method != axum::http::Method::GET
            && request
                .headers
                .get("sec-fetch-site")
                .is_some_and(|site| site != "same-origin" && site != "none");
        visitor.filter(|_| !from_elsewhere).ok_or_else(|| {
            said(
                StatusCode::FORBIDDEN,
                "Only an administrator of the practice may connect it to XPM.",
            )
        })
    }

    /// Where a browser begins that calls this machine by another name than Xero sends it back to:
    /// what is kept for it is kept under that one name.
    ///
    /// Only between the names of this machine. Before a proxy the name that arrives may be anything.
    fn by_the_public_name(&self, request: &Parts) -> Option<String> {
        let public = self.redirect.strip_suffix(BACK)?;
        let is_localhost = public.parse::<Uri>().ok()?.host() == Some("localhost");
        let host = request.headers.get(header::HOST)?.to_str().ok()?;
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let is_other = matches!(name, "127.0.0.1" | "[::1]");
        (is_localhost && is_other).then(|| format!("{public}{BEGIN}"))
    }

    /// Keeps a choice for the browser, and shows it.
    fn ask(&self, status: StatusCode, unchosen: Box<Unchosen>, problem: &str) -> Response {
        let token = system::ids().next();
        let mut response = choice(status, &unchosen, token, problem);
        let id = self.kept.keep(Waiting::Choice(unchosen, token));
        name_it(&mut response, id, &self.redirect);
        response
    }

    /// The practice that somebody administers.
    fn practice(&self, visitor: &Visitor) -> PracticeHandle {
        self.workflows.practice(visitor.practice.clone())
    }

    /// What follows from how a consent ended.
    async fn ended(&self, visitor: Visitor, ended: Result<Tenant, ConnectError>) -> Response {
        match ended {
            Ok(tenant) => {
                self.note(visitor, Link::Connected { tenant: tenant.id })
                    .await
            }
            Err(ConnectError::SeveralTenants(unchosen)) => self.ask(StatusCode::OK, unchosen, ""),
            Err(error) => {
                let sentence = format!("The practice was not connected: {}.", joined(&error));
                said(StatusCode::BAD_GATEWAY, &sentence)
            }
        }
    }

    async fn note(&self, visitor: Visitor, link: Link) -> Response {
        let practice = self.practice(&visitor);
        match practice.set_link(visitor.actor, link).await {
            Ok(_) => Redirect::to(SHOWN).into_response(),
            Err(error) => {
                let sentence = format!("The connection could not be noted: {}.", joined(&error));
                said(StatusCode::INTERNAL_SERVER_ERROR, &sentence)
            }
        }
    }
}

async fn begin(State(connecting): State<Arc<Connecting>>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let visitor = match connecting.administrator(&request).await {
        Ok(visitor) => visitor,
        Err(refused) => return refused,
    };
    if let Some(url) = connecting.by_the_public_name(&request) {
        return Redirect::to(&url).into_response();
    }
    let Ok(redirect) = connecting.redirect.parse() else {
        return said(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The public URL is no address.",
        );
    };
    let (url, pending) = connecting.xpm.authorize_url(&visitor.practice, &redirect);
    let id = connecting.kept.keep(Waiting::Consent(Box::new(pending)));
    let mut response = Redirect::to(url.as_str()).into_response();
    name_it(&mut response, id, &connecting.redirect);
    response
}

const OTHER_BROWSER: &str =
    "This browser was not off to connect the practice, or for too long; begin again.";

const OTHER_PRACTICE: &str =
    "You went over to another practice meanwhile, and nothing was connected; begin again.";

async fn back(
    State(connecting): State<Arc<Connecting>>,
    Query(back): Query<Back>,
    request: Request,
) -> Response {
    let (request, _) = request.into_parts();
    let visitor = match connecting.administrator(&request).await {
        Ok(visitor) => visitor,
        Err(refused) => return refused,
    };
    let Some(Waiting::Consent(pending)) = connecting.kept.take(&request) else {
        return said(StatusCode::BAD_REQUEST, OTHER_BROWSER);
    };
    if *pending.practice() != visitor.practice {
        return said(StatusCode::CONFLICT, OTHER_PRACTICE);
    }
    let (Some(code), Some(state)) = (&back.code, &back.state) else {
        return said(StatusCode::BAD_REQUEST, &back.no_code());
    };
    let finished = connecting.xpm.finish_authorization(*pending, code, state);
    let finished = finished.await;
    connecting.ended(visitor, finished).await
}

async fn choose(
    State(connecting): State<Arc<Connecting>>,
    parts: Parts,
    Form(chosen): Form<Chosen>,
) -> Response {
    let visitor = match connecting.administrator(&parts).await {
        Ok(visitor) => visitor,
        Err(refused) => return refused,
    };
    let Some(Waiting::Choice(unchosen, token)) = connecting.kept.take(&parts) else {
        return said(StatusCode::BAD_REQUEST, OTHER_BROWSER);
    };
    if chosen.token != Some(token) {
        return said(StatusCode::FORBIDDEN, "This form was not made for you.");
    }
    if *unchosen.practice() != visitor.practice {
        return said(StatusCode::CONFLICT, OTHER_PRACTICE);
    }
    let of = |given: &Option<String>, all: &[Tenant]| {
        let given = given.as_deref().and_then(|id| Uuid::parse_str(id).ok());
        given.filter(|id| all.iter().any(|tenant| tenant.id == *id))
    };
    let organisation = of(&chosen.organisation, unchosen.organisations());
    let Some(tenant) = of(&chosen.tenant, unchosen.tenants()) else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return connecting.ask(status, unchosen, "Choose one of the practices.");
    };
    let ended = connecting
        .xpm
        .choose_tenant(*unchosen, tenant, organisation);
    let ended = ended.await;
    connecting.ended(visitor, ended).await
}

async fn ask_end(State(connecting): State<Arc<Connecting>>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let visitor = match connecting.administrator(&request).await {
        Ok(visitor) => visitor,
        Err(refused) => return refused,
    };
    let token = system::ids().next();
    let id = connecting
        .kept
        .keep(Waiting::Disconnect(visitor.practice, token));
    let mut response = pages::disconnect(token);
    name_it(&mut response, id, &connecting.redirect);
    response
}

async fn end(
    State(connecting): State<Arc<Connecting>>,
    parts: Parts,
    Form(confirmed): Form<Confirmed>,
) -> Response {
    let visitor = match connecting.administrator(&parts).await {
        Ok(visitor) => visitor,
        Err(refused) => return refused,
    };
    match connecting.kept.take(&parts) {
        Some(Waiting::Disconnect(practice, token))
            if confirmed.token == Some(token) && practice == visitor.practice => {}
        _ => return said(StatusCode::BAD_REQUEST, OTHER_BROWSER),
    }
    let practice = visitor.practice.clone();
    match connecting.xpm.disconnect(&practice).await {
        Ok(done) => {
            if let Disconnected::OnlyForgotten { reason } = &done {
                out::note(&format!(
                    "{practice} was disconnected here, but Xero could not be told: {reason}"
                ));
            }
            connecting.note(visitor, Link::NotConnected).await
        }
        Err(error) => {
            let sentence = format!("The practice was not disconnected: {}.", joined(&error));
            said(StatusCode::BAD_GATEWAY, &sentence)
        }
    }
}

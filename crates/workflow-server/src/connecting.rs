//! The pages by which an administrator connects the practice to XPM in a browser: off to Xero with
//! `/xpm/connect`, and back to `/xpm/connected`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use secrecy::SecretString;
use serde::Deserialize;
use uuid::Uuid;
use workflow::practice::Link;
use workflow::service::PracticeHandle;
use workflow::system;
use workflow::web::{Host, Role, Visitor};
use workflow::xpm::{Pending, Xpm};

use crate::failure::{Failure, joined};

/// Where an administrator begins.
pub(crate) const BEGIN: &str = "/xpm/connect";
/// Where Xero sends the browser back to.
const BACK: &str = "/xpm/connected";
/// The cookie that names the consent that a browser is off to give.
const COOKIE: &str = "workflow_connect";
/// The most consents that are waited for; the oldest gives way.
const MOST_PENDING: usize = 64;

/// What the pages work with.
struct Connecting {
    xpm: Xpm,
    practice: PracticeHandle,
    host: Arc<dyn Host>,
    redirect: String,
    pending: Mutex<BTreeMap<Uuid, Pending>>,
}

/// What Xero sends the browser back with.
#[derive(Deserialize)]
struct Back {
    code: Option<SecretString>,
    state: Option<String>,
    error: Option<String>,
}

/// The pages, for a server that browsers reach under `public_url`.
///
/// # Errors
///
/// Where that is no address.
pub(crate) fn router(
    xpm: Xpm,
    practice: PracticeHandle,
    host: Arc<dyn Host>,
    public_url: &str,
) -> Result<Router, Failure> {
    let redirect = format!("{}{BACK}", public_url.trim_end_matches('/'));
    // The address is checked here, so that no request meets one that is none.
    if !redirect.starts_with("http") || redirect.parse::<axum::http::Uri>().is_err() {
        return Err(Failure::input(format!(
            "the public URL {public_url:?} is no address"
        )));
    }
    let connecting = Connecting {
        xpm,
        practice,
        host,
        redirect,
        pending: Mutex::default(),
    };
    Ok(Router::new()
        .route(BEGIN, get(begin))
        .route(BACK, get(back))
        .with_state(Arc::new(connecting)))
}

impl Connecting {
    /// Whoever asks, if they may connect the practice.
    async fn administrator(&self, request: &Parts) -> Result<Visitor, Response> {
        match self.host.visitor(request).await {
            Ok(visitor)
                if visitor.role >= Role::Administrator
                    && visitor.practice == *self.practice.id() =>
            {
                Ok(visitor)
            }
            _ => Err(said(
                StatusCode::FORBIDDEN,
                "Only an administrator of the practice may connect it to XPM.",
            )),
        }
    }

    fn keep(&self, pending: Pending) -> Uuid {
        let id = system::ids().next();
        // Consents are kept or taken whole, so a panic elsewhere leaves none half-kept.
        let mut all = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        while all.len() >= MOST_PENDING {
            all.pop_first();
        }
        all.insert(id, pending);
        id
    }

    fn take(&self, request: &Parts) -> Option<Pending> {
        let cookies = request.headers.get_all(header::COOKIE).iter();
        let mut pairs = cookies
            .filter_map(|all| all.to_str().ok())
            .flat_map(|all| all.split(';'));
        let id = pairs.find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
        let id = Uuid::parse_str(id).ok()?;
        let mut all = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(&id)
    }
}

async fn begin(State(connecting): State<Arc<Connecting>>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    if let Err(refused) = connecting.administrator(&request).await {
        return refused;
    }
    let Ok(redirect) = connecting.redirect.parse() else {
        return said(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The public URL is no address.",
        );
    };
    let (url, pending) = connecting
        .xpm
        .authorize_url(connecting.practice.id(), &redirect);
    let id = connecting.keep(pending);
    let secure = match connecting.redirect.starts_with("https:") {
        true => "; Secure",
        false => "",
    };
    // Lax, since the browser comes back from Xero's site.
    let cookie = format!("{COOKIE}={id}; Path=/xpm; Max-Age=600; HttpOnly; SameSite=Lax{secure}");
    let mut response = Redirect::to(url.as_str()).into_response();
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

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
    let Some(pending) = connecting.take(&request) else {
        return said(
            StatusCode::BAD_REQUEST,
            "This browser was not off to connect the practice, or for too long; begin again.",
        );
    };
    let (Some(code), Some(state)) = (back.code, back.state) else {
        let why = back.error.unwrap_or_default();
        let word = why.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let why = if word { why } else { String::new() };
        let sentence = format!("The practice was not connected: Xero sent no code. {why}");
        return said(StatusCode::BAD_REQUEST, sentence.trim());
    };
    let tenant = match connecting
        .xpm
        .finish_authorization(pending, &code, &state)
        .await
    {
        Ok(tenant) => tenant,
        Err(error) => {
            let sentence = format!("The practice was not connected: {}.", joined(&error));
            return said(StatusCode::BAD_GATEWAY, &sentence);
        }
    };
    let link = Link::Connected { tenant: tenant.id };
    match connecting.practice.set_link(visitor.actor, link).await {
        Ok(_) => Redirect::to("/").into_response(),
        Err(error) => {
            let sentence = format!("The connection could not be noted: {}.", joined(&error));
            said(StatusCode::INTERNAL_SERVER_ERROR, &sentence)
        }
    }
}

/// A page of one sentence.
fn said(status: StatusCode, sentence: &str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (status, headers, format!("{sentence}\n")).into_response()
}

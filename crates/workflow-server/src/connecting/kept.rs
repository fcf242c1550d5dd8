//! What is kept between two pages: a consent that a browser is off to give, a choice that it has to
//! make, an end that it has to confirm. Each is one browser's, used once, and short-lived.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::http::request::Parts;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;
use workflow::system;
use workflow::xpm::{Pending, Unchosen};

/// The cookie that names what is kept for a browser.
const COOKIE: &str = "workflow_connect";
/// The most that is kept; the oldest gives way.
const MOST: usize = 64;
/// How long it is kept, in seconds.
const SECONDS: i64 = 600;

/// What is kept for one browser.
#[derive(Debug)]
pub(super) enum Waiting {
    /// It is off to give a consent.
    Consent(Box<Pending>),
    /// It has to choose a tenant. The token is in the form.
    Choice(Box<Unchosen>, Uuid),
    /// It has to confirm that the connection is to end. The token is in the form.
    Disconnect(Uuid),
}

/// Everything that is kept.
#[derive(Debug, Default)]
pub(super) struct Kept(Mutex<BTreeMap<Uuid, (DateTime<Utc>, Waiting)>>);

impl Kept {
    /// Keeps something under a new name.
    pub(super) fn keep(&self, waiting: Waiting) -> Uuid {
        let (id, now) = (system::ids().next(), system::clock().now());
        // What is kept is kept or taken whole, so a panic elsewhere leaves nothing half-kept.
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while all.len() >= MOST {
            all.pop_first();
        }
        all.insert(id, (now, waiting));
        id
    }

    /// Takes what is kept for the browser that sent a request.
    pub(super) fn take(&self, request: &Parts) -> Option<Waiting> {
        let id = named(request)?;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, waiting) = all.remove(&id)?;
        let lasts = since + TimeDelta::seconds(SECONDS);
        (system::clock().now() < lasts).then_some(waiting)
    }
}

/// The name that a request's cookie holds.
fn named(request: &Parts) -> Option<Uuid> {
    let cookies = request.headers.get_all(header::COOKIE).iter();
    let mut pairs = cookies
        .filter_map(|all| all.to_str().ok())
        .flat_map(|all| all.split(';'));
    let id = pairs.find_map(|pair| pair.trim().strip_prefix(COOKIE)?.strip_prefix('='))?;
    Uuid::parse_str(id).ok()
}

/// Tells a browser under which name something is kept for it. Lax, since it comes back from Xero's
/// site.
pub(super) fn name_it(response: &mut Response, id: Uuid, public_url: &str) {
    let secure = match public_url.starts_with("https:") {
        true => "; Secure",
        false => "",
    };
    let cookie =
        format!("{COOKIE}={id}; Path=/xpm; Max-Age={SECONDS}; HttpOnly; SameSite=Lax{secure}");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

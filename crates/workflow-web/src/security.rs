//! The guard that every request passes before any handler: who is it, may they do this, was the
//! form made by this tab for them; and the headers that every response bears.
//!
//! A handler cannot forget any of it: it is given a [`Visit`] and, for a form, an [`Input`], and
//! both come from here alone.

use axum::body::{Body, to_bytes};
use axum::extract::{Form, FromRequest, FromRequestParts, OriginalUri, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use workflow_core::deployment::Digest;
use workflow_core::ids::CommandKey;
use workflow_core::service::{By, PracticeHandle};

use crate::App;
use crate::error::Trouble;
use crate::flash::{self, Flash};
use crate::forms::Input;
use crate::host::{Role, Transport, Unwelcome, Visitor};
use crate::layout::Layout;
use crate::pages;

/// The largest form, in bytes: a description of the longest, in which each character is sent as
/// four escaped bytes, and the rest.
const LARGEST_FORM: usize = 256 * 1024;

/// The cookie that a form's token is made from. Only the tab reads it.
const COOKIE: &str = "workflow_form";

/// The header of a page that the tab's own script fetches, to show what is new.
const BY_SCRIPT: &str = "workflow-live";

/// A cookie's name on the wire: over HTTPS with the prefix by which browsers refuse one that
/// another site of the same domain has planted.
fn on_the_wire(name: &str, transport: Transport) -> String {
    match transport {
        Transport::Https => format!("__Host-{name}"),
        Transport::Loopback => name.to_owned(),
    }
}

/// One request by somebody who may make it.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    /// The path under which the host mounted the tab, without a slash at its end.
    pub(crate) base: String,
    pub(crate) visitor: Visitor,
    pub(crate) practice: PracticeHandle,
    /// What a form has to bring back to be taken.
    pub(crate) token: String,
    /// New with every page: with it a form that is sent twice is carried out once.
    pub(crate) once: String,
    pub(crate) flash: Option<Flash>,
    /// The page of the workflow or client that the request is about, if it is about one.
    pub(crate) about: Option<String>,
    /// The page that the answer stands in.
    pub(crate) layout: Layout,
}

impl Visit {
    /// Refuses whoever may only look.
    pub(crate) fn require_editor(&self) -> Result<(), Trouble> {
        if self.may_edit() {
            return Ok(());
        }
        Err(Trouble::new(
            StatusCode::FORBIDDEN,
            "You may look at workflows here and not change them. Ask an administrator of the \
             practice for the editor role.",
        ))
    }

    pub(crate) fn may_edit(&self) -> bool {
        self.visitor.role >= Role::Editor
    }

    /// Who gives a command that is carried out once for this form, however often it is sent.
    pub(crate) fn by(&self, input: &Input, command: &str) -> By {
        let by = By::from(self.visitor.actor.clone());
        let key = format!("{}:{command}", input.get("once"));
        match key.parse::<CommandKey>() {
            Ok(key) if input.filled("once").is_some() => by.once(key),
            _ => by,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Visit {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Trouble> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(unguarded)
    }
}

impl<S: Sync> FromRequestParts<S> for Input {
    type Rejection = Trouble;

    /// A form that passed the guard, or the query of a page.
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Trouble> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(unguarded)
    }
}

fn unguarded() -> Trouble {
    Trouble::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "This page was reached without its guard.",
    )
}

/// Lets a request through to its handler, or answers it.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let base = base_of(&parts);
    let visitor = match app.host.visitor(&parts).await {
        Ok(visitor) => visitor,
        Err(unwelcome) => return turned_away(&app, &base, unwelcome).await,
    };
    let transport = app.host.transport();
    let known = cookie(&parts.headers, COOKIE, transport).filter(|value| is_secret(value));
    let secret = known.clone().unwrap_or_else(|| new_secret(&app));
    let visit = Visit {
        practice: app.workflows.practice(visitor.practice.clone()),
        token: token_for(&visitor, &secret),
        about: about(&base, parts.uri.path()),
        layout: app.host.layout(Some(&visitor)),
        once: app.workflows.ports().ids.next().simple().to_string(),
        // What was done is told to the page that follows, and not to the script of another one.
        flash: cookie(&parts.headers, flash::COOKIE, transport)
            .filter(|_| !parts.headers.contains_key(BY_SCRIPT))
            .and_then(|code| Flash::of_code(&code)),
        base,
        visitor,
    };
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    let checked = if reads {
        query(&parts)
    } else {
        submitted(&parts, body, &visit).await
    };
    let mut response = match checked {
        Err(trouble) => trouble.into_response(),
        Ok(input) => {
            let mut request = Request::from_parts(parts, Body::empty());
            request.extensions_mut().insert(input);
            request.extensions_mut().insert(visit.clone());
            next.run(request).await
        }
    };
    if let Some(trouble) = response.extensions_mut().remove::<Trouble>() {
        response = pages::trouble(&app, &visit, &trouble);
    }
    response = visit.layout.around(response, &app, &visit.base).await;
    if known.is_none() {
        set_cookie(&mut response, COOKIE, &secret, transport, None);
    }
    // A page that showed what was done does not show it again.
    if reads && visit.flash.is_some() && response.status().is_success() {
        set_cookie(&mut response, flash::COOKIE, "", transport, Some(0));
    }
    if let Some(flash) = response.extensions_mut().remove::<Flash>() {
        set_cookie(
            &mut response,
            flash::COOKIE,
            flash.code(),
            transport,
            Some(60),
        );
    }
    response
}

/// Keeps forms from whoever could not send them.
pub(crate) async fn editors_only(visit: Visit, request: Request, next: Next) -> Response {
    match visit.require_editor() {
        Ok(()) => next.run(request).await,
        Err(trouble) => trouble.into_response(),
    }
}

fn query(parts: &Parts) -> Result<Input, Trouble> {
    let query = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
    query
        .map(|found| Input::new(found.0))
        .map_err(|_| Trouble::new(StatusCode::BAD_REQUEST, "This address cannot be read."))
}

/// Takes a form from somebody who may change things, if this tab made it for them.
async fn submitted(parts: &Parts, body: Body, visit: &Visit) -> Result<Input, Trouble> {
    visit.require_editor()?;
    let from_elsewhere = parts
        .headers
        .get("sec-fetch-site")
        .is_some_and(|site| site != "same-origin" && site != "none");
    if from_elsewhere {
        return Err(forged());
    }
    let bytes = to_bytes(body, LARGEST_FORM).await.map_err(|_| {
        Trouble::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "This form is larger than 256 KiB, and nothing of it was saved.",
        )
    })?;
    let request = Request::from_parts(parts.clone(), Body::from(bytes));
    let form = Form::<Vec<(String, String)>>::from_request(request, &()).await;
    let Form(pairs) = form.map_err(|_| {
        Trouble::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "This is no form of the tab, and nothing was done.",
        )
    })?;
    let input = Input::new(pairs);
    if input.get("token") == visit.token {
        Ok(input)
    } else {
        Err(forged())
    }
}

fn forged() -> Trouble {
    Trouble::new(
        StatusCode::FORBIDDEN,
        "This form was not made for you by this page, or it is from before you signed in. Nothing \
         was done. Open the page again.",
    )
}

async fn turned_away(app: &App, base: &str, unwelcome: Unwelcome) -> Response {
    let (status, sentence) = match unwelcome {
        Unwelcome::SignIn { url: Some(url) } => return Redirect::to(&url).into_response(),
        Unwelcome::SignIn { url: None } => (
            StatusCode::UNAUTHORIZED,
            "Sign in to see the practice's workflows.",
        ),
        Unwelcome::Stranger => (
            StatusCode::FORBIDDEN,
            "Your account has no part in this practice. Ask an administrator of the practice.",
        ),
        Unwelcome::Unknown => (
            StatusCode::SERVICE_UNAVAILABLE,
            "Who is signed in cannot be told just now. Try again in a minute.",
        ),
    };
    let layout = app.host.layout(None);
    let trouble = Trouble::new(status, sentence);
    let response = pages::turned_away(app, base, &layout, &trouble);
    layout.around(response, app, base).await
}

/// The path of the mount: what the host's router took off before it passed the request on.
fn base_of(parts: &Parts) -> String {
    let inner = parts.uri.path();
    let outer = parts.extensions.get::<OriginalUri>();
    let outer = outer.map_or(inner, |uri| uri.0.path());
    let base = outer.strip_suffix(inner).unwrap_or(outer);
    base.trim_end_matches('/').to_owned()
}

/// The page to go back to from one that says why something cannot be done.
fn about(base: &str, path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').skip(1).take(4).collect();
    match parts[..] {
        ["client", client, "workflow", workflow] => Some(format!(
            "{base}/client/{client}/workflow/{workflow}/schedule"
        )),
        ["client", client, ..] => Some(format!("{base}/client/{client}")),
        _ => None,
    }
}

/// Bound to who acts for which practice, so that a form outlives no change of either; and to a
/// secret that only this browser holds.
fn token_for(visitor: &Visitor, secret: &str) -> String {
    let actor = visitor.actor.to_string();
    let parts: [&[u8]; 6] = [
        b"workflow form 1\0",
        secret.as_bytes(),
        b"\0",
        visitor.practice.as_str().as_bytes(),
        b"\0",
        actor.as_bytes(),
    ];
    Digest::of(&parts).to_string()
}

fn new_secret(app: &App) -> String {
    let ids = &app.workflows.ports().ids;
    let (one, other) = (ids.next(), ids.next());
    Digest::of(&[one.as_bytes(), other.as_bytes()]).to_string()
}

fn is_secret(value: &str) -> bool {
    Digest::from_hex(value).is_some()
}

fn cookie(headers: &HeaderMap, name: &str, transport: Transport) -> Option<String> {
    let name = on_the_wire(name, transport);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value.to_owned())
}

/// Sets a cookie; `age` is in seconds, and without one it ends with the browser's session.
fn set_cookie(
    response: &mut Response,
    name: &str,
    value: &str,
    transport: Transport,
    age: Option<u32>,
) {
    let age = age.map_or_else(String::new, |age| format!("; Max-Age={age}"));
    let secure = match transport {
        Transport::Https => "; Secure",
        Transport::Loopback => "",
    };
    let name = on_the_wire(name, transport);
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{age}{secure}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
}

/// No script runs but the tab's own file, nothing is loaded from elsewhere, nobody frames a page.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; connect-src 'self'; \
     style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Sets the headers that every response bears. What a handler set itself stays.
pub(crate) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let all = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ];
    for (name, value) in all {
        response
            .headers_mut()
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}

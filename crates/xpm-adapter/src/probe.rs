//! Raw requests, for finding out what XPM does: sent once, within limits, and answered as they came.
//!
//! Nothing here is for deploying. A probe says nothing about whether a call may be repeated, and the
//! caller debits the call budget by [`Probed::observed`].

use std::fmt;

use chrono::{DateTime, Utc};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use secrecy::ExposeSecret;
use workflow_core::ids::PracticeId;
use workflow_core::ports::gateway::{Failure, GatewayError, Observed};

use crate::Xpm;
use crate::classify::{detail, envelope_of, rate_limited};
use crate::error::Fail;
use crate::exchange::{NoReply, Reply, exchange};
use crate::token::Bearer;
use crate::wire::{self, Element};
use crate::words::one_line;

/// The longest answer that is read, in bytes.
const LONGEST: usize = 64 << 20;

/// The headers of an answer that are worth a report. None of them holds a secret.
const HEADERS: [&str; 8] = [
    "content-type",
    "x-minlimit-remaining",
    "x-daylimit-remaining",
    "x-appminlimit-remaining",
    "x-rate-limit-problem",
    "retry-after",
    "www-authenticate",
    "xero-correlation-id",
];

/// A request below `practicemanager/3.1/`.
///
/// ```
/// use xpm_adapter::Probe;
///
/// let probe = Probe::get("job.api/list").with("from", "20261101").with("to", "20261122");
/// assert_eq!(probe.to_string(), "GET job.api/list?from=20261101&to=20261122");
/// let probe = Probe::get("job.api/get").of("J 1/2");
/// assert_eq!(probe.to_string(), "GET job.api/get/J%201%2F2");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    method: Method,
    call: &'static str,
    segments: Vec<String>,
    query: Vec<(&'static str, String)>,
    body: Option<String>,
    key: Option<String>,
}

impl Probe {
    fn new(method: Method, call: &'static str, body: Option<String>) -> Self {
        Self {
            method,
            call,
            segments: Vec::new(),
            query: Vec::new(),
            body,
            key: None,
        }
    }

    /// A read of a resource and verb, such as `job.api/list`.
    #[must_use]
    pub fn get(call: &'static str) -> Self {
        Self::new(Method::GET, call, None)
    }

    /// A write with this XML as its body.
    #[must_use]
    pub fn post(call: &'static str, xml: impl Into<String>) -> Self {
        Self::new(Method::POST, call, Some(xml.into()))
    }

    /// The argument in the path, encoded as one segment of it.
    #[must_use]
    pub fn of(mut self, argument: impl Into<String>) -> Self {
        self.segments.push(argument.into());
        self
    }

    /// A parameter of the query.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// The header `Idempotency-Key`.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The resource and verb, such as `job.api/list`.
    #[must_use]
    pub const fn call(&self) -> &'static str {
        self.call
    }

    /// Whether it may change what the practice holds.
    #[must_use]
    pub fn is_write(&self) -> bool {
        self.body.is_some()
    }

    fn url(&self, api: &Url) -> Url {
        let mut url = api.clone();
        let path = format!("{}practicemanager/3.1/{}", api.path(), self.call);
        url.set_path(&path);
        if let Ok(mut path) = url.path_segments_mut() {
            path.extend(&self.segments);
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let base = Url::parse("https://relative.invalid/").map_err(|_| fmt::Error)?;
        let url = self.url(&base);
        let shown = url.as_str();
        let path = shown
            .split_once("/practicemanager/3.1/")
            .map(|(_, path)| path);
        write!(f, "{} {}", self.method, path.unwrap_or(self.call))
    }
}

/// What came back, as it came.
#[derive(Debug)]
pub struct Probed {
    /// The HTTP status.
    pub status: u16,
    /// The headers that are worth a report, in a fixed order, as they were.
    pub headers: Vec<(&'static str, String)>,
    /// What the body says of itself.
    pub verdict: Verdict,
    /// The limit that refused it, and how long to wait, for HTTP 429.
    pub limited: Option<Failure>,
    /// What the call cost and what is left.
    pub observed: Observed,
    /// How the body begins, in one line, up to 300 characters.
    pub head: String,
    root: Option<Element<'static>>,
}

/// What a body says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// An envelope with the status `OK`.
    Ok,
    /// An envelope with the status `ERROR`, and its words.
    Error(String),
    /// XML without an envelope; the name of its root.
    Bare(String),
    /// JSON of the gateway before XPM; its own word.
    Gateway(String),
    /// No body.
    Empty,
    /// Anything else.
    Unreadable,
}

impl Probed {
    /// One of the headers.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The root element, where the body is XML.
    #[must_use]
    pub fn root(&self) -> Option<Seen<'_>> {
        self.root.as_ref().map(Seen)
    }

    /// The rows of a list of the answer, such as `Job` of `Jobs`, enveloped or not.
    #[must_use]
    pub fn rows<'a>(&'a self, list: &'a str, row: &'a str) -> Vec<Seen<'a>> {
        let Some(root) = self.root() else {
            return Vec::new();
        };
        let list = match root.name() == list {
            true => Some(root),
            false => root.child(list),
        };
        list.map(|list| list.all(row).collect()).unwrap_or_default()
    }
}

/// An element of an answer.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a>(&'a Element<'static>);

impl<'a> Seen<'a> {
    /// Its local name.
    #[must_use]
    pub fn name(self) -> &'a str {
        self.0.name()
    }

    /// Its own text.
    #[must_use]
    pub fn text(self) -> &'a str {
        self.0.text().trim()
    }

    /// The first child of a name.
    #[must_use]
    pub fn child(self, name: &'a str) -> Option<Self> {
        self.0.all(name).next().map(Seen)
    }

    /// The text of the first child of a name, where it says anything.
    #[must_use]
    pub fn word(self, name: &'a str) -> Option<&'a str> {
        let text = self.child(name)?.text();
        (!text.is_empty()).then_some(text)
    }

    /// The children of a name, in order.
    pub fn all(self, name: &'a str) -> impl Iterator<Item = Self> {
        self.0.all(name).map(Seen)
    }
}

impl Xpm {
    /// Sends a raw request and gives the answer as it came, whatever its status.
    ///
    /// It is sent once, and once more with a new token where the access token was not accepted
    /// (401): the gateway refuses before XPM sees the call. Nothing else is repeated.
    ///
    /// Cancelling it leaves open whether a write was carried out.
    ///
    /// ```no_run
    /// # use workflow_core::ids::PracticeId;
    /// use xpm_adapter::{Probe, Verdict, Xpm};
    ///
    /// async fn unknown_job(xpm: &Xpm, practice: &PracticeId) -> String {
    ///     match xpm.probe(practice, &Probe::get("job.api/get").of("no-such-job")).await {
    ///         Ok(answer) => match answer.verdict {
    ///             Verdict::Error(words) => format!("HTTP {}: {words}", answer.status),
    ///             _ => format!("HTTP {}", answer.status),
    ///         },
    ///         Err(error) => error.to_string(),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Failure::NotConnected`] without a connection, [`Failure::Unreachable`] where nothing was
    /// sent, [`Failure::ReplyLost`] where a whole answer did not come back.
    pub async fn probe(
        &self,
        practice: &PracticeId,
        probe: &Probe,
    ) -> Result<Probed, GatewayError> {
        let mut observed = Observed::default();
        match self.probe_twice(practice, probe, &mut observed).await {
            Ok(reply) => Ok(probed(&reply, observed, self.inner.clock.now())),
            Err(fail) => Err(fail.observed(observed)),
        }
    }

    async fn probe_twice(
        &self,
        practice: &PracticeId,
        probe: &Probe,
        observed: &mut Observed,
    ) -> Result<Reply, Fail> {
        let bearer = self.inner.bearer(practice, None).await?;
        let reply = self.probe_once(probe, &bearer, observed).await?;
        if reply.status != 401 {
            return Ok(reply);
        }
        let renewed = self.inner.bearer(practice, Some(&bearer.token)).await?;
        self.probe_once(probe, &renewed, observed).await
    }

    async fn probe_once(
        &self,
        probe: &Probe,
        bearer: &Bearer,
        observed: &mut Observed,
    ) -> Result<Reply, Fail> {
        let inner = &self.inner;
        let mut request = reqwest::Request::new(probe.method.clone(), probe.url(&inner.api));
        *request.timeout_mut() = Some(match probe.is_write() {
            true => inner.time_out,
            false => inner.list_time_out,
        });
        let headers = request.headers_mut();
        let token = format!("Bearer {}", bearer.token.expose_secret());
        for (name, text, secrecy) in [
            (AUTHORIZATION, Some(token), Secrecy::Secret),
            (
                HeaderName::from_static("xero-tenant-id"),
                Some(bearer.tenant.hyphenated().to_string()),
                Secrecy::Plain,
            ),
            (
                HeaderName::from_static("idempotency-key"),
                probe.key.clone(),
                Secrecy::Plain,
            ),
        ] {
            let Some(text) = text else { continue };
            let mut value = HeaderValue::try_from(text).map_err(|_| {
                let text = format!("the {name} header cannot carry its value; nothing was sent");
                Fail::plain(Failure::Refused { text })
            })?;
            value.set_sensitive(secrecy == Secrecy::Secret);
            headers.insert(name, value);
        }
        if let Some(body) = &probe.body {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
            *request.body_mut() = Some(body.clone().into());
        }
        match exchange(&inner.http, request, LONGEST).await {
            Ok(reply) => {
                observed.calls += 1;
                reply.observe(observed);
                Ok(reply)
            }
            Err(NoReply::NothingSent(broken)) => Err(Fail::new(
                Failure::Unreachable { text: broken.text },
                broken.error,
            )),
            Err(NoReply::Lost(broken)) => {
                observed.calls += 1;
                Err(Fail::new(
                    Failure::ReplyLost { text: broken.text },
                    broken.error,
                ))
            }
        }
    }
}

/// Whether a header's value may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Secrecy {
    Secret,
    Plain,
}

fn probed(reply: &Reply, observed: Observed, now: DateTime<Utc>) -> Probed {
    let headers = HEADERS.iter().filter_map(|name| {
        let value = reply.header(name)?;
        Some((*name, one_line(value)))
    });
    let headers = headers.collect();
    let body = reply.body.as_deref().unwrap_or_default();
    let root = wire::parse(body, reply.charset()).ok();
    let root = root.map(Element::into_owned);
    let verdict = match (&root, &reply.body) {
        (_, Err(_)) => Verdict::Unreadable,
        (_, Ok(body)) if body.is_empty() => Verdict::Empty,
        (Some(root), _) if root.name() == "Response" => envelope_of(root),
        (Some(root), _) => Verdict::Bare(root.name().to_owned()),
        (None, _) if body.first() == Some(&b'{') => {
            Verdict::Gateway(detail(reply).unwrap_or_else(|| "no detail".to_owned()))
        }
        (None, _) => Verdict::Unreadable,
    };
    Probed {
        status: reply.status,
        headers,
        verdict,
        limited: (reply.status == 429).then(|| rate_limited(reply, now).failure),
        observed,
        head: one_line(&String::from_utf8_lossy(&body[..body.len().min(2_000)])),
        root,
    }
}

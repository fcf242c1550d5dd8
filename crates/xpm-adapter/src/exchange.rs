//! One HTTP exchange: a request out, a bounded answer in, and what can be known when there is none.

use std::error::Error;

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use serde::Deserialize;
use workflow_core::ports::gateway::Observed;

use crate::error::{XpmError, plain_text};
use crate::words;

/// An answer whose status and headers arrived.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// The body, or why it did not arrive whole.
    pub(crate) body: Result<Vec<u8>, Broken>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum NoReply {
    /// Nothing was sent: the other side has certainly done nothing.
    NothingSent(Broken),
    /// Something may have been sent.
    Lost(Broken),
}

impl NoReply {
    pub(crate) fn into_broken(self) -> Broken {
        match self {
            Self::NothingSent(broken) | Self::Lost(broken) => broken,
        }
    }
}

/// What broke, for people and for engineers. Neither holds an address.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) text: String,
    pub(crate) error: XpmError,
}

/// Sends a request once and reads the answer, up to `limit` bytes of it.
///
/// The client was built to follow no redirect and to repeat nothing by itself.
pub(crate) async fn exchange(
    http: &reqwest::Client,
    request: reqwest::Request,
    limit: usize,
) -> Result<Reply, NoReply> {
    let response = http.execute(request).await.map_err(|error| {
        // Resolving the name, connecting and the TLS handshake come before the first byte.
        if error.is_connect() {
            NoReply::NothingSent(connect(error))
        } else {
            NoReply::Lost(broken(error))
        }
    })?;
    Ok(Reply {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: read(response, limit).await,
    })
}

async fn read(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, Broken> {
    if let Some(broken) = not_to_be_read(response.headers(), response.content_length(), limit) {
        return Err(broken);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(broken)? {
        if chunk.len() > limit - body.len() {
            return Err(too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Why a body is not even begun to be read.
pub(crate) fn not_to_be_read(
    headers: &HeaderMap,
    length: Option<u64>,
    limit: usize,
) -> Option<Broken> {
    // None was asked for: what is compressed may be of any size once it is not.
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    if encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Some(Broken {
            text: "the answer came compressed, which was not asked for".to_owned(),
            error: XpmError::Compressed,
        });
    }
    let longer = length.is_some_and(|length| length > limit as u64);
    longer.then(|| too_large(limit))
}

fn too_large(limit: usize) -> Broken {
    Broken {
        text: format!("an answer of more than {limit} bytes came back"),
        error: XpmError::TooLarge { limit },
    }
}

fn connect(error: reqwest::Error) -> Broken {
    let error = error.without_url();
    let text = if error.is_timeout() {
        "connecting took too long".to_owned()
    } else {
        words::network(&root_cause(&error).to_string())
    };
    Broken {
        text,
        error: XpmError::Connect(Box::new(error)),
    }
}

fn broken(error: reqwest::Error) -> Broken {
    let error = error.without_url();
    let text = if error.is_timeout() {
        "no whole answer came in time".to_owned()
    } else {
        let what = if error.is_body() || error.is_decode() {
            "the answer broke off"
        } else {
            "the connection broke"
        };
        format!("{what} ({})", plain_text(&root_cause(&error).to_string()))
    };
    Broken {
        text,
        error: XpmError::Broken(Box::new(error)),
    }
}

fn root_cause<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut root = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root
}

impl Reply {
    /// The character set that the `Content-Type` header names.
    pub(crate) fn charset(&self) -> Option<&str> {
        let value = self.headers.get(CONTENT_TYPE)?.to_str().ok()?;
        value.split(';').skip(1).find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("charset")
                .then(|| value.trim().trim_matches('"'))
        })
    }

    /// A header's text, where it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    /// Adds what this answer tells about the call budget to what was seen before it. A header that
    /// is absent means unknown, so an older value stays. The name of the exchange is this one's or
    /// none: that of an earlier exchange would lead XPM's support astray.
    pub(crate) fn observe(&self, observed: &mut Observed) {
        let number = |name| self.header(name)?.parse().ok();
        if let Some(left) = number("x-minlimit-remaining") {
            observed.minute_left = Some(left);
        }
        if let Some(left) = number("x-daylimit-remaining") {
            observed.day_left = Some(left);
        }
        // The gateway's JSON repeats the name, should the header be lost on its way.
        let named = self.header("xero-correlation-id");
        let named = named.and_then(words::exchange);
        observed.correlation = named.or_else(|| words::exchange(&self.problem()?.instance?));
    }

    /// Whether the body is XML, or a web page: no JSON begins like that.
    pub(crate) fn is_markup(&self) -> bool {
        let body = self.body.as_deref().unwrap_or_default();
        let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
        body.trim_ascii_start().starts_with(b"<")
    }

    /// The body of an error of the gateway's, which speaks JSON.
    pub(crate) fn problem(&self) -> Option<Problem> {
        let body = self.body.as_deref().ok()?;
        let is_json = body.trim_ascii_start().starts_with(b"{");
        if !is_json || body.len() > LONGEST_PROBLEM {
            return None;
        }
        serde_json::from_slice(body).ok()
    }
}

/// The longest body that is looked at for a [`Problem`]: they have some two hundred bytes.
const LONGEST_PROBLEM: usize = 64 << 10;

/// An error as the gateway tells it: what is a text in it, and is known by one of these names.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Problem {
    #[serde(deserialize_with = "text")]
    pub(crate) detail: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) title: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) instance: Option<String>,
}

/// A text; what is none is passed over, so that one odd field does not hide the others.
fn text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(value.as_str().map(str::to_owned))
}

#[cfg(test)]
impl Reply {
    /// An answer made by hand.
    pub(crate) fn of(status: u16, headers: &[(&'static str, &str)], body: &str) -> Self {
        Self {
            status,
            headers: headers
                .iter()
                .map(|(name, value)| {
                    let name = reqwest::header::HeaderName::from_static(name);
                    (name, reqwest::header::HeaderValue::from_str(value).unwrap())
                })
                .collect(),
            body: Ok(body.as_bytes().to_vec()),
        }
    }
}

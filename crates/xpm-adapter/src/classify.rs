//! What an answer means: done, refused, refused by the gateway, or not known.
//!
//! The rule for writes is that only a definite no is called one. A definite no is an `ERROR`
//! envelope, or one of the gateway's own refusals (401, 403, 429), which come before XPM sees the
//! call. An `ERROR` envelope with a server error status (500 and above) is one only where its words
//! are about what was sent: XPM answers so, too, when it fails half-way. An answer that contradicts
//! itself (a refusal with an `OK` envelope, an `ERROR` that shows a job) proves nothing. Whatever
//! else is not a readable `OK` envelope with a success status is a lost reply. Reads are classified
//! alike: their caller repeats them freely.

use std::time::Duration;

use chrono::{DateTime, Utc};
use workflow_core::ports::gateway::{Failure, Limit};

use crate::error::{Fail, XpmError, plain_text};
use crate::exchange::Reply;
use crate::probe::Verdict;
use crate::wire::{self, Element, WireError};
use crate::words;

/// The longest wait that is believed. A day's window cannot be longer.
const LONGEST_WAIT: Duration = Duration::from_secs(48 * 60 * 60);

/// An answer that is not an OK envelope.
#[derive(Debug)]
pub(crate) enum Unwelcome {
    /// The access token was not accepted: nothing was carried out, and a new token may be.
    Unauthorised(Fail),
    /// XPM refused it, in these words.
    Refused(String),
    /// Anything else.
    Failed(Fail),
}

/// What an answer holds for the call that it answers, or what it means instead. `read` finds it in
/// the root of an OK envelope; an OK envelope without it proves nothing.
pub(crate) fn decode<T>(
    reply: &Reply,
    now: DateTime<Utc>,
    read: impl FnOnce(&Element<'_>) -> Result<T, WireError>,
) -> Result<T, Unwelcome> {
    let envelope = match &reply.body {
        Ok(body) => envelope(body, reply.charset()).map_err(unreadable),
        Err(broken) => Err((
            broken.text.clone(),
            XpmError::Status {
                status: reply.status,
                detail: broken.error.to_string(),
            },
        )),
    };
    let denied = match reply.status {
        401 => Some(Unwelcome::Unauthorised(unauthorised(reply))),
        403 => Some(Unwelcome::Failed(forbidden(reply))),
        429 => Some(Unwelcome::Failed(rate_limited(reply, now))),
        _ => None,
    };
    match (envelope, denied) {
        (Ok(Envelope::Ok(root)), None) if (200..300).contains(&reply.status) => read(&root)
            .map_err(|error| {
                let (text, source) = unreadable(error);
                lost(text, source)
            }),
        (Ok(Envelope::Ok(_)), _) => {
            let text = format!("HTTP status {} came with an answer of OK", reply.status);
            Err(lost(text, status(reply)))
        }
        (Ok(Envelope::Error { words, job: true }), _) => {
            let text = format!("XPM refused it ({words}) and showed a job all the same");
            Err(lost(text, status(reply)))
        }
        // The gateway's word outranks XPM's, but for a 403, which XPM may give as well.
        (Ok(Envelope::Error { words, .. }), None | Some(Unwelcome::Failed(_)))
            if reply.status != 429 =>
        {
            Err(if reply.status < 500 || is_about_the_request(&words) {
                Unwelcome::Refused(words)
            } else {
                let text = words::status(reply.status, Some(&words));
                lost(text, status(reply))
            })
        }
        // XPM itself began to answer, so the gateway let the call through.
        (Err((text, source)), Some(_)) if reply.body.as_deref().is_ok_and(begins_an_envelope) => {
            Err(lost(text, source))
        }
        (_, Some(denied)) => Err(denied),
        (Err((text, source)), None) if (200..300).contains(&reply.status) => {
            Err(lost(text, source))
        }
        (_, None) => {
            let text = words::status(reply.status, detail(reply).as_deref());
            Err(lost(text, status(reply)))
        }
    }
}

/// Whether XPM's envelope begins somewhere in a body that cannot be read as one.
fn begins_an_envelope(body: &[u8]) -> bool {
    let name = b"Response";
    body.windows(name.len() + 1)
        .any(|part| matches!(part[0], b'<' | b':') && &part[1..] == name)
}

fn lost(text: String, source: XpmError) -> Unwelcome {
    Unwelcome::Failed(Fail::new(Failure::ReplyLost { text }, source))
}

fn unreadable(error: WireError) -> (String, XpmError) {
    // What it cites of the body is cleaned: the name of an entity may be anything.
    let text = format!(
        "the answer could not be read: {}",
        plain_text(&error.to_string())
    );
    (text, XpmError::Unreadable(Box::new(error)))
}

/// Whether the words of a server error find fault with the request, rather than tell of a failure
/// on the way. `Invalid … identifier` is recorded; the rest are words that such sentences use.
fn is_about_the_request(words: &str) -> bool {
    let words = words.to_lowercase();
    let known = [
        "invalid",
        "required",
        "not found",
        "does not exist",
        "already",
    ];
    known.iter().any(|known| words.contains(known))
}

enum Envelope<'b> {
    Ok(Element<'b>),
    Error {
        words: String,
        /// Whether it shows a job beside its refusal.
        job: bool,
    },
}

fn envelope<'b>(body: &'b [u8], charset: Option<&str>) -> Result<Envelope<'b>, WireError> {
    let root = wire::parse(body, charset)?;
    if root.name() != "Response" {
        return Err(WireError::Missing("Response"));
    }
    let status = root.word("Status")?.ok_or(WireError::Missing("Status"))?;
    if status.eq_ignore_ascii_case("OK") {
        Ok(Envelope::Ok(root))
    } else if status.eq_ignore_ascii_case("ERROR") {
        // Several descriptions are several reasons.
        let said: Vec<_> = root
            .all("ErrorDescription")
            .map(|description| plain_text(description.text()))
            .filter(|words| !words.is_empty())
            .collect();
        let words = match said.as_slice() {
            [] => words::NO_REASON.to_owned(),
            said => plain_text(&said.join("; ")),
        };
        let job = root.all("Job").next().is_some();
        Ok(Envelope::Error { words, job })
    } else {
        Err(WireError::Invalid {
            field: "Status",
            reason: "is neither OK nor ERROR",
        })
    }
}

/// What an envelope that was read in full says of itself, for whoever only reports it.
pub(crate) fn envelope_of(root: &Element<'_>) -> Verdict {
    let word = |name| root.word(name).ok().flatten();
    match word("Status") {
        Some(status) if status.eq_ignore_ascii_case("OK") => Verdict::Ok,
        Some(status) if status.eq_ignore_ascii_case("ERROR") => {
            let said = word("ErrorDescription").unwrap_or(words::NO_REASON);
            Verdict::Error(plain_text(said))
        }
        _ => Verdict::Unreadable,
    }
}

pub(crate) fn rate_limited(reply: &Reply, now: DateTime<Utc>) -> Fail {
    let none_left = |name| reply.header(name) == Some("0");
    let limit = match reply.header("x-rate-limit-problem") {
        Some(problem) if problem.eq_ignore_ascii_case("concurrent") => Limit::Concurrent,
        Some(problem) if problem.eq_ignore_ascii_case("minute") => Limit::Minute,
        Some(problem) if problem.eq_ignore_ascii_case("day") => Limit::Day,
        Some(problem) if problem.to_ascii_lowercase().starts_with("app") => Limit::Application,
        _ if none_left("x-daylimit-remaining") => Limit::Day,
        _ if none_left("x-appminlimit-remaining") => Limit::Application,
        _ => Limit::Minute,
    };
    let retry_after = reply
        .header("retry-after")
        .and_then(|text| wait(text, now))
        .map(|wait| wait.min(LONGEST_WAIT));
    Fail::new(Failure::RateLimited { limit, retry_after }, status(reply))
}

/// A `Retry-After`: seconds, or a date.
fn wait(text: &str, now: DateTime<Utc>) -> Option<Duration> {
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = DateTime::parse_from_rfc2822(text).ok()?;
    Some((at.to_utc() - now).to_std().unwrap_or_default())
}

fn unauthorised(reply: &Reply) -> Fail {
    let text = words::gateway(detail(reply).as_deref());
    Fail::new(Failure::NotConnected { text }, status(reply))
}

fn forbidden(reply: &Reply) -> Fail {
    let detail = detail(reply);
    let text = words::gateway(detail.as_deref());
    // Recorded for a tenant that is not, or no longer, connected.
    let unknown = |detail: String| detail.starts_with("AuthenticationUnsuccessful");
    let failure = if detail.is_some_and(unknown) {
        Failure::NotConnected { text }
    } else {
        Failure::Forbidden { text }
    };
    Fail::new(failure, status(reply))
}

fn status(reply: &Reply) -> XpmError {
    XpmError::Status {
        status: reply.status,
        detail: detail(reply).unwrap_or_else(|| "no detail".to_owned()),
    }
}

/// The gateway's own word for what happened, such as `ServiceNotAvailable`.
pub(crate) fn detail(reply: &Reply) -> Option<String> {
    let problem = reply.problem()?;
    let text = plain_text(&problem.detail.or(problem.title)?);
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests;

//! What an answer means: done, refused, refused by the gateway, or not known.
//!
//! The rule for writes is that only a definite no is called one. A definite no is an `ERROR`
//! envelope, or one of the gateway's own refusals (401, 403, 429), which come before XPM sees the
//! call. An `ERROR` envelope with a server error status (500 and above) is one only where its words
//! are about what was sent: XPM answers so, too, when it fails half-way. Whatever else is not a
//! readable `OK` envelope with a success status is a lost reply. Reads are classified alike: their
//! caller repeats them freely.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use workflow_core::ports::gateway::{Failure, Limit};

use crate::error::{Fail, XpmError, plain_text};
use crate::exchange::Reply;
use crate::probe::Verdict;
use crate::wire::{self, Element, WireError};

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

/// The root of an OK envelope, or what the answer means instead.
pub(crate) fn classify(reply: &Reply, now: DateTime<Utc>) -> Result<Element, Unwelcome> {
    if reply.status == 429 {
        return Err(Unwelcome::Failed(rate_limited(reply, now)));
    }
    if reply.status == 401 {
        return Err(Unwelcome::Unauthorised(unauthorised(reply)));
    }
    let envelope = match &reply.body {
        Ok(body) => envelope(body, reply.charset()).map_err(|error| {
            (
                format!("the answer could not be read: {error}"),
                XpmError::Unreadable(Box::new(error)),
            )
        }),
        Err(broken) => Err((
            broken.text.clone(),
            XpmError::Status {
                status: reply.status,
                detail: broken.error.to_string(),
            },
        )),
    };
    if let Ok(Envelope::Error(words)) = envelope {
        return Err(if reply.status < 500 || is_about_the_request(&words) {
            Unwelcome::Refused(words)
        } else {
            lost(
                format!("HTTP status {}, {words}", reply.status),
                status(reply),
            )
        });
    }
    if reply.status == 403 {
        return Err(Unwelcome::Failed(forbidden(reply)));
    }
    if !(200..300).contains(&reply.status) {
        let text = format!("HTTP status {}, {}", reply.status, detail(reply));
        return Err(lost(text, status(reply)));
    }
    match envelope {
        Ok(Envelope::Ok(root)) => Ok(root),
        Ok(Envelope::Error(words)) => Err(Unwelcome::Refused(words)),
        Err((text, source)) => Err(lost(text, source)),
    }
}

fn lost(text: String, source: XpmError) -> Unwelcome {
    Unwelcome::Failed(Fail::new(Failure::ReplyLost { text }, source))
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

enum Envelope {
    Ok(Element),
    Error(String),
}

fn envelope(body: &[u8], charset: Option<&str>) -> Result<Envelope, WireError> {
    let root = wire::parse(body, charset)?;
    if root.name() != "Response" {
        return Err(WireError::Missing("Response"));
    }
    let status = root.word("Status")?.ok_or(WireError::Missing("Status"))?;
    if status.eq_ignore_ascii_case("OK") {
        Ok(Envelope::Ok(root))
    } else if status.eq_ignore_ascii_case("ERROR") {
        let words = root.word("ErrorDescription")?;
        Ok(Envelope::Error(plain_text(
            words.unwrap_or("no reason given"),
        )))
    } else {
        Err(WireError::Invalid {
            field: "Status",
            reason: "is neither OK nor ERROR",
        })
    }
}

/// What an envelope that was read in full says of itself, for whoever only reports it.
pub(crate) fn envelope_of(root: &Element) -> Verdict {
    let word = |name| root.word(name).ok().flatten();
    match word("Status") {
        Some(status) if status.eq_ignore_ascii_case("OK") => Verdict::Ok,
        Some(status) if status.eq_ignore_ascii_case("ERROR") => {
            let words = word("ErrorDescription").unwrap_or("no reason given");
            Verdict::Error(plain_text(words))
        }
        _ => Verdict::Unreadable,
    }
}

/// XPM's words, and what to do where the words are known.
pub(crate) fn refusal(words: &str) -> Failure {
    let known = words.to_lowercase();
    let advice = [
        (
            "staff identifier",
            "a person named for the job is not among XPM's staff; restore them in XPM and retry, \
             and name somebody else in the workflow's settings for later jobs",
        ),
        (
            "template identifier",
            "the job template is not in XPM; restore it there and retry, and choose another in the \
             workflow's settings for later jobs",
        ),
        (
            "job identifier",
            "the job is not in XPM any more; adopt another job by its number, or give up",
        ),
        (
            "client identifier",
            "the client is not in XPM, or is archived there; restore it and retry, or give up",
        ),
        (
            "category identifier",
            "the category is not in XPM; restore it there and retry, and choose another in the \
             workflow's settings for later jobs",
        ),
    ];
    let advice = advice.iter().find(|(text, _)| known.contains(text));
    Failure::Refused {
        text: match advice {
            Some((_, what_to_do)) => format!("{words}: {what_to_do}"),
            None => words.to_owned(),
        },
    }
}

/// Whether the words of a refused read say that there is no such job. `Invalid job identifier` is
/// recorded of writes; in which words a read says it is not known.
pub(crate) fn means_no_such_job(words: &str) -> bool {
    let words = words.to_lowercase();
    let absent = ["not found", "does not exist", "no such"];
    words.contains("job identifier")
        || words.contains("job") && absent.iter().any(|absent| words.contains(absent))
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
    let text = format!("it did not accept the access token ({})", detail(reply));
    Fail::new(Failure::NotConnected { text }, status(reply))
}

fn forbidden(reply: &Reply) -> Fail {
    let text = detail(reply);
    // Recorded for a tenant that is not, or no longer, connected.
    let failure = if text.starts_with("AuthenticationUnsuccessful") {
        Failure::NotConnected {
            text: format!("it does not know this practice's connection ({text})"),
        }
    } else {
        Failure::Forbidden { text }
    };
    Fail::new(failure, status(reply))
}

fn status(reply: &Reply) -> XpmError {
    XpmError::Status {
        status: reply.status,
        detail: detail(reply),
    }
}

/// The gateway's own word for what happened, such as `ServiceNotAvailable`.
pub(crate) fn detail(reply: &Reply) -> String {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Gateway {
        detail: Option<String>,
        title: Option<String>,
    }
    let body = reply.body.as_deref().unwrap_or_default();
    serde_json::from_slice::<Gateway>(body)
        .ok()
        .and_then(|gateway| gateway.detail.or(gateway.title))
        .map(|text| plain_text(&text))
        .filter(|text| !text.is_empty())
        .unwrap_or_else(|| "no detail".to_owned())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use workflow_core::ports::gateway::Class;

    use super::*;

    const OK: &str = "<Response><Status>OK</Status><Job/></Response>";
    const ERROR: &str = "<Response><Status>ERROR</Status>\
        <ErrorDescription>Invalid staff identifier for add request</ErrorDescription></Response>";
    const GATEWAY: &str = r#"{"Type":null,"Title":"Forbidden","Status":403,"Detail":"DETAIL","Instance":"1","Extensions":{}}"#;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_795_000_000, 0).unwrap()
    }

    fn failure(status: u16, headers: &[(&'static str, &str)], body: &str) -> Failure {
        match classify(&Reply::of(status, headers, body), now()) {
            Ok(_) => panic!("an OK answer to {status} {body}"),
            Err(Unwelcome::Unauthorised(fail) | Unwelcome::Failed(fail)) => fail.failure,
            Err(Unwelcome::Refused(words)) => refusal(&words),
        }
    }

    #[test]
    fn an_ok_envelope_is_an_answer_only_with_a_success_status() {
        assert!(classify(&Reply::of(200, &[], OK), now()).is_ok());
        assert!(classify(&Reply::of(201, &[], OK), now()).is_ok());
        for status in [302, 400, 404, 500, 503] {
            assert_eq!(
                failure(status, &[], OK).class(),
                Class::Uncertain,
                "{status}"
            );
        }
    }

    #[test]
    fn an_error_envelope_about_the_request_is_a_refusal_at_any_status() {
        for status in [200, 400, 403, 404, 409, 500, 503] {
            let refused = failure(status, &[], ERROR);
            let Failure::Refused { text } = refused else {
                panic!("{status}: {refused:?}");
            };
            assert!(text.starts_with("Invalid staff identifier for add request: a person"));
        }
        let silent = "<Response><Status>ERROR</Status></Response>";
        assert_eq!(failure(200, &[], silent), refusal("no reason given"));
    }

    #[test]
    fn an_error_envelope_of_a_server_that_failed_half_way_proves_nothing() {
        let error = ERROR.replace("Invalid staff identifier for add request", "It went wrong");
        assert_eq!(failure(200, &[], &error), refusal("It went wrong"));
        assert_eq!(failure(400, &[], &error), refusal("It went wrong"));
        for status in [500, 503] {
            let failure = failure(status, &[], &error);
            assert_eq!(failure.class(), Class::Uncertain);
            assert!(failure.to_string().contains("It went wrong"), "{failure}");
        }
    }

    #[test]
    fn known_refusals_say_what_to_do_and_others_are_passed_on() {
        let text = |words: &str| match refusal(words) {
            Failure::Refused { text } => text,
            other => panic!("{other:?}"),
        };
        assert!(text("Invalid job template identifier").contains("the job template is not in XPM"));
        assert!(text("Invalid job identifier").contains("adopt another job"));
        assert_eq!(text("Budget is odd"), "Budget is odd");
        assert!(means_no_such_job("Invalid job identifier"));
        assert!(means_no_such_job("Job WF-1 does not exist"));
        assert!(!means_no_such_job("Invalid job template identifier"));
        assert!(!means_no_such_job("The service was not found"));
    }

    #[test]
    fn everything_that_proves_nothing_is_a_lost_reply() {
        let unavailable = GATEWAY.replace("DETAIL", "ServiceNotAvailable");
        for (status, body) in [
            (200, ""),
            (200, "<html><body>ok</body></html>"),
            (200, "<Response><Job/></Response>"),
            (200, "<Response><Status>MAYBE</Status></Response>"),
            (
                200,
                "<Response><Status>OK</Status><Status>ERROR</Status></Response>",
            ),
            (200, "<Response><Status>OK</Status><Job>"),
            (200, "{\"status\":\"OK\"}"),
            (204, ""),
            (400, "bad"),
            (404, ""),
            (408, ""),
            (500, ""),
            (502, "<html/>"),
            (503, unavailable.as_str()),
            (504, ""),
        ] {
            let failure = failure(status, &[], body);
            assert!(
                matches!(failure, Failure::ReplyLost { .. }),
                "{status} {body}: {failure:?}"
            );
        }
        let failure = failure(503, &[], &unavailable);
        assert!(
            failure
                .to_string()
                .contains("HTTP status 503, ServiceNotAvailable")
        );
    }

    #[test]
    fn the_gateways_refusals_are_definite() {
        let expired = GATEWAY.replace("DETAIL", "TokenExpired: token expired at 04/29/2020");
        assert!(matches!(
            classify(&Reply::of(401, &[], &expired), now()),
            Err(Unwelcome::Unauthorised(_))
        ));
        let unknown = GATEWAY.replace("DETAIL", "AuthenticationUnsuccessful");
        assert!(matches!(
            failure(403, &[], &unknown),
            Failure::NotConnected { .. }
        ));
        let scope = GATEWAY.replace("DETAIL", "InsufficientPermissions");
        assert_eq!(
            failure(403, &[], &scope),
            Failure::Forbidden {
                text: "InsufficientPermissions".to_owned()
            }
        );
        assert!(matches!(
            failure(403, &[], "<html>"),
            Failure::Forbidden { .. }
        ));
    }

    #[test]
    fn a_rate_limit_names_itself_and_its_wait() {
        let limited = |headers: &[(&'static str, &str)]| failure(429, headers, "");
        assert_eq!(
            limited(&[("retry-after", "22"), ("x-rate-limit-problem", "minute")]),
            Failure::RateLimited {
                limit: Limit::Minute,
                retry_after: Some(Duration::from_secs(22))
            }
        );
        assert_eq!(
            limited(&[("x-rate-limit-problem", "concurrent")]).class(),
            Class::Backoff
        );
        for (problem, expected) in [
            ("day", Limit::Day),
            ("appminute", Limit::Application),
            ("app-minute", Limit::Application),
            ("new", Limit::Minute),
        ] {
            let seen = limited(&[("x-rate-limit-problem", problem)]);
            assert!(matches!(seen, Failure::RateLimited { limit, .. } if limit == expected));
        }
        let unnamed = limited(&[("x-daylimit-remaining", "0")]);
        assert!(matches!(
            unnamed,
            Failure::RateLimited {
                limit: Limit::Day,
                ..
            }
        ));
    }

    #[test]
    fn a_wait_is_seconds_or_a_date_and_never_longer_than_two_days() {
        let after = |text| failure(429, &[("retry-after", text)], "").class();
        let http_date = |at: DateTime<Utc>| at.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
        let ahead = http_date(now() + Duration::from_secs(90));
        assert_eq!(wait(&ahead, now()), Some(Duration::from_secs(90)));
        let past = http_date(now() - Duration::from_secs(90));
        assert_eq!(wait(&past, now()), Some(Duration::ZERO));
        assert_eq!(after("67000"), Class::After(Duration::from_secs(67_000)));
        assert_eq!(after("99999999999"), Class::After(LONGEST_WAIT));
        assert_eq!(after("soon"), Class::Backoff);
        assert_eq!(after("-1"), Class::Backoff);
    }

    proptest! {
        #[test]
        fn only_a_success_status_and_a_whole_ok_envelope_are_an_answer(
            status in 100_u16..600,
            cut in 0..OK.len(),
            junk in any::<String>(),
        ) {
            let whole = classify(&Reply::of(status, &[], OK), now());
            prop_assert_eq!(whole.is_ok(), (200..300).contains(&status));
            for body in [&OK[..cut], &junk] {
                prop_assert!(classify(&Reply::of(status, &[], body), now()).is_err());
            }
        }

        #[test]
        fn a_server_error_or_a_broken_answer_is_never_called_definite(
            status in prop_oneof![200_u16..400, 500_u16..600],
            junk in any::<String>(),
        ) {
            prop_assert_eq!(failure(status, &[], &junk).class(), Class::Uncertain);
        }
    }
}

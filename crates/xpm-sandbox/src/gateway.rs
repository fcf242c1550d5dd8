//! What stands before the API: tokens, tenant, scopes, rate limits, and the headers of replies.

use std::sync::Arc;

use crate::api::{Call, Descriptions};
use crate::fate::Fate;
use crate::faults::Fault;
use crate::inferred::{RefusedCalls, ScopeRule};
use crate::inner::Inner;
use crate::kind::{CallKind, NoSuchCall};
use crate::limits::{Exceeded, RateLimit, Remaining};
use crate::tokens::{BadToken, Bearer};
use crate::wire::{self, XmlError};

/// A reply before it is HTTP.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn xml(status: u16, body: String) -> Self {
        Self::new(status, "text/xml; charset=utf-8", body)
    }

    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, "application/json", body.to_string())
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: vec![],
            body: String::new(),
        }
    }

    fn new(status: u16, content_type: &str, body: String) -> Self {
        Self {
            status,
            headers: vec![("content-type", content_type.to_owned())],
            body,
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// An error of the gateway, which speaks JSON.
    pub(crate) fn problem(status: u16, title: &str, detail: &str, correlation: &str) -> Self {
        let body = serde_json::json!({
            "Type": null,
            "Title": title,
            "Status": status,
            "Detail": detail,
            "Instance": correlation,
            "Extensions": {},
        });
        Self::json(status, &body)
    }
}

/// Who calls and for which tenant, as the headers say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Credentials {
    pub(crate) bearer: Option<String>,
    pub(crate) tenant: Option<String>,
}

/// One call in flight; dropping it gives the place back.
#[derive(Debug)]
pub(crate) struct InFlight(Arc<Inner>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.traffic().meter.end();
    }
}

/// A call that may go on.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) fate: Fate,
    pub(crate) in_flight: InFlight,
}

/// The gateway's word on a call, with the headers that its reply carries in any case.
#[derive(Debug)]
pub(crate) struct Admission {
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) correlation: String,
    pub(crate) verdict: Result<Admitted, Reply>,
    /// The limit that refused the call, where one did.
    pub(crate) refused_by: Option<RateLimit>,
}

/// Checks token, tenant, scope and limits, in this order, and draws the call's fate.
pub(crate) fn admit(inner: &Arc<Inner>, kind: CallKind, who: &Credentials) -> Admission {
    let ledger = inner.ledger();
    let now = inner.now(&ledger);
    let correlation = inner.correlation();
    let bearer = match bearer(inner, &ledger, who, &correlation) {
        Ok(bearer) => bearer,
        Err(reply) => return refused(vec![], correlation, reply),
    };
    let tenant = who
        .tenant
        .as_deref()
        .and_then(|text| uuid::Uuid::parse_str(text).ok());
    let connected = ledger.world().connection.is_some() && tenant == Some(ledger.tenant());
    drop(ledger);
    let mut traffic = inner.traffic();
    let forbidden = |detail| Reply::problem(403, "Forbidden", detail, &correlation);
    let refusal = if !connected {
        Some(forbidden("AuthenticationUnsuccessful"))
    } else if !in_scope(kind, &bearer.scope, inner.guesses().scopes) {
        Some(forbidden("InsufficientPermissions"))
    } else {
        None
    };
    if let Some(reply) = refusal {
        // Recorded: the tenant is not known to the limiter yet, so only the app's figure is told.
        let Remaining { app_minute, .. } = traffic.meter.remaining(now);
        let left = Remaining {
            app_minute,
            ..Remaining::default()
        };
        return refused(left_headers(left), correlation, reply);
    }
    if let Err(exceeded) = traffic.meter.begin(now) {
        *traffic.refused.entry(exceeded.limit).or_default() += 1;
        if inner.guesses().refused_calls == RefusedCalls::Counted {
            traffic.meter.charge_refused();
        }
        let left = traffic.meter.remaining(now);
        return Admission {
            refused_by: Some(exceeded.limit),
            ..refused(left_headers(left), correlation, too_many(exceeded))
        };
    }
    *traffic.spent.entry(kind).or_default() += 1;
    let headers = left_headers(traffic.meter.remaining(now));
    let fate = traffic.faults.next(kind);
    let admitted = Admitted {
        fate,
        in_flight: InFlight(Arc::clone(inner)),
    };
    Admission {
        headers,
        correlation,
        verdict: Ok(admitted),
        refused_by: None,
    }
}

fn refused(headers: Vec<(&'static str, String)>, correlation: String, reply: Reply) -> Admission {
    Admission {
        headers,
        correlation,
        verdict: Err(reply),
        refused_by: None,
    }
}

/// The bearer of the token in the headers.
pub(crate) fn bearer(
    inner: &Inner,
    ledger: &crate::ledger::Ledger,
    who: &Credentials,
    correlation: &str,
) -> Result<Bearer, Reply> {
    let token = who.bearer.as_deref().unwrap_or_default();
    let found = ledger.world().tokens.bearer(token, inner.now(ledger));
    found.map_err(|bad| match bad {
        BadToken::Unknown => unauthorised("AuthenticationUnsuccessful", correlation),
        BadToken::Expired(at) => unauthorised(&expired_at(at), correlation),
    })
}

fn expired_at(at: chrono::DateTime<chrono::Utc>) -> String {
    format!(
        "TokenExpired: token expired at {}",
        at.format("%m/%d/%Y %H:%M:%S")
    )
}

fn unauthorised(detail: &str, correlation: &str) -> Reply {
    Reply::problem(401, "Unauthorized", detail, correlation)
        .with("www-authenticate", "Bearer error=invalid_token")
}

fn too_many(exceeded: Exceeded) -> Reply {
    let reply = Reply::empty(429).with("x-rate-limit-problem", exceeded.limit.problem());
    match exceeded.retry_after_secs {
        Some(seconds) => reply.with("retry-after", seconds.to_string()),
        None => reply,
    }
}

fn left_headers(left: Remaining) -> Vec<(&'static str, String)> {
    let figures = [
        ("x-minlimit-remaining", left.minute),
        ("x-daylimit-remaining", left.day),
        ("x-appminlimit-remaining", left.app_minute),
    ];
    let known = figures.into_iter();
    known
        .filter_map(|(name, figure)| Some((name, figure?.to_string())))
        .collect()
}

/// Whether a scope opens a kind of call.
fn in_scope(kind: CallKind, scope: &str, rule: ScopeRule) -> bool {
    let area = match kind.path().split_once(".api").map(|(resource, _)| resource) {
        Some("job" | "jobstate") => ".job",
        Some("client") => ".client",
        Some("staff") => ".staff",
        // Categories, templates, task types, invoices and quotes have no scope of their own.
        _ => "",
    };
    scope.split_whitespace().any(|granted| {
        let Some(granted) = granted.strip_prefix("practicemanager") else {
            return false;
        };
        let (granted, reads_only) = match granted.strip_suffix(".read") {
            Some(granted) => (granted, true),
            None => (granted, false),
        };
        let anywhere = area.is_empty() && rule == ScopeRule::Lenient;
        (granted.is_empty() || granted == area || anywhere) && !(reads_only && kind.is_write())
    })
}

/// The reply to a path or verb that is no call.
pub(crate) fn no_such_call(error: NoSuchCall, correlation: &str) -> Reply {
    match error {
        NoSuchCall::Path => Reply::problem(404, "Not Found", "ResourceNotFound", correlation),
        NoSuchCall::Verb => {
            Reply::problem(405, "Method Not Allowed", "MethodNotAllowed", correlation)
        }
    }
}

/// The reply that a fault gives in place of the real one, for faults that apply nothing.
pub(crate) fn fault_reply(inner: &Inner, fault: Fault, correlation: &str) -> Option<Reply> {
    Some(match fault {
        Fault::TooManyRequests { retry_after_secs } => {
            // Lock order: the ledger's is let go of before the traffic's is taken.
            let now = inner.now(&inner.ledger());
            inner.traffic().meter.renew_in(now, retry_after_secs);
            too_many(Exceeded {
                limit: RateLimit::Minute,
                retry_after_secs: Some(retry_after_secs),
            })
            .with("x-minlimit-remaining", "0")
        }
        Fault::ErrorBeforeCommit => server_error(),
        Fault::Unavailable => Reply::problem(
            503,
            "Service Unavailable",
            "ServiceNotAvailable",
            correlation,
        ),
        Fault::ExpiredToken => {
            let now = inner.now(&inner.ledger());
            unauthorised(&expired_at(now), correlation)
        }
        _ => return None,
    })
}

/// HTTP 500 as the application answers an exception.
pub(crate) fn server_error() -> Reply {
    Reply::xml(500, wire::error("Error", "An unexpected error occurred"))
}

/// The call that a request is, with what its fate says about lists.
pub(crate) fn call(
    (kind, argument): (CallKind, Option<String>),
    query: std::collections::BTreeMap<String, String>,
    body: Vec<u8>,
    fate: Fate,
) -> Result<Call, Reply> {
    let body = String::from_utf8(body).map_err(|_| {
        let error = XmlError::Malformed("the body is not UTF-8".into());
        Reply::xml(500, wire::error(kind.api_method(), &error.to_string()))
    })?;
    let descriptions = match fate.reply {
        Some(Fault::NoDescriptions) => Descriptions::LeftOut,
        _ => Descriptions::Shown,
    };
    let lag = fate.lag.map(|(ms, lists)| {
        let span = chrono::TimeDelta::milliseconds(i64::try_from(ms).unwrap_or(i64::MAX / 1_000));
        (span, lists)
    });
    Ok(Call {
        kind,
        argument,
        query,
        body,
        lag,
        descriptions,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn granular_scopes_open_their_area_and_reading_opens_no_write() {
        let rule = ScopeRule::AsPublished;
        assert!(in_scope(
            CallKind::JobAdd,
            "openid practicemanager.job",
            rule
        ));
        assert!(!in_scope(
            CallKind::JobAdd,
            "practicemanager.job.read",
            rule
        ));
        assert!(in_scope(
            CallKind::JobList,
            "practicemanager.job.read",
            rule
        ));
        assert!(!in_scope(CallKind::ClientList, "practicemanager.job", rule));
        assert!(in_scope(CallKind::ClientList, "practicemanager.read", rule));
        assert!(!in_scope(CallKind::JobAdd, "practicemanager.read", rule));
        assert!(!in_scope(
            CallKind::TemplateList,
            "practicemanager.job",
            rule
        ));
        assert!(in_scope(
            CallKind::TemplateList,
            "practicemanager.job",
            ScopeRule::Lenient
        ));
        assert!(!in_scope(
            CallKind::TemplateList,
            "accounting.invoices",
            ScopeRule::Lenient
        ));
    }
}

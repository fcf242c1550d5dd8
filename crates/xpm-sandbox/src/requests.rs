//! The journal of requests: what came in, what was done, and what the caller got.

use std::collections::{BTreeMap, VecDeque};

use chrono::{DateTime, Utc};
use serde::Serialize;
use tokio::sync::watch;

use crate::kind::CallKind;
use crate::limits::RateLimit;

/// How many requests are kept; older ones are forgotten.
pub(crate) const KEPT: usize = 1_000;
/// How much of a body is kept, in bytes.
const BODY: usize = 8 << 10;

/// One request of the XPM API or of the identity service.
///
/// Its headers are not kept, so no token is, and neither are the bodies of the identity service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Request {
    /// Its number, counted from 1 since the start or the last reset.
    pub number: u64,
    /// When it arrived, on the sandbox's clock.
    pub at: DateTime<Utc>,
    /// The HTTP verb.
    pub verb: String,
    /// The path and query below `/practicemanager/3.1/`, or the whole path of the identity service.
    pub path: String,
    /// The kind of call, where it is one.
    pub kind: Option<CallKind>,
    /// The body, up to 8 KiB of it.
    pub body: String,
    /// The `Idempotency-Key`, where it carried one.
    pub idempotency_key: Option<String>,
    /// What the XPM behind the gateway did and answered; nothing where it was not reached.
    pub carried_out: Option<CarriedOut>,
    /// What the caller got.
    pub outcome: Outcome,
    /// The fault that struck it, by name.
    pub fault: Option<&'static str>,
    /// The limit that refused it.
    pub refused_by: Option<RateLimit>,
    /// The `xero-correlation-id` of its reply.
    pub correlation: String,
}

/// What was done behind the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CarriedOut {
    /// The HTTP status, before any fault.
    pub status: u16,
    /// The body, up to 8 KiB of it; empty for the identity service.
    pub body: String,
}

/// What the caller got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing yet.
    Waiting,
    /// A reply with this HTTP status.
    Answered(u16),
    /// The head and a part of the body.
    Cut(u16),
    /// A connection that dropped.
    Lost,
}

/// What is known of a request when it arrives.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) at: DateTime<Utc>,
    pub(crate) verb: String,
    pub(crate) path: String,
    pub(crate) kind: Option<CallKind>,
    pub(crate) body: String,
    pub(crate) idempotency_key: Option<String>,
}

/// The last requests, and how many have ended.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    last: u64,
    kept: VecDeque<Request>,
    ended: BTreeMap<Option<CallKind>, u64>,
    /// Rises with each request that ends.
    told: watch::Sender<u64>,
}

impl Requests {
    pub(crate) fn arrived(&mut self, arrival: Arrival) -> u64 {
        self.last += 1;
        if self.kept.len() == KEPT {
            self.kept.pop_front();
        }
        self.kept.push_back(Request {
            number: self.last,
            at: arrival.at,
            verb: arrival.verb,
            path: arrival.path,
            kind: arrival.kind,
            body: head(&arrival.body),
            idempotency_key: arrival.idempotency_key,
            carried_out: None,
            outcome: Outcome::Waiting,
            fault: None,
            refused_by: None,
            correlation: String::new(),
        });
        self.last
    }

    fn entry(&mut self, number: u64) -> Option<&mut Request> {
        let first = self.kept.front()?.number;
        let place = usize::try_from(number.checked_sub(first)?).ok()?;
        self.kept.get_mut(place)
    }

    pub(crate) fn carried_out(&mut self, number: u64, status: u16, body: &str) {
        if let Some(entry) = self.entry(number) {
            let body = head(body);
            entry.carried_out = Some(CarriedOut { status, body });
        }
    }

    /// Notes how a request ended.
    pub(crate) fn ended(&mut self, number: u64, end: End) {
        let kind = self.entry(number).and_then(|entry| {
            entry.outcome = end.outcome;
            entry.fault = end.fault;
            entry.refused_by = end.refused_by;
            entry.correlation = end.correlation;
            entry.kind
        });
        *self.ended.entry(kind).or_default() += 1;
        self.told.send_modify(|ended| *ended += 1);
    }

    /// How many requests have ended, of one kind or of all.
    pub(crate) fn ended_of(&self, kind: Option<CallKind>) -> u64 {
        match kind {
            None => self.ended.values().sum(),
            Some(_) => self.ended.get(&kind).copied().unwrap_or_default(),
        }
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.told.subscribe()
    }

    /// The last ones, the newest first.
    pub(crate) fn last(&self, count: usize) -> Vec<Request> {
        self.kept.iter().rev().take(count).cloned().collect()
    }

    /// Forgets everything; who waits for a number of requests goes on waiting.
    pub(crate) fn clear(&mut self) {
        self.last = 0;
        self.kept.clear();
        self.ended.clear();
    }
}

/// How a request ended.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) outcome: Outcome,
    pub(crate) fault: Option<&'static str>,
    pub(crate) refused_by: Option<RateLimit>,
    pub(crate) correlation: String,
}

/// The beginning of a body.
fn head(text: &str) -> String {
    text[..text.floor_char_boundary(BODY)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrival(path: &str) -> Arrival {
        Arrival {
            at: DateTime::UNIX_EPOCH,
            verb: "GET".to_owned(),
            path: path.to_owned(),
            kind: Some(CallKind::JobGet),
            body: "ā".repeat(BODY),
            idempotency_key: None,
        }
    }

    fn end() -> End {
        End {
            outcome: Outcome::Answered(200),
            fault: None,
            refused_by: None,
            correlation: String::new(),
        }
    }

    #[test]
    fn old_requests_are_forgotten_and_still_counted() {
        let mut requests = Requests::default();
        for n in 0..KEPT + 2 {
            let number = requests.arrived(arrival(&n.to_string()));
            requests.carried_out(number, 200, "<x/>");
            requests.ended(number, end());
        }
        let last = requests.last(KEPT + 2);
        assert_eq!(last.len(), KEPT);
        assert_eq!(last[0].path, (KEPT + 1).to_string());
        assert_eq!(last[0].body.len(), BODY);
        assert_eq!(requests.ended_of(Some(CallKind::JobGet)), KEPT as u64 + 2);
        assert_eq!(requests.ended_of(Some(CallKind::JobAdd)), 0);
        // One that was forgotten meanwhile does no harm.
        requests.carried_out(1, 200, "");
    }
}

//! `Idempotency-Key`, for whoever wants to see what a client does where it is honoured.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};

use crate::gateway::Reply;

/// How long an answer is given again.
const WINDOW: TimeDelta = TimeDelta::minutes(6);

#[derive(Debug)]
struct Kept {
    request: String,
    reply: Reply,
    at: DateTime<Utc>,
}

/// The answers to keyed requests.
#[derive(Debug, Default)]
pub(crate) struct Replays(Mutex<BTreeMap<String, Kept>>);

impl Replays {
    /// The first answer to this key, or a new one; an answer of its own where the key was used for
    /// another request. Two of one key never run at the same time.
    pub(crate) fn once(
        &self,
        (key, request): (&str, &str),
        now: DateTime<Utc>,
        execute: impl FnOnce() -> Reply,
    ) -> Reply {
        let mut kept = crate::lock(&self.0);
        kept.retain(|_, old| now < old.at + WINDOW);
        if let Some(old) = kept.get(key) {
            return if old.request == request {
                old.reply.clone()
            } else {
                Reply::problem(400, "Bad Request", "IdempotencyKeyReused", "")
            };
        }
        let reply = execute();
        let entry = Kept {
            request: request.to_owned(),
            reply: reply.clone(),
            at: now,
        };
        kept.insert(key.to_owned(), entry);
        reply
    }

    pub(crate) fn clear(&self) {
        crate::lock(&self.0).clear();
    }
}

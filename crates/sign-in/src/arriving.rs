//! Browsers that are off to sign in: each is named by a cookie, and what it is to bring back is used
//! once and short-lived.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::CsrfToken;
use workflow_core::deployment::Digest;

use crate::limiter::Limits;
use crate::provider::Question;

/// How long a browser may take.
const WHILE: TimeDelta = TimeDelta::minutes(10);

/// A browser that is off to sign in.
#[derive(Debug)]
pub(crate) struct Off {
    pub(crate) question: Question,
    /// The page that it came for.
    pub(crate) to: String,
    browser: Digest,
    since: DateTime<Utc>,
}

/// All of them, by the state that they are to bring back.
#[derive(Debug)]
pub(crate) struct Arriving {
    all: BTreeMap<String, Off>,
    most: usize,
}

impl Arriving {
    /// As many as the limits let off in the time that they have: none gives way to another.
    pub(crate) fn new(limits: Limits) -> Self {
        let windows = WHILE.num_seconds() / Limits::WHILE.num_seconds() + 1;
        let most = i64::from(limits.of_all).max(1) * windows;
        Self {
            all: BTreeMap::new(),
            most: usize::try_from(most).unwrap_or(usize::MAX),
        }
    }

    /// Keeps what a browser is to bring back.
    pub(crate) fn keep(&mut self, question: Question, to: String, name: &str, now: DateTime<Utc>) {
        self.all.retain(|_, off| now < off.since + WHILE);
        while self.all.len() >= self.most {
            self.all.pop_first();
        }
        let state = question.state.secret().clone();
        let off = Off {
            question,
            to,
            browser: Digest::of(&[name.as_bytes()]),
            since: now,
        };
        self.all.insert(state, off);
    }

    /// Takes what the browser of that name was to bring back. Another browser's stays.
    pub(crate) fn take(&mut self, state: &str, name: &str, now: DateTime<Utc>) -> Option<Off> {
        let browser = Digest::of(&[name.as_bytes()]);
        let off = self.all.get(state)?;
        if off.browser != browser {
            return None;
        }
        let off = self.all.remove(state)?;
        (now < off.since + WHILE).then_some(off)
    }
}

/// A new secret: 32 random bytes, in 43 characters.
pub(crate) fn secret() -> String {
    CsrfToken::new_random_len(32).into_secret()
}

/// Whether a cookie holds what [`secret`] makes.
pub(crate) fn is_secret(text: &str) -> bool {
    text.len() == 43
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_new_each_time() {
        let (one, other) = (secret(), secret());
        assert_ne!(one, other);
        assert!(is_secret(&one) && is_secret(&other));
        for bad in ["", "x", &"=".repeat(43), &"a".repeat(44)] {
            assert!(!is_secret(bad), "{bad}");
        }
    }
}

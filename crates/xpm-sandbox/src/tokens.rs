//! Access and refresh tokens: how long they live and what a refresh does to the old ones.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long an access token lives.
pub(crate) const ACCESS_LIFE: TimeDelta = TimeDelta::minutes(30);
/// How long a refresh token lives unused.
const REFRESH_LIFE: TimeDelta = TimeDelta::days(60);
/// How long a refresh token still works after its first use, for whoever lost the reply.
const GRACE: TimeDelta = TimeDelta::minutes(30);

/// Tokens handed out together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Issued {
    /// The consent that they stem from.
    pub(crate) auth_event: Uuid,
    pub(crate) scope: String,
    pub(crate) access: String,
    pub(crate) refresh: Option<String>,
    /// The refresh token that was given in exchange.
    pub(crate) for_refresh: Option<String>,
    pub(crate) at: DateTime<Utc>,
}

#[derive(Debug, Clone)]
struct Access {
    auth_event: Uuid,
    scope: String,
    expires: DateTime<Utc>,
}

#[derive(Debug, Clone)]
struct Refresh {
    auth_event: Uuid,
    scope: String,
    issued: DateTime<Utc>,
    /// When it was first used, and what it was last exchanged for.
    used: Option<(DateTime<Utc>, Option<String>)>,
}

/// All tokens that were handed out and not revoked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tokens {
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Refresh>,
}

/// What a bearer may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bearer {
    pub(crate) auth_event: Uuid,
    pub(crate) scope: String,
}

/// Why a bearer token is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadToken {
    Unknown,
    Expired(DateTime<Utc>),
}

impl Tokens {
    pub(crate) fn issue(&mut self, issued: Issued) {
        let Issued {
            auth_event,
            scope,
            access,
            refresh,
            for_refresh,
            at,
        } = issued;
        if let Some(old) = for_refresh
            .as_ref()
            .and_then(|old| self.refresh.get_mut(old))
        {
            let (first, lost) = old.used.take().unwrap_or((at, None));
            old.used = Some((first, refresh.clone()));
            // Two holders of one token set: the pair that was handed out before is dead.
            if let Some(lost) = lost {
                self.refresh.remove(&lost);
            }
        }
        let expires = at + ACCESS_LIFE;
        self.access.insert(
            access,
            Access {
                auth_event,
                scope: scope.clone(),
                expires,
            },
        );
        if let Some(refresh) = refresh {
            self.refresh.insert(
                refresh,
                Refresh {
                    auth_event,
                    scope,
                    issued: at,
                    used: None,
                },
            );
        }
    }

    pub(crate) fn revoke(&mut self, auth_event: Uuid) {
        self.access
            .retain(|_, token| token.auth_event != auth_event);
        self.refresh
            .retain(|_, token| token.auth_event != auth_event);
    }

    /// Ends every access token that would have lived longer.
    pub(crate) fn end_access(&mut self, at: DateTime<Utc>) {
        for token in self.access.values_mut() {
            token.expires = token.expires.min(at);
        }
    }

    /// Voids every refresh token.
    pub(crate) fn end_refresh(&mut self) {
        self.refresh.clear();
    }

    /// Who the bearer of an access token is.
    pub(crate) fn bearer(&self, token: &str, now: DateTime<Utc>) -> Result<Bearer, BadToken> {
        let found = self.access.get(token).ok_or(BadToken::Unknown)?;
        if now >= found.expires {
            return Err(BadToken::Expired(found.expires));
        }
        Ok(Bearer {
            auth_event: found.auth_event,
            scope: found.scope.clone(),
        })
    }

    /// What a refresh token may be exchanged for, if it may.
    pub(crate) fn refreshable(&self, token: &str, now: DateTime<Utc>) -> Option<Bearer> {
        let found = self.refresh.get(token)?;
        let dead = match &found.used {
            Some((first, _)) => now >= *first + GRACE,
            None => now >= found.issued + REFRESH_LIFE,
        };
        (!dead).then(|| Bearer {
            auth_event: found.auth_event,
            scope: found.scope.clone(),
        })
    }

    /// The consent that a refresh token stems from, whatever its age.
    pub(crate) fn consent_of(&self, refresh: &str) -> Option<Uuid> {
        self.refresh.get(refresh).map(|token| token.auth_event)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn issue(tokens: &mut Tokens, n: u32, old: Option<&str>, minute: i64) {
        tokens.issue(Issued {
            auth_event: Uuid::nil(),
            scope: "offline_access".into(),
            access: format!("a{n}"),
            refresh: Some(format!("r{n}")),
            for_refresh: old.map(str::to_owned),
            at: at(minute),
        });
    }

    #[test]
    fn a_used_refresh_token_works_for_thirty_minutes_more() {
        let mut tokens = Tokens::default();
        issue(&mut tokens, 1, None, 0);
        issue(&mut tokens, 2, Some("r1"), 10);
        assert!(tokens.refreshable("r1", at(39)).is_some());
        assert!(tokens.refreshable("r1", at(40)).is_none());
        assert!(tokens.refreshable("r2", at(40)).is_some());
    }

    #[test]
    fn a_second_use_kills_the_pair_of_the_first() {
        let mut tokens = Tokens::default();
        issue(&mut tokens, 1, None, 0);
        issue(&mut tokens, 2, Some("r1"), 1);
        issue(&mut tokens, 3, Some("r1"), 2);
        assert!(tokens.refreshable("r2", at(3)).is_none());
        assert!(tokens.refreshable("r3", at(3)).is_some());
        assert!(
            tokens.refreshable("r1", at(30)).is_some(),
            "the grace counts from the first use"
        );
        assert!(tokens.refreshable("r1", at(31)).is_none());
    }

    #[test]
    fn tokens_expire_and_are_revoked_together() {
        let mut tokens = Tokens::default();
        issue(&mut tokens, 1, None, 0);
        assert!(tokens.bearer("a1", at(29)).is_ok());
        assert_eq!(tokens.bearer("a1", at(30)), Err(BadToken::Expired(at(30))));
        assert!(
            tokens.refreshable("r1", at(60 * 24 * 60)).is_none(),
            "unused for sixty days"
        );
        tokens.revoke(Uuid::nil());
        assert_eq!(tokens.bearer("a1", at(1)), Err(BadToken::Unknown));
        assert!(tokens.refreshable("r1", at(1)).is_none());
    }
}

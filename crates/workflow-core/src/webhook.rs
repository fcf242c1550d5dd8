//! Webhooks: where what happens to a practice's deployments is sent, and how far each endpoint
//! has been told.
//!
//! The audit is the outbox. An endpoint has a place in the practice's entries, and is told of what
//! follows, in order; so nothing is written twice, nothing is lost, and nothing is passed over.
//! [`Webhooks`] is what people decide and is audited; [`Outbox`] is how far the sending came.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, TimeDelta, Utc};

use crate::canonical::canonical;
use crate::ids::{IdError, WebhookId};

/// What an endpoint may be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum WebhookKind {
    /// An occurrence was deployed: its job is in XPM with all that belongs to it.
    Deployed,
    /// A deployment failed, and waits for a person.
    Failed,
    /// It is not known whether a call of a deployment was carried out; it is looked up by itself.
    Uncertain,
    /// A workflow became inactive: nothing further is needed of it.
    BecameInactive,
}
canonical!(
    enum WebhookKind {
        Deployed,
        Failed,
        Uncertain,
        BecameInactive,
    }
);

impl WebhookKind {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Deployed,
        Self::Failed,
        Self::Uncertain,
        Self::BecameInactive,
    ];
}

impl fmt::Display for WebhookKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deployed => "deployed",
            Self::Failed => "failed",
            Self::Uncertain => "uncertain",
            Self::BecameInactive => "became_inactive",
        })
    }
}

impl FromStr for WebhookKind {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let found = Self::ALL.into_iter().find(|kind| kind.to_string() == text);
        let rule = "must be deployed, failed, uncertain or became_inactive";
        found.ok_or_else(|| IdError::new("kind", rule, text))
    }
}

/// The address of an endpoint: `https://…`, or `http://…` on this machine itself.
///
/// ```
/// use workflow_core::webhook::WebhookUrl;
/// assert!("https://hooks.example/xpm?of=acme".parse::<WebhookUrl>().is_ok());
/// assert!("http://127.0.0.1:9000/hook".parse::<WebhookUrl>().is_ok());
/// let error = "http://hooks.example/".parse::<WebhookUrl>().unwrap_err();
/// assert!(error.to_string().starts_with("url must begin with https://"));
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct WebhookUrl(String);
canonical!(newtype WebhookUrl);

impl WebhookUrl {
    /// The most characters that one may have.
    pub const MOST: usize = 1_000;

    /// The address as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An address may hold what only its owner is to know, so it is shown to administrators alone.
impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookUrl({})", self.host())
    }
}

impl WebhookUrl {
    /// The scheme and the host, which may be logged.
    #[must_use]
    pub fn host(&self) -> &str {
        let after = self.0.find("://").map_or(0, |at| at + 3);
        let end = self.0[after..]
            .find(['/', '?'])
            .map_or(self.0.len(), |at| after + at);
        &self.0[..end]
    }
}

impl fmt::Display for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for WebhookUrl {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        match fault(text) {
            None => Ok(Self(text.to_owned())),
            // What was given may hold a password, so it is not said again.
            Some(rule) => Err(IdError::new("url", rule, "")),
        }
    }
}

/// What is wrong with an address.
fn fault(text: &str) -> Option<&'static str> {
    if text.len() > WebhookUrl::MOST {
        return Some("must have 1000 characters at most");
    }
    if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some("must be visible ASCII without spaces");
    }
    if text.contains(['#', '\\', '"', '<', '>']) {
        return Some("must have no fragment and no character that an address cannot hold");
    }
    let secure = text.strip_prefix("https://");
    let Some(rest) = secure.or_else(|| text.strip_prefix("http://")) else {
        return Some("must begin with https://");
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if authority.contains('@') {
        return Some("must hold no name and no password");
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    if port.is_some_and(|port| port.parse::<u16>().map_or(true, |port| port == 0)) {
        return Some("must have a port from 1 to 65535, or none");
    }
    let is_name = |host: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        !host.is_empty() && host.bytes().all(allowed)
    };
    let is_six = |host: &str| {
        let inner = host
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'));
        inner.is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok())
    };
    if !is_name(host) && !is_six(host) {
        return Some("must name a host");
    }
    let is_here = matches!(host, "127.0.0.1" | "[::1]") || host.eq_ignore_ascii_case("localhost");
    if secure.is_none() && !is_here {
        return Some("must begin with https://, since http:// is for this machine alone");
    }
    None
}

impl TryFrom<String> for WebhookUrl {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<WebhookUrl> for String {
    fn from(url: WebhookUrl) -> Self {
        url.0
    }
}

/// An endpoint, as people set it up. Its secret is kept elsewhere, encrypted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Webhook {
    /// Where it is.
    pub url: WebhookUrl,
    /// What it is told of: at least one.
    pub kinds: BTreeSet<WebhookKind>,
    /// When its secret was made.
    pub secret_made_at: DateTime<Utc>,
    /// Which secret of its own that is, from 1.
    pub secret_number: u32,
    /// Whether it waits for a person, and why.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub parked: Option<Parked>,
}
canonical!(struct Webhook { url, kinds, secret_made_at, secret_number, parked });

/// Why nothing is sent to an endpoint until a person resumes it. What happens meanwhile waits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Parked {
    /// What went wrong, as a sentence.
    pub reason: String,
    /// Since when.
    pub since: DateTime<Utc>,
}
canonical!(struct Parked { reason, since });

/// The endpoints of a practice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Webhooks {
    /// Each of them, by its identity.
    pub endpoints: BTreeMap<WebhookId, Webhook>,
}
canonical!(struct Webhooks { endpoints });

impl Webhooks {
    /// The most endpoints that a practice may have.
    pub const MOST: usize = 20;
}

/// How far the sending to each endpoint of a practice came. It is no decision of anybody's, and
/// changes with each message, so it is not audited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Outbox {
    /// Each endpoint that was told anything, or was tried.
    pub endpoints: BTreeMap<WebhookId, Progress>,
}
canonical!(struct Outbox { endpoints });

/// How far the sending to one endpoint came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Progress {
    /// The last entry of the audit of which everything was told.
    pub after: u64,
    /// How many messages of the entry after it were told.
    #[cfg_attr(feature = "serde", serde(default))]
    pub told: u8,
    /// How often the next message was tried in vain.
    #[cfg_attr(feature = "serde", serde(default))]
    pub tries: u32,
    /// When it is tried again.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub next_at: Option<DateTime<Utc>>,
    /// What went wrong the last time, as a sentence.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub trouble: Option<String>,
    /// When it was last told something.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub told_at: Option<DateTime<Utc>>,
}
canonical!(struct Progress { after, told, tries, next_at, trouble, told_at });

/// After so many tries in vain an endpoint is parked: about a day after the first.
pub const TRIES: u32 = 16;

const FIRST_WAIT: TimeDelta = TimeDelta::seconds(5);
const LONGEST_WAIT: TimeDelta = TimeDelta::hours(4);

/// How long to wait after so many tries in vain: five seconds, then twice as long each time, up to
/// four hours; less up to a quarter of it by `chance`, so that what failed together does not come
/// again together.
///
/// ```
/// use chrono::TimeDelta;
/// use workflow_core::webhook::wait_after;
/// assert_eq!(wait_after(1, 0), TimeDelta::seconds(5));
/// assert_eq!(wait_after(4, 0), TimeDelta::seconds(40));
/// assert_eq!(wait_after(16, 0), TimeDelta::hours(4));
/// assert!((0..1_000).all(|chance| wait_after(4, chance) > TimeDelta::seconds(29)));
/// ```
#[must_use]
pub fn wait_after(tries: u32, chance: u64) -> TimeDelta {
    let doubled = 1_i32
        .checked_shl(tries.saturating_sub(1))
        .filter(|_| tries < 20);
    let wait = doubled.map_or(LONGEST_WAIT, |times| FIRST_WAIT * times);
    let wait = wait.min(LONGEST_WAIT);
    let part = i32::try_from(chance % 251).unwrap_or_default();
    wait - wait * part / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_https_or_on_this_machine() {
        for good in [
            "https://hooks.example",
            "https://hooks.example:8443/a?b=c",
            "https://[2001:db8::1]/x",
            "http://localhost:9000/",
            "http://127.0.0.1",
            "http://[::1]:9000/x",
        ] {
            assert!(good.parse::<WebhookUrl>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "hooks.example",
            "http://hooks.example/",
            "http://127.0.0.1.evil.example/",
            "http://localhost@evil.example/",
            "https://name:password@hooks.example/",
            "https://",
            "https:///x",
            "https://hooks.example:0/",
            "https://hooks.example:99999/",
            "https://hooks.example/a b",
            "https://hooks.example/\n",
            "https://hooks.example/#x",
            "https://hoöks.example/",
            "ftp://hooks.example/",
            "HTTPS://hooks.example/",
            "javascript:alert(1)",
        ] {
            let error = bad.parse::<WebhookUrl>().expect_err(bad);
            assert_eq!(error.field(), "url");
            assert!(!error.to_string().contains("password@"));
        }
        let long = format!("https://hooks.example/{}", "x".repeat(1_000));
        assert!(long.parse::<WebhookUrl>().is_err());
    }

    #[test]
    fn a_log_holds_the_host_and_nothing_of_the_path() {
        let url: WebhookUrl = "https://hooks.example/secret-path?t=1".parse().unwrap();
        assert_eq!(format!("{url:?}"), "WebhookUrl(https://hooks.example)");
    }

    #[test]
    fn it_waits_longer_each_time_and_is_parked_after_about_a_day() {
        let whole: TimeDelta = (1..TRIES).map(|tries| wait_after(tries, 0)).sum();
        assert!(
            whole > TimeDelta::hours(16) && whole < TimeDelta::hours(30),
            "{whole}"
        );
        for tries in 1..40 {
            assert!(wait_after(tries, 0) <= wait_after(tries + 1, 0));
            let (least, most) = (wait_after(tries, 250), wait_after(tries, 0));
            assert_eq!(least, most * 3 / 4);
        }
    }
}

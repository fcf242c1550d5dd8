//! Putting an [`Xpm`] together, and refusing what would be unsafe before anything is sent.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;
use workflow_core::ports::clock::Clock;
use workflow_core::ports::tokens::TokenStore;

use crate::oauth::SignIn;
use crate::{Inner, Xpm};

/// What is asked for when a practice connects, unless [`XpmBuilder::scopes`] says otherwise.
const SCOPES: [&str; 4] = [
    "offline_access",
    "practicemanager.job",
    "practicemanager.client.read",
    "practicemanager.staff.read",
];

/// Builds an [`Xpm`]. [`Xpm::builder`] shows it in use.
#[derive(Debug)]
#[must_use = "nothing is built before `build`"]
pub struct XpmBuilder {
    credentials: Option<(String, SecretString)>,
    tokens: Option<Arc<dyn TokenStore>>,
    clock: Option<Arc<dyn Clock>>,
    api: String,
    identity: String,
    authorize: String,
    time_out: Duration,
    list_time_out: Duration,
    connect_time_out: Duration,
    user_agent: String,
    scopes: Vec<String>,
}

/// Why an [`Xpm`] cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// A part that has no default was not given.
    #[error("{what} must be given")]
    Missing {
        /// Which part.
        what: &'static str,
    },
    /// An address is no absolute URL, or holds what a base address may not.
    #[error("the {which} address {reason}")]
    Address {
        /// Which address: `api`, `identity` or `authorize`.
        which: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A time-out is zero, or the time-out to connect is not shorter than the whole.
    #[error("the {which} time-out {reason}")]
    TimeOut {
        /// Which time-out.
        which: &'static str,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The HTTP client could not be set up: no TLS roots, or a user agent that is no header text.
    #[error("the HTTP client could not be set up")]
    Http(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Default for XpmBuilder {
    fn default() -> Self {
        Self {
            credentials: None,
            tokens: None,
            clock: None,
            api: "https://api.xero.com/".to_owned(),
            identity: "https://identity.xero.com/".to_owned(),
            authorize: "https://login.xero.com/identity/connect/authorize".to_owned(),
            time_out: Duration::from_secs(30),
            list_time_out: Duration::from_secs(120),
            connect_time_out: Duration::from_secs(10),
            user_agent: concat!("xpm-adapter/", env!("CARGO_PKG_VERSION")).to_owned(),
            scopes: SCOPES.map(str::to_owned).to_vec(),
        }
    }
}

impl XpmBuilder {
    /// The application's client id and client secret at Xero. Required.
    pub fn credentials(mut self, client_id: impl Into<String>, secret: SecretString) -> Self {
        self.credentials = Some((client_id.into(), secret));
        self
    }

    /// Where connections are kept. Required.
    pub fn tokens(mut self, tokens: Arc<dyn TokenStore>) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// Where the time comes from. Required.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// The root of the API, under which `practicemanager/3.1/` and `connections` are found. Default:
    /// `https://api.xero.com/`.
    pub fn api(mut self, root: impl Into<String>) -> Self {
        self.api = root.into();
        self
    }

    /// The root of the sign-in service, under which `connect/token` and `connect/revocation` are
    /// found. Default: `https://identity.xero.com/`.
    pub fn identity(mut self, root: impl Into<String>) -> Self {
        self.identity = root.into();
        self
    }

    /// The whole address of the page where a person consents. Default:
    /// `https://login.xero.com/identity/connect/authorize`.
    pub fn authorize(mut self, address: impl Into<String>) -> Self {
        self.authorize = address.into();
        self
    }

    /// How long one request may take, its answer included. Default: 30 seconds. The settle time
    /// before a look-up has to be longer; see [`Xpm::longest_write`].
    pub fn time_out(mut self, time_out: Duration) -> Self {
        self.time_out = time_out;
        self
    }

    /// How long a list may take, its answer included: lists may be tens of megabytes. Default: 120
    /// seconds.
    pub fn list_time_out(mut self, time_out: Duration) -> Self {
        self.list_time_out = time_out;
        self
    }

    /// How long making a connection may take. Default: 10 seconds. It is shorter than the whole,
    /// since running out of it is a definite no: nothing was sent.
    pub fn connect_time_out(mut self, time_out: Duration) -> Self {
        self.connect_time_out = time_out;
        self
    }

    /// What the adapter calls itself. Default: `xpm-adapter/` and the version.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// What to ask for when a practice connects. Default: `offline_access`, `practicemanager.job`,
    /// `practicemanager.client.read` and `practicemanager.staff.read`.
    ///
    /// Xero's specification lists templates and categories under the broad scope
    /// `practicemanager.read` alone. Add it where Xero has granted it to the application; asking for
    /// a scope that was not granted fails the whole consent.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self
    }

    /// Builds the adapter. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`BuildError::Missing`] without credentials, token store or clock; [`BuildError::Address`]
    /// for an address that is no URL, is not `https` (plain `http` is for loopback alone), or holds
    /// a user name, a query or a fragment; [`BuildError::TimeOut`] for a time-out of zero or a
    /// connect time-out that is not shorter than the others; [`BuildError::Http`] when the HTTP
    /// client cannot be set up.
    pub fn build(self) -> Result<Xpm, BuildError> {
        let missing = |what| BuildError::Missing { what };
        let (client_id, secret) = self.credentials.ok_or(missing("credentials"))?;
        let tokens = self.tokens.ok_or(missing("token store"))?;
        let clock = self.clock.ok_or(missing("clock"))?;
        let api = root(address("api", &self.api)?);
        let identity = root(address("identity", &self.identity)?);
        let authorize = address("authorize", &self.authorize)?;
        for (which, time_out) in [
            ("request", self.time_out),
            ("list", self.list_time_out),
            ("connect", self.connect_time_out),
        ] {
            if time_out.is_zero() {
                let reason = "must be longer than zero";
                return Err(BuildError::TimeOut { which, reason });
            }
        }
        if self.connect_time_out >= self.time_out.min(self.list_time_out) {
            return Err(BuildError::TimeOut {
                which: "connect",
                reason: "must be shorter than that of the whole request",
            });
        }
        let mut http = reqwest::Client::builder()
            .user_agent(self.user_agent)
            .connect_timeout(self.connect_time_out)
            // A redirect would carry the bearer token elsewhere and repeat a write.
            .redirect(reqwest::redirect::Policy::none())
            // Whether a call may be repeated is the ledger's to decide.
            .retry(reqwest::retry::never())
            // A connection that the server has meanwhile closed loses a reply; do not keep it long.
            .pool_idle_timeout(Duration::from_secs(15));
        if is_loopback(&api) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|e| BuildError::Http(Box::new(e)))?;
        let sign_in = SignIn::new(
            http.clone(),
            client_id,
            secret,
            &authorize,
            &identity,
            self.time_out,
            self.scopes,
        );
        Ok(Xpm {
            inner: Arc::new(Inner {
                http,
                api,
                time_out: self.time_out,
                list_time_out: self.list_time_out,
                sign_in,
                tokens,
                clock,
                gates: Mutex::new(BTreeMap::new()),
            }),
        })
    }
}

fn address(which: &'static str, text: &str) -> Result<Url, BuildError> {
    let refuse = |reason| Err(BuildError::Address { which, reason });
    let Ok(url) = Url::parse(text) else {
        return refuse("is not an absolute URL");
    };
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("must not hold a user name or a password");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return refuse("must not hold a query or a fragment");
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => refuse("must be https; http is for loopback alone"),
        _ => refuse("must be https"),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let ip = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || ip.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// A root ends in a slash, so that paths go under it.
fn root(mut url: Url) -> Url {
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_may_go_without_tls() {
        for good in [
            "https://api.xero.com/",
            "http://localhost:8080",
            "http://127.0.0.1:8080/root",
            "http://[::1]:8080/",
        ] {
            assert!(address("api", good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.xero.com/",
            "http://localhost.example/",
            "http://127.0.0.1.example/",
            "https://u:p@api.xero.com/",
            "https://api.xero.com/?x=1",
            "https://api.xero.com/#x",
            "ftp://localhost/",
            "api.xero.com",
        ] {
            assert!(address("api", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_root_ends_in_a_slash() {
        let url = root(address("api", "http://localhost:1/a").unwrap());
        assert_eq!(url.join("connections").unwrap().path(), "/a/connections");
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = XpmBuilder::default().build().unwrap_err();
        assert_eq!(error.to_string(), "credentials must be given");
    }
}

//! How people sign in: which provider, under which address the server is reached, how long.

use std::fmt;

use axum::http::HeaderName;
use chrono::TimeDelta;
use openidconnect::url::{Host, Url};
use secrecy::SecretString;
use workflow_core::ids::PracticeId;
use workflow_web::Transport;

use crate::limiter::Limits;

/// Which e-mail addresses of a provider count.
///
/// A role is given to an address, so whoever can have a provider tell an address of their choice
/// has its role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Emails {
    /// Those that the provider says it has verified (`email_verified`).
    #[default]
    Verified,
    /// Also those of which it says nothing: for a provider that tells none which it has not
    /// verified, such as Xero. One that says that it did not verify an address is believed.
    AsGiven,
}

/// How people sign in. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    pub(crate) public_url: Url,
    pub(crate) provider_name: String,
    pub(crate) emails: Emails,
    pub(crate) ask: String,
    pub(crate) address_header: Option<HeaderName>,
    pub(crate) practice: Option<PracticeId>,
    pub(crate) idle: TimeDelta,
    pub(crate) longest: TimeDelta,
    pub(crate) limits: Limits,
}

/// Why a setting cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {reason}")]
pub struct SettingsError {
    field: &'static str,
    reason: &'static str,
}

impl SettingsError {
    /// Which setting.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.field
    }

    pub(crate) fn tls() -> Self {
        Self {
            field: "this machine",
            reason: "cannot speak TLS",
        }
    }
}

const ISSUER: SettingsError = SettingsError {
    field: "the issuer",
    reason: "must be an https address (or http on this machine), without user, query or fragment",
};
const PUBLIC_URL: SettingsError = SettingsError {
    field: "the public URL",
    reason: "must be an https address (or http on this machine) without a path, since the cookie of a \
             session is sent over nothing else",
};
const CLIENT_ID: SettingsError = SettingsError {
    field: "the client id",
    reason: "must not be empty",
};
const LIFETIMES: SettingsError = SettingsError {
    field: "the time that a session lasts",
    reason: "must be at least a minute, at most 30 days, and no shorter than the time it may be idle",
};

impl Settings {
    /// The provider whose discovery document is below `issuer`, the application's id and secret
    /// there, and under which address browsers reach this server.
    ///
    /// Register the public URL with `/sign-in/back` as the redirect address at the provider.
    ///
    /// # Errors
    ///
    /// [`SettingsError`], naming what cannot be used.
    pub fn new(
        issuer: &str,
        client_id: &str,
        client_secret: SecretString,
        public_url: &str,
    ) -> Result<Self, SettingsError> {
        let parsed = Url::parse(issuer).ok().filter(is_safe).ok_or(ISSUER)?;
        if parsed.query().is_some() || parsed.fragment().is_some() || issuer.contains('|') {
            return Err(ISSUER);
        }
        let public_url = Url::parse(public_url).ok().filter(is_safe);
        let public_url = public_url.ok_or(PUBLIC_URL)?;
        if public_url.path() != "/" || public_url.query().is_some() {
            return Err(PUBLIC_URL);
        }
        if client_id.trim().is_empty() {
            return Err(CLIENT_ID);
        }
        Ok(Self {
            // The issuer is compared letter for letter, but for the slash that people add.
            issuer: issuer.trim_end_matches('/').to_owned(),
            client_id: client_id.to_owned(),
            client_secret,
            public_url,
            provider_name: match parsed.host_str() {
                Some("identity.xero.com") => "Xero".to_owned(),
                other => other.unwrap_or_default().to_owned(),
            },
            emails: Emails::default(),
            ask: "an administrator of your practice".to_owned(),
            address_header: None,
            practice: None,
            idle: TimeDelta::hours(2),
            longest: TimeDelta::hours(12),
            limits: Limits::default(),
        })
    }

    /// The same with another name of the provider on its button.
    #[must_use]
    pub fn provider_named(mut self, name: impl Into<String>) -> Self {
        self.provider_name = name.into();
        self
    }

    /// The same with a choice of which e-mail addresses count.
    #[must_use]
    pub fn emails(mut self, emails: Emails) -> Self {
        self.emails = emails;
        self
    }

    /// The same with whom somebody without a role is told to ask, such as a name and a telephone
    /// number.
    #[must_use]
    pub fn ask(mut self, whom: impl Into<String>) -> Self {
        self.ask = whom.into();
        self
    }

    /// The same with the header in which a proxy in front writes the address that a request came
    /// from: the last address in it counts. Name none where nothing in front sets it.
    #[must_use]
    pub fn address_header(mut self, header: HeaderName) -> Self {
        self.address_header = Some(header);
        self
    }

    /// The same for one practice alone.
    #[must_use]
    pub fn practice(mut self, practice: PracticeId) -> Self {
        self.practice = Some(practice);
        self
    }

    /// The same with other limits of how often anybody may sign in.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same with sessions that end after so long without use, and after so long in any case.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] where a session would last less than a minute, more than 30 days, or less
    /// than it may be idle.
    pub fn sessions(mut self, idle: TimeDelta, longest: TimeDelta) -> Result<Self, SettingsError> {
        let short = idle < TimeDelta::minutes(1);
        if short || longest < idle || longest > TimeDelta::days(30) {
            return Err(LIFETIMES);
        }
        (self.idle, self.longest) = (idle, longest);
        Ok(self)
    }

    /// How browsers reach the server, which decides how cookies are marked.
    pub(crate) fn transport(&self) -> Transport {
        match self.public_url.scheme() {
            "https" => Transport::Https,
            _ => Transport::Loopback,
        }
    }

    /// Where the provider sends the browser back to.
    pub(crate) fn redirect(&self) -> String {
        let root = self.public_url.as_str().trim_end_matches('/');
        format!("{root}{}", crate::pages::BACK)
    }
}

/// Whether what goes there is read by nobody on the way: over TLS, or on this machine.
pub(crate) fn is_safe(url: &Url) -> bool {
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    let is_here = match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_here,
        _ => false,
    }
}

impl fmt::Display for Emails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Verified => "verified",
            Self::AsGiven => "as_given",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(issuer: &str, public_url: &str) -> Result<Settings, SettingsError> {
        Settings::new(issuer, "app", SecretString::from("secret"), public_url)
    }

    #[test]
    fn nothing_goes_over_plain_http_but_on_this_machine() {
        let here = "https://workflow.acme.example";
        for good in [
            "https://identity.xero.com",
            "http://127.0.0.1:9000",
            "http://localhost",
        ] {
            assert!(settings(good, here).is_ok(), "{good}");
        }
        for bad in [
            "http://identity.xero.com",
            "http://localhost.evil.example",
            "https://user:word@identity.example",
            "https://identity.example?x=1",
            "identity.xero.com",
            "",
        ] {
            let error = settings(bad, here).unwrap_err();
            assert_eq!(error.field(), "the issuer", "{bad}");
        }
        for bad in [
            "http://workflow.acme.example",
            "https://acme.example/tab",
            "x",
        ] {
            let error = settings("https://identity.xero.com", bad).unwrap_err();
            assert_eq!(error.field(), "the public URL", "{bad}");
        }
    }

    #[test]
    fn no_debug_shows_the_secret_and_a_session_lasts_for_a_while() {
        let settings = settings("https://identity.xero.com/", "http://localhost:8080").unwrap();
        assert!(
            !format!("{settings:?}").contains("secret\""),
            "{settings:?}"
        );
        assert_eq!(settings.redirect(), "http://localhost:8080/sign-in/back");
        assert_eq!(settings.issuer, "https://identity.xero.com");
        assert_eq!(settings.provider_name, "Xero");
        let hours = TimeDelta::hours;
        assert!(settings.clone().sessions(hours(1), hours(8)).is_ok());
        for (idle, longest) in [(0, 8), (9, 8), (1, 24 * 31)] {
            let refused = settings.clone().sessions(hours(idle), hours(longest));
            assert_eq!(refused.unwrap_err(), LIFETIMES);
        }
    }
}

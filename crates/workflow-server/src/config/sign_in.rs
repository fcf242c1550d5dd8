//! The settings of signing in: flags and environment, then the `[sign_in]` table.

use std::path::PathBuf;

use axum::http::HeaderName;
use chrono::TimeDelta;
use serde::Deserialize;
use sign_in::{Emails, Limits, Settings};
use workflow::ids::PracticeId;

use super::{Config, secret};
use crate::cli;
use crate::failure::Failure;

/// The `[sign_in]` table of the TOML file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SignInConfig {
    issuer: Option<String>,
    client_id: Option<String>,
    client_secret_file: Option<PathBuf>,
    provider_name: Option<String>,
    emails: Option<EmailsConfig>,
    ask: Option<String>,
    address_header: Option<String>,
    idle_minutes: Option<u32>,
    longest_minutes: Option<u32>,
    attempts_of_one: Option<u32>,
    attempts_of_all: Option<u32>,
}

/// Which e-mail addresses count.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EmailsConfig {
    Verified,
    AsGiven,
}

impl Config {
    /// Whether an identity provider is named.
    pub(crate) fn signs_in(&self, flags: &cli::SignIn) -> bool {
        flags.sign_in_issuer.is_some() || self.sign_in.issuer.is_some()
    }

    /// How people sign in at the server under that address, of one practice or of all.
    pub(crate) fn sign_in(
        &self,
        flags: &cli::SignIn,
        public_url: &str,
        practice: Option<PracticeId>,
    ) -> Result<Settings, Failure> {
        let file = &self.sign_in;
        let issuer = flags.sign_in_issuer.as_ref().or(file.issuer.as_ref());
        let client_id = flags.sign_in_client_id.as_ref().or(file.client_id.as_ref());
        let client_id = client_id.ok_or_else(|| {
            Failure::input(
                "the client id at the identity provider is missing: give --sign-in-client-id or set \
                 WORKFLOW_SIGN_IN_CLIENT_ID",
            )
        })?;
        let secret_file = flags.sign_in_secret_file.as_ref();
        let secret_file = secret_file.or(file.client_secret_file.as_ref());
        let secret = secret(
            "secret for signing in",
            "WORKFLOW_SIGN_IN_SECRET",
            secret_file,
        )?;
        let issuer = issuer.map_or("", String::as_str);
        let refused =
            |error: sign_in::SettingsError| Failure::input(format!("signing in: {error}"));
        let mut settings = Settings::new(issuer, client_id, secret, public_url).map_err(refused)?;
        if let Some(name) = &file.provider_name {
            settings = settings.provider_named(name);
        }
        if let Some(whom) = &file.ask {
            settings = settings.ask(whom);
        }
        if let Some(practice) = practice {
            settings = settings.practice(practice);
        }
        if let Some(header) = &file.address_header {
            let header = HeaderName::try_from(header);
            let header = header.map_err(|_| {
                Failure::input("signing in: address_header is not the name of a header")
            })?;
            settings = settings.address_header(header);
        }
        let usual = Limits::default();
        settings = settings.limits(Limits {
            of_one: file.attempts_of_one.unwrap_or(usual.of_one),
            of_all: file.attempts_of_all.unwrap_or(usual.of_all),
        });
        let minutes =
            |given: Option<u32>, usual| TimeDelta::minutes(i64::from(given.unwrap_or(usual)));
        let idle = minutes(file.idle_minutes, 2 * 60);
        let longest = minutes(file.longest_minutes, 12 * 60);
        let settings = settings.sessions(idle, longest).map_err(refused)?;
        Ok(settings.emails(match file.emails {
            None | Some(EmailsConfig::Verified) => Emails::Verified,
            Some(EmailsConfig::AsGiven) => Emails::AsGiven,
        }))
    }
}

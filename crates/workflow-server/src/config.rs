//! Settings: flags first, then the environment, then the TOML file, then what is usual.
//!
//! Secrets are read from files or the environment alone: a command line is seen by everybody on
//! the machine.

use std::env;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use secrecy::SecretString;
use serde::Deserialize;
use workflow::ids::PracticeId;
use workflow::sqlite::MasterKey;

use crate::cli;
use crate::failure::Failure;

/// The largest file that a secret is read from, in bytes.
const SECRET_BYTES: u64 = 16 * 1024;

/// The TOML file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    database: Option<PathBuf>,
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) practice: Option<PracticeId>,
    pub(crate) user_header: Option<String>,
    #[serde(default)]
    pub(crate) administrators: Vec<String>,
    pub(crate) public_url: Option<String>,
    #[serde(default)]
    xpm: XpmConfig,
}

/// The `[xpm]` table of the TOML file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct XpmConfig {
    client_id: Option<String>,
    client_secret_file: Option<PathBuf>,
    key_file: Option<PathBuf>,
    api: Option<String>,
    identity: Option<String>,
    authorize: Option<String>,
    scopes: Option<Vec<String>>,
    settle_ms: Option<u32>,
}

/// How XPM is reached, put together.
#[derive(Debug)]
pub(crate) struct XpmSettings {
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
    pub(crate) key: MasterKey,
    pub(crate) api: Option<String>,
    pub(crate) identity: Option<String>,
    pub(crate) authorize: Option<String>,
    /// What to ask for at a consent, instead of what is usual.
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) settle: TimeDelta,
}

impl Config {
    /// Reads the file, where one was named.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let shown = path.display();
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::input(format!("the config file {shown}: {error}")))?;
        toml::from_str(&text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start).min(text.len());
            let line = text.as_bytes()[..at]
                .iter()
                .filter(|b| **b == b'\n')
                .count()
                + 1;
            let reason = error.message();
            Failure::input(format!("the config file {shown}, line {line}: {reason}"))
        })
    }

    /// Which database.
    pub(crate) fn database(&self, flag: &cli::Database) -> Result<PathBuf, Failure> {
        let database = flag.database.as_ref().or(self.database.as_ref());
        database.cloned().ok_or_else(|| {
            Failure::input("which database? give --database PATH or set WORKFLOW_DATABASE")
        })
    }

    /// Which database, which has to be there: what changes a practice does not make one.
    pub(crate) fn existing_database(&self, flag: &cli::Database) -> Result<PathBuf, Failure> {
        let path = self.database(flag)?;
        if path.exists() {
            return Ok(path);
        }
        let shown = path.display();
        Err(Failure::input(format!("there is no database at {shown}")))
    }

    /// The key that stored tokens are sealed under.
    pub(crate) fn key(&self, flag: Option<&PathBuf>) -> Result<MasterKey, Failure> {
        let file = flag.or(self.xpm.key_file.as_ref());
        master_key("key of stored tokens", "WORKFLOW_KEY", file)
    }

    /// How XPM is reached.
    pub(crate) fn xpm(&self, flags: &cli::Xpm) -> Result<XpmSettings, Failure> {
        let first = |flag: &Option<String>, file: &Option<String>| flag.clone().or(file.clone());
        let client_id = first(&flags.xpm_client_id, &self.xpm.client_id).ok_or_else(|| {
            Failure::input(
                "the client id at Xero is missing: give --xpm-client-id or set \
                 WORKFLOW_XPM_CLIENT_ID",
            )
        })?;
        let secret_file = flags.client_secret_file.as_ref();
        let secret_file = secret_file.or(self.xpm.client_secret_file.as_ref());
        let client_secret = secret("client secret", "WORKFLOW_CLIENT_SECRET", secret_file)?;
        let key = self.key(flags.key_file.as_ref())?;
        let settle = flags.settle_ms.or(self.xpm.settle_ms);
        Ok(XpmSettings {
            client_id,
            client_secret,
            key,
            api: first(&flags.xpm_api, &self.xpm.api),
            identity: first(&flags.xpm_identity, &self.xpm.identity),
            authorize: first(&flags.xpm_authorize, &self.xpm.authorize),
            scopes: self.xpm.scopes.clone(),
            settle: settle.map_or(USUAL_SETTLE, |ms| TimeDelta::milliseconds(i64::from(ms))),
        })
    }
}

/// A key of stored tokens, from the environment or from a file.
pub(crate) fn master_key(
    what: &str,
    variable: &str,
    file: Option<&PathBuf>,
) -> Result<MasterKey, Failure> {
    let key = secret(what, variable, file)?;
    MasterKey::from_base64(secrecy::ExposeSecret::expose_secret(&key))
        .map_err(|error| Failure::input(format!("the {what}: {error}")))
}

/// How long a lost request may still take effect, unless set: the longest that one write takes,
/// token and repeat included, and a minute and a half for the server.
const USUAL_SETTLE: TimeDelta = TimeDelta::seconds(210);

/// The scheduler's and the gateway's times that go with a settle time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    /// How long one request may take.
    pub(crate) request: Duration,
    /// How long making a connection may take.
    pub(crate) connect: Duration,
}

impl Times {
    /// One write may take four requests, and half of the settle time is for one write.
    pub(crate) fn within(settle: TimeDelta) -> Self {
        let request = settle.to_std().unwrap_or_default() / 8;
        let request = request.min(Duration::from_secs(30));
        Self {
            request,
            connect: request.mul_f64(0.4).min(Duration::from_secs(10)),
        }
    }
}

/// A secret from the environment or from a file.
fn secret(what: &str, variable: &str, file: Option<&PathBuf>) -> Result<SecretString, Failure> {
    let text = match (env::var(variable), file) {
        (Ok(text), _) => text,
        (Err(env::VarError::NotUnicode(_)), _) => {
            return Err(Failure::input(format!(
                "the {what} in {variable} is no text"
            )));
        }
        (Err(env::VarError::NotPresent), None) => {
            return Err(Failure::input(format!(
                "the {what} is missing: put it into {variable}, or name the file that holds it"
            )));
        }
        (Err(env::VarError::NotPresent), Some(path)) => {
            let shown = path.display();
            let failed = |error: std::io::Error| {
                Failure::input(format!("the {what} cannot be read from {shown}: {error}"))
            };
            if fs::metadata(path).map_err(failed)?.len() > SECRET_BYTES {
                return Err(Failure::input(format!(
                    "{shown} is too large to hold a {what}"
                )));
            }
            fs::read_to_string(path).map_err(failed)?
        }
    };
    let text = SecretString::from(text.trim().to_owned());
    match secrecy::ExposeSecret::expose_secret(&text) {
        "" => Err(Failure::input(format!("the {what} is empty"))),
        _ => Ok(text),
    }
}

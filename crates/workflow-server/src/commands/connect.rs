//! `connect` and `disconnect`: a practice's connection to XPM, by a consent in a browser on this
//! machine, or by a refresh token from standard input.

use std::io::{BufRead as _, IsTerminal as _, Read as _, stderr, stdin};
use std::sync::Arc;

use secrecy::SecretString;
use uuid::Uuid;
use workflow::audit::Actor;
use workflow::practice::Link;
use workflow::service::PracticeHandle;
use workflow::xpm::{ConnectError, Disconnected, Tenant, Unchosen, Xpm};

use super::import::failed;
use crate::cli;
use crate::config::Config;
use crate::consent;
use crate::failure::{Failure, joined};
use crate::{open, out};

/// The longest refresh token, in bytes.
const LONGEST: u64 = 64 * 1024;

pub(crate) async fn run(args: cli::Connect, config: &Config) -> Result<(), Failure> {
    let settings = config.xpm(&args.xpm)?;
    let token = args.refresh_token_stdin.then(token).transpose()?;
    let store = open::owner(&config.database(&args.database)?, &settings).await?;
    let xpm = open::gateway(&settings, &store)?;
    let workflows = open::service(store, Arc::new(xpm.clone()));
    let practice = open::practice(&workflows, Some(args.practice.clone())).await?;
    let connected = match token {
        Some(token) => {
            let connected = xpm.connect_with_refresh_token(practice.id(), &token, args.tenant);
            connected.await
        }
        None => consent::given(&xpm, &practice, &args).await?,
    };
    let connected = match connected {
        Err(ConnectError::SeveralTenants(unchosen)) => choose(&xpm, *unchosen, &args).await,
        ended => ended,
    };
    let tenant = connected.map_err(|error| refused(&practice, &error))?;
    let link = Link::Connected { tenant: tenant.id };
    let linked = practice.set_link(Actor::host("connect"), link).await;
    linked.map_err(failed)?;
    out::print(&format!("{} is connected to {tenant}\n", practice.id()))
}

pub(crate) async fn end(args: cli::Disconnect, config: &Config) -> Result<(), Failure> {
    let settings = config.xpm(&args.xpm)?;
    let store = open::owner(&config.existing_database(&args.database)?, &settings).await?;
    let xpm = open::gateway(&settings, &store)?;
    let workflows = open::service(store, Arc::new(xpm.clone()));
    let practice = open::practice(&workflows, Some(args.practice)).await?;
    let ended = xpm.disconnect(practice.id()).await;
    let ended = ended.map_err(|error| {
        let id = practice.id();
        Failure::other(format!("{id} was not disconnected: {}", joined(&error)))
    })?;
    let noted = practice.set_link(Actor::host("disconnect"), Link::NotConnected);
    noted.await.map_err(failed)?;
    let id = practice.id();
    out::print(&match ended {
        Disconnected::NotConnected => format!("{id} was not connected\n"),
        Disconnected::Revoked => format!("{id} is disconnected, and the consent is revoked\n"),
        Disconnected::OnlyForgotten { reason } => format!(
            "{id} is disconnected here, but Xero could not be told: {reason}; a person can remove \
             the application in Xero\n"
        ),
    })
}

fn refused(practice: &PracticeHandle, error: &ConnectError) -> Failure {
    let sentence = format!("{} was not connected: {}", practice.id(), joined(error));
    match error {
        ConnectError::SeveralTenants(_) => Failure::input(format!("{sentence}; give --tenant")),
        ConnectError::OtherTenant { .. } => Failure::input(sentence),
        _ => Failure::other(sentence),
    }
}

/// Chooses as the flags say, or asks whoever sits at the terminal.
async fn choose(
    xpm: &Xpm,
    unchosen: Unchosen,
    args: &cli::Connect,
) -> Result<Tenant, ConnectError> {
    let several = |unchosen| Err(ConnectError::SeveralTenants(Box::new(unchosen)));
    let tenant = match (args.tenant, unchosen.tenants()) {
        (Some(given), _) => given,
        (None, [only]) => only.id,
        (None, tenants) => match asked("Which XPM practice is it?", tenants) {
            Some(chosen) => chosen,
            None => return several(unchosen),
        },
    };
    let organisation = match (args.organisation, unchosen.organisations()) {
        (Some(given), _) => Some(given),
        (None, []) => None,
        (None, [only]) => Some(only.id),
        // An organisation can be chosen later; nobody has to know.
        (None, several) => asked("Which Xero organisation are its invoices in?", several),
    };
    xpm.choose_tenant(unchosen, tenant, organisation).await
}

/// What somebody at the terminal chooses; `None` where nobody does.
fn asked(question: &str, tenants: &[Tenant]) -> Option<Uuid> {
    if !stdin().is_terminal() || !stderr().is_terminal() {
        return None;
    }
    out::note(question);
    for (number, tenant) in (1..).zip(tenants) {
        out::note(&format!("  {number}. {tenant}"));
    }
    out::note(&format!("Type a number from 1 to {}:", tenants.len()));
    let mut line = String::new();
    stdin().lock().take(64).read_line(&mut line).ok()?;
    let number: usize = line.trim().parse().ok()?;
    Some(tenants.get(number.checked_sub(1)?)?.id)
}

fn token() -> Result<SecretString, Failure> {
    let mut text = String::new();
    let read = stdin().lock().take(LONGEST).read_to_string(&mut text);
    read.map_err(|error| Failure::because("the refresh token cannot be read", &error))?;
    let token = SecretString::from(text.trim().to_owned());
    drop(text);
    match secrecy::ExposeSecret::expose_secret(&token) {
        "" => Err(Failure::input(
            "there is no refresh token on standard input",
        )),
        _ => Ok(token),
    }
}

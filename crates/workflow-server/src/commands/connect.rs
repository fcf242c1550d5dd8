//! `connect`: a practice's connection to XPM, by a refresh token from standard input.

use std::io::Read as _;
use std::sync::Arc;

use secrecy::SecretString;
use workflow::audit::Actor;
use workflow::practice::Link;
use workflow::xpm::ConnectError;

use super::import::failed;
use crate::cli;
use crate::config::Config;
use crate::failure::{Failure, joined};
use crate::{open, out};

/// The longest refresh token, in bytes.
const LONGEST: u64 = 64 * 1024;

pub(crate) async fn run(args: cli::Connect, config: &Config) -> Result<(), Failure> {
    let settings = config.xpm(&args.xpm)?;
    let token = token()?;
    let store = open::owner(&config.database(&args.database)?, &settings).await?;
    let xpm = open::gateway(&settings, &store)?;
    let workflows = open::service(store, Arc::new(xpm.clone()));
    let practice = open::practice(&workflows, Some(args.practice)).await?;
    let connected = xpm.connect_with_refresh_token(practice.id(), &token, args.tenant);
    let tenant = connected.await.map_err(|error| {
        let sentence = format!("{} was not connected: {}", practice.id(), joined(&error));
        match error {
            ConnectError::SeveralTenants(_) => Failure::input(format!("{sentence}; give --tenant")),
            ConnectError::OtherTenant { .. } => Failure::input(sentence),
            _ => Failure::other(sentence),
        }
    })?;
    let link = Link::Connected { tenant: tenant.id };
    let linked = practice.set_link(Actor::host("connect"), link).await;
    linked.map_err(failed)?;
    out::print(&format!("{} is connected to {tenant}\n", practice.id()))
}

fn token() -> Result<SecretString, Failure> {
    let mut text = String::new();
    let read = std::io::stdin()
        .lock()
        .take(LONGEST)
        .read_to_string(&mut text);
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

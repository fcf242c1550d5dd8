//! `serve`: the Workflow tab and the scheduler, against XPM.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use workflow::access::Role;
use workflow::service::{PracticeHandle, Workflows};

use super::import::failed;
use super::run_due::{options, scheduler, troubles};
use crate::cli;
use crate::config::Config;
use crate::failure::Failure;
use crate::host::SignIn;
use crate::{host, open, out, stop};

pub(crate) async fn run(args: cli::Serve, config: &Config) -> Result<(), Failure> {
    let settings = config.xpm(&args.xpm)?;
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
    let address = args.listen.or(config.listen).unwrap_or(usual);
    let header = args.user_header.or_else(|| config.user_header.clone());
    let signs_in = config.signs_in(&args.sign_in);
    if header.is_some() && signs_in {
        return Err(Failure::input(
            "people sign in either by an identity provider or by a proxy: leave out \
             --sign-in-issuer or --user-header",
        ));
    }
    if header.is_none() && !signs_in && !address.ip().is_loopback() {
        return Err(Failure::input(format!(
            "{address} is reached from other machines, where people have to sign in: name an \
             identity provider with --sign-in-issuer, or the header that your signing-in proxy \
             sets with --user-header"
        )));
    }
    let public_url = args.public_url.or_else(|| config.public_url.clone());
    if signs_in && public_url.is_none() && !address.ip().is_loopback() {
        return Err(Failure::input(
            "signing in: give --public-url, the https address under which browsers reach this server",
        ));
    }
    let named = args.practice.or_else(|| config.practice.clone());
    // What cannot be used is refused before anything is opened. The port may still be unknown.
    let sign_in = |port: u16| {
        let usual = || format!("http://localhost:{port}");
        let public_url = public_url.clone().unwrap_or_else(usual);
        let settings = config.sign_in(&args.sign_in, &public_url, named.clone());
        settings.map(|settings| (settings, public_url))
    };
    if signs_in {
        sign_in(address.port())?;
    }
    let store = open::owner(&config.database(&args.database)?, &settings).await?;
    open::check_key(&store).await?;
    let xpm = open::gateway(&settings, &store)?;
    let options = options(&settings, &xpm)?;
    let workflows = open::service(store.clone(), Arc::new(xpm.clone()));
    // Whoever signs in sees the practices that they have a role in.
    let practice = match (signs_in, &named) {
        (true, None) => None,
        _ => Some(open::practice(&workflows, named.clone()).await?),
    };
    let listener = TcpListener::bind(address).await;
    let listener = listener
        .map_err(|error| Failure::because(&format!("{address} cannot be listened on"), &error))?;
    let address = listener.local_addr().map_err(failed)?;
    let tab = match (header, practice) {
        (None, practice) if signs_in => {
            let (settings, public_url) = sign_in(address.port())?;
            say_who_administers(&workflows, practice).await?;
            host::signing_in(workflows.clone(), store, xpm, settings, &public_url)?
        }
        (None, Some(practice)) => {
            out::note(
                "Nobody signs in: whoever is on this machine is the practice's administrator. Name \
                 an identity provider with --sign-in-issuer to have people sign in.",
            );
            let public_url = public_url.unwrap_or(format!("http://localhost:{}", address.port()));
            host::operator(workflows.clone(), practice, xpm, &public_url)?
        }
        (Some(header), Some(practice)) => {
            out::note(&format!(
                "Nobody signs in here: people are who the proxy says in {header}."
            ));
            let mut administrators = args.administrators;
            if administrators.is_empty() {
                administrators.clone_from(&config.administrators);
            }
            let sign_in = SignIn {
                header,
                administrators,
                public_url,
            };
            host::behind_proxy(workflows.clone(), practice, xpm, &sign_in)?
        }
        // Only whoever signs in goes without a practice.
        (_, None) => return Err(Failure::input("which practice? give --practice")),
    };
    out::print(&format!("The Workflow tab: http://{address}/\n"))?;
    let (stop, stopped) = watch::channel(false);
    let until = |mut stopped: watch::Receiver<bool>| async move {
        // A sender that is gone stops as well.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    let tab = tab.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, tab).with_graceful_shutdown(until(stopped.clone()));
    let scheduler = scheduler(workflows, options);
    let deploying = async {
        let report = scheduler.run(until(stopped)).await;
        // Without the scheduler there is nothing to serve for.
        stop.send_replace(true);
        report
    };
    let asked = async {
        let mut stopped = stop.subscribe();
        tokio::select! {
            () = stop::asked() => {}
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
        stop.send_replace(true);
    };
    let (served, report, ()) = tokio::join!(serving, deploying, asked);
    let report = report.map_err(failed)?;
    out::note(&format!("stopped: {report}"));
    served.map_err(failed)?;
    troubles(&report)
}

/// Says that people sign in, and which practices nobody administers yet.
async fn say_who_administers(
    workflows: &Workflows,
    only: Option<PracticeHandle>,
) -> Result<(), Failure> {
    out::note("People sign in by the identity provider, each in the role that the practice gives.");
    let all = match only {
        Some(practice) => vec![practice],
        None => {
            let ids = workflows.practices().await.map_err(failed)?;
            ids.into_iter().map(|id| workflows.practice(id)).collect()
        }
    };
    for practice in all {
        let accesses = practice.accesses().await.map_err(failed)?;
        let mut roles = accesses.iter().map(|access| access.role);
        if !roles.any(|role| role == Some(Role::Administrator)) {
            let id = practice.id();
            out::note(&format!(
                "Nobody administers {id} yet: workflow-server role grant --practice {id} \
                 EMAIL administrator"
            ));
        }
    }
    Ok(())
}

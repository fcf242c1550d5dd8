//! `serve`: the Workflow tab and the scheduler, against XPM.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use workflow::access::Role;
use workflow::service::{PracticeHandle, Workflows};
use workflow::webhooks::{HttpCourier, Sender};

use super::import::failed;
use super::run_due::{options, scheduler, troubles};
use crate::cli;
use crate::config::Config;
use crate::failure::Failure;
use crate::host::Proxy;
use crate::{host, open, out, stop};

pub(crate) async fn run(args: cli::Serve, config: &Config) -> Result<(), Failure> {
    let settings = config.xpm(&args.xpm)?;
    let usual = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
    let address = args.listen.or(config.listen).unwrap_or(usual);
    let way = GettingIn::of(&args, config, address)?;
    let public_url = args
        .public_url
        .clone()
        .or_else(|| config.public_url.clone());
    let named = args.practice.clone().or_else(|| config.practice.clone());
    // What cannot be used is refused before anything is opened. The port may still be unknown.
    let sign_in = |port: u16| {
        let url = public_url.clone().unwrap_or_else(|| local(port));
        let settings = config.sign_in(&args.sign_in, &url, named.clone());
        settings.map(|settings| (settings, url))
    };
    if matches!(way, GettingIn::Provider) {
        sign_in(address.port())?;
    }
    let store = open::owner(&config.database(&args.database)?, &settings).await?;
    open::check_key(&store).await?;
    let xpm = open::gateway(&settings, &store)?;
    let options = options(&settings, &xpm)?;
    let workflows = open::service(store.clone(), Arc::new(xpm.clone()));
    let listener = TcpListener::bind(address).await;
    let listener = listener
        .map_err(|error| Failure::because(&format!("{address} cannot be listened on"), &error))?;
    let address = listener.local_addr().map_err(failed)?;
    let tab = match way {
        GettingIn::Provider => {
            // Whoever signs in sees the practices that they have a role in.
            let only = match &named {
                Some(_) => Some(open::practice(&workflows, named.clone()).await?),
                None => None,
            };
            let (settings, url) = sign_in(address.port())?;
            say_who_administers(&workflows, only).await?;
            host::signing_in(workflows.clone(), store, xpm, settings, &url)?
        }
        GettingIn::Machine => {
            out::note(
                "Nobody signs in: whoever is on this machine is the practice's administrator. Name \
                 an identity provider with --sign-in-issuer to have people sign in.",
            );
            let url = public_url.unwrap_or_else(|| local(address.port()));
            let practice = open::practice(&workflows, named).await?;
            host::operator(workflows.clone(), &practice, xpm, &url)?
        }
        GettingIn::Proxy(header) => {
            out::note(&format!(
                "Nobody signs in here: people are who the proxy says in {header}."
            ));
            let mut administrators = args.administrators;
            if administrators.is_empty() {
                administrators.clone_from(&config.administrators);
            }
            let proxy = Proxy {
                header,
                administrators,
                public_url,
            };
            let practice = open::practice(&workflows, named).await?;
            host::behind_proxy(workflows.clone(), &practice, xpm, &proxy)?
        }
    };
    let courier = HttpCourier::new().map_err(failed)?;
    let asked_to_stop = stop::asked();
    out::print(&format!("The Workflow tab: http://{address}/\n"))?;
    let (stop, stopped) = watch::channel(false);
    let until = |mut stopped: watch::Receiver<bool>| async move {
        // A sender that is gone stops as well.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    let tab = tab.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, tab).with_graceful_shutdown(until(stopped.clone()));
    let following = workflows.clone();
    let sender = Sender::new(workflows.clone(), Arc::new(courier));
    let scheduler = scheduler(workflows, options);
    let telling = sender.run(until(stopped.clone()));
    let deploying = async {
        let report = scheduler.run(until(stopped)).await;
        // Without the scheduler there is nothing to serve for.
        stop.send_replace(true);
        report
    };
    let asked = async {
        let mut stopped = stop.subscribe();
        tokio::select! {
            () = asked_to_stop => {}
            _ = stopped.wait_for(|stopped| *stopped) => {}
        }
        stop.send_replace(true);
        // Whoever follows what happens would keep the server from stopping.
        following.stop_listening();
    };
    let (served, report, (), _) = tokio::join!(serving, deploying, asked, telling);
    let report = report.map_err(failed)?;
    out::note(&format!("stopped: {report}"));
    served.map_err(failed)?;
    troubles(&report)
}

/// How people get in.
#[derive(Debug)]
enum GettingIn {
    /// Whoever is on this machine.
    Machine,
    /// Whoever a proxy names in that header.
    Proxy(String),
    /// Whoever signs in at an identity provider.
    Provider,
}

impl GettingIn {
    /// As the settings say, unless they contradict themselves or let everybody in.
    fn of(args: &cli::Serve, config: &Config, address: SocketAddr) -> Result<Self, Failure> {
        let header = args.user_header.as_ref().or(config.user_header.as_ref());
        let url = args.public_url.as_ref().or(config.public_url.as_ref());
        let is_here = address.ip().is_loopback();
        match (header, config.signs_in(&args.sign_in)) {
            (Some(_), true) => Err(Failure::input(
                "people sign in either by an identity provider or by a proxy: leave out \
                 --sign-in-issuer or --user-header",
            )),
            (Some(header), false) => Ok(Self::Proxy(header.clone())),
            (None, false) if is_here => Ok(Self::Machine),
            (None, false) => Err(Failure::input(format!(
                "{address} is reached from other machines, where people have to sign in: name an \
                 identity provider with --sign-in-issuer, or the header that your signing-in proxy \
                 sets with --user-header"
            ))),
            (None, true) if is_here || url.is_some_and(|url| url.starts_with("https://")) => {
                Ok(Self::Provider)
            }
            (None, true) => Err(Failure::input(format!(
                "signing in: {address} is reached from other machines: give with --public-url the \
                 https address under which browsers reach this server"
            ))),
        }
    }
}

fn local(port: u16) -> String {
    format!("http://localhost:{port}")
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

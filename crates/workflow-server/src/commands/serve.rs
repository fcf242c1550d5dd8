//! `serve`: the Workflow tab and the scheduler, against XPM.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use workflow::webhooks::{HttpCourier, Sender};

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
    if header.is_none() && !address.ip().is_loopback() {
        return Err(Failure::input(format!(
            "{address} is reached from other machines, where people have to sign in: name the \
             header that your signing-in proxy sets with --user-header"
        )));
    }
    let store = open::owner(&config.database(&args.database)?, &settings).await?;
    open::check_key(&store).await?;
    let xpm = open::gateway(&settings, &store)?;
    let options = options(&settings, &xpm)?;
    let workflows = open::service(store, Arc::new(xpm.clone()));
    let named = args.practice.or_else(|| config.practice.clone());
    let practice = open::practice(&workflows, named).await?;
    let listener = TcpListener::bind(address).await;
    let listener = listener
        .map_err(|error| Failure::because(&format!("{address} cannot be listened on"), &error))?;
    let address = listener.local_addr().map_err(failed)?;
    let public_url = args.public_url.or_else(|| config.public_url.clone());
    let tab = match header {
        None => {
            let public_url = public_url.unwrap_or(format!("http://localhost:{}", address.port()));
            host::operator(workflows.clone(), practice, xpm, &public_url)?
        }
        Some(header) => {
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
    };
    out::print(&format!("The Workflow tab: http://{address}/\n"))?;
    let (stop, stopped) = watch::channel(false);
    let until = |mut stopped: watch::Receiver<bool>| async move {
        // A sender that is gone stops as well.
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    let serving = axum::serve(listener, tab).with_graceful_shutdown(until(stopped.clone()));
    let following = workflows.clone();
    let courier = HttpCourier::new().map_err(failed)?;
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
            () = stop::asked() => {}
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

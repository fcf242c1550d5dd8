//! A consent by a browser on this machine: a page of our own on loopback waits for its answer.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use workflow::service::PracticeHandle;
use workflow::xpm::{ConnectError, Pending, Tenant, Xpm};

use crate::cli;
use crate::connecting::{BACK, Back};
use crate::failure::Failure;
use crate::{out, stop};

/// An answer that a browser brought, and where to say what came of it.
type Brought = (Back, oneshot::Sender<Said>);
/// What the browser is shown.
type Said = (StatusCode, &'static str);

const ELSEWHERE: Said = (
    StatusCode::BAD_REQUEST,
    "This answer belongs to another consent; begin again.\n",
);
const BROUGHT: Said = (
    StatusCode::OK,
    "Thank you. The rest is said where you typed the command; this page can be closed.\n",
);

/// Sends a browser off to give a consent, waits until it comes back, and finishes it.
///
/// # Errors
///
/// Where the port is taken, nobody consents, or the command is told to stop.
pub(crate) async fn given(
    xpm: &Xpm,
    practice: &PracticeHandle,
    args: &cli::Connect,
) -> Result<Result<Tenant, ConnectError>, Failure> {
    let port = args.redirect_port;
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address).await.map_err(|error| {
        Failure::because(
            &format!("port {port}, which Xero sends the browser back to, cannot be listened on"),
            &error,
        )
    })?;
    let port = listener.local_addr().map_or(port, |at| at.port());
    let redirect = format!("http://localhost:{port}{BACK}").parse();
    let redirect = redirect.map_err(|error| Failure::because("the redirect address", &error))?;
    let (url, pending) = xpm.authorize_url(practice.id(), &redirect);
    out::print(&format!("Consent in a browser on this machine: {url}\n"))?;
    if !args.no_browser
        && let Err(error) = ::open::that_detached(url.as_str())
    {
        out::note(&format!("no browser could be opened: {error}"));
    }
    let (brings, mut brought) = mpsc::channel(8);
    let (stop, stopped) = oneshot::channel::<()>();
    let pages = Router::new().route(BACK, get(page)).with_state(brings);
    let serving = axum::serve(listener, pages).with_graceful_shutdown(async {
        // A sender that is gone stops as well.
        let _ = stopped.await;
    });
    let serving = tokio::spawn(serving.into_future());
    let back = tokio::select! {
        back = awaited(&mut brought, &pending) => back,
        () = stop::asked() => None,
    };
    drop(stop);
    // That it ended badly does not matter any more: the answer is here, or nobody wants it.
    let _ = serving.await;
    let Some(back) = back else {
        return Err(Failure::other("nobody consented"));
    };
    let (Some(code), Some(state)) = (&back.code, &back.state) else {
        return Err(Failure::other(back.no_code()));
    };
    Ok(xpm.finish_authorization(pending, code, state).await)
}

/// The answer that belongs to this consent; others are turned away.
async fn awaited(brought: &mut mpsc::Receiver<Brought>, pending: &Pending) -> Option<Back> {
    loop {
        let (back, reply) = brought.recv().await?;
        let expected = back
            .state
            .as_deref()
            .is_some_and(|state| pending.expects(state));
        let said = if expected { BROUGHT } else { ELSEWHERE };
        // A browser that is gone needs no page.
        let _ = reply.send(said);
        if expected {
            return Some(back);
        }
    }
}

async fn page(State(brings): State<mpsc::Sender<Brought>>, Query(back): Query<Back>) -> Response {
    let (reply, said) = oneshot::channel();
    let (status, sentence) = match brings.send((back, reply)).await {
        Ok(()) => said.await.unwrap_or(ELSEWHERE),
        Err(_) => ELSEWHERE,
    };
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CONNECTION, "close"),
    ];
    (status, headers, sentence).into_response()
}

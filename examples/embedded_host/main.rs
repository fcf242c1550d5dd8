//! A host application of its own, with its own navigation, sessions and look, in which the Workflow
//! tab is mounted at `/work`.
//!
//! `cargo run --example embedded_host` serves it on loopback until it is interrupted; with
//! `-- --once` it serves, answers one visit of its own and ends.

mod page;
mod people;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use workflow::prelude::*;
use workflow::system;
use workflow_core::testing::MemoryGateway;

use crate::people::Sessions;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let key = MasterKey::from_bytes([7; 32]); // yours comes from a secret; it seals the tokens
    let store = SqliteStore::options().key(key);
    let store = Arc::new(store.open(folder.path().join("kea.db")).await?);
    let gateway = Arc::new(MemoryGateway::new()); // yours is `Xpm`
    let workflows = Workflows::new(system::ports(store, gateway));
    let client = practices(&workflows).await?;

    let sessions = Sessions::default();
    let host = Router::new()
        .route("/", get(home))
        .route("/sign-in", get(sign_in))
        .route("/invoices/{client}", get(invoices))
        .route("/kea.css", get(style))
        .with_state(sessions.clone());
    let tab = workflow::web::router(workflows, sessions);
    let app = host.nest("/work", tab);

    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    println!("http://{address}/");
    let serving = axum::serve(listener, app);
    if !std::env::args().any(|word| word == "--once") {
        return Ok(serving.await?);
    }
    let (done, stop) = tokio::sync::oneshot::channel::<()>();
    let serving = serving.with_graceful_shutdown(async { drop(stop.await) });
    let serving = tokio::spawn(serving.into_future());
    visit(address, client).await?;
    drop(done);
    serving.await??;
    Ok(())
}

/// Two practices, of which one has a client with a workflow.
async fn practices(workflows: &Workflows) -> Result<ClientId, Box<dyn std::error::Error>> {
    let host = || Actor::host("example");
    for (id, name) in [("kea", "Kea Accounting"), ("tui", "Tui Accounting")] {
        let calendar = WorkingCalendar::new("weekends only", 1)?;
        let zone = "Pacific/Auckland".parse()?;
        let practice = Practice::new(id.parse()?, name.parse()?, zone, calendar);
        workflows.set_up(host(), practice).await?;
    }
    let practice = workflows.practice("kea".parse()?);
    let client = ClientId::new(system::ids().next());
    let cafe = Client::new(client, "Kōwhai Café Ltd".parse()?, FinancialYearEnd::MARCH);
    practice.put_client(host(), cafe).await?;
    let today = system::clock().now().date_naive();
    let month_ends = Recurrence::monthly().last_business_day().from(today);
    let gst = NewWorkflow::named("GST {period}").client(client);
    practice.add(host(), gst.recurring(month_ends)).await?;
    Ok(client)
}

async fn home(State(sessions): State<Sessions>, request: Request) -> Html<String> {
    let (parts, _) = request.into_parts();
    let account = sessions.account(&parts);
    let content = "<main><h1>Kea Practice</h1><p>Everything but the workflows is here.</p></main>";
    let name = account.map(|account| account.name);
    Html(page::page("Home", "", name, content))
}

/// Signs in whoever is named in `?as=`, and leads on to the workflows.
async fn sign_in(
    State(sessions): State<Sessions>,
    Query(asked): Query<std::collections::HashMap<String, String>>,
) -> Response {
    let session = asked.get("as").and_then(|name| sessions.sign_in(name));
    match session {
        Some(id) => {
            let cookie = format!("kea_session={id}; Path=/; HttpOnly; SameSite=Lax");
            ([(header::SET_COOKIE, cookie)], Redirect::to("/work")).into_response()
        }
        None => {
            let names = ["Aroha", "Ben", "Chloe", "Dan"];
            let links =
                names.map(|name| format!("<li><a href=\"/sign-in?as={name}\">{name}</a></li>"));
            let content = format!("<main><h1>Sign in</h1><ul>{}</ul></main>", links.concat());
            Html(page::page("Sign in", "", None, &content)).into_response()
        }
    }
}

async fn invoices(Path(client): Path<uuid::Uuid>) -> Html<String> {
    let content = format!("<main><h1>Invoices</h1><p>Those of client {client}.</p></main>");
    Html(page::page("Invoices", "", None, &content))
}

async fn style() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/css")], page::STYLE)
}

/// One visit: without a session, and as three people with different parts.
async fn visit(
    address: std::net::SocketAddr,
    client: ClientId,
) -> Result<(), Box<dyn std::error::Error>> {
    let tab = format!("/work/client/{client}");
    let nobody = fetch(address, &tab, None).await?;
    assert!(nobody.starts_with("HTTP/1.1 303"), "{nobody}");
    for (name, status, adds) in [
        ("Aroha", StatusCode::OK, true),
        ("Chloe", StatusCode::OK, false),
        ("Dan", StatusCode::NOT_FOUND, false),
    ] {
        let signed_in = fetch(address, &format!("/sign-in?as={name}"), None).await?;
        let (_, cookie) = signed_in.split_once("kea_session=").ok_or("no session")?;
        let cookie = cookie.split(';').next().unwrap_or_default();
        let page = fetch(address, &tab, Some(cookie)).await?;
        assert!(
            page.starts_with(&format!("HTTP/1.1 {}", status.as_str())),
            "{page}"
        );
        assert!(page.contains(&format!("Signed in as {name}")), "{page}");
        assert!(page.contains("an example of a host application"), "{page}");
        assert_eq!(page.contains("Add workflow"), adds, "{page}");
        assert_eq!(page.contains("GST"), name != "Dan", "{page}");
        println!("{name}: {status}");
    }
    Ok(())
}

/// What the application answers.
async fn fetch(
    address: std::net::SocketAddr,
    path: &str,
    session: Option<&str>,
) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let cookie = session.map_or_else(String::new, |id| format!("Cookie: kea_session={id}\r\n"));
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{cookie}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

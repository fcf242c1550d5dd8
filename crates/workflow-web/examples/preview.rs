//! Serves the tab with sample data on loopback, to look at it:
//! `cargo run -p workflow-web --example preview -- 8091`.
//!
//! With `disconnected` after the port the practice is not connected to XPM.

#[path = "../tests/support/mod.rs"]
#[expect(
    dead_code,
    unreachable_pub,
    reason = "the tests use what the preview does not"
)]
mod support;

use axum::Router;
use support::sample::Sample;
use workflow_core::audit::Actor;
use workflow_web::LocalHost;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().map_or(Ok(8091), |port| port.parse())?;
    let sample = match arguments.next().as_deref() {
        Some("disconnected") => Sample::disconnected().await,
        _ => Sample::new().await,
    };
    let host = LocalHost::new(sample.practice.id().clone(), Actor::person("Alex Reed"))
        .titled("Acme Practice")
        .connect_at("/connect")
        .jobs_at("https://practicemanager.xero.com/job/{id}");
    let tab = workflow_web::router(sample.world.workflows.clone(), host);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}/clients", listener.local_addr()?);
    println!(
        "http://{}/clients/client/{}/workflow/{}",
        listener.local_addr()?,
        sample.harbour,
        sample.bas
    );
    println!(
        "failed {} held {} uncertain {} monthly {} hand {} empty {}",
        sample.failed, sample.held, sample.uncertain, sample.monthly, sample.by_hand, sample.empty
    );
    axum::serve(listener, Router::new().nest("/clients", tab)).await?;
    Ok(())
}

//! A workflow built, planned and deployed, to a simulated XPM, in under sixty lines.
//!
//! `cargo run --example quickstart`

use std::sync::Arc;

use chrono::Days;
use workflow::prelude::*;
use workflow::system;
use xpm_sandbox::Sandbox;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (me, acme): (_, PracticeId) = (|| Actor::person("Aroha"), "acme".parse()?);
    let (client, folder) = (ClientId::new(system::ids().next()), tempfile::tempdir()?);

    // A simulated XPM, in place of the real one.
    let xpm = Sandbox::builder().build()?;
    let xpm = xpm.start("127.0.0.1:0".parse()?).await?;
    xpm.state().add_client(client.uuid(), "Kōwhai Café Ltd")?;
    let token = xpm.state().issue_tokens()?.refresh_token;

    let key = MasterKey::from_bytes([7; 32]); // yours comes from a secret; it seals the tokens
    let store = SqliteStore::options().key(key);
    let store = Arc::new(store.open(folder.path().join("acme.db")).await?);
    let gateway = Xpm::builder()
        .credentials("sandbox-app", "sandbox-secret".into())
        .tokens(store.clone())
        .clock(system::clock())
        .api(xpm.base_url())
        .identity(xpm.base_url())
        .build()?;
    let none_named = None; // the connection has one XPM tenant
    gateway
        .connect_with_refresh_token(&acme, &token.into(), none_named)
        .await?;

    let workflows = Workflows::new(system::ports(store, Arc::new(gateway)));
    let calendar = WorkingCalendar::new("weekends only", 1)?;
    let practice = Practice::new(acme, "Acme".parse()?, "Pacific/Auckland".parse()?, calendar);
    let practice = workflows.set_up(me(), practice).await?.value;
    let cafe = Client::new(client, "Kōwhai Café Ltd".parse()?, FinancialYearEnd::MARCH);
    practice.put_client(me(), cafe).await?;

    let today = system::clock().now().date_naive();
    let start = today - Days::new(40);
    let month_ends = Recurrence::monthly().last_business_day().from(start);
    let gst = NewWorkflow::named("GST {period}").client(client);
    let gst = gst.recurring(month_ends).deploys_from(start);
    let gst = practice.add(me(), gst).await?.value;
    for job in practice.plan_until(today + Days::new(90)).await?.jobs {
        println!("planned: {} on {}", job.name?, job.dates.start());
    }
    println!("{}", Scheduler::new(workflows).run_due().await?);
    for found in practice.deployments_of(gst).await? {
        println!("{}: {}", found.value.occurrence(), found.value.why());
    }
    Ok(())
}

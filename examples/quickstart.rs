//! A workflow built, planned and deployed, to a simulated XPM, in under sixty lines.
//!
//! `cargo run --example quickstart`

use std::error::Error;
use std::sync::Arc;

use chrono::Days;
use secrecy::SecretString;
use workflow::audit::Actor;
use workflow::calendar::WorkingCalendar;
use workflow::practice::{Client, Practice, Standing};
use workflow::recurrence::Recurrence;
use workflow::scheduler::Scheduler;
use workflow::service::{NewWorkflow, Ports, Workflows};
use workflow::sqlite::{MasterKey, SqliteStore};
use workflow::timing::FinancialYearEnd;
use workflow::xpm::Xpm;
use workflow::{ids::ClientId, ids::PracticeId, system};
use xpm_sandbox::Sandbox;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let (folder, acme): (_, PracticeId) = (tempfile::tempdir()?, "acme".parse()?);
    let client = ClientId::new(system::ids().next());

    // A simulated XPM, in place of the real one.
    let sandbox = Sandbox::builder()
        .build()?
        .start("127.0.0.1:0".parse()?)
        .await?;
    sandbox
        .state()
        .add_client(client.uuid(), "Kōwhai Café Ltd")?;
    let refresh = SecretString::from(sandbox.state().issue_tokens()?.refresh_token);

    let key = MasterKey::from_bytes([7; 32]); // from a secret of yours; tokens are sealed with it
    let store = Arc::new(
        SqliteStore::options()
            .key(key)
            .open(folder.path().join("acme.db"))
            .await?,
    );
    let (clock, ids, zones) = (system::clock(), system::ids(), system::zones());
    let xpm = Xpm::builder()
        .credentials("sandbox-app", SecretString::from("sandbox-secret"))
        .tokens(store.clone())
        .clock(clock.clone())
        .api(sandbox.base_url())
        .identity(sandbox.base_url())
        .build()?;
    xpm.connect_with_refresh_token(&acme, &refresh, None)
        .await?;

    let today = clock.now().date_naive();
    let ports = Ports {
        store,
        gateway: Arc::new(xpm),
        clock,
        ids,
        zones,
    };
    let workflows = Workflows::new(ports);
    let me = || Actor::person("Aroha");
    let calendar = WorkingCalendar::new("weekends only", 1)?;
    let practice = Practice::new(acme, "Acme".parse()?, "Pacific/Auckland".parse()?, calendar);
    let practice = workflows.set_up(me(), practice).await?.value;
    let (name, year_end) = ("Kōwhai Café Ltd".parse()?, FinancialYearEnd::MARCH);
    practice
        .put_client(
            me(),
            Client {
                id: client,
                name,
                year_end,
                standing: Standing::Current,
            },
        )
        .await?;

    let anchor = today - Days::new(40);
    let monthly = NewWorkflow::named("GST {period}")
        .client(client)
        .deploys_from(anchor)
        .recurring(Recurrence::monthly().last_business_day().from(anchor));
    let gst = practice.add(me(), monthly).await?.value;
    for job in practice.plan_until(today + Days::new(90)).await?.jobs {
        println!("planned:  {} on {}", job.name?, job.dates.start());
    }
    println!("{}", Scheduler::new(workflows.clone()).run_due().await?);
    for found in practice.deployments_of(gst).await? {
        println!("{}: {}", found.value.occurrence(), found.value.why());
    }
    Ok(())
}

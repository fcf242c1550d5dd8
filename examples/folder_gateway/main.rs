//! A job system of an embedder's own: a folder with one JSON file for each job.
//!
//! A host application whose work lives elsewhere than in XPM implements
//! [`JobGateway`](workflow_core::ports::gateway::JobGateway), and the ledger does the rest: what is
//! sent when, what is looked up before it is sent again, and why. `docs/gateway.md` walks through
//! these files, and `tests.rs` runs the core's own suite on them.
//!
//! `files.rs` is the format and the folder, `gateway.rs` the port over it.
//!
//! ```text
//! cargo run --example folder_gateway
//! cargo test -p workflow-examples --example folder_gateway
//! ```

mod files;
mod gateway;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use workflow::prelude::*;
use workflow_core::ids::TemplateId;
use workflow_core::ports::clock::IdSource;
use workflow_core::testing::{CountingIds, ManualClock, MemoryStore};

use crate::files::{Directory, Row};
use crate::gateway::FolderGateway;

type Error = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let folder = tempfile::tempdir()?;
    print!("{}", demonstrate(folder.path()).await?);
    Ok(())
}

/// Deploys what is due into the folder, and shows the file of the first job.
async fn demonstrate(folder: &Path) -> Result<String, Error> {
    let acme: PracticeId = "acme".parse()?;
    // The clock stands still, so that what is printed is the same on every day.
    let clock = Arc::new(ManualClock::at("2026-11-22T00:00:00Z".parse()?));
    let ids = Arc::new(CountingIds::new(1));
    let gateway = FolderGateway::open(folder, clock.clone(), ids.clone())?;
    let (client, template) = (ClientId::new(ids.next()), ids.next());
    gateway.connect(
        &acme,
        &Directory {
            clients: vec![Row::named(client.uuid(), "Kōwhai Café Ltd")],
            templates: vec![Row {
                tasks: vec!["Reconcile".into(), "File".into()],
                ..Row::named(template, "GST")
            }],
            ..Directory::default()
        },
    )?;

    let workflows = Workflows::new(Ports {
        store: Arc::new(MemoryStore::new()),
        gateway: Arc::new(gateway),
        clock,
        ids,
        zones: workflow::system::zones(),
    });
    let calendar = WorkingCalendar::new("weekends only", 1)?;
    let zone = "Pacific/Auckland".parse()?;
    let practice = Practice::new(acme, "Acme".parse()?, zone, calendar);
    let aroha = || Actor::person("Aroha");
    let practice = workflows.set_up(aroha(), practice).await?.value;
    let cafe = Client::new(client, "Kōwhai Café Ltd".parse()?, FinancialYearEnd::MARCH);
    practice.put_client(aroha(), cafe).await?;
    let start = NaiveDate::from_ymd_opt(2026, 9, 1).ok_or("no such date")?;
    let month_ends = Recurrence::monthly().last_business_day().from(start);
    let gst = NewWorkflow::named("GST {period}")
        .client(client)
        .templates([TemplateId::new(template)])
        .deploys_from(start)
        .recurring(month_ends);
    let gst = practice.add(aroha(), gst).await?.value;

    let mut seen = String::new();
    writeln!(
        seen,
        "{}",
        Scheduler::new(workflows.clone()).run_due().await?
    )?;
    for found in practice.deployments_of(gst).await? {
        writeln!(seen, "{}: {}", found.value.occurrence(), found.value.why())?;
    }
    Ok(seen)
}

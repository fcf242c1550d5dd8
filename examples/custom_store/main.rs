//! A store of an embedder's own: each practice is one JSON document in a folder.
//!
//! A host application that keeps its data elsewhere implements
//! [`Store`](workflow_core::ports::store::Store) and keeps none of the rules: it checks a unit's
//! guards, writes the unit whole or not at all, and reads what is asked for. Whether it does so is
//! shown by the core's own suite, which `tests.rs` runs on it.
//!
//! `documents.rs` is the format and the files, `unit.rs` the one write, `find.rs` the reads, and
//! `store.rs` the port over them.
//!
//! ```text
//! cargo run --example custom_store
//! cargo test -p workflow-examples --example custom_store
//! ```

mod documents;
mod find;
mod store;
#[cfg(test)]
mod tests;
mod unit;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use workflow::prelude::*;
use workflow::system;
use workflow_core::testing::{CountingIds, ManualClock, MemoryGateway};
use workflow_core::verify::verify;

use crate::store::FolderStore;

type Error = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let folder = tempfile::tempdir()?;
    print!("{}", demonstrate(folder.path()).await?);
    Ok(())
}

/// Adds a workflow, asks why a date has no job, and asks again after the folder was opened anew.
async fn demonstrate(folder: &Path) -> Result<String, Error> {
    let mut seen = String::new();
    let acme: PracticeId = "acme".parse()?;
    let weekend = NaiveDate::from_ymd_opt(2026, 11, 28).ok_or("no such date")?;

    let workflows = open(folder)?;
    let calendar = WorkingCalendar::new("weekends only", 1)?;
    let zone = "Pacific/Auckland".parse()?;
    let practice = Practice::new(acme.clone(), "Acme".parse()?, zone, calendar);
    let aroha = || Actor::person("Aroha");
    let practice = workflows.set_up(aroha(), practice).await?.value;
    let client = ClientId::new(workflows.ports().ids.next());
    let cafe = Client::new(client, "Kōwhai Café Ltd".parse()?, FinancialYearEnd::MARCH);
    practice.put_client(aroha(), cafe).await?;
    let start = NaiveDate::from_ymd_opt(2026, 11, 1).ok_or("no such date")?;
    let month_ends = Recurrence::monthly().last_business_day().from(start);
    let gst = NewWorkflow::named("GST {period}").client(client);
    let gst = practice.add(aroha(), gst.recurring(month_ends)).await?;
    let gst = gst.value;
    writeln!(seen, "{weekend}: {}", practice.why(gst, weekend).await?)?;

    // A second opening is refused for as long as the first one lives.
    let refused = FolderStore::open(folder).err().ok_or("opened twice")?;
    writeln!(seen, "opened twice: {refused}")?;
    drop((practice, workflows));

    let workflows = open(folder)?;
    let practice = workflows.practice(acme.clone());
    let found = practice.workflow(gst).await?.ok_or("nothing is there")?;
    let (name, status) = (found.value.settings().name.text(), found.value.status());
    writeln!(seen, "opened again: {name}, {status}")?;
    writeln!(seen, "{weekend}: {}", practice.why(gst, weekend).await?)?;
    let report = verify(&*workflows.ports().store, &acme).await?;
    let (entries, records) = (report.entries, report.records);
    writeln!(
        seen,
        "{records} records are what the audit's {entries} entries say: {}",
        report.first_break.is_none()
    )?;
    Ok(seen)
}

/// The service over the folder. The gateway is in memory and the clock stands still, so that what
/// is printed is the same on every day; a host application takes [`system::ports`].
fn open(folder: &Path) -> Result<Workflows, Error> {
    let store = Arc::new(FolderStore::open(folder)?);
    Ok(Workflows::new(Ports {
        store,
        gateway: Arc::new(MemoryGateway::new()),
        clock: Arc::new(ManualClock::at("2026-11-22T00:00:00Z".parse()?)),
        ids: Arc::new(CountingIds::new(1)),
        zones: system::zones(),
    }))
}

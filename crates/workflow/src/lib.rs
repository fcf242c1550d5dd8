//! Recurring client work that becomes jobs in Xero Practice Manager (XPM), once each.
//!
//! This is the crate that a host application depends on. It re-exports the domain
//! ([`workflow_core`]) at its root, and the adapters behind features:
//!
//! | feature | module | what it is |
//! |---|---|---|
//! | `sqlite` | [`sqlite`] | the store on one SQLite file |
//! | `xpm` | [`xpm`] | the job gateway on XPM's HTTP API |
//! | `web` | [`web`] | the Workflow tab, an axum router to mount |
//! | `scheduler` | [`scheduler`] | what carries out the deployments |
//! | `webhooks` | [`webhooks`] | what tells other systems what happens to deployments |
//! | `system` | [`system`] | the machine's clock, identities and time zones |
//!
//! All are on by default. Without any, only the pure domain is left: no runtime, no network, no
//! database.
//!
//! # Embedding, end to end
//!
//! ```no_run
//! use std::sync::Arc;
//!
//! use workflow::prelude::*;
//! use workflow::system;
//! use workflow::web::LocalHost;
//!
//! # async fn embed(key: MasterKey, client: ClientId) -> Result<(), Box<dyn std::error::Error>> {
//! // The database migrates and takes ownership; the key seals the tokens that XPM hands out.
//! let store = SqliteStore::options().key(key).open("practice.db").await?;
//! let store = Arc::new(store);
//! let xpm = Xpm::builder()
//!     .credentials("client id", std::env::var("XPM_SECRET")?.into())
//!     .tokens(store.clone())
//!     .clock(system::clock())
//!     .build()?;
//! let workflows = Workflows::new(system::ports(store, Arc::new(xpm)));
//!
//! // A workflow: every quarter, on the last business day. Nothing else has to be said.
//! let practice = workflows.practice("acme".parse()?);
//! let bas = NewWorkflow::named("BAS {quarter}")
//!     .client(client)
//!     .recurring(Recurrence::quarterly().last_business_day().from("2026-06-30".parse()?));
//! let bas = practice.add(Actor::host("import"), bas).await?.value;
//! println!("{}", practice.why(bas, "2026-09-30".parse()?).await?);
//!
//! // What would be deployed, as a value: jobs, calls, quota.
//! let plan = practice.plan_until("2026-12-31".parse()?).await?;
//! println!("{} jobs for {} calls, {} left today", plan.jobs.len(), plan.calls, plan.day_left);
//!
//! // The scheduler deploys what is due; the tab is an axum router to nest where it belongs.
//! let scheduler = Scheduler::new(workflows.clone()).spawn();
//! let host = LocalHost::new("acme".parse()?, Actor::person("Alex Reed"));
//! let tab = workflow::web::router(workflows, host);
//! # drop(tab);
//!
//! // Stopping reports what was done, and what the next start has to look up.
//! println!("{}", scheduler.stop().await??);
//! # Ok(())
//! # }
//! ```

pub use workflow_core::*;

#[cfg(feature = "scheduler")]
pub use scheduler;
#[cfg(feature = "sqlite")]
pub use store_sqlite as sqlite;
#[cfg(feature = "web")]
pub use workflow_web as web;
#[cfg(feature = "webhooks")]
pub use workflow_webhooks as webhooks;
#[cfg(feature = "xpm")]
pub use xpm_adapter as xpm;

#[cfg(feature = "system")]
pub mod system;

pub mod prelude {
    //! What most embedders name: `use workflow::prelude::*;`

    pub use workflow_core::audit::Actor;
    pub use workflow_core::billing::BillingLevel;
    pub use workflow_core::calendar::WorkingCalendar;
    pub use workflow_core::ids::{ClientId, PersonId, PracticeId, ProposalId, WorkflowId};
    pub use workflow_core::practice::{Client, Person, Practice};
    pub use workflow_core::recurrence::Recurrence;
    pub use workflow_core::service::{NewWorkflow, Ports, PracticeHandle, Workflows};
    pub use workflow_core::timing::{FinancialYearEnd, Timing};
    pub use workflow_core::workflow::{Occurrence, Schedule, Status, Why};

    #[cfg(feature = "scheduler")]
    pub use scheduler::Scheduler;
    #[cfg(feature = "sqlite")]
    pub use store_sqlite::{MasterKey, SqliteStore};
    #[cfg(feature = "xpm")]
    pub use xpm_adapter::Xpm;
}

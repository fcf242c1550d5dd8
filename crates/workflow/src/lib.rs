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
//! | `system` | [`system`] | the machine's clock, identities and time zones |
//!
//! All are on by default. Without any, only the pure domain is left: no runtime, no network, no
//! database.

pub use workflow_core::*;

#[cfg(feature = "scheduler")]
pub use scheduler;
#[cfg(feature = "sqlite")]
pub use store_sqlite as sqlite;
#[cfg(feature = "web")]
pub use workflow_web as web;
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

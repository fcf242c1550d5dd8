//! Carries out what is due, through the ports alone.
//!
//! The core decides and the scheduler does: it takes a practice's lease, asks for what is due,
//! decides one turn after another ([`PracticeHandle::decide`]), stores them, makes the calls that
//! they return, and feeds back how those ended. Several practices go side by side, each with its own calls under
//! way; one that is blocked slows no other.
//!
//! It waits through the [`Clock`] port and needs no particular executor: [`Scheduler::run`] is one
//! future. With the `tokio` feature, `Scheduler::spawn` runs it as a task.
//!
//! ```no_run
//! # async fn example(workflows: workflow_core::service::Workflows) -> Result<(), Box<dyn std::error::Error>> {
//! use scheduler::Scheduler;
//! let report = Scheduler::new(workflows).run_due().await?; // one pass, as for cron
//! println!("{report}");
//! # Ok(())
//! # }
//! ```
//!
//! [`PracticeHandle::decide`]: workflow_core::service::PracticeHandle::decide
//! [`Clock`]: workflow_core::ports::clock::Clock

mod application;
mod calls;
mod driver;
mod expiry;
mod flight;
mod metrics;
mod options;
mod report;
mod run;
#[cfg(feature = "tokio")]
mod spawn;

pub use self::metrics::NAMES as METRIC_NAMES;
pub use self::options::{DirectoryRefresh, Options, OptionsError};
pub use self::report::Report;
pub use self::run::{Scheduler, SchedulerError};
#[cfg(feature = "tokio")]
pub use self::spawn::Running;

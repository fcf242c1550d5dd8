//! The `Workflows` service: commands and answers over the ports.
//!
//! A command loads what it is about, asks the core to decide, and commits the events with their
//! audit entries in one unit. Handles are cheap clones. Any method may be cancelled: a command
//! that was cancelled has then taken effect whole or not at all.
//!
//! [`Workflows`] is the whole; [`PracticeHandle`] is one practice of it, and reaches no other.

mod access;
mod apply;
mod auditing;
mod calendar;
mod calling;
mod change;
mod command;
mod deploying;
mod error;
mod facts;
mod forecast;
mod import;
mod known;
mod levels;
mod listening;
mod new_workflow;
mod numbering;
mod passed_over;
mod people;
mod places;
mod plan;
mod planning;
mod preflight;
mod preview;
mod records;
mod refreshing;
mod round;
mod search;
mod sharing;
mod spending;
mod sweeping;
mod sweeping_in_part;
mod view;
mod webhooks;
mod workflows;

use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use self::auditing::{AuditFilter, AuditKind, AuditPage, UnknownAuditKind};
pub use self::calendar::{CalendarPreview, WorkflowMove};
pub use self::calling::{Call, CallOutcome};
pub use self::change::{ChangePreview, SeenChange, SeenChangeError};
pub use self::command::{By, Committed};
pub use self::deploying::{Closed, Decided, Ended, RetryIn, Room, Task, Turn, TurnFacts};
pub use self::error::CommandError;
pub use self::forecast::{ForecastLine, ForecastOf, ForecastPage, PracticeForecast};
pub use self::import::{
    AcceptedBefore, ImportError, ImportFault, ImportReport, ImportedWorkflow, Importing,
};
pub use self::levels::TakeOver;
pub use self::listening::Listener;
pub use self::new_workflow::NewWorkflow;
pub use self::places::CallPlace;
pub use self::plan::{PlannedJob, PracticePlan};
pub use self::preview::{Preview, PreviewedJob};
pub use self::refreshing::{Refresh, RefreshDue, Refreshed};
pub use self::round::Round;
pub use self::search::{FoundWorkflow, SearchResults};
pub use self::sharing::Waiting;
pub use self::sweeping::{SweepDue, Swept};
pub use self::view::{ScheduleRow, Turnout};
pub use self::webhooks::{
    AddedWebhook, Message, NewWebhook, Next as NextMessage, OutboxReader,
    Refusal as MessageRefusal, WebhookError,
};
use crate::ids::PracticeId;
use crate::ports::clock::{Clock, IdSource};
use crate::ports::gateway::JobGateway;
use crate::ports::secrets::SecretStore;
use crate::ports::store::{Store, StoreError};
use crate::practice::Practice;
use crate::zone::Zones;

/// What the service works with. To leave one out does not compile.
#[derive(Clone, Debug)]
pub struct Ports {
    /// Where everything is remembered.
    pub store: Arc<dyn Store>,
    /// The practice's job system.
    pub gateway: Arc<dyn JobGateway>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New identities.
    pub ids: Arc<dyn IdSource>,
    /// Current time zone data.
    pub zones: Arc<dyn Zones>,
}

/// The service over the ports.
#[derive(Clone, Debug)]
pub struct Workflows {
    ports: Arc<Ports>,
    places: places::Places,
    listeners: listening::Listeners,
    secrets: Option<Arc<dyn SecretStore>>,
}

impl Workflows {
    /// The service over these ports.
    #[must_use]
    pub fn new(ports: Ports) -> Self {
        Self {
            ports: Arc::new(ports),
            places: places::Places::default(),
            listeners: listening::Listeners::default(),
            secrets: None,
        }
    }

    /// The ports.
    #[must_use]
    pub fn ports(&self) -> &Ports {
        &self.ports
    }

    /// One practice. That it exists is seen when something is asked of it.
    #[must_use]
    pub fn practice(&self, id: PracticeId) -> PracticeHandle {
        PracticeHandle {
            service: self.clone(),
            id,
        }
    }

    /// All practices, by id.
    ///
    /// # Errors
    ///
    /// Any [`StoreError`] of [`Store::practices`].
    pub async fn practices(&self) -> Result<Vec<PracticeId>, StoreError> {
        let mut all: Vec<PracticeId> = Vec::new();
        loop {
            let page = self
                .ports
                .store
                .practices(all.last().cloned(), PAGE)
                .await?;
            let last = page.len() < PAGE as usize;
            all.extend(page);
            if last {
                return Ok(all);
            }
        }
    }

    /// Sets up a practice, or changes what is set up.
    ///
    /// # Errors
    ///
    /// [`CommandError::UnknownZone`] when there are no data for its time zone;
    /// [`CommandError::Refused`] where its jobs are to be numbered here and the job system takes no
    /// such numbers; and any error of the store.
    pub async fn set_up(
        &self,
        by: impl Into<By>,
        practice: Practice,
    ) -> Result<Committed<PracticeHandle>, CommandError> {
        if self.ports.zones.zone(&practice.zone).is_none() {
            return Err(CommandError::UnknownZone(practice.zone));
        }
        let handle = self.practice(practice.id.clone());
        let committed = handle.put_practice(by.into(), practice).await?;
        Ok(committed.map(|()| handle))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.ports.clock.now()
    }
}

const PAGE: u32 = crate::ports::store::Query::MOST;

/// One practice of the service. It reaches nothing of any other practice.
#[derive(Clone, Debug)]
pub struct PracticeHandle {
    service: Workflows,
    id: PracticeId,
}

impl PracticeHandle {
    /// Which practice.
    #[must_use]
    pub fn id(&self) -> &PracticeId {
        &self.id
    }

    fn store(&self) -> &dyn Store {
        &*self.service.ports.store
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.service.now()
    }
}

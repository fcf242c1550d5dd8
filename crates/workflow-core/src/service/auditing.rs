//! Looking through the audit: by workflow, client, who did it, kind and days, a page at a time.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;

use super::{CommandError, PracticeHandle};
use crate::audit::{Entry, Event, Subject};
use crate::billing::LevelOf;
use crate::ids::{ClientId, WorkflowId};
use crate::ports::store::{EntryOrder, EntryQuery, Query};
use crate::workflow::WorkflowEvent;
use crate::zone::Zone;

/// Which entries of the audit: those to which all of it applies. What is left empty says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// About this workflow or one of its deployments.
    pub workflow: Option<WorkflowId>,
    /// About this client, its billing level, its proposals, or one of its workflows.
    pub client: Option<ClientId>,
    /// The name of who did it holds this text, whatever its case.
    pub by: Option<String>,
    /// Of this kind.
    pub kind: Option<AuditKind>,
    /// On that day or later, in the practice's time zone.
    pub from: Option<NaiveDate>,
    /// On that day or earlier.
    pub until: Option<NaiveDate>,
}

/// What kind of thing an entry tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuditKind {
    /// A workflow was added, confirmed or archived, or its proposal opened or closed it.
    Workflow,
    /// Settings or a billing level were changed, or a person was replaced.
    Settings,
    /// A schedule was changed.
    Schedule,
    /// A person decided about single dates: skipped, moved, paused, resumed, wanted.
    Decision,
    /// A deployment, step by step.
    Deployment,
    /// A deployment went wrong: it failed, was held, or is uncertain.
    Trouble,
    /// What the practice knows: itself, clients, people, XPM's directory, proposals, its sweep.
    Practice,
}

impl AuditKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Workflow,
        Self::Settings,
        Self::Schedule,
        Self::Decision,
        Self::Deployment,
        Self::Trouble,
        Self::Practice,
    ];

    /// Whether an event is of this kind. What went wrong with a deployment is of two kinds.
    #[must_use]
    pub fn is_that_of(self, event: &Event) -> bool {
        let of = Self::of(event);
        of == self || (self == Self::Deployment && of == Self::Trouble)
    }

    /// The kind of an event; of what went wrong with a deployment, [`AuditKind::Trouble`].
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let event = match event {
            Event::Workflow(event) => event,
            Event::Level(_) => return Self::Settings,
            Event::Practice(_)
            | Event::Client(_)
            | Event::Person(_)
            | Event::Listing(_)
            | Event::Proposal(_)
            | Event::Sweep(_)
            | Event::Directory(_)
            | Event::Webhooks(_)
            | Event::Access(_) => return Self::Practice,
        };
        match event {
            WorkflowEvent::SettingsChanged { .. }
            | WorkflowEvent::BillingChanged { .. }
            | WorkflowEvent::HandoverSet(_)
            | WorkflowEvent::HandedOver { .. } => Self::Settings,
            WorkflowEvent::PlanChanged { .. }
            | WorkflowEvent::Rescheduled { .. }
            | WorkflowEvent::NextPlaced { .. }
            | WorkflowEvent::Covered { .. } => Self::Schedule,
            WorkflowEvent::Skipped { .. }
            | WorkflowEvent::Moved { .. }
            | WorkflowEvent::Paused(_)
            | WorkflowEvent::Resumed { .. }
            | WorkflowEvent::Wanted { .. } => Self::Decision,
            WorkflowEvent::Missed { .. }
            | WorkflowEvent::Begun { held: Some(_), .. }
            | WorkflowEvent::Unprepared { .. }
            | WorkflowEvent::Refused { .. }
            | WorkflowEvent::ReplyLost { .. }
            | WorkflowEvent::DuplicateFound { .. } => Self::Trouble,
            event if event.deployment().is_some() => Self::Deployment,
            _ => Self::Workflow,
        }
    }
}

impl fmt::Display for AuditKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Workflow => "workflow",
            Self::Settings => "settings",
            Self::Schedule => "schedule",
            Self::Decision => "decision",
            Self::Deployment => "deployment",
            Self::Trouble => "trouble",
            Self::Practice => "practice",
        })
    }
}

/// A text that names no [`AuditKind`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("kind: there is none called {0:?}")]
pub struct UnknownAuditKind(String);

impl FromStr for AuditKind {
    type Err = UnknownAuditKind;

    fn from_str(text: &str) -> Result<Self, UnknownAuditKind> {
        let found = Self::ALL.into_iter().find(|kind| kind.to_string() == text);
        found.ok_or_else(|| UnknownAuditKind(text.chars().take(40).collect()))
    }
}

/// A page of the audit, the newest entry first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Before which place the next page begins; `None` where everything was looked through.
    pub next: Option<u64>,
}

/// An entry's subjects, as a filter knows them.
enum About {
    Anything,
    /// The store lists these by itself.
    One(Subject),
    /// Any of these.
    Some(BTreeSet<Subject>),
}

impl PracticeHandle {
    /// The most entries that are looked through for one page. A page that ends because of it may
    /// hold fewer entries than asked for, or none, and says where to go on.
    pub const MOST_LOOKED_THROUGH: u32 = 20_000;

    /// A page of the audit, the newest entry first: at most `limit` entries that the filter
    /// chooses, among those before the place given, and [`Query::MOST`] at most.
    ///
    /// Pages that follow one another by [`AuditPage::next`] hold each entry that there was at the
    /// first of them once, whatever is written meanwhile.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use workflow_core::audit::Actor;
    /// # use workflow_core::service::{AuditFilter, Ports, Workflows};
    /// # use workflow_core::testing::{samples, CountingIds, ManualClock, MemoryGateway, MemoryStore};
    /// # use workflow_core::zone::{Zone, ZoneName, Zones};
    /// # #[derive(Debug)] struct Utc;
    /// # impl Zones for Utc { fn zone(&self, _: &ZoneName) -> Option<Zone> { Some(Zone::utc()) } }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let workflows = Workflows::new(Ports {
    /// #     store: Arc::new(MemoryStore::new()), gateway: Arc::new(MemoryGateway::new()),
    /// #     clock: Arc::new(ManualClock::at(samples::minute(0))),
    /// #     ids: Arc::new(CountingIds::new(1)), zones: Arc::new(Utc),
    /// # });
    /// # let set_up = Actor::host("import");
    /// # let practice = workflows.set_up(set_up, samples::practice(&"acme".parse()?)).await?.value;
    /// practice.put_client(Actor::person("Aroha"), samples::client(1, "Blue Gum Cafe")).await?;
    /// let filter = AuditFilter { by: Some("aroha".into()), ..AuditFilter::default() };
    /// let page = practice.audit_page(&filter, None, 50).await?;
    /// assert_eq!((page.entries.len(), page.next), (1, None));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`CommandError::NotFound`] where the practice was never set up, and any error of the store.
    pub async fn audit_page(
        &self,
        filter: &AuditFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<AuditPage, CommandError> {
        let zone = self.zone().await?;
        let about = self.about(filter).await?;
        let by = filter.by.as_ref().map(|by| by.trim().to_lowercase());
        let limit = limit.clamp(1, Query::MOST) as usize;
        let subject = match &about {
            About::One(subject) => Some(subject.clone()),
            About::Anything | About::Some(_) => None,
        };
        let is_meant = |entry: &Entry| {
            let line = &entry.line;
            let among = match &about {
                About::Some(subjects) => subjects.contains(&line.subject),
                About::Anything | About::One(_) => true,
            };
            let who = line.actor.to_string();
            among
                && by.as_ref().is_none_or(|by| who.to_lowercase().contains(by))
                && filter.kind.is_none_or(|kind| kind.is_that_of(&line.event))
                && within(filter, &zone, entry)
        };
        let mut page = AuditPage {
            entries: Vec::new(),
            next: before,
        };
        let mut left = Self::MOST_LOOKED_THROUGH;
        loop {
            let query = EntryQuery {
                subject: subject.clone(),
                after: page.next,
                order: EntryOrder::NewestFirst,
                limit: left.min(Query::MOST),
            };
            let found = self.store().entries(&self.id, &query).await?;
            let seen = u32::try_from(found.len()).unwrap_or(u32::MAX);
            let is_last = seen < query.limit;
            let mut rest = found.into_iter();
            for entry in rest.by_ref() {
                page.next = Some(entry.seq);
                if is_meant(&entry) {
                    page.entries.push(entry);
                    if page.entries.len() == limit {
                        break;
                    }
                }
            }
            left = left.saturating_sub(seen);
            if is_last && rest.next().is_none() {
                page.next = None;
                return Ok(page);
            }
            if page.entries.len() == limit || left == 0 {
                return Ok(page);
            }
        }
    }

    async fn about(&self, filter: &AuditFilter) -> Result<About, CommandError> {
        if let Some(id) = filter.workflow {
            let found = self.workflow(id).await?;
            let theirs = found.is_some_and(|found| {
                filter
                    .client
                    .is_none_or(|client| found.value.client() == client)
            });
            return Ok(match theirs {
                true => About::One(Subject::Workflow(id)),
                false => About::Some(BTreeSet::new()),
            });
        }
        let Some(client) = filter.client else {
            return Ok(About::Anything);
        };
        let mut subjects = BTreeSet::from([
            Subject::Client(client),
            Subject::Level(LevelOf::Client(client)),
        ]);
        for workflow in self.workflows_of(client, None).await? {
            subjects.insert(Subject::Workflow(workflow.value.id()));
        }
        for proposal in self.proposals(client).await? {
            subjects.insert(Subject::Level(LevelOf::Proposal(proposal.id.clone())));
            subjects.insert(Subject::Proposal(proposal.id));
        }
        Ok(About::Some(subjects))
    }
}

fn within(filter: &AuditFilter, zone: &Zone, entry: &Entry) -> bool {
    if filter.from.is_none() && filter.until.is_none() {
        return true;
    }
    let day = zone.today(entry.line.at);
    filter.from.is_none_or(|from| from <= day) && filter.until.is_none_or(|until| day <= until)
}

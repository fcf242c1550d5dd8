//! What somebody else did to a workflow since a form was opened.
//!
//! A form carries the latest entry of the workflow's audit that there was. Whoever sends it second
//! sees what the other one did that it is about, and keeps what they typed.

use workflow_core::audit::{Actor, Entry, Event, Subject};
use workflow_core::ids::WorkflowId;
use workflow_core::workflow::{Occurrence, WorkflowEvent};

use crate::error::Trouble;
use crate::forms::Input;
use crate::security::Visit;
use crate::views::audit::{EntryView, Telling};
use crate::views::desk::Desk;
use crate::views::directory::Directory;

/// The name of the field that carries it.
pub(crate) const SEEN: &str = "seen";

/// How many of the latest entries are looked through.
const LATEST: u32 = 200;

/// How many of them are told.
const TOLD: usize = 12;

/// What is said above them.
pub(crate) const OVERTAKEN: &str = "Somebody else changed this since you opened it, and nothing \
     of yours was done. Yours is below; to send it now is to have it on top of theirs.";

/// The latest entry of a workflow's audit.
pub(crate) async fn latest(desk: &Desk, id: WorkflowId) -> Result<u64, Trouble> {
    let subject = Some(Subject::Workflow(id));
    let latest = desk.handle.audit(subject, None, 1).await?;
    Ok(latest.first().map_or(0, |entry| entry.seq))
}

/// What others did since the form was opened that it is about; nothing where the form does not say
/// when that was.
pub(crate) async fn by_others(
    visit: &Visit,
    desk: &Desk,
    id: WorkflowId,
    input: &Input,
    is_about: impl Fn(&WorkflowEvent) -> bool,
) -> Result<Vec<Entry>, Trouble> {
    let Ok(since) = input.get(SEEN).parse::<u64>() else {
        return Ok(Vec::new());
    };
    let subject = Some(Subject::Workflow(id));
    let latest = desk.handle.audit(subject, None, LATEST).await?;
    let is_meant = |entry: &Entry| {
        let line = &entry.line;
        let is_other = line.actor != Actor::Scheduler && line.actor != visit.visitor.actor;
        let is_about = matches!(&line.event, Event::Workflow(event) if is_about(event));
        entry.seq > since && is_other && is_about
    };
    Ok(latest.into_iter().filter(is_meant).take(TOLD).collect())
}

/// Whether an event is about an occurrence, or about all of them.
pub(crate) fn is_about(event: &WorkflowEvent, occurrence: Option<Occurrence>) -> bool {
    match event {
        WorkflowEvent::PlanChanged { .. }
        | WorkflowEvent::Rescheduled { .. }
        | WorkflowEvent::Paused(_)
        | WorkflowEvent::Resumed { .. }
        | WorkflowEvent::Archived { .. } => true,
        WorkflowEvent::Skipped { occurrence: of, .. }
        | WorkflowEvent::Moved { occurrence: of, .. }
        | WorkflowEvent::Wanted { occurrence: of, .. } => Some(*of) == occurrence,
        event => occurrence.is_some() && event.deployment() == occurrence,
    }
}

/// Entries as the page shows them.
pub(crate) async fn views(desk: &Desk, entries: &[Entry]) -> Result<Vec<EntryView>, Trouble> {
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let directory = Directory::of(&desk.handle).await?;
    let telling = Telling {
        zone: &desk.zone,
        directory: &directory,
        deployments: &[],
    };
    Ok(entries.iter().map(|entry| telling.entry(entry)).collect())
}

//! Commands: what may happen to a workflow, and the events that it becomes, or why it is refused.
//!
//! `decide` is pure. A function here takes the workflow as it is, what the command says and the
//! facts it needs, and answers with a [`Decision`] (the events, and the workflow after them) or
//! a [`Refusal`]. Nothing is half-done: a refused command has no events.

mod deployments;
mod edit;
mod refusal;
mod single;
mod time;

use chrono::{DateTime, NaiveDate, Utc};

pub use self::deployments::Told;
pub(super) use self::edit::check_plan;
pub use self::refusal::Refusal;
use super::{
    Gate, Occurrence, Origin, Placing, Plan, Schedule, Settings, Status, Workflow, WorkflowEvent,
};
use crate::billing::BillingLevel;
use crate::ids::{ClientId, WorkflowId};

/// What a command does: its events, and the workflow after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The workflow after the events.
    pub workflow: Workflow,
    /// What happened, in order; empty where nothing changes.
    pub events: Vec<WorkflowEvent>,
}

/// A workflow to add, checked as far as it can be without the practice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adding {
    /// Whose work it is.
    pub client: ClientId,
    /// Where it comes from.
    pub origin: Origin,
    /// What its jobs are like.
    pub settings: Settings,
    /// At which level its jobs take invoices.
    pub billing: BillingLevel,
    /// When it deploys.
    pub plan: Plan,
    /// The workflow that it was duplicated from.
    pub duplicate_of: Option<WorkflowId>,
}

impl Workflow {
    /// The nominal date of an occurrence; for the one of a one-time workflow, the day that its
    /// schedule gives, or today.
    pub(in crate::workflow) fn nominal_of(
        &self,
        occurrence: Occurrence,
        placing: &Placing<'_>,
    ) -> NaiveDate {
        match (occurrence, &self.plan.schedule, self.gate) {
            (Occurrence::On(date), _, _) => date,
            (Occurrence::Once, Schedule::OnDate(date), _) => *date,
            (
                Occurrence::Once,
                Schedule::OnAcceptance,
                Gate::Open {
                    starts: Some(starts),
                },
            ) => starts,
            (Occurrence::Once, _, _) => placing.today(),
        }
    }

    pub(in crate::workflow) fn refuse_archived(&self) -> Result<(), Refusal> {
        if self.archived.is_some() {
            Err(Refusal::Archived)
        } else {
            Ok(())
        }
    }

    pub(in crate::workflow) fn unchanged(&self) -> Decision {
        Decision {
            workflow: self.clone(),
            events: Vec::new(),
        }
    }

    /// Applies events and places the next occurrence after them.
    pub(crate) fn decide(&self, events: Vec<WorkflowEvent>, placing: &Placing<'_>) -> Decision {
        let mut workflow = self.clone();
        for event in &events {
            workflow.apply(event);
        }
        let since = self.becomes_deployable(&events, placing);
        let mut decision = Decision { workflow, events };
        decision.place(placing);
        // Only what is due already was kept waiting; what falls due later is measured from then.
        let next = decision.workflow.next.as_ref();
        if let Some(at) = since.filter(|at| next.is_some_and(|next| next.deploy_at < *at)) {
            let event = WorkflowEvent::DeployableSince { at };
            decision.workflow.apply(&event);
            decision.events.push(event);
        }
        decision
    }

    /// When the events let it be deployed, if they are what it was waiting for.
    fn becomes_deployable(
        &self,
        events: &[WorkflowEvent],
        placing: &Placing<'_>,
    ) -> Option<DateTime<Utc>> {
        events.iter().find_map(|event| match event {
            WorkflowEvent::Opened { .. } | WorkflowEvent::Confirmed => Some(placing.now),
            // A pause may end by itself while nothing runs.
            WorkflowEvent::Resumed { .. } => {
                let ends_at = self.pause.as_ref().and_then(|pause| pause.ends_at);
                Some(ends_at.map_or(placing.now, |at| at.min(placing.now)))
            }
            _ => None,
        })
    }
}

impl Decision {
    fn place(&mut self, placing: &Placing<'_>) {
        if let Some(placed) = self.workflow.place_next(placing) {
            self.workflow.apply(&placed);
            self.events.push(placed);
        }
        if let Some(handed) = self.workflow.handed_over(placing) {
            self.workflow.apply(&handed);
            self.events.push(handed);
        }
    }

    /// The same for a proposal whose acceptance lies before the workflow was known: what deploys
    /// on acceptance is recorded as missed, since its work is in XPM already.
    #[must_use]
    pub(crate) fn without_acceptance(self, placing: &Placing<'_>) -> Self {
        if self.workflow.plan.schedule != Schedule::OnAcceptance {
            return self;
        }
        let missed = vec![WorkflowEvent::Missed {
            occurrence: Occurrence::Once,
        }];
        let further = self.workflow.decide(missed, placing);
        let events = self.events.into_iter().chain(further.events).collect();
        Self {
            workflow: further.workflow,
            events,
        }
    }

    /// Whether nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The status after the events.
    #[must_use]
    pub fn status(&self) -> Status {
        self.workflow.status()
    }
}

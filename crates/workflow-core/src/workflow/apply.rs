//! How a workflow changes by its events. Deployments change in [`crate::deployment`].

use chrono::NaiveDate;

use super::{Cell, Gap, GapReason, Gate, Mark, Outcome, PausedDates, Workflow, WorkflowEvent};
use crate::ids::WorkflowId;

impl Workflow {
    /// The workflow that an [`WorkflowEvent::Added`] makes; `None` for any other event.
    #[must_use]
    pub fn added(id: WorkflowId, event: &WorkflowEvent) -> Option<Self> {
        let WorkflowEvent::Added {
            client,
            origin,
            settings,
            billing,
            plan,
            gate,
            duplicate_of,
        } = event
        else {
            return None;
        };
        Some(Self {
            id,
            client: *client,
            origin: origin.clone(),
            settings: (**settings).clone(),
            billing: *billing,
            plan: (**plan).clone(),
            gate: *gate,
            duplicate_of: *duplicate_of,
            unconfirmed: duplicate_of.is_some(),
            pause: None,
            archived: None,
            outcome: None,
            marks: std::collections::BTreeMap::new(),
            gaps: Vec::new(),
            handled: None,
            ever_begun: false,
            covered: Vec::new(),
            cells: Vec::new(),
            open: std::collections::BTreeSet::new(),
            next: None,
        })
    }

    /// Changes the workflow by one event.
    ///
    /// Every event changes it in one way only, whatever state it is in: that an event is allowed
    /// is decided before it exists, in [`decide`](super::decide).
    pub fn apply(&mut self, event: &WorkflowEvent) {
        match event {
            WorkflowEvent::Added { .. } => {}
            WorkflowEvent::Confirmed => self.unconfirmed = false,
            WorkflowEvent::SettingsChanged { after, .. } => self.settings = (**after).clone(),
            WorkflowEvent::BillingChanged { after, .. } => self.billing = *after,
            WorkflowEvent::PlanChanged { before, after } => {
                if before.schedule != after.schedule {
                    // What was begun covers its span against the dates of the new rule; those of
                    // one rule never cover each other, however a calendar moves them.
                    self.covered.append(&mut self.cells);
                }
                self.plan = (**after).clone();
            }
            WorkflowEvent::Opened { on, starts } => {
                if let Gate::Closed { since, by } = self.gate {
                    self.add_gap(since, *on, GapReason::ProposalClosed { by });
                }
                self.gate = Gate::Open {
                    starts: Some(*starts),
                };
            }
            WorkflowEvent::Closed { on, by } => {
                self.gate = Gate::Closed {
                    since: *on,
                    by: *by,
                }
            }
            WorkflowEvent::Paused(pause) => self.pause = Some((**pause).clone()),
            WorkflowEvent::Resumed { on, paused_dates } => {
                if let Some(pause) = self.pause.take()
                    && *paused_dates == PausedDates::NotOwed
                {
                    self.add_gap(
                        pause.from,
                        *on,
                        GapReason::Paused {
                            reason: pause.reason,
                        },
                    );
                }
            }
            WorkflowEvent::Skipped { occurrence, reason } => {
                self.marks.insert(
                    *occurrence,
                    Mark::Skipped {
                        reason: reason.clone(),
                    },
                );
                self.close_one_time(Outcome::GivenUp);
            }
            WorkflowEvent::Moved { occurrence, to, .. } => {
                self.marks.insert(*occurrence, Mark::Moved { to: *to });
            }
            WorkflowEvent::Missed { occurrence } => {
                self.marks.insert(*occurrence, Mark::Missed);
                self.close_one_time(Outcome::GivenUp);
            }
            WorkflowEvent::Archived { on } => self.archived = Some(*on),
            WorkflowEvent::NextPlaced { next, handled } => {
                self.next = next.as_deref().cloned();
                self.handled = *handled;
                self.forget_handled();
            }
            WorkflowEvent::Begun {
                occurrence, cell, ..
            } => {
                self.open.insert(*occurrence);
                self.marks.insert(*occurrence, Mark::Begun);
                self.ever_begun = true;
                self.cells.push(*cell);
                self.next = None;
            }
            WorkflowEvent::Covered { occurrence, by } => {
                self.marks.insert(*occurrence, Mark::Covered { by: *by });
            }
            WorkflowEvent::Deployed { occurrence, .. } => {
                self.open.remove(occurrence);
                self.close_one_time(Outcome::Deployed);
            }
            WorkflowEvent::GivenUp { occurrence, .. } => {
                self.open.remove(occurrence);
                self.close_one_time(Outcome::GivenUp);
            }
            WorkflowEvent::Released { .. }
            | WorkflowEvent::Unprepared { .. }
            | WorkflowEvent::Intended { .. }
            | WorkflowEvent::Done { .. }
            | WorkflowEvent::Refused { .. }
            | WorkflowEvent::ReplyLost { .. }
            | WorkflowEvent::LookedUp { .. }
            | WorkflowEvent::RetryAsked { .. }
            | WorkflowEvent::Adopted { .. } => {}
        }
    }

    fn close_one_time(&mut self, outcome: Outcome) {
        if self.plan.schedule.is_one_time() {
            self.outcome = Some(outcome);
            self.next = None;
        }
    }

    /// A gap of no day at all says nothing.
    fn add_gap(&mut self, from: NaiveDate, until: NaiveDate, why: GapReason) {
        if from < until {
            self.gaps.push(Gap { from, until, why });
        }
    }

    /// What lies wholly behind `handled` is told by the deployments alone, so a workflow stays
    /// small however long it lives. What a person decided is kept, since it is the reason why a
    /// date has no job.
    fn forget_handled(&mut self) {
        let Some(handled) = self.handled else { return };
        self.marks.retain(|occurrence, mark| {
            *mark != Mark::Begun || occurrence.nominal().is_none_or(|date| date > handled)
        });
        let reaches_on = |cell: &Cell| cell.until.is_none_or(|until| until > handled);
        self.cells.retain(reaches_on);
        self.covered.retain(reaches_on);
    }
}

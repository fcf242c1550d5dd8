//! How a workflow changes by its events. Deployments change in [`crate::deployment`].

use chrono::NaiveDate;

use super::{
    BegunCell, Gap, GapReason, Gate, Mark, Occurrence, Outcome, PausedDates, Replaced, Workflow,
    WorkflowEvent,
};
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
            replaced: Vec::new(),
            cells: Vec::new(),
            wanted: std::collections::BTreeMap::new(),
            open: std::collections::BTreeSet::new(),
            deployable_since: None,
            next: None,
            handovers: Vec::new(),
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
            WorkflowEvent::PlanChanged { after, .. } => self.plan = (**after).clone(),
            WorkflowEvent::Rescheduled {
                before,
                after,
                from,
                at,
                by,
                unmoved,
                ..
            } => {
                self.replaced.push(Replaced {
                    plan: (**before).clone(),
                    from: *from,
                    at: *at,
                    by: by.clone(),
                });
                for occurrence in unmoved {
                    self.marks.remove(occurrence);
                }
                self.plan = (**after).clone();
            }
            WorkflowEvent::Wanted { occurrence, at, .. } => {
                self.wanted.insert(*occurrence, *at);
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
                self.close_once(*occurrence, Outcome::GivenUp);
            }
            WorkflowEvent::Moved { occurrence, to, .. } => {
                self.marks.insert(*occurrence, Mark::Moved { to: *to });
            }
            WorkflowEvent::Missed { occurrence } => {
                self.marks.insert(*occurrence, Mark::Missed);
                self.close_once(*occurrence, Outcome::GivenUp);
            }
            WorkflowEvent::HandoverSet(handover) => self.keep_handover(handover),
            WorkflowEvent::HandedOver { on } => self.hand_over(*on),
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
                self.cells.push(BegunCell {
                    cell: *cell,
                    under: self.ruler_of(*occurrence),
                });
                self.next = None;
            }
            WorkflowEvent::Covered { occurrence, by } => {
                self.marks.insert(*occurrence, Mark::Covered { by: *by });
            }
            WorkflowEvent::Deployed { occurrence, .. } => {
                self.open.remove(occurrence);
                self.close_once(*occurrence, Outcome::Deployed);
            }
            WorkflowEvent::GivenUp { occurrence, .. } => {
                self.open.remove(occurrence);
                self.close_once(*occurrence, Outcome::GivenUp);
            }
            WorkflowEvent::DeployableSince { at } => self.deployable_since = Some(*at),
            // Needs attention again until a person has said which job is kept; what still runs
            // was open before, and stays so until it is deployed.
            WorkflowEvent::DuplicateFound { occurrence, .. } => {
                self.open.insert(*occurrence);
            }
            WorkflowEvent::Postponed { .. }
            | WorkflowEvent::ToldUndone { .. }
            | WorkflowEvent::LookUpOwed { .. }
            | WorkflowEvent::DuplicateResolved { .. }
            | WorkflowEvent::NumberDropped { .. }
            | WorkflowEvent::Released { .. }
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

    /// The one occurrence of a one-time schedule ends, whatever the schedule is now.
    fn close_once(&mut self, occurrence: Occurrence, outcome: Outcome) {
        if occurrence != Occurrence::Once {
            return;
        }
        self.outcome = Some(outcome);
        self.next
            .take_if(|next| next.occurrence == Occurrence::Once);
    }

    /// A gap of no day at all says nothing.
    fn add_gap(&mut self, from: NaiveDate, until: NaiveDate, why: GapReason) {
        if from < until {
            self.gaps.push(Gap { from, until, why });
        }
    }

    /// What lies wholly behind `handled` is told by the deployments alone, so a workflow stays
    /// small however long it lives. What a person decided is kept, since it is the reason why a
    /// date has no job; so is that a date was begun, for as long as a cell that is kept might be
    /// taken for the reason why it has none.
    fn forget_handled(&mut self) {
        let Some(handled) = self.handled else { return };
        let replaced = &self.replaced;
        self.cells.retain(|BegunCell { cell, under }| {
            let Some(until) = cell.until else { return true };
            // Past a change it covers dates of another rule, for as long as somebody may ask why.
            let crosses = |change: &Replaced| change.from < until;
            until > handled || replaced.iter().skip(*under).any(crosses)
        });
        let (wanted, cells) = (&self.wanted, &self.cells);
        self.marks.retain(|occurrence, mark| {
            *mark != Mark::Begun
                || wanted.contains_key(occurrence)
                || occurrence.nominal().is_none_or(|date| {
                    let told_of = |begun: &BegunCell| {
                        begun.cell.occurrence == *occurrence || begun.cell.covers(date)
                    };
                    date > handled || cells.iter().any(told_of)
                })
        });
    }
}

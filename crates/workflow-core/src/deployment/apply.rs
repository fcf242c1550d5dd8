//! How a deployment changes by its events.
//!
//! As with workflows, what an event means is written once; that it is allowed was decided before
//! it existed.

use super::{Deployment, Found, Phase, Rank, StepState, Then, Trouble};
use crate::ids::{ClientId, WorkflowId};
use crate::workflow::WorkflowEvent;

impl Deployment {
    /// The deployment that a [`WorkflowEvent::Begun`] makes; `None` for any other event.
    #[must_use]
    pub fn begun(workflow: WorkflowId, client: ClientId, event: &WorkflowEvent) -> Option<Self> {
        let WorkflowEvent::Begun {
            occurrence,
            dates,
            deploy_at,
            rank,
            marker,
            held,
            ..
        } = event
        else {
            return None;
        };
        Some(Self {
            workflow,
            occurrence: *occurrence,
            client,
            dates: *dates,
            deploy_at: *deploy_at,
            rank: *rank,
            marker: marker.clone(),
            phase: held.map_or(Phase::Running, Phase::Held),
            wake: held.is_none().then_some(*deploy_at),
            order: None,
            steps: Vec::new(),
            job: None,
            tasks: None,
            trouble: None,
            tries: 0,
            duplicates: Vec::new(),
        })
    }

    /// Changes the deployment by one event of its own occurrence; any other changes nothing.
    pub fn apply(&mut self, event: &WorkflowEvent) {
        if event.deployment() != Some(self.occurrence) {
            return;
        }
        match event {
            WorkflowEvent::Released { .. } => self.run_from_its_date(),
            WorkflowEvent::RetryAsked { .. } => {
                self.rank = Rank::Asked;
                self.tries = 0;
                if self.droppable_number().is_some() {
                    // Whose the number is now is read anew.
                    self.at(0, |step| step.looked = 0);
                }
                self.run_from_its_date();
            }
            WorkflowEvent::Unprepared { trouble, .. } => self.park(trouble.clone()),
            WorkflowEvent::Intended {
                step,
                fence,
                order,
                overdue_at,
                ..
            } => {
                if let Some(order) = order {
                    self.steps = order.steps();
                    self.order = Some((**order).clone());
                }
                self.at(*step, |step| {
                    step.state = StepState::Intended { fence: *fence };
                    step.sends += 1;
                    step.looked = 0;
                    step.look_first = false;
                });
                self.phase = Phase::Running;
                self.wake = Some(*overdue_at);
            }
            WorkflowEvent::Done {
                step,
                how,
                job,
                tasks,
                ..
            } => {
                let how = *how;
                self.at(*step, |step| {
                    step.state = StepState::Done { how };
                    step.missing = None;
                });
                self.job = Some(job.clone());
                self.tasks.clone_from(tasks);
                self.trouble = None;
                self.tries = 0;
                self.phase = Phase::Running;
                self.wake = Some(self.deploy_at);
            }
            WorkflowEvent::Refused {
                step,
                trouble,
                then,
                ..
            } => {
                let looks_now = matches!(then, Then::LookAgain { .. });
                let looks = looks_now || *then == Then::AwaitPerson;
                self.at(*step, |step| {
                    step.state = if looks_now {
                        StepState::Refused
                    } else {
                        StepState::Pending
                    };
                    // A refused create may have left a job behind, so whoever sends next looks.
                    step.look_first = looks && step.kind == super::StepKind::Create;
                });
                self.tries += 1;
                self.trouble = Some(trouble.clone());
                self.follow(*then);
            }
            WorkflowEvent::ReplyLost {
                step,
                trouble,
                look_up_at,
                ..
            } => {
                self.at(*step, |step| {
                    step.state = StepState::Uncertain;
                    step.lost += 1;
                });
                self.trouble = Some(trouble.clone());
                self.phase = Phase::Uncertain;
                self.wake = Some(*look_up_at);
            }
            WorkflowEvent::LookedUp {
                step,
                found,
                missing,
                then,
                ..
            } => {
                self.looked_up(*step, found, missing.as_ref(), *then);
            }
            WorkflowEvent::Adopted { job, .. } => {
                if self.job.as_ref().is_some_and(|before| before.id != job.id) {
                    // What was done was done to another job.
                    for step in self.steps.iter_mut().skip(1) {
                        *step = super::Step::new(step.kind);
                    }
                }
                self.job = Some(job.clone());
                self.trouble = None;
                self.tries = 0;
            }
            WorkflowEvent::Deployed { job, .. } => {
                self.job = Some(job.clone());
                self.trouble = None;
                self.phase = Phase::Deployed;
                self.wake = None;
            }
            WorkflowEvent::GivenUp { reason, .. } => {
                self.phase = Phase::GivenUp {
                    reason: reason.clone(),
                };
                self.wake = None;
            }
            WorkflowEvent::Postponed {
                step,
                trouble,
                until,
                ..
            } => {
                self.at(*step, |step| {
                    if matches!(step.state, StepState::Intended { .. }) {
                        step.state = StepState::Pending;
                    }
                });
                self.trouble = Some(trouble.clone());
                self.wake = Some(*until);
            }
            WorkflowEvent::ToldUndone { step, tasks, .. } => {
                self.at(*step, |step| {
                    step.state = StepState::Pending;
                    step.look_first = false;
                    // What a person saw counts as a look-up.
                    step.looked += 1;
                });
                self.rank = Rank::Asked;
                self.tasks.clone_from(tasks);
                self.trouble = None;
                self.tries = 0;
                self.run_from_its_date();
            }
            WorkflowEvent::LookUpOwed {
                step,
                order,
                look_up_at,
                ..
            } => {
                if let Some(order) = order {
                    self.steps = order.steps();
                    self.order = Some((**order).clone());
                }
                self.at(*step, |step| {
                    step.look_first = true;
                    // Whoever is lost with the store may have sent it, and nobody knows the reply.
                    step.lost += 1;
                });
                self.wake = Some(*look_up_at);
            }
            WorkflowEvent::DuplicateFound { jobs, .. } => {
                self.duplicates.clone_from(jobs);
                self.phase = Phase::Duplicated;
                self.wake = None;
            }
            WorkflowEvent::DuplicateResolved { kept, .. } => {
                self.job = Some(kept.clone());
                self.run_from_its_date();
            }
            WorkflowEvent::NumberDropped { .. } => {
                if let Some(order) = &mut self.order {
                    order.create.number = None;
                }
                self.at(0, |step| {
                    step.look_first = true;
                    step.looked = 0;
                    if step.lost > 0 {
                        // What was lost under the number is looked for as often as ever.
                        step.state = StepState::Uncertain;
                    }
                });
                self.rank = Rank::Asked;
                self.tries = 0;
                self.run_from_its_date();
            }
            _ => {}
        }
    }

    fn looked_up(
        &mut self,
        at: u8,
        found: &Found,
        missing: Option<&crate::ports::gateway::Team>,
        then: Then,
    ) {
        let keep = missing.cloned();
        let step = self.steps.get(usize::from(at));
        // XPM's own words say more than that nothing was found.
        let refused =
            *found == Found::Nothing && step.is_some_and(|step| step.state == StepState::Refused);
        self.at(at, |step| {
            match then {
                Then::SendAgain { .. } => {
                    step.state = StepState::Pending;
                    step.look_first = false;
                    step.missing = keep;
                }
                Then::AwaitPerson => {
                    step.state = StepState::Pending;
                    step.look_first = true;
                }
                Then::LookAgain { .. } | Then::Settled => {}
            }
            if *found == Found::Nothing {
                step.looked += 1;
            }
        });
        if let Found::Unknown { trouble } = found {
            self.tries += 1;
            self.trouble = Some(trouble.clone());
        } else if then == Then::AwaitPerson && !refused {
            // Its instant and correlation are still those of the reply that was lost. Where none
            // was, a restored backup owes the look-up, from the instant that it waited for.
            let owed = || Trouble {
                sentence: String::new(),
                correlation: None,
                at: self.wake.unwrap_or(self.deploy_at),
            };
            let mut trouble = self.trouble.take().unwrap_or_else(owed);
            trouble.sentence = what_to_do(found);
            self.trouble = Some(trouble);
        }
        self.follow(then);
    }

    fn follow(&mut self, then: Then) {
        match then {
            Then::SendAgain { at } => {
                self.phase = Phase::Running;
                self.wake = Some(at);
            }
            Then::LookAgain { at } => {
                self.phase = Phase::Uncertain;
                self.wake = Some(at);
            }
            Then::AwaitPerson => {
                self.phase = Phase::Failed;
                self.wake = None;
            }
            Then::Settled => {}
        }
    }

    fn run_from_its_date(&mut self) {
        self.phase = Phase::Running;
        self.wake = Some(self.deploy_at);
    }

    fn park(&mut self, trouble: Trouble) {
        self.trouble = Some(trouble);
        self.phase = Phase::Failed;
        self.wake = None;
    }

    fn at(&mut self, step: u8, change: impl FnOnce(&mut super::Step)) {
        if let Some(step) = self.steps.get_mut(usize::from(step)) {
            change(step);
        }
    }
}

/// What a look-up left to a person.
fn what_to_do(found: &Found) -> String {
    match found {
        Found::Several { jobs } => {
            let numbers: Vec<&str> = jobs.iter().map(|job| job.number.as_str()).collect();
            format!(
                "XPM has more than one job for this date: {}; keep one of them there, then adopt \
                 its number",
                numbers.join(" and ")
            )
        }
        Found::Partly { what } => {
            format!("{what}; look at the job in XPM, then retry or give it up")
        }
        Found::NumberTaken { job, name } => {
            format!(
                "the number {} is that of another job in XPM, “{name}”, which is not the one that \
                 was sent for this date; look at it there, then have XPM number this one, adopt a \
                 job by its number, or give this date up",
                job.number
            )
        }
        Found::Nothing | Found::Done | Found::Unknown { .. } => {
            "it was sent as often as allowed, each reply was lost, and XPM shows nothing of it; \
             look in XPM yourself, then retry, or adopt the job by its number"
                .to_owned()
        }
    }
}

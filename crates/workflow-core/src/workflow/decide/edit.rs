//! Adding a workflow, and changing what it is: settings, billing level, plan; following its
//! proposal; archiving and duplicating.

use chrono::NaiveDate;

use super::{Adding, Decision, Refusal};
use crate::billing::BillingLevel;
use crate::ids::{PersonId, WorkflowId};
use crate::proposal::{InvoiceGrouping, Proposal, ProposalState};
use crate::recurrence::{NeverFires, RecurrenceError};
use crate::workflow::{
    ClosedBy, Gate, Handover, Origin, Placing, Plan, Schedule, Settings, Workflow, WorkflowEvent,
};

impl Workflow {
    /// Adds a workflow.
    ///
    /// # Errors
    ///
    /// A [`Refusal`] that names the field, when a setting, the billing level or the plan has a
    /// fault.
    pub fn add(
        id: WorkflowId,
        adding: Adding,
        proposal: Option<&Proposal>,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        check_settings(&adding.settings)?;
        check_billing(adding.billing, &adding.origin, proposal)?;
        check_plan(&adding.plan, NaiveDate::MIN, &adding.origin, placing)?;
        let gate = match proposal {
            None => Gate::Open { starts: None },
            Some(proposal) => gate_of(proposal, placing.today()),
        };
        let Adding {
            client,
            origin,
            settings,
            billing,
            plan,
            duplicate_of,
        } = adding;
        let added = WorkflowEvent::Added {
            client,
            origin,
            settings: Box::new(settings),
            billing,
            plan: Box::new(plan),
            gate,
            duplicate_of,
        };
        let Some(workflow) = Self::added(id, &added) else {
            unreachable!("an added event makes a workflow")
        };
        let mut decision = Decision {
            workflow,
            events: vec![added],
        };
        decision.place(placing);
        Ok(decision)
    }

    /// Replaces the settings. What is deployed or begun keeps what it was sent with.
    ///
    /// # Errors
    ///
    /// [`Refusal::TooMany`].
    pub fn change_settings(
        &self,
        settings: Settings,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        check_settings(&settings)?;
        if settings == self.settings {
            return Ok(self.unchanged());
        }
        let before = Box::new(self.settings.clone());
        let changed = WorkflowEvent::SettingsChanged {
            before,
            after: Box::new(settings),
        };
        Ok(self.decide(vec![changed], placing))
    }

    /// Puts one person in the place of another, as partner, manager and staff: in what starts on
    /// `on` or later, or in all that is not begun where no day is given.
    ///
    /// A person who gets a part by a handover of a later day loses it again on that day.
    #[must_use]
    pub fn replace_person(
        &self,
        from: &PersonId,
        to: &PersonId,
        on: Option<NaiveDate>,
        placing: &Placing<'_>,
    ) -> Decision {
        if from == to {
            return self.unchanged();
        }
        let mut events = Vec::new();
        let handover = |on| {
            WorkflowEvent::HandoverSet(Handover {
                on,
                from: from.clone(),
                to: to.clone(),
            })
        };
        match on {
            None if self.settings.name_person(from) => {
                let before = Box::new(self.settings.clone());
                let after = Box::new(self.settings.with_replaced(from, to));
                events.push(WorkflowEvent::SettingsChanged { before, after });
            }
            Some(on) if self.settings_on(on).name_person(from) => events.push(handover(on)),
            None | Some(_) => {}
        }
        let later = self
            .handovers
            .iter()
            .filter(|kept| kept.to == *from && on.is_none_or(|on| kept.on > on));
        events.extend(later.map(|kept| handover(kept.on)));
        if events.is_empty() {
            return self.unchanged();
        }
        self.decide(events, placing)
    }

    /// Changes the billing level. Who holds the level now is checked by the caller, who has it.
    ///
    /// # Errors
    ///
    /// [`Refusal::NoProposal`], [`Refusal::GroupedByClient`].
    pub fn change_billing(
        &self,
        after: BillingLevel,
        proposal: Option<&Proposal>,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        check_billing(after, &self.origin, proposal)?;
        if after == self.billing {
            return Ok(self.unchanged());
        }
        let changed = WorkflowEvent::BillingChanged {
            before: self.billing,
            after,
        };
        Ok(self.decide(vec![changed], placing))
    }

    /// Confirms the first date of a duplicate.
    ///
    /// # Errors
    ///
    /// [`Refusal::NothingToConfirm`], [`Refusal::Archived`].
    pub fn confirm(&self, placing: &Placing<'_>) -> Result<Decision, Refusal> {
        if !self.unconfirmed {
            return Err(Refusal::NothingToConfirm);
        }
        self.refuse_archived()?;
        Ok(self.decide(vec![WorkflowEvent::Confirmed], placing))
    }

    /// Follows its proposal: accepted opens it, declined or archived closes it, any other state
    /// of a proposal changes nothing that was opened or closed.
    #[must_use]
    pub fn follow(&self, proposal: &Proposal, placing: &Placing<'_>) -> Decision {
        let today = placing.today();
        let event = match (proposal.state, self.gate) {
            (ProposalState::Accepted { .. }, Gate::Open { .. }) => None,
            (ProposalState::Accepted { on }, Gate::AwaitsAcceptance | Gate::Closed { .. }) => {
                let starts = proposal.start_when_accepted_on(on);
                Some(WorkflowEvent::Opened { on: today, starts })
            }
            (ProposalState::Declined, Gate::AwaitsAcceptance | Gate::Open { .. }) => {
                Some(WorkflowEvent::Closed {
                    on: today,
                    by: ClosedBy::Declined,
                })
            }
            (ProposalState::Archived, Gate::AwaitsAcceptance | Gate::Open { .. }) => {
                Some(WorkflowEvent::Closed {
                    on: today,
                    by: ClosedBy::Archived,
                })
            }
            (ProposalState::Declined | ProposalState::Archived, Gate::Closed { .. })
            | (ProposalState::Draft | ProposalState::Sent, _) => None,
        };
        event.map_or_else(
            || self.unchanged(),
            |event| self.decide(vec![event], placing),
        )
    }

    /// Archives it. Deployments that are open go on; nothing further begins.
    #[must_use]
    pub fn archive(&self, placing: &Placing<'_>) -> Decision {
        if self.archived.is_some() {
            return self.unchanged();
        }
        self.decide(
            vec![WorkflowEvent::Archived {
                on: placing.today(),
            }],
            placing,
        )
    }

    /// What a duplicate of it is added as: the same settings and the plan in force, starting after
    /// the last cell that this one covered and not before the plan came into force, non-billing,
    /// deploying nothing until a person confirms.
    #[must_use]
    pub fn to_duplicate(&self, placing: &Placing<'_>) -> Adding {
        let cells = self.cells.iter().map(|begun| begun.cell);
        let covered = cells.map(|cell| cell.until.unwrap_or(cell.from));
        let in_force = self.replaced().last().map(|change| change.from);
        let today = placing.today();
        let starts = covered.chain(in_force).max();
        let deploys_from = starts.map_or(today, |starts| starts.max(today));
        let mut plan = Plan {
            deploys_from,
            ..self.plan.clone()
        };
        if let Schedule::OnDate(date) = plan.schedule
            && date < deploys_from
        {
            plan.schedule = Schedule::OnDate(deploys_from);
        }
        Adding {
            client: self.client,
            origin: self.origin.clone(),
            settings: self.settings_on(deploys_from).into_owned(),
            billing: BillingLevel::NonBilling,
            plan,
            duplicate_of: Some(self.id),
        }
    }
}

fn gate_of(proposal: &Proposal, today: NaiveDate) -> Gate {
    match proposal.state {
        ProposalState::Draft | ProposalState::Sent => Gate::AwaitsAcceptance,
        ProposalState::Accepted { on } => Gate::Open {
            starts: Some(proposal.start_when_accepted_on(on)),
        },
        ProposalState::Declined => Gate::Closed {
            since: today,
            by: ClosedBy::Declined,
        },
        ProposalState::Archived => Gate::Closed {
            since: today,
            by: ClosedBy::Archived,
        },
    }
}

fn check_settings(settings: &Settings) -> Result<(), Refusal> {
    let most = |field, most, found| {
        if found > most {
            Err(Refusal::TooMany { field, most, found })
        } else {
            Ok(())
        }
    };
    most("staff", Settings::MOST_STAFF, settings.staff.len())?;
    most(
        "job templates",
        Settings::MOST_TEMPLATES,
        settings.templates.len(),
    )
}

fn check_billing(
    level: BillingLevel,
    origin: &Origin,
    proposal: Option<&Proposal>,
) -> Result<(), Refusal> {
    if level != BillingLevel::Proposal {
        return Ok(());
    }
    let (Some(_), Some(proposal)) = (origin.proposal(), proposal) else {
        return Err(Refusal::NoProposal);
    };
    match proposal.grouping {
        InvoiceGrouping::Proposal => Ok(()),
        InvoiceGrouping::Client => Err(Refusal::GroupedByClient {
            proposal: proposal.id.clone(),
        }),
    }
}

/// Refuses a plan whose first date, from a nominal date on, would never deploy or cannot be placed.
pub(in crate::workflow) fn check_plan(
    plan: &Plan,
    from: NaiveDate,
    origin: &Origin,
    placing: &Placing<'_>,
) -> Result<(), Refusal> {
    let first = match &plan.schedule {
        Schedule::OnAcceptance if origin.proposal().is_none() => return Err(Refusal::NoAcceptance),
        Schedule::OnAcceptance | Schedule::ByHand => None,
        Schedule::OnDate(date) if *date < plan.deploys_from => {
            let (date, from) = (*date, plan.deploys_from);
            return Err(Refusal::BeforeStart { date, from });
        }
        Schedule::OnDate(date) => Some(*date),
        Schedule::Recurring(rule) => {
            // Business days are the calendar's, so this is seen no earlier than here.
            if let Some(reason) = rule.never_fires(placing.calendar) {
                let field = match reason {
                    NeverFires::EndsBeforeFirst { .. } => "until",
                    _ => "every",
                };
                return Err(Refusal::Recurrence(RecurrenceError::NeverFires {
                    field,
                    reason,
                }));
            }
            let from = from.max(plan.deploys_from);
            rule.dates(from.., placing.calendar).next()
        }
    };
    let first = first.unwrap_or_else(|| placing.today());
    match placing
        .place(&plan.timing, first, None)
        .and_then(|placed| placed.trouble)
    {
        Some(trouble) => Err(Refusal::Timing(trouble)),
        None => Ok(()),
    }
}

//! Changing a plan, and asking for a covered date: the events, or why not.

use chrono::NaiveDate;

use super::{RecurrenceChange, Scope};
use crate::audit::Actor;
use crate::workflow::decide::{Decision, Refusal, check_plan};
use crate::workflow::turns::Stand;
use crate::workflow::{Gate, Mark, Occurrence, Placing, Plan, Schedule, Workflow, WorkflowEvent};

impl Workflow {
    /// Replaces the plan for all that is not deployed or begun.
    ///
    /// # Errors
    ///
    /// As [`Workflow::change_recurrence`].
    pub fn change_plan(
        &self,
        plan: Plan,
        by: &Actor,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        self.change_recurrence(&RecurrenceChange::not_deployed(plan), by, placing)
    }

    /// Replaces schedule and timing for the occurrences in scope. What is deployed or begun is out
    /// of reach; [`Workflow::preview`] shows the effect.
    ///
    /// What becomes of missed occurrences, and the deploys-from date, are of the workflow as a
    /// whole: where nothing else changes, they change for every date.
    ///
    /// # Errors
    ///
    /// [`Refusal::Archived`]; [`Refusal::OnceUsed`] for a one-time schedule where the one
    /// occurrence was begun or given up before; [`Refusal::NoLaterDates`],
    /// [`Refusal::ChangeTooEarly`] and [`Refusal::BeforeChange`] for a scope that does not fit;
    /// [`Refusal::TooMany`] changes; and the refusals of [`Workflow::add`] for a plan.
    pub fn change_recurrence(
        &self,
        change: &RecurrenceChange,
        by: &Actor,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        let event = self.changed(change, by, placing)?;
        Ok(event.map_or_else(
            || self.unchanged(),
            |event| self.decide(vec![event], placing),
        ))
    }

    fn changed(
        &self,
        RecurrenceChange { plan, scope }: &RecurrenceChange,
        by: &Actor,
        placing: &Placing<'_>,
    ) -> Result<Option<WorkflowEvent>, Refusal> {
        if *plan == self.plan {
            return Ok(None);
        }
        self.refuse_archived()?;
        let (before, after) = (Box::new(self.plan.clone()), Box::new(plan.clone()));
        if plan.schedule == self.plan.schedule && plan.timing == self.plan.timing {
            return Ok(Some(WorkflowEvent::PlanChanged { before, after }));
        }
        if plan.schedule.is_one_time() && plan.schedule != self.plan.schedule && self.once_is_used()
        {
            return Err(Refusal::OnceUsed);
        }
        let from = self.changes_from(plan, *scope, placing)?;
        check_plan(plan, from, &self.origin, placing)?;
        if self.replaced.len() >= Self::MOST_CHANGES {
            return Err(Refusal::TooMany {
                field: "changes of the schedule",
                most: Self::MOST_CHANGES,
                found: self.replaced.len() + 1,
            });
        }
        Ok(Some(WorkflowEvent::Rescheduled {
            before,
            after,
            scope: *scope,
            from,
            at: placing.now,
            by: by.clone(),
            unmoved: self.unmoved_by(plan, from, placing),
        }))
    }

    /// The first nominal date that a change takes.
    fn changes_from(
        &self,
        plan: &Plan,
        scope: Scope,
        placing: &Placing<'_>,
    ) -> Result<NaiveDate, Refusal> {
        let from = self.scope_from(plan, scope, placing)?;
        // Whether a job of a recurrence covers a date is remembered from where the change begins.
        let mut plans = (0..=self.replaced.len()).map(|index| self.plan_at(index));
        let recurred = plans.any(|plan| !plan.schedule.is_one_time());
        let once = match (&plan.schedule, self.gate) {
            (Schedule::OnDate(date), _) => Some(*date),
            (Schedule::OnAcceptance, Gate::Open { starts }) => starts,
            _ => None,
        };
        let other = plan.schedule != self.plan.schedule;
        match once.filter(|date| other && recurred && *date < from) {
            Some(date) => Err(Refusal::BeforeChange { date, from }),
            None => Ok(from),
        }
    }

    fn scope_from(
        &self,
        plan: &Plan,
        scope: Scope,
        placing: &Placing<'_>,
    ) -> Result<NaiveDate, Refusal> {
        let earliest = self.first_unhandled();
        match scope {
            Scope::NotDeployed => {
                let from = self.first_owed(placing).min(placing.today());
                // Whoever sets an earlier deploys-from date wants what lies between.
                let from = if plan.deploys_from < self.plan.deploys_from {
                    from.min(plan.deploys_from)
                } else {
                    from
                };
                Ok(from.max(earliest))
            }
            Scope::From(from) => {
                if self.plan.schedule.is_one_time() {
                    return Err(Refusal::NoLaterDates);
                }
                if from < earliest {
                    return Err(Refusal::ChangeTooEarly { from, earliest });
                }
                Ok(from)
            }
        }
    }

    /// The earliest nominal date that is still to be deployed; the last day of all where none is.
    fn first_owed(&self, placing: &Placing<'_>) -> NaiveDate {
        let once = match self.plan.schedule {
            Schedule::OnDate(date) if !self.once_is_used() => Some(date),
            _ => None,
        };
        let earliest = self.first_unhandled();
        let singled_out = self.singled_out(placing);
        let singled_out = singled_out.filter_map(|owed| owed.next.occurrence.nominal());
        let in_order = self.segments().into_iter().filter_map(|segment| {
            let mut turns = self.turns(segment, placing);
            turns.find_map(|turn| matches!(turn.stand, Stand::Owed(_)).then_some(turn.nominal))
        });
        let all = once.into_iter().chain(singled_out).chain(in_order);
        all.filter(|date| *date >= earliest)
            .min()
            .unwrap_or(NaiveDate::MAX)
    }

    /// Whether the one occurrence of a one-time schedule was begun or given up.
    fn once_is_used(&self) -> bool {
        let mark = self.marks.get(&Occurrence::Once);
        let used = mark.is_some_and(|mark| !matches!(mark, Mark::Moved { .. }));
        used || self.outcome.is_some()
    }

    /// The moves whose occurrences a plan would no longer give.
    fn unmoved_by(&self, plan: &Plan, from: NaiveDate, placing: &Placing<'_>) -> Vec<Occurrence> {
        let rule = plan.schedule.recurrence();
        let moved = self.marks.iter();
        let moved = moved.filter(|(_, mark)| matches!(mark, Mark::Moved { .. }));
        let ends = |occurrence: &Occurrence| match occurrence {
            Occurrence::Once => plan.schedule != self.plan.schedule,
            Occurrence::On(date) => {
                let given = rule.is_some_and(|rule| rule.contains(*date, placing.calendar));
                *date >= from && !(given && *date >= plan.deploys_from)
            }
        };
        let moved = moved.map(|(occurrence, _)| *occurrence);
        moved.filter(ends).collect()
    }

    /// A person wants a covered date deployed all the same: on its date, or at once where that has
    /// passed.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotCovered`] for a date that no cell covers; [`Refusal::Archived`],
    /// [`Refusal::NotInRule`], [`Refusal::Begun`], [`Refusal::NotOwed`]; and [`Refusal::Timing`]
    /// where its due date would come before its start date.
    pub fn deploy_covered(
        &self,
        occurrence: Occurrence,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        self.refuse_archived()?;
        self.require_given(occurrence, placing)?;
        let nominal = self.nominal_of(occurrence, placing);
        let Some(covered_by) = self.covering(occurrence, nominal, placing) else {
            return Err(match self.is_wanted(occurrence) {
                true => Refusal::NotOwed {
                    occurrence,
                    why: "asked for already",
                },
                false => Refusal::NotCovered { occurrence },
            });
        };
        let wanted = WorkflowEvent::Wanted {
            occurrence,
            covered_by,
            at: placing.now,
        };
        let decision = self.decide(vec![wanted], placing);
        let owed = decision.workflow.owed(occurrence, nominal, placing);
        let owed = owed.ok_or(Refusal::NotInRule { occurrence })?;
        if let Some(trouble) = owed.trouble {
            return Err(Refusal::Timing(trouble));
        }
        if occurrence != Occurrence::Once && decision.workflow.gap_over(owed.deploys_on).is_some() {
            let why = "in a pause, or while the proposal was closed,";
            return Err(Refusal::NotOwed { occurrence, why });
        }
        Ok(decision)
    }
}

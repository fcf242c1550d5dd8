//! What a person decides for single occurrences, and for a while: skip, move, deploy now, pause,
//! resume.

use chrono::NaiveDate;

use super::{Decision, Refusal};
use crate::deployment::{Marker, Rank};
use crate::ids::PracticeId;
use crate::text::Reason;
use crate::workflow::{
    Gate, Mark, Occurrence, Pause, PausedDates, Placing, Schedule, Workflow, WorkflowEvent,
};

impl Workflow {
    /// Skips one occurrence.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotInRule`], [`Refusal::Begun`], [`Refusal::NotOwed`], [`Refusal::Archived`].
    pub fn skip(
        &self,
        occurrence: Occurrence,
        reason: Reason,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        self.refuse_archived()?;
        self.require_untouched(occurrence, placing)?;
        Ok(self.decide(vec![WorkflowEvent::Skipped { occurrence, reason }], placing))
    }

    /// Moves one occurrence: it starts on `to`, and keeps its identity.
    ///
    /// # Errors
    ///
    /// [`Refusal::MovedToThePast`] for a day before today or before the deploys-from date,
    /// [`Refusal::Timing`] where the due date would come before it, and as [`Workflow::skip`].
    pub fn move_to(
        &self,
        occurrence: Occurrence,
        to: NaiveDate,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        self.refuse_archived()?;
        let earliest = placing.today().max(self.plan.deploys_from);
        if to < earliest {
            return Err(Refusal::MovedToThePast { to, earliest });
        }
        self.require_untouched(occurrence, placing)?;
        let nominal = self.nominal_of(occurrence, placing);
        let from = placing
            .place(&self.plan.timing, nominal, self.moved_to(occurrence))
            .map_or(nominal, |placed| placed.dates.start());
        if let Some(trouble) = placing
            .place(&self.plan.timing, nominal, Some(to))
            .and_then(|placed| placed.trouble)
        {
            return Err(Refusal::Timing(trouble));
        }
        Ok(self.decide(
            vec![WorkflowEvent::Moved {
                occurrence,
                from,
                to,
            }],
            placing,
        ))
    }

    /// Pauses a recurring workflow from today.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotRecurring`], [`Refusal::AlreadyPaused`], [`Refusal::Archived`],
    /// [`Refusal::ResumeBeforePause`].
    pub fn pause_until(
        &self,
        until: Option<NaiveDate>,
        reason: Reason,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        self.refuse_archived()?;
        if self.plan.schedule.is_one_time() {
            return Err(Refusal::NotRecurring);
        }
        if let Some(pause) = &self.pause {
            return Err(Refusal::AlreadyPaused { since: pause.from });
        }
        let from = placing.today();
        if let Some(until) = until.filter(|until| *until <= from) {
            return Err(Refusal::ResumeBeforePause { from, until });
        }
        let ends_at = until.map(|until| placing.midnight(until));
        let paused = WorkflowEvent::Paused(Box::new(Pause {
            from,
            until,
            ends_at,
            reason,
        }));
        Ok(self.decide(vec![paused], placing))
    }

    /// Ends a pause today, or on its resume date if that has passed.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotPaused`].
    pub fn resume(
        &self,
        paused_dates: PausedDates,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        let Some(pause) = &self.pause else {
            return Err(Refusal::NotPaused);
        };
        let today = placing.today();
        let on = pause.until.map_or(today, |until| until.min(today));
        Ok(self.decide(vec![WorkflowEvent::Resumed { on, paused_dates }], placing))
    }

    /// Begins an occurrence because a person asked, ahead of its date if need be. `None` is the
    /// next one.
    ///
    /// # Errors
    ///
    /// [`Refusal::AwaitsAcceptance`], [`Refusal::ProposalClosed`], [`Refusal::Archived`],
    /// [`Refusal::NotInRule`], [`Refusal::Begun`], [`Refusal::NotOwed`].
    pub fn deploy_now(
        &self,
        practice: &PracticeId,
        occurrence: Option<Occurrence>,
        placing: &Placing<'_>,
    ) -> Result<(Decision, Occurrence), Refusal> {
        self.refuse_archived()?;
        match self.gate {
            Gate::Open { .. } => {}
            Gate::AwaitsAcceptance => return Err(Refusal::AwaitsAcceptance),
            Gate::Closed { since, .. } => return Err(Refusal::ProposalClosed { since }),
        }
        let occurrence = occurrence
            .or_else(|| self.next.as_ref().map(|next| next.occurrence))
            .or_else(|| self.first_awaited(placing))
            .ok_or(Refusal::NotInRule {
                occurrence: Occurrence::Once,
            })?;
        self.require_untouched(occurrence, placing)?;
        let nominal = self.nominal_of(occurrence, placing);
        let placed = placing
            .place(&self.plan.timing, nominal, self.moved_to(occurrence))
            .ok_or(Refusal::NotInRule { occurrence })?;
        if let Some(trouble) = placed.trouble {
            return Err(Refusal::Timing(trouble));
        }
        let mut events = Vec::new();
        if self.unconfirmed {
            events.push(WorkflowEvent::Confirmed);
        }
        events.push(WorkflowEvent::Begun {
            occurrence,
            dates: placed.dates,
            deploy_at: placing.now,
            cell: self.cell_of(occurrence, nominal, placing),
            rank: Rank::Asked,
            marker: Marker::of(practice, self.id, occurrence),
            held: None,
        });
        Ok((self.decide(events, placing), occurrence))
    }

    /// The occurrence that a person would deploy where none is placed.
    fn first_awaited(&self, placing: &Placing<'_>) -> Option<Occurrence> {
        match &self.plan.schedule {
            Schedule::Recurring(rule) => rule
                .dates(self.first_unhandled().., placing.calendar)
                .map(Occurrence::On)
                .find(|occurrence| !self.marks.contains_key(occurrence)),
            _ => self.outcome.is_none().then_some(Occurrence::Once),
        }
    }

    /// Refuses an occurrence that does not exist, was begun, or is not owed.
    pub(super) fn require_untouched(
        &self,
        occurrence: Occurrence,
        placing: &Placing<'_>,
    ) -> Result<(), Refusal> {
        match self.marks.get(&occurrence) {
            Some(Mark::Begun) => return Err(Refusal::Begun { occurrence }),
            Some(Mark::Skipped { .. }) => {
                return Err(Refusal::NotOwed {
                    occurrence,
                    why: "skipped",
                });
            }
            Some(Mark::Missed) => {
                return Err(Refusal::NotOwed {
                    occurrence,
                    why: "missed",
                });
            }
            Some(Mark::Covered { .. }) => {
                return Err(Refusal::NotOwed {
                    occurrence,
                    why: "covered by another date of its turn",
                });
            }
            Some(Mark::Moved { .. }) => return Ok(()),
            None => {}
        }
        match (occurrence, &self.plan.schedule) {
            (Occurrence::Once, schedule) if schedule.is_one_time() => {
                if self.outcome.is_some() {
                    return Err(Refusal::Begun { occurrence });
                }
                Ok(())
            }
            (Occurrence::On(date), Schedule::Recurring(rule))
                if rule.contains(date, placing.calendar) =>
            {
                if date < self.plan.deploys_from {
                    return Err(Refusal::NotOwed {
                        occurrence,
                        why: "before the deploys-from date",
                    });
                }
                if self.handled.is_some_and(|handled| date <= handled) {
                    // Begun long ago, or in a gap.
                    return Err(Refusal::Begun { occurrence });
                }
                Ok(())
            }
            _ => Err(Refusal::NotInRule { occurrence }),
        }
    }
}

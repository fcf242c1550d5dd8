//! What a person decides for single occurrences, and for a while: skip, move, deploy now, pause,
//! resume.

use chrono::NaiveDate;

use super::{Decision, Refusal};
use crate::deployment::{Marker, Rank};
use crate::ids::PracticeId;
use crate::text::Reason;
use crate::workflow::turns::{Stand, Turn};
use crate::workflow::{
    Gate, Mark, Occurrence, Pause, PausedDates, Placing, Workflow, WorkflowEvent,
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
        self.require_given(occurrence, placing)?;
        Ok(self.decide(vec![WorkflowEvent::Skipped { occurrence, reason }], placing))
    }

    /// Moves one occurrence: it starts on `to`, and keeps its identity.
    ///
    /// # Errors
    ///
    /// [`Refusal::MovedToThePast`] for a day before today or before the deploys-from date,
    /// [`Refusal::Timing`] where the due date would come before it, [`Refusal::Covered`] unless a
    /// person wants the date all the same, and as [`Workflow::skip`].
    pub fn move_to(
        &self,
        occurrence: Occurrence,
        to: NaiveDate,
        placing: &Placing<'_>,
    ) -> Result<Decision, Refusal> {
        self.refuse_archived()?;
        let plan = self.plan_of(occurrence);
        let earliest = placing.today().max(plan.deploys_from);
        if to < earliest {
            return Err(Refusal::MovedToThePast { to, earliest });
        }
        self.require_untouched(occurrence, placing)?;
        let nominal = self.nominal_of(occurrence, placing);
        let from = placing
            .place(&plan.timing, nominal, self.moved_to(occurrence))
            .map_or(nominal, |placed| placed.dates.start());
        if let Some(trouble) = placing
            .place(&plan.timing, nominal, Some(to))
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
    /// [`Refusal::NotInRule`], [`Refusal::Begun`], [`Refusal::NotOwed`], [`Refusal::Covered`]
    /// unless a person wants the date all the same.
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
            .place(
                &self.plan_of(occurrence).timing,
                nominal,
                self.moved_to(occurrence),
            )
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
        if self.plan.schedule.is_one_time() && self.outcome.is_none() {
            return Some(Occurrence::Once);
        }
        let mut segments = self.segments().into_iter();
        segments.find_map(|segment| {
            let awaited = |turn: &Turn| matches!(turn.stand, Stand::Owed(_) | Stand::Gap);
            let mut turns = self.turns(segment, placing);
            turns.find(awaited).map(|turn| Occurrence::On(turn.nominal))
        })
    }

    /// Refuses an occurrence that does not exist, was begun, is not owed, or is covered.
    fn require_untouched(
        &self,
        occurrence: Occurrence,
        placing: &Placing<'_>,
    ) -> Result<(), Refusal> {
        self.require_given(occurrence, placing)?;
        let nominal = self.nominal_of(occurrence, placing);
        match self.covering(occurrence, nominal, placing) {
            Some(by) => Err(Refusal::Covered { occurrence, by }),
            None => Ok(()),
        }
    }

    /// Refuses an occurrence that does not exist, was begun, or is not owed.
    pub(in crate::workflow) fn require_given(
        &self,
        occurrence: Occurrence,
        placing: &Placing<'_>,
    ) -> Result<(), Refusal> {
        let not_owed = |why| Err(Refusal::NotOwed { occurrence, why });
        match self.marks.get(&occurrence) {
            Some(Mark::Begun) => return Err(Refusal::Begun { occurrence }),
            Some(Mark::Skipped { .. }) => return not_owed("skipped"),
            Some(Mark::Missed) => return not_owed("missed"),
            Some(Mark::Moved { .. }) => return Ok(()),
            Some(Mark::Covered { .. }) | None => {}
        }
        match occurrence {
            Occurrence::Once if self.plan.schedule.is_one_time() => {
                if self.outcome.is_some() {
                    return Err(Refusal::Begun { occurrence });
                }
                Ok(())
            }
            Occurrence::On(date) => {
                let plan = self.plan_of(occurrence);
                let rule = plan.schedule.recurrence();
                if !rule.is_some_and(|rule| rule.contains(date, placing.calendar)) {
                    return Err(Refusal::NotInRule { occurrence });
                }
                if date < plan.deploys_from {
                    return not_owed("before the deploys-from date");
                }
                let dealt_with = self.is_behind(occurrence) && !self.is_wanted(occurrence);
                if dealt_with && self.covering(occurrence, date, placing).is_none() {
                    // Begun long ago, or in a gap.
                    return Err(Refusal::Begun { occurrence });
                }
                Ok(())
            }
            Occurrence::Once => Err(Refusal::NotInRule { occurrence }),
        }
    }
}

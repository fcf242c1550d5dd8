//! What the passing of time does to a workflow.

use chrono::NaiveDate;

use super::Decision;
use crate::deployment::{Hold, Marker, Rank};
use crate::ids::PracticeId;
use crate::workflow::{
    Cell, MissedRuns, Next, Occurrence, PausedDates, Placing, Workflow, WorkflowEvent,
};

impl Workflow {
    /// What the passing of time does: ends a pause whose day has come, places the next occurrence
    /// anew where its data changed, begins what is due, and records what was missed.
    ///
    /// At most one occurrence is begun, so that the next one is asked for again.
    #[must_use]
    pub fn fall_due(&self, practice: &PracticeId, placing: &Placing<'_>) -> Decision {
        if self
            .pause
            .as_ref()
            .and_then(|pause| pause.ends_at)
            .is_some_and(|at| at <= placing.now)
        {
            return self
                .resume(PausedDates::NotOwed, placing)
                .unwrap_or_else(|_| self.unchanged());
        }
        if let Some(placed) = self.place_next(placing) {
            return self.decide(vec![placed], placing);
        }
        let Some(next) = self
            .next
            .clone()
            .filter(|next| next.deploy_at <= placing.now)
        else {
            return self.unchanged();
        };
        let begun = self.begin(practice, &next, placing);
        let mut decision = self.decide(vec![begun.clone()], placing);
        let since = self.deployable_since;
        let deployable_at =
            |next: &Next| since.map_or(next.deploy_at, |since| next.deploy_at.max(since));
        let another_due = decision.workflow.next.as_ref().is_some_and(|after| {
            // What can be deployed from the same instant on was not kept waiting by anything.
            deployable_at(&next) < deployable_at(after) && after.deploy_at <= placing.now
        });
        let late = placing.now - deployable_at(&next) > chrono::TimeDelta::days(1);
        let missed = another_due || late;
        let occurrence = next.occurrence;
        match self.plan.missed {
            MissedRuns::All => {}
            MissedRuns::Latest if another_due => {
                decision = self.decide(vec![WorkflowEvent::Missed { occurrence }], placing);
            }
            MissedRuns::Skip if missed => {
                decision = self.decide(vec![WorkflowEvent::Missed { occurrence }], placing);
            }
            MissedRuns::Hold if missed => {
                let mut held = begun;
                if let WorkflowEvent::Begun {
                    held: hold @ None, ..
                } = &mut held
                {
                    *hold = Some(Hold::MissedRun);
                }
                decision = self.decide(vec![held], placing);
            }
            MissedRuns::Latest | MissedRuns::Skip | MissedRuns::Hold => {}
        }
        decision
    }

    fn begin(&self, practice: &PracticeId, next: &Next, placing: &Placing<'_>) -> WorkflowEvent {
        let nominal = next.dates.nominal();
        let timing = &self.plan_of(next.occurrence).timing;
        let placed = placing.place(timing, nominal, self.moved_to(next.occurrence));
        let trouble = placed.and_then(|placed| placed.trouble);
        WorkflowEvent::Begun {
            occurrence: next.occurrence,
            dates: next.dates,
            deploy_at: next.deploy_at,
            cell: self.cell_of(next.occurrence, nominal, placing),
            rank: Rank::Scheduled,
            marker: Marker::of(practice, self.id, next.occurrence),
            held: trouble.map(|_| Hold::DueBeforeStart),
        }
    }

    pub(super) fn cell_of(
        &self,
        occurrence: Occurrence,
        from: NaiveDate,
        placing: &Placing<'_>,
    ) -> Cell {
        // The last occurrence of a rule that ends covers its own span, and not all time after it.
        let rule = self.plan_of(occurrence).schedule.recurrence();
        let until = rule.and_then(|rule| rule.cell(from, placing.calendar).end());
        Cell {
            occurrence,
            from,
            until,
        }
    }
}

//! What is to be deployed, with what is wrong with its dates: for plans and the preflight.

use chrono::NaiveDate;

use super::{Gate, Next, Occurrence, Placing, Schedule, Workflow};
use crate::timing::TimingError;

impl Workflow {
    /// As [`Workflow::upcoming`], each with what is wrong with its dates if anything is, and as it
    /// would come out if it were deployed now.
    pub(crate) fn upcoming_checked(
        &self,
        placing: &Placing<'_>,
        until: NaiveDate,
        most: usize,
    ) -> Vec<(Next, Option<TimingError>)> {
        let upcoming = self.upcoming(placing, until, most).into_iter();
        upcoming.map(|next| self.checked(next, placing)).collect()
    }

    /// The occurrence of a workflow by hand that a person has yet to deploy.
    pub(crate) fn by_hand(&self, placing: &Placing<'_>) -> Option<(Next, Option<TimingError>)> {
        let awaited = self.plan.schedule == Schedule::ByHand
            && matches!(self.gate, Gate::Open { .. })
            && self.archived.is_none()
            && !self.unconfirmed
            && self.outcome.is_none()
            && self.marks.is_empty();
        if !awaited {
            return None;
        }
        let placed = placing.place(&self.plan.timing, placing.today(), None)?;
        let at = placing.due_instant(placed.dates.deploys_on());
        let next = placing.next(Occurrence::Once, placed.dates, at);
        Some((next, placed.trouble))
    }

    fn checked(&self, mut next: Next, placing: &Placing<'_>) -> (Next, Option<TimingError>) {
        // A recurring one was placed just now, and where its due date would have come before its
        // start date, it is the start date.
        if !self.plan.schedule.is_one_time() && next.dates.due() != next.dates.start() {
            return (next, None);
        }
        let nominal = self.nominal_of(next.occurrence, placing);
        let timing = &self.plan_of(next.occurrence).timing;
        match placing.place(timing, nominal, self.moved_to(next.occurrence)) {
            Some(placed) => {
                next.dates = placed.dates;
                (next, placed.trouble)
            }
            None => (next, None),
        }
    }
}

//! The turns of a workflow's schedules, one after another: where each nominal date stands, and
//! when what is owed becomes due.

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::{Gap, Mark, Next, Occurrence, Placed, Placing, Segment, Workflow};
use crate::timing::{Dates, TimingError};

/// One nominal date that a recurrence gives.
#[derive(Clone, Debug)]
pub(super) struct Turn {
    pub(super) nominal: NaiveDate,
    pub(super) stand: Stand,
}

/// Where a nominal date stands.
#[derive(Clone, Debug)]
pub(super) enum Stand {
    /// It has a deployment.
    Begun,
    /// It was skipped, or recorded as missed.
    Decided,
    /// A person moved it, or wants it though it is covered: it is looked at beside the others.
    SingledOut,
    /// It lies in the cell of that occurrence, of another rule.
    Covered(Occurrence),
    /// Nothing was to be deployed on its day.
    Gap,
    /// It is to be deployed.
    Owed(Owed),
}

/// An occurrence that is to be deployed, placed in time.
#[derive(Clone, Debug)]
pub(super) struct Owed {
    pub(super) next: Next,
    /// The day on which it becomes due.
    pub(super) deploys_on: NaiveDate,
    /// Why a person has to look before it is deployed.
    pub(super) trouble: Option<TimingError>,
}

impl Workflow {
    /// The nominal dates of a segment that were not dealt with yet, in order.
    pub(super) fn turns<'a>(
        &'a self,
        segment: Segment<'a>,
        placing: &'a Placing<'_>,
    ) -> impl Iterator<Item = Turn> + 'a {
        let from = self.first_unhandled();
        let from = from.max(segment.from).max(segment.plan.deploys_from);
        let rule = segment.plan.schedule.recurrence();
        let dates = rule.map(|rule| rule.dates(from.., placing.calendar));
        let ruled = move |date: &NaiveDate| segment.until.is_none_or(|until| *date < until);
        let dates = dates.into_iter().flatten().take_while(ruled);
        // At the end of time nothing can be placed.
        dates.map_while(move |nominal| {
            let stand = self.stand(nominal, placing)?;
            Some(Turn { nominal, stand })
        })
    }

    pub(super) fn stand(&self, nominal: NaiveDate, placing: &Placing<'_>) -> Option<Stand> {
        let occurrence = Occurrence::On(nominal);
        Some(match self.marks.get(&occurrence) {
            Some(Mark::Begun) => Stand::Begun,
            Some(Mark::Skipped { .. } | Mark::Missed) => Stand::Decided,
            Some(Mark::Moved { .. }) => Stand::SingledOut,
            Some(Mark::Covered { .. }) | None if self.is_wanted(occurrence) => Stand::SingledOut,
            Some(Mark::Covered { .. }) | None => {
                match self.covering(occurrence, nominal, placing) {
                    Some(by) => Stand::Covered(by),
                    None => {
                        let owed = self.owed(occurrence, nominal, placing)?;
                        match self.gap_over(owed.deploys_on) {
                            Some(_) => Stand::Gap,
                            None => Stand::Owed(owed),
                        }
                    }
                }
            }
        })
    }

    /// The occurrences that a person moved, or wants though they are covered, and that are still
    /// owed. A plan or calendar that was changed since may give such a date no more, or a pause
    /// have fallen on its day.
    pub(super) fn singled_out<'a>(
        &'a self,
        placing: &'a Placing<'_>,
    ) -> impl Iterator<Item = Owed> + 'a {
        let moved = self.marks.iter();
        let moved = moved.filter(|(_, mark)| matches!(mark, Mark::Moved { .. }));
        let wanted = self.wanted.keys();
        let wanted = wanted.filter(|occurrence| {
            matches!(
                self.marks.get(occurrence),
                Some(Mark::Covered { .. }) | None
            )
        });
        let both = moved.map(|(occurrence, _)| occurrence).chain(wanted);
        both.filter_map(move |occurrence| {
            let nominal = occurrence.nominal()?;
            if !self.gives(nominal, placing)
                || self.covering(*occurrence, nominal, placing).is_some()
            {
                return None;
            }
            let owed = self.owed(*occurrence, nominal, placing)?;
            self.gap_over(owed.deploys_on).is_none().then_some(owed)
        })
    }

    /// Places an occurrence of that nominal date. `None` at the end of time.
    pub(super) fn owed(
        &self,
        occurrence: Occurrence,
        nominal: NaiveDate,
        placing: &Placing<'_>,
    ) -> Option<Owed> {
        let ruler = self.ruler_of(occurrence);
        let placed = self.placed_under(ruler, occurrence, nominal, placing)?;
        let (mut deploy_at, mut deploys_on) =
            self.due(occurrence, nominal, ruler, &placed.dates, placing)?;
        if let Some(at) = self.wanted.get(&occurrence) {
            deploy_at = deploy_at.max(*at);
            deploys_on = deploys_on.max(placing.zone.today(*at));
        }
        let next = placing.next(occurrence, placed.dates, deploy_at);
        Some(Owed {
            next,
            deploys_on,
            trouble: placed.trouble,
        })
    }

    /// The dates of an occurrence under the plan after so many changes.
    fn placed_under(
        &self,
        ruler: usize,
        occurrence: Occurrence,
        nominal: NaiveDate,
        placing: &Placing<'_>,
    ) -> Option<Placed> {
        let timing = &self.plan_at(ruler).timing;
        placing.place(timing, nominal, self.moved_to(occurrence))
    }

    /// When an occurrence of these dates becomes due under the plan after so many changes, and on
    /// which day.
    ///
    /// A change does not make anything overdue: what would have been due before it by the new plan
    /// is due when it is made, and counts as missed only where it was overdue by the old plan too.
    fn due(
        &self,
        occurrence: Occurrence,
        nominal: NaiveDate,
        ruler: usize,
        dates: &Dates,
        placing: &Placing<'_>,
    ) -> Option<(DateTime<Utc>, NaiveDate)> {
        let day = dates.deploys_on();
        let own = (placing.due_instant(day), day);
        let Some((place, change)) = ruler
            .checked_sub(1)
            .and_then(|place| Some((place, self.replaced.get(place)?)))
            .filter(|(_, change)| own.0 < change.at)
        else {
            return Some(own);
        };
        let before = self.ruler_before(place, nominal);
        let gave = match occurrence {
            Occurrence::On(date) => self.plan_gives(before, date, placing),
            Occurrence::Once => self.plan_at(place).schedule == self.plan_at(ruler).schedule,
        };
        let before = match occurrence {
            Occurrence::On(_) => before,
            Occurrence::Once => place,
        };
        if gave
            && let Some(placed) = self.placed_under(before, occurrence, nominal, placing)
            && let Some(due) = self.due(occurrence, nominal, before, &placed.dates, placing)
            && due.0 < change.at
        {
            return Some(own.max(due));
        }
        // Nor does a change put anything into a pause, or take out of it what starts there.
        let start = dates.start();
        if self.gap_over(start).is_some() {
            return Some((change.at, start));
        }
        let mut due = (change.at, placing.zone.today(change.at));
        while let Some(gap) = self.gap_over(due.1) {
            due = (placing.due_instant(gap.until), gap.until);
        }
        Some(due)
    }

    /// The gap over a day.
    pub(super) fn gap_over(&self, day: NaiveDate) -> Option<&Gap> {
        self.gaps.iter().find(|gap| gap.holds(day))
    }

    /// The occurrence of another rule whose cell covers a nominal date: one that was begun, or one
    /// that stays owed under a plan before. `None` where a person wants the date all the same, or
    /// deploys it by hand in any case.
    pub(super) fn covering(
        &self,
        occurrence: Occurrence,
        nominal: NaiveDate,
        placing: &Placing<'_>,
    ) -> Option<Occurrence> {
        let by_hand = self.plan.schedule == super::Schedule::ByHand;
        if self.is_wanted(occurrence) || (occurrence == Occurrence::Once && by_hand) {
            return None;
        }
        if let Some(Mark::Covered { by }) = self.marks.get(&occurrence) {
            return Some(*by);
        }
        let ruler = self.ruler_of(occurrence);
        let begun = self.cells.iter().find(|begun| {
            begun.cell.covers(nominal)
                && begun.cell.occurrence != occurrence
                && !self.repeat_alike(begun.under, ruler)
        });
        begun
            .map(|begun| begun.cell.occurrence)
            .or_else(|| self.covered_ahead(ruler, nominal, placing))
    }

    /// The occurrence of a plan before, still owed, whose cell reaches past the change to a date.
    fn covered_ahead(
        &self,
        ruler: usize,
        nominal: NaiveDate,
        placing: &Placing<'_>,
    ) -> Option<Occurrence> {
        if self.replaced.is_empty() {
            return None;
        }
        let first = self.first_unhandled();
        self.segments().into_iter().find_map(|segment| {
            let rule = segment.plan.schedule.recurrence()?;
            let until = segment.until.filter(|until| *until <= nominal)?;
            if until <= first || self.repeat_alike(segment.index, ruler) {
                return None;
            }
            // Cells of one rule follow one another, so the last alone reaches past the change.
            let last = rule.last_on_or_before(until.pred_opt()?, placing.calendar)?;
            let ruled = last >= segment.from && last >= segment.plan.deploys_from && last >= first;
            let covers = rule.cell(last, placing.calendar).contains(nominal);
            let owed = || {
                matches!(
                    self.stand(last, placing),
                    Some(Stand::Owed(_) | Stand::SingledOut)
                )
            };
            (ruled && covers && owed()).then_some(Occurrence::On(last))
        })
    }

    /// The day to which a person moved an occurrence.
    pub(super) fn moved_to(&self, occurrence: Occurrence) -> Option<NaiveDate> {
        match self.marks.get(&occurrence) {
            Some(Mark::Moved { to }) => Some(*to),
            _ => None,
        }
    }

    pub(super) fn first_unhandled(&self) -> NaiveDate {
        let after = self
            .handled
            .and_then(|date| date.checked_add_days(Days::new(1)));
        after.unwrap_or(NaiveDate::MIN)
    }
}

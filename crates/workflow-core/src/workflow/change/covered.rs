//! Which dates are covered by the job of another rule's occurrence.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::workflow::turns::Stand;
use crate::workflow::{Occurrence, Placing, Workflow};

impl Workflow {
    /// The dates up to a nominal date that are covered, each with the occurrence that covers it;
    /// the first `most` of each cell. Those that a person wants all the same are not among them.
    #[must_use]
    pub fn covered(
        &self,
        placing: &Placing<'_>,
        until: NaiveDate,
        most: usize,
    ) -> BTreeMap<NaiveDate, Occurrence> {
        let mut covered = BTreeMap::new();
        if self.replaced.is_empty() {
            return covered;
        }
        for segment in self.segments() {
            // What was dealt with lies in the cells that reach past a change.
            let Some(rule) = segment.plan.schedule.recurrence() else {
                continue;
            };
            let from = segment.from.max(segment.plan.deploys_from);
            let last = segment.until.map_or(until, |next| until.min(next));
            let ruled = |date: &NaiveDate| segment.until != Some(*date);
            for begun in &self.cells {
                let dates = rule.dates(from.max(begun.cell.from)..=last, placing.calendar);
                let dates = dates.take_while(|date| begun.cell.covers(*date));
                covered.extend(dates.filter(ruled).take(most).filter_map(|date| {
                    let occurrence = Occurrence::On(date);
                    let decided = self.marks.contains_key(&occurrence);
                    let by = self.covering(occurrence, date, placing);
                    by.filter(|_| !decided).map(|by| (date, by))
                }));
            }
            // And in those of what is still owed under a plan before.
            let turns = self.turns(segment, placing).take(most);
            let turns = turns.take_while(|turn| turn.nominal <= until);
            covered.extend(turns.filter_map(|turn| match turn.stand {
                Stand::Covered(by) => Some((turn.nominal, by)),
                _ => None,
            }));
        }
        covered
    }
}

//! Which occurrence a workflow deploys next, and when.
//!
//! The next one is that of the smallest deploy instant, not of the smallest nominal date: a moved
//! occurrence changes the order.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};

use super::{Cell, Gate, Mark, Next, Occurrence, PlacedBy, Schedule, Workflow, WorkflowEvent};
use crate::calendar::WorkingCalendar;
use crate::recurrence::Recurrence;
use crate::timing::{
    Dates, DueBasis, DueRule, FinancialYearEnd, PlacingFacts, Roll, Timing, TimingError,
};
use crate::zone::Zone;

/// What placing an occurrence in time depends on, beside the workflow.
#[derive(Clone, Copy, Debug)]
pub struct Placing<'a> {
    /// The practice's working days.
    pub calendar: &'a WorkingCalendar,
    /// The practice's time zone.
    pub zone: &'a Zone,
    /// The time of day at which deployments of a day become due.
    pub deploy_time: NaiveTime,
    /// The month in which the client's financial year ends.
    pub year_end: FinancialYearEnd,
    /// The present.
    pub now: DateTime<Utc>,
}

/// The dates of an occurrence, and what is wrong with them if anything is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The dates. Where the due date would come before the start date, it is the start date.
    pub dates: Dates,
    /// Why a person has to look before this is deployed.
    pub trouble: Option<TimingError>,
}

impl Placing<'_> {
    /// The present day in the practice's time zone.
    #[must_use]
    pub fn today(&self) -> NaiveDate {
        self.zone.today(self.now)
    }

    /// When deployments of that day become due.
    #[must_use]
    pub fn due_instant(&self, day: NaiveDate) -> DateTime<Utc> {
        self.zone.instant(day.and_time(self.deploy_time))
    }

    /// When that day begins.
    #[must_use]
    pub fn midnight(&self, day: NaiveDate) -> DateTime<Utc> {
        self.zone.instant(day.and_time(NaiveTime::MIN))
    }

    fn facts(&self) -> PlacingFacts<'_> {
        PlacingFacts {
            calendar: self.calendar,
            financial_year_end: self.year_end,
        }
    }

    /// Places a nominal date, or the day that it was moved to. `None` at the end of time.
    pub(super) fn place(
        &self,
        timing: &Timing,
        nominal: NaiveDate,
        moved_to: Option<NaiveDate>,
    ) -> Option<Placed> {
        let facts = self.facts();
        let place = |timing: &Timing| match moved_to {
            Some(start) => timing.place_moved(nominal, start, &facts),
            None => timing.place(nominal, &facts),
        };
        let (dates, trouble) = match place(timing) {
            Ok(dates) => (dates, None),
            Err(trouble @ TimingError::DueBeforeStart { .. }) => {
                let due = DueRule {
                    basis: DueBasis::StartDate,
                    roll: Roll::None,
                };
                (place(&Timing { due, ..*timing }).ok()?, Some(trouble))
            }
            Err(_) => return None,
        };
        Some(Placed { dates, trouble })
    }

    fn next(&self, occurrence: Occurrence, dates: Dates, deploy_at: DateTime<Utc>) -> Next {
        let placed_by = PlacedBy {
            calendar: self.calendar.version(),
            zone: self.zone.version(),
        };
        Next {
            occurrence,
            dates,
            deploy_at,
            placed_by,
        }
    }
}

impl Workflow {
    /// The event that places the next occurrence anew; `None` where nothing about it changes.
    pub(crate) fn place_next(&self, placing: &Placing<'_>) -> Option<WorkflowEvent> {
        let (mut next, handled) = self.find_next(placing);
        if let (Some(next), Some(placed)) = (&mut next, &self.next)
            && (next.occurrence, next.dates) == (placed.occurrence, placed.dates)
            && placed.deploy_at <= placing.now
        {
            // It is due. That it would have been due sooner, had the data always been what they are
            // now, does not make it late.
            next.deploy_at = next.deploy_at.max(placed.deploy_at);
        }
        (next != self.next || handled != self.handled).then(|| WorkflowEvent::NextPlaced {
            next: next.map(Box::new),
            handled,
        })
    }

    fn find_next(&self, placing: &Placing<'_>) -> (Option<Next>, Option<NaiveDate>) {
        let Gate::Open { starts } = self.gate else {
            return (None, self.handled);
        };
        let waits = self.pause.is_some() || self.archived.is_some() || self.unconfirmed;
        if waits || self.outcome.is_some() {
            return (None, self.handled);
        }
        match &self.plan.schedule {
            Schedule::Recurring(rule) => self.find_next_recurring(rule, placing),
            _ if self.marks.get(&Occurrence::Once) == Some(&Mark::Begun) => (None, None),
            Schedule::ByHand => (self.next_moved(placing), None),
            Schedule::OnDate(date) => {
                let placed =
                    placing.place(&self.plan.timing, *date, self.moved_to(Occurrence::Once));
                let next = placed.map(|placed| {
                    let at = placing.due_instant(placed.dates.deploys_on());
                    placing.next(Occurrence::Once, placed.dates, at)
                });
                (next, None)
            }
            Schedule::OnAcceptance => {
                // It deploys at once, however far ahead it starts; placing it anew later does not
                // make it any later.
                let at = self
                    .next
                    .as_ref()
                    .map_or(placing.now, |next| next.deploy_at);
                let placed = starts.and_then(|starts| {
                    placing.place(&self.plan.timing, starts, self.moved_to(Occurrence::Once))
                });
                (
                    placed.map(|placed| placing.next(Occurrence::Once, placed.dates, at)),
                    None,
                )
            }
        }
    }

    /// A workflow by hand deploys by itself only if a person moved it to a day.
    fn next_moved(&self, placing: &Placing<'_>) -> Option<Next> {
        let to = self.moved_to(Occurrence::Once)?;
        let placed = placing.place(&self.plan.timing, to, Some(to))?;
        let at = placing.due_instant(placed.dates.deploys_on());
        Some(placing.next(Occurrence::Once, placed.dates, at))
    }

    fn find_next_recurring(
        &self,
        rule: &Recurrence,
        placing: &Placing<'_>,
    ) -> (Option<Next>, Option<NaiveDate>) {
        let from = self.first_unhandled();
        let mut handled = self.handled;
        let mut in_order = true;
        let mut next: Option<Next> = None;
        for candidate in self.moved(rule, placing) {
            next = earlier(next, Some(candidate));
        }
        for nominal in rule.dates(from.., placing.calendar) {
            match self.marks.get(&Occurrence::On(nominal)) {
                Some(Mark::Moved { .. }) => {
                    in_order = false;
                    continue;
                }
                Some(Mark::Begun | Mark::Skipped { .. } | Mark::Missed | Mark::Covered { .. }) => {}
                None => {
                    let Some(candidate) = self.candidate(nominal, None, placing) else {
                        break;
                    };
                    if !self.is_not_owed(nominal, candidate.dates.deploys_on()) {
                        return (earlier(next, Some(candidate)), handled);
                    }
                }
            }
            if in_order {
                handled = Some(nominal);
            }
        }
        (next, handled)
    }

    /// The occurrences that a person moved, and that are still owed. A plan or calendar that was
    /// changed since may give such a date no more, or a pause have fallen on the day moved to.
    fn moved<'a>(
        &'a self,
        rule: &'a Recurrence,
        placing: &'a Placing<'_>,
    ) -> impl Iterator<Item = Next> + 'a {
        self.marks.iter().filter_map(move |(occurrence, mark)| {
            let Mark::Moved { to } = mark else {
                return None;
            };
            let nominal = occurrence.nominal()?;
            let next = self.candidate(nominal, Some(*to), placing)?;
            let owed = nominal >= self.plan.deploys_from
                && rule.contains(nominal, placing.calendar)
                && !self.is_not_owed(nominal, next.dates.deploys_on());
            owed.then_some(next)
        })
    }

    fn candidate(
        &self,
        nominal: NaiveDate,
        moved_to: Option<NaiveDate>,
        placing: &Placing<'_>,
    ) -> Option<Next> {
        let placed = placing.place(&self.plan.timing, nominal, moved_to)?;
        let at = placing.due_instant(placed.dates.deploys_on());
        Some(placing.next(Occurrence::On(nominal), placed.dates, at))
    }

    /// Whether nobody wants a job for that date: it lies in a gap, or in the cell of an
    /// occurrence that was begun under another rule.
    pub(super) fn is_not_owed(&self, nominal: NaiveDate, deploys_on: NaiveDate) -> bool {
        self.gap_over(deploys_on).is_some() || self.covering(nominal).is_some()
    }

    /// What is to be deployed, by deploy instant, up to and including the deploy day `until`, and
    /// at most `most` of them. What has a deployment already is not among them.
    ///
    /// A workflow by hand, and one whose proposal is not accepted, deploys nothing by itself.
    #[must_use]
    pub fn upcoming(&self, placing: &Placing<'_>, until: NaiveDate, most: usize) -> Vec<Next> {
        let within = |next: &Next| next.dates.deploys_on() <= until;
        let Schedule::Recurring(rule) = &self.plan.schedule else {
            return self
                .next
                .iter()
                .filter(|next| within(next))
                .take(most)
                .cloned()
                .collect();
        };
        let open = matches!(self.gate, Gate::Open { .. });
        if !open || self.archived.is_some() || self.unconfirmed {
            return Vec::new();
        }
        let paused = |day: NaiveDate| match &self.pause {
            Some(pause) => pause.until.is_none_or(|until| day < until),
            None => false,
        };
        let mut found: Vec<Next> = self.moved(rule, placing).filter(within).collect();
        let mut unmoved = 0;
        for nominal in rule.dates(self.first_unhandled().., placing.calendar) {
            if self.marks.contains_key(&Occurrence::On(nominal)) {
                continue;
            }
            let Some(next) = self.candidate(nominal, None, placing) else {
                break;
            };
            if !within(&next) || unmoved == most {
                break;
            }
            let day = next.dates.deploys_on();
            if !self.is_not_owed(nominal, day) && !paused(day) {
                unmoved += 1;
                found.push(next);
            }
        }
        found.retain(|next| !paused(next.dates.deploys_on()));
        found.sort_by_key(|next| (next.deploy_at, next.occurrence));
        found.truncate(most);
        found
    }

    pub(super) fn gap_over(&self, day: NaiveDate) -> Option<&super::Gap> {
        self.gaps.iter().find(|gap| gap.holds(day))
    }

    pub(super) fn covering(&self, nominal: NaiveDate) -> Option<&Cell> {
        self.covered
            .iter()
            .find(|cell| cell.covers(nominal) && cell.occurrence != Occurrence::On(nominal))
    }

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
        after.map_or(self.plan.deploys_from, |date| {
            date.max(self.plan.deploys_from)
        })
    }
}

/// The one that deploys first; the one of the earlier nominal date where both deploy at once.
fn earlier(a: Option<Next>, b: Option<Next>) -> Option<Next> {
    match (a, b) {
        (Some(a), Some(b)) => {
            let key = |next: &Next| (next.deploy_at, next.occurrence);
            Some(if key(&b) < key(&a) { b } else { a })
        }
        (a, b) => a.or(b),
    }
}

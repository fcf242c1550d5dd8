//! Which occurrence a workflow deploys next, and when.
//!
//! The next one is that of the smallest deploy instant, not of the smallest nominal date: a moved
//! occurrence changes the order.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use super::turns::{Owed, Stand};
use super::{Gate, Mark, Next, Occurrence, PlacedBy, Schedule, Workflow, WorkflowEvent};
use crate::calendar::WorkingCalendar;
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

    pub(super) fn facts(&self) -> PlacingFacts<'_> {
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

    pub(super) fn next(
        &self,
        occurrence: Occurrence,
        dates: Dates,
        deploy_at: DateTime<Utc>,
    ) -> Next {
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
    ///
    /// How far its dates were dealt with is noted then, and never alone.
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
        (next != self.next).then(|| WorkflowEvent::NextPlaced {
            next: next.map(Box::new),
            handled,
        })
    }

    fn find_next(&self, placing: &Placing<'_>) -> (Option<Next>, Option<NaiveDate>) {
        let open = matches!(self.gate, Gate::Open { .. });
        let waits = self.pause.is_some() || self.archived.is_some() || self.unconfirmed;
        if !open || waits {
            return (None, self.handled);
        }
        let once = self.once(placing).map(|owed| owed.next);
        let (next, handled) = self.find_next_recurring(placing);
        (earlier(once, next), handled)
    }

    /// The one occurrence of a one-time schedule, where it is to deploy by itself.
    pub(super) fn once(&self, placing: &Placing<'_>) -> Option<Owed> {
        let used = match self.marks.get(&Occurrence::Once) {
            Some(Mark::Begun | Mark::Skipped { .. } | Mark::Missed) => true,
            Some(Mark::Moved { .. } | Mark::Covered { .. }) | None => self.outcome.is_some(),
        };
        if used {
            return None;
        }
        let moved_to = self.moved_to(Occurrence::Once);
        let nominal = match (&self.plan.schedule, self.gate) {
            (Schedule::Recurring(_), _) => return None,
            // A workflow by hand deploys by itself only if a person moved it to a day.
            (Schedule::ByHand, _) => moved_to?,
            (Schedule::OnDate(date), _) => *date,
            (Schedule::OnAcceptance, Gate::Open { starts }) => starts?,
            (Schedule::OnAcceptance, Gate::AwaitsAcceptance | Gate::Closed { .. }) => return None,
        };
        if self.covering(Occurrence::Once, nominal, placing).is_some() {
            return None;
        }
        let mut owed = self.owed(Occurrence::Once, nominal, placing)?;
        if self.plan.schedule == Schedule::OnAcceptance {
            // It deploys at once, however far ahead it starts; placing it anew later does not
            // make it any later.
            let placed = self.next.as_ref();
            let placed = placed.filter(|next| next.occurrence == Occurrence::Once);
            owed.next.deploy_at = placed.map_or(placing.now, |next| next.deploy_at);
        }
        Some(owed)
    }

    fn find_next_recurring(&self, placing: &Placing<'_>) -> (Option<Next>, Option<NaiveDate>) {
        let today = placing.today();
        let mut handled = self.handled;
        let mut in_order = true;
        let mut next: Option<Next> = None;
        for candidate in self.singled_out(placing) {
            next = earlier(next, Some(candidate.next));
        }
        for segment in self.segments() {
            // The order of deploying is that of the dates within one plan alone.
            for turn in self.turns(segment, placing) {
                match turn.stand {
                    Stand::Owed(owed) => {
                        next = earlier(next, Some(owed.next));
                        in_order = false;
                        break;
                    }
                    Stand::SingledOut => in_order = false,
                    Stand::Begun | Stand::Decided | Stand::Gap | Stand::Covered(_) => {}
                }
                // Not further than today: a change may take the dates after it.
                if in_order && turn.nominal <= today {
                    handled = Some(turn.nominal);
                }
            }
        }
        (next, handled)
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

//! Placing: the one computation behind both the dates and their explanation.

use chrono::NaiveDate;

use super::explain::{Explanation, RollStep, Step};
use super::{Dates, DatesParts, FinancialYearEnd, Roll, Timing, TimingError};
use crate::calendar::WorkingCalendar;

/// What placing must know of the practice and the client.
#[derive(Clone, Copy, Debug)]
pub struct PlacingFacts<'a> {
    /// The practice's working calendar.
    pub calendar: &'a WorkingCalendar,
    /// The month in which the client's financial year ends.
    pub financial_year_end: FinancialYearEnd,
}

/// Where the start date comes from.
#[derive(Clone, Copy)]
enum Start {
    /// From the nominal date, rolled.
    Rolled,
    /// From a person, who moved the occurrence.
    MovedTo(NaiveDate),
}

/// Hears of each step. A step is built only for who keeps it.
trait Trace {
    fn note_if_any(&mut self, step: impl FnOnce() -> Option<Step>);

    fn note(&mut self, step: impl FnOnce() -> Step) {
        self.note_if_any(|| Some(step()));
    }
}

struct Silent;

impl Trace for Silent {
    fn note_if_any(&mut self, _: impl FnOnce() -> Option<Step>) {}
}

impl Trace for Vec<Step> {
    fn note_if_any(&mut self, step: impl FnOnce() -> Option<Step>) {
        self.extend(step());
    }
}

impl Timing {
    /// The dates of the occurrence of that nominal date.
    ///
    /// # Errors
    ///
    /// [`TimingError::DueBeforeStart`] where the due rule gives a date before the start date, and
    /// [`TimingError::OutOfRange`] at the ends of what [`NaiveDate`] holds.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use workflow_core::calendar::WorkingCalendar;
    /// use workflow_core::timing::*;
    /// let calendar = WorkingCalendar::new("Weekends", 1)?;
    /// let facts = PlacingFacts { calendar: &calendar, financial_year_end: FinancialYearEnd::JUNE };
    /// let date = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
    ///
    /// let basis = DueBasis::DayOfMonth { months_after: 0, day: DueDay::new(28)? };
    /// let timing = Timing { due: DueRule { basis, roll: Roll::Later }, ..Timing::default() };
    /// assert_eq!(timing.place(date(11, 2), &facts)?.due(), date(11, 30));
    ///
    /// let refused = timing.place(date(10, 30), &facts).unwrap_err();
    /// assert_eq!(refused.to_string(), "due date 2026-10-28 is before the start date 2026-10-30");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn place(
        &self,
        nominal: NaiveDate,
        facts: &PlacingFacts<'_>,
    ) -> Result<Dates, TimingError> {
        self.run(nominal, Start::Rolled, facts, &mut Silent)
    }

    /// The dates of an occurrence that a person moved to start on `start`.
    ///
    /// The start date is taken as given and not rolled; the period and a due date in a month stay
    /// those of the nominal date, a due date so many days after the start moves along.
    ///
    /// # Errors
    ///
    /// As [`place`](Self::place).
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use workflow_core::calendar::WorkingCalendar;
    /// use workflow_core::timing::*;
    /// let calendar = WorkingCalendar::new("Weekends", 1)?;
    /// let facts = PlacingFacts { calendar: &calendar, financial_year_end: FinancialYearEnd::JUNE };
    /// let date = |month, day| NaiveDate::from_ymd_opt(2026, month, day).unwrap();
    /// let basis = DueBasis::LastDayOfMonth { months_after: 1 };
    /// let timing = Timing { due: DueRule { basis, roll: Roll::None }, ..Timing::default() };
    ///
    /// let moved = timing.place_moved(date(10, 30), date(11, 4), &facts)?;
    /// assert_eq!((moved.nominal(), moved.start(), moved.due()), (date(10, 30), date(11, 4), date(11, 30)));
    /// assert_eq!(moved.period().to_string(), "October 2026");
    /// assert!(timing.place_moved(date(10, 30), date(12, 1), &facts).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn place_moved(
        &self,
        nominal: NaiveDate,
        start: NaiveDate,
        facts: &PlacingFacts<'_>,
    ) -> Result<Dates, TimingError> {
        self.run(nominal, Start::MovedTo(start), facts, &mut Silent)
    }

    /// How [`place`](Self::place) comes to its dates, or to its refusal.
    #[must_use]
    pub fn explain(&self, nominal: NaiveDate, facts: &PlacingFacts<'_>) -> Explanation {
        self.explained(nominal, Start::Rolled, facts)
    }

    /// How [`place_moved`](Self::place_moved) comes to its dates, or to its refusal.
    #[must_use]
    pub fn explain_moved(
        &self,
        nominal: NaiveDate,
        start: NaiveDate,
        facts: &PlacingFacts<'_>,
    ) -> Explanation {
        self.explained(nominal, Start::MovedTo(start), facts)
    }

    fn explained(&self, nominal: NaiveDate, start: Start, facts: &PlacingFacts<'_>) -> Explanation {
        let mut steps = Vec::new();
        let outcome = self.run(nominal, start, facts, &mut steps);
        Explanation::new(nominal, steps, outcome)
    }

    fn run(
        &self,
        nominal: NaiveDate,
        start: Start,
        facts: &PlacingFacts<'_>,
        trace: &mut impl Trace,
    ) -> Result<Dates, TimingError> {
        let calendar = facts.calendar;
        let too_far = |field| TimingError::OutOfRange { field, nominal };

        let start = match start {
            Start::MovedTo(start) => {
                trace.note_if_any(|| {
                    let rolled = calendar.roll(nominal, self.roll)?;
                    Some(Step::Start(roll_step(calendar, nominal, self.roll, rolled)))
                });
                trace.note(|| Step::Moved { nominal, start });
                start
            }
            Start::Rolled => {
                let start = calendar
                    .roll(nominal, self.roll)
                    .ok_or(too_far("start date"))?;
                trace.note(|| Step::Start(roll_step(calendar, nominal, self.roll, start)));
                start
            }
        };

        // Said once, at the first date that lies beyond.
        let mut beyond = calendar.known_until().filter(|_| calendar.is_beyond(start));
        if let Some(known_until) = beyond {
            trace.note(|| Step::Beyond { known_until });
        }

        let lead = self.lead;
        let deploys_on = lead.before(start, calendar).ok_or(too_far("deploy date"))?;
        trace.note(|| Step::Lead { lead, deploys_on });

        let basis = self.due.basis;
        let unrolled = basis.date(nominal, start).ok_or(too_far("due date"))?;
        let due = calendar
            .roll(unrolled, self.due.roll)
            .ok_or(too_far("due date"))?;
        trace.note(|| Step::Due {
            basis,
            roll: roll_step(calendar, unrolled, self.due.roll, due),
        });
        if beyond.is_none() {
            beyond = calendar.known_until().filter(|_| calendar.is_beyond(due));
            if let Some(known_until) = beyond {
                trace.note(|| Step::Beyond { known_until });
            }
        }

        let rule = self.period;
        let period = rule
            .period(nominal, facts.financial_year_end)
            .ok_or(too_far("period"))?;
        trace.note(|| Step::Period { rule, period });

        Dates::try_from(DatesParts {
            nominal,
            start,
            due,
            deploys_on,
            period,
        })
    }
}

fn roll_step(calendar: &WorkingCalendar, from: NaiveDate, roll: Roll, to: NaiveDate) -> RollStep {
    RollStep {
        from,
        kind: calendar.day_kind(from),
        roll,
        to,
    }
}

//! Why the dates of an occurrence are what they are, step by step and in a sentence.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use super::{Dates, DueBasis, Lead, Period, PeriodRule, PeriodWhich, Roll, TimingError};
use crate::calendar::DayKind;

/// How one placing went: its steps in order, and the dates or the refusal that they end in.
///
/// It displays as a sentence without a full stop, in which a year is written where it is not that
/// of the nominal date.
///
/// ```
/// use chrono::NaiveDate;
/// use workflow_core::calendar::{Holiday, Roll, WorkingCalendar};
/// use workflow_core::timing::{FinancialYearEnd, Lead, LeadDays, PlacingFacts, Timing};
/// let australia_day = NaiveDate::from_ymd_opt(2026, 1, 26).unwrap();
/// let calendar = WorkingCalendar::new("Victoria", 1)?
///     .with_holidays([Holiday::new(australia_day, "Australia Day")?])?;
/// let facts = PlacingFacts { calendar: &calendar, financial_year_end: FinancialYearEnd::JUNE };
/// let timing = Timing {
///     roll: Roll::Later,
///     lead: Lead::BusinessDays(LeadDays::new(20)?),
///     ..Timing::default()
/// };
/// let explanation = timing.explain(australia_day, &facts);
/// assert_eq!(
///     explanation.deploying().to_string(),
///     "Mon 26 Jan (Australia Day) rolls later to Tue 27 Jan; \
///      20 business days' lead: deploys Mon 29 Dec 2025",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    nominal: NaiveDate,
    steps: Vec<Step>,
    outcome: Result<Dates, TimingError>,
}

/// One step of a placing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The nominal date was rolled, which gives the start date.
    Start(RollStep),
    /// A person moved the occurrence, which gives the start date. The roll before it says where it
    /// would have started.
    Moved {
        /// The date that it keeps as its identity.
        nominal: NaiveDate,
        /// The start date.
        start: NaiveDate,
    },
    /// The date of the step before lies beyond what the calendar knows of holidays. Dates are placed
    /// there as if there were no more of them.
    Beyond {
        /// The last day up to which holidays are known.
        known_until: NaiveDate,
    },
    /// The lead was subtracted from the start date.
    Lead {
        /// The lead.
        lead: Lead,
        /// The day to deploy on.
        deploys_on: NaiveDate,
    },
    /// The due date was counted and rolled.
    Due {
        /// What it was counted from.
        basis: DueBasis,
        /// Its roll.
        roll: RollStep,
    },
    /// The period was named.
    Period {
        /// Which one was asked for.
        rule: PeriodRule,
        /// The period.
        period: Period,
    },
}

/// One roll, also where it changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollStep {
    /// The date before.
    pub from: NaiveDate,
    /// What kind of day that is.
    pub kind: DayKind,
    /// How it was to be rolled.
    pub roll: Roll,
    /// The date after.
    pub to: NaiveDate,
}

impl Explanation {
    pub(super) fn new(
        nominal: NaiveDate,
        steps: Vec<Step>,
        outcome: Result<Dates, TimingError>,
    ) -> Self {
        Self {
            nominal,
            steps,
            outcome,
        }
    }

    /// The steps that were taken, in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What they ended in: exactly what placing gives.
    ///
    /// # Errors
    ///
    /// The refusal, where placing refuses.
    pub fn outcome(&self) -> Result<&Dates, &TimingError> {
        self.outcome.as_ref()
    }

    /// The steps up to the day to deploy on, so that a time of day and a zone can be added at the
    /// end of the sentence.
    #[must_use]
    pub fn deploying(&self) -> impl fmt::Display + '_ {
        let steps = self
            .steps
            .iter()
            .position(|step| matches!(step, Step::Lead { .. }))
            .and_then(|lead| self.steps.get(..=lead))
            .unwrap_or(&self.steps);
        Sentence {
            steps,
            year: self.nominal.year(),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let steps = &self.steps;
        let year = self.nominal.year();
        write!(f, "{}", Sentence { steps, year })?;
        match &self.outcome {
            Ok(_) => Ok(()),
            Err(refusal) if steps.is_empty() => write!(f, "refused: {refusal}"),
            Err(refusal) => write!(f, "; refused: {refusal}"),
        }
    }
}

impl fmt::Display for Step {
    /// The step alone, with every year written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, None)
    }
}

/// Steps, and the year that need not be written.
struct Sentence<'a> {
    steps: &'a [Step],
    year: i32,
}

impl fmt::Display for Sentence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            step.write(f, Some(self.year))?;
        }
        Ok(())
    }
}

impl Step {
    /// Writes the step; the year goes without saying where it is the one given.
    pub(crate) fn write(&self, f: &mut fmt::Formatter<'_>, year: Option<i32>) -> fmt::Result {
        let day = |date| Day { date, year };
        match self {
            Self::Start(roll) => match (roll.roll, &roll.kind) {
                (_, DayKind::Business) => write!(f, "{} is a business day", day(roll.from)),
                (Roll::None, kind) => {
                    write!(f, "{}{} is not rolled", day(roll.from), Named(kind))
                }
                _ => write!(
                    f,
                    "{}{} {}",
                    day(roll.from),
                    Named(&roll.kind),
                    roll.moves(year)
                ),
            },
            Self::Moved { start, .. } => write!(f, "a person moved it to {}", day(*start)),
            Self::Beyond { known_until } => {
                let year = None;
                let date = *known_until;
                write!(f, "holidays are known only until {}", Day { date, year })
            }
            Self::Lead { lead, deploys_on } => write!(f, "{lead}: deploys {}", day(*deploys_on)),
            Self::Due { basis, roll } => {
                write_basis(f, *basis, roll.from, year)?;
                if roll.from == roll.to {
                    return Ok(());
                }
                write!(f, "{}, {}", Named(&roll.kind), roll.moves(year))
            }
            Self::Period { rule, period } => match rule.which {
                PeriodWhich::Current => write!(f, "for the {} {period}", rule.span),
                PeriodWhich::Before => write!(f, "for the {} before: {period}", rule.span),
            },
        }
    }
}

fn write_basis(
    f: &mut fmt::Formatter<'_>,
    basis: DueBasis,
    date: NaiveDate,
    year: Option<i32>,
) -> fmt::Result {
    let on = Day { date, year };
    let month = date.format("%B");
    match basis {
        DueBasis::AfterStart(days) if days.get() == 1 => {
            write!(f, "due 1 day after the start: {on}")
        }
        DueBasis::AfterStart(days) => write!(f, "due {} days after the start: {on}", days.get()),
        DueBasis::DayOfMonth { day, .. } if date.day() < u32::from(day.get()) => {
            let last = date.day();
            write!(
                f,
                "due on day {} of {month}, which has {last}: {on}",
                day.get()
            )
        }
        DueBasis::DayOfMonth { day, .. } => write!(f, "due on day {} of {month}: {on}", day.get()),
        DueBasis::LastDayOfMonth { .. } => write!(f, "due on the last day of {month}: {on}"),
        DueBasis::StartDate => write!(f, "due on the start date: {on}"),
    }
}

impl RollStep {
    /// What the roll did, for a date that was not a business day.
    fn moves(&self, year: Option<i32>) -> impl fmt::Display {
        let to = Day {
            date: self.to,
            year,
        };
        let how = if self.to > self.from {
            "rolls later to"
        } else if self.roll == Roll::LaterSameMonth {
            "stays in its month and rolls earlier to"
        } else {
            "rolls earlier to"
        };
        Moves { how, to }
    }
}

struct Moves {
    how: &'static str,
    to: Day,
}

impl fmt::Display for Moves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.how, self.to)
    }
}

/// A holiday's name in brackets.
struct Named<'a>(&'a DayKind);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            DayKind::Holiday(name) => write!(f, " ({name})"),
            DayKind::Business | DayKind::Weekend => Ok(()),
        }
    }
}

/// A date such as `Fri 27 Feb`, with its year unless that is the one that goes without saying.
#[derive(Clone, Copy)]
pub(crate) struct Day {
    pub(crate) date: NaiveDate,
    pub(crate) year: Option<i32>,
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.date.format("%a %-d %b"))?;
        if self.year == Some(self.date.year()) {
            Ok(())
        } else {
            write!(f, " {}", self.date.year())
        }
    }
}

//! From a nominal date to the dates of an occurrence: start, deploy, due, and the period.
//!
//! A rule (or a person, for a one-time workflow) gives the nominal date. [`Timing`] rolls it off
//! weekends and holidays, which gives the start date; subtracts the lead, which gives the day to
//! deploy on; adds the due date and names the period. All dates are civil dates of the practice;
//! a time of day and a zone come later and elsewhere.
//!
//! [`Timing::place`] gives the dates and [`Timing::explain`] how they came about; both are the
//! same computation.
//!
//! ```
//! use chrono::NaiveDate;
//! use workflow_core::calendar::{Roll, WorkingCalendar};
//! use workflow_core::timing::{FinancialYearEnd, Lead, LeadDays, PlacingFacts, Timing};
//!
//! let calendar = WorkingCalendar::new("Weekends", 1)?;
//! let facts = PlacingFacts { calendar: &calendar, financial_year_end: FinancialYearEnd::JUNE };
//! let timing = Timing {
//!     roll: Roll::Earlier,
//!     lead: Lead::Days(LeadDays::new(14)?),
//!     ..Timing::default()
//! };
//! let nominal = NaiveDate::from_ymd_opt(2026, 2, 28).unwrap();
//! let explanation = timing.explain(nominal, &facts);
//! assert_eq!(
//!     explanation.to_string(),
//!     "Sat 28 Feb rolls earlier to Fri 27 Feb; 14 days' lead: deploys Fri 13 Feb; \
//!      due on the start date: Fri 27 Feb; for the month February 2026",
//! );
//! assert_eq!(timing.place(nominal, &facts)?.deploys_on(), NaiveDate::from_ymd_opt(2026, 2, 13).unwrap());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod dates;
mod due;
mod explain;
mod lead;
mod period;
mod place;

#[cfg(all(test, feature = "proptest"))]
mod properties;
#[cfg(feature = "proptest")]
mod strategies;
#[cfg(test)]
mod tests;

pub use crate::calendar::Roll;
pub use dates::{Dates, DatesParts};
pub use due::{DueBasis, DueDay, DueDays, DueRule};
pub(crate) use explain::Day;
pub use explain::{Explanation, RollStep, Step};
pub use lead::{Lead, LeadDays};
pub use period::{FinancialYearEnd, Period, PeriodParts, PeriodRule, PeriodSpan, PeriodWhich};
pub use place::PlacingFacts;
#[cfg(feature = "proptest")]
pub use strategies::{
    arb_due_rule, arb_financial_year_end, arb_lead, arb_period, arb_period_rule, arb_timing,
};

use chrono::NaiveDate;

use crate::canonical::canonical;

/// How the dates of an occurrence follow from its nominal date.
///
/// The default starts and is due on the nominal date, deploys on it, and is for its month. A
/// stored one with a field that this version does not know is refused: to leave it out would give
/// other dates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
pub struct Timing {
    /// Where the start date goes when the nominal date is not a business day.
    pub roll: Roll,
    /// How long before the start date the job is deployed.
    pub lead: Lead,
    /// When the job is due.
    pub due: DueRule,
    /// Which span the work is for, as named in texts.
    pub period: PeriodRule,
}
canonical!(struct Timing { roll, lead, due, period });

/// Why dates could not be placed, or a value of a timing was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimingError {
    /// The due date would be before the start date.
    #[error("due date {due} is before the start date {start}")]
    DueBeforeStart {
        /// The due date after its roll.
        due: NaiveDate,
        /// The start date.
        start: NaiveDate,
    },
    /// The day to deploy on would be after the start date (only in stored dates).
    #[error("deploy date {deploys_on} is after the start date {start}")]
    DeploysAfterStart {
        /// The day to deploy on.
        deploys_on: NaiveDate,
        /// The start date.
        start: NaiveDate,
    },
    /// A period that is not a whole month, quarter, year or financial year (only in stored dates).
    #[error("period from {from} to {to} is not a {span}")]
    NotAPeriod {
        /// What it should have been.
        span: PeriodSpan,
        /// Its first day as given.
        from: NaiveDate,
        /// Its last day as given.
        to: NaiveDate,
    },
    /// A date that no civil calendar can hold.
    #[error("{field} is too far from {nominal} to be a date")]
    OutOfRange {
        /// Which date.
        field: &'static str,
        /// The nominal date that it was counted from.
        nominal: NaiveDate,
    },
    /// A number outside what it may be.
    #[error("{field} is {given}, and must be from {least} to {most}")]
    Number {
        /// Which number.
        field: &'static str,
        /// The number given.
        given: u16,
        /// The least allowed.
        least: u16,
        /// The most allowed.
        most: u16,
    },
}

/// A checked number: `given` where it lies within `least..=most`.
fn checked(field: &'static str, given: u16, least: u16, most: u16) -> Result<u16, TimingError> {
    if (least..=most).contains(&given) {
        Ok(given)
    } else {
        Err(TimingError::Number {
            field,
            given,
            least,
            most,
        })
    }
}

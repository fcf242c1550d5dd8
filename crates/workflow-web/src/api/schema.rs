//! How the core's own types look in JSON, for the OpenAPI document alone.
//!
//! The core knows nothing of OpenAPI. A test holds each of these to the type that it describes.

use serde::Serialize;
use utoipa::ToSchema;

/// At which level a workflow's jobs take invoices.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum BillingLevel {
    /// All of the client's invoices.
    Client,
    /// One proposal's invoices.
    Proposal,
    /// None.
    NonBilling,
}

/// What becomes of occurrences that were missed while nothing ran.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum MissedRuns {
    /// All are deployed, in date order.
    All,
    /// Only the latest is deployed.
    Latest,
    /// None is deployed.
    Skip,
    /// They are held for a person to release.
    Hold,
}

/// Where a date goes that is not a business day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Roll {
    /// It stays where it is.
    None,
    /// To the last business day before it.
    Earlier,
    /// To the first business day after it.
    Later,
    /// Later, unless that is in another month.
    LaterSameMonth,
}

/// How long before the start date the job is deployed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Lead {
    /// That many days, 0 to 366.
    Days(u16),
    /// That many business days, 0 to 366.
    BusinessDays(u16),
}

/// What the due date is counted from.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum DueBasis {
    /// So many days after the start date, 0 to 731.
    AfterStart(u16),
    /// A day of a month, clamped to the last that the month has.
    DayOfMonth {
        /// Months after that of the nominal date.
        months_after: u8,
        /// The day, 1 to 31.
        #[schema(minimum = 1, maximum = 31)]
        day: u8,
    },
    /// The last day of a month.
    LastDayOfMonth {
        /// Months after that of the nominal date.
        months_after: u8,
    },
    /// The start date.
    StartDate,
}

/// When the job is due.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct DueRule {
    /// What it is counted from.
    pub(super) basis: DueBasis,
    /// Its own roll.
    pub(super) roll: Roll,
}

/// How long a period is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PeriodSpan {
    Month,
    Quarter,
    Year,
    FinancialYear,
}

/// Which period an occurrence is for.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PeriodWhich {
    /// The one that holds the nominal date.
    Current,
    /// The one before it: work in arrears.
    Before,
}

/// The span that an occurrence's work is for.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PeriodRule {
    /// How long it is.
    pub(super) span: PeriodSpan,
    /// Which one.
    pub(super) which: PeriodWhich,
}

/// Whether the dates in a pause are owed after all.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum PausedDates {
    /// They are not.
    NotOwed,
    /// They are: each is deployed.
    Owed,
}

#[cfg(test)]
mod tests {
    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, to_value};

    use super::*;

    /// What is described reads as the core's own, which writes the same.
    fn same<Core: Serialize + DeserializeOwned>(described: impl Serialize) {
        let value: Value = to_value(described).unwrap();
        let core: Core = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(to_value(core).unwrap(), value);
    }

    #[test]
    fn each_description_is_of_the_cores_own_type() {
        use workflow_core::{billing, timing, workflow};
        for level in [
            BillingLevel::Client,
            BillingLevel::Proposal,
            BillingLevel::NonBilling,
        ] {
            same::<billing::BillingLevel>(level);
        }
        for missed in [
            MissedRuns::All,
            MissedRuns::Latest,
            MissedRuns::Skip,
            MissedRuns::Hold,
        ] {
            same::<workflow::MissedRuns>(missed);
        }
        for roll in [Roll::None, Roll::Earlier, Roll::Later, Roll::LaterSameMonth] {
            same::<timing::Roll>(roll);
        }
        for lead in [Lead::Days(366), Lead::BusinessDays(0)] {
            same::<timing::Lead>(lead);
        }
        for basis in [
            DueBasis::AfterStart(731),
            DueBasis::DayOfMonth {
                months_after: 1,
                day: 31,
            },
            DueBasis::LastDayOfMonth { months_after: 0 },
            DueBasis::StartDate,
        ] {
            let roll = Roll::Later;
            same::<timing::DueRule>(DueRule { basis, roll });
        }
        for (span, which) in [
            (PeriodSpan::Month, PeriodWhich::Current),
            (PeriodSpan::Quarter, PeriodWhich::Before),
            (PeriodSpan::Year, PeriodWhich::Current),
            (PeriodSpan::FinancialYear, PeriodWhich::Before),
        ] {
            same::<timing::PeriodRule>(PeriodRule { span, which });
        }
        for dates in [PausedDates::NotOwed, PausedDates::Owed] {
            same::<workflow::PausedDates>(dates);
        }
    }
}

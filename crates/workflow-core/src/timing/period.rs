//! The span that an occurrence's work is for.

use std::fmt;

use chrono::{Datelike, Months, NaiveDate};

use super::{TimingError, checked};
use crate::calendar::first_of_month;
use crate::canonical::canonical;

/// How long a period is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum PeriodSpan {
    /// A month.
    #[default]
    Month,
    /// A quarter of the calendar year.
    Quarter,
    /// A calendar year.
    Year,
    /// The client's financial year.
    FinancialYear,
}
canonical!(
    enum PeriodSpan {
        Month,
        Quarter,
        Year,
        FinancialYear,
    }
);

impl PeriodSpan {
    /// Every span, the shortest first.
    pub const ALL: [Self; 4] = [Self::Month, Self::Quarter, Self::Year, Self::FinancialYear];

    /// How many months it has.
    #[must_use]
    pub const fn months(self) -> u8 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year | Self::FinancialYear => 12,
        }
    }
}

impl fmt::Display for PeriodSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::FinancialYear => "financial year",
        })
    }
}

/// Which of the spans: that of the nominal date, or the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum PeriodWhich {
    /// The one that holds the nominal date.
    #[default]
    Current,
    /// The one before that (work in arrears).
    Before,
}
canonical!(
    enum PeriodWhich {
        Current,
        Before,
    }
);

/// Which period an occurrence is for. The default is the month of the nominal date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case", deny_unknown_fields)
)]
pub struct PeriodRule {
    /// How long it is.
    pub span: PeriodSpan,
    /// Whether it holds the nominal date or is the one before.
    pub which: PeriodWhich,
}
canonical!(struct PeriodRule { span, which });

impl PeriodRule {
    /// The period for an occurrence of that nominal date; `None` only where no civil calendar
    /// reaches that far.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use workflow_core::timing::{FinancialYearEnd, PeriodRule, PeriodSpan, PeriodWhich};
    /// let arrears = PeriodRule { span: PeriodSpan::Quarter, which: PeriodWhich::Before };
    /// let nominal = NaiveDate::from_ymd_opt(2027, 1, 15).unwrap();
    /// let period = arrears.period(nominal, FinancialYearEnd::JUNE).unwrap();
    /// assert_eq!(period.from(), NaiveDate::from_ymd_opt(2026, 10, 1).unwrap());
    /// assert_eq!(period.to(), NaiveDate::from_ymd_opt(2026, 12, 31).unwrap());
    /// assert_eq!(period.to_string(), "Oct-Dec 2026");
    /// ```
    #[must_use]
    pub fn period(self, nominal: NaiveDate, year_end: FinancialYearEnd) -> Option<Period> {
        let current = Period::containing(nominal, self.span, year_end)?;
        match self.which {
            PeriodWhich::Current => Some(current),
            PeriodWhich::Before => current.offset(-1),
        }
    }
}

/// The month in which a client's financial year ends, on its last day.
///
/// It has no default: it differs by country and by client, and must be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "u8", into = "u8")
)]
pub struct FinancialYearEnd(u8);
canonical!(newtype FinancialYearEnd);

impl FinancialYearEnd {
    /// The end of March, usual in New Zealand.
    pub const MARCH: Self = Self(3);
    /// The end of June, usual in Australia.
    pub const JUNE: Self = Self(6);
    /// The end of December: financial years are calendar years.
    pub const DECEMBER: Self = Self(12);

    /// The end of that month, 1 for January.
    ///
    /// # Errors
    ///
    /// [`TimingError::Number`] outside 1 to 12.
    ///
    /// ```
    /// use workflow_core::timing::FinancialYearEnd;
    /// assert_eq!(FinancialYearEnd::new(6)?, FinancialYearEnd::JUNE);
    /// let refused = FinancialYearEnd::new(13).unwrap_err();
    /// assert_eq!(
    ///     refused.to_string(),
    ///     "financial year end month is 13, and must be from 1 to 12"
    /// );
    /// # Ok::<(), workflow_core::timing::TimingError>(())
    /// ```
    pub fn new(month: u8) -> Result<Self, TimingError> {
        checked("financial year end month", u16::from(month), 1, 12)?;
        Ok(Self(month))
    }

    /// The month, 1 for January.
    #[must_use]
    pub const fn month(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for FinancialYearEnd {
    type Error = TimingError;

    fn try_from(month: u8) -> Result<Self, TimingError> {
        Self::new(month)
    }
}

impl From<FinancialYearEnd> for u8 {
    fn from(end: FinancialYearEnd) -> Self {
        end.0
    }
}

/// One month, quarter, year or financial year.
///
/// It displays as texts name it: `November 2026`, `Oct-Dec 2026`, `2026`, or `FY2027` by the year
/// in which the financial year ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "PeriodParts", into = "PeriodParts")
)]
pub struct Period {
    span: PeriodSpan,
    from: NaiveDate,
    to: NaiveDate,
}
canonical!(struct Period { span, from, to });

/// The fields of a [`Period`] before they are checked: the shape in which it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PeriodParts {
    /// How long it is.
    pub span: PeriodSpan,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
}

impl Period {
    /// The period of that span that holds `date`; `None` only where no civil calendar reaches
    /// that far.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use workflow_core::timing::{FinancialYearEnd, Period, PeriodSpan};
    /// let date = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    /// let year = Period::containing(date, PeriodSpan::FinancialYear, FinancialYearEnd::JUNE);
    /// assert_eq!(year.unwrap().to_string(), "FY2027");
    /// ```
    #[must_use]
    pub fn containing(
        date: NaiveDate,
        span: PeriodSpan,
        year_end: FinancialYearEnd,
    ) -> Option<Self> {
        // Months since the last period of this span began; the month after the year end is the
        // first of a financial year.
        let into = match span {
            PeriodSpan::Month => 0,
            PeriodSpan::Quarter => date.month0() % 3,
            PeriodSpan::Year => date.month0(),
            PeriodSpan::FinancialYear => (date.month0() + 12 - u32::from(year_end.0)) % 12,
        };
        let from = first_of_month(date).checked_sub_months(Months::new(into))?;
        Self::starting(span, from)
    }

    /// The period that is `by` of these spans later, or earlier where that is negative; `None`
    /// only where no civil calendar reaches that far.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use workflow_core::timing::{FinancialYearEnd, Period, PeriodSpan};
    /// let date = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    /// let month = Period::containing(date, PeriodSpan::Month, FinancialYearEnd::JUNE).unwrap();
    /// assert_eq!(month.offset(2).unwrap().to_string(), "January 2027");
    /// ```
    #[must_use]
    pub fn offset(self, by: i32) -> Option<Self> {
        let months = Months::new(
            by.unsigned_abs()
                .checked_mul(u32::from(self.span.months()))?,
        );
        let from = if by < 0 {
            self.from.checked_sub_months(months)?
        } else {
            self.from.checked_add_months(months)?
        };
        Self::starting(self.span, from)
    }

    /// How long it is.
    #[must_use]
    pub const fn span(self) -> PeriodSpan {
        self.span
    }

    /// Its first day.
    #[must_use]
    pub const fn from(self) -> NaiveDate {
        self.from
    }

    /// Its last day.
    #[must_use]
    pub const fn to(self) -> NaiveDate {
        self.to
    }

    fn starting(span: PeriodSpan, from: NaiveDate) -> Option<Self> {
        let last = from.checked_add_months(Months::new(u32::from(span.months()) - 1))?;
        let to = last.with_day(u32::from(last.num_days_in_month()))?;
        Some(Self { span, from, to })
    }
}

impl TryFrom<PeriodParts> for Period {
    type Error = TimingError;

    /// # Errors
    ///
    /// [`TimingError::NotAPeriod`] where the days are not the first and last of such a span. A
    /// financial year may begin with any month.
    fn try_from(parts: PeriodParts) -> Result<Self, TimingError> {
        let PeriodParts { span, from, to } = parts;
        let aligned = match span {
            PeriodSpan::Month | PeriodSpan::FinancialYear => true,
            PeriodSpan::Quarter => from.month0() % 3 == 0,
            PeriodSpan::Year => from.month0() == 0,
        };
        Self::starting(span, from)
            .filter(|period| aligned && from.day() == 1 && period.to == to)
            .ok_or(TimingError::NotAPeriod { span, from, to })
    }
}

impl From<Period> for PeriodParts {
    fn from(period: Period) -> Self {
        let Period { span, from, to } = period;
        Self { span, from, to }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.span {
            PeriodSpan::Month => write!(f, "{}", self.from.format("%B %-Y")),
            PeriodSpan::Quarter => {
                let (from, to) = (self.from.format("%b"), self.to.format("%b %-Y"));
                write!(f, "{from}-{to}")
            }
            PeriodSpan::Year => write!(f, "{}", self.to.year()),
            PeriodSpan::FinancialYear => write!(f, "FY{}", self.to.year()),
        }
    }
}

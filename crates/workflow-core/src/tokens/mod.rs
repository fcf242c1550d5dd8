//! Names and descriptions with tokens in them, such as `BAS {quarter} for {client}`.
//!
//! A token is written in braces: its name, then, where it stands for a date or a period, an
//! offset such as `+1` or `-1` and a format such as `:short`. `{{` and `}}` stand for the braces
//! themselves. A text is checked when it is parsed, which is when settings are saved; rendering
//! one needs the [`TokenFacts`] of an occurrence.
//!
//! | token | stands for | offset counts | formats (the first unless said) |
//! |---|---|---|---|
//! | `{client}` | the client's name | | |
//! | `{proposal}` | the proposal's name | | |
//! | `{service}` | the service's name | | |
//! | `{start}` | the start date | days | short `27 Feb 2026`, long `Friday 27 February 2026`, iso `2026-02-27` |
//! | `{due}` | the due date | days | the same |
//! | `{period}` | the period, as its span is written | periods | those of its span, but iso |
//! | `{month}` | the month in which the period ends | months | long `February 2026`, short `Feb 2026`, iso `2026-02` |
//! | `{quarter}` | the calendar quarter in which the period ends | quarters | short `Jan-Mar 2026`, long `January to March 2026` |
//! | `{year}` | the calendar year in which the period ends | years | `2026` |
//! | `{financial_year}` | the client's financial year in which the period ends | years | short `FY2026`, long `year ended 30 June 2026` |
//!
//! ```
//! use chrono::NaiveDate;
//! use workflow_core::calendar::WorkingCalendar;
//! use workflow_core::timing::{FinancialYearEnd, PlacingFacts, Timing};
//! use workflow_core::tokens::{TextTemplate, TokenFacts, TokenScope};
//!
//! let name = TextTemplate::parse("BAS {quarter} for {client}", TokenScope::Client)?;
//!
//! let calendar = WorkingCalendar::new("Weekends", 1)?;
//! let financial_year_end = FinancialYearEnd::JUNE;
//! let nominal = NaiveDate::from_ymd_opt(2026, 12, 31).unwrap();
//! let dates = Timing::default()
//!     .place(nominal, &PlacingFacts { calendar: &calendar, financial_year_end })?;
//! let facts = TokenFacts {
//!     client: "Blue Gum Cafe",
//!     proposal: None,
//!     service: None,
//!     dates: &dates,
//!     financial_year_end,
//! };
//! assert_eq!(name.render(&facts)?, "BAS Oct-Dec 2026 for Blue Gum Cafe");
//!
//! let refused = TextTemplate::parse("BAS {quater}", TokenScope::Client).unwrap_err();
//! assert_eq!(
//!     refused.to_string(),
//!     "unknown token {quater} at character 5; known here: client, start, due, period, month, \
//!      quarter, year, financial_year",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod parse;
mod render;
mod template;
mod token;

#[cfg(all(test, feature = "proptest"))]
mod properties;
#[cfg(feature = "proptest")]
mod strategies;
#[cfg(test)]
mod tests;

pub use error::TokenError;
pub use render::TokenFacts;
#[cfg(feature = "proptest")]
pub use strategies::arb_text_template;
pub use template::TextTemplate;
pub use token::{Token, TokenFormat, TokenScope, TokenUse};

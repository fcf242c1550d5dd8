//! Filling in the tokens of a text.

use chrono::{Datelike, Days, NaiveDate};

use super::parse::Segment;
use super::{TextTemplate, Token, TokenError, TokenFormat, TokenUse};
use crate::timing::{Dates, FinancialYearEnd, Period, PeriodSpan};

/// What the tokens of one occurrence stand for.
#[derive(Clone, Copy, Debug)]
pub struct TokenFacts<'a> {
    /// The client's name.
    pub client: &'a str,
    /// The proposal's name, for a workflow that was made from one.
    pub proposal: Option<&'a str>,
    /// The service's name, for a workflow that was made from one service.
    pub service: Option<&'a str>,
    /// The dates of the occurrence.
    pub dates: &'a Dates,
    /// The month in which the client's financial year ends.
    pub financial_year_end: FinancialYearEnd,
}

impl TextTemplate {
    /// The text with its tokens filled in. A name is put in as it is: braces in it are no tokens.
    ///
    /// # Errors
    ///
    /// [`TokenError::Missing`] where the facts lack a proposal or a service that the text names,
    /// and [`TokenError::OutOfRange`] where an offset leads beyond what [`NaiveDate`] holds.
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use workflow_core::calendar::WorkingCalendar;
    /// use workflow_core::timing::{FinancialYearEnd, PlacingFacts, Timing};
    /// use workflow_core::tokens::{TextTemplate, TokenFacts, TokenScope};
    /// let calendar = WorkingCalendar::new("Weekends", 1)?;
    /// let financial_year_end = FinancialYearEnd::JUNE;
    /// let placing = PlacingFacts { calendar: &calendar, financial_year_end };
    /// let dates = Timing::default()
    ///     .place(NaiveDate::from_ymd_opt(2026, 12, 1).unwrap(), &placing)?;
    /// let facts = TokenFacts {
    ///     client: "Blue Gum Cafe",
    ///     proposal: None,
    ///     service: None,
    ///     dates: &dates,
    ///     financial_year_end,
    /// };
    /// let name = TextTemplate::parse("{month+1}, {financial_year-1}, {start:iso}", TokenScope::Client)?;
    /// assert_eq!(name.render(&facts)?, "January 2027, FY2026, 2026-12-01");
    ///
    /// let name = TextTemplate::parse("{proposal}", TokenScope::Proposal)?;
    /// let refused = name.render(&facts).unwrap_err();
    /// assert_eq!(refused.to_string(), "token {proposal} has nothing to stand for");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn render(&self, facts: &TokenFacts<'_>) -> Result<String, TokenError> {
        let mut out = String::with_capacity(self.text().len());
        for segment in &self.segments {
            match segment {
                Segment::Literal(text) => out.push_str(text),
                Segment::Token(token) => out.push_str(&token.render(facts)?),
            }
        }
        Ok(out)
    }

    /// The text as a list of workflows shows it: the names filled in, and what each date fills in
    /// as it is written. A name that there is none of stays as it is written too.
    ///
    /// ```
    /// use workflow_core::tokens::{TextTemplate, TokenScope};
    /// let name = TextTemplate::parse("{service} {month+1} for {client}", TokenScope::Service)?;
    /// let shown = name.with_names("Blue Gum Cafe", None, Some("Bookkeeping"));
    /// assert_eq!(shown, "Bookkeeping {month+1} for Blue Gum Cafe");
    /// # Ok::<(), workflow_core::tokens::TokenError>(())
    /// ```
    #[must_use]
    pub fn with_names(
        &self,
        client: &str,
        proposal: Option<&str>,
        service: Option<&str>,
    ) -> String {
        let mut out = String::with_capacity(self.text().len());
        for segment in &self.segments {
            let name = match segment {
                Segment::Literal(text) => Some(text.as_str()),
                Segment::Token(token) => match token.token {
                    Token::Client => Some(client),
                    Token::Proposal => proposal,
                    Token::Service => service,
                    Token::Start
                    | Token::Due
                    | Token::Period
                    | Token::Month
                    | Token::Quarter
                    | Token::Year
                    | Token::FinancialYear => None,
                },
            };
            match (name, segment) {
                (Some(name), _) => out.push_str(name),
                (None, Segment::Literal(text)) => out.push_str(text),
                (None, Segment::Token(token)) => out.push_str(&token.to_string()),
            }
        }
        out
    }
}

impl TokenUse {
    fn render(self, facts: &TokenFacts<'_>) -> Result<String, TokenError> {
        let token = self.token;
        let dates = facts.dates;
        let name =
            |name: Option<&str>| name.map(str::to_owned).ok_or(TokenError::Missing { token });
        let text = match token {
            Token::Client => return name(Some(facts.client)),
            Token::Proposal => return name(facts.proposal),
            Token::Service => return name(facts.service),
            Token::Start => self.date(dates.start()),
            Token::Due => self.date(dates.due()),
            Token::Period => self.period(dates.period()),
            Token::Month => self.spanning(PeriodSpan::Month, facts),
            Token::Quarter => self.spanning(PeriodSpan::Quarter, facts),
            Token::Year => self.spanning(PeriodSpan::Year, facts),
            Token::FinancialYear => self.spanning(PeriodSpan::FinancialYear, facts),
        };
        text.ok_or(TokenError::OutOfRange { token })
    }

    fn date(self, date: NaiveDate) -> Option<String> {
        let days = Days::new(u64::from(self.offset.unsigned_abs()));
        let date = if self.offset < 0 {
            date.checked_sub_days(days)?
        } else {
            date.checked_add_days(days)?
        };
        let format = match self.format {
            None | Some(TokenFormat::Short) => "%-d %b %Y",
            Some(TokenFormat::Long) => "%A %-d %B %Y",
            Some(TokenFormat::Iso) => "%Y-%m-%d",
        };
        Some(date.format(format).to_string())
    }

    /// The span in which the period ends: work for a longer period is named by its end.
    fn spanning(self, span: PeriodSpan, facts: &TokenFacts<'_>) -> Option<String> {
        let last = facts.dates.period().to();
        self.period(Period::containing(last, span, facts.financial_year_end)?)
    }

    fn period(self, period: Period) -> Option<String> {
        let period = period.offset(i32::from(self.offset))?;
        let to = period.to();
        Some(match (period.span(), self.format) {
            (_, None)
            | (PeriodSpan::Month, Some(TokenFormat::Long))
            | (PeriodSpan::Quarter | PeriodSpan::FinancialYear, Some(TokenFormat::Short))
            | (PeriodSpan::Year, Some(_)) => period.to_string(),
            (PeriodSpan::Month, Some(TokenFormat::Short)) => to.format("%b %Y").to_string(),
            (PeriodSpan::Month, Some(TokenFormat::Iso)) => to.format("%Y-%m").to_string(),
            (PeriodSpan::Quarter, Some(TokenFormat::Long | TokenFormat::Iso)) => {
                format!("{} to {}", period.from().format("%B"), to.format("%B %Y"))
            }
            (PeriodSpan::FinancialYear, Some(TokenFormat::Long | TokenFormat::Iso)) => {
                format!("year ended {} {}", to.format("%-d %B"), to.year())
            }
        })
    }
}

//! Texts that are known, and every refusal.

use chrono::NaiveDate;

use super::{TextTemplate, Token, TokenError, TokenFacts, TokenScope};
use crate::calendar::WorkingCalendar;
use crate::timing::{
    Dates, DueBasis, DueDays, DueRule, FinancialYearEnd, PeriodRule, PeriodSpan, PeriodWhich,
    PlacingFacts, Timing,
};

/// The dates of Friday 27 February 2026, due three days later, for that kind of period.
fn dates(span: PeriodSpan, which: PeriodWhich) -> Dates {
    let timing = Timing {
        due: DueRule {
            basis: DueBasis::AfterStart(DueDays::new(3).unwrap()),
            ..DueRule::default()
        },
        period: PeriodRule { span, which },
        ..Timing::default()
    };
    let calendar = WorkingCalendar::new("Weekends", 1).unwrap();
    let facts = PlacingFacts {
        calendar: &calendar,
        financial_year_end: FinancialYearEnd::JUNE,
    };
    let nominal = NaiveDate::from_ymd_opt(2026, 2, 27).unwrap();
    timing.place(nominal, &facts).unwrap()
}

fn rendered(text: &str, dates: &Dates) -> String {
    let facts = TokenFacts {
        client: "Blue {Gum}",
        proposal: Some("Compliance 2026"),
        service: Some("BAS"),
        dates,
        financial_year_end: FinancialYearEnd::JUNE,
    };
    let template = TextTemplate::parse(text, TokenScope::Service).unwrap();
    template.render(&facts).unwrap()
}

fn refused(text: &str) -> String {
    let refusal = TextTemplate::parse(text, TokenScope::Service).unwrap_err();
    refusal.to_string()
}

#[test]
fn every_token_and_format() {
    let dates = dates(PeriodSpan::Month, PeriodWhich::Current);
    for (text, expected) in [
        ("{client}", "Blue {Gum}"),
        ("{proposal}: {service}", "Compliance 2026: BAS"),
        ("{start}", "27 Feb 2026"),
        ("{start:short}", "27 Feb 2026"),
        ("{start:long}", "Friday 27 February 2026"),
        ("{start:iso}", "2026-02-27"),
        ("{start+2}", "1 Mar 2026"),
        ("{start-27:iso}", "2026-01-31"),
        ("{due}", "2 Mar 2026"),
        ("{due+0:iso}", "2026-03-02"),
        ("{period}", "February 2026"),
        ("{period-1:short}", "Jan 2026"),
        ("{month}", "February 2026"),
        ("{month:long}", "February 2026"),
        ("{month+11:short}", "Jan 2027"),
        ("{month:iso}", "2026-02"),
        ("{quarter}", "Jan-Mar 2026"),
        ("{quarter:short}", "Jan-Mar 2026"),
        ("{quarter-1:long}", "October to December 2025"),
        ("{year}", "2026"),
        ("{year+999}", "3025"),
        ("{financial_year}", "FY2026"),
        ("{financial_year-1:short}", "FY2025"),
        ("{financial_year:long}", "year ended 30 June 2026"),
    ] {
        assert_eq!(rendered(text, &dates), expected, "{text}");
    }
}

#[test]
fn a_longer_period_is_named_by_its_end() {
    let year = dates(PeriodSpan::FinancialYear, PeriodWhich::Before);
    assert_eq!(
        rendered("{period} {month} {quarter} {year} {financial_year}", &year),
        "FY2025 June 2025 Apr-Jun 2025 2025 FY2025"
    );
    assert_eq!(
        rendered("{period+1:long}", &year),
        "year ended 30 June 2026"
    );
    let quarter = dates(PeriodSpan::Quarter, PeriodWhich::Before);
    assert_eq!(
        rendered("{period}, {period:long}, {month}", &quarter),
        "Oct-Dec 2025, October to December 2025, December 2025"
    );
    let year = dates(PeriodSpan::Year, PeriodWhich::Current);
    assert_eq!(rendered("{period:short} {period:long}", &year), "2026 2026");
    assert_eq!(rendered("{financial_year}", &year), "FY2027");
}

#[test]
fn doubled_braces_are_braces() {
    let dates = dates(PeriodSpan::Month, PeriodWhich::Current);
    assert_eq!(rendered("{{{year}}}", &dates), "{2026}");
    assert_eq!(rendered("{{client}}", &dates), "{client}");
    assert_eq!(rendered("", &dates), "");
}

#[test]
fn each_refusal_says_what_where_and_what_else() {
    for (text, expected) in [
        (
            "Ünïcode {foo+1:long}",
            "unknown token {foo} at character 9; known here: client, proposal, service, start, \
             due, period, month, quarter, year, financial_year",
        ),
        (
            "{start} {due:%d}",
            "format %d of token {due} at character 9 is unknown; known here: short, long, iso",
        ),
        (
            "{year:long}",
            "format long of token {year} at character 1 is unknown; this token takes none",
        ),
        (
            "{quarter:iso}",
            "format iso of token {quarter} at character 1 is unknown; known here: short, long",
        ),
        (
            "{client+1}",
            "offset +1 of token {client} at character 1 is not possible, since the token stands \
             for a name",
        ),
        (
            "{month+1000}",
            "offset +1000 of token {month} at character 1 is not a whole number from -999 to 999",
        ),
        (
            "{month+}",
            "offset + of token {month} at character 1 is not a whole number from -999 to 999",
        ),
        (
            "{month+-1}",
            "offset +-1 of token {month} at character 1 is not a whole number from -999 to 999",
        ),
        (
            "{month-1x}",
            "offset -1x of token {month} at character 1 is not a whole number from -999 to 999",
        ),
        (
            "BAS {month",
            "brace at character 5 is never closed; write {{ for a brace",
        ),
        (
            "{month {year}",
            "brace at character 1 is never closed; write {{ for a brace",
        ),
        (
            "month}",
            "brace at character 6 closes nothing; write }} for a brace",
        ),
    ] {
        assert_eq!(refused(text), expected);
    }
    assert!(refused("{}").starts_with("unknown token {} at character 1;"));
    assert!(refused("{Client}").starts_with("unknown token {Client} at character 1;"));
    assert!(refused("{ client }").starts_with("unknown token { client } at character 1;"));
}

#[test]
fn a_long_unknown_token_is_cut_short() {
    let text = format!("{{{}}}", "é".repeat(10_000));
    let Err(TokenError::Unknown { name, at: 1, .. }) =
        TextTemplate::parse(text, TokenScope::Client)
    else {
        panic!("it is unknown");
    };
    assert_eq!(name, format!("{}…", "é".repeat(40)));
}

#[test]
fn a_token_without_anything_to_stand_for_is_refused() {
    let parse = |text, scope| TextTemplate::parse(text, scope).map(|_| ());
    assert_eq!(
        parse("For {proposal}", TokenScope::Client)
            .unwrap_err()
            .to_string(),
        "token {proposal} at character 5 has nothing to stand for: the workflow has no proposal; \
         known here: client, start, due, period, month, quarter, year, financial_year"
    );
    assert_eq!(
        parse("{service}", TokenScope::Proposal),
        Err(TokenError::NotHere {
            token: Token::Service,
            at: 1,
            scope: TokenScope::Proposal
        })
    );
    assert_eq!(parse("{proposal}", TokenScope::Proposal), Ok(()));
    assert_eq!(parse("{proposal} {service}", TokenScope::Service), Ok(()));
}

#[test]
fn a_name_that_the_facts_lack_is_an_error_on_rendering() {
    let dates = dates(PeriodSpan::Month, PeriodWhich::Current);
    let facts = TokenFacts {
        client: "Blue Gum",
        proposal: Some("Compliance 2026"),
        service: None,
        dates: &dates,
        financial_year_end: FinancialYearEnd::JUNE,
    };
    let template: TextTemplate = "{proposal} {service}".parse().unwrap();
    assert_eq!(
        template.render(&facts),
        Err(TokenError::Missing {
            token: Token::Service
        })
    );
}

#[test]
fn every_token_is_found_by_its_name() {
    for token in Token::ALL {
        assert_eq!(Token::named(token.name()), Some(token));
        assert!(!token.meaning().is_empty());
    }
    assert_eq!(Token::named("Month"), None);
}

#[cfg(feature = "serde")]
#[test]
fn a_text_is_stored_as_its_text() {
    let template: TextTemplate = "{{BAS}} {quarter}".parse().unwrap();
    let stored = serde_json::to_string(&template).unwrap();
    assert_eq!(stored, r#""{{BAS}} {quarter}""#);
    assert_eq!(
        serde_json::from_str::<TextTemplate>(&stored).unwrap(),
        template
    );
    assert!(serde_json::from_str::<TextTemplate>(r#""{quater}""#).is_err());
}

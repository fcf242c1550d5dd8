//! What holds for every text.

use proptest::prelude::*;

use super::{TextTemplate, TokenError, TokenFacts, TokenScope, arb_text_template};
use crate::calendar::{WorkingCalendar, arb_date};
use crate::canonical;
use crate::timing::{Dates, PlacingFacts, Timing, arb_financial_year_end, arb_period_rule};

fn arb_scope() -> impl Strategy<Value = TokenScope> {
    prop_oneof![
        Just(TokenScope::Client),
        Just(TokenScope::Proposal),
        Just(TokenScope::Service),
    ]
}

/// A template with the scope that it was made for.
fn arb_scoped() -> impl Strategy<Value = (TokenScope, TextTemplate)> {
    arb_scope().prop_flat_map(|scope| (Just(scope), arb_text_template(scope)))
}

/// Dates, and the year end that they were placed with.
fn arb_dates() -> impl Strategy<Value = (Dates, crate::timing::FinancialYearEnd)> {
    (arb_date(), arb_period_rule(), arb_financial_year_end()).prop_map(
        |(nominal, period, financial_year_end)| {
            let calendar = WorkingCalendar::new("Weekends", 1).unwrap();
            let timing = Timing {
                period,
                ..Timing::default()
            };
            let facts = PlacingFacts {
                calendar: &calendar,
                financial_year_end,
            };
            (timing.place(nominal, &facts).unwrap(), financial_year_end)
        },
    )
}

/// Any text, and texts that look like tokens more often than chance would have it.
fn arb_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{".to_owned()),
        Just("}".to_owned()),
        "[+\\-:0-9]{0,5}",
        prop::sample::select(vec!["month", "client", "service", "due", "iso", "long"])
            .prop_map(str::to_owned),
        "\\PC{0,3}",
    ];
    prop_oneof![
        any::<String>(),
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat()),
    ]
}

proptest! {
    #[test]
    fn any_text_is_taken_whole_or_refused_where_it_says(
        text in arb_text(), scope in arb_scope(),
    ) {
        match TextTemplate::parse(text.as_str(), scope) {
            Ok(template) => prop_assert_eq!(template.to_string(), text),
            Err(
                TokenError::Unknown { at, .. }
                | TokenError::NotHere { at, .. }
                | TokenError::Offset { at, .. }
                | TokenError::Format { at, .. }
                | TokenError::Unclosed { at },
            ) => prop_assert_eq!(text.chars().nth(at - 1), Some('{')),
            Err(TokenError::Unopened { at }) => {
                prop_assert_eq!(text.chars().nth(at - 1), Some('}'));
            }
            Err(other) => return Err(TestCaseError::fail(other.to_string())),
        }
    }

    #[test]
    fn the_text_comes_back((scope, template) in arb_scoped()) {
        let again = TextTemplate::parse(template.to_string(), scope).unwrap();
        prop_assert_eq!(&again, &template);
        prop_assert_eq!(canonical::bytes(&again), canonical::bytes(&template));
        prop_assert_eq!(template.check(scope), Ok(()));
        prop_assert_eq!(template.text().parse::<TextTemplate>(), Ok(template));
    }

    #[test]
    fn a_token_says_itself((scope, template) in arb_scoped()) {
        for token in template.tokens() {
            let alone = TextTemplate::parse(token.to_string(), scope).unwrap();
            prop_assert_eq!(alone.tokens().collect::<Vec<_>>(), vec![token]);
        }
    }

    #[test]
    fn a_literal_renders_as_itself(
        text in any::<String>(), (dates, financial_year_end) in arb_dates(),
    ) {
        let template = TextTemplate::literal(&text);
        prop_assert_eq!(&TextTemplate::parse(template.text(), TokenScope::Client), &Ok(template.clone()));
        let facts = TokenFacts {
            client: "", proposal: None, service: None, dates: &dates, financial_year_end,
        };
        prop_assert_eq!(template.render(&facts), Ok(text));
    }

    #[test]
    fn what_was_saved_can_be_rendered(
        (scope, template) in arb_scoped(), (dates, financial_year_end) in arb_dates(),
    ) {
        let facts = TokenFacts {
            client: "client",
            proposal: (scope >= TokenScope::Proposal).then_some("proposal"),
            service: (scope >= TokenScope::Service).then_some("service"),
            dates: &dates,
            financial_year_end,
        };
        prop_assert!(template.render(&facts).is_ok());
    }
}

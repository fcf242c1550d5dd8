//! Strategies for short texts and amounts of money.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{Money, Text};

/// Any text of any script, most of them short, with quotes and line breaks among the rest.
pub fn arb_text<const MAX: usize>() -> impl Strategy<Value = Text<MAX>> + Clone {
    let piece = prop_oneof![
        4 => "\\PC{1,12}",
        1 => prop::sample::select(vec!["'", "\"", "\\", "%", "\n", "\t", "🥐", "e\u{301}", "İ"])
            .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 1..5).prop_filter_map("no text", |pieces| {
        let text: String = pieces.concat().chars().take(MAX).collect();
        Text::new(text).ok()
    })
}

/// Any amount of money.
pub fn arb_money() -> impl Strategy<Value = Money> + Clone {
    (0_i64..=99_999_999_999)
        .prop_filter_map("no amount", |cents| Money::new(Decimal::new(cents, 2)).ok())
}

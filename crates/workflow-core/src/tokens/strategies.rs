//! Strategies for texts with tokens.

use proptest::prelude::*;

use super::{TextTemplate, TokenScope, TokenUse};

/// A text with tokens for that scope, with escapes and any printable characters between them.
pub fn arb_text_template(scope: TokenScope) -> impl Strategy<Value = TextTemplate> {
    let literal = prop_oneof!["[ -~]{0,12}", "\\PC{0,6}"]
        .prop_map(|text| TextTemplate::literal(&text).text().to_owned());
    let token = arb_token_use(scope).prop_map(|token| token.to_string());
    prop::collection::vec(prop_oneof![literal, token], 0..6)
        .prop_filter_map("pieces that do not join", move |pieces| {
            TextTemplate::parse(pieces.concat(), scope).ok()
        })
}

fn arb_token_use(scope: TokenScope) -> impl Strategy<Value = TokenUse> {
    let tokens: Vec<_> = scope.tokens().collect();
    (
        prop::sample::select(tokens),
        prop_oneof![Just(0_i16), -999_i16..=999],
        any::<prop::sample::Index>(),
    )
        .prop_map(|(token, offset, index)| {
            let formats = token.formats();
            // One more than there are formats, for none.
            let format = formats.get(index.index(formats.len() + 1)).copied();
            let offset = if token.takes_offset() { offset } else { 0 };
            TokenUse {
                token,
                offset,
                format,
            }
        })
}

//! Why a text with tokens is refused, or cannot be rendered.

use std::fmt;

use super::{Token, TokenScope};

/// Why a text with tokens is refused, or cannot be rendered.
///
/// `at` counts characters from 1 and points to the brace.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// There is no such token.
    #[error("unknown token {{{name}}} at character {at}; known here: {}", Known(*.scope))]
    Unknown {
        /// What stands between the braces, up to an offset or a format.
        name: String,
        /// Where.
        at: usize,
        /// What the workflow was made from, which says what is known.
        scope: TokenScope,
    },
    /// There is such a token, and this workflow has nothing for it.
    #[error(
        "token {{{}}} at character {at} has nothing to stand for: the workflow has {}; known here: {}",
        .token.name(), .token.needs().missing(), Known(*.scope)
    )]
    NotHere {
        /// Which token.
        token: Token,
        /// Where.
        at: usize,
        /// What the workflow was made from.
        scope: TokenScope,
    },
    /// An offset that is no whole number from -999 to 999, or that the token does not take.
    #[error("offset {offset} of token {{{}}} at character {at} {reason}", .token.name())]
    Offset {
        /// Which token.
        token: Token,
        /// The offset as written.
        offset: String,
        /// Where.
        at: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A format that there is not, or that the token does not take.
    #[error("format {format} of token {{{}}} at character {at} is unknown; {}", .token.name(), Formats(*.token))]
    Format {
        /// Which token.
        token: Token,
        /// The format as written.
        format: String,
        /// Where.
        at: usize,
    },
    /// An opening brace without a closing one.
    #[error("brace at character {at} is never closed; write {{{{ for a brace")]
    Unclosed {
        /// Where.
        at: usize,
    },
    /// A closing brace without an opening one.
    #[error("brace at character {at} closes nothing; write }}}} for a brace")]
    Unopened {
        /// Where.
        at: usize,
    },
    /// On rendering: the facts lack what the token stands for.
    #[error("token {{{}}} has nothing to stand for", .token.name())]
    Missing {
        /// Which token.
        token: Token,
    },
    /// On rendering: the offset leads to a date that no civil calendar can hold.
    #[error("token {{{}}} leads too far away to be a date", .token.name())]
    OutOfRange {
        /// Which token.
        token: Token,
    },
}

/// The names of the tokens that a scope has.
struct Known(TokenScope);

impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        joined(f, self.0.tokens().map(Token::name))
    }
}

/// The formats that a token takes.
struct Formats(Token);

impl fmt::Display for Formats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.formats().is_empty() {
            return f.write_str("this token takes none");
        }
        f.write_str("known here: ")?;
        joined(f, self.0.formats().iter().map(|format| format.name()))
    }
}

fn joined<'a>(f: &mut fmt::Formatter<'_>, names: impl Iterator<Item = &'a str>) -> fmt::Result {
    for (index, name) in names.enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        f.write_str(name)?;
    }
    Ok(())
}

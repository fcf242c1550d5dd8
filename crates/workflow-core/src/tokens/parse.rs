//! From the text to its segments. Parsing looks at each character once and never panics.

use super::{Token, TokenError, TokenFormat, TokenScope, TokenUse};

/// One piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Segment {
    /// Text that stays, without its escapes.
    Literal(String),
    /// A token to fill in.
    Token(TokenUse),
}

/// An offset is at most 999 either way.
const MAX_OFFSET_DIGITS: usize = 3;
/// How much of an unknown token a message repeats.
const MAX_SHOWN: usize = 40;

pub(super) fn segments(text: &str, scope: TokenScope) -> Result<Vec<Segment>, TokenError> {
    let mut segments = Vec::new();
    let mut literal = String::new();
    let mut chars = (1..).zip(text.chars()).peekable();
    while let Some((at, char)) = chars.next() {
        match char {
            '{' | '}' if chars.next_if(|(_, next)| *next == char).is_some() => literal.push(char),
            '}' => return Err(TokenError::Unopened { at }),
            '{' => {
                let mut body = String::new();
                loop {
                    match chars.next() {
                        Some((_, '}')) => break,
                        None | Some((_, '{')) => return Err(TokenError::Unclosed { at }),
                        Some((_, char)) => body.push(char),
                    }
                }
                if !literal.is_empty() {
                    segments.push(Segment::Literal(std::mem::take(&mut literal)));
                }
                segments.push(Segment::Token(token_use(&body, at, scope)?));
            }
            char => literal.push(char),
        }
    }
    if !literal.is_empty() {
        segments.push(Segment::Literal(literal));
    }
    Ok(segments)
}

/// What stands between two braces: a name, perhaps an offset, perhaps a format.
fn token_use(body: &str, at: usize, scope: TokenScope) -> Result<TokenUse, TokenError> {
    let (head, format) = match body.split_once(':') {
        Some((head, format)) => (head, Some(format)),
        None => (body, None),
    };
    let (name, offset) = match head.find(['+', '-']) {
        Some(sign) => head.split_at(sign),
        None => (head, ""),
    };
    let token = Token::named(name).ok_or_else(|| TokenError::Unknown {
        name: shown(name),
        at,
        scope,
    })?;
    if token.needs() > scope {
        return Err(TokenError::NotHere { token, at, scope });
    }
    let offset = checked_offset(token, offset).map_err(|reason| TokenError::Offset {
        token,
        offset: shown(offset),
        at,
        reason,
    })?;
    let format = match format {
        None => None,
        Some(format) => Some(
            TokenFormat::named(format)
                .filter(|format| token.formats().contains(format))
                .ok_or_else(|| TokenError::Format {
                    token,
                    format: shown(format),
                    at,
                })?,
        ),
    };
    Ok(TokenUse {
        token,
        offset,
        format,
    })
}

fn checked_offset(token: Token, offset: &str) -> Result<i16, &'static str> {
    let Some(digits) = offset.get(1..) else {
        return Ok(0);
    };
    if !token.takes_offset() {
        return Err("is not possible, since the token stands for a name");
    }
    let refusal = "is not a whole number from -999 to 999";
    if digits.len() > MAX_OFFSET_DIGITS {
        return Err(refusal);
    }
    offset.parse().map_err(|_| refusal)
}

fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(MAX_SHOWN).collect();
    if shown.len() < text.len() {
        shown.push('…');
    }
    shown
}

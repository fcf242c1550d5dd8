//! Content lines: unfolding them, and taking one apart into its name, parameters and value.

use std::borrow::Cow;

use super::error::{Fault, ReadError};
use super::read::MOST_LINE_BYTES;

/// A line as the file means it: folded lines joined, with the number of the first.
pub(super) struct Unfolded<'t> {
    rest: std::iter::Peekable<std::iter::Enumerate<std::str::Lines<'t>>>,
}

impl<'t> Unfolded<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self {
            rest: text.lines().enumerate().peekable(),
        }
    }
}

/// Each line with its number from 1. Lines that are blank are left out.
impl<'t> Iterator for Unfolded<'t> {
    type Item = Result<(usize, Cow<'t, str>), ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (index, first) = self.rest.next()?;
            let number = index + 1;
            let mut line = Cow::Borrowed(first);
            let folded = |next: &(usize, &str)| next.1.starts_with([' ', '\t']);
            while let Some((_, next)) = self.rest.next_if(folded) {
                line.to_mut().push_str(&next[1..]);
                if line.len() > MOST_LINE_BYTES {
                    break;
                }
            }
            if line.len() > MOST_LINE_BYTES {
                let (what, most) = ("bytes in this line", MOST_LINE_BYTES);
                return Some(Err(ReadError::new(number, Fault::TooMany { what, most })));
            }
            if !line.trim().is_empty() {
                return Some(Ok((number, line)));
            }
        }
    }
}

/// A line taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Property<'l> {
    pub(super) name: &'l str,
    parameters: &'l str,
    pub(super) value: &'l str,
}

impl<'l> Property<'l> {
    pub(super) fn parse(line: &'l str) -> Option<Self> {
        let in_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
        let name_end = line.find(|c: char| !in_name(c))?;
        let (name, rest) = line.split_at(name_end);
        if name.is_empty() || !rest.starts_with([':', ';']) {
            return None;
        }
        let mut quoted = false;
        let colon = rest.find(|c: char| {
            quoted ^= c == '"';
            c == ':' && !quoted
        })?;
        Some(Self {
            name,
            parameters: &rest[..colon],
            value: &rest[colon + 1..],
        })
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether a parameter has that value.
    pub(super) fn says(&self, name: &str, value: &str) -> bool {
        self.parameters.split(';').any(|parameter| {
            parameter.split_once('=').is_some_and(|(found, given)| {
                found.eq_ignore_ascii_case(name)
                    && given.trim_matches('"').eq_ignore_ascii_case(value)
            })
        })
    }
}

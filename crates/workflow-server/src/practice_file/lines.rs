//! Where in the text of a file something stands: lines, and the spans of JSON values by path.

use std::fmt::Write as _;
use std::ops::Range;

/// Lines of a text by byte offset.
#[derive(Debug)]
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    /// The lines of `text`.
    pub(crate) fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(ends.map(|(at, _)| at).collect())
    }

    /// The number of the line that holds the byte at `offset`, from 1.
    pub(crate) fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}

/// The values within one JSON value, by their path below it, such as `schedule.recurring.from`.
///
/// It is made for a value that has a fault, so it need not be fast.
#[derive(Debug)]
pub(crate) struct Spans(Vec<(String, Range<usize>)>);

impl Spans {
    /// The spans within `json`, which has to be one well-formed JSON value.
    pub(crate) fn of(json: &str) -> Self {
        let mut walk = Walk {
            bytes: json.as_bytes(),
            at: 0,
            spans: Vec::new(),
        };
        walk.value(&mut String::new());
        Self(walk.spans)
    }

    /// The path of the innermost value that holds the byte at `offset`; empty for the whole.
    pub(crate) fn path_at(&self, offset: usize) -> &str {
        let holding = self.0.iter().filter(|(_, span)| span.contains(&offset));
        holding
            .min_by_key(|(_, span)| span.len())
            .map_or("", |(path, _)| path)
    }

    /// Where the value of that path begins, or the nearest value around it that is there.
    pub(crate) fn start_of(&self, path: &str) -> usize {
        let mut path = path;
        loop {
            if let Some((_, span)) = self.0.iter().find(|(known, _)| known == path) {
                return span.start;
            }
            match path.rfind(['.', '[']) {
                Some(end) => path = &path[..end],
                None if path.is_empty() => return 0,
                None => path = "",
            }
        }
    }
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    spans: Vec<(String, Range<usize>)>,
}

impl Walk<'_> {
    fn peek(&self) -> u8 {
        self.bytes.get(self.at).copied().unwrap_or_default()
    }

    fn space(&mut self) {
        while self.peek().is_ascii_whitespace() || matches!(self.peek(), b',' | b':') {
            self.at += 1;
        }
    }

    /// A value and all values within it. The parser that came before bounds the depth.
    fn value(&mut self, path: &mut String) {
        self.space();
        let start = self.at;
        match self.peek() {
            b'{' => self.items(b'}', path, |walk, path, _| {
                let key = walk.text();
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(&key);
            }),
            b'[' => self.items(b']', path, |_, path, index| {
                let _ = write!(path, "[{index}]");
            }),
            b'"' => drop(self.text()),
            _ => {
                while !matches!(self.peek(), b',' | b'}' | b']' | 0)
                    && !self.peek().is_ascii_whitespace()
                {
                    self.at += 1;
                }
            }
        }
        self.spans.push((path.clone(), start..self.at));
    }

    fn items(&mut self, end: u8, path: &mut String, step: impl Fn(&mut Self, &mut String, usize)) {
        self.at += 1;
        let outer = path.len();
        for index in 0.. {
            self.space();
            if matches!(self.peek(), 0) || self.peek() == end {
                break;
            }
            step(self, path, index);
            self.value(path);
            path.truncate(outer);
        }
        self.at = self.bytes.len().min(self.at + 1);
    }

    /// A string as it is written, without its quotes.
    fn text(&mut self) -> String {
        let start = self.at + 1;
        self.at = start;
        while !matches!(self.peek(), b'"' | 0) {
            self.at += if self.peek() == b'\\' { 2 } else { 1 };
        }
        let end = self.at.min(self.bytes.len());
        self.at = self.bytes.len().min(self.at + 1);
        String::from_utf8_lossy(&self.bytes[start.min(end)..end]).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\n \"a\": [1,\n  {\"b\": \"x\\\"]\"}],\n \"c\": -1.5e3\n}";

    #[test]
    fn a_path_is_found_by_place_and_a_place_by_path() {
        let spans = Spans::of(TEXT);
        let at = |what: &str| TEXT.find(what).unwrap();
        assert_eq!(spans.path_at(at("x\\")), "a[1].b");
        assert_eq!(spans.path_at(at("1,")), "a[0]");
        assert_eq!(spans.path_at(at("-1.5")), "c");
        assert_eq!(spans.path_at(0), "");
        assert_eq!(spans.start_of("a[1].b"), at("\"x"));
        assert_eq!(spans.start_of("c"), at("-1.5"));
    }

    #[test]
    fn what_is_missing_stands_where_it_should_be() {
        let spans = Spans::of(TEXT);
        assert_eq!(spans.start_of("a[1].d.e"), TEXT.find("{\"b\"").unwrap());
        assert_eq!(spans.start_of("nothing"), 0);
    }

    #[test]
    fn lines_are_counted_from_one() {
        let lines = Lines::of(TEXT);
        assert_eq!(lines.line(0), 1);
        assert_eq!(lines.line(TEXT.find("{\"b\"").unwrap()), 3);
        assert_eq!(lines.line(TEXT.len()), 5);
    }

    #[test]
    fn text_that_is_cut_short_is_no_panic() {
        for end in 0..TEXT.len() {
            let _ = Spans::of(&TEXT[..end]);
        }
    }
}

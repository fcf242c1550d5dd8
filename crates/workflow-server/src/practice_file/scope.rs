//! The reading of a file as it goes on: its faults, and the element that is being checked.

use std::fmt::Display;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::Fault;
use super::lines::{Lines, Spans};

/// A file as it is read, and the faults found so far.
#[derive(Debug)]
pub(super) struct Reading<'t> {
    text: &'t str,
    lines: Lines,
    pub(super) faults: Vec<Fault>,
}

impl<'t> Reading<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        Self {
            text,
            lines: Lines::of(text),
            faults: Vec::new(),
        }
    }

    pub(super) fn text(&self) -> &'t str {
        self.text
    }

    /// A fault of the file as a whole, where the parser stopped.
    pub(super) fn broken(&mut self, error: &serde_json::Error) {
        let offset = offset_of(self.text, error);
        // Only text that parses has spans; of other text the line must do.
        let field = match error.is_data() {
            true => Spans::of(self.text).path_at(offset).to_owned(),
            false => String::new(),
        };
        self.faults.push(Fault {
            line: error.line().max(1),
            field,
            reason: words(error),
        });
    }

    /// Reads one element by itself; a fault of its shape is noted and gives `None`.
    pub(super) fn element<T: DeserializeOwned>(
        &mut self,
        path: impl Into<String>,
        raw: &'t RawValue,
    ) -> Option<(T, Scope<'_, 't>)> {
        let path = path.into();
        match serde_json::from_str(raw.get()) {
            Ok(element) => {
                let scope = Scope {
                    reading: self,
                    raw,
                    path,
                };
                Some((element, scope))
            }
            Err(error) => {
                let offset = offset_of(raw.get(), &error);
                let spans = Spans::of(raw.get());
                let field = joined(&path, spans.path_at(offset));
                let line = self.line_of(raw, offset);
                let reason = words(&error);
                self.faults.push(Fault {
                    line,
                    field,
                    reason,
                });
                None
            }
        }
    }

    /// The line of the byte at `offset` of an element.
    pub(super) fn line_of(&self, raw: &RawValue, offset: usize) -> usize {
        // An element is a part of the file's text, so that their addresses tell where.
        let base = raw.get().as_ptr() as usize - self.text.as_ptr() as usize;
        self.lines.line(base + offset)
    }
}

/// One element while it is checked.
#[derive(Debug)]
pub(super) struct Scope<'r, 't> {
    reading: &'r mut Reading<'t>,
    raw: &'t RawValue,
    path: String,
}

impl Scope<'_, '_> {
    /// Notes a fault of a field of this element, by its path below the element.
    pub(super) fn fault(&mut self, field: &str, reason: impl Display) {
        let offset = Spans::of(self.raw.get()).start_of(field);
        let line = self.reading.line_of(self.raw, offset);
        let field = joined(&self.path, field);
        let reason = reason.to_string();
        self.reading.faults.push(Fault {
            line,
            field,
            reason,
        });
    }

    /// The value, or its fault noted.
    pub(super) fn take<T, E: Display>(&mut self, field: &str, value: Result<T, E>) -> Option<T> {
        value.map_err(|error| self.fault(field, error)).ok()
    }

    /// A text, checked by its type; its fault noted.
    pub(super) fn parse<T>(&mut self, field: &str, text: &str) -> Option<T>
    where
        T: std::str::FromStr,
        T::Err: Display,
    {
        self.take(field, text.parse())
    }

    /// A text that may be missing. `None` only where it is there and has a fault.
    pub(super) fn parse_if<T>(&mut self, field: &str, text: Option<&str>) -> Option<Option<T>>
    where
        T: std::str::FromStr,
        T::Err: Display,
    {
        match text {
            None => Some(None),
            Some(text) => self.parse(field, text).map(Some),
        }
    }

    /// A civil date.
    pub(super) fn date(&mut self, field: &str, text: &str) -> Option<chrono::NaiveDate> {
        let date = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d");
        let date = date.map_err(|_| format!("must be a date such as 2026-11-30, got {text:?}"));
        self.take(field, date)
    }

    /// A civil date that may be missing. `None` only where it is there and has a fault.
    pub(super) fn date_if(
        &mut self,
        field: &str,
        text: Option<&str>,
    ) -> Option<Option<chrono::NaiveDate>> {
        match text {
            None => Some(None),
            Some(text) => self.date(field, text).map(Some),
        }
    }

    /// The line on which the element begins.
    pub(super) fn line(&self) -> usize {
        self.reading.line_of(self.raw, 0)
    }
}

/// The byte at which the parser found the fault: the last one that it had read.
fn offset_of(text: &str, error: &serde_json::Error) -> usize {
    let line = error.line().saturating_sub(1);
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    (start + error.column().saturating_sub(1)).min(text.len().saturating_sub(1))
}

/// The parser's words without its own line and column, which are an element's and not the file's.
fn words(error: &serde_json::Error) -> String {
    let words = error.to_string();
    match words.rfind(" at line ") {
        Some(end) => words[..end].to_owned(),
        None => words,
    }
}

fn joined(path: &str, field: &str) -> String {
    match (path, field) {
        (path, "") => path.to_owned(),
        ("", field) => field.to_owned(),
        (path, field) if field.starts_with('[') => format!("{path}{field}"),
        (path, field) => format!("{path}.{field}"),
    }
}

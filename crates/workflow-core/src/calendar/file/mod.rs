//! Holidays from a file: CSV, JSON lines, or iCalendar.
//!
//! [`read`] takes the text of a file and its [`Format`], and gives the holidays in it, one for each
//! date: names that fall on one date are joined. It does no input of its own.
//!
//! ```
//! use workflow_core::calendar::file::{Format, read};
//! let window = "2026-01-01".parse()?..="2027-12-31".parse()?;
//!
//! let csv = "date,name\n2026-12-24,Office closed\n2026-12-25,\"Christmas, of course\"\n";
//! let holidays = read(csv, Format::Csv, window.clone())?;
//! assert_eq!(holidays[1].name(), "Christmas, of course");
//!
//! let json = "{\"date\": \"2026-12-24\", \"name\": \"Office closed\"}\n";
//! assert_eq!(read(json, Format::JsonLines, window.clone())?, holidays[..1]);
//!
//! let refused = read("date,name\n24.12.2026,Office closed\n", Format::Csv, window).unwrap_err();
//! assert_eq!(
//!     refused.to_string(),
//!     "line 2: date must be a date such as 2026-12-25, got \"24.12.2026\"",
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod csv;
mod json;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::NaiveDate;

use super::{CalendarError, Holiday, WorkingCalendar};
use crate::icalendar;

/// The largest file that is read, in bytes.
pub const MOST_BYTES: usize = icalendar::MOST_BYTES;

/// How a file of holidays is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A date and a name on each line, with or without a heading.
    Csv,
    /// A JSON object with `date` and `name` on each line.
    JsonLines,
    /// iCalendar (RFC 5545): every day that an event touches, under its SUMMARY.
    ICalendar,
}

impl Format {
    /// The format that the ending of a file's name stands for: `.csv`, `.jsonl` or `.ndjson`, and
    /// `.ics` or `.ical`, in capitals or not.
    ///
    /// ```
    /// use workflow_core::calendar::file::Format;
    /// assert_eq!(Format::of_file("closures.ICS"), Some(Format::ICalendar));
    /// assert_eq!(Format::of_file("closures.xlsx"), None);
    /// ```
    #[must_use]
    pub fn of_file(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "jsonl" | "ndjson" => Some(Self::JsonLines),
            "ics" | "ical" => Some(Self::ICalendar),
            _ => None,
        }
    }
}

/// Why a file was not read.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// A line that cannot be read.
    #[error("line {line}: {reason}")]
    Line {
        /// Which one, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// What is no iCalendar, or more than is read of it.
    #[error(transparent)]
    ICalendar(#[from] icalendar::ReadError),
    /// The file is larger than is read.
    #[error("the file has {found} bytes, more than {MOST_BYTES}")]
    TooLarge {
        /// How many it has.
        found: usize,
    },
    /// There are more holidays than a calendar may have.
    #[error("there are more than {} holidays", WorkingCalendar::MAX_HOLIDAYS)]
    TooMany,
}

impl FileError {
    /// The line that is wrong; `None` where the file as a whole is.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Line { line, .. } => Some(*line),
            Self::ICalendar(error) => Some(error.line()),
            Self::TooLarge { .. } | Self::TooMany => None,
        }
    }

    fn of(line: usize, reason: impl std::fmt::Display) -> Self {
        let reason = reason.to_string();
        Self::Line { line, reason }
    }
}

/// The holidays of a file that lie in the window, by date and one for each.
///
/// Several names on one date are joined with "and". An event without a name is a holiday called
/// "Holiday". A file of the first two formats says which dates it means, so the window cuts it
/// short and nothing else; in iCalendar it also says how far an event that repeats is written out.
///
/// # Errors
///
/// [`FileError`] names the first line that is wrong: a date that is none, a name that is blank, too
/// long or not printable, a line that is not of the format; or what is too large.
pub fn read(
    text: &str,
    format: Format,
    window: RangeInclusive<NaiveDate>,
) -> Result<Vec<Holiday>, FileError> {
    if text.len() > MOST_BYTES {
        return Err(FileError::TooLarge { found: text.len() });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut days = ByDate::default();
    match format {
        Format::Csv => {
            for row in csv::rows(text) {
                let (line, date, name) = row?;
                days.add(line, &date, &name, &window)?;
            }
        }
        Format::JsonLines => {
            for (index, line) in text.lines().enumerate() {
                if !line.trim().is_empty() {
                    let number = index + 1;
                    let object =
                        json::holiday(line).map_err(|reason| FileError::of(number, reason))?;
                    days.add(number, &object.date, &object.name, &window)?;
                }
            }
        }
        Format::ICalendar => {
            for event in icalendar::read(text, window.clone())? {
                let name = event.summary().unwrap_or("Holiday");
                let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
                let touched = event
                    .first()
                    .iter_days()
                    .take_while(|day| *day <= event.last());
                for day in touched.filter(|day| window.contains(day)) {
                    days.put(event.line(), day, &name)?;
                }
            }
        }
    }
    Ok(days.all.into_values().collect())
}

/// Holidays as they come in, one for each date.
#[derive(Default)]
struct ByDate {
    all: BTreeMap<NaiveDate, Holiday>,
}

impl ByDate {
    fn add(
        &mut self,
        line: usize,
        date: &str,
        name: &str,
        window: &RangeInclusive<NaiveDate>,
    ) -> Result<(), FileError> {
        let wanted = || {
            let found: String = date.chars().take(40).collect();
            let reason = format!("date must be a date such as 2026-12-25, got {found:?}");
            FileError::of(line, reason)
        };
        // chrono alone also takes `2026-1-5` and signed years.
        let shaped = date.len() == 10 && date.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let day = date.parse().ok().filter(|_| shaped).ok_or_else(wanted)?;
        // A line outside of the window is held to the form too.
        let refused = |error: CalendarError| FileError::of(line, error);
        Holiday::new(day, name).map_err(refused)?;
        if window.contains(&day) {
            self.put(line, day, name)?;
        }
        Ok(())
    }

    fn put(&mut self, line: usize, date: NaiveDate, name: &str) -> Result<(), FileError> {
        let joined = match self.all.get(&date) {
            Some(there) if there.name().split(" and ").any(|part| part == name) => return Ok(()),
            Some(there) if there.name() == name => return Ok(()),
            Some(there) => format!("{} and {name}", there.name()),
            None => name.to_owned(),
        };
        let holiday = Holiday::new(date, joined).map_err(|error| FileError::of(line, error))?;
        self.all.insert(date, holiday);
        if self.all.len() > WorkingCalendar::MAX_HOLIDAYS {
            return Err(FileError::TooMany);
        }
        Ok(())
    }
}

//! iCalendar (RFC 5545), as far as days go: reading the days of events, and writing events.
//!
//! [`read`] is how holidays come in from another calendar program ([`crate::calendar::file`]);
//! [`write()`] is how a feed of dates goes out. Both are pure: text in, text out. What one writes,
//! the other reads back.
//!
//! **Days, not instants.** An event covers every day that it touches, by the dates that the file
//! writes; `TZID`, `VTIMEZONE` and a `Z` at the end of a time change no date.
//!
//! ```
//! use chrono::{NaiveDate, TimeZone, Utc};
//! use workflow_core::icalendar::{self, Event, Feed};
//!
//! let day = NaiveDate::from_ymd_opt(2026, 12, 24).unwrap();
//! let stamp = Utc.with_ymd_and_hms(2026, 11, 22, 6, 0, 0).unwrap();
//! let event = Event::on(day, "closure-2026@example.com", stamp, "Office closed, staff party");
//! let mut text = String::new();
//! icalendar::write(&mut text, &Feed::named("Closures"), [event])?;
//! assert!(text.contains("SUMMARY:Office closed\\, staff party\r\n"));
//!
//! let read = icalendar::read(&text, day..=day)?;
//! assert_eq!(read[0].summary(), Some("Office closed, staff party"));
//!
//! let refused = icalendar::read("BEGIN:VCALENDAR\nBEGIN:VEVENT\n", day..=day).unwrap_err();
//! assert_eq!(refused.to_string(), "line 2: BEGIN:VEVENT has no END:VEVENT");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod event;
mod lines;
#[cfg(all(test, feature = "proptest"))]
mod properties;
mod read;
#[cfg(test)]
mod tests;
mod value;
mod write;

pub use self::error::{Fault, ReadError};
pub use self::read::{Days, MOST_BYTES, MOST_DAYS, MOST_EVENTS, MOST_LINE_BYTES, read};
pub use self::write::{Event, Feed, write};

//! Reading: the structure of a file, and the days of its events within a window.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chrono::NaiveDate;

use super::error::{Fault, ReadError};
use super::event::Draft;
use super::lines::{Property, Unfolded};

/// The largest text that is read, in bytes.
pub const MOST_BYTES: usize = 4 << 20;
/// The longest line that is read, unfolded, in bytes.
pub const MOST_LINE_BYTES: usize = 64 << 10;
/// The most events that are read.
pub const MOST_EVENTS: usize = 20_000;
/// The most turns of events within the window, and the most days of one turn.
pub const MOST_DAYS: usize = 20_000;
/// How deep components may lie within each other.
const MOST_DEPTH: usize = 8;

/// Days on which an event takes place: one turn of it, where it repeats.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Days {
    pub(super) first: NaiveDate,
    pub(super) last: NaiveDate,
    pub(super) summary: Option<String>,
    pub(super) uid: Option<String>,
    pub(super) line: usize,
}

impl Days {
    /// The first day.
    #[must_use]
    pub fn first(&self) -> NaiveDate {
        self.first
    }

    /// The last day, which is the first where there is one alone.
    #[must_use]
    pub fn last(&self) -> NaiveDate {
        self.last
    }

    /// What the event is called; `None` where it has no name, or a blank one.
    #[must_use]
    pub fn summary(&self) -> Option<&str> {
        self.summary.as_deref()
    }

    /// The event's identity, where it has one. All turns of an event share it.
    #[must_use]
    pub fn uid(&self) -> Option<&str> {
        self.uid.as_deref()
    }

    /// The line on which the event begins.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }
}

/// The days of the events of an iCalendar text that touch the window, in order.
///
/// Events that repeat (RRULE, RDATE, EXDATE, and single turns replaced under RECURRENCE-ID) are
/// written out within the window; cancelled ones are left out. Components other than events, time
/// zones among them, are passed over, and so is every property that says nothing about days.
///
/// # Errors
///
/// [`ReadError`] names the line and what is wrong with it: a text that is no iCalendar, components
/// that do not close, an event without a start or with one that is no date, an end before the
/// start, a rule that is none, and whatever exceeds [`MOST_BYTES`], [`MOST_LINE_BYTES`],
/// [`MOST_EVENTS`] or [`MOST_DAYS`].
///
/// ```
/// use chrono::NaiveDate;
/// let text = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20201224\r\n\
///             DTEND;VALUE=DATE:20201226\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:Closed\r\n\
///             END:VEVENT\r\nEND:VCALENDAR\r\n";
/// let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
/// let read = workflow_core::icalendar::read(text, day(2026, 1, 1)..=day(2027, 12, 31))?;
/// let days: Vec<_> = read.iter().map(|days| (days.first(), days.last())).collect();
/// assert_eq!(days, [
///     (day(2026, 12, 24), day(2026, 12, 25)),
///     (day(2027, 12, 24), day(2027, 12, 25)),
/// ]);
/// # Ok::<(), workflow_core::icalendar::ReadError>(())
/// ```
pub fn read(text: &str, window: RangeInclusive<NaiveDate>) -> Result<Vec<Days>, ReadError> {
    if text.len() > MOST_BYTES {
        let (found, most) = (text.len(), MOST_BYTES);
        return Err(ReadError::new(1, Fault::TooLarge { found, most }));
    }
    let drafts = drafts(text)?;
    let replaced: BTreeSet<(&str, NaiveDate)> = drafts.iter().filter_map(Draft::replaces).collect();
    let mut all = Vec::new();
    for draft in drafts.iter().filter(|draft| !draft.is_cancelled()) {
        draft.days(&window, &replaced, &mut all)?;
    }
    all.sort();
    Ok(all)
}

/// The events of the text, each with what it says about its days.
fn drafts(text: &str) -> Result<Vec<Draft>, ReadError> {
    // What is open, with the line on which it begins.
    let mut open: Vec<(String, usize)> = Vec::new();
    let mut drafts: Vec<Draft> = Vec::new();
    let mut any = false;
    for line in Unfolded::of(text) {
        let (number, line) = line?;
        let fault = |fault| ReadError::new(number, fault);
        let Some(property) = Property::parse(&line) else {
            let other = if any {
                Fault::NotALine
            } else {
                Fault::NoCalendar
            };
            return Err(fault(other));
        };
        if property.is("BEGIN") {
            let component = property.value.trim().to_ascii_uppercase();
            if open.is_empty() && component != "VCALENDAR" {
                let other = if any {
                    Fault::Outside
                } else {
                    Fault::NoCalendar
                };
                return Err(fault(other));
            }
            any = true;
            if open.len() == MOST_DEPTH {
                let (what, most) = ("components within each other", MOST_DEPTH);
                return Err(fault(Fault::TooMany { what, most }));
            }
            open.push((component, number));
            if is_event(&open) {
                if drafts.len() == MOST_EVENTS {
                    let (what, most) = ("events", MOST_EVENTS);
                    return Err(fault(Fault::TooMany { what, most }));
                }
                drafts.push(Draft::begun_on(number));
            }
        } else if !any {
            return Err(fault(Fault::NoCalendar));
        } else if open.is_empty() {
            return Err(fault(Fault::Outside));
        } else if property.is("END") {
            let component = property.value.trim().to_ascii_uppercase();
            let ends_event = is_event(&open);
            match open.pop() {
                Some((begun, _)) if begun == component => {}
                _ => {
                    let found = super::value::cut(&component);
                    return Err(fault(Fault::NotOpen { found }));
                }
            }
            if ends_event && let Some(draft) = drafts.last() {
                draft.check()?;
            }
        } else if is_event(&open)
            && let Some(draft) = drafts.last_mut()
        {
            draft.take(number, &property).map_err(fault)?;
        }
    }
    match open.pop() {
        Some((component, line)) => {
            let component = super::value::cut(&component);
            Err(ReadError::new(line, Fault::NotClosed { component }))
        }
        None if !any => Err(ReadError::new(1, Fault::NoCalendar)),
        None => Ok(drafts),
    }
}

/// Whether what was opened last is an event, and not an alarm within one.
fn is_event(open: &[(String, usize)]) -> bool {
    matches!(open, [_, (component, _)] if component == "VEVENT")
}

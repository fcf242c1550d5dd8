//! Writing: events as an iCalendar text, one after another.

use std::fmt::{self, Write};

use chrono::{DateTime, NaiveDate, Utc};

/// The most octets of a line before its end, as RFC 5545 (3.1) asks.
const MOST_OCTETS: usize = 75;

/// What a text of events says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    name: String,
}

impl Feed {
    /// A feed that calendar programs show under that name.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { name: name.into() }
    }
}

/// An event to write: whole days, without a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    uid: String,
    stamp: DateTime<Utc>,
    first: NaiveDate,
    last: NaiveDate,
    summary: String,
    description: Option<String>,
    url: Option<String>,
}

impl Event {
    /// An event on one day.
    ///
    /// `uid` is its identity for good: a calendar program that reads the feed again knows by it
    /// which event was moved or renamed. `stamp` is when what it says was last changed, or the
    /// present.
    #[must_use]
    pub fn on(
        day: NaiveDate,
        uid: impl Into<String>,
        stamp: DateTime<Utc>,
        summary: impl Into<String>,
    ) -> Self {
        Self {
            uid: uid.into(),
            stamp,
            first: day,
            last: day,
            summary: summary.into(),
            description: None,
            url: None,
        }
    }

    /// The same event up to and including that day. A day before its first changes nothing.
    #[must_use]
    pub fn until(mut self, last: NaiveDate) -> Self {
        self.last = last.max(self.first);
        self
    }

    /// The same event with a description.
    #[must_use]
    pub fn described(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// The same event with the address of a page about it.
    #[must_use]
    pub fn linked(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }
}

/// Writes a feed of events, in the order in which they come, one event at a time.
///
/// Lines end in CRLF and are folded at 75 octets, between characters. Texts are escaped; line ends
/// in them are kept, and other control characters become spaces. An event whose days lie outside of
/// the years 0 to 9999, which iCalendar cannot write, is left out.
///
/// # Errors
///
/// Only what `out` answers; a [`String`] answers none.
///
/// ```
/// use chrono::{NaiveDate, TimeZone, Utc};
/// use workflow_core::icalendar::{Event, Feed, write};
/// let day = NaiveDate::from_ymd_opt(2026, 11, 30).unwrap();
/// let stamp = Utc.with_ymd_and_hms(2026, 11, 22, 6, 0, 0).unwrap();
/// let mut text = String::new();
/// write(&mut text, &Feed::named("Acme"), [Event::on(day, "a@example.com", stamp, "BAS")])?;
/// assert_eq!(
///     text.lines().skip(6).take(5).collect::<Vec<_>>(),
///     ["UID:a@example.com", "DTSTAMP:20261122T060000Z", "DTSTART;VALUE=DATE:20261130",
///      "DTEND;VALUE=DATE:20261201", "SUMMARY:BAS"],
/// );
/// # Ok::<(), std::fmt::Error>(())
/// ```
pub fn write(
    out: &mut impl Write,
    feed: &Feed,
    events: impl IntoIterator<Item = Event>,
) -> fmt::Result {
    let mut lines = Lines(out);
    lines.write("BEGIN:VCALENDAR")?;
    lines.write("VERSION:2.0")?;
    lines.write("PRODID:-//workflow//workflow-core//EN")?;
    lines.write("CALSCALE:GREGORIAN")?;
    lines.write_text("X-WR-CALNAME", &feed.name)?;
    for event in events {
        lines.write_event(&event)?;
    }
    lines.write("END:VCALENDAR")
}

struct Lines<'o, W>(&'o mut W);

impl<W: Write> Lines<'_, W> {
    fn write_event(&mut self, event: &Event) -> fmt::Result {
        let Event {
            uid,
            stamp,
            first,
            last,
            summary,
            description,
            url,
        } = event;
        let Some(end) = last.succ_opt() else {
            return Ok(());
        };
        let writable = |date: &NaiveDate| (0..=9999).contains(&chrono::Datelike::year(date));
        if !writable(first) || !writable(&end) {
            return Ok(());
        }
        self.write("BEGIN:VEVENT")?;
        self.write_text("UID", uid)?;
        self.write(&format!("DTSTAMP:{}", stamp.format("%Y%m%dT%H%M%SZ")))?;
        self.write(&format!("DTSTART;VALUE=DATE:{}", first.format("%Y%m%d")))?;
        self.write(&format!("DTEND;VALUE=DATE:{}", end.format("%Y%m%d")))?;
        self.write_text("SUMMARY", summary)?;
        if let Some(description) = description {
            self.write_text("DESCRIPTION", description)?;
        }
        if let Some(url) = url {
            // An address is no text: it has no escapes, and nothing in it may end the line.
            let url: String = url.chars().filter(|char| !char.is_control()).collect();
            self.write(&format!("URL:{url}"))?;
        }
        // All day long nobody is busy because of it.
        self.write("TRANSP:TRANSPARENT")?;
        self.write("END:VEVENT")
    }

    fn write_text(&mut self, name: &str, text: &str) -> fmt::Result {
        let mut line = format!("{name}:");
        let mut chars = text.chars().peekable();
        while let Some(char) = chars.next() {
            match char {
                '\\' | ',' | ';' => {
                    line.push('\\');
                    line.push(char);
                }
                '\n' => line.push_str("\\n"),
                '\r' if chars.peek() == Some(&'\n') => {}
                '\r' => line.push_str("\\n"),
                control if control.is_control() && control != '\t' => line.push(' '),
                other => line.push(other),
            }
        }
        self.write(&line)
    }

    /// Writes one line, folded.
    fn write(&mut self, line: &str) -> fmt::Result {
        let mut rest = line;
        let mut room = MOST_OCTETS;
        while rest.len() > room {
            let (part, after) = rest.split_at(rest.floor_char_boundary(room));
            self.0.write_str(part)?;
            self.0.write_str("\r\n ")?;
            rest = after;
            // The space that says that it goes on takes its place in the next.
            room = MOST_OCTETS - 1;
        }
        self.0.write_str(rest)?;
        self.0.write_str("\r\n")
    }
}

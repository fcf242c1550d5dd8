//! What must be true of names with tokens, of iCalendar texts and of files of holidays.

use std::ops::RangeInclusive;

use chrono::{DateTime, NaiveDate};
use workflow_core::calendar::file::{self, Format};
use workflow_core::icalendar::{self, Event, Feed};
use workflow_core::tokens::{TextTemplate, TokenScope};

use crate::{Broken, Verdict, holds, same};

pub(crate) fn template(text: &str) -> Result<Verdict, Broken> {
    let mut verdict = Verdict::Refused;
    for scope in [
        TokenScope::Client,
        TokenScope::Proposal,
        TokenScope::Service,
    ] {
        match TextTemplate::parse(text, scope) {
            Ok(template) => {
                verdict = Verdict::Accepted;
                let again = TextTemplate::parse(template.text(), scope);
                same(
                    "a template prints as itself",
                    &again.as_ref(),
                    &Ok(&template),
                )?;
                let shown = template.with_names("Client", Some("Proposal"), Some("Service"));
                holds("it is bounded", shown.len() <= text.len() * 8 + 64, &shown)?;
            }
            Err(error) => holds("a refusal says why", !error.to_string().is_empty(), &error)?,
        }
    }
    let literal = TextTemplate::literal(text);
    same(
        "a literal stands for itself",
        &literal.with_names("", None, None),
        &text.to_owned(),
    )?;
    Ok(verdict)
}

/// Ten years: what a practice would ask for.
fn window() -> RangeInclusive<NaiveDate> {
    let year = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
    year(2025)..=year(2035)
}

/// What is read is within the window and comes back as it was written.
pub(crate) fn icalendar(text: &str) -> Result<Verdict, Broken> {
    let days = match icalendar::read(text, window()) {
        Ok(days) => days,
        Err(error) => {
            holds("a refusal names a line", error.line() > 0, &error)?;
            return Ok(Verdict::Refused);
        }
    };
    let touches = |first, last| first <= *window().end() && last >= *window().start();
    let events = days.iter().map(|days| {
        let summary = days.summary().unwrap_or("Holiday");
        let event = Event::on(days.first(), "uid", DateTime::UNIX_EPOCH, summary);
        event.until(days.last())
    });
    let mut written = String::new();
    let wrote = icalendar::write(&mut written, &Feed::named("Fuzz"), events);
    holds("a text takes what is written", wrote.is_ok(), &wrote)?;
    let octets = written.split("\r\n").map(str::len).max().unwrap_or(0);
    holds("lines are folded", octets <= 75, &octets)?;
    let again = icalendar::read(&written, window())
        .map_err(|error| Broken(format!("what was written is refused: {error}: {written:?}")))?;
    let spans = |days: &[icalendar::Days]| -> Vec<_> {
        days.iter()
            .map(|days| (days.first(), days.last()))
            .collect()
    };
    same("days are written and read", &spans(&again), &spans(&days))?;
    for days in &days {
        holds(
            "days touch the window",
            touches(days.first(), days.last()),
            days,
        )?;
    }
    Ok(Verdict::Accepted)
}

/// Every format refuses with a line or gives holidays in order, one for each date.
pub(crate) fn holiday_file(text: &str) -> Result<Verdict, Broken> {
    let mut verdict = Verdict::Refused;
    for format in [Format::Csv, Format::JsonLines, Format::ICalendar] {
        match file::read(text, format, window()) {
            Ok(holidays) => {
                verdict = Verdict::Accepted;
                let rise = holidays
                    .windows(2)
                    .all(|pair| pair[0].date() < pair[1].date());
                holds("holidays rise", rise, &holidays)?;
                let inside = holidays
                    .iter()
                    .all(|found| window().contains(&found.date()));
                holds("holidays lie in the window", inside, &holidays)?;
            }
            Err(error) => holds("a refusal says why", !error.to_string().is_empty(), &error)?,
        }
    }
    Ok(verdict)
}

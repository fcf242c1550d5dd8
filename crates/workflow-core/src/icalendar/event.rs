//! One event as it is read: what it says about its days, and those days within a window.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use chrono::{Days as DayCount, NaiveDate};

use super::error::{Fault, ReadError};
use super::lines::Property;
use super::read::{Days, MOST_DAYS};
use super::value::{Moment, cut, duration, moment, moments, text};
use crate::business_days::Weekends;
use crate::recurrence::Recurrence;

/// The longest event that is read, in days: longer ones are no holidays but mistakes.
const LONGEST: u32 = 366;

/// What an event says, property by property.
#[derive(Debug)]
pub(super) struct Draft {
    line: usize,
    start: Option<Moment>,
    /// The end, or the duration, with its line.
    end: Option<(End, usize)>,
    rule: Option<(String, usize)>,
    also: Vec<NaiveDate>,
    but: BTreeSet<NaiveDate>,
    replaces: Option<NaiveDate>,
    summary: Option<String>,
    uid: Option<String>,
    cancelled: bool,
}

#[derive(Clone, Copy, Debug)]
enum End {
    At(Moment),
    After(chrono::TimeDelta),
}

impl End {
    fn property(self) -> &'static str {
        match self {
            Self::At(_) => "DTEND",
            Self::After(_) => "DURATION",
        }
    }
}

impl Draft {
    pub(super) fn begun_on(line: usize) -> Self {
        Self {
            line,
            start: None,
            end: None,
            rule: None,
            also: Vec::new(),
            but: BTreeSet::new(),
            replaces: None,
            summary: None,
            uid: None,
            cancelled: false,
        }
    }

    /// Takes in one property. Those that say nothing about days are passed over.
    pub(super) fn take(&mut self, number: usize, line: &Property<'_>) -> Result<(), Fault> {
        match line.name.to_ascii_uppercase().as_str() {
            "DTSTART" => {
                once("DTSTART", self.start.is_some())?;
                self.start = Some(moment("DTSTART", line)?);
            }
            "DTEND" => self.take_end(End::At(moment("DTEND", line)?), number)?,
            "DURATION" => {
                let length = duration(line.value.trim()).ok_or_else(|| Fault::Value {
                    property: "DURATION",
                    wanted: "a length of time such as P1D",
                    found: cut(line.value),
                })?;
                self.take_end(End::After(length), number)?;
            }
            "RRULE" => {
                once("RRULE", self.rule.is_some())?;
                self.rule = Some((days_alone(line.value.trim()), number));
            }
            "RDATE" => {
                let dates = moments("RDATE", line)?;
                self.also.extend(dates.into_iter().map(Moment::date));
                within(self.also.len())?;
            }
            "EXDATE" => {
                let dates = moments("EXDATE", line)?;
                self.but.extend(dates.into_iter().map(Moment::date));
                within(self.but.len())?;
            }
            "RECURRENCE-ID" => {
                once("RECURRENCE-ID", self.replaces.is_some())?;
                self.replaces = Some(moment("RECURRENCE-ID", line)?.date());
            }
            "SUMMARY" => {
                once("SUMMARY", self.summary.is_some())?;
                self.summary = Some(text(line.value)).filter(|name| !name.trim().is_empty());
            }
            "UID" => {
                once("UID", self.uid.is_some())?;
                self.uid = Some(text(line.value));
            }
            "STATUS" => self.cancelled = line.value.trim().eq_ignore_ascii_case("CANCELLED"),
            _ => {}
        }
        Ok(())
    }

    fn take_end(&mut self, end: End, line: usize) -> Result<(), Fault> {
        match self.end {
            Some((other, _)) => Err(Fault::Twice {
                property: end.property(),
                other: other.property(),
            }),
            None => {
                self.end = Some((end, line));
                Ok(())
            }
        }
    }

    /// Whether the event makes sense as a whole.
    pub(super) fn check(&self) -> Result<(), ReadError> {
        self.length().map(|_| ())
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    /// The turn of another event that this one stands in for, by that event's UID and its date.
    pub(super) fn replaces(&self) -> Option<(&str, NaiveDate)> {
        Some((self.uid.as_deref()?, self.replaces?))
    }

    /// The first day, and how many days come after it.
    fn length(&self) -> Result<(NaiveDate, DayCount), ReadError> {
        let missing = Fault::Missing {
            property: "DTSTART",
        };
        let Some(start) = self.start else {
            return Err(ReadError::new(self.line, missing));
        };
        let first = start.date();
        let Some((end, line)) = self.end else {
            return Ok((first, DayCount::new(0)));
        };
        let too_long = || ReadError::new(line, Fault::TooLong { most: LONGEST });
        let end = match end {
            End::At(end) => end,
            End::After(length) => start.plus(length).ok_or_else(too_long)?,
        };
        let backwards = match (start, end) {
            (Moment::Time(start), Moment::Time(end)) => end < start,
            _ => end.date() < first,
        };
        if backwards {
            return Err(ReadError::new(line, Fault::EndsBeforeStart));
        }
        let further = (end.last_before(first) - first).num_days();
        match u64::try_from(further) {
            Ok(further) if further < u64::from(LONGEST) => Ok((first, DayCount::new(further))),
            _ => Err(too_long()),
        }
    }

    /// Adds the event's days that touch the window.
    pub(super) fn days(
        &self,
        window: &RangeInclusive<NaiveDate>,
        replaced: &BTreeSet<(&str, NaiveDate)>,
        all: &mut Vec<Days>,
    ) -> Result<(), ReadError> {
        let (start, further) = self.length()?;
        // A turn that starts before the window may still reach into it.
        let from = window.start().checked_sub_days(further);
        let from = from.unwrap_or(NaiveDate::MIN);
        let until = *window.end();
        let mut turns: BTreeSet<NaiveDate> = self.also.iter().copied().collect();
        turns.insert(start);
        turns.retain(|turn| (from..=until).contains(turn));
        let too_many = |line| {
            let (what, most) = ("days of events", MOST_DAYS);
            ReadError::new(line, Fault::TooMany { what, most })
        };
        if let Some((rule, line)) = &self.rule {
            let rule = Recurrence::from_rrule(rule, start)
                .map_err(|refusal| ReadError::new(*line, Fault::Rule(refusal)))?;
            for turn in rule.dates(from..=until, &Weekends) {
                turns.insert(turn);
                if turns.len() > MOST_DAYS {
                    return Err(too_many(*line));
                }
            }
        }
        for first in turns {
            let stood_in_for = || {
                let uid = self.uid.as_deref().unwrap_or_default();
                self.replaces.is_none() && replaced.contains(&(uid, first))
            };
            if self.but.contains(&first) || stood_in_for() {
                continue;
            }
            if all.len() == MOST_DAYS {
                return Err(too_many(self.line));
            }
            all.push(Days {
                first,
                last: first.checked_add_days(further).unwrap_or(NaiveDate::MAX),
                summary: self.summary.clone(),
                uid: self.uid.clone(),
                line: self.line,
            });
        }
        Ok(())
    }
}

fn once(property: &'static str, given: bool) -> Result<(), Fault> {
    if given {
        let other = property;
        return Err(Fault::Twice { property, other });
    }
    Ok(())
}

fn within(count: usize) -> Result<(), Fault> {
    if count > MOST_DAYS {
        let (what, most) = ("days of events", MOST_DAYS);
        return Err(Fault::TooMany { what, most });
    }
    Ok(())
}

/// A rule whose UNTIL is a day. Other programs end the rule of a day at an instant, which is
/// 23:59:59 more often than not.
fn days_alone(rule: &str) -> String {
    let part = |part: &str| {
        let until = part
            .get(..6)
            .filter(|name| name.eq_ignore_ascii_case("UNTIL="));
        match until.and(part.get(6..)).and_then(|at| at.split_once('T')) {
            Some((day, _)) => format!("UNTIL={day}"),
            None => part.to_owned(),
        }
    };
    let parts: Vec<String> = rule.split(';').map(part).collect();
    parts.join(";")
}

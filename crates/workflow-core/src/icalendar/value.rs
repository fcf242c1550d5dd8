//! The values of properties: days, durations and texts.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

use super::error::Fault;
use super::lines::Property;

/// A day, or a local time on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Moment {
    Day(NaiveDate),
    Time(NaiveDateTime),
}

impl Moment {
    pub(super) fn date(self) -> NaiveDate {
        match self {
            Self::Day(date) => date,
            Self::Time(time) => time.date(),
        }
    }

    /// The last day that something touches which ends at, and without, this moment, and began on
    /// `first`.
    pub(super) fn last_before(self, first: NaiveDate) -> NaiveDate {
        let date = self.date();
        let excluded = match self {
            Self::Day(_) => true,
            Self::Time(time) => time.time() == NaiveTime::MIN,
        };
        match date.pred_opt() {
            // A writer that gives the same day as start and end means that day.
            Some(before) if excluded && date > first => before,
            _ => date,
        }
    }

    pub(super) fn plus(self, duration: TimeDelta) -> Option<Self> {
        match self {
            Self::Day(date) if duration.num_seconds() % 86_400 == 0 => {
                Some(Self::Day(date.checked_add_signed(duration)?))
            }
            Self::Day(date) => {
                let midnight = date.and_time(NaiveTime::MIN);
                Some(Self::Time(midnight.checked_add_signed(duration)?))
            }
            Self::Time(time) => Some(Self::Time(time.checked_add_signed(duration)?)),
        }
    }
}

/// What stands in the file, cut for a message.
pub(super) fn cut(text: &str) -> String {
    let mut chars = text.chars();
    let mut cut: String = chars.by_ref().take(40).collect();
    if chars.next().is_some() {
        cut.push('…');
    }
    cut
}

/// The moment that a property gives.
pub(super) fn moment(property: &'static str, line: &Property<'_>) -> Result<Moment, Fault> {
    one_moment(property, line, line.value)
}

/// The moments of a list; of a period, where it starts.
pub(super) fn moments(property: &'static str, line: &Property<'_>) -> Result<Vec<Moment>, Fault> {
    let starts = line
        .value
        .split(',')
        .map(|value| match value.split_once('/') {
            Some((start, _)) if line.says("VALUE", "PERIOD") => start,
            _ => value,
        });
    starts
        .map(|value| one_moment(property, line, value))
        .collect()
}

fn one_moment(property: &'static str, line: &Property<'_>, value: &str) -> Result<Moment, Fault> {
    let value = value.trim();
    let days_alone = line.says("VALUE", "DATE");
    let wanted = if days_alone {
        "a date such as 20261225"
    } else {
        "a date such as 20261225, or a time on it such as 20261225T090000"
    };
    let read = match value.get(..8) {
        Some(date) if value.len() == 8 => day(date).map(Moment::Day),
        Some(date) if !days_alone => day(date)
            .zip(time(&value[8..]))
            .map(|(date, time)| Moment::Time(date.and_time(time))),
        _ => None,
    };
    read.ok_or_else(|| Fault::Value {
        property,
        wanted,
        found: cut(value),
    })
}

fn digits(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

fn day(text: &str) -> Option<NaiveDate> {
    let year = i32::try_from(digits(text.get(..4)?)?).ok()?;
    NaiveDate::from_ymd_opt(year, digits(text.get(4..6)?)?, digits(text.get(6..8)?)?)
}

/// `T090000` or `T090000Z`. A leap second is the second before it.
fn time(text: &str) -> Option<NaiveTime> {
    let text = text.strip_prefix('T')?;
    let text = text.strip_suffix('Z').unwrap_or(text);
    if text.len() != 6 {
        return None;
    }
    let second = digits(text.get(4..6)?)?;
    let second = if second == 60 { 59 } else { second };
    NaiveTime::from_hms_opt(digits(text.get(..2)?)?, digits(text.get(2..4)?)?, second)
}

/// A duration such as `P1D`, `P2W` or `PT36H`; `None` where it is none, or goes back in time.
pub(super) fn duration(text: &str) -> Option<TimeDelta> {
    let text = text.strip_prefix('+').unwrap_or(text).strip_prefix('P')?;
    let (date, time) = match text.split_once('T') {
        Some((_, "")) => return None,
        Some((date, time)) => (date, time),
        None if text.is_empty() => return None,
        None => (text, ""),
    };
    let seconds = parts(date, &[('W', 604_800), ('D', 86_400)])?
        .checked_add(parts(time, &[('H', 3_600), ('M', 60), ('S', 1)])?)?;
    TimeDelta::try_seconds(i64::try_from(seconds).ok()?)
}

/// The sum of the numbers before units, each unit once at most and in order.
fn parts(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut sum = 0_u64;
    for (unit, seconds) in units {
        if let Some((number, rest)) = text.split_once(*unit) {
            let number = u64::from(digits(number).filter(|_| !number.is_empty())?);
            sum = sum.checked_add(number.checked_mul(*seconds)?)?;
            text = rest;
        }
    }
    text.is_empty().then_some(sum)
}

/// A text without its escapes.
pub(super) fn text(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        match char {
            '\\' => match chars.next() {
                Some('n' | 'N') => text.push('\n'),
                Some(escaped @ ('\\' | ',' | ';')) => text.push(escaped),
                // No escape of the standard's; other programs mean what stands there.
                Some(other) => {
                    text.push('\\');
                    text.push(other);
                }
                None => text.push('\\'),
            },
            other => text.push(other),
        }
    }
    text
}

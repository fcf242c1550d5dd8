//! English words for weekdays, months, dates and ordinals, written and read.

use std::fmt;

use chrono::{Datelike, NaiveDate, Weekday};

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const ORDINALS: [&str; 10] = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth",
];

/// The weekday's name.
pub(crate) fn weekday(day: Weekday) -> &'static str {
    WEEKDAYS[day.num_days_from_monday() as usize]
}

/// The name of the month, 1 to 12.
pub(crate) fn month(number: u32) -> &'static str {
    MONTHS[(number as usize - 1) % 12]
}

/// Reads a weekday's name, in any case.
pub(crate) fn read_weekday(word: &str) -> Option<Weekday> {
    let n = WEEKDAYS
        .iter()
        .position(|name| name.eq_ignore_ascii_case(word))?;
    Weekday::try_from(n as u8).ok()
}

/// A date as people write it: 30 June 2026.
pub(crate) struct Long(pub(crate) NaiveDate);

impl fmt::Display for Long {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = self.0;
        write!(f, "{} {} {}", date.day(), month(date.month()), date.year())
    }
}

/// Reads a date as [`Long`] writes it, or as ISO 8601 does.
pub(crate) fn read_date(text: &str) -> Option<NaiveDate> {
    if let Ok(date) = text.parse() {
        return Some(date);
    }
    let mut words = text.split_ascii_whitespace();
    let (day, name, year) = (words.next()?, words.next()?, words.next()?);
    let month = MONTHS
        .iter()
        .position(|month| month.eq_ignore_ascii_case(name))?;
    if words.next().is_some() || year.starts_with(['+', '-']) {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month as u32 + 1, day.parse().ok()?)
}

/// An ordinal in figures: 1st, 22nd, 31st.
pub(crate) struct Figures(pub(crate) u32);

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let suffix = match (self.0 % 10, self.0 % 100) {
            (_, 11..=13) => "th",
            (1, _) => "st",
            (2, _) => "nd",
            (3, _) => "rd",
            _ => "th",
        };
        write!(f, "{}{suffix}", self.0)
    }
}

/// An ordinal in words up to the tenth, then in figures.
pub(crate) struct Ordinal(pub(crate) u32);

impl fmt::Display for Ordinal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 as usize)
            .checked_sub(1)
            .and_then(|n| ORDINALS.get(n))
        {
            Some(word) => f.write_str(word),
            None => Figures(self.0).fmt(f),
        }
    }
}

/// Reads an ordinal in words or figures.
pub(crate) fn read_ordinal(word: &str) -> Option<u8> {
    if let Some(n) = ORDINALS
        .iter()
        .position(|name| name.eq_ignore_ascii_case(word))
    {
        return Some(n as u8 + 1);
    }
    let digits = word.find(|c: char| !c.is_ascii_digit())?;
    let number: u8 = word[..digits].parse().ok()?;
    (Figures(u32::from(number))
        .to_string()
        .eq_ignore_ascii_case(word))
    .then_some(number)
}

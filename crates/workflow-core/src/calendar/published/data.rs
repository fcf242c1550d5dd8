//! The published data as text, and reading one region out of it.
//!
//! A file begins with comments (`#`) and its head: `country`, `source`, `generated`, `years`, and a
//! `region` for each. Then comes a line for each holiday: its date, which regions have it, and its
//! name. `*` is every region of the file, `*-NT,SA` every region but those two, `NT,SA` those two;
//! the whole country stands under its own code. The files are made by `cargo xtask calendars`, and
//! the tests hold every line to this form.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use super::{Published, Region, Source};
use crate::calendar::Holiday;

/// One file for each country.
pub(super) const FILES: [&str; 5] = [
    include_str!("../../../data/calendars/AU.txt"),
    include_str!("../../../data/calendars/NZ.txt"),
    include_str!("../../../data/calendars/GB.txt"),
    include_str!("../../../data/calendars/CA.txt"),
    include_str!("../../../data/calendars/US.txt"),
];

/// The lines of the head with that first word, without it.
fn head<'t>(text: &'t str, word: &str) -> impl Iterator<Item = &'t str> {
    text.lines()
        .skip_while(|line| line.starts_with('#'))
        .take_while(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
        .filter_map(move |line| line.strip_prefix(word)?.strip_prefix(' '))
}

/// The regions of a file, the country first.
pub(super) fn regions(text: &'static str) -> impl Iterator<Item = Region> {
    let country = head(text, "country").next();
    let country = country.and_then(|line| Some(line.split_once(' ')?.1));
    head(text, "region").filter_map(move |line| {
        let (code, name) = line.split_once(' ')?;
        let country = country?;
        Some(Region {
            code,
            name,
            country,
        })
    })
}

/// What the file says of the region with that code.
pub(super) fn published(text: &'static str, code: &str) -> Option<Published> {
    let region = regions(text).find(|region| region.code == code)?;
    let (package, version) = head(text, "source").next()?.split_once(' ')?;
    let source = Source {
        package,
        version,
        generated: head(text, "generated").next()?.parse().ok()?,
    };
    let years = years(head(text, "years").next()?)?;
    let short = code.split_once('-').map_or(code, |(_, short)| short);
    let holidays = rows(text)
        .filter(|row| row.has(short))
        .filter_map(|row| Holiday::new(row.date, row.name).ok())
        .collect();
    Some(Published {
        region,
        source,
        known_until: NaiveDate::from_ymd_opt(*years.end(), 12, 31)?,
        years,
        holidays,
    })
}

fn years(line: &str) -> Option<RangeInclusive<i32>> {
    let (first, last) = line.split_once(' ')?;
    Some(first.parse().ok()?..=last.parse().ok()?)
}

/// One holiday, and who has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) date: NaiveDate,
    pub(super) regions: &'static str,
    pub(super) name: &'static str,
}

impl Row {
    pub(super) fn read(line: &'static str) -> Option<Self> {
        let (date, rest) = line.split_once(' ')?;
        let (regions, name) = rest.split_once(' ')?;
        let date = date.parse().ok()?;
        Some(Self {
            date,
            regions,
            name,
        })
    }

    /// Whether the region with that code, without its country's, has the holiday.
    fn has(&self, short: &str) -> bool {
        let among = |list: &str| list.split(',').any(|region| region == short);
        match self.regions.strip_prefix('*') {
            Some(but) => !but.strip_prefix('-').is_some_and(among),
            None => among(self.regions),
        }
    }
}

/// The lines of the holidays.
pub(super) fn rows(text: &'static str) -> impl Iterator<Item = Row> {
    text.lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_digit()))
        .filter_map(Row::read)
}

//! Published holiday calendars: the public holidays of five countries and their regions.
//!
//! Australia, New Zealand, the United Kingdom, Canada and the United States, each as a whole and by
//! state, territory, province, nation or region. The data are part of this crate; they come from
//! the Python package `holidays`, and each file of `data/calendars` says which version of it and
//! when. Only the country that is asked for is read.
//!
//! **What counts as a holiday** is what the package calls *public*: in the United Kingdom the bank
//! holidays of the nation, in the United States the federal holidays with those of the state, in
//! Canada the statutory ones of the province. Half days, bank holidays of one trade and school
//! holidays are left out, and so are local days (a show day of one town): a practice adds those
//! that it keeps, and removes those that it works on. The calendar of a whole country has the
//! holidays that all of it has.
//!
//! Beyond [`Published::years`] nothing is known, and a calendar made from such data
//! [says so](WorkingCalendar::is_beyond).
//!
//! ```
//! use chrono::NaiveDate;
//! use workflow_core::calendar::published;
//!
//! let victoria = published::find("AU-VIC").unwrap();
//! assert_eq!(victoria.name(), "Victoria, Australia");
//! assert_eq!(*victoria.years(), 2025..=2030);
//!
//! let calendar = victoria.calendar(1);
//! let cup_day = NaiveDate::from_ymd_opt(2027, 11, 2).unwrap();
//! assert_eq!(calendar.holiday_name(cup_day), Some("Melbourne Cup Day"));
//! assert!(calendar.is_beyond(NaiveDate::from_ymd_opt(2031, 1, 1).unwrap()));
//! assert!(published::find("AU-ATLANTIS").is_none());
//! ```

mod data;
#[cfg(test)]
mod tests;

use std::ops::RangeInclusive;

use chrono::{Datelike, NaiveDate, Weekday};

use super::{Holiday, WorkingCalendar};

/// A region that has a published calendar: a country, or a part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Region {
    code: &'static str,
    name: &'static str,
    country: &'static str,
}

impl Region {
    /// Its code: that of ISO 3166 where there is one, such as `AU-VIC`, or `AU` for all of
    /// Australia.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.code
    }

    /// Its name without the country's, such as `Victoria`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// The country's name.
    #[must_use]
    pub fn country(self) -> &'static str {
        self.country
    }

    /// Whether it is a whole country.
    #[must_use]
    pub fn is_country(self) -> bool {
        !self.code.contains('-')
    }
}

/// Where published data come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Source {
    package: &'static str,
    version: &'static str,
    generated: NaiveDate,
}

impl Source {
    /// The package that the data were made with.
    #[must_use]
    pub fn package(self) -> &'static str {
        self.package
    }

    /// That package's version.
    #[must_use]
    pub fn version(self) -> &'static str {
        self.version
    }

    /// The day on which they were made.
    #[must_use]
    pub fn generated(self) -> NaiveDate {
        self.generated
    }
}

/// `holidays 0.109, generated 2026-11-22`.
impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            package,
            version,
            generated,
        } = self;
        write!(f, "{package} {version}, generated {generated}")
    }
}

/// The published holidays of one region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    region: Region,
    source: Source,
    years: RangeInclusive<i32>,
    known_until: NaiveDate,
    holidays: Vec<Holiday>,
}

impl Published {
    /// Of which region.
    #[must_use]
    pub fn region(&self) -> Region {
        self.region
    }

    /// The region's name with its country's: `Victoria, Australia`, or `Australia`.
    #[must_use]
    pub fn name(&self) -> String {
        let Region { name, country, .. } = self.region;
        if self.region.is_country() {
            name.to_owned()
        } else {
            format!("{name}, {country}")
        }
    }

    /// Which data these are.
    #[must_use]
    pub fn source(&self) -> Source {
        self.source
    }

    /// The years whose holidays are known, all of them whole.
    #[must_use]
    pub fn years(&self) -> &RangeInclusive<i32> {
        &self.years
    }

    /// The last day of those years.
    #[must_use]
    pub fn known_until(&self) -> NaiveDate {
        self.known_until
    }

    /// The holidays by date, one at most on each.
    #[must_use]
    pub fn holidays(&self) -> &[Holiday] {
        &self.holidays
    }

    /// The holidays of one year.
    pub fn holidays_of(&self, year: i32) -> impl Iterator<Item = &Holiday> {
        let in_year = move |holiday: &&Holiday| holiday.date().year() == year;
        self.holidays.iter().filter(in_year)
    }

    /// A working calendar with these holidays, weekends on Saturday and Sunday, that version, and
    /// the end of what is known.
    #[must_use]
    pub fn calendar(&self, version: u32) -> WorkingCalendar {
        WorkingCalendar {
            name: self.name(),
            version,
            weekend: vec![Weekday::Sat, Weekday::Sun],
            // Sorted, one for each date and a business day in each month, as the tests of the data
            // hold for every region.
            holidays: self.holidays.clone(),
            known_until: Some(self.known_until),
        }
    }
}

/// Every region that has a published calendar: country by country, the country itself first, then
/// its parts by code.
///
/// ```
/// use workflow_core::calendar::published;
/// let mut british = published::regions().filter(|region| region.country() == "United Kingdom");
/// assert_eq!(british.next().map(|region| region.code()), Some("GB"));
/// assert_eq!(british.next().map(|region| region.name()), Some("England"));
/// ```
pub fn regions() -> impl Iterator<Item = Region> {
    data::FILES.iter().flat_map(|text| data::regions(text))
}

/// The published holidays of the region with that code, in capitals or not; `None` where there is
/// none. `UK` stands for `GB`.
///
/// ```
/// use workflow_core::calendar::published;
/// assert_eq!(published::find("nz-akl"), None);
/// assert_eq!(published::find("nz-auk").unwrap().name(), "Auckland, New Zealand");
/// assert_eq!(published::find("UK-SCT"), published::find("GB-SCT"));
/// ```
#[must_use]
pub fn find(code: &str) -> Option<Published> {
    let mut code = code.to_ascii_uppercase();
    if code == "UK" || code.starts_with("UK-") {
        code.replace_range(..2, "GB");
    }
    let country = code.split('-').next()?;
    let text = data::FILES
        .iter()
        .find(|text| data::regions(text).any(|region| region.code == country))?;
    data::published(text, &code)
}

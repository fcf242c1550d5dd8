//! The dates of a rule, a month at a time, each month as 31 bits.
//!
//! Which days of a month a rule means depends on that month alone, and which months, weeks or days
//! the interval reaches is a division. So a question about one date looks at one month, however
//! long ago the rule began; and a rule that never fires is known as such after a bounded walk over
//! cheap months.

mod cursor;
mod days;
mod positions;

use chrono::{Datelike, NaiveDate};

pub(crate) use self::cursor::Cursor;
use super::super::civil::{self, LAST_MONTH, Month};
use super::parts::{Frequency, Parts, Skip};

/// A day that a short month lacks, moved to the first of the next: the bit after the 31st.
const SPILL: u32 = 1 << 31;

/// A rule with its start date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Plan {
    parts: Parts,
    start: NaiveDate,
    start_month: Month,
    /// The start of the week of the start date, as a day number.
    start_week: i64,
    /// How many times of day each date has; positions count them all.
    times: u64,
    /// After so many months without a date there is none at all.
    patience: Month,
}

/// The chosen days of one year, kept while its months are looked at in turn.
#[derive(Debug, Clone, Default)]
pub(crate) struct YearCache {
    year: i32,
    months: [u32; 12],
}

impl Plan {
    /// Fills in from the start date what the rule leaves open.
    pub(crate) fn new(parts: &Parts, start: NaiveDate, times: u64) -> Self {
        let mut parts = parts.clone();
        if !parts.names_days() {
            match parts.frequency {
                Frequency::Yearly => {
                    if parts.months == 0 {
                        parts.months = 1 << start.month();
                    }
                    parts.month_days = 1 << start.day0();
                }
                Frequency::Monthly => parts.month_days = 1 << start.day0(),
                Frequency::Weekly => {
                    parts.weekdays = 1 << start.weekday().num_days_from_monday();
                }
                Frequency::Daily => {}
            }
        }
        if matches!(parts.frequency, Frequency::Daily | Frequency::Weekly) {
            // There a day of the month only limits, and none is ever missing. An ordinal, which
            // only a lenient reading lets through, is not looked at.
            parts.skip = Skip::Omit;
            for day in parts.nth_days.drain(..) {
                parts.weekdays |= 1 << day.weekday;
            }
        }
        let into_week = start.weekday().days_since(parts.week_start);
        Self {
            start_week: civil::number(start) - i64::from(into_week),
            start_month: civil::month_of(start),
            start,
            times,
            patience: patience(&parts),
            parts,
        }
    }

    /// The first date of the rule on or after `date` (and the start).
    pub(crate) fn next_on_or_after(&self, date: NaiveDate) -> Option<NaiveDate> {
        self.dates_from(date).next(self)
    }

    /// The date of that rank from the start, counted from 0.
    pub(crate) fn nth(&self, rank: u64) -> Option<NaiveDate> {
        let mut cursor = self.dates_from(self.start);
        for _ in 0..cursor.pass(self, rank)? {
            cursor.next(self)?;
        }
        cursor.next(self)
    }

    /// The last date of the rule on or before `date`.
    pub(crate) fn last_on_or_before(&self, date: NaiveDate) -> Option<NaiveDate> {
        if date < self.start {
            return None;
        }
        let date = date.min(civil::last_date());
        let mut cache = YearCache::default();
        let mut month = civil::month_of(date);
        let earliest = self.start_month.max(month - self.patience);
        let mut days = self.days(month, &mut cache) & (u32::MAX >> (31 - date.day0()));
        loop {
            if month == self.start_month {
                days &= u32::MAX << self.start.day0();
            }
            if days != 0 {
                return civil::day(month, 32 - days.leading_zeros());
            }
            month = self.month_before(month);
            if month < earliest {
                return None;
            }
            days = self.days(month, &mut cache);
        }
    }

    /// The month and the day that it lacks, where `date` is a date of the rule that stands in for
    /// that day.
    pub(crate) fn moved_from(&self, date: NaiveDate) -> Option<(Month, u32)> {
        let month = match self.parts.skip {
            Skip::Omit => return None,
            Skip::Backward => civil::month_of(date),
            Skip::Forward => civil::month_of(date) - 1,
        };
        let length = civil::length(month);
        let missing = self.parts.month_days & !(u32::MAX >> (32 - length));
        let (at, named) = match self.parts.skip {
            Skip::Backward => (length, length),
            _ => (1, 1),
        };
        let by_itself = match self.parts.skip {
            Skip::Backward => {
                self.parts.month_days >> (named - 1) & 1 != 0 || self.parts.month_days_back & 1 != 0
            }
            _ => self.candidates(civil::month_of(date)) & 1 != 0,
        };
        (missing != 0 && date.day() == at && !by_itself)
            .then(|| (month, missing.trailing_zeros() + 1))
    }

    /// The dates on or after `date` (and the start), in order.
    pub(crate) fn dates_from(&self, date: NaiveDate) -> Cursor {
        let date = date.max(self.start);
        let mut cursor = Cursor {
            month: civil::month_of(date),
            days: 0,
            cache: YearCache::default(),
        };
        if cursor.month <= LAST_MONTH {
            cursor.days = self.days(cursor.month, &mut cursor.cache) & (u32::MAX << date.day0());
        }
        cursor
    }

    /// The days of the month that the rule chooses, bit 0 being the first.
    pub(crate) fn days(&self, month: Month, cache: &mut YearCache) -> u32 {
        let chosen = self.chosen(month, cache);
        if self.parts.skip != Skip::Forward {
            return chosen;
        }
        // What spills over from before the first interval is none of the rule's.
        let first = match self.parts.frequency {
            Frequency::Yearly => self.start.year() * 12,
            _ => self.start_month,
        };
        let spilt = if month > first {
            self.chosen(month - 1, cache) >> 31
        } else {
            0
        };
        (chosen & !SPILL) | spilt
    }
}

/// The months after which the choice of dates repeats, and a few more.
///
/// The calendar repeats after 400 years, a whole number of weeks; a rule does so when its interval
/// has come round as well.
fn patience(parts: &Parts) -> Month {
    const MONTHS: u64 = 400 * 12;
    let every = u64::from(parts.interval);
    let within = match parts.frequency {
        Frequency::Daily => 146_097,
        Frequency::Weekly => 146_097 / 7,
        Frequency::Monthly => MONTHS,
        Frequency::Yearly => 400,
    };
    let (mut a, mut common) = (within, every);
    while a != 0 {
        (a, common) = (common % a, a);
    }
    let months = MONTHS * (every / common) + 24;
    Month::try_from(months)
        .unwrap_or(LAST_MONTH)
        .min(LAST_MONTH)
}

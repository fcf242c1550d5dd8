//! The days of one month that pass every part but BYSETPOS, as bits.

use chrono::{Datelike, NaiveDate, Weekday};

use super::super::parts::{Frequency, Skip};
use super::Plan;
use crate::recurrence::civil::{self, Month};

impl Plan {
    /// The days of the month that pass every part but BYSETPOS, and that the interval reaches.
    pub(super) fn candidates(&self, month: Month) -> u32 {
        let (year, number) = civil::split(month);
        if self.parts.months != 0 && self.parts.months >> number & 1 == 0 {
            return 0;
        }
        let reached = self.reached(month, year);
        if reached == 0 {
            return 0;
        }
        let length = civil::length(month);
        let full = u32::MAX >> (32 - length);
        let mut days = full;
        let mut spills = false;
        let parts = &self.parts;
        if parts.month_days | parts.month_days_back != 0 {
            days &= parts.month_days | parts.month_days_back.reverse_bits() >> (32 - length);
            if parts.month_days & !full != 0 {
                match parts.skip {
                    Skip::Omit => {}
                    Skip::Backward => days |= 1 << (length - 1),
                    Skip::Forward => spills = true,
                }
            }
        }
        if !parts.year_days.is_empty() {
            days &= self.days_of_year(month, year);
        }
        if parts.names_weeks() {
            days &= self.days_of_weeks(month);
        }
        if parts.weekdays != 0 || !parts.nth_days.is_empty() {
            days &= self.weekdays(month);
            spills = spills && self.weekdays(month + 1) & 1 != 0;
        }
        (days & reached) | (u32::from(spills) << 31)
    }

    /// The days of the month that lie in a day, week, month or year of the interval.
    #[inline]
    fn reached(&self, month: Month, year: i32) -> u32 {
        let every = i64::from(self.parts.interval);
        if every == 1 {
            return u32::MAX;
        }
        let whole = |distance: i32| {
            if i64::from(distance) % every == 0 {
                u32::MAX
            } else {
                0
            }
        };
        match self.parts.frequency {
            Frequency::Monthly => whole(month - self.start_month),
            Frequency::Yearly => whole(year - self.start.year()),
            Frequency::Daily => {
                let Some(first) = civil::day(month, 1) else {
                    return 0;
                };
                let mut day = (civil::number(self.start) - civil::number(first)).rem_euclid(every);
                let mut days = 0;
                while day < 31 {
                    days |= 1 << day;
                    day += every;
                }
                days
            }
            Frequency::Weekly => {
                let Some(first) = civil::day(month, 1) else {
                    return 0;
                };
                let every = every * 7;
                let mut day = (self.start_week - civil::number(first)).rem_euclid(every);
                // The week before it may reach into the month from the month before.
                let mut days = 0_u64;
                if every - day < 7 {
                    days |= 0x7f >> (every - day);
                }
                while day < 31 {
                    days |= 0x7f << day;
                    day += every;
                }
                days as u32
            }
        }
    }

    fn days_of_year(&self, month: Month, year: i32) -> u32 {
        let Some(first) = civil::day(month, 1) else {
            return 0;
        };
        let before = first.ordinal0() as i32;
        let length = civil::length(month) as i32;
        let of_year = 365 + i32::from(civil::is_leap(year));
        let mut days = 0;
        for &number in &self.parts.year_days {
            let from_zero = if number > 0 {
                number - 1
            } else {
                of_year + number
            };
            let day = from_zero - before;
            if (0..length).contains(&day) && (0..of_year).contains(&from_zero) {
                days |= 1 << day;
            }
        }
        days
    }

    fn days_of_weeks(&self, month: Month) -> u32 {
        let Some(first) = civil::day(month, 1) else {
            return 0;
        };
        let week_start = self.parts.week_start;
        let mut at = -i64::from(first.weekday().days_since(week_start));
        let mut days = 0_u64;
        while at < 31 {
            // A week belongs to the year that holds its fourth day.
            let fourth = civil::number(first) + at + 3;
            if let Ok(fourth) = i32::try_from(fourth)
                && let Some(fourth) = NaiveDate::from_num_days_from_ce_opt(fourth)
            {
                let week = fourth.ordinal0() / 7 + 1;
                let back = weeks_in(fourth.year(), week_start) + 1 - week;
                if self.parts.weeks >> week & 1 != 0 || self.parts.weeks_back >> back & 1 != 0 {
                    days |= if at < 0 { 0x7f >> -at } else { 0x7f << at };
                }
            }
            at += 7;
        }
        days as u32 & (u32::MAX >> (32 - civil::length(month)))
    }

    /// The days of the month that BYDAY names.
    fn weekdays(&self, month: Month) -> u32 {
        let Some(first) = civil::day(month, 1) else {
            return 0;
        };
        let length = civil::length(month);
        let weekday = first.weekday().num_days_from_monday();
        let week = u32::from(self.parts.weekdays);
        let week = (week >> weekday | week << (7 - weekday)) & 0x7f;
        let mut days = week | week << 7 | week << 14 | week << 21 | week << 28;
        let by_month = self.parts.frequency == Frequency::Monthly || self.parts.months != 0;
        for day in &self.parts.nth_days {
            let found = if by_month {
                nth_from_zero(day.nth, day.weekday, weekday, length as i32)
            } else {
                let before = first.ordinal0() as i32;
                let new_year = (weekday as i32 - before).rem_euclid(7) as u32;
                let of_year = 365 + i32::from(civil::is_leap(first.year()));
                nth_from_zero(day.nth, day.weekday, new_year, of_year).map(|day| day - before)
            };
            if let Some(found) = found
                && (0..length as i32).contains(&found)
            {
                days |= 1 << found;
            }
        }
        days & (u32::MAX >> (32 - length))
    }
}

/// The day, counted from zero, of the nth such weekday in a span that begins on `first`.
fn nth_from_zero(nth: i32, weekday: u32, first: u32, length: i32) -> Option<i32> {
    let offset = (weekday as i32 - first as i32).rem_euclid(7);
    let day = if nth > 0 {
        offset + 7 * (nth - 1)
    } else {
        offset + 7 * ((length - 1 - offset) / 7 + 1 + nth)
    };
    (0..length).contains(&day).then_some(day)
}

/// 52 or 53: the weeks of a year, each belonging to the year of its fourth day.
fn weeks_in(year: i32, week_start: Weekday) -> u32 {
    let Some(first) = NaiveDate::from_yo_opt(year, 1) else {
        return 52;
    };
    match first.weekday().days_since(week_start) {
        3 => 53,
        2 if civil::is_leap(year) => 53,
        _ => 52,
    }
}

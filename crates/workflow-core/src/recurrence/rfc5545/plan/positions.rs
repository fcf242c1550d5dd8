//! BYSETPOS: which dates of an interval, and which times of those dates, are kept.

use chrono::{Datelike, NaiveDate};

use super::super::parts::Frequency;
use super::{Plan, SPILL, YearCache};
use crate::recurrence::civil::{self, Month};

impl Plan {
    /// What BYSETPOS leaves of a month.
    pub(super) fn chosen(&self, month: Month, cache: &mut YearCache) -> u32 {
        if self.parts.positions.is_empty() {
            return self.candidates(month);
        }
        match self.parts.frequency {
            Frequency::Daily => {
                let times = self.times as i64;
                let chosen = |position: &i32| (0..times).contains(&index_of(*position, times));
                if self.parts.positions.iter().any(chosen) {
                    self.candidates(month)
                } else {
                    0
                }
            }
            Frequency::Weekly => self.chosen_of_weeks(month),
            Frequency::Monthly => {
                let mut days = [self.candidates(month)];
                self.choose(&mut days);
                days[0]
            }
            Frequency::Yearly => {
                let (year, number) = civil::split(month);
                if cache.year != year {
                    cache.months = self.candidates_of_year(year);
                    self.choose(&mut cache.months);
                    cache.year = year;
                }
                cache.months[number as usize - 1]
            }
        }
    }

    fn candidates_of_year(&self, year: i32) -> [u32; 12] {
        let mut months = [0; 12];
        for (n, days) in months.iter_mut().enumerate() {
            *days = self.candidates(year * 12 + n as i32);
        }
        for n in 1..12 {
            // One date, though two parts of the rule lead to it.
            if months[n] & 1 != 0 {
                months[n - 1] &= !SPILL;
            }
        }
        months
    }

    /// Keeps the dates of one interval that a position points at.
    fn choose(&self, months: &mut [u32]) {
        let total =
            i64::from(months.iter().map(|days| days.count_ones()).sum::<u32>()) * self.times as i64;
        let mut kept = [0; 12];
        for &position in &self.parts.positions {
            let index = index_of(position, total);
            if !(0..total).contains(&index) {
                continue;
            }
            let mut rank = (index / self.times as i64) as u32;
            for (days, kept) in months.iter().zip(&mut kept) {
                let here = days.count_ones();
                if rank < here {
                    *kept |= nth_bit(*days, rank);
                    break;
                }
                rank -= here;
            }
        }
        let length = months.len();
        months.copy_from_slice(&kept[..length]);
    }

    fn chosen_of_weeks(&self, month: Month) -> u32 {
        let length = civil::length(month);
        let Some(first) = civil::day(month, 1) else {
            return 0;
        };
        // A week may begin in the month before or end in the one after: seven days of each.
        let before = self.candidates(month - 1) >> (civil::length(month - 1) - 7);
        let after = self.candidates(month + 1) & 0x7f;
        let row = u64::from(before)
            | u64::from(self.candidates(month)) << 7
            | u64::from(after) << (7 + length);
        let mut kept = 0_u64;
        let mut at = 7 - first.weekday().days_since(self.parts.week_start);
        while at < 7 + length {
            let mut week = [(row >> at) as u32 & 0x7f];
            self.choose(&mut week);
            kept |= u64::from(week[0]) << at;
            at += 7;
        }
        (kept >> 7) as u32 & (u32::MAX >> (32 - length))
    }

    /// The rank of the first time of day from `time` on that BYSETPOS leaves of `date`, which is
    /// one of the rule's dates.
    pub(crate) fn next_time(&self, date: NaiveDate, time: u64) -> Option<u64> {
        if self.parts.positions.is_empty() || self.times == 1 {
            return (time < self.times).then_some(time);
        }
        let month = civil::month_of(date);
        let below = (1_u32 << date.day0()) - 1;
        let (rank, dates) = match self.parts.frequency {
            Frequency::Daily => (0, 1),
            Frequency::Weekly => {
                let into_week = date.weekday().days_since(self.parts.week_start);
                let first = civil::number(date) - i64::from(into_week);
                let is_candidate = |number: &i64| {
                    civil::from_number(*number).is_some_and(|day| {
                        self.candidates(civil::month_of(day)) >> day.day0() & 1 != 0
                    })
                };
                let before = (first..civil::number(date)).filter(is_candidate).count();
                (
                    before as u32,
                    (first..first + 7).filter(is_candidate).count() as u32,
                )
            }
            Frequency::Monthly => {
                let days = self.candidates(month);
                ((days & below).count_ones(), days.count_ones())
            }
            Frequency::Yearly => {
                let months = self.candidates_of_year(date.year());
                let number = date.month0() as usize;
                let before: u32 = months[..number].iter().map(|days| days.count_ones()).sum();
                (
                    before + (months[number] & below).count_ones(),
                    months.iter().map(|days| days.count_ones()).sum(),
                )
            }
        };
        let total = i64::from(dates) * self.times as i64;
        let first = i64::from(rank) * self.times as i64;
        self.parts
            .positions
            .iter()
            .filter_map(|position| u64::try_from(index_of(*position, total) - first).ok())
            .filter(|found| (time..self.times).contains(found))
            .min()
    }

    /// How many times of day every date has, if they all have the same number.
    pub(crate) fn times_of_each_date(&self) -> Option<u64> {
        if self.parts.positions.is_empty() || self.times == 1 {
            return Some(self.times);
        }
        if self.parts.frequency != Frequency::Daily {
            return None;
        }
        let mut count = 0;
        let mut time = 0;
        while let Some(found) = self.next_time(self.start, time) {
            count += 1;
            time = found + 1;
        }
        Some(count)
    }
}

fn index_of(position: i32, total: i64) -> i64 {
    if position > 0 {
        i64::from(position) - 1
    } else {
        total + i64::from(position)
    }
}

/// The bit of rank `rank`, of which there are enough.
fn nth_bit(mut bits: u32, rank: u32) -> u32 {
    for _ in 0..rank {
        bits &= bits - 1;
    }
    bits & bits.wrapping_neg()
}

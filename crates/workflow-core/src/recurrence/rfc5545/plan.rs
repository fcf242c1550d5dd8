//! The dates of a rule, a month at a time, each month as 31 bits.
//!
//! Which days of a month a rule means depends on that month alone, and which months, weeks or days
//! the interval reaches is a division. So a question about one date looks at one month, however
//! long ago the rule began; and a rule that never fires is known as such after a bounded walk over
//! cheap months.

use chrono::{Datelike, NaiveDate, Weekday};

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
        let mut days = self.days(month, &mut cache) & (u32::MAX >> (31 - date.day0()));
        loop {
            if month == self.start_month {
                days &= u32::MAX << self.start.day0();
            }
            if days != 0 {
                return civil::day(month, 32 - days.leading_zeros());
            }
            month = self.month_before(month);
            if month < self.start_month {
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

    /// What BYSETPOS leaves of a month.
    fn chosen(&self, month: Month, cache: &mut YearCache) -> u32 {
        if self.parts.positions.is_empty() {
            return self.candidates(month);
        }
        match self.parts.frequency {
            Frequency::Daily => {
                let mut one = [1];
                self.choose(&mut one);
                self.candidates(month) * one[0]
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

    /// The days of the month that pass every part but BYSETPOS, and that the interval reaches.
    fn candidates(&self, month: Month) -> u32 {
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

    /// The next month that the rule may have a date in.
    #[inline]
    fn month_after(&self, month: Month) -> Option<Month> {
        let every = i64::from(self.parts.interval);
        let mut next = i64::from(month) + 1;
        if self.parts.skip != Skip::Forward {
            let distance = match self.parts.frequency {
                Frequency::Monthly => (i64::from(self.start_month) - next).rem_euclid(every),
                Frequency::Yearly => {
                    let year = next.div_euclid(12);
                    match (i64::from(self.start.year()) - year).rem_euclid(every) {
                        0 => 0,
                        years => (year + years) * 12 - next,
                    }
                }
                Frequency::Daily if every > 62 => self.months_to_reach(next, every, 0)?,
                Frequency::Weekly if every > 10 => self.months_to_reach(next, every * 7, 6)?,
                Frequency::Daily | Frequency::Weekly => 0,
            };
            next += distance;
            if self.parts.months != 0 && self.parts.frequency != Frequency::Monthly {
                // The set, turned so that its first bit is the month in question.
                let set = u32::from(self.parts.months >> 1);
                let number = next.rem_euclid(12) as u32;
                let turned = set >> number | set << (12 - number);
                next += i64::from(turned.trailing_zeros());
            }
        }
        (next <= i64::from(LAST_MONTH)).then_some(next as Month)
    }

    /// How many months after `month` the next turn of so many days begins to be reached.
    fn months_to_reach(&self, month: i64, every: i64, longer: i64) -> Option<i64> {
        let first = civil::number(civil::day(month as Month, 1)?) - longer;
        let origin = if longer == 0 {
            civil::number(self.start)
        } else {
            self.start_week
        };
        let turn = first + (origin - first).rem_euclid(every);
        let reached = civil::from_number(turn.max(first + longer))?;
        Some(i64::from(civil::month_of(reached)) - month)
    }

    fn month_before(&self, month: Month) -> Month {
        if self.parts.skip == Skip::Forward {
            return month - 1;
        }
        let every = i64::from(self.parts.interval);
        let mut before = i64::from(month) - 1;
        match self.parts.frequency {
            Frequency::Monthly => {
                before -= (before - i64::from(self.start_month)).rem_euclid(every);
            }
            Frequency::Yearly => {
                let year = before.div_euclid(12);
                let years = (year - i64::from(self.start.year())).rem_euclid(every);
                if years != 0 {
                    before = (year - years) * 12 + 11;
                }
            }
            Frequency::Daily | Frequency::Weekly => {}
        }
        Month::try_from(before).unwrap_or(Month::MIN)
    }
}

/// A walk over the dates of a plan.
#[derive(Debug, Clone)]
pub(crate) struct Cursor {
    month: Month,
    /// The dates of the month that are still to come.
    days: u32,
    cache: YearCache,
}

impl Cursor {
    /// The next date of the plan, which has to be the one that the walk began on.
    #[inline]
    pub(crate) fn next(&mut self, plan: &Plan) -> Option<NaiveDate> {
        while self.days == 0 {
            self.advance(plan)?;
        }
        let day = self.days.trailing_zeros() + 1;
        self.days &= self.days - 1;
        civil::day(self.month, day)
    }

    /// Goes on to the next month; `None` after the last year.
    fn advance(&mut self, plan: &Plan) -> Option<()> {
        if self.month > LAST_MONTH {
            return None;
        }
        let Some(month) = plan.month_after(self.month) else {
            self.month = LAST_MONTH + 1;
            return None;
        };
        self.month = month;
        self.days = plan.days(month, &mut self.cache);
        Some(())
    }

    /// Passes over whole months while they hold no more than `count` dates; what is left of it.
    pub(crate) fn pass(&mut self, plan: &Plan, mut count: u64) -> Option<u64> {
        loop {
            let here = u64::from(self.days.count_ones());
            if count < here {
                return Some(count);
            }
            count -= here;
            self.days = 0;
            self.advance(plan)?;
        }
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

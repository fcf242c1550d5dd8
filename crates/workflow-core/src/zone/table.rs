//! A zone as two sorted tables of offset changes, by instant and by local time, with an index.
//!
//! Both ways of placing a local time, the offset before a gap and the first of a fold, mean that
//! the old offset holds until a local time that is reached once: so local times need no more than
//! a sorted table of their own.

use super::posix::Footer;

/// 400 years of the Gregorian calendar: a whole number of weeks, after which everything repeats.
const CYCLE_SECONDS: i64 = 146_097 * 86_400;
/// One index entry for each 2^23 seconds (97 days), so that few of them see two changes.
const BUCKET_BITS: u32 = 23;
/// The index begins here (1653) at the earliest: some files start with the Big Bang.
const EARLIEST_INDEXED: i64 = -10_000_000_000;

/// What a zone file says, before it is indexed.
#[derive(Debug)]
pub(super) struct Changes {
    /// Seconds east of Greenwich before the first change.
    pub(super) first: i32,
    /// When the offset changes (Unix seconds, ascending), and what it is from then on.
    pub(super) listed: Vec<(i64, i32)>,
    /// What follows after the last listed change.
    pub(super) footer: Option<Footer>,
}

/// Offsets by instant and by local time.
#[derive(Debug)]
pub(super) struct Table {
    by_instant: Steps,
    by_local: Steps,
    /// From here on everything repeats after [`CYCLE_SECONDS`]; `i64::MAX` where nothing does.
    repeats_from: i64,
}

impl Table {
    /// A zone whose offset never changes.
    pub(super) fn fixed(offset: i32) -> Self {
        Self {
            by_instant: Steps::new(offset, &[]),
            by_local: Steps::new(offset, &[]),
            repeats_from: i64::MAX,
        }
    }

    pub(super) fn new(changes: &Changes) -> Self {
        let mut instants = changes.listed.clone();
        let mut repeats_from = i64::MAX;
        if let Some(footer) = &changes.footer {
            let last = instants.last().map_or(0, |(at, _)| *at);
            let year = year_of(last);
            if let Some(seasons) = footer.seasons() {
                for year in year..=year + 402 {
                    let of_year = seasons.changes_in(year);
                    instants.extend(of_year.into_iter().filter(|(at, _)| *at > last));
                }
                repeats_from = start_of(year + 401);
            } else {
                // The listed changes should end in the footer's offset; where they do not, the
                // footer is right for what comes after.
                instants.push((last + 1, footer.standard()));
            }
        }
        instants.dedup_by(|later, kept| {
            let same_time = later.0 == kept.0;
            if same_time {
                kept.1 = later.1;
            }
            same_time
        });
        let mut before = changes.first;
        instants.retain(|(_, offset)| std::mem::replace(&mut before, *offset) != *offset);

        let mut before = changes.first;
        let mut reached = i64::MIN;
        let locals: Vec<_> = instants
            .iter()
            .map(|&(at, after)| {
                // Two changes within a few hours could cross; the later one keeps its place.
                reached = reached.max(at + i64::from(before.max(after)));
                before = after;
                (reached, after)
            })
            .collect();
        Self {
            by_instant: Steps::new(changes.first, &instants),
            by_local: Steps::new(changes.first, &locals),
            repeats_from,
        }
    }

    #[inline]
    fn folded(&self, seconds: i64) -> i64 {
        if seconds < self.repeats_from {
            seconds
        } else {
            let start = self.repeats_from - CYCLE_SECONDS;
            start + (seconds - start) % CYCLE_SECONDS
        }
    }

    /// Seconds east of Greenwich at an instant.
    #[inline]
    pub(super) fn offset_at(&self, instant: i64) -> i32 {
        self.by_instant.offset(self.folded(instant))
    }

    /// Seconds east of Greenwich when clocks show `local`.
    #[inline]
    pub(super) fn offset_at_local(&self, local: i64) -> i32 {
        self.by_local.offset(self.folded(local))
    }

    /// Whether clocks show `local` once more after the first time.
    pub(super) fn is_repeated(&self, local: i64) -> bool {
        let local = self.folded(local);
        let offset = self.by_local.offset(local);
        let at = self.by_instant.position(local - i64::from(offset));
        let next = self.by_instant.thresholds.get(at);
        let after = self.by_instant.offsets.get(at + 1);
        next.zip(after)
            .is_some_and(|(change, after)| *after < offset && local - i64::from(*after) >= *change)
    }

    /// The offset at an instant; within the length of a gap after it, the offset before it.
    pub(super) fn floor_offset_at(&self, instant: i64) -> i32 {
        self.by_instant.floor_offset(self.folded(instant))
    }
}

fn year_of(instant: i64) -> i32 {
    use chrono::Datelike;
    chrono::DateTime::from_timestamp(instant, 0).map_or(1970, |at| at.year())
}

/// The first second of the year, as if the zone were UTC.
fn start_of(year: i32) -> i64 {
    super::posix::days_before_year(year) * 86_400
}

/// Thresholds in ascending order, and the offset from each on.
#[derive(Debug)]
struct Steps {
    thresholds: Vec<i64>,
    /// One more than the thresholds: the first holds before them all.
    offsets: Vec<i32>,
    base: i64,
    /// How many thresholds lie before the start of each bucket.
    index: Vec<u32>,
}

impl Steps {
    fn new(first: i32, changes: &[(i64, i32)]) -> Self {
        let thresholds: Vec<i64> = changes.iter().map(|(at, _)| *at).collect();
        let offsets = std::iter::once(first)
            .chain(changes.iter().map(|(_, offset)| *offset))
            .collect();
        let base = thresholds
            .first()
            .map_or(0, |at| *at.max(&EARLIEST_INDEXED));
        let end = thresholds.last().map_or(base, |at| *at.max(&base));
        let buckets = ((end - base) >> BUCKET_BITS) + 2;
        let index = (0..buckets)
            .map(|bucket| {
                let start = base + (bucket << BUCKET_BITS);
                thresholds.partition_point(|at| *at < start) as u32
            })
            .collect();
        Self {
            thresholds,
            offsets,
            base,
            index,
        }
    }

    /// How many thresholds are at or before `x`.
    #[inline]
    fn position(&self, x: i64) -> usize {
        if x < self.base {
            return self.thresholds.partition_point(|at| *at <= x);
        }
        let bucket = ((x - self.base) >> BUCKET_BITS) as usize;
        let mut position = self.index[bucket.min(self.index.len() - 1)] as usize;
        while position < self.thresholds.len() && self.thresholds[position] <= x {
            position += 1;
        }
        position
    }

    #[inline]
    fn offset(&self, x: i64) -> i32 {
        self.offsets[self.position(x)]
    }

    fn floor_offset(&self, x: i64) -> i32 {
        let position = self.position(x);
        let offset = self.offsets[position];
        match position.checked_sub(1) {
            Some(last) => {
                let before = self.offsets[last];
                let gap = i64::from(offset - before);
                if x - self.thresholds[last] < gap {
                    before
                } else {
                    offset
                }
            }
            None => offset,
        }
    }
}

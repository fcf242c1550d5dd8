//! The times of day of a rule: every combination of its hours, minutes and seconds.

use chrono::{NaiveTime, Timelike};

use super::parts::Parts;

/// A set of times of day, never empty, in ascending order.
///
/// It is kept as bits, since a rule of a few hundred characters can name all 86,400 seconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Times {
    hours: u64,
    minutes: u64,
    seconds: u64,
}

impl Times {
    /// The rule's times; what it leaves open comes from the start.
    pub(crate) fn new(parts: &Parts, start: NaiveTime) -> Self {
        let or = |bits: u64, from_start: u32| if bits == 0 { 1 << from_start } else { bits };
        Self {
            hours: or(u64::from(parts.hours), start.hour()),
            minutes: or(parts.minutes, start.minute()),
            seconds: or(parts.seconds, start.second()),
        }
    }

    /// How many there are: at least 1.
    pub(crate) fn len(&self) -> u64 {
        [self.hours, self.minutes, self.seconds]
            .map(|bits| u64::from(bits.count_ones()))
            .iter()
            .product()
    }

    /// The time of that rank, counted from 0.
    pub(crate) fn get(&self, rank: u64) -> Option<NaiveTime> {
        let seconds = u64::from(self.seconds.count_ones());
        let minutes = u64::from(self.minutes.count_ones());
        NaiveTime::from_hms_opt(
            nth(self.hours, rank / seconds / minutes)?,
            nth(self.minutes, rank / seconds % minutes)?,
            nth(self.seconds, rank % seconds)?,
        )
    }
}

/// The number of the set bit of that rank.
fn nth(mut bits: u64, rank: u64) -> Option<u32> {
    for _ in 0..rank {
        bits &= bits.checked_sub(1)?;
    }
    (bits != 0).then(|| bits.trailing_zeros())
}

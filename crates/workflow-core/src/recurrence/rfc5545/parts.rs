//! The parts of a recurrence rule, as sets of bits and short lists.

use chrono::{NaiveDateTime, Weekday};

/// How often the interval of a rule comes round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Frequency {
    /// `DAILY`
    Daily,
    /// `WEEKLY`
    Weekly,
    /// `MONTHLY`
    Monthly,
    /// `YEARLY`
    Yearly,
}

/// What becomes of a day that a month lacks (RFC 7529).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Skip {
    /// `OMIT`, and what holds where nothing is said: the date is left out.
    #[default]
    Omit,
    /// `BACKWARD`: the month's last day.
    Backward,
    /// `FORWARD`: the first day of the next month.
    Forward,
}

/// The bound that a rule sets itself, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// A date, or a date and time without a zone; a date alone is its midnight.
    Local(NaiveDateTime),
    /// An instant (`…Z`).
    Instant(chrono::DateTime<chrono::Utc>),
}

/// A weekday with an ordinal: the second, or the last but one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NthDay {
    /// 1 to 53, or -1 to -53 from the end.
    pub(crate) nth: i32,
    /// Days from Monday.
    pub(crate) weekday: u32,
}

/// Positions within the interval's set (BYSETPOS), in the order given.
pub(crate) type Positions = Vec<i32>;

/// Every part of a rule. An empty set means that the part was not given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) frequency: Frequency,
    /// At least 1.
    pub(crate) interval: u32,
    pub(crate) count: Option<u64>,
    pub(crate) until: Option<Until>,
    pub(crate) week_start: Weekday,
    pub(crate) skip: Skip,
    /// Bit `m` for month `m`, 1 to 12.
    pub(crate) months: u16,
    /// Bit `d - 1` for day `d`.
    pub(crate) month_days: u32,
    /// Bit `d - 1` for day `-d`.
    pub(crate) month_days_back: u32,
    /// Bit `w` for the weekday `w` days after Monday.
    pub(crate) weekdays: u8,
    pub(crate) nth_days: Vec<NthDay>,
    pub(crate) year_days: Vec<i32>,
    /// Bit `w` for week `w`, 1 to 53.
    pub(crate) weeks: u64,
    /// Bit `w` for week `-w`.
    pub(crate) weeks_back: u64,
    pub(crate) hours: u32,
    pub(crate) minutes: u64,
    pub(crate) seconds: u64,
    pub(crate) positions: Positions,
}

impl Parts {
    /// A rule of that frequency with no other part.
    pub(crate) fn new(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            count: None,
            until: None,
            week_start: Weekday::Mon,
            skip: Skip::Omit,
            months: 0,
            month_days: 0,
            month_days_back: 0,
            weekdays: 0,
            nth_days: Vec::new(),
            year_days: Vec::new(),
            weeks: 0,
            weeks_back: 0,
            hours: 0,
            minutes: 0,
            seconds: 0,
            positions: Vec::new(),
        }
    }

    /// Whether a part says which days are meant, so that the start does not have to.
    pub(crate) fn names_days(&self) -> bool {
        self.month_days != 0
            || self.month_days_back != 0
            || self.weekdays != 0
            || !self.nth_days.is_empty()
            || !self.year_days.is_empty()
            || self.names_weeks()
    }

    /// Whether BYWEEKNO was given.
    pub(crate) fn names_weeks(&self) -> bool {
        self.weeks != 0 || self.weeks_back != 0
    }

    /// The first part that gives more than one time of day, if there is one.
    pub(crate) fn several_times(&self) -> Option<&'static str> {
        [
            ("BYHOUR", u64::from(self.hours)),
            ("BYMINUTE", self.minutes),
            ("BYSECOND", self.seconds),
        ]
        .into_iter()
        .find_map(|(part, bits)| (bits.count_ones() > 1).then_some(part))
    }
}

//! The builder: `Recurrence::quarterly().last_business_day().from(date)`.

use chrono::{Datelike, NaiveDate, Weekday};

use super::error::RecurrenceError;
use super::rfc5545::RuleText;
use super::rule::{Ends, MonthPosition, Rule, Weekdays};
use super::{MAX_EVERY, Recurrence};
use crate::canonical::canonical;

/// A recurrence that is being put together; checked by [`build`](Self::build).
///
/// ```
/// use workflow_core::recurrence::Recurrence;
/// let anchor = chrono::NaiveDate::from_ymd_opt(2026, 6, 30).unwrap();
/// let bas = Recurrence::quarterly().last_business_day().from(anchor).times(8).build()?;
/// let longer = bas.to_builder().times(12).build()?;
/// assert_eq!(
///     longer.to_string(),
///     "every quarter on the last business day, from 30 June 2026, 12 times"
/// );
/// # Ok::<(), workflow_core::recurrence::RecurrenceError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a builder makes nothing until `build` is called"]
pub struct RecurrenceBuilder {
    kind: Kind,
    every: u32,
    position: Option<Position>,
    weekdays: Option<Weekdays>,
    ends: Ends,
    anchor: Option<NaiveDate>,
}

canonical!(struct RecurrenceBuilder { kind, every, position, weekdays, ends, anchor });

/// What repeats, as the builder was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Days,
    BusinessDays,
    /// So many weeks to a turn.
    Weeks(u32),
    TwiceAMonth(u8, u8),
    /// So many months to a turn.
    Months(u32),
    Text(RuleText),
}
canonical!(
    enum Kind {
        Days,
        BusinessDays,
        Weeks(every),
        TwiceAMonth(first, second),
        Months(every),
        Text(text),
    }
);

/// A position and the method that set it, for the error where the kind has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    on: MonthPosition,
    field: &'static str,
}
canonical!(struct Position { on, field });

impl Kind {
    fn name(&self) -> &'static str {
        match self {
            Self::Days => "a daily rule",
            Self::BusinessDays => "a rule of business days",
            Self::Weeks(_) => "a weekly rule",
            Self::TwiceAMonth(..) => "a rule of two days a month",
            Self::Months(_) => "a monthly rule",
            Self::Text(_) => "a rule given as text",
        }
    }
}

impl RecurrenceBuilder {
    /// Begins with a rule given as text, whose anchor is its DTSTART.
    pub fn by_text(text: RuleText) -> Self {
        Self::new(Kind::Text(text))
    }

    fn new(kind: Kind) -> Self {
        Self {
            kind,
            every: 1,
            position: None,
            weekdays: None,
            ends: Ends::Never,
            anchor: None,
        }
    }

    /// Every `turns` of its kind instead of every one: `weekly().every(3)` is every three weeks,
    /// `fortnightly().every(2)` every four.
    pub fn every(mut self, turns: u32) -> Self {
        self.every = turns;
        self
    }

    /// The weekdays of a weekly rule, instead of the anchor's.
    pub fn on(mut self, weekdays: &[Weekday]) -> Self {
        self.weekdays = Some(weekdays.iter().copied().collect());
        self
    }

    fn position(mut self, field: &'static str, on: MonthPosition) -> Self {
        self.position = Some(Position { on, field });
        self
    }

    /// That day of the month, 1 to 31, clamped to the last day of a shorter month; instead of the
    /// anchor's day.
    pub fn on_day(self, day: u8) -> Self {
        self.position("day", MonthPosition::Day(day))
    }

    /// The last day of the month.
    pub fn last_day(self) -> Self {
        self.position("last_day", MonthPosition::LastDay)
    }

    /// The nth such weekday of the month, 1 to 5; the last where there are only four.
    pub fn nth_weekday(self, nth: u8, weekday: Weekday) -> Self {
        self.position("nth_weekday", MonthPosition::NthWeekday { nth, weekday })
    }

    /// The last such weekday of the month.
    pub fn last_weekday(self, weekday: Weekday) -> Self {
        self.position("last_weekday", MonthPosition::LastWeekday(weekday))
    }

    /// The nth business day of the month, 1 to 23; the last where there are fewer.
    pub fn nth_business_day(self, nth: u8) -> Self {
        self.position("nth_business_day", MonthPosition::NthBusinessDay(nth))
    }

    /// The last business day of the month.
    pub fn last_business_day(self) -> Self {
        self.position("last_business_day", MonthPosition::LastBusinessDay)
    }

    /// A date of the month given as a value.
    pub fn on_position(self, on: MonthPosition) -> Self {
        self.position("position", on)
    }

    /// The anchor: the rule repeats from here, and its first nominal date is the first on or after
    /// it.
    pub fn from(mut self, anchor: NaiveDate) -> Self {
        self.anchor = Some(anchor);
        self
    }

    /// Ends with the last nominal date on or before `date`. Replaces any other end.
    pub fn until(self, date: NaiveDate) -> Self {
        self.ends(Ends::On(date))
    }

    /// Ends after so many nominal dates. Replaces any other end.
    pub fn times(self, times: u32) -> Self {
        self.ends(Ends::After(times))
    }

    /// Where it ends, as a value; [`Ends::Never`] takes an end away.
    ///
    /// A rule given as text keeps the end that its text names, and ends at the earlier of the two.
    pub fn ends(mut self, ends: Ends) -> Self {
        self.ends = ends;
        self
    }

    /// Checks everything and makes the recurrence.
    ///
    /// # Errors
    /// [`RecurrenceError`] names the field: no anchor, a number out of range, a setting that this
    /// kind of rule does not have, a rule that never fires or fires twice on one date.
    ///
    /// ```
    /// use workflow_core::recurrence::Recurrence;
    /// let anchor = chrono::NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
    /// assert!(Recurrence::monthly().from(anchor).build().is_ok());
    /// assert_eq!(
    ///     Recurrence::weekly().last_day().from(anchor).build().unwrap_err().to_string(),
    ///     "last_day: a weekly rule has no such setting"
    /// );
    /// ```
    pub fn build(self) -> Result<Recurrence, RecurrenceError> {
        let anchor = self.anchor.ok_or(RecurrenceError::NoAnchor)?;
        let kind = self.kind.name();
        let not_for = |field| Err(RecurrenceError::NotForThisKind { field, kind });
        if let Some(position) = self.position
            && !matches!(self.kind, Kind::Months(_))
        {
            return not_for(position.field);
        }
        if self.weekdays.is_some() && !matches!(self.kind, Kind::Weeks(_)) {
            return not_for("on");
        }
        if self.every != 1 && matches!(self.kind, Kind::TwiceAMonth(..) | Kind::Text(_)) {
            return not_for("every");
        }
        super::check::within("every", self.every, 1, MAX_EVERY)?;
        let rule = match self.kind {
            Kind::Days => Rule::Days { every: self.every },
            Kind::BusinessDays => Rule::BusinessDays { every: self.every },
            Kind::Weeks(weeks) => Rule::Weeks {
                every: weeks * self.every,
                on: self.weekdays.unwrap_or_else(|| anchor.weekday().into()),
            },
            Kind::TwiceAMonth(one, other) => Rule::TwiceAMonth {
                first: one.min(other),
                second: one.max(other),
            },
            Kind::Months(months) => Rule::Months {
                every: months * self.every,
                on: self
                    .position
                    .map_or(MonthPosition::Day(anchor.day() as u8), |position| {
                        position.on
                    }),
            },
            Kind::Text(text) => Rule::Text(text),
        };
        Recurrence::new(rule, anchor, self.ends)
    }
}

impl From<Recurrence> for RecurrenceBuilder {
    /// A builder from which the same recurrence is built.
    fn from(recurrence: Recurrence) -> Self {
        let Recurrence {
            rule, anchor, ends, ..
        } = recurrence;
        let mut builder = match rule {
            Rule::Days { every } => Self::new(Kind::Days).every(every),
            Rule::BusinessDays { every } => Self::new(Kind::BusinessDays).every(every),
            Rule::Weeks { every, on } => Self {
                weekdays: Some(on),
                ..Self::new(Kind::Weeks(every))
            },
            Rule::TwiceAMonth { first, second } => Self::new(Kind::TwiceAMonth(first, second)),
            Rule::Months { every, on } => Self::new(Kind::Months(every)).on_position(on),
            Rule::Text(text) => Self::new(Kind::Text(text)),
        };
        builder.anchor = Some(anchor);
        builder.ends = ends;
        builder
    }
}

impl TryFrom<RecurrenceBuilder> for Recurrence {
    type Error = RecurrenceError;

    fn try_from(builder: RecurrenceBuilder) -> Result<Self, Self::Error> {
        builder.build()
    }
}

/// Where a recurrence begins to be put together.
impl Recurrence {
    /// A builder from which this recurrence is built, to change some of it.
    pub fn to_builder(&self) -> RecurrenceBuilder {
        self.clone().into()
    }

    /// Every day from the anchor.
    pub fn daily() -> RecurrenceBuilder {
        RecurrenceBuilder::new(Kind::Days)
    }

    /// Every business day from the first on or after the anchor; with
    /// [`every`](RecurrenceBuilder::every) every so many business days.
    pub fn business_days() -> RecurrenceBuilder {
        RecurrenceBuilder::new(Kind::BusinessDays)
    }

    /// Every week, on the anchor's weekday or on those given.
    pub fn weekly() -> RecurrenceBuilder {
        RecurrenceBuilder::new(Kind::Weeks(1))
    }

    /// Every second week from the anchor's.
    pub fn fortnightly() -> RecurrenceBuilder {
        RecurrenceBuilder::new(Kind::Weeks(2))
    }

    /// On two days of every month, in either order; each is clamped to the last day of a shorter
    /// month.
    pub fn twice_a_month(day: u8, other_day: u8) -> RecurrenceBuilder {
        RecurrenceBuilder::new(Kind::TwiceAMonth(day, other_day))
    }

    /// Every month.
    pub fn monthly() -> RecurrenceBuilder {
        RecurrenceBuilder::new(Kind::Months(1))
    }

    /// Every third month from the anchor's.
    pub fn quarterly() -> RecurrenceBuilder {
        RecurrenceBuilder::new(Kind::Months(3))
    }

    /// Every sixth month from the anchor's.
    pub fn half_yearly() -> RecurrenceBuilder {
        RecurrenceBuilder::new(Kind::Months(6))
    }

    /// Every twelfth month from the anchor's.
    pub fn yearly() -> RecurrenceBuilder {
        RecurrenceBuilder::new(Kind::Months(12))
    }
}

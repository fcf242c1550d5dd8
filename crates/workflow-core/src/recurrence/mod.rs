//! When work repeats: the rule, the anchor from which it repeats, and where it ends.
//!
//! A recurrence is arithmetic on civil dates. It knows no time of day and no zone, so no change of
//! clocks moves a date; and the next date after a given one costs the same however long ago the
//! anchor is. What it needs of a calendar it asks through
//! [`BusinessDays`].
//!
//! ```
//! use chrono::NaiveDate;
//! use workflow_core::business_days::Weekends;
//! use workflow_core::recurrence::Recurrence;
//!
//! let anchor = NaiveDate::from_ymd_opt(2026, 1, 31).unwrap();
//! let monthly = Recurrence::monthly().from(anchor).build()?;
//! let dates: Vec<String> =
//!     monthly.dates(anchor.., &Weekends).take(3).map(|date| date.to_string()).collect();
//! assert_eq!(dates, ["2026-01-31", "2026-02-28", "2026-03-31"]);
//! # Ok::<(), workflow_core::recurrence::RecurrenceError>(())
//! ```

mod builder;
mod cell;
mod check;
pub(crate) mod civil;
mod dates;
mod error;
mod explain;
mod read_sentence;
#[cfg(feature = "testing")]
pub mod reference;
pub mod rfc5545;
mod rrule_text;
mod rule;
mod sentence;
mod steps;
#[cfg(feature = "proptest")]
mod strategies;
mod turn;
mod words;

/// The page on recurrence, so that its examples are run.
#[cfg(doctest)]
#[doc = include_str!("../../../../docs/recurrence.md")]
mod page {}

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};

pub use self::builder::RecurrenceBuilder;
pub use self::cell::Cell;
use self::check::{TextPlan, check, ends_after_first};
pub use self::dates::Dates;
pub use self::error::{NeverFires, RecurrenceError};
pub use self::explain::{Explanation, Wanted};
pub use self::rule::{Ends, MonthPosition, Rule, Weekdays};
#[cfg(feature = "proptest")]
pub use self::strategies::{arb_recurrence, arb_rule_text};
use crate::business_days::BusinessDays;
use crate::canonical::{Canonical, Encoder};

/// The most turns that one interval may span.
pub const MAX_EVERY: u32 = 9_999;

/// A rule, the anchor from which it repeats, and where it ends: checked, so that it fires at least
/// once where that does not depend on the working calendar, and at most once on any date.
///
/// Equal recurrences have equal rules, anchors and ends; the way in which they were built does not
/// matter, so `quarterly()` equals `monthly().every(3)`.
#[derive(Debug, Clone)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Shape", into = "Shape")
)]
pub struct Recurrence {
    rule: Rule,
    anchor: NaiveDate,
    ends: Ends,
    text: Option<Arc<TextPlan>>,
}

/// The stored shape of a [`Recurrence`].
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    rule: Rule,
    from: NaiveDate,
    #[serde(default)]
    ends: Ends,
}

#[cfg(feature = "serde")]
impl TryFrom<Shape> for Recurrence {
    type Error = RecurrenceError;

    fn try_from(shape: Shape) -> Result<Self, Self::Error> {
        Self::new(shape.rule, shape.from, shape.ends)
    }
}

#[cfg(feature = "serde")]
impl From<Recurrence> for Shape {
    fn from(recurrence: Recurrence) -> Self {
        Self {
            rule: recurrence.rule,
            from: recurrence.anchor,
            ends: recurrence.ends,
        }
    }
}

impl Canonical for Recurrence {
    fn encode(&self, out: &mut Encoder) {
        out.open("");
        out.field("rule", &self.rule);
        out.field("from", &self.anchor);
        out.field("ends", &self.ends);
        out.close();
    }
}

impl PartialEq for Recurrence {
    fn eq(&self, other: &Self) -> bool {
        (&self.rule, self.anchor, self.ends) == (&other.rule, other.anchor, other.ends)
    }
}

impl Eq for Recurrence {}

impl Recurrence {
    /// Checks a rule, an anchor and an end, and puts them together. The builder is the usual way.
    ///
    /// # Errors
    /// [`RecurrenceError`] names the field: a number out of range, a rule that never fires or that
    /// fires twice on one date.
    pub fn new(rule: Rule, anchor: NaiveDate, ends: Ends) -> Result<Self, RecurrenceError> {
        if !civil::in_range(anchor) {
            return Err(RecurrenceError::AnchorOutOfRange {
                year: anchor.year(),
            });
        }
        if ends == Ends::After(0) {
            return Err(RecurrenceError::NeverFires {
                field: "times",
                reason: NeverFires::NoTimes,
            });
        }
        check(&rule)?;
        let mut recurrence = Self {
            rule,
            anchor,
            ends,
            text: None,
        };
        if let Rule::Text(text) = &recurrence.rule {
            recurrence.text = Some(Arc::new(TextPlan::new(text, anchor, ends)?));
        } else {
            // A rule of business days may begin later still, which its calendar decides.
            let first = match &recurrence.rule {
                Rule::BusinessDays { .. }
                | Rule::Months {
                    on: MonthPosition::NthBusinessDay(_) | MonthPosition::LastBusinessDay,
                    ..
                } => anchor,
                rule => steps::on_or_after(rule, anchor, anchor, &crate::business_days::Weekends)
                    .ok_or(RecurrenceError::NeverFires {
                    field: "every",
                    reason: NeverFires::NoSuchDate,
                })?,
            };
            if let Ends::On(until) = ends {
                ends_after_first("until", until, first)?;
            }
        }
        Ok(recurrence)
    }

    /// What repeats.
    #[must_use]
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// The date from which it repeats.
    #[must_use]
    pub fn anchor(&self) -> NaiveDate {
        self.anchor
    }

    /// Where it ends. A rule given as text may name an earlier end in its text.
    #[must_use]
    pub fn ends(&self) -> Ends {
        self.ends
    }

    /// The first nominal date on or after `date`.
    #[must_use]
    pub fn next_on_or_after<C>(&self, date: NaiveDate, calendar: &C) -> Option<NaiveDate>
    where
        C: BusinessDays + ?Sized,
    {
        let found = self.rule_on_or_after(date, calendar)?;
        self.reaches(found, calendar).then_some(found)
    }

    /// The first nominal date after `date`.
    #[must_use]
    pub fn next_after<C>(&self, date: NaiveDate, calendar: &C) -> Option<NaiveDate>
    where
        C: BusinessDays + ?Sized,
    {
        self.next_on_or_after(date.succ_opt()?, calendar)
    }

    /// The last nominal date on or before `date`.
    #[must_use]
    pub fn last_on_or_before<C>(&self, date: NaiveDate, calendar: &C) -> Option<NaiveDate>
    where
        C: BusinessDays + ?Sized,
    {
        let date = match self.ends {
            Ends::On(until) => date.min(until),
            _ => date,
        };
        if date < self.anchor {
            return None;
        }
        if let Some(text) = &self.text {
            let date = text.last.map_or(date, |last| date.min(last));
            return text.plan.last_on_or_before(date);
        }
        let found = steps::on_or_before(&self.rule, self.anchor, date, calendar)?;
        if self.reaches(found, calendar) {
            return Some(found);
        }
        self.last(calendar)
    }

    /// The last nominal date of all, where the rule ends.
    ///
    /// After so many times it is found by halving, since what is asked is how many dates lie
    /// before another.
    fn last<C: BusinessDays + ?Sized>(&self, calendar: &C) -> Option<NaiveDate> {
        let mut reached = self.next_on_or_after(self.anchor, calendar)?;
        let (mut low, mut high) = (civil::number(reached), civil::number(civil::last_date()));
        while low < high {
            let middle = low + (high - low + 1) / 2;
            let date = civil::from_number(middle)?;
            match steps::on_or_before(&self.rule, self.anchor, date, calendar) {
                Some(found) if self.reaches(found, calendar) => {
                    reached = reached.max(found);
                    low = middle;
                }
                _ => high = middle - 1,
            }
        }
        Some(reached)
    }

    /// Whether `date` is a nominal date.
    #[must_use]
    pub fn contains<C>(&self, date: NaiveDate, calendar: &C) -> bool
    where
        C: BusinessDays + ?Sized,
    {
        self.next_on_or_after(date, calendar) == Some(date)
    }

    /// Whether no nominal date comes after `date`.
    #[must_use]
    pub fn has_ended_after<C>(&self, date: NaiveDate, calendar: &C) -> bool
    where
        C: BusinessDays + ?Sized,
    {
        self.next_after(date, calendar).is_none()
    }

    /// Why there is no nominal date at all, under this calendar; `None` where there is one.
    ///
    /// What does not depend on a calendar is refused when the recurrence is made, so this is the
    /// question to ask, on saving a schedule, of rules that count business days.
    #[must_use]
    pub fn never_fires<C>(&self, calendar: &C) -> Option<NeverFires>
    where
        C: BusinessDays + ?Sized,
    {
        let Some(first) = self.rule_on_or_after(self.anchor, calendar) else {
            return Some(NeverFires::NoBusinessDay);
        };
        match self.ends {
            Ends::On(until) if first > until => Some(NeverFires::EndsBeforeFirst { until, first }),
            _ => None,
        }
    }

    /// The first date of the rule on or after `date`, whatever its end.
    #[inline]
    fn rule_on_or_after<C>(&self, date: NaiveDate, calendar: &C) -> Option<NaiveDate>
    where
        C: BusinessDays + ?Sized,
    {
        match &self.text {
            Some(text) => text.plan.next_on_or_after(date),
            None => {
                let date = date.max(self.anchor);
                steps::on_or_after(&self.rule, self.anchor, date, calendar)
            }
        }
    }

    /// Whether the end lets a date of the rule be.
    #[inline]
    fn reaches<C: BusinessDays + ?Sized>(&self, date: NaiveDate, calendar: &C) -> bool {
        if let Some(text) = &self.text {
            return text.last.is_none_or(|last| date <= last);
        }
        match self.ends {
            Ends::Never => true,
            Ends::On(until) => date <= until,
            Ends::After(times) => {
                steps::rank(&self.rule, self.anchor, date, calendar) < u64::from(times)
            }
        }
    }
}

//! The `rrule` crate as a second opinion, for tests and benchmarks.
//!
//! This is the only file that names it. The engine covers all that it covers, so nothing falls back
//! on it; and it walks from the start of a rule on every question, and has faults of its own.
//! [`Reference::new`] refuses what it is known to get wrong, so that where it answers, the engine
//! has to agree.

use std::fmt;

use chrono::{DateTime, NaiveDateTime, Utc};
use rrule::RRuleSet;

use super::rfc5545::{Frequency, RuleText, Skip};
use crate::zone::ZoneName;

/// A rule as `rrule` understands it.
#[derive(Clone)]
pub struct Reference(RRuleSet);

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reference")
            .field(self.0.get_dt_start())
            .finish_non_exhaustive()
    }
}

impl Reference {
    /// The rule from a local start in a zone, as `chrono-tz` knows it; `None` for a rule or zone
    /// that `rrule` refuses or is known to get wrong.
    ///
    /// ```
    /// use workflow_core::recurrence::reference::Reference;
    /// use workflow_core::recurrence::rfc5545::RuleText;
    /// use workflow_core::zone::ZoneName;
    /// let start = "2026-11-22T06:00:00".parse().unwrap();
    /// let of = |text: &str| Reference::new(&text.parse().unwrap(), start, &ZoneName::utc());
    /// let next = of("FREQ=WEEKLY").unwrap().next_after("2026-11-22T06:00:00Z".parse().unwrap());
    /// assert_eq!(next, Some("2026-11-29T06:00:00Z".parse().unwrap()));
    /// assert!(of("FREQ=MONTHLY;BYDAY=2TH,FR").is_none());
    /// ```
    #[must_use]
    pub fn new(rule: &RuleText, start: NaiveDateTime, zone: &ZoneName) -> Option<Self> {
        let parts = rule.parts();
        let mixed = parts.weekdays != 0 && !parts.nth_days.is_empty();
        let week_positions = rule.frequency() == Frequency::Weekly && !parts.positions.is_empty();
        let skips = rule.skip() != Skip::Omit || rule.as_str().contains("RSCALE");
        if mixed || week_positions || skips {
            return None;
        }
        let start = start.format("%Y%m%dT%H%M%S");
        let text = format!("DTSTART;TZID={zone}:{start}\nRRULE:{rule}");
        text.parse().ok().map(Self)
    }

    /// The first instant after the given one. It walks there from the start.
    #[must_use]
    pub fn next_after(&self, instant: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let found = (&self.0).into_iter().find(|found| *found > instant)?;
        Some(found.with_timezone(&Utc))
    }

    /// The instants from `from` up to, but without, `until`. It walks there from the start.
    #[must_use]
    pub fn between(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        (&self.0)
            .into_iter()
            .skip_while(|found| *found < from)
            .take_while(|found| *found < until)
            .map(|found| found.with_timezone(&Utc))
            .collect()
    }

    /// The first `limit` instants.
    #[must_use]
    pub fn first(&self, limit: usize) -> Vec<DateTime<Utc>> {
        let instants = (&self.0).into_iter().take(limit);
        instants.map(|found| found.with_timezone(&Utc)).collect()
    }
}

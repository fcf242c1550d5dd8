//! The limit that all practices share: XPM's calls a minute for the application, in this process.
//!
//! No practice starves another: while many are driven, each has an equal share of the minute, and
//! what a person asked for, or what has begun, may go beyond it. Nothing is lost over it: what finds
//! no place is due again when the minute is over.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use workflow_core::ids::PracticeId;

/// What a call is made for, as far as it matters who goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claim {
    /// Something that is due: within the practice's share.
    Due,
    /// A person asked for it, or it has begun: as long as anything is left.
    First,
}

/// The calls of all practices in the current minute.
#[derive(Debug)]
pub(crate) struct Application {
    calls_a_minute: u32,
    minute: Mutex<Minute>,
}

#[derive(Debug, Default)]
struct Minute {
    /// When the first call in it was admitted.
    began: Option<DateTime<Utc>>,
    used: u32,
    by_practice: BTreeMap<PracticeId, u32>,
    /// XPM said that nothing is to be sent before this instant.
    closed_until: Option<DateTime<Utc>>,
}

const MINUTE: TimeDelta = TimeDelta::seconds(60);

impl Application {
    pub(crate) fn new(calls_a_minute: u32) -> Self {
        Self {
            calls_a_minute,
            minute: Mutex::default(),
        }
    }

    /// Takes a place for one call of a practice, of `driven` that are driven; or says when to ask
    /// again.
    pub(crate) fn admit(
        &self,
        now: DateTime<Utc>,
        practice: &PracticeId,
        claim: Claim,
        driven: usize,
    ) -> Result<(), DateTime<Utc>> {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = minute.closed_until.filter(|until| *until > now) {
            return Err(until);
        }
        if minute.began.is_none_or(|began| now >= began + MINUTE) {
            *minute = Minute {
                began: Some(now),
                ..Minute::default()
            };
        }
        let over = minute.began.unwrap_or(now) + MINUTE;
        let driven = u32::try_from(driven.max(1)).unwrap_or(u32::MAX);
        // A twentieth is kept for what goes first.
        let common = self.calls_a_minute - self.calls_a_minute / 20;
        let own = minute.by_practice.get(practice).copied().unwrap_or(0);
        let has_place = match claim {
            Claim::First => minute.used < self.calls_a_minute,
            Claim::Due => minute.used < common && own < (common / driven).max(1),
        };
        if !has_place {
            return Err(over);
        }
        minute.used += 1;
        *minute.by_practice.entry(practice.clone()).or_default() += 1;
        Ok(())
    }

    /// Gives a place back for which no call was made.
    pub(crate) fn give_back(&self, practice: &PracticeId) {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = minute.by_practice.get_mut(practice).filter(|own| **own > 0) {
            *own -= 1;
            minute.used = minute.used.saturating_sub(1);
        }
    }

    /// XPM refused a call over the application's limit.
    pub(crate) fn close(&self, until: DateTime<Utc>) {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        minute.closed_until = minute.closed_until.max(Some(until));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn practice(number: u32) -> PracticeId {
        format!("p{number}").parse().unwrap()
    }

    #[test]
    fn no_practice_takes_anothers_share_and_what_goes_first_has_its_own() {
        let application = Application::new(100);
        let now = DateTime::UNIX_EPOCH;
        let admit = |number, claim| application.admit(now, &practice(number), claim, 5);
        for _ in 0..19 {
            assert_eq!(admit(0, Claim::Due), Ok(()));
        }
        let over = Err(now + MINUTE);
        assert_eq!(admit(0, Claim::Due), over, "its share is a fifth of 95");
        for number in 1..5 {
            for _ in 0..19 {
                assert_eq!(admit(number, Claim::Due), Ok(()));
            }
        }
        assert_eq!(admit(6, Claim::Due), over);
        for _ in 0..5 {
            assert_eq!(admit(0, Claim::First), Ok(()));
        }
        assert_eq!(admit(0, Claim::First), over);
        application.give_back(&practice(0));
        assert_eq!(admit(6, Claim::First), Ok(()));
        let next = application.admit(now + MINUTE, &practice(0), Claim::Due, 5);
        assert_eq!(next, Ok(()));
    }

    #[test]
    fn over_the_limit_nobody_sends() {
        let application = Application::new(100);
        let now = DateTime::UNIX_EPOCH;
        application.close(now + MINUTE / 2);
        let first = application.admit(now, &practice(1), Claim::First, 1);
        assert_eq!(first, Err(now + MINUTE / 2));
    }
}

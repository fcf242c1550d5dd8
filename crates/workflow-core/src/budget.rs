//! The call budget: how many calls a practice may still make, and when.
//!
//! Calls are the scarce thing: 60 a minute, 5 at a time, and 1,000 or 5,000 a day for one
//! practice. The budget is a row, so that it survives a restart; admission is a pure function of
//! it. The minute is XPM's own fixed window, which starts at another moment for each practice:
//! when it does is learnt from what its answers say is left, and guessed late until then, so that
//! two of its windows never take more calls than they grant.

#[cfg(feature = "proptest")]
mod strategies;

use chrono::{DateTime, TimeDelta, Utc};

#[cfg(feature = "proptest")]
pub use self::strategies::arb_budget_change;
use crate::canonical::canonical;
use crate::ports::gateway::{Failure, Limit, Observed};
use crate::practice::DailyCalls;

/// Calls a minute for one practice.
pub const MINUTE_CALLS: u32 = 60;

/// Calls at the same time for one practice.
pub const CALLS_AT_ONCE: usize = 5;

/// What a practice has spent, and until when nothing may be spent at all.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Budget {
    /// When the current minute window began.
    pub minute_began: DateTime<Utc>,
    /// Calls made in it.
    pub minute_used: u32,
    /// How the beginning of the minute window is known.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Began::is_guessed")
    )]
    pub minute_known: Began,
    /// The fewest calls that XPM said were left in it.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub minute_left: Option<Lowest>,
    /// When the current day began.
    pub day_began: DateTime<Utc>,
    /// Calls made in it.
    pub day_used: u32,
    /// Calls that XPM grants in a day.
    pub day_limit: u32,
    /// XPM said that nothing is to be sent before this instant.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub closed_until: Option<DateTime<Utc>>,
}
canonical!(struct Budget {
    minute_began, minute_used, minute_known, minute_left, day_began, day_used, day_limit,
    closed_until
});

/// The fewest calls that XPM said were left in its minute window, and when it said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Lowest {
    /// How many.
    pub left: u32,
    /// When the answer came.
    pub at: DateTime<Utc>,
}
canonical!(struct Lowest { left, at });

/// How the beginning of XPM's minute window is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Began {
    /// It is taken to begin with our first calls in it. XPM's own may have begun before, and end
    /// while we are still calling.
    #[default]
    Guessed,
    /// XPM's answers told when it began: what was left rose, or XPM said when it ends. The next
    /// ones follow a minute apart.
    Learnt,
}
canonical!(
    enum Began {
        Guessed,
        Learnt,
    }
);

impl Began {
    #[cfg(feature = "serde")]
    #[expect(
        clippy::trivially_copy_pass_by_ref,
        reason = "serde passes a reference"
    )]
    fn is_guessed(&self) -> bool {
        *self == Self::Guessed
    }
}

/// What a call is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To deploy.
    Deploy,
    /// To look up what became of a call: 5% of the day is kept for it, so that a spent budget
    /// cannot block recovery.
    LookUp,
}

/// Whether a call may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Now.
    Now,
    /// Not before that instant.
    At(DateTime<Utc>),
}

/// A change of a budget. It adds up, so that changes need no order among them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BudgetChange {
    /// When.
    pub at: DateTime<Utc>,
    /// Calls about to be made, or made beyond those announced.
    pub calls: u32,
    /// When the call was sent whose answer this is, where known: by it, what an answer says of the
    /// minute is told from what another said before.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub sent: Option<DateTime<Utc>>,
    /// What an answer said is left.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub observed: Option<Observed>,
    /// XPM said that nothing is to be sent before this instant.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub closed_until: Option<DateTime<Utc>>,
}
canonical!(struct BudgetChange { at, calls, sent, observed, closed_until });

impl BudgetChange {
    /// `calls` are about to be made.
    #[must_use]
    pub fn debit(at: DateTime<Utc>, calls: u32) -> Self {
        Self {
            at,
            calls,
            sent: None,
            observed: None,
            closed_until: None,
        }
    }

    /// An answer came to a call that was already debited.
    #[must_use]
    pub fn answered(at: DateTime<Utc>, observed: &Observed) -> Self {
        let calls = observed.calls.saturating_sub(1);
        Self {
            at,
            calls,
            sent: None,
            observed: Some(observed.clone()),
            closed_until: None,
        }
    }

    /// What the end of a call, which was already debited, tells about the budget.
    #[must_use]
    pub fn told(at: DateTime<Utc>, observed: &Observed, failure: Option<&Failure>) -> Self {
        match failure {
            Some(Failure::RateLimited { limit, retry_after }) => {
                let wait = retry_after.and_then(|wait| TimeDelta::from_std(wait).ok());
                Self::limited(at, *limit, wait, observed)
            }
            _ => Self::answered(at, observed),
        }
    }

    /// The same of a call that was sent at that instant.
    #[must_use]
    pub fn sent(self, at: DateTime<Utc>) -> Self {
        Self {
            sent: Some(at),
            ..self
        }
    }

    /// XPM refused a call over a limit.
    #[must_use]
    pub fn limited(
        at: DateTime<Utc>,
        limit: Limit,
        retry_after: Option<TimeDelta>,
        observed: &Observed,
    ) -> Self {
        let wait = retry_after.unwrap_or(match limit {
            Limit::Concurrent => TimeDelta::seconds(1),
            Limit::Minute | Limit::Application => TimeDelta::seconds(60),
            Limit::Day => TimeDelta::hours(1),
        });
        // Whoever says "in no time at all" would be asked again without an end.
        let wait = wait.max(TimeDelta::seconds(1));
        Self {
            closed_until: Some(at + wait),
            ..Self::answered(at, observed)
        }
    }
}

impl Budget {
    /// The budget of a practice that has not made a call yet.
    #[must_use]
    pub fn fresh(now: DateTime<Utc>, daily: DailyCalls) -> Self {
        Self {
            minute_began: now,
            minute_used: 0,
            minute_known: Began::Guessed,
            minute_left: None,
            day_began: now,
            day_used: 0,
            day_limit: daily.count(),
            closed_until: None,
        }
    }

    /// How many of a day's calls are kept for look-ups.
    #[must_use]
    pub fn reserve(&self) -> u32 {
        self.day_limit / 20
    }

    /// Whether a call may be made, with `flying` others announced and not yet debited here.
    #[must_use]
    pub fn admit(&self, now: DateTime<Utc>, purpose: Purpose, flying: u32) -> Admission {
        if let Some(until) = self.closed_until.filter(|until| *until > now) {
            return Admission::At(until);
        }
        let rolled = self.rolled(now);
        let kept = match purpose {
            Purpose::Deploy => self.reserve(),
            Purpose::LookUp => 0,
        };
        if rolled.day_used.saturating_add(flying) >= rolled.day_limit.saturating_sub(kept) {
            return Admission::At(rolled.day_began + DAY);
        }
        if rolled.minute_used.saturating_add(flying) >= MINUTE_CALLS {
            return Admission::At(rolled.minute_began + MINUTE);
        }
        Admission::Now
    }

    /// Calls left today.
    #[must_use]
    pub fn day_left(&self, now: DateTime<Utc>) -> u32 {
        let rolled = self.rolled(now);
        rolled.day_limit.saturating_sub(rolled.day_used)
    }

    /// Calls left in the current minute.
    #[must_use]
    pub fn minute_left(&self, now: DateTime<Utc>) -> u32 {
        MINUTE_CALLS.saturating_sub(self.rolled(now).minute_used)
    }

    /// The budget after a change. A change that is older than the window counts in the window.
    #[must_use]
    pub fn after(&self, change: &BudgetChange) -> Self {
        let mut budget = self.rolled(change.at);
        if let Some(observed) = &change.observed {
            // XPM counts what others spend too; it never gives back what we know was spent.
            if let Some(left) = observed.minute_left {
                budget.see_minute(change.at, change.sent, left.min(MINUTE_CALLS));
            }
            if let Some(left) = observed.day_left {
                budget.day_used = budget.day_used.max(budget.day_limit.saturating_sub(left));
            }
        }
        // A change may hold an answer and the debit of the call that follows it: that call is not
        // among those that the answer counted.
        budget.minute_used = budget.minute_used.saturating_add(change.calls);
        budget.day_used = budget.day_used.saturating_add(change.calls);
        budget.closed_until = budget.closed_until.max(change.closed_until);
        let minute_is_spent = change.observed.as_ref().and_then(|seen| seen.minute_left) == Some(0);
        if let Some(until) = change.closed_until
            && minute_is_spent
            && until <= change.at + MINUTE
        {
            // XPM said when its own window ends: the next one begins then, whenever ours did.
            budget.minute_began = until - MINUTE;
            budget.minute_known = Began::Learnt;
        }
        budget
    }

    /// Takes in what XPM says is left of its minute window.
    ///
    /// Answers overtake one another. But of a call that was sent after an answer came, XPM counted
    /// the later: if as much is left to it or more, XPM's window began anew in between. Of one that
    /// was sent in the very moment in which the answer came, it is not known which was counted the
    /// later; to take it for a new window would forget the calls of this one.
    fn see_minute(&mut self, at: DateTime<Utc>, sent: Option<DateTime<Utc>>, left: u32) {
        if sent.is_some_and(|sent| sent < self.minute_began) {
            // It may have been counted in the window before.
            return;
        }
        let used = MINUTE_CALLS - left;
        let lowest = self.minute_left;
        if let (Some(lowest), Some(sent)) = (lowest, sent)
            && sent > lowest.at
            && left >= lowest.left
        {
            self.minute_began = at;
            self.minute_known = Began::Learnt;
            // Which of the calls under way XPM has counted in it is not known.
            self.minute_used = used + UNDER_WAY;
            self.minute_left = Some(Lowest { left, at });
            return;
        }
        if self.minute_known == Began::Guessed && used <= UNDER_WAY {
            // XPM's window may have begun amid the first calls.
            self.minute_began = self.minute_began.max(at);
        }
        if lowest.is_none_or(|lowest| left < lowest.left) {
            self.minute_left = Some(Lowest { left, at });
        }
        if used > self.minute_used {
            // XPM counted calls that are not known here. Those under way beside this one are known,
            // but XPM may have counted them later.
            self.minute_used = used + (UNDER_WAY - 1);
        }
    }

    fn rolled(&self, now: DateTime<Utc>) -> Self {
        let mut budget = self.clone();
        if now >= budget.minute_began + MINUTE {
            let past = (now - budget.minute_began).num_seconds() / 60;
            budget.minute_began = match budget.minute_known {
                Began::Guessed => now,
                Began::Learnt => budget.minute_began + TimeDelta::minutes(past),
            };
            budget.minute_used = 0;
            budget.minute_left = None;
        }
        if now >= budget.day_began + DAY {
            budget.day_began = now;
            budget.day_used = 0;
        }
        if budget.closed_until.is_some_and(|until| until <= now) {
            budget.closed_until = None;
        }
        budget
    }
}

/// How many calls may be under way beside one whose answer came.
#[expect(clippy::cast_possible_truncation, reason = "five")]
const UNDER_WAY: u32 = CALLS_AT_ONCE as u32;
const MINUTE: TimeDelta = TimeDelta::seconds(60);
const DAY: TimeDelta = TimeDelta::days(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_call_after_an_answer_is_counted_beside_what_the_answer_says() {
        let now = DateTime::UNIX_EPOCH;
        let seen = Observed {
            calls: 1,
            minute_left: Some(10),
            day_left: Some(500),
            ..Observed::default()
        };
        let (answered, debit) = (
            BudgetChange::answered(now, &seen),
            BudgetChange::debit(now, 1),
        );
        let both = BudgetChange {
            calls: answered.calls + debit.calls,
            ..answered.clone()
        };
        let budget = Budget::fresh(now, DailyCalls::Starter);
        let together = budget.after(&both);
        // Beside the fifty that XPM counted and this one, up to four may be under way.
        assert_eq!((together.minute_used, together.day_used), (55, 501));
        assert_eq!(together, budget.after(&answered).after(&debit));
    }

    #[test]
    fn calls_under_way_beside_an_answer_that_counts_more_are_not_forgotten() {
        let now = DateTime::UNIX_EPOCH;
        // Five are under way, and XPM has counted fifty that nobody here knows of.
        let budget = Budget::fresh(now, DailyCalls::Starter).after(&BudgetChange::debit(now, 5));
        let first = Observed {
            calls: 1,
            minute_left: Some(9),
            ..Observed::default()
        };
        // The replies to the other four are lost.
        let mut budget = budget.after(&BudgetChange::answered(now, &first));
        let mut sent = 55;
        while budget.admit(now, Purpose::Deploy, 0) == Admission::Now {
            budget = budget.after(&BudgetChange::debit(now, 1));
            sent += 1;
        }
        assert_eq!(sent, MINUTE_CALLS);
        // What XPM counts no higher than it was known to be costs nothing.
        let again = Observed {
            minute_left: Some(0),
            ..first
        };
        let told = budget.after(&BudgetChange::answered(now, &again));
        assert_eq!(told.minute_used, budget.minute_used);
    }

    #[test]
    fn an_answer_tells_of_a_new_minute_only_to_a_call_that_was_surely_counted_later() {
        let start = DateTime::UNIX_EPOCH;
        let answer = |sent, at, left| {
            let seen = Observed {
                calls: 1,
                minute_left: Some(left),
                ..Observed::default()
            };
            BudgetChange::answered(at, &seen).sent(sent)
        };
        // Five calls are sent in one moment, and the answer to the one that XPM counted last comes
        // in it too. The replies to forty more are lost.
        let budget = Budget::fresh(start, DailyCalls::Starter)
            .after(&BudgetChange::debit(start, 5))
            .after(&answer(start, start, 55))
            .after(&BudgetChange::debit(start, 40));
        let later = start + TimeDelta::seconds(20);

        // XPM's answer to the first of the five comes late: it is of the same minute.
        let mut same = budget.after(&answer(start, later, 59));
        assert_eq!(same.minute_known, Began::Guessed);
        let mut sent = 45;
        while same.admit(later, Purpose::Deploy, 0) == Admission::Now {
            same = same.after(&BudgetChange::debit(later, 1));
            sent += 1;
        }
        assert_eq!(sent, MINUTE_CALLS);

        // To a call that was sent afterwards less would be left, had no minute begun since.
        let afterwards = start + TimeDelta::microseconds(1);
        let new = budget.after(&answer(afterwards, later, 59));
        assert_eq!((new.minute_began, new.minute_known), (later, Began::Learnt));
        assert_eq!(new.minute_used, 1 + UNDER_WAY);
    }

    #[test]
    fn a_spent_minute_ends_when_xpm_says_so() {
        let start = DateTime::UNIX_EPOCH;
        let at = |seconds| start + TimeDelta::seconds(seconds);
        let budget = Budget::fresh(start, DailyCalls::Starter);
        let spent = Observed {
            calls: 1,
            minute_left: Some(0),
            ..Observed::default()
        };
        let wait = Some(TimeDelta::seconds(7));
        let told = BudgetChange::limited(at(10), Limit::Minute, wait, &spent);
        let told = budget.after(&told);
        assert_eq!(
            told.admit(at(10), Purpose::Deploy, 0),
            Admission::At(at(17))
        );
        assert_eq!(told.admit(at(17), Purpose::Deploy, 0), Admission::Now);

        // An answer that says only that nothing is left does not say until when.
        let silent = budget.after(&BudgetChange::answered(at(10), &spent));
        assert_eq!(
            silent.admit(at(17), Purpose::Deploy, 0),
            Admission::At(at(60))
        );
    }
}

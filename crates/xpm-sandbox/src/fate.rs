//! A fault plan being carried out: which call meets which fault.

use std::collections::BTreeMap;

use crate::faults::{Fault, FaultPlan, FaultPlanError, Slot, When};
use crate::ids::{self, Purpose};
use crate::kind::CallKind;

/// What is to happen to one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Fate {
    /// The disturbance of the reply.
    pub(crate) reply: Option<Fault>,
    /// How long a created job stays out of lists: milliseconds, lists.
    pub(crate) lag: Option<(u64, u32)>,
}

/// A plan being carried out: it counts the calls.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    plan: FaultPlan,
    calls: u64,
    calls_by_kind: BTreeMap<CallKind, u64>,
    struck: u64,
}

impl Faults {
    pub(crate) fn new(plan: FaultPlan) -> Result<Self, FaultPlanError> {
        plan.check()?;
        Ok(Self {
            plan,
            ..Self::default()
        })
    }

    pub(crate) const fn plan(&self) -> &FaultPlan {
        &self.plan
    }

    /// How many calls were disturbed since the plan was set.
    pub(crate) const fn struck(&self) -> u64 {
        self.struck
    }

    /// Counts a call and says what happens to it.
    pub(crate) fn next(&mut self, kind: CallKind) -> Fate {
        let of_kind = self.calls_by_kind.entry(kind).or_default();
        *of_kind += 1;
        let of_kind = *of_kind;
        if kind.is_xpm() {
            self.calls += 1;
        }
        let reply = self.strike(kind, Slot::Reply, of_kind);
        let lag = match self.strike(kind, Slot::Lag, of_kind) {
            Some(Fault::Lag { for_ms, for_lists }) => Some((for_ms, for_lists)),
            _ => None,
        };
        self.struck += u64::from(reply.is_some() || lag.is_some());
        Fate { reply, lag }
    }

    fn strike(&self, kind: CallKind, slot: Slot, of_kind: u64) -> Option<Fault> {
        let by_count = self.plan.rules.iter().find(|rule| {
            let count = if rule.on.is_some() {
                of_kind
            } else {
                self.calls
            };
            rule.when == When::Nth(count)
                && rule.is_for(kind)
                && rule.fault.fits(kind)
                && Slot::of(rule.fault) == slot
        });
        if let Some(rule) = by_count {
            return Some(rule.fault);
        }
        let purpose = match slot {
            Slot::Reply => Purpose::Reply,
            Slot::Lag => Purpose::Lag,
        };
        // The identity service has its own sequence, so that a refresh does not shift the rest.
        let n = if kind.is_xpm() { self.calls } else { !of_kind };
        let mut left = ids::fraction(self.plan.seed, purpose, n);
        for (fault, rate) in self.plan.rates(kind, slot) {
            if left < rate {
                return Some(fault);
            }
            left -= rate;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fates(plan: FaultPlan, calls: usize) -> Vec<Fate> {
        let mut faults = Faults::new(plan).unwrap();
        (0..calls).map(|_| faults.next(CallKind::JobAdd)).collect()
    }

    #[test]
    fn the_same_seed_repeats_and_another_does_not() {
        let once = fates(FaultPlan::mixed(5, 0.2), 500);
        assert_eq!(once, fates(FaultPlan::mixed(5, 0.2), 500));
        assert_ne!(once, fates(FaultPlan::mixed(6, 0.2), 500));
    }

    #[test]
    fn a_mixed_plan_disturbs_the_share_that_it_says_in_every_way() {
        let fates = fates(FaultPlan::mixed(1, 0.2), 10_000);
        let struck = fates.iter().filter(|fate| fate.reply.is_some()).count();
        assert!((1_850..2_150).contains(&struck), "{struck} of 10,000");
        let lagging = fates.iter().filter(|fate| fate.lag.is_some()).count();
        assert!((850..1_150).contains(&lagging), "{lagging} of 10,000");
        let mut ways: Vec<_> = fates.iter().filter_map(|fate| fate.reply).collect();
        ways.sort_by_key(|fault| format!("{fault:?}"));
        ways.dedup();
        assert_eq!(ways.len(), 11, "{ways:?}");
    }

    #[test]
    fn the_nth_call_of_a_kind_is_struck_and_no_other() {
        let plan = FaultPlan::none().nth(2, CallKind::JobAdd, Fault::Unavailable);
        let mut faults = Faults::new(plan).unwrap();
        assert_eq!(faults.next(CallKind::JobAdd).reply, None);
        assert_eq!(faults.next(CallKind::JobGet).reply, None);
        assert_eq!(
            faults.next(CallKind::JobAdd).reply,
            Some(Fault::Unavailable)
        );
        assert_eq!(faults.next(CallKind::JobAdd).reply, None);
        assert_eq!(faults.struck(), 1);
    }
}

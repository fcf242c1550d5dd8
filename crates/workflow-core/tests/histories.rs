//! Whatever happens to a workflow, in whatever order: no occurrence is deployed twice, none
//! vanishes, and the events alone give what is stored.

mod common;

use std::collections::BTreeSet;

use chrono::{DateTime, Days, TimeDelta, Utc};
use common::*;
use proptest::prelude::*;
use workflow_core::calendar::{Holiday, WorkingCalendar};
use workflow_core::deployment::Deployment;
use workflow_core::recurrence::Recurrence;
use workflow_core::workflow::{
    MissedRuns, Occurrence, PausedDates, Plan, Schedule, WhyNot, Workflow, WorkflowEvent,
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
    ]
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
    rule: Recurrence,
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
        };
        if let Some(decision) = decision {
            self.story.take(decision);
        }
    }

    /// Begins all that is due, as the scheduler does.
    fn fall_due(&mut self) {
        loop {
            let placing = self.story.ground.placing(self.now);
            let decision = self.story.workflow.fall_due(&practice(), &placing);
            if decision.is_empty() {
                return;
            }
            self.story.take(decision);
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

    /// Every date of the rule that is past has a deployment or a reason other than waiting.
    fn assert_none_vanished(&self) {
        let placing = self.story.ground.placing(self.now);
        let begun: BTreeSet<Occurrence> = self
            .story
            .deployments
            .iter()
            .map(Deployment::occurrence)
            .collect();
        let past = placing.today() - Days::new(2);
        for nominal in self
            .rule
            .dates(date("2026-01-30")..=past, &self.story.ground.calendar)
        {
            let occurrence = Occurrence::On(nominal);
            if begun.contains(&occurrence) || self.holidays.iter().any(|day| near(*day, nominal)) {
                continue;
            }
            let why = self.story.workflow.why_not(occurrence, &placing);
            let moved_ahead = matches!(
                &why,
                WhyNot::Waiting { until: Some(at) } if *at > self.now
            );
            let reasoned = !matches!(why, WhyNot::Waiting { .. } | WhyNot::Deploying);
            assert!(moved_ahead || reasoned, "{occurrence} vanished: {why:?}");
        }
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
        let plan = Plan { missed, ..plan(Schedule::Recurring(rule.clone()), "2026-01-01") };
        let story = Story::begin(adding(plan), None, "2026-01-02");
        let now = at("2026-01-02");
        let mut history = History { story, rule, now, holidays: BTreeSet::new() };
        for step in &steps {
            history.take(step);
            history.assert_each_once();
        }
        history.fall_due();
        history.assert_each_once();
        history.assert_none_vanished();
        history.assert_rebuilds();
    }
}

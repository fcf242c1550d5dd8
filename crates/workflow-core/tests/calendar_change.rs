//! A changed calendar makes no second job, loses none, and takes nothing for late that is not.

mod common;

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};
use proptest::prelude::*;
use workflow_core::calendar::{Holiday, Roll, WorkingCalendar};
use workflow_core::recurrence::Recurrence;
use workflow_core::timing::{Lead, LeadDays, Timing};
use workflow_core::workflow::{
    MissedRuns, Occurrence, Plan, RecurrenceChange, Schedule, WorkflowEvent,
};

use common::*;

fn calendar(version: u32, holidays: &[&str]) -> WorkingCalendar {
    let holidays = holidays
        .iter()
        .map(|day| Holiday::new(date(day), "Closed").unwrap());
    WorkingCalendar::new("Acme", version)
        .unwrap()
        .with_holidays(holidays)
        .unwrap()
}

fn last_business_day() -> Schedule {
    let rule = Recurrence::monthly()
        .last_business_day()
        .from(date("2026-11-01"));
    Schedule::Recurring(rule.build().unwrap())
}

fn story(plan: Plan, holidays: &[&str], now: &str) -> Story {
    let mut story = Story::begin(adding(plan), None, now);
    story.change_calendar(now, calendar(2, holidays));
    story
}

trait ChangeCalendar {
    fn change_calendar(&mut self, now: &str, to: WorkingCalendar);
    fn begun(&self) -> Vec<String>;
    fn settle(&mut self, now: &str);
}

impl ChangeCalendar for Story {
    fn change_calendar(&mut self, now: &str, to: WorkingCalendar) {
        let before = std::mem::replace(&mut self.ground.calendar, to);
        self.with(now, |workflow, placing| {
            workflow.follow_calendar(&before, placing)
        });
    }

    /// Deploys all that falls due up to `now`, what is placed anew on the way included.
    fn settle(&mut self, now: &str) {
        loop {
            let events = self.events.len();
            self.deploy_until(now);
            if self.events.len() == events {
                break;
            }
        }
    }

    fn begun(&self) -> Vec<String> {
        let begun = self.deployments.iter();
        begun.map(|found| found.occurrence().to_string()).collect()
    }
}

#[test]
fn a_month_that_has_its_job_gets_no_second_one_on_its_new_date() {
    let mut story = story(
        plan(last_business_day(), "2026-11-01"),
        &["2026-11-30"],
        "2026-11-02",
    );
    story.settle("2026-11-27");
    assert_eq!(story.begun(), ["2026-11-27"]);
    // The 30th is a business day after all, and November's last.
    story.change_calendar("2026-11-28", calendar(3, &[]));
    assert_eq!(story.status(), "active, next on 31 Dec 2026");
    let placing = story.ground.placing(at("2026-11-28"));
    let why = story
        .workflow
        .why_not(Occurrence::On(date("2026-11-30")), &placing);
    assert_eq!(why.to_string(), "covered: by the job of 2026-11-27");
    story.settle("2026-12-31");
    assert_eq!(story.begun(), ["2026-11-27", "2026-12-31"]);
}

#[test]
fn a_month_that_was_deployed_ahead_is_covered_on_its_earlier_date() {
    let mut story = story(plan(last_business_day(), "2026-11-01"), &[], "2026-11-02");
    let december = Occurrence::On(date("2026-12-31"));
    story.with("2026-11-03", |workflow, placing| {
        workflow
            .deploy_now(&practice(), Some(december), placing)
            .unwrap()
            .0
    });
    story.change_calendar("2026-11-04", calendar(3, &["2026-12-31"]));
    story.settle("2027-01-30");
    assert_eq!(story.begun(), ["2026-12-31", "2026-11-30", "2027-01-29"]);
}

#[test]
fn what_a_rule_of_before_gave_says_nothing_of_the_turns_of_the_rule_in_force() {
    let weekly = Recurrence::weekly().from(date("2026-11-05"));
    let weekly = Schedule::Recurring(weekly.build().unwrap());
    let mut story = story(plan(weekly, "2026-11-01"), &[], "2026-11-02");
    // One of December's weeks is deployed ahead, another one skipped.
    for (day, skipped) in [("2026-12-17", false), ("2026-12-24", true)] {
        let occurrence = Occurrence::On(date(day));
        story.with("2026-11-03", |workflow, placing| {
            if skipped {
                return workflow
                    .skip(occurrence, reason("closed"), placing)
                    .unwrap();
            }
            let begun = workflow.deploy_now(&practice(), Some(occurrence), placing);
            begun.unwrap().0
        });
    }
    let monthly = plan(last_business_day(), "2026-11-01");
    story.with("2026-11-03", |workflow, placing| {
        workflow.change_plan(monthly, &aroha(), placing).unwrap()
    });
    story.change_calendar("2026-11-04", calendar(3, &["2026-12-31"]));
    let told = story.events.iter().filter(|event| {
        let covered = matches!(event, WorkflowEvent::Covered { .. });
        covered || matches!(event, WorkflowEvent::Skipped { .. })
    });
    assert_eq!(told.count(), 1, "the skip that a person asked for");
    story.settle("2026-12-31");
    assert_eq!(story.begun(), ["2026-12-17", "2026-11-30", "2026-12-30"]);
}

#[test]
fn a_turn_has_one_job_though_its_timing_was_changed_meanwhile() {
    let rule = Recurrence::monthly()
        .nth_business_day(3)
        .from(date("2026-12-01"));
    let schedule = Schedule::Recurring(rule.build().unwrap());
    let mut story = story(plan(schedule, "2026-11-01"), &[], "2026-11-02");
    let third = Occurrence::On(date("2026-12-03"));
    story.with("2026-11-03", |workflow, placing| {
        let begun = workflow.deploy_now(&practice(), Some(third), placing);
        begun.unwrap().0
    });
    // From the day after on, it is deployed two days ahead; and then the 2nd is a holiday.
    let lead = Lead::Days(LeadDays::new(2).unwrap());
    let later = Plan {
        timing: Timing {
            lead,
            ..Timing::default()
        },
        ..story.workflow.plan().clone()
    };
    let later = RecurrenceChange::from(later, date("2026-12-04"));
    story.with("2026-11-03", |workflow, placing| {
        let changed = workflow.change_recurrence(&later, &aroha(), placing);
        changed.unwrap()
    });
    story.change_calendar("2026-11-04", calendar(3, &["2026-12-02"]));
    story.settle("2027-01-05");
    assert_eq!(story.begun(), ["2026-12-03", "2027-01-05"]);
}

#[test]
fn a_skip_and_a_move_hold_for_the_month_whatever_its_date() {
    let mut story = story(plan(last_business_day(), "2026-11-01"), &[], "2026-11-02");
    story.with("2026-11-03", |workflow, placing| {
        workflow
            .skip(
                Occurrence::On(date("2026-11-30")),
                reason("on leave"),
                placing,
            )
            .unwrap()
    });
    story.with("2026-11-03", |workflow, placing| {
        let december = Occurrence::On(date("2026-12-31"));
        workflow
            .move_to(december, date("2026-12-15"), placing)
            .unwrap()
    });
    story.change_calendar("2026-11-04", calendar(3, &["2026-11-30", "2026-12-31"]));
    let placing = story.ground.placing(at("2026-11-04"));
    let why = story
        .workflow
        .why_not(Occurrence::On(date("2026-11-27")), &placing);
    assert_eq!(why.to_string(), "skipped: on leave");
    assert_eq!(
        story.workflow.next().unwrap().dates.start(),
        date("2026-12-15")
    );
    story.settle("2027-01-01");
    assert_eq!(story.begun(), ["2026-12-30"]);
    assert_eq!(story.deployments[0].dates().start(), date("2026-12-15"));
    // And back again: nothing comes up anew.
    story.change_calendar("2027-01-02", calendar(4, &[]));
    assert_eq!(story.status(), "active, next on 29 Jan 2027");
}

#[test]
fn what_comes_to_lie_in_the_past_is_due_now_and_not_missed() {
    for missed in [
        MissedRuns::All,
        MissedRuns::Latest,
        MissedRuns::Skip,
        MissedRuns::Hold,
    ] {
        let timing = Timing {
            roll: Roll::Earlier,
            lead: Lead::BusinessDays(LeadDays::new(5).unwrap()),
            ..Timing::default()
        };
        let plan = Plan {
            timing,
            missed,
            ..plan(monthly("2026-11-30"), "2026-11-01")
        };
        let mut story = story(plan, &[], "2026-11-02");
        assert_eq!(
            story.workflow.next().unwrap().dates.deploys_on(),
            date("2026-11-23")
        );
        // On Sunday the 22nd the whole week before is declared closed.
        let week = [
            "2026-11-23",
            "2026-11-24",
            "2026-11-25",
            "2026-11-26",
            "2026-11-27",
        ];
        story.change_calendar("2026-11-21", calendar(3, &week));
        let next = story.workflow.next().unwrap();
        assert_eq!(next.dates.deploys_on(), date("2026-11-16"));
        assert_eq!(next.deploy_at, at("2026-11-21"));
        let begun = story.fall_due("2026-11-21");
        assert_eq!(
            begun,
            Some(Occurrence::On(date("2026-11-30"))),
            "{missed:?}"
        );
        let held = matches!(
            story
                .events
                .iter()
                .rev()
                .find(|event| event.deployment().is_some()),
            Some(WorkflowEvent::Begun { held: Some(_), .. })
        );
        assert!(!held, "{missed:?}");
    }
}

#[test]
fn what_was_due_already_stays_due_since_then() {
    let mut story = story(plan(last_business_day(), "2026-11-01"), &[], "2026-11-02");
    let due = story.workflow.next().unwrap().deploy_at;
    // Due since early on the 30th, and nobody ran; on the 1st it turns out to have been the 27th.
    story.change_calendar("2026-12-01", calendar(3, &["2026-11-30"]));
    let next = story.workflow.next().unwrap();
    assert_eq!(
        (next.dates.start(), next.deploy_at),
        (date("2026-11-27"), due)
    );
    story.settle("2026-12-02");
    assert_eq!(story.begun(), ["2026-11-27"]);
}

#[test]
fn a_calendar_that_moves_nothing_writes_nothing() {
    let mut story = story(plan(last_business_day(), "2026-11-01"), &[], "2026-11-02");
    let before = story.events.len();
    story.change_calendar("2026-11-03", calendar(3, &["2026-11-10"]));
    assert_eq!(story.events.len(), before);
}

#[test]
fn a_preview_pairs_what_is_the_same_turn() {
    let mut story = story(
        plan(last_business_day(), "2026-11-01"),
        &["2026-11-30"],
        "2026-11-02",
    );
    story.settle("2026-11-27");
    let before = story.ground.placing(at("2026-11-28"));
    let after = calendar(3, &["2026-12-31"]);
    let placing = workflow_core::workflow::Placing {
        calendar: &after,
        ..before
    };
    let found = story
        .workflow
        .calendar_moves(&before, &placing, date("2027-03-31"));
    let shown: Vec<_> = found
        .moves
        .iter()
        .map(|moved| {
            let start = |next: &Option<Box<workflow_core::workflow::Next>>| {
                next.as_ref().map(|next| next.dates.start().to_string())
            };
            (start(&moved.before), start(&moved.after))
        })
        .collect();
    assert_eq!(
        shown,
        [(Some("2026-12-31".to_owned()), Some("2026-12-30".to_owned()))]
    );
    assert_eq!(found.unmoved, 3);
    let november = &story.deployments[0];
    assert!(
        story
            .workflow
            .is_frozen_against(november.occurrence(), november.dates(), &placing)
    );
}

/// Calendars that differ around the ends of months, where a date of a month has to go.
fn arb_holidays() -> impl Strategy<Value = Vec<NaiveDate>> {
    let day = (
        0_u32..14,
        prop::sample::select(vec![1_u32, 2, 3, 4, 5, 6, 27, 28, 29, 30, 31]),
    );
    let day = day.prop_filter_map("a date", |(month, day)| {
        NaiveDate::from_ymd_opt(2026 + (month / 12) as i32, month % 12 + 1, day)
    });
    prop::collection::vec(day, 0..16)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn each_month_has_one_job_whatever_becomes_of_the_calendar(
        changes in prop::collection::vec((1_u64..45, arb_holidays()), 1..12),
        nth in prop::option::of(1_u8..=3), lead in 0_u16..20, ahead in prop::option::of(1_u32..12),
    ) {
        let rule = Recurrence::monthly();
        let rule = match nth {
            Some(nth) => rule.nth_business_day(nth),
            None => rule.last_business_day(),
        };
        let rule = rule.from(date("2026-01-01")).build().unwrap();
        let timing = Timing {
            lead: Lead::BusinessDays(LeadDays::new(lead).unwrap()),
            ..Timing::default()
        };
        let plan = Plan { timing, ..plan(Schedule::Recurring(rule.clone()), "2026-01-01") };
        let mut story = Story::begin(adding(plan), None, "2026-01-01");
        let mut now = date("2026-01-01");
        if let Some(month) = ahead {
            let first = NaiveDate::from_ymd_opt(2026, month, 1).unwrap();
            let occurrence = rule.next_on_or_after(first, &story.ground.calendar).unwrap();
            story.with("2026-01-01", |workflow, placing| {
                workflow.deploy_now(&practice(), Some(Occurrence::On(occurrence)), placing).unwrap().0
            });
        }
        for (version, (days, holidays)) in (2_u32..).zip(changes) {
            story.settle(&now.to_string());
            now = now + Days::new(days);
            // Sometimes what is due was not deployed when the calendar changes.
            if days % 3 != 0 {
                story.settle(&now.to_string());
            }
            let days: std::collections::BTreeSet<_> = holidays.into_iter().collect();
            let days = days.into_iter().map(|day| Holiday::new(day, "Closed").unwrap());
            let Ok(calendar) = WorkingCalendar::new("Acme", version).unwrap().with_holidays(days)
            else { continue };
            story.change_calendar(&now.to_string(), calendar);
        }
        let end = date("2027-12-15").max(now);
        story.settle(&end.to_string());
        let mut months: BTreeMap<(i32, u32), u32> = BTreeMap::new();
        for deployment in &story.deployments {
            let nominal = deployment.occurrence().nominal().unwrap();
            *months.entry((nominal.year(), nominal.month())).or_default() += 1;
        }
        for month in (0..22).map(|month| (2026 + month / 12, month as u32 % 12 + 1)) {
            prop_assert_eq!(months.get(&month), Some(&1), "{:?} of {:?}", month, months);
        }
        prop_assert!(months.values().all(|jobs| *jobs == 1), "{:?}", months);
        // What is stored is what the events give.
        let mut rebuilt = workflow_core::workflow::Workflow::added(workflow_id(), &story.events[0]).unwrap();
        story.events[1..].iter().for_each(|event| rebuilt.apply(event));
        prop_assert_eq!(rebuilt, story.workflow);
    }
}

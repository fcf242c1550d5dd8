//! Which occurrences are owed, and that the reason told is what happens.

mod common;

use common::*;
use workflow_core::proposal::{InvoiceGrouping, ProposalState};
use workflow_core::recurrence::Recurrence;
use workflow_core::workflow::decide::Refusal;
use workflow_core::workflow::{MissedRuns, Occurrence, PausedDates, Plan, Schedule, WhyNot};

fn on(text: &str) -> Occurrence {
    Occurrence::On(date(text))
}

fn why(story: &Story, occurrence: Occurrence, now: &str) -> WhyNot {
    let placing = story.ground.placing(at(now));
    story.workflow.why_not(occurrence, &placing)
}

fn monthly_story() -> Story {
    let plan = plan(monthly("2026-02-01"), "2026-01-01");
    Story::begin(adding(plan), None, "2026-01-02")
}

#[test]
fn an_occurrence_that_was_moved_into_a_pause_is_not_owed() {
    let mut story = monthly_story();
    story.with("2026-01-02", |workflow, placing| {
        let moved = workflow.move_to(on("2026-02-01"), date("2026-02-10"), placing);
        moved.unwrap()
    });
    story.with("2026-02-05", |workflow, placing| {
        let until = Some(date("2026-02-20"));
        let paused = workflow.pause_until(until, reason("on leave"), placing);
        paused.unwrap()
    });
    story.with("2026-02-20", |workflow, placing| {
        workflow.resume(PausedDates::NotOwed, placing).unwrap()
    });
    let told = why(&story, on("2026-02-01"), "2026-02-20");
    assert_eq!(told, WhyNot::Paused(reason("on leave")));
    assert_eq!(story.fall_due("2026-02-20"), None);
    assert_eq!(story.status(), "active, next on 1 Mar 2026");
    let placing = story.ground.placing(at("2026-02-20"));
    let upcoming = story.workflow.upcoming(&placing, date("2026-03-31"), 9);
    assert_eq!(upcoming.len(), 1, "{upcoming:?}");

    // A person may want it after all.
    story.with("2026-02-21", |workflow, placing| {
        let moved = workflow.move_to(on("2026-02-01"), date("2026-02-25"), placing);
        moved.unwrap()
    });
    assert_eq!(story.fall_due("2026-02-25"), Some(on("2026-02-01")));
}

#[test]
fn a_moved_date_that_the_schedule_gives_no_more_is_not_deployed() {
    let mut story = monthly_story();
    story.with("2026-01-02", |workflow, placing| {
        let moved = workflow.move_to(on("2026-02-01"), date("2026-02-10"), placing);
        moved.unwrap()
    });
    story.with("2026-01-02", |workflow, placing| {
        let plan = plan(monthly("2026-02-15"), "2026-01-01");
        workflow.change_plan(plan, &aroha(), placing).unwrap()
    });
    assert_eq!(story.status(), "active, next on 15 Feb 2026");
    let told = why(&story, on("2026-02-01"), "2026-01-02");
    let on = date("2026-01-03");
    assert_eq!(told, WhyNot::Removed { on, by: aroha() });
}

#[test]
fn a_one_time_date_that_passed_while_its_proposal_was_closed_deploys_when_it_is_accepted_again() {
    let accepted = |on: &str| {
        let state = ProposalState::Accepted { on: date(on) };
        proposal(state, InvoiceGrouping::Client)
    };
    let declined = proposal(ProposalState::Declined, InvoiceGrouping::Client);
    let plan = plan(Schedule::OnDate(date("2026-02-10")), "2026-01-01");
    let first = accepted("2026-01-02");
    let mut story = Story::begin(from_proposal(plan), Some(&first), "2026-01-02");
    story.with("2026-02-01", |workflow, placing| {
        workflow.follow(&declined, placing)
    });
    story.with("2026-03-01", |workflow, placing| {
        workflow.follow(&accepted("2026-03-01"), placing)
    });
    let told = why(&story, Occurrence::Once, "2026-03-01");
    assert!(matches!(told, WhyNot::Waiting { until: Some(_) }), "{told}");
    assert_eq!(story.fall_due("2026-03-01"), Some(Occurrence::Once));
}

#[test]
fn on_acceptance_waits_for_no_date_however_far_ahead_it_starts() {
    let mut accepted = proposal(
        ProposalState::Accepted {
            on: date("2026-01-02"),
        },
        InvoiceGrouping::Client,
    );
    accepted.starts_on = Some(date("2026-07-01"));
    let plan = plan(Schedule::OnAcceptance, "2026-01-01");
    let story = Story::begin(from_proposal(plan), Some(&accepted), "2026-01-02");
    let told = why(&story, Occurrence::Once, "2026-01-02");
    let until = Some(at("2026-01-02"));
    assert_eq!(told, WhyNot::Waiting { until });
}

#[test]
fn what_is_due_at_the_same_instant_as_the_next_was_not_missed() {
    for missed in [MissedRuns::Latest, MissedRuns::Skip, MissedRuns::Hold] {
        let weekly = Recurrence::weekly().from(date("2026-02-02")).build();
        let plan = Plan {
            missed,
            ..plan(Schedule::Recurring(weekly.unwrap()), "2026-01-01")
        };
        let mut story = Story::begin(adding(plan), None, "2026-01-02");
        story.with("2026-01-02", |workflow, placing| {
            let moved = workflow.move_to(on("2026-02-02"), date("2026-02-09"), placing);
            moved.unwrap()
        });
        // It is noon UTC, hours after both fell due at six in the morning in Auckland.
        assert_eq!(story.fall_due("2026-02-09"), Some(on("2026-02-02")));
        assert_eq!(story.fall_due("2026-02-09"), Some(on("2026-02-09")));
        let held = |deployment: &workflow_core::deployment::Deployment| deployment.wake().is_none();
        assert!(!story.deployments.iter().any(held), "{missed}");
    }
}

#[test]
fn an_archived_workflow_keeps_its_plan_and_takes_no_other() {
    let mut story = monthly_story();
    story.with("2026-01-03", |workflow, placing| workflow.archive(placing));
    let placing = story.ground.placing(at("2026-01-04"));
    let same = story.workflow.plan().clone();
    let unchanged = story
        .workflow
        .change_plan(same, &aroha(), &placing)
        .unwrap();
    assert!(unchanged.is_empty());
    let other = plan(monthly("2026-02-15"), "2026-01-01");
    let refused = story
        .workflow
        .change_plan(other, &aroha(), &placing)
        .unwrap_err();
    assert_eq!(refused, Refusal::Archived);
}

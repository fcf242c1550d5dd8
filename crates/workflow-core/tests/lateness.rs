//! What could not be deployed before was not missed, however long ago its date is.

mod common;

use common::*;
use workflow_core::deployment::{Hold, Phase};
use workflow_core::proposal::{InvoiceGrouping, ProposalState};
use workflow_core::recurrence::Recurrence;
use workflow_core::workflow::{
    Mark, MissedRuns, Occurrence, PausedDates, Plan, Schedule, WorkflowEvent,
};

const STRICT: [MissedRuns; 3] = [MissedRuns::Latest, MissedRuns::Skip, MissedRuns::Hold];

fn weekly(missed: MissedRuns) -> Plan {
    let weekly = Recurrence::weekly()
        .from(date("2026-02-02"))
        .build()
        .unwrap();
    Plan {
        missed,
        ..plan(Schedule::Recurring(weekly), "2026-01-01")
    }
}

fn on(text: &str) -> Occurrence {
    Occurrence::On(date(text))
}

/// What falls due at `now`, none of it held or recorded as missed.
fn all_deploy(story: &mut Story, now: &str) -> Vec<Occurrence> {
    let begun: Vec<_> = std::iter::from_fn(|| story.fall_due(now)).collect();
    let held = |deployment: &&workflow_core::deployment::Deployment| {
        matches!(deployment.phase(), Phase::Held(_))
    };
    assert_eq!(story.deployments.iter().find(held), None);
    let missed = |occurrence: &Occurrence| story.workflow.mark(*occurrence) == Some(&Mark::Missed);
    assert_eq!(story.workflow.decided().find(missed), None);
    begun
}

#[test]
fn a_proposal_that_is_accepted_late_has_missed_nothing() {
    for missed in STRICT {
        let sent = proposal(ProposalState::Sent, InvoiceGrouping::Client);
        let mut story = Story::begin(from_proposal(weekly(missed)), Some(&sent), "2026-01-02");
        let state = ProposalState::Accepted {
            on: date("2026-02-20"),
        };
        let accepted = proposal(state, InvoiceGrouping::Client);
        story.with("2026-02-20", |workflow, placing| {
            workflow.follow(&accepted, placing)
        });
        let begun = all_deploy(&mut story, "2026-02-20");
        assert_eq!(
            begun,
            ["2026-02-02", "2026-02-09", "2026-02-16"].map(on),
            "{missed}"
        );
    }
}

#[test]
fn dates_of_a_pause_that_are_owed_after_all_were_not_missed() {
    for missed in STRICT {
        let mut story = Story::begin(adding(weekly(missed)), None, "2026-01-02");
        story.with("2026-01-30", |workflow, placing| {
            workflow
                .pause_until(None, reason("on leave"), placing)
                .unwrap()
        });
        story.with("2026-02-20", |workflow, placing| {
            workflow.resume(PausedDates::Owed, placing).unwrap()
        });
        let begun = all_deploy(&mut story, "2026-02-20");
        assert_eq!(
            begun,
            ["2026-02-02", "2026-02-09", "2026-02-16"].map(on),
            "{missed}"
        );
    }
}

#[test]
fn a_duplicate_that_is_confirmed_late_has_missed_nothing() {
    for missed in STRICT {
        let original = Story::begin(adding(weekly(missed)), None, "2026-01-02");
        let placing = original.ground.placing(at("2026-01-20"));
        let duplicate = original.workflow.to_duplicate(&placing);
        let duplicate = workflow_core::workflow::decide::Adding {
            duplicate_of: Some(workflow_id()),
            ..duplicate
        };
        let mut story = Story::begin(duplicate, None, "2026-01-20");
        story.with("2026-02-20", |workflow, placing| {
            workflow.confirm(placing).unwrap()
        });
        let begun = all_deploy(&mut story, "2026-02-20");
        assert_eq!(
            begun,
            ["2026-02-02", "2026-02-09", "2026-02-16"].map(on),
            "{missed}"
        );
    }
}

#[test]
fn what_waits_a_day_after_it_could_be_deployed_is_late() {
    let sent = proposal(ProposalState::Sent, InvoiceGrouping::Client);
    let plan = weekly(MissedRuns::Hold);
    let mut story = Story::begin(from_proposal(plan), Some(&sent), "2026-01-02");
    let state = ProposalState::Accepted {
        on: date("2026-02-03"),
    };
    let accepted = proposal(state, InvoiceGrouping::Client);
    story.with("2026-02-03", |workflow, placing| {
        workflow.follow(&accepted, placing)
    });
    let since = WorkflowEvent::DeployableSince {
        at: at("2026-02-03"),
    };
    assert!(story.events.contains(&since), "{:?}", story.events);
    // Nothing ran for two days after that.
    assert_eq!(story.fall_due("2026-02-05"), Some(on("2026-02-02")));
    assert_eq!(*story.deployments[0].phase(), Phase::Held(Hold::MissedRun));
}

#[test]
fn a_pause_that_ended_by_itself_while_nothing_ran_is_measured_from_its_end() {
    let mut story = Story::begin(adding(weekly(MissedRuns::Hold)), None, "2026-01-02");
    story.with("2026-02-02", |workflow, placing| {
        // Due this morning in Auckland and not begun yet; it waits for the end of the pause.
        let until = Some(date("2026-02-10"));
        workflow
            .pause_until(until, reason("on leave"), placing)
            .unwrap()
    });
    story.with("2026-02-20", |workflow, placing| {
        let ended = workflow.fall_due(&practice(), placing);
        let since = ended.events.iter().find_map(|event| match event {
            WorkflowEvent::DeployableSince { at } => Some(*at),
            _ => None,
        });
        let midnight = placing.midnight(date("2026-02-10"));
        assert_eq!(since, Some(midnight));
        ended
    });
}

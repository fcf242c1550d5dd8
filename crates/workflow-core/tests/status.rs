//! Active and inactive: each row of the table, and what a rebuilt workflow is like.

mod common;

use common::*;
use workflow_core::billing::BillingLevel;
use workflow_core::deployment::Deployment;
use workflow_core::proposal::{InvoiceGrouping, ProposalState};
use workflow_core::recurrence::Recurrence;
use workflow_core::workflow::decide::Refusal;
use workflow_core::workflow::{
    Occurrence, PausedDates, Schedule, Status, Why, WhyNot, Workflow, WorkflowEvent,
};

const ONCE: Occurrence = Occurrence::Once;

#[test]
fn recurring_with_further_occurrences_is_active_next_on_a_date() {
    let story = Story::begin(
        adding(plan(monthly("2026-01-31"), "2026-01-01")),
        None,
        "2026-01-02",
    );
    assert_eq!(story.status(), "active, next on 31 Jan 2026");
}

#[test]
fn recurring_and_paused_is_active_paused_until() {
    let mut story = Story::begin(
        adding(plan(monthly("2026-01-31"), "2026-01-01")),
        None,
        "2026-01-02",
    );
    story.with("2026-01-10", |workflow, placing| {
        workflow
            .pause_until(Some(date("2026-05-01")), reason("on leave"), placing)
            .unwrap()
    });
    assert_eq!(story.status(), "active, paused until 1 May 2026");
    story.with("2026-01-10", |workflow, placing| {
        workflow.resume(PausedDates::NotOwed, placing).unwrap()
    });
    assert_eq!(story.status(), "active, next on 31 Jan 2026");
}

#[test]
fn one_time_on_a_date_is_active_next_on_that_date_and_then_completed() {
    let mut story = Story::begin(
        adding(plan(Schedule::OnDate(date("2026-03-02")), "2026-01-01")),
        None,
        "2026-01-02",
    );
    assert_eq!(story.status(), "active, next on 2 Mar 2026");
    story.deploy_until("2026-03-02");
    assert_eq!(story.status(), "inactive, completed");
}

#[test]
fn one_time_by_hand_is_active_awaits_a_person() {
    let mut story = Story::begin(
        adding(plan(Schedule::ByHand, "2026-01-01")),
        None,
        "2026-01-02",
    );
    assert_eq!(story.status(), "active, awaits a person");
    story.with("2026-02-02", |workflow, placing| {
        workflow.deploy_now(&practice(), None, placing).unwrap().0
    });
    assert_eq!(story.status(), "active, needs attention");
    story.happens(WorkflowEvent::Deployed {
        occurrence: ONCE,
        job: job("J1"),
    });
    assert_eq!(story.status(), "inactive, completed");
}

#[test]
fn from_a_proposal_that_is_not_accepted_is_active_awaits_acceptance_whatever_its_schedule() {
    let sent = proposal(ProposalState::Sent, InvoiceGrouping::Client);
    let schedules = [
        Schedule::OnAcceptance,
        Schedule::OnDate(date("2026-01-05")),
        Schedule::ByHand,
        monthly("2026-01-05"),
    ];
    for schedule in schedules {
        let adding = from_proposal(plan(schedule, "2026-01-01"));
        let mut story = Story::begin(adding, Some(&sent), "2026-01-02");
        assert_eq!(story.status(), "active, awaits acceptance");
        assert_eq!(
            story.fall_due("2026-06-01"),
            None,
            "nothing deploys before acceptance"
        );
        let refused = story
            .workflow
            .deploy_now(&practice(), None, &story.ground.placing(at("2026-06-01")))
            .unwrap_err();
        assert_eq!(refused, Refusal::AwaitsAcceptance);
    }
}

#[test]
fn any_with_an_open_deployment_is_active_needs_attention_archived_or_not() {
    let mut story = Story::begin(
        adding(plan(monthly("2026-01-31"), "2026-01-01")),
        None,
        "2026-01-02",
    );
    let begun = story.fall_due("2026-01-31").unwrap();
    assert_eq!(story.status(), "active, needs attention");
    story.with("2026-02-01", |workflow, placing| workflow.archive(placing));
    assert_eq!(story.status(), "active, needs attention");
    story.happens(WorkflowEvent::GivenUp {
        occurrence: begun,
        reason: reason("not wanted"),
    });
    assert_eq!(story.status(), "inactive, archived");
}

#[test]
fn one_time_skipped_or_given_up_is_inactive_given_up() {
    let on_date = || adding(plan(Schedule::OnDate(date("2026-03-02")), "2026-01-01"));
    let mut skipped = Story::begin(on_date(), None, "2026-01-02");
    skipped.with("2026-01-10", |workflow, placing| {
        workflow.skip(ONCE, reason("client left"), placing).unwrap()
    });
    assert_eq!(skipped.status(), "inactive, given up");

    let mut given_up = Story::begin(on_date(), None, "2026-01-02");
    let occurrence = given_up.fall_due("2026-03-02").unwrap();
    given_up.happens(WorkflowEvent::GivenUp {
        occurrence,
        reason: reason("client left"),
    });
    assert_eq!(given_up.status(), "inactive, given up");
}

#[test]
fn a_recurrence_that_has_run_out_with_nothing_open_is_inactive_ended() {
    let thrice = Recurrence::monthly()
        .from(date("2026-01-31"))
        .times(3)
        .build()
        .unwrap();
    let adding = adding(plan(Schedule::Recurring(thrice), "2026-01-01"));
    let mut story = Story::begin(adding, None, "2026-01-02");
    story.deploy_until("2026-03-30");
    assert_eq!(story.status(), "active, next on 31 Mar 2026");
    let last = story.fall_due("2026-03-31").unwrap();
    assert_eq!(story.status(), "active, needs attention");
    story.happens(WorkflowEvent::Deployed {
        occurrence: last,
        job: job("J3"),
    });
    assert_eq!(story.status(), "inactive, ended");
    let dates: Vec<String> = story
        .deployments
        .iter()
        .map(|found| found.occurrence().to_string())
        .collect();
    assert_eq!(
        dates,
        ["2026-01-31", "2026-02-28", "2026-03-31"],
        "clamped, and the anchor kept"
    );
}

#[test]
fn a_closed_proposal_makes_it_inactive_until_it_is_accepted_again() {
    let accepted = |on| ProposalState::Accepted { on: date(on) };
    let mut offered = proposal(accepted("2026-01-02"), InvoiceGrouping::Client);
    let adding = from_proposal(plan(monthly("2026-01-31"), "2026-01-01"));
    let mut story = Story::begin(adding, Some(&offered), "2026-01-02");
    story.deploy_until("2026-02-10");

    offered.state = ProposalState::Declined;
    story.with("2026-02-10", |workflow, placing| {
        workflow.follow(&offered, placing)
    });
    assert_eq!(story.status(), "inactive, proposal closed");
    assert_eq!(story.fall_due("2026-04-01"), None);

    offered.state = accepted("2026-04-10");
    story.with("2026-04-10", |workflow, placing| {
        workflow.follow(&offered, placing)
    });
    assert_eq!(story.status(), "active, next on 30 Apr 2026");
    let placing = story.ground.placing(at("2026-04-10"));
    let march = story
        .workflow
        .why_not(Occurrence::On(date("2026-03-31")), &placing);
    assert_eq!(march.word(), "proposal closed");
    story.with("2026-04-10", |workflow, placing| {
        workflow.follow(&offered, placing)
    });
    assert_eq!(
        story.status(),
        "active, next on 30 Apr 2026",
        "accepted twice is accepted once"
    );
}

#[test]
fn archived_with_nothing_open_is_inactive_archived() {
    let mut story = Story::begin(
        adding(plan(monthly("2026-01-31"), "2026-01-01")),
        None,
        "2026-01-02",
    );
    story.with("2026-01-10", |workflow, placing| workflow.archive(placing));
    assert_eq!(story.status(), "inactive, archived");
    assert_eq!(story.fall_due("2026-06-01"), None);
}

#[test]
fn on_acceptance_deploys_at_once_and_starts_no_earlier_than_the_proposal() {
    let mut offered = proposal(ProposalState::Sent, InvoiceGrouping::Client);
    offered.starts_on = Some(date("2026-07-01"));
    let adding = from_proposal(plan(Schedule::OnAcceptance, "2026-01-01"));
    let mut story = Story::begin(adding, Some(&offered), "2026-01-02");
    offered.state = ProposalState::Accepted {
        on: date("2026-05-05"),
    };
    story.with("2026-05-05", |workflow, placing| {
        workflow.follow(&offered, placing)
    });
    assert_eq!(story.fall_due("2026-05-05"), Some(ONCE), "at once");
    assert_eq!(story.deployments[0].dates().start(), date("2026-07-01"));
    story.happens(WorkflowEvent::Deployed {
        occurrence: ONCE,
        job: job("J1"),
    });
    assert_eq!(story.status(), "inactive, completed");
}

#[test]
fn dates_before_the_deploys_from_date_are_never_owed() {
    let mut story = Story::begin(
        adding(plan(monthly("2025-01-31"), "2026-01-15")),
        None,
        "2026-01-20",
    );
    assert_eq!(
        story.fall_due("2026-01-31"),
        Some(Occurrence::On(date("2026-01-31")))
    );
    let placing = story.ground.placing(at("2026-02-01"));
    let december = story
        .workflow
        .why_not(Occurrence::On(date("2025-12-31")), &placing);
    assert_eq!(december.word(), "before start");
}

#[test]
fn dates_in_a_pause_are_not_owed_unless_whoever_resumes_says_so() {
    for (choice, first) in [
        (PausedDates::NotOwed, "2026-04-30"),
        (PausedDates::Owed, "2026-01-31"),
    ] {
        let mut story = Story::begin(
            adding(plan(monthly("2026-01-31"), "2026-01-01")),
            None,
            "2026-01-02",
        );
        story.with("2026-01-10", |workflow, placing| {
            workflow
                .pause_until(None, reason("on leave"), placing)
                .unwrap()
        });
        assert_eq!(story.fall_due("2026-04-01"), None);
        story.with("2026-04-10", |workflow, placing| {
            workflow.resume(choice, placing).unwrap()
        });
        assert_eq!(
            story.fall_due("2026-05-01"),
            Some(Occurrence::On(date(first)))
        );
        if choice == PausedDates::NotOwed {
            let placing = story.ground.placing(at("2026-05-01"));
            let march = story
                .workflow
                .why_not(Occurrence::On(date("2026-03-31")), &placing);
            assert_eq!(march, WhyNot::Paused(reason("on leave")));
        }
    }
}

#[test]
fn a_moved_occurrence_keeps_its_identity_and_may_come_before_others() {
    let mut story = Story::begin(
        adding(plan(monthly("2026-01-31"), "2026-01-01")),
        None,
        "2026-01-02",
    );
    let march = Occurrence::On(date("2026-03-31"));
    story.with("2026-01-03", |workflow, placing| {
        workflow
            .move_to(march, date("2026-01-12"), placing)
            .unwrap()
    });
    assert_eq!(story.status(), "active, next on 12 Jan 2026");
    assert_eq!(story.fall_due("2026-01-12"), Some(march));
    assert_eq!(story.deployments[0].dates().start(), date("2026-01-12"));
    story.happens(WorkflowEvent::Deployed {
        occurrence: march,
        job: job("J1"),
    });
    story.deploy_until("2026-05-01");
    let mut all: Vec<_> = story
        .deployments
        .iter()
        .map(Deployment::occurrence)
        .collect();
    all.sort();
    let expected = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"];
    assert_eq!(
        all,
        expected.map(|day| Occurrence::On(date(day))),
        "each once"
    );
}

#[test]
fn deploying_ahead_uses_the_occurrence_up() {
    let mut story = Story::begin(
        adding(plan(monthly("2026-01-31"), "2026-01-01")),
        None,
        "2026-01-02",
    );
    let february = Occurrence::On(date("2026-02-28"));
    story.with("2026-01-05", |workflow, placing| {
        workflow
            .deploy_now(&practice(), Some(february), placing)
            .unwrap()
            .0
    });
    story.happens(WorkflowEvent::Deployed {
        occurrence: february,
        job: job("J1"),
    });
    let placing = story.ground.placing(at("2026-01-06"));
    let again = story
        .workflow
        .deploy_now(&practice(), Some(february), &placing)
        .unwrap_err();
    assert_eq!(
        again,
        Refusal::Begun {
            occurrence: february
        }
    );
    let skip = story
        .workflow
        .skip(february, reason("no"), &placing)
        .unwrap_err();
    assert_eq!(
        skip,
        Refusal::Begun {
            occurrence: february
        }
    );
    story.deploy_until("2026-03-31");
    assert_eq!(story.deployments.len(), 3);
}

#[test]
fn a_duplicate_deploys_nothing_until_a_person_confirms_and_starts_after_the_last_cell() {
    let mut original = Story::begin(
        adding(plan(monthly("2026-01-31"), "2026-01-01")),
        None,
        "2026-01-02",
    );
    original.deploy_until("2026-02-01");
    let placing = original.ground.placing(at("2026-02-01"));
    let copy = original.workflow.to_duplicate(&placing);
    assert_eq!(copy.plan.deploys_from, date("2026-02-28"));
    assert_eq!(copy.billing, BillingLevel::NonBilling);
    let mut story = Story::begin(copy, None, "2026-02-01");
    assert_eq!(story.status(), "active, awaits a person");
    assert_eq!(story.fall_due("2026-03-01"), None);
    story.with("2026-03-01", |workflow, placing| {
        workflow.confirm(placing).unwrap()
    });
    assert_eq!(
        story.fall_due("2026-03-01"),
        Some(Occurrence::On(date("2026-02-28")))
    );
}

#[test]
fn proposal_level_is_refused_with_the_reason_where_invoices_are_not_grouped_by_proposal() {
    let offered = proposal(ProposalState::Sent, InvoiceGrouping::Client);
    let adding = from_proposal(plan(Schedule::ByHand, "2026-01-01"));
    let story = Story::begin(adding, Some(&offered), "2026-01-02");
    let placing = story.ground.placing(at("2026-01-02"));
    let refused = story
        .workflow
        .change_billing(BillingLevel::Proposal, Some(&offered), &placing)
        .unwrap_err();
    assert_eq!(refused.field(), "billing");
    assert!(
        refused.to_string().contains("grouped by client"),
        "{refused}"
    );
}

#[test]
fn rebuilding_from_the_events_gives_what_is_stored() {
    let mut story = Story::begin(
        adding(plan(monthly("2026-01-31"), "2026-01-01")),
        None,
        "2026-01-02",
    );
    story.deploy_until("2026-03-01");
    story.with("2026-03-02", |workflow, placing| {
        workflow
            .skip(
                Occurrence::On(date("2026-03-31")),
                reason("no work"),
                placing,
            )
            .unwrap()
    });
    story.with("2026-03-03", |workflow, placing| {
        workflow
            .pause_until(Some(date("2026-06-01")), reason("leave"), placing)
            .unwrap()
    });
    story.deploy_until("2026-08-01");
    let mut events = story.events.iter();
    let mut rebuilt = Workflow::added(workflow_id(), events.next().unwrap()).unwrap();
    for event in events {
        rebuilt.apply(event);
    }
    assert_eq!(rebuilt, story.workflow);
}

#[test]
fn why_says_that_a_deployed_date_has_its_job() {
    let mut story = Story::begin(
        adding(plan(monthly("2026-01-31"), "2026-01-01")),
        None,
        "2026-01-02",
    );
    story.deploy_until("2026-02-01");
    assert_eq!(story.deployments[0].why(), Why::Job(job("J000001")));
    let placing = story.ground.placing(at("2026-02-01"));
    let between = story
        .workflow
        .why_not(Occurrence::On(date("2026-02-11")), &placing);
    assert_eq!(between, WhyNot::NotInRule);
    assert!(matches!(story.workflow.status(), Status::Active(_)));
}

#[test]
fn a_calendar_counts_business_days_as_one_would_by_looking_at_each() {
    use chrono::Days;
    use workflow_core::business_days::BusinessDays;
    use workflow_core::calendar::{Holiday, WorkingCalendar};
    let holidays = ["2026-12-25", "2026-12-26", "2026-12-28", "2027-01-01"];
    let holidays = holidays.map(|day| Holiday::new(date(day), "holiday").unwrap());
    let calendar = WorkingCalendar::new("with holidays", 1)
        .unwrap()
        .with_holidays(holidays)
        .unwrap();
    let from = date("2026-12-20");
    for days in 0..30 {
        let until = from + Days::new(days);
        let each = from.iter_days().take_while(|day| *day < until);
        let looked = each.filter(|day| calendar.is_business_day(*day)).count();
        assert_eq!(
            BusinessDays::count_business_days(&calendar, from, until),
            looked as u64
        );
    }
}

#[test]
fn an_occurrence_is_not_moved_to_a_day_that_has_passed() {
    let story = Story::begin(
        adding(plan(monthly("2026-01-31"), "2026-01-01")),
        None,
        "2026-02-10",
    );
    let placing = story.ground.placing(at("2026-02-10"));
    let march = Occurrence::On(date("2026-03-31"));
    let refused = story.workflow.move_to(march, date("2025-03-30"), &placing);
    let refused = refused.unwrap_err();
    assert_eq!(refused.field(), "new date");
    let today = placing.today();
    assert!(story.workflow.move_to(march, today, &placing).is_ok());
}

#[test]
fn a_calendar_that_changes_loses_no_occurrence_of_the_same_rule() {
    use workflow_core::calendar::{Holiday, WorkingCalendar};
    let rule = Recurrence::monthly()
        .last_business_day()
        .from(date("2026-11-30"))
        .build()
        .unwrap();
    let adding = adding(plan(Schedule::Recurring(rule), "2026-11-01"));
    let mut story = Story::begin(adding, None, "2026-11-02");
    story.deploy_until("2026-12-01");
    // New Year's Eve becomes a holiday, so December's date comes to lie in November's cell.
    let eve = Holiday::new(date("2026-12-31"), "New Year's Eve").unwrap();
    let calendar = WorkingCalendar::new("with holidays", 2).unwrap();
    story.ground.calendar = calendar.with_holidays([eve]).unwrap();
    story.fall_due("2026-12-02");
    assert_eq!(story.status(), "active, next on 30 Dec 2026");
    story.deploy_until("2026-12-31");
    assert_eq!(story.deployments.len(), 2);
}

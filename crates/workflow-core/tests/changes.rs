//! Changing what repeats, in place: what is owed afterwards, what a preview shows, and what is
//! refused.

mod common;

use chrono::NaiveDate;
use common::*;
use workflow_core::proposal::{InvoiceGrouping, ProposalState};
use workflow_core::recurrence::Recurrence;
use workflow_core::timing::{Lead, LeadDays, Timing};
use workflow_core::workflow::decide::Refusal;
use workflow_core::workflow::{
    Deploys, Effect, Mark, MarkFate, MissedRuns, Occurrence, PausedDates, Placing, Plan,
    RecurrenceChange, Schedule, ScheduleDiff, WhyNot, Workflow,
};

fn on(text: &str) -> Occurrence {
    Occurrence::On(date(text))
}

fn quarterly(from: &str) -> Schedule {
    Schedule::Recurring(Recurrence::quarterly().from(date(from)).build().unwrap())
}

fn weekly(from: &str) -> Schedule {
    Schedule::Recurring(Recurrence::weekly().from(date(from)).build().unwrap())
}

fn begin(schedule: Schedule) -> Story {
    Story::begin(adding(plan(schedule, "2026-01-01")), None, "2026-01-02")
}

fn to(story: &Story, schedule: Schedule) -> Plan {
    Plan {
        schedule,
        ..story.workflow.plan().clone()
    }
}

fn led(story: &Story, days: u16) -> Plan {
    let timing = Timing {
        lead: Lead::Days(LeadDays::new(days).unwrap()),
        ..Timing::default()
    };
    Plan {
        timing,
        ..story.workflow.plan().clone()
    }
}

fn change(story: &mut Story, now: &str, change: &RecurrenceChange) {
    story.with(now, |workflow, placing| {
        workflow
            .change_recurrence(change, &aroha(), placing)
            .unwrap()
    });
}

fn change_all(story: &mut Story, now: &str, plan: Plan) {
    change(story, now, &RecurrenceChange::not_deployed(plan));
}

fn refused(story: &Story, now: &str, change: &RecurrenceChange) -> Refusal {
    let placing = story.ground.placing(at(now));
    story
        .workflow
        .change_recurrence(change, &aroha(), &placing)
        .unwrap_err()
}

fn preview(story: &Story, now: &str, change: &RecurrenceChange) -> ScheduleDiff {
    let placing = story.ground.placing(at(now));
    story.workflow.preview(change, &placing).unwrap()
}

fn why(story: &Story, date: &str, now: &str) -> String {
    let placing = story.ground.placing(at(now));
    story.workflow.why_not(on(date), &placing).to_string()
}

fn upcoming(story: &Story, now: &str, until: &str) -> Vec<String> {
    let placing = story.ground.placing(at(now));
    let next = story.workflow.upcoming(&placing, date(until), 99);
    next.iter()
        .map(|next| next.occurrence.to_string())
        .collect()
}

fn begun(story: &Story) -> Vec<String> {
    let deployments = story.deployments.iter();
    deployments
        .map(|deployment| deployment.occurrence().to_string())
        .collect()
}

/// Each row as the first letters of its effect, and its nominal dates before and after.
fn rows(diff: &ScheduleDiff, until: &str) -> Vec<String> {
    let shown = |side: &Option<workflow_core::workflow::Side>| {
        let nominal = side.as_ref().map(|side| side.nominal);
        nominal.map_or("-".to_owned(), |nominal: NaiveDate| {
            nominal.format("%m-%d").to_string()
        })
    };
    let rows = diff.rows.iter();
    rows.filter(|row| row.nominal() <= date(until))
        .map(|row| {
            format!(
                "{}: {} {}",
                row.effect,
                shown(&row.before),
                shown(&row.after)
            )
        })
        .collect()
}

#[test]
fn quarterly_to_monthly_in_the_middle_of_a_quarter_makes_no_second_job_for_it() {
    let mut story = begin(quarterly("2026-01-31"));
    story.deploy_until("2026-02-10");
    let monthly = RecurrenceChange::not_deployed(to(&story, monthly("2026-01-31")));
    let diff = preview(&story, "2026-02-10", &monthly);
    assert_eq!(
        rows(&diff, "2026-07-31"),
        [
            "deployed or begun: out of reach: 01-31 01-31",
            "covered by the job of 2026-01-31: - 02-28",
            "covered by the job of 2026-01-31: - 03-31",
            "kept: 04-30 04-30",
            "added: - 05-31",
            "added: - 06-30",
            "kept: 07-31 07-31",
        ]
    );
    change(&mut story, "2026-02-10", &monthly);
    story.deploy_until("2026-05-31");
    assert_eq!(begun(&story), ["2026-01-31", "2026-04-30", "2026-05-31"]);
    assert_eq!(
        why(&story, "2026-03-31", "2026-06-01"),
        "covered: by the job of 2026-01-31"
    );
    assert!(story.rebuilt());
}

#[test]
fn a_covered_date_deploys_on_its_date_once_a_person_asks_for_it_and_never_twice() {
    let mut story = begin(quarterly("2026-01-31"));
    story.deploy_until("2026-02-10");
    let plan = to(&story, monthly("2026-01-31"));
    change_all(&mut story, "2026-02-10", plan);
    let march = on("2026-03-31");
    let placing = story.ground.placing(at("2026-02-11"));
    let now = story
        .workflow
        .deploy_now(&practice(), Some(march), &placing);
    let by = on("2026-01-31");
    let covered = Refusal::Covered {
        occurrence: march,
        by,
    };
    assert_eq!(now.unwrap_err(), covered);
    let moved = story
        .workflow
        .move_to(march, date("2026-03-20"), &placing)
        .unwrap_err();
    assert_eq!(moved, covered);
    let free = story.workflow.deploy_covered(on("2026-04-30"), &placing);
    let occurrence = on("2026-04-30");
    assert_eq!(free.unwrap_err(), Refusal::NotCovered { occurrence });

    story.with("2026-02-11", |workflow, placing| {
        workflow.deploy_covered(march, placing).unwrap()
    });
    let placing = story.ground.placing(at("2026-02-11"));
    let again = story.workflow.deploy_covered(march, &placing).unwrap_err();
    assert!(matches!(again, Refusal::NotOwed { .. }), "{again}");
    assert_eq!(story.status(), "active, next on 31 Mar 2026");
    story.deploy_until("2026-05-01");
    assert_eq!(begun(&story), ["2026-01-31", "2026-03-31", "2026-04-30"]);

    // One that has passed is due at once, and was not missed.
    let plan = Plan {
        missed: MissedRuns::Skip,
        ..story.workflow.plan().clone()
    };
    change_all(&mut story, "2026-06-15", plan);
    story.deploy_until("2026-06-15");
    story.with("2026-06-15", |workflow, placing| {
        workflow.deploy_covered(on("2026-02-28"), placing).unwrap()
    });
    assert_eq!(story.fall_due("2026-06-15"), Some(on("2026-02-28")));
    assert_eq!(story.fall_due("2026-06-15"), None);
    let late = story.ground.placing(at("2026-06-16"));
    for begun in ["2026-02-28", "2026-03-31"] {
        let again = story.workflow.deploy_covered(on(begun), &late).unwrap_err();
        let occurrence = on(begun);
        assert_eq!(again, Refusal::Begun { occurrence });
    }
    assert!(story.rebuilt());
}

#[test]
fn this_and_later_ones_leave_earlier_dates_owed_under_the_rule_and_timing_of_before() {
    let mut story = begin(monthly("2026-01-31"));
    story.deploy_until("2026-02-01");
    let after = Plan {
        schedule: quarterly("2026-05-31"),
        ..led(&story, 10)
    };
    let change_from = RecurrenceChange::from(after, date("2026-04-30"));
    let diff = preview(&story, "2026-02-10", &change_from);
    assert_eq!(
        rows(&diff, "2026-07-01"),
        [
            "deployed or begun: out of reach: 01-31 01-31",
            "kept: 02-28 02-28",
            "kept: 03-31 03-31",
            "removed: 04-30 -",
            "kept: 05-31 05-31",
            "removed: 06-30 -",
        ]
    );
    let kept: Vec<_> = diff.rows.iter().skip(1).take(2).collect();
    assert!(kept.iter().all(|row| row.before == row.after), "{kept:?}");
    change(&mut story, "2026-02-10", &change_from);
    assert_eq!(
        upcoming(&story, "2026-02-10", "2026-09-30"),
        ["2026-02-28", "2026-03-31", "2026-05-31", "2026-08-31"]
    );
    story.deploy_until("2026-05-21");
    assert_eq!(
        begun(&story),
        ["2026-01-31", "2026-02-28", "2026-03-31", "2026-05-31"]
    );
    assert_eq!(
        why(&story, "2026-04-30", "2026-06-01"),
        "not in the rule: since it was changed on 11 February 2026 by Aroha"
    );
    assert_eq!(
        why(&story, "2026-04-29", "2026-06-01"),
        WhyNot::NotInRule.to_string()
    );
    assert!(story.rebuilt());
}

#[test]
fn a_later_date_whose_lead_is_longer_deploys_before_an_earlier_one_of_the_rule_of_before() {
    let mut story = begin(monthly("2026-01-31"));
    story.deploy_until("2026-02-01");
    let later = RecurrenceChange::from(led(&story, 60), date("2026-03-31"));
    change(&mut story, "2026-02-05", &later);
    assert_eq!(story.fall_due("2026-02-05"), Some(on("2026-03-31")));
    assert_eq!(story.fall_due("2026-02-05"), None);
    story.deploy_until("2026-03-01");
    assert_eq!(
        begun(&story)[1..],
        ["2026-03-31", "2026-02-28", "2026-04-30"]
    );
}

#[test]
fn what_stays_owed_covers_dates_of_the_new_rule_as_what_was_begun_does() {
    let mut story = begin(quarterly("2026-03-31"));
    let from = RecurrenceChange::from(to(&story, monthly("2026-01-31")), date("2026-04-15"));
    let diff = preview(&story, "2026-02-01", &from);
    let covered = "covered by the job of 2026-03-31: - 04-30";
    assert!(rows(&diff, "2026-12-31").contains(&covered.to_owned()));
    change(&mut story, "2026-02-01", &from);
    let dates = ["2026-03-31", "2026-06-30", "2026-07-31"];
    assert_eq!(upcoming(&story, "2026-02-01", "2026-07-31"), dates);
    story.deploy_until("2026-07-31");
    assert_eq!(begun(&story), dates);
}

#[test]
fn back_and_forth_deploys_each_date_once() {
    let mut story = begin(quarterly("2026-01-31"));
    story.deploy_until("2026-02-10");
    let monthly = to(&story, monthly("2026-01-31"));
    let quarterly = story.workflow.plan().clone();
    change_all(&mut story, "2026-02-10", monthly.clone());
    change_all(&mut story, "2026-02-12", quarterly.clone());
    assert_eq!(
        why(&story, "2026-03-31", "2026-02-12"),
        "not in the rule: since it was changed on 13 February 2026 by Aroha"
    );
    story.deploy_until("2026-05-02");
    change_all(&mut story, "2026-05-02", monthly);
    story.deploy_until("2026-08-31");
    change_all(&mut story, "2026-09-01", quarterly);
    story.deploy_until("2026-11-01");
    // 31 July is in the monthly rule when it falls due, and its month ends before the next quarter.
    let dates = [
        "2026-01-31",
        "2026-04-30",
        "2026-07-31",
        "2026-08-31",
        "2026-10-31",
    ];
    assert_eq!(begun(&story), dates);
    assert_eq!(
        why(&story, "2026-06-30", "2026-11-01"),
        "covered: by the job of 2026-04-30"
    );
    assert!(story.rebuilt());
}

#[test]
fn the_nearest_of_what_is_left_is_shown_as_moved() {
    let story = begin(monthly("2026-01-28"));
    let other = RecurrenceChange::not_deployed(to(&story, monthly("2026-01-20")));
    let diff = preview(&story, "2026-01-05", &other);
    assert_eq!(
        rows(&diff, "2026-03-01"),
        ["moved: 01-28 01-20", "moved: 02-28 02-20"]
    );
    let fortnight = RecurrenceChange::not_deployed(to(&story, weekly("2026-01-21")));
    let diff = preview(&story, "2026-01-05", &fortnight);
    assert_eq!(
        rows(&diff, "2026-02-25"),
        [
            "added: - 01-21",
            "kept: 01-28 01-28",
            "added: - 02-04",
            "added: - 02-11",
            "added: - 02-18",
            "moved: 02-28 02-25",
        ]
    );
    assert_eq!(diff.rows.len(), diff.count(|_| true));
}

#[test]
fn skips_and_moves_are_shown_and_those_of_dates_that_go_are_dropped() {
    let mut story = begin(monthly("2026-01-28"));
    story.with("2026-01-03", |workflow, placing| {
        let skipped = workflow.skip(on("2026-02-28"), reason("nothing to do"), placing);
        skipped.unwrap()
    });
    story.with("2026-01-03", |workflow, placing| {
        let moved = workflow.move_to(on("2026-03-28"), date("2026-03-30"), placing);
        moved.unwrap()
    });
    let fates = |diff: &ScheduleDiff| -> Vec<(String, MarkFate)> {
        let marks = diff.rows.iter().filter_map(|row| {
            let (mark, fate) = row.mark.clone()?;
            let mark = match mark {
                Mark::Skipped { reason } => reason.to_string(),
                Mark::Moved { to } => to.to_string(),
                other => format!("{other:?}"),
            };
            Some((mark, fate))
        });
        marks.collect()
    };
    let kept = RecurrenceChange::not_deployed(led(&story, 5));
    let all = |fate| {
        vec![
            ("nothing to do".to_owned(), fate),
            ("2026-03-30".to_owned(), fate),
        ]
    };
    assert_eq!(
        fates(&preview(&story, "2026-01-05", &kept)),
        all(MarkFate::Kept)
    );
    let other = to(&story, monthly("2026-01-20"));
    let before = story.workflow.plan().clone();
    let gone = RecurrenceChange::not_deployed(other.clone());
    assert_eq!(
        fates(&preview(&story, "2026-01-05", &gone)),
        all(MarkFate::Dropped)
    );

    // A move that ended does not come back with its date; a skip is a reason for good.
    change_all(&mut story, "2026-01-05", other);
    assert_eq!(
        why(&story, "2026-02-28", "2026-01-05"),
        "skipped: nothing to do"
    );
    change_all(&mut story, "2026-01-06", before);
    assert_eq!(
        upcoming(&story, "2026-01-06", "2026-03-31"),
        ["2026-01-28", "2026-03-28"]
    );
    assert_eq!(story.workflow.mark(on("2026-03-28")), None);
}

#[test]
fn a_longer_lead_makes_what_it_reaches_due_at_once_and_nothing_missed() {
    for missed in [
        MissedRuns::All,
        MissedRuns::Latest,
        MissedRuns::Skip,
        MissedRuns::Hold,
    ] {
        let plan = Plan {
            missed,
            ..plan(monthly("2026-01-31"), "2026-01-01")
        };
        let mut story = Story::begin(adding(plan), None, "2026-01-02");
        story.deploy_until("2026-01-31");
        story.deploy_until("2026-02-28");
        let longer = RecurrenceChange::not_deployed(led(&story, 100));
        let diff = preview(&story, "2026-03-01", &longer);
        let at_once: Vec<_> = diff.due_at_once().map(|row| row.nominal()).collect();
        let reached = ["2026-03-31", "2026-04-30", "2026-05-31"].map(date);
        assert_eq!(at_once, reached, "{missed}");
        change(&mut story, "2026-03-01", &longer);
        for nominal in reached {
            let occurrence = Occurrence::On(nominal);
            assert_eq!(story.fall_due("2026-03-01"), Some(occurrence), "{missed}");
            let deployment = story.deployments.last().unwrap();
            assert!(deployment.wake().is_some(), "{missed}: held");
        }
        assert_eq!(story.fall_due("2026-03-01"), None);
        // Back again: none of them a second time.
        let shorter = led(&story, 0);
        change_all(&mut story, "2026-03-05", shorter);
        story.deploy_until("2026-06-29");
        story.deploy_until("2026-06-30");
        assert_eq!(begun(&story).len(), 6, "{missed}: {:?}", begun(&story));
    }
}

#[test]
fn what_was_overdue_before_a_change_counts_as_missed_after_it_too() {
    let plan = Plan {
        missed: MissedRuns::Skip,
        ..plan(monthly("2026-01-31"), "2026-01-01")
    };
    let mut story = Story::begin(adding(plan), None, "2026-01-02");
    let longer = led(&story, 3);
    change_all(&mut story, "2026-03-10", longer);
    story.deploy_until("2026-03-28");
    assert_eq!(begun(&story), ["2026-03-31"]);
    assert_eq!(
        why(&story, "2026-02-28", "2026-03-28"),
        WhyNot::Missed.to_string()
    );
}

#[test]
fn a_longer_lead_puts_nothing_into_a_pause() {
    let mut story = begin(monthly("2026-01-31"));
    story.deploy_until("2026-02-01");
    let pause = |story: &mut Story, from: &str, until: &str| {
        story.with(from, |workflow, placing| {
            let paused = workflow.pause_until(Some(date(until)), reason("on leave"), placing);
            paused.unwrap()
        });
    };
    // A pause that is over: the day by the new lead lies in it.
    pause(&mut story, "2026-02-05", "2026-02-20");
    story.deploy_until("2026-02-21");
    let longer = led(&story, 45);
    change_all(&mut story, "2026-02-22", longer);
    assert_eq!(story.fall_due("2026-02-22"), Some(on("2026-02-28")));
    assert_eq!(story.fall_due("2026-02-22"), Some(on("2026-03-31")));
    // A pause that the change is made in.
    pause(&mut story, "2026-02-23", "2026-03-10");
    let longest = led(&story, 80);
    change_all(&mut story, "2026-03-01", longest);
    assert_eq!(story.fall_due("2026-03-01"), None);
    let begun_at_its_end = (0..3).filter_map(|_| story.fall_due("2026-03-10")).next();
    assert_eq!(begun_at_its_end, Some(on("2026-04-30")));
}

#[test]
fn a_change_in_a_pause_loses_no_date_after_it() {
    let mut story = begin(monthly("2026-01-31"));
    story.deploy_until("2026-02-01");
    story.with("2026-02-10", |workflow, placing| {
        workflow
            .pause_until(None, reason("on leave"), placing)
            .unwrap()
    });
    let plan = to(&story, monthly("2026-01-15"));
    change_all(&mut story, "2026-03-20", plan);
    assert_eq!(story.status(), "active, paused until a person resumes it");
    story.with("2026-04-01", |workflow, placing| {
        workflow.resume(PausedDates::NotOwed, placing).unwrap()
    });
    story.deploy_until("2026-05-16");
    assert_eq!(begun(&story), ["2026-01-31", "2026-04-15", "2026-05-15"]);
    assert_eq!(why(&story, "2026-03-15", "2026-05-16"), "paused: on leave");
    // The first date that was not dealt with when it was changed is 28 February.
    let before = why(&story, "2026-02-15", "2026-05-16");
    assert_eq!(before, WhyNot::NotInRule.to_string());
    assert_eq!(
        why(&story, "2026-02-28", "2026-05-16"),
        "not in the rule: since it was changed on 21 March 2026 by Aroha"
    );
}

#[test]
fn without_a_backlog_a_change_owes_nothing_that_has_passed() {
    let mut story = begin(quarterly("2026-01-31"));
    story.with("2026-01-10", |workflow, placing| {
        let skipped = workflow.skip(on("2026-01-31"), reason("done by hand"), placing);
        skipped.unwrap()
    });
    let plan = to(&story, weekly("2026-01-05"));
    change_all(&mut story, "2026-03-10", plan);
    // It is the 11th in Auckland, a Wednesday.
    assert_eq!(story.fall_due("2026-03-10"), None);
    assert_eq!(
        upcoming(&story, "2026-03-10", "2026-03-31"),
        ["2026-03-16", "2026-03-23", "2026-03-30"]
    );
    assert_eq!(
        why(&story, "2026-02-02", "2026-03-10"),
        WhyNot::NotInRule.to_string()
    );
}

#[test]
fn what_is_overdue_is_changed_with_the_rest_or_stays_where_only_later_dates_change() {
    let overdue = || begin(monthly("2026-01-31"));
    let mut all = overdue();
    let plan = to(&all, quarterly("2026-02-28"));
    change_all(&mut all, "2026-04-10", plan);
    all.deploy_until("2026-05-28");
    assert_eq!(begun(&all), ["2026-02-28", "2026-05-28"]);
    assert_eq!(
        why(&all, "2026-03-31", "2026-06-01"),
        "not in the rule: since it was changed on 11 April 2026 by Aroha"
    );
    let mut later = overdue();
    let plan = to(&later, quarterly("2026-02-28"));
    let from = RecurrenceChange::from(plan, date("2026-04-30"));
    change(&mut later, "2026-04-10", &from);
    later.deploy_until("2026-05-28");
    let dates = ["2026-01-31", "2026-02-28", "2026-03-31", "2026-05-28"];
    assert_eq!(begun(&later), dates);
}

#[test]
fn one_time_to_recurring_and_back_uses_the_one_occurrence_once() {
    let mut story = begin(Schedule::OnDate(date("2026-02-02")));
    let led = led(&story, 5);
    change_all(&mut story, "2026-01-03", led);
    story.fall_due("2026-01-28");
    let plan = to(&story, monthly("2026-02-02"));
    change_all(&mut story, "2026-01-29", plan);
    // Its deployment ends after the change, which says nothing about the recurrence.
    story.happens(workflow_core::workflow::WorkflowEvent::Deployed {
        occurrence: Occurrence::Once,
        job: job("J000001"),
    });
    assert_eq!(story.status(), "active, next on 25 Feb 2026");
    assert_eq!(
        why(&story, "2026-02-02", "2026-02-03"),
        "covered: by the job of once"
    );
    story.deploy_until("2026-03-02");
    assert_eq!(begun(&story), ["once", "2026-03-02"]);
    let again = to(&story, Schedule::OnDate(date("2026-06-01")));
    let again = RecurrenceChange::not_deployed(again);
    assert_eq!(refused(&story, "2026-03-05", &again), Refusal::OnceUsed);
}

#[test]
fn recurring_to_one_time_deploys_once_and_a_date_that_is_covered_awaits_a_person() {
    let mut story = begin(monthly("2026-01-31"));
    let begun_on = story.fall_due("2026-01-31").unwrap();
    let plan = to(&story, Schedule::OnDate(date("2026-02-10")));
    change_all(&mut story, "2026-02-01", plan);
    story.happens(workflow_core::workflow::WorkflowEvent::Deployed {
        occurrence: begun_on,
        job: job("J000001"),
    });
    assert_eq!(story.status(), "active, awaits a person");
    assert_eq!(story.fall_due("2026-02-20"), None);
    story.with("2026-02-20", |workflow, placing| {
        workflow.deploy_covered(Occurrence::Once, placing).unwrap()
    });
    story.deploy_until("2026-02-20");
    assert_eq!(begun(&story), ["2026-01-31", "once"]);
    assert_eq!(story.status(), "inactive, completed");
    assert_eq!(
        why(&story, "2026-02-28", "2026-03-01"),
        "not in the rule: since it was changed on 2 February 2026 by Aroha"
    );
    let placing = story.ground.placing(at("2026-03-01"));
    let on_date = |text: &str| story.workflow.occurrence_on(date(text), &placing);
    assert_eq!(on_date("2026-02-10"), Occurrence::Once);
    assert_eq!(on_date("2026-02-28"), on("2026-02-28"));
    assert_eq!(on_date("2026-01-31"), on("2026-01-31"));
}

#[test]
fn a_workflow_that_awaits_acceptance_is_changed_from_its_first_date() {
    let sent = proposal(ProposalState::Sent, InvoiceGrouping::Client);
    let plan = plan(monthly("2026-01-15"), "2026-01-01");
    let mut story = Story::begin(from_proposal(plan), Some(&sent), "2026-01-02");
    let twentieth = to(&story, monthly("2026-01-20"));
    change_all(&mut story, "2026-03-10", twentieth);
    let accepted = ProposalState::Accepted {
        on: date("2026-03-12"),
    };
    let accepted = proposal(accepted, InvoiceGrouping::Client);
    story.with("2026-03-12", |workflow, placing| {
        workflow.follow(&accepted, placing)
    });
    story.deploy_until("2026-03-12");
    assert_eq!(begun(&story), ["2026-01-20", "2026-02-20"]);
}

#[test]
fn what_is_held_or_uncertain_stays_and_covers_its_span() {
    let plan = Plan {
        missed: MissedRuns::Hold,
        ..plan(quarterly("2026-01-31"), "2026-01-01")
    };
    let mut story = Story::begin(adding(plan), None, "2026-01-02");
    assert_eq!(story.fall_due("2026-02-20"), Some(on("2026-01-31")));
    let monthly = to(&story, monthly("2026-01-31"));
    change_all(&mut story, "2026-02-20", monthly);
    assert_eq!(story.fall_due("2026-04-29"), None);
    assert_eq!(story.fall_due("2026-04-30"), Some(on("2026-04-30")));
    assert_eq!(story.status(), "active, needs attention");
}

#[test]
fn an_end_after_so_many_times_counts_from_the_new_anchor() {
    let mut story = begin(monthly("2026-01-31"));
    story.deploy_until("2026-03-31");
    let rule = Recurrence::monthly().from(date("2026-04-30")).times(2);
    let plan = to(&story, Schedule::Recurring(rule.build().unwrap()));
    change_all(&mut story, "2026-04-01", plan);
    story.deploy_until("2026-12-31");
    assert_eq!(begun(&story)[3..], ["2026-04-30", "2026-05-30"]);
    assert_eq!(story.status(), "inactive, ended");
    assert_eq!(
        why(&story, "2026-07-31", "2026-12-31"),
        "not in the rule: since it was changed on 2 April 2026 by Aroha"
    );
    assert_eq!(
        why(&story, "2026-07-30", "2026-12-31"),
        WhyNot::Ended.to_string()
    );
}

#[test]
fn a_duplicate_starts_where_a_change_to_come_comes_into_force() {
    let mut story = begin(monthly("2026-01-31"));
    story.deploy_until("2026-02-01");
    let from = RecurrenceChange::from(to(&story, quarterly("2026-06-30")), date("2026-06-01"));
    change(&mut story, "2026-02-01", &from);
    let placing = story.ground.placing(at("2026-02-01"));
    let copy = story.workflow.to_duplicate(&placing);
    assert_eq!(copy.plan.schedule, quarterly("2026-06-30"));
    assert_eq!(copy.plan.deploys_from, date("2026-06-01"));
}

#[test]
fn scopes_that_do_not_fit_are_refused_and_change_nothing() {
    let mut story = begin(monthly("2026-01-31"));
    story.deploy_until("2026-02-28");
    let weekly = to(&story, weekly("2026-01-05"));
    let early = RecurrenceChange::from(weekly.clone(), date("2026-02-10"));
    let refusal = refused(&story, "2026-03-01", &early);
    assert!(
        matches!(refusal, Refusal::ChangeTooEarly { .. }),
        "{refusal}"
    );
    assert_eq!(refusal.field(), "scope");
    let once = to(&story, Schedule::OnDate(date("2026-03-10")));
    let once = RecurrenceChange::from(once, date("2026-03-31"));
    let refusal = refused(&story, "2026-03-01", &once);
    assert_eq!(refusal.field(), "schedule");
    let past = to(&story, Schedule::OnDate(date("2026-01-10")));
    let past = RecurrenceChange::not_deployed(past);
    let refusal = refused(&story, "2026-03-01", &past);
    assert!(matches!(refusal, Refusal::BeforeChange { .. }), "{refusal}");
    let same = RecurrenceChange::not_deployed(story.workflow.plan().clone());
    let diff = preview(&story, "2026-03-01", &same);
    assert_eq!(diff.from, None);
    assert!(diff.rows.iter().all(|row| row.before == row.after));

    let one_time = begin(Schedule::ByHand);
    let later = RecurrenceChange::from(weekly.clone(), date("2026-03-01"));
    assert_eq!(
        refused(&one_time, "2026-01-05", &later),
        Refusal::NoLaterDates
    );
    story.with("2026-03-01", |workflow, placing| workflow.archive(placing));
    let change = RecurrenceChange::not_deployed(weekly);
    assert_eq!(refused(&story, "2026-03-01", &change), Refusal::Archived);
}

#[test]
fn a_change_by_hand_shows_that_a_person_deploys() {
    let story = begin(monthly("2026-01-31"));
    let by_hand = RecurrenceChange::not_deployed(to(&story, Schedule::ByHand));
    let diff = preview(&story, "2026-01-05", &by_hand);
    let once = diff.rows.iter().filter_map(|row| row.after.as_ref());
    let once: Vec<_> = once.map(|side| (side.occurrence, side.deploys)).collect();
    assert_eq!(once, [(Occurrence::Once, Deploys::ByHand)]);
    let removed = diff.count(|effect| effect == Effect::Removed);
    assert!(removed > 20, "{diff}");
}

#[test]
fn a_workflow_takes_so_many_changes_and_no_more() {
    let mut story = begin(monthly("2026-01-31"));
    let plans = [led(&story, 1), led(&story, 2)];
    let most = workflow_core::workflow::Workflow::MOST_CHANGES;
    for n in 0..most {
        let plan = plans[n % 2].clone();
        change_all(&mut story, "2026-01-05", plan);
    }
    assert_eq!(story.workflow.replaced().len(), most);
    assert_eq!(story.workflow.segments().len(), 2);
    let plan = RecurrenceChange::not_deployed(plans[0].clone());
    let refusal = refused(&story, "2026-01-05", &plan);
    assert!(matches!(refusal, Refusal::TooMany { .. }), "{refusal}");
}

#[test]
fn what_was_skipped_ahead_does_not_put_a_change_off() {
    let mut story = begin(monthly("2026-01-31"));
    for ahead in ["2026-01-31", "2026-02-28", "2026-03-31"] {
        story.with("2026-01-10", |workflow, placing| {
            workflow.skip(on(ahead), reason("none"), placing).unwrap()
        });
    }
    let plan = to(&story, weekly("2026-01-05"));
    change_all(&mut story, "2026-01-12", plan);
    assert_eq!(
        upcoming(&story, "2026-01-12", "2026-02-02"),
        ["2026-01-19", "2026-01-26", "2026-02-02"]
    );
}

#[test]
fn a_one_time_date_behind_a_recurrence_is_refused_since_a_job_may_cover_it() {
    let mut story = begin(monthly("2026-01-30"));
    story.deploy_until("2026-02-03");
    story.with("2026-02-03", |workflow, placing| {
        let deployed = workflow.deploy_now(&practice(), None, placing);
        deployed.unwrap().0
    });
    let once = to(&story, Schedule::OnDate(date("2026-01-31")));
    let once = RecurrenceChange::not_deployed(once);
    let refusal = refused(&story, "2026-02-28", &once);
    assert!(matches!(refusal, Refusal::BeforeChange { .. }), "{refusal}");
}

#[test]
fn what_was_begun_is_told_from_what_a_job_covers_however_long_ago_it_was() {
    let (january, february) = (on("2026-01-31"), on("2026-02-28"));
    let deploy = |workflow: &Workflow, occurrence, placing: &Placing<'_>| {
        let deployed = workflow.deploy_now(&practice(), Some(occurrence), placing);
        deployed.unwrap().0
    };
    let mut story = begin(monthly("2026-01-31"));
    let before = story.workflow.plan().clone();
    // January's date is deployed ahead; then a week that reaches over it is deployed as well.
    story.with("2026-01-02", |workflow, placing| {
        deploy(workflow, january, placing)
    });
    let other = to(&story, weekly("2026-01-28"));
    change_all(&mut story, "2026-01-03", other);
    story.deploy_until("2026-01-28");
    change_all(&mut story, "2026-01-29", before);
    story.with("2026-02-02", |workflow, placing| {
        deploy(workflow, february, placing)
    });
    let placing = story.ground.placing(at("2026-02-03"));
    let skipped = story.workflow.skip(january, reason("late"), &placing);
    let occurrence = january;
    assert_eq!(skipped.unwrap_err(), Refusal::Begun { occurrence });
    let wanted = story.workflow.deploy_covered(january, &placing);
    assert_eq!(wanted.unwrap_err(), Refusal::Begun { occurrence });
    assert!(story.rebuilt());
}

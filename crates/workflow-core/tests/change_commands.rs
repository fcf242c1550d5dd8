//! Changing a recurrence through the service: what was looked at is what is applied, and a covered
//! date says by which job.

#[path = "common/world.rs"]
mod world;

use chrono::{Days, NaiveDate, TimeDelta};
use workflow_core::audit::Actor;
use workflow_core::ids::WorkflowId;
use workflow_core::recurrence::Recurrence;
use workflow_core::service::{CommandError, NewWorkflow, ScheduleRow, SeenChange};
use workflow_core::testing::samples;
use workflow_core::verify::verify;
use workflow_core::workflow::decide::Refusal;
use workflow_core::workflow::{
    Effect, Occurrence, Plan, RecurrenceChange, Schedule, Standing, Workflow,
};
use world::{World, host};

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A workflow for each quarter from 1 January 2026, whose first job exists.
async fn quarterly(world: &World) -> WorkflowId {
    let new = NewWorkflow::named("GST {quarter}")
        .client(samples::client_id(1))
        .recurring(Recurrence::quarterly().from(day("2026-01-01")));
    let id = world.practice.add(host(), new).await.unwrap().value;
    let first = world.deploy(id).await;
    assert_eq!(first, Occurrence::On(day("2026-01-01")));
    id
}

async fn stored(world: &World, id: WorkflowId) -> Workflow {
    world.practice.workflow(id).await.unwrap().unwrap().value
}

async fn monthly(world: &World, id: WorkflowId) -> RecurrenceChange {
    let rule = Recurrence::monthly().from(day("2026-01-01"));
    let schedule = Schedule::Recurring(rule.build().unwrap());
    let before = stored(world, id).await.plan().clone();
    RecurrenceChange::not_deployed(Plan { schedule, ..before })
}

async fn why(world: &World, id: WorkflowId, date: &str) -> String {
    let why = world.practice.why(id, day(date)).await.unwrap();
    why.to_string()
}

#[tokio::test]
async fn the_effect_that_was_looked_at_is_applied_once() {
    let world = World::begin().await;
    let id = quarterly(&world).await;
    let change = monthly(&world, id).await;
    let preview = world.practice.preview_change(id, &change).await.unwrap();
    assert_eq!(stored(&world, id).await.replaced(), []);
    let frozen = &preview.diff.rows[0];
    assert_eq!(frozen.effect, Effect::Frozen);
    let deployment = &preview.begun[&Occurrence::On(day("2026-01-01"))];
    let dates = frozen.after.as_ref().and_then(|side| side.dates);
    assert_eq!(dates, Some(*deployment.dates()));
    assert!(deployment.job().is_some());

    // A form carries what was seen as text.
    let seen: SeenChange = preview.seen.to_string().parse().unwrap();
    assert_eq!(seen, preview.seen);
    let apply = || {
        let by = Actor::person("Mere").once("change-1".parse().unwrap());
        let (change, seen) = (change.clone(), seen.clone());
        world.practice.change_recurrence(by, id, change, seen)
    };
    let first = apply().await.unwrap();
    assert!(!first.repeated && !first.entries.is_empty());
    let again = apply().await.unwrap();
    assert!(again.repeated);
    assert_eq!(stored(&world, id).await.replaced().len(), 1);
    let report = verify(&world.store, world.practice.id()).await.unwrap();
    assert_eq!(report.first_break, None);
}

#[tokio::test]
async fn a_change_is_refused_when_anything_was_changed_since_it_was_looked_at() {
    let world = World::begin().await;
    let id = quarterly(&world).await;
    let change = monthly(&world, id).await;
    let seen = world
        .practice
        .preview_change(id, &change)
        .await
        .unwrap()
        .seen;
    let apply = |seen: &SeenChange| {
        let (change, seen) = (change.clone(), seen.clone());
        world.practice.change_recurrence(host(), id, change, seen)
    };
    // Another plan than was looked at.
    let other = RecurrenceChange::from(change.plan.clone(), day("2026-04-01"));
    let otherwise = world
        .practice
        .change_recurrence(host(), id, other, seen.clone());
    let error = otherwise.await.unwrap_err();
    assert!(matches!(error, CommandError::Changed { .. }), "{error}");
    // The workflow.
    let skip = Occurrence::On(day("2026-04-01"));
    let because = "none".parse().unwrap();
    world
        .practice
        .skip(host(), id, skip, because)
        .await
        .unwrap();
    let error = apply(&seen).await.unwrap_err();
    assert!(matches!(error, CommandError::Changed { what: "workflow" }));
    // What it depends on: today, from which the new rule is in force.
    let seen = world
        .practice
        .preview_change(id, &change)
        .await
        .unwrap()
        .seen;
    world.clock.advance(TimeDelta::days(3));
    let error = apply(&seen).await.unwrap_err();
    let what = "effect of the change";
    assert!(
        matches!(&error, CommandError::Changed { what: told } if *told == what),
        "{error}"
    );
    assert_eq!(stored(&world, id).await.replaced(), []);
    let seen = world
        .practice
        .preview_change(id, &change)
        .await
        .unwrap()
        .seen;
    apply(&seen).await.unwrap();
}

#[tokio::test]
async fn a_covered_date_says_by_which_job_and_deploys_when_it_is_asked_for() {
    let world = World::begin().await;
    let id = quarterly(&world).await;
    let change = monthly(&world, id).await;
    let preview = world.practice.preview_change(id, &change).await.unwrap();
    let covered = preview.diff.rows.iter();
    let covered = covered.filter(|row| matches!(row.effect, Effect::Covered { .. }));
    assert_eq!(covered.count(), 2);
    let by = Actor::person("Mere");
    let applied = world
        .practice
        .change_recurrence(by, id, change, preview.seen);
    applied.await.unwrap();
    let february = Occurrence::On(day("2026-02-01"));
    let told = why(&world, id, "2026-02-01").await;
    assert!(
        told.starts_with("covered: by job ") && told.ends_with(" of 2026-01-01"),
        "{told}"
    );
    let rows = world.practice.schedule(id, 3).await.unwrap();
    let row = rows.iter().find(|row| row.occurrence() == february);
    let Some(ScheduleRow::NotOwed { why: shown, .. }) = row else {
        panic!("{rows:?}");
    };
    assert_eq!(shown.to_string(), told);

    let at_once = world.practice.deploy_now(host(), id, Some(february)).await;
    let refused = at_once.unwrap_err();
    assert!(
        matches!(refused, CommandError::Refused(Refusal::Covered { .. })),
        "{refused}"
    );
    world
        .practice
        .deploy_covered(host(), id, february)
        .await
        .unwrap();
    let told = why(&world, id, "2026-02-01").await;
    assert!(told.starts_with("waiting: "), "{told}");
    world.clock.advance(TimeDelta::days(32));
    assert_eq!(world.deploy(id).await, february);
    let again = world.practice.deploy_covered(host(), id, february).await;
    let refused = again.unwrap_err();
    assert!(
        matches!(refused, CommandError::Refused(Refusal::JobExists { .. })),
        "{refused}"
    );
    let told = why(&world, id, "2026-03-01").await;
    assert!(told.starts_with("covered: "), "{told}");
    let report = verify(&world.store, world.practice.id()).await.unwrap();
    assert_eq!(report.first_break, None);
}

#[tokio::test]
async fn a_date_of_a_rule_of_before_keeps_its_job_and_its_reason() {
    let world = World::begin().await;
    let id = quarterly(&world).await;
    let before = stored(&world, id).await.plan().clone();
    let once = Schedule::OnDate(day("2026-05-20"));
    let plan = Plan {
        schedule: once,
        ..before
    };
    let by = Actor::person("Mere");
    world.practice.change_plan(by, id, plan).await.unwrap();
    assert!(
        why(&world, id, "2026-01-01")
            .await
            .starts_with("deployed: job ")
    );
    assert_eq!(
        why(&world, id, "2026-04-01").await,
        "not in the rule: since it was changed on 1 January 2026 by Mere"
    );
    assert!(why(&world, id, "2026-05-20").await.starts_with("waiting: "));
    // Under a one-time schedule any other date stands for its one occurrence.
    let (any, its) = ("2026-05-02", "2026-05-20");
    assert_eq!(why(&world, id, any).await, why(&world, id, its).await);
    let copy = world.practice.duplicate(host(), id).await.unwrap().value;
    let copy = stored(&world, copy).await;
    assert_eq!(copy.plan().deploys_from, day("2026-04-01"));
}

#[tokio::test]
async fn a_plan_of_jobs_sees_what_stays_owed_before_a_change() {
    let world = World::begin().await;
    let id = quarterly(&world).await;
    let RecurrenceChange { plan, .. } = monthly(&world, id).await;
    let change = RecurrenceChange::from(plan, day("2026-07-01"));
    let preview = world.practice.preview_change(id, &change).await.unwrap();
    let owed = preview
        .diff
        .rows
        .iter()
        .filter_map(|row| row.after.as_ref());
    let owed: Vec<NaiveDate> = owed
        .filter(|side| side.standing == Standing::Owed)
        .map(|side| side.nominal)
        .take(4)
        .collect();
    let applied = world
        .practice
        .change_recurrence(host(), id, change, preview.seen);
    applied.await.unwrap();
    let plan = world.practice.plan_until(day("2026-09-01")).await.unwrap();
    let planned: Vec<NaiveDate> = plan.jobs.iter().map(|job| job.dates.nominal()).collect();
    assert_eq!(planned, owed);
    let expected = ["2026-04-01", "2026-07-01", "2026-08-01", "2026-09-01"];
    assert_eq!(planned, expected.map(day));
    let last = planned.last().unwrap();
    assert!(*last < day("2026-09-01") + Days::new(1));
}

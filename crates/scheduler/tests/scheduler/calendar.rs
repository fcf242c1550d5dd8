//! A calendar that changes while the scheduler runs: no date is lost, and none has two jobs.

use std::pin::pin;

use chrono::{NaiveDate, TimeDelta};
use workflow_core::audit::Actor;
use workflow_core::calendar::{Holiday, Roll, WorkingCalendar};
use workflow_core::recurrence::Recurrence;
use workflow_core::service::{By, CommandError, NewWorkflow};
use workflow_core::testing::{CallKind, HeldWhen};
use workflow_core::timing::Timing;
use workflow_core::verify::verify;
use workflow_core::workflow::Occurrence;

use super::world::{World, acme, as_far_as_it_goes};

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn closed(days: &[&str]) -> WorkingCalendar {
    let days = days
        .iter()
        .map(|day| Holiday::new(date(day), "Closed").unwrap());
    WorkingCalendar::new("Acme", 1)
        .unwrap()
        .with_holidays(days)
        .unwrap()
}

fn on_last_business_day() -> NewWorkflow {
    let rule = Recurrence::monthly()
        .last_business_day()
        .from(date("2026-01-01"));
    NewWorkflow::named("Accounts").recurring(rule)
}

/// How many jobs there are of each day.
fn starts(world: &World) -> Vec<String> {
    let jobs = world.gateway.jobs(&acme());
    let mut starts: Vec<String> = jobs
        .iter()
        .map(|job| job.start.unwrap().to_string())
        .collect();
    starts.sort();
    starts
}

async fn run_until(world: &World, day: &str) {
    world
        .clock
        .advance_to(date(day).and_hms_opt(7, 0, 0).unwrap().and_utc());
    world.settle().await;
}

#[tokio::test]
async fn a_turn_that_has_its_job_gets_no_other() {
    let world = World::begin().await;
    let (practice, host) = (world.practice(), Actor::host("test"));
    practice
        .set_calendar(host.clone(), closed(&["2026-01-30"]))
        .await
        .unwrap();
    let id = world.add(1, on_last_business_day()).await;
    run_until(&world, "2026-01-29").await;
    assert_eq!(starts(&world), ["2026-01-29"]);
    practice.set_calendar(host, closed(&[])).await.unwrap();
    run_until(&world, "2026-03-01").await;
    assert_eq!(starts(&world), ["2026-01-29", "2026-02-27"]);
    let why = practice.why(id, date("2026-01-30")).await.unwrap();
    assert_eq!(why.to_string(), "covered: by job J000001 of 2026-01-29");
    world.assert_one_job_each(2);
}

#[tokio::test]
async fn what_moves_earlier_is_deployed_on_its_new_date() {
    let world = World::begin().await;
    world.add(1, on_last_business_day()).await;
    let (practice, host) = (world.practice(), Actor::host("test"));
    practice
        .set_calendar(host, closed(&["2026-01-30", "2026-01-29"]))
        .await
        .unwrap();
    run_until(&world, "2026-01-28").await;
    assert_eq!(starts(&world), ["2026-01-28"]);
}

#[tokio::test]
async fn what_is_due_when_the_calendar_changes_is_deployed_once() {
    for days in [&["2026-01-30"][..], &[][..], &["2026-01-27"][..]] {
        let world = World::begin().await;
        world.add(1, on_last_business_day()).await;
        // Due since the morning of the 30th, and nobody ran.
        world
            .clock
            .advance_to(date("2026-01-30").and_hms_opt(9, 0, 0).unwrap().and_utc());
        let practice = world.practice();
        practice
            .set_calendar(Actor::host("test"), closed(days))
            .await
            .unwrap();
        run_until(&world, "2026-02-01").await;
        world.assert_one_job_each(1);
    }
}

#[tokio::test]
async fn what_is_under_way_keeps_its_dates() {
    let world = World::begin().await;
    let id = world.add(1, on_last_business_day()).await;
    world
        .clock
        .advance_to(date("2026-01-30").and_hms_opt(7, 0, 0).unwrap().and_utc());
    let held = world
        .gateway
        .hold_next(CallKind::CreateJob, HeldWhen::Before);
    let scheduler = world.scheduler();
    let mut running = pin!(scheduler.run_due());
    assert!(as_far_as_it_goes(&mut running).await.is_none());
    let practice = world.practice();
    practice
        .set_calendar(Actor::host("test"), closed(&["2026-01-30"]))
        .await
        .unwrap();
    held.release();
    as_far_as_it_goes(&mut running).await.unwrap().unwrap();
    run_until(&world, "2026-02-10").await;
    assert_eq!(starts(&world), ["2026-01-30"]);
    let why = practice.why(id, date("2026-01-29")).await.unwrap();
    assert_eq!(why.to_string(), "covered: by job J000001 of 2026-01-30");
    // The record gives what is stored.
    let report = verify(&world.store, &acme()).await.unwrap();
    assert!(report.first_break.is_none(), "{report:?}");
}

#[tokio::test]
async fn a_preview_says_what_setting_does_and_is_refused_once_stale() {
    let world = World::begin().await;
    let id = world
        .add(
            1,
            NewWorkflow::named("GST")
                .recurring(Recurrence::monthly().last_day().from(date("2026-01-31")))
                .timing(Timing {
                    roll: Roll::Earlier,
                    ..Timing::default()
                }),
        )
        .await;
    let (practice, host) = (world.practice(), Actor::host("test"));
    run_until(&world, "2026-01-30").await;
    let new = closed(&["2026-01-30", "2026-02-27"]);
    let preview = practice
        .preview_calendar(new.clone(), date("2026-06-30"))
        .await
        .unwrap();
    assert_eq!(
        (preview.moving(), preview.unmoved, preview.frozen),
        (1, 4, 1)
    );
    let moved = &preview.moves[0];
    let start =
        |side: &Option<Box<workflow_core::workflow::Next>>| side.as_ref().unwrap().dates.start();
    assert_eq!(
        (moved.workflow, start(&moved.dates.before)),
        (id, date("2026-02-27"))
    );
    assert_eq!(start(&moved.dates.after), date("2026-02-26"));
    // January is deployed today, and keeps its date. Nothing has happened yet.
    assert_eq!(
        practice.practice().await.unwrap().value.calendar.version(),
        preview.before.version()
    );

    let seen = By::from(host.clone()).having_seen(preview.seen);
    let set = practice
        .set_calendar(seen.clone(), preview.after.clone())
        .await
        .unwrap();
    assert_eq!(set.value, preview.before.version() + 1);
    let next = practice
        .workflow(id)
        .await
        .unwrap()
        .unwrap()
        .value
        .next()
        .unwrap()
        .clone();
    assert_eq!(next.dates.start(), date("2026-02-26"), "placed at once");
    assert_eq!(next.occurrence, Occurrence::On(date("2026-02-28")));
    let again = practice.set_calendar(seen, closed(&[])).await;
    assert!(
        matches!(again, Err(CommandError::Changed { .. })),
        "{again:?}"
    );
    // The same calendar once more is no change, and no entry.
    let same = practice.set_calendar(host, new).await.unwrap();
    assert!(same.entries.is_empty());
    assert_eq!(same.value, set.value);
}

#[tokio::test]
async fn what_is_deployed_ahead_is_counted_as_frozen() {
    let world = World::begin().await;
    let id = world.add(1, on_last_business_day()).await;
    let (practice, host) = (world.practice(), Actor::host("test"));
    practice.deploy_now(host, id, None).await.unwrap();
    world.run_due().await;
    let preview = practice
        .preview_calendar(closed(&["2026-01-30"]), date("2099-01-01"))
        .await
        .unwrap();
    assert_eq!((preview.moving(), preview.frozen), (0, 1));
    assert_eq!(preview.until, date("2026-01-01") + TimeDelta::days(731));
}

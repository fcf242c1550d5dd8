//! Forecasts and explanations over the memory store.

#[path = "common/world.rs"]
mod world;

use std::collections::BTreeSet;

use workflow_core::forecast::Place;
use workflow_core::icalendar;
use workflow_core::ids::WorkflowId;
use workflow_core::recurrence::Recurrence;
use workflow_core::service::{CommandError, ForecastOf, NewWorkflow, Room};
use workflow_core::testing::samples;
use workflow_core::text::Reason;
use workflow_core::workflow::{Occurrence, Window};
use world::{World, host};

async fn monthly(world: &World, name: &str) -> WorkflowId {
    let new = NewWorkflow::named(name)
        .client(samples::client_id(1))
        .recurring(Recurrence::monthly().from(samples::day(0)));
    world.practice.add(host(), new).await.unwrap().value
}

fn half_a_year() -> Window {
    Window::until(samples::day(180))
}

#[tokio::test]
async fn the_pages_of_a_forecast_hold_each_of_its_occurrences_once() {
    let world = World::begin().await;
    for name in ["Accounts {month}", "Payroll {month}", "BAS {quarter}"] {
        monthly(&world, name).await;
    }
    let forecast = world
        .practice
        .forecast(ForecastOf::Practice, half_a_year())
        .await
        .unwrap();
    let whole: Vec<Place> = forecast.lines().map(|line| line.place()).collect();
    assert_eq!(whole.len(), 18);
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = forecast.page(after, 4);
        paged.extend(page.lines.iter().map(|line| line.place()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, whole);
}

#[tokio::test]
async fn a_forecast_is_of_the_workflows_asked_for() {
    let world = World::begin().await;
    let first = monthly(&world, "Accounts").await;
    monthly(&world, "Payroll").await;
    let of = async |of| world.practice.forecast(of, half_a_year()).await;
    let found = of(ForecastOf::Workflows(vec![first, first])).await.unwrap();
    assert_eq!(found.lines().count(), 6);
    assert!(found.lines().all(|line| line.ahead.workflow.id() == first));
    let client = ForecastOf::Client(samples::client_id(1));
    assert_eq!(of(client).await.unwrap().lines().count(), 12);
    for nobody in [
        ForecastOf::Client(samples::client_id(99)),
        ForecastOf::Workflows(vec![samples::workflow_id(99)]),
    ] {
        let refused = of(nobody).await.unwrap_err();
        assert!(
            matches!(refused, CommandError::NotFound { .. }),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn a_feed_is_read_back_with_the_uids_of_its_occurrences() {
    let world = World::begin().await;
    let id = monthly(&world, "Accounts, {month}").await;
    let window = half_a_year();
    let feed = async || {
        let of = ForecastOf::Workflows(vec![id]);
        let forecast = world.practice.forecast(of, window).await.unwrap();
        let mut text = String::new();
        forecast.write_icalendar(&mut text).unwrap();
        icalendar::read(&text, samples::day(0)..=samples::day(200)).unwrap()
    };
    let uids = |days: &[icalendar::Days]| -> BTreeSet<String> {
        days.iter()
            .filter_map(|day| day.uid().map(str::to_owned))
            .collect()
    };
    let before = feed().await;
    assert_eq!(uids(&before).len(), 6);
    let summary = before[1].summary().unwrap();
    assert!(
        summary.starts_with("Accounts, February 2026 ("),
        "{summary}"
    );
    // Moved by a day: the same event, on another day.
    let occurrence = before[1].first().into();
    let to = before[1].first().succ_opt().unwrap();
    let moved = world.practice.move_to(host(), id, occurrence, to).await;
    moved.unwrap();
    let after = feed().await;
    assert_eq!(uids(&after), uids(&before));
    assert_eq!(after[1].first(), to);
}

#[tokio::test]
async fn reasons_leave_out_what_was_begun_and_an_explanation_tells_of_it() {
    let world = World::begin().await;
    let id = monthly(&world, "Accounts {month}").await;
    let second = Occurrence::On("2026-02-01".parse().unwrap());
    let why = Reason::new("closed that month").unwrap();
    world.practice.skip(host(), id, second, why).await.unwrap();
    world.turn(id, None, Room::Free).await;
    let of = ForecastOf::Workflows(vec![id]);
    let window = half_a_year().with_reasons();
    let forecast = world.practice.forecast(of, window).await.unwrap();
    let shown: Vec<_> = forecast
        .lines()
        .map(|line| (line.ahead.next.occurrence, line.ahead.why_not.is_some()))
        .collect();
    assert_eq!(shown[0], (second, true));
    assert!(
        shown[1..].iter().all(|(_, left_out)| !left_out),
        "{shown:?}"
    );

    let told = async |date: &str| {
        let date: chrono::NaiveDate = date.parse().unwrap();
        world.practice.explain(id, date).await.unwrap().to_string()
    };
    let first = told("2026-01-01").await;
    assert!(
        first.contains("named \u{201c}Accounts January 2026\u{201d}"),
        "{first}"
    );
    assert!(
        first.ends_with("waiting: it is being deployed now"),
        "{first}"
    );
    let skipped = told("2026-02-01").await;
    assert!(skipped.ends_with("skipped: closed that month"), "{skipped}");
}

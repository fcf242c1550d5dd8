//! Edit, duplicate, archive.

use thirtyfour::WebDriver;
use workflow_core::recurrence::Recurrence;
use workflow_core::service::NewWorkflow;
use workflow_core::testing::{CallKind, Fate};

use super::begin;
use crate::tests;
use crate::world::{date, template};

tests![
    editable_at_any_time_are_name_description_category_budget_people_templates_and_billing,
    an_edit_acts_on_what_is_not_deployed_yet,
    the_first_written_intent_freezes_what_that_occurrence_sends,
    from_then_on_the_occurrence_is_out_of_reach_of_edit_skip_and_archive,
    an_edit_never_touches_a_deployed_job_and_the_tab_says_so,
    duplicate_copies_settings_and_rule_starts_after_the_last_covered_cell_and_is_non_billing,
    a_duplicate_deploys_nothing_until_a_person_confirms_its_first_date,
    archive_reminds_that_jobs_already_in_xpm_are_closed_there,
    editing_the_recurrence_in_place_shows_its_effect_before_it_is_applied,
];

async fn editable_at_any_time_are_name_description_category_budget_people_templates_and_billing(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    let monthly = Recurrence::monthly().on_day(23).from(date("2026-11-23"));
    let id = world
        .add(NewWorkflow::named("Books").recurring(monthly))
        .await;
    // Any time: before and after something was deployed.
    for round in ["one", "two"] {
        tab.open_workflow(world.harbour, id, "").await;
        tab.press("Edit").await;
        tab.fill("Job name", &format!("Bookkeeping {round}")).await;
        tab.fill("Job description", &format!("Round {round}")).await;
        tab.choose("Category", "Compliance").await;
        tab.fill("Budget", "450.50").await;
        tab.choose("Partner", "Mara Lindqvist").await;
        tab.choose("Manager", "Theo Okafor").await;
        if round == "one" {
            tab.tick("Staff", "Priya Raman").await;
        }
        tab.choose_template(1, "Bookkeeping").await;
        tab.choose_template(2, "BAS").await;
        tab.send("Save settings").await;
        tab.see("The settings were saved.").await;
        let name = format!("Bookkeeping {round}");
        let description = format!("Round {round}");
        for (label, value) in [
            ("Job name", &*name),
            ("Job description", &description),
            ("Category", "Compliance"),
            ("Budget", "450.50"),
            ("Partner", "Mara Lindqvist"),
            ("Manager", "Theo Okafor"),
            ("Staff", "Priya Raman"),
            ("Job templates", "Bookkeeping BAS"),
        ] {
            assert_eq!(tab.setting(label).await, value, "{label}");
        }
        tab.open_workflow(world.harbour, id, "/billing").await;
        let level = if round == "one" {
            "Client level"
        } else {
            "Non-billing"
        };
        tab.tick("Billing level", level).await;
        tab.send("Save billing level").await;
        tab.see("The billing level was changed.").await;
        assert!(tab.text(".level").await.starts_with(level));
        world.run().await;
    }
    assert_eq!(world.jobs().len(), 1);
}

async fn an_edit_acts_on_what_is_not_deployed_yet(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let monthly = Recurrence::monthly().on_day(23).from(date("2026-11-23"));
    let id = world
        .add(NewWorkflow::named("Books").recurring(monthly))
        .await;
    world.run().await;
    tab.open_workflow(world.harbour, id, "/edit").await;
    tab.fill("Job name", "Bookkeeping").await;
    tab.send("Save settings").await;
    world.run_until("2026-12-23T22:30:00Z").await;
    let names: Vec<_> = world.jobs().into_iter().map(|job| job.name).collect();
    assert_eq!(names, ["Books", "Bookkeeping"]);
}

async fn the_first_written_intent_freezes_what_that_occurrence_sends(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let new = NewWorkflow::named("Onboarding").on_date(date("2026-11-23"));
    let id = world.add(new).await;
    // The request is lost on its way, so the occurrence has begun and has no job.
    world.gateway.lose_reply(CallKind::CreateJob, Fate::Dropped);
    world.run().await;
    assert_eq!(world.jobs(), []);
    tab.open_workflow(world.harbour, id, "/edit").await;
    tab.fill("Job name", "Welcome").await;
    tab.send("Save settings").await;
    assert_eq!(tab.setting("Job name").await, "Welcome");
    world.run_until("2026-11-24T22:30:00Z").await;
    let names: Vec<_> = world.jobs().into_iter().map(|job| job.name).collect();
    assert_eq!(names, ["Onboarding"]);
}

async fn from_then_on_the_occurrence_is_out_of_reach_of_edit_skip_and_archive(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let new = NewWorkflow::named("Onboarding").on_date(date("2026-11-23"));
    let id = world.add(new).await;
    tab.open_workflow(world.harbour, id, "/schedule").await;
    tab.open_menu("Commands for Mon 23 Nov 2026").await;
    world
        .gateway
        .lose_reply(CallKind::CreateJob, Fate::CarriedOut);
    world.run().await;
    // The page was opened before it began.
    tab.press("Skip").await;
    tab.fill("Reason", "Not wanted").await;
    tab.send("Skip it").await;
    tab.see("was begun already and is out of reach").await;
    tab.open_workflow(world.harbour, id, "").await;
    tab.open_menu("Commands for this workflow").await;
    tab.press("Archive").await;
    tab.send("Archive workflow").await;
    world.run_until("2026-11-24T22:30:00Z").await;
    let jobs = world.jobs();
    assert_eq!(jobs.len(), 1, "what has begun is finished");
    tab.open_workflow(world.harbour, id, "/schedule").await;
    let row = tab.row("Mon 23 Nov 2026").await;
    assert!(row.contains(jobs[0].number.as_str()), "{row}");
}

async fn an_edit_never_touches_a_deployed_job_and_the_tab_says_so(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let monthly = Recurrence::monthly().on_day(23).from(date("2026-11-23"));
    let id = world
        .add(NewWorkflow::named("Books").recurring(monthly))
        .await;
    world.run().await;
    let (jobs, calls) = (world.jobs(), world.gateway.calls().len());
    tab.open_workflow(world.harbour, id, "/edit").await;
    tab.see("Jobs that are in XPM already, and occurrences that have begun, stay as they are.")
        .await;
    tab.fill("Job name", "Bookkeeping").await;
    tab.send("Save settings").await;
    tab.see("They act on what is not deployed yet.").await;
    world.run().await;
    assert_eq!(world.jobs(), jobs);
    assert_eq!(world.gateway.calls().len(), calls);
}

async fn duplicate_copies_settings_and_rule_starts_after_the_last_covered_cell_and_is_non_billing(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    let quarterly = Recurrence::quarterly().on_day(23).from(date("2026-11-23"));
    let new = NewWorkflow::named("BAS {quarter}")
        .description("For {client}")
        .templates([template(2)])
        .billing(workflow_core::billing::BillingLevel::Client)
        .recurring(quarterly);
    let id = world.add(new).await;
    world.run().await;
    assert_eq!(world.jobs().len(), 1);
    tab.open_workflow(world.harbour, id, "").await;
    tab.open_menu("Commands for this workflow").await;
    tab.press("Duplicate").await;
    tab.see("This is the duplicate.").await;
    for (label, value) in [
        ("Job name", "BAS {quarter}"),
        ("Job description", "For {client}"),
        ("Job templates", "BAS"),
    ] {
        assert_eq!(tab.setting(label).await, value, "{label}");
    }
    let rule = tab.setting("Schedule").await;
    assert!(rule.starts_with("Every quarter on the 23rd"), "{rule}");
    assert!(tab.text(".level").await.starts_with("Non-billing"));
    // The original's job covers 23 November up to the day before 23 February.
    tab.see("until you confirm its first date, Tue 23 Feb 2027.")
        .await;
}

async fn a_duplicate_deploys_nothing_until_a_person_confirms_its_first_date(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let monthly = Recurrence::monthly().last_day().from(date("2026-11-30"));
    let id = world
        .add(NewWorkflow::named("Books").recurring(monthly))
        .await;
    tab.open_workflow(world.harbour, id, "").await;
    tab.open_menu("Commands for this workflow").await;
    tab.press("Duplicate").await;
    let copy = tab.path().await;
    world
        .practice
        .archive(crate::world::mara(), id)
        .await
        .expect("archived");
    world.run_until("2026-12-02T22:30:00Z").await;
    assert_eq!(world.jobs(), []);
    tab.open(copy.trim_start_matches("/clients")).await;
    tab.press("Confirm first date").await;
    tab.see("The first date was confirmed.").await;
    world.run_until("2027-01-02T22:30:00Z").await;
    assert!(!world.jobs().is_empty());
}

async fn archive_reminds_that_jobs_already_in_xpm_are_closed_there(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let monthly = Recurrence::monthly().on_day(23).from(date("2026-11-23"));
    let id = world
        .add(NewWorkflow::named("Books").recurring(monthly))
        .await;
    world.run().await;
    tab.open_workflow(world.harbour, id, "").await;
    tab.open_menu("Commands for this workflow").await;
    tab.press("Archive").await;
    tab.see("Jobs that are already in XPM stay open; close them there.")
        .await;
    tab.send("Archive workflow").await;
    tab.see("Close the jobs that it made in XPM itself.").await;
    world.run_until("2026-12-24T22:30:00Z").await;
    assert_eq!(world.jobs().len(), 1);
}

async fn editing_the_recurrence_in_place_shows_its_effect_before_it_is_applied(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let quarterly = Recurrence::quarterly().on_day(23).from(date("2026-11-23"));
    let id = world
        .add(NewWorkflow::named("Books").recurring(quarterly))
        .await;
    world.run().await;
    tab.open_workflow(world.harbour, id, "/schedule").await;
    tab.press("Change recurrence").await;
    tab.tick("Repeats", "Monthly").await;
    tab.send("Show what this changes").await;
    tab.see("Nothing is changed yet.").await;
    tab.see("covered").await;
    tab.send("Apply this change").await;
    tab.see("The schedule was changed.").await;
    // Within the quarter that has its job, no month makes a second one.
    world.run_until("2027-01-24T22:30:00Z").await;
    assert_eq!(world.jobs().len(), 1);
    world.run_until("2027-03-24T22:30:00Z").await;
    assert_eq!(world.jobs().len(), 3);
}

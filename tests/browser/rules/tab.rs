//! The tab itself: what it lists, what it opens, what its menus do.

use thirtyfour::WebDriver;
use workflow_core::ports::gateway::Failure;
use workflow_core::recurrence::Recurrence;
use workflow_core::service::NewWorkflow;
use workflow_core::testing::CallKind;

use super::begin;
use crate::tests;
use crate::world::{World, date};

tests![
    a_clients_page_has_a_workflow_tab_after_invoices,
    workflows_past_and_present_are_listed_in_a_navigation_column_on_the_left,
    a_toggle_show_inactive_workflows_shows_or_hides_the_inactive_ones,
    clicking_one_opens_it,
    while_the_practice_is_not_connected_the_tab_says_so_and_offers_to_connect,
    while_the_practice_is_not_connected_people_can_still_prepare_workflows,
    an_opened_workflow_has_three_secondary_tabs_settings_schedule_audit,
    settings_shows_the_current_settings_with_an_edit_button,
    schedule_lists_what_has_been_and_what_will_be_deployed_each_row_with_its_state_and_error,
    create_workflow_in_xpm_deploys_that_occurrence_at_once_ahead_of_its_date_and_so_uses_it_up,
    on_the_workflows_own_menu_create_workflow_in_xpm_deploys_the_next_one,
    create_workflow_in_xpm_is_refused_where_the_job_exists,
    audit_shows_the_record_deployment_errors_included,
    add_workflow_sets_up_a_new_one_for_this_client,
];

fn quarterly() -> NewWorkflow {
    NewWorkflow::named("BAS {quarter}")
        .recurring(Recurrence::quarterly().last_day().from(date("2026-12-31")))
}

/// One workflow that is completed and one that goes on.
async fn past_and_present(world: &World) {
    world.add(quarterly()).await;
    let once = NewWorkflow::named("Onboarding").on_date(date("2026-11-23"));
    world.add(once).await;
    world.run().await;
}

async fn a_clients_page_has_a_workflow_tab_after_invoices(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    tab.open_client(world.harbour).await;
    let tabs = tab.texts("nav.tabs a").await;
    assert_eq!(tabs, ["Overview", "Proposals", "Invoices", "Workflow"]);
    assert_eq!(tab.text("nav.tabs a[aria-current=page]").await, "Workflow");
    tab.press("Invoices").await;
    assert_eq!(tab.path().await, "/invoices");
}

async fn workflows_past_and_present_are_listed_in_a_navigation_column_on_the_left(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    past_and_present(&world).await;
    tab.open_client(world.harbour).await;
    tab.press("Show inactive workflows").await;
    let names = tab.texts("nav.side .nav-name").await;
    assert_eq!(names, ["BAS {quarter}", "Onboarding"]);
    let (column, _) = tab.place("nav.side").await;
    let (panel, _) = tab.place(".panel").await;
    assert!(
        column < panel,
        "the column is at {column}, the rest at {panel}"
    );
}

async fn a_toggle_show_inactive_workflows_shows_or_hides_the_inactive_ones(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    past_and_present(&world).await;
    tab.open_client(world.harbour).await;
    assert_eq!(tab.texts("nav.side .nav-name").await, ["BAS {quarter}"]);
    tab.press("Show inactive workflows").await;
    let names = tab.texts("nav.side .nav-name").await;
    assert_eq!(names, ["BAS {quarter}", "Onboarding"]);
    tab.press("Show inactive workflows").await;
    assert_eq!(tab.texts("nav.side .nav-name").await, ["BAS {quarter}"]);
}

async fn clicking_one_opens_it(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    past_and_present(&world).await;
    tab.open_client(world.harbour).await;
    tab.press("BAS {quarter}").await;
    assert_eq!(tab.text(".wf-title h2").await, "BAS {quarter}");
    let open = tab.text("nav.side a[aria-current=page]").await;
    assert!(open.starts_with("BAS {quarter}"), "{open}");
}

async fn while_the_practice_is_not_connected_the_tab_says_so_and_offers_to_connect(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    world.disconnect().await;
    tab.open_client(world.harbour).await;
    tab.see("This practice is not connected to XPM.").await;
    tab.press("Connect to XPM").await;
    assert_eq!(tab.path().await, "/connect");
}

async fn while_the_practice_is_not_connected_people_can_still_prepare_workflows(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    world.disconnect().await;
    tab.open_client(world.harbour).await;
    tab.press("Add workflow").await;
    tab.fill("Job name", "Loan application").await;
    tab.tick("Schedule", "Once, by hand").await;
    tab.send("Add workflow").await;
    tab.see("The workflow was added.").await;
    tab.press("Edit").await;
    tab.fill("Job name", "Loan renewal").await;
    tab.send("Save settings").await;
    assert_eq!(tab.text(".wf-title h2").await, "Loan renewal");
    assert!(!tab.offers("Create workflow in XPM").await);
    world.run().await;
    assert_eq!(world.jobs(), []);
}

async fn an_opened_workflow_has_three_secondary_tabs_settings_schedule_audit(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let id = world.add(quarterly()).await;
    tab.open_workflow(world.harbour, id, "").await;
    let tabs = tab.texts("nav.subtabs a").await;
    assert_eq!(tabs, ["Settings", "Schedule", "Audit"]);
    for each in tabs {
        tab.open_secondary(&each).await;
        assert_eq!(tab.text("nav.subtabs a[aria-current=page]").await, each);
        assert!(tab.texts(".panel h3").await.contains(&each), "{each}");
    }
}

async fn settings_shows_the_current_settings_with_an_edit_button(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let new = quarterly()
        .description("For {client}")
        .budget("1250".parse().expect("an amount"))
        .category(crate::world::category(2))
        .partner("person-1".parse().expect("an id"))
        .manager("person-2".parse().expect("an id"))
        .staff(["person-3".parse().expect("an id")])
        .templates([crate::world::template(2), crate::world::template(3)]);
    let id = world.add(new).await;
    tab.open_workflow(world.harbour, id, "").await;
    for (label, value) in [
        ("Job name", "BAS {quarter}"),
        ("Job description", "For {client}"),
        ("Category", "Compliance"),
        ("Budget", "1,250.00"),
        ("Partner", "Mara Lindqvist"),
        ("Manager", "Theo Okafor"),
        ("Staff", "Priya Raman"),
        ("Job templates", "BAS Bookkeeping"),
    ] {
        assert_eq!(tab.setting(label).await, value, "{label}");
    }
    tab.press("Edit").await;
    assert_eq!(tab.value("Job name").await, "BAS {quarter}");
}

async fn schedule_lists_what_has_been_and_what_will_be_deployed_each_row_with_its_state_and_error(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    let monthly = Recurrence::monthly().on_day(23).from(date("2026-11-23"));
    let id = world.add(NewWorkflow::named("Payroll {month}").recurring(monthly));
    let id = id.await;
    world.run().await;
    let text = "the client is archived in XPM: restore it there".to_owned();
    world
        .gateway
        .fail_next(CallKind::CreateJob, Failure::Refused { text });
    world.run_until("2026-12-23T22:30:00Z").await;
    tab.open_workflow(world.harbour, id, "/schedule").await;
    let deployed = tab.row("Mon 23 Nov 2026").await;
    assert!(deployed.contains("eployed J"), "{deployed}");
    let failed = tab.row("Wed 23 Dec 2026").await;
    assert!(failed.contains("ailed"), "{failed}");
    assert!(failed.contains("restore it there"), "{failed}");
    let coming = tab.row("Sat 23 Jan 2027").await;
    assert!(coming.contains("aiting"), "{coming}");
}

async fn create_workflow_in_xpm_deploys_that_occurrence_at_once_ahead_of_its_date_and_so_uses_it_up(
    driver: WebDriver,
) {
    let (world, tab) = begin(&driver).await;
    let id = world.add(quarterly()).await;
    tab.open_workflow(world.harbour, id, "/schedule").await;
    tab.open_menu("Commands for Wed 31 Mar 2027").await;
    tab.press("Create workflow in XPM").await;
    tab.see("The deployment has begun.").await;
    world.run().await;
    let jobs = world.jobs();
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].start, Some(date("2027-03-31")));
    tab.open_workflow(world.harbour, id, "/schedule").await;
    let row = tab.row("Wed 31 Mar 2027").await;
    assert!(row.contains(jobs[0].number.as_str()), "{row}");
    // The one before it is untouched, and its own date makes no second job.
    assert!(tab.row("Thu 31 Dec 2026").await.contains("aiting"));
    world.run_until("2027-04-02T22:30:00Z").await;
    assert_eq!(world.jobs().len(), 2);
}

async fn on_the_workflows_own_menu_create_workflow_in_xpm_deploys_the_next_one(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let id = world.add(quarterly()).await;
    tab.open_workflow(world.harbour, id, "").await;
    tab.open_menu("Commands for this workflow").await;
    tab.see("The next one, Thu 31 Dec 2026").await;
    tab.press("Create workflow in XPM").await;
    world.run().await;
    let starts: Vec<_> = world.jobs().iter().map(|job| job.start).collect();
    assert_eq!(starts, [Some(date("2026-12-31"))]);
}

async fn create_workflow_in_xpm_is_refused_where_the_job_exists(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let id = world.add(quarterly()).await;
    tab.open_workflow(world.harbour, id, "/schedule").await;
    tab.open_menu("Commands for Thu 31 Dec 2026").await;
    // Somebody else was faster.
    let on = "2026-12-31".parse().expect("an occurrence");
    let now = world
        .practice
        .deploy_now(crate::world::mara(), id, Some(on));
    now.await.expect("begun");
    world.run().await;
    tab.press("Create workflow in XPM").await;
    tab.see("This cannot be done now").await;
    tab.see("has its job already").await;
    world.run().await;
    assert_eq!(world.jobs().len(), 1);
    // And where the job is there, it is not offered.
    tab.open_workflow(world.harbour, id, "/schedule").await;
    assert!(
        tab.attributes("[aria-label=\'Commands for Thu 31 Dec 2026\']", "title")
            .await
            .is_empty()
    );
}

async fn audit_shows_the_record_deployment_errors_included(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    let text = "the client is archived in XPM: restore it there".to_owned();
    world
        .gateway
        .fail_next(CallKind::CreateJob, Failure::Refused { text });
    let once = NewWorkflow::named("Onboarding").on_date(date("2026-11-23"));
    let id = world.add(once).await;
    world.run().await;
    tab.open_workflow(world.harbour, id, "/audit").await;
    let entries = tab.texts("ol.audit .entry").await;
    let first = entries.last().expect("entries");
    assert!(first.contains("Mara Lindqvist"), "{first}");
    let failed = entries
        .iter()
        .any(|entry| entry.contains("restore it there"));
    assert!(failed, "{entries:#?}");
}

async fn add_workflow_sets_up_a_new_one_for_this_client(driver: WebDriver) {
    let (world, tab) = begin(&driver).await;
    tab.open_client(world.harbour).await;
    tab.press("Add workflow").await;
    tab.fill("Job name", "Bookkeeping {month}").await;
    tab.tick("Schedule", "Again and again").await;
    tab.tick("Repeats", "Monthly").await;
    tab.pick_date("From", "2026-11-30").await;
    tab.send("Add workflow").await;
    tab.see("The workflow was added.").await;
    let added = world.named("Bookkeeping {month}").await;
    assert_eq!(added.client(), world.harbour);
    world.run_until("2026-12-01T22:30:00Z").await;
    let names: Vec<_> = world.jobs().into_iter().map(|job| job.name).collect();
    assert_eq!(names, ["Bookkeeping November 2026"]);
}
